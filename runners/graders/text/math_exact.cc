// Rational numbers of any size, within a budget of work.

#include <algorithm>

#include "runners/graders/text/math_numbers.h"

namespace assay {
namespace {

using Integer = boost::multiprecision::cpp_int;

constexpr std::size_t kMostBits = 100'000;
constexpr std::int64_t kMostFactors = 10'000;  // of a factorial
constexpr double kMostWork = 1e9;              // steps of 64 bits

class ExactEvaluator {
 public:
  ExactValue Of(const MathValue& tree) {
    ExactValue result;
    result.value = Value(tree);
    result.state = state_;
    return result;
  }

 private:
  ExactNumber Stop(Exactness why) {
    if (state_ == Exactness::kExact) state_ = why;
    return 0;
  }
  bool IsStopped() const { return state_ != Exactness::kExact; }

  static std::size_t BitsOf(const Integer& number) { return number == 0 ? 1 : msb(abs(number)) + 1; }
  static std::size_t BitsOf(const ExactNumber& number) {
    return BitsOf(Integer(numerator(number))) + BitsOf(Integer(denominator(number)));
  }

  ExactNumber Kept(ExactNumber number) {
    const std::size_t bits = BitsOf(number);
    work_ += (static_cast<double>(bits) / 64 + 1) * (static_cast<double>(bits) / 64 + 1);
    return bits > kMostBits || work_ > kMostWork ? Stop(Exactness::kTooLarge) : number;
  }

  // "12.50"
  static ExactNumber Decimal(const std::string& text) {
    std::string digits;
    std::size_t places = 0;
    bool is_fraction = false;
    for (const char c : text) {
      if (c == '.') {
        is_fraction = true;
      } else {
        digits += c;
        places += is_fraction ? 1 : 0;
      }
    }
    // A leading zero would mean octal.
    const std::size_t first = digits.find_first_not_of('0');
    const Integer number = first == std::string::npos ? Integer(0) : Integer(digits.substr(first));
    return ExactNumber(number, pow(Integer(10), static_cast<unsigned>(places)));
  }

  ExactNumber Value(const MathValue& tree) {
    if (IsStopped()) return 0;
    switch (tree.kind) {
      case MathKind::kNumber:
        return Kept(Decimal(tree.name));
      case MathKind::kRepeating:
        return Kept(Repeating(tree));
      case MathKind::kSum: {
        ExactNumber sum = 0;
        for (const MathValue& item : tree.items) sum = Kept(sum + Value(item));
        return sum;
      }
      case MathKind::kProduct: {
        ExactNumber product = 1;
        for (const MathValue& item : tree.items) product = Kept(product * Value(item));
        return product;
      }
      case MathKind::kQuotient: {
        const ExactNumber above = Value(tree.items[0]);
        const ExactNumber below = Value(tree.items[1]);
        if (IsStopped()) return 0;
        if (below == 0) return Stop(Exactness::kUndefined);
        return Kept(above / below);
      }
      case MathKind::kNegative:
        return -Value(tree.items[0]);
      case MathKind::kPower:
        return Power(tree);
      case MathKind::kFunction:
        return Function(tree);
      default:
        return Stop(Exactness::kIrrational);
    }
  }

  // 0.1 and 36: 0.1 + 36/990
  ExactNumber Repeating(const MathValue& tree) {
    const std::string& period = tree.items[0].name;
    if (period.find('.') != std::string::npos) return Stop(Exactness::kUndefined);
    const std::size_t places = tree.name.size() - tree.name.find('.') - 1;
    const Integer nines = pow(Integer(10), static_cast<unsigned>(period.size())) - 1;
    const Integer shift = pow(Integer(10), static_cast<unsigned>(places));
    return Decimal(tree.name) + Decimal(period) / ExactNumber(nines * shift);
  }

  ExactNumber Power(const MathValue& tree) {
    const ExactNumber base = Value(tree.items[0]);
    const ExactNumber exponent = Value(tree.items[1]);
    if (IsStopped()) return 0;
    if (denominator(exponent) != 1) return Stop(Exactness::kIrrational);
    if (base == 1 || exponent == 0) return 1;
    if (base == 0) return exponent > 0 ? ExactNumber(0) : Stop(Exactness::kUndefined);
    const Integer whole(numerator(exponent));
    if (base == -1) return whole % 2 == 0 ? 1 : -1;
    const Integer size = abs(whole);
    if (size > kMostBits || size * BitsOf(base) > 2 * kMostBits) return Stop(Exactness::kTooLarge);
    const auto times = static_cast<unsigned>(size);
    const Integer above = pow(Integer(numerator(base)), times);
    const Integer below = pow(Integer(denominator(base)), times);
    return Kept(whole > 0 ? ExactNumber(above, below) : ExactNumber(below, above));
  }

  ExactNumber Function(const MathValue& tree) {
    const auto& name = tree.name;
    static constexpr std::string_view kKnown[] = {"factorial", "binomial", "abs", "floor",
                                                  "ceil",      "ceiling",  "max", "min"};
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
      return Stop(Exactness::kIrrational);
    }
    std::vector<ExactNumber> arguments;
    for (const MathValue& item : tree.items) arguments.push_back(Value(item));
    if (IsStopped()) return 0;
    const std::size_t wanted = name == "binomial" ? 2 : 1;
    if (name == "max" || name == "min") {
      const auto [least, most] = std::minmax_element(arguments.begin(), arguments.end());
      return name == "max" ? *most : *least;
    }
    if (arguments.size() != wanted) return Stop(Exactness::kUndefined);
    if (name == "abs") return abs(arguments[0]);
    if (name == "factorial" || name == "binomial") return Falling(arguments);
    const Integer above(numerator(arguments[0]));
    const Integer below(denominator(arguments[0]));
    Integer floor = above / below;
    if (above < 0 && floor * below != above) --floor;
    return name == "floor" || floor * below == above ? floor : floor + 1;
  }

  // n!, or n over k.
  ExactNumber Falling(const std::vector<ExactNumber>& arguments) {
    for (const ExactNumber& argument : arguments) {
      if (denominator(argument) != 1 || argument < 0) return Stop(Exactness::kUndefined);
      if (argument > kMostFactors) return Stop(Exactness::kTooLarge);
    }
    const auto n = static_cast<std::int64_t>(numerator(arguments[0]));
    Integer product = 1;
    if (arguments.size() == 1) {
      for (std::int64_t i = 2; i <= n && BitsOf(product) <= kMostBits; ++i) product *= i;
      return Kept(product);
    }
    auto k = static_cast<std::int64_t>(numerator(arguments[1]));
    if (k > n) return 0;
    k = std::min(k, n - k);
    for (std::int64_t i = 1; i <= k; ++i) product = product * (n - k + i) / i;
    return Kept(product);
  }

  Exactness state_ = Exactness::kExact;
  double work_ = 0;
};

}  // namespace

ExactValue ExactValueOf(const MathValue& tree) { return ExactEvaluator().Of(tree); }

}  // namespace assay
