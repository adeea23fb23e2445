#include "gates/stats/cluster_bound.h"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gates/stats/distributions.h"
#include "gates/stats/gaffke.h"

namespace assay {
namespace {

constexpr double kRelativeRounding = 1e-12;  // of a sum of values
constexpr double kBoundTolerance = 1e-10;
constexpr double kLeastLogarithm = -700;
constexpr std::size_t kMostExactClusters = 8192;
constexpr double kCellsOfACluster = 8192;

using SolvePolicy =
    boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

// Of values in [0, 1]; from above each value is taken from 1. Absent where that is not so.
std::optional<std::vector<ClusterGroup>> UnitGroups(std::span<const ClusterTotal> totals, bool is_mirrored) {
  std::vector<ClusterGroup> groups;
  groups.reserve(totals.size());
  for (const ClusterTotal& total : totals) {
    const auto size = static_cast<double>(total.size);
    if (total.size < 1 || !(total.sum >= 0 && total.sum <= size * (1 + kRelativeRounding))) return std::nullopt;
    const double sum = std::min(total.sum, size);
    groups.push_back({.sum = is_mirrored ? size - sum : sum, .size = size, .weight = 1});
  }
  return groups;
}

// Whole cases stay what they are.
void RoundDown(std::vector<ClusterGroup>& groups) {
  for (ClusterGroup& group : groups) {
    const double cells = std::ceil(kCellsOfACluster / group.size);
    group.sum = std::floor(group.sum * cells) / cells;
  }
}

std::vector<ClusterGroup> Joined(std::vector<ClusterGroup> groups) {
  std::ranges::sort(groups, [](const ClusterGroup& a, const ClusterGroup& b) {
    return a.size != b.size ? a.size < b.size : a.sum < b.sum;
  });
  std::vector<ClusterGroup> joined;
  for (const ClusterGroup& group : groups) {
    if (!joined.empty() && joined.back().size == group.size && joined.back().sum == group.sum) {
      joined.back().weight += group.weight;
    } else {
      joined.push_back(group);
    }
  }
  return joined;
}

double GreatestSize(std::span<const ClusterGroup> groups) {
  return std::ranges::max_element(groups, {}, &ClusterGroup::size)->size;
}

// Of the S_c - m K_c, moved and scaled so that they lie in [0, 1], the added value at 0 and their mean, if the true
// mean is m, at m.
std::optional<double> LogPValueAt(std::span<const ClusterGroup> groups, double greatest, double mean) {
  std::vector<WeightedValue> values;
  values.reserve(groups.size());
  for (const ClusterGroup& group : groups) {
    const double value = (group.sum + mean * (greatest - group.size)) / greatest;
    values.push_back({std::clamp(value, 0.0, 1.0), group.weight});
  }
  return GaffkeLogPValue(values, mean);
}

// Of clusters of one size.
std::optional<double> LowerOfMeans(std::span<const ClusterGroup> groups, double confidence) {
  std::vector<WeightedValue> means;
  means.reserve(groups.size());
  for (const ClusterGroup& group : groups) means.push_back({group.sum / group.size, group.weight});
  return GaffkeLower(means, confidence);
}

std::optional<double> LowerOf(std::optional<std::vector<ClusterGroup>> groups, double confidence) {
  if (!groups || groups->size() < 2 || !(confidence > 0 && confidence < 1)) return std::nullopt;
  if (groups->size() > kMostExactClusters) RoundDown(*groups);
  const std::vector<ClusterGroup> joined = Joined(*std::move(groups));
  const double greatest = joined.back().size;
  if (joined.front().size == greatest) return LowerOfMeans(joined, confidence);
  if (std::ranges::all_of(joined, [](const ClusterGroup& group) { return group.sum == 0; })) return 0.0;
  bool is_found = true;
  const double target = std::log1p(-confidence);
  const auto excess = [&](double mean) {
    const auto log = LogPValueAt(joined, greatest, mean);
    is_found = is_found && log.has_value();
    return std::max(log.value_or(0), kLeastLogarithm) - target;
  };
  double sum = 0;
  double size = greatest;
  for (const ClusterGroup& group : joined) {
    sum += group.weight * group.sum;
    size += group.weight * group.size;
  }
  // At the mean with the added cluster the p-value is about one half; small confidences lie above it.
  double low = 0;
  double high = confidence > 0.5 ? sum / size : 1;
  if (excess(high) < 0) high = 1;
  const double at_low = std::max(-1 / kBoundTolerance, kLeastLogarithm - target);
  const double at_high = excess(high);
  if (!is_found || !(at_high >= 0)) return std::nullopt;
  if (at_high == 0) return high * (1 - kBoundTolerance);
  const auto is_close = [](double a, double b) { return b - a <= kBoundTolerance * b; };
  std::uintmax_t iterations = 200;
  low =
      boost::math::tools::toms748_solve(excess, low, high, at_low, at_high, is_close, iterations, SolvePolicy()).first;
  if (!is_found) return std::nullopt;
  return low;
}

}  // namespace

std::optional<double> ClusteredGaffkeLower(std::span<const ClusterTotal> totals, double confidence) {
  return LowerOf(UnitGroups(totals, false), confidence);
}

std::optional<double> ClusteredGaffkeUpper(std::span<const ClusterTotal> totals, double confidence) {
  const std::optional<double> lower = LowerOf(UnitGroups(totals, true), confidence);
  if (!lower) return std::nullopt;
  return 1 - *lower;
}

std::optional<double> ClusteredGaffkePValue(std::span<const ClusterGroup> groups, double mean) {
  const std::optional<double> log = ClusteredGaffkeLogPValue(groups, mean);
  if (!log) return std::nullopt;
  return std::exp(*log);
}

std::optional<double> ClusteredGaffkeLogPValue(std::span<const ClusterGroup> groups, double mean) {
  double clusters = 0;
  for (const ClusterGroup& group : groups) {
    if (!(group.size >= 1) || !std::isfinite(group.size) || !(group.sum >= 0 && group.sum <= group.size)) {
      return std::nullopt;
    }
    clusters += group.weight;
  }
  if (!(clusters >= 2) || !(mean >= 0 && mean <= 1)) return std::nullopt;
  return LogPValueAt(groups, GreatestSize(groups), mean);
}

std::vector<ClusterGroup> GroupedClusters(std::span<const ClusterTotal> totals) {
  std::vector<ClusterGroup> groups;
  groups.reserve(totals.size());
  for (const ClusterTotal& total : totals) groups.push_back({total.sum, static_cast<double>(total.size), 1});
  return Joined(std::move(groups));
}

std::optional<double> JackknifeHalfWidth(std::span<const ClusterTotal> totals, double confidence) {
  if (!(confidence > 0.5 && confidence < 1)) return std::nullopt;
  if (!ClusteredStandardError(totals, ClusterCorrection::kNone)) return std::nullopt;
  double sum = 0;
  double size = 0;
  for (const ClusterTotal& total : totals) {
    sum += total.sum;
    size += static_cast<double>(total.size);
  }
  double squares = 0;
  for (const ClusterTotal& total : totals) {
    const double rest = size - static_cast<double>(total.size);
    // The mean without the cluster, less the mean: written so that sums of like clusters give exactly 0.
    const double pull = (static_cast<double>(total.size) * (sum / size) - total.sum) / rest;
    squares += pull * pull;
  }
  const auto clusters = static_cast<double>(totals.size());
  const double error = std::sqrt(squares * (clusters - 1) / clusters);
  const double freedom = std::max(EffectiveClusters(totals).value_or(0) - 1, 1.0);
  const std::optional<double> t = StudentTQuantile(confidence, freedom);
  if (!t || !std::isfinite(error)) return std::nullopt;
  return *t * error;
}

std::optional<double> DesignEffect(std::span<const ClusterTotal> totals, double squares) {
  const auto error = ClusteredStandardError(totals, ClusterCorrection::kFewClustersRatio);
  if (!error || !(squares > 0) || !std::isfinite(squares)) return std::nullopt;
  double size = 0;
  for (const ClusterTotal& total : totals) size += static_cast<double>(total.size);
  if (size < 2) return std::nullopt;
  return *error * *error / (squares / (size - 1) / size);
}

}  // namespace assay
