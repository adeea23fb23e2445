#pragma once
// Bounds for a proportion: `successes` of `n` independent cases. Pure functions, thread-safe.
//
// `confidence` is that of one bound by itself, in (0, 1): 0.95 leaves 5 % beyond it. The two bounds together are an
// interval of 2 * confidence - 1; two-sided 95 % limits are asked for with 0.975. Absent results mean no information: n
// < 2, successes outside [0, n], a confidence out of range or NaN.

#include <cstdint>
#include <optional>

#include "gates/stats/interval.h"

namespace assay {

// Exact one-sided bounds (Clopper & Pearson, Biometrika 26, 1934). The lower bound L is the p at which `successes` or
// more have probability 1 - confidence: for every true p, P(L > p) <= 1 - confidence. 0 successes give 0; the upper
// bound of n successes is 1.
std::optional<double> ClopperPearsonLower(std::int64_t successes, std::int64_t n, double confidence);
std::optional<double> ClopperPearsonUpper(std::int64_t successes, std::int64_t n, double confidence);

// Wilson's score bounds (JASA 22, 1927), clipped to [0, 1]; exactly 0 for none and 1 for all. For display only: they
// may exceed their error rate.
std::optional<double> WilsonLower(std::int64_t successes, std::int64_t n, double confidence);
std::optional<double> WilsonUpper(std::int64_t successes, std::int64_t n, double confidence);

// Agresti & Coull's interval ("Approximate is better than exact", The American Statistician 52, 1998): the plain normal
// interval after adding z^2 / 2 successes and as many failures. Has Wilson's centre and is wider; not clipped, so that
// it may leave [0, 1]. `confidence` in (0.5, 1).
std::optional<Interval> AgrestiCoull(std::int64_t successes, std::int64_t n, double confidence);

// Two-sided p-value of the exact test that the true proportion is p: the probability under p of every count that is no
// more probable than `successes` ("minlike"; R's binom.test and SciPy's binomtest, with their tolerance of 1e-7 for
// ties). 0 only when the tails are below 1e-308. Absent as above, for more than 2^53
// cases, and for p outside [0, 1]. O(log n).
std::optional<double> BinomialTest(std::int64_t successes, std::int64_t n, double p);

// The exact upper bound of a failure rate after no failure in `n` cases: 1 - (1 - confidence)^(1/n), about 3/n at 0.95.
std::optional<double> ZeroFailuresUpper(std::int64_t n, double confidence);
// The fewest cases without a failure that show a failure rate of at most `max_rate` in (0, 1), at least 2. Absent when
// out of range or beyond 2^53.
std::optional<std::int64_t> ZeroFailuresNeeded(double max_rate, double confidence);

}  // namespace assay
