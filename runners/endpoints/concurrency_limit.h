#pragma once
// How many requests an endpoint serves at once, over all runs and loops. First come, first served.

#include <boost/asio/awaitable.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "core/result.h"
#include "runners/deadline.h"
#include "runners/wakeup.h"

namespace assay {

// Thread-safe. Always held by a shared_ptr: a permit keeps its limit alive.
class ConcurrencyLimit : public std::enable_shared_from_this<ConcurrencyLimit> {
 public:
  // A place under the limit, given back by the destructor.
  class Permit {
   public:
    explicit Permit(std::shared_ptr<ConcurrencyLimit> limit) : limit_(std::move(limit)) {}
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (limit_) limit_->Release();
    }

   private:
    std::shared_ptr<ConcurrencyLimit> limit_;
  };

  explicit ConcurrencyLimit(int limit) : limit_(limit) {}

  // At once when there is a place and nobody waits for one, else in turn. kDeadlineExceeded, kCancelled (by the
  // coroutine's cancellation slot). The coroutine's executor runs in one thread.
  boost::asio::awaitable<Result<Permit>> Acquire(Deadline deadline);

  int limit() const { return limit_; }
  int in_use() const;
  int waiting() const;

 private:
  struct Waiter {
    std::shared_ptr<Wakeup> wakeup;
    bool is_granted = false;  // a place is counted for it
  };
  class Turn;

  bool TryAcquire();
  void Release();

  const int limit_;
  mutable std::mutex mutex_;
  int in_use_ = 0;
  std::list<Waiter*> waiters_;  // in their coroutines' frames; granted ones have left
};

}  // namespace assay
