#include "runners/graders/text/finite_number.h"

#include <charconv>
#include <cmath>
#include <string>

#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// ASCII digits for those of other scripts; "" when there is a character that no number has, or too many of them.
std::string InAscii(std::string_view text) {
  constexpr std::size_t kLongest = 2000;
  std::string out;
  while (!text.empty()) {
    const char32_t c = TakeCharacter(text);
    const int digit = DigitOf(c);
    if (digit >= 0) {
      out += static_cast<char>('0' + digit);
    } else if (c < 0x80 && std::string_view("+-._eE").find(static_cast<char>(c)) != std::string_view::npos) {
      out += static_cast<char>(c);
    } else {
      return "";
    }
    if (out.size() > kLongest) return "";
  }
  return out;
}

// Drops "_" between digits; false where one stands elsewhere.
bool DropUnderscores(std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !IsDigit(text[i - 1]) || !IsDigit(text[i + 1])) {
      return false;
    }
  }
  text = std::move(out);
  return true;
}

}  // namespace

std::optional<double> FiniteNumber(std::string_view text) {
  std::string number = InAscii(Trimmed(text));
  if (number.empty() || !DropUnderscores(number)) return std::nullopt;
  std::string_view digits = number;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || !(IsDigit(digits.front()) || digits.front() == '.')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small for a double is zero; too large is infinite.
    long double exact = 0;
    const auto wide = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    const std::size_t exponent = digits.find_first_of("eE");
    const bool is_small =
        wide.ec == std::errc() ? exact < 1 : exponent != std::string_view::npos && digits[exponent + 1] == '-';
    if (!is_small) return std::nullopt;
    value = wide.ec == std::errc() ? static_cast<double>(exact) : 0.0;
  }
  return negative ? -value : value;
}

}  // namespace assay
