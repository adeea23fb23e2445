#pragma once
// How long a server asks to wait.

#include <chrono>
#include <optional>

#include "core/clock.h"
#include "runners/http/http_client.h"

namespace assay {

// From `retry-after-ms` (milliseconds), else `retry-after` (seconds, also with a fraction, or an HTTP date; a date that
// has passed is zero). Nothing when absent or unreadable. At most a year.
std::optional<std::chrono::milliseconds> RetryAfter(const HttpResponse& response, Time now);

}  // namespace assay
