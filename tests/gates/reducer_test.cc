// What each reduction makes of the trials of a case, and of those that are missing.

#include "gates/rules/reducer.h"

#include <gtest/gtest.h>

#include "gates/rules/decision.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

constexpr Reduction kMedian{.by = Reduce::kMedian};
constexpr Reduction kMode{.by = Reduce::kMode};
constexpr Reduction kMax{.by = Reduce::kMax};
constexpr Reduction kMin{.by = Reduce::kMin};
constexpr Reduction kMajority{.by = Reduce::kMajority};
constexpr Reduction AtLeast(int k) { return {.by = Reduce::kAtLeastK, .k = k}; }
constexpr Reduction PassAt(int k) { return {.by = Reduce::kPassAtK, .k = k}; }
constexpr Reduction PassHat(int k) { return {.by = Reduce::kPassHatK, .k = k}; }
constexpr Reduction Quorum(int quorum) { return {.by = Reduce::kMajority, .quorum = quorum}; }

struct Row {
  Reduction reduction;
  std::string trials;
  // The value, what it may be, and that with errors at the least and at the greatest value.
  std::string expected;
};

std::string TextOf(const ValueBox& box) {
  return box.low == box.high ? Shown(box.low) : "[" + Shown(box.low) + " " + Shown(box.high) + "]";
}

std::string Reduced(const Row& row, MetricRange range, MetricSource source) {
  const testing::EvidenceText text{.cases = "1 x " + row.trials, .range = range, .reduction = row.reduction};
  const SuiteEvidence evidence = testing::MakeEvidence(text);
  EXPECT_EQ(evidence.observations.metrics()[0].source, MetricSource::kScore);
  const SuiteObservations* seen = &evidence.observations;
  SuiteObservations passes;
  if (source == MetricSource::kPass) {  // the same trials, of which passes are kept only
    MetricShape shape = seen->metrics()[0];
    shape.source = source;
    passes = *SuiteObservations::Make(1, seen->trials(), {shape}, {});
    const CaseTally tally = seen->Tallies(0)[0];
    int trial = 0;
    for (int i = 0; i < tally.passing; ++i) EXPECT_TRUE(passes.AddScore(0, 0, trial++, ScoreStatus::kScored, 1, true));
    for (int i = 0; i < tally.failing; ++i) EXPECT_TRUE(passes.AddScore(0, 0, trial++, ScoreStatus::kScored, 0, false));
    for (int i = 0; i < tally.error; ++i) EXPECT_TRUE(passes.AddTrial(0, trial++, TrialStatus::kError));
    for (int i = 0; i < tally.unscored; ++i) EXPECT_TRUE(passes.AddTrial(0, trial++, TrialStatus::kUnscored));
    seen = &passes;
  }
  Reducer reducer(*seen, 0);
  EXPECT_EQ(reducer.Objection(), "");
  const auto value = reducer.ValueOf(0);
  return (value ? Shown(*value) : "none") + " " + TextOf(reducer.BoxOf(0, ErrorValue::kUnknown)) + " " +
         TextOf(reducer.BoxOf(0, ErrorValue::kLowest)) + " " + TextOf(reducer.BoxOf(0, ErrorValue::kHighest));
}

