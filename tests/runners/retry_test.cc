#include "runners/endpoints/retry.h"

#include <gtest/gtest.h>

#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/pace.h"
#include "runners/http/retry_after.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

AttemptFailure Failure(FailureKind kind, std::optional<milliseconds> retry_after = {}) {
  return {.kind = kind, .error = {ErrorCode::kUnavailable, "x", {}}, .retry_after = retry_after};
}

TEST(DecideRetry, OnlyPassingFailuresAreRetried) {
  struct Row {
    FailureKind kind;
    bool retry;
  };
  const Row rows[] = {
      {FailureKind::kTransient, true}, {FailureKind::kRateLimited, true}, {FailureKind::kMalformed, true},
      {FailureKind::kQuota, false},    {FailureKind::kAuth, false},       {FailureKind::kBadRequest, false},
      {FailureKind::kTooLarge, false}, {FailureKind::kCancelled, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(DecideRetry({}, Failure(row.kind), {.attempts = 1, .malformed = 1}, 0.5).retry, row.retry)
        << static_cast<int>(row.kind);
  }
}

TEST(DecideRetry, EndsWithTheAttempts) {
  EXPECT_TRUE(DecideRetry({}, Failure(FailureKind::kTransient), {.attempts = 2}, 0).retry);
  EXPECT_FALSE(DecideRetry({}, Failure(FailureKind::kTransient), {.attempts = 3}, 0).retry);
  EXPECT_FALSE(DecideRetry({.attempts = 1}, Failure(FailureKind::kTransient), {.attempts = 1}, 0).retry);
}

TEST(DecideRetry, ProbesOfAnOutageAreNoAttempts) {
  EXPECT_TRUE(DecideRetry({}, Failure(FailureKind::kTransient), {.attempts = 9, .probes = 7}, 0).retry);
  EXPECT_FALSE(DecideRetry({}, Failure(FailureKind::kTransient), {.attempts = 9, .probes = 6}, 0).retry);
  EXPECT_FALSE(
      DecideRetry({}, Failure(FailureKind::kTransient), {.attempts = 9, .rate_limited = 2, .probes = 4}, 0).retry);
  EXPECT_TRUE(DecideRetry({.attempts = 1}, Failure(FailureKind::kTransient), {.attempts = 1, .probes = 1}, 0).retry);
}

TEST(DecideRetry, AMalformedAnswerIsAskedForAgainOnce) {
  EXPECT_TRUE(DecideRetry({.attempts = 9}, Failure(FailureKind::kMalformed), {.attempts = 1, .malformed = 1}, 0).retry);
  AttemptFailure drawn = Failure(FailureKind::kMalformed);
  drawn.is_drawn = true;  // the model did answer
  EXPECT_FALSE(DecideRetry({.attempts = 9}, drawn, {.attempts = 1, .malformed = 1}, 0).retry);
  EXPECT_FALSE(
      DecideRetry({.attempts = 9}, Failure(FailureKind::kMalformed), {.attempts = 2, .malformed = 2}, 0).retry);
}

TEST(DecideRetry, BackoffDoublesUpToItsMaximumWithFullJitter) {
  RetryPolicy policy{.attempts = 100};
  struct Row {
    int attempts;
    milliseconds longest;
  };
  for (const Row& row :
       {Row{1, milliseconds(250)}, Row{2, milliseconds(500)}, Row{3, milliseconds(1000)}, Row{5, milliseconds(4000)},
        Row{6, milliseconds(8000)}, Row{7, milliseconds(8000)}, Row{90, milliseconds(8000)}}) {
    EXPECT_EQ(DecideRetry(policy, Failure(FailureKind::kTransient), {.attempts = row.attempts}, 0).wait,
              Duration::zero());
    EXPECT_EQ(DecideRetry(policy, Failure(FailureKind::kTransient), {.attempts = row.attempts}, 0.5).wait,
              row.longest / 2);
  }
}

TEST(DecideRetry, WaitsAtLeastAsLongAsTheServerAsks) {
  EXPECT_EQ(DecideRetry({}, Failure(FailureKind::kRateLimited, seconds(7)), {.attempts = 1}, 0).wait, seconds(7));
  EXPECT_EQ(DecideRetry({}, Failure(FailureKind::kTransient, seconds(60)), {.attempts = 1}, 0.5).wait,
            milliseconds(60125));
}

TEST(DecideRetry, GivesUpOnAServerThatAsksForMoreThanAMinute) {
  RetryDecision decision = DecideRetry({}, Failure(FailureKind::kRateLimited, seconds(61)), {.attempts = 1}, 0);
  EXPECT_FALSE(decision.retry);
  EXPECT_EQ(decision.why_not, "it asks to wait 1m1s, longer than the 1m that are waited for");
}

// Of a request that no limit has room for; one that is unlucky now and then does not get it ten times in a row.
TEST(DecideRetry, ATrialThatGetsNothingBut429ForLongIsGivenUpOn) {
  const auto decide = [](int in_row, Duration rate_limited_for) {
    return DecideRetry({.outage = seconds(120)}, Failure(FailureKind::kRateLimited),
                       {.attempts = in_row, .rate_limited_in_row = in_row, .rate_limited_for = rate_limited_for}, 0);
  };
  EXPECT_TRUE(decide(9, seconds(500)).retry);
  EXPECT_TRUE(decide(500, seconds(119)).retry);
  EXPECT_FALSE(decide(10, seconds(120)).retry);
  EXPECT_EQ(decide(10, seconds(120)).why_not, "nothing but 429 for 2m, while others were answered");
}

TEST(RetryAfter, ReadsSecondsMillisecondsAndDates) {
  const Time now = *ParseTime("2026-11-24T10:00:00Z");
  struct Row {
    std::string retry_after;
    std::string retry_after_ms;
    std::optional<milliseconds> expected;
  };
  const Row rows[] = {
      {"", "", {}},
      {"3", "", seconds(3)},
      {"0", "", seconds(0)},
      {"1.5", "", milliseconds(1500)},
      {"3", "40", milliseconds(40)},
      {"3", "soon", seconds(3)},
      {"-3", "", {}},
      {"soon", "", {}},
      {"nan", "", {}},
      {"99999999999999999999", "", std::chrono::days(365)},
      {"Tue, 24 Nov 2026 10:00:30 GMT", "", seconds(30)},
      {"Tue, 24 Nov 2026 09:00:00 GMT", "", seconds(0)},
      {"Tuesday GMT, some day", "", {}},
  };
  for (const Row& row : rows) {
    HttpResponse response;
    response.retry_after = row.retry_after;
    response.retry_after_ms = row.retry_after_ms;
    EXPECT_EQ(RetryAfter(response, now), row.expected) << row.retry_after << " / " << row.retry_after_ms;
  }
}

// An hour's step of either clock.
TEST(RetryAfter, ComparesDatesWithTheServersClockWhereOursIsFarFromIt) {
  const Time now = *ParseTime("2026-11-24T10:00:00Z");
  struct Row {
    const char* date;
    const char* retry_after;
    milliseconds expected;
  };
  for (const Row& row : {
           Row{"Tue, 24 Nov 2026 09:00:00 GMT", "Tue, 24 Nov 2026 09:00:02 GMT", seconds(2)},
           Row{"Tue, 24 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026 11:00:03 GMT", seconds(3)},
           Row{"Tue, 24 Nov 2026 11:00:00 GMT", "Tue, 24 Nov 2026 10:59:00 GMT", seconds(0)},
           Row{"Tue, 24 Nov 2026 09:59:56 GMT", "Tue, 24 Nov 2026 10:00:02 GMT", seconds(2)},
           Row{"Tue, 24 Nov 2026 10:00:05 GMT", "Tue, 24 Nov 2026 10:00:07 GMT", seconds(7)},
           Row{"", "Tue, 24 Nov 2026 10:00:02 GMT", seconds(2)},
           Row{"yesterday", "Tue, 24 Nov 2026 10:00:02 GMT", seconds(2)},
           Row{"Tue, 24 Nov 2026 11:00:00 GMT", "4", seconds(4)},
       }) {
    HttpResponse response;
    response.date = row.date;
    response.retry_after = row.retry_after;
    EXPECT_EQ(RetryAfter(response, now), row.expected) << row.date << " / " << row.retry_after;
  }
}

TEST(FailureOfStatus, ClassifiesEveryStatus) {
  struct Row {
    int status;
    FailureKind kind;
    ErrorCode code;
  };
  const Row rows[] = {
      {301, FailureKind::kBadRequest, ErrorCode::kFailedPrecondition},
      {400, FailureKind::kBadRequest, ErrorCode::kInvalidArgument},
      {401, FailureKind::kAuth, ErrorCode::kUnauthenticated},
      {402, FailureKind::kQuota, ErrorCode::kResourceExhausted},
      {403, FailureKind::kAuth, ErrorCode::kPermissionDenied},
      {404, FailureKind::kBadRequest, ErrorCode::kNotFound},
      {408, FailureKind::kTransient, ErrorCode::kUnavailable},
      {409, FailureKind::kBadRequest, ErrorCode::kInvalidArgument},
      {422, FailureKind::kBadRequest, ErrorCode::kInvalidArgument},
      {429, FailureKind::kRateLimited, ErrorCode::kResourceExhausted},
      {500, FailureKind::kTransient, ErrorCode::kUnavailable},
      {503, FailureKind::kTransient, ErrorCode::kUnavailable},
      {529, FailureKind::kTransient, ErrorCode::kUnavailable},
  };
  for (const Row& row : rows) {
    AttemptFailure failure = FailureOfStatus(row.status, "");
    EXPECT_EQ(failure.kind, row.kind) << row.status;
    EXPECT_EQ(failure.error.code, row.code) << row.status;
  }
  EXPECT_EQ(FailureOfStatus(401, "bad key").error.message, "answered 401 unauthorized: bad key; check api_key");
}

TEST(Quotable, IsBoundedAndHoldsNoSecret) {
  EXPECT_EQ(Quotable("key sk-123 and sk-123 again", "sk-123"), "key [api_key] and [api_key] again");
  EXPECT_EQ(Quotable(" a\nb\x7f\tc ", ""), "a b  c");
  EXPECT_EQ(Quotable(std::string(1000, 'x'), "").size(), 303u);
  EXPECT_EQ(Quotable("Gr\xfc\xdf"
                     "e \xc3\xa4",
                     ""),
            "Gr??e ??");  // not UTF-8
  EXPECT_EQ(Quotable("Gr\xc3\xbc\xc3\x9f"
                     "e",
                     ""),
            "Gr\xc3\xbc\xc3\x9f"
            "e");
  EXPECT_EQ(Quotable("the key sk-123 is long", "sk-123", 11), "the key [ap...");
  std::string umlauts;
  for (int i = 0; i < 200; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(Quotable("x" + umlauts, "").size(), 302u);  // cut before the character that byte 300 belongs to
}

TEST(Pace, LetsASecondsWorthGoAtOnceAndThenEvenly) {
  Pace pace(120);  // two a second
  const Deadline now = std::chrono::steady_clock::now();
  const auto leaves = [&pace](Deadline asked) {
    const Deadline next = pace.Next(asked);
    pace.Take(1, next);
    return next;
  };
  EXPECT_EQ(leaves(now), now);
  EXPECT_EQ(leaves(now), now);
  EXPECT_EQ(leaves(now), now);
  EXPECT_EQ(leaves(now), now + milliseconds(500));
  EXPECT_EQ(leaves(now), now + milliseconds(1000));
  EXPECT_EQ(leaves(now + seconds(60)), now + seconds(60));
}

TEST(Pace, ANewRateForgetsNothing) {
  Pace pace(60);
  const Deadline now = std::chrono::steady_clock::now();
  pace.Take(11, now);
  pace.SetRate(120);
  EXPECT_EQ(pace.Next(now), now + seconds(10));
  pace.Take(1, now + seconds(10));
  EXPECT_EQ(pace.Next(now + seconds(10)), now + milliseconds(10'500));
}

TEST(Pace, AnAbsurdChargeCountsAsAnHour) {
  Pace pace(1);
  const Deadline now = std::chrono::steady_clock::now();
  pace.Take(2e9, now);
  EXPECT_LE(pace.Next(now), now + std::chrono::hours(1));
  EXPECT_GE(pace.Next(now), now + std::chrono::minutes(59));
}

TEST(Pace, WhatIsChargedAfterwardsDelaysTheNext) {
  Pace pace(60);
  const Deadline now = std::chrono::steady_clock::now();
  EXPECT_EQ(pace.Next(now), now);
  pace.Take(31, now);
  EXPECT_EQ(pace.Next(now), now + seconds(30));
}

}  // namespace
}  // namespace assay
