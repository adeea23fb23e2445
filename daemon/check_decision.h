#pragma once
// From a check whose runs have ended to its verdict.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "daemon/store/store.h"
#include "gates/gate.h"
#include "gates/verdict.h"

namespace assay {

struct DecisionCache;  // daemon/decision_cache.h

// Blocking. The stored text of a document of this kind and content version, read again. kFailedPrecondition when it
// cannot be read any more.
Result<CatalogDocument> ReadStored(Store& store, const PluginKinds& kinds, const std::string& project,
                                   const std::string& kind, const std::string& name, const std::string& version);

// Blocking. The run at the root of its retries: a retry belongs to the run whose answers it took over.
Result<RunRecord> RootOf(Store& store, RunRecord run);

// Whether the run had ended before the check was made.
bool IsReused(const RunRecord& run, const CheckRecord& check);

// The verdict ERROR of a check that cannot be decided, with the reason why.
Verdict UndecidableCheck(const CheckRecord& check, std::string reason, Time now);

// Blocking. Reads gate, suites and scores as they are stored and decides: at the first look that settles the gate, or
// at `look` where it is known that this one does. What cannot be computed is a verdict ERROR that says so; the only
// error is kUnavailable, of a store out of reach. `cache`, which may be a null pointer, spares reading earlier runs
// and other models again.
Result<Verdict> DecideCheck(Store& store, const PluginKinds& kinds, const CheckRecord& check, std::optional<int> look,
                            Time now, DecisionCache* cache);

// What a verdict was decided with that its evidence does not tell any more; absent: as of now.
struct RecordedDecision {
  std::optional<int> attempt = {};
  std::optional<int> look = {};
  std::map<std::string, RunPast> pasts = {};  // by id of the run
  // Likewise; a run that is not among them had no items, or is of a verdict from before they were looked for.
  std::optional<std::map<std::string, SevereFindings>> severe = {};
  std::optional<std::vector<ReleaseBlocker>> blockers = {};
  std::optional<WantedCases> wanted_cases = {};
  bool says_whose_baseline = true;  // of versions before it was said, documents stay as they are
};

// Blocking. The same on given runs. What cannot be computed is an error.
Result<Verdict> DecideOnRuns(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                             const std::vector<CheckRun>& links, const RecordedDecision& recorded, Time now,
                             DecisionCache* cache);

// Blocking. While runs go on: the verdict at one look (gates/looks.h) before the last, of a gate that stops early.
// Absent while one of the cases that it is on has not ended, and when it settles nothing.
Result<std::optional<Verdict>> DecideAtLook(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                                            const std::vector<CheckRun>& links, int look, Time now,
                                            DecisionCache* cache);

// The suites on which a blocking rule is ERROR because trials ended in errors, each named once.
std::vector<std::string> SuitesLeftUndecidedByErrors(const Verdict& verdict);

}  // namespace assay
