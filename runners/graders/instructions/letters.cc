#include "runners/graders/instructions/letters.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace assay::instructions {
namespace {

bool IsAscii(char32_t c) { return c < 0x80; }
bool IsAsciiUpper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool IsAsciiLower(char32_t c) { return c >= 'a' && c <= 'z'; }
bool IsAsciiWord(char32_t c) { return IsAsciiUpper(c) || IsAsciiLower(c) || (c >= '0' && c <= '9') || c == '_'; }

// The character that ends at `end`, which is above 0.
char32_t LetterBefore(std::string_view text, std::size_t end) {
  constexpr std::size_t kLongest = 4;
  const std::string_view tail = text.substr(end - std::min(end, kLongest), std::min(end, kLongest));
  UChar32 c = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(tail.data());
  auto at = static_cast<std::int32_t>(tail.size());
  U8_PREV_OR_FFFD(bytes, 0, at, c);
  return static_cast<char32_t>(c);
}

}  // namespace

char32_t TakeLetter(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) {
    ++at;
    return first;
  }
  UChar32 c = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const std::size_t size = text.size();
  std::size_t next = at;
  U8_NEXT(bytes, next, size, c);
  at = c < 0 ? at + 1 : next;
  return c < 0 ? U'\uFFFD' : static_cast<char32_t>(c);
}

void AppendLetter(char32_t c, std::string& out) {
  if (IsAscii(c)) {
    out += static_cast<char>(c);
    return;
  }
  std::uint8_t bytes[U8_MAX_LENGTH];
  std::size_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, static_cast<UChar32>(c));
  out.append(reinterpret_cast<const char*>(bytes), length);
}

bool IsSpace(char32_t c) {
  if (IsAscii(c)) return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || u_isUWhiteSpace(static_cast<UChar32>(c));
}

bool IsWordPart(char32_t c) {
  if (IsAscii(c)) return IsAsciiWord(c);
  constexpr std::uint32_t kParts = U_GC_L_MASK | U_GC_N_MASK;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & kParts) != 0;
}

bool IsAlphabetic(char32_t c) {
  if (IsAscii(c)) return IsAsciiUpper(c) || IsAsciiLower(c);
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_L_MASK) != 0;
}

bool IsUpper(char32_t c) { return IsAscii(c) ? IsAsciiUpper(c) : u_isUUppercase(static_cast<UChar32>(c)) != 0; }
bool IsLower(char32_t c) { return IsAscii(c) ? IsAsciiLower(c) : u_isULowercase(static_cast<UChar32>(c)) != 0; }
bool IsTitle(char32_t c) { return !IsAscii(c) && u_istitle(static_cast<UChar32>(c)) != 0; }

std::size_t SpaceLength(std::string_view text, std::size_t at) {
  std::size_t end = at;
  return at < text.size() && IsSpace(TakeLetter(text, end)) ? end - at : 0;
}

bool IsWordBefore(std::string_view text, std::size_t at) { return at > 0 && IsWordPart(LetterBefore(text, at)); }

bool IsWordAt(std::string_view text, std::size_t at) { return at < text.size() && IsWordPart(TakeLetter(text, at)); }

bool IsDigitAt(std::string_view text, std::size_t at) {
  return at < text.size() && u_isdigit(static_cast<UChar32>(TakeLetter(text, at))) != 0;
}

std::string_view Stripped(std::string_view text) {
  std::size_t begin = 0;
  while (const std::size_t length = SpaceLength(text, begin)) begin += length;
  text.remove_prefix(begin);
  while (!text.empty()) {
    const char32_t last = LetterBefore(text, text.size());
    if (!IsSpace(last)) break;
    text.remove_suffix(last < 0x80 ? 1 : last < 0x800 ? 2 : 3);
  }
  return text;
}

std::string Lowered(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = TakeLetter(text, at);
    if (IsAscii(c)) {
      out += static_cast<char>(IsAsciiUpper(c) ? c + 32 : c);
      continue;
    }
    const auto lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
    if (lower == c) {
      out += text.substr(begin, at - begin);
    } else {
      AppendLetter(lower, out);
    }
  }
  return out;
}

bool IsAllUpper(std::string_view text) {
  bool has_upper = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = TakeLetter(text, at);
    if (IsLower(c) || IsTitle(c)) return false;
    has_upper = has_upper || IsUpper(c);
  }
  return has_upper;
}

bool IsAllLower(std::string_view text) {
  bool has_lower = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = TakeLetter(text, at);
    if (IsUpper(c) || IsTitle(c)) return false;
    has_lower = has_lower || IsLower(c);
  }
  return has_lower;
}

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  bool is_within = false;
  for (std::size_t at = 0; at < text.size();) {
    const bool is_part = IsWordPart(TakeLetter(text, at));
    if (is_part && !is_within) ++words;
    is_within = is_part;
  }
  return words;
}

}  // namespace assay::instructions
