#pragma once
// A text as the distances of strings see it. Only for the files of this folder.

#include <algorithm>
#include <string>
#include <string_view>

#include "runners/graders/similarity/edit_distance.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {

struct ComparedForm {
  bool ignore_case = false;
  bool trim = false;
};

// Its characters.
class ComparedText {
 public:
  ComparedText(std::string_view text, ComparedForm form) {
    if (form.trim) text = TrimUnicodeSpaces(text);
    const std::u32string characters =
        form.ignore_case ? UnicodeCharacters(UnicodeLowerCase(text)) : UnicodeCharacters(text);
    characters_.assign(characters.begin(), characters.end());
  }
  Sequence characters() const { return characters_; }

 private:
  std::vector<std::uint32_t> characters_;
};

}  // namespace assay
