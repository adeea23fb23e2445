#pragma once
// The text an option of a grader compares with: a template over the case. Only for the files of runners/graders.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "core/case.h"
#include "core/score.h"
#include "runners/graders/frame/text_template.h"

namespace assay {

// Immutable, thread-safe.
class Target {
 public:
  // Compiles the text `source` of option `name` of `options`. Reports a malformed template, and a target that is blank
  // whatever the case; nullopt then.
  static std::optional<Target> Compile(const Node& options, std::string_view name, const std::string& source,
                                       Diagnostics& diagnostics, TextTemplate::Escape escape = nullptr);

  // The text for this case. The score to give instead when the case does not provide it: UNSCORED for a missing, null
  // or blank target, ERROR for one that is too long. A blank target would equal the answer of a model that says
  // nothing, and is contained in everything.
  std::expected<std::string, Score> For(const Case& item) const;

  // As For, but a target that is one variable and nothing else, of a field that is a list, gives its elements.
  std::expected<std::vector<std::string>, Score> ListFor(const Case& item) const;

  bool IsConstant() const { return text_.IsConstant(); }
  const std::vector<std::string>& RequiredFields() const { return text_.RequiredFields(); }

 private:
  explicit Target(TextTemplate text) : text_(std::move(text)) {}
  TextTemplate text_;
  std::string only_field_;  // "answers" of "{{answers}}", else ""
};

// Without ASCII white space at both ends.
std::string_view TrimBlanks(std::string_view text);

}  // namespace assay
