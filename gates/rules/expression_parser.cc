#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "config/fields.h"
#include "gates/rules/expression_tree.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

// Recursive descent, as deep as brackets and signs are nested.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<MetricExpression> Parse() {
    if (text_.size() > MetricExpression::kMaxLength) {
      return Fail(ErrorCode::kInvalidArgument,
                  "longer than " + std::to_string(MetricExpression::kMaxLength) + " characters");
    }
    const auto left = Sum();
    const std::string_view left_text = Trimmed(text_.substr(0, place_));
    const auto relation = left ? ReadRelation() : std::nullopt;
    const std::size_t right_begin = place_;
    const auto right = relation ? Sum() : std::nullopt;
    if (right && place_ < text_.size()) {
      Complain(IsRelation(text_[place_])
                   ? "only one comparison can stand in an expression; make another a rule of its own"
                   : "expected an operator or the end, got " + Next());
    }
    if (!right || !error_.empty()) return Fail(ErrorCode::kInvalidArgument, error_);
    return Whole(*left, left_text, *relation, *right, Trimmed(text_.substr(right_begin)));
  }

 private:
  using Op = MetricExpression::Op;
  using Step = MetricExpression::Step;
  using Relation = MetricExpression::Relation;
  using Place = std::optional<std::size_t>;  // of a step; absent after an error

  static bool IsRelation(char c) { return c == '<' || c == '>' || c == '='; }
  static std::string_view Trimmed(std::string_view text) {
    while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
    while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
    return text;
  }

  // The quantity on the left of a number.
  Result<MetricExpression> Whole(std::size_t left, std::string_view left_text, Relation relation, std::size_t right,
                                 std::string_view right_text) {
    const bool is_left = has_name_[left];
    const bool is_right = has_name_[right];
    MetricExpression& made = expression_;
    if (!is_left && !is_right) return Fail(ErrorCode::kInvalidArgument, "names no metric");
    made.relation_ = is_left ? relation : Mirrored(relation);
    made.text_ = std::string(is_left ? left_text : right_text) + " " + std::string(WordOf(made.relation_)) + " " +
                 std::string(is_left ? right_text : left_text);
    if (is_left && is_right) {
      Add({.op = Op::kSubtract, .left = left, .right = right});
    } else {
      made.limit_ = ConstantAt(is_left ? right : left);
      // The last step is the quantity.
      if (is_left) made.steps_.resize(left + 1);
    }
    return std::move(made);
  }

  static Relation Mirrored(Relation relation) {
    switch (relation) {
      case Relation::kAtLeast:
        return Relation::kAtMost;
      case Relation::kAbove:
        return Relation::kBelow;
      case Relation::kAtMost:
        return Relation::kAtLeast;
      case Relation::kBelow:
        break;
    }
    return Relation::kAbove;
  }
  static std::string_view WordOf(Relation relation) {
    switch (relation) {
      case Relation::kAtLeast:
        return ">=";
      case Relation::kAbove:
        return ">";
      case Relation::kAtMost:
        return "<=";
      case Relation::kBelow:
        break;
    }
    return "<";
  }

  std::optional<Relation> ReadRelation() {
    SkipSpaces();
    if (Take(">=")) return Relation::kAtLeast;
    if (Take("<=")) return Relation::kAtMost;
    if (Take(">")) return Relation::kAbove;
    if (Take("<")) return Relation::kBelow;
    const bool is_equality = Starts("=") || Starts("!=");
    Complain(is_equality ? "no data can show that two values are equal; use >=, >, <= or <"
                         : "expected an operator, or one of >=, >, <= and <, got " + Next());
    return std::nullopt;
  }

  Place Sum() {
    Place left = Product();
    for (;;) {
      if (!left) return left;
      const bool is_plus = Take("+");
      if (!is_plus && !Take("-")) return left;
      const Place right = Product();
      if (!right) return right;
      left = Add({.op = is_plus ? Op::kAdd : Op::kSubtract, .left = *left, .right = *right});
    }
  }

  Place Product() {
    Place left = Factor();
    for (;;) {
      if (!left) return left;
      const bool is_times = Take("*");
      if (!is_times && !Take("/")) return left;
      const Place right = Factor();
      if (!right) return right;
      left = Add({.op = is_times ? Op::kMultiply : Op::kDivide, .left = *left, .right = *right});
    }
  }

  Place Factor() {
    if (++depth_ > MetricExpression::kMaxDepth) {
      Complain("nested deeper than " + std::to_string(MetricExpression::kMaxDepth));
      return std::nullopt;
    }
    const Place place = FactorWithin();
    --depth_;
    return place;
  }

  Place FactorWithin() {
    if (Take("-")) {
      const Place of = Factor();
      return of ? Add({.op = Op::kNegate, .left = *of}) : of;
    }
    if (Take("(")) return Closed(Sum());
    SkipSpaces();
    const char next = place_ < text_.size() ? text_[place_] : '\0';
    if (IsDigit(next) || next == '.') return Number();
    if (next == '\'') return QuotedName();
    if (IsLetter(next)) return NameOrCall();
    Complain("expected a metric, a number or \"(\", got " + Next());
    return std::nullopt;
  }

  Place Closed(Place place) {
    if (place && !Take(")")) {
      Complain("expected \")\", got " + Next());
      return std::nullopt;
    }
    return place;
  }

  Place Number() {
    double value = 0;
    const auto [end, code] = std::from_chars(text_.data() + place_, text_.data() + text_.size(), value);
    if (code != std::errc() || !std::isfinite(value)) {
      Complain("expected a number, got " + Next());
      return std::nullopt;
    }
    place_ = static_cast<std::size_t>(end - text_.data());
    return Add({.op = Op::kNumber, .number = value});
  }

  Place QuotedName() {
    const std::size_t end = text_.find('\'', place_ + 1);
    const std::string name(text_.substr(place_ + 1, end == text_.npos ? end : end - place_ - 1));
    if (end == text_.npos || !IsName(name)) {
      Complain(end == text_.npos ? "a name in quotes without an end" : "\"" + name + "\" is no name of a metric");
      return std::nullopt;
    }
    const Place named = Named(name);
    place_ = end + 1;
    return named;
  }

  Place NameOrCall() {
    std::size_t end = place_;
    while (end < text_.size() && (IsLetter(text_[end]) || IsDigit(text_[end]) || text_[end] == '.')) ++end;
    const std::string name(text_.substr(place_, end - place_));
    const std::size_t begin = std::exchange(place_, end);
    if (Take("(")) {
      if (name == "abs") {
        const Place of = Closed(Sum());
        return of ? Add({.op = Op::kAbs, .left = *of}) : of;
      }
      if (name == "min" || name == "max") return Extreme(name == "min" ? Op::kMin : Op::kMax);
      place_ = begin;
      Complain("there is no function \"" + name + "\"; known are min, max and abs");
      return std::nullopt;
    }
    place_ = begin;
    const Place named = Named(name);
    place_ = end;
    return named;
  }

  Place Extreme(Op op) {
    Place left = Sum();
    bool is_one = true;
    while (left && Take(",")) {
      is_one = false;
      const Place right = Sum();
      if (!right) return right;
      left = Add({.op = op, .left = *left, .right = *right});
    }
    if (left && is_one) {
      Complain("expected \",\" and another value, got " + Next());
      return std::nullopt;
    }
    return Closed(left);
  }

  Place Named(const std::string& name) {
    std::vector<std::string>& names = expression_.names_;
    auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      if (names.size() == MetricExpression::kMaxNames) {
        Complain("more than " + std::to_string(MetricExpression::kMaxNames) + " metrics");
        return std::nullopt;
      }
      found = names.insert(names.end(), name);
    }
    return Add({.op = Op::kName, .name = static_cast<std::size_t>(found - names.begin())});
  }

  // What is made of numbers only must be a number.
  Place Add(Step step) {
    const bool is_leaf = step.op == Op::kNumber || step.op == Op::kName;
    const bool is_unary = step.op == Op::kNegate || step.op == Op::kAbs;
    const bool has_name = is_leaf ? step.op == Op::kName : has_name_[step.left] || (!is_unary && has_name_[step.right]);
    expression_.steps_.push_back(step);
    has_name_.push_back(has_name);
    const std::size_t place = expression_.steps_.size() - 1;
    const bool divides_by_zero = step.op == Op::kDivide && !has_name_[step.right] && ConstantAt(step.right) == 0;
    if (divides_by_zero || (!has_name && !std::isfinite(ConstantAt(place)))) {
      Complain(divides_by_zero ? "division by 0" : "too large a number");
      return std::nullopt;
    }
    return place;
  }

  // Of a step without a name in it.
  double ConstantAt(std::size_t place) const {
    MetricExpression part;
    part.steps_.assign(expression_.steps_.begin(), expression_.steps_.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    const std::vector<double> values(expression_.names_.size(), 0.0);
    return part.ValueAt(values);
  }

  void SkipSpaces() {
    while (place_ < text_.size() && IsSpace(text_[place_])) ++place_;
  }
  bool Starts(std::string_view token) const { return text_.substr(place_).starts_with(token); }
  bool Take(std::string_view token) {
    SkipSpaces();
    if (!Starts(token)) return false;
    place_ += token.size();
    return true;
  }
  std::string Next() {
    SkipSpaces();
    if (place_ >= text_.size()) return "the end";
    std::size_t end = place_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;  // a whole character
    return "\"" + std::string(text_.substr(place_, end - place_)) + "\"";
  }
  void Complain(const std::string& message) {
    if (!error_.empty()) return;
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    const auto characters = std::ranges::count_if(text_.substr(0, place_), std::not_fn(continues));
    error_ = "at character " + std::to_string(characters + 1) + ": " + message;
  }

  std::string_view text_;
  std::size_t place_ = 0;
  int depth_ = 0;
  std::string error_;
  MetricExpression expression_;
  std::vector<bool> has_name_;  // by step: whether a metric is in it
};

Result<MetricExpression> MetricExpression::Parse(std::string_view text) { return ExpressionParser(text).Parse(); }

}  // namespace assay
