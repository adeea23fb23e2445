#pragma once
// The values of mathematical trees. Only for the file that compares them: it brings in Boost.Multiprecision.

#include <boost/multiprecision/cpp_complex.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <optional>

#include "runners/graders/text/math_value.h"

namespace assay {

using ExactNumber = boost::multiprecision::cpp_rational;
using FloatingNumber = boost::multiprecision::cpp_bin_float_100;
using ComplexNumber = boost::multiprecision::cpp_complex_100;

enum class Exactness { kExact, kIrrational, kTooLarge, kUndefined };

struct ExactValue {
  Exactness state = Exactness::kExact;
  ExactNumber value = 0;
};

// kIrrational for anything that is not whole numbers and the four operations on them, powers with whole exponents,
// factorials and their like; kTooLarge for what would be, but has too many digits.
ExactValue ExactValueOf(const MathValue& tree);

struct FloatingValue {
  ComplexNumber value;
  FloatingNumber scale;  // the largest value that occurred on the way
};

// With its variables at sample `point`, from 0; nullopt where it is not finite, or no number.
std::optional<FloatingValue> FloatingValueOf(const MathValue& tree, int point);

bool HasVariables(const MathValue& tree);

}  // namespace assay
