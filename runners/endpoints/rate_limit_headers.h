#pragma once
// What providers say of their rate limits in the headers of every answer. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/clock.h"

namespace assay {

// One limit, as far as the headers tell it.
struct RateLimit {
  std::optional<std::int64_t> limit;      // in a window of the provider's
  std::optional<std::int64_t> remaining;  // of it
  std::optional<Duration> reset;          // from now until it is whole again
  bool operator==(const RateLimit&) const = default;
};

struct RateLimits {
  RateLimit requests;
  RateLimit tokens;  // of several (in, out, both), the one with the smallest share remaining
  bool operator==(const RateLimits&) const = default;
};

// From `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` (OpenAI, Azure, vLLM gateways; resets are durations such
// as 1s, 6m0s, 20ms, seconds, or a time in seconds or milliseconds since 1970) and
// `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining, reset}` (resets are RFC 3339
// times). Names in any case; what is unreadable or negative is as if absent.
RateLimits ReadRateLimits(std::span<const std::pair<std::string, std::string>> headers, Time now);

// How far apart requests should leave so that what remains lasts until the reset: only when less than a tenth of the
// limit remains, and zero otherwise or when the headers do not say enough. With nothing left it is the time to the
// reset. For a limit of tokens: the distance of single tokens.
Duration SpacingOf(const RateLimit& limit);

}  // namespace assay
