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
  std::vector<std::string> controlled = {};               // metrics of a baseline that is held against its past
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

  // Blocking. Of the baselines among `runs`, as it is recorded or now. Once the looks are known: what was unmoved on
  // few cases is no measure for many. Errors as of ControlHistory.
  Status Load(const RecordedDecision& recorded, const CheckPast& past, std::vector<LoadedRun>& runs) const;
  // What the baseline is held against at this look, where that was ended before it or asked in another order. False
  // when it was not, or there is none. At which look it ended depends on its answers: the share of the error rate is
  // that of a look by itself, so that all looks that it could have ended at add up to the rate.
  bool AddTo(GateEvidence& evidence, int look, const LoadedRun& loaded) const;
  // How many cases of the run a look is on.
  std::int64_t CasesAt(int look, const RunRecord& run) const;

 private:
  Status Find(ControlHistory history, AlikeRuns& alike, std::int64_t metrics, std::optional<int> look,
              LoadedRun& loaded) const;
  Result<CatalogDocument> SuiteOf(const RunRecord& run) const;
  int LookOf(const EarlierEvidence& control, int look, const LoadedRun& loaded) const;
};

}  // namespace assay
