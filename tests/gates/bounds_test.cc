#include "gates/rules/bounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "gates/stats/gaffke.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<ValueBox> Known(const std::vector<double>& values) {
  std::vector<ValueBox> boxes;
  for (const double value : values) boxes.push_back({value, value});
  return boxes;
}

std::vector<double> Repeat(std::size_t n, double value) { return std::vector<double>(n, value); }

TEST(UnitMeanBounds, OneBinaryTrialIsClopperPearson) {
  std::vector<double> values = Repeat(57, 1);
  values.insert(values.end(), 3, 0);
  const Bounds bounds = UnitMeanBounds(Known(values), 0.95);
  EXPECT_EQ(bounds.method, "clopper_pearson");
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(57, 60, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(57, 60, 0.95));
}

TEST(UnitMeanBounds, AMissingBinaryCaseCountsAsZeroBelowAndOneAbove) {
  std::vector<ValueBox> boxes = Known(Repeat(57, 1));
  boxes.push_back({0, 1});
  boxes.push_back({0, 1});
  boxes.push_back({0, 0});
  const Bounds bounds = UnitMeanBounds(boxes, 0.95);
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(57, 60, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(59, 60, 0.95));
}

// A deterministic model with several trials: t passed a candidate exactly on a floor of 0.97 in 19 % of runs of 100.
TEST(UnitMeanBounds, SeveralTrialsThatAllAgreeAreClopperPearson) {
  std::vector<double> values = Repeat(98, 1);
  values.insert(values.end(), 2, 0);
  const Bounds bounds = UnitMeanBounds(Known(values), 0.95);
  EXPECT_EQ(bounds.method, "clopper_pearson");
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(98, 100, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(98, 100, 0.95));
}

TEST(UnitMeanBounds, ACaseStillMissingAmongAgreeingOnesIsClopperPearsonAtItsEnds) {
  std::vector<ValueBox> boxes = Known(Repeat(98, 1));
  boxes.push_back({0, 0});
  boxes.push_back({0, 1});
  const Bounds bounds = UnitMeanBounds(boxes, 0.95);
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(98, 100, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(99, 100, 0.95));
}

TEST(UnitMeanBounds, CaseMeansAreGaffke) {
  const Bounds bounds = UnitMeanBounds(Known({0.5, 1, 1, 0.75, 0.25, 1}), 0.9);
  EXPECT_EQ(bounds.method, "gaffke");
  const WeightedValue values[] = {{0.25, 1}, {0.5, 1}, {0.75, 1}, {1, 3}};
  EXPECT_NEAR(bounds.lower, *GaffkeLower(values, 0.9), 1e-10);
  EXPECT_NEAR(bounds.upper, *GaffkeUpper(values, 0.9), 1e-10);
}

TEST(UnitMeanBounds, EqualValuesAreNoCertainty) {
  for (const double value : {0.0, 0.5, 0.999, 1.0}) {
    const Bounds bounds = UnitMeanBounds(Known(Repeat(40, value)), 0.95);
    EXPECT_EQ(bounds.method, value == 0 || value == 1 ? "clopper_pearson" : "gaffke");
    EXPECT_NEAR(bounds.lower, value * std::pow(0.05, 1.0 / 40), 1e-10);
    EXPECT_NEAR(bounds.upper, 1 - (1 - value) * std::pow(0.05, 1.0 / 40), 1e-10);
  }
}

TEST(UnitMeanBounds, OneCaseIsNoInformation) {
  for (const double value : {0.0, 0.5, 1.0}) {
    const Bounds one = UnitMeanBounds(Known({value}), 0.95);
    EXPECT_EQ(one.lower, -kInfinity);
    EXPECT_EQ(one.upper, kInfinity);
    EXPECT_EQ(one.method, value == 0.5 ? "gaffke" : "clopper_pearson");  // of more: forecasts go by it
  }
  EXPECT_EQ(QuantileBounds(Known({7}), 0.5, 0.6).lower, -kInfinity);
  EXPECT_EQ(QuantileBounds(Known({7}), 0.5, 0.6).upper, kInfinity);
}

