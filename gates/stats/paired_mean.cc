#include "gates/stats/paired_mean.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/gaffke.h"

namespace assay {
namespace {

// Of the greatest score: how far differences of scores lie apart that would be equal in exact arithmetic.
constexpr double kDifferenceRounding = 1e-12;

// Equal values once, with their number; ascending.
std::vector<WeightedValue> Counted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::vector<WeightedValue> counted;
  for (const double value : values) {
    if (counted.empty() || counted.back().value != value) counted.push_back({.value = value, .weight = 0});
    counted.back().weight += 1;
  }
  return counted;
}

}  // namespace

std::optional<std::vector<double>> PairedDifferences(std::span<const double> first, std::span<const double> second) {
  if (first.size() != second.size()) return std::nullopt;
  std::vector<double> differences;
  differences.reserve(first.size());
  double greatest = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    differences.push_back(first[i] - second[i]);
    if (!std::isfinite(differences.back())) return std::nullopt;
    greatest = std::max({greatest, std::fabs(first[i]), std::fabs(second[i])});
  }
  if (differences.empty()) return differences;
  const auto [least, most] = std::minmax_element(differences.begin(), differences.end());
  if (*most - *least <= kDifferenceRounding * greatest) {
    // Towards 0 of the two ends: models that agree but for rounding agree.
    const double shift = *least <= 0 && *most >= 0 ? 0 : (*least + *most) / 2;
    differences.assign(differences.size(), shift);
  }
  return differences;
}

std::optional<Interval> BoundedMeanInterval(std::span<const double> values, double confidence) {
  if (values.size() < 2 || !(confidence > 0.5 && confidence < 1)) return std::nullopt;
  std::vector<double> shares;
  shares.reserve(values.size());
  for (const double value : values) {
    if (!(value >= -1 && value <= 1)) return std::nullopt;
    shares.push_back((1 + value) / 2);
  }
  const std::vector<WeightedValue> counted = Counted(std::move(shares));
  const std::optional<double> lower = GaffkeLower(counted, confidence);
  const std::optional<double> upper = GaffkeUpper(counted, confidence);
  if (!lower || !upper) return std::nullopt;
  return Interval{2 * *lower - 1, 2 * *upper - 1};
}

}  // namespace assay
