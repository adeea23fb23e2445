#pragma once
// What lint can know of a dataset: its first row.

#include <optional>
#include <string>

#include "core/json.h"
#include "core/result.h"

namespace assay {

// Of one dataset file, by its format; the DatasetFields of config/catalog.h. An empty or malformed file is an error.
Result<std::optional<Json>> FirstRowOf(const std::string& path);

}  // namespace assay
