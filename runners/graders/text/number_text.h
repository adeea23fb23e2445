#pragma once
// Numbers as people and models write them in text.
//
//   -5   −5 (U+2212)   +5   $5   -$5   $-5   $ 5   5 €   USD 5   50%     a currency or percent sign is a unit: ignored
//   1,000,000   1 000 (any space)   1'000   1{,}000                      groups of three only; "1,2" are two numbers
//   18.0   .5   26. (ends a sentence)   1e3   1.5E-7   3 × 10^8   3 \times 10^{8}   3 x 10⁸   10^8   10⁸   10**8
//   1/2                                                                   a fraction of whole numbers
//
// A "-" is a sign unless it follows a digit, a letter, a percent sign or a closing bracket ("3-4", "COVID-19", "16 -
// 3"), or a space follows it. No numbers: what is glued to a letter before it (m2, GPT4, v1.2; currency codes
// excepted), chains like 1.2.3 and 11/24/2026, 0x1F, exponents, and what is raised to a power other than 10 (2^8, 5²):
// it is neither of its two numbers. Plain spaces group only where nothing makes it a list ("10 200 30" are three). The
// decimal sign is the point. Digits are 0-9.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

enum class NumberPlace { kFirst, kLast };

struct NumberInText {
  std::string text;  // as written, with its sign, without its unit; at most 40 bytes
  // value = (-1)^negative * digits * 10^exponent / denominator. No leading or trailing zeros in `digits`, "" is zero.
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
  std::optional<std::string> denominator;  // digits of a fraction

  // Finite; nullopt when it is beyond what a long double holds, or has more than 1,000 digits.
  std::optional<long double> Value() const;
};

// The first or last number of `text`. O(text).
std::optional<NumberInText> FindNumber(std::string_view text, NumberPlace place);

// Exactly the same number: "1.0" and "1", "1,000" and "1e3"; not 9007199254740993 and 9007199254740992. A fraction is
// the same as the decimal number closest to it.
bool SameNumber(const NumberInText& a, const NumberInText& b);

// |value - target| <= max(absolute, relative * |target|), forgiving the rounding of binary fractions. False when either
// has no Value.
bool NumbersClose(const NumberInText& value, const NumberInText& target, double absolute, double relative);

}  // namespace assay