TEST(Reducer, OfValuesInTheUnitInterval) {
  const Row rows[] = {
      {{}, "1,0,0.5,0.5", "0.5 0.5 0.5 0.5"},
      {{}, "1,0,error,unscored", "0.5 [0.25 0.75] [0.25 0.5] [0.5 0.75]"},
      {kMedian, "0.75", "0.75 0.75 0.75 0.75"},
      {kMedian, "0.25,1,0.5", "0.5 0.5 0.5 0.5"},
      {kMedian, "0.25,1,0.5,0.75", "0.625 0.625 0.625 0.625"},
      {kMedian, "0.25,1,0.5,error,0.75", "0.625 [0.5 0.75] 0.5 0.75"},
      {kMedian, "0.5,0.5,0.5,error,unscored", "0.5 0.5 0.5 0.5"},
      {kMedian, "0.5,error,error", "0.5 [0 1] 0 1"},
      {kMedian, "0.5,error", "0.5 [0.25 0.75] 0.25 0.75"},
      {kMedian, "error,unscored,unscored", "none [0 1] [0 1] [0 1]"},
      {kMode, "0.5,0.5,1", "0.5 0.5 0.5 0.5"},
      {kMode, "0.5,1", "none [0.5 1] [0.5 1] [0.5 1]"},
      {kMode, "0.5,0.5,0.75,1,1", "none [0.5 1] [0.5 1] [0.5 1]"},
      {kMode, "0.5,0.5,0.5,1,unscored", "0.5 0.5 0.5 0.5"},
      {kMode, "0.5,0.5,0.5,1,1,unscored", "0.5 [0.5 1] [0.5 1] [0.5 1]"},
      {kMode, "0.5,0.5,1,unscored,skipped", "0.5 [0 1] [0 1] [0 1]"},
      {kMode, "0.5,0.5,error,error", "0.5 [0 1] [0 0.5] [0.5 1]"},
      {kMode, "error", "none [0 1] 0 1"},
      {kMax, "0.25,0.75,0.5", "0.75 0.75 0.75 0.75"},
      {kMax, "0.25,error,0.5", "0.5 [0.5 1] 0.5 1"},
      {kMax, "0.25,error,unscored", "0.25 [0.25 1] [0.25 1] 1"},
      {kMax, "error,error", "none [0 1] 0 1"},
      {kMax, "1,error,error", "1 1 1 1"},
      {kMin, "0.25,0.75,0.5", "0.25 0.25 0.25 0.25"},
      {kMin, "0.75,error,0.5", "0.5 [0 0.5] 0 0.5"},
      {kMin, "0.75,error,unscored", "0.75 [0 0.75] 0 [0 0.75]"},
      {kMin, "unscored,unscored", "none [0 1] [0 1] [0 1]"},
      {kMin, "0,error,error", "0 0 0 0"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Reduced(row, MetricRange::kUnit, MetricSource::kScore), row.expected)
        << WordOf(row.reduction.by) << " of " << row.trials;
  }
}

TEST(Reducer, OfPasses) {
  const Row rows[] = {
      {kMajority, "1,1,0", "1 1 1 1"},
      {kMajority, "1,0,0", "0 0 0 0"},
      {kMajority, "1,1,0,0", "0 0 0 0"},  // a tie fails
      {kMajority, "1,1,1,error,error", "1 1 1 1"},
      {kMajority, "1,1,0,error,error", "none [0 1] 0 1"},
      {kMajority, "0,0,0,error,error", "0 0 0 0"},
      {kMajority, "1,1,unscored,unscored", "none [0 1] [0 1] [0 1]"},
      {kMajority, "0,0,unscored,unscored", "0 0 0 0"},
      {Quorum(4), "1,1,1,0,error", "1 1 1 1"},
      {Quorum(4), "1,1,1,error,error", "none [0 1] 1 1"},
      {Quorum(4), "0,0,0,error,unscored", "none [0 1] 0 0"},
      {Quorum(4), "1,1,1,unscored,unscored", "none [0 1] [0 1] [0 1]"},
      {Quorum(5), "1,1,1,0,0", "1 1 1 1"},
      {AtLeast(2), "1,1,0,0,0", "1 1 1 1"},
      {AtLeast(2), "1,0,0,0,0", "0 0 0 0"},
      {AtLeast(2), "1,0,0,0,error", "none [0 1] 0 1"},
      {AtLeast(2), "0,0,0,0,error", "0 0 0 0"},
      {AtLeast(2), "1,1,error,error,error", "1 1 1 1"},
      {AtLeast(2), "error,error", "none [0 1] 0 1"},
      {PassAt(1), "1,0,0,0", "0.25 0.25 0.25 0.25"},
      {PassAt(2), "1,1,0,0,0", "0.7 0.7 0.7 0.7"},
      {PassAt(2), "1,1,0,0,error", "0.833333 [0.7 0.9] 0.7 0.9"},
      {PassAt(3), "1,1,error,error,error", "none [0 1] 0.9 1"},
      {PassAt(3), "1,1,0,unscored,unscored", "1 [0.9 1] [0.9 1] [0.9 1]"},
      {PassHat(2), "1,1,0,0,0", "0.1 0.1 0.1 0.1"},
      {PassHat(2), "1,1,0,0,error", "0.166667 [0.1 0.3] 0.1 0.3"},
      {PassHat(3), "1,1,unscored,unscored,unscored", "none [0 1] [0 1] [0 1]"},
      {PassHat(3), "1,1,1,error,error", "1 [0.1 1] 0.1 1"},
      {PassHat(5), "1,1,1,1,1", "1 1 1 1"},
      {PassHat(1), "error", "none [0 1] 0 1"},
      {kMedian, "1,0,error", "0.5 [0 1] 0 1"},
      {kMode, "1,1,0,error", "1 [0 1] [0 1] 1"},
      {kMax, "0,1,error", "1 1 1 1"},
      {kMax, "0,0,error", "0 [0 1] 0 1"},
      {kMin, "0,1,error", "0 0 0 0"},
      {kMin, "1,1,error", "1 [0 1] 0 1"},
  };
  for (const Row& row : rows) {
    for (const MetricSource source : {MetricSource::kScore, MetricSource::kPass}) {
      EXPECT_EQ(Reduced(row, MetricRange::kUnit, source), row.expected)
          << WordOf(row.reduction.by) << " of " << row.trials << " " << WordOf(source);
    }
  }
}

