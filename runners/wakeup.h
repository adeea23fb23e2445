#pragma once
// One coroutine waits, any thread wakes it.

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "runners/deadline.h"

namespace assay {

// Wakes may come for no reason: the waiting side looks at its condition in a loop. Always held by a shared_ptr.
class Wakeup : public std::enable_shared_from_this<Wakeup> {
 public:
  // `executor` runs the waiting coroutine, in one thread.
  explicit Wakeup(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  // Returns after a Notify() that came since the last return, at the deadline, or when the coroutine is cancelled.
  boost::asio::awaitable<void> WaitUntil(Deadline deadline);
  // Thread-safe. What the caller wrote before is visible to the coroutine that wakes.
  void Notify();

 private:
  boost::asio::steady_timer timer_;
  std::atomic<bool> notified_ = false;
};

}  // namespace assay
