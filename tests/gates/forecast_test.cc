// How many more cases would decide: what is found against what each number of cases would show, how few of these are
// asked for, and that rules which share what they compute say what each says by itself.

#include "gates/rules/forecast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/stats/gaffke.h"
#include "gates/verdict.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

std::vector<double> Graded(std::size_t count, double low, double high) {
  Random random(5);
  std::vector<double> values(count);
  for (double& value : values) value = low + (high - low) * random.Uniform();
  return values;
}

struct Search {
  const char* name;
  Direction direction;
  double threshold;
  double confidence;
  std::size_t cases;
  const char* method;
  Forecast outcome;
};

class Searches : public ::testing::TestWithParam<Search> {};

// The values lie between 0.6 and 1.
TEST_P(Searches, FindTheFewestCasesInFewForecasts) {
  const Search& asked = GetParam();
  const ThresholdQuestion question{asked.direction, asked.threshold, asked.confidence};
  const ForecastOf forecast = ForecastMean(question, Graded(asked.cases, 0.6, 1), asked.method);
  int forecasts = 0;
  const auto counted = [&](std::int64_t cases) {
    ++forecasts;
    return forecast(cases);
  };
  const auto n = static_cast<std::int64_t>(asked.cases);
  const auto found = FewestCasesThatDecide(n, counted);
  EXPECT_LE(forecasts, 16);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->outcome, asked.outcome);
  EXPECT_EQ(forecast(found->cases).Outcome(), asked.outcome);
  EXPECT_EQ(forecast(found->cases - 1).Outcome(), found->cases == n + 1 ? asked.outcome : Forecast::kNeither)
      << found->cases;
}

INSTANTIATE_TEST_SUITE_P(
    Forecasts, Searches,
    ::testing::Values(Search{"floor_passes", Direction::kAtLeast, 0.78, 0.95, 30, "gaffke", Forecast::kPass},
                      Search{"floor_fails", Direction::kAtLeast, 0.84, 0.999, 30, "gaffke", Forecast::kFail},
                      Search{"ceiling_passes", Direction::kAtMost, 0.81, 0.99, 1000, "gaffke", Forecast::kPass},
                      Search{"ceiling_fails", Direction::kAtMost, 0.77, 0.999, 100, "gaffke", Forecast::kFail},
                      Search{"many_values", Direction::kAtLeast, 0.796, 0.99999, 20'000, "gaffke", Forecast::kPass},
                      Search{"t_passes", Direction::kAtLeast, 0.78, 0.999, 20, "t", Forecast::kPass},
                      Search{"t_fails", Direction::kAtMost, 0.78, 0.999, 20, "t", Forecast::kFail}),
    [](const auto& each) { return each.param.name; });

// Whole cases make it less than monotone: then by doubling, which is asked for more forecasts.
TEST(Forecasts, OfPassesDecideWithTheCasesFound) {
  std::vector<double> values(100, 1);
  std::fill_n(values.begin(), 7, 0);
  const ForecastOf forecast = ForecastMean({Direction::kAtLeast, 0.9, 0.95}, values, "clopper_pearson");
  const auto found = FewestCasesThatDecide(100, forecast);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->outcome, Forecast::kPass);
  EXPECT_EQ(forecast(found->cases).Outcome(), Forecast::kPass);
  EXPECT_FALSE(FewestCasesThatDecide(100, ForecastMean({Direction::kAtLeast, 0.93, 0.95}, values, "clopper_pearson")));
}

// Millions of equal values are too many for the tail of their mean.
TEST(Forecasts, OfMillionsOfEqualValuesAreKnown) {
  for (const double value : {0.5, 0.25}) {
    const ForecastOf forecast = ForecastMean({Direction::kAtLeast, 0.475, 0.95}, {value, value}, "gaffke");
    EXPECT_EQ(forecast(kMostCases).Outcome(), value == 0.5 ? Forecast::kPass : Forecast::kFail);
  }
  const ForecastOf on_it = ForecastMean({Direction::kAtLeast, 0.5, 0.95}, {0.5, 0.5}, "gaffke");
  EXPECT_EQ(on_it(kMostCases).Outcome(), Forecast::kNeither);
  EXPECT_FALSE(FewestCasesThatDecide(2, on_it));
}

