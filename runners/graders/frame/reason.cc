#include "runners/graders/frame/reason.h"

#include <algorithm>
#include <cstdint>

namespace assay {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr char kHex[] = "0123456789abcdef";

// Of a well-formed character.
std::uint32_t CodePointOf(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(character[i])); };
  std::uint32_t code = character.size() == 1 ? byte(0) : byte(0) & (0x7Fu >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3F);
  return code;
}

// Controls, and what ends a line, turns it round or is not seen: two labels that look alike are one class to people.
// The joiners U+200C and U+200D belong to words of some languages.
bool IsUnplain(std::uint32_t code) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  constexpr Range kUnplain[] = {{0, 0x1F},        {0x7F, 0x9F},     {0xAD, 0xAD},     {0x061C, 0x061C},
                                {0x180E, 0x180E}, {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E},
                                {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
  return std::ranges::any_of(kUnplain, [&](const Range& range) { return range.first <= code && code <= range.last; });
}

// The character at the beginning of `rest` where it belongs into no plain line: as an escape, else "".
std::string EscapeOfFirst(std::string_view rest, std::size_t length) {
  const auto byte = static_cast<std::uint8_t>(rest.front());
  const auto hex = [](std::uint32_t number, int digits) {
    std::string text;
    for (int i = digits - 1; i >= 0; --i) text += kHex[number >> (4 * i) & 15];
    return text;
  };
  if (length == 0) return "\\x" + hex(byte, 2);
  const std::uint32_t c = CodePointOf(rest.substr(0, length));
  if (!IsUnplain(c)) return "";
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c > 0xFFFF) return "\\U" + hex(c, 8);
  return c < 0x100 ? "\\x" + hex(c, 2) : "\\u" + hex(c, 4);
}

}  // namespace

bool IsPlainLine(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0 || !EscapeOfFirst(text, length).empty()) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string PlainLine(std::string_view text, std::size_t max_bytes) {
  std::string plain;
  for (std::string_view rest = text; !rest.empty() && plain.size() <= max_bytes;) {
    const std::size_t length = CharacterLength(rest);
    const std::string escape = EscapeOfFirst(rest, length);
    plain += escape.empty() ? std::string(rest.substr(0, length)) : escape;
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return CutText(plain, max_bytes);
}

std::size_t CharacterLength(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) >= 0xA0) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) >= 0x90) return 0;
  return length;
}

std::string CutText(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes < kEllipsis.size() ? 0 : max_bytes - kEllipsis.size();
  // Back to the beginning of a character: at most three continuation bytes belong to one.
  for (int i = 0; i < 3 && end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::string Quoted(std::string_view text, std::size_t max_bytes) {
  std::string out = "\"";
  out.reserve(std::min(text.size(), max_bytes) + 8);
  while (!text.empty()) {
    if (out.size() >= max_bytes) return out + "…\"";
    // Nearly all of nearly every text is plain, and taken as a whole.
    const auto special = std::find_if(
        text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), max_bytes - out.size())),
        [](char c) { return c < 0x20 || c == 0x7F; });
    if (special != text.begin()) {
      out.append(text.begin(), special);
      text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
      continue;
    }
    const std::size_t length = CharacterLength(text);
    const auto byte = static_cast<std::uint8_t>(text.front());
    if (length == 1 && text.front() == '\n') {
      out += "\\n";
    } else if (length == 1 && text.front() == '\t') {
      out += "\\t";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out + "\"";
}

std::string ShownText(std::string_view text, std::size_t max_bytes) {
  std::string shown;
  // What is cut off need not be looked at.
  for (std::string_view rest = text.substr(0, max_bytes + 4); !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    if (length == 0) {
      shown += "\uFFFD";
    } else {
      shown += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return CutText(shown, max_bytes);
}

}  // namespace assay
