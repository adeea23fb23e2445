#pragma once
// A mustache template over the fields of a case: prompts and the string options of graders are such templates.
//
// What differs from plain mustache, so that nothing is filled in silently:
//   - no HTML escaping; {{x}} and {{{x}}} are the same unless the caller gives an escape
//   - a variable that is missing or null is an error that names it, never empty text
//   - numbers print as in JSON, lists and objects as compact JSON
//   - partials and the change of delimiters are refused when compiled; there are no lambdas
// Sections and inverted sections follow mustache: a missing or null field, false, "" and an empty list are false.
//
//   auto question = TextTemplate::Compile("Q: {{question}}");
//   question->Render(Json::Of({{"question", "2+2?"}}));  // "Q: 2+2?"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/case.h"
#include "core/json.h"
#include "core/result.h"

namespace assay {

// Immutable after Compile, cheap to copy, thread-safe.
class TextTemplate {
 public:
  static constexpr std::size_t kMaxSource = 1u << 20;  // bytes
  static constexpr std::size_t kMaxOutput = 1u << 20;  // bytes
  using Escape = std::string (*)(std::string_view value);

  // kInvalidArgument for what is malformed, refused or over kMaxSource; the message says which and where.
  // `escape`, when given, is applied to the value of {{x}}, not of {{{x}}} or {{&x}}.
  static Result<TextTemplate> Compile(std::string source, Escape escape = nullptr);

  // `fields` is an object. kFailedPrecondition for a field the template needs and the case does not have,
  // kResourceExhausted for an output over kMaxOutput.
  Result<std::string> Render(const Json& fields) const;

  // Fields that every rendering needs: the variables outside of sections, each once, in the order of their first use.
  const std::vector<std::string>& RequiredFields() const;
  // All names used, those of sections and within sections included; each once, in the order of their first use.
  const std::vector<std::string>& Fields() const;
  // Whether rendering gives the source whatever the case.
  bool IsConstant() const;
  const std::string& source() const;

  struct Compiled;

 private:
  explicit TextTemplate(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
