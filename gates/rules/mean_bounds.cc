#include "gates/rules/mean_bounds.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Widens `bounds` so that it covers one more completion.
void Cover(MeanBounds& bounds, double lower, double upper) {
  bounds.lower = std::min(bounds.lower, lower);
  bounds.upper = std::max(bounds.upper, upper);
}

void CoverEqualValues(MeanBounds& bounds, double value, std::int64_t n, double confidence) {
  const double lower = ClopperPearsonLower(value == 1 ? n : 0, n, confidence).value_or(0);
  const double upper = ClopperPearsonUpper(value == 0 ? 0 : n, n, confidence).value_or(1);
  Cover(bounds, lower, upper);
}

bool IsKnown(const ValueBox& box) { return box.low == box.high; }

MeanBounds BinaryBounds(const std::vector<ValueBox>& boxes, double confidence) {
  const auto n = static_cast<std::int64_t>(boxes.size());
  std::int64_t ones = 0;
  std::int64_t zeros = 0;
  for (const ValueBox& box : boxes) {
    if (box.low == 1) ++ones;
    if (box.high == 0) ++zeros;
  }
  return {ClopperPearsonLower(ones, n, confidence).value_or(0),
          ClopperPearsonUpper(n - zeros, n, confidence).value_or(1), "clopper_pearson"};
}

// The corners of the unknown boxes in midpoint order: corner j has the first j of them at their high ends.
class Corners {
 public:
  explicit Corners(const std::vector<ValueBox>& boxes) : n_(static_cast<double>(boxes.size())) {
    for (const ValueBox& box : boxes) centre_ += box.low / n_;
    for (const ValueBox& box : boxes) {
      Place(box.low, 1);
      if (!IsKnown(box)) unknown_.push_back(box);
    }
    std::sort(unknown_.begin(), unknown_.end(),
              [](const ValueBox& a, const ValueBox& b) { return a.low + a.high > b.low + b.high; });
  }

  // Whether the corners in this order are all there are, up to exchange of equal boxes.
  bool is_complete() const {
    return std::all_of(unknown_.begin(), unknown_.end(), [&](const ValueBox& box) {
      return box.low == unknown_.front().low && box.high == unknown_.front().high;
    });
  }
  // Moves to the next corner; false after the last.
  bool Next() {
    if (at_ == unknown_.size()) return false;
    Place(unknown_[at_].low, -1);
    Place(unknown_[at_].high, 1);
    ++at_;
    return true;
  }
  SampleMoments moments() const {
    const double variance = (squares_ - sum_ * sum_ / n_) / (n_ - 1);
    return {static_cast<std::int64_t>(n_), centre_ + sum_ / n_, std::sqrt(std::max(variance, 0.0))};
  }

 private:
  // Sums are taken about the mean of the low ends, so that little is lost to cancellation.
  void Place(double value, int sign) {
    const double offset = value - centre_;
    sum_ += sign * offset;
    squares_ += sign * offset * offset;
  }

  double n_;
  double centre_ = 0;
  double sum_ = 0;
  double squares_ = 0;
  std::size_t at_ = 0;
  std::vector<ValueBox> unknown_;
};

// A number that side * mean - t * deviation is at or above for every completion of `boxes`. For any c and any scale >
// 0,
//   t * deviation <= t / 2 * (sum of (x - c)^2 / ((n - 1) * scale) + scale),
// with equality at the completion that has mean c and deviation `scale`. The right side is separable, so that each box
// takes its worse end by itself. Tight when that gives back the completion `at` was taken from, as it does unless a few
// cases make up the deviation.
double LeastForAny(const std::vector<ValueBox>& boxes, int side, double t, const SampleMoments& at) {
  const auto n = static_cast<double>(boxes.size());
  const double slope = side / n;
  const double curvature = t / (2 * (n - 1) * at.deviation);
  double least = -t * at.deviation / 2;
  for (const ValueBox& box : boxes) {
    const auto term = [&](double value) { return slope * value - curvature * (value - at.mean) * (value - at.mean); };
    least += std::min(term(box.low), term(box.high));
  }
  return least;
}

