#include "gates/rules/approximate_bounds.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gates/rules/clusters.h"
#include "gates/stats/bootstrap.h"
#include "gates/stats/cluster_bound.h"
#include "gates/stats/mean.h"
#include "gates/stats/paired_binary.h"
#include "gates/stats/sign_flip.h"

namespace assay {
namespace {

std::optional<Bounds> StudentBounds(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                    double confidence) {
  const auto moments = MomentsOf(values);
  if (!moments) return std::nullopt;
  if (clusters.empty()) {
    const auto half_width = StudentHalfWidth(*moments, confidence);
    if (!half_width) return std::nullopt;
    return Bounds{moments->mean - *half_width, moments->mean + *half_width, "t"};
  }
  const std::vector<ClusterTotal> totals = TotalsOf(values, clusters);
  const auto half_width = JackknifeHalfWidth(totals, confidence);
  if (!half_width) return std::nullopt;
  return Bounds{moments->mean - *half_width, moments->mean + *half_width, "clustered_t"};
}

std::optional<Bounds> BootstrapBounds(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                      const Bounding& how) {
  const Resampling resampling{.seed = how.seed};
  const auto means = clusters.empty() ? BootstrapMean(values, resampling)
                                      : BootstrapClusteredMean(TotalsOf(values, clusters), resampling);
  if (!means) return std::nullopt;
  const bool is_percentile = *how.method == BoundMethod::kPercentile;
  const auto interval =
      is_percentile ? PercentileInterval(*means, how.confidence) : BcaInterval(*means, how.confidence);
  if (!interval) return std::nullopt;
  const std::string_view name = is_percentile ? (clusters.empty() ? "percentile" : "clustered_percentile")
                                              : (clusters.empty() ? "bootstrap" : "clustered_bootstrap");
  return Bounds{interval->lower, interval->upper, name};
}

std::optional<Bounds> SignFlipBounds(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                     const Bounding& how) {
  const Resampling resampling{.seed = how.seed};
  const auto interval = clusters.empty()
                            ? SignFlipInterval(values, how.confidence, resampling)
                            : ClusteredSignFlipInterval(TotalsOf(values, clusters), how.confidence, resampling);
  if (!interval) return std::nullopt;
  return Bounds{interval->lower, interval->upper, clusters.empty() ? "sign_flip" : "clustered_sign_flip"};
}

std::optional<PairedCounts> PassesOf(std::span<const double> candidate, std::span<const double> baseline) {
  const auto is_pass = [](double value) { return value == 0 || value == 1; };
  if (!std::ranges::all_of(candidate, is_pass) || !std::ranges::all_of(baseline, is_pass)) return std::nullopt;
  PairedCounts counts;
  for (std::size_t i = 0; i < candidate.size(); ++i) {
    std::int64_t& count = candidate[i] == 1 ? (baseline[i] == 1 ? counts.both : counts.first_only)
                                            : (baseline[i] == 1 ? counts.second_only : counts.neither);
    ++count;
  }
  return counts;
}

}  // namespace

std::optional<Bounds> ApproximateMeanBounds(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                            const Bounding& how) {
  if (!how.method) return std::nullopt;
  switch (*how.method) {
    case BoundMethod::kT:
      return StudentBounds(values, clusters, how.confidence);
    case BoundMethod::kBootstrap:
    case BoundMethod::kPercentile:
      return BootstrapBounds(values, clusters, how);
    case BoundMethod::kSignFlip:
      return SignFlipBounds(values, clusters, how);
    case BoundMethod::kBounded:
    case BoundMethod::kTango:
    case BoundMethod::kNewcombe:
    case BoundMethod::kUnpaired:
      break;
  }
  return std::nullopt;
}

std::optional<Bounds> ApproximatePairBounds(std::span<const double> candidate, std::span<const double> baseline,
                                            std::span<const std::uint32_t> clusters, const Bounding& how) {
  if (!how.method || !clusters.empty()) return std::nullopt;
  if (*how.method != BoundMethod::kTango && *how.method != BoundMethod::kNewcombe) return std::nullopt;
  const auto counts = PassesOf(candidate, baseline);
  if (!counts) return std::nullopt;
  const bool is_tango = *how.method == BoundMethod::kTango;
  const auto interval = is_tango ? TangoScore(*counts, how.confidence) : NewcombeSquareAndAdd(*counts, how.confidence);
  if (!interval) return std::nullopt;
  return Bounds{interval->lower, interval->upper, is_tango ? "tango" : "newcombe"};
}

}  // namespace assay
