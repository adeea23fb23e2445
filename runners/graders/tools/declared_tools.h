#pragma once
// The functions that the model may call, as the case or the suite declares them. Only for files of this folder.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "core/case.h"
#include "core/score.h"

namespace assay {

struct DeclaredTool {
  std::string name;
  Json parameters;  // as declared; an empty object when there are none
};

// The options that name them; those of a grader derive from this.
struct ToolsOptions {
  std::optional<Json> tools = {};
  std::string tools_field = "tools";
};

template <class T>
void AddToolsFields(FieldTable<T>& table) {
  table.template Optional<std::optional<Json>>("tools", &T::tools,
                                               "the declarations, if they are the same for every case: a list");
  table.template Optional<std::string>("tools_field", &T::tools_field, "the field of the case that has them",
                                       {.min_size = 1});
  table.AtMostOneOf({"tools", "tools_field"});
}

// A list of declarations, each of one of these shapes; what is wrong otherwise.
//   OpenAI      {type: function, function: {name, parameters}}, {type: function, name, parameters}
//   Anthropic   {name, input_schema}
//   Google      {functionDeclarations: [{name, parameters}]}
//   plain       {name, parameters}, and a JSON Schema with `title` (or `name`) and `properties`
std::expected<std::vector<DeclaredTool>, std::string> ReadDeclaredTools(const Json& list);

// Null pointer when there is none of that name.
const DeclaredTool* FindTool(const std::vector<DeclaredTool>& tools, std::string_view name);

// The parameters as the JSON Schema that they mean: types of other vocabularies by their JSON names ("STRING", "dict",
// "float", "tuple", "any"), `nullable` as a type, and without what says nothing of a value there (`format`, `example`,
// `optional`).
Json SchemaOfParameters(const Json& parameters);

// Immutable, thread-safe.
class DeclaredTools {
 public:
  static std::optional<DeclaredTools> Make(const ToolsOptions& options, const Node& node, Diagnostics& diagnostics);

  // UNSCORED for a case that declares none; ERROR for what is no list of declarations.
  std::expected<std::vector<DeclaredTool>, Score> For(const Case& item) const;
  std::vector<std::string> RequiredFields() const;

  // Whether the tools are the same for every case; then they are those of For(), and are there when it is made.
  const std::optional<std::vector<DeclaredTool>>& constant() const { return constant_; }

 private:
  std::string field_;
  std::optional<std::vector<DeclaredTool>> constant_;
};

}  // namespace assay
