#pragma once
// When to stop waiting: a point of the monotonic clock.

#include <chrono>

#include "core/clock.h"

namespace assay {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline DeadlineIn(Duration duration) { return std::chrono::steady_clock::now() + duration; }
// What is left, never negative.
inline Duration TimeUntil(Deadline deadline) {
  auto left = std::chrono::duration_cast<Duration>(deadline - std::chrono::steady_clock::now());
  return left > Duration::zero() ? left : Duration::zero();
}

}  // namespace assay
