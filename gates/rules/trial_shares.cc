#include "gates/rules/trial_shares.h"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

template <class Count>
std::vector<WeightedValue> SharesOf(const std::vector<TrialBox>& boxes, Count count) {
  std::vector<double> shares;
  shares.reserve(boxes.size());
  for (const TrialBox& box : boxes) {
    const auto scored = std::ranges::count_if(box.values, [](double value) { return !std::isnan(value); });
    const auto trials = scored + box.lowest + box.highest + box.unknown;
    if (trials > 0) shares.push_back(static_cast<double>(count(box)) / static_cast<double>(trials));
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

std::vector<WeightedValue> SharesAtMost(const std::vector<TrialBox>& boxes, double place) {
  const bool is_everything = place == std::numeric_limits<double>::infinity();
  return SharesOf(boxes, [&](const TrialBox& box) {
    const auto known = std::ranges::count_if(box.values, [&](double value) { return value <= place; });
    return known + box.lowest + (is_everything ? box.highest + box.unknown : 0);
  });
}

std::vector<WeightedValue> SharesAtLeast(const std::vector<TrialBox>& boxes, double place) {
  const bool is_everything = place == -std::numeric_limits<double>::infinity();
  return SharesOf(boxes, [&](const TrialBox& box) {
    const auto known = std::ranges::count_if(box.values, [&](double value) { return value >= place; });
    return known + box.highest + (is_everything ? box.lowest + box.unknown : 0);
  });
}

}  // namespace assay
