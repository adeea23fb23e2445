#pragma once
// When a request that has not been answered is worth a second one, and how many of those there may be.

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "core/clock.h"

namespace assay {

// Hedged requests (Dean and Barroso, "The Tail at Scale", 2013): the second goes out when the first has taken longer
// than the 99th percentile of the latest answers. Thread-safe; time is an argument.
class HedgePolicy {
 public:
  static constexpr std::size_t kNeeded = 100;   // answers, before anything is known of the hundredth
  static constexpr std::size_t kWindow = 1000;  // answers that are looked at

  // The latency of an answer, as its trial counts it.
  void Observe(Duration latency);
  // The first request of a trial: earns a hundredth of a second one, for ten at most.
  void Earn();

  // How long to wait for the first; nothing while too few answers are known.
  std::optional<Duration> After() const;
  // Whether one of a hundred requests is left for this.
  bool Take();
  // It was not sent after all.
  void GiveBack();

 private:
  static constexpr int kCost = 100;
  static constexpr int kMostSaved = 10 * kCost;

  mutable std::mutex mutex_;
  std::vector<Duration> latencies_;  // a ring of kWindow
  std::size_t next_ = 0;
  std::size_t since_ = 0;  // answers since after_ was computed
  std::optional<Duration> after_;
  int saved_ = 0;
};

}  // namespace assay
