// Nearly every text is ASCII: it is told apart first and never reaches ICU.

#include "runners/graders/text/unicode_text.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace assay {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

icu::StringPiece Piece(std::string_view text) { return {text.data(), static_cast<std::int32_t>(text.size())}; }

std::int32_t Category(char32_t c) { return U_GET_GC_MASK(static_cast<UChar32>(c)); }

}  // namespace

char32_t TakeCharacter(std::string_view& rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  if (first < 0x80) {
    rest.remove_prefix(1);
    return first;
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(rest.data());
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(rest.size(), U8_MAX_LENGTH));
  std::int32_t used = 0;
  UChar32 c = 0;
  U8_NEXT(bytes, used, length, c);
  if (c < 0) used = 1;
  rest.remove_prefix(static_cast<std::size_t>(used));
  return c < 0 ? kReplacement : static_cast<char32_t>(c);
}

std::string LowerCased(std::string_view text) {
  if (IsAscii(text)) return LowerAscii(text);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8ToLower("", 0, Piece(text), sink, nullptr, status);
  return out;
}

std::string CaseFolded(std::string_view text) {
  if (IsAscii(text)) return LowerAscii(text);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode status = U_ZERO_ERROR;
  icu::CaseMap::utf8Fold(U_FOLD_CASE_DEFAULT, Piece(text), sink, nullptr, status);
  return out;
}

bool IsSpaceCharacter(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool IsLetterCharacter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return u_isalpha(static_cast<UChar32>(c)) != 0;
}

bool IsUpperCharacter(char32_t c) {
  return c < 0x80 ? c >= 'A' && c <= 'Z' : u_isUUppercase(static_cast<UChar32>(c)) != 0;
}

bool IsLowerCharacter(char32_t c) {
  return c < 0x80 ? c >= 'a' && c <= 'z' : u_isULowercase(static_cast<UChar32>(c)) != 0;
}

bool IsWordCharacter(char32_t c) {
  if (c < 0x80) return IsLetterCharacter(c) || (c >= '0' && c <= '9') || c == '_';
  return (Category(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool IsAsciiPunctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

int DigitOf(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9' ? static_cast<int>(c - '0') : -1;
  return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(static_cast<UChar32>(c)) : -1;
}

double FractionOf(char32_t c) {
  if (c < 0x80) return 0;
  const double value = u_getNumericValue(static_cast<UChar32>(c));
  return value > 0 && value < 1 ? value : 0;
}

std::string Utf8Of(char32_t c) {
  char bytes[U8_MAX_LENGTH];
  std::int32_t size = 0;
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = kReplacement;
  U8_APPEND_UNSAFE(bytes, size, static_cast<UChar32>(c));
  return {bytes, static_cast<std::size_t>(size)};
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty()) {
    std::string_view rest = text;
    if (!IsSpaceCharacter(TakeCharacter(rest))) break;
    text = rest;
  }
  while (!text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
    std::string_view last = text.substr(begin);
    const char32_t c = TakeCharacter(last);
    if (!last.empty() || !IsSpaceCharacter(c)) break;
    text = text.substr(0, begin);
  }
  return text;
}

std::string WithSingleSpaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool is_gap = false;
  while (!text.empty()) {
    const char first = text.front();
    if (first > ' ' && first < 0x7F) {  // most of most texts
      if (is_gap && !out.empty()) out += ' ';
      is_gap = false;
      out += first;
      text.remove_prefix(1);
      continue;
    }
    const std::string_view before = text;
    if (IsSpaceCharacter(TakeCharacter(text))) {
      is_gap = true;
      continue;
    }
    if (is_gap && !out.empty()) out += ' ';
    is_gap = false;
    out += before.substr(0, before.size() - text.size());
  }
  return out;
}

std::size_t CountCharacters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) TakeCharacter(text);
  return count;
}

}  // namespace assay
