#pragma once
// How many requests may be sent again, so that retries do not bring down what they wait for.

#include <algorithm>

namespace assay {

// A token bucket: every trial's first request earns a fifth of a retry, every retry costs one. The bucket begins with a
// reserve, for otherwise the first failures could not be retried, and is bounded, for otherwise an endpoint that breaks
// after a million good answers would be asked 200,000 times more. Counts in fifths. Pure; not thread-safe.
class RetryBudget {
 public:
  static constexpr int kPercent = 20;

  // When an endpoint breaks, ten requests and all that are in flight by then fail before the circuit opens, and each is
  // worth another attempt.
  explicit RetryBudget(int concurrency)
      : fifths_(kRetry * (10 + concurrency)), most_(kRetry * std::max(100, 2 * (10 + concurrency))) {}

  void Earn() { fifths_ = std::min(most_, fifths_ + 1); }
  // False when nothing is left.
  bool Take() {
    if (fifths_ < kRetry) return false;
    fifths_ -= kRetry;
    return true;
  }
  int retries_left() const { return static_cast<int>(fifths_ / kRetry); }
  bool is_full() const { return fifths_ == most_; }

 private:
  static constexpr long kRetry = 100 / kPercent;
  long fifths_;
  long most_;
};

}  // namespace assay
