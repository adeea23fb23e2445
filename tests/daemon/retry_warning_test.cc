// Answers that were asked for again, from the wire to the verdict.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "daemon/check_parameters.h"
#include "daemon/past_warnings.h"
#include "tests/daemon/daemon_work.h"
#include "tests/daemon/verdict_replays.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr int kCases = 120;

// The first request of every tenth case is answered with `failure`, the second with "no"; all others with "yes".
CheckStatus CheckWith(const StubReply& failure) {
  std::set<std::string> failed;
  HttpStub stub([&](const StubRequest& request, int) {
    if (request.body.find("hard") == std::string::npos) return testing::ChatAnswer("yes");
    return failed.insert(request.body).second ? failure : testing::ChatAnswer("no");
  });
  testing::TemporaryFolder files;
  testing::WriteWorkCatalog(files, stub.url());
  std::string cases;
  for (int i = 0; i < kCases; ++i) {
    cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"" + (i % 10 == 0 ? "hard" : "easy") +
             std::to_string(i) + "\"}\n";
  }
  files.Write("catalog/cases.jsonl", cases);
  files.Write("catalog/model.yaml",
              "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 2, "
              "backoff: {initial: 1ms}, url: \"" +
                  stub.url() + "/v1\"}\n");
  DaemonWork work(files);
  return work.Decided(work.Check("release", "m@1").check.id);
}

TEST(RetryWarning, AVerdictOnOtherwiseScoredRetriesSaysSo) {
  const CheckStatus status = CheckWith({.status = 500, .body = "down"});
  ASSERT_TRUE(status.verdict);
  EXPECT_EQ(status.runs[0].run.counts.scored, kCases);
  EXPECT_EQ(status.verdict->verdict.state, VerdictState::kPass);
  EXPECT_THAT(
      status.verdict->verdict.warnings,
      ::testing::ElementsAre(::testing::StartsWith(
          "suite \"s\", metric \"answer\": 12 cases whose requests failed and were sent again have a mean of 0, "
          "the 108 others 1 (p = ")));
}

TEST(RetryWarning, WaitingForARateLimitIsNoRetry) {
  const CheckStatus status = CheckWith({.status = 429, .headers = {{"retry-after-ms", "1"}}});
  ASSERT_TRUE(status.verdict);
  EXPECT_EQ(status.runs[0].run.counts.scored, kCases);
  EXPECT_THAT(status.verdict->verdict.warnings, ::testing::IsEmpty());
}

