#include "runners/endpoints/adaptive_limit.h"

#include <algorithm>

namespace assay {

void AdaptiveLimit::OnAnswer(Deadline now) {
  Count(false);
  if (limit_ == ceiling_ || now < grows_from_) return;
  if (++answers_ < limit_) return;
  answers_ = 0;
  limit_ = std::min(ceiling_, limit_ + std::max(1, ceiling_ / 20));
}

void AdaptiveLimit::OnRateLimited(Deadline sent, Deadline now, Duration retry_after) {
  Count(true);
  if (sent < burst_ends_) {
    ++in_burst_;
    const int half = std::max(1, last_cut_->from / 2);
    if (in_burst_ * 4 > last_cut_->from && half < limit_) last_cut_->to = limit_ = half;
    return;
  }
  if (IsRare()) return;
  recent_.reset();  // what was asked of it at the higher limit
  const int from = limit_;
  const bool is_told = retry_after > Duration::zero();
  limit_ = std::max(1, is_told ? std::min(limit_ - 1, limit_ * 4 / 5) : limit_ / 2);
  in_burst_ = 1;
  last_cut_ = Cut{.at = now, .from = from, .to = limit_, .asked = retry_after};
  burst_ends_ = now + (is_told ? retry_after : policy_.burst);
  PauseGrowth(burst_ends_ + policy_.growth_pause);
}

void AdaptiveLimit::Count(bool is_429) {
  recent_ <<= 1;
  recent_[0] = is_429;
  counted_ = std::min(counted_ + 1, kWindow);
}

bool AdaptiveLimit::IsRare() const { return static_cast<int>(recent_.count()) * kPartsOf429 <= counted_; }

void AdaptiveLimit::OnTransient(Deadline now) { PauseGrowth(now + policy_.growth_pause); }

void AdaptiveLimit::PauseGrowth(Deadline until) {
  answers_ = 0;
  grows_from_ = std::max(grows_from_, until);
}

}  // namespace assay