// The least of side * mean - t * deviation over the completions, or a number below it. `t` includes 1 / sqrt(n).
double LeastBound(const std::vector<ValueBox>& boxes, int side, double t) {
  Corners corners(boxes);
  const bool is_exact = corners.is_complete();
  double least = kInfinity;
  SampleMoments first = corners.moments();
  SampleMoments last = first;
  SampleMoments best = first;
  do {
    last = corners.moments();
    // Without deviation there is no t bound; completions of equal values are looked at elsewhere.
    if (!(last.deviation > 0)) continue;
    const double bound = side * last.mean - t * last.deviation;
    if (bound < least) {
      least = bound;
      best = last;
    }
  } while (corners.Next());
  if (is_exact) return least;
  double proven = -kInfinity;
  for (const SampleMoments& at : {first, best, last}) {
    if (at.deviation > 0) proven = std::max(proven, LeastForAny(boxes, side, t, at));
  }
  return proven;
}

}  // namespace

MeanBounds UnitMeanBounds(const std::vector<ValueBox>& boxes, TrialsPerCase trials, double confidence) {
  if (boxes.empty()) return {};
  const auto is_binary = [](const ValueBox& box) { return !IsKnown(box) || box.low == 0 || box.low == 1; };
  // With several trials a missing value may turn out to lie between, and t would serve it: then both are covered below.
  const bool may_be_binary = std::all_of(boxes.begin(), boxes.end(), is_binary);
  if (may_be_binary && (trials == TrialsPerCase::kOne || std::all_of(boxes.begin(), boxes.end(), IsKnown))) {
    return BinaryBounds(boxes, confidence);
  }
  const auto n = static_cast<std::int64_t>(boxes.size());
  double most_low = 0;
  double least_high = 1;
  bool are_known = true;
  for (const ValueBox& box : boxes) {
    most_low = std::max(most_low, box.low);
    least_high = std::min(least_high, box.high);
    are_known = are_known && IsKnown(box);
  }
  MeanBounds bounds{kInfinity, -kInfinity, "extreme_cases"};
  const bool can_be_equal = most_low <= least_high;
  if (can_be_equal) {
    // Equal values inside (0, 1) leave no case at either end to count, and so show nothing.
    const bool can_be_inside = least_high > 0 && most_low < 1;
    CoverEqualValues(bounds, can_be_inside ? 0.5 : most_low, n, confidence);
  }
  if (n >= 2 && !(can_be_equal && are_known)) {
    const std::optional<double> t = StudentHalfWidth({n, 0, 1}, confidence);
    const double lower = t ? LeastBound(boxes, 1, *t) : 0;
    const double upper = t ? -LeastBound(boxes, -1, *t) : 1;
    // Unequal values whose deviation was lost to rounding: nothing is known but that they lie in [0, 1].
    const bool is_lost = !std::isfinite(lower) || !std::isfinite(upper);
    Cover(bounds, is_lost ? 0 : lower, is_lost ? 1 : upper);
    bounds.method = "t";
  }
  if (may_be_binary) {
    const MeanBounds binary = BinaryBounds(boxes, confidence);
    Cover(bounds, binary.lower, binary.upper);
  }
  bounds.lower = std::max(bounds.lower, 0.0);
  bounds.upper = std::min(bounds.upper, 1.0);
  return bounds;
}

MeanBounds UnboundedMeanBounds(const std::vector<ValueBox>& boxes, double confidence) {
  MeanBounds bounds;
  std::vector<double> values;
  values.reserve(boxes.size());
  bool is_known = true;
  double least_high = kInfinity;
  double most_low = -kInfinity;
  for (const ValueBox& box : boxes) {
    is_known = is_known && IsKnown(box) && std::isfinite(box.low);
    least_high = std::min(least_high, box.high);
    most_low = std::max(most_low, box.low);
    values.push_back(box.low);
  }
  if (!is_known) {
    // A mean with a value that is counted as -∞ is -∞, whatever the others are, unless one is counted as +∞.
    if (least_high == -kInfinity) bounds.upper = -kInfinity;
    if (most_low == kInfinity) bounds.lower = kInfinity;
    for (const ValueBox& box : boxes) {
      if (box.high == kInfinity) bounds.upper = kInfinity;
      if (box.low == -kInfinity) bounds.lower = -kInfinity;
    }
    return bounds;
  }
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (!moments) return bounds;
  const std::optional<double> half_width = StudentHalfWidth(*moments, confidence);
  if (!half_width) return bounds;
  return {moments->mean - *half_width, moments->mean + *half_width, "t"};
}

}  // namespace assay
