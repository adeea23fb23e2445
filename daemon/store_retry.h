#pragma once
// What must come about in the end: a call of the store that is repeated while the database cannot be reached.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <type_traits>

#include "daemon/blocking.h"
#include "daemon/change_signal.h"
#include "daemon/log.h"

namespace assay {

inline constexpr std::chrono::seconds kStoreRetryInterval{2};

// Runs `function`, which gives a Result or Status, on `pool` until its answer is not kUnavailable, or until `stop` has
// been notified: then the answer is the last one.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&>> RetryUnavailable(boost::asio::any_io_executor pool, ChangeSignal& stop,
                                                                  F function) {
  for (;;) {
    auto answer = co_await RunBlocking(pool, function);
    if (answer || answer.error().code != ErrorCode::kUnavailable || stop.version() > 0) co_return answer;
    Log(LogLevel::kWarning, "store does not answer; trying again", {{"error", answer.error().message}});
    co_await stop.Wait(0, std::chrono::steady_clock::now() + kStoreRetryInterval);
  }
}

}  // namespace assay
