#pragma once
// So many units a minute: requests_per_minute, tokens_per_minute. Pure: time is an argument. Not thread-safe.

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "runners/deadline.h"

namespace assay {

// Units leave at even distances, after at most one second's worth at once. A unit whose size shows only afterwards (the
// tokens of an answer) is charged then and delays those that follow.
class Pace {
 public:
  explicit Pace(std::int64_t units_per_minute) : per_unit_(60e9 / static_cast<double>(units_per_minute)) {}

  // When the next unit may leave: `now` or later.
  Deadline Next(Deadline now) const { return std::max(next_, now); }
  // Takes `units` that leave `now`.
  void Take(double units, Deadline now) {
    next_ = std::max(next_, now - kBurst) + std::chrono::nanoseconds(static_cast<std::int64_t>(units * per_unit_));
  }
  // What was taken before stays taken.
  void SetRate(std::int64_t units_per_minute) { per_unit_ = 60e9 / static_cast<double>(units_per_minute); }

 private:
  static constexpr std::chrono::nanoseconds kBurst = std::chrono::seconds(1);

  double per_unit_;  // nanoseconds
  Deadline next_{};
};

}  // namespace assay
