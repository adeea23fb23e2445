#include "config/scalar.h"

#include <charconv>

namespace assay {
namespace {

bool AllOf(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";

bool LooksLikeFloat(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t exponent = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    if (!AllOf(power, kDigits)) return false;
  }
  const std::size_t point = mantissa.find('.');
  if (point == std::string_view::npos) return AllOf(mantissa, kDigits);
  const std::string_view whole = mantissa.substr(0, point);
  const std::string_view fraction = mantissa.substr(point + 1);
  return (whole.empty() || AllOf(whole, kDigits)) && (fraction.empty() || AllOf(fraction, kDigits)) &&
         !(whole.empty() && fraction.empty());
}

Scalar ParseFloat(std::string_view text) {
  Scalar scalar{.type = Node::Type::kNumber};
  if (text.starts_with('+')) text.remove_prefix(1);
  scalar.is_finite = std::from_chars(text.data(), text.data() + text.size(), scalar.number).ec == std::errc();
  return scalar;
}

Scalar ParseInteger(std::string_view digits, int base, std::string_view text) {
  Scalar scalar{.type = Node::Type::kInteger};
  if (std::from_chars(digits.data(), digits.data() + digits.size(), scalar.integer, base).ec == std::errc()) {
    return scalar;
  }
  if (base == 10) return ParseFloat(text);
  scalar.is_finite = false;
  return scalar;
}

}  // namespace

Scalar ParsePlainScalar(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return {.type = Node::Type::kNull};
  }
  if (text == "true" || text == "True" || text == "TRUE") return {.type = Node::Type::kBool, .boolean = true};
  if (text == "false" || text == "False" || text == "FALSE") return {.type = Node::Type::kBool};
  if (text.starts_with("0x") && AllOf(text.substr(2), "0123456789abcdefABCDEF")) {
    return ParseInteger(text.substr(2), 16, text);
  }
  if (text.starts_with("0o") && AllOf(text.substr(2), "01234567")) return ParseInteger(text.substr(2), 8, text);
  std::string_view unsigned_text = text;
  if (text.starts_with('+') || text.starts_with('-')) unsigned_text.remove_prefix(1);
  if (AllOf(unsigned_text, kDigits)) return ParseInteger(text.starts_with('+') ? unsigned_text : text, 10, text);
  if (LooksLikeFloat(text)) return ParseFloat(text);
  const bool infinite = unsigned_text == ".inf" || unsigned_text == ".Inf" || unsigned_text == ".INF";
  if (infinite || text == ".nan" || text == ".NaN" || text == ".NAN") {
    return {.type = Node::Type::kNumber, .is_finite = false};
  }
  return {};
}

}  // namespace assay
