#pragma once
// What a schema is compiled to. Only for the files json_schema*.cc.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "runners/graders/structure/decimal.h"
#include "runners/graders/structure/json_schema.h"
#include "runners/graders/structure/text_format.h"

namespace re2 {
class RE2;
}

namespace assay {

using SchemaId = std::uint32_t;  // index of a node
inline constexpr SchemaId kNoSchema = UINT32_MAX;

// A set of the types of JSON, as bits. A number is of type integer when it has no fraction.
using JsonTypes = std::uint8_t;
inline constexpr JsonTypes kTypeNull = 1, kTypeBoolean = 2, kTypeInteger = 4, kTypeFraction = 8, kTypeString = 16,
                           kTypeArray = 32, kTypeObject = 64, kAnyType = 127;

struct SchemaNumbers {
  std::optional<Json> minimum, maximum, above, below;
  std::optional<Json> step;
  Decimal step_decimal;
};

struct SchemaPattern {
  std::shared_ptr<const re2::RE2> regex;
  std::string source;
};

struct SchemaTexts {
  std::size_t min_length = 0;
  std::size_t max_length = SIZE_MAX;
  std::optional<SchemaPattern> pattern;
  std::optional<TextFormat> format;
};

struct SchemaArrays {
  std::size_t min_items = 0;
  std::size_t max_items = SIZE_MAX;
  bool is_unique = false;
  std::vector<SchemaId> first;  // of `items` that is a list
  SchemaId rest = kNoSchema;    // `items` that is a schema, or additionalItems
  SchemaId contains = kNoSchema;
};

struct SchemaProperty {
  std::string name;
  SchemaId schema = kNoSchema;
  bool is_required = false;
};

struct SchemaDependency {
  std::string name;
  std::vector<std::string> needs;
  SchemaId schema = kNoSchema;
};

struct SchemaObjects {
  std::size_t min_members = 0;
  std::size_t max_members = SIZE_MAX;
  std::vector<SchemaProperty> properties;  // sorted by name
  std::size_t required = 0;                // how many of them are
  std::vector<std::pair<SchemaPattern, SchemaId>> patterns;
  SchemaId additional = kNoSchema;
  SchemaId names = kNoSchema;
  std::vector<SchemaDependency> dependencies;
};

struct SchemaValues {
  std::optional<Json> constant;
  std::vector<Json> words;  // enum
  bool has_words = false;
};

struct SchemaBranches {
  std::vector<SchemaId> all, any, one;
  SchemaId no = kNoSchema;  // not
  SchemaId condition = kNoSchema, then = kNoSchema, otherwise = kNoSchema;
};

// What a schema asks; the parts that it has nothing to say of are null.
struct SchemaNode {
  bool is_false = false;
  JsonTypes types = kAnyType;
  std::unique_ptr<SchemaValues> values;
  std::unique_ptr<SchemaNumbers> numbers;
  std::unique_ptr<SchemaTexts> texts;
  std::unique_ptr<SchemaArrays> arrays;
  std::unique_ptr<SchemaObjects> objects;
  std::unique_ptr<SchemaBranches> branches;
};

struct JsonSchema::Compiled {
  std::vector<SchemaNode> nodes;
  SchemaId root = 0;
};

}  // namespace assay
