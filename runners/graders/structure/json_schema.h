#pragma once
// JSON Schema draft 7, compiled once into a graph of nodes and checked in bounded time (docs/decisions/0013).
//
// Refused when compiled rather than ignored: unknown keywords (beginning with "x-" excepted) unless the options say
// otherwise, other drafts, references to documents that were not given, schemas that refer to themselves without
// descending into the value, patterns that RE2 does not know and, where formats are checked, formats that we do not.
// What stands beside `$ref` has no effect, as draft 7 says.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "core/result.h"

namespace assay {

struct JsonSchemaOptions {
  bool check_formats = false;       // draft 7 leaves it open
  bool is_unknown_ignored = false;  // keywords that draft 7 does not know: as it says, or refused as typing errors
  // What relative references and a relative `$id` of the root are resolved against; "" for none.
  std::string base_uri = {};
  // The document of an absolute URI without fragment; null pointer where there is none. Asked while compiling only. The
  // metaschema of draft 7 is known without asking.
  std::function<const Json*(std::string_view uri)> find_document = {};
};

// What is wrong with a value, the first thing that is.
struct JsonSchemaError {
  std::string place;  // JSON pointer into the value: "/items/0/price", "" for the value itself
  std::string what;   // "is -1, less than 0"
  friend bool operator==(const JsonSchemaError&, const JsonSchemaError&) = default;
};
// "/items/0/price: is -1, less than 0"
std::string ToString(const JsonSchemaError& error);

// Immutable, cheap to copy, thread-safe.
class JsonSchema {
 public:
  // kInvalidArgument naming the place as a JSON pointer: "#/properties/a: unknown keyword \"requird\"".
  static Result<JsonSchema> Compile(const Json& schema, const JsonSchemaOptions& options = {});

  // What is wrong with `value`; nullopt when it conforms. A fraction of a microsecond for a small schema.
  // kResourceExhausted for what cannot be checked in five million steps (visits of a value by a schema, mostly), which
  // branches that refer to each other can ask for.
  Result<std::optional<JsonSchemaError>> Check(const Json& value) const;

  struct Compiled;

 private:
  explicit JsonSchema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace assay
