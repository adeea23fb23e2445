#pragma once
// Whether a rubric that gates rest on may come into service.

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Adds a diagnostic for each queue on the suites of a gate whose rubric is another than by which people were asked in
// that queue before (in the default project), by name or by major version, and whose document nobody has approved: an
// approval is a change of kind rubric_major whose diff is the document as written or in its canonical JSON. Blocking.
void CheckRubricApprovals(Store& store, const Catalog& catalog, Diagnostics& diagnostics);

}  // namespace assay
