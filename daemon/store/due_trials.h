#pragma once
// Trials that have their answer, and whose graders are due (TrialStatus::kSkipped). They are stored and not counted;
// their results take their place. Only for the store.

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/run.h"
#include "daemon/store/sql.h"

namespace assay {

// What a result leaves as it is where it takes the place of a trial that is due.
struct Replacement {
  // Position and grader whose first score stays as it was: a later one counts.
  std::set<std::pair<std::int64_t, std::int64_t>> kept;
  std::vector<std::int64_t> revised;  // positions that have later scores of any grader
};

// Removes what the results that are taken over take the place of. kAlreadyExists when a trial is not due.
Result<Replacement> RemoveReplaced(Sql& sql, std::int64_t run, std::span<const TrialResult> results);

// Positions of [first, end) that Store::UnjudgedPositions means.
Result<std::vector<std::int64_t>> UnjudgedBetween(Sql& sql, std::int64_t run, std::int64_t first, std::int64_t end);

// Whether the newest score of any grader on this trial is due.
Result<bool> HasDueScore(Sql& sql, std::int64_t run, std::int64_t position);

}  // namespace assay
