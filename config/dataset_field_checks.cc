// Fields that a suite names against those of the first rows of its datasets.

#include <algorithm>
#include <span>

#include "config/catalog_checks.h"
#include "config/referenced_files.h"
#include "config/template_fields.h"
#include "core/case.h"
#include "core/conversation.h"

namespace assay {

// The texts of a prompt that are templates.
std::vector<Node> TemplatesOfPrompt(const Node& prompt) {
  std::vector<Node> templates;
  for (std::size_t i = 0; prompt.is_sequence() && i < prompt.size(); ++i) {
    for (const char* key : {"system", "user", "assistant"}) {
      if (const auto text = prompt.at(i).Find(key); text && text->is_string()) templates.push_back(*text);
    }
    const auto images = prompt.at(i).Find("images");
    for (std::size_t k = 0; images && images->is_sequence() && k < images->size(); ++k) {
      if (images->at(k).is_string()) templates.push_back(images->at(k));
    }
  }
  return templates;
}

namespace {

bool IsAmongNames(const auto& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

// The strings of a grader's options that are templates: texts and lists of texts, not files.
std::vector<Node> TemplatesOf(const GraderSpec& grader, const PluginKind& kind) {
  std::vector<Node> templates;
  const std::vector<Node> files = FileOptions(grader.options, kind.schema);
  for (std::size_t i = 0; i < grader.options.size(); ++i) {
    const Node value = grader.options.at(i);
    if (std::ranges::find(files, value.path(), &Node::path) != files.end()) continue;
    if (value.is_string()) templates.push_back(value);
    for (std::size_t k = 0; value.is_sequence() && k < value.size(); ++k) {
      if (value.at(k).is_string()) templates.push_back(value.at(k));
    }
  }
  return templates;
}

// What is known of one dataset entry.
struct KnownFields {
  std::string file;
  Json first_row;
  std::vector<std::string> names;

  KnownFields(std::string path, Json row) : file(std::move(path)), first_row(std::move(row)) {
    for (const auto& [name, value] : first_row.as_object()) names.push_back(name);
  }

  // `field` is a name, or a path whose first part is one.
  bool Has(const std::string& field) const {
    return IsAmongNames(names, field) || IsAmongNames(names, field.substr(0, field.find('.')));
  }
};

void RequireField(const std::string& field, const Node& place, const std::vector<KnownFields>& datasets,
                  Diagnostics& diagnostics) {
  for (const KnownFields& known : datasets) {
    if (known.Has(field)) continue;
    const std::string hint = DidYouMean(field, known.names);
    diagnostics.Add(place.At("field " + Json(field).Dump() + " is not in the first row of " + Json(known.file).Dump() +
                             (hint.empty() ? "; its fields are " + fields::Join(known.names, ", ") : hint)));
  }
}

void RequireTemplateFields(const Node& text, const std::vector<KnownFields>& datasets, Diagnostics& diagnostics) {
  const auto required = RequiredTemplateFields(text.as_string());
  if (!required) return;  // reported by who owns the template
  for (const std::string& field : *required) RequireField(field, text, datasets, diagnostics);
}

// A field that holds more than text: what the first row has in it must be that.
template <class Value>
void RequireFieldWith(Result<Value> (*read)(const Json&), const std::string& field, const Node& place,
                      const std::vector<KnownFields>& datasets, Diagnostics& diagnostics) {
  RequireField(field, place, datasets, diagnostics);
  for (const KnownFields& known : datasets) {
    const Json* value = known.first_row.Find(field);
    if (value == nullptr) continue;
    if (const auto good = read(*value); !good) {
      diagnostics.Add(place.At("field " + Json(field).Dump() + " of the first row of " + Json(known.file).Dump() +
                               ": " + good.error().message));
    }
  }
}

void CheckPromptFields(const SuiteSpec& suite, const Node& prompt, const std::vector<KnownFields>& datasets,
                       Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < suite.prompt.size(); ++i) {
    const PromptMessageSpec& entry = suite.prompt[i];
    const Node node = prompt.at(i);
    if (entry.messages) {
      RequireFieldWith(&ReadConversation, *entry.messages, *node.Find("messages"), datasets, diagnostics);
    }
    if (entry.turns) RequireFieldWith(&ReadUserTurns, *entry.turns, *node.Find("turns"), datasets, diagnostics);
  }
  for (const Node& text : TemplatesOfPrompt(prompt)) RequireTemplateFields(text, datasets, diagnostics);
}

// The datasets whose first row the grader is asked of: of the others nothing is known. A condition on a field that the
// row does not have is reported by itself, and hides no other error.
std::vector<KnownFields> Asked(const GraderSpec& spec, const std::vector<KnownFields>& datasets) {
  std::vector<KnownFields> asked;
  for (const KnownFields& known : datasets) {
    const auto holds = [&](const auto& condition) {
      const bool is_reported = !condition.second.exists && !known.Has(condition.first);
      return is_reported || condition.second.HoldsFor(FindField(known.first_row, condition.first));
    };
    if (std::ranges::all_of(spec.when, holds)) asked.push_back(known);
  }
  return asked;
}

// The field that each row has once it is read.
void AddProvenance(const DatasetSpec& spec, Json& row) {
  const bool is_added = spec.provenance || (spec.provenance_field && row.Find(*spec.provenance_field) != nullptr);
  if (is_added && row.is_object() && row.Find(kProvenanceField) == nullptr)
    row.Set(kProvenanceField, std::string(spec.provenance ? WordOf(*spec.provenance) : ""));
}

// What the grader needs of a case beside what its texts name, which are reported where they stand.
void RequireGraderFields(const GraderSpec& spec, const PluginKind& kind, const Node& grader,
                         const std::vector<KnownFields>& datasets, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const Node& text : TemplatesOf(spec, kind)) {
    const auto named = RequiredTemplateFields(text.as_string());
    if (named) known.insert(known.end(), named->begin(), named->end());
  }
  const Node place = grader.Find("type").value_or(grader);
  for (const std::string& field : kind.required_fields ? kind.required_fields(spec.options) : known) {
    if (IsAmongNames(known, field)) continue;
    known.push_back(field);
    RequireField(field, place, datasets, diagnostics);
  }
}

// A condition on a field that no case has would leave the grader out of all of them.
void RequireConditionFields(const GraderSpec& spec, const Node& grader, const std::vector<KnownFields>& datasets,
                            Diagnostics& diagnostics) {
  const auto when = grader.Find("when");
  for (std::size_t i = 0; when && i < when->size(); ++i) {
    const auto condition = spec.when.find(when->key(i));
    if (condition == spec.when.end() || condition->second.exists) continue;
    for (const KnownFields& known : datasets) {
      if (known.Has(when->key(i))) continue;
      const std::string hint = DidYouMean(when->key(i), known.names);
      diagnostics.Add(
          when->AtKey(i, "is no field of the first row of " + Json(known.file).Dump() +
                             (hint.empty() ? "; its fields are " + fields::Join(known.names, ", ") : hint)));
    }
  }
}

}  // namespace

