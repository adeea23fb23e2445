#include "daemon/catalog_lookup.h"

#include <algorithm>
#include <cctype>

#include "core/nearest_name.h"

namespace assay {

Result<const CatalogDocument*> FindServed(const ServedVersion& served, DocumentKind kind, std::string_view name) {
  std::vector<std::string> names;
  for (const CatalogDocument& document : served.catalog.documents) {
    if (document.kind != kind) continue;
    if (document.name == name) return &document;
    names.push_back(document.name);
  }
  std::string what(Name(kind));
  std::transform(what.begin(), what.end(), what.begin(), [](unsigned char letter) { return std::tolower(letter); });
  const auto nearest = NearestName(name, names);
  return Fail(ErrorCode::kNotFound, what + " \"" + std::string(name) + "\" is not in the catalog" +
                                        (nearest ? "; did you mean \"" + *nearest + "\"?" : ""));
}

}  // namespace assay
