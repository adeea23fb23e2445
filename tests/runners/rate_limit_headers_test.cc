#include "runners/endpoints/rate_limit_headers.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using HeaderList = std::vector<std::pair<std::string, std::string>>;

Time HeaderTime() { return *ParseTime("2026-11-24T10:00:00Z"); }

TEST(ReadRateLimits, OfOpenai) {
  const HeaderList headers = {{"x-ratelimit-limit-requests", "10000"},    {"x-ratelimit-limit-tokens", "2000000"},
                              {"X-RateLimit-Remaining-Requests", "9999"}, {"x-ratelimit-remaining-tokens", "1999000"},
                              {"x-ratelimit-reset-requests", "6ms"},      {"x-ratelimit-reset-tokens", "6m0s"},
                              {"content-type", "application/json"}};
  EXPECT_EQ(ReadRateLimits(headers, HeaderTime()),
            (RateLimits{.requests = {.limit = 10000, .remaining = 9999, .reset = milliseconds(6)},
                        .tokens = {.limit = 2000000, .remaining = 1999000, .reset = minutes(6)}}));
}

TEST(ReadRateLimits, OfAnthropicWithTheScarcestTokens) {
  const HeaderList headers = {{"anthropic-ratelimit-requests-limit", "50"},
                              {"anthropic-ratelimit-requests-remaining", "49"},
                              {"anthropic-ratelimit-requests-reset", "2026-11-24T10:00:01Z"},
                              {"anthropic-ratelimit-tokens-limit", "48000"},
                              {"anthropic-ratelimit-tokens-remaining", "30000"},
                              {"anthropic-ratelimit-tokens-reset", "2026-11-24T10:00:20Z"},
                              {"anthropic-ratelimit-input-tokens-limit", "40000"},
                              {"anthropic-ratelimit-input-tokens-remaining", "29000"},
                              {"anthropic-ratelimit-input-tokens-reset", "2026-11-24T10:00:20Z"},
                              {"anthropic-ratelimit-output-tokens-limit", "8000"},
                              {"anthropic-ratelimit-output-tokens-remaining", "400"},
                              {"anthropic-ratelimit-output-tokens-reset", "2026-11-24T11:00:40+01:00"}};
  EXPECT_EQ(ReadRateLimits(headers, HeaderTime()),
            (RateLimits{.requests = {.limit = 50, .remaining = 49, .reset = seconds(1)},
                        .tokens = {.limit = 8000, .remaining = 400, .reset = seconds(40)}}));
}

TEST(ReadRateLimits, WhatIsAbsentOrUnreadable) {
  EXPECT_EQ(ReadRateLimits({}, HeaderTime()), RateLimits());
  const HeaderList odd = {{"x-ratelimit-limit-requests", "many"},
                          {"x-ratelimit-remaining-requests", "-1"},
                          {"x-ratelimit-limit-images", "5"},
                          {"x-ratelimit-", "5"},
                          {"x-ratelimit-limit", "5"},
                          {"anthropic-ratelimit-reset", "5"},
                          {"anthropic-ratelimit-requests-reset", "5s"}};
  EXPECT_EQ(ReadRateLimits(odd, HeaderTime()), RateLimits());
  const HeaderList part = {{"x-ratelimit-remaining-tokens", "7"}};
  EXPECT_EQ(ReadRateLimits(part, HeaderTime()).tokens, (RateLimit{.limit = {}, .remaining = 7, .reset = {}}));
}

TEST(ReadRateLimits, ResetsAsDurations) {
  struct Row {
    std::string text;
    std::optional<Duration> expected;
  };
  const Row rows[] = {
      {"1s", seconds(1)},
      {"6m0s", minutes(6)},
      {"20ms", milliseconds(20)},
      {"1m26.4s", milliseconds(86'400)},
      {"8.64s", milliseconds(8640)},
      {"1h2m3s", hours(1) + minutes(2) + seconds(3)},
      {"1d", hours(24)},
      {"0s", Duration::zero()},
      {"30", seconds(30)},
      {"0", Duration::zero()},
      {"1ns", Duration(1)},
      {"99999999999999999999d", Duration(days(365))},
      {"", {}},
      {"s", {}},
      {"-1s", {}},
      {"1 s", {}},
      {"1m3", {}},
      {"1x", {}},
      {"nan", {}},
      {"infs", {}},
      {"soon", {}},
  };
  const auto seconds_now = std::chrono::duration_cast<seconds>(HeaderTime().time_since_epoch()).count();
  for (const std::string& at : {std::to_string(seconds_now + 5), std::to_string((seconds_now + 5) * 1000)}) {
    const HeaderList headers = {{"x-ratelimit-reset-requests", at}};
    const auto reset = ReadRateLimits(headers, HeaderTime()).requests.reset;
    ASSERT_TRUE(reset) << at;
    EXPECT_NEAR(static_cast<double>(reset->count()), 5e6, 1e6) << at;
  }
  const HeaderList past = {{"x-ratelimit-reset-requests", std::to_string(seconds_now - 5)}};
  EXPECT_EQ(ReadRateLimits(past, HeaderTime()).requests.reset, Duration::zero());
  for (const Row& row : rows) {
    const HeaderList headers = {{"x-ratelimit-reset-requests", row.text}};
    EXPECT_EQ(ReadRateLimits(headers, HeaderTime()).requests.reset, row.expected) << row.text;
  }
}

TEST(ReadRateLimits, ResetsAsTimes) {
  struct Row {
    std::string text;
    std::optional<Duration> expected;
  };
  const Row rows[] = {
      {"2026-11-24T10:00:30Z", seconds(30)},
      {"2026-11-24T10:00:00.25Z", milliseconds(250)},
      {"2026-11-24T09:00:00Z", Duration::zero()},
      {"9999-01-01T00:00:00Z", Duration(days(365))},
      {"30", {}},
      {"", {}},
  };
  for (const Row& row : rows) {
    const HeaderList headers = {{"anthropic-ratelimit-requests-reset", row.text}};
    EXPECT_EQ(ReadRateLimits(headers, HeaderTime()).requests.reset, row.expected) << row.text;
  }
}

TEST(SpacingOf, OnlyUnderATenthOfTheLimit) {
  struct Row {
    RateLimit limit;
    Duration expected;
  };
  const Row rows[] = {
      {{.limit = 100, .remaining = 100, .reset = seconds(60)}, Duration::zero()},
      {{.limit = 100, .remaining = 10, .reset = seconds(60)}, Duration::zero()},
      {{.limit = 100, .remaining = 9, .reset = seconds(60)}, seconds(6)},
      {{.limit = 100, .remaining = 1, .reset = seconds(60)}, seconds(30)},
      {{.limit = 100, .remaining = 0, .reset = seconds(60)}, seconds(60)},
      {{.limit = 100, .remaining = 0, .reset = Duration::zero()}, Duration::zero()},
      {{.limit = 0, .remaining = 0, .reset = seconds(60)}, Duration::zero()},
      {{.limit = {}, .remaining = 0, .reset = seconds(60)}, Duration::zero()},
      {{.limit = 100, .remaining = {}, .reset = seconds(60)}, Duration::zero()},
      {{.limit = 100, .remaining = 0, .reset = {}}, Duration::zero()},
  };
  for (const Row& row : rows) EXPECT_EQ(SpacingOf(row.limit), row.expected);
}

}  // namespace
}  // namespace assay
