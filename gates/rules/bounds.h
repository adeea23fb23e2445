#pragma once
// One-sided bounds for the mean or a quantile over cases when some values are known only to lie in an interval. They
// hold for every completion of what is unknown, so that a decision made early stands when the missing results arrive.
// Pure functions, thread-safe.

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "gates/stats/gaffke.h"

namespace assay {

// What the value of one case may turn out to be; low == high when it is known.
struct ValueBox {
  double low;
  double high;
};

// The least lower bound and the greatest upper bound over all completions. Infinite when there is no information, as of
// fewer than two cases.
struct Bounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  std::string_view method = "";  // "clopper_pearson", "gaffke", "t", "order_statistic", or "" without bounds
};

// The mean of values in [0, 1]: Gaffke's bound (stats/gaffke.h), of the low ends from below and of the high ends from
// above, since it never falls when a value rises. Where every end is 0 or 1 that is Clopper-Pearson. Of more than 8,192
// cases values in between are rounded to multiples of 1/8192, the low ends down and the high ends up. O(n log n), and
// about a microsecond for each different value.
//
// Student's t is not used: on a threshold it passes candidates far too often when few cases differ from the rest, and
// its bound can rise when a score falls (docs/decisions/0007-bounds-that-never-fall-when-a-score-rises.md).
Bounds UnitMeanBounds(const std::vector<ValueBox>& boxes, double confidence);

// What such bounds are computed of, at any confidence.
struct UnitEnds {
  std::int64_t cases = 0;
  // Where every end is 0 or 1, how many are 1; else the different ends, the least first.
  bool are_binary = false;
  std::int64_t ones = 0;
  std::int64_t possible_ones = 0;
  std::vector<WeightedValue> lows = {};
  std::vector<WeightedValue> highs = {};
};

// O(n) of more than 8,192 cases, O(n log n) of fewer.
UnitEnds UnitEndsOf(const std::vector<ValueBox>& boxes);
Bounds BoundsOfEnds(const UnitEnds& ends, double confidence);

// The same of so many cases whose ends are all 0 or 1: `ones` of the low ends and `possible_ones` of the high ends.
Bounds BinaryMeanBounds(std::int64_t ones, std::int64_t possible_ones, std::int64_t cases, double confidence);

// The mean of unbounded values: Student's t over the cases. No information for n < 2 and for equal values; an unknown
// box leaves its open side without a bound.
Bounds UnboundedMeanBounds(const std::vector<ValueBox>& boxes, double confidence);

// The q-quantile of one value a case: order statistics (stats/quantile.h) of the low and of the high ends. O(n).
Bounds QuantileBounds(const std::vector<ValueBox>& boxes, double q, double confidence);

// One case with several trials. A trial that is missing is -∞, +∞ or either.
struct TrialBox {
  std::span<const double> values;  // of the scored trials; NaN is skipped
  int lowest = 0;
  int highest = 0;
  int unknown = 0;
};

// The q-quantile over the trials of cases: the least x that the share of a case's trials at or below x reaches q on
// average. The shares are values in [0, 1], one a case, so that trials of one case need not be independent: x bounds
// from above when Gaffke's p-value for a mean share of at most q is at most 1 - confidence, and mirrored from below.
// With one trial a case these are the order statistics. O(n log n) times the logarithm of the number of values.
Bounds TrialQuantileBounds(const std::vector<TrialBox>& boxes, double q, double confidence);

// The least x that the share of a case's trials at or below x reaches q on average, over cases with a value; NaN
// without any. Ignores what is missing.
double TrialQuantile(const std::vector<TrialBox>& boxes, double q);

}  // namespace assay
