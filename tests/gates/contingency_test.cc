#include "gates/stats/contingency.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// P-values of scipy.stats.fisher_exact 1.17.
TEST(FisherExact, EqualsAnIndependentImplementation) {
  const std::pair<TwoGroups, double> rows[] = {
      {{3, 1, 1, 3}, 0.48571428571428565},         {{8, 2, 1, 5}, 0.034965034965034975},
      {{10, 0, 0, 10}, 1.082508822446903e-05},     {{2, 8, 10, 9990}, 5.8972099536706585e-05},
      {{1, 9, 10, 9990}, 0.010939723219237063},    {{12, 38, 30, 920}, 2.2965209083184732e-07},
      {{500, 500, 450, 550}, 0.02820356890423392}, {{300000, 200000, 299000, 201000}, 0.04151434910766314},
      {{1, 99, 99, 1}, 2.2089815692688225e-55}};
  for (const auto& [groups, expected] : rows) {
    const auto p = FisherExact(groups);
    ASSERT_TRUE(p);
    EXPECT_NEAR(*p / expected, 1, 1e-8) << groups.first_with << " " << groups.second_with;
    // The same whichever group and whichever property comes first.
    const auto& [a, b, c, d] = groups;
    for (const TwoGroups& turned : {TwoGroups{c, d, a, b}, TwoGroups{b, a, d, c}, TwoGroups{d, c, b, a}}) {
      EXPECT_NEAR(*FisherExact(turned) / expected, 1, 1e-8);
    }
  }
}

TEST(FisherExact, IsOneWhereNothingCanDiffer) {
  for (const TwoGroups& groups : {TwoGroups{0, 10, 5, 95}, TwoGroups{20, 80, 200, 800}, TwoGroups{0, 0, 5, 5},
                                  TwoGroups{5, 0, 7, 0}, TwoGroups{0, 5, 0, 7}, TwoGroups{}}) {
    EXPECT_DOUBLE_EQ(*FisherExact(groups), 1);
  }
}

TEST(FisherExact, OfASplitTooImprobableForADoubleIsZero) {
  EXPECT_EQ(FisherExact({.first_with = 100000, .second_without = 100000}), 0.0);
}

TEST(FisherExact, IsAbsentForWhatAreNoCounts) {
  EXPECT_EQ(FisherExact({-1, 2, 3, 4}), std::nullopt);
  EXPECT_EQ(FisherExact({1, 2, 3, std::int64_t{1} << 60}), std::nullopt);
}

// Under the null the test rejects at most as often as it says.
TEST(FisherExact, RejectsNoMoreOftenThanItsLevel) {
  // All 7-by-30 tables with 9 of the 37 cases below: their probabilities are known.
  constexpr std::int64_t kFirst = 7, kSecond = 30, kWith = 9;
  const auto log_choose = [](double n, double k) {
    return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
  };
  for (const double level : {0.01, 0.05, 0.2}) {
    double rejected = 0;
    for (std::int64_t k = 0; k <= kFirst; ++k) {
      const double probability =
          std::exp(log_choose(kFirst, static_cast<double>(k)) + log_choose(kSecond, static_cast<double>(kWith - k)) -
                   log_choose(kFirst + kSecond, kWith));
      const double p = *FisherExact({k, kFirst - k, kWith - k, kSecond - kWith + k});
      if (p <= level) rejected += probability;
    }
    EXPECT_LE(rejected, level);
  }
}

// Why it is no method that a blocking rule may ask for (docs/decisions/0023-methods.md): how often its lower bound lies
// above the true difference, all outcomes of two groups added up.
TEST(NewcombeHybridScore, ErrsMoreOftenThanItMay) {
  const auto probability = [](std::int64_t k, std::int64_t n, double p) {
    return std::exp(LogBinomialProbability(k, n, p).value_or(-std::numeric_limits<double>::infinity()));
  };
  const auto error = [&](std::int64_t n, double first, double second) {
    double sum = 0;
    for (std::int64_t i = 0; i <= n; ++i) {
      for (std::int64_t j = 0; j <= n; ++j) {
        const double weight = probability(i, n, first) * probability(j, n, second);
        if (weight < 1e-15) continue;
        const auto bounds = NewcombeHybridScore({i, n - i, j, n - j}, 0.95);
        if (bounds && bounds->lower > first - second) sum += weight;
      }
    }
    return sum;
  };
  EXPECT_NEAR(error(100, 0.9, 1), 0.0576, 0.0001);
  EXPECT_NEAR(error(50, 0.76, 1), 0.0623, 0.0001);
}

}  // namespace
}  // namespace assay
