#pragma once
// Numbers of JSON compared and divided as the decimals that their authors wrote, not as binary fractions.

#include <compare>
#include <cstdint>

#include "core/json.h"

namespace assay {

// digits * 10^exponent without trailing zeros, of a number without its sign: of the shortest decimal that reads back as
// it, which is what the author of the JSON wrote when that has at most 17 digits.
struct Decimal {
  std::uint64_t digits = 0;
  int exponent = 0;
};

// Of a number that is finite.
Decimal DecimalOf(const Json& number);

// Whether `number` is `step` times an integer; step.digits is not 0.
bool IsMultiple(const Decimal& number, const Decimal& step);

// By value: 1 is 1.0, and 9007199254740993 is more than 9007199254740992.0. Both are numbers, finite.
std::strong_ordering CompareNumbers(const Json& a, const Json& b);

// Whether a number has no fraction: 2, 2.0 and 1e300, not 2.5.
bool IsWhole(const Json& number);

}  // namespace assay
