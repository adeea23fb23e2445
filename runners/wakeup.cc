#include "runners/wakeup.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace assay {

namespace asio = boost::asio;

asio::awaitable<void> Wakeup::WaitUntil(Deadline deadline) {
  // A notification after this line posts the cancellation, which cannot run before the wait below has begun.
  if (!notified_.exchange(false)) {
    timer_.expires_at(deadline);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    notified_.exchange(false);
  }
}

void Wakeup::Notify() {
  if (notified_.exchange(true)) return;
  asio::post(timer_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
}

}  // namespace assay
