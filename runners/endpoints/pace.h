#pragma once
// So many units a minute: requests_per_minute, tokens_per_minute.

#include <algorithm>
#include <mutex>

#include "runners/deadline.h"

namespace assay {

// Units leave at even distances, after at most one second's worth at once. A unit whose size shows only afterwards (the
// tokens of an answer) is charged then and delays those that follow. Thread-safe.
class Pace {
 public:
  explicit Pace(std::int64_t units_per_minute) : per_unit_(60e9 / static_cast<double>(units_per_minute)) {}

  // Takes `units` and returns when they may leave: `now` or later.
  Deadline Take(double units, Deadline now) {
    std::lock_guard lock(mutex_);
    next_ = std::max(next_, now - kBurst);
    Deadline leaves = std::max(next_, now);
    next_ += Time(units);
    return leaves;
  }
  // When the next unit may leave if nobody takes one before.
  Deadline Next(Deadline now) const {
    std::lock_guard lock(mutex_);
    return std::max(next_, now);
  }

 private:
  static constexpr std::chrono::nanoseconds kBurst = std::chrono::seconds(1);
  std::chrono::nanoseconds Time(double units) const {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(units * per_unit_));
  }

  const double per_unit_;  // nanoseconds
  mutable std::mutex mutex_;
  Deadline next_{};
};

}  // namespace assay
