// Bounds of means over cases in clusters.

#include "gates/stats/cluster_bound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/random.h"
#include "gates/stats/distributions.h"
#include "gates/stats/gaffke.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

ClusterTotal TotalOf(double sum, std::int64_t size) { return {.sum = sum, .magnitude = sum, .size = size}; }

TEST(ClusterBound, OfOneCaseEachIsClopperPearson) {
  for (const int passing : {0, 1, 17, 40}) {
    std::vector<ClusterTotal> totals;
    for (int i = 0; i < 40; ++i) totals.push_back(TotalOf(i < passing ? 1 : 0, 1));
    EXPECT_NEAR(*ClusteredGaffkeLower(totals, 0.95), *ClopperPearsonLower(passing, 40, 0.95), 1e-9);
    EXPECT_NEAR(*ClusteredGaffkeUpper(totals, 0.95), *ClopperPearsonUpper(passing, 40, 0.95), 1e-9);
  }
}

TEST(ClusterBound, OfOneSizeIsGaffkesOfTheMeans) {
  const std::vector<ClusterTotal> totals = {TotalOf(3, 4), TotalOf(4, 4), TotalOf(4, 4), TotalOf(1.5, 4)};
  const std::vector<WeightedValue> means = {{0.75, 1}, {1, 2}, {0.375, 1}};
  EXPECT_NEAR(*ClusteredGaffkeLower(totals, 0.9), *GaffkeLower(means, 0.9), 1e-9);
  EXPECT_NEAR(*ClusteredGaffkeUpper(totals, 0.9), *GaffkeUpper(means, 0.9), 1e-9);
}

// The quantile that the header names, drawn.
TEST(ClusterBound, IsAQuantileOfARatio) {
  const std::vector<ClusterTotal> totals = {TotalOf(5, 5), TotalOf(1, 2), TotalOf(7, 9),
                                            TotalOf(1, 1), TotalOf(0, 1), TotalOf(3.5, 4)};
  const double lower = *ClusteredGaffkeLower(totals, 0.9);
  const double upper = *ClusteredGaffkeUpper(totals, 0.9);
  Random random(5);
  const auto exponential = [&] { return -std::log1p(-random.Uniform()); };
  constexpr int kDraws = 200000;
  int below = 0;
  int above = 0;
  for (int i = 0; i < kDraws; ++i) {
    double sum = 0;
    double size = 0;
    for (const ClusterTotal& total : totals) {
      const double weight = exponential();
      sum += weight * total.sum;
      size += weight * static_cast<double>(total.size);
    }
    const double added = 9 * exponential();
    below += sum / (size + added) <= lower ? 1 : 0;
    above += (sum + added) / (size + added) >= upper ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(below) / kDraws, 0.1, 0.0025);
  EXPECT_NEAR(static_cast<double>(above) / kDraws, 0.1, 0.0025);
}

TEST(ClusterBound, NeverFallsWhenAValueRises) {
  Random random(9);
  for (int round = 0; round < 60; ++round) {
    std::vector<ClusterTotal> totals;
    const std::size_t clusters = 2 + random.Below(12);
    for (std::size_t i = 0; i < clusters; ++i) {
      const auto size = static_cast<std::int64_t>(1 + random.Below(6));
      totals.push_back(TotalOf(static_cast<double>(size) * random.Uniform(), size));
    }
    std::vector<ClusterTotal> raised = totals;
    ClusterTotal& one = raised[random.Below(clusters)];
    one.sum += (static_cast<double>(one.size) - one.sum) * random.Uniform();
    one.magnitude = one.sum;
    EXPECT_GE(*ClusteredGaffkeLower(raised, 0.95), *ClusteredGaffkeLower(totals, 0.95) - 1e-9);
    EXPECT_GE(*ClusteredGaffkeUpper(raised, 0.95), *ClusteredGaffkeUpper(totals, 0.95) - 1e-9);
    EXPECT_LE(*ClusteredGaffkeLower(totals, 0.95), *ClusteredMean(totals));
    EXPECT_GE(*ClusteredGaffkeUpper(totals, 0.95), *ClusteredMean(totals));
  }
}

