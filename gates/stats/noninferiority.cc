#include "gates/stats/noninferiority.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"
#include "gates/stats/paired_binary.h"
#include "gates/stats/proportion.h"

namespace assay {

namespace {

// An open end is one; NaN, ends in the wrong order and no finite value between them are not.
bool IsStatement(const Interval& bounds) {
  return bounds.lower <= bounds.upper && bounds.lower < HUGE_VAL && bounds.upper > -HUGE_VAL;
}

}  // namespace

Showing NonInferior(const Interval& difference, double margin) {
  if (!(margin >= 0) || !std::isfinite(margin) || !IsStatement(difference)) return Showing::kNeither;
  if (difference.lower >= -margin) return Showing::kYes;
  return difference.upper < -margin ? Showing::kNo : Showing::kNeither;
}

Showing Equivalent(const Interval& difference, double low, double high) {
  if (!(low <= high) || !IsStatement(difference)) return Showing::kNeither;
  if (difference.lower >= low && difference.upper <= high) return Showing::kYes;
  return difference.upper < low || difference.lower > high ? Showing::kNo : Showing::kNeither;
}

std::optional<EquivalenceTest> StudentEquivalence(const SampleMoments& moments, double low, double high) {
  if (!(low < high)) return std::nullopt;
  const std::optional<double> above_low = StudentPValueAbove(moments, low);
  const std::optional<double> below_high = StudentPValueBelow(moments, high);
  if (!above_low || !below_high) return std::nullopt;
  return EquivalenceTest{*above_low, *below_high, std::max(*above_low, *below_high)};
}

std::optional<std::int64_t> EqualCasesNeededByTango(double margin, double confidence) {
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z || !(confidence > 0.5) || !(margin > 0 && margin < 1)) return std::nullopt;
  const double exact = *z * *z * (1 - margin) / margin;  // where z^2 / (n + z^2) is the margin
  if (!(exact < 9007199254740992.0)) return std::nullopt;
  // Rounding may be an ulp off on either side of an integer; the bound itself decides.
  auto n = std::max<std::int64_t>(2, static_cast<std::int64_t>(std::floor(exact)));
  const auto shows = [&](std::int64_t cases) {
    const std::optional<Interval> bounds = TangoScore({.both = cases}, confidence);
    return !bounds || bounds->lower >= -margin;  // beyond what it takes, the quotient is the answer
  };
  while (!shows(n)) ++n;
  return n;
}

std::optional<std::int64_t> EqualCasesNeededByBoundedMean(double margin, double confidence) {
  if (!(confidence > 0.5)) return std::nullopt;
  const std::optional<std::int64_t> needed = ZeroFailuresNeeded(margin, confidence);
  if (!needed) return std::nullopt;
  return std::max<std::int64_t>(2, *needed);
}

}  // namespace assay
