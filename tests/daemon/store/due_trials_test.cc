// Trials that have their answer and wait for their graders: what is stored of them, and what takes their place.

#include <gtest/gtest.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

// As a run hands it on that is interrupted before its first grader, `answer`, was asked.
TrialResult Due(std::int64_t position) {
  TrialResult result = MakeResult(position, position);
  result.response->cost_usd = 0.5;
  result.grading_usd = 0.125;
  result.status = TrialStatus::kSkipped;
  result.error = "not graded: the run was interrupted";
  result.scores[0] = Score::Due(result.error, "half of it");
  return result;
}

// The same when it is graded.
TrialResult Graded(std::int64_t position) {
  TrialResult result = MakeResult(position, position);
  result.response->cost_usd = 0.5;
  result.grading_usd = 0.125;
  result.is_taken_over = true;
  return result;
}

ScoreRevision ByBen(std::int64_t ordinal, const std::string& grader, Score score) {
  return {.ordinal = ordinal,
          .grader = grader,
          .grader_version = "rubric-7",
          .source = ScoreSource::kHuman,
          .score = std::move(score),
          .at = At(9),
          .principal = "ben"};
}

Status Append(Store& store, const RunRecord& run, const std::vector<TrialResult>& results, std::int64_t position) {
  return store.AppendTrials(run.key, results, position);
}

TEST_P(StoreTest, ATrialThatIsDueIsStoredAndNotCounted) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(Append(store(), run, {Due(0), MakeResult(1, 1), Due(2)}, 0));
  const RunRecord stored = *store().GetRun(run.key);
  EXPECT_EQ(stored.counts, (RunCounts{.scheduled = 10, .scored = 1}));
  EXPECT_EQ(stored.cost_usd, 1.25);
  EXPECT_EQ(*store().FinishedPositionsFrom(run.key, 0), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(*store().DueTrials(run.key), (std::vector<DueTrial>{{0, 0, 0}, {2, 2, 0}}));
  EXPECT_EQ(*store().UnjudgedPositions(run.key), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(MessageOf(Append(store(), run, {Due(0)}, 0)).substr(0, 14), "already_exists");
  ASSERT_OK(store().SetRunState(run.key, RunState::kStopped, "spent", At(10), "ann"));
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .scored = 1, .skipped = 9}));
}

TEST_P(StoreTest, WhatIsGradedTakesThePlaceOfWhatWasDueOnce) {
  const RunRecord run = StartRun("run-1", 3);
  ASSERT_OK(Append(store(), run, {Due(0), Due(1)}, 0));
  EXPECT_EQ(MessageOf(store().SetRunState(run.key, RunState::kComplete, "", At(3), "ann")),
            "failed_precondition: run \"run-1\" cannot be complete: 3 trials are outstanding");
  TrialResult half = Due(0);
  half.is_taken_over = true;
  half.scores[0].evidence = "more of it";
  ASSERT_OK(Append(store(), run, {half}, 0));
  EXPECT_EQ(store().ReadTrials(run.key, {}, {})->items.at(0).scores.at(0).score.evidence, "more of it");
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 3}));
  ASSERT_OK(Append(store(), run, {Graded(0), Graded(1), MakeResult(2, 2)}, 3));
  EXPECT_EQ(MessageOf(Append(store(), run, {Graded(0)}, 3)).substr(0, 19), "failed_precondition") << "no room";
  const RunRecord stored = *store().GetRun(run.key);
  EXPECT_EQ(stored.counts, (RunCounts{.scheduled = 3, .scored = 3}));
  EXPECT_EQ(stored.cost_usd, 1 + 5 * 0.125) << "each answer once, each grading";
  EXPECT_EQ(stored.tokens_out, 60);
  EXPECT_TRUE(store().DueTrials(run.key)->empty());
  const auto trials = store().ReadTrials(run.key, {}, {});
  ASSERT_OK(trials);
  for (const StoredTrial& trial : trials->items) {
    EXPECT_EQ(trial.result.error, "");
    EXPECT_EQ(trial.scores.at(0).score, MakeResult(trial.result.position, trial.result.position).scores.at(0));
    EXPECT_EQ(trial.scores.at(0).revision, 1);
  }
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM score"), "6");
  ASSERT_OK(store().SetRunState(run.key, RunState::kComplete, "", At(10), "ann"));
}

TEST_P(StoreTest, OnlyWhatIsDueIsReplaced) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(Append(store(), run, {MakeResult(0, 0), Due(1)}, 1));
  EXPECT_EQ(MessageOf(Append(store(), run, {Graded(0), Graded(1)}, 2)).substr(0, 14), "already_exists");
  EXPECT_EQ(MessageOf(Append(store(), run, {Graded(2)}, 2)).substr(0, 14), "already_exists");
  EXPECT_EQ(store().DueTrials(run.key)->size(), 1u);
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .scored = 1}));
}

