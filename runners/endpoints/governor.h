#pragma once
// What an endpoint's own answers say about how it may be used: the adaptive limit, the pause after 429, the circuit
// breaker and the retry budget, put together.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/result.h"
#include "runners/deadline.h"
#include "runners/endpoints/adaptive_limit.h"
#include "runners/endpoints/circuit_breaker.h"
#include "runners/endpoints/endpoint_state.h"
#include "runners/endpoints/learned_pace.h"
#include "runners/endpoints/provider.h"
#include "runners/endpoints/rate_limit_headers.h"
#include "runners/endpoints/request_queue.h"
#include "runners/endpoints/retry_budget.h"

namespace assay {

struct GovernorOptions {
  RequestLimits limits;                              // `concurrency` is the ceiling of the adaptive limit
  std::shared_ptr<CredentialBudget> budget = {};     // shared with other endpoints; null pointer: one of its own
  Duration outage = std::chrono::minutes(2);         // an endpoint that stopped answering is waited for so long
  Duration longest_hold = std::chrono::seconds(60);  // a longer Retry-After holds nobody but its own request
  // After many 429 without Retry-After, at first.
  Duration first_hold = std::chrono::milliseconds(500);
  std::uint64_t jitter_seed = 0;
  // Told each new limit, and whether a 429 cut it, quickly, under the governor's lock; may be empty.
  std::function<void(int limit, bool is_cut)> on_limit = {};
};

// One request that ended.
struct Attempt {
  Deadline sent;
  bool is_first = true;     // of its trial
  bool is_probe = false;    // RequestQueue::Permit::is_probe
  RateLimits limits = {};   // as the headers of its answer tell them
  std::int64_t tokens = 0;  // of its answer, in and out
};

// A 429 halves the limit and holds back the request that got it. It holds all others only when it is one of many: a
// gateway that turns single requests away for reasons of its own is no endpoint that is asked too much. Where the limit
// is not enough, requests leave at a pace (LearnedPace).
//
// Thread-safe. An answer of an endpoint in good order takes no lock.
class Governor {
 public:
  explicit Governor(GovernorOptions options);

  // So many of the last ten answers have to be 429 for one more to hold all requests.
  static constexpr int kManyRateLimited = 3;

  // A place for one request; errors as RequestQueue::Acquire, with the endpoint's last failure as the reason when the
  // circuit is open.
  boost::asio::awaitable<Result<RequestQueue::Permit>> Admit(std::shared_ptr<const Requester> requester,
                                                             Deadline deadline);

  // For Admit(): an endpoint that nobody asked for twice the longest hold (its runs were paused) is waited for and
  // refused anew; what was counted before says nothing of how long it has been so.
  void OnDemand(Deadline now);

  // So many requests that were refused for a reason that no request is spared (an exhausted account, a revoked key, a
  // certificate, a redirect), and no answer between them: what was sent before the last of them is waited for, since
  // refusals are faster than answers, and nothing but single probes is sent meanwhile. Then it is given up on.
  static constexpr int kRefusals = 20;
  static constexpr Duration kFirstProbe = std::chrono::milliseconds(500);  // after them, and then twice as long
  static constexpr Duration kLongestProbe = std::chrono::seconds(5);
  // "Nothing but 429" are at least so many.
  static constexpr int kRateLimitedForGood = 3;

  // How a request ended; `failure` is null for an answer. Before the next of its trial is decided on.
  void Record(const Attempt& attempt, const AttemptFailure* failure, Deadline now);

  // After Record(), for a failure that would be tried again: why not, or nothing, and then the budget is charged.
  std::optional<std::string> RefuseRetry(const AttemptFailure& failure);

  EndpointState State(Deadline now) const;

 private:
  void Learn(const Attempt& attempt, const AttemptFailure* failure, Deadline now);
  void OnRateLimited(const Attempt& attempt, const AttemptFailure& failure, Deadline now);
  void OnPassed(std::int64_t passed, Deadline now);
  void OnRefusal(const Error& error, Deadline now);
  void PauseProbes(Deadline now);
  void LearnSpacing(const Attempt& attempt, Deadline now);
  AdmissionTerms Terms(Deadline now) const;
  bool IsSteady(Deadline now) const;
  bool IsRefusing() const { return refusals_ >= kRefusals; }
  Duration OnlyRateLimitedFor() const;
  bool IsRateLimitedForGood() const;
  double Uniform();

  const GovernorOptions options_;
  const std::shared_ptr<RequestQueue> queue_;
  // Nothing that an answer could change: at the ceiling, closed, no failure to forget, a full budget.
  std::atomic<bool> is_steady_ = false;
  // What passed meanwhile, until it has to be looked at.
  std::atomic<std::int64_t> passed_unseen_ = 0;
  std::atomic<Deadline::rep> look_at_ = 0;

  mutable std::mutex mutex_;
  AdaptiveLimit limit_;
  CircuitBreaker circuit_;
  RetryBudget budget_;
  LearnedPace pace_;
  Deadline held_until_ = Deadline::min();
  bool is_hold_asked_ = false;             // by Retry-After
  Deadline last_ended_ = Deadline::max();  // of the requests while it is not steady
  int rate_limited_ = 0;                   // in a row
  Deadline first_429_ = Deadline::min();   // of them
  Deadline last_429_ = Deadline::min();
  int refusals_ = 0;         // without an answer between them
  Error refusal_ = {};       // the last of them
  Duration probe_pause_{0};  // while everything is refused
  Deadline next_probe_ = Deadline::min();
  std::uint32_t recent_429_ = 0;  // of the last ten answers, a bit each, the newest lowest
  Deadline spacing_learned_ = Deadline::min();
  Duration spacing_{0};           // so that what remains of the provider's limits lasts
  double tokens_per_answer_ = 0;  // of late
  std::string last_failure_;
  std::uint64_t draws_ = 0;
};

}  // namespace assay
