#pragma once
// What lint can know of a dataset: the fields of its first row.

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace assay {

// Of one dataset file, by its format; the DatasetFields of config/catalog.h. An empty or malformed file is an error.
Result<std::optional<std::vector<std::string>>> DatasetFieldNames(const std::string& path);

}  // namespace assay
