#include "runners/sentinel_queue.h"

#include <utility>

namespace assay {

SentinelQueue::SentinelQueue(std::vector<SentinelWork> work, std::map<std::size_t, double> usd,
                             std::unique_ptr<SentinelSink> sink)
    : sink_(std::move(sink)), usd_(std::move(usd)) {
  for (SentinelWork& each : work) (each.awaits_all_before ? closing_ : work_).push_back(std::move(each));
}

std::optional<SentinelWork> SentinelQueue::TakeDue(std::int64_t ended, std::int64_t all_below) {
  const std::lock_guard lock(mutex_);
  while (std::deque<SentinelWork>* from = NextDue(ended, all_below)) {
    SentinelWork work = std::move(from->front());
    from->pop_front();
    if (IsAffordable(work.grader)) return work;
  }
  return std::nullopt;
}

bool SentinelQueue::PutBack(SentinelWork work) {
  if (++work.asked >= kMostAttempts) return false;
  const std::lock_guard lock(mutex_);
  again_.push_back(std::move(work));
  return true;
}

void SentinelQueue::Spend(std::size_t grader, double usd) {
  const std::lock_guard lock(mutex_);
  if (const auto left = usd_.find(grader); left != usd_.end()) left->second -= usd;
}

bool SentinelQueue::IsEmpty() const {
  const std::lock_guard lock(mutex_);
  return work_.empty() && closing_.empty() && again_.empty();
}

std::deque<SentinelWork>* SentinelQueue::NextDue(std::int64_t ended, std::int64_t all_below) {
  if (!work_.empty() && work_.front().due <= ended) return &work_;
  if (!closing_.empty() && closing_.front().due <= all_below) return &closing_;
  return again_.empty() ? nullptr : &again_;
}

bool SentinelQueue::IsAffordable(std::size_t grader) const {
  const auto left = usd_.find(grader);
  return left == usd_.end() || left->second > 0;
}

}  // namespace assay
