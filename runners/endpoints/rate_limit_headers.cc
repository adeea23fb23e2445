#include "runners/endpoints/rate_limit_headers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace assay {
namespace {

constexpr double kLongestReset = 365.0 * 86400;  // seconds

std::optional<std::int64_t> CountOf(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
  return count;
}

std::optional<Duration> DurationOfSeconds(double seconds) {
  if (!(seconds >= 0)) return std::nullopt;
  return Duration(static_cast<Duration::rep>(std::ceil(std::min(seconds, kLongestReset) * 1e6)));
}

std::optional<double> SecondsOfUnit(std::string_view unit) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1},
                                                            {"m", 60},    {"h", 3600},  {"d", 86400}};
  for (const auto& [name, seconds] : kUnits) {
    if (unit == name) return seconds;
  }
  return std::nullopt;
}

// "6m0s", "1m26.4s", "20ms"; a bare number is seconds.
// A number alone is seconds from now; one that is too large for that is the time itself, in seconds or milliseconds.
std::optional<Duration> AfterSeconds(double number, Time now) {
  constexpr double kEpochSeconds = 1e9;
  constexpr double kEpochMilliseconds = 1e12;
  if (number < kEpochSeconds) return DurationOfSeconds(number);
  const double at = number < kEpochMilliseconds ? number : number / 1000;
  const double since = std::chrono::duration<double>(now.time_since_epoch()).count();
  return DurationOfSeconds(std::max(at - since, 0.0));
}

std::optional<Duration> ResetAfter(std::string_view text, Time now) {
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  bool is_first = true;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty() && is_first) return AfterSeconds(number, now);
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    const auto unit_seconds = SecondsOfUnit(unit);
    if (!unit_seconds) return std::nullopt;
    seconds += number * *unit_seconds;
    text.remove_prefix(unit.size());
    is_first = false;
  }
  return DurationOfSeconds(seconds);
}

std::optional<Duration> ResetAt(std::string_view text, Time now) {
  const auto at = ParseTime(text);
  if (!at) return std::nullopt;
  return std::clamp(*at - now, Duration::zero(), Duration(std::chrono::days(365)));
}

double ShareLeft(const RateLimit& limit) {
  if (!limit.remaining || !limit.limit || *limit.limit == 0) return 1;
  return static_cast<double>(*limit.remaining) / static_cast<double>(*limit.limit);
}

// Everything that the headers name, before the scarcest kind of tokens is chosen.
struct Named {
  RateLimits openai;
  RateLimit requests;
  RateLimit tokens;
  RateLimit input_tokens;
  RateLimit output_tokens;
};

RateLimit* OpenaiLimit(std::string_view what, Named& named) {
  if (what == "requests") return &named.openai.requests;
  if (what == "tokens") return &named.openai.tokens;
  return nullptr;
}

RateLimit* AnthropicLimit(std::string_view what, Named& named) {
  if (what == "requests") return &named.requests;
  if (what == "tokens") return &named.tokens;
  if (what == "input-tokens") return &named.input_tokens;
  if (what == "output-tokens") return &named.output_tokens;
  return nullptr;
}

void Set(RateLimit& limit, std::string_view part, std::string_view value, std::optional<Duration> reset) {
  if (part == "limit") limit.limit = CountOf(value);
  if (part == "remaining") limit.remaining = CountOf(value);
  if (part == "reset") limit.reset = reset;
}

void Take(std::string_view name, std::string_view value, Time now, Named& named) {
  constexpr std::string_view kOpenai = "x-ratelimit-";
  constexpr std::string_view kAnthropic = "anthropic-ratelimit-";
  if (name.starts_with(kOpenai)) {
    name.remove_prefix(kOpenai.size());
    const auto dash = name.find('-');  // remaining-requests
    if (dash == std::string_view::npos) return;
    RateLimit* limit = OpenaiLimit(name.substr(dash + 1), named);
    if (limit != nullptr) Set(*limit, name.substr(0, dash), value, ResetAfter(value, now));
  } else if (name.starts_with(kAnthropic)) {
    name.remove_prefix(kAnthropic.size());
    const auto dash = name.rfind('-');  // input-tokens-remaining
    if (dash == std::string_view::npos) return;
    RateLimit* limit = AnthropicLimit(name.substr(0, dash), named);
    if (limit != nullptr) Set(*limit, name.substr(dash + 1), value, ResetAt(value, now));
  }
}

const RateLimit& Scarcest(std::initializer_list<const RateLimit*> limits) {
  // A limit that the headers do not name never wins over one that they do.
  const auto scarcer = [](const RateLimit* a, const RateLimit* b) {
    if (ShareLeft(*a) != ShareLeft(*b)) return ShareLeft(*a) < ShareLeft(*b);
    return *a != RateLimit() && *b == RateLimit();
  };
  return **std::min_element(limits.begin(), limits.end(), scarcer);
}

}  // namespace

RateLimits ReadRateLimits(std::span<const std::pair<std::string, std::string>> headers, Time now) {
  Named named;
  for (const auto& [name, value] : headers) {
    std::string lower = name.substr(0, 64);
    for (char& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    Take(lower, value, now, named);
  }
  return {.requests = Scarcest({&named.openai.requests, &named.requests}),
          .tokens = Scarcest({&named.openai.tokens, &named.tokens, &named.input_tokens, &named.output_tokens})};
}

Duration SpacingOf(const RateLimit& limit) {
  if (!limit.limit || !limit.remaining || !limit.reset || *limit.limit <= 0) return Duration::zero();
  if (ShareLeft(limit) >= 0.1) return Duration::zero();
  return *limit.reset / (*limit.remaining + 1);
}

}  // namespace assay
