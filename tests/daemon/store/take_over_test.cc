// What a run takes over from the one whose errors it asks for again.

#include <gtest/gtest.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

// Twenty trials at the positions from `first` on, of which every fifth is an error without a response.
std::vector<TrialResult> Twenty(std::int64_t first) { return MakeResults(first, 20); }

// Of 20 trials four are errors; the first retry answers one of them, and the second one more.
TEST_P(StoreTest, WhatWasAskedAgainIsCountedOverAllRetries) {
  const RunRecord first = StartRun("run-1", 20);
  ASSERT_OK(store().AppendTrials(first.key, Twenty(0), 20));
  ASSERT_OK(store().SetRunState(first.key, RunState::kComplete, "", At(10), "ann"));
  EXPECT_EQ(*store().CountAskedAgain(first.key), AskedAgain{});
  std::vector<TrialResult> errors;
  for (TrialResult& result : Twenty(0)) {
    if (result.status == TrialStatus::kError) errors.push_back(std::move(result));
  }
  ASSERT_EQ(errors.size(), 4u);
  // Answers one of them.
  const auto retry = [&](const std::string& id, const RunRecord& of) {
    RunRecord made = MakeRun(id, 20);
    made.retry_of = of.id;
    const RunRecord run = *store().CreateRun(made);
    EXPECT_TRUE(store().SetRunState(run.key, RunState::kRunning, "", At(10), "ann"));
    EXPECT_TRUE(store().TakeOverTrials(of.key, run.key));
    TrialResult& answered = errors.front();
    answered.status = TrialStatus::kScored;
    answered.error.clear();
    answered.response = MakeResult(0, 0).response;
    answered.scores = MakeResult(0, 0).scores;
    EXPECT_TRUE(store().AppendTrials(run.key, errors, 20));
    errors.erase(errors.begin());
    EXPECT_TRUE(store().SetRunState(run.key, RunState::kComplete, "", At(11), "ann"));
    return run;
  };
  const RunRecord second = retry("run-2", first);
  EXPECT_EQ(*store().CountAskedAgain(second.key),
            (AskedAgain{.retries = 1, .first_run = "run-1", .trials = 4, .often = 0}));
  const RunRecord third = retry("run-3", second);
  EXPECT_EQ(*store().CountAskedAgain(third.key),
            (AskedAgain{.retries = 2, .first_run = "run-1", .trials = 4, .often = 3}));
  ASSERT_OK(store().DeleteRun(first.key, RunPart::kAll, {}, At(12), "ann", "asked for"));
  EXPECT_EQ(*store().CountAskedAgain(third.key),
            (AskedAgain{.retries = 2, .first_run = "run-1", .trials = 3, .often = 0, .is_least = true}));
}

