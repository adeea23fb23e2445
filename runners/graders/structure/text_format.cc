#include "runners/graders/structure/text_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runners/graders/structure/schema_pattern.h"
#include "runners/graders/structure/text_format_uri.h"

namespace assay {
namespace {

constexpr std::pair<std::string_view, TextFormat> kNames[] = {
    {"date", TextFormat::kDate},
    {"time", TextFormat::kTime},
    {"date-time", TextFormat::kDateTime},
    {"email", TextFormat::kEmail},
    {"idn-email", TextFormat::kIdnEmail},
    {"hostname", TextFormat::kHostname},
    {"ipv4", TextFormat::kIpv4},
    {"ipv6", TextFormat::kIpv6},
    {"uri", TextFormat::kUri},
    {"uri-reference", TextFormat::kUriReference},
    {"iri", TextFormat::kIri},
    {"iri-reference", TextFormat::kIriReference},
    {"uri-template", TextFormat::kUriTemplate},
    {"json-pointer", TextFormat::kJsonPointer},
    {"relative-json-pointer", TextFormat::kRelativeJsonPointer},
    {"regex", TextFormat::kRegex},
    {"uuid", TextFormat::kUuid},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// The number of exactly `count` digits at the front, which are taken off; -1 where there are others.
int TakeDigits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::ranges::all_of(text.substr(0, count), IsDigit)) return -1;
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeDate(std::string_view& text) {
  const int year = TakeDigits(text, 4);
  if (year < 0 || !Take(text, '-')) return false;
  const int month = TakeDigits(text, 2);
  if (month < 1 || month > 12 || !Take(text, '-')) return false;
  const int day = TakeDigits(text, 2);
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return day >= 1 && day <= kDays[static_cast<std::size_t>(month) - 1] + (month == 2 && is_leap ? 1 : 0);
}

bool IsTime(std::string_view text) {
  const int hour = TakeDigits(text, 2);
  if (hour < 0 || hour > 23 || !Take(text, ':')) return false;
  const int minute = TakeDigits(text, 2);
  if (minute < 0 || minute > 59 || !Take(text, ':')) return false;
  const int second = TakeDigits(text, 2);
  if (second < 0 || second > 60) return false;
  if (Take(text, '.')) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return false;
    text.remove_prefix(digits);
  }
  int offset = 0;  // minutes
  if (text == "Z" || text == "z") {
    text = {};
  } else {
    const int sign = Take(text, '+') ? 1 : Take(text, '-') ? -1 : 0;
    if (sign == 0) return false;
    const int hours = TakeDigits(text, 2);
    if (hours < 0 || hours > 23 || !Take(text, ':')) return false;
    const int minutes = TakeDigits(text, 2);
    if (minutes < 0 || minutes > 59) return false;
    offset = sign * (hours * 60 + minutes);
  }
  constexpr int kDay = 24 * 60;
  const bool is_end_of_day = (hour * 60 + minute - offset + 2 * kDay) % kDay == kDay - 1;
  return text.empty() && (second < 60 || is_end_of_day);
}

bool IsDateTime(std::string_view text) {
  if (!TakeDate(text)) return false;
  return (Take(text, 'T') || Take(text, 't')) && IsTime(text);
}

bool IsHostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (bool is_last = false; !is_last;) {
    const std::size_t dot = text.find('.');
    is_last = dot == std::string_view::npos;
    const std::string_view label = text.substr(0, dot);
    if (!is_last) text.remove_prefix(dot + 1);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return IsLetter(c) || IsDigit(c) || c == '-'; })) return false;
    if (label.size() >= 4 && label.substr(2, 2) == "--" && label.substr(0, 2) != "xn" && label.substr(0, 2) != "XN") {
      return false;  // reserved, RFC 5891
    }
  }
  return true;
}

bool IsAtom(char c, bool is_any_script) {
  if (!IsAscii(c)) return is_any_script;
  return IsLetter(c) || IsDigit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool IsLocalPart(std::string_view text, bool is_any_script) {
  if (text.empty()) return false;
  if (text.front() == '"') {
    if (text.size() < 2 || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"' || (IsAscii(text[i]) && (text[i] < ' ' || text[i] == '\x7F'))) return false;
      if (text[i] == '\\' && ++i == text.size()) return false;
      if (!IsAscii(text[i]) && !is_any_script) return false;
    }
    return true;
  }
  bool is_after_dot = true;
  for (const char c : text) {
    if (c == '.' ? is_after_dot : !IsAtom(c, is_any_script)) return false;
    is_after_dot = c == '.';
  }
  return !is_after_dot;
}

bool IsEmail(std::string_view text, bool is_any_script) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || !IsLocalPart(text.substr(0, at), is_any_script)) return false;
  std::string_view domain = text.substr(at + 1);
  if (domain.starts_with('[') && domain.ends_with(']')) {
    domain = domain.substr(1, domain.size() - 2);
    if (domain.starts_with("IPv6:")) return IsIpv6Address(domain.substr(5));
    return IsIpv4Address(domain);
  }
  if (!is_any_script || std::ranges::all_of(domain, IsAscii)) return IsHostname(domain);
  // A domain of other scripts: as a host name whose labels have such letters.
  std::string ascii;
  for (const char c : domain) ascii += IsAscii(c) ? c : 'x';
  return IsHostname(ascii);
}

bool IsJsonPointer(std::string_view text) {
  if (text.empty()) return true;
  if (text[0] != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

bool IsRelativeJsonPointer(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  text.remove_prefix(digits);
  return text == "#" || IsJsonPointer(text);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !IsHexDigit(text[i])) return false;
  }
  return true;
}

}  // namespace

std::optional<TextFormat> FindTextFormat(std::string_view name) {
  for (const auto& [known, format] : kNames) {
    if (known == name) return format;
  }
  return std::nullopt;
}

std::string NameOf(TextFormat format) {
  for (const auto& [name, known] : kNames) {
    if (known == format) return std::string(name);
  }
  return "";
}

std::vector<std::string> TextFormatNames() {
  std::vector<std::string> names;
  for (const auto& [name, format] : kNames) names.emplace_back(name);
  return names;
}

bool HasTextFormat(TextFormat format, std::string_view text) {
  switch (format) {
    case TextFormat::kDate:
      return TakeDate(text) && text.empty();
    case TextFormat::kTime:
      return IsTime(text);
    case TextFormat::kDateTime:
      return IsDateTime(text);
    case TextFormat::kEmail:
      return IsEmail(text, false);
    case TextFormat::kIdnEmail:
      return IsEmail(text, true);
    case TextFormat::kHostname:
      return IsHostname(text);
    case TextFormat::kIpv4:
      return IsIpv4Address(text);
    case TextFormat::kIpv6:
      return IsIpv6Address(text);
    case TextFormat::kUri:
      return IsUri(text, {.is_absolute = true});
    case TextFormat::kUriReference:
      return IsUri(text, {});
    case TextFormat::kIri:
      return IsUri(text, {.is_absolute = true, .is_any_script = true});
    case TextFormat::kIriReference:
      return IsUri(text, {.is_any_script = true});
    case TextFormat::kUriTemplate:
      return IsUriTemplate(text);
    case TextFormat::kJsonPointer:
      return IsJsonPointer(text);
    case TextFormat::kRelativeJsonPointer:
      return IsRelativeJsonPointer(text);
    case TextFormat::kRegex:
      return CompileSchemaPattern(std::string(text.substr(0, 1001))).has_value() && text.size() <= 1000;
    case TextFormat::kUuid:
      return IsUuid(text);
  }
  return false;
}

}  // namespace assay
