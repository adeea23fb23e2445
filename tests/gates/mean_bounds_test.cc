#include "gates/rules/mean_bounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
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
  const MeanBounds bounds = UnitMeanBounds(Known(values), TrialsPerCase::kOne, 0.95);
  EXPECT_EQ(bounds.method, "clopper_pearson");
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(57, 60, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(57, 60, 0.95));
}

TEST(UnitMeanBounds, AMissingBinaryCaseCountsAsZeroBelowAndOneAbove) {
  std::vector<ValueBox> boxes = Known(Repeat(57, 1));
  boxes.push_back({0, 1});
  boxes.push_back({0, 1});
  boxes.push_back({0, 0});
  const MeanBounds bounds = UnitMeanBounds(boxes, TrialsPerCase::kOne, 0.95);
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(57, 60, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(59, 60, 0.95));
}

// A deterministic model with several trials: t passed a candidate exactly on a floor of 0.97 in 19 % of runs of 100.
TEST(UnitMeanBounds, SeveralTrialsThatAllAgreeAreClopperPearson) {
  std::vector<double> values = Repeat(98, 1);
  values.insert(values.end(), 2, 0);
  const MeanBounds bounds = UnitMeanBounds(Known(values), TrialsPerCase::kSeveral, 0.95);
  EXPECT_EQ(bounds.method, "clopper_pearson");
  EXPECT_DOUBLE_EQ(bounds.lower, *ClopperPearsonLower(98, 100, 0.95));
  EXPECT_DOUBLE_EQ(bounds.upper, *ClopperPearsonUpper(98, 100, 0.95));
}

TEST(UnitMeanBounds, ACaseStillMissingAmongAgreeingOnesCoversClopperPearsonToo) {
  std::vector<ValueBox> boxes = Known(Repeat(98, 1));
  boxes.push_back({0, 0});
  boxes.push_back({0, 1});
  const MeanBounds bounds = UnitMeanBounds(boxes, TrialsPerCase::kSeveral, 0.95);
  EXPECT_LE(bounds.lower, *ClopperPearsonLower(98, 100, 0.95));
  EXPECT_GE(bounds.upper, *ClopperPearsonUpper(99, 100, 0.95));
}

TEST(UnitMeanBounds, CaseMeansAreStudent) {
  const std::vector<double> values{0.5, 1, 1, 0.75, 0.25, 1};
  const MeanBounds bounds = UnitMeanBounds(Known(values), TrialsPerCase::kSeveral, 0.9);
  EXPECT_EQ(bounds.method, "t");
  const SampleMoments moments = *MomentsOf(values);
  EXPECT_NEAR(bounds.lower, moments.mean - *StudentHalfWidth(moments, 0.9), 1e-12);
  EXPECT_NEAR(bounds.upper, std::min(1.0, moments.mean + *StudentHalfWidth(moments, 0.9)), 1e-12);
}

TEST(UnitMeanBounds, EqualValuesCountTheCasesAtTheEnds) {
  struct Row {
    double value;
    double lower, upper;
  };
  const std::size_t n = 40;
  for (const Row row : {Row{1, *ClopperPearsonLower(40, 40, 0.95), 1}, Row{0, 0, *ClopperPearsonUpper(0, 40, 0.95)},
                        Row{0.5, 0, 1}, Row{0.999, 0, 1}}) {
    const MeanBounds bounds = UnitMeanBounds(Known(Repeat(n, row.value)), TrialsPerCase::kSeveral, 0.95);
    EXPECT_EQ(bounds.method, row.value == 0 || row.value == 1 ? "clopper_pearson" : "extreme_cases");
    EXPECT_DOUBLE_EQ(bounds.lower, row.lower) << row.value;
    EXPECT_DOUBLE_EQ(bounds.upper, row.upper) << row.value;
  }
}

TEST(UnitMeanBounds, OneCaseIsNeverAPoint) {
  const MeanBounds half = UnitMeanBounds(Known({0.5}), TrialsPerCase::kSeveral, 0.95);
  EXPECT_EQ(half.lower, 0);
  EXPECT_EQ(half.upper, 1);
  const MeanBounds one = UnitMeanBounds(Known({1}), TrialsPerCase::kSeveral, 0.95);
  EXPECT_DOUBLE_EQ(one.lower, *ClopperPearsonLower(1, 1, 0.95));
  EXPECT_EQ(one.upper, 1);
}

TEST(UnitMeanBounds, NoCaseIsNoInformation) {
  const MeanBounds bounds = UnitMeanBounds({}, TrialsPerCase::kOne, 0.95);
  EXPECT_EQ(bounds.lower, -kInfinity);
  EXPECT_EQ(bounds.upper, kInfinity);
}

// A high value far from low ones adds more deviation than mean: the case at its best gives the smaller bound.
TEST(UnitMeanBounds, TheWorstCompletionNeedNotHaveAllMissingAtTheirWorst) {
  std::vector<double> values = Repeat(5, 0.2);
  values.insert(values.end(), 4, 0.21);
  std::vector<ValueBox> boxes = Known(values);
  boxes.push_back({0, 1});
  const auto bound_with = [&](double value) {
    std::vector<double> all = values;
    all.push_back(value);
    return UnitMeanBounds(Known(all), TrialsPerCase::kSeveral, 0.95).lower;
  };
  EXPECT_LT(bound_with(1), bound_with(0));
  EXPECT_NEAR(UnitMeanBounds(boxes, TrialsPerCase::kSeveral, 0.95).lower, bound_with(1), 1e-12);
}

// The usual case: partly missing cases among enough others. Nothing is lost against counting them at their worst.
TEST(UnitMeanBounds, PartlyMissingCasesCountAtTheirWorstExactly) {
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) values.push_back(i % 4 == 0 ? 2.0 / 3 : 1);
  std::vector<ValueBox> boxes = Known(values);
  boxes.push_back({1.0 / 3, 2.0 / 3});
  boxes.push_back({2.0 / 3, 1});
  boxes.push_back({0, 1});
  std::vector<double> worst = values;
  worst.insert(worst.end(), {1.0 / 3, 2.0 / 3, 0});
  EXPECT_NEAR(UnitMeanBounds(boxes, TrialsPerCase::kSeveral, 0.95).lower,
              UnitMeanBounds(Known(worst), TrialsPerCase::kSeveral, 0.95).lower, 1e-12);
}

// Every corner and many inner completions of random boxes, against the bounds.
TEST(UnitMeanBounds, HoldForEveryCompletion) {
  Random random(20261124);
  for (int round = 0; round < 3000; ++round) {
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
    const MeanBounds bounds = UnitMeanBounds(boxes, TrialsPerCase::kSeveral, 0.95);
    const auto check = [&](const std::vector<double>& completion) {
      const MeanBounds one = UnitMeanBounds(Known(completion), TrialsPerCase::kSeveral, 0.95);
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
  const MeanBounds bounds = UnboundedMeanBounds(Known(values), 0.95);
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
  MeanBounds bounds = UnboundedMeanBounds(boxes, 0.95);
  EXPECT_EQ(bounds.lower, -kInfinity);
  EXPECT_EQ(bounds.upper, kInfinity);
  boxes.back() = {-kInfinity, -kInfinity};
  bounds = UnboundedMeanBounds(boxes, 0.95);
  EXPECT_EQ(bounds.upper, -kInfinity);
  boxes.back() = {kInfinity, kInfinity};
  bounds = UnboundedMeanBounds(boxes, 0.95);
  EXPECT_EQ(bounds.lower, kInfinity);
}

}  // namespace
}  // namespace assay
