#include "config/redaction.h"

#include <re2/re2.h>

namespace assay {

RedactionPattern::RedactionPattern(std::string mark, std::unique_ptr<re2::RE2> pattern)
    : mark_(std::move(mark)), pattern_(std::move(pattern)) {}
RedactionPattern::RedactionPattern(RedactionPattern&&) noexcept = default;
RedactionPattern::~RedactionPattern() = default;

Result<RedactionPattern> RedactionPattern::Compile(const RedactionPatternSpec& spec) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(RedactionSpec::kMostMemory);
  auto pattern = std::make_unique<RE2>(spec.pattern, options);
  if (!pattern->ok()) return Fail(ErrorCode::kInvalidArgument, "is no RE2 pattern: " + pattern->error());
  if (RE2::PartialMatch("", *pattern))
    return Fail(ErrorCode::kInvalidArgument, "matches the empty text, which stands everywhere");
  return RedactionPattern("[" + spec.name + "]", std::move(pattern));
}

void RedactionPattern::Mask(std::string& text) const { RE2::GlobalReplace(&text, *pattern_, mark_); }

}  // namespace assay
