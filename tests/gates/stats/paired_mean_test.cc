// Differences of scores of the same cases: bounds, tests, margins.

#include "gates/stats/paired_mean.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "core/random.h"
#include "gates/stats/mean.h"
#include "gates/stats/noninferiority.h"
#include "gates/stats/paired_binary.h"
#include "gates/stats/proportion.h"
#include "gates/stats/sign_flip.h"

namespace assay {
namespace {

constexpr double kPairedNaN = std::numeric_limits<double>::quiet_NaN();
using Sample = std::vector<double>;

TEST(PairedDifferences, OfAConstantShiftHaveNoVariance) {
  const auto shift = *PairedDifferences(Sample{0.3, 0.2, 0.7, 0.9}, Sample{0.2, 0.1, 0.6, 0.8});
  EXPECT_EQ(MomentsOf(shift)->deviation, 0);
  EXPECT_NEAR(shift[0], 0.1, 1e-15);
  // 0.1 + 0.2 is not 0.3, yet the models agree.
  EXPECT_THAT(*PairedDifferences(Sample{0.1 + 0.2, 1}, Sample{0.3, 1}), testing::ElementsAre(0, 0));
  EXPECT_THAT(*PairedDifferences(Sample{1, 0}, Sample{0, 0}), testing::ElementsAre(1, 0));
  EXPECT_THAT(*PairedDifferences(Sample{}, Sample{}), testing::IsEmpty());
  EXPECT_EQ(PairedDifferences(Sample{1}, Sample{1, 2}), std::nullopt);
  EXPECT_EQ(PairedDifferences(Sample{kPairedNaN}, Sample{1}), std::nullopt);
  EXPECT_EQ(PairedDifferences(Sample{1e308}, Sample{-1e308}), std::nullopt);
}

TEST(BoundedMeanInterval, OfNoDifferenceIsTheExactBound) {
  for (const std::size_t n : {2u, 10u, 149u}) {
    const Interval interval = *BoundedMeanInterval(Sample(n, 0.0), 0.95);
    EXPECT_NEAR(interval.lower, std::pow(0.05, 1 / static_cast<double>(n)) - 1, 1e-9);
    EXPECT_NEAR(interval.upper, -interval.lower, 1e-9);
  }
  EXPECT_EQ(BoundedMeanInterval(Sample{0}, 0.95), std::nullopt);
  EXPECT_EQ(BoundedMeanInterval(Sample{0, 1.1}, 0.95), std::nullopt);
  EXPECT_EQ(BoundedMeanInterval(Sample{0, kPairedNaN}, 0.95), std::nullopt);
  EXPECT_EQ(BoundedMeanInterval(Sample{0, 1}, 0.5), std::nullopt);
}

double AllPatterns(const Sample& differences, Alternative alternative) {
  double observed = 0;
  for (const double difference : differences) observed += difference;
  int reaching = 0;
  const unsigned patterns = 1u << differences.size();
  for (unsigned pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      sum += (pattern >> i & 1) != 0 ? differences[i] : -differences[i];
    }
    const double extreme = alternative == Alternative::kTwoSided  ? std::fabs(sum) - std::fabs(observed)
                           : alternative == Alternative::kGreater ? sum - observed
                                                                  : observed - sum;
    if (extreme >= -1e-9) ++reaching;
  }
  return static_cast<double>(reaching) / patterns;
}

TEST(SignFlip, CountsAllPatterns) {
  Random random(6);
  for (std::size_t n = 2; n <= 12; ++n) {
    Sample differences;
    for (std::size_t i = 0; i < n; ++i) {
      const double value = random.Uniform() - 0.3;
      differences.push_back(n % 2 == 0 ? std::round(10 * value) / 10 : value);  // with ties and zeros, and without
    }
    if (MomentsOf(differences)->deviation == 0) continue;
    for (const Alternative alternative : {Alternative::kTwoSided, Alternative::kGreater, Alternative::kLess}) {
      EXPECT_NEAR(*SignFlipExact(differences, alternative), AllPatterns(differences, alternative), 1e-12) << n;
    }
  }
}

// Darwin's maize, the example of Fisher: 863 of 32,768 patterns.
TEST(SignFlip, OfDarwinsMaizeIsFishers) {
  const Sample eighths = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
  EXPECT_EQ(SignFlipExact(eighths, Alternative::kGreater), 863.0 / 32768);
  EXPECT_EQ(SignFlipExact(eighths, Alternative::kTwoSided), 2 * 863.0 / 32768);
  EXPECT_NEAR(*SignFlipMonteCarlo(eighths, Alternative::kTwoSided, {.seed = 9, .replicates = 20'000}),
              2 * 863.0 / 32768, 4 * std::sqrt(0.05 / 20'000));
}

TEST(SignFlip, OfPassesIsMcNemars) {
  for (const auto& [b, c] : {std::pair{4, 1}, {10, 3}, {7, 7}, {0, 6}, {15, 15}}) {
    Sample differences(50, 0.0);
    std::fill_n(differences.begin(), b, 1.0);
    std::fill_n(differences.begin() + b, c, -1.0);
    EXPECT_NEAR(*SignFlipExact(differences, Alternative::kTwoSided), *McNemarExact(b, c), 1e-14);
  }
}

TEST(SignFlip, IsNeverZeroAndKnowsItsLimits) {
  Sample differences;
  for (int i = 1; i <= 60; ++i) differences.push_back(i);
  EXPECT_EQ(SignFlipExact(differences, Alternative::kGreater), std::nullopt);
  EXPECT_EQ(SignFlipMonteCarlo(differences, Alternative::kGreater, {.seed = 1, .replicates = 999}), 0.001);
  EXPECT_EQ(SignFlipMonteCarlo(differences, Alternative::kLess, {.seed = 1, .replicates = 999}), 1);
  for (const Sample& nothing :
       {Sample{}, Sample{1}, Sample{0, 0, 0}, Sample{1, 1, 1}, Sample{1, kPairedNaN}, Sample{1, HUGE_VAL}}) {
    EXPECT_EQ(SignFlipExact(nothing, Alternative::kTwoSided), std::nullopt);
    EXPECT_EQ(SignFlipMonteCarlo(nothing, Alternative::kTwoSided, {}), std::nullopt);
  }
  EXPECT_EQ(SignFlipMonteCarlo(differences, Alternative::kLess, {.seed = 1, .replicates = 0}), std::nullopt);
}

TEST(NonInferior, AsksForTheLowerBound) {
  EXPECT_EQ(NonInferior({-0.01, 0.02}, 0.02), Showing::kYes);
  EXPECT_EQ(NonInferior({-0.02, 0.02}, 0.02), Showing::kYes);
  EXPECT_EQ(NonInferior({-0.03, 0.02}, 0.02), Showing::kNeither);
  EXPECT_EQ(NonInferior({-0.05, -0.03}, 0.02), Showing::kNo);
  EXPECT_EQ(NonInferior({-0.001, 0.02}, 0), Showing::kNeither);
  // Nothing that is no statement shows anything.
  EXPECT_EQ(NonInferior({kPairedNaN, 1}, 0.02), Showing::kNeither);
  EXPECT_EQ(NonInferior({0, kPairedNaN}, 0.02), Showing::kNeither);
  EXPECT_EQ(NonInferior({0.1, -0.1}, 0.02), Showing::kNeither);
  EXPECT_EQ(NonInferior({HUGE_VAL, HUGE_VAL}, 0.02), Showing::kNeither);
  EXPECT_EQ(NonInferior({-HUGE_VAL, HUGE_VAL}, 0.02), Showing::kNeither);
  for (const double margin : {-0.01, kPairedNaN, HUGE_VAL}) {
    EXPECT_EQ(NonInferior({0, 0.1}, margin), Showing::kNeither);
  }
}

TEST(Equivalent, AsksForBothBounds) {
  EXPECT_EQ(Equivalent({-0.01, 0.02}, -0.02, 0.02), Showing::kYes);
  EXPECT_EQ(Equivalent({-0.01, 0.03}, -0.02, 0.02), Showing::kNeither);
  EXPECT_EQ(Equivalent({0.03, 0.04}, -0.02, 0.02), Showing::kNo);
  EXPECT_EQ(Equivalent({-0.04, -0.03}, -0.02, 0.02), Showing::kNo);
  EXPECT_EQ(Equivalent({0, 0}, 0.02, -0.02), Showing::kNeither);
  EXPECT_EQ(Equivalent({kPairedNaN, 0}, -0.02, 0.02), Showing::kNeither);
  EXPECT_EQ(Equivalent({0, 0}, kPairedNaN, 0.02), Showing::kNeither);
}

// statsmodels 0.15: DescrStatsW.ttost_mean.
TEST(StudentEquivalence, IsTheGreaterOfTwoPValues) {
  const SampleMoments moments = *MomentsOf(Sample{.2, -.1, .4, .3, .05, -.2, .15});
  const EquivalenceTest test = *StudentEquivalence(moments, -0.05, 0.4);
  EXPECT_NEAR(test.p_value, 0.043990371801551326, 1e-12);
  EXPECT_NEAR(test.below_high, 0.0061083677747977285, 1e-12);
  EXPECT_FALSE(StudentEquivalence(moments, 0.4, -0.05).has_value());
  EXPECT_FALSE(StudentEquivalence(*MomentsOf(Sample{0, 0, 0}), -1, 1).has_value());
}

TEST(EqualCasesNeeded, AreTheFewestThatShowIt) {
  EXPECT_EQ(EqualCasesNeededByTango(0.02, 0.95), 133);
  EXPECT_EQ(EqualCasesNeededByBoundedMean(0.02, 0.95), 149);
  for (const double margin : {0.3, 0.05, 0.02, 0.013, 0.001}) {
    for (const double confidence : {0.9, 0.95, 0.975}) {
      const std::int64_t n = *EqualCasesNeededByTango(margin, confidence);
      EXPECT_EQ(NonInferior(*TangoScore({.both = n}, confidence), margin), Showing::kYes) << margin;
      if (n > 2) {
        EXPECT_EQ(NonInferior(*TangoScore({.both = n - 1}, confidence), margin), Showing::kNeither) << margin;
      }
      if (margin < 0.01) continue;
      const auto exact = static_cast<std::size_t>(*EqualCasesNeededByBoundedMean(margin, confidence));
      const double slack = 1e-9;  // Gaffke's bound has ten digits
      EXPECT_EQ(NonInferior(*BoundedMeanInterval(Sample(exact, 0.0), confidence), margin + slack), Showing::kYes);
      EXPECT_EQ(NonInferior(*BoundedMeanInterval(Sample(exact - 1, 0.0), confidence), margin), Showing::kNeither);
    }
  }
  for (const double margin : {0.0, 1.0, -0.1, 1e-300, kPairedNaN}) {
    EXPECT_EQ(EqualCasesNeededByTango(margin, 0.95), std::nullopt);
    EXPECT_EQ(EqualCasesNeededByBoundedMean(margin, 0.95), std::nullopt);
  }
  EXPECT_EQ(EqualCasesNeededByTango(0.02, 0.5), std::nullopt);
  EXPECT_EQ(EqualCasesNeededByBoundedMean(0.02, 1), std::nullopt);
  for (const double margin : {1e-9, 1e-12, 1e-15}) {
    EXPECT_NEAR(static_cast<double>(*EqualCasesNeededByTango(margin, 0.95)) * margin, 2.705543454, 1e-6);
  }
}

}  // namespace
}  // namespace assay
