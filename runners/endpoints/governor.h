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
#include "runners/endpoints/concurrency_limit.h"
#include "runners/endpoints/endpoint_state.h"
#include "runners/endpoints/provider.h"
#include "runners/endpoints/retry_budget.h"

namespace assay {

struct GovernorOptions {
  int concurrency = 1;                               // the ceiling of the limit
  Duration outage = std::chrono::minutes(2);         // an endpoint that stopped answering is waited for so long
  Duration longest_hold = std::chrono::seconds(60);  // a longer Retry-After holds nobody but its own request
  std::uint64_t jitter_seed = 0;
  std::function<void(int)> on_limit;  // told each new limit, quickly, under the governor's lock; may be empty
};

// One request that ended.
struct Attempt {
  Deadline sent;
  bool is_first = true;   // of its trial
  bool is_probe = false;  // ConcurrencyLimit::Permit::is_probe
};

// Thread-safe. An answer of an endpoint in good order takes no lock.
class Governor {
 public:
  explicit Governor(GovernorOptions options);

  // A place for one request; errors as ConcurrencyLimit::Acquire, with the endpoint's last failure as the reason when
  // the circuit is open.
  boost::asio::awaitable<Result<ConcurrencyLimit::Permit>> Admit(Deadline deadline);

  // How a request ended; `failure` is null for an answer. Before the next of its trial is decided on.
  void Record(const Attempt& attempt, const AttemptFailure* failure, Deadline now);

  // After Record(), for a failure that would be tried again: why not, or nothing, and then the budget is charged.
  std::optional<std::string> RefuseRetry(const AttemptFailure& failure, Deadline now);

  EndpointState State(Deadline now) const;

 private:
  void Learn(const Attempt& attempt, const AttemptFailure* failure, Deadline now);
  AdmissionTerms Terms(Deadline now) const;
  bool IsSteady(Deadline now) const;
  double Uniform();

  const GovernorOptions options_;
  const std::shared_ptr<ConcurrencyLimit> places_;
  // Nothing that an answer could change: at the ceiling, closed, no failure to forget, a full budget.
  std::atomic<bool> is_steady_ = false;

  mutable std::mutex mutex_;
  AdaptiveLimit limit_;
  CircuitBreaker circuit_;
  RetryBudget budget_;
  Deadline held_until_ = Deadline::min();
  std::optional<Deadline> only_429_since_;  // no answer since then
  std::string last_failure_;
  std::uint64_t draws_ = 0;
};

}  // namespace assay
