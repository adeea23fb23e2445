#pragma once
// A text that is a number and nothing else. Only for files of this folder.

#include <optional>
#include <string_view>

namespace assay {

// What Python's float() reads, unless it is infinite or not a number: sign, digits of any script with single "_"
// between them, point, exponent, white space around. nullopt for anything else.
std::optional<double> FiniteNumber(std::string_view text);

}  // namespace assay
