#pragma once
// Who answered for the judges of a run. Only for files of this folder.

#include <span>

#include "core/result.h"
#include "core/run.h"
#include "daemon/store/records.h"
#include "daemon/store/sql.h"

namespace assay {

// Remembers the models that answered for the judges of these results, in the caller's transaction. `sources` by grader.
Status NoteAnswerers(Sql& sql, std::int64_t run, std::span<const TrialResult> results,
                     std::span<const ScoreSource> sources);
// Copies what judges said of sentinels as what they said earlier, and who answered, to a run that takes over trials;
// again is a no-op.
Status CopySentinels(Sql& sql, std::int64_t from, std::int64_t to);

}  // namespace assay
