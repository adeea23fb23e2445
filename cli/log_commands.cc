#include "cli/log_commands.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "cli/table.h"
#include "core/plain_line.h"

namespace assay {
namespace {

constexpr std::size_t kLongestName = 40;  // "##teamcity["

// What is put in place of the second "#", and of the first ":", of a command.
struct Escapes {
  std::string_view number_sign = "\\#";
  std::string_view colon = "\\:";
};

bool IsJson(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }
bool IsXml(std::string_view text) { return text.starts_with("<?xml"); }

Escapes EscapesOf(std::string_view text) {
  if (IsJson(text)) return {.number_sign = "\\u0023", .colon = "\\u003a"};
  if (IsXml(text)) return {.number_sign = "&#35;", .colon = "&#58;"};
  return {};
}

bool IsOfName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// "##", a name or none, "[".
bool IsCommandAnywhere(std::string_view text) {
  if (!text.starts_with("##")) return false;
  const std::string_view rest = text.substr(2, kLongestName + 1);
  const auto end = std::ranges::find_if_not(rest, IsOfName);
  return end != rest.end() && *end == '[';
}

// Blanks before a command are skipped by its reader, some that are no ASCII among them.
bool MayPrecedeCommand(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
}

bool EndsLine(char c) { return c == '\n' || c == '\r'; }

// In JSON beyond U+FFFF as the two halves that it is written as.
std::string JsonEscape(std::uint32_t code) {
  char text[16];
  if (code <= 0xFFFF) {
    std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(code));
  } else {
    const std::uint32_t beyond = code - 0x10000;
    std::snprintf(text, sizeof text, "\\u%04x\\u%04x", static_cast<unsigned>(0xD800 + (beyond >> 10)),
                  static_cast<unsigned>(0xDC00 + (beyond & 0x3FF)));
  }
  return text;
}

// XML cannot hold the controls of ASCII at all.
std::string XmlEscape(std::uint32_t code) { return code < 0x20 ? "" : "&#" + std::to_string(code) + ";"; }

// A character of `length` bytes at the beginning of `rest` that is no part of a plain line.
std::string EscapeIn(std::string_view text, std::string_view rest, std::size_t length) {
  if (length == 0) return IsJson(text) || IsXml(text) ? "\uFFFD" : PlainEscape(rest, 0);
  const std::uint32_t code = CodePointOf(rest.substr(0, length));
  if (IsJson(text)) return JsonEscape(code);
  return IsXml(text) ? XmlEscape(code) : PlainEscape(rest, length);
}

std::string WithoutControls(std::string_view text, bool colours) {
  std::string safe;
  safe.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    if (const std::size_t colour = colours ? ColourLength(rest) : 0; colour > 0) {
      safe += rest.substr(0, colour);
      rest.remove_prefix(colour);
      continue;
    }
    const std::size_t length = CharacterLength(rest);
    const bool is_layout = rest.front() == '\n' || rest.front() == '\t';
    const bool is_plain = length > 0 && (is_layout || !IsUnplain(CodePointOf(rest.substr(0, length))));
    safe += is_plain ? std::string(rest.substr(0, length)) : EscapeIn(text, rest, length);
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return safe;
}

}  // namespace

std::string WithoutLogCommands(std::string_view text, LineStarts starts) {
  const Escapes escapes = EscapesOf(text);
  std::string safe;
  safe.reserve(text.size());
  bool is_at_start = starts == LineStarts::kOfOthers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (IsCommandAnywhere(rest)) {
      safe += '#';
      safe += escapes.number_sign;
      ++i;
      is_at_start = false;
    } else if (is_at_start && rest.starts_with("::")) {
      safe += escapes.colon;
      is_at_start = false;
    } else {
      safe += text[i];
      if (starts == LineStarts::kOfOthers)
        is_at_start = EndsLine(text[i]) || (is_at_start && MayPrecedeCommand(text[i]));
    }
  }
  return safe;
}

std::string Printable(std::string_view text, LineStarts starts, bool colours) {
  return WithoutLogCommands(WithoutControls(text, colours), starts);
}

}  // namespace assay
