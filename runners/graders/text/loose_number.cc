#include "runners/graders/text/loose_number.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "runners/graders/text/finite_number.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

using Characters = std::u32string;
using CharactersView = std::u32string_view;

constexpr CharactersView kMinus = U"-−﹣－负負";
constexpr CharactersView kPlus = U"+＋﹢正";
constexpr CharactersView kPoints = U".٫．";
constexpr CharactersView kGroups = U"，﹐、٬ '’ʼ＇";
constexpr CharactersView kSuperscripts = U"⁰¹²³⁴⁵⁶⁷⁸⁹";
constexpr CharactersView kChinesePoints = U"点點";

bool Has(CharactersView set, char32_t c) { return set.find(c) != CharactersView::npos; }

struct Numeral {
  char32_t sign;
  double value;
};
constexpr std::array<Numeral, 32> kChineseDigits = {
    {{U'零', 0}, {U'〇', 0}, {U'○', 0},  {U'一', 1},  {U'壹', 1},  {U'幺', 1},  {U'二', 2}, {U'贰', 2},
     {U'貳', 2}, {U'两', 2}, {U'兩', 2}, {U'三', 3},  {U'叁', 3},  {U'參', 3},  {U'四', 4}, {U'肆', 4},
     {U'五', 5}, {U'伍', 5}, {U'六', 6}, {U'陆', 6},  {U'陸', 6},  {U'七', 7},  {U'柒', 7}, {U'八', 8},
     {U'捌', 8}, {U'九', 9}, {U'玖', 9}, {U'廿', 20}, {U'卅', 30}, {U'卌', 40}, {U'\0', 0}, {U'\0', 0}}};
constexpr std::array<Numeral, 6> kSmallUnits = {
    {{U'十', 10}, {U'拾', 10}, {U'百', 100}, {U'佰', 100}, {U'千', 1000}, {U'仟', 1000}}};
constexpr std::array<Numeral, 5> kLargeUnits = {
    {{U'万', 1e4}, {U'萬', 1e4}, {U'亿', 1e8}, {U'億', 1e8}, {U'兆', 1e12}}};

template <std::size_t N>
std::optional<double> ValueIn(const std::array<Numeral, N>& numerals, char32_t c) {
  if (c < 0x80) return std::nullopt;
  const auto found = std::find_if(numerals.begin(), numerals.end(), [c](const Numeral& n) { return n.sign == c; });
  return found == numerals.end() ? std::nullopt : std::optional<double>(found->value);
}

std::optional<double> ChineseDigit(char32_t c) {
  if (const int digit = DigitOf(c); digit >= 0) return digit;
  return ValueIn(kChineseDigits, c);
}

bool IsChinese(CharactersView text) {
  return std::any_of(text.begin(), text.end(), [](char32_t c) {
    return ValueIn(kChineseDigits, c) || ValueIn(kSmallUnits, c) || ValueIn(kLargeUnits, c) || Has(kChinesePoints, c);
  });
}

std::optional<double> Joined(CharactersView digits, double scale_below_one) {
  double value = 0;
  for (const char32_t c : digits) {
    const auto digit = ChineseDigit(c);
    if (!digit || *digit > 9) return std::nullopt;
    if (scale_below_one > 0) {
      scale_below_one /= 10;
      value += *digit * scale_below_one;
    } else {
      value = value * 10 + *digit;
    }
  }
  return value;
}

// 三万二千一百零五 is 32105, 二〇二五 is 2025, 三点一四 is 3.14.
std::optional<double> Chinese(CharactersView text) {
  const std::size_t point = text.find_first_of(U"点點．.");
  CharactersView whole = text.substr(0, point);
  double below = 0;
  if (point != CharactersView::npos) {
    const auto fraction = Joined(text.substr(point + 1), 1);
    if (!fraction) return std::nullopt;
    below = *fraction;
  }
  const bool has_units = std::any_of(whole.begin(), whole.end(), [](char32_t c) {
    return ValueIn(kSmallUnits, c) || ValueIn(kLargeUnits, c) || ValueIn(kChineseDigits, c).value_or(0) > 9;
  });
  if (!has_units) {
    const auto value = Joined(whole, 0);
    return value ? std::optional<double>(*value + below) : std::nullopt;
  }
  double total = 0;
  double section = 0;
  double number = 0;
  for (const char32_t c : whole) {
    if (const auto digit = ChineseDigit(c)) {
      if (*digit > 9) {
        section += *digit;
      } else if (DigitOf(c) >= 0 || *digit > 0) {
        number = *digit;
      }
    } else if (const auto small = ValueIn(kSmallUnits, c)) {
      section += (number == 0 ? 1 : number) * *small;
      number = 0;
    } else if (const auto large = ValueIn(kLargeUnits, c)) {
      total += (section + number) * *large;
      section = number = 0;
    } else {
      return std::nullopt;
    }
  }
  return total + section + number + below;
}

