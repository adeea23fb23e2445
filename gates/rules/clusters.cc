#include "gates/rules/clusters.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gates/rules/reducer.h"
#include "gates/stats/cluster_bound.h"
#include "gates/stats/mean.h"

namespace assay {
namespace {

// How much more the mean varies than that of independent cases would, by the values of the cases that have one, of
// comparisons by their differences. Absent for a quantile, and where nothing varies.
std::optional<double> DesignEffectOf(const PartInput& input) {
  if (!input.metric || QuantileOf(input.shape().aggregate)) return std::nullopt;
  Reducer reducer(input.suite, *input.metric);
  std::optional<Reducer> baseline;
  if (input.baseline != nullptr) baseline.emplace(*input.baseline, *input.metric);
  std::vector<double> values;
  std::vector<std::uint32_t> cases;
  for (const std::uint32_t ordinal : input.cases) {
    const auto ours = reducer.ValueOf(ordinal);
    const auto theirs = baseline ? baseline->ValueOf(ordinal) : std::optional(0.0);
    if (!ours || !theirs) continue;
    values.push_back(*ours - *theirs);
    cases.push_back(ordinal);
  }
  const auto moments = MomentsOf(values);
  if (!moments || moments->n < 2) return std::nullopt;
  const double squares = moments->deviation * moments->deviation * static_cast<double>(moments->n - 1);
  return DesignEffect(TotalsOf(values, ClustersOf(input.suite, cases)), squares);
}

}  // namespace

std::vector<std::uint32_t> ClustersOf(const SuiteObservations& suite, std::span<const std::uint32_t> cases) {
  if (!suite.HasClusters()) return {};
  constexpr std::uint32_t kNoNumber = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(suite.clusters()), kNoNumber);
  std::uint32_t next = 0;
  std::vector<std::uint32_t> clusters;
  clusters.reserve(cases.size());
  for (const std::uint32_t ordinal : cases) {
    std::uint32_t& number = numbers[suite.ClusterOf(ordinal)];
    if (number == kNoNumber) number = next++;
    clusters.push_back(number);
  }
  return clusters;
}

std::vector<ClusterTotal> TotalsOf(std::span<const double> values, std::span<const std::uint32_t> clusters) {
  std::vector<ClusterTotal> totals;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i] >= totals.size()) totals.resize(clusters[i] + std::size_t{1});
    ClusterTotal& total = totals[clusters[i]];
    total.sum += values[i];
    total.magnitude += std::fabs(values[i]);
    ++total.size;
  }
  return totals;
}

std::optional<PartClusters> DescribeClusters(const PartInput& input) {
  if (!input.suite.HasClusters()) return std::nullopt;
  PartClusters described;
  std::vector<std::int64_t> sizes;
  for (const std::uint32_t cluster : ClustersOf(input.suite, input.cases)) {
    if (cluster >= sizes.size()) sizes.resize(cluster + std::size_t{1});
    described.largest = std::max(described.largest, ++sizes[cluster]);
  }
  described.count = std::ssize(sizes);
  described.design_effect = DesignEffectOf(input);
  return described;
}

std::string InClusters(const std::optional<PartClusters>& clusters) {
  if (!clusters) return "";
  return " in " + std::to_string(clusters->count) + (clusters->count == 1 ? " cluster" : " clusters");
}

}  // namespace assay
