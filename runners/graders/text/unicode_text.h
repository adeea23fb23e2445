#pragma once
// Characters and letter case beyond ASCII, by ICU. Bytes that are no UTF-8 count as one U+FFFD each. Only for files of
// this folder.

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

// Takes the first character off `rest`, which is not empty.
char32_t TakeCharacter(std::string_view& rest);

// Unicode's full lower case ("ΟΔΟΣ" is "οδος" with a final sigma), and its full case folding ("ß" is "ss").
std::string LowerCased(std::string_view text);
std::string CaseFolded(std::string_view text);

bool IsSpaceCharacter(char32_t c);  // also U+00A0, U+3000 and their like
bool IsLetterCharacter(char32_t c);
bool IsUpperCharacter(char32_t c);
bool IsLowerCharacter(char32_t c);
bool IsWordCharacter(char32_t c);                     // letters, digits, numbers, "_"
bool IsAsciiPunctuation(char32_t c);                  // !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~
int DigitOf(char32_t c);                              // 0 to 9 of a decimal digit of any script, else -1
double FractionOf(char32_t c);                        // 0.5 of "½", else 0
std::string Utf8Of(char32_t c);                       // U+FFFD for what is no character
std::string_view Trimmed(std::string_view text);      // without white space at both ends
std::string WithSingleSpaces(std::string_view text);  // trimmed, and every run of white space one space
std::size_t CountCharacters(std::string_view text);

}  // namespace assay
