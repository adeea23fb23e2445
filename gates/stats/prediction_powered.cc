#include "gates/stats/prediction_powered.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

double MeanScore(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Of the deviations from the means; divided by n. Exactly 0 for a list of equal values.
double Covariance(std::span<const double> first, std::span<const double> second) {
  const auto is_constant = [](std::span<const double> values) {
    return std::ranges::all_of(values, [&](double value) { return value == values.front(); });
  };
  if (is_constant(first) || is_constant(second)) return 0;
  const double first_mean = MeanScore(first);
  const double second_mean = MeanScore(second);
  double sum = 0;
  for (std::size_t i = 0; i < first.size(); ++i) sum += (first[i] - first_mean) * (second[i] - second_mean);
  return sum / static_cast<double>(first.size());
}

bool AreUsable(const ScoredByBoth& scores) {
  if (scores.human.size() < 2 || scores.human.size() != scores.judge.size() || scores.judge_only.empty()) return false;
  const auto is_finite = [](double value) { return std::isfinite(value); };
  return std::ranges::all_of(scores.human, is_finite) && std::ranges::all_of(scores.judge, is_finite) &&
         std::ranges::all_of(scores.judge_only, is_finite);
}

}  // namespace

std::optional<PredictionPoweredMean> PredictionPowered(const ScoredByBoth& scores, double weight) {
  if (!AreUsable(scores) || !std::isfinite(weight)) return std::nullopt;
  std::vector<double> rectifiers;
  for (std::size_t i = 0; i < scores.human.size(); ++i) {
    rectifiers.push_back(scores.human[i] - weight * scores.judge[i]);
  }
  const double variance = weight * weight * Covariance(scores.judge_only, scores.judge_only) /
                              static_cast<double>(scores.judge_only.size()) +
                          Covariance(rectifiers, rectifiers) / static_cast<double>(rectifiers.size());
  const PredictionPoweredMean result{.weight = weight,
                                     .mean = weight * MeanScore(scores.judge_only) + MeanScore(rectifiers),
                                     .standard_error = std::sqrt(variance)};
  if (!std::isfinite(result.mean) || !std::isfinite(result.standard_error)) return std::nullopt;
  return result;
}

std::optional<PredictionPoweredMean> PredictionPoweredTuned(const ScoredByBoth& scores) {
  if (!AreUsable(scores)) return std::nullopt;
  std::vector<double> all(scores.judge.begin(), scores.judge.end());
  all.insert(all.end(), scores.judge_only.begin(), scores.judge_only.end());
  const auto size = static_cast<double>(all.size());
  const double variance = Covariance(all, all) * size / (size - 1);
  if (!(variance > 0)) return PredictionPowered(scores, 0);
  const auto labelled = static_cast<double>(scores.human.size());
  const double ratio = labelled / static_cast<double>(scores.judge_only.size());
  const double weight = Covariance(scores.human, scores.judge) / ((1 + ratio) * variance);
  return PredictionPowered(scores, std::clamp(weight, 0.0, 1.0));
}

std::optional<Interval> PredictionPoweredInterval(const PredictionPoweredMean& mean, double confidence) {
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z || !(confidence > 0.5) || !(mean.standard_error > 0) || !std::isfinite(mean.standard_error) ||
      !std::isfinite(mean.mean)) {
    return std::nullopt;
  }
  const double half_width = *z * mean.standard_error;
  return Interval{.lower = mean.mean - half_width, .upper = mean.mean + half_width};
}

}  // namespace assay
