#include "daemon/prepared_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/builtin_kinds.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

// Cases whose prompt cannot be rendered say nothing about the endpoint, also when they were recorded before a restart.
TEST(PreparedRun, PromptErrorsBeforeARestartAreNoEndpointErrors) {
  std::atomic<bool> is_open = false;
  const auto answer = [&](const StubRequest&, int) {
    StubReply reply;
    if (is_open) {
      reply.status = 500;
    } else {
      reply.fault = StubReply::Fault::kNever;
    }
    return reply;
  };
  const testing::TemporaryFolder files;
  HttpStub stub(answer);
  testing::WriteWorkCatalog(files, stub.url());
  std::string cases = "{\"id\":\"0\",\"question\":\"q\"}\n";
  for (int i = 1; i <= 20; ++i) cases += "{\"id\":\"" + std::to_string(i) + "\"}\n";
  files.Write("catalog/cases.jsonl", cases);
  std::string run;
  {
    DaemonWork work(files);
    run = work.StartRun("s", "m@1").id;
    ASSERT_TRUE(Eventually([&] { return work.store->GetRun("default", run)->counts.error == 20; }));
  }
  is_open = true;
  DaemonWork restarted(files);
  restarted.Resume();
  const RunRecord ended = restarted.Ended(run);
  EXPECT_EQ(ended.counts.error, 21);
  EXPECT_THAT(ended.error, ::testing::StartsWith("the first trial ended in an endpoint error and none was answered"));
  const auto trials = restarted.store->ReadTrials(ended.key, {}, {.token = "", .limit = 2});
  ASSERT_TRUE(trials);
  EXPECT_EQ(trials->items.at(1).result.error, "prompt: the case has no field \"question\"");
}

// The rule that a run whose first trials all fail is stopped looks at all of them, not at the first by their number.
TEST(PreparedRun, AnAnswerBeforeARestartIsFoundBehindAnyNumberOfPromptErrors) {
  const testing::TemporaryFolder files;
  HttpStub stub([](const StubRequest&, int) { return testing::ChatAnswer("yes"); });
  testing::WriteWorkCatalog(files, stub.url());
  DaemonWork work(files);
  const RunRecord made = work.Ended(work.StartRun("s", "m@1").id);
  RunRecord run = made;
  run.id = "unfinished";
  run.state = RunState::kPending;
  run.trials = 1100;
  run.cases = 2;
  run.counts = {.scheduled = 2200};
  const auto stored = work.store->CreateRun(run);
  ASSERT_TRUE(stored) << stored.error().message;
  ASSERT_TRUE(work.store->SetRunState(stored->key, RunState::kRunning, "", Time(), "test"));
  std::vector<TrialResult> results;
  for (int trial = 0; trial < 1100; ++trial) {
    results.push_back({.position = trial,
                       .ordinal = 0,
                       .trial = trial,
                       .status = TrialStatus::kError,
                       .response = std::nullopt,
                       .error = "prompt: the case has no field \"x\"",
                       .scores = {}});
  }
  TrialResult answered = results.back();
  answered.position = 1100;
  answered.ordinal = 1;
  answered.trial = 0;
  answered.error = "";
  answered.response = Response{};
  answered.response->text = "yes";
  results.push_back(answered);
  ASSERT_TRUE(work.store->AppendTrials(stored->key, results, 1101));
  const auto recorded = work.store->GetRun(stored->key);
  const auto documents = LoadRunDocuments(*work.store, BuiltinKinds(), *recorded);
  ASSERT_TRUE(documents) << documents.error().message;
  const auto plan = PreparePlan(*work.store, BuiltinKinds(), work.endpoints, *recorded, *documents);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->recorded_responses, 1);
  EXPECT_EQ(plan->recorded_endpoint_errors, 0);
}

