#pragma once
// The pieces of mathematical notation, LaTeX or plain. Only for files of this folder.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class MathTokenKind {
  kNumber,   // 12.5
  kLetter,   // a single letter
  kWord,     // several letters that are no product: names of functions, units, prose
  kCommand,  // \frac, without the backslash
  kText,     // what stands in \text{…}
  kSign,     // any other character, or "<=", ">=", "!=", "\{", "\}", "\\"
  kEnd,
};

struct MathToken {
  MathTokenKind kind = MathTokenKind::kEnd;
  std::string text = {};
  bool is_spaced = false;  // white space stands before it
};

// Spaces and what only changes how LaTeX looks are gone; the last token is kEnd. The error says what is wrong.
std::expected<std::vector<MathToken>, std::string> MathTokens(std::string_view text);

// "cm" for "centimeters", "degree" for "°"; "" for what is no unit.
std::string UnitOf(std::string_view word);

}  // namespace assay
