#pragma once
// What a stored verdict was decided on, so that it can be decided again.

#include <string>
#include <vector>

#include "daemon/check_decision.h"
#include "daemon/store/store.h"
#include "gates/verdict.h"

namespace assay {

// Everything that a verdict's record says about what it was decided on; nothing else is taken from it.
struct RecordedInputs {
  CheckRecord check;
  std::vector<CheckRun> links = {};  // as Store::ListCheckRuns gives them
  std::vector<RunRecord> runs = {};
  RecordedDecision decision = {};
  Time decided_at{};
};

// Blocking. `recorded` is the document of `record`. Runs that are gone are not among them: a line for people each in
// `missing`. kNotFound without the check; errors of the store.
Result<RecordedInputs> ReadRecordedInputs(Store& store, const VerdictRecord& record, const Verdict& recorded,
                                          std::vector<std::string>& missing);

}  // namespace assay
