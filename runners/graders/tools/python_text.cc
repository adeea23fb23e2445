#include "runners/graders/tools/python_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool BeginsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

int DigitOf(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

void AppendUtf8(std::uint32_t point, std::string& out) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = kReplacement;
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 63));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 63));
    byte(0x80 | (point & 63));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 63));
    byte(0x80 | (point >> 6 & 63));
    byte(0x80 | (point & 63));
  }
}

// The digits of an integer in `base`; nullopt when there is none, or one is not of the base.
std::optional<Json> IntegerOf(std::string_view digits, int base) {
  if (digits.empty()) return std::nullopt;
  std::int64_t exact = 0;
  double rounded = 0;
  bool fits = true;
  for (const char c : digits) {
    const int digit = DigitOf(c);
    if (digit >= base) return std::nullopt;
    fits = fits && !__builtin_mul_overflow(exact, static_cast<std::int64_t>(base), &exact) &&
           !__builtin_add_overflow(exact, static_cast<std::int64_t>(digit), &exact);
    rounded = rounded * base + digit;
  }
  if (fits) return Json(exact);
  return std::isfinite(rounded) ? std::optional<Json>(rounded) : std::nullopt;
}

std::optional<Json> DecimalOf(const std::string& digits) {
  if (std::ranges::all_of(digits, &IsDigit)) {
    // 007 is no number of Python's, 000 is.
    if (digits.size() > 1 && digits.front() == '0' && digits.find_first_not_of('0') != std::string::npos)
      return std::nullopt;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size()) return Json(value);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range && !(std::abs(value) < 1)) return std::nullopt;
  return std::isfinite(value) ? std::optional<Json>(value) : std::nullopt;
}

}  // namespace

std::unexpected<Error> PythonText::Wrong(std::string what) const {
  const std::string place = AtEnd() ? "at the end" : "at byte " + std::to_string(at_);
  return Fail(ErrorCode::kInvalidArgument, std::move(what) + " " + place);
}

void PythonText::SkipBlanks() {
  while (!AtEnd()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f') {
      ++at_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '\\' && At(1) == '\n') {
      at_ += 2;
    } else {
      return;
    }
  }
}

char PythonText::Peek() {
  SkipBlanks();
  return At(0);
}

bool PythonText::IsNext(std::string_view word) {
  SkipBlanks();
  return text_.substr(at_).starts_with(word);
}

bool PythonText::Take(std::string_view word) {
  if (!IsNext(word)) return false;
  at_ += word.size();
  return true;
}

bool PythonText::IsNameNext() { return BeginsName(Peek()); }

std::string_view PythonText::TakeName() {
  const std::size_t begin = at_;
  while (!AtEnd() && (BeginsName(text_[at_]) || IsDigit(text_[at_]))) ++at_;
  return From(begin);
}

bool PythonText::IsNumberNext() {
  const char c = Peek();
  return IsDigit(c) || (c == '.' && IsDigit(At(1)));
}

Result<Json> PythonText::TakeNumber() {
  constexpr std::size_t kLongest = 400;  // more digits than a double has room for are a text, not a number
  const std::size_t begin = at_;
  std::string digits;
  char last = '\0';
  const auto is_part = [&](char c) {
    if (IsDigit(c) || c == '.' || c == '_' || BeginsName(c)) return true;
    return (c == '-' || c == '+') && (last == 'e' || last == 'E') && !From(begin).starts_with("0x") &&
           !From(begin).starts_with("0X");
  };
  for (; !AtEnd() && is_part(text_[at_]); ++at_) {
    const char c = text_[at_];
    if (c == '_' && !(last != '_' && DigitOf(last) < 16 && DigitOf(At(1)) < 16)) return Wrong("no number");
    if (c != '_') digits += c;
    last = c;
  }
  std::optional<Json> number;
  if (digits.size() <= kLongest) {
    const char base = digits.size() > 2 && digits[0] == '0' ? static_cast<char>(digits[1] | 0x20) : '\0';
    const int radix = base == 'x' ? 16 : base == 'o' ? 8 : base == 'b' ? 2 : 10;
    number = radix == 10 ? DecimalOf(digits) : IntegerOf(std::string_view(digits).substr(2), radix);
  }
  if (!number) return Wrong("no number: " + Quoted(digits, 40));
  return *std::move(number);
}

// How many letters stand before the quote of a text; npos when no text is next.
std::size_t PythonText::PrefixOfText() const {
  for (std::size_t letters = 0; letters <= 2; ++letters) {
    const char c = At(letters);
    if (c == '"' || c == '\'') return letters;
    if (std::string_view("rRuUbBfF").find(c) == std::string_view::npos || c == '\0') break;
  }
  return std::string_view::npos;
}

bool PythonText::IsTextNext() {
  SkipBlanks();
  return PrefixOfText() != std::string_view::npos;
}

Result<void> PythonText::TakeEscape(std::string& out) {
  const char c = At(1);
  constexpr std::string_view kLetters = "\\'\"abfnrtv";
  constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
  if (c == '\n') {
    at_ += 2;
  } else if (c != '\0' && kLetters.find(c) != std::string_view::npos) {
    out += kMeanings[kLetters.find(c)];
    at_ += 2;
  } else if (c >= '0' && c <= '7') {
    std::uint32_t point = 0;
    ++at_;
    for (int i = 0; i < 3 && At(0) >= '0' && At(0) <= '7'; ++i)
      point = point * 8 + static_cast<std::uint32_t>(text_[at_++] - '0');
    AppendUtf8(point, out);
  } else if (c == 'x' || c == 'u' || c == 'U') {
    const std::size_t length = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    std::uint32_t point = 0;
    for (std::size_t i = 0; i < length; ++i) {
      const int digit = DigitOf(At(2 + i));
      if (digit > 15) return Wrong("an escape without its digits");
      point = point << 4 | static_cast<std::uint32_t>(digit);
    }
    at_ += 2 + length;
    AppendUtf8(point, out);
  } else if (c == 'N') {
    return Wrong("a named character, which is not read,");
  } else {
    out += '\\';  // as Python does with an escape that it does not know
    ++at_;
  }
  return {};
}

Result<std::string> PythonText::TakeText() {
  const std::size_t letters = PrefixOfText();
  bool is_raw = false;
  for (std::size_t i = 0; i < letters; ++i) {
    const char letter = static_cast<char>(At(i) | 0x20);
    if (letter == 'b' || letter == 'f') return Wrong("bytes or an f-string, which are not read,");
    if (letter == 'r') is_raw = true;
  }
  at_ += letters;
  const char quote = At(0);
  const bool is_long = At(1) == quote && At(2) == quote;
  const std::string end(is_long ? 3 : 1, quote);
  at_ += end.size();
  std::string out;
  while (true) {
    if (AtEnd()) return Wrong("a text is not closed");
    if (text_.substr(at_).starts_with(end)) break;
    const char c = At(0);
    if (c == '\\' && !is_raw) {
      ASSAY_TRY(TakeEscape(out));
      continue;
    }
    if (c == '\n' && !is_long) return Wrong("a text is not closed on its line");
    if (c == '\\' && (At(1) == quote || At(1) == '\\')) {  // raw: kept, and the quote does not close
      out += text_.substr(at_, 2);
      at_ += 2;
      continue;
    }
    out += c;
    ++at_;
  }
  at_ += end.size();
  return out;
}

}  // namespace assay
