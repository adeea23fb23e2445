// One pass over the text finds where numbers stand; only the one asked for is taken apart.

#include "runners/graders/text/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr std::size_t kMaxDigits = 1000;
constexpr std::int64_t kMaxExponent = 1'000'000;
constexpr std::string_view kMinusSign = "\xE2\x88\x92";
constexpr std::string_view kSuperscriptMinus = "⁻";
constexpr std::array<std::string_view, 10> kSuperscripts = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsWordCharacter(char c) { return IsDigit(c) || IsLetter(c) || c == '_'; }

bool IsCurrencyCode(std::string_view word) {
  static constexpr std::array<std::string_view, 16> kCodes = {"USD", "EUR", "GBP", "JPY", "CNY", "INR", "CHF", "AUD",
                                                              "CAD", "NZD", "SGD", "HKD", "BRL", "KRW", "RM",  "Rs"};
  return std::find(kCodes.begin(), kCodes.end(), word) != kCodes.end();
}

// Where the parts of a number stand in the text.
struct Span {
  std::size_t begin = 0;     // of the digits, or of the point before them
  std::size_t mantissa = 0;  // end of the digits before any exponent
  std::size_t end = 0;
  std::int64_t exponent = 0;
  std::size_t denominator = 0;  // begin of the digits after "/"; 0: none
  bool negative = false;
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // The next number at or after the place where the last one ended.
  std::optional<Span> Next() {
    while (at_ < text_.size()) {
      if (const std::size_t sign = PowerSignLength(at_); sign != 0) {
        SkipPower(at_ + sign);
        continue;
      }
      if (!StartsNumber(at_)) {
        ++at_;
        continue;
      }
      if (IsGlued(at_)) {
        SkipWord();
        continue;
      }
      if (auto span = Read(at_)) {
        at_ = span->end;
        return span;
      }
    }
    return std::nullopt;
  }

