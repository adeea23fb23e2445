#pragma once
// Rubrics of a catalog against those that were in service: people have judged by these, and what a version says never
// changes.

#include "config/catalog.h"
#include "core/clock.h"
#include "daemon/store/review_store.h"

namespace assay {

// Blocking. Reports, at the version of a rubric, one whose content was another under this version, one that is below a
// version that was in service (but for a version that was in service itself, with this content: a catalog may be taken
// back), one that is raised by less than what differs asks for (CheckRubricVersion), and one that is raised without an
// entry in its change log.
void CheckRubricVersions(ReviewStore& reviews, const Catalog& catalog, Diagnostics& diagnostics);

// Blocking. Keeps the rubrics that come into service, each version once.
Status KeepRubricsOf(ReviewStore& reviews, const Catalog& catalog, const std::string& project, Time now);

}  // namespace assay
