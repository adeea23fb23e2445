#pragma once
// How many requests a limited endpoint takes. Pure: time is an argument. Not thread-safe.

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace assay {

// Fills evenly up to a second's worth (at least one request); each request takes one token, or is refused.
class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  TokenBucket(std::int64_t requests_per_minute, TimePoint now)
      : per_second_(static_cast<double>(requests_per_minute) / 60.0),
        most_(std::max(1.0, per_second_)),
        tokens_(most_),
        filled_(now) {}

  bool Take(TimePoint now) {
    const double passed = std::chrono::duration<double>(std::max(now, filled_) - filled_).count();
    tokens_ = std::min(most_, tokens_ + passed * per_second_);
    filled_ = std::max(now, filled_);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
  }

 private:
  double per_second_;
  double most_;
  double tokens_;
  TimePoint filled_;
};

}  // namespace assay
