#pragma once
// The mean of cases that come in clusters (questions on one text, turns of one conversation, samples of one case):
// cases of one cluster may depend on each other, clusters are independent. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay {

// What is known of one cluster.
struct ClusterTotal {
  double sum = 0;         // of the values of its cases
  double magnitude = 0;   // sum of their absolute values; sets what differences are rounding
  std::int64_t size = 0;  // cases; at least 1
};

// The totals of values[i] in cluster clusters[i], in the order in which clusters appear. Absent for spans of different
// length and a value that is not finite.
std::optional<std::vector<ClusterTotal>> ClusterTotals(std::span<const double> values,
                                                       std::span<const std::int64_t> clusters);

// The mean of all cases of all clusters. Absent without a cluster and for a total that makes no sense: a size below 1,
// a sum that is not finite or beyond its magnitude.
std::optional<double> ClusteredMean(std::span<const ClusterTotal> totals);

// Whether the variance of few clusters is corrected for their number. With C clusters their deviations are measured
// from a mean that they made themselves, so that the plain variance is too small by about (C - 1) / C.
enum class ClusterCorrection {
  kNone,              // Miller, arXiv 2411.00640, appendix A
  kFewClustersRatio,  // times C / (C - 1): Inspect's, and what bounds use
};

// sqrt(sum over clusters of (sum of deviations from the mean)^2) / n, corrected as asked for. With the correction and
// one case a cluster it is StandardError. Absent (no information) for fewer than two clusters, totals as above, and
// when it is 0: when all clusters deviate by nothing but rounding (1e-12 of the values).
std::optional<double> ClusteredStandardError(std::span<const ClusterTotal> totals, ClusterCorrection correction);

// How far each one-sided bound of `confidence` in (0.5, 1) lies from the mean: t(confidence; C - 1) times the corrected
// standard error. Approximate, for clusters of similar size: where one has half of all cases, a bound at a confidence
// of 0.95 is missed by 12 % of samples of 5 clusters, 24 % of 40. EffectiveClusters tells. Absent as above.
std::optional<double> ClusteredHalfWidth(std::span<const ClusterTotal> totals, double confidence);

// (cases)^2 / sum of size^2: the number of clusters of equal size that the mean rests on as much (Kish, Survey
// Sampling, 1965); as many as there are when all have the same size. Absent as ClusteredMean.
std::optional<double> EffectiveClusters(std::span<const ClusterTotal> totals);

}  // namespace assay
