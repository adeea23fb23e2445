#pragma once
// Where a response says that now comes its answer: "ANSWER: ". Only for files of this folder.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace assay {

// Immutable, thread-safe.
class AnswerMarker {
 public:
  // White space in `marker` stands for any white space, and before ":" it may stand too.
  AnswerMarker(std::string_view marker, bool ignore_case);

  // What follows the last occurrence of the marker, and the white space behind it; nullopt where there is none.
  // O(text).
  std::optional<std::string_view> AfterLast(std::string_view text) const;

  // A pattern of RE2 for the marker, without the white space behind it.
  static std::string PatternOf(std::string_view marker);

 private:
  std::shared_ptr<const re2::RE2> pattern_;
};

}  // namespace assay