// m@1 and m@2 ask an endpoint that refuses the first request for each of ten cases, and for two of them the second.
class RetriedRuns : public ::testing::Test {
 protected:
  static constexpr int kManyCases = 100;

  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < kManyCases; ++i) {
      const std::string kind = i % 50 == 7 ? "refused twice " : i % 10 == 7 ? "refused " : "";
      cases += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"" + kind + std::to_string(i) + "\"}\n";
    }
    files_.Write("catalog/many.jsonl", cases);
    files_.Write("catalog/u.yaml",
                 "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n"
                 "---\nkind: Gate\nname: floor\nsuites: [u]\nrules: [{name: most, grader: answer, at_least: 0.8}]\n"
                 "---\nkind: Gate\nname: beside\nsuites: [u]\nbaseline: {model: m, version: \"1\"}\n"
                 "rules: [{name: same, grader: answer, non_inferior: {margin: 0.2}}]\n");
    std::string models;
    for (const std::string version : {"1", "2"}) {
      models += "kind: Model\nname: m\nversion: \"" + version + "\"\nendpoint: {provider: openai-chat, model: m" +
                version + ", attempts: 1, url: \"" + stub_.url() + "/v1\"}\n---\n";
    }
    files_.Write("catalog/model.yaml", models);
    work_ = std::make_unique<DaemonWork>(files_);
  }
  StubReply Answer(const StubRequest& request) {
    const int asked = ++asked_[request.body];
    const bool is_twice = request.body.find("refused twice") != std::string::npos;
    const int refused = is_twice ? 2 : request.body.find("refused") != std::string::npos ? 1 : 0;
    return asked <= refused ? StubReply{.status = 400, .body = "filter"} : testing::ChatAnswer("yes");
  }
  RunRecord Run(const std::string& model) { return work_->Ended(work_->StartRun("u", model).id); }
  RunRecord Retry(const RunRecord& of) {
    const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, of.id, {}));
    EXPECT_TRUE(retry) << retry.error().message;
    return work_->Ended(retry->id);
  }
  // Of a PASS at the first attempt, which replays as it is.
  std::vector<std::string> WarningsOf(const std::string& gate, const std::string& candidate) {
    const CheckStatus status = work_->Decided(work_->Check(gate, candidate).check.id);
    EXPECT_EQ(status.check.state, "PASS") << status.reason;
    EXPECT_EQ(status.verdict->verdict.attempt, 1);
    EXPECT_EQ(testing::Shown(testing::ReplayOf(*work_, status.check.verdict_id)), "");
    return status.verdict->verdict.warnings;
  }

  std::map<std::string, int> asked_;  // by body, on the stub's thread
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(RetriedRuns, AVerdictSaysHowManyErrorsOfItsCandidateWereAskedAgain) {
  const RunRecord first = Run("m@1");
  ASSERT_EQ(first.counts.error, 10);
  const RunRecord second = Retry(first);
  ASSERT_EQ(second.counts.error, 2);
  const RunRecord third = Retry(second);
  ASSERT_EQ(third.counts.error, 0);
  EXPECT_THAT(WarningsOf("floor", "m@1"),
              ::testing::ElementsAre("suite \"u\": run " + third.id + " is the 2nd retry of run " + first.id +
                                     ": 10 trials that had ended in errors were asked again, 2 of them more than once; "
                                     "errors that depend on the answer favour whoever asks again"));
}

TEST_F(RetriedRuns, LikewiseOfItsBaseline) {
  const RunRecord first = Run("m@1");
  const RunRecord second = Retry(Retry(first));
  asked_.clear();
  const RunRecord candidate = Retry(Run("m@2"));
  ASSERT_EQ(candidate.counts.error, 2);
  const CheckStatus status = work_->Decided(work_->Check("beside", "m@2").check.id);
  ASSERT_TRUE(status.verdict);
  EXPECT_THAT(
      status.verdict->verdict.warnings,
      ::testing::Contains("suite \"u\": the baseline's run " + second.id + " is the 2nd retry of run " + first.id +
                          ": 10 trials that had ended in errors were asked again, 2 of them more than once; "
                          "errors that depend on the answer favour whoever asks again"));
  EXPECT_THAT(status.verdict->verdict.warnings,
              ::testing::Contains(::testing::HasSubstr(
                  ": 10 trials that had ended in errors were asked again; errors that depend on the answer")));
  EXPECT_EQ(testing::Shown(testing::ReplayOf(*work_, status.check.verdict_id)), "");
}

TEST(RetryWarnings, CountInWords) {
  struct Row {
    RunPast past;
    std::string text;
  };
  const Row rows[] = {
      {{.retries = 1, .first_run = "q"}, ""},
      {{.retries = 1, .first_run = "q", .asked_again = 1},
       "a retry of run q: 1 trial that had ended in an error was asked again; "},
      {{.retries = 3, .first_run = "q", .asked_again = 1, .asked_again_often = 1},
       "the 3rd retry of run q: 1 trial that had ended in an error was asked again more than once; "},
      {{.retries = 11, .first_run = "q", .asked_again = 31, .asked_again_often = 9, .is_asked_again_least = true},
       "the 11th retry of run q: at least 31 trials that had ended in errors were asked again, 9 of them more than "
       "once; "},
      {{.retries = 21, .first_run = "q", .asked_again = 2},
       "the 21st retry of run q: 2 trials that had ended in errors were asked again; "},
  };
  for (const Row& row : rows) {
    const std::string text = row.text.empty() ? ""
                                              : "suite \"s\": run r is " + row.text +
                                                    "errors that depend on the answer favour whoever asks again";
    EXPECT_EQ(WarningOfRetries(row.past, "r", "s", kCandidateRole), text);
  }
}

}  // namespace
}  // namespace assay
