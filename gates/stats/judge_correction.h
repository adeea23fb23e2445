#pragma once
// The pass rate behind a judge that errs, from its verdicts and from its error rates on cases that people judged too.
// Pure functions, thread-safe.
//
// Sensitivity is the probability that the judge passes what people pass; specificity, that it fails what they fail. A
// judge with sensitivity + specificity <= 1 is no better than a coin: everything is absent (no information) then, where
// other implementations turn the sign of the result round. The error rates must be those on the cases at hand; those of
// another suite or another candidate may differ.

#include <cstdint>
#include <optional>

#include "gates/stats/interval.h"

namespace assay {

struct JudgeErrorRates {
  double sensitivity = 0;  // in [0, 1]
  double specificity = 0;  // in [0, 1]
};

// (rate + specificity - 1) / (sensitivity + specificity - 1), clipped to [0, 1] (Rogan & Gladen, American Journal of
// Epidemiology 107, 1978). Rises with the rate: with known error rates, bounds of the judge's pass rate map to bounds
// of the true one (Reiczigel, Foeldi & Ozsvari, Epidemiology and Infection 138, 2010). Absent for arguments outside [0,
// 1].
std::optional<double> RoganGladen(double judged_rate, const JudgeErrorRates& rates);

// The judge's verdicts on the cases at hand, and on those that people judged.
struct JudgedCounts {
  std::int64_t judge_passes = 0;
  std::int64_t cases = 0;
  std::int64_t true_passes = 0;   // passed by people and by the judge
  std::int64_t human_passes = 0;  // passed by people
  std::int64_t true_fails = 0;    // failed by people and by the judge
  std::int64_t human_fails = 0;   // failed by people
};

struct CorrectedRate {
  double rate = 0;            // in [0, 1]
  double standard_error = 0;  // of three independent proportions, by the delta method; > 0
};

// With error rates that are estimated. Absent (no information) for counts that are negative or do not fit together, no
// cases, fewer than two cases that people passed or that they failed, and a standard error of 0, which is not
// certainty. The normal interval around it is poor near 0 and 1 and for small counts: JudgeBiasInterval is better.
std::optional<CorrectedRate> RoganGladenEstimated(const JudgedCounts& counts);

// The same as rates; the sizes need not be whole.
struct JudgedRates {
  double judged_rate = 0;  // p, share that the judge passes of `cases`
  JudgeErrorRates rates = {};
  double cases = 0;         // n, at least 1
  double human_passes = 0;  // m1, at least 1; behind the sensitivity
  double human_fails = 0;   // m0, at least 1; behind the specificity
};

// Bounds for the true pass rate (Lee, Zeng, Jung et al., arXiv 2511.21140): a delta-method interval around smoothed
// proportions, which has width where a proportion is 0 or 1. `confidence` in (0.5, 1) is that of one bound by itself.
// Approximate. Absent (no information) where the smoothed error rates are no better than a coin, and for arguments out
// of range.
std::optional<Interval> JudgeBiasInterval(const JudgedRates& judged, double confidence);

struct CalibrationAllocation {
  std::int64_t human_fails = 0;   // m0
  std::int64_t human_passes = 0;  // m1
};

// How many of `labels`, those of the pilot included, to spend on cases that people fail and pass, so that the interval
// gets shortest (ibid.), after a pilot of `pilot_labels` of each kind: m1 / m = 1 / (1 + (1 / p - 1) sqrt(kappa)),
// kappa = (pilot (1 - specificity) + 1) / (pilot (1 - sensitivity) + 1). Without a pilot the error rates are taken as
// they are. Each kind gets one label at least, and those of its pilot. Absent where that is more than there are, for a
// negative pilot, and for rates outside [0, 1].
std::optional<CalibrationAllocation> JudgeCalibrationAllocation(std::int64_t labels, double judged_rate,
                                                                const JudgeErrorRates& pilot,
                                                                std::int64_t pilot_labels);

}  // namespace assay
