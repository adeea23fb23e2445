#pragma once
// From stored scores to what a gate decides on: columns only, neither bodies nor JSON.

#include "config/suite.h"
#include "daemon/people_quality.h"
#include "daemon/store/store.h"
#include "gates/gate.h"
#include "gates/looks.h"

namespace assay {

// Blocking. What `run` of `suite` has shown. O(scores) time, tens of bytes a case and metric. kInternal when the store
// holds what cannot be (a score twice): a verdict on it would be a guess.
// `statuses`, where given, is set to how each trial ended. What people settled counts as it stood at `as_of`, and
// `qualities` spares measuring how good that is again.
Result<SuiteEvidence> LoadEvidence(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                   TrialStatuses* statuses = nullptr, Time as_of = Time::max(),
                                   PeopleQualities* qualities = nullptr);

// Blocking. The time before which no answer of the run was given, those that it took over from earlier runs or from the
// response cache included; absent when it is not known.
Result<std::optional<Time>> OldestAnswer(Store& store, const RunRecord& run, const SuiteSpec& suite);

// Blocking. Fills in the case ids of the worst cases, which gates/ knows by ordinal only.
Status NameWorstCases(Store& store, const std::vector<RunRecord>& runs, Verdict& verdict);

}  // namespace assay
