#include "gates/stats/gaffke.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

std::vector<WeightedValue> Each(const std::vector<double>& values) {
  std::vector<WeightedValue> weighted;
  for (const double value : values) weighted.push_back({value, 1});
  return weighted;
}

// For different values P(S > 0) is a sum of partial fractions; these were computed from it with 40 digits.
TEST(Gaffke, AgreesWithPartialFractions) {
  struct Row {
    std::vector<double> values;
    double confidence;
    double lower, upper;
    double p_value_of_0_4;
  };
  for (const Row& row : {
           Row{{0.5, 0.75}, 0.95, 0.1369306393762915, 0.9209430584957905, 0.4266666666666667},
           Row{{0.1, 0.2, 0.3, 0.4, 0.9}, 0.95, 0.1621750161982241, 0.7140348807318015, 0.7933201058201058},
           Row{{0.1, 0.2, 0.3, 0.4, 0.9}, 0.999, 0.07360219228178333, 0.8752143325396313, 0.7933201058201058},
           Row{{0.5, 0.6, 0.7, 0.8, 0.9, 1}, 0.95, 0.4430169055592748, 0.8882923811058558, 0.02708994708994709},
           Row{{0.01, 0.02, 0.99}, 0.8, 0.08028016514211361, 0.7136036919227566, 0.7817656897185616},
       }) {
    const auto values = Each(row.values);
    EXPECT_NEAR(*GaffkeLower(values, row.confidence), row.lower, 1e-10);
    EXPECT_NEAR(*GaffkeUpper(values, row.confidence), row.upper, 1e-10);
    EXPECT_NEAR(*GaffkePValue(values, 0.4), row.p_value_of_0_4, 1e-10);
  }
}

TEST(Gaffke, OfZerosAndOnesIsClopperPearson) {
  struct Row {
    int ones, n;
  };
  for (const Row& row : {Row{0, 2}, Row{1, 2}, Row{3, 5}, Row{199, 200}, Row{500, 1000}, Row{10, 3000}}) {
    std::vector<WeightedValue> values;
    if (row.ones > 0) values.push_back({1, static_cast<double>(row.ones)});
    if (row.n > row.ones) values.push_back({0, static_cast<double>(row.n - row.ones)});
    for (const double confidence : {0.9, 0.95, 0.999}) {
      EXPECT_NEAR(*GaffkeLower(values, confidence), *ClopperPearsonLower(row.ones, row.n, confidence), 1e-12);
      EXPECT_NEAR(*GaffkeUpper(values, confidence), *ClopperPearsonUpper(row.ones, row.n, confidence), 1e-12);
    }
    const double bound = *ClopperPearsonLower(row.ones, row.n, 0.95);
    EXPECT_NEAR(*GaffkePValue(values, bound), row.ones > 0 ? 0.05 : 1, 1e-10) << row.ones << " of " << row.n;
  }
  // A value a hair below 1 makes no jump.
  const WeightedValue near[] = {{1, 150}, {1 - 1e-9, 49}, {0, 1}};
  EXPECT_NEAR(*GaffkeLower(near, 0.95), *ClopperPearsonLower(199, 200, 0.95), 1e-8);
}

