#pragma once
// Coroutines from tests: runs one on an executor and waits for its value.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace assay::testing {

// Throws after a minute: a test that hangs says where.
template <class Executor, class T>
T Await(const Executor& executor, boost::asio::awaitable<T> coroutine) {
  auto future = boost::asio::co_spawn(executor, std::move(coroutine), boost::asio::use_future);
  if (future.wait_for(std::chrono::minutes(1)) != std::future_status::ready) {
    throw std::runtime_error("a coroutine did not end within a minute");
  }
  return future.get();
}

// Whether `condition` comes true within ten seconds. For what other threads bring about; never a pause by itself.
inline bool Eventually(const std::function<bool()>& condition) {
  auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(60);  // a sanitizer and a busy machine take their time
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace assay::testing
