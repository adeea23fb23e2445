#pragma once
// Which values the keywords of JSON Schema take. Only for the files json_schema*.cc.

#include <string>

#include "core/json.h"
#include "runners/graders/structure/json_schema_documents.h"

namespace assay {

// What is wrong with the value itself, whatever the schemas in it; "" when nothing is.
std::string WrongSchemaValue(SchemaKeyword keyword, const Json& value);

}  // namespace assay
