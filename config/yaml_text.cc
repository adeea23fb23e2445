#include "config/yaml_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/json.h"

namespace assay {
namespace {

constexpr std::size_t kBlock = 256;

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// The length of the character at `text[at]`, 0 when it is none.
std::size_t CharacterLength(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) || (first == 0xF0 && byte(1) < 0x90) ||
      (first == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

// The code unit of `\uXXXX` at the beginning of `text`.
std::optional<unsigned> UnicodeEscape(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, value, 16);
  if (error != std::errc() || end != text.data() + 6) return std::nullopt;
  return value;
}

}  // namespace

std::optional<TextFault> FindTextFault(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      return TextFault{at, std::string("control character 0x") + kDigits[byte >> 4] + kDigits[byte & 15] +
                               " is not allowed; write it as an escape in double quotes"};
    }
    const std::size_t length = CharacterLength(text, at);
    if (length == 0) return TextFault{at, "not valid UTF-8; save the file as UTF-8"};
    at += length;
  }
  return std::nullopt;
}

LineIndex::LineIndex(std::string_view text) : text_(text), starts_{0} {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at % kBlock == 0) characters_.push_back(count);
    if (BeginsCharacter(text[at])) ++count;
    if (text[at] == '\n') starts_.push_back(at + 1);
  }
  characters_.push_back(count);
}

std::size_t LineIndex::CharactersBefore(std::size_t offset) const {
  const std::size_t block = offset / kBlock;
  if (offset == text_.size()) return characters_.back();
  const std::string_view rest = text_.substr(block * kBlock, offset - block * kBlock);
  return characters_[block] + static_cast<std::size_t>(std::ranges::count_if(rest, BeginsCharacter));
}

Position LineIndex::At(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::ranges::upper_bound(starts_, offset);
  const auto line = static_cast<std::size_t>(after - starts_.begin());
  const std::size_t before = CharactersBefore(offset) - CharactersBefore(starts_[line - 1]);
  return {static_cast<int>(line), static_cast<int>(before) + 1};
}

std::size_t JoinedSurrogates::Original(std::size_t offset) const {
  const auto before = std::ranges::lower_bound(offsets, offset) - offsets.begin();
  return offset + 2 * static_cast<std::size_t>(before);
}

JoinedSurrogates JoinSurrogates(std::string_view text) {
  JoinedSurrogates joined{std::string(text), {}};
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool may_be_json = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  const bool may_have_pairs =
      text.find("\\ud") != std::string_view::npos || text.find("\\uD") != std::string_view::npos;
  if (!may_be_json || !may_have_pairs || !Json::Parse(text)) return joined;
  // In valid JSON a backslash stands in a double-quoted string only and escapes what follows it.
  joined.text.clear();
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      joined.text += text[at++];
      continue;
    }
    const auto high = UnicodeEscape(text.substr(at));
    const auto low = high ? UnicodeEscape(text.substr(at + 6)) : std::nullopt;
    if (low && *high >= 0xD800 && *high <= 0xDBFF && *low >= 0xDC00 && *low <= 0xDFFF) {
      const unsigned code = 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
      std::array<char, 8> digits{};
      char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), code, 16).ptr;
      const std::string hex(digits.data(), end);
      joined.offsets.push_back(joined.text.size());
      joined.text += "\\U" + std::string(8 - hex.size(), '0') + hex;
      at += 12;
    } else {
      joined.text += text.substr(at, 2);
      at += 2;
    }
  }
  return joined;
}

bool IsUnclosedQuote(std::string_view text, std::size_t offset) {
  while (offset < text.size()) {
    const char c = text[offset];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++offset;
    } else if (c == '&' || c == '!' || c == '#') {
      offset = std::min(text.find_first_of(c == '#' ? "\n" : " \t\r\n", offset), text.size());
    } else {
      break;
    }
  }
  if (offset >= text.size() || (text[offset] != '"' && text[offset] != '\'')) return false;
  const char quote = text[offset];
  for (std::size_t at = offset + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return false;
      ++at;  // '' is one quote in a single-quoted scalar
    }
  }
  return true;
}

std::vector<TextSegment> SplitDocuments(std::string_view text) {
  std::vector<TextSegment> segments{{0, text.size()}};
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const bool marker = (rest.starts_with("---") || rest.starts_with("...")) &&
                        (rest.size() == 3 || rest[3] == ' ' || rest[3] == '\t' || rest[3] == '\r' || rest[3] == '\n');
    if (marker) {
      segments.back().end = at;
      segments.push_back({at + 3, text.size()});
    }
    const std::size_t line_end = text.find('\n', at);
    at = line_end == std::string_view::npos ? text.size() : line_end + 1;
  }
  return segments;
}

}  // namespace assay
