#pragma once
// What a mathematical answer says, as a tree. Only for files of this folder.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class MathKind {
  kNumber,     // name: decimal digits, perhaps with a point; exact
  kRepeating,  // name "0.1" and "36": 0.1363636…
  kSymbol,     // name; constants are "\pi", "e", "i", "\infty"
  kSum,
  kProduct,
  kQuotient,   // of two
  kPower,      // base, exponent
  kNegative,   // of one
  kFunction,   // name, arguments; a logarithm's second argument is its base
  kPlusMinus,  // of one: "\pm x"
  kList,       // top level "a, b": in any order
  kSet,        // in any order, no element twice
  kTuple,      // (a, b), [a, b), …: in order; name is its brackets, "()" or "[)"
  kUnion,      // of sets and intervals
  kRelation,   // items joined by relations; name is these, one letter each: = < > l (<=) g (>=) n (!=) e (in)
  kMatrix,     // name is the number of columns; items row by row
  kText,       // name: words, normalised
};

// A plain value. Trees are at most kMaxMathDepth deep.
struct MathValue {
  MathKind kind = MathKind::kNumber;
  std::string name = {};
  std::vector<MathValue> items = {};
  std::string unit = {};  // of the whole, normalised: "cm", "degree", "$"; "" for none
  friend bool operator==(const MathValue&, const MathValue&) = default;
};

inline constexpr int kMaxMathDepth = 64;
inline constexpr std::size_t kMaxMathNodes = 512;
inline constexpr std::size_t kMaxMathBytes = 4096;

enum class PercentMeaning { kHundredths, kIgnored };

// Reads LaTeX or plain notation ("\frac12", "1/2", "2**3", "sqrt(2)"), or words. No more than what stands here is read,
// and nothing is evaluated. The error says what is wrong.
std::expected<MathValue, std::string> ParseMath(std::string_view text, PercentMeaning percent);

// Whether both say the same; for kText only the same words do. What has no variables and no irrational parts is
// compared exactly; the rest by its values to 75 digits at some points, which tells any two answers apart but those
// that are made to deceive it.
bool SameMath(const MathValue& a, const MathValue& b);

}  // namespace assay
