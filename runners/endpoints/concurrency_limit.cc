#include "runners/endpoints/concurrency_limit.h"

#include <boost/asio/this_coro.hpp>

namespace assay {

namespace asio = boost::asio;

// A place in the queue; whichever way the coroutine ends, it leaves the queue or gives back what it was granted.
class ConcurrencyLimit::Turn {
 public:
  Turn(std::shared_ptr<ConcurrencyLimit> limit, const asio::any_io_executor& executor) : limit_(std::move(limit)) {
    waiter_.wakeup = std::make_shared<Wakeup>(executor);
    std::lock_guard lock(limit_->mutex_);
    // A place may have become free since TryAcquire().
    if (limit_->in_use_ < limit_->limit_ && limit_->waiters_.empty()) {
      ++limit_->in_use_;
      waiter_.is_granted = true;
    } else {
      limit_->waiters_.push_back(&waiter_);
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!limit_) return;
    bool granted = false;
    {
      std::lock_guard lock(limit_->mutex_);
      granted = waiter_.is_granted;
      if (!granted) limit_->waiters_.remove(&waiter_);
    }
    if (granted) limit_->Release();
  }

  bool IsGranted() const {
    std::lock_guard lock(limit_->mutex_);
    return waiter_.is_granted;
  }
  Wakeup& wakeup() { return *waiter_.wakeup; }
  // The place becomes the caller's; after IsGranted().
  Permit Take() { return Permit(std::move(limit_)); }

 private:
  std::shared_ptr<ConcurrencyLimit> limit_;
  Waiter waiter_;
};

bool ConcurrencyLimit::TryAcquire() {
  std::lock_guard lock(mutex_);
  if (in_use_ >= limit_ || !waiters_.empty()) return false;
  ++in_use_;
  return true;
}

void ConcurrencyLimit::Release() {
  std::shared_ptr<Wakeup> next;
  {
    std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
      --in_use_;
    } else {
      Waiter* waiter = waiters_.front();
      waiters_.pop_front();
      waiter->is_granted = true;  // the place passes on
      next = waiter->wakeup;      // the waiter may be gone once the lock is
    }
  }
  if (next) next->Notify();
}

asio::awaitable<Result<ConcurrencyLimit::Permit>> ConcurrencyLimit::Acquire(Deadline deadline) {
  if (TryAcquire()) co_return Permit(shared_from_this());
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  Turn turn(shared_from_this(), executor);
  while (!turn.IsGranted()) {
    auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      co_return Fail(ErrorCode::kCancelled, "cancelled while waiting for a place under limits.concurrency");
    }
    if (TimeUntil(deadline) == Duration::zero()) {
      co_return Fail(ErrorCode::kDeadlineExceeded,
                     "no place under limits.concurrency (" + std::to_string(limit_) + ") in time");
    }
    co_await turn.wakeup().WaitUntil(deadline);
  }
  co_return turn.Take();
}

int ConcurrencyLimit::in_use() const {
  std::lock_guard lock(mutex_);
  return in_use_;
}

int ConcurrencyLimit::waiting() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(waiters_.size());
}

}  // namespace assay
