#include "gates/typical_cases.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/random.h"
#include "gates/stats/distributions.h"

namespace assay {
namespace {

// Graded values are marks: so many different ones are enough, and bounds on them take time for each.
constexpr std::size_t kLevels = 20;
using Levels = std::array<double, kLevels>;

double MiddleOf(std::size_t index, std::size_t count) {
  return (static_cast<double>(index) + 0.5) / static_cast<double>(count);
}

std::size_t LevelOf(double place) {
  return std::min(static_cast<std::size_t>(place * static_cast<double>(kLevels)), kLevels - 1);
}

// A beta distribution of that mean, of which the variance is `share` of mean (1 - mean).
Levels BetaLevels(double mean, double share) {
  Levels levels;
  const double size = 1 / share - 1;
  for (std::size_t i = 0; i < kLevels; ++i) {
    levels[i] = BetaQuantile(MiddleOf(i, kLevels), mean * size, (1 - mean) * size).value_or(mean);
  }
  return levels;
}

// Of mean 0 and deviation 1.
Levels NormalLevels() {
  Levels levels;
  double squares = 0;
  for (std::size_t i = 0; i < kLevels; ++i) {
    levels[i] = NormalQuantile(MiddleOf(i, kLevels)).value_or(0);
    squares += levels[i] * levels[i];
  }
  const double deviation = std::sqrt(squares / static_cast<double>(kLevels));
  for (double& level : levels) level /= deviation;
  return levels;
}

double DisagreementAt(double place, double mean, double share) {
  if (place < (share - mean) / 2) return -1;
  return place >= 1 - (share + mean) / 2 ? 1 : 0;
}

std::vector<double> PlacesOf(std::int64_t cases, std::span<const std::uint32_t> clusters, double intracluster,
                             std::uint64_t seed) {
  const auto size = static_cast<std::uint64_t>(cases);
  const Permutation own(size, RandomAt(seed, 0));
  std::vector<double> places;
  for (std::uint64_t i = 0; i < size; ++i) places.push_back(MiddleOf(own.At(i), size));
  if (clusters.empty() || intracluster <= 0) return places;
  const std::uint64_t count = *std::ranges::max_element(clusters) + std::uint64_t{1};
  const Permutation shared(count, RandomAt(seed, 1));
  const Permutation who_shares(size, RandomAt(seed, 2));
  const double share = std::sqrt(intracluster);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (MiddleOf(who_shares.At(i), size) < share) places[i] = MiddleOf(shared.At(clusters[i]), count);
  }
  return places;
}

}  // namespace

double DeviationAt(const Variation& variation, double mean) {
  const double of_unit = std::max(mean * (1 - mean), 0.0);
  switch (variation.form) {
    case VariationForm::kPassFail:
      return std::sqrt(of_unit);
    case VariationForm::kGraded:
      return std::sqrt(variation.parameter * of_unit);
    case VariationForm::kDisagreement:
      return std::sqrt(std::max(variation.parameter - mean * mean, 0.0));
    case VariationForm::kUnbounded:
    case VariationForm::kDifferenceInUnit:
      break;
  }
  return variation.parameter;
}

double DesignEffect(std::span<const std::uint32_t> clusters, double intracluster) {
  if (clusters.empty()) return 1;
  std::vector<double> sizes(*std::ranges::max_element(clusters) + std::size_t{1}, 0);
  for (const std::uint32_t cluster : clusters) sizes[cluster] += 1;
  double squares = 0;
  for (const double size : sizes) squares += size * size;
  return 1 + (squares / static_cast<double>(clusters.size()) - 1) * intracluster;
}

TypicalCases::TypicalCases(const Variation& variation, std::int64_t cases, std::span<const std::uint32_t> clusters,
                           std::uint64_t seed)
    : variation_(variation), places_(PlacesOf(cases, clusters, variation.intracluster, seed)) {}

std::vector<double> TypicalCases::WithMean(double mean) const {
  std::vector<double> values;
  values.reserve(places_.size());
  const auto fill = [&](const auto& value_at) {
    for (const double place : places_) values.push_back(value_at(place));
  };
  const double parameter = variation_.parameter;
  switch (variation_.form) {
    case VariationForm::kPassFail:
      fill([&](double place) { return place >= 1 - mean ? 1.0 : 0.0; });
      break;
    case VariationForm::kGraded:
      if (mean <= 0 || mean >= 1) {
        fill([&](double) { return std::clamp(mean, 0.0, 1.0); });
      } else {
        fill([levels = BetaLevels(mean, parameter)](double place) { return levels[LevelOf(place)]; });
      }
      break;
    case VariationForm::kUnbounded:
      fill([&, levels = NormalLevels()](double place) { return mean + parameter * levels[LevelOf(place)]; });
      break;
    case VariationForm::kDisagreement:
      fill([&](double place) { return DisagreementAt(place, mean, parameter); });
      break;
    case VariationForm::kDifferenceInUnit:
      fill([&](double place) {
        const double evenly = MiddleOf(LevelOf(place), kLevels) - 0.5;  // of variance 1/12
        return std::clamp(mean + parameter * evenly * std::sqrt(12.0), -1.0, 1.0);
      });
      break;
  }
  return values;
}

}  // namespace assay
