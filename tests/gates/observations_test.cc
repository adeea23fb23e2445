#include "gates/observations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

namespace assay {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

SuiteObservations MakeTwoMetrics() {
  return *SuiteObservations::Make(3, 2,
                                  {{"answer", "answer", Aggregate::kMean, MetricRange::kUnit},
                                   {"latency", "", Aggregate::kP95, MetricRange::kUnbounded}},
                                  {});
}

TEST(SuiteObservations, AddUpWhatEachTrialGave) {
  SuiteObservations seen = MakeTwoMetrics();
  ASSERT_TRUE(seen.AddScore(0, 1, 0, ScoreStatus::kScored, 1.0, true));
  ASSERT_TRUE(seen.AddScore(0, 1, 1, ScoreStatus::kScored, 0.25, false));
  ASSERT_TRUE(seen.AddScore(0, 2, 0, ScoreStatus::kUnscored, std::nullopt, std::nullopt));
  ASSERT_TRUE(seen.AddScore(0, 2, 1, ScoreStatus::kError, std::nullopt, std::nullopt));
  const CaseTally first = seen.Tallies(0)[1];
  EXPECT_EQ(first.sum, 1.25);
  EXPECT_EQ(first.scored, 2);
  EXPECT_EQ(first.passing, 1);
  EXPECT_EQ(first.failing, 1);
  const CaseTally second = seen.Tallies(0)[2];
  EXPECT_EQ(second.unscored, 1);
  EXPECT_EQ(second.error, 1);
  EXPECT_EQ(second.scored, 0);
  EXPECT_EQ(seen.Tallies(0)[0].Accounted(), 0);
}

// One trial is stored in another way than several, and gives the same tally.
TEST(TallyColumn, ATrialCountsTheSameAloneAndAmongSeveral) {
  struct {
    TrialOutcome outcome;
    double value;
    std::string tally;  // sum scored unscored error skipped awaiting_human passing failing
  } const cases[] = {
      {TrialOutcome::kOutstanding, 0, "0 0 0 0 0 0 0 0"},   {TrialOutcome::kScored, 0.3, "0.3 1 0 0 0 0 0 0"},
      {TrialOutcome::kPassing, 0.75, "0.75 1 0 0 0 0 1 0"}, {TrialOutcome::kFailing, 0.5, "0.5 1 0 0 0 0 0 1"},
      {TrialOutcome::kUnscored, 0, "0 0 1 0 0 0 0 0"},      {TrialOutcome::kError, 0, "0 0 0 1 0 0 0 0"},
      {TrialOutcome::kSkipped, 0, "0 0 0 0 1 0 0 0"},       {TrialOutcome::kAwaitingHuman, 0, "0 0 0 0 0 1 0 0"}};
  const auto shown = [](const CaseTally& tally) {
    std::ostringstream text;
    text << tally.sum << ' ' << tally.scored << ' ' << tally.unscored << ' ' << tally.error << ' ' << tally.skipped
         << ' ' << tally.awaiting_human << ' ' << tally.passing << ' ' << tally.failing;
    return text.str();
  };
  for (const int trials : {1, 2}) {
    TallyColumn column(std::size(cases), trials);
    for (std::size_t i = 0; i < std::size(cases); ++i) column.Add(i, cases[i].outcome, cases[i].value);
    ASSERT_EQ(column.size(), std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) EXPECT_EQ(shown(column[i]), cases[i].tally) << trials;
  }
}

TEST(SuiteObservations, AScoreThatIsNoNumberOfItsRangeIsAnError) {
  struct Row {
    std::size_t metric;
    std::optional<double> value;
    bool is_scored;
  };
  for (const Row& row : {Row{0, std::nullopt, false}, Row{0, kNaN, false}, Row{0, kInfinity, false},
                         Row{0, -0.01, false}, Row{0, 1.01, false}, Row{0, 0.0, true}, Row{0, 1.0, true},
                         Row{1, kNaN, false}, Row{1, kInfinity, false}, Row{1, 2500.0, true}, Row{1, -1.0, true}}) {
    SuiteObservations seen = MakeTwoMetrics();
    ASSERT_TRUE(seen.AddScore(row.metric, 0, 0, ScoreStatus::kScored, row.value, true));
    const CaseTally tally = seen.Tallies(row.metric)[0];
    EXPECT_EQ(tally.scored, row.is_scored ? 1 : 0) << row.value.value_or(-99);
    EXPECT_EQ(tally.error, row.is_scored ? 0 : 1);
    EXPECT_EQ(tally.passing, row.is_scored ? 1 : 0) << "a broken score passes nothing";
  }
}

TEST(SuiteObservations, ATrialWithoutScoresCountsForEveryMetricThatLacksIt) {
  SuiteObservations seen = MakeTwoMetrics();
  ASSERT_TRUE(seen.AddScore(1, 0, 0, ScoreStatus::kScored, 120.0, std::nullopt));
  ASSERT_TRUE(seen.AddTrial(0, 0, TrialStatus::kError));
  EXPECT_EQ(seen.Tallies(0)[0].error, 1);
  EXPECT_EQ(seen.Tallies(1)[0].error, 0);
  ASSERT_TRUE(seen.AddTrial(0, 1, TrialStatus::kAwaitingHuman));
  ASSERT_TRUE(seen.AddTrial(1, 0, TrialStatus::kSkipped));
  ASSERT_TRUE(seen.AddTrial(1, 1, TrialStatus::kUnscored));
  EXPECT_EQ(seen.Tallies(0)[0].awaiting_human, 1);
  EXPECT_EQ(seen.Tallies(1)[1].skipped, 1);
  EXPECT_EQ(seen.Tallies(1)[1].unscored, 1);
  // A trial that says it was scored but brought no row for a metric is no evidence for it.
  ASSERT_TRUE(seen.AddTrial(2, 0, TrialStatus::kScored));
  EXPECT_EQ(seen.Tallies(0)[2].error, 1);
  EXPECT_EQ(seen.Tallies(0)[2].scored, 0);
}

TEST(SuiteObservations, ATrialCountsOnce) {
  SuiteObservations seen = MakeTwoMetrics();
  ASSERT_TRUE(seen.AddScore(0, 1, 1, ScoreStatus::kScored, 1.0, true));
  const Status again = seen.AddScore(0, 1, 1, ScoreStatus::kScored, 0.0, false);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(again.error().message, "metric \"answer\" has case 1 trial 1 already");
  EXPECT_EQ(seen.Tallies(0)[1].scored, 1);
}

TEST(SuiteObservations, PlacesOutOfRangeAreRefused) {
  SuiteObservations seen = MakeTwoMetrics();
  EXPECT_EQ(seen.AddScore(2, 0, 0, ScoreStatus::kScored, 1.0, true).error().message, "there is no metric 2");
  EXPECT_EQ(seen.AddScore(0, 3, 0, ScoreStatus::kScored, 1.0, true).error().message, "there is no case 3 among 3");
  EXPECT_EQ(seen.AddScore(0, -1, 0, ScoreStatus::kScored, 1.0, true).error().message, "there is no case -1 among 3");
  EXPECT_EQ(seen.AddTrial(0, 2, TrialStatus::kError).error().message, "case 0 has no trial 2 among 2");
}

TEST(SuiteObservations, MakeRefusesWhatCannotBe) {
  const auto message = [](std::int64_t cases, int trials, std::vector<MetricShape> metrics,
                          std::vector<SliceColumn> slices) {
    const auto made = SuiteObservations::Make(cases, trials, std::move(metrics), std::move(slices));
    return made ? std::string("made") : made.error().message;
  };
  EXPECT_EQ(message(-1, 1, {}, {}), "-1 cases; at most 100000000");
  EXPECT_EQ(message(100'000'001, 1, {}, {}), "100000001 cases; at most 100000000");
  EXPECT_EQ(message(1, 0, {}, {}), "0 trials; 1 to 10000");
  EXPECT_EQ(message(1, 1, {{"m", "m"}, {"m", "n"}}, {}), "metric \"m\" is there twice");
  EXPECT_EQ(message(2, 1, {}, {SliceColumn("s", 1)}), "slice \"s\" has 1 cases, the suite 2");
  EXPECT_EQ(message(1, 1, {}, {SliceColumn("s", 1), SliceColumn("s", 1)}), "slice \"s\" is there twice");
  EXPECT_EQ(message(0, 1, {}, {}), "made");
}

TEST(SliceColumn, EncodesValuesAndStartsWithNone) {
  SliceColumn slice("topic", 3);
  ASSERT_TRUE(slice.Set(0, "refund"));
  ASSERT_TRUE(slice.Set(2, "refund"));
  EXPECT_THAT(slice.values(), ::testing::ElementsAre("", "refund"));
  EXPECT_EQ(slice.ValueOf(0), 1u);
  EXPECT_EQ(slice.ValueOf(1), 0u);
  EXPECT_EQ(slice.ValueOf(2), 1u);
  EXPECT_EQ(slice.Set(3, "x").error().message, "slice \"topic\": there is no case 3");
}

TEST(SliceColumn, RefusesAFieldThatIsAnId) {
  SliceColumn slice("id", static_cast<std::int64_t>(SliceColumn::kMaxValues));
  Status last;
  for (std::size_t i = 0; i < SliceColumn::kMaxValues && last; ++i) {
    last = slice.Set(static_cast<std::int64_t>(i), std::to_string(i));
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(last.error().message, "slice \"id\" has more than 10000 values; slice by a field with few");
}

TEST(CaseTally, IsSmall) { EXPECT_LE(sizeof(CaseTally), 24u); }

TEST(QuantileOf, IsAbsentForWhatHasNoQuantileBound) {
  EXPECT_EQ(QuantileOf(Aggregate::kP50), 0.5);
  EXPECT_EQ(QuantileOf(Aggregate::kP90), 0.9);
  EXPECT_EQ(QuantileOf(Aggregate::kP95), 0.95);
  EXPECT_EQ(QuantileOf(Aggregate::kP99), 0.99);
  for (const Aggregate other : {Aggregate::kMean, Aggregate::kMax, Aggregate::kSum}) {
    EXPECT_EQ(QuantileOf(other), std::nullopt);
  }
}

}  // namespace
}  // namespace assay
