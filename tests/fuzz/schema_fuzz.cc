// JSON Schemas as the json grader compiles them: the schema, a line `----`, a value.

#include "runners/graders/structure/json_schema.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void Check(std::string_view input) {
  const Result<Json> schema = Json::Parse(TakePart(input));
  if (!schema) return;
  JsonSchemaOptions options;
  options.check_formats = true;
  options.is_unknown_ignored = input.size() % 2 == 0;
  const Result<JsonSchema> compiled = JsonSchema::Compile(*schema, options);
  if (!compiled) {
    Require(!compiled.error().message.empty(), "the error says what is wrong");
    return;
  }
  Result<Json> value = Json::Parse(input);
  if (!value) value = Json();
  const Result<std::optional<JsonSchemaError>> first = compiled->Check(*value);
  const Result<std::optional<JsonSchemaError>> second = compiled->Check(*value);
  Require(first == second, "the same value gets the same answer");
  if (!first) {
    Require(!first.error().message.empty(), "an error has a message");
  } else if (*first) {
    Require(!(*first)->what.empty() && ToString(**first).size() < 1000, "what is wrong is said, in bounds");
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
