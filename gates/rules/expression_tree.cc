#include "gates/rules/expression_tree.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr ValueBox kAnything{-kUnlimited, kUnlimited};

// An end that is ∞ - ∞ can be anything.
ValueBox Known(ValueBox box) {
  if (std::isnan(box.low)) box.low = -kUnlimited;
  if (std::isnan(box.high)) box.high = kUnlimited;
  return box;
}

// Infinite ends stand for values without a bound, and nothing times any of them is nothing.
double Times(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

ValueBox Product(const ValueBox& a, const ValueBox& b) {
  const auto [low, high] =
      std::minmax({Times(a.low, b.low), Times(a.low, b.high), Times(a.high, b.low), Times(a.high, b.high)});
  return {low, high};
}

bool HasZero(const ValueBox& box) { return box.low <= 0 && box.high >= 0; }

ValueBox Quotient(const ValueBox& a, const ValueBox& b) {
  if (HasZero(b)) return kAnything;
  return Product(a, {1 / b.high, 1 / b.low});
}

ValueBox Magnitude(const ValueBox& a) {
  if (a.low >= 0) return a;
  if (a.high <= 0) return {-a.high, -a.low};
  return {0, std::max(-a.low, a.high)};
}

using Ends = MetricExpression::Ends;

Ends Both(const Ends& a, const Ends& b) { return {a.low | b.low, a.high | b.high}; }
Ends Swapped(const Ends& a) { return {a.high, a.low}; }
Ends All(const Ends& a) { return {a.low | a.high, a.low | a.high}; }

// Of what a factor contributes to a product, where the other factor lies in `other`.
Ends BesideFactor(const Ends& ends, const ValueBox& other) {
  if (other.low >= 0) return ends;
  return other.high <= 0 ? Swapped(ends) : All(ends);
}

Ends OfMagnitude(const Ends& ends, const ValueBox& range) { return BesideFactor(ends, range); }

// That the divisor is not 0 rests on the end next to 0. A metric that is never negative is 0 only if every value is,
// and then no lower bound of it is above 0.
Ends OfReciprocal(const Ends& ends, const ValueBox& range, bool is_metric) {
  const bool is_sure = !HasZero(range) || (is_metric && range.low == 0);
  return is_sure ? Swapped(ends) : All(ends);
}

}  // namespace

double MetricExpression::ValueAt(std::span<const double> values) const {
  std::vector<double> of(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const double left = of[step.left];
    const double right = of[step.right];
    switch (step.op) {
      case Op::kNumber:
        of[i] = step.number;
        break;
      case Op::kName:
        of[i] = values[step.name];
        break;
      case Op::kNegate:
        of[i] = -left;
        break;
      case Op::kAbs:
        of[i] = std::abs(left);
        break;
      case Op::kAdd:
        of[i] = left + right;
        break;
      case Op::kSubtract:
        of[i] = left - right;
        break;
      case Op::kMultiply:
        of[i] = left * right;
        break;
      case Op::kDivide:
        of[i] = right == 0 ? std::numeric_limits<double>::quiet_NaN() : left / right;
        break;
      case Op::kMin:
        of[i] = left < right || std::isnan(left) ? left : right;
        break;
      case Op::kMax:
        of[i] = left > right || std::isnan(left) ? left : right;
        break;
    }
  }
  return of.back();
}

std::vector<ValueBox> MetricExpression::RangesOfSteps(std::span<const ValueBox> boxes) const {
  std::vector<ValueBox> of(steps_.size(), ValueBox{0, 0});
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const ValueBox left = of[step.left];
    const ValueBox right = of[step.right];
    ValueBox made = kAnything;
    switch (step.op) {
      case Op::kNumber:
        made = {step.number, step.number};
        break;
      case Op::kName:
        made = boxes[step.name];
        break;
      case Op::kNegate:
        made = {-left.high, -left.low};
        break;
      case Op::kAbs:
        made = Magnitude(left);
        break;
      case Op::kAdd:
        made = {left.low + right.low, left.high + right.high};
        break;
      case Op::kSubtract:
        made = {left.low - right.high, left.high - right.low};
        break;
      case Op::kMultiply:
        made = Product(left, right);
        break;
      case Op::kDivide:
        made = Quotient(left, right);
        break;
      case Op::kMin:
        made = {std::min(left.low, right.low), std::min(left.high, right.high)};
        break;
      case Op::kMax:
        made = {std::max(left.low, right.low), std::max(left.high, right.high)};
        break;
    }
    of[i] = Known(made);
  }
  return of;
}