TEST(UnitMeanBounds, NoCaseIsNoInformation) {
  const Bounds bounds = UnitMeanBounds({}, 0.95);
  EXPECT_EQ(bounds.lower, -kInfinity);
  EXPECT_EQ(bounds.upper, kInfinity);
}

TEST(UnitMeanBounds, PartlyMissingCasesCountAtTheirWorstExactly) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(i % 4 == 0 ? 2.0 / 3 : 1);
  std::vector<ValueBox> boxes = Known(values);
  boxes.push_back({1.0 / 3, 2.0 / 3});
  boxes.push_back({2.0 / 3, 1});
  boxes.push_back({0, 1});
  std::vector<double> worst = values;
  worst.insert(worst.end(), {1.0 / 3, 2.0 / 3, 0});
  EXPECT_NEAR(UnitMeanBounds(boxes, 0.95).lower, UnitMeanBounds(Known(worst), 0.95).lower, 1e-12);
}

// Every corner and many inner completions of random boxes, against the bounds.
TEST(UnitMeanBounds, HoldForEveryCompletion) {
  Random random(20261124);
  for (int round = 0; round < 300; ++round) {
    const int trials = 2 + static_cast<int>(random.Below(4));
    const std::size_t unknown = random.Below(6);
    const std::size_t known = random.Below(12) + (unknown == 0 ? 1 : 0);
    const bool is_narrow = random.Below(2) == 0;  // values near each other make the pathological corners
    std::vector<ValueBox> boxes;
    for (std::size_t i = 0; i < known; ++i) {
      const double value = is_narrow
                               ? 0.2 + 0.01 * static_cast<double>(random.Below(3))
                               : static_cast<double>(random.Below(static_cast<std::uint64_t>(trials) + 1)) / trials;
      boxes.push_back({value, value});
    }
    for (std::size_t i = 0; i < unknown; ++i) {
      const int missing = 1 + static_cast<int>(random.Below(static_cast<std::uint64_t>(trials)));
      const auto scored = static_cast<std::uint64_t>(trials - missing);
      const double sum = static_cast<double>(random.Below(scored + 1));
      boxes.push_back({sum / trials, (sum + missing) / trials});
    }
    const Bounds bounds = UnitMeanBounds(boxes, 0.95);
    const auto check = [&](const std::vector<double>& completion) {
      const Bounds one = UnitMeanBounds(Known(completion), 0.95);
      ASSERT_LE(bounds.lower, one.lower + 1e-9) << "round " << round;
      ASSERT_GE(bounds.upper, one.upper - 1e-9) << "round " << round;
    };
    for (std::uint64_t corner = 0; corner < (1u << unknown); ++corner) {
      std::vector<double> completion;
      for (std::size_t i = 0; i < boxes.size(); ++i) {
        const bool is_high = i >= known && ((corner >> (i - known)) & 1) != 0;
        completion.push_back(is_high ? boxes[i].high : boxes[i].low);
      }
      check(completion);
    }
    for (int inner = 0; inner < 5 && unknown > 0; ++inner) {
      std::vector<double> completion;
      for (const ValueBox& box : boxes) completion.push_back(box.low + (box.high - box.low) * random.Uniform());
      check(completion);
    }
  }
}

TEST(UnboundedMeanBounds, NeedsTwoDifferentKnownValues) {
  const std::vector<double> values{100, 200, 400};
  const SampleMoments moments = *MomentsOf(values);
  const Bounds bounds = UnboundedMeanBounds(Known(values), 0.95);
  EXPECT_NEAR(bounds.upper, moments.mean + *StudentHalfWidth(moments, 0.95), 1e-9);
  EXPECT_NEAR(bounds.lower, moments.mean - *StudentHalfWidth(moments, 0.95), 1e-9);
  for (const std::vector<double>& none : {std::vector<double>{}, {100}, {100, 100, 100}}) {
    EXPECT_EQ(UnboundedMeanBounds(Known(none), 0.95).upper, kInfinity);
    EXPECT_EQ(UnboundedMeanBounds(Known(none), 0.95).lower, -kInfinity);
  }
}