TEST(ClusterBound, AgreesWithItsPValue) {
  const std::vector<ClusterTotal> totals = {TotalOf(5, 5), TotalOf(1, 2), TotalOf(7, 9), TotalOf(0, 1), TotalOf(2, 2)};
  const std::vector<ClusterGroup> groups = GroupedClusters(totals);
  for (const double confidence : {0.6, 0.95, 0.999999}) {
    const double lower = *ClusteredGaffkeLower(totals, confidence);
    EXPECT_NEAR(*ClusteredGaffkePValue(groups, lower) / (1 - confidence), 1, 1e-5);
  }
}

// All outcomes: `large` clusters of size `size` pass as a whole with probability p each, `small` ones of one case with
// q, and some clusters of either kind pass for certain. How often a bound of 0.95 lies beyond the true mean.
class AllOutcomes {
 public:
  struct Design {
    int large;
    int large_sure;
    int small;
    int small_sure;
    int size;
  };
  struct Errors {
    double lower = 0;
    double upper = 0;
  };

  explicit AllOutcomes(const Design& design) : design_(design) {
    for (int passing = 0; passing <= design.large; ++passing) {
      for (int ones = 0; ones <= design.small; ++ones) {
        const std::vector<ClusterTotal> totals = TotalsOf(passing, ones);
        outcomes_.push_back({passing, ones, *ClusteredGaffkeLower(totals, 0.95), *ClusteredGaffkeUpper(totals, 0.95)});
      }
    }
  }

  Errors ErrorsAt(double p, double q) const {
    const double cases = (design_.large + design_.large_sure) * design_.size + design_.small + design_.small_sure;
    const double truth =
        ((p * design_.large + design_.large_sure) * design_.size + q * design_.small + design_.small_sure) / cases;
    Errors errors;
    for (const Outcome& outcome : outcomes_) {
      const double probability = std::exp(*LogBinomialProbability(outcome.passing, design_.large, p) +
                                          *LogBinomialProbability(outcome.ones, design_.small, q));
      if (outcome.lower > truth) errors.lower += probability;
      if (outcome.upper < truth) errors.upper += probability;
    }
    return errors;
  }

 private:
  struct Outcome {
    int passing;
    int ones;
    double lower;
    double upper;
  };

  std::vector<ClusterTotal> TotalsOf(int passing, int ones) const {
    std::vector<ClusterTotal> totals;
    for (int i = 0; i < design_.large; ++i) totals.push_back(TotalOf(i < passing ? design_.size : 0, design_.size));
    for (int i = 0; i < design_.large_sure; ++i) totals.push_back(TotalOf(design_.size, design_.size));
    for (int i = 0; i < design_.small; ++i) totals.push_back(TotalOf(i < ones ? 1 : 0, 1));
    for (int i = 0; i < design_.small_sure; ++i) totals.push_back(TotalOf(1, 1));
    return totals;
  }

  Design design_;
  std::vector<Outcome> outcomes_;
};

