// Sentinels of a run: kept apart from its trials, judged once, taken over.

#include <gtest/gtest.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

Score Judged(bool passes, const std::string& model) {
  Score score = passes ? Score::Pass("good") : Score::Failing("bad");
  score.evidence = "{\"judge\":\"j\",\"verdicts\":[{\"verdict\":\"PASS\",\"answered_by\":\"" + model + "\"}]}";
  return score;
}

std::vector<StoredSentinel> ThreeSentinels() {
  return {{.grader = 0, .ordinal = 0, .id = "a", .passes = true, .people_pass = 2, .people_fail = 1},
          {.grader = 0, .ordinal = 1, .id = "b", .passes = false},
          {.grader = 1, .ordinal = 0, .id = "c", .passes = true}};
}

TEST_P(StoreTest, SentinelsAreJudgedOnceAndCostTheRun) {
  const RunRecord run = StartRun("run-1", 20);
  const RunRecord other = StartRun("run-2", 20);
  ASSERT_OK(store().PutSentinels(run.key, ThreeSentinels()));
  ASSERT_OK(store().KeepSentinelScore(run.key, 0, 0, Judged(true, "j-1"), {.usd = 0.5, .unanswered_usd = 0.25}));
  // Written again, as when the answer to the first was lost.
  ASSERT_OK(store().KeepSentinelScore(run.key, 0, 0, Judged(true, "j-1"), {.usd = 0.5, .unanswered_usd = 0.25}));
  ASSERT_OK(store().KeepSentinelScore(run.key, 0, 1, Score::Due("down"), {}));
  ASSERT_OK(store().PutSentinels(run.key, ThreeSentinels()));  // as when the run goes on
  // Another verdict on the same: the first stays, or they would be drawn until one is liked. It was paid for.
  ASSERT_OK(store().KeepSentinelScore(run.key, 0, 0, Judged(false, "j-2"), {.usd = 0.125}));
  const auto unknown = store().KeepSentinelScore(run.key, 0, 9, Judged(true, "j-1"), {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  ASSERT_OK(store().KeepSentinelScore(run.key, 0, 1, Judged(false, "j-1"), {.answers_without_cost = 2}));
  Reopen();
  const auto sentinels = store().ReadSentinels(run.key);
  ASSERT_OK(sentinels);
  ASSERT_EQ(sentinels->size(), 3u);
  EXPECT_EQ((*sentinels)[0].id, "a");
  EXPECT_TRUE((*sentinels)[0].passes);
  EXPECT_EQ((*sentinels)[0].people_pass, 2);
  EXPECT_EQ((*sentinels)[0].people_fail, 1);
  EXPECT_EQ((*sentinels)[0].score, Judged(true, "j-1"));
  EXPECT_EQ((*sentinels)[1].score, Judged(false, "j-1")) << "one that is due is judged after all";
  EXPECT_FALSE((*sentinels)[2].score);
  const RunRecord stored = *store().GetRun(run.key);
  EXPECT_EQ(stored.cost_usd, 0.625);
  EXPECT_EQ(stored.unanswered_usd, 0.25);
  EXPECT_EQ((*sentinels)[0].spent_usd, 0.75) << "of the share that they may take of a budget";
  EXPECT_EQ((*sentinels)[1].spent_usd, 0);
  EXPECT_EQ(stored.answers_without_cost, 2);
  EXPECT_EQ(stored.counts.Accounted(), 0) << "they are no trials";
  EXPECT_TRUE(store().ReadSentinels(other.key)->empty());
}

TEST_P(StoreTest, WhoAnsweredForAJudgeIsKnownOfTrialsAndSentinels) {
  RunRecord run = MakeRun("run-1", 20);
  run.graders[1].source = ScoreSource::kJudge;
  const auto created = store().CreateRun(run);
  ASSERT_OK(created);
  ASSERT_OK(store().SetRunState(created->key, RunState::kRunning, "", At(1), "ann"));
  std::vector<TrialResult> results = MakeResults(1, 3);
  results[0].scores[1] = Judged(true, "j-2");
  results[1].scores[1] = Judged(true, "j-1");
  results[1].scores[0].evidence = Judged(true, "no judge").evidence;
  results[2].scores[1] = Judged(true, "j-2");
  for (TrialResult& result : results) result.status = TrialStatus::kScored;
  ASSERT_OK(store().AppendTrials(created->key, results, 0));
  ASSERT_OK(store().PutSentinels(created->key, ThreeSentinels()));
  ASSERT_OK(store().KeepSentinelScore(created->key, 1, 0, Judged(true, "j-3"), {}));
  const auto answerers = store().ReadJudgeAnswerers(created->key);
  ASSERT_OK(answerers);
  std::string text;
  for (const JudgeAnswerer& each : *answerers) text += std::to_string(each.grader) + ":" + each.model + " ";
  EXPECT_EQ(text, "1:j-1 1:j-2 1:j-3 ");
}

// Text that no database can hold comes back otherwise than it was written.
TEST_P(StoreTest, ASentinelScoreWithBytesThatAreNoTextIsWrittenOnce) {
  const RunRecord run = StartRun("run-1", 20);
  ASSERT_OK(store().PutSentinels(run.key, ThreeSentinels()));
  Score score = Judged(true, "j-1");
  score.reason = std::string("a\0b\xff", 4);
  for (int i = 0; i < 2; ++i) ASSERT_OK(store().KeepSentinelScore(run.key, 0, 0, score, {.usd = 0.5}));
  EXPECT_EQ(store().GetRun(run.key)->cost_usd, 0.5);
}

// The judge of today is asked about all of them, and what that of then said stays beside it.
TEST_P(StoreTest, SentinelsOfARunThatTookAnswersOverAreAskedAgain) {
  const RunRecord first = StartRun("run-1", 20);
  const RunRecord second = StartRun("run-2", 20);
  const RunRecord third = StartRun("run-3", 20);
  ASSERT_OK(store().PutSentinels(first.key, ThreeSentinels()));
  ASSERT_OK(store().KeepSentinelScore(first.key, 0, 0, Judged(true, "j-1"), {.usd = 0.5}));
  ASSERT_OK(store().KeepSentinelScore(first.key, 0, 1, Score::Due("down"), {}));
  ASSERT_OK(store().KeepSentinelScore(first.key, 1, 0, Score::Unscored("nothing to read"), {}));
  ASSERT_OK(store().TakeOverTrials(first.key, second.key));
  ASSERT_OK(store().TakeOverTrials(first.key, second.key));  // a no-op
  ASSERT_OK(store().PutSentinels(second.key, ThreeSentinels()));
  const auto to_ask = store().ReadSentinels(second.key);
  EXPECT_EQ(to_ask->size(), 3u);
  for (const StoredSentinel& each : *to_ask) EXPECT_FALSE(each.score) << each.id;
  EXPECT_FALSE(store().GetRun(second.key)->cost_usd) << "it was paid for before";
  EXPECT_EQ(store().ReadJudgeAnswerers(second.key)->size(), 1u);
  ASSERT_OK(store().KeepSentinelScore(second.key, 0, 0, Judged(false, "j-1"), {}));
  ASSERT_OK(store().TakeOverTrials(second.key, third.key));
  const auto text = [&](const RunRecord& run) {
    std::string said;
    const auto earlier = store().ReadEarlierSentinels(run.key);
    for (const EarlierSentinel& each : *earlier) {
      said += std::to_string(static_cast<std::int64_t>(each.of_run)) + "/" + std::to_string(each.grader) + "/" +
              std::to_string(each.ordinal) + " " +
              (!each.pass   ? "none"
               : *each.pass ? "pass"
                            : "fail") +
              "; ";
    }
    return said;
  };
  const auto key = [](const RunRecord& run) { return std::to_string(static_cast<std::int64_t>(run.key)); };
  EXPECT_EQ(text(second), key(first) + "/0/0 pass; " + key(first) + "/1/0 none; ");
  EXPECT_EQ(text(third), text(second) + key(second) + "/0/0 fail; ");
  EXPECT_EQ(text(first), "");
}

TEST_P(StoreTest, TheNewestEndedRunWithSentinelsOfEachModelAndSuite) {
  const auto newest = [&] {
    std::string ids;
    const auto runs = store().ListNewestRunsWithSentinels();
    for (const RunRecord& run : *runs) ids += run.id + " ";
    return ids;
  };
  const auto end = [&](const RunRecord& run) {
    ASSERT_OK(store().SetRunState(run.key, RunState::kCancelled, "", At(20), "tests"));
  };
  const RunRecord first = StartRun("run-1", 20);
  const RunRecord second = StartRun("run-2", 20);
  const RunRecord without = StartRun("run-3", 20);
  const RunRecord going_on = StartRun("run-4", 20);
  for (const RunRecord& run : {first, second, going_on}) ASSERT_OK(store().PutSentinels(run.key, ThreeSentinels()));
  EXPECT_EQ(newest(), "");
  end(first);
  end(without);
  EXPECT_EQ(newest(), "run-1 ");
  end(second);
  EXPECT_EQ(newest(), "run-2 ");
}

}  // namespace
}  // namespace assay::testing
