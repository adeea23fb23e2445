#include "runners/endpoints/adaptive_limit.h"

#include <algorithm>

namespace assay {

void AdaptiveLimit::OnAnswer(Deadline now) {
  if (limit_ == ceiling_ || now < grows_from_) return;
  if (++answers_ < limit_) return;
  answers_ = 0;
  limit_ = std::min(ceiling_, limit_ + std::max(1, ceiling_ / 20));
}

void AdaptiveLimit::OnRateLimited(Deadline sent, Deadline now, Duration retry_after) {
  if (sent < burst_ends_) return;
  const int from = limit_;
  limit_ = std::max(1, limit_ / 2);
  last_cut_ = Cut{.at = now, .from = from, .to = limit_, .asked = retry_after};
  burst_ends_ = now + (retry_after > Duration::zero() ? retry_after : policy_.burst);
  PauseGrowth(burst_ends_ + policy_.growth_pause);
}

void AdaptiveLimit::OnTransient(Deadline now) { PauseGrowth(now + policy_.growth_pause); }

void AdaptiveLimit::PauseGrowth(Deadline until) {
  answers_ = 0;
  grows_from_ = std::max(grows_from_, until);
}

}  // namespace assay
