// Runs whose graders ask another model: what is stored of it, which version judges, and what happens without it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/daemon/judged_run.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using testing::JudgedRun;
using ::testing::Not;

TEST_F(JudgedRun, VerdictsAreScoresWithAllThatTheyCameFrom) {
  Serve();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 2}));
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 14) << "two verdicts of 7 tokens at a dollar each";
  for (const StoredTrial& trial : Trials(run)) {
    const Score& score = trial.scores.at(0).score;
    EXPECT_EQ(score.pass, trial.case_id == "a");
    EXPECT_EQ(trial.scores.at(0).source, ScoreSource::kJudge);
    const auto evidence = Json::Parse(score.evidence);
    ASSERT_TRUE(evidence) << score.evidence;
    EXPECT_EQ(*evidence->Find("judge"), Json("judge"));
    EXPECT_EQ(*evidence->Find("pack"), Json("criteria@2"));
    EXPECT_EQ(evidence->Find("temperature")->as_number(), 0);
    EXPECT_TRUE(evidence->Find("prompt")->as_string().starts_with("sha256:"));
  }
  EXPECT_THAT(run.graders.at(0).version, HasSubstr("3 criteria@2 judge@sha256:"));
  EXPECT_EQ(run.graders.at(0).source, ScoreSource::kJudge);
}

TEST_F(JudgedRun, AnotherVersionOfTheJudgeGradesAnew) {
  Serve();
  const CheckStatus first = Decided();
  const CheckStatus again = Decided();
  EXPECT_EQ(first.runs.at(0).run.id, again.runs.at(0).run.id);
  WriteJudge("2");
  work_->catalog.Reload();
  const CheckStatus other = Decided();
  EXPECT_NE(first.runs.at(0).run.id, other.runs.at(0).run.id);
  EXPECT_NE(first.runs.at(0).run.graders.at(0).version, other.runs.at(0).run.graders.at(0).version);
}

TEST_F(JudgedRun, AJudgeThatIsDownEndsTheRunAndIsNoVerdict) {
  Serve();
  is_down_ = true;
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  EXPECT_EQ(run.state, RunState::kError);
  EXPECT_THAT(run.error, HasSubstr("a model that grader \"good\" asks"));
  EXPECT_THAT(run.error, HasSubstr("endpoint \"judge\""));
  EXPECT_THAT(run.error, Not(HasSubstr("answered;"))) << "the candidate did answer";
  EXPECT_EQ(run.counts.scored, 0);
  const CheckStatus check = Decided();
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kError);
}

// A verdict costs 7 dollars and may cost 1024 when it is asked for; prompts are free.
TEST_F(JudgedRun, VerdictsAreBoundByTheBudgetOfTheRun) {
  Serve("", "budget_usd: 1040\nsampling: {max_tokens: 10}\n");
  std::string cases;
  for (int i = 0; i < 40; ++i)
    cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"q\",\"reference\":\"\"}\n";
  files_.Write("catalog/cases.jsonl", cases);
  files_.Write(
      "catalog/model.yaml",
      "kind: Model\nname: m\nversion: \"2\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
          candidate_.url() + "/v1\"}\nusd_per_million_tokens: {input: 0, output: 0.000001}\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@2").id);
  EXPECT_EQ(run.state, RunState::kStopped) << run.error;
  EXPECT_THAT(run.error, HasSubstr("budget spent"));
  EXPECT_GT(run.counts.scored, 0);
  EXPECT_LE(run.cost_usd.value() + run.unanswered_usd, 1040);
}

// The suite as it was stays in service.
TEST_F(JudgedRun, ASuiteThatAsksAModelThatIsNotThereIsNotServed) {
  Serve();
  files_.Write("catalog/other.yaml",
               "kind: Suite\nname: other\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: hello}]\n"
               "graders: [{name: other, type: judge, endpoint: jugde, pack: toxicity}]\n");
  work_->catalog.Reload();
  StartRunArguments arguments;
  arguments.suite = "other";
  arguments.model = "m@1";
  EXPECT_FALSE(work_->Wait(work_->runs.StartRun(work_->caller, arguments)));
  EXPECT_EQ(work_->Ended(work_->StartRun("judged", "m@1").id).state, RunState::kComplete);
}

