#pragma once
// Exports as they are stored: who took what when, by which hash the file and its manifest are known. Blocking.

#include <string>
#include <vector>

#include "daemon/reviews/review_interchange.h"
#include "daemon/store/review_store.h"

namespace assay {

// Exports and previews, each kind by itself: however many somebody looks at, what left stays in the list.
// Writes over the revision that `kept` has, and gives it the next one.
Status PutExport(ReviewStore& store, const std::string& project, KeptExport& kept, Time now);
// Both, newest first, at most so many of each. kDataLoss for one that cannot be read.
Result<std::vector<KeptExport>> ReadExports(ReviewStore& store, const std::string& project, std::size_t exports,
                                            std::size_t previews);
// Of either kind; absent where there is none. kDataLoss likewise.
Result<std::optional<KeptExport>> FindExport(ReviewStore& store, const std::string& project, const std::string& id);

// The text of a manifest as it is handed out, and of which manifest_sha256 is.
std::string TextOf(const ExportManifest& manifest);

}  // namespace assay
