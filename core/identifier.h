#pragma once
// Ids of what we make (runs, checks, verdicts): UUIDv7 (RFC 9562), so that they sort by time of creation.

#include <string>
#include <string_view>

#include "core/clock.h"

namespace assay {

// 36 characters, lower case. Unique and, within a process, strictly increasing in text order. Thread-safe.
std::string MakeId(Time now);
// Whether `text` has the form of an id; does not look it up.
bool IsId(std::string_view text);

}  // namespace assay
