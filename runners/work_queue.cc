#include "runners/work_queue.h"

#include <algorithm>

namespace assay {

namespace asio = boost::asio;

void WorkQueue::SetLowWater(std::size_t low_water) {
  std::lock_guard lock(mutex_);
  low_water_ = low_water;
}

void WorkQueue::Add(std::vector<TrialWork> work) {
  std::size_t added = work.size();
  {
    std::lock_guard lock(mutex_);
    if (is_finished_) return;
    for (TrialWork& piece : work) work_.push_back(std::move(piece));
  }
  Wake(added);
}

void WorkQueue::Finish() {
  {
    std::lock_guard lock(mutex_);
    is_finished_ = true;
  }
  Wake(SIZE_MAX);
}

void WorkQueue::Close() {
  {
    std::lock_guard lock(mutex_);
    work_.clear();
    is_finished_ = true;
  }
  Wake(SIZE_MAX);
}

std::size_t WorkQueue::size() const {
  std::lock_guard lock(mutex_);
  return work_.size();
}

void WorkQueue::Wake(std::size_t count) {
  std::deque<std::shared_ptr<Wakeup>> woken;
  {
    std::lock_guard lock(mutex_);
    while (!waiting_.empty() && woken.size() < count) {
      woken.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  for (auto& wakeup : woken) wakeup->Notify();
}

asio::awaitable<std::optional<TrialWork>> WorkQueue::Take(std::shared_ptr<Wakeup> own) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // A wake without reason leaves the caller in the list.
      std::erase(waiting_, own);
      if (!work_.empty()) {
        TrialWork piece = std::move(work_.front());
        work_.pop_front();
        bool is_low = work_.size() + 1 == low_water_;
        lock.unlock();
        if (is_low) filler_->Notify();
        co_return piece;
      }
      if (is_finished_) co_return std::nullopt;
      waiting_.push_back(own);
    }
    co_await own->WaitUntil(DeadlineIn(std::chrono::minutes(1)));
  }
}

}  // namespace assay
