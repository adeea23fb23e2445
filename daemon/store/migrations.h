#pragma once
// The schema, as numbered steps that only go forward. A step that has been released is never changed.

#include "core/clock.h"
#include "core/result.h"
#include "daemon/store/sql.h"

namespace assay {

// The number of the last step this program knows.
int NewestSchema();
// Applies the steps after the database's own version up to `target`, each in a transaction of its own. Several
// processes may do so at once. kFailedPrecondition for a database that is newer than NewestSchema().
Status Migrate(Sql& sql, int target, Time now);

}  // namespace assay
