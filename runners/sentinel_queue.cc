#include "runners/sentinel_queue.h"

#include <iterator>
#include <utility>

namespace assay {

SentinelQueue::SentinelQueue(std::vector<SentinelWork> work, std::map<std::size_t, double> usd,
                             std::unique_ptr<SentinelSink> sink)
    : sink_(std::move(sink)),
      work_(std::make_move_iterator(work.begin()), std::make_move_iterator(work.end())),
      usd_(std::move(usd)),
      size_(static_cast<std::int64_t>(work_.size())) {}

std::optional<SentinelWork> SentinelQueue::TakeDue(std::int64_t begun, std::int64_t trials) {
  const std::lock_guard lock(mutex_);
  if (trials > 0 && taken_ * trials >= size_ * begun) return std::nullopt;
  return TakeAffordable();
}

std::optional<SentinelWork> SentinelQueue::Take() {
  const std::lock_guard lock(mutex_);
  return TakeAffordable();
}

bool SentinelQueue::PutBack(SentinelWork work) {
  if (++work.asked >= kMostAttempts) return false;
  const std::lock_guard lock(mutex_);
  work_.push_back(std::move(work));
  return true;
}

void SentinelQueue::Spend(std::size_t grader, double usd) {
  const std::lock_guard lock(mutex_);
  if (const auto left = usd_.find(grader); left != usd_.end()) left->second -= usd;
}

bool SentinelQueue::IsEmpty() const {
  const std::lock_guard lock(mutex_);
  return work_.empty();
}

std::optional<SentinelWork> SentinelQueue::TakeAffordable() {
  while (!work_.empty()) {
    SentinelWork work = std::move(work_.front());
    work_.pop_front();
    ++taken_;
    const auto left = usd_.find(work.grader);
    if (left == usd_.end() || left->second > 0) return work;
  }
  return std::nullopt;
}

}  // namespace assay
