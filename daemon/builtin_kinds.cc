#include "daemon/builtin_kinds.h"

#include "gates/rules/builtin.h"
#include "runners/dataset.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"

namespace assay {

PluginKinds BuiltinKinds() { return {.graders = GraderKinds(), .providers = ProviderKinds(), .rules = RuleKinds()}; }

DatasetFields BuiltinDatasetFields() {
  return [](const std::string& path) -> Result<std::optional<std::vector<std::string>>> {
    SuiteSpec suite;
    suite.dataset.push_back({.file = path, .id = std::nullopt});
    ASSAY_ASSIGN(const std::vector<DatasetRow> rows, PeekDataset(suite, ""));
    std::vector<std::string> names;
    for (const Json::Member& member : rows.front().fields.as_object()) names.push_back(member.first);
    return names;
  };
}

}  // namespace assay
