// The exact test of one proportion, and what it is made of.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gates/stats/contingency.h"
#include "gates/stats/distributions.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

// SciPy 1.17: binomtest.
TEST(BinomialTest, IsThatOfSciPy) {
  EXPECT_NEAR(*BinomialTest(7, 50, 0.3), 0.012856372631356968, 1e-14);
  EXPECT_NEAR(*BinomialTest(0, 30, 0.05), 0.40245995079597685, 1e-14);
  EXPECT_NEAR(*BinomialTest(999, 1000, 0.99), 0.0011310695918519721, 1e-15);
  EXPECT_NEAR(*BinomialTest(50'012'000, 100'000'000, 0.5), 0.016399550866317048, 1e-9);
}

TEST(BinomialTest, AddsUpAllCountsThatAreNoMoreProbable) {
  for (const std::int64_t n : {2, 5, 12, 31}) {
    for (const double p : {0.01, 0.25, 1.0 / 3, 0.5, 0.8}) {
      for (std::int64_t observed = 0; observed <= n; ++observed) {
        double sum = 0;
        const double log = *LogBinomialProbability(observed, n, p);
        for (std::int64_t count = 0; count <= n; ++count) {
          const double one = *LogBinomialProbability(count, n, p);
          if (one <= log + 1e-7) sum += std::exp(one);
        }
        EXPECT_NEAR(*BinomialTest(observed, n, p), sum, 1e-12) << observed << " of " << n << " at " << p;
      }
    }
  }
}

TEST(BinomialTest, EndsAndNonsense) {
  EXPECT_EQ(BinomialTest(0, 5, 0), 1);
  EXPECT_EQ(BinomialTest(1, 5, 0), 0);
  EXPECT_EQ(BinomialTest(5, 5, 1), 1);
  EXPECT_EQ(BinomialTest(4, 5, 1), 0);
  EXPECT_EQ(BinomialTest(500'000'000, 1'000'000'000, 0.5), 1);
  EXPECT_LT(*BinomialTest(1'000'000'000, 1'000'000'000, 0.5), 1e-300);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(BinomialTest(0, 0, 0.5), std::nullopt);
  EXPECT_EQ(BinomialTest(1, 1, 0.5), std::nullopt);
  EXPECT_EQ(BinomialTest(-1, 5, 0.5), std::nullopt);
  EXPECT_EQ(BinomialTest(6, 5, 0.5), std::nullopt);
  EXPECT_EQ(BinomialTest(6, std::numeric_limits<std::int64_t>::max(), 1 - 1e-16), std::nullopt);
  EXPECT_EQ(BinomialTest(1, 5, nan), std::nullopt);
  EXPECT_EQ(BinomialTest(1, 5, 1.5), std::nullopt);
}

// SciPy 1.17.
TEST(Tails, KeepTheirDigits) {
  EXPECT_NEAR(*LogBinomialProbability(3, 10, 0.2), -1.6028268537197223, 1e-14);
  EXPECT_NEAR(*BinomialUpperTail(30, 100, 0.2), 0.011248978720991648, 1e-14);
  EXPECT_NEAR(*NormalCdf(-8.5) / 9.47953482220325e-18, 1, 1e-12);
  EXPECT_NEAR(*StudentTCdf(-3.2, 4), 0.016450405300469487, 1e-13);
  EXPECT_EQ(BinomialUpperTail(0, 5, 0.3), 1);
  EXPECT_EQ(BinomialUpperTail(6, 5, 0.3), 0);
  EXPECT_EQ(BinomialUpperTail(1, 5, 0), 0);
  EXPECT_EQ(BinomialUpperTail(5, 5, 1), 1);
  EXPECT_EQ(LogBinomialProbability(2, 1, 0.3), std::nullopt);
  EXPECT_EQ(StudentTCdf(HUGE_VAL, 3), 1);
  EXPECT_EQ(NormalCdf(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(AgrestiCoull, MayLeaveTheUnitInterval) {
  EXPECT_LT(AgrestiCoull(0, 30, 0.975)->lower, 0);
  EXPECT_GT(AgrestiCoull(30, 30, 0.975)->upper, 1);
  EXPECT_EQ(AgrestiCoull(1, 0, 0.975), std::nullopt);
  EXPECT_EQ(AgrestiCoull(1, 1, 0.975), std::nullopt);
  EXPECT_EQ(AgrestiCoull(1, 5, 0.5), std::nullopt);
}

// statsmodels 0.15: confint_proportions_2indep, "newcomb".
TEST(NewcombeHybridScore, IsThatOfStatsmodelsAndMirrorsItself) {
  const Interval interval = *NewcombeHybridScore({45, 5, 60, 20}, 0.975);
  EXPECT_NEAR(interval.lower, 0.009931197375912998, 1e-14);
  EXPECT_NEAR(interval.upper, 0.26911267496432034, 1e-14);
  const Interval mirrored = *NewcombeHybridScore({60, 20, 45, 5}, 0.975);
  EXPECT_DOUBLE_EQ(mirrored.lower, -interval.upper);
  EXPECT_DOUBLE_EQ(mirrored.upper, -interval.lower);
  EXPECT_EQ(NewcombeHybridScore({1, 0, 5, 5}, 0.975), std::nullopt);
  EXPECT_EQ(NewcombeHybridScore({0, 0, 0, 0}, 0.975), std::nullopt);
  EXPECT_EQ(NewcombeHybridScore({-1, 5, 5, 5}, 0.975), std::nullopt);
  EXPECT_EQ(NewcombeHybridScore({1, 5, 5, 5}, 1), std::nullopt);
}

}  // namespace
}  // namespace assay
