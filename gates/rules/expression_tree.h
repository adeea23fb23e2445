#pragma once
// A comparison over named metrics, "accuracy - 0.5 * refusals >= 0.7": read, and computed with intervals.
//
//   comparison = sum ( ">=" | ">" | "<=" | "<" ) sum
//   sum        = product { ( "+" | "-" ) product }
//   product    = factor { ( "*" | "/" ) factor }
//   factor     = "-" factor | "(" sum ")" | number | metric | ( "min" | "max" ) "(" sum "," sum { "," sum } ")" | "abs"
//   "(" sum ")" metric     = letter or _, then letters, digits, _ and . | "'" any name of a metric "'"
//
// It is one quantity that is held against a number: what stands on both sides is brought to one.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "gates/rules/bounds.h"

namespace assay {

// Immutable, thread-safe.
class MetricExpression {
 public:
  static constexpr std::size_t kMaxLength = 1000;  // in bytes
  static constexpr std::size_t kMaxNames = 16;
  static constexpr int kMaxDepth = 32;  // of brackets and signs

  enum class Relation { kAtLeast, kAbove, kAtMost, kBelow };

  // kInvalidArgument says what is wrong and at which character.
  static Result<MetricExpression> Parse(std::string_view text);

  // The metrics, in order of their first appearance.
  const std::vector<std::string>& names() const { return names_; }
  Relation relation() const { return relation_; }
  bool IsFloor() const { return relation_ == Relation::kAtLeast || relation_ == Relation::kAbove; }
  bool IsStrict() const { return relation_ == Relation::kAbove || relation_ == Relation::kBelow; }
  // What the quantity is held against: the side without a metric; 0 when both have one.
  double limit() const { return limit_; }
  // For people, the quantity on the left: "accuracy - 0.5 * refusals >= 0.7".
  const std::string& text() const { return text_; }

  // The quantity at these values, one a name. NaN where there is none.
  double ValueAt(std::span<const double> values) const;
  // All that the quantity can be with its metrics in these boxes, or more. With a division by what can be 0 in it, or
  // numbers that are too large, it can be anything.
  ValueBox RangeOver(std::span<const ValueBox> boxes) const;
  // Whether a step of it comes to more than the greatest number, with operands that are numbers.
  bool IsTooLargeOver(std::span<const ValueBox> boxes) const;
  // Whether every value of the range meets the comparison, or none does.
  bool IsMetBy(const ValueBox& range) const;
  bool IsMissedBy(const ValueBox& range) const;

  // Of which ends of the metrics the ends of the quantity depend, where metrics lie in `ranges`: bit 2i is the low end
  // of name i, bit 2i + 1 its high end.
  struct Ends {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };
  Ends EndsOver(std::span<const ValueBox> ranges) const;

 private:
  friend class ExpressionParser;
  enum class Op { kNumber, kName, kNegate, kAbs, kAdd, kSubtract, kMultiply, kDivide, kMin, kMax };
  struct Step {
    Op op;
    double number = 0;
    std::size_t name = 0;
    std::size_t left = 0;  // earlier steps
    std::size_t right = 0;
  };

  std::vector<ValueBox> RangesOfSteps(std::span<const ValueBox> boxes) const;
  bool MayDivideByZero(std::span<const ValueBox> ranges_of_steps) const;
  bool IsTooLarge(std::span<const ValueBox> ranges_of_steps) const;

  std::vector<Step> steps_;  // operands before what is made of them; the last is the quantity
  std::vector<std::string> names_;
  Relation relation_ = Relation::kAtLeast;
  double limit_ = 0;
  std::string text_;
};

}  // namespace assay
