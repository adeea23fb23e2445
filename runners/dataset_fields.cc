#include "runners/dataset_fields.h"

#include "runners/dataset.h"

namespace assay {

Result<std::optional<std::vector<std::string>>> DatasetFieldNames(const std::string& path) {
  SuiteSpec suite;
  suite.dataset.push_back({.file = path, .id = std::nullopt});
  ASSAY_ASSIGN(const std::vector<DatasetRow> rows, PeekDataset(suite, ""));
  std::vector<std::string> names;
  for (const Json::Member& member : rows.front().fields.as_object()) names.push_back(member.first);
  return names;
}

}  // namespace assay
