#pragma once
// What a JSON Schema must be for JsonSchema to check it. Only for json_schema.cc.

#include "core/json.h"
#include "core/result.h"

namespace assay {

// The name under which the patterns of a schema are passed on, so that the validator's own, std::regex, is never used.
inline constexpr char kPatternKeyword[] = "assay:pattern";
// Likewise for multiples: the validator divides doubles.
inline constexpr char kMultipleKeyword[] = "assay:multipleOf";
// In every schema, to be evaluated before anything else of it: counts the work. Stands as the first of `allOf`, which
// the validator looks at first, because it looks at keywords of ours last.
inline constexpr char kWorkKeyword[] = "assay:work";

struct CheckedSchema {
  Json schema;  // without annotations, `pattern` and `multipleOf` renamed, kWorkKeyword added
  bool has_unique_items = false;
};

// kInvalidArgument with the place for everything that json_schema.h says is refused, and for keywords of the wrong
// type.
Result<CheckedSchema> CheckSchema(const Json& schema);

}  // namespace assay
