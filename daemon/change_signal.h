#pragma once
// Lets coroutines wait until "something changed" without polling and without missing a change: a waiter names the
// version it has seen.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

namespace assay {

// Thread-safe. Waiters must run on single-threaded executors (an event loop); each is woken on its own.
class ChangeSignal {
 public:
  ChangeSignal();
  ~ChangeSignal();

  // Counts a change and wakes every waiter.
  void Notify();
  std::uint64_t version() const;
  // Returns when the version is above `seen` (at once, if it is), at `deadline`, or when the coroutine is cancelled.
  // The answer is the version then.
  boost::asio::awaitable<std::uint64_t> Wait(std::uint64_t seen, std::chrono::steady_clock::time_point deadline);

 private:
  struct Waiter;
  mutable std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::list<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace assay
