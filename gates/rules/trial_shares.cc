#include "gates/rules/trial_shares.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace assay {
namespace {

// Trials of the case, missing ones included.
std::int64_t TrialsOf(const TrialBox& box) {
  const auto scored = std::ranges::count_if(box.values, [](double value) { return !std::isnan(value); });
  return scored + box.lowest + box.highest + box.unknown;
}

double ShareOf(std::int64_t count, const TrialBox& box) {
  const std::int64_t trials = TrialsOf(box);
  return trials > 0 ? static_cast<double>(count) / static_cast<double>(trials) : 0;
}

template <class Share>
std::vector<WeightedValue> SharesOf(const std::vector<TrialBox>& boxes, Share share) {
  std::vector<double> shares;
  shares.reserve(boxes.size());
  for (const TrialBox& box : boxes) {
    if (TrialsOf(box) > 0) shares.push_back(share(box));
  }
  return Grouped(std::move(shares));
}

}  // namespace

std::vector<WeightedValue> Grouped(std::vector<double> values) {
  std::ranges::sort(values);
  std::vector<WeightedValue> groups;
  for (const double value : values) {
    if (groups.empty() || groups.back().value != value) groups.push_back({value, 0});
    groups.back().weight += 1;
  }
  return groups;
}

double ShareAtMost(const TrialBox& box, double place) {
  const bool is_everything = place == std::numeric_limits<double>::infinity();
  const auto known = std::ranges::count_if(box.values, [&](double value) { return value <= place; });
  return ShareOf(known + box.lowest + (is_everything ? box.highest + box.unknown : 0), box);
}

double ShareAtLeast(const TrialBox& box, double place) {
  const bool is_everything = place == -std::numeric_limits<double>::infinity();
  const auto known = std::ranges::count_if(box.values, [&](double value) { return value >= place; });
  return ShareOf(known + box.highest + (is_everything ? box.lowest + box.unknown : 0), box);
}

std::vector<WeightedValue> SharesAtMost(const std::vector<TrialBox>& boxes, double place) {
  return SharesOf(boxes, [&](const TrialBox& box) { return ShareAtMost(box, place); });
}

std::vector<WeightedValue> SharesAtLeast(const std::vector<TrialBox>& boxes, double place) {
  return SharesOf(boxes, [&](const TrialBox& box) { return ShareAtLeast(box, place); });
}

}  // namespace assay
