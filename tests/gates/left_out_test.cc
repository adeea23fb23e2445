// Cases that a grader is not asked of are none of its metric; what nobody is asked of is never evidence.

#include <gtest/gtest.h>

#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::DecideOn;
using testing::MakeEvidence;
using testing::OutcomeOn;

constexpr const char* kAccuracyFloor = "{name: r, metric: m, at_least: 0.9}";
constexpr const char* kNoFailures = "{name: r, grader: m, zero_failures: {max_rate: 0.05}}";

TEST(LeftOutCases, AreNoneOfTheMetric) {
  const RuleOutcome alone = OutcomeOn("60 x 1", kAccuracyFloor);
  const RuleOutcome beside = OutcomeOn("60 x 1; 500 x left_out", kAccuracyFloor);
  EXPECT_EQ(alone.state, VerdictState::kPass);
  EXPECT_EQ(beside.state, VerdictState::kPass);
  EXPECT_EQ(beside.reason, alone.reason);
  EXPECT_EQ(beside.parts.at(0).counts.scheduled, 60);
  // A failing case fails, however many are left out.
  EXPECT_EQ(OutcomeOn("60 x 1; 1 x 0; 500 x left_out", kNoFailures).state, VerdictState::kFail);
}

TEST(LeftOutCases, AloneNeverPass) {
  for (const char* rule : {kAccuracyFloor, kNoFailures, "{name: r, metric: m, at_most: 0.5}"}) {
    EXPECT_EQ(OutcomeOn("60 x left_out", rule).state, VerdictState::kInconclusive) << rule;
    EXPECT_EQ(OutcomeOn("60 x left_out,left_out", rule).state, VerdictState::kInconclusive) << rule;
  }
}

TEST(LeftOutCases, OfOneTrialAreLeftOutWhole) {
  const RuleOutcome outcome = OutcomeOn("60 x 1,1; 5 x left_out,error", kAccuracyFloor);
  EXPECT_EQ(outcome.state, VerdictState::kPass) << outcome.reason;
}

TEST(LeftOutCases, OfAWholeSliceValueLeaveItUndecided) {
  const RuleOutcome outcome =
      OutcomeOn("80 x 1 @de; 80 x left_out @fr", "{name: r, metric: m, at_least: 0.9, by: topic}");
  EXPECT_EQ(outcome.state, VerdictState::kInconclusive);
  EXPECT_EQ(outcome.reason, "topic=fr: its grader is asked of no case of this value (when)");
  ASSERT_EQ(outcome.parts.size(), 2u);
  EXPECT_EQ(outcome.parts[0].state, VerdictState::kPass);
}

// Coverage without a metric: a case is scored when every metric of the suite that gates is.
SuiteEvidence WithReport(ScoreStatus gating, ScoreStatus reporting, bool has_gating = true) {
  SuiteEvidence evidence = MakeEvidence({.cases = "20 x 1 @a", .cause = ""});
  SliceColumn topic("topic", 20);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(topic.Set(i, "a").has_value());
  MetricShape report{.name = "r", .grader = "r"};
  report.is_report = true;
  std::vector<MetricShape> metrics = {report};
  if (has_gating) metrics.push_back({.name = "m", .grader = "m"});
  auto seen = SuiteObservations::Make(20, 1, metrics, {topic});
  EXPECT_TRUE(seen.has_value());
  const auto add = [&](std::size_t metric, int ordinal, ScoreStatus status) {
    const bool is_scored = status == ScoreStatus::kScored;
    EXPECT_TRUE(seen->AddScore(metric, ordinal, 0, status, is_scored ? std::optional(1.0) : std::nullopt,
                               is_scored ? std::optional(true) : std::nullopt)
                    .has_value());
  };
  for (int i = 0; i < 20; ++i) {
    add(0, i, reporting);
    if (has_gating) add(1, i, gating);
  }
  evidence.observations = *std::move(seen);
  return evidence;
}

TEST(Reports, AreNoEvidenceBesideOthersNorDoTheyLackAny) {
  const char* rule = "{name: r, coverage: {of: topic, min_cases: 5, at_least: 1}}";
  const auto state = [&](SuiteEvidence evidence) { return DecideOn({std::move(evidence)}, {rule}).rules.at(0).state; };
  EXPECT_EQ(state(WithReport(ScoreStatus::kScored, ScoreStatus::kError)), VerdictState::kPass);
  EXPECT_NE(state(WithReport(ScoreStatus::kNotApplicable, ScoreStatus::kScored)), VerdictState::kPass);
  EXPECT_NE(state(WithReport(ScoreStatus::kUnscored, ScoreStatus::kScored)), VerdictState::kPass);
  // Where there are no others, they are all that there is.
  EXPECT_EQ(state(WithReport({}, ScoreStatus::kScored, false)), VerdictState::kPass);
  EXPECT_NE(state(WithReport({}, ScoreStatus::kError, false)), VerdictState::kPass);
}

}  // namespace
}  // namespace assay
