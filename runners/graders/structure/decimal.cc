#include "runners/graders/structure/decimal.h"

#include <charconv>
#include <cmath>

namespace assay {
namespace {

Decimal WithoutTrailingZeros(Decimal decimal) {
  while (decimal.digits != 0 && decimal.digits % 10 == 0) {
    decimal.digits /= 10;
    ++decimal.exponent;
  }
  return decimal;
}

Decimal OfDouble(double number) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, std::fabs(number), std::chars_format::scientific).ptr;
  Decimal decimal;
  const char* at = text;
  int after_point = 0;
  for (bool is_fraction = false; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      is_fraction = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(*at - '0');
    after_point += is_fraction ? 1 : 0;
  }
  int exponent = 0;
  if (at != end) {
    ++at;
    if (*at == '+') ++at;
    std::from_chars(at, end, exponent);
  }
  decimal.exponent = exponent - after_point;
  return WithoutTrailingZeros(decimal);
}

// 10 * rest modulo `divisor`, both below 2^63.
std::uint64_t TenTimes(std::uint64_t rest, std::uint64_t divisor) {
  const std::uint64_t twice = (rest + rest) % divisor;
  const std::uint64_t four_times = (twice + twice) % divisor;
  return ((four_times + four_times) % divisor + twice) % divisor;
}

std::strong_ordering CompareDoubles(double a, double b) {
  return a < b ? std::strong_ordering::less : a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering CompareToDouble(std::int64_t a, double b) {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63
  if (b >= kBeyond) return std::strong_ordering::less;
  if (b < -kBeyond) return std::strong_ordering::greater;
  const double whole = std::trunc(b);
  const auto order = a <=> static_cast<std::int64_t>(whole);
  return order != std::strong_ordering::equal ? order : CompareDoubles(whole, b);
}

}  // namespace

Decimal DecimalOf(const Json& number) {
  if (!number.is_integer()) return OfDouble(number.as_number());
  const std::int64_t integer = number.as_integer();
  const auto bits = static_cast<std::uint64_t>(integer);
  return WithoutTrailingZeros({integer < 0 ? 0 - bits : bits, 0});
}

bool IsMultiple(const Decimal& number, const Decimal& step) {
  if (number.digits == 0) return true;
  int shift = number.exponent - step.exponent;
  if (shift < 0) return false;  // the digits would have to be a multiple of 10, and their zeros are stripped
  std::uint64_t rest = number.digits % step.digits;
  for (; shift > 0 && rest != 0; --shift) rest = TenTimes(rest, step.digits);
  return rest == 0;
}

std::strong_ordering CompareNumbers(const Json& a, const Json& b) {
  if (a.is_integer()) {
    return b.is_integer() ? a.as_integer() <=> b.as_integer() : CompareToDouble(a.as_integer(), b.as_number());
  }
  if (b.is_integer()) return 0 <=> CompareToDouble(b.as_integer(), a.as_number());
  return CompareDoubles(a.as_number(), b.as_number());
}

bool IsWhole(const Json& number) { return number.is_integer() || std::trunc(number.as_number()) == number.as_number(); }

}  // namespace assay