// A person may score a trial while the run is paused: the run grades it all the same, and what the person says counts.
TEST_P(StoreTest, ScoresOfPeopleOutliveTheGradingOfWhatWasDue) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(Append(store(), run, {Due(0), Due(1), Due(2)}, 0));
  ASSERT_OK(store().AppendScore(run.key, ByBen(0, "answer", Score::Failing("rude"))));
  ASSERT_OK(store().AppendScore(run.key, ByBen(1, "tone", Score::Unscored("cannot tell"))));
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10}));
  EXPECT_EQ(store().DueTrials(run.key)->size(), 3u) << "what is due does not change";
  TrialResult first = Graded(0);
  first.scores[0] = Score::Failing("rude");  // known, so not asked for again
  ASSERT_OK(Append(store(), run, {first, Graded(1), Graded(2)}, 3));
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .scored = 2, .unscored = 1}));
  const auto trials = store().ReadTrials(run.key, {}, {});
  ASSERT_OK(trials);
  EXPECT_EQ(trials->items.at(0).scores.at(0).score.reason, "rude");
  EXPECT_EQ(trials->items[0].scores[0].source, ScoreSource::kHuman);
  EXPECT_EQ(trials->items[1].scores.at(0).revision, 1);
  EXPECT_EQ(trials->items[1].scores.at(1).score.reason, "cannot tell");
  EXPECT_EQ(trials->items[1].result.status, TrialStatus::kUnscored);
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM score"), "8");
  EXPECT_EQ(
      ReadOne(
          "SELECT evidence FROM score_reason WHERE trial_key = (1 * 1099511627776) AND grader = 0 AND revision = 1"),
      "half of it")
      << "what a person has revised is what it was";
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM score_reason WHERE principal = 'ben'"), "2");
}

TEST_P(StoreTest, APersonCanScoreWhatAnEndedRunLeftDue) {
  const RunRecord run = StartRun("run-1", 10);
  TrialResult both = Due(1);
  both.scores[1] = Score::Due("not graded");
  ASSERT_OK(Append(store(), run, {Due(0), both}, 0));
  ASSERT_OK(store().SetRunState(run.key, RunState::kCancelled, "", At(10), "ann"));
  for (const std::int64_t ordinal : {0, 1})
    ASSERT_OK(store().AppendScore(run.key, ByBen(ordinal, "answer", Score::Pass())));
  EXPECT_EQ(store().GetRun(run.key)->counts, (RunCounts{.scheduled = 10, .scored = 1, .skipped = 9}));
  EXPECT_EQ(*store().DueTrials(run.key), (std::vector<DueTrial>{{1, 1, 0}}));
}

// Which trials a retry grades again is settled when it is made, whatever people say later.
TEST_P(StoreTest, ARetryTakesOverWhatIsToBeJudgedAgainWithItsRevisions) {
  RunRecord made = MakeRun("run-1", 20);
  made.graders[0].source = ScoreSource::kJudge;
  const RunRecord first = *store().CreateRun(made);
  ASSERT_OK(store().SetRunState(first.key, RunState::kRunning, "", At(2), "anna"));
  std::vector<TrialResult> results = {MakeResult(0, 0), MakeResult(1, 1), MakeResult(2, 2), Due(3)};
  for (const std::size_t i : {0, 1}) {
    results[i].scores[0] = Score::Due("down");
    results[i].status = TrialStatus::kError;
    results[i].error = "down";
  }
  ASSERT_OK(Append(store(), first, results, 3));
  ASSERT_OK(store().AppendScore(first.key, ByBen(0, "answer", Score::Pass())));
  ASSERT_OK(store().AppendScore(first.key, ByBen(1, "tone", Score::Pass())));
  ASSERT_OK(store().SetRunState(first.key, RunState::kCancelled, "", At(10), "ann"));
  EXPECT_EQ(*store().UnjudgedPositions(first.key), (std::vector<std::int64_t>{1, 3}));
  made.id = "run-2";
  const RunRecord second = *store().CreateRun(made);
  EXPECT_EQ(*store().TakeOverTrials(first.key, second.key), 4);
  const RunRecord to = *store().GetRun(second.key);
  EXPECT_EQ(to.counts, (RunCounts{.scheduled = 20, .scored = 2}));
  EXPECT_EQ(to.position, 1);
  EXPECT_EQ(*store().DueTrials(second.key), (std::vector<DueTrial>{{1, 1, 0}, {3, 3, 0}}));
  for (const std::int64_t ordinal : {1, 3})
    ASSERT_OK(store().AppendScore(first.key, ByBen(ordinal, "answer", Score::Pass())));
  EXPECT_EQ(store().DueTrials(second.key)->size(), 2u);
  const auto trials = store().ReadTrials(second.key, {}, {});
  ASSERT_OK(trials);
  EXPECT_EQ(trials->items.at(0).scores.at(0).revision, 2);
  EXPECT_EQ(trials->items[1].scores.at(0).revision, 1);
  EXPECT_TRUE(trials->items[1].scores[0].score.IsDue());
  EXPECT_EQ(trials->items[1].scores[1].revision, 2);
  EXPECT_EQ(trials->items[3].scores.at(0).score.evidence, "half of it");
  ASSERT_OK(store().SetRunState(second.key, RunState::kRunning, "", At(11), "anna"));
  TrialResult judged = Graded(1);
  judged.scores[1] = Score::Pass();  // ben's
  ASSERT_OK(Append(store(), second, {judged, Graded(3)}, 4));
  EXPECT_EQ(store().GetRun(second.key)->counts, (RunCounts{.scheduled = 20, .scored = 4}));
  EXPECT_EQ(store().GetRun(second.key)->cost_usd, 0.25) << "of the grading only";
  EXPECT_EQ(store().ReadTrials(second.key, {}, {})->items.at(1).scores.at(1).source, ScoreSource::kHuman);
}

}  // namespace
}  // namespace assay::testing
