#pragma once
// The documents that a schema may refer to: where each of its schemas is, and by which names. Only for
// json_schema_compile.cc.

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/json.h"
#include "core/result.h"
#include "runners/graders/structure/json_schema.h"

namespace assay {

// What the value of a keyword is.
enum class SchemaKeyword {
  kAnnotation,
  kNumber,
  kPositive,  // a number above 0
  kCount,     // a whole number from 0
  kFlag,
  kTexts,    // a list of distinct texts
  kAnyList,  // not empty
  kAny,
  kText,
  kTypes,
  kSchema,
  kSchemas,  // a list of them, not empty
  kItems,    // a schema or a list of schemas
  kSchemaMap,
  kDependencies,
};
// Null pointer for what is no keyword of draft 7.
const SchemaKeyword* FindSchemaKeyword(std::string_view name);

// A schema within a document.
struct SchemaSite {
  std::string place;     // "#/properties/a", after the document's URI where it is not the first
  std::string base_uri;  // what `$ref` in it is resolved against
};

class SchemaDocuments {
 public:
  explicit SchemaDocuments(const JsonSchemaOptions& options) : options_(options) {}

  // Finds the schemas in `root` and checks that every keyword is known and of its type. `root` outlives this.
  Status AddRoot(const Json& root);

  // The schema that `reference` names when it stands in `site`. kInvalidArgument where there is none.
  Result<const Json*> Resolve(const std::string& reference, const SchemaSite& site);

  // By the schema's place in memory. Grows when a reference leads to a document that was not asked for before.
  const std::unordered_map<const Json*, SchemaSite>& sites() const { return sites_; }

 private:
  Status Add(const Json& schema, SchemaSite site, int depth);
  Status AddValue(SchemaKeyword keyword, const Json& value, const SchemaSite& owner, const std::string& place,
                  int depth);
  Status Identify(const Json& schema, SchemaSite& site);
  Result<const Json*> FindResource(const std::string& uri);
  Result<const Json*> Follow(const Json* resource, const std::string& pointer);

  const JsonSchemaOptions& options_;
  std::unordered_map<const Json*, SchemaSite> sites_;
  std::map<std::string, const Json*> resources_;  // absolute URI without fragment
  std::map<std::string, const Json*> anchors_;    // with fragment
};

// The metaschema, http://json-schema.org/draft-07/schema.
const Json& Draft7Metaschema();

}  // namespace assay
