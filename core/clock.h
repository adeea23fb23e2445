#pragma once
// Time as a value that tests can set. Times are UTC with microseconds, as in the store.

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time Now() const = 0;
};

// The machine's clock; lives as long as the process.
const Clock& SystemClock();

// "2026-11-24T15:47:45.123456Z" (RFC 3339, always UTC, always six digits).
std::string FormatTime(Time time);
// The inverse; also accepts fewer digits and numeric offsets. kInvalidArgument otherwise.
Result<Time> ParseTime(std::string_view text);

// "60s", "250ms", "5m", "2h", "1h30m", "500us", "7d". No sign, no bare numbers (0 excepted). kInvalidArgument
// otherwise.
Result<Duration> ParseDuration(std::string_view text);
// The shortest form that ParseDuration reads back: 90 s -> "1m30s".
std::string FormatDuration(Duration duration);

}  // namespace assay