void CheckDatasetFields(const CatalogDocument& document, const PluginKinds& kinds, const DatasetFields& dataset_fields,
                        Diagnostics& diagnostics) {
  const SuiteSpec* suite = document.suite();
  if (suite == nullptr || !dataset_fields) return;
  std::vector<KnownFields> datasets;
  const Node dataset = *document.root.Find("dataset");
  for (std::size_t i = 0; i < suite->dataset.size(); ++i) {
    const Node entry = dataset.at(i);
    const DatasetSpec& spec = suite->dataset[i];
    auto known = dataset_fields(ResolvePath(document.file, spec.file));
    if (!known) {
      diagnostics.Add(entry.Find("file")->At(known.error().message));
    } else if (*known) {
      AddProvenance(spec, **known);
      datasets.emplace_back(spec.file, **std::move(known));
      if (spec.id) RequireField(*spec.id, *entry.Find("id"), {datasets.back()}, diagnostics);
      if (spec.provenance_field && !spec.provenance)
        RequireField(*spec.provenance_field, *entry.Find("provenance_field"), {datasets.back()}, diagnostics);
    }
  }
  CheckPromptFields(*suite, *document.root.Find("prompt"), datasets, diagnostics);
  if (const auto tools = document.root.Find("tools_field"); tools && suite->tools_field) {
    RequireFieldWith(&ReadTools, *suite->tools_field, *tools, datasets, diagnostics);
  }
  const Node graders = *document.root.Find("graders");
  for (std::size_t i = 0; i < suite->graders.size(); ++i) {
    const GraderSpec& grader = suite->graders[i];
    const PluginKind* kind = FindKind(kinds.graders, grader.type);
    if (kind == nullptr) continue;
    const std::vector<KnownFields> asked = Asked(grader, datasets);
    for (const Node& text : TemplatesOf(grader, *kind)) RequireTemplateFields(text, asked, diagnostics);
    RequireGraderFields(grader, *kind, graders.at(i), asked, diagnostics);
    RequireConditionFields(grader, graders.at(i), datasets, diagnostics);
  }
  for (std::size_t i = 0; i < suite->slices.size(); ++i) {
    RequireField(suite->slices[i], document.root.Find("slices")->at(i), datasets, diagnostics);
  }
  if (const auto cluster = document.root.Find("cluster"); cluster && suite->cluster) {
    RequireField(*suite->cluster, *cluster, datasets, diagnostics);
  }
}

}  // namespace assay
