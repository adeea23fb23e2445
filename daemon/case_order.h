#pragma once
// In which order a run asks its cases.

#include <cstdint>
#include <vector>

#include "core/run.h"
#include "daemon/store/records.h"

namespace assay {

// The first cases of the order that the run was started with, ascending; `count` of all that it has.
std::vector<std::uint32_t> FirstCases(const RunRecord& run, std::int64_t count);

// How many cases of its order a run has come to.
std::int64_t CasesReached(const RunRecord& run);

}  // namespace assay
