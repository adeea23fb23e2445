#pragma once
// Whether what gates accept of people may come into service where it is weaker than before.

#include "config/catalog.h"
#include "daemon/store/store.h"

namespace assay {

// Adds a diagnostic for each gate and for each queue on the suites of a gate that accepts more of people than what was
// in service last (in the default project; daemon/kept_acceptance.h, review/acceptance.h), and whose change nobody has
// approved: an approval is a change of kind threshold whose diff is exactly the text in the diagnostic, which names
// since when the terms before stand. Blocking.
void CheckThresholdApprovals(Store& store, const Catalog& catalog, Diagnostics& diagnostics);

}  // namespace assay
