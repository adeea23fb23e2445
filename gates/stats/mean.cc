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

std::optional<double> StudentHalfWidth(const SampleMoments& moments, double confidence) {
  if (moments.n < 2 || !(moments.deviation > 0) || !std::isfinite(moments.deviation)) return std::nullopt;
  if (!(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const std::optional<double> t = StudentTQuantile(confidence, static_cast<double>(moments.n - 1));
  if (!t) return std::nullopt;
  return *t * moments.deviation / std::sqrt(static_cast<double>(moments.n));
}

}  // namespace assay
