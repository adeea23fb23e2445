#include "runners/endpoints/governor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runners/event_loops.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;

class GovernorTest : public ::testing::Test {
 protected:
  static AttemptFailure Of(FailureKind kind, std::optional<milliseconds> retry_after = {}) {
    return {.kind = kind, .error = {ErrorCode::kUnavailable, "answered badly", {}}, .retry_after = retry_after};
  }
  void Answers(int times) {
    for (int i = 0; i < times; ++i) governor.Record({.sent = now}, nullptr, now);
  }
  void Fails(const AttemptFailure& failure, int times = 1) {
    for (int i = 0; i < times; ++i) governor.Record({.sent = now}, &failure, now);
  }
  EndpointState State() const { return governor.State(now); }

  Deadline now = std::chrono::steady_clock::now();
  std::vector<int> limits;
  Governor governor{{.limits = {.concurrency = 16}, .outage = minutes(2), .on_limit = [this](int limit, bool) {
                       limits.push_back(limit);
                     }}};
};

TEST_F(GovernorTest, TellsEachNewLimit) {
  EXPECT_THAT(limits, ElementsAre(16));
  Fails(Of(FailureKind::kRateLimited), 5);
  EXPECT_THAT(limits, ElementsAre(16, 8));
  now += seconds(6);
  Answers(8);
  EXPECT_THAT(limits, ElementsAre(16, 8, 9));
  EXPECT_EQ(State().limit, 9);
  EXPECT_EQ(State().ceiling, 16);
}

TEST_F(GovernorTest, SaysWhyAndWhenTheLimitFell) {
  EXPECT_FALSE(State().last_cut);
  Fails(Of(FailureKind::kRateLimited, seconds(7)));
  now += seconds(3);
  ASSERT_TRUE(State().last_cut);
  EXPECT_EQ(State().last_cut->from, 16);
  EXPECT_EQ(State().last_cut->to, 12);
  EXPECT_EQ(State().last_cut->ago, seconds(3));
  EXPECT_EQ(State().last_cut->why, "answered 429 and asked to wait 7s");
  now += seconds(4);
  Fails(Of(FailureKind::kRateLimited));
  EXPECT_EQ(State().last_cut->why, "answered 429");
}

TEST_F(GovernorTest, HoldsOnlyAsLongAsIsWaitedFor) {
  Fails(Of(FailureKind::kRateLimited, seconds(60)), Governor::kManyRateLimited);
  EXPECT_EQ(State().held_for, seconds(60));
  Fails(Of(FailureKind::kRateLimited, seconds(5)));  // an earlier end does not shorten it
  EXPECT_EQ(State().held_for, seconds(60));
  now += seconds(60);
  Fails(Of(FailureKind::kRateLimited, seconds(61)));
  EXPECT_FALSE(State().held_for);
}

TEST_F(GovernorTest, AStormThatAsksForLongerThanAnybodyWaitsIsOneThatDoesNotSay) {
  Fails(Of(FailureKind::kRateLimited, seconds(61)), 20);
  EXPECT_GT(State().held_for, Duration::zero());
  EXPECT_LE(State().held_for, milliseconds(500));
}

TEST_F(GovernorTest, HoldsWhenManyOfTheLastTenAnswersAre429AndNotForOneNowAndThen) {
  const auto holds_after = [this](std::string_view outcomes) {
    Governor fresh{{.limits = {.concurrency = 16}, .on_limit = {}}};
    const AttemptFailure failure = Of(FailureKind::kRateLimited, seconds(7));
    for (const char each : outcomes) fresh.Record({.sent = now}, each == 'x' ? &failure : nullptr, now);
    return fresh.State(now).held_for.has_value();
  };
  EXPECT_FALSE(holds_after("x"));
  EXPECT_FALSE(holds_after("xx"));
  EXPECT_TRUE(holds_after("xxx"));
  EXPECT_TRUE(holds_after("x....x...x"));
  EXPECT_FALSE(holds_after("x.....x...x"));
  EXPECT_FALSE(holds_after("x.........x.........x.........x"));
}

