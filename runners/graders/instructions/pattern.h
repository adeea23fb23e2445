#pragma once
// What is searched for: a regular expression, as IFEval takes its keywords and markers. Only for files of this folder.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace re2 {
class RE2;
}

namespace assay::instructions {

// Immutable, thread-safe.
class Pattern {
 public:
  static constexpr std::size_t kMaxSource = 10'000;  // bytes
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // A source that is no regular expression ("C++") is the text itself. kInvalidArgument for one that is empty, too long
  // or no UTF-8.
  static Result<Pattern> Make(std::string source, bool ignore_case);

  // The first match that begins at or after `from`.
  std::optional<Span> Next(std::string_view text, std::size_t from) const;
  // Matches that do not overlap.
  std::int64_t Count(std::string_view text) const;
  bool IsIn(std::string_view text) const { return Next(text, 0).has_value(); }
  // Whether a match stands alone: at both its ends a word begins or ends.
  bool IsInAsWord(std::string_view text) const;

  // Whether it is searched for as it is, not as an expression.
  bool IsPlain() const { return expression_ == nullptr; }
  const std::string& source() const { return source_; }

 private:
  Pattern() = default;

  std::string source_;
  bool ignore_case_ = false;
  std::string needle_;                          // of a plain source: in lower case, when case is ignored
  std::shared_ptr<const re2::RE2> expression_;  // of any other
};

}  // namespace assay::instructions
