#include "gates/rules/corrected.h"

#include <cmath>
#include <numeric>

#include "gates/stats/judge_correction.h"

namespace assay {
namespace {

// Below what a judge with these errors passes of what people fail, CorrectedUpper takes its specificity for 1.
Bounds RawFromAbove(const JudgeErrorBounds& errors, double confidence, const RawBounds& raw) {
  const double passed = 1 - errors.specificity.upper;
  const Bounds bounds = raw(confidence, passed);
  return bounds.upper < passed ? raw(confidence, 0) : bounds;
}

}  // namespace

Bounds CorrectedBounds(const JudgeCalibration& judge, double confidence, bool has_not_judged, const RawBounds& raw) {
  Bounds corrected;
  corrected.method = kCorrectedMethod;
  const double each = ConfidenceOfEach(confidence);
  const auto errors = BoundJudgeErrors(judge.counts, each);
  if (!errors) return corrected;
  const Bounds from_below = raw(each, 1 - errors->specificity.lower);
  if (std::isfinite(from_below.lower)) {
    if (const auto lower = CorrectedLower(from_below.lower, *errors)) corrected.lower = *lower;
  }
  const Bounds from_above = has_not_judged ? RawFromAbove(*errors, each, raw) : from_below;
  if (std::isfinite(from_above.upper)) {
    if (const auto upper = CorrectedUpper(from_above.upper, *errors)) corrected.upper = *upper;
  }
  return corrected;
}

double LikelyNotJudged(const JudgeCalibration& judge) {
  return 1 - SpecificityOf(judge.counts, 0.95).value.value_or(1);
}

std::optional<double> CorrectedValue(const JudgeCalibration& judge, double raw, double not_judged) {
  const Estimate sensitivity = SensitivityOf(judge.counts, 0.95);
  const Estimate specificity = SpecificityOf(judge.counts, 0.95);
  if (!sensitivity.value || !specificity.value) return std::nullopt;
  return RoganGladen(raw + not_judged * LikelyNotJudged(judge),
                     {.sensitivity = *sensitivity.value, .specificity = *specificity.value});
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
