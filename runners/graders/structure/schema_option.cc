#include "runners/graders/structure/schema_option.h"

#include <map>
#include <utility>

#include "core/file.h"
#include "runners/graders/structure/uri.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 64;
// Where files stand for references between them; nothing is ever fetched.
constexpr char kFolder[] = "suite:///";

Result<Json> ReadSchema(const std::filesystem::path& path) {
  constexpr std::size_t kMaxSchema = 1u << 20;
  ASSAY_ASSIGN(const std::string text, ReadFile(path, kMaxSchema));
  Result<Json> schema = Json::Parse(text, kMaxDepth);
  if (!schema) return Fail(schema.error().code, path.filename().string() + ": " + schema.error().message);
  return schema;
}

std::string UriOf(const std::string& file) { return ResolveUri(kFolder, file); }

// False after reporting what could not be read.
bool ReadReferences(const Node& node, const SchemaOption& option, const GraderPlace& place,
                    std::map<std::string, Json, std::less<>>& documents, Diagnostics& diagnostics) {
  bool is_good = true;
  const Node list = node.Find("references").value_or(node);
  for (std::size_t i = 0; i < option.references.size(); ++i) {
    const std::string& file = option.references[i];
    Result<Json> read = ReadSchema(place.base_dir / file);
    if (!read) {
      diagnostics.Add((list.is_sequence() ? list.at(i) : list).At(read.error().message));
      is_good = false;
      continue;
    }
    const Json* id = read->Find("$id");
    if (id != nullptr && id->is_string()) {
      documents.emplace(std::string(UriWithoutFragment(ResolveUri(UriOf(file), id->as_string()))), *read);
    }
    documents.emplace(UriOf(file), *std::move(read));
  }
  return is_good;
}

}  // namespace

CompiledSchemaOption CompileSchemaOption(const Node& node, const SchemaOption& option, const GraderPlace& place,
                                         Diagnostics& diagnostics) {
  const Node at = node.Find(option.schema        ? "schema"
                            : option.schema_file ? "schema_file"
                                                 : "references")
                      .value_or(node);
  if (!option.schema && !option.schema_file) {
    if (option.references.empty()) return {std::nullopt, true};
    diagnostics.Add(at.At("without a schema nothing refers to these"));
    return {};
  }
  std::map<std::string, Json, std::less<>> documents;
  if (!ReadReferences(node, option, place, documents, diagnostics)) return {};
  std::optional<Json> schema = option.schema;
  if (option.schema_file) {
    Result<Json> read = ReadSchema(place.base_dir / *option.schema_file);
    if (!read) {
      diagnostics.Add(at.At(read.error().message));
      return {};
    }
    schema = *std::move(read);
  }
  JsonSchemaOptions options;
  options.check_formats = option.formats == SchemaFormats::kCheck;
  options.base_uri = option.schema_file ? UriOf(*option.schema_file) : kFolder;
  options.find_document = [&documents](std::string_view uri) {
    const auto found = documents.find(uri);
    return found == documents.end() ? nullptr : &found->second;
  };
  Result<JsonSchema> compiled = JsonSchema::Compile(*schema, options);
  if (!compiled) {
    diagnostics.Add(at.At("schema " + compiled.error().message));
    return {};
  }
  return {*std::move(compiled), true};
}

}  // namespace assay
