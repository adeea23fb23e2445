#include "runners/graders/tools/declared_tools.h"

#include <algorithm>
#include <set>
#include <utility>

#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/text_template.h"

namespace assay {
namespace {

constexpr std::size_t kMaxDeclared = 1000;

const Json* ObjectMember(const Json& object, std::string_view key) {
  const Json* member = object.Find(key);
  return member != nullptr && member->is_object() ? member : nullptr;
}

const std::string* TextMember(const Json& object, std::string_view key) {
  const Json* member = object.Find(key);
  return member != nullptr && member->is_string() && !member->as_string().empty() ? &member->as_string() : nullptr;
}

std::expected<DeclaredTool, std::string> ReadDeclaredTool(const Json& entry) {
  if (!entry.is_object()) return std::unexpected("is no declaration {name, parameters}");
  const Json* function = ObjectMember(entry, "function");
  const Json& tool = function != nullptr ? *function : entry;
  const std::string* name = TextMember(tool, "name");
  if (name == nullptr) name = TextMember(tool, "title");
  if (name == nullptr) return std::unexpected("has no name");
  for (const char* key : {"parameters", "input_schema", "inputSchema", "parametersJsonSchema"}) {
    const Json* parameters = tool.Find(key);
    if (parameters == nullptr || parameters->is_null()) continue;
    if (!parameters->is_object()) return std::unexpected(std::string("has ") + key + " that are no object");
    return DeclaredTool{*name, *parameters};
  }
  if (ObjectMember(tool, "properties") == nullptr) return DeclaredTool{*name, Json(Json::Object{})};
  Json schema = tool;  // the declaration is the schema
  std::erase_if(schema.as_object(), [](const Json::Member& member) { return member.first == "name"; });
  return DeclaredTool{*name, std::move(schema)};
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

// The JSON type that a word of another vocabulary means; "" for one that allows every value.
std::string JsonType(const std::string& word) {
  static const std::pair<std::string_view, std::string_view> kWords[] = {
      {"dict", "object"}, {"float", "number"}, {"double", "number"}, {"int", "integer"},       {"bool", "boolean"},
      {"str", "string"},  {"list", "array"},   {"tuple", "array"},   {"type_unspecified", ""}, {"any", ""}};
  const std::string lower = Lower(word);
  for (const auto& [other, type] : kWords) {
    if (lower == other) return std::string(type);
  }
  static const std::set<std::string_view> kTypes = {"object", "number", "integer", "boolean",
                                                    "string", "array",  "null"};
  return kTypes.contains(lower) ? lower : word;
}

Json SchemaOf(const Json& schema);

Json SchemasOf(const Json& list) {
  Json::Array out;
  for (const Json& schema : list.as_array()) out.push_back(SchemaOf(schema));
  return Json(std::move(out));
}

Json NamedSchemasOf(const Json& object) {
  Json::Object out;
  for (const auto& [name, schema] : object.as_object()) out.emplace_back(name, SchemaOf(schema));
  return Json(std::move(out));
}

Json MemberOf(const std::string& key, const Json& value) {
  static const std::set<std::string_view> kNamed = {"properties", "patternProperties", "definitions", "$defs"};
  static const std::set<std::string_view> kOne = {
      "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "additionalItems"};
  static const std::set<std::string_view> kSeveral = {"anyOf", "oneOf", "allOf", "items"};
  if (kNamed.contains(key) && value.is_object()) return NamedSchemasOf(value);
  if (kSeveral.contains(key) && value.is_array()) return SchemasOf(value);
  if (kOne.contains(key) && value.is_object()) return SchemaOf(value);
  return value;
}

Json SchemaOf(const Json& schema) {
  if (!schema.is_object()) return schema;
  Json::Object out;
  const Json* nullable = schema.Find("nullable");
  const bool may_be_null = nullable != nullptr && *nullable == Json(true);
  for (const auto& [key, value] : schema.as_object()) {
    if (key == "nullable" || key == "format" || key == "example" || key == "optional") continue;
    if (key != "type" || !value.is_string()) {
      out.emplace_back(key, MemberOf(key, value));
      continue;
    }
    std::string type = JsonType(value.as_string());
    if (type.empty()) continue;
    if (may_be_null) {
      out.emplace_back(key, Json(Json::Array{Json(std::move(type)), Json("null")}));
    } else {
      out.emplace_back(key, Json(std::move(type)));
    }
  }
  return Json(std::move(out));
}

}  // namespace

std::expected<std::vector<DeclaredTool>, std::string> ReadDeclaredTools(const Json& list) {
  if (!list.is_array()) return std::unexpected("is no list of tools");
  std::vector<DeclaredTool> tools;
  std::set<std::string, std::less<>> names;
  const auto read = [&](const Json& entry, const std::string& place) -> std::string {
    std::expected<DeclaredTool, std::string> tool = ReadDeclaredTool(entry);
    if (!tool) return place + " " + tool.error();
    if (tools.size() == kMaxDeclared) return "has more than " + std::to_string(kMaxDeclared) + " tools";
    if (!names.insert(tool->name).second) return place + " declares " + Quoted(tool->name, 60) + " again";
    tools.push_back(*std::move(tool));
    return "";
  };
  for (std::size_t i = 0; i < list.as_array().size(); ++i) {
    const Json& entry = list.as_array()[i];
    const std::string place = "[" + std::to_string(i) + "]";
    const Json* several = entry.Find("functionDeclarations");
    if (several == nullptr) several = entry.Find("function_declarations");
    if (several == nullptr || !several->is_array()) {
      if (std::string wrong = read(entry, place); !wrong.empty()) return std::unexpected(std::move(wrong));
      continue;
    }
    for (const Json& one : several->as_array()) {
      if (std::string wrong = read(one, place); !wrong.empty()) return std::unexpected(std::move(wrong));
    }
  }
  return tools;
}

const DeclaredTool* FindTool(const std::vector<DeclaredTool>& tools, std::string_view name) {
  const auto found = std::ranges::find(tools, name, &DeclaredTool::name);
  return found == tools.end() ? nullptr : &*found;
}

Json SchemaOfParameters(const Json& parameters) { return SchemaOf(parameters); }

std::optional<DeclaredTools> DeclaredTools::Make(const ToolsOptions& options, const Node& node,
                                                 Diagnostics& diagnostics) {
  DeclaredTools made;
  made.field_ = options.tools_field;
  if (!options.tools) return made;
  auto tools = ReadDeclaredTools(*options.tools);
  if (!tools) {
    diagnostics.Add(node.Find("tools").value_or(node).At(tools.error()));
    return std::nullopt;
  }
  made.constant_ = *std::move(tools);
  return made;
}

std::expected<std::vector<DeclaredTool>, Score> DeclaredTools::For(const Case& item) const {
  if (constant_) return *constant_;
  const Json* field = FindField(item.fields, field_);
  if (field == nullptr || field->is_null())
    return std::unexpected(Score::Unscored("no declared tools: the case has no field \"" + field_ + "\""));
  auto tools = [&] {
    if (!field->is_string()) return ReadDeclaredTools(*field);
    const Result<Json> parsed = Json::Parse(field->as_string());
    return ReadDeclaredTools(parsed ? *parsed : *field);
  }();
  if (!tools) return std::unexpected(Score::Broken("field \"" + field_ + "\" " + tools.error()));
  return *std::move(tools);
}

std::vector<std::string> DeclaredTools::RequiredFields() const {
  if (constant_) return {};
  return {field_};
}

}  // namespace assay