// A judge that was down is asked again, the candidate never: what it said once is its answer.
TEST_F(JudgedRun, ARetryAsksTheJudgeAgainAndNotTheCandidate) {
  Serve(
      "  - {name: yes, type: equals, value: \"yes\"}\n"
      "  - {name: both, type: all, of: [good, yes]}\n");
  is_down_for_ = "about r";
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 1, .error = 1}));
  const int asked = candidate_.requests();
  const int judged = judge_.requests();
  is_down_for_ = "nobody";
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run.id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const RunRecord again = work_->Ended(retry->id);
  ASSERT_EQ(again.state, RunState::kComplete) << again.error;
  EXPECT_EQ(again.counts, (RunCounts{.scheduled = 2, .scored = 2}));
  EXPECT_EQ(candidate_.requests(), asked);
  EXPECT_EQ(judge_.requests(), judged + 1) << "the verdict that was there is not asked for again";
  EXPECT_DOUBLE_EQ(again.cost_usd.value(), 7) << "of one verdict; the answers were paid for by the other run";
  EXPECT_EQ(again.tokens_out, 0);
  for (const StoredTrial& trial : Trials(again)) {
    const bool is_a = trial.case_id == "a";
    EXPECT_EQ(trial.result.response->text, "yes");
    EXPECT_EQ(trial.result.error, "");
    ASSERT_EQ(trial.scores.size(), 3u);
    EXPECT_EQ(trial.scores.at(0).score.pass, is_a);
    EXPECT_EQ(trial.scores.at(1).score.pass, true);
    EXPECT_EQ(trial.scores.at(2).score.pass, is_a);
  }
  EXPECT_FALSE(work_->Wait(work_->runs.RetryRun(work_->caller, again.id, {}))) << "everything is judged";
}

// In the run itself, and where a retry only judges: the prompt is that of the case.
TEST_F(JudgedRun, ShowsAJudgeOfConversationsWhatTheModelWasSent) {
  files_.Write(
      "catalog/own.pack",
      "pack: own\nversion: 1\nabout: it\nprompt: \"Judge this: {{conversation}}\"\nverdict: {pass_fail: true}\n");
  Serve("  - {name: seen, type: judge, endpoint: judge, pack_file: own.pack}\n");
  const auto expect_seen = [&](const RunRecord& run) {
    ASSERT_EQ(run.state, RunState::kComplete) << run.error;
    ASSERT_EQ(run.counts.scored, 2);
    for (const StoredTrial& trial : Trials(run)) {
      EXPECT_EQ(trial.scores.at(1).score.pass, trial.case_id == "a") << trial.scores.at(1).score.reason;
    }
  };
  expect_seen(work_->Ended(work_->StartRun("judged", "m@1").id));
  is_down_for_ = "Judge this";
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.counts.scored, 0);
  is_down_for_ = "nobody";
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run.id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const int asked = candidate_.requests();
  expect_seen(work_->Ended(retry->id));
  EXPECT_EQ(candidate_.requests(), asked);
}

