#include "runners/endpoints/hedge_policy.h"

namespace assay {
namespace {

// Looking anew costs some microseconds.
constexpr std::size_t kLookAgainAfter = 50;

// The nearest rank: a hundredth of the values at most is larger.
Duration Percentile99(std::vector<Duration> values) {
  const std::size_t rank = (values.size() * 99 + 99) / 100 - 1;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

void HedgePolicy::Observe(Duration latency) {
  std::lock_guard lock(mutex_);
  if (latencies_.size() < kWindow) {
    latencies_.push_back(latency);
  } else {
    latencies_[next_] = latency;
    next_ = (next_ + 1) % kWindow;
  }
  ++since_;
  if (latencies_.size() < kNeeded || (after_ && since_ < kLookAgainAfter)) return;
  after_ = Percentile99(latencies_);
  since_ = 0;
}

void HedgePolicy::Earn() {
  std::lock_guard lock(mutex_);
  saved_ = std::min(saved_ + 1, kMostSaved);
}

std::optional<Duration> HedgePolicy::After() const {
  std::lock_guard lock(mutex_);
  return after_;
}

bool HedgePolicy::Take() {
  std::lock_guard lock(mutex_);
  if (saved_ < kCost) return false;
  saved_ -= kCost;
  return true;
}

void HedgePolicy::GiveBack() {
  std::lock_guard lock(mutex_);
  saved_ = std::min(saved_ + kCost, kMostSaved);
}

}  // namespace assay
