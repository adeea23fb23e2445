#pragma once
// Numbers as match_position reads them: a word that is a number in one of many ways of writing it. Only for files of
// this folder.

#include <optional>
#include <string>
#include <string_view>

namespace assay {

// Without $ € £ , * _ (and a backslash before one of them), and without a point that no digit follows.
std::string WithoutNumericMarks(std::string_view text);

// What FiniteNumber reads, and: other minus and plus signs, several signs, "2½", "5²", "1.5⁻³", grouped digits,
// numerals of Chinese. nullopt for anything else, and for what is not finite.
std::optional<double> LooseNumber(std::string_view text);

}  // namespace assay
