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

// Bounds of the judge's pass rate at a confidence, with trials that failed without being judged counted as
// `not_judged`.
using RawBounds = std::function<Bounds(double confidence, double not_judged)>;

// Infinite where the judge is not shown to be better than chance. What it was not asked of has failed for certain, and
// no error of the judge's is to be taken out of it: of a share q that it was asked of its rate is p = theta * se +
// (q - theta) * (1 - sp). Counting each of the others as 1 - sp, which is what a judge passes of what people fail, adds
// (1 - q) * (1 - sp), and leaves the equation of judge_bounds.h as it is. At the bound of sp that the corrected one
// takes this errs to the safe side: (p - q * (1 - sp)) / (se + sp - 1) rises with sp, as p <= q * se. `has_not_judged`:
// whether there are any; without them one call gives both ends.
Bounds CorrectedBounds(const JudgeCalibration& judge, double confidence, bool has_not_judged, const RawBounds& raw);

// The best guess: the judge's rate corrected by the shares of the sentinels that it got right; `not_judged` is the
// share that failed without being judged. Absent where these are no better than chance.
std::optional<double> CorrectedValue(const JudgeCalibration& judge, double raw, double not_judged);
// What one that was not judged counts as there.
double LikelyNotJudged(const JudgeCalibration& judge);

// Why nothing is shown, for people; "" when something is.
std::string WhyNothingIsShown(const JudgeCalibration& judge, double confidence);

// What so many cases like those seen would show with the sentinels that there are. `values` are the judge's, not empty;
// `raw` foretells of these by themselves. Empty where that is.
ForecastOf ForecastCorrected(const JudgeCalibration& judge, const ThresholdQuestion& question,
                             const std::vector<double>& values,
                             const std::function<ForecastOf(const ThresholdQuestion& question)>& raw);

}  // namespace assay