// A file that cannot be read is no store out of reach: to wait for it would be PENDING for ever.
TEST(PreparedRun, AGradersFileThatCannotBeReadEndsItsRun) {
  std::atomic<bool> holds = true;
  const testing::TemporaryFolder files;
  HttpStub stub([&](const StubRequest&, int) {
    return holds ? StubReply{.fault = StubReply::Fault::kNever} : testing::ChatAnswer("{}");
  });
  testing::WriteWorkCatalog(files, stub.url());
  files.Write("catalog/schema.json", "{}");
  files.Write("catalog/shaped.yaml",
              "kind: Suite\nname: shaped\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: hi}]\n"
              "graders: [{name: shape, type: json, schema_file: schema.json}]\n");
  std::string run;
  {
    DaemonWork work(files);
    run = work.StartRun("shaped", "m@1").id;
    ASSERT_TRUE(Eventually([&] { return stub.requests() > 0; }));
  }
  holds = false;
  std::filesystem::remove(files.path() / "catalog/shaped.yaml");
  std::filesystem::remove(files.path() / "catalog/schema.json");
  std::filesystem::create_symlink("/proc/self/mem", files.path() / "catalog/schema.json");
  DaemonWork restarted(files);
  restarted.Resume();
  const RunRecord ended = restarted.Ended(run);
  EXPECT_EQ(ended.state, RunState::kError);
  EXPECT_EQ(ended.error, "file " + (files.path() / "catalog/schema.json").string() + " cannot be read to its end");
}

TEST(PreparedRun, AnImageOfTheSuiteMayBeLargerThanItsOtherFiles) {
  const testing::TemporaryFolder files;
  HttpStub stub([](const StubRequest&, int) { return testing::ChatAnswer("yes"); });
  testing::WriteWorkCatalog(files, stub.url());
  files.Write("catalog/large.png", "\x89PNG\r\n\x1a\n" + std::string(17u << 20, 'x'));
  files.Write("catalog/seen.yaml",
              "kind: Suite\nname: seen\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: what is it, images: "
              "[large.png]}]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n");
  DaemonWork work(files);
  const RunRecord ended = work.Ended(work.StartRun("seen", "m@1").id);
  EXPECT_EQ(ended.state, RunState::kComplete) << ended.error;
  EXPECT_EQ(ended.counts.scored, 2);
}

TEST(PreparedRun, LooksThatMakeNoSenseAreNone) {
  const auto looks_in = [](const std::string& looks) {
    RunRecord run;
    run.manifest = R"({"looks":)" + looks + "}";
    return PlannedLooksOf(run);
  };
  const auto good = looks_in(R"({"gate":"g","gate_version":"v","count":3,"cases":100})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->looks.count(), 3);
  EXPECT_EQ(good->cases, 100);
  for (const char* bad :
       {R"(null)", R"(7)", R"({})", R"({"gate":"g","gate_version":"v","count":0,"cases":100})",
        R"({"gate":"g","gate_version":"v","count":4000000000,"cases":100})",
        R"({"gate":"g","gate_version":"v","count":"3","cases":100})",
        R"({"gate":1,"gate_version":"v","count":3,"cases":100})",
        R"({"gate":"g","gate_version":"v","count":3,"cases":-1})", R"({"gate":"g","gate_version":"v","count":3})"}) {
    EXPECT_FALSE(looks_in(bad)) << bad;
  }
  EXPECT_FALSE(PlannedLooksOf(RunRecord()));
}

TEST(PreparedRun, ScoresOfTwoVersionsOfAGraderAreNotMixed) {
  const testing::TemporaryFolder files;
  HttpStub stub([](const StubRequest&, int) { return testing::ChatAnswer("yes"); });
  testing::WriteWorkCatalog(files, stub.url());
  DaemonWork work(files);
  RunRecord run = work.Ended(work.StartRun("s", "m@1").id);
  const auto documents = LoadRunDocuments(*work.store, BuiltinKinds(), run);
  ASSERT_TRUE(documents) << documents.error().message;
  const std::string version = run.graders.at(0).version;
  run.graders[0].version = "0";
  const auto plan = PreparePlan(*work.store, BuiltinKinds(), work.endpoints, run, *documents);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), (Error{ErrorCode::kFailedPrecondition,
                                 "grader \"answer\" (equals) has version " + version +
                                     " in this assayd, and the run was started with version 0; start a new run",
                                 {}}));
}

}  // namespace
}  // namespace assay
