// What a gate can decide is told before it is run, and agrees with what it then decides.

#include "gates/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

PlannedSuite SuiteOf(const std::vector<std::pair<std::string, int>>& topics, Aggregate aggregate = Aggregate::kMean,
                     MetricRange range = MetricRange::kUnit) {
  int cases = 0;
  for (const auto& [topic, count] : topics) cases += count;
  SliceColumn column("topic", cases);
  std::int64_t ordinal = 0;
  for (const auto& [topic, count] : topics) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(column.Set(ordinal++, topic));
  }
  return {"s", *SuiteObservations::Make(
                   cases, 1, {{.name = "m", .grader = "m", .aggregate = aggregate, .range = range}}, {column})};
}

RulePlan PlanOf(const std::string& rule, const PlannedSuite& suite) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.rules = {testing::MakeRuleSpec(rule)};
  return PlanGate(gate, {suite}).at(0);
}

PartPlan PartOf(const std::string& rule, int cases) { return PlanOf(rule, SuiteOf({{"a", cases}})).parts.at(0); }

TEST(Plan, SaysHowManyCasesARuleNeeds) {
  EXPECT_EQ(PartOf("{name: r, metric: m, at_least: 0.9}", 100).cases_to_pass, 29);
  EXPECT_EQ(PartOf("{name: r, metric: m, at_most: 0.1}", 100).cases_to_pass, 29);
  EXPECT_EQ(PartOf("{name: r, grader: m, zero_failures: {max_rate: 0.01}}", 100).cases_to_pass, 299);
  EXPECT_EQ(PartOf("{name: r, metric: m, non_inferior: {margin: 0.02}}", 100).cases_to_pass, 149);
  EXPECT_FALSE(PartOf("{name: r, metric: m, non_inferior: {margin: 0.02}}", 148).can_pass);
  EXPECT_EQ(
      PlanOf("{name: r, metric: m, at_most: 2000}", SuiteOf({{"a", 50}}, Aggregate::kP95, MetricRange::kUnbounded))
          .parts.at(0)
          .cases_to_pass,
      59);
}

TEST(Plan, FindsRulesThatNothingCouldPass) {
  const RulePlan plan = PlanOf("{name: r, metric: m, at_least: 0.9, by: topic}", SuiteOf({{"a", 40}, {"b", 20}}));
  EXPECT_EQ(plan.asks, ">= 0.9");
  ASSERT_EQ(plan.parts.size(), 2u);
  EXPECT_TRUE(plan.parts[0].can_pass);
  EXPECT_FALSE(plan.parts[1].can_pass);
  EXPECT_TRUE(plan.parts[1].can_fail);
  EXPECT_EQ(plan.parts[1].slice_value, "b");
  EXPECT_FALSE(PartOf("{name: r, coverage: {of: topic, min_cases: 30, at_least: 1}}", 20).can_pass);
  EXPECT_TRUE(PartOf("{name: r, coverage: {of: topic, min_cases: 20, at_least: 1}}", 20).can_pass);
}

// Their outcome depends on when the run is made, and on those before it.
TEST(Plan, OfRulesOnARunPromisesNothing) {
  for (const char* rule :
       {"{name: r, metric: m, drift: {}}", "{name: r, freshness: {max_age: 7d}}", "{name: r, budget: {usd: 5}}"}) {
    const RulePlan plan = PlanOf(rule, SuiteOf({{"a", 40}}));
    ASSERT_EQ(plan.parts.size(), 1u) << rule;
    EXPECT_TRUE(plan.parts[0].can_pass) << rule;
    EXPECT_TRUE(plan.parts[0].can_fail) << rule;
    EXPECT_EQ(plan.parts[0].cases_to_pass, std::nullopt) << rule;
    EXPECT_EQ(plan.problem, "") << rule;
  }
}

TEST(Plan, NamesWhatKeepsARuleFromBeingComputed) {
  EXPECT_EQ(PlanOf("{name: r, metric: other, at_least: 0.9}", SuiteOf({{"a", 9}})).problem,
            "no suite of the gate has \"other\"");
  EXPECT_EQ(PlanOf("{name: r, metric: m, at_least: 0.9, by: lang}", SuiteOf({{"a", 9}})).parts.at(0).problem,
            "the suite has no slice \"lang\"");
  EXPECT_THAT(PlanOf("{name: r, metric: m, at_most: 9}", SuiteOf({{"a", 9}}, Aggregate::kMean, MetricRange::kUnbounded))
                  .parts.at(0)
                  .remark,
              HasSubstr("depends on how much they vary"));
}

// The rates that a plan names are those at which verdicts pass and fail in 80 % of runs.
TEST(Plan, AgreesWithWhatGatesDecide) {
  constexpr int kCases = 120;
  constexpr int kRounds = 400;
  for (const std::string rule : {"{name: r, metric: m, at_least: 0.85}", "{name: r, metric: m, at_most: 0.3}",
                                 "{name: r, grader: m, zero_failures: {max_rate: 0.05}}"}) {
    const PartPlan plan = PartOf(rule, kCases);
    ASSERT_TRUE(plan.passes_from && plan.fails_to) << rule;
    Random random(11);
    const auto share_of = [&](double rate, VerdictState wanted) {
      int found = 0;
      for (int round = 0; round < kRounds; ++round) {
        int passing = 0;
        for (int i = 0; i < kCases; ++i) passing += random.Uniform() < rate;
        const std::string cases = std::to_string(passing) + " x 1; " + std::to_string(kCases - passing) + " x 0";
        found += testing::OutcomeOn(cases, rule).state == wanted;
      }
      return static_cast<double>(found) / kRounds;
    };
    const double slack = 3 * std::sqrt(0.8 * 0.2 / kRounds);
    EXPECT_NEAR(share_of(*plan.passes_from, VerdictState::kPass), 0.8, slack) << rule;
    EXPECT_NEAR(share_of(*plan.fails_to, VerdictState::kFail), 0.8, slack) << rule;
  }
}

TEST(Plan, OfAComparisonIsCloseToWhatGatesDecide) {
  constexpr int kCases = 400;
  constexpr int kRounds = 300;
  const std::string rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}";
  const PartPlan plan = PartOf(rule, kCases);
  ASSERT_TRUE(plan.passes_from);
  Random random(12);
  int passed = 0;
  // Disagreements on a tenth of the cases, and the difference that the plan names.
  const double up = (PartPlan::kDiscordance + *plan.passes_from) / 2;
  for (int round = 0; round < kRounds; ++round) {
    int gains = 0;
    int losses = 0;
    for (int i = 0; i < kCases; ++i) {
      const double draw = random.Uniform();
      gains += draw < up;
      losses += draw >= up && draw < PartPlan::kDiscordance;
    }
    const std::string rest = std::to_string(kCases - gains - losses) + " x 1";
    const auto text = [&](const char* gain, const char* loss) {
      return rest + "; " + std::to_string(gains) + gain + std::to_string(losses) + loss;
    };
    passed += testing::ComparisonOn(text(" x 1; ", " x 0"), text(" x 0; ", " x 1"), rule).state == VerdictState::kPass;
  }
  EXPECT_GT(static_cast<double>(passed) / kRounds, 0.65);
  EXPECT_LT(static_cast<double>(passed) / kRounds, 0.9);
}

}  // namespace
}  // namespace assay
