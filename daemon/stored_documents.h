#pragma once
// Whether what a verdict names by a content version is still stored as that version says.

#include <functional>

#include "daemon/recorded_inputs.h"
#include "daemon/store/store.h"
#include "daemon/verdict_replay.h"
#include "gates/verdict.h"

namespace assay {

// Blocking, in bounded memory. Holds the stored documents that `recorded` and its runs name (gate, models, suites and
// the models that judged) and the cases of its datasets against their versions. What is another is a difference of
// `replay`, what is gone is missing, and what a verdict of an earlier version does not tell is unchecked. Errors of the
// store, and kUnavailable when it gave up.
Status CheckStoredDocuments(Store& store, const RecordedInputs& inputs, const Verdict& recorded,
                            const std::function<bool()>& gives_up, VerdictReplay& replay);

}  // namespace assay
