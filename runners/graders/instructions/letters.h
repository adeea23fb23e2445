#pragma once
// Characters, letter case and white space as IFEval's checkers see them: those of Python's str and re. Bytes that are
// no UTF-8 count as one U+FFFD each. Only for files of this folder.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::instructions {

// The character at `at`, which is below text.size(); `at` moves behind it.
char32_t TakeLetter(std::string_view text, std::size_t& at);
void AppendLetter(char32_t c, std::string& out);

bool IsSpace(char32_t c);     // str.isspace(), \s
bool IsWordPart(char32_t c);  // \w: letters, digits and other numbers, "_"; no combining marks
bool IsAlphabetic(char32_t c);
bool IsUpper(char32_t c);
bool IsLower(char32_t c);
bool IsTitle(char32_t c);

// The bytes of the white space character at `at`, 0 if none is there.
std::size_t SpaceLength(std::string_view text, std::size_t at);
// Whether a character that belongs to words ends before, or begins at, `at`.
bool IsWordBefore(std::string_view text, std::size_t at);
bool IsWordAt(std::string_view text, std::size_t at);
bool IsDigitAt(std::string_view text, std::size_t at);  // \d

// str.strip(), str.lower(), str.isupper(), str.islower().
std::string_view Stripped(std::string_view text);
std::string Lowered(std::string_view text);
bool IsAllUpper(std::string_view text);
bool IsAllLower(std::string_view text);

// How many runs of \w the text has.
std::int64_t CountWords(std::string_view text);

}  // namespace assay::instructions