TEST(Forecasts, GroupManyValuesWithoutMovingTheirMean) {
  std::vector<double> values = Graded(30'000, 0, 1);
  std::fill_n(values.begin(), 10'000, 1.0);
  double sum = 0;
  for (const double value : values) sum += value;
  double of_groups = 0;
  double size = 0;
  const std::vector<WeightedValue> groups = ForecastGroups(values);
  for (const WeightedValue& group : groups) {
    of_groups += group.value * group.weight;
    size += group.weight;
  }
  EXPECT_LE(groups.size(), 64U);
  EXPECT_EQ(size, 30'000);
  EXPECT_NEAR(of_groups, sum, 1e-6);
}

constexpr const char* kCandidate = "40 x 0.9; 30 x 0.7; 20 x 0.4; 10 x 1; 3 x error";
constexpr const char* kBaseline = "30 x 0.9; 40 x 0.6; 20 x 0.5; 13 x 1";

// Rules of one gate on the same cases share what they compute of them.
TEST(SharedPairs, DecideAsEachRuleDoesByItself) {
  const std::vector<std::string> rules = {"{name: a, metric: m, non_inferior: {margin: 0.02}}",
                                          "{name: b, metric: m, non_inferior: {margin: 0.2}, confidence: 0.8}",
                                          "{name: c, metric: m, superior: {margin: 0.01}, confidence: 0.9}",
                                          "{name: d, metric: m, equivalent: {margin: 0.05}, confidence: 0.9}",
                                          "{name: e, metric: m, non_inferior: {margin: 0.1, better: lower}}",
                                          "{name: f, metric: m, non_inferior: {margin: 0.1}, method: unpaired}",
                                          "{name: g, metric: m, at_least: 0.75}"};
  for (const char* candidate : {kCandidate, "40 x 0.9; 33 x 0.7; 20 x 0.4; 10 x 1"}) {
    const std::vector<SuiteEvidence> ours = {testing::MakeEvidence({.cases = candidate})};
    const std::vector<SuiteEvidence> theirs = {testing::MakeEvidence({.cases = kBaseline})};
    const Verdict together = testing::DecideOn(ours, rules, theirs);
    ASSERT_EQ(together.rules.size(), rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const RulePart shared = together.rules[i].parts.at(0);
      const RulePart alone = testing::DecideOn(ours, {rules[i]}, theirs).rules.at(0).parts.at(0);
      EXPECT_EQ(shared.state, alone.state) << rules[i];
      EXPECT_EQ(shared.reason, alone.reason) << rules[i];
      EXPECT_EQ(shared.estimate.lower, alone.estimate.lower) << rules[i];
      EXPECT_EQ(shared.estimate.upper, alone.estimate.upper) << rules[i];
      EXPECT_EQ(shared.more_cases, alone.more_cases) << rules[i];
      EXPECT_EQ(shared.worst_cases, alone.worst_cases) << rules[i];
      EXPECT_EQ(shared.comparison, alone.comparison) << rules[i];
      EXPECT_EQ(shared.counts, alone.counts) << rules[i];
    }
  }
}

TEST(WantedCases, DecideNoOtherRule) {
  const std::vector<SuiteEvidence> evidence = {testing::MakeEvidence({.cases = "80 x 1; 20 x 0"})};
  GateEvidence all{"sha256:gate", {"model", "1", "sha256:model"}, evidence};
  all.wanted_cases = WantedCases{.rules = {"b"}, .most = 15};
  const Verdict verdict = Decide(
      testing::MakeGate(evidence, {"{name: a, metric: m, at_least: 0.8}", "{name: b, metric: m, at_least: 0.9}"}), all,
      Time{});
  ASSERT_EQ(verdict.rules.size(), 1U);
  EXPECT_EQ(verdict.rules[0].rule, "b");
  EXPECT_EQ(verdict.rules[0].parts.at(0).worst_cases.size(), 15U);
}

}  // namespace
}  // namespace assay
