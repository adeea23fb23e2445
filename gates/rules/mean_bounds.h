#pragma once
// Bounds for a mean when some values are known only to lie in an interval. Pure functions, thread-safe.

#include <limits>
#include <string_view>
#include <vector>

namespace assay {

// What the mean of one case may turn out to be; low == high when it is known.
struct ValueBox {
  double low;
  double high;
};

// One-sided bounds that hold for every completion of the boxes: the least lower bound and the greatest upper bound.
// Infinite when there is no information.
struct MeanBounds {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  std::string_view method = "";  // "clopper_pearson", "t", "extreme_cases", or "" without bounds
};

enum class TrialsPerCase { kOne, kSeveral };

// For values in [0, 1].
//
// Every value known to be 0 or 1, or one trial a case and every known value 0 or 1: Clopper-Pearson, lower on the count
// of known ones, upper on the count of all that are not known zeros. Exact, and valid even if an unknown value should
// turn out to lie between. Student's t would not hold its error rate there: with few differing cases it passes a
// candidate on the threshold far too often.
//
// Otherwise each completion gets Student's t over the cases; when its values are all equal (or n == 1), the count of
// cases that are exactly 1 bounds from below and of those exactly 0 from above ("extreme_cases"): P(X = 1) <= E X <= 1
// - P(X = 0). Completions of both kinds are covered, so that a decision made early stands when the missing results
// arrive.
//
// The least t bound need not have all missing values at their worst: one high value can add more deviation than mean.
// It is concave in the values and so least at a corner of the boxes. When the unknown boxes are equal, as they are when
// whole cases are missing, the corners are searched and the bounds are exact; else they may be slightly wider than the
// widest completion, never narrower. O(n + m log m) for m unknown values.
MeanBounds UnitMeanBounds(const std::vector<ValueBox>& boxes, TrialsPerCase trials, double confidence);

// For unbounded values: Student's t over the cases. No information for n < 2 and for equal values; an unknown box
// leaves its open side without a bound.
MeanBounds UnboundedMeanBounds(const std::vector<ValueBox>& boxes, double confidence);

}  // namespace assay
