#include "gates/stats/power.h"

#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// z(confidence) + z(power).
std::optional<double> Distance(const PowerPlan& plan) {
  if (!(plan.confidence > 0.5 && plan.confidence < 1) || !(plan.power > 0.5 && plan.power < 1)) return std::nullopt;
  const std::optional<double> of_confidence = NormalQuantile(plan.confidence);
  const std::optional<double> of_power = NormalQuantile(plan.power);
  if (!of_confidence || !of_power) return std::nullopt;
  return *of_confidence + *of_power;
}

bool IsPositive(double value) { return value > 0 && std::isfinite(value); }
bool IsVariance(double value) { return value >= 0 && std::isfinite(value); }

std::optional<double> PositiveOnly(double value) {
  if (!IsPositive(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> VarianceOfDifference(const PairedVariance& parts) {
  if (!IsVariance(parts.between_cases) || !IsVariance(parts.within_first) || !IsVariance(parts.within_second) ||
      !(parts.first_trials >= 1) || !(parts.second_trials >= 1)) {
    return std::nullopt;
  }
  return PositiveOnly(parts.between_cases + parts.within_first / parts.first_trials +
                      parts.within_second / parts.second_trials);
}

std::optional<double> CasesNeeded(double variance, double difference, const PowerPlan& plan) {
  const std::optional<double> distance = Distance(plan);
  if (!distance || !IsPositive(variance) || !IsPositive(difference)) return std::nullopt;
  return PositiveOnly(*distance * *distance * variance / (difference * difference));
}

std::optional<double> DetectableDifference(double variance, double cases, const PowerPlan& plan) {
  const std::optional<double> distance = Distance(plan);
  if (!distance || !IsPositive(variance) || !(cases >= 2) || !std::isfinite(cases)) return std::nullopt;
  return PositiveOnly(*distance * std::sqrt(variance / cases));
}

std::optional<double> PowerOf(double variance, double difference, double cases, double confidence) {
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z || !(confidence > 0.5) || !IsPositive(variance) || !IsVariance(difference) || !(cases >= 2) ||
      !std::isfinite(cases)) {
    return std::nullopt;
  }
  return NormalCdf(difference / std::sqrt(variance / cases) - *z);
}

std::optional<double> VarianceOfPairedBinary(double discordance, double difference) {
  if (!(discordance <= 1) || !(std::fabs(difference) <= discordance)) return std::nullopt;
  return PositiveOnly(discordance - difference * difference);
}

std::optional<double> NonInferiorityCasesNeeded(double discordance, double difference, double margin,
                                                const PowerPlan& plan) {
  const std::optional<double> variance = VarianceOfPairedBinary(discordance, difference);
  if (!variance || !(margin > 0 && margin <= 1)) return std::nullopt;
  return CasesNeeded(*variance, margin + difference, plan);
}

}  // namespace assay
