#pragma once
// Who sends requests to an endpoint: for priorities and fair shares.

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "core/result.h"

namespace assay {

struct Response;  // core/response.h

enum class Priority {
  kScheduled,  // nobody waits for it
  kNormal,     // somebody may be looking
  kRelease,    // a gate decides by it, and a release pipeline waits for the gate
};

// One run, with all it asks of any endpoint. Compared by its address; held by whoever sends for it. Thread-safe.
struct Requester {
  explicit Requester(Priority initial = Priority::kNormal) : priority(initial) {}
  std::atomic<Priority> priority;  // may change at any time; requests that wait go by the new one
};

// What one call of an endpoint may send. Told of each request that it sends, on the executor of the call's coroutine;
// it outlives the call.
class SendGuard {
 public:
  virtual ~SendGuard() = default;
  // A request has its place and is about to leave. An error keeps it back, and is that of the call.
  virtual Status Begin() = 0;
  // It has ended. `may_be_charged`: there is no answer to read, and the provider may have made one all the same.
  virtual void End(bool was_answered, bool may_be_charged) = 0;
  // What requests of the call without an answer to show for it, or an answer without usage, may have cost, at most.
  virtual void OnCharged(double /*usd*/) {}
  // The call fails although the model did answer, in a way that counts as no answer: to make the call again would be to
  // draw another one. `answer` is what is known of it.
  virtual void OnDrawn(const Response& /*answer*/) {}
};

// On whose behalf a call of an endpoint is made.
struct Sender {
  Sender(std::nullptr_t) {}  // one requester of normal priority for all; nothing is kept back
  Sender(std::shared_ptr<const Requester> who, SendGuard* what = nullptr) : requester(std::move(who)), guard(what) {}
  std::shared_ptr<const Requester> requester = {};  // may be null
  SendGuard* guard = nullptr;                       // may be null
};

}  // namespace assay