// Gates over a run of which a judge left one of two answers without a verdict.
class JudgeLeft : public JudgedRun {
 protected:
  static constexpr int kSentinels = 16;
  // Serves, and makes that run.
  std::string Leave() {
    std::string gold;
    for (int i = 0; i < kSentinels / 2; ++i) {
      const std::string number = std::to_string(i);
      gold += "{\"question\":\"q" + number + "\",\"response\":\"s\",\"label\":\"pass\"}\n";
      gold += "{\"question\":\"r" + number + "\",\"response\":\"s\",\"label\":\"fail\"}\n";
    }
    files_.Write("catalog/gold.jsonl", gold);
    judge_options_ = ", sentinels: {file: gold.jsonl}";
    Serve("  - {name: yes, type: equals, value: \"yes\"}\n");
    const auto gate = [this](const std::string& name, const std::string& rule) {
      files_.Write("catalog/" + name + ".yaml",
                   "kind: Gate\nname: " + name + "\nsuites: [judged]\nrules: [{name: r, " + rule + "}]\n");
    };
    gate("some", "grader: good, at_least: 0.2, uncorrected: true");
    gate("said", "grader: yes, at_least: 0.1");
    gate("often", "grader: yes, at_least: 0.9");
    work_->catalog.Reload();
    is_down_for_ = "about r.";  // the case, and no sentinel
    const CheckStatus first = Check("some");
    EXPECT_EQ(first.check.state, "ERROR") << first.reason;
    EXPECT_THAT(first.reason, Not(HasSubstr("retry")));
    EXPECT_EQ(work_->AllRuns().size(), 1u) << "what the check itself found stands";
    return first.runs.at(0).run.id;
  }
  CheckStatus Check(const std::string& gate) { return work_->Decided(work_->Check(gate, "m@1").check.id); }
};

TEST_F(JudgeLeft, ACheckAsksTheJudgeAgainAndNotTheCandidate) {
  const std::string run = Leave();
  is_down_for_ = "nobody";
  const int judged = judge_.requests();
  const CheckStatus second = Check("some");
  EXPECT_EQ(second.check.state, "INCONCLUSIVE") << second.reason;
  ASSERT_EQ(second.runs.size(), 1u);
  EXPECT_EQ(second.runs[0].run.retry_of, run);
  EXPECT_EQ(second.runs[0].run.counts, (RunCounts{.scheduled = 2, .scored = 2}));
  EXPECT_THAT(second.reason, HasSubstr("; run " + second.runs[0].run.id +
                                       " of suite \"judged\" asked again for what run " + run + " lacked"));
  EXPECT_EQ(second.verdict->verdict.reason, second.reason);
  EXPECT_EQ(candidate_.requests(), 2);
  EXPECT_EQ(judge_.requests(), judged + 1 + kSentinels) << "which are asked in each run";
  const CheckStatus third = Check("some");
  EXPECT_EQ(third.runs.at(0).run.id, second.runs[0].run.id) << "and that is used again";
  EXPECT_THAT(third.reason, Not(HasSubstr("asked again")));
  EXPECT_EQ(work_->AllRuns().size(), 2u);
}

TEST_F(JudgeLeft, ACheckAsksAJudgeThatIsStillDownOnce) {
  const std::string run = Leave();
  std::string last = run;
  for (std::size_t i = 2; i < 4; ++i) {
    const CheckStatus check = Check("some");
    EXPECT_EQ(check.check.state, "ERROR") << check.reason;
    EXPECT_EQ(check.runs.at(0).run.retry_of, last);
    last = check.runs[0].run.id;
    EXPECT_EQ(work_->AllRuns().size(), i);
  }
  EXPECT_EQ(candidate_.requests(), 2);
}

TEST_F(JudgeLeft, ACheckThatDoesNotDependOnTheJudgeAsksNobody) {
  const std::string run = Leave();
  is_down_for_ = "nobody";
  const int judged = judge_.requests();
  EXPECT_EQ(Check("said").check.state, "PASS");
  const CheckStatus often = Check("often");
  EXPECT_EQ(often.check.state, "INCONCLUSIVE");
  EXPECT_THAT(often.reason, HasSubstr("; run " + run +
                                      " of suite \"judged\" was reused with 1 of 2 trials in error; assay run retry " +
                                      run + " keeps its answers and asks again for 1 missing verdicts"));
  EXPECT_EQ(judge_.requests(), judged);
  EXPECT_EQ(work_->AllRuns().size(), 1u);
}

