#include "runners/endpoints/adaptive_limit.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Deadline kStart = Deadline(std::chrono::hours(1));

void AnswerTimes(AdaptiveLimit& limit, int times, Deadline now) {
  for (int i = 0; i < times; ++i) limit.OnAnswer(now);
}

TEST(AdaptiveLimit, BeginsAtTheCeilingAndNeverExceedsIt) {
  AdaptiveLimit limit(16);
  EXPECT_EQ(limit.limit(), 16);
  AnswerTimes(limit, 1000, kStart);
  EXPECT_EQ(limit.limit(), 16);
  EXPECT_EQ(limit.ceiling(), 16);
  EXPECT_FALSE(limit.last_cut());
}

TEST(AdaptiveLimit, ABurstOf429CutsOnce) {
  AdaptiveLimit limit(64);
  for (int i = 0; i < 64; ++i) limit.OnRateLimited(kStart, kStart + milliseconds(100 + i), Duration::zero());
  EXPECT_EQ(limit.limit(), 32);
  EXPECT_EQ(limit.last_cut(), (AdaptiveLimit::Cut{.at = kStart + milliseconds(100), .from = 64, .to = 32}));
}

TEST(AdaptiveLimit, AFewThatAreToldToWaitCutAFifthAndManyHalf) {
  AdaptiveLimit limit(64);
  for (int i = 0; i < 16; ++i) limit.OnRateLimited(kStart, kStart + milliseconds(i), seconds(1));
  EXPECT_EQ(limit.limit(), 51);
  limit.OnRateLimited(kStart, kStart + milliseconds(20), seconds(1));
  EXPECT_EQ(limit.limit(), 32);
  EXPECT_EQ(limit.last_cut(), (AdaptiveLimit::Cut{.at = kStart, .from = 64, .to = 32, .asked = seconds(1)}));
  for (int i = 0; i < 40; ++i) limit.OnRateLimited(kStart, kStart + milliseconds(30), seconds(1));
  EXPECT_EQ(limit.limit(), 32);
  AdaptiveLimit small(2);
  small.OnRateLimited(kStart, kStart, seconds(1));
  EXPECT_EQ(small.limit(), 1);
  small.OnRateLimited(kStart, kStart, seconds(1));
  EXPECT_EQ(small.limit(), 1);
}

// A gateway that turns one request in a hundred away, whatever is asked of it.
TEST(AdaptiveLimit, ARare429DoesNotCut) {
  AdaptiveLimit limit(32);
  AnswerTimes(limit, 300, kStart);
  Deadline now = kStart;
  for (int i = 0; i < 100; ++i) {
    now += seconds(2);
    limit.OnRateLimited(now, now, Duration::zero());
    AnswerTimes(limit, 99, now);
    ASSERT_EQ(limit.limit(), 32);
  }
  now += seconds(2);
  // With the two or three of the last rounds.
  for (int i = 0; i < 9; ++i) limit.OnRateLimited(now, now, Duration::zero());
  EXPECT_EQ(limit.limit(), 32);
  for (int i = 0; i < 2; ++i) limit.OnRateLimited(now, now, Duration::zero());
  limit.OnRateLimited(now, now, Duration::zero());
  EXPECT_EQ(limit.limit(), 16);
}

TEST(AdaptiveLimit, WhenTheNextCutComes) {
  struct Row {
    milliseconds sent;  // after the first 429, which came at 0
    Duration retry_after;
    int limit;
  };
  const Row rows[] = {
      {milliseconds(-50), Duration::zero(), 32}, {milliseconds(0), Duration::zero(), 32},
      {milliseconds(999), Duration::zero(), 32}, {milliseconds(1000), Duration::zero(), 16},
      {milliseconds(19), milliseconds(20), 51},  {milliseconds(20), milliseconds(20), 25},
      {milliseconds(1000), seconds(30), 51},     {milliseconds(29'999), seconds(30), 51},
      {milliseconds(30'000), seconds(30), 25},
  };
  for (const Row& row : rows) {
    AdaptiveLimit limit(64);
    limit.OnRateLimited(kStart - milliseconds(80), kStart, row.retry_after);
    limit.OnRateLimited(kStart + row.sent, kStart + row.sent + seconds(90), Duration::zero());
    EXPECT_EQ(limit.limit(), row.limit) << row.sent.count() << " " << row.retry_after.count();
  }
}

TEST(AdaptiveLimit, NeverBelowOne) {
  AdaptiveLimit limit(5);
  const int expected[] = {2, 1, 1, 1};
  Deadline now = kStart;
  for (int each : expected) {
    limit.OnRateLimited(now, now, Duration::zero());
    EXPECT_EQ(limit.limit(), each);
    now += seconds(1);
  }
}

TEST(AdaptiveLimit, GrowsByATwentiethOfTheCeilingAWindow) {
  struct Row {
    int ceiling;
    int after_cut;
    int after_window;
    int after_two;
  };
  for (const Row& row : {Row{4, 2, 3, 4}, Row{16, 8, 9, 10}, Row{64, 32, 35, 38}, Row{1000, 500, 550, 600}}) {
    AdaptiveLimit limit(row.ceiling);
    limit.OnRateLimited(kStart, kStart, Duration::zero());
    ASSERT_EQ(limit.limit(), row.after_cut);
    const Deadline later = kStart + seconds(6);
    AnswerTimes(limit, row.after_cut - 1, later);
    EXPECT_EQ(limit.limit(), row.after_cut);
    AnswerTimes(limit, 1, later);
    EXPECT_EQ(limit.limit(), row.after_window);
    AnswerTimes(limit, row.after_window, later);
    EXPECT_EQ(limit.limit(), row.after_two);
    AnswerTimes(limit, 100'000, later);
    EXPECT_EQ(limit.limit(), row.ceiling);
  }
}

TEST(AdaptiveLimit, DoesNotGrowWithinTheBurstNorSoonAfterIt) {
  AdaptiveLimit limit(64);
  limit.OnRateLimited(kStart, kStart, seconds(20));
  AnswerTimes(limit, 1000, kStart + milliseconds(24'999));
  EXPECT_EQ(limit.limit(), 51);
  AnswerTimes(limit, 51, kStart + seconds(25));
  EXPECT_EQ(limit.limit(), 54);
}

TEST(AdaptiveLimit, TransientFailuresPauseGrowthAndNeverShrink) {
  AdaptiveLimit limit(64);
  for (int i = 0; i < 100; ++i) limit.OnTransient(kStart);
  EXPECT_EQ(limit.limit(), 64);
  limit.OnRateLimited(kStart, kStart, Duration::zero());
  const Deadline later = kStart + seconds(10);
  AnswerTimes(limit, 31, later);
  limit.OnTransient(later);  // the window begins anew as well
  AnswerTimes(limit, 1000, later + milliseconds(4999));
  EXPECT_EQ(limit.limit(), 32);
  AnswerTimes(limit, 31, later + seconds(5));
  EXPECT_EQ(limit.limit(), 32);
  AnswerTimes(limit, 1, later + seconds(5));
  EXPECT_EQ(limit.limit(), 35);
}

}  // namespace
}  // namespace assay
