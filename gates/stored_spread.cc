#include "gates/stored_spread.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "gates/stats/mean.h"

namespace assay {
namespace {

struct Group {
  double count = 0;
  double sum = 0;
};

// (MSB - MSW) / (MSB + (m - 1) MSW) of groups of m values, for unequal ones with Fleiss's mean size (Design and
// Analysis of Clinical Experiments, 1986, section 1.3). Absent of a single group, and where no group has two values.
std::optional<double> CorrelationIn(const std::vector<double>& values, const std::vector<std::uint32_t>& clusters) {
  std::map<std::uint32_t, Group> groups;
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Group& group = groups[clusters[i]];
    group.count += 1;
    group.sum += values[i];
    total += values[i];
  }
  const auto n = static_cast<double>(values.size());
  const auto k = static_cast<double>(groups.size());
  if (k < 2 || n <= k) return std::nullopt;
  double between = 0;
  double within = 0;
  double squares = 0;
  for (const auto& [code, group] : groups) {
    const double off = group.sum / group.count - total / n;
    between += group.count * off * off;
    squares += group.count * group.count;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Group& group = groups[clusters[i]];
    const double off = values[i] - group.sum / group.count;
    within += off * off;
  }
  between /= k - 1;
  within /= n - k;
  const double size = (n - squares / n) / (k - 1);
  const double all = between + (size - 1) * within;
  return all > 0 ? std::clamp((between - within) / all, 0.0, 1.0) : 0.0;
}

void AddDifferences(const StoredValues& newest, const StoredValues& other, MetricSpread& spread) {
  std::vector<double> differences;
  double distance = 0;
  for (std::size_t i = 0; i < std::min(newest.values.size(), other.values.size()); ++i) {
    if (!newest.values[i] || !other.values[i]) continue;
    differences.push_back(*newest.values[i] - *other.values[i]);
    distance += std::abs(differences.back());
  }
  const auto moments = MomentsOf(differences);
  if (!moments || std::ssize(differences) < kLeastPairs) return;
  const auto count = static_cast<double>(differences.size());
  // Two runs that never differ do not show that two models never do: at least as if they did on one case more.
  spread.discordance = std::max(distance / count, 1 / (count + 1));
  if (moments->deviation > 0) spread.difference_deviation = moments->deviation;
  spread.pair = newest.source + " and " + other.source;
}

}  // namespace

MetricSpread SpreadOfStored(const StoredValues& newest, const StoredValues* other,
                            std::span<const std::uint32_t> clusters, bool is_graded) {
  MetricSpread spread{.is_graded = is_graded};
  std::vector<double> values;
  std::vector<std::uint32_t> of_values;
  for (std::size_t i = 0; i < newest.values.size(); ++i) {
    if (!newest.values[i]) continue;
    values.push_back(*newest.values[i]);
    if (i < clusters.size()) of_values.push_back(clusters[i]);
  }
  const auto moments = MomentsOf(values);
  if (!moments || moments->n < 2) return spread;
  spread.source = newest.source;
  spread.mean = moments->mean;
  if (moments->deviation > 0) spread.deviation = moments->deviation;
  if (!clusters.empty() && of_values.size() == values.size()) spread.intracluster = CorrelationIn(values, of_values);
  if (other != nullptr) AddDifferences(newest, *other, spread);
  return spread;
}

}  // namespace assay
