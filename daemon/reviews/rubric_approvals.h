#pragma once
// Whether a rubric that gates rest on may come into service.

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Adds a diagnostic for each rubric of a queue on the suites of a gate that comes in a major version above all that
// were in service (in the default project), and whose document nobody has approved: an approval is a change of kind
// rubric_major whose diff is the document as written or in its canonical JSON. Blocking.
void CheckRubricApprovals(Store& store, const Catalog& catalog, Diagnostics& diagnostics);

}  // namespace assay