// Clusters that are not drawn from one population but given, some of which pass for certain, can exceed the error rate
// by a little: where a single one of them may fail, 1 - (1 - f / C)^C is less than f, and the bound errs in up to
// -ln(0.95) = 5.13 % instead of 5. So it is of single cases.
TEST(ClusterBound, HoldsItsErrorRateOverAllOutcomesOfUnlikeClusters) {
  const std::vector<AllOutcomes::Design> designs = {
      {3, 0, 6, 0, 5},   {2, 0, 12, 0, 6},  {6, 0, 6, 0, 2}, {8, 0, 8, 0, 3},   {1, 0, 15, 0, 8},  {4, 0, 4, 20, 10},
      {2, 0, 0, 40, 20}, {1, 0, 0, 30, 30}, {8, 8, 8, 8, 3}, {10, 0, 0, 10, 2}, {10, 0, 0, 40, 4}, {5, 5, 10, 0, 2}};
  const std::vector<double> probabilities = {0,    0.02, 0.05, 0.051, 0.1,  0.2, 0.224, 0.3,    0.368, 0.45, 0.55, 0.6,
                                             0.65, 0.7,  0.75, 0.8,   0.85, 0.9, 0.95,  0.9488, 0.975, 0.99, 1};
  AllOutcomes::Errors worst;
  for (const AllOutcomes::Design& design : designs) {
    const AllOutcomes outcomes(design);
    for (const double p : probabilities) {
      for (const double q : probabilities) {
        const AllOutcomes::Errors errors = outcomes.ErrorsAt(p, q);
        const std::string where = std::to_string(design.large) + "+" + std::to_string(design.large_sure) + " of " +
                                  std::to_string(design.size) + ", " + std::to_string(design.small) + "+" +
                                  std::to_string(design.small_sure) + "; p " + std::to_string(p) + " q " +
                                  std::to_string(q);
        EXPECT_LE(errors.lower, 0.05 + 1e-9) << where;
        EXPECT_LE(errors.upper, -std::log(0.95)) << where;
        worst.lower = std::max(worst.lower, errors.lower);
        worst.upper = std::max(worst.upper, errors.upper);
      }
    }
  }
  EXPECT_GE(worst.lower, 0.03);
  EXPECT_GE(worst.upper, 0.05);
}

// Sizes from 1 to 12, cases of a cluster alike to any degree.
TEST(ClusterBound, HoldsItsErrorRateInSamplesOfClustersOfManySizes) {
  constexpr int kRounds = 600;
  const double slack = 3 * std::sqrt(0.05 * 0.95 / kRounds);
  std::uint64_t seed = 40;
  for (const int clusters : {4, 10, 25}) {
    for (const double rate : {0.2, 0.5, 0.9, 0.97}) {
      for (const double alike : {0.3, 0.9}) {  // the share of a cluster's cases that copy its first draw
        Random random(++seed);
        int lower_misses = 0;
        int upper_misses = 0;
        for (int round = 0; round < kRounds; ++round) {
          std::vector<ClusterTotal> totals;
          for (int i = 0; i < clusters; ++i) {
            const std::int64_t size = 1 + (i * i) % 12;
            const bool first = random.Uniform() < rate;
            double sum = 0;
            for (std::int64_t j = 0; j < size; ++j) {
              sum += (random.Uniform() < alike ? first : random.Uniform() < rate) ? 1 : 0;
            }
            totals.push_back(TotalOf(sum, size));
          }
          lower_misses += *ClusteredGaffkeLower(totals, 0.95) > rate ? 1 : 0;
          upper_misses += *ClusteredGaffkeUpper(totals, 0.95) < rate ? 1 : 0;
        }
        EXPECT_LE(static_cast<double>(lower_misses) / kRounds, 0.05 + slack) << clusters << " " << rate << " " << alike;
        EXPECT_LE(static_cast<double>(upper_misses) / kRounds, 0.05 + slack) << clusters << " " << rate << " " << alike;
      }
    }
  }
}

TEST(ClusterBound, OfManyClustersIsRoundedAgainstItself) {
  std::vector<ClusterTotal> totals;
  Random random(4);
  for (int i = 0; i < 9000; ++i) {
    const std::int64_t size = 1 + i % 3;
    totals.push_back(TotalOf(static_cast<double>(size) * random.Uniform(), size));
  }
  const double lower = *ClusteredGaffkeLower(totals, 0.95);
  const double p = *ClusteredGaffkePValue(GroupedClusters(totals), lower);
  EXPECT_LE(p, 0.05 + 1e-6);
  EXPECT_GE(p, 0.02);
}