// Digits of any script, one decimal point, signs that group digits, an exponent.
std::optional<double> Digits(CharactersView text) {
  if (std::count(text.begin(), text.end(), U'.') > 1) return std::nullopt;
  std::string out;
  bool has_point = false;
  bool has_exponent = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if ((c == U'e' || c == U'E') && !has_exponent && !out.empty()) {
      has_exponent = true;
      out += 'e';
      if (i + 1 < text.size() && (Has(kMinus.substr(0, 4), text[i + 1]) || Has(kPlus.substr(0, 3), text[i + 1]))) {
        out += Has(kMinus, text[++i]) ? '-' : '+';
      }
    } else if (Has(kPoints, c)) {
      if (has_point) return std::nullopt;
      has_point = true;
      out += '.';
    } else if (const int digit = DigitOf(c); digit >= 0) {
      out += static_cast<char>('0' + digit);
    } else if (!Has(kGroups, c) && !IsSpaceCharacter(c)) {
      return std::nullopt;
    }
  }
  return FiniteNumber(out);
}

std::optional<double> Core(CharactersView text) {
  if (text.empty()) return std::nullopt;
  if (IsChinese(text)) {
    if (const auto value = Chinese(text)) return value;
  }
  if (const auto value = Digits(text)) return value;
  if (text.size() != 1) return std::nullopt;
  const double value = u_getNumericValue(static_cast<UChar32>(text.front()));
  return value == U_NO_NUMERIC_VALUE ? std::nullopt : std::optional<double>(value);
}

// "2½"
std::optional<double> WithFraction(CharactersView text) {
  const auto fraction = std::find_if(text.begin(), text.end(), [](char32_t c) { return FractionOf(c) > 0; });
  if (fraction == text.end()) return Core(text);
  const auto at = static_cast<std::size_t>(fraction - text.begin());
  for (const char32_t c : text.substr(at + 1)) {
    if (!IsSpaceCharacter(c) && !Has(kGroups, c)) return std::nullopt;
  }
  if (at == 0) return FractionOf(*fraction);
  const auto whole = Core(text.substr(0, at));
  return whole ? std::optional<double>(*whole + FractionOf(*fraction)) : std::nullopt;
}

// The exponent in superscripts that ends `text`, which loses it.
std::optional<int> TakeSuperscripts(CharactersView& text) {
  std::size_t begin = text.size();
  while (begin > 0 && Has(kSuperscripts, text[begin - 1])) --begin;
  if (begin == text.size() || begin == 0) return std::nullopt;
  int exponent = 0;
  for (const char32_t c : text.substr(begin)) {
    exponent = std::min(100'000, exponent * 10 + static_cast<int>(kSuperscripts.find(c)));
  }
  if (begin > 1 && (text[begin - 1] == U'⁻' || text[begin - 1] == U'⁺')) {
    if (text[--begin] == U'⁻') exponent = -exponent;
  }
  text = text.substr(0, begin);
  return exponent;
}

// Whether a number can begin so: it spares nearly every word the rest.
bool MayBegin(std::string_view text) {
  const auto c = static_cast<unsigned char>(text.front());
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == '\'' || c >= 0x80;
}

}  // namespace

std::string WithoutNumericMarks(std::string_view text) {
  constexpr std::string_view kMarks = "$,*_";
  constexpr std::string_view kEuro = "€";
  constexpr std::string_view kPound = "£";
  std::string out;
  out.reserve(text.size());
  const auto mark_at = [&](std::size_t i) -> std::size_t {
    if (i >= text.size()) return 0;
    if (kMarks.find(text[i]) != std::string_view::npos) return 1;
    return text.substr(i).starts_with(kEuro) ? kEuro.size() : text.substr(i).starts_with(kPound) ? kPound.size() : 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && mark_at(i + 1) > 0) {
      ++i;
    } else if (const std::size_t mark = mark_at(i); mark > 0) {
      i += mark;
    } else {
      out += text[i++];
    }
  }
  // Only now is it known what follows a point.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool before_digit = i + 1 < out.size() && out[i + 1] >= '0' && out[i + 1] <= '9';
    if (out[i] != '.' || before_digit) out[kept++] = out[i];
  }
  out.resize(kept);
  return out;
}

std::optional<double> LooseNumber(std::string_view text) {
  constexpr std::size_t kLongest = 400;
  text = Trimmed(text);
  if (text.empty() || text.size() > kLongest || !MayBegin(text)) return std::nullopt;
  if (const auto value = FiniteNumber(text)) return value;
  Characters characters;
  while (!text.empty()) characters += TakeCharacter(text);
  CharactersView rest = characters;
  bool negative = false;
  while (!rest.empty() && (Has(kMinus, rest.front()) || Has(kPlus, rest.front()) || IsSpaceCharacter(rest.front()))) {
    if (Has(kMinus, rest.front())) negative = !negative;
    rest.remove_prefix(1);
  }
  const bool is_single = rest.size() == 1;
  const std::optional<int> exponent = is_single ? std::nullopt : TakeSuperscripts(rest);
  std::optional<double> value = WithFraction(rest);
  if (!value) return std::nullopt;
  if (negative) value = -*value;
  if (exponent) value = std::pow(*value, *exponent);
  return std::isfinite(*value) ? value : std::nullopt;
}

}  // namespace assay
