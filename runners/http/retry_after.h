#pragma once
// How long a server asks to wait.

#include <chrono>
#include <optional>

#include "core/clock.h"
#include "runners/http/http_client.h"

namespace assay {

// What the times in an answer are compared with: `now`, or the answer's own date where one of the two clocks is off by
// more than five seconds. Servers write times by their clock, and ours may be stepped.
Time TimeOfAnswer(const HttpResponse& response, Time now);

// From `retry-after-ms` (milliseconds), else `retry-after` (seconds, also with a fraction, or an HTTP date; a date that
// has passed by TimeOfAnswer is zero). Nothing when absent or unreadable. At most a year.
std::optional<std::chrono::milliseconds> RetryAfter(const HttpResponse& response, Time now);

}  // namespace assay
