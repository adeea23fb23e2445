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
  // Takes `units` that leave `now`. What is more than an hour's worth counts as that: no answer is so long, and a
  // server that says so does not stop all others.
  void Take(double units, Deadline now) {
    const double worth = std::min(units * per_unit_, kMost);
    next_ = std::max(next_, now - kBurst) + std::chrono::nanoseconds(static_cast<std::int64_t>(worth));
  }
  // What was taken before stays taken.
  void SetRate(std::int64_t units_per_minute) { per_unit_ = 60e9 / static_cast<double>(units_per_minute); }

 private:
  static constexpr double kMost = 3600e9;  // nanoseconds
  static constexpr std::chrono::nanoseconds kBurst = std::chrono::seconds(1);

  double per_unit_;  // nanoseconds
  Deadline next_{};
};

}  // namespace assay
