#pragma once
// Whether answers that were asked for again score like those of the first try. What fails and is asked again is no
// random part of a suite: where both differ, a verdict may rest on the endpoint's faults.

#include <string>
#include <vector>

#include "gates/gate.h"

namespace assay {

// For people, one sentence for each metric of scores whose values differ: Fisher's exact test on the cases below the
// mean of all, at most one false warning in a hundred suites whatever the number of metrics. A case counts once, as
// retried when any of its answers was; one with an answer from the response cache does not count. Silent for fewer than
// 10 cases on either side. O(cases × metrics).
std::vector<std::string> WarnOfRetries(const SuiteEvidence& suite);

}  // namespace assay
