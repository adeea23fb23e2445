#pragma once
// The words of a short answer, by the rules of those who compare answers by their words. Only for the files of this
// folder.

#include <string>
#include <string_view>

#include "config/fields.h"

namespace assay {

enum class AnswerRule { kSquad, kInspect, kLower, kNone };

template <>
struct EnumWords<AnswerRule> {
  static constexpr EnumWord<AnswerRule> kWords[] = {
      {"squad", AnswerRule::kSquad, "lower case, without ASCII punctuation, a, an and the"},
      {"inspect", AnswerRule::kInspect,
       "the same word by word, folded, hyphens separating; numbers keep their point, and 5 is 5.0"},
      {"lower", AnswerRule::kLower, "lower case"},
      {"none", AnswerRule::kNone, "as they stand"}};
};

// `text` by a rule: its words are what is between white space.
std::string AnswerText(AnswerRule rule, std::string_view text);

}  // namespace assay
