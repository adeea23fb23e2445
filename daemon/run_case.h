#pragma once
// A case of a stored run as people look at it: the row and the prompt that was made of it.

#include <cstdint>

#include "config/plugin_kind.h"
#include "daemon/services.h"
#include "daemon/store/store.h"

namespace assay {

// Blocking. What keeps the prompt from being made again (a file of it is gone, a field is missing) is part of the
// answer; kNotFound for a case that the run's dataset does not have.
Result<RunCase> ReadRunCase(Store& store, const PluginKinds& kinds, const RunRecord& run, std::int64_t ordinal);

}  // namespace assay
