#include "gates/stats/cluster.h"

#include <cmath>
#include <unordered_map>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// Of the magnitude of all values: what deviations are made of that would be 0 in exact arithmetic.
constexpr double kClusterRounding = 1e-12;

struct AllClusters {
  double mean = 0;
  double magnitude = 0;
  double size = 0;
};

std::optional<AllClusters> Together(std::span<const ClusterTotal> totals) {
  AllClusters all;
  for (const ClusterTotal& total : totals) {
    // Written so that NaN is refused too; the sum of absolute values may be rounded otherwise than the sum.
    if (total.size < 1 || !(std::fabs(total.sum) <= total.magnitude * (1 + kClusterRounding))) return std::nullopt;
    all.mean += total.sum;
    all.magnitude += total.magnitude;
    all.size += static_cast<double>(total.size);
  }
  if (totals.empty() || !std::isfinite(all.magnitude)) return std::nullopt;
  all.mean /= all.size;
  return all;
}

}  // namespace

std::optional<std::vector<ClusterTotal>> ClusterTotals(std::span<const double> values,
                                                       std::span<const std::int64_t> clusters) {
  if (values.size() != clusters.size()) return std::nullopt;
  std::vector<ClusterTotal> totals;
  std::unordered_map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) return std::nullopt;
    const auto [place, is_new] = places.emplace(clusters[i], totals.size());
    if (is_new) totals.emplace_back();
    ClusterTotal& total = totals[place->second];
    total.sum += values[i];
    total.magnitude += std::fabs(values[i]);
    ++total.size;
  }
  return totals;
}

std::optional<double> ClusteredMean(std::span<const ClusterTotal> totals) {
  const std::optional<AllClusters> all = Together(totals);
  if (!all) return std::nullopt;
  return all->mean;
}

std::optional<double> ClusteredStandardError(std::span<const ClusterTotal> totals, ClusterCorrection correction) {
  const std::optional<AllClusters> all = Together(totals);
  if (!all || totals.size() < 2) return std::nullopt;
  double squares = 0;
  for (const ClusterTotal& total : totals) {
    const double deviation = total.sum - static_cast<double>(total.size) * all->mean;
    squares += deviation * deviation;
  }
  const double deviation = std::sqrt(squares);
  if (!(deviation > kClusterRounding * all->magnitude) || !std::isfinite(deviation)) return std::nullopt;
  const auto clusters = static_cast<double>(totals.size());
  const double ratio = correction == ClusterCorrection::kFewClustersRatio ? clusters / (clusters - 1) : 1;
  return deviation / all->size * std::sqrt(ratio);
}

std::optional<double> ClusteredHalfWidth(std::span<const ClusterTotal> totals, double confidence) {
  const auto error = ClusteredStandardError(totals, ClusterCorrection::kFewClustersRatio);
  if (!error || !(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const std::optional<double> t = StudentTQuantile(confidence, static_cast<double>(totals.size() - 1));
  if (!t) return std::nullopt;
  return *t * *error;
}

std::optional<double> EffectiveClusters(std::span<const ClusterTotal> totals) {
  const std::optional<AllClusters> all = Together(totals);
  if (!all) return std::nullopt;
  double squares = 0;
  for (const ClusterTotal& total : totals) {
    const double share = static_cast<double>(total.size) / all->size;
    squares += share * share;
  }
  return 1 / squares;
}

}  // namespace assay