TEST(ClusterBound, IsAbsentWithoutInformation) {
  const std::vector<ClusterTotal> one = {TotalOf(5, 5)};
  const std::vector<ClusterTotal> two = {TotalOf(5, 5), TotalOf(2, 3)};
  EXPECT_FALSE(ClusteredGaffkeLower({}, 0.95));
  EXPECT_FALSE(ClusteredGaffkeLower(one, 0.95));
  EXPECT_FALSE(ClusteredGaffkeUpper(one, 0.95));
  EXPECT_TRUE(ClusteredGaffkeLower(two, 0.95));
  for (const double confidence : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(ClusteredGaffkeLower(two, confidence));
  }
  for (const ClusterTotal& bad :
       {TotalOf(4, 3), TotalOf(-0.1, 3), TotalOf(0, 0), TotalOf(std::numeric_limits<double>::quiet_NaN(), 3)}) {
    EXPECT_FALSE(ClusteredGaffkeLower(std::vector<ClusterTotal>{two[0], bad}, 0.95));
    EXPECT_FALSE(ClusteredGaffkeUpper(std::vector<ClusterTotal>{two[0], bad}, 0.95));
  }
  EXPECT_FALSE(ClusteredGaffkePValue(GroupedClusters(one), 0.5));
  EXPECT_FALSE(JackknifeHalfWidth(one, 0.95));
  EXPECT_FALSE(JackknifeHalfWidth(std::vector<ClusterTotal>{TotalOf(1, 2), TotalOf(2, 4)}, 0.95));
  EXPECT_FALSE(DesignEffect(two, 0));
}

TEST(ClusterBound, OfNothingButZerosIsZero) {
  const std::vector<ClusterTotal> zeros = {TotalOf(0, 5), TotalOf(0, 2), TotalOf(0, 1)};
  EXPECT_EQ(*ClusteredGaffkeLower(zeros, 0.95), 0);
  EXPECT_LT(*ClusteredGaffkeUpper(zeros, 0.95), 1);
  EXPECT_GT(*ClusteredGaffkeUpper(zeros, 0.95), 0.6);
}

TEST(JackknifeHalfWidth, OfOneSizeIsTheUsualOne) {
  const std::vector<ClusterTotal> totals = {TotalOf(5, 5), TotalOf(2, 5), TotalOf(3.5, 5), TotalOf(4, 5)};
  EXPECT_NEAR(*JackknifeHalfWidth(totals, 0.95), *ClusteredHalfWidth(totals, 0.95), 1e-12);
}

// One cluster has half of all cases, which agree: ClusteredHalfWidth is missed by a quarter of such samples.
TEST(JackknifeHalfWidth, HoldsWhereOneClusterDominates) {
  constexpr int kRounds = 8000;
  Random random(12);
  const auto normal = [&] { return *NormalQuantile(0.5e-9 + random.Uniform() * (1 - 1e-9)); };
  int misses = 0;
  int plain_misses = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<ClusterTotal> totals;
    for (int i = 0; i < 40; ++i) {
      const std::int64_t size = i == 0 ? 390 : 10;
      const double sum = static_cast<double>(size) * normal();
      totals.push_back({.sum = sum, .magnitude = std::fabs(sum), .size = size});
    }
    const double mean = *ClusteredMean(totals);
    misses += mean - *JackknifeHalfWidth(totals, 0.95) > 0 ? 1 : 0;
    plain_misses += mean - *ClusteredHalfWidth(totals, 0.95) > 0 ? 1 : 0;
  }
  EXPECT_LE(static_cast<double>(misses) / kRounds, 0.05);
  EXPECT_GE(static_cast<double>(plain_misses) / kRounds, 0.2);
}

TEST(DesignEffect, IsOneForIndependentCasesAndTheSizeForCopies) {
  std::vector<ClusterTotal> single;
  std::vector<ClusterTotal> copies;
  double squares = 0;
  for (int i = 0; i < 10; ++i) {
    const double value = i % 3 == 0 ? 1 : 0;
    single.push_back(TotalOf(value, 1));
    copies.push_back(TotalOf(6 * value, 6));
    squares += (value - 0.4) * (value - 0.4);
  }
  EXPECT_NEAR(*DesignEffect(single, squares), 1, 1e-12);
  EXPECT_NEAR(*DesignEffect(copies, 6 * squares), 6 * (59.0 / 60) / (9.0 / 10), 1e-12);
}

}  // namespace
}  // namespace assay