 private:
  char At(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  char Before(std::size_t i) const { return i > 0 ? text_[i - 1] : '\0'; }
  bool Has(std::size_t i, std::string_view what) const {
    return text_.substr(std::min(i, text_.size())).starts_with(what);
  }
  bool EndsWith(std::size_t end, std::string_view what) const { return text_.substr(0, end).ends_with(what); }
  std::size_t SkipDigits(std::size_t i) const {
    while (IsDigit(At(i))) ++i;
    return i;
  }

  bool StartsNumber(std::size_t i) const {
    if (IsDigit(At(i))) return true;
    return At(i) == '.' && IsDigit(At(i + 1)) && !IsWordCharacter(Before(i)) && Before(i) != '.';
  }

  // "m2", "x_1", but not "USD5" and "_5_".
  bool IsGlued(std::size_t i) const {
    const char before = Before(i);
    if (before == '_') return i >= 2 && IsWordCharacter(text_[i - 2]);
    if (!IsLetter(before)) return false;
    std::size_t word = i;
    while (IsLetter(Before(word)) && i - word <= 3) --word;
    return !IsCurrencyCode(text_.substr(word, i - word));
  }

  // Past letters, digits and points between them.
  void SkipWord() {
    while (IsWordCharacter(At(at_)) || (At(at_) == '.' && IsWordCharacter(At(at_ + 1)))) ++at_;
  }

  // Past "1.2.3" or "1/2/3".
  void SkipChain(char link) {
    while (IsDigit(At(at_)) || (At(at_) == link && IsDigit(At(at_ + 1)))) ++at_;
  }

  // The length of a thousands separator at `i`; 0 if there is none.
  std::size_t SeparatorLength(std::size_t i) const {
    static constexpr std::array<std::string_view, 10> kSeparators = {",",
                                                                     "'",
                                                                     "\xE2\x80\x99" /* right quote */,
                                                                     "{,}",
                                                                     "\\,",
                                                                     "\xC2\xA0" /* no-break */,
                                                                     "\xE2\x80\x87" /* figure */,
                                                                     "\xE2\x80\x89" /* thin */,
                                                                     "\xE2\x80\xAF" /* narrow no-break */,
                                                                     " "};
    for (const std::string_view separator : kSeparators) {
      if (Has(i, separator)) return separator.size();
    }
    return 0;
  }

  std::size_t SkipGroups(std::size_t begin) const {
    std::size_t end = SkipDigits(begin);
    if (end - begin > 3 || end == begin || text_[begin] == '0') return end;
    const std::size_t length = SeparatorLength(end);
    if (length == 0) return end;
    const std::string_view separator = text_.substr(end, length);
    if (separator == " " && IsInList(begin)) return end;
    while (Has(end, separator)) {
      const std::size_t group = end + length;
      if (SkipDigits(group) != group + 3) break;
      end = group + 3;
    }
    // Spaces also stand between numbers: those of "10 200 30" are three.
    return separator == " " && At(end) == ' ' && IsDigit(At(end + 1)) ? SkipDigits(begin) : end;
  }

  // Whether the digits at `begin` belong to what stands before them: "10 200", "12:30", "1,2".
  bool IsInList(std::size_t begin) const {
    return begin >= 2 && IsDigit(text_[begin - 2]) &&
           std::string_view(" :/.,").find(text_[begin - 1]) != std::string_view::npos;
  }

  // No number stands there after all: nullopt, with at_ moved past what does.
  std::optional<Span> Read(std::size_t begin) {
    Span span;
    span.begin = begin;
    if (At(begin) == '0' && (At(begin + 1) == 'x' || At(begin + 1) == 'X') && IsWordCharacter(At(begin + 2))) {
      SkipWord();
      return std::nullopt;
    }
    std::size_t end = SkipGroups(begin);
    bool whole = true;
    if (At(end) == '.' && IsDigit(At(end + 1))) {
      whole = false;
      end = SkipDigits(end + 1);
      if (At(end) == '.' && IsDigit(At(end + 1)) && At(begin) != '.') {
        SkipChain('.');
        return std::nullopt;
      }
    }
    span.mantissa = span.end = end;
    if (At(end) == '/' && IsDigit(At(end + 1)) && whole) {
      const std::size_t after = SkipDigits(end + 1);
      if (At(after) == '/' && IsDigit(At(after + 1))) {
        SkipChain('/');
        return std::nullopt;
      }
      const bool zero = text_.substr(end + 1, after - end - 1).find_first_not_of('0') == std::string_view::npos;
      if (!zero && !(At(after) == '.' && IsDigit(At(after + 1)))) {
        span.denominator = end + 1;
        span.end = after;
      }
    } else if (text_.substr(begin, end - begin) == "10" && ReadPower(end, span)) {
      span.mantissa = begin + 1;  // 10^8 is 1e8
    } else if (!ReadExponent(end, span)) {
      ReadPowerOfTen(end, span);
    }
    if (const std::size_t power = PowerAt(span.end); power != 0) {
      SkipPower(power);
      return std::nullopt;  // "2^8" is 256: neither 2 nor 8
    }
    span.negative = HasMinus(begin);
    return span;
  }

  // The length of what says at `i` that an exponent follows, whatever is raised; 0 if nothing does.
  std::size_t PowerSignLength(std::size_t i) const {
    constexpr std::string_view kSuperscriptTag = "<sup>";
    return At(i) == '^' ? 1 : Has(i, kSuperscriptTag) ? kSuperscriptTag.size() : 0;
  }

  // Where the exponent begins when the text at `i` raises what stands before it to a power; 0 when it does not. "**"
  // is bold text as well: an operator has spaces on both sides or on none, and a digit behind it.
  std::size_t PowerAt(std::size_t i) const {
    const bool spaced = At(i) == ' ';
    const std::size_t sign = spaced ? i + 1 : i;
    if (const std::size_t length = PowerSignLength(sign); length != 0) return sign + length;
    if (Has(sign, "**")) {
      const std::size_t after = sign + 2 + (spaced && At(sign + 2) == ' ' ? 1 : 0);
      const bool is_number = IsDigit(At(after)) || (At(after) == '-' && IsDigit(At(after + 1)));
      return is_number && spaced == (after > sign + 2) ? after : 0;
    }
    return SuperscriptDigit(i) || Has(i, kSuperscriptMinus) ? i : 0;
  }

  // Past the exponent that begins at `i`: "8", "{n+1}", "(n + 1)", "-3".
  void SkipPower(std::size_t i) {
    constexpr std::size_t kLongest = 64;
    if (At(i) == ' ') ++i;
    at_ = i;
    if (At(i) == '{' || At(i) == '(') {
      const std::size_t close = text_.substr(i, kLongest).find(At(i) == '{' ? '}' : ')');
      if (close != std::string_view::npos) {
        at_ = i + close + 1;
        return;
      }
      ++at_;
    }
    if (At(at_) == '-' || At(at_) == '+') {
      ++at_;
    } else if (Has(at_, kMinusSign)) {
      at_ += kMinusSign.size();
    }
    SkipWord();
  }

  // Digits at `i` as an exponent, bounded.
  std::int64_t ExponentAt(std::size_t i, std::size_t end, bool negative) const {
    std::int64_t value = 0;
    for (; i < end; ++i) value = std::min(kMaxExponent, value * 10 + (text_[i] - '0'));
    return negative ? -value : value;
  }

  // "e-7"
  bool ReadExponent(std::size_t i, Span& span) const {
    if (At(i) != 'e' && At(i) != 'E') return false;
    const bool negative = At(i + 1) == '-';
    const std::size_t begin = i + 1 + (negative || At(i + 1) == '+' ? 1 : 0);
    const std::size_t end = SkipDigits(begin);
    if (end == begin || IsWordCharacter(At(end))) return false;
    span.exponent = ExponentAt(begin, end, negative);
    span.end = end;
    return true;
  }

  // " × 10^8"
  void ReadPowerOfTen(std::size_t i, Span& span) const {
    static constexpr std::array<std::string_view, 7> kTimes = {"\xC3\x97", "\\times", "\\cdot", "\xC2\xB7",
                                                               "x",        "X",       "*"};
    if (At(i) == ' ') ++i;
    const auto times = std::find_if(kTimes.begin(), kTimes.end(), [&](std::string_view sign) { return Has(i, sign); });
    if (times == kTimes.end()) return;
    i += times->size();
    if (At(i) == ' ') ++i;
    if (!Has(i, "10")) return;
    ReadPower(i + 2, span);
  }

  // The exponent of a ten that ends at `i`, when it is a whole number: "^8", "^{-8}", "**8", "⁻⁸".
  bool ReadPower(std::size_t i, Span& span) const {
    const std::size_t power = PowerAt(i);
    if (power == 0) return false;
    if (power == i) return ReadSuperscript(i, span);
    i = power + (At(power) == ' ' ? 1 : 0);
    const char close = At(i) == '{' ? '}' : At(i) == '(' ? ')' : '\0';
    if (close != '\0') ++i;
    const bool minus = Has(i, "-") || Has(i, kMinusSign);
    if (minus) {
      i += At(i) == '-' ? 1 : kMinusSign.size();
    } else if (At(i) == '+') {
      ++i;
    }
    const std::size_t end = SkipDigits(i);
    const bool whole = close != '\0' ? At(end) == close : !(At(end) == '.' && IsDigit(At(end + 1)));
    if (end == i || !whole) return false;
    span.exponent = ExponentAt(i, end, minus);
    span.end = end + (close != '\0' ? 1 : 0);
    return true;
  }

  // The superscript digit at `i`.
  std::optional<int> SuperscriptDigit(std::size_t i) const {
    for (std::size_t digit = 0; digit < kSuperscripts.size(); ++digit) {
      if (Has(i, kSuperscripts[digit])) return static_cast<int>(digit);
    }
    return std::nullopt;
  }

  // "⁻⁸"
  bool ReadSuperscript(std::size_t i, Span& span) const {
    const bool negative = Has(i, kSuperscriptMinus);
    if (negative) i += kSuperscriptMinus.size();
    const std::size_t begin = i;
    std::int64_t value = 0;
    while (const std::optional<int> digit = SuperscriptDigit(i)) {
      value = std::min(kMaxExponent, value * 10 + *digit);
      i += kSuperscripts[static_cast<std::size_t>(*digit)].size();
    }
    if (i == begin) return false;
    span.exponent = negative ? -value : value;
    span.end = i;
    return true;
  }

  // The end of the text before `end` without currency signs, a currency code, and a space between them and the digits.
  std::size_t BeforeCurrency(std::size_t end) const {
    static constexpr std::array<std::string_view, 4> kSigns = {"$", "\xC2\xA3" /* £ */, "\xC2\xA5" /* ¥ */,
                                                               "\xC2\xA2" /* ¢ */};
    std::size_t before = end;
    if (Before(before) == ' ') --before;
    bool any = false;
    for (bool more = true; more;) {
      more = false;
      for (const std::string_view sign : kSigns) {
        if (EndsWith(before, sign)) {
          before -= sign.size();
          more = any = true;
        }
      }
      // U+20A0 to U+20CF: € ₹ ₩ and the others.
      if (before >= 3 && EndsWith(before - 1, "\xE2\x82") && static_cast<unsigned char>(text_[before - 1]) >= 0xA0) {
        before -= 3;
        more = any = true;
      }
      if (more && Before(before) == '\\') --before;
    }
    std::size_t word = before;
    while (IsLetter(Before(word)) && before - word <= 3) --word;
    if (IsCurrencyCode(text_.substr(word, before - word))) return word;
    return any ? before : end;
  }

  // The end of the text before a minus sign that ends at `end`; npos if there is none.
  std::size_t BeforeMinus(std::size_t end) const {
    if (Before(end) == '-') return end - 1;
    if (EndsWith(end, "\xE2\x88\x92") || EndsWith(end, "\xE2\x80\x93")) return end - 3;  // minus sign, en dash
    return std::string_view::npos;
  }

  // Whether a minus is written before the number that begins at `begin`: "-5", "-$5", "$-5".
  bool HasMinus(std::size_t begin) const {
    std::size_t before = BeforeMinus(begin);
    if (before == std::string_view::npos) before = BeforeMinus(BeforeCurrency(begin));
    if (before == std::string_view::npos) return false;
    // "3-4", "5€-7€": what stands before the dash makes it a range or a difference.
    const std::size_t unit = BeforeCurrency(before);
    const char previous = Before(unit);
    if (unit != before) return !IsDigit(previous);
    return !IsDigit(previous) && !IsLetter(previous) && previous != '%' && previous != ')' && previous != ']' &&
           previous != '}' && previous != '-';
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string DigitsOf(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), IsDigit);
  return digits;
}

NumberInText Take(std::string_view text, const Span& span) {
  NumberInText number;
  number.text = CutText((span.negative ? "-" : "") + std::string(text.substr(span.begin, span.end - span.begin)), 40);
  number.negative = span.negative;
  const std::string_view mantissa = text.substr(span.begin, span.mantissa - span.begin);
  const std::size_t point = mantissa.find('.');
  number.digits = DigitsOf(mantissa);
  number.exponent = span.exponent;
  if (point != std::string_view::npos) number.exponent -= static_cast<std::int64_t>(mantissa.size() - point - 1);
  if (span.denominator != 0)
    number.denominator = std::string(text.substr(span.denominator, span.end - span.denominator));

  const std::size_t first = number.digits.find_first_not_of('0');
  if (first == std::string::npos) {
    number.digits.clear();
    number.exponent = 0;
    number.negative = false;
    return number;
  }
  const std::size_t last = number.digits.find_last_not_of('0');
  number.exponent += static_cast<std::int64_t>(number.digits.size() - last - 1);
  number.digits = number.digits.substr(first, last - first + 1);
  return number;
}

std::optional<long double> ToNumber(const std::string& text) {
  long double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<long double> NumberInText::Value() const {
  if (digits.empty()) return 0.0L;
  if (digits.size() > kMaxDigits) return std::nullopt;
  std::optional<long double> value = ToNumber(digits + "e" + std::to_string(exponent));
  if (!value) return std::nullopt;
  if (denominator) {
    const std::optional<long double> below = denominator->size() > kMaxDigits ? std::nullopt : ToNumber(*denominator);
    if (!below) return std::nullopt;
    value = *value / *below;
  }
  return negative ? -*value : *value;
}

std::optional<NumberInText> FindNumber(std::string_view text, NumberPlace place) {
  Scanner scanner(text);
  std::optional<Span> found;
  while (auto span = scanner.Next()) {
    found = span;
    if (place == NumberPlace::kFirst) break;
  }
  if (!found) return std::nullopt;
  return Take(text, *found);
}

bool SameNumber(const NumberInText& a, const NumberInText& b) {
  if (!a.denominator && !b.denominator) {
    return a.negative == b.negative && a.digits == b.digits && a.exponent == b.exponent;
  }
  const std::optional<long double> left = a.Value();
  const std::optional<long double> right = b.Value();
  return left && right && static_cast<double>(*left) == static_cast<double>(*right);
}

bool NumbersClose(const NumberInText& value, const NumberInText& target, double absolute, double relative) {
  const std::optional<long double> left = value.Value();
  const std::optional<long double> right = target.Value();
  if (!left || !right) return false;
  const long double tolerance = std::max<long double>(absolute, relative * std::fabs(*right));
  const long double rounding = 4 * std::numeric_limits<double>::epsilon() * tolerance;
  return std::fabs(*left - *right) <= tolerance + rounding;
}

}  // namespace assay
