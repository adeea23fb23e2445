#pragma once
// What keeps a run of a baseline although no live verdict rests on it: what the baseline is, later checks can tell by
// it alone.

#include <string>

#include "config/plugin_kind.h"
#include "daemon/store/store.h"

namespace assay {

// Blocking. Why a run must stay, in words; "" when it need not: a standing alarm is of a move from it, or it is the
// only one that a gate with `interleave` can hold its baseline against. Only while an open check, or a verdict after
// `liveness.newest_after`, compares with the baseline.
Result<std::string> WhatIsMeasuredBy(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                     const Liveness& liveness);

}  // namespace assay
