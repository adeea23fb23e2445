// The sentinels of a suite against the judges that are asked about them.

#include <algorithm>
#include <map>
#include <set>

#include "config/catalog_checks.h"
#include "config/fields.h"
#include "config/referenced_files.h"
#include "config/sentinels.h"

namespace assay {
namespace {

// The first field that the grader needs and the row lacks; "" when there is none.
std::string LackIn(const Sentinel& sentinel, const std::vector<std::string>& required) {
  for (const std::string& field : required) {
    const Json* found = FindField(sentinel.item.fields, field);
    if (found == nullptr || found->is_null()) return field;
  }
  return "";
}

// The fields that templates anywhere in `value` name.
void AddNamedFields(const Json& value, std::set<std::string>& fields) {
  const std::string text = value.Dump();
  for (std::size_t at = text.find("{{"); at != std::string::npos; at = text.find("{{", at + 2)) {
    const std::size_t begin = text.find_first_not_of("{#^/& ", at);
    const std::size_t end = text.find_first_of("}. ", begin);
    if (begin != std::string::npos && end != std::string::npos && end > begin)
      fields.insert(text.substr(begin, end - begin));
  }
}

// What of a row the judge may be shown beside the response: what its own texts name, and those of the prompt that the
// response answers.
std::set<std::string> FieldsShown(const CatalogDocument& document, const GraderSpec& grader,
                                  const std::vector<std::string>& required) {
  std::set<std::string> fields;
  for (const std::string& field : required) fields.insert(field.substr(0, field.find('.')));
  AddNamedFields(grader.options.ToJson(), fields);
  if (const auto prompt = document.root.Find("prompt")) AddNamedFields(prompt->ToJson(), fields);
  for (const PromptMessageSpec& message : document.suite()->prompt) {
    if (message.messages) fields.insert(*message.messages);
    if (message.turns) fields.insert(*message.turns);
  }
  return fields;
}

// Rows that differ in nothing that the judge is shown are one: it says the same of each.
std::string RepetitionIn(const std::vector<Sentinel>& sentinels, const std::set<std::string>& shown) {
  std::map<std::string, const Sentinel*> seen;
  for (const Sentinel& sentinel : sentinels) {
    Json fields{Json::Object{}};
    for (const auto& [name, value] : sentinel.item.fields.as_object()) {
      if (name != "id" && shown.contains(name)) fields.Set(name, value);
    }
    const auto [first, is_new] = seen.emplace(fields.DumpCanonical() + "\n" + sentinel.response, &sentinel);
    if (is_new) continue;
    return "sentinel " + Json(sentinel.item.id).Dump() + " repeats sentinel " + Json(first->second->item.id).Dump() +
           " in all that the judge is shown, the response" +
           (shown.empty() ? "" : " and " + fields::Join({shown.begin(), shown.end()}, ", ")) +
           "; it tells nothing twice";
  }
  return "";
}

}  // namespace

void CheckSentinels(const CatalogDocument& document, const PluginKinds& kinds, Diagnostics& diagnostics) {
  const SuiteSpec* suite = document.suite();
  const auto graders = document.root.Find("graders");
  if (suite == nullptr || !graders || !graders->is_sequence()) return;
  for (std::size_t i = 0; i < suite->graders.size(); ++i) {
    const GraderSpec& grader = suite->graders[i];
    const PluginKind* kind = FindKind(kinds.graders, grader.type);
    const auto node = graders->at(i).Find("sentinels");
    const auto place = node ? node->Find("file") : std::nullopt;
    if (kind == nullptr || !grader.sentinels || !place) continue;
    const auto sentinels = ReadSentinels(ResolvePath(document.file, grader.sentinels->file));
    if (!sentinels) {
      diagnostics.Add(place->At("file " + place->Describe() + ": " + sentinels.error().message));
      continue;
    }
    const std::vector<std::string> required =
        kind->required_fields ? kind->required_fields(grader.options) : std::vector<std::string>();
    const std::string repetition = RepetitionIn(*sentinels, FieldsShown(document, grader, required));
    if (!repetition.empty()) diagnostics.Add(place->At("file " + place->Describe() + ": " + repetition));
    for (const Sentinel& sentinel : *sentinels) {
      const std::string* unmet = FieldThatLeavesOut(grader.when, sentinel.item.fields);
      const std::string lack = LackIn(sentinel, required);
      if (unmet == nullptr && lack.empty()) continue;
      diagnostics.Add(place->At(
          "sentinel " + Json(sentinel.item.id).Dump() + " of file " + place->Describe() +
          (lack.empty() ? " is left out by the grader's \"when\", by field " + Json(*unmet).Dump()
                        : " has no field " + Json(lack).Dump() + ", without which the judge cannot be asked")));
      break;
    }
  }
}

}  // namespace assay
