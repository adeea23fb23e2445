#include "runners/dataset_fields.h"

#include "runners/dataset.h"

namespace assay {

Result<std::optional<Json>> FirstRowOf(const std::string& path) {
  SuiteSpec suite;
  suite.dataset.push_back({.file = path, .id = std::nullopt});
  ASSAY_ASSIGN(std::vector<DatasetRow> rows, PeekDataset(suite, ""));
  return std::move(rows.front().fields);
}

}  // namespace assay
