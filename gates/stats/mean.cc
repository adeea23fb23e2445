#include "gates/stats/mean.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {

std::optional<SampleMoments> MomentsOf(std::span<const double> values) {
  SampleMoments moments;
  if (values.empty()) return moments;
  double sum = 0;
  for (const double value : values) sum += value;
  if (!std::isfinite(sum)) return std::nullopt;
  moments.n = static_cast<std::int64_t>(values.size());
  moments.mean = sum / static_cast<double>(moments.n);
  // Equal values must give exactly zero, although their mean may be off by an ulp.
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) {
    moments.mean = *least;
    return moments;
  }
  double squares = 0;
  for (const double value : values) squares += (value - moments.mean) * (value - moments.mean);
  moments.deviation = std::sqrt(squares / static_cast<double>(moments.n - 1));
  if (!std::isfinite(moments.deviation)) return std::nullopt;
  return moments;
}

std::optional<double> MeanOf(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (const double value : values) sum += value;
  if (!std::isfinite(sum)) return std::nullopt;
  const bool are_equal = std::ranges::all_of(values, [&](double value) { return value == values.front(); });
  return are_equal ? values.front() : sum / static_cast<double>(values.size());
}

std::optional<double> StandardError(const SampleMoments& moments) {
  if (moments.n < 2 || !(moments.deviation > 0) || !std::isfinite(moments.deviation)) return std::nullopt;
  return moments.deviation / std::sqrt(static_cast<double>(moments.n));
}

std::optional<double> BernoulliStandardError(double p, std::int64_t n) {
  if (n < 2 || !(p > 0 && p < 1)) return std::nullopt;
  return std::sqrt(p * (1 - p) / static_cast<double>(n));
}

std::optional<double> StudentHalfWidth(const SampleMoments& moments, double confidence) {
  const std::optional<double> error = StandardError(moments);
  if (!error || !(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const std::optional<double> t = StudentTQuantile(confidence, static_cast<double>(moments.n - 1));
  if (!t) return std::nullopt;
  return *t * *error;
}

std::optional<double> StudentPValueAbove(const SampleMoments& moments, double bound) {
  const std::optional<double> error = StandardError(moments);
  if (!error || !std::isfinite(moments.mean) || !std::isfinite(bound)) return std::nullopt;
  return StudentTCdf((bound - moments.mean) / *error, static_cast<double>(moments.n - 1));
}

std::optional<double> StudentPValueBelow(const SampleMoments& moments, double bound) {
  const std::optional<double> error = StandardError(moments);
  if (!error || !std::isfinite(moments.mean) || !std::isfinite(bound)) return std::nullopt;
  return StudentTCdf((moments.mean - bound) / *error, static_cast<double>(moments.n - 1));
}

}  // namespace assay
