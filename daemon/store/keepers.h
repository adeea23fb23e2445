#pragma once
// What keeps a run from being deleted, for what is kept and deleted with it.

#include <cstdint>
#include <string>

#include "daemon/store/records.h"
#include "daemon/store/sql.h"

namespace assay {

// Which open check, or live verdict, rests on the run or on one that took its answers over, in words; "" none.
Result<std::string> WhatRestsOn(Sql& sql, std::int64_t run, const Liveness& liveness);

}  // namespace assay