TEST_P(StoreTest, AnsweredTrialsAreTakenOverWithTheirScoresAndReasons) {
  const RunRecord first = StartRun("run-1", 60);
  const RunRecord other = StartRun("run-2", 60);
  std::vector<TrialResult> results = Twenty(0);
  results[1].scores[0].reason = "because";
  results[1].response->cost_usd = 0.25;
  ASSERT_OK(store().AppendTrials(first.key, results, 20));
  ASSERT_OK(store().AppendTrials(other.key, Twenty(0), 20));  // must not be touched
  const ScoreRevision revision{.ordinal = results[2].ordinal,
                               .grader = "answer",
                               .grader_version = "rubric-7",
                               .source = ScoreSource::kHuman,
                               .score = Score::Pass(),
                               .at = At(9),
                               .principal = "ben"};
  ASSERT_OK(store().AppendScore(first.key, revision));
  ASSERT_OK(store().SetRunState(first.key, RunState::kError, "down", At(10), "ann"));

  const RunRecord second = StartRun("run-3", 60);
  const auto copied = store().TakeOverTrials(first.key, second.key);
  ASSERT_OK(copied);
  const RunRecord from = *store().GetRun(first.key);
  const RunRecord to = *store().GetRun(second.key);
  EXPECT_EQ(*copied, 20 - from.counts.error);
  EXPECT_GT(from.counts.error, 0);
  EXPECT_EQ(to.counts.scored, from.counts.scored);
  EXPECT_EQ(to.counts.unscored, from.counts.unscored);
  EXPECT_EQ(to.counts.error, 0);
  EXPECT_EQ(to.counts.skipped, 0);
  EXPECT_EQ(from.cost_usd, 0.25);
  EXPECT_FALSE(to.cost_usd);  // was paid by the first

  const auto before = store().ReadTrials(first.key, {}, {});
  const auto after = store().ReadTrials(second.key, {}, {});
  ASSERT_OK(before);
  ASSERT_OK(after);
  ASSERT_EQ(std::ssize(after->items), *copied);
  std::size_t at = 0;
  for (const StoredTrial& trial : before->items) {
    if (trial.result.status == TrialStatus::kError) continue;
    const StoredTrial& same = after->items[at++];
    EXPECT_EQ(same.case_id, trial.case_id);
    EXPECT_EQ(same.result.position, trial.result.position);
    EXPECT_EQ(same.result.status, trial.result.status);
    EXPECT_EQ(same.result.response->text, trial.result.response->text);
    EXPECT_EQ(same.result.response->latency, trial.result.response->latency);
    ASSERT_EQ(same.scores.size(), trial.scores.size());
    for (std::size_t i = 0; i < trial.scores.size(); ++i) {
      EXPECT_EQ(same.scores[i].score, trial.scores[i].score);
      EXPECT_EQ(same.scores[i].revision, trial.scores[i].revision);
      EXPECT_EQ(same.scores[i].grader_version, trial.scores[i].grader_version);
    }
  }
  EXPECT_EQ(ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM score_reason WHERE principal = 'ben'"), "2");
  EXPECT_EQ(store().GetRun(other.key)->counts.Accounted(), 20);
}

TEST_P(StoreTest, AnAnswerThatAGraderCouldNotJudgeIsTakenOverToo) {
  const RunRecord first = StartRun("run-1", 20);
  std::vector<TrialResult> results = Twenty(0);
  results[1].scores[0] = Score::Broken("too deep");
  results[1].status = TrialStatus::kError;
  results[1].error = "too deep";
  ASSERT_OK(store().AppendTrials(first.key, results, 20));
  ASSERT_OK(store().SetRunState(first.key, RunState::kComplete, "", At(10), "ann"));
  const RunRecord from = *store().GetRun(first.key);
  EXPECT_EQ(*store().CountAnswered(first.key, TrialStatus::kError), 1);
  const RunRecord second = StartRun("run-2", 20);
  EXPECT_EQ(*store().TakeOverTrials(first.key, second.key), 20 - from.counts.error + 1);
  const RunRecord to = *store().GetRun(second.key);
  EXPECT_EQ(to.counts.error, 1);
  const auto trials = store().ReadTrials(second.key, {.ordinals = {results[1].ordinal}}, {});
  ASSERT_OK(trials);
  EXPECT_EQ(trials->items.at(0).result.error, "too deep");
  EXPECT_EQ(trials->items[0].scores.at(0).score.status, ScoreStatus::kError);
}

TEST_P(StoreTest, ATakeOverThatWasCutOffGoesOnWhereItWas) {
  constexpr std::int64_t kMany = 12'000;
  const RunRecord first = StartRun("run-1", kMany);
  for (std::int64_t begin = 0; begin < kMany; begin += 2000)
    ASSERT_OK(store().AppendTrials(first.key, MakeResults(begin, 2000), begin + 2000));
  ASSERT_OK(store().SetRunState(first.key, RunState::kComplete, "", At(10), "ann"));
  const RunRecord second = StartRun("run-2", kMany);
  int asked = 0;
  const auto cut_off = store().TakeOverTrials(first.key, second.key, [&] { return ++asked == 2; });
  ASSERT_FALSE(cut_off);
  EXPECT_EQ(cut_off.error().code, ErrorCode::kUnavailable);
  const std::int64_t half = store().GetRun(second.key)->counts.Accounted();
  EXPECT_GT(half, 0);
  const auto rest = store().TakeOverTrials(first.key, second.key);
  ASSERT_OK(rest);
  const RunRecord from = *store().GetRun(first.key);
  const RunRecord to = *store().GetRun(second.key);
  EXPECT_EQ(half + *rest, kMany - from.counts.error);
  EXPECT_EQ(to.counts.scored, from.counts.scored);
  EXPECT_EQ(to.counts.Accounted(), half + *rest);
  EXPECT_EQ(*store().TakeOverTrials(first.key, second.key), 0);
}

// After a crash nobody knows how far it came.
TEST_P(StoreTest, ATakeOverOfScoresByAnotherVersionOfAGraderCanBeRepeated) {
  const RunRecord first = StartRun("run-1", 20);
  const std::vector<TrialResult> results = Twenty(0);
  ASSERT_OK(store().AppendTrials(first.key, results, 20));
  const ScoreRevision revision{.ordinal = results[2].ordinal,
                               .grader = "answer",
                               .grader_version = "rubric-7",
                               .source = ScoreSource::kHuman,
                               .score = Score::Pass(),
                               .at = At(9),
                               .principal = "ben"};
  ASSERT_OK(store().AppendScore(first.key, revision));
  ASSERT_OK(store().SetRunState(first.key, RunState::kError, "down", At(10), "ann"));
  const RunRecord second = StartRun("run-2", 20);
  EXPECT_FALSE(store().TakeOverTrials(first.key, second.key, [] { return true; }));
  const auto copied = store().TakeOverTrials(first.key, second.key);
  ASSERT_OK(copied);
  EXPECT_GT(*copied, 0);
  EXPECT_EQ(*store().TakeOverTrials(first.key, second.key), 0);
}

TEST_P(StoreTest, WhatWasTakenOverIsAsIfItHadBeenStoredBefore) {
  const RunRecord first = StartRun("run-1", 60);
  std::vector<TrialResult> results = Twenty(0);
  ASSERT_OK(store().AppendTrials(first.key, results, 20));
  ASSERT_OK(store().SetRunState(first.key, RunState::kCancelled, "", At(10), "ann"));
  const RunRecord second = StartRun("run-2", 60);
  ASSERT_OK(store().TakeOverTrials(first.key, second.key));
  const RunRecord to = *store().GetRun(second.key);
  std::vector<std::int64_t> missing;
  std::vector<TrialResult> rest;
  for (std::int64_t i = 0; i < 20; ++i) {
    if (results[static_cast<std::size_t>(i)].status == TrialStatus::kError) missing.push_back(i);
  }
  ASSERT_FALSE(missing.empty());
  EXPECT_EQ(to.position, missing.front());
  const auto finished = store().FinishedPositionsFrom(second.key, to.position);
  ASSERT_OK(finished);
  EXPECT_EQ(std::ssize(*finished), 20 - missing.front() - std::ssize(missing));
  for (const std::int64_t position : missing) {
    TrialResult result = results[static_cast<std::size_t>(position)];
    rest.push_back(result);
  }
  ASSERT_OK(store().AppendTrials(second.key, rest, 20));
  EXPECT_EQ(store().GetRun(second.key)->position, 20);
  EXPECT_EQ(MessageOf(store().AppendTrials(second.key, {&results[1], 1}, 20)).substr(0, 14), "already_exists");
}

TEST_P(StoreTest, OnlyRunsOfTheSameSuiteModelAndCasesTakeOver) {
  const RunRecord first = StartRun("run-1", 60);
  const RunRecord fewer = StartRun("run-2", 50);
  RunRecord other = MakeRun("run-3", 60);
  other.model_version = "sha256:other";
  const auto stored = store().CreateRun(other);
  ASSERT_OK(stored);
  EXPECT_EQ(MessageOf(store().TakeOverTrials(first.key, fewer.key)),
            "failed_precondition: the runs do not have the same cases in the same order");
  EXPECT_EQ(MessageOf(store().TakeOverTrials(first.key, stored->key)),
            "failed_precondition: the runs are not of the same suite and model");
  EXPECT_EQ(MessageOf(store().TakeOverTrials(first.key, RunKey{99})),
            "not_found: a run to take trials over from or to is not stored");
}

TEST_P(StoreTest, APausedRunIsNotUnfinishedAndGoesBackToPending) {
  const RunRecord run = StartRun("run-1", 10);
  ASSERT_OK(store().SetRunState(run.key, RunState::kPaused, "night", At(5), "ann"));
  EXPECT_TRUE(store().ListUnfinishedRuns()->empty());
  EXPECT_EQ(store().GetRun(run.key)->error, "night");
  EXPECT_FALSE(store().GetRun(run.key)->ended);
  ASSERT_OK(store().SetRunState(run.key, RunState::kPending, "", At(6), "ann"));
  EXPECT_EQ(store().ListUnfinishedRuns()->size(), 1u);
  EXPECT_EQ(MessageOf(store().SetRunState(run.key, RunState::kRunning, "", At(7), "ann")), "no error");
  EXPECT_EQ(MessageOf(store().SetRunState(run.key, RunState::kPending, "", At(7), "ann")),
            "failed_precondition: run \"run-1\" is running and cannot become pending");
  ASSERT_OK(store().SetRunConcurrency(run.key, 7, At(8), "ann"));
  EXPECT_EQ(store().GetRun(run.key)->concurrency, 7);
  ASSERT_OK(store().SetRunConcurrency(run.key, std::nullopt, At(8), "ann"));
  EXPECT_EQ(store().GetRun(run.key)->concurrency, std::nullopt);
}

TEST_P(StoreTest, TokensAndCostOfARunAreThoseOfItsAnswersAndCachedOnesCostNothing) {
  const RunRecord run = StartRun("run-1", 10);
  std::vector<TrialResult> results = MakeResults(1, 3);
  for (TrialResult& result : results) {
    result.response->usage = {.tokens_in = 10, .tokens_out = 4};
    result.response->cost_usd = 0.5;
  }
  results[1].response->cost_usd.reset();
  results[2].response->is_cached = true;
  ASSERT_OK(store().AppendTrials(run.key, results, 0));
  const RunRecord stored = *store().GetRun(run.key);
  EXPECT_EQ(stored.tokens_in, 20);
  EXPECT_EQ(stored.tokens_out, 8);
  EXPECT_EQ(stored.cost_usd, 0.5);
  EXPECT_EQ(stored.answers_without_cost, 1);
  EXPECT_EQ(stored.answers_cached, 1);
  std::vector<TrialColumns> columns;
  ASSERT_OK(store().ReadTrialColumns(run.key, [&](const TrialColumns& row) { columns.push_back(row); }));
  ASSERT_EQ(columns.size(), 3u);
  EXPECT_TRUE(columns[0].latency_us);
  EXPECT_FALSE(columns[2].latency_us);
  EXPECT_TRUE(columns[2].is_cached);
  EXPECT_EQ(columns[0].cost_usd, 0.5);
  EXPECT_EQ(columns[0].retries, 1);
}

}  // namespace
}  // namespace assay::testing
