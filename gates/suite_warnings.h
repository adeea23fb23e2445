#pragma once
// What people are told of the suites of a gate beside its rules, by lint, by plans and by verdicts.

#include <cstdint>
#include <string>
#include <vector>

#include "config/gate.h"
#include "gates/observations.h"

namespace assay {

// Of a plan: the invariants of that suite of which no blocking rule of the gate asks every case, a sentence each, in
// the order of their metrics. Such a gate passes where they fail. Thread-safe, as what follows.
std::vector<std::string> WarnOfInvariants(const GateSpec& gate, const std::string& name,
                                          const SuiteObservations& suite);

// Of a verdict: the same, of those that failed in a case. O(cases) for each.
std::vector<std::string> WarnOfFailedInvariants(const GateSpec& gate, const std::string& name,
                                                const SuiteObservations& suite);

// Of both: so many of the `cases` of that suite ask what another one asks, of a suite in clusters what one of another
// cluster asks. "" of none.
std::string RepeatedText(const std::string& name, std::int64_t repeated, std::int64_t cases, bool has_clusters);

}  // namespace assay
