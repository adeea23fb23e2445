#pragma once
// One request, and a second one when the first is slow: the first answer wins, the other request is cancelled.

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include "runners/deadline.h"
#include "runners/endpoints/hedge_policy.h"
#include "runners/endpoints/provider.h"
#include "runners/wakeup.h"

namespace assay {

// Told by who sends a request: when it leaves, until which it waits for a place, and that it was answered, before its
// place is given back.
struct RequestProgress {
  std::optional<Deadline> sent = {};
  bool is_answered = false;
  int resent = 0;                          // HttpProgress's sends beyond the first
  std::shared_ptr<Wakeup> watcher = {};    // may be null
  const RequestProgress* other = nullptr;  // of the other request of a pair; may be null

  // False when there is an answer already: a place that has become free by it is for others.
  bool is_wanted() const { return other == nullptr || !other->is_answered; }

  void MarkSent() {
    sent = std::chrono::steady_clock::now();
    if (watcher) watcher->Notify();
  }
};

struct HedgedOutcome {
  std::expected<Response, AttemptFailure> outcome;  // its latency is from when the first request was sent
  int sent = 0;                                     // requests that left
  int resent = 0;                                   // of them, a second time
};

// Sends a request, whether it is the second is an argument. Ends soon after it was cancelled.
using SendRequest =
    std::function<boost::asio::awaitable<std::expected<Response, AttemptFailure>>(bool is_second, RequestProgress&)>;

// A first that fails is not waited with for a second that is not out yet; one that fails while the second is out leaves
// the outcome to that. Cancelling the calling coroutine cancels both. Its executor runs in one thread.
boost::asio::awaitable<HedgedOutcome> SendHedged(HedgePolicy& policy, SendRequest send);

}  // namespace assay
