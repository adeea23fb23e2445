// The numbers behind the bounds, against direct sums and by their definitions.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// P(X <= k) by summing the terms, in long double.
double DirectBinomialCdf(std::int64_t k, std::int64_t n, double p) {
  long double sum = 0;
  for (std::int64_t i = 0; i <= k; ++i) {
    const long double term = std::lgamma(static_cast<long double>(n) + 1) -
                             std::lgamma(static_cast<long double>(i) + 1) -
                             std::lgamma(static_cast<long double>(n - i) + 1) +
                             static_cast<long double>(i) * std::log(static_cast<long double>(p)) +
                             static_cast<long double>(n - i) * std::log1p(-static_cast<long double>(p));
    sum += std::exp(term);
  }
  return static_cast<double>(sum);
}

TEST(BinomialCdf, EqualsTheSumOfItsTerms) {
  for (const std::int64_t n : {1, 2, 7, 40, 300}) {
    for (const double p : {0.001, 0.05, 0.5, 0.9, 0.999}) {
      for (std::int64_t k = 0; k < n; k += std::max<std::int64_t>(1, n / 9)) {
        EXPECT_NEAR(*BinomialCdf(k, n, p), DirectBinomialCdf(k, n, p), 1e-12) << k << " of " << n << " at " << p;
      }
    }
  }
  EXPECT_EQ(BinomialCdf(-1, 5, 0.5), 0);
  EXPECT_EQ(BinomialCdf(5, 5, 0.5), 1);
  EXPECT_EQ(BinomialCdf(2, 5, 0), 1);
  EXPECT_EQ(BinomialCdf(2, 5, 1), 0);
  EXPECT_EQ(BinomialCdf(2, 5, kNaN), std::nullopt);
  EXPECT_EQ(BinomialCdf(0, -1, 0.5), std::nullopt);
}

TEST(ClopperPearson, IsThePointWhereTheTailIsOneMinusConfidence) {
  for (const std::int64_t n : {2, 3, 20, 59, 250}) {
    for (const double confidence : {0.8, 0.95, 0.999}) {
      for (std::int64_t x = 0; x <= n; x += std::max<std::int64_t>(1, n / 13)) {
        const double lower = *ClopperPearsonLower(x, n, confidence);
        const double upper = *ClopperPearsonUpper(x, n, confidence);
        if (x > 0) {
          EXPECT_NEAR(1 - DirectBinomialCdf(x - 1, n, lower), 1 - confidence, 1e-10) << x << " of " << n;
        }
        if (x < n) {
          EXPECT_NEAR(DirectBinomialCdf(x, n, upper), 1 - confidence, 1e-10) << x << " of " << n;
        }
        EXPECT_LE(lower, static_cast<double>(x) / static_cast<double>(n));
        EXPECT_GE(upper, static_cast<double>(x) / static_cast<double>(n));
      }
    }
  }
}

TEST(ClopperPearson, EndsAreExactAndNonsenseIsNoInformation) {
  EXPECT_EQ(ClopperPearsonLower(0, 30, 0.95), 0);
  EXPECT_EQ(ClopperPearsonUpper(30, 30, 0.95), 1);
  // One-sided, not two-sided: 0 of 30 gives 0.0950, not 0.1157.
  EXPECT_NEAR(*ClopperPearsonUpper(0, 30, 0.95), 0.09503385285530419, 1e-12);
  struct Row {
    std::int64_t x, n;
    double confidence;
  };
  for (const Row row : {Row{0, 0, 0.95}, Row{0, 1, 0.95}, Row{1, 1, 0.95}, Row{-1, 5, 0.95}, Row{6, 5, 0.95},
                        Row{1, 5, 0}, Row{1, 5, 1}, Row{1, 5, kNaN}, Row{1, -5, 0.95}}) {
    EXPECT_EQ(ClopperPearsonLower(row.x, row.n, row.confidence), std::nullopt);
    EXPECT_EQ(ClopperPearsonUpper(row.x, row.n, row.confidence), std::nullopt);
    EXPECT_EQ(WilsonLower(row.x, row.n, row.confidence), std::nullopt);
    EXPECT_EQ(WilsonUpper(row.x, row.n, row.confidence), std::nullopt);
  }
  EXPECT_EQ(ZeroFailuresUpper(0, 0.95), std::nullopt);
  EXPECT_EQ(ZeroFailuresUpper(1, 0.95), std::nullopt);
}

TEST(Wilson, StaysInTheUnitIntervalAndTouchesItsEnds) {
  for (const std::int64_t n : {2, 10, 1000, 1000000}) {
    EXPECT_EQ(WilsonLower(0, n, 0.95), 0);
    EXPECT_EQ(WilsonUpper(n, n, 0.95), 1);
    EXPECT_GT(*WilsonUpper(0, n, 0.95), 0);
    EXPECT_LT(*WilsonLower(n, n, 0.95), 1);
  }
}

TEST(ZeroFailures, NeededIsTheLeastThatReachesTheRate) {
  for (const double rate : {0.5, 0.05, 0.01, 0.003, 0.0001}) {
    for (const double confidence : {0.9, 0.95, 0.99}) {
      const std::int64_t n = *ZeroFailuresNeeded(rate, confidence);
      EXPECT_LE(*ZeroFailuresUpper(n, confidence), rate);
      if (n > 2) {
        EXPECT_GT(*ZeroFailuresUpper(n - 1, confidence), rate) << rate << " " << confidence;
      }
      EXPECT_NEAR(*ZeroFailuresUpper(n, confidence), *ClopperPearsonUpper(0, n, confidence), 1e-12);
    }
  }
  EXPECT_EQ(ZeroFailuresNeeded(0.99, 0.95), 2);  // one case is no sample
  for (const double rate : {0.0, 1.0, -1.0, kNaN}) EXPECT_EQ(ZeroFailuresNeeded(rate, 0.95), std::nullopt);
}

