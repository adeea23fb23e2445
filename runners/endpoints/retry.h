#pragma once
// When to try again. Pure: the random number and the history are arguments.

#include <chrono>
#include <string>

#include "core/clock.h"
#include "runners/endpoints/provider.h"

namespace assay {

struct RetryPolicy {
  // Requests at most, those that got 429 apart, since an endpoint that is there is waited for, and probes: which trial
  // has to try whether an outage has ended is chance.
  int attempts = 3;
  Duration first_backoff = std::chrono::milliseconds(250);
  Duration max_backoff = std::chrono::seconds(8);
  Duration max_retry_after = std::chrono::seconds(60);  // a server that asks for more is given up on
  int malformed_attempts = 2;                           // answers that are not the provider's are asked for again once
  // A trial that got nothing but 429 for so long, and so often, is given up on, whatever the others get: there are
  // requests that no limit has room for.
  Duration outage = std::chrono::minutes(2);
  int rate_limited_in_row = 10;
};

// The requests of one trial so far.
struct RetryHistory {
  int attempts = 0;
  int malformed = 0;             // of them, answers that were not the provider's
  int rate_limited = 0;          // of them, 429
  int probes = 0;                // of the others, those that only showed that an outage goes on
  int rate_limited_in_row = 0;   // the last ones of them
  Duration rate_limited_for{0};  // from the first of these to the last
  int resent = 0;                // HttpProgress's sends beyond the first; not among the attempts
};

struct RetryDecision {
  bool retry = false;
  Duration wait{0};
  std::string why_not;  // for people; "" when the attempts are used up or the failure is final by nature
};

// After `history`, which ends with `failure`. `uniform` in [0, 1) draws the full jitter: the wait is uniform over
// [0, first_backoff * 2^(attempts - 1)], the upper end at most max_backoff, on top of what the server asks for.
RetryDecision DecideRetry(const RetryPolicy& policy, const AttemptFailure& failure, const RetryHistory& history,
                          double uniform);

}  // namespace assay
