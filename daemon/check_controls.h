#pragma once
// The baselines of a check as controls: what each is held against, at each look, and which alarms stand.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/gate.h"
#include "daemon/baseline_control.h"
#include "daemon/check_past.h"
#include "daemon/store/store.h"
#include "gates/gate.h"
#include "gates/looks.h"

namespace assay {

struct RecordedDecision;  // daemon/check_decision.h

// A run of a check with what is known of it.
struct LoadedRun {
  RunRecord run;
  bool is_baseline = false;
  SuiteEvidence evidence = {};                            // all of it
  TrialStatuses statuses = {};                            // of gates that look early
  BaselineControl control = {};                           // of a baseline, of gates that ask for it
  RunPast past = {};                                      // as it is recorded, or seen now
  std::optional<std::int64_t> cases_before_awaited = {};  // of gates that look early (CasesBeforeAwaited)
};

// Whether all trials of the case have ended, none because it was skipped.
bool IsCaseThere(const TrialStatuses& statuses, std::uint32_t ordinal, std::size_t trials);

// References outlive it.
struct CheckControls {
  Store& store;
  const PluginKinds& kinds;
  const GateSpec& gate;
  const Looks& looks;
  Time now;

  // Blocking. Of the baselines among `runs`, as it is recorded or now. Errors as of ControlHistory.
  Status Load(const RecordedDecision& recorded, const CheckPast& past, std::vector<LoadedRun>& runs) const;
  // What the baseline is held against, of these cases or, with a null pointer, of all, and its alarms.
  void AddTo(GateEvidence& evidence, const LoadedRun& loaded, const std::vector<std::uint32_t>* ordinals) const;
  // How many cases of the run a look is on.
  std::int64_t CasesAt(int look, const RunRecord& run) const;

 private:
  Status LoadRecorded(const RunPast& past, LoadedRun& loaded) const;
  Status Find(ControlHistory history, LoadedRun& loaded) const;
  Result<CatalogDocument> SuiteOf(const RunRecord& run) const;
};

}  // namespace assay
