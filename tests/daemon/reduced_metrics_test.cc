// Metrics that reduce the trials of a case, from the requests to the stored verdict, on both stores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "core/json.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::PostgresCluster;
using testing::StubReply;
using testing::StubRequest;

constexpr char kSuite[] =
    "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\ntrials: 5\n"
    "graders: [{name: answer, type: equals, value: \"yes\"}]\n"
    "metrics:\n"
    "  - {name: reliable, grader: answer, reduce: pass_hat_k, k: 3}\n"
    "  - {name: any, grader: answer, reduce: pass_at_k, k: 3}\n"
    "  - {name: most, grader: answer, reduce: majority, quorum: 4}\n"
    "  - {name: four, grader: answer, reduce: at_least_k, k: 4}\n"
    "  - {name: middle, grader: answer, reduce: median}\n"
    "  - {name: usual, grader: answer, source: pass, reduce: mode}\n"
    "  - {name: best, grader: answer, reduce: max}\n"
    "  - {name: worst, grader: answer, reduce: min}\n"
    "  - {name: tokens, source: tokens_out, reduce: max, aggregate: p90}\n";

constexpr char kGate[] =
    "kind: Gate\nname: floor\nsuites: [u]\nrules:\n"
    "  - {name: reliable, metric: reliable, at_least: 0.8}\n"
    "  - {name: any, metric: any, at_least: 0.95}\n"
    "  - {name: most, metric: most, at_least: 0.95}\n"
    "  - {name: four, metric: four, at_least: 0.8}\n"
    "  - {name: middle, metric: middle, at_least: 0.95}\n"
    "  - {name: usual, metric: usual, at_least: 0.95}\n"
    "  - {name: best, metric: best, at_least: 0.95}\n"
    "  - {name: worst, metric: worst, at_least: 0.8}\n"
    "  - {name: tokens, metric: tokens, at_most: 100}\n";

class ReducedMetrics : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
  }
  // 90 cases whose trials are "11111", and 10 of `others`: 1 right, 0 wrong, e without an answer.
  Verdict VerdictOn(const std::string& others) {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < 100; ++i) {
      const std::string number = std::to_string(i);
      cases += "{\"id\":\"c" + number + "\",\"question\":\"q" + number + "=" + (i < 90 ? "11111" : others) + "\"}\n";
    }
    files_.Write("catalog/many.jsonl", cases);
    files_.Write("catalog/u.yaml", std::string(kSuite) + "---\n" + kGate);
    work_ = std::make_unique<DaemonWork>(files_, 4, SystemClock(),
                                         GetParam() ? PostgresCluster::Shared().CreateDatabase() : "");
    const CheckStatus status = work_->Decided(work_->Check("floor", "m@1").check.id);
    EXPECT_EQ(status.runs.at(0).run.state, RunState::kComplete) << status.runs.at(0).run.error;
    return status.verdict->verdict;
  }
  static StubReply AnswerOf(char trial) {
    if (trial == 'e') return {.status = 400, .body = "no"};
    return testing::ChatAnswer(trial == '1' ? "yes" : "no");
  }
  // The trials of a question in the order of its requests.
  StubReply Answer(const StubRequest& request) {
    const std::size_t mark = request.body.find("=1");
    const std::size_t begin = request.body.rfind('q', mark);
    const int trial = asked_[request.body.substr(begin, mark - begin)]++;
    return AnswerOf(request.body.at(mark + 1 + static_cast<std::size_t>(trial)));
  }

  std::map<std::string, int> asked_;  // of the stub's thread
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<DaemonWork> work_;
};

// "reliable PASS 0.91"
std::vector<std::string> OutcomesOf(const Verdict& verdict) {
  std::vector<std::string> texts;
  for (const RuleOutcome& rule : verdict.rules) {
    const auto& value = rule.parts.at(0).estimate.value;
    char shown[32];
    std::snprintf(shown, sizeof shown, "%.6g", value.value_or(-1));
    texts.push_back(rule.rule + " " + std::string(Name(rule.state)) + " " + shown);
  }
  return texts;
}

// Three of five are right in ten cases: pass^3 is 1/10 there, pass@3 is 1.
TEST_P(ReducedMetrics, AreOfEachCaseBeforeTheyAreOfAll) {
  const Verdict verdict = VerdictOn("11100");
  EXPECT_THAT(OutcomesOf(verdict), ::testing::ElementsAre("reliable PASS 0.91", "any PASS 1", "most PASS 1",
                                                          "four PASS 0.9", "middle PASS 1", "usual PASS 1",
                                                          "best PASS 1", "worst PASS 0.9", "tokens PASS 7"));
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  const Json document = ToJson(verdict);
  const Json& reliable = document.Find("rules")->as_array()[0];
  EXPECT_EQ(reliable.Find("source")->as_string(), "pass");
  EXPECT_EQ(reliable.Find("reduce")->as_string(), "pass_hat_k");
  EXPECT_EQ(reliable.Find("k")->as_integer(), 3);
  EXPECT_TRUE(reliable.Find("quorum")->is_null());
  EXPECT_EQ(document.Find("rules")->as_array()[2].Find("quorum")->as_integer(), 4);
}

// The same ten cases, of which a trial that had been right ended in an error: the majority hangs on it, and what the
// tokens of its answer would have been is not known.
TEST_P(ReducedMetrics, LoseByATrialThatEndedInAnError) {
  const Verdict verdict = VerdictOn("1e100");
  EXPECT_THAT(OutcomesOf(verdict), ::testing::ElementsAre("reliable PASS 0.9", "any PASS 1", "most ERROR 1",
                                                          "four PASS 0.9", "middle ERROR 0.95", "usual ERROR 1",
                                                          "best PASS 1", "worst PASS 0.9", "tokens ERROR 7"));
  EXPECT_EQ(verdict.state, VerdictState::kError);
}

INSTANTIATE_TEST_SUITE_P(OnEachStore, ReducedMetrics, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay
