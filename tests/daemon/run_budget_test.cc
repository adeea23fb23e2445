// Runs that stop before they cost more than their budget.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

// An answer is of 11 tokens in and 7 out; the suite allows 10 out. At a dollar for an output token, and input free, an
// answer costs 7 dollars and may cost 10.
class RunBudgetTest : public ::testing::Test {
 protected:
  void Serve(const std::string& more_of_suite, bool has_prices = true) {
    testing::WriteWorkCatalog(files_, stub_.url(), "sampling: {max_tokens: 10}\n" + more_of_suite);
    std::string cases;
    for (int i = 0; i < 40; ++i) cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"q\"}\n";
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write(
        "catalog/model.yaml",
        "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\n" + (has_prices ? "usd_per_million_tokens: {input: 0, output: 1000000}\n" : ""));
    work_ = std::make_unique<DaemonWork>(files_);
  }
  Result<RunRecord> Start(std::optional<double> budget_usd = std::nullopt, const std::string& model = "m@1") {
    StartRunArguments arguments;
    arguments.suite = "s";
    arguments.model = model;
    arguments.budget_usd = budget_usd;
    return work_->Wait(work_->runs.StartRun(work_->caller, arguments));
  }

  std::atomic<bool> reports_usage_ = true;
  std::atomic<bool> is_readable_ = true;
  std::atomic<bool> is_cut_ = false;
  std::atomic<int> tokens_out_ = 0;  // 0: those of ChatAnswer
  int stub_errors_ = 0;
  std::atomic<int> answered_ = 1000;  // requests; those after them get no answer
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest&, int index) {
    StubReply reply = testing::ChatAnswer("yes");
    if (!reports_usage_) {
      reply.body = R"({"choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}]})";
    }
    if (tokens_out_ > 0) {
      reply.body =
          R"({"choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":)" +
          std::to_string(tokens_out_) + "}}";
    }
    if (!is_readable_) reply.body = "oops";
    if (is_cut_) reply.fault = StubReply::Fault::kCutBody;
    if (index >= answered_) reply.fault = StubReply::Fault::kNever;
    return reply;
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(RunBudgetTest, ARunWithRoomForAllItsTrialsIsComplete) {
  Serve("budget_usd: 283\n");
  const RunRecord run = work_->Ended(Start()->id);
  EXPECT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.budget_usd, 283);
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 280);
}

TEST_F(RunBudgetTest, ARunIsStoppedBeforeItCostsMoreAndItsGateIsInconclusive) {
  Serve("budget_usd: 100\n");
  const CheckStatus decided = work_->Decided(work_->Check("release", "m@1").check.id);
  ASSERT_EQ(decided.runs.size(), 1u);
  const RunRecord& run = decided.runs[0].run;
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 91);  // a fourteenth answer might have cost 101
  EXPECT_EQ(run.error,
            "budget spent: $91.00 of $100.00, and the next request may cost up to $10.00 (after 13 of 40 trials)");
  EXPECT_EQ(run.counts.scored, 13);
  EXPECT_EQ(run.counts.skipped, 27);
  EXPECT_EQ(stub_.requests(), 13);
  // All answers are right and the floor is 1 %: without the budget this would pass.
  EXPECT_EQ(decided.check.state, "INCONCLUSIVE");
  EXPECT_THAT(decided.reason, HasSubstr("the run was stopped: budget spent: $91.00 of $100.00"));
}

TEST_F(RunBudgetTest, ABudgetOfTheStartGoesBeforeThatOfTheSuite) {
  Serve("budget_usd: 1000\n");
  const RunRecord run = work_->Ended(Start(17)->id);
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 14);
}

TEST_F(RunBudgetTest, ACheckDoesNotJoinARunOfAnotherBudget) {
  Serve("");
  answered_ = 0;
  const Result<RunRecord> own = Start(17);
  ASSERT_TRUE(own) << own.error().message;
  const std::string check = work_->Check("release", "m@1").check.id;
  ASSERT_TRUE(testing::Eventually([&] { return work_->AllRuns().size() == 2; }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, work_->AllRuns()[0].id, "")));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, own->id, "")));
  EXPECT_EQ(work_->Decided(check).runs[0].run.budget_usd, std::nullopt);
}

TEST_F(RunBudgetTest, WhatWasSpentBeforeARestartCounts) {
  Serve("budget_usd: 100\n");
  answered_ = 5;
  const Result<RunRecord> started = Start();
  ASSERT_TRUE(started) << started.error().message;
  ASSERT_TRUE(testing::Eventually([&] { return work_->store->GetRun(started->key)->counts.scored == 5; }));
  work_->Stop();
  answered_ = 1000;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const RunRecord run = work_->Ended(started->id);
  EXPECT_EQ(run.state, RunState::kStopped);
  // The requests that were in flight at the stop may have been answered all the same.
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 35);
  EXPECT_DOUBLE_EQ(run.unanswered_usd, 60);
  EXPECT_EQ(run.error.substr(0, 33), "budget spent: $95.00 of $100.00, ");
}