TEST(UnboundedMeanBounds, AMissingValueLeavesBothSidesOpenUntilItIsCountedAsOne) {
  std::vector<ValueBox> boxes = Known({100, 200, 400});
  boxes.push_back({-kInfinity, kInfinity});
  Bounds bounds = UnboundedMeanBounds(boxes, 0.95);
  EXPECT_EQ(bounds.lower, -kInfinity);
  EXPECT_EQ(bounds.upper, kInfinity);
  boxes.back() = {-kInfinity, -kInfinity};
  bounds = UnboundedMeanBounds(boxes, 0.95);
  EXPECT_EQ(bounds.upper, -kInfinity);
  boxes.back() = {kInfinity, kInfinity};
  bounds = UnboundedMeanBounds(boxes, 0.95);
  EXPECT_EQ(bounds.lower, kInfinity);
}

// One trial a case: the same as order statistics, for every size and threshold.
TEST(TrialQuantileBounds, OfOneTrialAreOrderStatistics) {
  Random random(3);
  for (const int n : {1, 20, 58, 59, 100, 300}) {
    std::vector<double> values(static_cast<std::size_t>(n));
    for (double& value : values) value = static_cast<double>(random.Below(50));
    std::vector<TrialBox> boxes;
    for (const double& value : values) boxes.push_back({.values = std::span(&value, 1)});
    for (const double q : {0.5, 0.9, 0.95, 0.99}) {
      const Bounds trials = TrialQuantileBounds(boxes, q, 0.95);
      const Bounds cases = QuantileBounds(Known(values), q, 0.95);
      EXPECT_EQ(trials.lower, cases.lower) << n << " " << q;
      EXPECT_EQ(trials.upper, cases.upper) << n << " " << q;
    }
  }
}

// Half of all requests take 900 ms; the means of the cases, 500 ms, would hide that.
TEST(TrialQuantileBounds, SeeTheTrialsAndNotTheirMeans) {
  const std::array<double, 2> trials{100, 900};
  const std::vector<TrialBox> boxes(200, TrialBox{.values = trials});
  EXPECT_EQ(TrialQuantile(boxes, 0.95), 900);
  EXPECT_EQ(TrialQuantileBounds(boxes, 0.95, 0.95).upper, 900);
  EXPECT_EQ(TrialQuantileBounds(boxes, 0.95, 0.95).lower, 900);
  EXPECT_EQ(TrialQuantileBounds(boxes, 0.3, 0.95).upper, 100);
}

TEST(TrialQuantileBounds, CountMissingTrialsAtTheirWorst) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::array<double, 2> both{100, 100};
  const std::array<double, 2> one{100, nan};
  const auto with = [&](std::size_t n, TrialBox box) {
    std::vector<TrialBox> boxes(200 - n, TrialBox{.values = both});
    boxes.insert(boxes.end(), n, box);
    return boxes;
  };
  // A twentieth of all trials is missing: the 0.9-quantile is shown, the 0.95-quantile may lie among them.
  const auto unknown = with(20, {.values = one, .unknown = 1});
  EXPECT_EQ(TrialQuantileBounds(unknown, 0.9, 0.95).upper, 100);
  EXPECT_EQ(TrialQuantileBounds(unknown, 0.95, 0.95).upper, kInfinity);
  EXPECT_EQ(TrialQuantileBounds(unknown, 0.95, 0.95).lower, 100);
  // A quarter of all trials counts as the highest.
  const auto highest = with(100, {.values = one, .highest = 1});
  EXPECT_EQ(TrialQuantileBounds(highest, 0.9, 0.95).lower, kInfinity);
  EXPECT_EQ(TrialQuantileBounds(highest, 0.5, 0.95).upper, 100);
  EXPECT_EQ(TrialQuantile(highest, 0.9), 100);
  const auto lowest = with(100, {.values = one, .lowest = 1});
  EXPECT_EQ(TrialQuantileBounds(lowest, 0.1, 0.95).upper, -kInfinity);
  EXPECT_TRUE(std::isnan(TrialQuantile({}, 0.9)));
}

}  // namespace
}  // namespace assay
