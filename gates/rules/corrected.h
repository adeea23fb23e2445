#pragma once
// A rate behind a judge that errs: bounds and value from those of its verdicts and from what sentinels show of it
// (stats/judge_bounds.h). Pure functions, thread-safe.

#include <functional>
#include <optional>

#include "gates/judge_calibration.h"
#include "gates/rules/bounds.h"
#include "gates/rules/forecast.h"

namespace assay {

inline constexpr std::string_view kCorrectedMethod = "judge_corrected";

// `raw` gives bounds of the judge's pass rate at a confidence. Infinite where the judge is not shown to be better than
// chance.
Bounds CorrectedBounds(const JudgeCalibration& judge, double confidence,
                       const std::function<Bounds(double confidence)>& raw);

// The best guess: the judge's rate corrected by the shares of the sentinels that it got right. Absent where these are
// no better than chance.
std::optional<double> CorrectedValue(const JudgeCalibration& judge, double raw);

// Why nothing is shown, for people; "" when something is.
std::string WhyNothingIsShown(const JudgeCalibration& judge, double confidence);

// What so many cases like those seen would show with the sentinels that there are. `values` are the judge's, not empty;
// `raw` foretells of these by themselves. Empty where that is.
ForecastOf ForecastCorrected(const JudgeCalibration& judge, const ThresholdQuestion& question,
                             const std::vector<double>& values,
                             const std::function<ForecastOf(const ThresholdQuestion& question)>& raw);

}  // namespace assay
