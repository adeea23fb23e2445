#pragma once
// Looks up by name what callers ask for in the catalog in service.

#include <string_view>

#include "daemon/served_catalog.h"

namespace assay {

// Lives as long as `served`. kNotFound naming the nearest name of that kind.
Result<const CatalogDocument*> FindServed(const ServedVersion& served, DocumentKind kind, std::string_view name);

}  // namespace assay
