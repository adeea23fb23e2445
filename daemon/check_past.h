#pragma once
// What was asked before of the models of a check, and how often: what a verdict charges for, and what it warns of.

#include <cstdint>
#include <string>
#include <string_view>

#include "config/gate.h"
#include "daemon/asked_elsewhere.h"
#include "daemon/store/store.h"
#include "gates/verdict.h"

namespace assay {

// As it was at `until`. References outlive it. Blocking, thread-safe as far as `texts` is.
struct CheckPast {
  Store& store;
  const PluginKinds& kinds;
  const CheckRecord& check;
  const GateSpec& gate;
  std::string baseline_version;  // content version; "" of a gate that compares with none
  Time until;
  AskedTexts& texts;

  // Which time it is that answers of the candidate were drawn, of the suite of its run. `baseline`: the run that it is
  // compared with, null pointer for none. Errors are the store's.
  Result<int> CountAttempt(const RunRecord& run, const RunRecord* baseline) const;
  // How many of these were drawn while alarms stood, the oldest of them this one: draws before that of `run` which a
  // verdict on a baseline was given on since, held by an alarm. Errors are the store's.
  Result<std::int64_t> CountAttemptsSince(const StandingAlarm& oldest, const RunRecord& run) const;
  // Other runs beside that of this role at its root, for warnings. Errors are the store's.
  Result<RunPast> SeeOthers(std::string_view role, const RunRecord& root) const;
  // What this run asked again, into `past`. Errors are the store's.
  Status SeeRetries(const RunRecord& run, RunPast& past) const;
  AskedElsewhere Elsewhere() const;

 private:
  Result<std::int64_t> CountOtherLooks(const RunRecord& root) const;
};

}  // namespace assay