// Nobody asks for more when the last answers are there: the run is over its budget all the same.
TEST_F(RunBudgetTest, ARunWhoseAnswersCostMoreThanTheyMayDoesNotPass) {
  tokens_out_ = 1000;
  Serve("budget_usd: 401\n");
  const CheckStatus decided = work_->Decided(work_->Check("release", "m@1").check.id);
  const RunRecord& run = decided.runs[0].run;
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_EQ(run.error.substr(0, 14), "budget spent: ");
  EXPECT_EQ(decided.check.state, "INCONCLUSIVE");
  files_.Write("catalog/cases.jsonl", "{\"id\":\"1\",\"question\":\"q\"}\n");
  ASSERT_TRUE(testing::Eventually([&] {
    work_->catalog.Reload();
    return work_->catalog.current()->catalog.FindSuite("s")->version != run.suite_version;
  }));
  const CheckStatus whole = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(whole.runs[0].run.counts, (RunCounts{.scheduled = 1, .scored = 1}));
  EXPECT_EQ(whole.runs[0].run.error, "budget spent: $1000.00 of $401.00, more than there was");
  EXPECT_EQ(whole.runs[0].run.state, RunState::kStopped);
  EXPECT_EQ(whole.check.state, "INCONCLUSIVE");
}

TEST_F(RunBudgetTest, WhatFailuresMayHaveCostCountsAlsoAfterARestart) {
  is_readable_ = false;
  Serve("budget_usd: 100\n");
  const RunRecord run = work_->Ended(Start()->id);
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_EQ(stub_.requests(), 10);
  EXPECT_EQ(run.cost_usd, std::nullopt);
  EXPECT_DOUBLE_EQ(run.unanswered_usd, 100);
  stub_errors_ = stub_.requests();
  const RunRecord other = *Start();
  ASSERT_TRUE(testing::Eventually([&] { return work_->store->GetRun(other.key)->counts.error >= 3; }));
  work_->Stop();
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const RunRecord ended = work_->Ended(other.id);
  EXPECT_EQ(ended.state, RunState::kStopped);
  EXPECT_LE(ended.unanswered_usd, 100);
  EXPECT_LE(stub_.requests() - stub_errors_, 10);
}

// What was sent and has no whole answer may have been answered all the same.
TEST_F(RunBudgetTest, AnswersThatAreCutInTheMiddleCountAtTheirBound) {
  is_cut_ = true;
  Serve("budget_usd: 100\n");
  const RunRecord run = work_->Ended(Start()->id);
  EXPECT_EQ(run.state, RunState::kStopped) << run.error;
  EXPECT_EQ(stub_.requests(), 10);
  EXPECT_DOUBLE_EQ(run.unanswered_usd, 100);
}

// It answers with as many tokens as it likes.
TEST_F(RunBudgetTest, AnEndpointThatIsNotToldTheLimitOfTokensIsNotTakenToKeepIt) {
  Serve("budget_usd: 100\n");
  files_.Write("catalog/other.yaml",
               "kind: Model\nname: n\nversion: \"1\"\nusd_per_million_tokens: {input: 0, output: 1000000}\nendpoint:\n"
               "  {provider: http, model: m, attempts: 1, url: \"" +
                   stub_.url() + "/v1\", body: {q: \"{{user}}\"}, text: '.choices[0].message.content'}\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(Start(std::nullopt, "n@1")->id);
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_EQ(run.error,
            "budget spent: $0.00 of $100.00, and the next request may cost up to $4096.00 (after 0 of 40 trials)");
  EXPECT_EQ(stub_.requests(), 0);
}

TEST_F(RunBudgetTest, AnAnswerWithoutUsageEndsTheRunWithTheReason) {
  Serve("budget_usd: 100\n");
  reports_usage_ = false;
  const CheckStatus decided = work_->Decided(work_->Check("release", "m@1").check.id);
  const RunRecord& run = decided.runs[0].run;
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_EQ(run.cost_usd, std::nullopt);
  EXPECT_EQ(run.answers_without_cost, run.counts.scored);
  EXPECT_LE(stub_.requests(), 10);
  EXPECT_THAT(run.error, ::testing::StartsWith("the budget of $100.00 cannot be kept: an answer came without usage"));
  EXPECT_EQ(decided.check.state, "INCONCLUSIVE");
}

TEST_F(RunBudgetTest, OfAModelWithoutPricesIsRefused) {
  Serve("budget_usd: 5\n", false);
  const Result<RunRecord> run = Start();
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(run.error().message,
            "a run of suite \"s\" with a budget of $5.00 needs the prices of model m@1: add usd_per_million_tokens to "
            "its document");
  EXPECT_EQ(work_->Decided(work_->Check("release", "m@1").check.id).check.state, "ERROR");
  EXPECT_EQ(stub_.requests(), 0);
}

TEST_F(RunBudgetTest, ARetryGoesOnWithABudgetOfItsOwn) {
  Serve("budget_usd: 200\n");
  const RunRecord first = work_->Ended(Start()->id);
  ASSERT_EQ(first.state, RunState::kStopped);
  ASSERT_EQ(first.counts.scored, 28);
  const auto again = work_->Wait(work_->runs.RetryRun(work_->caller, first.id, {}));
  ASSERT_TRUE(again) << again.error().message;
  const RunRecord second = work_->Ended(again->id);
  EXPECT_EQ(second.state, RunState::kComplete) << second.error;
  EXPECT_EQ(second.counts.scored, 40);
  EXPECT_DOUBLE_EQ(second.cost_usd.value(), 84);
}

}  // namespace
}  // namespace assay
