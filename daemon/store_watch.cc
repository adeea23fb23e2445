#include "daemon/store_watch.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "daemon/blocking.h"
#include "daemon/log.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds kLongestSilence{15};  // longer than the store waits for a lock

}  // namespace

StoreWatch::StoreWatch(std::function<Status()> ping, asio::any_io_executor blocking)
    : ping_(std::move(ping)), blocking_(std::move(blocking)) {}

asio::awaitable<void> StoreWatch::Watch(Duration interval) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    Begin();
    const Status outcome = co_await RunBlocking(blocking_, ping_);
    End(outcome);
    timer.expires_after(interval);
    const auto token = asio::as_tuple(asio::use_awaitable);
    const auto [error] = co_await timer.async_wait(token);
    if (error) co_return;
  }
}

void StoreWatch::Begin() {
  const std::lock_guard lock(mutex_);
  asked_ = steady_clock::now();
}

void StoreWatch::End(const Status& outcome) {
  const std::lock_guard lock(mutex_);
  if (!outcome && last_) Log(LogLevel::kError, "the store does not work", {{"error", outcome.error().message}});
  if (outcome && !last_) Log(LogLevel::kInfo, "the store works again");
  asked_.reset();
  last_ = outcome;
}

Status StoreWatch::state() const {
  const std::lock_guard lock(mutex_);
  if (!last_) return Fail(ErrorCode::kUnavailable, "the store does not work: " + last_.error().message);
  if (asked_ && steady_clock::now() > *asked_ + kLongestSilence) {
    return Fail(ErrorCode::kUnavailable, "the store does not answer");
  }
  return {};
}

}  // namespace assay
