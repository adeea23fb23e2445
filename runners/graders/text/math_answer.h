#pragma once
// Where in a response its mathematical answer stands. Only for files of this folder.

#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct MathCandidate {
  std::string text;
  bool is_marked = false;  // in a box or behind "answer is": said to be the answer
  bool is_boxed = false;
};

// The places to look at, the most telling first: the last \boxed{…}; the line behind the last "answer is", "answer:",
// "result ="; the whole text, if short; the last formula in $…$, \(…\), \[…\]; the last line; the last number. O(text).
std::vector<MathCandidate> MathCandidates(std::string_view response);

// Of a target: its \boxed{…}, else all of it.
std::string MathTarget(std::string_view target);

}  // namespace assay
