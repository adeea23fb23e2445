#include "gates/rules/clustered_bounds.h"

#include <algorithm>
#include <cmath>

#include "gates/rules/clusters.h"
#include "gates/rules/trial_shares.h"
#include "gates/stats/cluster_bound.h"

namespace assay {
namespace {

constexpr double kBeyondAll = std::numeric_limits<double>::infinity();
constexpr std::string_view kClusteredGaffke = "clustered_gaffke";

// The values at which a share can change, with what lies beyond all of them.
std::vector<double> DistinctPlaces(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  values.push_back(-kBeyondAll);
  values.push_back(kBeyondAll);
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

bool IsShown(const std::vector<double>& shares, std::span<const std::uint32_t> clusters, double mean,
             double confidence) {
  const auto p = ClusteredGaffkePValue(GroupedClusters(TotalsOf(shares, clusters)), mean);
  return p && *p <= 1 - confidence;
}

// `at_most(place)` gives for each case the share of it that is surely at or below, `at_least` at or above.
template <class AtMost, class AtLeast>
Bounds QuantileOver(const std::vector<double>& places, std::span<const std::uint32_t> clusters, double q,
                    double confidence, const AtMost& at_most, const AtLeast& at_least) {
  Bounds bounds;
  bounds.method = kClusteredGaffke;
  const auto is_at_or_below = [&](double place) { return IsShown(at_most(place), clusters, q, confidence); };
  const auto is_at_or_above = [&](double place) { return IsShown(at_least(place), clusters, 1 - q, confidence); };
  const auto above = std::partition_point(places.begin(), places.end(), [&](double x) { return !is_at_or_below(x); });
  if (above != places.end()) bounds.upper = *above;
  const auto below = std::partition_point(places.begin(), places.end(), is_at_or_above);
  if (below != places.begin()) bounds.lower = *std::prev(below);
  return bounds;
}

template <class Holds>
std::vector<ClusterTotal> Where(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                const Holds& holds) {
  std::vector<double> shares;
  shares.reserve(values.size());
  for (const double value : values) shares.push_back(holds(value) ? 1 : 0);
  return TotalsOf(shares, clusters);
}

}  // namespace

Bounds ClusteredUnitMeanBounds(std::span<const ValueBox> boxes, std::span<const std::uint32_t> clusters,
                               double confidence) {
  std::vector<double> lows;
  std::vector<double> highs;
  for (const ValueBox& box : boxes) {
    lows.push_back(box.low);
    highs.push_back(box.high);
  }
  Bounds bounds;
  bounds.method = kClusteredGaffke;
  const std::vector<ClusterTotal> low_totals = TotalsOf(lows, clusters);
  if (low_totals.size() < 2) return bounds;
  bounds.lower = ClusteredGaffkeLower(low_totals, confidence).value_or(0);
  bounds.upper = ClusteredGaffkeUpper(TotalsOf(highs, clusters), confidence).value_or(1);
  return bounds;
}

Bounds ClusteredUnboundedMeanBounds(std::span<const ValueBox> boxes, std::span<const std::uint32_t> clusters,
                                    double confidence) {
  const auto is_known = [](const ValueBox& box) { return box.low == box.high && std::isfinite(box.low); };
  if (!std::ranges::all_of(boxes, is_known)) {
    // What is unknown leaves open what it leaves open of independent cases.
    return UnboundedMeanBounds({boxes.begin(), boxes.end()}, confidence);
  }
  std::vector<double> values;
  for (const ValueBox& box : boxes) values.push_back(box.low);
  const std::vector<ClusterTotal> totals = TotalsOf(values, clusters);
  const auto mean = ClusteredMean(totals);
  const auto half_width = JackknifeHalfWidth(totals, confidence);
  if (!mean || !half_width) return {};
  return {*mean - *half_width, *mean + *half_width, "clustered_t"};
}

Bounds ClusteredQuantileBounds(std::span<const ValueBox> boxes, std::span<const std::uint32_t> clusters, double q,
                               double confidence) {
  std::vector<double> ends;
  for (const ValueBox& box : boxes) ends.insert(ends.end(), {box.low, box.high});
  // Everything is at most +∞ and at least -∞.
  const auto at_most = [&](double place) {
    std::vector<double> shares;
    for (const ValueBox& box : boxes) shares.push_back(box.high <= place ? 1 : 0);
    return shares;
  };
  const auto at_least = [&](double place) {
    std::vector<double> shares;
    for (const ValueBox& box : boxes) shares.push_back(box.low >= place ? 1 : 0);
    return shares;
  };
  return QuantileOver(DistinctPlaces(std::move(ends)), clusters, q, confidence, at_most, at_least);
}

Bounds ClusteredTrialQuantileBounds(const std::vector<TrialBox>& boxes, std::span<const std::uint32_t> clusters,
                                    double q, double confidence) {
  std::vector<double> values;
  for (const TrialBox& box : boxes) values.insert(values.end(), box.values.begin(), box.values.end());
  const auto at_most = [&](double place) {
    std::vector<double> shares;
    for (const TrialBox& box : boxes) shares.push_back(ShareAtMost(box, place));
    return shares;
  };
  const auto at_least = [&](double place) {
    std::vector<double> shares;
    for (const TrialBox& box : boxes) shares.push_back(ShareAtLeast(box, place));
    return shares;
  };
  return QuantileOver(DistinctPlaces(std::move(values)), clusters, q, confidence, at_most, at_least);
}

std::vector<ClusterTotal> ClusteredSharesAtMost(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                                double place) {
  return Where(values, clusters, [&](double value) { return value <= place; });
}

std::vector<ClusterTotal> ClusteredSharesAtLeast(std::span<const double> values,
                                                 std::span<const std::uint32_t> clusters, double place) {
  return Where(values, clusters, [&](double value) { return value >= place; });
}

}  // namespace assay
