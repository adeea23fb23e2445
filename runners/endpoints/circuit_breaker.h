#pragma once
// Whether an endpoint that only fails is left alone. Pure: time and randomness are arguments. Not thread-safe.

#include <optional>

#include "runners/deadline.h"

namespace assay {

struct CircuitPolicy {
  int failures = 10;  // in a row open the circuit
  Duration first_pause = std::chrono::milliseconds(500);
  Duration max_pause = std::chrono::seconds(30);
  Duration patience = std::chrono::minutes(2);             // so long it is waited for, open,
  Duration patience_unanswered = std::chrono::seconds(2);  // when it never gave an answer
};

// Closed: requests go. Open: they wait; after each pause a single one goes as a probe. The pauses double, and any
// answer closes the circuit. A share of failures needs no rule of its own: an endpoint that answers now and then is
// bounded by the retry budget, and the more it fails the sooner ten failures come in a row.
class CircuitBreaker {
 public:
  explicit CircuitBreaker(CircuitPolicy policy = {}) : policy_(policy) {}

  // An answer of any kind but those of OnFailure: something is there.
  void OnAnswer();
  // 5xx, timeout, no or a cut connection. What was sent before the circuit opened changes nothing when it fails later.
  // `uniform` in [0, 1) draws the pause from its upper half.
  void OnFailure(bool is_probe, Deadline now, double uniform);

  // While open: the patience and the pauses begin anew, with a probe at once.
  void WaitAnew(Deadline now);

  bool is_open() const { return opened_at_.has_value(); }
  int failures() const { return failures_; }  // in a row, those while open only of probes
  // While open:
  Deadline opened_at() const { return *opened_at_; }
  Deadline next_probe() const { return next_probe_; }
  // From here on requests that are no probe fail instead of waiting.
  Deadline gives_up_at() const;

 private:
  void Pause(Deadline now, double uniform);

  const CircuitPolicy policy_;
  int failures_ = 0;
  bool has_answered_ = false;
  std::optional<Deadline> opened_at_;
  Deadline next_probe_ = Deadline::min();
  Duration pause_{0};
};

}  // namespace assay
