// The sentinels of a suite against the judges that are asked about them.

#include <algorithm>

#include "config/catalog_checks.h"
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
