#include "runners/graders/structure/text_format_uri.h"

#include <algorithm>
#include <charconv>

namespace assay {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool IsUnreserved(char c) { return IsLetter(c) || IsDigit(c) || IsOneOf(c, "-._~"); }
constexpr std::string_view kSubDelimiters = "!$&'()*+,;=";

// Unreserved characters, sub-delimiters, escapes and those of `more`.
bool HasOnly(std::string_view text, std::string_view more, bool is_any_script) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !IsHexDigit(text[i + 1]) || !IsHexDigit(text[i + 2])) return false;
      i += 2;
    } else if (!IsAscii(c) ? !is_any_script : !IsUnreserved(c) && !IsOneOf(c, kSubDelimiters) && !IsOneOf(c, more)) {
      return false;
    }
  }
  return true;
}

bool IsScheme(std::string_view text) {
  return !text.empty() && IsLetter(text[0]) &&
         std::ranges::all_of(text, [](char c) { return IsLetter(c) || IsDigit(c) || IsOneOf(c, "+-."); });
}

bool IsIpLiteral(std::string_view text) {
  if (!text.empty() && (text[0] == 'v' || text[0] == 'V')) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    return std::ranges::all_of(text.substr(1, dot - 1), IsHexDigit) && text.find('%') == std::string_view::npos &&
           HasOnly(text.substr(dot + 1), ":", false);
  }
  return IsIpv6Address(text);
}

bool IsAuthority(std::string_view text, bool is_any_script) {
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!HasOnly(text.substr(0, at), ":", is_any_script)) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !IsIpLiteral(text.substr(1, end - 1))) return false;
    text.remove_prefix(end + 1);
    return text.empty() || (text[0] == ':' && text.find_first_not_of(kDigits, 1) == std::string_view::npos);
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find_first_not_of(kDigits, colon + 1) != std::string_view::npos) {
    return false;
  }
  return HasOnly(text.substr(0, colon), "", is_any_script);
}

bool IsVariableName(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos) {
    return false;
  }
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '%') {
      if (i + 2 >= name.size() || !IsHexDigit(name[i + 1]) || !IsHexDigit(name[i + 2])) return false;
      i += 2;
    } else if (!IsLetter(name[i]) && !IsDigit(name[i]) && !IsOneOf(name[i], "_.")) {
      return false;
    }
  }
  return true;
}

// What stands between the braces.
bool IsExpression(std::string_view text) {
  if (!text.empty() && IsOneOf(text[0], "+#./;?&=,!@|")) text.remove_prefix(1);
  for (bool is_last = false; !is_last;) {
    const std::size_t comma = text.find(',');
    is_last = comma == std::string_view::npos;
    std::string_view variable = text.substr(0, comma);
    if (!is_last) text.remove_prefix(comma + 1);
    if (variable.ends_with('*')) {
      variable.remove_suffix(1);
    } else if (const std::size_t colon = variable.find(':'); colon != std::string_view::npos) {
      const std::string_view length = variable.substr(colon + 1);
      if (length.empty() || length.size() > 4 || length[0] == '0' || !std::ranges::all_of(length, IsDigit))
        return false;
      variable = variable.substr(0, colon);
    }
    if (!IsVariableName(variable)) return false;
  }
  return true;
}

}  // namespace

bool IsIpv4Address(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
    if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0')) return false;
    int value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    if (value > 255) return false;
    text.remove_prefix(digits);
    if (part == 3) return text.empty();
    if (!text.starts_with('.')) return false;
    text.remove_prefix(1);
  }
  return false;
}

bool IsIpv6Address(std::string_view text) {
  int groups = 0;
  bool is_shortened = false;
  if (text.starts_with("::")) {
    is_shortened = true;
    text.remove_prefix(2);
    if (text.empty()) return true;
  }
  for (;;) {
    const std::size_t digits = static_cast<std::size_t>(std::ranges::find_if_not(text, IsHexDigit) - text.begin());
    if (text.substr(digits).starts_with('.')) {
      groups += 2;
      return IsIpv4Address(text) && (is_shortened ? groups < 8 : groups == 8);
    }
    if (digits == 0 || digits > 4 || ++groups > 8) return false;
    text.remove_prefix(digits);
    if (text.empty()) return is_shortened ? groups < 8 : groups == 8;
    if (text.starts_with("::")) {
      if (is_shortened) return false;
      is_shortened = true;
      text.remove_prefix(2);
      if (text.empty()) return groups < 8;
    } else if (text.starts_with(':')) {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
}

bool IsUri(std::string_view text, UriForm form) {
  const std::size_t mark = text.find('#');
  if (mark != std::string_view::npos && !HasOnly(text.substr(mark + 1), ":@/?", form.is_any_script)) return false;
  text = text.substr(0, mark);
  const std::size_t question = text.find('?');
  if (question != std::string_view::npos && !HasOnly(text.substr(question + 1), ":@/?", form.is_any_script)) {
    return false;
  }
  text = text.substr(0, question);
  const std::size_t colon = text.find(':');
  const bool has_scheme = colon != std::string_view::npos && text.find('/') > colon;
  if (has_scheme) {
    if (!IsScheme(text.substr(0, colon))) return false;
    text.remove_prefix(colon + 1);
  } else if (form.is_absolute) {
    return false;
  }
  if (text.starts_with("//")) {
    const std::size_t end = std::min(text.find('/', 2), text.size());
    if (!IsAuthority(text.substr(2, end - 2), form.is_any_script)) return false;
    text.remove_prefix(end);
  }
  return HasOnly(text, ":@/", form.is_any_script);
}

bool IsUriTemplate(std::string_view text) {
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find_first_of("{}"), text.size());
    const std::string_view literal = text.substr(0, brace);
    for (std::size_t i = 0; i < literal.size(); ++i) {
      const char c = literal[i];
      if (c == '%' && (i + 2 >= literal.size() || !IsHexDigit(literal[i + 1]) || !IsHexDigit(literal[i + 2]))) {
        return false;
      }
      if (IsAscii(c) && (c <= ' ' || IsOneOf(c, "\"<>\\^`|\x7F"))) return false;
    }
    text.remove_prefix(brace);
    if (text.empty()) return true;
    const std::size_t end = text.find('}');
    if (text[0] != '{' || end == std::string_view::npos || !IsExpression(text.substr(1, end - 1))) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace assay
