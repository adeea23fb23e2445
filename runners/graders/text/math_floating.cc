// A hundred digits, complex, with variables at fixed points of both signs that no one would think of.

#include <cstdint>
#include <functional>

#include "runners/graders/text/math_numbers.h"

namespace assay {
namespace {

using boost::multiprecision::isfinite;

bool IsConstant(const std::string& symbol) { return symbol == "e" || symbol == "i" || symbol == "\\pi"; }

// FNV-1a: the same on every machine.
std::uint64_t HashOf(const std::string& name, int point) {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 1099511628211u; };
  for (const char c : name) add(static_cast<unsigned char>(c));
  add(static_cast<unsigned char>(point + 1));
  for (int i = 0; i < 4; ++i) add(0x5A);
  return hash;
}

// In (-3, 3), not near zero.
FloatingNumber SampleOf(const std::string& name, int point) {
  const std::uint64_t hash = HashOf(name, point);
  const FloatingNumber size = FloatingNumber(hash >> 33) / FloatingNumber(std::uint64_t{1} << 31) * 2.75 + 0.25;
  // One sign for all variables in two of the points: among others, roots of products are then of what is positive.
  const bool is_negative = point == 1 || (point > 1 && (hash & 1) != 0);
  return is_negative ? -size : size;
}

class FloatingEvaluator {
 public:
  explicit FloatingEvaluator(int point) : point_(point) {}

  std::optional<FloatingValue> Of(const MathValue& tree) {
    ComplexNumber value = Value(tree);
    if (!good_ || !isfinite(value.real()) || !isfinite(value.imag()) || !isfinite(scale_)) return std::nullopt;
    return FloatingValue{std::move(value), scale_};
  }

 private:
  ComplexNumber Stop() {
    good_ = false;
    return 0;
  }

  ComplexNumber Kept(ComplexNumber value) {
    const FloatingNumber size = abs(value).real();
    if (size > scale_) scale_ = size;
    return value;
  }

  ComplexNumber Value(const MathValue& tree) {
    if (!good_) return 0;
    switch (tree.kind) {
      case MathKind::kNumber:
        return Kept(ComplexNumber(FloatingNumber(tree.name.starts_with('.') ? "0" + tree.name : tree.name)));
      case MathKind::kRepeating: {
        const ExactValue exact = ExactValueOf(tree);
        if (exact.state != Exactness::kExact) return Stop();
        return Kept(ComplexNumber(FloatingNumber(exact.value)));
      }
      case MathKind::kSymbol:
        return Kept(SymbolValue(tree.name));
      case MathKind::kSum: {
        ComplexNumber sum = 0;
        for (const MathValue& item : tree.items) sum += Value(item);
        return Kept(sum);
      }
      case MathKind::kProduct: {
        ComplexNumber product = 1;
        for (const MathValue& item : tree.items) product *= Value(item);
        return Kept(product);
      }
      case MathKind::kQuotient: {
        const ComplexNumber above = Value(tree.items[0]);
        const ComplexNumber below = Value(tree.items[1]);
        return below == ComplexNumber(0) ? Stop() : Kept(above / below);
      }
      case MathKind::kNegative:
        return -Value(tree.items[0]);
      case MathKind::kPower:
        return Power(Value(tree.items[0]), Value(tree.items[1]));
      case MathKind::kFunction:
        return Function(tree);
      default:
        return Stop();
    }
  }

  ComplexNumber SymbolValue(const std::string& name) const {
    if (name == "e") return ComplexNumber(exp(FloatingNumber(1)));
    if (name == "i") return ComplexNumber(0, 1);
    if (name == "\\pi") return ComplexNumber(boost::math::constants::pi<FloatingNumber>());
    return ComplexNumber(SampleOf(name, point_));
  }

