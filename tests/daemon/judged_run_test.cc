// Runs whose graders ask another model: what is stored of it, which version judges, and what happens without it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/daemon/judged_run.h"

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
  EXPECT_THAT(run.graders.at(0).version, HasSubstr("2 criteria@2 judge@sha256:"));
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

TEST_F(JudgedRun, AGateThatReusesWhatAJudgeLeftSaysHowToAskItAgain) {
  Serve();
  files_.Write("catalog/some.yaml",
               "kind: Gate\nname: some\nsuites: [judged]\nrules: [{name: good, grader: good, at_least: 0.2}]\n");
  work_->catalog.Reload();
  const auto decided = [this] { return work_->Decided(work_->Check("some", "m@1").check.id); };
  is_down_for_ = "about r";
  const CheckStatus first = decided();
  ASSERT_EQ(first.check.state, "ERROR") << first.reason;
  const std::string& run = first.runs.at(0).run.id;
  const CheckStatus second = decided();
  EXPECT_EQ(second.reason, first.reason + "; run " + run +
                               " of suite \"judged\" was reused with 1 of 2 trials in error; assay run retry " + run +
                               " keeps its answers and asks again for 1 missing verdicts");
  is_down_for_ = "nobody";
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  (void)work_->Ended(retry->id);
  EXPECT_EQ(candidate_.requests(), 2);
  EXPECT_EQ(decided().runs.at(0).run.id, retry->id);
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
