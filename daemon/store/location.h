#pragma once
// Where a store is, as users write it.

#include <string_view>

#include "core/result.h"
#include "daemon/store/sql.h"

namespace assay {

// "sqlite:PATH" or "postgresql://…"; kInvalidArgument for another form.
Result<SqlLocation> ParseLocation(std::string_view location);

}  // namespace assay
