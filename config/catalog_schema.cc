// The JSON Schema of documents, from the field tables and the schemas of the plug-ins.

#include "config/catalog.h"

namespace assay {
namespace {

Json Strings(const std::vector<std::string>& words) {
  Json::Array array;
  for (const std::string& word : words) array.emplace_back(word);
  return Json(std::move(array));
}

std::vector<std::string> Names(const std::vector<PluginKind>& kinds) {
  std::vector<std::string> names;
  for (const PluginKind& kind : kinds) names.push_back(kind.name);
  return names;
}

// {"if": {key is word}, "then": schema}
Json When(std::string_view key, std::string_view word, Json schema) {
  Json is_word = Json::Of({{"properties", Json::Of({{std::string(key), Json::Of({{"const", word}})}})},
                           {"required", Strings({std::string(key)})}});
  return Json::Of({{"if", std::move(is_word)}, {"then", std::move(schema)}});
}

Json* FindMember(Json& object, std::string_view key) {
  for (auto& [name, value] : object.as_object()) {
    if (name == key) return &value;
  }
  return nullptr;
}

// What `from` demands besides, added to `to`: properties, required, and the rest as a conjunction.
void AddDemands(const Json& from, Json& to) {
  Json::Array conjunction;
  if (const Json* all = to.Find("allOf")) conjunction = all->as_array();
  Json::Array required;
  if (const Json* names = to.Find("required")) required = names->as_array();
  for (const auto& [key, value] : from.as_object()) {
    if (key == "properties") {
      Json* properties = FindMember(to, "properties");
      for (const auto& [name, schema] : value.as_object()) properties->Set(name, schema);
    } else if (key == "required") {
      for (const Json& name : value.as_array()) required.push_back(name);
    } else if (key == "allOf") {
      for (const Json& part : value.as_array()) conjunction.push_back(part);
    } else if (key == "oneOf" || key == "anyOf" || key == "not") {
      conjunction.push_back(Json::Of({{key, value}}));
    }
  }
  if (!required.empty()) to.Set("required", std::move(required));
  if (!conjunction.empty()) to.Set("allOf", std::move(conjunction));
}

// A mapping whose further keys depend on which plug-in `key` names.
Json FrameWithPlugins(const FieldList& frame, std::string_view key, const std::vector<PluginKind>& kinds) {
  Json::Array cases;
  for (const PluginKind& kind : kinds) {
    Json schema = SchemaOf(frame);
    AddDemands(kind.schema, schema);
    schema.Set("description", kind.help);
    schema.Set("additionalProperties", false);
    cases.push_back(When(key, kind.name, std::move(schema)));
  }
  const std::string description = frame.Find(key)->help;
  Json word = Json::Of({{"enum", Strings(Names(kinds))}, {"description", description}});
  return Json::Of(
      {{"type", "object"},
       {"properties", Json::Of({{std::string(key), std::move(word)}})},
       {"required", SchemaOf(frame).Find("required") ? *SchemaOf(frame).Find("required") : Json(Json::Array{})},
       {"allOf", std::move(cases)}});
}

Json RuleSchema(const std::vector<PluginKind>& kinds) {
  Json schema = SchemaOf(RuleSpec::Fields());
  Json::Array choices;
  for (const PluginKind& kind : kinds) {
    Json option = kind.schema;
    option.Set("description", kind.help);
    FindMember(schema, "properties")->Set(kind.name, std::move(option));
    choices.push_back(Json::Of({{"required", Strings({kind.name})}}));
  }
  schema.Set("additionalProperties", false);
  AddDemands(Json::Of({{"oneOf", std::move(choices)}}), schema);
  return schema;
}

Json ListOf(const Json& list, Json element) {
  Json schema = list;
  schema.Set("items", std::move(element));
  return schema;
}

// The schema of a document's table with its `kind`.
Json DocumentSchema(std::string_view kind, const FieldList& table) {
  Json schema = SchemaOf(table);
  Json properties = Json::Of({{"kind", Json::Of({{"const", kind}})}});
  for (const auto& [name, value] : schema.Find("properties")->as_object()) properties.Set(name, value);
  schema.Set("properties", std::move(properties));
  return schema;
}

void SetProperty(Json& schema, std::string_view name, Json value) {
  FindMember(schema, "properties")->Set(name, std::move(value));
}

const Json& Property(const Json& schema, std::string_view name) { return *schema.Find("properties")->Find(name); }

}  // namespace

Json CatalogSchema(const PluginKinds& kinds) {
  Json suite = DocumentSchema("Suite", SuiteSpec::Fields());
  SetProperty(suite, "graders",
              ListOf(Property(suite, "graders"), FrameWithPlugins(GraderSpec::Fields(), "type", kinds.graders)));
  Json model = DocumentSchema("Model", ModelSpec::Fields());
  SetProperty(model, "endpoint", FrameWithPlugins(EndpointSpec::Fields(), "provider", kinds.providers));
  Json gate = DocumentSchema("Gate", GateSpec::Fields());
  SetProperty(gate, "rules", ListOf(Property(gate, "rules"), RuleSchema(kinds.rules)));

  Json::Array cases;
  std::vector<std::string> words;
  for (const DocumentKind kind : kDocumentKinds) {
    const std::string word(Name(kind));
    words.push_back(word);
    cases.push_back(When("kind", word, Json::Of({{"$ref", "#/definitions/" + word}})));
  }
  return Json::Of({{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "Assay catalog document"},
                   {"type", "object"},
                   {"properties", Json::Of({{"kind", Json::Of({{"enum", Strings(words)}})}})},
                   {"required", Strings({"kind"})},
                   {"allOf", std::move(cases)},
                   {"definitions", Json::Of({{"Suite", std::move(suite)},
                                             {"Model", std::move(model)},
                                             {"Gate", std::move(gate)},
                                             {"Rubric", DocumentSchema("Rubric", RubricSpec::Fields())},
                                             {"Queue", DocumentSchema("Queue", QueueSpec::Fields())},
                                             {"Schedule", DocumentSchema("Schedule", ScheduleSpec::Fields())}})}});
}

}  // namespace assay
