#pragma once
// What bounds for a difference, candidate less baseline, show about a margin. Pure functions, thread-safe.
//
// The margin is in units of the metric, of which more is better (negate one of which less is). "Not significantly
// worse" shows nothing: every candidate is that with few enough cases.

#include <cstdint>
#include <optional>

#include "gates/stats/interval.h"
#include "gates/stats/mean.h"

namespace assay {

enum class Showing {
  kYes,
  kNo,       // the contrary is shown
  kNeither,  // too few cases for either
};

// Whether the difference is shown to be at least -margin: its lower bound is. kNo when its upper bound is below. Either
// error has at most the probability that one bound by itself errs with. kNeither for a margin that is negative or not
// finite and for bounds that are NaN or the wrong way round; a margin of 0 asks for no loss at all.
Showing NonInferior(const Interval& difference, double margin);

// Whether the difference is shown to lie in [low, high]: both bounds do, which are the two one-sided tests (Schuirmann,
// Journal of Pharmacokinetics and Biopharmaceutics 15, 1987). kNo when one bound is beyond either end.
Showing Equivalent(const Interval& difference, double low, double high);

// The two one-sided tests by p-values, with Student's distribution.
struct EquivalenceTest {
  double above_low = 1;   // p-value of a true mean of `low` or less
  double below_high = 1;  // of `high` or more
  double p_value = 1;     // the greater of them: of not being equivalent
};
// Absent (no information) as StandardError, and unless low < high, both finite.
std::optional<EquivalenceTest> StudentEquivalence(const SampleMoments& moments, double low, double high);

// The fewest cases with which a candidate that passes and fails exactly the baseline's cases is shown to be
// non-inferior, by the bound that is named; `margin` in (0, 1), `confidence` in (0.5, 1) of one bound. Fewer cases
// cannot pass whatever is observed, unless the candidate is better. Student's bound and the bootstrap never show it,
// having no variance. Absent when out of range or beyond 2^53.
std::optional<std::int64_t> EqualCasesNeededByTango(double margin, double confidence);
// By BoundedMeanInterval: log(1 - confidence) / log(1 - margin), the exact number.
std::optional<std::int64_t> EqualCasesNeededByBoundedMean(double margin, double confidence);

}  // namespace assay
