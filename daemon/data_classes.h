#pragma once
// Classes of data: what a run's suite, and the catalog as it is now, say of the data in it. Who reads such data is
// cleared for every class that is named (docs/decisions/0044-classes-of-data.md).

#include <set>
#include <string>
#include <string_view>

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Blocking. The `data_class` of the suite's version that the run is of, "" where it has none. Errors as
// Store::GetDocumentVersion.
Result<std::string> DataClassOfRun(Store& store, const RunRecord& run);

// Of the suite as it is served now, "" where it has none or is not served.
std::string DataClassOfSuite(const Catalog& catalog, std::string_view suite);

// That queues which are served and take items from the suite ask of people of review.
std::set<std::string> DataClassesOfQueues(const Catalog& catalog, std::string_view suite);

// Of all items that enter the queue by what is served now.
std::set<std::string> DataClassesOfQueue(const Catalog& catalog, const QueueSpec& queue);

}  // namespace assay
