// Runs whose graders are plug-ins on the other side of a network: they end, whatever the plug-in does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <sstream>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

class RemotePluginRun : public ::testing::Test {
 protected:
  RemotePluginRun() { ::setenv("ASSAY_TEST_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1); }

  void Serve(const std::string& grader, int cases) {
    testing::WriteWorkCatalog(files_, candidate_.url());
    std::string rows;
    for (int i = 0; i < cases; ++i) rows += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"q\"}\n";
    files_.Write("catalog/plugged.jsonl", rows);
    files_.Write(
        "catalog/plugged.yaml",
        "kind: Suite\nname: plugged\ndataset: [{file: plugged.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
        "graders:\n  - {name: plugged, " +
            grader + "}\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  void ServeHook(const std::string& more, int cases) {
    Serve("type: http, url: \"" + hook_->url() + "\", secret: {env: ASSAY_TEST_SECRET}" + more, cases);
  }
  RunRecord Ran() { return work_->Ended(work_->StartRun("plugged", "m@1").id); }

  // By what the plug-in did.
  std::map<std::string, int> Failures() {
    std::map<std::string, int> failures;
    std::istringstream lines(work_->telemetry.Expose());
    const std::string metric = "assay_grader_plugin_failures_total{";
    const std::string label = "failure=\"";
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with(metric)) continue;
      const std::size_t begin = line.find(label) + label.size();
      const int count = std::atoi(line.substr(line.rfind(' ')).c_str());
      if (count > 0) failures[line.substr(begin, line.find('"', begin) - begin)] += count;
    }
    return failures;
  }
  int AllFailures() {
    int sum = 0;
    for (const auto& [failure, count] : Failures()) sum += count;
    return sum;
  }
  // That each trial is either scored, or in error by the plug-in, and counted as such.
  void ExpectAccounted(const RunRecord& run, int cases) {
    EXPECT_EQ(run.state, RunState::kComplete) << run.error;
    EXPECT_EQ(run.counts.scheduled, cases);
    EXPECT_EQ(run.counts.scored + run.counts.error, cases);
    EXPECT_EQ(AllFailures(), run.counts.error);
    const auto trials = work_->store->ReadTrials(run.key, {}, {.token = "", .limit = 1000});
    for (const StoredTrial& trial : trials->items) {
      const Score& score = trial.scores.at(0).score;
      if (score.status == ScoreStatus::kScored) continue;
      EXPECT_EQ(score.status, ScoreStatus::kError);
      EXPECT_FALSE(score.value || score.pass);
      EXPECT_THAT(score.reason, ::testing::StartsWith("plug-in ("));
    }
  }

  testing::TemporaryFolder files_;
  HttpStub candidate_{[](const StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  std::function<StubReply(int)> script_ = [](int) { return StubReply{.body = R"({"pass": true})"}; };
  const HttpStub::Script serve_ = [this](const StubRequest&, int index) { return script_(index); };
  std::unique_ptr<HttpStub> hook_ = std::make_unique<HttpStub>(serve_);
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(RemotePluginRun, ScoresOfAWebhookAreThoseOfTheRun) {
  ServeHook("", 40);
  ExpectAccounted(Ran(), 40);
  EXPECT_EQ(AllFailures(), 0);
}

TEST_F(RemotePluginRun, WhateverAWebhookDoesTheRunEnds) {
  script_ = [](int index) {
    switch (index % 8) {
      case 0:
        return StubReply{.fault = StubReply::Fault::kNever};
      case 1:
        return StubReply{.fault = StubReply::Fault::kCut};
      case 2:
        return StubReply{.body = std::string(2u << 20, 'x')};
      case 3:
        return StubReply{.body = "no JSON"};
      case 4:
        return StubReply{.status = 500};
      case 5:
        return StubReply{.fault = StubReply::Fault::kGarbage};
      default:
        return StubReply{.body = R"({"pass": true})"};
    }
  };
  ServeHook(", timeout: 300ms", 120);
  const RunRecord run = Ran();
  ExpectAccounted(run, 120);
  EXPECT_GT(run.counts.error, 0);
}

TEST_F(RemotePluginRun, ADeadWebhookCostsNoTrialItsTimeout) {
  script_ = [](int) { return StubReply{.fault = StubReply::Fault::kNever}; };
  ServeHook(", timeout: 500ms, concurrency: 4", 300);
  const RunRecord run = Ran();
  ExpectAccounted(run, 300);
  EXPECT_EQ(run.counts.error, 300);
  EXPECT_LT(hook_->requests(), 20);
  EXPECT_GT(Failures()["timeout"], 2);
  EXPECT_GT(Failures()["unavailable"], 200);
}

TEST_F(RemotePluginRun, AWebhookThatIsStartedAnewLosesNoRun) {
  ServeHook("", 200);
  const std::string id = work_->StartRun("plugged", "m@1").id;
  ASSERT_TRUE(Eventually([&] { return hook_->requests() >= 20; }));
  const int port = hook_->port();
  hook_.reset();
  hook_ = std::make_unique<HttpStub>(serve_, port);
  const RunRecord run = work_->Ended(id);
  ExpectAccounted(run, 200);
  EXPECT_GT(run.counts.scored, 0);
}

TEST_F(RemotePluginRun, AServerThatIsNotThereEndsInErrors) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer cannot follow gRPC";
#endif
  Serve("type: grpc, address: \"127.0.0.1:" + std::to_string(testing::ClosedPort()) + "\"", 100);
  const RunRecord run = Ran();
  ExpectAccounted(run, 100);
  EXPECT_EQ(Failures(), (std::map<std::string, int>{{"unavailable", 100}}));
}

TEST_F(RemotePluginRun, ARunThatIsCancelledDoesNotWaitForItsPlugin) {
  script_ = [](int) { return StubReply{.fault = StubReply::Fault::kNever}; };
  ServeHook(", timeout: 1h", 50);
  const std::string id = work_->StartRun("plugged", "m@1").id;
  ASSERT_TRUE(Eventually([&] { return hook_->in_flight() > 0; }));
  const auto cancelled = work_->Wait(work_->runs.CancelRun(work_->caller, id, "enough"));
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  const RunRecord run = work_->Ended(id);
  EXPECT_EQ(run.state, RunState::kCancelled);
  EXPECT_EQ(run.counts.scored + run.counts.error, 0);
  EXPECT_TRUE(Eventually([&] { return hook_->open() == 0; }));
  EXPECT_EQ(AllFailures(), 0);
}

TEST_F(RemotePluginRun, ASecretThatIsNotThereIsSaidWhenTheRunStarts) {
  ::unsetenv("ASSAY_TEST_SECRET");
  ServeHook("", 4);
  const RunRecord run = Ran();
  EXPECT_EQ(run.state, RunState::kError);
  EXPECT_THAT(run.error, ::testing::HasSubstr("environment variable ASSAY_TEST_SECRET is not set"));
  EXPECT_EQ(hook_->requests(), 0);
}

}  // namespace
}  // namespace assay