TEST_F(GovernorTest, SpacesRequestsWhileLittleOfTheProvidersLimitsIsLeft) {
  const auto spacing = [this](const RateLimits& told, std::int64_t tokens = 0) {
    governor.Record({.sent = now, .limits = told, .tokens = tokens}, nullptr, now);
    return State().spacing;
  };
  const RateLimit plenty{.limit = 100, .remaining = 50, .reset = seconds(10)};
  const RateLimit scarce{.limit = 100, .remaining = 4, .reset = seconds(10)};
  EXPECT_EQ(spacing({.requests = plenty, .tokens = {}}), seconds(0));
  EXPECT_EQ(spacing({.requests = scarce, .tokens = plenty}), seconds(2));
  Answers(1);  // says nothing of limits: what was said still holds
  EXPECT_EQ(State().spacing, seconds(2));
  EXPECT_EQ(spacing({.requests = plenty, .tokens = {}}), seconds(0));
  // 100 tokens an answer, 999 left for 10 seconds.
  EXPECT_EQ(spacing({.requests = {}, .tokens = {.limit = 100'000, .remaining = 999, .reset = seconds(10)}}, 100),
            seconds(1));
  const RateLimit tomorrow{.limit = 100, .remaining = 0, .reset = std::chrono::hours(24)};
  EXPECT_EQ(spacing({.requests = tomorrow, .tokens = {}}), seconds(60));
}

TEST_F(GovernorTest, WhichFailuresOpenTheCircuit) {
  struct Row {
    FailureKind kind;
    bool opens;
  };
  for (const Row& row :
       {Row{FailureKind::kTransient, true}, Row{FailureKind::kRateLimited, false}, Row{FailureKind::kQuota, false},
        Row{FailureKind::kAuth, false}, Row{FailureKind::kBadRequest, false}, Row{FailureKind::kMalformed, false},
        Row{FailureKind::kTooLarge, false}, Row{FailureKind::kCancelled, false}}) {
    Answers(1);
    Fails(Of(row.kind), 100);
    EXPECT_EQ(State().failing_for.has_value(), row.opens) << static_cast<int>(row.kind);
  }
  EXPECT_EQ(State().last_failure, "answered badly");
}

TEST_F(GovernorTest, AnswersBetweenFailuresKeepTheCircuitClosedAlsoWhenAllIsWell) {
  Answers(1000);  // the budget is full: from here on answers take the short way
  for (int i = 0; i < 20; ++i) {
    Fails(Of(FailureKind::kTransient), 9);
    Answers(1);
    EXPECT_FALSE(State().failing_for);
  }
  Fails(Of(FailureKind::kTransient), 10);
  EXPECT_EQ(State().failing_for, Duration::zero());
  now += seconds(5);
  EXPECT_EQ(State().failing_for, seconds(5));
  EXPECT_FALSE(State().is_given_up);
  now += seconds(115);
  EXPECT_TRUE(State().is_given_up);
  Answers(1);
  EXPECT_FALSE(State().failing_for);
  EXPECT_FALSE(State().is_given_up);
}

boost::asio::awaitable<std::shared_ptr<RequestQueue::Permit>> Admitted(Governor& governor, Duration within,
                                                                       std::string* why = nullptr) {
  auto permit = co_await governor.Admit(nullptr, DeadlineIn(within));
  if (!permit && why != nullptr) *why = permit.error().message;
  co_return permit ? std::make_shared<RequestQueue::Permit>(*std::move(permit)) : nullptr;
}

TEST_F(GovernorTest, AfterTwentyRefusalsOfEveryRequestItIsGivenUpOn) {
  AttemptFailure untrusted = Of(FailureKind::kBadRequest);
  untrusted.error.code = ErrorCode::kFailedPrecondition;
  AttemptFailure revoked = Of(FailureKind::kAuth);
  revoked.error.code = ErrorCode::kUnauthenticated;
  for (const AttemptFailure& failure : {Of(FailureKind::kQuota), revoked, untrusted}) {
    Fails(failure, Governor::kRefusals - 1);
    Answers(1);
    Fails(failure, Governor::kRefusals - 1);
    EXPECT_FALSE(State().is_given_up);
    Fails(failure);
    EXPECT_TRUE(State().is_given_up);
    EXPECT_EQ(State().last_failure, "answered badly");
    Answers(1);
    EXPECT_FALSE(State().is_given_up);
  }
  // Filters answer 400, 403 and 404 to single prompts, and faster than models answer.
  AttemptFailure filtered = Of(FailureKind::kAuth);
  filtered.error.code = ErrorCode::kPermissionDenied;
  AttemptFailure gone = Of(FailureKind::kBadRequest);
  gone.error.code = ErrorCode::kNotFound;
  for (const AttemptFailure& failure : {filtered, gone, Of(FailureKind::kTooLarge)}) Fails(failure, 100);
  EXPECT_FALSE(State().is_given_up);
}

TEST_F(GovernorTest, WhatWasSentBeforeTheTwentiethRefusalIsWaitedForAndNothingIsSentMeanwhile) {
  EventLoops loops(1);
  auto on_its_way = testing::Await(loops.executor(0), Admitted(governor, minutes(1)));
  ASSERT_TRUE(on_its_way);
  Fails(Of(FailureKind::kQuota), Governor::kRefusals);
  EXPECT_FALSE(State().is_given_up);
  now += minutes(10);
  EXPECT_FALSE(State().is_given_up);
  std::string why;
  EXPECT_FALSE(testing::Await(loops.executor(0), Admitted(governor, milliseconds(10), &why)));
  EXPECT_EQ(why, "it refuses every request; the last: answered badly; no time left to wait for it");
  on_its_way.reset();
  EXPECT_TRUE(State().is_given_up);
  Answers(1);  // all may go again
  EXPECT_FALSE(State().is_given_up);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(testing::Await(loops.executor(0), Admitted(governor, milliseconds(10))));
  }
}

TEST_F(GovernorTest, WhileEverythingIsRefusedSingleProbesGo) {
  EventLoops loops(1);
  auto on_its_way = testing::Await(loops.executor(0), Admitted(governor, minutes(1)));
  Fails(Of(FailureKind::kQuota), Governor::kRefusals);
  const auto probe = testing::Await(loops.executor(0), Admitted(governor, minutes(1)));
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->is_probe());
  EXPECT_GE(std::chrono::steady_clock::now() - now, Governor::kFirstProbe);
  EXPECT_FALSE(testing::Await(loops.executor(0), Admitted(governor, milliseconds(10))));
}

TEST_F(GovernorTest, ASpacingIsForgottenWhenAnswersSayNothingOfLimitsAnyMore) {
  const RateLimit scarce{.limit = 100, .remaining = 4, .reset = seconds(10)};
  governor.Record({.sent = now, .limits = {.requests = scarce, .tokens = {}}}, nullptr, now);
  EXPECT_GT(State().spacing, Duration::zero());
  now += seconds(59);
  Answers(1);
  EXPECT_GT(State().spacing, Duration::zero());
  now += seconds(2);
  Answers(1);
  EXPECT_EQ(State().spacing, Duration::zero());
}

TEST_F(GovernorTest, RetriesAreBoundedByTheBudget) {
  struct Row {
    FailureKind kind;
    bool is_charged;
  };
  for (const Row& row : {Row{FailureKind::kTransient, true}, Row{FailureKind::kMalformed, true},
                         Row{FailureKind::kRateLimited, false}}) {
    Governor fresh{{.limits = {.concurrency = 16}, .outage = minutes(2), .on_limit = {}}};
    for (int i = 0; i < 26; ++i) EXPECT_EQ(fresh.RefuseRetry(Of(row.kind)), std::nullopt);
    EXPECT_EQ(fresh.RefuseRetry(Of(row.kind)).has_value(), row.is_charged);
    EXPECT_EQ(fresh.State(now).retries_left, row.is_charged ? 0 : 26);
  }
}

TEST_F(GovernorTest, FirstRequestsEarnRetriesAndRetriesDoNot) {
  for (int i = 0; i < 50; ++i) governor.Record({.sent = now, .is_first = false}, nullptr, now);
  EXPECT_EQ(State().retries_left, 26);
  Answers(50);
  EXPECT_EQ(State().retries_left, 36);
  Answers(10'000);
  EXPECT_EQ(State().retries_left, 100);
}

TEST_F(GovernorTest, WhileTheCircuitIsOpenItBoundsTheRetries) {
  Fails(Of(FailureKind::kTransient), 10);
  const int before = State().retries_left;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(governor.RefuseRetry(Of(FailureKind::kTransient)), std::nullopt);
  EXPECT_EQ(State().retries_left, before);
}

TEST_F(GovernorTest, NothingBut429ForTooLongIsFinal) {
  const AttemptFailure limited = Of(FailureKind::kRateLimited);
  Fails(limited, 2);
  now += seconds(119);
  Fails(limited);
  EXPECT_EQ(governor.RefuseRetry(limited), std::nullopt);
  now += seconds(1);
  EXPECT_FALSE(State().is_given_up) << "nothing was asked";
  Fails(limited);
  EXPECT_EQ(governor.RefuseRetry(limited), "nothing but 429 for 2m");
  EXPECT_TRUE(State().is_given_up);
  Answers(1);
  EXPECT_FALSE(State().is_given_up);
  // Two are none that come for long.
  Fails(limited);
  now += minutes(3);
  Fails(limited);
  EXPECT_EQ(governor.RefuseRetry(limited), std::nullopt);
  EXPECT_FALSE(State().is_given_up);
}

TEST_F(GovernorTest, AnyOtherAnswerEndsATimeOfNothingBut429) {
  const AttemptFailure limited = Of(FailureKind::kRateLimited);
  for (const FailureKind kind : {FailureKind::kBadRequest, FailureKind::kTransient, FailureKind::kMalformed}) {
    Fails(limited, 3);
    now += seconds(119);
    Fails(Of(kind));
    now += seconds(2);
    Fails(limited, 3);
    EXPECT_EQ(governor.RefuseRetry(limited), std::nullopt);
    EXPECT_FALSE(State().is_given_up);
  }
}

TEST_F(GovernorTest, AStormOf429HoldsTheWholeEndpointForLongerEachTimeAndThenSlowsItDown) {
  const AttemptFailure limited = Of(FailureKind::kRateLimited);
  Answers(10);
  for (const Duration longest : {milliseconds(500), milliseconds(1000), milliseconds(2000)}) {
    Fails(limited, 64);
    const Duration held = State().held_for.value_or(Duration::zero());
    EXPECT_GE(held, longest / 2);
    EXPECT_LE(held, longest);
    now += held + milliseconds(1);
    EXPECT_FALSE(State().held_for);
  }
  EXPECT_GE(State().spacing, milliseconds(100)) << "ten passed, within seconds";
  Answers(10);
  Fails(limited, 64);
  EXPECT_LE(State().held_for.value_or(Duration::zero()), milliseconds(500));
}

TEST_F(GovernorTest, WhoComesBackAfterAPauseFindsNoVerdictFromBeforeIt) {
  const AttemptFailure limited = Of(FailureKind::kRateLimited);
  struct Row {
    std::string name;
    AttemptFailure failure;
    int times;
  };
  for (const Row& row : {Row{"429", limited, 2}, Row{"refused", Of(FailureKind::kQuota), Governor::kRefusals},
                         Row{"down", Of(FailureKind::kTransient), 10}}) {
    SCOPED_TRACE(row.name);
    Answers(1);
    Fails(row.failure, row.times);
    now += minutes(2);
    Fails(row.failure);
    governor.OnDemand(now);
    EXPECT_TRUE(State().is_given_up);
    now += minutes(2);
    governor.OnDemand(now);
    EXPECT_TRUE(State().is_given_up) << "a hold of a minute is no pause";
    now += seconds(1);
    governor.OnDemand(now);
    EXPECT_FALSE(State().is_given_up);
    // The next is the first of its kind.
    Fails(row.failure);
    EXPECT_EQ(governor.RefuseRetry(limited), std::nullopt);
    EXPECT_FALSE(State().is_given_up);
  }
  // The circuit is open still, and waited for as long as at first.
  now += seconds(119);
  governor.OnDemand(now);
  EXPECT_EQ(State().failing_for, seconds(119));
  EXPECT_FALSE(State().is_given_up);
  now += seconds(1);
  EXPECT_TRUE(State().is_given_up);
}

}  // namespace
}  // namespace assay
