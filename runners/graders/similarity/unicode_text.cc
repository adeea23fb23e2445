#include "runners/graders/similarity/unicode_text.h"

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <cstdint>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

// Bytes that are no UTF-8 are lone low surrogates while a text is in ICU's hands, which leaves those as they are.
constexpr char32_t kStrayByte = 0xDC00;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::u16string ToUtf16(std::string_view text) {
  std::u16string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code, bytes] = FirstUnicodeCharacter(text);
    if (code > 0xFFFF) {
      out += static_cast<char16_t>(0xD7C0 + (code >> 10));
      out += static_cast<char16_t>(0xDC00 + (code & 0x3FF));
    } else {
      out += static_cast<char16_t>(code);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

void AppendUtf8(char32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))};
  } else if (code < 0x10000) {
    out += {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 63)),
            static_cast<char>(0x80 | (code & 63))};
  } else {
    out += {static_cast<char>(0xF0 | (code >> 18)), static_cast<char>(0x80 | ((code >> 12) & 63)),
            static_cast<char>(0x80 | ((code >> 6) & 63)), static_cast<char>(0x80 | (code & 63))};
  }
}

std::string FromUtf16(std::u16string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char16_t unit = text[i];
    if (unit >= 0xD800 && unit < 0xDC00 && i + 1 < text.size()) {
      AppendUtf8((char32_t{unit} - 0xD7C0) * 0x400 + (char32_t{text[++i]} - 0xDC00), out);
    } else if (unit >= 0xDC00 && unit < 0xE000) {
      out += static_cast<char>(unit & 0xFF);
    } else {
      AppendUtf8(unit, out);
    }
  }
  return out;
}

// `map(destination, capacity, source, length, error)` of ICU: called again when the first guess was too short.
template <class Map>
std::string Mapped(std::string_view text, Map map) {
  const std::u16string source = ToUtf16(text);
  std::u16string out(source.size() + source.size() / 8 + 16, u'\0');
  for (int attempt = 0; attempt < 2; ++attempt) {
    UErrorCode error = U_ZERO_ERROR;
    const std::int32_t length = map(out.data(), static_cast<std::int32_t>(out.size()), source.data(),
                                    static_cast<std::int32_t>(source.size()), &error);
    if (error == U_BUFFER_OVERFLOW_ERROR) {
      out.resize(static_cast<std::size_t>(length) + 1);
      continue;
    }
    if (U_FAILURE(error)) break;
    out.resize(static_cast<std::size_t>(length));
    return FromUtf16(out);
  }
  return std::string(text);  // not reached: the mappings fail for nothing but space
}

std::string AsciiLowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

}  // namespace

UnicodeCharacter FirstUnicodeCharacter(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  if (byte(0) < 0x80) return {byte(0), 1};
  switch (CharacterLength(text)) {
    case 2:
      return {(byte(0) & 0x1F) << 6 | (byte(1) & 63), 2};
    case 3:
      return {(byte(0) & 0x0F) << 12 | (byte(1) & 63) << 6 | (byte(2) & 63), 3};
    case 4:
      return {(byte(0) & 0x07) << 18 | (byte(1) & 63) << 12 | (byte(2) & 63) << 6 | (byte(3) & 63), 4};
    default:
      return {kStrayByte + byte(0), 1};
  }
}

std::u32string UnicodeCharacters(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [code, bytes] = FirstUnicodeCharacter(text);
    out += code;
    text.remove_prefix(bytes);
  }
  return out;
}

std::string UnicodeLowerCase(std::string_view text) {
  if (IsAscii(text)) return AsciiLowerCase(text);
  return Mapped(text, [](char16_t* out, std::int32_t capacity, const char16_t* in, std::int32_t length,
                         UErrorCode* error) { return u_strToLower(out, capacity, in, length, "", error); });
}

std::string UnicodeFoldedCase(std::string_view text) {
  if (IsAscii(text)) return AsciiLowerCase(text);
  return Mapped(text,
                [](char16_t* out, std::int32_t capacity, const char16_t* in, std::int32_t length, UErrorCode* error) {
                  return u_strFoldCase(out, capacity, in, length, U_FOLD_CASE_DEFAULT, error);
                });
}

bool IsUnicodeSpace(char32_t code) {
  if (code < 0x80) return code == ' ' || (code >= 9 && code <= 13) || (code >= 0x1C && code <= 0x1F);
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool IsUnicodeLetterOrNumber(char32_t code) {
  if (code < 0x80) {
    return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
  }
  return (U_GET_GC_MASK(static_cast<UChar32>(code)) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

bool IsUnicodeMark(char32_t code) {
  return code >= 0x80 && (U_GET_GC_MASK(static_cast<UChar32>(code)) & U_GC_M_MASK) != 0;
}

std::vector<std::string_view> SplitAtUnicodeSpaces(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;  // of the word at hand
  std::size_t at = 0;
  while (at < text.size()) {
    const UnicodeCharacter c = FirstUnicodeCharacter(text.substr(at));
    if (IsUnicodeSpace(c.code)) {
      if (at > begin) words.push_back(text.substr(begin, at - begin));
      begin = at + c.bytes;
    }
    at += c.bytes;
  }
  if (at > begin) words.push_back(text.substr(begin));
  return words;
}

std::string_view TrimUnicodeSpacesAtEnd(std::string_view text) {
  while (!text.empty()) {
    // No character of white space has more than three bytes.
    std::size_t start = text.size() - 1;
    while (start > 0 && text.size() - start < 3 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
    const UnicodeCharacter last = FirstUnicodeCharacter(text.substr(start));
    if (last.bytes != text.size() - start || !IsUnicodeSpace(last.code)) break;
    text = text.substr(0, start);
  }
  return text;
}

std::string_view TrimUnicodeSpaces(std::string_view text) {
  while (!text.empty()) {
    const UnicodeCharacter first = FirstUnicodeCharacter(text);
    if (!IsUnicodeSpace(first.code)) break;
    text.remove_prefix(first.bytes);
  }
  return TrimUnicodeSpacesAtEnd(text);
}

}  // namespace assay
