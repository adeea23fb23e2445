#include "runners/graders/structure/json_schema_values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

namespace assay {
namespace {

bool IsCount(const Json& value) {
  if (!value.is_number()) return false;
  const double number = value.as_number();
  return number >= 0 && number <= 1e15 && number == std::trunc(number);
}

bool IsType(const Json& name) {
  static constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "object", "array",
                                                             "number", "string",  "integer"};
  return name.is_string() && std::ranges::find(kTypes, name.as_string()) != kTypes.end();
}

std::string WrongTexts(const Json& value) {
  constexpr char kWrong[] = "must be a list of texts";
  if (!value.is_array()) return kWrong;
  std::set<std::string_view> seen;
  for (const Json& text : value.as_array()) {
    if (!text.is_string()) return kWrong;
    if (!seen.insert(text.as_string()).second) return text.Dump() + " stands twice";
  }
  return "";
}

std::string Unless(bool is_right, const char* wrong) { return is_right ? "" : wrong; }

}  // namespace

std::string WrongSchemaValue(SchemaKeyword keyword, const Json& value) {
  switch (keyword) {
    case SchemaKeyword::kAnnotation:
    case SchemaKeyword::kAny:
    case SchemaKeyword::kSchema:
      return "";
    case SchemaKeyword::kNumber:
      return Unless(value.is_number(), "must be a number");
    case SchemaKeyword::kPositive:
      return Unless(value.is_number() && value.as_number() > 0, "must be a number above 0");
    case SchemaKeyword::kCount:
      return Unless(IsCount(value), "must be a whole number from 0");
    case SchemaKeyword::kFlag:
      return Unless(value.is_bool(), "must be true or false");
    case SchemaKeyword::kTexts:
      return WrongTexts(value);
    case SchemaKeyword::kAnyList:
      return Unless(value.is_array() && !value.as_array().empty(), "must be a list that is not empty");
    case SchemaKeyword::kText:
      return Unless(value.is_string(), "must be a text");
    case SchemaKeyword::kTypes: {
      const bool is_list = value.is_array() && !value.as_array().empty();
      return Unless(is_list ? std::ranges::all_of(value.as_array(), IsType) : IsType(value),
                    "must be null, boolean, object, array, number, string or integer, or a list of them");
    }
    case SchemaKeyword::kSchemas:
      return Unless(value.is_array() && !value.as_array().empty(), "must be a list of schemas, not empty");
    case SchemaKeyword::kItems:
      return "";  // an empty list is a list without schemas
    case SchemaKeyword::kSchemaMap:
    case SchemaKeyword::kDependencies:
      return Unless(value.is_object(), "must be a mapping of names to schemas");
  }
  return "";
}

}  // namespace assay
