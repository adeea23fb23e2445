#pragma once
// What a metric was in earlier runs, for rules that ask whether it has moved.

#include "config/suite.h"
#include "daemon/store/store.h"
#include "gates/gate.h"
#include "gates/looks.h"

namespace assay {

// Blocking. The newest `most` runs before `run`, complete at that time, of the same suite and model content whose
// graders were of the same versions, oldest first, with the value of each metric that has one. Each is read like the
// evidence of a verdict.
Result<std::vector<EarlierRun>> LoadHistory(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                            std::int64_t most, Time until);

// How many runs before it LoadEarlierEvidence looks at: some may have been graded otherwise.
inline constexpr std::int64_t kEarlierControlRuns = 10;

// Blocking. The newest run before `run`, complete at that time, of the same suite and model content whose graders were
// of the same versions; absent without one. `statuses` as LoadEvidence sets them.
Result<std::optional<SuiteEvidence>> LoadEarlierEvidence(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                                         Time until, TrialStatuses* statuses);

}  // namespace assay
