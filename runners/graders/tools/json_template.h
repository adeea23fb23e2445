#pragma once
// A value of an option whose texts are templates over the case. Only for files of this folder.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "core/case.h"
#include "core/json.h"
#include "core/score.h"
#include "runners/graders/frame/text_template.h"

namespace assay {

// `{city: "{{city}}", days: 3}`. A text that is one variable and nothing else, `"{{city}}"`, stands for the value of
// the field, whatever its type. Immutable, thread-safe.
class CallTemplate {
 public:
  // Of option `name` of `options`, which is `source`. Reports malformed templates; nullopt then.
  static std::optional<CallTemplate> Compile(const Node& options, std::string_view name, Json source,
                                             Diagnostics& diagnostics);

  // The value for this case; UNSCORED instead where the case lacks a field, ERROR where a text is too long.
  std::expected<Json, Score> For(const Case& item) const;
  const std::vector<std::string>& RequiredFields() const { return required_; }

 private:
  struct Text {
    TextTemplate text;
    std::string only_field;  // "city" of "{{city}}", else ""
  };

  bool CompileTexts(const Json& value, std::string& error);
  std::expected<Json, Score> Fill(const Json& value, const Case& item, std::size_t& next) const;

  Json source_;
  std::vector<Text> texts_;  // those of source_ that are templates, in the order in which they stand
  std::vector<std::string> required_;
};

}  // namespace assay