  ComplexNumber Power(const ComplexNumber& base, const ComplexNumber& exponent) {
    if (!good_) return 0;
    if (base == ComplexNumber(0)) return exponent.real() > 0 ? ComplexNumber(0) : Stop();
    const bool is_real = base.imag() == 0 && exponent.imag() == 0;
    // Whole exponents by multiplication, so that (-2)^2 is 4 and nothing else.
    if (exponent.imag() == 0 && exponent.real() == floor(exponent.real()) && abs(exponent.real()) <= 1000) {
      const int times = static_cast<int>(abs(exponent.real()));
      ComplexNumber power = 1;
      for (int i = 0; i < times; ++i) power *= base;
      return Kept(exponent.real() < 0 ? ComplexNumber(1) / power : power);
    }
    if (is_real && base.real() > 0) {
      return Kept(ComplexNumber(exponent.real() == FloatingNumber(0.5)
                                    ? FloatingNumber(sqrt(base.real()))
                                    : FloatingNumber(pow(base.real(), exponent.real()))));
    }
    return Kept(exp(exponent * log(base)));
  }

  // Of real arguments only.
  ComplexNumber Rounded(const ComplexNumber& value, const std::string& name) {
    if (value.imag() != 0) return Stop();
    return ComplexNumber(name == "floor" ? FloatingNumber(floor(value.real())) : FloatingNumber(ceil(value.real())));
  }

  ComplexNumber Function(const MathValue& tree) {
    const std::string& name = tree.name;
    std::vector<ComplexNumber> arguments;
    for (const MathValue& item : tree.items) arguments.push_back(Value(item));
    if (!good_ || arguments.empty()) return Stop();
    const ComplexNumber& x = arguments[0];
    if ((name == "log" || name == "ln" || name == "lg") && arguments.size() <= 2) {
      if (x == ComplexNumber(0)) return Stop();
      const ComplexNumber base = arguments.size() == 2 ? arguments[1] : ComplexNumber(name == "lg" ? 10 : 1);
      const ComplexNumber above = log(x);
      if (arguments.size() == 1 && name != "lg") return Kept(above);
      const ComplexNumber below = log(base);
      return below == ComplexNumber(0) ? Stop() : Kept(above / below);
    }
    if (arguments.size() != 1) return Extreme(name, arguments);
    if (name == "abs") return Kept(ComplexNumber(abs(x)));
    if (name == "floor" || name == "ceil" || name == "ceiling") return Rounded(x, name);
    if (name == "sin") return Kept(sin(x));
    if (name == "cos") return Kept(cos(x));
    if (name == "tan") return Kept(tan(x));
    if (name == "cot") return Kept(ComplexNumber(1) / tan(x));
    if (name == "sec") return Kept(ComplexNumber(1) / cos(x));
    if (name == "csc") return Kept(ComplexNumber(1) / sin(x));
    if (name == "exp") return Kept(exp(x));
    if (name == "sinh") return Kept(sinh(x));
    if (name == "cosh") return Kept(cosh(x));
    if (name == "tanh") return Kept(tanh(x));
    if (name == "asin" || name == "arcsin") return Kept(asin(x));
    if (name == "acos" || name == "arccos") return Kept(acos(x));
    if (name == "atan" || name == "arctan") return Kept(atan(x));
    if (name == "asinh") return Kept(asinh(x));
    if (name == "acosh") return Kept(acosh(x));
    if (name == "atanh") return Kept(atanh(x));
    if (name == "factorial") {
      const ExactValue exact = ExactValueOf(tree);
      if (exact.state == Exactness::kExact) return Kept(ComplexNumber(FloatingNumber(exact.value)));
    }
    return Stop();
  }

  ComplexNumber Extreme(const std::string& name, const std::vector<ComplexNumber>& arguments) {
    if (name != "max" && name != "min") return Stop();
    ComplexNumber best = arguments[0];
    for (const ComplexNumber& argument : arguments) {
      if (argument.imag() != 0) return Stop();
      const bool is_better = name == "max" ? argument.real() > best.real() : argument.real() < best.real();
      if (is_better) best = argument;
    }
    return best;
  }

  int point_;
  bool good_ = true;
  FloatingNumber scale_ = 0;
};

}  // namespace

std::optional<FloatingValue> FloatingValueOf(const MathValue& tree, int point) {
  return FloatingEvaluator(point).Of(tree);
}

bool HasVariables(const MathValue& tree) {
  if (tree.kind == MathKind::kSymbol) return !IsConstant(tree.name);
  for (const MathValue& item : tree.items) {
    if (HasVariables(item)) return true;
  }
  return false;
}

}  // namespace assay
