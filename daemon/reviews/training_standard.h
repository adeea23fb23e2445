#pragma once
// What labels must have shown of themselves before they leave for training (R43): the quality that the metrics of
// suites in service ask of their queue. Below that only who decides on data (the role manager) lets them go.

#include "config/catalog.h"
#include "daemon/store/store.h"
#include "review/interchange/export.h"

namespace assay {

// Blocking, O(facts of the queues in the time that their metrics look at). kFailedPrecondition where a queue whose
// labels the selection may have lacks what is asked of it, until a change of kind data_source was approved, within
// kDataApprovalLasts, whose diff is exactly the terms that the refusal says. Returns the id of that change; "" where
// nothing is lacking.
Result<std::string> TrainingStandardApproval(Store& store, const Catalog& catalog, const std::string& project,
                                             const ExportSelection& selection, Time now);

}  // namespace assay
