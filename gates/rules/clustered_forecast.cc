#include "gates/rules/clustered_forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gates/rules/clustered_bounds.h"
#include "gates/rules/clusters.h"
#include "gates/stats/cluster_bound.h"
#include "gates/stats/distributions.h"

namespace assay {
namespace {

constexpr std::int64_t kManyCases = 100'000;
constexpr std::size_t kMostClusterGroups = 64;  // of different clusters: a forecast needs no more

// At most kMostClusterGroups kinds of clusters; neighbours by size and sum merged at their means.
std::vector<ClusterGroup> FewGroups(std::span<const ClusterTotal> totals) {
  const std::vector<ClusterGroup> groups = GroupedClusters(totals);
  if (groups.size() <= kMostClusterGroups) return groups;
  std::vector<ClusterGroup> few;
  for (std::size_t cell = 0; cell < kMostClusterGroups; ++cell) {
    const std::size_t begin = groups.size() * cell / kMostClusterGroups;
    const std::size_t end = groups.size() * (cell + 1) / kMostClusterGroups;
    ClusterGroup merged{.sum = 0, .size = 0, .weight = 0};
    for (std::size_t i = begin; i < end; ++i) {
      merged.sum += groups[i].weight * groups[i].sum;
      merged.size += groups[i].weight * groups[i].size;
      merged.weight += groups[i].weight;
    }
    merged.size = std::max(merged.size / merged.weight, 1.0);
    merged.sum = std::min(merged.sum / merged.weight, merged.size);
    few.push_back(merged);
  }
  return few;
}

std::vector<ClusterGroup> MirroredGroups(std::vector<ClusterGroup> groups) {
  for (ClusterGroup& group : groups) group.sum = std::clamp(group.size - group.sum, 0.0, group.size);
  return groups;
}

double CasesIn(std::span<const ClusterGroup> groups) {
  double cases = 0;
  for (const ClusterGroup& group : groups) cases += group.weight * group.size;
  return cases;
}

double SumIn(std::span<const ClusterGroup> groups) {
  double sum = 0;
  for (const ClusterGroup& group : groups) sum += group.weight * group.sum;
  return sum;
}

// By the normal approximation: of millions of equal clusters the tail is not found, and need not be.
std::optional<double> LogPValueOfMany(std::span<const ClusterGroup> groups, double mean) {
  double excess = 0;
  double squares = 0;
  for (const ClusterGroup& group : groups) {
    const double one = group.sum - mean * group.size;
    excess += group.weight * one;
    squares += group.weight * one * one;
  }
  const std::optional<double> p = NormalCdf(-excess / std::sqrt(squares));
  return p ? std::optional(std::log(*p)) : std::nullopt;
}

// Of n cases in such clusters, that their mean is at least `mean`. It is shown of none above that of these.
double ReachAbove(std::vector<ClusterGroup> groups, double mean, std::int64_t n, double confidence) {
  const double cases = CasesIn(groups);
  if (!(SumIn(groups) >= mean * cases)) return -std::numeric_limits<double>::infinity();
  const double scale = static_cast<double>(n) / cases;
  for (ClusterGroup& group : groups) group.weight = std::max(group.weight * scale, 1.0);
  std::optional<double> log_p = ClusteredGaffkeLogPValue(groups, mean);
  if (!log_p && n >= kManyCases) log_p = LogPValueOfMany(groups, mean);
  return ReachOfEvidence(log_p, confidence);
}

// `above` speaks for a value at or above the threshold, `below` for one at or below it.
Reach SidesOf(Direction direction, double above, double below) {
  if (direction == Direction::kAtLeast) return {.pass = above, .fail = below};
  return {.pass = below, .fail = above};
}

ForecastOf ForecastShares(Direction direction, double confidence, std::vector<ClusterGroup> above, double above_mean,
                          std::vector<ClusterGroup> below, double below_mean) {
  return [=](std::int64_t n) {
    return SidesOf(direction, ReachAbove(above, above_mean, n, confidence),
                   ReachAbove(below, below_mean, n, confidence));
  };
}

}  // namespace

ForecastOf ForecastClusteredMean(const ThresholdQuestion& question, std::span<const double> values,
                                 std::span<const std::uint32_t> clusters, const Bounds& bounds) {
  const std::vector<ClusterTotal> totals = TotalsOf(values, clusters);
  if (bounds.method == "clustered_gaffke") {
    const std::vector<ClusterGroup> groups = FewGroups(totals);
    return ForecastShares(question.direction, question.confidence, groups, question.threshold, MirroredGroups(groups),
                          1 - question.threshold);
  }
  const auto mean = ClusteredMean(totals);
  if (bounds.method.empty() || !mean) return [](std::int64_t) { return Reach(); };
  if (bounds.method != "clustered_t") return {};
  // Bounds come nearer to the mean with the root of the number of clusters.
  return [=, size = static_cast<double>(values.size())](std::int64_t n) {
    const double scale = std::sqrt(size / static_cast<double>(n));
    const double lower = *mean - (*mean - bounds.lower) * scale;
    const double upper = *mean + (bounds.upper - *mean) * scale;
    return SidesOf(question.direction, ReachOfBound(lower - question.threshold, false, n),
                   ReachOfBound(question.threshold - upper, false, n));
  };
}

ForecastOf ForecastClusteredQuantile(const ThresholdQuestion& question, std::span<const double> values,
                                     std::span<const std::uint32_t> clusters, double q) {
  const bool is_at_least = question.direction == Direction::kAtLeast;
  // What passes may lie on the threshold, what fails lies beyond it.
  const double infinity = std::numeric_limits<double>::infinity();
  const double above = is_at_least ? question.threshold : std::nextafter(question.threshold, infinity);
  const double below = is_at_least ? std::nextafter(question.threshold, -infinity) : question.threshold;
  return ForecastShares(question.direction, question.confidence,
                        FewGroups(ClusteredSharesAtLeast(values, clusters, above)), 1 - q,
                        FewGroups(ClusteredSharesAtMost(values, clusters, below)), q);
}

}  // namespace assay
