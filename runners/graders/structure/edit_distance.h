#pragma once
// Levenshtein's distance with a bound on the work.

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay {

// Insertions, deletions and replacements of characters that make one text the other; bytes that are no UTF-8 count as
// characters. Takes a step for each character of the longer and each 64 of the shorter, at equal ends none, off
// `steps`; nullopt when that would be more than is left.
std::optional<std::size_t> EditDistance(std::string_view a, std::string_view b, std::int64_t& steps);

// 1 - distance / length of the longer in characters; 1 for two empty texts.
std::optional<double> EditSimilarity(std::string_view a, std::string_view b, std::int64_t& steps);

}  // namespace assay
