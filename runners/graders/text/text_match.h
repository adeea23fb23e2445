#pragma once
// A text that is searched for in others. Only for files of this folder.

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace re2 {
class RE2;
}

namespace assay {

struct TextMatchOptions {
  bool ignore_case = false;
  bool whole_word = false;  // IsIn: only where no word character continues the first or last word of the text
};

// Without regard to case means Unicode's simple case folding (as RE2 does it): É is é, the Kelvin sign is k, but ß is
// not ss. Nothing is normalised: é as one character is not e with a combining accent. Immutable, thread-safe.
class TextMatch {
 public:
  // kInvalidArgument for a text that is no UTF-8 or too long to be folded.
  static Result<TextMatch> Make(std::string text, TextMatchOptions options);

  bool IsIn(std::string_view other) const;
  bool Equals(std::string_view other) const;
  const std::string& text() const { return text_; }

 private:
  TextMatch() = default;
  bool IsWholeWord(std::string_view text, std::size_t begin, std::size_t size) const;

  std::string text_;
  bool whole_word_ = false;
  std::string lower_;                       // of an ASCII text, when ignoring case
  std::shared_ptr<const re2::RE2> folded_;  // of any other text, when ignoring case
};

}  // namespace assay
