#include "daemon/rpc/completion.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace assay {
namespace asio = boost::asio;

void Completion::Begin() {
  completed_ = false;
  timer_.expires_at(asio::steady_timer::time_point::max());
}

void Completion::Complete() {
  completed_ = true;
  timer_.cancel();
}

asio::awaitable<void> Completion::Wait() {
  constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!completed_) co_await timer_.async_wait(kTuple);
  co_await asio::this_coro::throw_if_cancelled(throws);
}

}  // namespace assay
