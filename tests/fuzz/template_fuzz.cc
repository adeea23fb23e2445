// Prompt templates: the template, a line `----`, the fields of a case as JSON.

#include <unordered_set>

#include "config/template_fields.h"
#include "runners/graders/frame/text_template.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void Check(std::string_view input) {
  const std::string source(TakePart(input));
  const Result<TextTemplate> text = TextTemplate::Compile(source);
  if (!text) {
    Require(!text.error().message.empty(), "the error says what is wrong");
    return;
  }
  const std::unordered_set<std::string> used(text->Fields().begin(), text->Fields().end());
  Require(used.size() == text->Fields().size(), "each name stands once in the list");
  for (const std::string& name : text->RequiredFields()) Require(used.contains(name), "what is required is used");
  const Result<std::vector<std::string>> linted = RequiredTemplateFields(source);
  Require(linted && *linted == text->RequiredFields(), "lint sees the fields that rendering needs");
  Result<Json> fields = Json::Parse(input);
  if (!fields || !fields->is_object()) fields = Json::Of({{"a", "x"}, {"b", Json::Array{1, 2}}});
  const Result<std::string> rendered = text->Render(*fields);
  if (!rendered) {
    Require(!rendered.error().message.empty(), "an error has a message");
    Require(rendered.error().code != ErrorCode::kInternal, "rendering fails for a reason of ours");
    Require(!text->IsConstant(), "a constant can always be rendered");
    return;
  }
  Require(rendered->size() <= TextTemplate::kMaxOutput, "the output is bounded");
  for (const std::string& name : text->RequiredFields()) {
    const Json* field = FindField(*fields, name);
    Require(field != nullptr && !field->is_null(), "nothing is filled in silently");
  }
  Require(!text->IsConstant() || *rendered == source, "a constant renders as itself");
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
