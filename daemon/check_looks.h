#pragma once
// What a check whose gate need not ask every case starts its runs with. Private to the files of Checks.

#include <optional>

#include "daemon/checks.h"
#include "gates/looks.h"

namespace assay {

struct Checks::CheckLooks {
  bool is_known = false;  // else a dataset is still to be read: how large the suites are is not known
  Looks looks;
  std::optional<std::int64_t> max_n = {};
};

// Whether a run that did not ask every case stands for one of this check's gate: it was planned for this version of it,
// and ended as planned.
bool IsEndedFor(const RunRecord& run, const CheckRecord& check);
// Likewise whichever gate it was asked for.
bool IsEndedAsPlanned(const RunRecord& run);

// Whether checks of the gate may end before all cases are asked.
bool NeedNotAskAll(const GateSpec& gate);

}  // namespace assay
