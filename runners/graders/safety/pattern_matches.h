#pragma once
// Every match of a pattern. Only for files of this folder.

#include <string_view>
#include <vector>

#include "runners/graders/safety/findings.h"

namespace re2 {
class RE2;
}

namespace assay {

// Compiled once for the life of the program; the pattern is a constant of ours, and right.
const re2::RE2& PatternOf(const char* source);

// Adds the matches of capture `capture` (0: of the whole), from left to right, without overlaps, where `is_one` holds.
void AddMatches(const re2::RE2& pattern, std::string_view text, std::string_view type, std::vector<Match>& matches,
                int capture = 0, bool (*is_one)(std::string_view text, const Match& match) = nullptr);

// Where `wanted`, which is not empty, occurs in `text` from `from` on; npos. Linear, whatever the texts.
std::size_t FindText(std::string_view text, std::string_view wanted, std::size_t from = 0);

bool IsDigit(char c);
// Letters and digits of ASCII, `_`, and whatever is not ASCII.
bool IsWordByte(char c);
bool IsWordBefore(std::string_view text, std::size_t place);
bool IsWordAt(std::string_view text, std::size_t place);

}  // namespace assay
