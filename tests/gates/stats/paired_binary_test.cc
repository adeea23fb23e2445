// Passes and failures of the same cases by two models.

#include "gates/stats/paired_binary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// statsmodels 0.15 and the definition of mid-p.
TEST(McNemar, IsThatOfStatsmodels) {
  EXPECT_NEAR(*McNemarExact(3, 14), 0.012725830078125, 1e-15);
  EXPECT_NEAR(*McNemarExact(14, 3), 0.012725830078125, 1e-15);
  EXPECT_NEAR(*McNemarMidP(3, 14), 0.007537841796874994, 1e-15);
  EXPECT_EQ(McNemarExact(10, 10), 1);
  EXPECT_NEAR(*McNemarMidP(1, 1), 0.75, 1e-15);  // less by half of P(X = 1) of two
}

TEST(McNemar, WithoutADisagreementRejectsNothing) {
  EXPECT_EQ(McNemarExact(0, 0), 1);
  EXPECT_EQ(McNemarMidP(0, 0), 1);
  EXPECT_EQ(McNemarExact(-1, 3), std::nullopt);
  EXPECT_EQ(McNemarMidP(3, -1), std::nullopt);
  EXPECT_EQ(McNemarExact(std::numeric_limits<std::int64_t>::max(), 1), std::nullopt);
  EXPECT_GE(*McNemarMidP(0, 1'000'000'000), 0);
}

// The score as Tango gives it, by the quadratic's textbook root.
double TangoScoreOf(double b, double c, double n, double difference) {
  const double linear = -b - c + (2 * n - b + c) * difference;
  const double constant = -c * difference * (1 - difference);
  const double share = (std::sqrt(linear * linear - 8 * n * constant) - linear) / (4 * n);
  return (b - c - n * difference) / std::sqrt(n * (2 * share + difference * (1 - difference)));
}

TEST(TangoScore, BoundsAreWhereTheScoreIsZ) {
  for (const auto& [b, c] : {std::pair{2, 7}, {0, 1}, {1, 0}, {13, 13}, {0, 30}, {40, 2}}) {
    for (const double confidence : {0.6, 0.95, 0.999}) {
      const Interval bounds = *TangoScore({.both = 41, .first_only = b, .second_only = c, .neither = 17}, confidence);
      const double n = 58 + b + c;
      const double z = *NormalQuantile(confidence);
      EXPECT_NEAR(TangoScoreOf(b, c, n, bounds.lower), z, 1e-7) << b << " and " << c;
      EXPECT_NEAR(TangoScoreOf(b, c, n, bounds.upper), -z, 1e-7) << b << " and " << c;
      // Between the bounds no difference is rejected, beyond them every one.
      for (double at = -0.995; at < 1; at += 0.01) {
        const bool is_rejected = std::fabs(TangoScoreOf(b, c, n, at)) > z;
        EXPECT_EQ(is_rejected, at < bounds.lower || at > bounds.upper) << at << ": " << b << " and " << c;
      }
    }
  }
}

TEST(TangoScore, WithoutADisagreementHasWidth) {
  const double z = *NormalQuantile(0.95);
  for (const std::int64_t n : {2, 10, 133, 1'000'000'000}) {
    const Interval bounds = *TangoScore({.both = n - 1, .neither = 1}, 0.95);
    const double expected = z * z / (static_cast<double>(n) + z * z);
    EXPECT_NEAR(bounds.lower / -expected, 1, 1e-12) << n;
    EXPECT_NEAR(bounds.upper / expected, 1, 1e-12) << n;
  }
}

// Over all outcomes of 30 cases: the lower bound above a true difference that is not positive. The header says 7.4 %.
TEST(TangoScore, ExceedsItsErrorRateByNoMoreThanIsSaid) {
  constexpr int kCases = 30;
  double worst = 0;
  std::vector<double> lowers((kCases + 1) * (kCases + 1));
  const auto place = [](int b, int c) { return static_cast<std::size_t>(b * (kCases + 1) + c); };
  for (int b = 0; b <= kCases; ++b) {
    for (int c = 0; b + c <= kCases; ++c) {
      lowers[place(b, c)] = TangoScore({.both = kCases - b - c, .first_only = b, .second_only = c}, 0.95)->lower;
    }
  }
  for (const double first_only : {0.0, 0.01, 0.05, 0.2}) {
    for (double second_only = first_only; second_only <= 0.5; second_only += 0.004) {
      double missed = 0;
      for (int b = 0; b <= kCases; ++b) {
        const double of_b = std::exp(*LogBinomialProbability(b, kCases, first_only));
        for (int c = 0; b + c <= kCases; ++c) {
          if (lowers[place(b, c)] <= first_only - second_only + 1e-12) continue;
          missed += of_b * std::exp(*LogBinomialProbability(c, kCases - b, second_only / (1 - first_only)));
        }
      }
      worst = std::max(worst, missed);
    }
  }
  EXPECT_LT(worst, 0.0745);
  EXPECT_GT(worst, 0.05);
}

// A port of contingencytables' R, which is where the first rows of the golden file come from.
TEST(NewcombeSquareAndAdd, IsThatOfContingencyTables) {
  const Interval interval = *NewcombeSquareAndAdd({40, 2, 7, 11}, 0.95);
  EXPECT_NEAR(interval.lower, -0.16909436864649163, 1e-14);
  EXPECT_NEAR(interval.upper, 0.0020961085007843022, 1e-14);
  const Interval equal = *NewcombeSquareAndAdd({97, 0, 0, 3}, 0.95);
  EXPECT_NEAR(equal.lower, -0.02960729054943273, 1e-14);
  EXPECT_NEAR(equal.upper, 0.02960729054943273, 1e-14);
  for (const PairedCounts counts :
       {PairedCounts{.both = 50}, PairedCounts{.neither = 50}, PairedCounts{.first_only = 9}}) {
    const Interval one_cell = *NewcombeSquareAndAdd(counts, 0.95);
    EXPECT_LT(one_cell.lower, one_cell.upper);
    EXPECT_GE(one_cell.lower, -1);
    EXPECT_LE(one_cell.upper, 1);
  }
}

TEST(PairedIntervals, MirrorThemselvesAndRefuseNonsense) {
  const PairedCounts counts{.both = 300, .first_only = 5, .second_only = 9, .neither = 86};
  const PairedCounts swapped{.both = 300, .first_only = 9, .second_only = 5, .neither = 86};
  for (const auto interval_of : {TangoScore, NewcombeSquareAndAdd}) {
    const Interval interval = *interval_of(counts, 0.9);
    const Interval mirrored = *interval_of(swapped, 0.9);
    EXPECT_NEAR(mirrored.lower, -interval.upper, 1e-14);
    EXPECT_NEAR(mirrored.upper, -interval.lower, 1e-14);
    EXPECT_EQ(interval_of({}, 0.9), std::nullopt);
    EXPECT_EQ(interval_of({.both = 1}, 0.9), std::nullopt);
    EXPECT_EQ(interval_of({.both = 10, .second_only = -1}, 0.9), std::nullopt);
    EXPECT_EQ(interval_of({.both = std::numeric_limits<std::int64_t>::max()}, 0.9), std::nullopt);
    for (const double confidence : {0.5, 1.0, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
      EXPECT_EQ(interval_of(counts, confidence), std::nullopt);
    }
  }
  EXPECT_EQ(TangoScore({.first_only = 3}, 0.975)->upper, 1);
  EXPECT_EQ(TangoScore({.second_only = 3}, 0.975)->lower, -1);
}

}  // namespace
}  // namespace assay