bool MetricExpression::MayDivideByZero(std::span<const ValueBox> of) const {
  return std::ranges::any_of(steps_,
                             [&](const Step& step) { return step.op == Op::kDivide && HasZero(of[step.right]); });
}

bool MetricExpression::IsTooLarge(std::span<const ValueBox> of) const {
  const auto is_finite = [](const ValueBox& box) { return std::isfinite(box.low) && std::isfinite(box.high); };
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const bool computes = step.op != Op::kNumber && step.op != Op::kName;
    const bool is_undefined = step.op == Op::kDivide && HasZero(of[step.right]);
    if (computes && !is_undefined && is_finite(of[step.left]) && is_finite(of[step.right]) && !is_finite(of[i]))
      return true;
  }
  return false;
}

// What divides by 0 has no value, and neither has the whole: min, max and a factor of 0 must not hide that. Nor has
// what is too large for a number a bound that it could be held by.
ValueBox MetricExpression::RangeOver(std::span<const ValueBox> boxes) const {
  const std::vector<ValueBox> of = RangesOfSteps(boxes);
  return MayDivideByZero(of) || IsTooLarge(of) ? kAnything : of.back();
}

bool MetricExpression::IsTooLargeOver(std::span<const ValueBox> boxes) const {
  return IsTooLarge(RangesOfSteps(boxes));
}

MetricExpression::Ends MetricExpression::EndsOver(std::span<const ValueBox> ranges) const {
  const std::vector<ValueBox> range_of = RangesOfSteps(ranges);
  std::vector<Ends> of(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const Ends left = of[step.left];
    const Ends right = of[step.right];
    const ValueBox& left_range = range_of[step.left];
    const ValueBox& right_range = range_of[step.right];
    switch (step.op) {
      case Op::kNumber:
        break;
      case Op::kName:
        of[i] = {std::uint64_t{1} << (2 * step.name), std::uint64_t{2} << (2 * step.name)};
        break;
      case Op::kNegate:
        of[i] = Swapped(left);
        break;
      case Op::kAbs:
        of[i] = OfMagnitude(left, left_range);
        break;
      case Op::kSubtract:
        of[i] = Both(left, Swapped(right));
        break;
      case Op::kMultiply:
        of[i] = Both(BesideFactor(left, right_range), BesideFactor(right, left_range));
        break;
      case Op::kDivide:
        of[i] = Both(BesideFactor(left, right_range),
                     BesideFactor(OfReciprocal(right, right_range, steps_[step.right].op == Op::kName), left_range));
        break;
      case Op::kAdd:
      case Op::kMin:
      case Op::kMax:
        of[i] = Both(left, right);
        break;
    }
  }
  return of.back();
}

bool MetricExpression::IsMetBy(const ValueBox& range) const {
  switch (relation_) {
    case Relation::kAtLeast:
      return range.low >= limit_;
    case Relation::kAbove:
      return range.low > limit_;
    case Relation::kAtMost:
      return range.high <= limit_;
    case Relation::kBelow:
      break;
  }
  return range.high < limit_;
}

bool MetricExpression::IsMissedBy(const ValueBox& range) const {
  switch (relation_) {
    case Relation::kAtLeast:
      return range.high < limit_;
    case Relation::kAbove:
      return range.high <= limit_;
    case Relation::kAtMost:
      return range.low > limit_;
    case Relation::kBelow:
      break;
  }
  return range.low >= limit_;
}

}  // namespace assay
