#pragma once
// How much this thread has computed. Bounds on it say that work on a hostile text ends; other load on the machine does
// not break them, as it would break bounds on time.

#include <chrono>
#include <ctime>

namespace assay {

// A Clock of std::chrono whose time is the processor time of the calling thread.
struct ThreadTime {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ThreadTime>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept {
    std::timespec time = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

}  // namespace assay
