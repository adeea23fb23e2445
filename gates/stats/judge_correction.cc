#include "gates/stats/judge_correction.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

constexpr std::int64_t kMostLabels = std::int64_t{1} << 53;
// Of a judge that is believed to be perfect, as the reference implementation has it.
constexpr double kLeastErrorRate = 1e-6;

bool IsRate(double rate) { return rate >= 0 && rate <= 1; }
bool IsPart(std::int64_t part, std::int64_t whole) { return part >= 0 && part <= whole; }

// How much better than a coin the judge is, in (0, 1].
std::optional<double> Youden(const JudgeErrorRates& rates) {
  if (!IsRate(rates.sensitivity) || !IsRate(rates.specificity)) return std::nullopt;
  const double youden = rates.sensitivity + rates.specificity - 1;
  if (!(youden > 0)) return std::nullopt;
  return youden;
}

double VarianceOfRate(double rate, double n) { return rate * (1 - rate) / n; }

struct DeltaMethod {
  double rate;  // not clipped
  double standard_error;
};

DeltaMethod DeltaMethodOf(const JudgedRates& judged, double youden) {
  const double rate = (judged.judged_rate + judged.rates.specificity - 1) / youden;
  const double variance = VarianceOfRate(judged.judged_rate, judged.cases) +
                          rate * rate * VarianceOfRate(judged.rates.sensitivity, judged.human_passes) +
                          (1 - rate) * (1 - rate) * VarianceOfRate(judged.rates.specificity, judged.human_fails);
  return {rate, std::sqrt(variance) / youden};
}

}  // namespace

std::optional<double> RoganGladen(double judged_rate, const JudgeErrorRates& rates) {
  const std::optional<double> youden = Youden(rates);
  if (!youden || !IsRate(judged_rate)) return std::nullopt;
  return std::clamp((judged_rate + rates.specificity - 1) / *youden, 0.0, 1.0);
}

std::optional<CorrectedRate> RoganGladenEstimated(const JudgedCounts& counts) {
  if (counts.cases < 1 || counts.human_passes < 2 || counts.human_fails < 2) return std::nullopt;
  if (!IsPart(counts.judge_passes, counts.cases) || !IsPart(counts.true_passes, counts.human_passes) ||
      !IsPart(counts.true_fails, counts.human_fails)) {
    return std::nullopt;
  }
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  const JudgedRates judged{.judged_rate = share(counts.judge_passes, counts.cases),
                           .rates = {.sensitivity = share(counts.true_passes, counts.human_passes),
                                     .specificity = share(counts.true_fails, counts.human_fails)},
                           .cases = static_cast<double>(counts.cases),
                           .human_passes = static_cast<double>(counts.human_passes),
                           .human_fails = static_cast<double>(counts.human_fails)};
  const std::optional<double> youden = Youden(judged.rates);
  if (!youden) return std::nullopt;
  const DeltaMethod delta = DeltaMethodOf(judged, *youden);
  if (!(delta.standard_error > 0) || !std::isfinite(delta.standard_error)) return std::nullopt;
  return CorrectedRate{.rate = std::clamp(delta.rate, 0.0, 1.0), .standard_error = delta.standard_error};
}

std::optional<Interval> JudgeBiasInterval(const JudgedRates& judged, double confidence) {
  for (const double size : {judged.cases, judged.human_passes, judged.human_fails}) {
    if (!(size >= 1) || !std::isfinite(size)) return std::nullopt;
  }
  if (!IsRate(judged.judged_rate) || !IsRate(judged.rates.sensitivity) || !IsRate(judged.rates.specificity) ||
      !(confidence > 0.5)) {
    return std::nullopt;
  }
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z) return std::nullopt;
  const double square = *z * *z;
  const auto one_of_each_more = [](double rate, double size) { return (size * rate + 1) / (size + 2); };
  const JudgedRates smoothed{.judged_rate = (judged.cases * judged.judged_rate + square / 2) / (judged.cases + square),
                             .rates = {.sensitivity = one_of_each_more(judged.rates.sensitivity, judged.human_passes),
                                       .specificity = one_of_each_more(judged.rates.specificity, judged.human_fails)},
                             .cases = judged.cases + square,
                             .human_passes = judged.human_passes + 2,
                             .human_fails = judged.human_fails + 2};
  const std::optional<double> youden = Youden(smoothed.rates);
  if (!youden) return std::nullopt;
  const DeltaMethod delta = DeltaMethodOf(smoothed, *youden);
  const double shift = 2 * square *
                       (delta.rate * VarianceOfRate(smoothed.rates.sensitivity, smoothed.human_passes) -
                        (1 - delta.rate) * VarianceOfRate(smoothed.rates.specificity, smoothed.human_fails));
  const double centre = delta.rate + shift;
  const double half_width = *z * delta.standard_error;
  if (!std::isfinite(centre) || !std::isfinite(half_width)) return std::nullopt;
  return Interval{.lower = std::clamp(centre - half_width, 0.0, 1.0),
                  .upper = std::clamp(centre + half_width, 0.0, 1.0)};
}

std::optional<CalibrationAllocation> JudgeCalibrationAllocation(std::int64_t labels, double judged_rate,
                                                                const JudgeErrorRates& pilot,
                                                                std::int64_t pilot_labels) {
  const std::int64_t least = std::max<std::int64_t>(pilot_labels, 1);
  if (labels > kMostLabels || pilot_labels < 0 || least > labels / 2 || !IsRate(judged_rate) ||
      !IsRate(pilot.sensitivity) || !IsRate(pilot.specificity)) {
    return std::nullopt;
  }
  const auto size = static_cast<double>(pilot_labels);
  const double kappa = pilot_labels == 0 ? (1 - pilot.specificity) / std::max(1 - pilot.sensitivity, kLeastErrorRate)
                                         : (size * (1 - pilot.specificity) + 1) / (size * (1 - pilot.sensitivity) + 1);
  const double weight = (1 - judged_rate) * std::sqrt(kappa);
  const double share = judged_rate + weight > 0 ? judged_rate / (judged_rate + weight) : 0.5;
  const auto passes =
      std::clamp(static_cast<std::int64_t>(std::nearbyint(static_cast<double>(labels) * share)), least, labels - least);
  return CalibrationAllocation{.human_fails = labels - passes, .human_passes = passes};
}

}  // namespace assay
