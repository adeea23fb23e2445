#pragma once
// Texts for the reasons of scores: bounded, valid UTF-8, on one line.

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

// `text` if it has at most `max_bytes`, else its beginning and "…", together at most `max_bytes`, cut between
// characters.
std::string CutText(std::string_view text, std::size_t max_bytes);

// `text` in double quotes, cut to about `max_bytes`; control characters as \n, \t, \x00, bytes that are no UTF-8 as
// \xff.
std::string Quoted(std::string_view text, std::size_t max_bytes = 120);

// `text` as CutText has it, with U+FFFD for what is no UTF-8: for evidence of several lines.
std::string ShownText(std::string_view text, std::size_t max_bytes);

// Whether `text` is one line of well-formed UTF-8 that reads as it is stored: without control characters (C1 too), line
// separators, characters that change the direction of text, and such as are not seen.
bool IsPlainLine(std::string_view text);
// `text` where it is a plain line; else with what is not as \n, \x9b, \u202e, cut to about `max_bytes`.
std::string PlainLine(std::string_view text, std::size_t max_bytes);

// The number of bytes of the well-formed UTF-8 character at the beginning of `text`; 0 if there is none.
std::size_t CharacterLength(std::string_view text);

}  // namespace assay
