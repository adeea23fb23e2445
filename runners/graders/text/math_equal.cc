#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/text/math_numbers.h"
#include "runners/graders/text/math_value.h"

namespace assay {
namespace {

constexpr int kPoints = 6;
constexpr int kEnoughPoints = 3;
constexpr std::size_t kMostItems = 50;  // of sets, which are compared each with each

bool UnitsAgree(const MathValue& a, const MathValue& b) { return a.unit.empty() || b.unit.empty() || a.unit == b.unit; }

const FloatingNumber& Tolerance() {
  static const FloatingNumber tolerance("1e-75");
  return tolerance;
}

bool Close(const FloatingValue& a, const FloatingValue& b) {
  const ComplexNumber difference = a.value - b.value;
  const FloatingNumber scale = std::max(a.scale, b.scale);
  return abs(difference).real() <= Tolerance() * scale;
}

// Whether `tree` only gives a name to what stands on the other side of "=": x, f(x), \angle ABC.
bool IsName(const MathValue& tree) {
  if (tree.kind == MathKind::kSymbol) return true;
  return tree.kind == MathKind::kProduct && std::all_of(tree.items.begin(), tree.items.end(), IsName);
}

// The value of "x = 5", "5 = x", "x \in S"; the tree itself for anything else.
const MathValue& Unnamed(const MathValue& tree) {
  if (tree.kind != MathKind::kRelation || tree.items.size() != 2 || (tree.name != "=" && tree.name != "e")) return tree;
  if (IsName(tree.items[0])) return tree.items[1];
  return tree.name == "=" && IsName(tree.items[1]) ? tree.items[0] : tree;
}

// Both signs of every "\pm" at once, as the books read "\pm … \pm".
MathValue WithSign(const MathValue& tree, bool is_minus) {
  MathValue out = tree;
  for (MathValue& item : out.items) item = WithSign(item, is_minus);
  if (tree.kind != MathKind::kPlusMinus) return out;
  MathValue inside = std::move(out.items[0]);
  return is_minus ? MathValue{MathKind::kNegative, "", {std::move(inside)}, tree.unit} : inside;
}

bool HasPlusMinus(const MathValue& tree) {
  return tree.kind == MathKind::kPlusMinus || std::any_of(tree.items.begin(), tree.items.end(), HasPlusMinus);
}

// 2 > x for x < 2
MathValue Turned(const MathValue& relation) {
  MathValue out = relation;
  std::reverse(out.items.begin(), out.items.end());
  std::reverse(out.name.begin(), out.name.end());
  for (char& letter : out.name) {
    constexpr std::string_view kFrom = "<>lg";
    constexpr std::string_view kTo = "><gl";
    const std::size_t at = kFrom.find(letter);
    if (at != std::string_view::npos) letter = kTo[at];
  }
  return out;
}

// Sets of sets are compared each with each, again and again: what takes too long is not the same.
class MathComparer {
 public:
  bool Same(const MathValue& a, const MathValue& b) {
    if (!Spend(1) || !UnitsAgree(a, b)) return false;
    const auto either = [&](MathKind kind) { return a.kind == kind || b.kind == kind; };
    if (either(MathKind::kText)) return a.kind == b.kind && a.name == b.name;
    if (a.kind == MathKind::kRelation && b.kind == MathKind::kRelation) return SameRelation(a, b);
    if (either(MathKind::kRelation)) {
      const MathValue& left = Unnamed(a);
      const MathValue& right = Unnamed(b);
      return left.kind != MathKind::kRelation && right.kind != MathKind::kRelation && Same(left, right);
    }
    const auto is_collection = [](const MathValue& value) {
      return value.kind == MathKind::kList || value.kind == MathKind::kSet || HasPlusMinus(value);
    };
    if (either(MathKind::kTuple) || either(MathKind::kMatrix)) {
      if (a.kind == b.kind) return SameInOrder(a, b);
      // A point is no list of numbers; "(1, 2)" as the only item of a list cannot occur.
      return false;
    }
    if (either(MathKind::kUnion)) return a.kind == b.kind && SameItems(a, b);
    if (is_collection(a) || is_collection(b)) {
      // A set of one is not its element, two values are not one.
      if (a.kind == MathKind::kSet || b.kind == MathKind::kSet) {
        return is_collection(a) && is_collection(b) && SameItems(a, b);
      }
      return SameItems(a, b);
    }
    return a == b || SameScalar(a, b);
  }

 private:
  static constexpr int kFloatingCost = 50;

  bool Spend(int cost) { return (budget_ -= cost) >= 0; }

