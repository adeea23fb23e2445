#pragma once
// Exports as they are stored: who took what when, by which hash the file and its manifest are known. Blocking.

#include <string>
#include <vector>

#include "daemon/reviews/review_interchange.h"
#include "daemon/store/review_store.h"

namespace assay {

// Writes over the revision that `kept` has, and gives it the next one.
Status PutExport(ReviewStore& store, const std::string& project, KeptExport& kept, Time now);
// Newest first, at most `limit`. kDataLoss for one that cannot be read.
Result<std::vector<KeptExport>> ReadExports(ReviewStore& store, const std::string& project, std::size_t limit);

// The text of a manifest as it is handed out, and of which manifest_sha256 is.
std::string TextOf(const ExportManifest& manifest);

}  // namespace assay
