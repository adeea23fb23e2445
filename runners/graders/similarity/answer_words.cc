#include "runners/graders/similarity/answer_words.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

bool IsPunctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

std::string WithoutPunctuation(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!IsPunctuation(c)) out += c;
  }
  return out;
}

// A space for each a, an and the that is a run of letters, numbers and underscores by itself.
std::string WithoutArticles(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t begin = 0;  // of the run at hand
  std::size_t at = 0;
  const auto end_run = [&] {
    const std::string_view run = text.substr(begin, at - begin);
    out += run == "a" || run == "an" || run == "the" ? std::string_view(" ") : run;
  };
  while (at < text.size()) {
    const UnicodeCharacter c = FirstUnicodeCharacter(text.substr(at));
    if (!IsUnicodeLetterOrNumber(c.code) && c.code != '_') {
      end_run();
      out += text.substr(at, c.bytes);
      begin = at + c.bytes;
    }
    at += c.bytes;
  }
  end_run();
  return out;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Underscores may stand between digits. nullopt for any other.
std::optional<std::string> WithoutUnderscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || i + 1 == text.size() || !IsDigit(text[i - 1]) || !IsDigit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

// What Python's float() reads, in ASCII digits.
std::optional<double> PythonNumber(std::string_view text) {
  text = TrimUnicodeSpaces(text);
  if (text.starts_with("+")) {
    text.remove_prefix(1);
    if (text.starts_with("-")) return std::nullopt;
  }
  if (text.empty() || text.find('(') != std::string_view::npos) return std::nullopt;
  const auto plain = WithoutUnderscores(text);
  if (!plain) return std::nullopt;
  double value = 0;
  const char* const last = plain->data() + plain->size();
  const auto [end, error] = std::from_chars(plain->data(), last, value);
  if (end != last || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = std::strtod(plain->c_str(), nullptr);  // infinite, or 0
  return value;
}

// As Python prints it: 5.0, 1e+16, 1e-05.
std::string PythonText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  constexpr int kFirstWithExponent = 16;
  constexpr int kLeastWithoutExponent = -4;
  char buffer[400];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string scientific(buffer, end);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  if (exponent < kLeastWithoutExponent || exponent >= kFirstWithExponent) return scientific;
  end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
  std::string fixed(buffer, end);
  return fixed.find('.') == std::string::npos ? fixed + ".0" : fixed;
}

std::string InspectToken(std::string_view token) {
  std::string folded = UnicodeFoldedCase(token);
  if (!PythonNumber(folded)) folded = WithoutPunctuation(folded);
  if (const auto number = PythonNumber(folded)) return PythonText(*number);
  return WithoutArticles(folded);
}

std::string InspectText(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = std::min(text.find_first_of(" -"), text.size());
    out += InspectToken(text.substr(0, end));
    if (end == text.size()) return out;
    out += ' ';
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string AnswerText(AnswerRule rule, std::string_view text) {
  switch (rule) {
    case AnswerRule::kInspect:
      return InspectText(text);
    case AnswerRule::kSquad:
      return WithoutArticles(WithoutPunctuation(UnicodeLowerCase(text)));
    case AnswerRule::kLower:
      return UnicodeLowerCase(text);
    case AnswerRule::kNone:
      break;
  }
  return std::string(text);
}

}  // namespace assay
