#pragma once
// How far the graders of a suite say what people say (R70).

#include <map>
#include <string>

#include "daemon/store/store.h"
#include "review/kpis.h"

namespace assay {

// Blocking. By grader, over the answers that a queue drew by chance, that people settled in the window and of which
// none of them had been shown a suggestion; runs that are deleted are left out. O(items and scores of their runs).
// kResourceExhausted for more than 200,000 items.
Result<std::map<std::string, GraderTrust>> TrustInGraders(Store& store, const std::string& project,
                                                          const std::string& queue, const KpiWindow& window);

}  // namespace assay
