#pragma once
// Text of others on lines of ours: one line of well-formed UTF-8 that reads as it is stored, so that no value of a
// dataset, answer or name moves the cursor, turns a line round or makes one of its own.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// The number of bytes of the well-formed UTF-8 character at the beginning of `text`; 0 if there is none.
std::size_t CharacterLength(std::string_view text);
// Of such a character of so many bytes.
std::uint32_t CodePointOf(std::string_view character);
// Controls (C1 too), line separators, characters that change the direction of text, and such as are not seen.
bool IsUnplain(std::uint32_t code_point);

// Whether there are only well-formed characters that are plain.
bool IsPlainLine(std::string_view text);
// `text` where it is a plain line; else with what is not as \n, \x9b, \u202e. O(size).
std::string PlainLine(std::string_view text);
// The escape of the character at the beginning of `text`, of CharacterLength `length`; "" where it is plain.
std::string PlainEscape(std::string_view text, std::size_t length);

}  // namespace assay
