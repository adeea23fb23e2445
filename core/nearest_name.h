#pragma once
// "did you mean": the known name closest to a misspelt one.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace assay {

// The candidate with the smallest Damerau-Levenshtein distance to `name`, if that is at most a third of the longer
// length (at least 1, at most 3); the first of equals. O(candidates × length²).
std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates);

}  // namespace assay
