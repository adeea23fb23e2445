#include "runners/graders/plugins/program_pool.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "core/clock.h"
#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;

ProgramPool::~ProgramPool() {
  const Deadline deadline = DeadlineIn(kEndWait);
  for (const auto& process : idle_) process->Kill();  // all at once, before the first is waited for
  for (const auto& process : idle_) process->End(deadline);
}

asio::awaitable<std::optional<ProgramPool::Place>> ProgramPool::Enter(Deadline deadline) {
  const auto self = shared_from_this();
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto waiter = std::make_shared<Waiter>();
  {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
      --free_;
      co_return Place(self);
    }
    waiter->wakeup = std::make_shared<Wakeup>(executor);
    waiters_.push_back(waiter);
  }
  // Whatever happens to the coroutine, a place that is granted is not lost.
  struct Stay {
    ProgramPool& pool;
    std::shared_ptr<Waiter> waiter;
    ~Stay() {
      if (waiter == nullptr) return;
      {
        const std::lock_guard lock(pool.mutex_);
        if (!waiter->is_granted) {
          std::erase(pool.waiters_, waiter);
          return;
        }
      }
      pool.Leave();
    }
  } stay{*self, waiter};
  for (;;) {
    co_await waiter->wakeup->WaitUntil(deadline);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return std::nullopt;
    if (TimeUntil(deadline) == Duration::zero()) co_return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (waiter->is_granted) {
      stay.waiter = nullptr;
      co_return Place(self);
    }
  }
}

void ProgramPool::Leave() {
  std::shared_ptr<Waiter> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
      ++free_;
      return;
    }
    next = std::move(waiters_.front());
    waiters_.pop_front();
    next->is_granted = true;
  }
  next->wakeup->Notify();
}

// The one that was asked last: the others may be needed no more.
std::shared_ptr<ChildProcess> ProgramPool::TakeIdle() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto process = std::move(idle_.back());
  idle_.pop_back();
  return process;
}

Result<ProgramPool::Borrowed> ProgramPool::Process() {
  while (auto process = TakeIdle()) {
    if (!process->HasEnded()) return Borrowed{std::move(process)};
    // It had answered, and may end when it likes: after so many answers, or after a while.
  }
  {
    const std::lock_guard lock(mutex_);
    if (held_until_ && TimeUntil(*held_until_) > Duration::zero()) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(TimeUntil(*held_until_));
      return Fail(ErrorCode::kUnavailable, "failed " + std::to_string(failures_) +
                                               " times in a row, and is not started again for another " +
                                               FormatDuration(left));
    }
  }
  ASSAY_TRY(file_->Check());
  ASSAY_ASSIGN(auto process, ChildProcess::Start(program_));
  return Borrowed{std::move(process), true};
}

void ProgramPool::Keep(std::shared_ptr<ChildProcess> process) {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  pauses_ = 0;
  held_until_.reset();
  idle_.push_back(std::move(process));
}

void ProgramPool::Return(std::shared_ptr<ChildProcess> process) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(process));
}

void ProgramPool::NoteFailure() {
  const std::lock_guard lock(mutex_);
  ++failures_;
  // Those that were under way when the pause began are not reason for a longer one.
  const bool is_held = held_until_ && TimeUntil(*held_until_) > Duration::zero();
  if (is_held || failures_ < kFailuresInARow) return;
  held_until_ = DeadlineIn(std::min(kFirstPause * (1 << pauses_), kLongestPause));
  pauses_ = std::min(pauses_ + 1, 10);
}

}  // namespace assay
