#include "gates/stats/repeated_trials.h"

#include <gtest/gtest.h>

#include <cmath>

namespace assay {
namespace {

// C(n, k), exact below 2^53.
double Choose(int n, int k) {
  if (k < 0 || k > n) return 0;
  double ways = 1;
  for (int i = 1; i <= k; ++i) ways = ways * (n - k + i) / i;
  return ways;
}

TEST(RepeatedTrials, AreRatiosOfBinomials) {
  for (int n = 1; n <= 30; ++n) {
    for (int k = 1; k <= n; ++k) {
      for (int c = 0; c <= n; ++c) {
        EXPECT_NEAR(PassHatK(n, c, k).value(), Choose(c, k) / Choose(n, k), 1e-14) << n << " " << c << " " << k;
        EXPECT_NEAR(PassAtK(n, c, k).value(), 1 - Choose(n - c, k) / Choose(n, k), 1e-14) << n << " " << c << " " << k;
      }
    }
  }
}

TEST(RepeatedTrials, OfOneAreTheShareOfPasses) {
  EXPECT_DOUBLE_EQ(PassHatK(5, 3, 1).value(), 0.6);
  EXPECT_DOUBLE_EQ(PassAtK(5, 3, 1).value(), 0.6);
}

TEST(RepeatedTrials, OfAllAreWhetherAllOrAnyPass) {
  EXPECT_EQ(PassHatK(5, 5, 5), 1);
  EXPECT_EQ(PassHatK(5, 4, 5), 0);
  EXPECT_EQ(PassAtK(5, 1, 5), 1);
  EXPECT_EQ(PassAtK(5, 0, 5), 0);
}

// Against the other product, over k factors and in long double.
TEST(RepeatedTrials, StandTenThousandTrials) {
  const int n = 10'000;
  for (const int k : {1, 2, 10, 500, 5000, 9999}) {
    const std::vector<double> each = PassHatKOfEach(n, k);
    ASSERT_EQ(each.size(), 10'001u);
    for (const int c : {0, 1, 1000, 5000, 9000, 9990, 9999, 10'000}) {
      long double product = c >= k ? 1 : 0;
      for (int i = 0; i < k && c >= k; ++i) product *= static_cast<long double>(c - i) / (n - i);
      const double expected = static_cast<double>(product);
      EXPECT_NEAR(PassHatK(n, c, k).value(), expected, 3e-12 * expected + 1e-300) << c << " " << k;
      EXPECT_NEAR(PassAtK(n, n - c, k).value(), 1 - expected, 3e-12) << c << " " << k;
      EXPECT_EQ(each[static_cast<std::size_t>(c)], PassHatK(n, c, k)) << c << " " << k;
    }
    for (std::size_t c = 1; c < each.size(); ++c) ASSERT_LE(each[c - 1], each[c]) << c << " " << k;
    EXPECT_EQ(each.front(), 0);
    EXPECT_EQ(each.back(), 1);
  }
}

// Summed over all that n independent trials can give; (passing / n)^k would be too high.
TEST(RepeatedTrials, AreTheChancesOfKIndependentTrialsInTheMean) {
  for (const int n : {3, 8, 12}) {
    for (const double p : {0.05, 0.5, 0.9}) {
      for (int k = 1; k <= 3; ++k) {
        double all = 0;
        double any = 0;
        for (int c = 0; c <= n; ++c) {
          const double weight = Choose(n, c) * std::pow(p, c) * std::pow(1 - p, n - c);
          all += weight * PassHatK(n, c, k).value();
          any += weight * PassAtK(n, c, k).value();
        }
        EXPECT_NEAR(all, std::pow(p, k), 1e-12);
        EXPECT_NEAR(any, 1 - std::pow(1 - p, k), 1e-12);
      }
    }
  }
}

TEST(RepeatedTrials, SayNothingOfMoreTrialsThanThereAre) {
  struct {
    std::int64_t trials, passing, k;
  } const rows[] = {{2, 2, 3}, {0, 0, 1}, {5, 3, 0}, {5, 3, -1}, {5, 6, 2}, {5, -1, 2}, {-1, 0, 1}};
  for (const auto& row : rows) {
    EXPECT_EQ(PassHatK(row.trials, row.passing, row.k), std::nullopt) << row.trials << " " << row.passing;
    EXPECT_EQ(PassAtK(row.trials, row.passing, row.k), std::nullopt) << row.trials << " " << row.passing;
  }
  EXPECT_TRUE(PassHatKOfEach(2, 3).empty());
  EXPECT_TRUE(PassHatKOfEach(2, 0).empty());
}

}  // namespace
}  // namespace assay
