#include "runners/endpoints/circuit_breaker.h"

#include <algorithm>

namespace assay {

void CircuitBreaker::OnAnswer() {
  failures_ = 0;
  has_answered_ = true;
  opened_at_.reset();
}

void CircuitBreaker::OnFailure(bool is_probe, Deadline now, double uniform) {
  if (is_open() && !is_probe) return;
  ++failures_;
  if (is_open()) {
    pause_ = std::min(pause_ * 2, policy_.max_pause);
    Pause(now, uniform);
  } else if (failures_ >= policy_.failures) {
    opened_at_ = now;
    pause_ = std::min(policy_.first_pause, policy_.max_pause);
    Pause(now, uniform);
  }
}

void CircuitBreaker::WaitAnew(Deadline now) {
  opened_at_ = now;
  next_probe_ = now;
  pause_ = std::min(policy_.first_pause, policy_.max_pause);
}

Deadline CircuitBreaker::gives_up_at() const {
  return *opened_at_ + (has_answered_ ? policy_.patience : std::min(policy_.patience, policy_.patience_unanswered));
}

void CircuitBreaker::Pause(Deadline now, double uniform) {
  // Endpoints of several daemons must not probe together, nor at once.
  const double share = 0.5 + uniform / 2;
  next_probe_ = now + Duration(static_cast<Duration::rep>(static_cast<double>(pause_.count()) * share));
}

}  // namespace assay
