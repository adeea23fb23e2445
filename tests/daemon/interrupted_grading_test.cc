// Runs that are interrupted between an answer and its grades: a candidate that has answered is never asked again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/daemon/judged_run.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using testing::DaemonWork;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::JudgedRun;

// An answer of the candidate costs a ten-thousandth of a dollar, a verdict 7 dollars.
constexpr double kAnswerUsd = 0.0001;

class InterruptedGrading : public JudgedRun {
 protected:
  void ServePriced(const std::string& more_of_graders = "", const std::string& more_of_suite = "") {
    model_prices_ = "{input: 0, output: " + std::to_string(1e6 * kAnswerUsd / 7) + "}";
    Serve(more_of_graders, more_of_suite);
  }
  std::string StartSlow() {
    candidate_delay_ = milliseconds(300);
    const std::string id = work_->StartRun("judged", "m@1").id;
    EXPECT_TRUE(Eventually([this] { return candidate_.in_flight() == 2; }));
    return id;
  }
  // Unless it has ended meanwhile.
  RunRecord Paused(const std::string& id) {
    (void)work_->Wait(work_->runs.PauseRun(work_->caller, id, "night"));
    return *work_->store->GetRun("default", id);
  }
  RunRecord Resumed(const std::string& id) {
    (void)work_->Wait(work_->runs.ResumeRun(work_->caller, id));
    return work_->Ended(id);
  }
  RunRecord Retried(const std::string& id) {
    const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, id, {}));
    EXPECT_TRUE(retry) << retry.error().message;
    return retry ? work_->Ended(retry->id) : RunRecord{};
  }
  void ExpectAllJudged(const RunRecord& run) {
    EXPECT_EQ(run.state, RunState::kComplete) << run.error;
    EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 2}));
    for (const StoredTrial& trial : Trials(run)) {
      EXPECT_EQ(trial.result.status, TrialStatus::kScored);
      EXPECT_EQ(trial.result.response->text, "yes");
      EXPECT_EQ(trial.result.error, "");
      EXPECT_EQ(trial.scores.at(0).score.pass, trial.case_id == "a");
      EXPECT_EQ(trial.scores.at(0).revision, 1);
    }
    EXPECT_EQ(candidate_.requests(), 2) << "each case was asked once";
  }
};

// The candidate answers while the run is paused already: no judge is asked any more.
TEST_F(InterruptedGrading, APauseKeepsAnswersThatAreNotJudgedYet) {
  ServePriced("  - {name: yes, type: equals, value: \"yes\"}\n");
  const std::string id = StartSlow();
  const RunRecord paused = Paused(id);
  ASSERT_EQ(paused.state, RunState::kPaused);
  EXPECT_EQ(paused.counts, (RunCounts{.scheduled = 2})) << "what is still due is outstanding";
  EXPECT_NEAR(paused.cost_usd.value_or(0), 2 * kAnswerUsd, 1e-9);
  EXPECT_EQ(judge_.requests(), 0);
  const auto trials = Trials(paused);
  ASSERT_EQ(trials.size(), 2u);
  for (const StoredTrial& trial : trials) {
    EXPECT_EQ(trial.result.status, TrialStatus::kSkipped);
    EXPECT_EQ(trial.result.response->text, "yes");
    EXPECT_THAT(trial.result.error, HasSubstr("not graded"));
    EXPECT_TRUE(trial.scores.at(0).score.IsDue());
    EXPECT_EQ(trial.scores.at(1).score.pass, true) << "what needs no waiting is graded";
  }
  const RunRecord run = Resumed(id);
  ExpectAllJudged(run);
  EXPECT_EQ(judge_.requests(), 2);
  EXPECT_NEAR(run.cost_usd.value(), 14 + 2 * kAnswerUsd, 1e-9);
  EXPECT_EQ(run.unanswered_usd, 0);
  EXPECT_EQ(run.tokens_out, 14);
}

TEST_F(InterruptedGrading, SeveralPausesCountNothingTwice) {
  ServePriced();
  const std::string id = StartSlow();
  Paused(id);
  judge_delay_ = milliseconds(300);
  for (int i = 0; i < 3; ++i) {
    (void)work_->Wait(work_->runs.ResumeRun(work_->caller, id));
    const RunRecord paused = Paused(id);
    EXPECT_LE(paused.counts.Accounted(), 2);
    EXPECT_EQ(paused.tokens_out, 14);
  }
  ExpectAllJudged(Resumed(id));
  EXPECT_NEAR(work_->Ended(id).cost_usd.value(), 14 + 2 * kAnswerUsd, 1e-9);
}

TEST_F(InterruptedGrading, ACancelledRunLeavesItsAnswersToItsRetry) {
  ServePriced();
  is_silent_ = true;
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 2; }));
  const auto cancelled = work_->Wait(work_->runs.CancelRun(work_->caller, id, "enough"));
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->state, RunState::kCancelled);
  EXPECT_EQ(cancelled->counts, (RunCounts{.scheduled = 2, .skipped = 2}));
  EXPECT_NEAR(cancelled->cost_usd.value_or(0), 2 * kAnswerUsd, 1e-9);
  EXPECT_EQ(Trials(*cancelled).size(), 2u);
  is_silent_ = false;
  const RunRecord again = Retried(id);
  ExpectAllJudged(again);
  EXPECT_NEAR(again.cost_usd.value(), 14, 1e-9) << "the answers were paid for by the other run";
}

