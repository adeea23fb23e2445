#pragma once
// JSON Schema draft 7, the part of it that can be checked rightly and in bounded time.
//
// Refused when compiled rather than ignored or half checked: unknown keywords (beginning with "x-" excepted), other
// drafts, `format`, `patternProperties`, references that leave the document or point to no schema in it, keywords
// beside `$ref` (draft 7 ignores them), `$id` below the root, schemas that refer to themselves without descending into
// the value, and patterns that RE2 does not know.

#include <memory>
#include <optional>
#include <string>

#include "core/json.h"
#include "core/result.h"

namespace assay {

// Immutable, cheap to copy, thread-safe.
class JsonSchema {
 public:
  // kInvalidArgument naming the place as a JSON pointer: "#/properties/a: unknown keyword \"requird\"".
  static Result<JsonSchema> Compile(const Json& schema);

  // What is wrong with `value`: nullopt when it conforms; the first few errors with their places otherwise.
  // kResourceExhausted for what cannot be checked in bounded time: `uniqueItems` and a list of more than 5,000
  // elements, and more than five million visits of a value by a schema, which branches that refer to each other can
  // ask for.
  Result<std::optional<std::string>> Check(const Json& value) const;

  struct Compiled;

 private:
  explicit JsonSchema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
