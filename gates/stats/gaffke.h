#pragma once
// Bounds for the mean of independent values in [0, 1] without any other assumption (Gaffke, "Three test statistics for
// a nonparametric one-sided hypothesis on the mean of a nonnegative variable", Mathematical Methods of Statistics 14,
// 2005; Learned-Miller & Thomas, arXiv 1905.06208). Pure functions, thread-safe.
//
// With values x_1 … x_n, an added x_0 = 0 and weights W from Dirichlet(1, …, 1), the lower bound is the (1 -
// confidence)-quantile of sum W_i x_i. It rises when any value rises, does not depend on their order, and for zeros and
// ones it is Clopper-Pearson's bound, of which it is the continuation. That it holds its error rate for every
// distribution that the values are drawn from independently is proved for two values and found without exception
// otherwise, by Learned-Miller and Thomas, and by us over a grid of distributions on three values
// (tests/gates/gaffke_test.cc); a proof for all is not known to us.
//
// Student's t does not hold its error rate where most cases have the same mean and few differ, and its bound may fall
// when a value rises.

#include <optional>
#include <span>

namespace assay {

// `weight` cases of one value. Weights are counts; forecasts use fractions of cases too.
struct WeightedValue {
  double value;   // in [0, 1]; below 1e-60 it counts as 0
  double weight;  // at least 1
};

// One-sided bounds of `confidence` in (0, 1), as in proportion.h. Absent (no information) of fewer than two values (by
// weight), and for a value, weight or confidence that is out of range or not finite. To ten digits, never beyond the
// bound. O(d) for d different values, best in ascending order: 0.5 ms for 1,000, 2 ms for 8,000; equal values may be
// given in several parts, which costs more.
std::optional<double> GaffkeLower(std::span<const WeightedValue> values, double confidence);
std::optional<double> GaffkeUpper(std::span<const WeightedValue> values, double confidence);

// P(sum W_i x_i <= mean): how compatible the values are with a true mean of `mean` or less. GaffkeLower(confidence) >=
// mean exactly when this is at most 1 - confidence; a third of its cost. Absent as above, `mean` outside [0, 1]
// included.
std::optional<double> GaffkePValue(std::span<const WeightedValue> values, double mean);
// Its logarithm, also of what is too small for a double; -infinity where it is 0.
std::optional<double> GaffkeLogPValue(std::span<const WeightedValue> values, double mean);

}  // namespace assay
