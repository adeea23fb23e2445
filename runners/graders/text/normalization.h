#pragma once
// How the peers make texts alike before they compare them. Only for files of this folder.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace assay {

enum class Normalization { kSquad, kKeepArticles, kInspect, kTrim, kLmEval };

// Of the dialect lm_eval, in the order in which they are applied.
struct LmEvalSteps {
  std::vector<std::shared_ptr<const re2::RE2>> remove = {};
  bool ignore_case = false;
  bool ignore_punctuation = false;
  bool ignore_digits = false;
};

// O(text); of kLmEval, that times the number of patterns.
std::string Normalized(std::string_view text, Normalization how, const LmEvalSteps& steps = {});

}  // namespace assay
