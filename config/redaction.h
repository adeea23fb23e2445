#pragma once
// A pattern of what nobody is to read, compiled. Immutable; thread-safe.

#include <memory>
#include <string>

#include "config/queue.h"
#include "core/result.h"

namespace re2 {
class RE2;
}

namespace assay {

class RedactionPattern {
 public:
  // kInvalidArgument for what is no RE2 pattern, and for one that finds the empty text, which stands everywhere. Takes
  // no more than RedactionSpec::kMostMemory.
  static Result<RedactionPattern> Compile(const RedactionPatternSpec& spec);
  RedactionPattern(RedactionPattern&&) noexcept;
  ~RedactionPattern();

  // The mark, [NAME], instead of what it finds. In time that grows with the text and no faster.
  void Mask(std::string& text) const;

 private:
  RedactionPattern(std::string mark, std::unique_ptr<re2::RE2> pattern);
  std::string mark_;
  std::unique_ptr<re2::RE2> pattern_;
};

}  // namespace assay
