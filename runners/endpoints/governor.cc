#include "runners/endpoints/governor.h"

#include <algorithm>
#include <bit>

#include "core/random.h"

namespace assay {
namespace {

constexpr std::uint32_t kTenAnswers = (1u << 10) - 1;

Duration Whole(Deadline::duration duration) { return std::chrono::duration_cast<Duration>(duration); }

// Durations in messages: nobody needs microseconds.
std::string Rounded(Duration duration) {
  return FormatDuration(std::chrono::round<std::chrono::milliseconds>(duration));
}

bool RefusesEveryRequest(const AttemptFailure& failure) {
  const ErrorCode code = failure.error.code;
  // 403 and 404 are also what single prompts get: of filters, and of gateways that route by content.
  if (failure.kind == FailureKind::kAuth) return code == ErrorCode::kUnauthenticated;
  const bool is_tls_or_redirect = failure.kind == FailureKind::kBadRequest && code == ErrorCode::kFailedPrecondition;
  return failure.kind == FailureKind::kQuota || is_tls_or_redirect;
}

}  // namespace

Governor::Governor(GovernorOptions options)
    : options_(std::move(options)),
      queue_((options_.budget ? options_.budget : std::make_shared<CredentialBudget>())->Join(options_.limits)),
      limit_(options_.limits.concurrency),
      circuit_({.patience = options_.outage}),
      budget_(options_.limits.concurrency),
      // An outage of 429 is found out by several.
      pace_({.first_hold = options_.first_hold, .longest_hold = std::min(options_.longest_hold, options_.outage / 4)}) {
  if (options_.on_limit) options_.on_limit(options_.limits.concurrency, false);
}

boost::asio::awaitable<Result<RequestQueue::Permit>> Governor::Admit(std::shared_ptr<const Requester> requester,
                                                                     Deadline deadline) {
  OnDemand(std::chrono::steady_clock::now());
  return queue_->Acquire(std::move(requester), deadline);
}

void Governor::OnDemand(Deadline now) {
  if (is_steady_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  if (last_ended_ > now || now - last_ended_ <= 2 * options_.longest_hold) return;
  if (queue_->in_use() > 0 || queue_->waiting() > 0) return;
  last_ended_ = Deadline::max();
  rate_limited_ = 0;
  refusals_ = 0;
  if (circuit_.is_open()) circuit_.WaitAnew(now);
  queue_->SetTerms(Terms(now));
}

void Governor::Record(const Attempt& attempt, const AttemptFailure* failure, Deadline now) {
  if (options_.limits.tokens_per_minute && attempt.tokens > 0) queue_->ChargeTokens(attempt.tokens, now);
  const bool says_nothing = failure == nullptr && attempt.limits == RateLimits();
  if (says_nothing && is_steady_.load(std::memory_order_relaxed) &&
      now.time_since_epoch().count() < look_at_.load(std::memory_order_relaxed)) {
    passed_unseen_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (failure != nullptr && failure->kind == FailureKind::kCancelled) return;
  std::lock_guard lock(mutex_);
  const int limit_before = limit_.limit();
  const bool was_open = circuit_.is_open();
  const bool was_refusing = IsRefusing();
  const Duration spacing_before = std::max(spacing_, pace_.spacing());
  last_ended_ = now;
  LearnSpacing(attempt, now);
  Learn(attempt, failure, now);
  if (attempt.is_probe && IsRefusing()) PauseProbes(now);
  is_steady_ = IsSteady(now);
  look_at_ = pace_.turns_at().time_since_epoch().count();
  const bool is_limited = failure != nullptr && failure->kind == FailureKind::kRateLimited;
  const bool has_changed = limit_.limit() != limit_before || was_open || circuit_.is_open() || is_limited ||
                           was_refusing || IsRefusing() || std::max(spacing_, pace_.spacing()) != spacing_before;
  if (has_changed) queue_->SetTerms(Terms(now));
  if (limit_.limit() != limit_before && options_.on_limit) {
    options_.on_limit(limit_.limit(), limit_.limit() < limit_before);
  }
}

void Governor::Learn(const Attempt& attempt, const AttemptFailure* failure, Deadline now) {
  if (attempt.is_first) budget_.Earn();
  const bool is_limited = failure != nullptr && failure->kind == FailureKind::kRateLimited;
  if (!is_limited) rate_limited_ = 0;
  if (failure != nullptr && failure->kind == FailureKind::kTransient) {
    limit_.OnTransient(now);
    last_failure_ = failure->error.message;
    circuit_.OnFailure(attempt.is_probe, now, Uniform());
    return;
  }
  circuit_.OnAnswer();
  if (failure == nullptr) refusals_ = 0;
  if (failure != nullptr && RefusesEveryRequest(*failure)) OnRefusal(failure->error, now);
  recent_429_ = (recent_429_ << 1) & kTenAnswers;
  if (is_limited) {
    OnRateLimited(attempt, *failure, now);
    return;
  }
  pace_.OnPassed(1 + passed_unseen_.exchange(0, std::memory_order_relaxed), now);
  if (failure == nullptr) limit_.OnAnswer(now);
}

void Governor::OnRefusal(const Error& error, Deadline now) {
  last_failure_ = error.message;
  refusal_ = error;
  if (++refusals_ != kRefusals) return;
  queue_->Mark();
  probe_pause_ = Duration::zero();
  PauseProbes(now);
}

void Governor::PauseProbes(Deadline now) {
  probe_pause_ = std::clamp(probe_pause_ * 2, kFirstProbe, kLongestProbe);
  next_probe_ = now + probe_pause_;
}

void Governor::OnRateLimited(const Attempt& attempt, const AttemptFailure& failure, Deadline now) {
  recent_429_ |= 1;
  if (rate_limited_++ == 0) first_429_ = now;
  last_429_ = now;
  last_failure_ = failure.error.message;
  const Duration asked = failure.retry_after.value_or(std::chrono::milliseconds(0));
  // Nobody waits for longer, so that it says nothing to the others.
  const Duration told = asked <= options_.longest_hold ? asked : Duration::zero();
  limit_.OnRateLimited(attempt.sent, now, told);
  const bool is_many = std::popcount(recent_429_) >= kManyRateLimited;
  const Duration hold =
      pace_.OnRefused({.sent = attempt.sent, .asked = told, .is_many = is_many, .uniform = Uniform()}, now);
  if (!is_many || now + std::max(told, hold) <= held_until_) return;
  held_until_ = now + std::max(told, hold);
  is_hold_asked_ = told > Duration::zero();
}

Duration Governor::OnlyRateLimitedFor() const {
  return rate_limited_ == 0 ? Duration::zero() : Whole(last_429_ - first_429_);
}

bool Governor::IsRateLimitedForGood() const {
  return rate_limited_ >= kRateLimitedForGood && OnlyRateLimitedFor() >= options_.outage;
}

void Governor::LearnSpacing(const Attempt& attempt, Deadline now) {
  if (attempt.tokens > 0) {
    const auto tokens = static_cast<double>(attempt.tokens);
    tokens_per_answer_ = tokens_per_answer_ == 0 ? tokens : tokens_per_answer_ + (tokens - tokens_per_answer_) / 10;
  }
  if (attempt.limits == RateLimits()) {
    // Answers that say nothing of limits any more do not keep what others said for ever.
    if (spacing_ > Duration::zero() && now - spacing_learned_ > options_.longest_hold) spacing_ = Duration::zero();
    return;
  }
  spacing_learned_ = now;
  const auto of_tokens = std::chrono::duration_cast<Duration>(SpacingOf(attempt.limits.tokens) * tokens_per_answer_);
  // Longer than anybody is waited for: a request now and then finds out whether it still holds.
  spacing_ = std::min(std::max(SpacingOf(attempt.limits.requests), of_tokens), options_.longest_hold);
}

bool Governor::IsSteady(Deadline now) const {
  return limit_.limit() == limit_.ceiling() && circuit_.failures() == 0 && refusals_ == 0 && !pace_.is_on() &&
         recent_429_ == 0 && spacing_ == Duration::zero() && !limit_.has_429() && budget_.is_full() &&
         now >= held_until_;
}

AdmissionTerms Governor::Terms(Deadline now) const {
  AdmissionTerms terms;
  terms.limit = limit_.limit();
  terms.spacing = std::max(spacing_, pace_.spacing());
  terms.not_before = held_until_;
  if (circuit_.is_open()) {
    terms.is_probing = true;
    terms.not_before = std::max(held_until_, circuit_.next_probe());
    terms.give_up_at = circuit_.gives_up_at();
    terms.refusal = std::make_shared<const Error>(Error{ErrorCode::kUnavailable,
                                                        "it does not answer: " + std::to_string(circuit_.failures()) +
                                                            " requests in a row failed; the last: " + last_failure_,
                                                        std::nullopt});
  } else if (IsRefusing()) {
    terms.is_probing = true;
    terms.not_before = std::max(held_until_, next_probe_);
    terms.refusal = std::make_shared<const Error>(
        Error{refusal_.code, "it refuses every request; the last: " + refusal_.message, std::nullopt});
  } else if (held_until_ > now) {
    terms.refusal = std::make_shared<const Error>(
        Error{ErrorCode::kResourceExhausted,
              is_hold_asked_ ? "it answered 429 and asked to wait" : "it answered 429 to many requests", std::nullopt});
  }
  return terms;
}

std::optional<std::string> Governor::RefuseRetry(const AttemptFailure& failure) {
  std::lock_guard lock(mutex_);
  if (failure.kind == FailureKind::kRateLimited) {
    if (!IsRateLimitedForGood()) return std::nullopt;
    return "nothing but 429 for " + Rounded(OnlyRateLimitedFor());
  }
  // While the circuit is open it bounds what is sent.
  if (circuit_.is_open()) return std::nullopt;
  if (budget_.Take()) {
    is_steady_ = false;
    return std::nullopt;
  }
  return "the retry budget is used up: at most " + std::to_string(RetryBudget::kPercent) +
         " % of the requests are sent again after 5xx, timeouts, lost connections and malformed answers";
}

EndpointState Governor::State(Deadline now) const {
  EndpointState state;
  state.in_flight = queue_->in_use();
  state.waiting = queue_->waiting();
  std::lock_guard lock(mutex_);
  state.limit = limit_.limit();
  state.ceiling = limit_.ceiling();
  if (const auto& cut = limit_.last_cut()) {
    std::string why = "answered 429";
    if (cut->asked > Duration::zero()) why += " and asked to wait " + Rounded(cut->asked);
    state.last_cut = EndpointState::Cut{.from = cut->from, .to = cut->to, .ago = Whole(now - cut->at), .why = why};
  }
  state.spacing = std::max(spacing_, pace_.spacing());
  if (held_until_ > now) state.held_for = Whole(held_until_ - now);
  if (circuit_.is_open()) {
    state.failing_for = Whole(now - circuit_.opened_at());
    state.is_given_up = now >= circuit_.gives_up_at();
  }
  const bool is_refused = IsRefusing() && queue_->marked() == 0;
  state.is_given_up = state.is_given_up || is_refused || IsRateLimitedForGood();
  state.last_failure = last_failure_;
  state.retries_left = budget_.retries_left();
  return state;
}

double Governor::Uniform() { return static_cast<double>(RandomAt(options_.jitter_seed, draws_++) >> 11) * 0x1p-53; }

}  // namespace assay
