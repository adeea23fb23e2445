#pragma once
// How alike two texts are. Only for files of this folder.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// The words of a text that carry it: in lower case (of ASCII), of three characters or more, without the commonest words
// of English.
std::vector<std::string> TellingWords(std::string_view text);

// Of the pairs of neighbouring words of both, the share that both have. 0 when one has fewer than two words.
double SharedPairs(const std::vector<std::string>& a, const std::vector<std::string>& b);

// Twice the length of the matching blocks over the length of both, in characters, as Python's difflib finds them: the
// longest common block, then the longest to its left and to its right, and so on, where characters that are too
// frequent in a long `b` begin none. Takes its steps off `budget`; nullopt once that is spent.
std::optional<double> MatchingBlocks(std::string_view a, std::string_view b, std::size_t& budget);

}  // namespace assay
