#include "tests/gates/stats/methods/asymptotic_sequence.h"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

// n rho^2, with the rho that is best at the number of cases tuned for.
std::optional<double> TunedCount(std::int64_t n, double deviation, const AsymptoticSequence& sequence) {
  const double alpha = sequence.sides == Sides::kOne ? 2 * sequence.alpha : sequence.alpha;
  if (n < 2 || !(deviation > 0) || !std::isfinite(deviation)) return std::nullopt;
  if (!(alpha > 0 && alpha < 1) || !(sequence.tuned_for > 0) || !std::isfinite(sequence.tuned_for)) return std::nullopt;
  const double twice = -2 * std::log(alpha);
  const double count = static_cast<double>(n) * (twice + std::log1p(twice)) / sequence.tuned_for;
  if (!(count > 0) || !std::isfinite(count)) return std::nullopt;
  return count;
}

}  // namespace

std::optional<double> AsymptoticHalfWidth(std::int64_t n, double deviation, const AsymptoticSequence& sequence) {
  const std::optional<double> count = TunedCount(n, deviation, sequence);
  if (!count) return std::nullopt;
  const double root = std::sqrt(*count + 1);
  // One side: the closed form that bounds the one-sided normal mixture from above.
  const double terms =
      sequence.sides == Sides::kOne ? std::log1p(root / (2 * sequence.alpha)) : std::log(root / sequence.alpha);
  const double width = deviation * std::sqrt(2 * (1 + 1 / *count) / static_cast<double>(n) * terms);
  if (!std::isfinite(width)) return std::nullopt;
  return width;
}

std::optional<double> AsymptoticPValue(double distance, std::int64_t n, double deviation,
                                       const AsymptoticSequence& sequence) {
  const std::optional<double> count = TunedCount(n, deviation, sequence);
  if (!count || sequence.sides != Sides::kTwo || !std::isfinite(distance)) return std::nullopt;
  const double z = distance / deviation * std::sqrt(static_cast<double>(n));
  return std::min(1.0, std::exp(std::log1p(*count) / 2 - z * z / (2 * (1 + 1 / *count))));
}

}  // namespace assay