TEST(StudentHalfWidth, IsKnownForASmallSample) {
  // 1, 2, 3, 4: deviation sqrt(5/3), t(0.95; 3) = 2.353363434801823.
  const std::vector<double> values{1, 2, 3, 4};
  const SampleMoments moments = *MomentsOf(values);
  EXPECT_EQ(moments.n, 4);
  EXPECT_DOUBLE_EQ(moments.mean, 2.5);
  EXPECT_DOUBLE_EQ(moments.deviation, std::sqrt(5.0 / 3));
  EXPECT_NEAR(*StudentHalfWidth(moments, 0.95), 2.353363434801823 * std::sqrt(5.0 / 3) / 2, 1e-12);
}

TEST(StudentHalfWidth, GivesNoWidthWithoutInformation) {
  EXPECT_EQ(StudentHalfWidth({0, 0, 0}, 0.95), std::nullopt);
  EXPECT_EQ(StudentHalfWidth({1, 0.5, 0}, 0.95), std::nullopt);
  EXPECT_EQ(StudentHalfWidth({10, 0.5, 0}, 0.95), std::nullopt);  // zero variance is not certainty
  EXPECT_EQ(StudentHalfWidth({10, 0.5, kNaN}, 0.95), std::nullopt);
  EXPECT_EQ(StudentHalfWidth({10, 0.5, kInfinity}, 0.95), std::nullopt);
  EXPECT_EQ(StudentHalfWidth({10, 0.5, 1}, 1), std::nullopt);
  EXPECT_EQ(StudentHalfWidth({10, 0.5, 1}, 0.5), std::nullopt);
  EXPECT_EQ(StudentHalfWidth({10, 0.5, 1}, kNaN), std::nullopt);
}

TEST(MomentsOf, EqualValuesHaveExactlyNoDeviation) {
  const std::vector<double> tenths(10, 0.1);  // their sum is 0.9999999999999999
  EXPECT_EQ(MomentsOf(tenths)->deviation, 0);
  EXPECT_EQ(MomentsOf(tenths)->mean, 0.1);
  EXPECT_EQ(MomentsOf(std::vector<double>{1, kNaN}), std::nullopt);
  EXPECT_EQ(MomentsOf(std::vector<double>{1, kInfinity}), std::nullopt);
  EXPECT_EQ(MomentsOf(std::vector<double>{})->n, 0);
}

TEST(QuantileRanks, AreTheExactBinomialRanks) {
  for (const std::int64_t n : {2, 5, 58, 59, 93, 300}) {
    for (const double q : {0.5, 0.9, 0.95, 0.99}) {
      for (const double confidence : {0.9, 0.95}) {
        std::optional<std::int64_t> upper, lower;
        for (std::int64_t r = 1; r <= n; ++r) {
          const double below = DirectBinomialCdf(r - 1, n, q);
          if (!upper && below >= confidence) upper = r;
          if (below <= 1 - confidence) lower = r;
        }
        EXPECT_EQ(QuantileUpperRank(n, q, confidence), upper) << n << " " << q << " " << confidence;
        EXPECT_EQ(QuantileLowerRank(n, q, confidence), lower) << n << " " << q << " " << confidence;
      }
    }
  }
  // The fewest cases that bound a 95th percentile from above: 0.95^59 < 0.05 <= 0.95^58.
  EXPECT_EQ(QuantileUpperRank(58, 0.95, 0.95), std::nullopt);
  EXPECT_EQ(QuantileUpperRank(59, 0.95, 0.95), 59);
  EXPECT_EQ(QuantileUpperRank(0, 0.95, 0.95), std::nullopt);
  EXPECT_EQ(QuantileLowerRank(1, 0.95, 0.95), std::nullopt);
  EXPECT_EQ(QuantileLowerRank(10, kNaN, 0.95), std::nullopt);
  EXPECT_EQ(QuantileUpperRank(10, 0.95, 1), std::nullopt);
}

TEST(QuantileRank, IsTheLeastShareThatReachesTheQuantile) {
  EXPECT_EQ(QuantileRank(100, 0.95), 95);
  EXPECT_EQ(QuantileRank(20, 0.95), 19);
  EXPECT_EQ(QuantileRank(21, 0.95), 20);
  EXPECT_EQ(QuantileRank(1, 0.5), 1);
  EXPECT_EQ(QuantileRank(4, 0.5), 2);
  EXPECT_EQ(QuantileRank(0, 0.5), std::nullopt);
}

TEST(Distributions, ArgumentsOutOfRangeAreNoInformation) {
  for (const double p : {0.0, 1.0, -0.1, 1.1, kNaN}) {
    EXPECT_EQ(NormalQuantile(p), std::nullopt);
    EXPECT_EQ(StudentTQuantile(p, 5), std::nullopt);
  }
  for (const double df : {0.0, -1.0, kNaN, kInfinity}) EXPECT_EQ(StudentTQuantile(0.9, df), std::nullopt);
  EXPECT_EQ(BetaQuantile(kNaN, 1, 1), std::nullopt);
  EXPECT_EQ(BetaQuantile(0.5, 0, 1), std::nullopt);
  EXPECT_EQ(BetaQuantile(0.5, 1, kInfinity), std::nullopt);
}

}  // namespace
}  // namespace assay
