#pragma once
// The options of graders that give a JSON Schema.

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/structure/json_schema.h"

namespace assay {

enum class SchemaFormats { kCheck, kIgnore };
template <>
struct EnumWords<SchemaFormats> {
  static constexpr EnumWord<SchemaFormats> kWords[] = {
      {"check", SchemaFormats::kCheck, "a text of another format fails; a format that cannot be checked is refused"},
      {"ignore", SchemaFormats::kIgnore, "`format` is an annotation"}};
};

struct SchemaOption {
  std::optional<Json> schema;
  std::optional<std::string> schema_file;
  std::vector<std::string> references;
  SchemaFormats formats = SchemaFormats::kCheck;
};

// Adds `schema`, `schema_file`, `references` and `formats` to a table of options that has them in `member`.
template <class T>
void AddSchemaFields(FieldTable<T>& table, std::string_view what) {
  const std::string conform = "JSON Schema (draft 7) that " + std::string(what) + " must conform to";
  table.Optional("schema", static_cast<std::optional<Json> T::*>(&T::schema), conform)
      .Optional("schema_file", static_cast<std::optional<std::string> T::*>(&T::schema_file),
                "a file with that schema, relative to the suite", {.form = TextForm::kFile})
      .Optional("references", static_cast<std::vector<std::string> T::*>(&T::references),
                "files with schemas that `$ref` may name, by their `$id` or by their path relative to the file that "
                "refers to them",
                {.max_size = 1000, .form = TextForm::kFile})
      .Optional("formats", static_cast<SchemaFormats T::*>(&T::formats), "whether `format` in the schema counts")
      .AtMostOneOf({"schema", "schema_file"});
}

// The schema of the options; an absent one where they have none. Reports what is wrong with it.
struct CompiledSchemaOption {
  std::optional<JsonSchema> schema;
  bool is_good = false;
};
CompiledSchemaOption CompileSchemaOption(const Node& node, const SchemaOption& option, const GraderPlace& place,
                                         Diagnostics& diagnostics);

}  // namespace assay
