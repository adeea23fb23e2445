#pragma once
// What a coroutine waits on for the end of something that must not be abandoned, such as a write that reads the
// coroutine's memory: the wait goes on when the coroutine is cancelled, which then takes effect right after it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace assay {

// For one strand: Complete and Wait are called on it. Serves one wait after another, each after a Begin.
class Completion {
 public:
  explicit Completion(const boost::asio::any_io_executor& strand) : timer_(strand) {}
  void Begin();
  void Complete();
  boost::asio::awaitable<void> Wait();

 private:
  boost::asio::steady_timer timer_;
  bool completed_ = false;
};

}  // namespace assay
