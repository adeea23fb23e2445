#include "core/plain_line.h"

#include <algorithm>

namespace assay {
namespace {

std::string Hex(std::uint32_t number, int digits) {
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += "0123456789abcdef"[number >> (4 * i) & 15];
  return text;
}

}  // namespace

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

std::uint32_t CodePointOf(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(character[i])); };
  std::uint32_t code = character.size() == 1 ? byte(0) : byte(0) & (0x7Fu >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) code = code << 6 | (byte(i) & 0x3F);
  return code;
}

// Two labels that look alike are one class to people. The joiners U+200C and U+200D belong to words of some languages.
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

std::string PlainEscape(std::string_view text, std::size_t length) {
  if (length == 0) return "\\x" + Hex(static_cast<std::uint8_t>(text.front()), 2);
  const std::uint32_t c = CodePointOf(text.substr(0, length));
  if (!IsUnplain(c)) return "";
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c > 0xFFFF) return "\\U" + Hex(c, 8);
  return c < 0x100 ? "\\x" + Hex(c, 2) : "\\u" + Hex(c, 4);
}

bool IsPlainLine(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = CharacterLength(text);
    if (length == 0 || IsUnplain(CodePointOf(text.substr(0, length)))) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string PlainLine(std::string_view text) {
  std::string plain;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    const std::string escape = PlainEscape(rest, length);
    plain += escape.empty() ? rest.substr(0, length) : escape;
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return plain;
}

}  // namespace assay