TEST_F(InterruptedGrading, ARestartOfTheDaemonOnlyAsksTheJudge) {
  ServePriced();
  is_silent_ = true;
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 2; }));
  work_ = nullptr;
  is_silent_ = false;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  ExpectAllJudged(work_->Ended(id));
}

// A retry that is interrupted itself.
TEST_F(InterruptedGrading, ARetryThatIsPausedKeepsWhatItTookOver) {
  ServePriced();
  is_silent_ = true;
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 2; }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, id, "")));
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 2; }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, retry->id, "")));
  is_silent_ = false;
  ExpectAllJudged(Retried(retry->id));
}

// Which trials are judged again is settled when the retry is made: what a person says of the old run since then leaves
// none without its answer.
TEST_F(InterruptedGrading, ARetryJudgesWhatItWasMadeForWhateverPeopleSayLater) {
  ServePriced();
  is_down_for_ = "about r";
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 1, .error = 1}));
  is_down_for_ = "nobody";
  is_silent_ = true;
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run.id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 1; }));
  for (const StoredTrial& trial : Trials(run)) {
    if (trial.case_id != "b") continue;
    ASSERT_TRUE(work_->store->AppendScore(run.key, {.ordinal = trial.result.ordinal,
                                                    .grader = "good",
                                                    .grader_version = "people",
                                                    .score = Score::Pass(),
                                                    .at = work_->clock.Now(),
                                                    .principal = "ben"}));
  }
  work_ = nullptr;
  is_silent_ = false;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  ExpectAllJudged(work_->Ended(retry->id));
  EXPECT_EQ(work_->store->GetRun(run.key)->counts, (RunCounts{.scheduled = 2, .scored = 2})) << "as ben says";
}

// A run of which the judge was down while answers were on their way.
TEST_F(InterruptedGrading, ARunThatFailsKeepsTheAnswersThatItGot) {
  ServePriced();
  is_down_ = true;
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kError);
  is_down_ = false;
  ExpectAllJudged(Retried(run.id));
}

// A verdict may cost 1024 dollars when it is asked for.
TEST_F(InterruptedGrading, ABudgetThatIsSpentOnVerdictsCostsNoAnswer) {
  ServePriced("", "budget_usd: 1040\nsampling: {max_tokens: 10}\n");
  std::string cases;
  for (int i = 0; i < 8; ++i) cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"q\",\"reference\":\"\"}\n";
  files_.Write("catalog/cases.jsonl", cases);
  work_->catalog.Reload();
  const CheckStatus check = Decided();
  EXPECT_EQ(check.check.state, "INCONCLUSIVE") << check.reason;
  RunRecord run = check.runs.at(0).run;
  ASSERT_EQ(run.state, RunState::kStopped) << run.error;
  EXPECT_THAT(run.error, HasSubstr("(after " + std::to_string(run.counts.scored) + " of 8 trials)"));
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 8, .scored = run.counts.scored, .skipped = 8 - run.counts.scored}));
  EXPECT_LT(run.counts.scored, 8);
  EXPECT_EQ(std::ssize(Trials(run)), candidate_.requests()) << "every answer is kept";
  double cost = run.cost_usd.value();
  for (int i = 0; i < 8 && run.state == RunState::kStopped; ++i) {
    run = Retried(run.id);
    cost += run.cost_usd.value_or(0);
  }
  EXPECT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 8, .scored = 8}));
  EXPECT_EQ(candidate_.requests(), 8);
  EXPECT_EQ(judge_.requests(), 8);
  EXPECT_NEAR(cost, 8 * (7 + kAnswerUsd), 1e-6);
}

TEST_F(InterruptedGrading, VotesThatWereAnsweredAreNotDrawnAgain) {
  judge_options_ = ", votes: 3";
  ServePriced();
  judge_delay_ = milliseconds(300);
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 2; }));
  const RunRecord paused = Paused(id);
  EXPECT_EQ(paused.counts, (RunCounts{.scheduled = 2}));
  EXPECT_NEAR(paused.cost_usd.value_or(0), 14 + 2 * kAnswerUsd, 1e-9);
  EXPECT_EQ(judge_.requests(), 2);
  judge_delay_ = milliseconds(0);
  const RunRecord run = Resumed(id);
  ExpectAllJudged(run);
  EXPECT_EQ(judge_.requests(), 6);
  EXPECT_NEAR(run.cost_usd.value(), 42 + 2 * kAnswerUsd, 1e-9);
  for (const StoredTrial& trial : Trials(run)) {
    const Score& score = trial.scores.at(0).score;
    EXPECT_THAT(score.reason, HasSubstr("3 of 3 verdicts"));
    EXPECT_EQ(Json::Parse(score.evidence)->Find("verdicts")->as_array().size(), 3u);
  }
}

// The verdict of the first judge stays, while the second is due.
TEST_F(InterruptedGrading, OnlyTheJudgeThatIsDueIsAsked) {
  ServePriced("  - {name: also, type: judge, endpoint: judge, criteria: \"Say about q.\"}\n");
  judge_delay_ = milliseconds(300);
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([this] { return judge_.in_flight() == 2; }));
  for (const StoredTrial& trial : Trials(Paused(id))) {
    EXPECT_EQ(trial.scores.at(0).score.pass, trial.case_id == "a");
    EXPECT_TRUE(trial.scores.at(1).score.IsDue());
  }
  ExpectAllJudged(Resumed(id));
  EXPECT_EQ(judge_.requests(), 4);
}

}  // namespace
}  // namespace assay
