// Bootstrap intervals against the exact distribution of the bootstrap, and against what other programs compute.

#include "gates/stats/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"
#include "gates/stats/distributions.h"

namespace assay {
namespace {

// P(sum of as many draws as there are values = s) for whole values, by convolution.
std::vector<double> ExactSums(const std::vector<int>& values) {
  const auto most = static_cast<std::size_t>(*std::max_element(values.begin(), values.end()));
  std::vector<double> sums = {1};
  for (std::size_t draw = 0; draw < values.size(); ++draw) {
    std::vector<double> next(sums.size() + most, 0.0);
    for (std::size_t sum = 0; sum < sums.size(); ++sum) {
      for (const int value : values) {
        next[sum + static_cast<std::size_t>(value)] += sums[sum] / static_cast<double>(values.size());
      }
    }
    sums = std::move(next);
  }
  return sums;
}

// The data of the golden rows in tenths. Exact endpoints: percentile 28.8625 and 84.2375, BCa 32.24375 and 91.4.
const std::vector<int>& Tenths() {
  static const std::vector<int> tenths = {100, 120, 125, 125, 139, 150,  210,  220,
                                          230, 340, 500, 810, 890, 1210, 1340, 2130};
  return tenths;
}

std::vector<double> Values() {
  std::vector<double> values;
  for (const int tenth : Tenths()) values.push_back(tenth / 10.0);
  return values;
}

TEST(Bootstrap, HasTheDistributionOfItsReplicates) {
  const BootstrapMeans means = *BootstrapMean(Values(), {.seed = 5, .replicates = 200'000});
  const std::vector<double> exact = ExactSums(Tenths());
  double cumulative = 0;
  double worst = 0;
  double below = 0;
  int observed = 0;
  for (const int tenth : Tenths()) observed += tenth;
  for (std::size_t sum = 0; sum < exact.size(); ++sum) {
    cumulative += exact[sum];
    const double mean = (static_cast<double>(sum) + 0.5) / 160;
    const auto place = std::upper_bound(means.sorted.begin(), means.sorted.end(), mean) - means.sorted.begin();
    worst = std::max(worst, std::fabs(static_cast<double>(place) / 200'000 - cumulative));
    if (static_cast<int>(sum) < observed) below += exact[sum];
    if (static_cast<int>(sum) == observed) below += exact[sum] / 2;
  }
  // Kolmogorov's distance of so many independent replicates exceeds this once in thousand seeds.
  EXPECT_LT(worst, 1.95 / std::sqrt(200'000.0));
  EXPECT_NEAR(means.below_observed, below, 4 * std::sqrt(0.25 / 200'000));
  EXPECT_NEAR(means.acceleration, 0.0615288696, 1e-10);
}

// The same seed gives the same numbers on every machine: these are the first ones there were.
TEST(Bootstrap, IsReproducedFromItsSeed) {
  const std::vector<double> values = {.2, -.1, .4, .3, .05, -.2, .15};
  const BootstrapMeans means = *BootstrapMean(values, {.seed = 11, .replicates = 9999});
  const Interval percentile = *PercentileInterval(means, 0.975);
  EXPECT_NEAR(percentile.lower, -0.028571428571428581, 1e-15);
  EXPECT_NEAR(percentile.upper, 0.25714285714285717, 1e-15);
  EXPECT_NEAR(BcaInterval(means, 0.975)->lower, -0.035714285714285733, 1e-15);
  EXPECT_EQ(BootstrapMean(values, {.seed = 11, .replicates = 9999})->sorted, means.sorted);
  EXPECT_NE(BootstrapMean(values, {.seed = 12, .replicates = 9999})->sorted, means.sorted);
}

TEST(Bootstrap, BasicIsThePercentileIntervalReflected) {
  const BootstrapMeans means = *BootstrapMean(Values(), {.seed = 2, .replicates = 999});
  const Interval percentile = *PercentileInterval(means, 0.9);
  const Interval basic = *BasicInterval(means, 0.9);
  EXPECT_DOUBLE_EQ(basic.lower, 2 * means.observed - percentile.upper);
  EXPECT_DOUBLE_EQ(basic.upper, 2 * means.observed - percentile.lower);
  // Ranks of (B + 1) p are whole here.
  EXPECT_EQ(percentile.lower, means.sorted[99]);
  EXPECT_NEAR(percentile.upper, means.sorted[899], 1e-9);
}

TEST(Bootstrap, DrawsEveryValueAsOften) {
  // One value of `size` is 1: each replicate counts how often it was drawn, Poisson for many values.
  for (const std::size_t size : {2u, 3u, 7u, 1000u}) {
    for (const std::size_t place : {std::size_t{0}, size / 2, size - 1}) {
      std::vector<double> values(size, 0.0);
      values[place] = 1;
      const BootstrapMeans means = *BootstrapMean(values, {.seed = 21 + place, .replicates = 20'000});
      double drawn = 0;
      for (const double mean : means.sorted) drawn += mean * static_cast<double>(size);
      EXPECT_NEAR(drawn, 20'000, 4.5 * std::sqrt(20'000.0)) << place << " of " << size;
    }
  }
}

TEST(Bootstrap, OfClustersOfOneCaseIsThatOfCases) {
  const std::vector<double> values = Values();
  std::vector<std::int64_t> clusters(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) clusters[i] = static_cast<std::int64_t>(i);
  const Resampling resampling{.seed = 4, .replicates = 500};
  const BootstrapMeans of_cases = *BootstrapMean(values, resampling);
  const BootstrapMeans of_clusters = *BootstrapClusteredMean(*ClusterTotals(values, clusters), resampling);
  EXPECT_EQ(of_clusters.sorted, of_cases.sorted);
  EXPECT_NEAR(of_clusters.acceleration, of_cases.acceleration, 1e-12);
  EXPECT_EQ(of_clusters.below_observed, of_cases.below_observed);
}

// Cases that repeat each other in a cluster are one.
TEST(Bootstrap, OfClustersIsAsWideAsTheirNumberSays) {
  std::vector<double> values;
  std::vector<std::int64_t> clusters;
  for (int i = 0; i < 40; ++i) {
    for (int repetition = 0; repetition < 9; ++repetition) {
      values.push_back(i % 4 == 0 ? 0 : 1);
      clusters.push_back(i);
    }
  }
  const Interval interval = *BcaInterval(*BootstrapClusteredMean(*ClusterTotals(values, clusters), {.seed = 3}), 0.975);
  EXPECT_NEAR(interval.upper - interval.lower, 2 * 1.96 * std::sqrt(0.1875 / 40), 0.02);
}

TEST(Bootstrap, GivesNoInformationWhereThereIsNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  using Units = std::vector<double>;
  for (const Units& values :
       {Units{}, Units{1}, Units{1, 1, 1}, Units{0.1, nan}, Units{0, HUGE_VAL}, Units{1e308, -1e308, 1e308}}) {
    EXPECT_FALSE(BootstrapMean(values, {}).has_value());
  }
  for (const std::int64_t replicates : {0, -1, 2'000'000'000}) {
    EXPECT_FALSE(BootstrapMean(Units{1, 2, 3}, {.seed = 1, .replicates = replicates}).has_value());
  }
  EXPECT_FALSE(BootstrapClusteredMean(std::vector<ClusterTotal>{{1, 1, 4}}, {}).has_value());
  EXPECT_FALSE(BootstrapClusteredMean(std::vector<ClusterTotal>{{1, 1, 4}, {1, 1, 4}}, {}).has_value());
  const BootstrapMeans means = *BootstrapMean(Values(), {.seed = 1, .replicates = 50});
  EXPECT_EQ(PercentileInterval(means, 0.999), std::nullopt);  // 50 replicates have no such quantile
  for (const double confidence : {0.5, 1.0, nan}) {
    EXPECT_EQ(PercentileInterval(means, confidence), std::nullopt);
    EXPECT_EQ(BasicInterval(means, confidence), std::nullopt);
    EXPECT_EQ(BcaInterval(means, confidence), std::nullopt);
  }
  EXPECT_EQ(BcaInterval({.observed = 1, .sorted = {1, 2, 3}, .below_observed = 0}, 0.6), std::nullopt);
  EXPECT_EQ(BcaInterval({.observed = 1, .sorted = {1, 2, 3}, .below_observed = 0.5, .acceleration = 5}, 0.9),
            std::nullopt);
  EXPECT_EQ(PercentileInterval({}, 0.9), std::nullopt);
}

}  // namespace
}  // namespace assay
