#include "runners/endpoints/retry.h"

#include <algorithm>

namespace assay {
namespace {

bool MayRetry(const RetryPolicy& policy, const AttemptFailure& failure, int malformed) {
  switch (failure.kind) {
    case FailureKind::kTransient:
    case FailureKind::kRateLimited:
      return true;
    case FailureKind::kMalformed:
      return !failure.is_drawn && malformed < policy.malformed_attempts;
    case FailureKind::kQuota:
    case FailureKind::kAuth:
    case FailureKind::kBadRequest:
    case FailureKind::kTooLarge:
    case FailureKind::kCancelled:
      return false;
  }
  return false;
}

}  // namespace

RetryDecision DecideRetry(const RetryPolicy& policy, const AttemptFailure& failure, const RetryHistory& history,
                          double uniform) {
  if (!MayRetry(policy, failure, history.malformed)) return {};
  if (failure.retry_after && *failure.retry_after > policy.max_retry_after) {
    return {.retry = false,
            .wait = Duration::zero(),
            .why_not = "it asks to wait " + FormatDuration(*failure.retry_after) + ", longer than the " +
                       FormatDuration(policy.max_retry_after) + " that are waited for"};
  }
  const bool counts = failure.kind != FailureKind::kRateLimited;
  const bool is_refused_for_good =
      history.rate_limited_in_row >= policy.rate_limited_in_row && history.rate_limited_for >= policy.outage;
  if (!counts && is_refused_for_good) {
    return {.why_not = "nothing but 429 for " +
                       FormatDuration(std::chrono::round<std::chrono::milliseconds>(history.rate_limited_for)) +
                       ", while others were answered"};
  }
  if (counts && history.attempts - history.rate_limited - history.probes >= policy.attempts) return {};
  Duration backoff = policy.first_backoff;
  for (int i = 1; i < history.attempts && backoff < policy.max_backoff; ++i) backoff *= 2;
  backoff = std::min(backoff, policy.max_backoff);
  auto jittered = Duration(static_cast<Duration::rep>(static_cast<double>(backoff.count()) * uniform));
  Duration asked = failure.retry_after ? Duration(*failure.retry_after) : Duration::zero();
  return {.retry = true, .wait = asked + jittered, .why_not = ""};
}

}  // namespace assay