TEST(Reducer, OfAmountsWithoutBounds) {
  const Row rows[] = {
      {kMedian, "100,300,200", "200 200 200 200"},
      {kMedian, "100,300,error", "200 [100 300] 100 300"},
      {kMedian, "100,300,200,error", "200 [150 250] 150 250"},
      {kMedian, "100,error", "100 [unbounded unbounded] unbounded unbounded"},
      {kMedian, "error,unscored", "none [unbounded unbounded] [unbounded unbounded] [unbounded unbounded]"},
      {kMode, "1,2,2", "2 2 2 2"},
      {kMax, "100,300,error", "300 [300 unbounded] 300 unbounded"},
      {kMax, "100,-300", "100 100 100 100"},
      {kMin, "100,300,unscored", "100 [unbounded 100] [unbounded 100] [unbounded 100]"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Reduced(row, MetricRange::kUnbounded, MetricSource::kScore), row.expected)
        << WordOf(row.reduction.by) << " of " << row.trials;
  }
}

// A score that neither passes nor fails is none for what counts passes.
TEST(Reducer, CountsAScoreWithoutAPassAsAnError) {
  EXPECT_EQ(Reduced({AtLeast(2), "1,0.9,0.9", ""}, MetricRange::kUnit, MetricSource::kScore), "none [0 1] 0 1");
}

TEST(Reducer, ObjectsToWhatTheSuiteCannotGive) {
  const auto objection = [](const Reduction& reduction, MetricRange range) {
    const SuiteEvidence evidence =
        testing::MakeEvidence({.cases = "1 x 1,1,1", .range = range, .reduction = reduction});
    Reducer reducer(evidence.observations, 0);
    const bool is_sure = TextOf(reducer.BoxOf(0, ErrorValue::kUnknown)) != "[0 1]";
    EXPECT_EQ(is_sure, reducer.Objection().empty());
    return reducer.Objection();
  };
  EXPECT_EQ(objection(PassHat(3), MetricRange::kUnit), "");
  EXPECT_EQ(objection(PassHat(4), MetricRange::kUnit), "metric \"m\" asks for 4 trials of a case, which has 3");
  EXPECT_EQ(objection(PassAt(0), MetricRange::kUnit), "metric \"m\" has no k");
  EXPECT_EQ(objection(AtLeast(4), MetricRange::kUnit), "metric \"m\" asks for 4 trials of a case, which has 3");
  EXPECT_EQ(objection(Quorum(4), MetricRange::kUnit), "metric \"m\" asks for 4 trials of a case, which has 3");
  EXPECT_EQ(objection(kMajority, MetricRange::kUnbounded),
            "metric \"m\" counts trials that pass, but does not lie in [0, 1]");
  EXPECT_EQ(objection(kMajority, MetricRange::kUnit), "");
}

}  // namespace
}  // namespace assay
