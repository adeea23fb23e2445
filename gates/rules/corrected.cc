#include "gates/rules/corrected.h"

#include <cmath>
#include <numeric>

#include "gates/stats/judge_correction.h"

namespace assay {

Bounds CorrectedBounds(const JudgeCalibration& judge, double confidence,
                       const std::function<Bounds(double confidence)>& raw) {
  Bounds corrected;
  corrected.method = kCorrectedMethod;
  const double each = ConfidenceOfEach(confidence);
  const auto errors = BoundJudgeErrors(judge.counts, each);
  if (!errors) return corrected;
  const Bounds judged = raw(each);
  if (std::isfinite(judged.lower)) {
    if (const auto lower = CorrectedLower(judged.lower, *errors)) corrected.lower = *lower;
  }
  if (std::isfinite(judged.upper)) {
    if (const auto upper = CorrectedUpper(judged.upper, *errors)) corrected.upper = *upper;
  }
  return corrected;
}

std::optional<double> CorrectedValue(const JudgeCalibration& judge, double raw) {
  const Estimate sensitivity = SensitivityOf(judge.counts, 0.95);
  const Estimate specificity = SpecificityOf(judge.counts, 0.95);
  if (!sensitivity.value || !specificity.value) return std::nullopt;
  return RoganGladen(raw, {.sensitivity = *sensitivity.value, .specificity = *specificity.value});
}

std::string WhyNothingIsShown(const JudgeCalibration& judge, double confidence) {
  const auto errors = BoundJudgeErrors(judge.counts, ConfidenceOfEach(confidence));
  if (!errors) return "there is no verdict on sentinels of both labels";
  if (errors->AreBetterThanChance()) return "";
  return "the judge is not shown to be better than chance: more sentinels would tell, or a better judge";
}

// The threshold is moved to where the judge's own rate must be shown to lie, for either side.
ForecastOf ForecastCorrected(const JudgeCalibration& judge, const ThresholdQuestion& question,
                             const std::vector<double>& values,
                             const std::function<ForecastOf(const ThresholdQuestion& question)>& raw) {
  const double each = ConfidenceOfEach(question.confidence);
  auto errors = BoundJudgeErrors(judge.counts, each);
  if (!errors || !errors->AreBetterThanChance()) return [](std::int64_t) { return Reach(); };
  const double rate = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  if (rate > errors->sensitivity.upper) errors->sensitivity.upper = 1;  // as CorrectedLower does in the end
  if (rate < 1 - errors->specificity.upper) errors->specificity.upper = 1;
  const double from_below = RateForCorrectedLower(question.threshold, *errors);
  const double from_above = RateForCorrectedUpper(question.threshold, *errors);
  const bool is_floor = question.direction == Direction::kAtLeast;
  const ForecastOf passing = raw({question.direction, is_floor ? from_below : from_above, each});
  const ForecastOf failing = raw({question.direction, is_floor ? from_above : from_below, each});
  if (!passing || !failing) return {};
  return [passing, failing](std::int64_t cases) {
    return Reach{.pass = passing(cases).pass, .fail = failing(cases).fail};
  };
}

}  // namespace assay
