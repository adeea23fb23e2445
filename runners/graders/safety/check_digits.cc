#include "runners/graders/safety/check_digits.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace assay {
namespace {

// The first `count` digits as a number.
int Leading(std::string_view digits, std::size_t count) {
  int value = 0;
  for (const char c : digits.substr(0, count)) value = value * 10 + (c - '0');
  return value;
}

struct Network {
  int from;  // of the first digits
  int to;
  std::size_t digits;  // how many those are
  std::size_t shortest;
  std::size_t longest;
};

constexpr Network kNetworks[] = {
    {4, 4, 1, 13, 13},       {4, 4, 1, 16, 16},       {4, 4, 1, 19, 19},    // Visa
    {51, 55, 2, 16, 16},     {2221, 2720, 4, 16, 16},                       // Mastercard
    {34, 34, 2, 15, 15},     {37, 37, 2, 15, 15},                           // Amex
    {6011, 6011, 4, 16, 19}, {644, 649, 3, 16, 19},   {65, 65, 2, 16, 19},  // Discover
    {300, 305, 3, 14, 19},   {36, 36, 2, 14, 19},     {38, 39, 2, 14, 19},  // Diners Club
    {2131, 2131, 4, 15, 15}, {1800, 1800, 4, 15, 15}, {604, 604, 4, 12, 19},   {3528, 3589, 4, 16, 19},
    {62, 62, 2, 16, 19},  // JCB, UnionPay
    {5018, 5018, 4, 12, 19}, {5020, 5020, 4, 12, 19}, {5038, 5038, 4, 12, 19}, {5893, 5893, 4, 12, 19},  // Maestro
    {56, 58, 2, 12, 19},     {6304, 6304, 4, 12, 19}, {6390, 6390, 4, 12, 19}, {6759, 6759, 4, 12, 19},
    {6761, 6763, 4, 12, 19},
};

struct Country {
  std::string_view code;
  int length;
};

// The registry of SWIFT.
constexpr std::array kCountries = {
    Country{"AD", 24}, Country{"AE", 23}, Country{"AL", 28}, Country{"AT", 20}, Country{"AZ", 28}, Country{"BA", 20},
    Country{"BE", 16}, Country{"BG", 22}, Country{"BH", 22}, Country{"BI", 27}, Country{"BR", 29}, Country{"BY", 28},
    Country{"CH", 21}, Country{"CR", 22}, Country{"CY", 28}, Country{"CZ", 24}, Country{"DE", 22}, Country{"DJ", 27},
    Country{"DK", 18}, Country{"DO", 28}, Country{"EE", 20}, Country{"EG", 29}, Country{"ES", 24}, Country{"FI", 18},
    Country{"FK", 18}, Country{"FO", 18}, Country{"FR", 27}, Country{"GB", 22}, Country{"GE", 22}, Country{"GI", 23},
    Country{"GL", 18}, Country{"GR", 27}, Country{"GT", 28}, Country{"HN", 28}, Country{"HR", 21}, Country{"HU", 28},
    Country{"IE", 22}, Country{"IL", 23}, Country{"IQ", 23}, Country{"IS", 26}, Country{"IT", 27}, Country{"JO", 30},
    Country{"KW", 30}, Country{"KZ", 20}, Country{"LB", 28}, Country{"LC", 32}, Country{"LI", 21}, Country{"LT", 20},
    Country{"LU", 20}, Country{"LV", 21}, Country{"LY", 25}, Country{"MC", 27}, Country{"MD", 24}, Country{"ME", 22},
    Country{"MK", 19}, Country{"MN", 20}, Country{"MR", 27}, Country{"MT", 31}, Country{"MU", 30}, Country{"NI", 28},
    Country{"NL", 18}, Country{"NO", 15}, Country{"OM", 23}, Country{"PK", 24}, Country{"PL", 28}, Country{"PS", 29},
    Country{"PT", 25}, Country{"QA", 29}, Country{"RO", 24}, Country{"RS", 22}, Country{"RU", 33}, Country{"SA", 24},
    Country{"SC", 31}, Country{"SD", 18}, Country{"SE", 24}, Country{"SI", 19}, Country{"SK", 24}, Country{"SM", 27},
    Country{"SO", 23}, Country{"ST", 25}, Country{"SV", 28}, Country{"TL", 23}, Country{"TN", 24}, Country{"TR", 26},
    Country{"UA", 29}, Country{"VA", 22}, Country{"VG", 24}, Country{"XK", 20}, Country{"YE", 30}};

}  // namespace

bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    const int counted = i % 2 == 0 ? digit : 2 * digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 == 0;
}

bool IsCardNumber(std::string_view digits) {
  const bool is_of_a_network = std::ranges::any_of(kNetworks, [&](const Network& network) {
    if (digits.size() < network.shortest || digits.size() > network.longest) return false;
    const int leading = Leading(digits, network.digits);
    return leading >= network.from && leading <= network.to;
  });
  return is_of_a_network && PassesLuhn(digits);
}

int IbanLength(std::string_view country) {
  const auto found = std::ranges::lower_bound(kCountries, country, {}, &Country::code);
  return found != kCountries.end() && found->code == country ? found->length : 0;
}

bool IsIban(std::string_view text) {
  if (text.size() < 5 || static_cast<int>(text.size()) != IbanLength(text.substr(0, 2))) return false;
  int remainder = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[(i + 4) % text.size()];  // the country and its check digits count last
    if (c >= '0' && c <= '9') {
      remainder = (remainder * 10 + (c - '0')) % 97;
    } else if (c >= 'A' && c <= 'Z') {
      remainder = (remainder * 100 + (c - 'A' + 10)) % 97;
    } else {
      return false;
    }
  }
  return remainder == 1;
}

bool IsSocialSecurityNumber(std::string_view digits) {
  if (digits.size() != 9) return false;
  const std::string_view area = digits.substr(0, 3);
  return area != "000" && area != "666" && area.front() != '9' && digits.substr(3, 2) != "00" &&
         digits.substr(5) != "0000";
}

}  // namespace assay
