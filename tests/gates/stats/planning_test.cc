// Power and numbers of cases, p-values adjusted for their number, and quantiles by order statistics.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.h"
#include "gates/stats/multiplicity.h"
#include "gates/stats/power.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr double kPlanningNaN = std::numeric_limits<double>::quiet_NaN();
using Adjustment = PValues (*)(std::span<const double>);
constexpr Adjustment kAdjustments[] = {AdjustBonferroni, AdjustHolm, AdjustHochberg, AdjustBenjaminiHochberg,
                                       AdjustBenjaminiYekutieli};

TEST(AdjustedPValues, KeepTheirPlacesAndOrder) {
  const std::vector<double> p = {0.04, 0.001, 0.03, 0.001, 0.5};
  EXPECT_THAT(*AdjustHolm(p), testing::Pointwise(testing::DoubleEq(), {0.09, 0.005, 0.09, 0.005, 0.5}));
  EXPECT_THAT(*AdjustBenjaminiHochberg(p), testing::Pointwise(testing::DoubleEq(), {0.05, 0.0025, 0.05, 0.0025, 0.5}));
  EXPECT_THAT(*AdjustHochberg(p), testing::Pointwise(testing::DoubleEq(), {0.08, 0.004, 0.08, 0.004, 0.5}));
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values;
    const std::uint64_t count = 1 + random.Below(20);
    for (std::uint64_t i = 0; i < count; ++i) values.push_back(std::round(50 * random.Uniform()) / 50);
    for (const Adjustment adjust : kAdjustments) {
      const std::vector<double> adjusted = *adjust(values);
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_GE(adjusted[i], values[i] * (1 - 1e-15));
        EXPECT_LE(adjusted[i], 1);
        for (std::size_t j = 0; j < values.size(); ++j) {
          if (values[i] == values[j]) {
            EXPECT_EQ(adjusted[i], adjusted[j]);
          } else if (values[i] < values[j]) {
            EXPECT_LE(adjusted[i], adjusted[j]);
          }
        }
      }
    }
  }
}

TEST(AdjustedPValues, OfNothingAndNonsenseAreNoInformation) {
  for (const Adjustment adjust : kAdjustments) {
    EXPECT_EQ(adjust({}), std::nullopt);
    EXPECT_EQ(adjust(std::vector<double>{0.1, kPlanningNaN}), std::nullopt);
    EXPECT_EQ(adjust(std::vector<double>{0.1, -0.1}), std::nullopt);
    EXPECT_EQ(adjust(std::vector<double>{0.1, 1.1}), std::nullopt);
    EXPECT_THAT(*adjust(std::vector<double>{0.1}), testing::ElementsAre(0.1));
  }
}

TEST(Power, CasesDifferenceAndPowerAnswerEachOther) {
  for (const double power : {0.6, 0.8, 0.95}) {
    const PowerPlan plan{.confidence = 0.95, .power = power};
    const double cases = *CasesNeeded(0.3, 0.04, plan);
    EXPECT_NEAR(*DetectableDifference(0.3, cases, plan), 0.04, 1e-14);
    EXPECT_NEAR(*PowerOf(0.3, 0.04, cases, 0.95), power, 1e-12);
  }
  EXPECT_NEAR(*PowerOf(0.3, 0, 100, 0.95), 0.05, 1e-12);
  EXPECT_EQ(
      VarianceOfDifference(
          {.between_cases = 0.1, .within_first = 0.2, .within_second = 0.3, .first_trials = 2, .second_trials = 3}),
      0.1 + 0.2 / 2 + 0.3 / 3);
  EXPECT_NEAR(*NonInferiorityCasesNeeded(0.1, 0, 0.02, {}), 1962.2199335872713, 1e-9);
}

TEST(Power, OfNonsenseIsNoInformation) {
  for (const double bad : {0.0, -1.0, kPlanningNaN, HUGE_VAL}) {
    EXPECT_EQ(CasesNeeded(bad, 0.1, {}), std::nullopt);
    EXPECT_EQ(CasesNeeded(0.1, bad, {}), std::nullopt);
    EXPECT_EQ(DetectableDifference(0.1, bad, {}), std::nullopt);
    EXPECT_EQ(PowerOf(bad, 0.1, 10, 0.95), std::nullopt);
    EXPECT_EQ(NonInferiorityCasesNeeded(0.1, 0, bad, {}), std::nullopt);
  }
  EXPECT_EQ(CasesNeeded(0.1, 1e-300, {}), std::nullopt);
  EXPECT_EQ(CasesNeeded(0.1, 0.1, {.confidence = 0.5}), std::nullopt);
  EXPECT_EQ(CasesNeeded(0.1, 0.1, {.power = 1}), std::nullopt);
  EXPECT_EQ(DetectableDifference(0.1, 1, {}), std::nullopt);
  EXPECT_EQ(VarianceOfDifference({}), std::nullopt);
  EXPECT_EQ(VarianceOfDifference({.between_cases = 1, .first_trials = 0}), std::nullopt);
  EXPECT_EQ(VarianceOfPairedBinary(0.1, 0.2), std::nullopt);
  EXPECT_EQ(VarianceOfPairedBinary(0, 0), std::nullopt);
  EXPECT_EQ(NonInferiorityCasesNeeded(0.1, -0.02, 0.02, {}), std::nullopt);
}

TEST(QuantileIntervals, AreOrderStatistics) {
  std::vector<double> sorted;
  for (int i = 1; i <= 100; ++i) sorted.push_back(10 * i);
  const Interval median = *QuantileInterval(sorted, 0.5, 0.975);
  EXPECT_EQ(median.lower, 10.0 * static_cast<double>(*QuantileLowerRank(100, 0.5, 0.975)));
  EXPECT_EQ(median.lower, 400);
  EXPECT_EQ(median.upper, 610);
  EXPECT_EQ(QuantileInterval(sorted, 0.99, 0.95), std::nullopt);
  EXPECT_EQ(QuantileInterval({}, 0.5, 0.95), std::nullopt);
  EXPECT_EQ(QuantileInterval(std::vector<double>{7}, 0.5, 0.6), std::nullopt);
  EXPECT_EQ(QuantileInterval(std::vector<double>{1, 5, 4, 7, 8, 9}, 0.5, 0.9), std::nullopt);
  sorted.back() = HUGE_VAL;
  EXPECT_EQ(QuantileInterval(sorted, 0.5, 0.95), std::nullopt);
}

TEST(QuantileIntervals, NeedTheCasesThatTheySay) {
  for (const double q : {0.5, 0.9, 0.95, 0.99, 0.999}) {
    for (const double confidence : {0.9, 0.95, 0.99}) {
      const std::int64_t n = *QuantileUpperCasesNeeded(q, confidence);
      EXPECT_TRUE(QuantileUpperRank(n, q, confidence).has_value()) << q;
      EXPECT_FALSE(QuantileUpperRank(n - 1, q, confidence).has_value()) << q;
    }
  }
  EXPECT_EQ(QuantileUpperCasesNeeded(0.02, 0.95), 2);  // of one there is no rank, though it would do
  EXPECT_EQ(QuantileUpperRank(1, 0.02, 0.95), std::nullopt);
  EXPECT_EQ(QuantileLowerRank(1, 0.98, 0.95), std::nullopt);
  EXPECT_EQ(QuantileUpperCasesNeeded(1, 0.95), std::nullopt);
  EXPECT_EQ(QuantileUpperCasesNeeded(0.5, 1), std::nullopt);
}

}  // namespace
}  // namespace assay
