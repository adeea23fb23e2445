#include "gates/stats/drift.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

bool IsEwmaWeight(double weight) { return weight > 0 && weight <= 1; }
bool IsScale(double value) { return value > 0 && std::isfinite(value); }

bool AreFiniteValues(std::span<const double> values) {
  return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

// 1 - (1 - weight)^(2 count), the share of the steady state's variance that is there after `count` values.
double ShareOfVariance(double weight, double count) {
  if (weight == 1) return count > 0 ? 1 : 0;
  return -std::expm1(2 * count * std::log1p(-weight));
}

std::optional<double> EwmaHalfWidthAt(const EwmaChart& chart, double share) {
  if (!IsEwmaWeight(chart.weight) || !IsScale(chart.deviation) || !IsScale(chart.width)) return std::nullopt;
  const double half_width = chart.width * chart.deviation * std::sqrt(chart.weight / (2 - chart.weight) * share);
  if (!std::isfinite(half_width)) return std::nullopt;
  return half_width;
}

}  // namespace

std::optional<std::vector<double>> EwmaSeries(std::span<const double> values, double weight, double start) {
  if (!IsEwmaWeight(weight) || !std::isfinite(start) || !AreFiniteValues(values)) return std::nullopt;
  std::vector<double> series;
  double average = start;
  for (const double value : values) {
    average = weight * value + (1 - weight) * average;
    series.push_back(average);
  }
  return series;
}

std::optional<double> EwmaHalfWidth(const EwmaChart& chart, std::size_t count) {
  if (!IsEwmaWeight(chart.weight)) return std::nullopt;
  return EwmaHalfWidthAt(chart, ShareOfVariance(chart.weight, static_cast<double>(count)));
}

std::optional<double> EwmaHalfWidth(const EwmaChart& chart) { return EwmaHalfWidthAt(chart, 1); }

std::optional<double> EwmaHalfWidth(const EwmaChart& chart, std::size_t count, std::size_t reference) {
  const auto factor = EstimateFactor(reference);
  if (!IsEwmaWeight(chart.weight) || !IsScale(chart.deviation) || !IsScale(chart.width) || !factor || reference > count)
    return std::nullopt;
  double in_reference = 0;  // sums of the weights and of their squares
  double squares_in_reference = 0;
  double behind = 0;
  double squares_behind = 0;
  double weight = chart.weight;  // of the newest
  for (std::size_t i = count; i-- > 0; weight *= 1 - chart.weight) {
    (i < reference ? in_reference : behind) += weight;
    (i < reference ? squares_in_reference : squares_behind) += weight * weight;
  }
  const auto size = static_cast<double>(reference);
  const double contrast = squares_in_reference - in_reference * in_reference / size;
  const double beside = squares_behind + behind * behind / size;
  return chart.width * chart.deviation * std::sqrt(contrast + *factor * *factor * beside);
}

std::optional<double> EstimateFactor(std::size_t count) {
  constexpr double kDeviations = 3;
  if (count < 2) return std::nullopt;
  const auto chance = NormalCdf(-kDeviations);
  const auto t = chance ? StudentTQuantile(*chance, static_cast<double>(count - 1)) : std::nullopt;
  if (!t) return std::nullopt;
  return -*t / kDeviations;
}

std::optional<std::vector<CusumSums>> CusumSeries(std::span<const double> values, const CusumChart& chart) {
  if (!std::isfinite(chart.mean) || !IsScale(chart.deviation) || !(chart.slack >= 0) || !std::isfinite(chart.slack) ||
      !AreFiniteValues(values)) {
    return std::nullopt;
  }
  std::vector<CusumSums> series;
  CusumSums sums;
  for (const double value : values) {
    const double z = (value - chart.mean) / chart.deviation;
    sums = {.high = std::max(0.0, sums.high + z - chart.slack), .low = std::max(0.0, sums.low - z - chart.slack)};
    if (!std::isfinite(z) || !std::isfinite(sums.high) || !std::isfinite(sums.low)) return std::nullopt;
    series.push_back(sums);
  }
  return series;
}

std::optional<std::size_t> FirstAlarm(std::span<const CusumSums> sums, double threshold) {
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (!(sums[i].high < threshold && sums[i].low < threshold)) return i;
  }
  return std::nullopt;
}

std::optional<PageHinkleyResult> PageHinkley(std::span<const double> values, const PageHinkleyChart& chart) {
  if (!(chart.tolerance >= 0) || !std::isfinite(chart.tolerance) || !IsScale(chart.threshold) ||
      !(chart.memory > 0 && chart.memory <= 1) || !AreFiniteValues(values)) {
    return std::nullopt;
  }
  double mean = 0;
  double sum = 0;
  double least = HUGE_VAL;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto count = static_cast<double>(i + 1);
    mean += (values[i] - mean) / count;
    sum = chart.memory * sum + values[i] - mean - chart.tolerance;
    if (!std::isfinite(sum)) return std::nullopt;
    least = std::min(least, sum);
    if (i + 1 >= chart.least_values && sum - least > chart.threshold) return PageHinkleyResult{i, sum - least};
  }
  return PageHinkleyResult{.rise = values.empty() ? 0 : sum - least};
}

}  // namespace assay