// One case among thousands of perfect ones: the phases of those turn fast. From the density of the Dirichlet weights,
// integrated with 60 digits.
TEST(Gaffke, IsAccurateWithThousandsOfEqualValues) {
  struct Row {
    double ones, other, confidence, lower;
  };
  for (const Row& row : {
           Row{199, 2.0 / 3, 0.95, 0.9831393227378686},
           Row{1000, 1.0 / 3, 0.95, 0.996011569198731},
           Row{3000, 2.0 / 3, 0.99, 0.9983317426919387},
           Row{10'000, 2.0 / 3, 0.99, 0.9994991135277306},
           Row{10'000, 1.0 / 3, 0.95, 0.9996001359841409},
           Row{100'000, 2.0 / 3, 0.99, 0.999949895551428},
       }) {
    const WeightedValue values[] = {{1, row.ones}, {row.other, 1}};
    EXPECT_NEAR(*GaffkeLower(values, row.confidence), row.lower, 2e-10) << row.ones;
    EXPECT_NEAR(*GaffkePValue(values, row.lower) / (1 - row.confidence), 1, 1e-8) << row.ones;
  }
}

// Scores like likelihoods. What is too small to count is a zero.
TEST(Gaffke, TakesTheSmallestValuesForZeros) {
  for (const double tiny : {1e-55, 1e-61, 1e-80, 1e-300, 5e-324}) {
    const WeightedValue values[] = {{0.95, 100}, {tiny, 100}};
    const WeightedValue zeros[] = {{0.95, 100}, {0, 100}};
    EXPECT_NEAR(*GaffkeLower(values, 0.95), *GaffkeLower(zeros, 0.95), 1e-10) << tiny;
    EXPECT_NEAR(*GaffkePValue(values, 0.4), *GaffkePValue(zeros, 0.4), 1e-10) << tiny;
  }
  Random random(8);
  std::vector<double> powers(2000);
  for (double& value : powers) value = std::pow(random.Uniform(), 20);
  const auto values = Each(powers);
  const double bound = *GaffkeLower(values, 0.95);
  EXPECT_GT(bound, 0.03);
  EXPECT_NEAR(*GaffkePValue(values, bound), 0.05, 1e-9);
}

TEST(Gaffke, IsAccurateFarOutInTheTail) {
  // Were the values equal, P(sum <= m) would be (m / 0.5)^200.
  const WeightedValue values[] = {{0.5, 100}, {0.5 + 1e-13, 100}};
  EXPECT_NEAR(std::log(*GaffkePValue(values, 0.4)), 200 * std::log(0.8), 1e-7);
  EXPECT_NEAR(*GaffkePValue(values, 0.499), std::pow(0.998, 200), 1e-10);
  EXPECT_EQ(*GaffkePValue(values, 0.6), 1);
  EXPECT_EQ(*GaffkePValue(values, 0), 0);
}

TEST(Gaffke, DoesNotDependOnOrderOrGrouping) {
  const WeightedValue grouped[] = {{1.0 / 3, 2}, {2.0 / 3, 3}, {1, 4}, {0, 1}};
  const auto each = Each({1, 2.0 / 3, 0, 1, 1.0 / 3, 2.0 / 3, 1, 1.0 / 3, 1, 2.0 / 3});
  EXPECT_NEAR(*GaffkeLower(grouped, 0.95), *GaffkeLower(each, 0.95), 1e-11);
  EXPECT_NEAR(*GaffkeUpper(grouped, 0.95), *GaffkeUpper(each, 0.95), 1e-11);
}

TEST(Gaffke, NeverFallsWhenAValueRises) {
  Random random(20261126);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values(2 + random.Below(39));
    for (double& value : values) value = random.Below(3) == 0 ? random.Uniform() : 1;
    const auto before = Each(values);
    double& raised = values[random.Below(values.size())];
    raised += (1 - raised) * random.Uniform();
    const auto after = Each(values);
    EXPECT_GE(*GaffkeLower(after, 0.95), *GaffkeLower(before, 0.95) - 1e-10);
    EXPECT_GE(*GaffkeUpper(after, 0.95), *GaffkeUpper(before, 0.95) - 1e-10);
  }
}

// Where 200 perfect cases do not show a mean of 0.99, one case less cannot.
TEST(Gaffke, OneWorseCaseShowsLess) {
  const WeightedValue all[] = {{1, 200}};
  const WeightedValue one_less[] = {{1, 199}, {2.0 / 3, 1}};
  EXPECT_NEAR(*GaffkeLower(all, 0.95), 0.985132, 1e-6);
  EXPECT_LT(*GaffkeLower(one_less, 0.95), *GaffkeLower(all, 0.95));
}

TEST(Gaffke, PValueAndBoundAgree) {
  Random random(5);
  for (int round = 0; round < 100; ++round) {
    std::vector<WeightedValue> values(2 + random.Below(7));
    for (WeightedValue& one : values) one = {random.Uniform(), 1 + 9 * random.Uniform()};
    const double confidence = 0.6 + 0.39 * random.Uniform();
    EXPECT_NEAR(*GaffkePValue(values, *GaffkeLower(values, confidence)), 1 - confidence, 1e-9);
  }
}

// P(lower bound > mean) by adding up all outcomes of n cases with the values 0, middle and 1.
double FalsePasses(int n, double middle, double p_zero, double p_middle, const std::vector<double>& bounds) {
  const double p_one = std::max(0.0, 1 - p_zero - p_middle);
  const double mean = p_middle * middle + p_one;
  double total = 0;
  std::size_t outcome = 0;
  for (int zeros = 0; zeros <= n; ++zeros) {
    for (int middles = 0; zeros + middles <= n; ++middles) {
      const int ones = n - zeros - middles;
      if (bounds[outcome++] <= mean + 1e-9) continue;
      const double ways =
          std::exp(std::lgamma(n + 1) - std::lgamma(zeros + 1) - std::lgamma(middles + 1) - std::lgamma(ones + 1));
      total += ways * std::pow(p_zero, zeros) * std::pow(p_middle, middles) * std::pow(p_one, ones);
    }
  }
  return total;
}

TEST(Gaffke, HoldsItsErrorRateForThreeValues) {
  for (const int n : {2, 5, 9}) {
    for (const double middle : {0.2, 0.5, 0.9}) {
      std::vector<double> bounds;
      for (int zeros = 0; zeros <= n; ++zeros) {
        for (int middles = 0; zeros + middles <= n; ++middles) {
          std::vector<WeightedValue> values;
          if (zeros > 0) values.push_back({0, static_cast<double>(zeros)});
          if (middles > 0) values.push_back({middle, static_cast<double>(middles)});
          if (n > zeros + middles) values.push_back({1, static_cast<double>(n - zeros - middles)});
          bounds.push_back(*GaffkeLower(values, 0.95));
        }
      }
      for (int i = 0; i <= 40; ++i) {
        for (int j = 0; i + j <= 40; ++j) {
          EXPECT_LE(FalsePasses(n, middle, i / 40.0, j / 40.0, bounds), 0.05 + 1e-9)
              << n << " cases of 0, " << middle << " and 1 with " << i << "/40 and " << j << "/40";
        }
      }
    }
  }
}

TEST(Gaffke, NothingOrNonsenseIsNoInformation) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::vector<WeightedValue>> wrong = {
      {},          {{-0.1, 2}},    {{1.1, 2}},         {{kNone, 2}}, {{0.5, 0}}, {{0.5, 1}, {0.7, 0.9}},
      {{0.5, -1}}, {{0.5, kNone}}, {{0.5, 1}, {2, 1}}, {{0.5, 1}},   {{0, 1}},   {{1, 1.5}}};
  for (const auto& values : wrong) {
    EXPECT_FALSE(GaffkeLower(values, 0.95));
    EXPECT_FALSE(GaffkeUpper(values, 0.95));
    EXPECT_FALSE(GaffkePValue(values, 0.5));
  }
  const WeightedValue one[] = {{0.5, 2}};
  for (const double confidence : {0.0, 1.0, kNone}) EXPECT_FALSE(GaffkeLower(one, confidence));
  for (const double mean : {-0.1, 1.1, kNone}) EXPECT_FALSE(GaffkePValue(one, mean));
}

}  // namespace
}  // namespace assay
