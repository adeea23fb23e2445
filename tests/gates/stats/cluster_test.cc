// Standard errors and bounds of means, of cases and of clusters.

#include "gates/stats/cluster.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.h"
#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"

namespace assay {
namespace {

constexpr double kClusterNaN = std::numeric_limits<double>::quiet_NaN();

std::optional<double> CorrectedError(const std::vector<double>& values, const std::vector<std::int64_t>& clusters) {
  return ClusteredStandardError(ClusterTotals(values, clusters).value_or(std::vector<ClusterTotal>{}),
                                ClusterCorrection::kFewClustersRatio);
}

// statsmodels 0.15: OLS on a constant, cov_type "cluster".
TEST(Clusters, AgreeWithARegressionOnAConstant) {
  const std::vector<double> values = {1, 0, 1, 1, 0, 1, 0, 0, 1, 1};
  const std::vector<std::int64_t> clusters = {0, 0, 1, 1, 1, 2, 2, 3, 3, 3};
  EXPECT_NEAR(*CorrectedError(values, clusters), 0.04618802153517004, 1e-15);
  const auto totals = *ClusterTotals(values, clusters);
  EXPECT_EQ(ClusteredMean(totals), 0.6);
  EXPECT_NEAR(*ClusteredHalfWidth(totals, 0.975), *StudentTQuantile(0.975, 3) * 0.04618802153517004, 1e-14);
}

TEST(Clusters, OfOneCaseEachAreCases) {
  std::vector<double> values;
  std::vector<std::int64_t> clusters;
  Random random(8);
  for (int i = 0; i < 50; ++i) {
    values.push_back(random.Uniform());
    clusters.push_back(-7 * i);
  }
  const SampleMoments moments = *MomentsOf(values);
  const auto totals = *ClusterTotals(values, clusters);
  EXPECT_NEAR(*CorrectedError(values, clusters), *StandardError(moments), 1e-15);
  EXPECT_NEAR(*ClusteredHalfWidth(totals, 0.95), *StudentHalfWidth(moments, 0.95), 1e-14);
  EXPECT_NEAR(*EffectiveClusters(totals), 50, 1e-9);
}

TEST(Clusters, TheSumOfProductsWithinClustersIsTheSameVariance) {
  const std::vector<double> values = {0.2, 0.9, 0.4, 0.4, 1, 0, 0.7};
  const std::vector<std::int64_t> clusters = {1, 1, 2, 3, 3, 3, 2};
  double mean = 0;
  for (const double value : values) mean += value / 7;
  double products = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (clusters[i] == clusters[j]) products += (values[i] - mean) * (values[j] - mean);
    }
  }
  const auto totals = *ClusterTotals(values, clusters);
  EXPECT_NEAR(*ClusteredStandardError(totals, ClusterCorrection::kNone), std::sqrt(products) / 7, 1e-15);
}

TEST(Clusters, WithoutVarianceOrASecondOneGiveNoInformation) {
  EXPECT_EQ(CorrectedError({}, {}), std::nullopt);
  EXPECT_EQ(CorrectedError({1}, {0}), std::nullopt);
  EXPECT_EQ(CorrectedError({1, 0, 1}, {5, 5, 5}), std::nullopt);
  EXPECT_EQ(CorrectedError({1, 1, 1}, {1, 2, 3}), std::nullopt);
  // Every cluster has the mean 0.2; that its sums are not the same number is rounding.
  EXPECT_EQ(CorrectedError({0.1, 0.3, 0.3, 0.1, 0.2}, {1, 1, 2, 2, 3}), std::nullopt);
  EXPECT_EQ(CorrectedError({0.1, 0.2, -0.3, 0.3, -0.3}, {1, 1, 1, 2, 2}), std::nullopt);
  EXPECT_EQ(ClusterTotals(std::vector<double>{1, kClusterNaN}, std::vector<std::int64_t>{1, 2}), std::nullopt);
  EXPECT_EQ(ClusterTotals(std::vector<double>{1, 2}, std::vector<std::int64_t>{1}), std::nullopt);
  for (const ClusterTotal& nonsense :
       {ClusterTotal{.sum = 1, .magnitude = 1, .size = 0}, ClusterTotal{.sum = kClusterNaN, .magnitude = 1, .size = 1},
        ClusterTotal{.sum = 2, .magnitude = 1, .size = 1}, ClusterTotal{.sum = 1, .magnitude = HUGE_VAL, .size = 1}}) {
    const std::vector<ClusterTotal> totals = {{.sum = 3, .magnitude = 3, .size = 4}, nonsense};
    EXPECT_EQ(ClusteredMean(totals), std::nullopt);
    EXPECT_EQ(ClusteredHalfWidth(totals, 0.95), std::nullopt);
    EXPECT_EQ(EffectiveClusters(totals), std::nullopt);
  }
}

TEST(Clusters, OneThatHasHalfOfTheCasesCountsForLittleMoreThanItself) {
  std::vector<ClusterTotal> totals = {{.sum = 10, .magnitude = 10, .size = 20}};
  for (int i = 0; i < 20; ++i) totals.push_back({.sum = i % 2 == 0 ? 1.0 : 0.0, .magnitude = 1, .size = 1});
  EXPECT_NEAR(*EffectiveClusters(totals), 1600.0 / 420, 1e-12);
}

TEST(StandardErrors, OfProportionsWithoutVarianceAreNoInformation) {
  EXPECT_EQ(BernoulliStandardError(0.8, 100), 0.04);
  for (const double p : {0.0, 1.0, -0.1, 1.1, kClusterNaN}) EXPECT_EQ(BernoulliStandardError(p, 100), std::nullopt);
  EXPECT_EQ(BernoulliStandardError(0.5, 1), std::nullopt);
  EXPECT_EQ(StandardError(*MomentsOf(std::vector<double>{1})), std::nullopt);
  EXPECT_EQ(StandardError(*MomentsOf(std::vector<double>{1, 1})), std::nullopt);
}

// SciPy 1.17: ttest_1samp.
TEST(StudentPValues, AreThoseOfTheOneSampleTest) {
  const SampleMoments moments = *MomentsOf(std::vector<double>{.2, -.1, .4, .3, .05, -.2, .15});
  EXPECT_NEAR(*StudentPValueAbove(moments, -0.05), 0.04399037180155127, 1e-12);
  EXPECT_NEAR(*StudentPValueBelow(moments, 0.4), 0.0061083677747977285, 1e-12);
  // At its own bound the test is as sure as the bound.
  EXPECT_NEAR(*StudentPValueAbove(moments, moments.mean - *StudentHalfWidth(moments, 0.99)), 0.01, 1e-10);
  EXPECT_EQ(StudentPValueAbove(moments, kClusterNaN), std::nullopt);
  EXPECT_EQ(StudentPValueBelow(*MomentsOf(std::vector<double>{2, 2}), 1), std::nullopt);
}

}  // namespace
}  // namespace assay