  // Of values that are no sets, tuples, relations or words.
  bool SameScalar(const MathValue& a, const MathValue& b) {
    if (!Spend(1)) return false;
    const ExactValue left = ExactValueOf(a);
    const ExactValue right = ExactValueOf(b);
    if (left.state == Exactness::kExact && right.state == Exactness::kExact) return left.value == right.value;
    // What could be exact but for its size is not rounded instead: 10^99999 is not 10^99999 + 1.
    for (const Exactness state : {left.state, right.state}) {
      if (state == Exactness::kTooLarge || state == Exactness::kUndefined) return false;
    }
    if (!Spend(kFloatingCost)) return false;
    const int points = HasVariables(a) || HasVariables(b) ? kPoints : 1;
    int agreed = 0;
    for (int point = 0; point < points; ++point) {
      const std::optional<FloatingValue> x = FloatingValueOf(a, point);
      const std::optional<FloatingValue> y = x ? FloatingValueOf(b, point) : std::nullopt;
      if (!x || !y) continue;
      if (!Close(*x, *y)) return false;
      ++agreed;
    }
    return agreed >= std::min(points, kEnoughPoints);
  }

  // The items of a list or set, no two the same; each "±" as two of them.
  std::vector<MathValue> DistinctItems(const MathValue& tree) {
    std::vector<MathValue> all;
    const auto add = [&all](const MathValue& item) {
      if (!HasPlusMinus(item)) {
        all.push_back(item);
        return;
      }
      all.push_back(WithSign(item, false));
      all.push_back(WithSign(item, true));
    };
    if (tree.kind == MathKind::kList || tree.kind == MathKind::kSet || tree.kind == MathKind::kUnion) {
      for (const MathValue& item : tree.items) add(tree.kind == MathKind::kList ? Unnamed(item) : item);
    } else {
      add(tree);
    }
    std::vector<MathValue> distinct;
    if (all.size() > kMostItems) return all;
    for (MathValue& item : all) {
      if (std::none_of(distinct.begin(), distinct.end(), [&](const MathValue& other) { return Same(item, other); })) {
        distinct.push_back(std::move(item));
      }
    }
    return distinct;
  }

  bool SameItems(const MathValue& a, const MathValue& b) {
    const std::vector<MathValue> left = DistinctItems(a);
    const std::vector<MathValue> right = DistinctItems(b);
    if (left.size() != right.size() || left.size() > kMostItems) return false;
    return std::all_of(left.begin(), left.end(), [&](const MathValue& item) {
      return std::any_of(right.begin(), right.end(), [&](const MathValue& other) { return Same(item, other); });
    });
  }

  bool SameInOrder(const MathValue& a, const MathValue& b) {
    return a.name == b.name && std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                                          [this](const MathValue& x, const MathValue& y) { return Same(x, y); });
  }

  // y = 2x and 2x - y = 0: the differences of their sides are multiples of each other.
  bool SameEquation(const MathValue& a, const MathValue& b) {
    const auto difference = [](const MathValue& equation) {
      MathValue negative{MathKind::kNegative, "", {equation.items[1]}};
      return MathValue{MathKind::kSum, "", {equation.items[0], std::move(negative)}};
    };
    const MathValue left = difference(a);
    const MathValue right = difference(b);
    if (!Spend(kFloatingCost)) return false;
    if (!HasVariables(left) || !HasVariables(right)) return false;
    std::optional<FloatingValue> ratio;
    int agreed = 0;
    for (int point = 0; point < kPoints; ++point) {
      const std::optional<FloatingValue> x = FloatingValueOf(left, point);
      const std::optional<FloatingValue> y = FloatingValueOf(right, point);
      if (!x || !y || abs(y->value).real() <= Tolerance() * y->scale ||
          abs(x->value).real() <= Tolerance() * x->scale) {
        continue;
      }
      const ComplexNumber quotient = x->value / y->value;
      const FloatingValue here{quotient, abs(quotient).real()};
      if (ratio && !Close(*ratio, here)) return false;
      ratio = here;
      ++agreed;
    }
    return agreed >= kEnoughPoints;
  }

  bool SameRelation(const MathValue& a, const MathValue& b) {
    if (SameInOrder(a, b) || SameInOrder(a, Turned(b))) return true;
    return a.name == "=" && b.name == "=" && SameEquation(a, b);
  }

  int budget_ = 50'000;  // a second or two
};

}  // namespace

bool SameMath(const MathValue& a, const MathValue& b) { return MathComparer().Same(a, b); }

}  // namespace assay
