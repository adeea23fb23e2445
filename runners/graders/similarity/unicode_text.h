#pragma once
// Texts as Unicode characters (code points). Only for the files of this folder.
//
// A byte that belongs to no well-formed UTF-8 character is a character of its own, equal to the same byte and to
// nothing else: two broken texts are alike only where their bytes are. (Python calls it surrogateescape.)

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct UnicodeCharacter {
  char32_t code;
  std::size_t bytes;  // of `text` that it takes, at least 1
};

// The first character; `text` is not empty.
UnicodeCharacter FirstUnicodeCharacter(std::string_view text);
std::u32string UnicodeCharacters(std::string_view text);

// Full lower-casing and full case folding of Unicode, of no language (ΟΔΟΣ is οδος; folded, ß is ss).
std::string UnicodeLowerCase(std::string_view text);
std::string UnicodeFoldedCase(std::string_view text);

// White space: the separators of Unicode and the controls 9 to 13 and 28 to 31, as Python's str.split() has it.
bool IsUnicodeSpace(char32_t code);
bool IsUnicodeLetterOrNumber(char32_t code);
// A combining mark: it belongs to the letter before it.
bool IsUnicodeMark(char32_t code);

// The parts between white space. They point into `text`, so a text that ends with the expression is refused.
std::vector<std::string_view> SplitAtUnicodeSpaces(std::string_view text);
template <std::same_as<std::string> Text>
std::vector<std::string_view> SplitAtUnicodeSpaces(Text&& text) = delete;
std::string_view TrimUnicodeSpaces(std::string_view text);
std::string_view TrimUnicodeSpacesAtEnd(std::string_view text);

}  // namespace assay
