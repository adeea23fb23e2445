#pragma once
// What the runs that a daemon has stored tell of a plan. Blocking.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/connection.h"
#include "config/catalog.h"
#include "gates/plan.h"

namespace assay {

// Whose complete runs, on the suite as it is in the catalog, are looked at.
struct PlannedHistory {
  const DaemonConnection& connection;
  std::string model;                         // "M@V" or "M"
  std::optional<std::string> baseline = {};  // "M@V", where the gate names one by its version
};

// Fills in the suite what the newest of the runs shows: how the values of its graders vary, also between it and the
// newest run of the baseline, or the one before it; how long it took and what; and how many there are. What no run
// tells stays as it was. kFailedPrecondition with the daemon's words where it does not answer.
Status AddHistory(const PlannedHistory& history, const CatalogDocument& suite, PlannedSuite& planned);

}  // namespace assay
