#include "daemon/change_signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace assay {

namespace asio = boost::asio;

struct ChangeSignal::Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;  // touched on the waiter's own executor only
};

ChangeSignal::ChangeSignal() = default;
ChangeSignal::~ChangeSignal() = default;

void ChangeSignal::Notify() {
  std::list<std::shared_ptr<Waiter>> woken;
  {
    const std::lock_guard lock(mutex_);
    ++version_;
    woken.swap(waiters_);
  }
  for (const std::shared_ptr<Waiter>& waiter : woken) {
    // Posted, so that it runs after the coroutine has come to its wait, whichever thread this is.
    asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
  }
}

std::uint64_t ChangeSignal::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

asio::awaitable<std::uint64_t> ChangeSignal::Wait(std::uint64_t seen, std::chrono::steady_clock::time_point deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const auto waiter = std::make_shared<Waiter>(executor);
  {
    const std::lock_guard lock(mutex_);
    if (version_ > seen) co_return version_;
    waiters_.push_back(waiter);
  }
  waiter->timer.expires_at(deadline);
  const auto token = asio::as_tuple(asio::use_awaitable);
  co_await waiter->timer.async_wait(token);
  const std::lock_guard lock(mutex_);
  waiters_.remove(waiter);
  co_return version_;
}

}  // namespace assay
