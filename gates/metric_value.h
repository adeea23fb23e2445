#pragma once
// A metric of a run as a number.

#include <cstddef>
#include <optional>

#include "gates/observations.h"

namespace assay {

// Of the cases that have a value, whatever is missing: for people and for histories, never for a decision. Absent
// without one, of a quantile over trials, and of a max or sum over cases.
std::optional<double> SeenMetricValue(const SuiteObservations& suite, std::size_t metric);

}  // namespace assay