TEST_F(JudgeLeft, ARetryThatGoesOnIsJoinedAndShownWhileItDoes) {
  const std::string run = Leave();
  is_down_for_ = "nobody";
  is_silent_ = true;
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const std::string check = work_->Check("some", "m@1").check.id;
  ASSERT_TRUE(testing::Eventually([&] {
    const auto status = work_->Wait(work_->checks.GetCheck(work_->caller, check));
    return status->reason == "waiting for run " + retry->id + " of suite \"judged\": it asks again for what run " +
                                 run + " lacks, 1 of 2 trials";
  }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, retry->id, "")));
  EXPECT_EQ(work_->Decided(check).check.state, "ERROR") << "the run was cancelled";
  is_silent_ = false;
  const CheckStatus again = Check("some");
  EXPECT_EQ(again.runs.at(0).run.retry_of, retry->id) << "the retry of the retry: a trial has one answer";
  EXPECT_EQ(again.runs[0].run.counts.scored, 2);
  EXPECT_EQ(candidate_.requests(), 2);
}

TEST_F(JudgeLeft, TheSameRequestForARetryHasOneAnswer) {
  const std::string id = Leave();
  const RunRecord run = *work_->store->GetRun("default", id);
  const RequestKey request{.method = "CheckGate/retry", .request_id = "check/run", .content_hash = "x"};
  const auto first = work_->runs.EnsureRetry(work_->caller, run, request);
  ASSERT_TRUE(first) << first.error().message;
  (void)work_->Ended(first->id);
  EXPECT_EQ(work_->runs.EnsureRetry(work_->caller, run, request)->id, first->id);
  EXPECT_EQ(work_->AllRuns().size(), 2u);
}

// Also where a retry ended before it came to the trial.
TEST_F(JudgedRun, ARetryOfARetryStillHasTheAnswer) {
  Serve();
  is_down_ = true;
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kError);
  std::string last = run.id;
  for (int i = 0; i < 2; ++i) {
    const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, last, {}));
    ASSERT_TRUE(retry) << retry.error().message;
    EXPECT_EQ(work_->Ended(retry->id).state, RunState::kError);
    last = retry->id;
  }
  is_down_ = false;
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, last, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const RunRecord again = work_->Ended(retry->id);
  EXPECT_EQ(again.state, RunState::kComplete) << again.error;
  EXPECT_EQ(again.counts.scored, 2);
  EXPECT_EQ(candidate_.requests(), 2) << "each case was asked once";
}

TEST_F(JudgedRun, VerdictsWithoutUsageCountAtTheirBoundAndEndTheRun) {
  Serve("", "budget_usd: 4000\nsampling: {max_tokens: 10}\n");
  reports_usage_ = false;
  files_.Write(
      "catalog/model.yaml",
      "kind: Model\nname: m\nversion: \"2\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
          candidate_.url() + "/v1\"}\nusd_per_million_tokens: {input: 0, output: 0.000001}\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@2").id);
  EXPECT_EQ(run.state, RunState::kStopped) << run.error;
  EXPECT_THAT(run.error, HasSubstr("an answer came without usage"));
  EXPECT_GE(run.answers_without_cost, 1);
  EXPECT_GE(run.unanswered_usd, 1024) << "of one verdict, so that it counts after a restart too";
}

TEST_F(JudgedRun, WhatOnlyReportsAndWhatIsNotAskedKeepNoTrialFromItsScore) {
  Serve(
      "  - {name: target, type: equals, value: \"{{reference}}\", role: report}\n"
      "  - {name: only_a, type: equals, value: \"yes\", when: {id: a}}\n"
      "  - {name: both, type: all, of: [good, only_a]}\n");
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 2}));
  for (const StoredTrial& trial : Trials(run)) {
    const bool is_a = trial.case_id == "a";
    const auto& scores = trial.scores;
    EXPECT_EQ(scores.at(1).score.status, ScoreStatus::kUnscored);
    EXPECT_EQ(scores.at(2).score.status, is_a ? ScoreStatus::kScored : ScoreStatus::kNotApplicable);
    EXPECT_EQ(scores.at(3).score.pass, is_a);
  }
}

}  // namespace
}  // namespace assay
