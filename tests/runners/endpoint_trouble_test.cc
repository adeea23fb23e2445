// What an endpoint does about rate limits, outages and failures that come in numbers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <map>

#include "runners/endpoints/governor.h"
#include "tests/runners/endpoint_fixture.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Await;
using testing::ChatAnswer;
using testing::CompleteOne;
using testing::EndpointTest;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;
using Answer = Result<Response>;

TEST_F(EndpointTest, WaitsAsLongAsRetryAfterSays) {
  for (auto [name, value, wait] :
       {std::tuple{"Retry-After", "1", milliseconds(1000)}, std::tuple{"retry-after-ms", "150", milliseconds(150)}}) {
    HttpStub stub([name = name, value = value](const StubRequest&, int index) {
      return index == 0 ? StubReply{.status = 429, .headers = {{name, value}}} : ChatAnswer("four");
    });
    auto begin = std::chrono::steady_clock::now();
    Answer answer = Complete(Spec(stub.url()));
    EXPECT_TRUE(answer);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, wait);
    EXPECT_EQ(stub.requests(), 2);
  }
  EXPECT_EQ(recorder.throttled, 2);
}

TEST_F(EndpointTest, AnswersOf429UseUpNoAttemptsWhileTheEndpointIsThere) {
  HttpStub stub(
      [](const StubRequest&, int index) { return index < 7 ? StubReply{.status = 429} : ChatAnswer("four"); });
  EndpointSpec spec = Spec(stub.url());
  spec.attempts = 1;
  Answer answer = Complete(spec);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->attempts, 8);
  EXPECT_EQ(answer->retries, 0);
}

TEST_F(EndpointTest, AnEndpointThatAnswersNothingBut429IsGivenUpOn) {
  HttpStub stub([](const StubRequest&, int) { return StubReply{.status = 429}; });
  EndpointSpec spec = Spec(stub.url());
  spec.outage = milliseconds(50);
  Answer answer = Complete(spec);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(answer.error().message,
              HasSubstr("endpoint \"bot@1\": answered 429 too many requests; nothing but 429 for "));
}

TEST_F(EndpointTest, RetryAfterOfSeveralHoldsTheWholeEndpoint) {
  std::chrono::steady_clock::time_point asked_to_wait;
  std::atomic<int> too_early = 0;
  HttpStub stub([&](const StubRequest&, int index) {
    const auto now = std::chrono::steady_clock::now();
    if (index < 3) {
      if (index == 0) asked_to_wait = now;
      return StubReply{.status = 429, .headers = {{"retry-after-ms", "800"}}};
    }
    if (now < asked_to_wait + milliseconds(800)) ++too_early;
    return ChatAnswer("four");
  });
  EndpointSpec spec = Spec(stub.url());
  auto endpoint = Make(spec);
  std::latch ended(5);
  auto done = [&](const std::exception_ptr&, const Answer& answer) {
    EXPECT_TRUE(answer);
    ended.count_down();
  };
  for (int i = 0; i < 3; ++i) {
    asio::co_spawn(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(30))), done);
  }
  ASSERT_TRUE(Eventually([&] { return endpoint->State().held_for.has_value(); }));
  EXPECT_EQ(endpoint->State().limit, 12);
  EXPECT_EQ(recorder.limit, 12);
  Answer no_time = Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(milliseconds(10))));
  ASSERT_FALSE(no_time);
  EXPECT_EQ(no_time.error().message,
            "endpoint \"bot@1\": it answered 429 and asked to wait; no time left to wait for it");
  for (int i = 0; i < 2; ++i) {
    asio::co_spawn(loops.executor(i), CompleteOne(*endpoint, DeadlineIn(seconds(30))), done);
  }
  ended.wait();
  EXPECT_EQ(too_early, 0);
  EXPECT_EQ(stub.requests(), 8);
}

TEST_F(EndpointTest, OneRandom429HoldsOnlyItsOwnRequest) {
  HttpStub stub([](const StubRequest&, int index) {
    return index == 0 ? StubReply{.status = 429, .headers = {{"retry-after", "20"}}} : ChatAnswer("four");
  });
  auto endpoint = Make(Spec(stub.url()));
  std::promise<Answer> turned_away;
  auto done = [&](const std::exception_ptr&, Answer answer) { turned_away.set_value(std::move(answer)); };
  asio::co_spawn(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(19))), done);
  EXPECT_FALSE(turned_away.get_future().get());  // no time to wait so long
  EXPECT_EQ(endpoint->State().limit, 12);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(5)))));
  }
}

TEST_F(EndpointTest, WhatTheHeadersSayIsLeftIsSpreadOverTheTimeToTheReset) {
  HttpStub stub([](const StubRequest&, int) {
    StubReply reply = ChatAnswer("four");
    reply.headers = {{"X-RateLimit-Limit-Requests", "100"},
                     {"x-ratelimit-remaining-requests", "3"},
                     {"x-ratelimit-reset-requests", "120ms"}};
    return reply;
  });
  auto endpoint = Make(Spec(stub.url()));
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(5)))));
  }
  EXPECT_EQ(endpoint->State().spacing, milliseconds(30));
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(3 * 30));  // the first told it
}

TEST_F(EndpointTest, ARateLimitedEndpointLosesNoTrialAndGetsFewRequestsMore) {
  // 20 requests in each window of 100 ms; the others are told to come back at its end.
  const auto begin = std::chrono::steady_clock::now();
  std::map<std::int64_t, int> taken;  // of the server's thread
  HttpStub stub([&](const StubRequest&, int) {
    const auto since = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    if (++taken[since / milliseconds(100)] <= 20) return ChatAnswer("four");
    const auto left = std::to_string(100 - since.count() % 100);
    return StubReply{.status = 429, .headers = {{"retry-after-ms", left}}};
  });
  EndpointSpec spec = Spec(stub.url());
  spec.limits.concurrency = 64;
  spec.attempts = 1;
  auto endpoint = Make(spec);
  constexpr int kTrials = 300;
  std::atomic<int> answered = 0;
  std::latch ended(kTrials);
  for (int i = 0; i < kTrials; ++i) {
    auto done = [&](const std::exception_ptr&, const Answer& answer) {
      if (answer) ++answered;
      ended.count_down();
    };
    asio::co_spawn(loops.executor(i % 2), CompleteOne(*endpoint, DeadlineIn(seconds(60))), done);
  }
  ended.wait();
  EXPECT_EQ(answered, kTrials);
  // What was in flight when a window was full is sent again: 64, 32, 16, and so on, then few in each window.
  EXPECT_LE(stub.requests(), kTrials + 2 * 64 + Governor::kManyRateLimited * 20);
  EXPECT_LT(endpoint->State().limit, 64);
  EXPECT_EQ(endpoint->State().ceiling, 64);
  ASSERT_TRUE(endpoint->State().last_cut);
  EXPECT_THAT(endpoint->State().last_cut->why, HasSubstr("answered 429"));
}

TEST_F(EndpointTest, ADeadEndpointIsLeftAloneAndFailsWithTheReason) {
  EndpointSpec spec = Spec("http://127.0.0.1:" + std::to_string(testing::ClosedPort()));
  spec.outage = milliseconds(100);
  auto endpoint = Make(spec);
  constexpr int kRequests = 500;
  std::mutex mutex;
  std::string last;
  std::latch ended(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    auto done = [&](const std::exception_ptr&, const Answer& answer) {
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
      {
        std::lock_guard lock(mutex);
        last = answer.error().message;
      }
      ended.count_down();
    };
    asio::co_spawn(loops.executor(i % 2), CompleteOne(*endpoint, DeadlineIn(seconds(60))), done);
  }
  ended.wait();
  EXPECT_THAT(last,
              ::testing::MatchesRegex(
                  "endpoint \"bot@1\": it does not answer: 1[0-9] requests in a row failed; the last: .*connect.*"));
  EXPECT_LT(recorder.attempts, 50);  // without the breaker 1500
}

TEST_F(EndpointTest, AnOutageCostsNoTrial) {
  // Everything fails for a while after the first answers, as when a server is started anew.
  std::atomic<bool> is_down = false;
  HttpStub stub([&](const StubRequest&, int) { return is_down ? StubReply{.status = 503} : ChatAnswer("four"); });
  EndpointSpec spec = Spec(stub.url());
  auto endpoint = Make(spec);
  ASSERT_TRUE(Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(30)))));
  is_down = true;
  constexpr int kRequests = 100;
  std::atomic<int> answered = 0;
  std::latch ended(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    auto done = [&](const std::exception_ptr&, const Answer& answer) {
      EXPECT_TRUE(answer) << answer.error().message;
      if (answer) ++answered;
      ended.count_down();
    };
    asio::co_spawn(loops.executor(i % 2), CompleteOne(*endpoint, DeadlineIn(seconds(60))), done);
  }
  ASSERT_TRUE(Eventually([&] { return endpoint->State().failing_for && endpoint->State().in_flight == 0; }));
  const int before_probes = stub.requests();
  EXPECT_LE(before_probes, 1 + 9 + 16);
  ASSERT_TRUE(Eventually([&] { return stub.requests() > before_probes; }));
  EXPECT_TRUE(endpoint->State().failing_for);
  EXPECT_EQ(endpoint->State().last_failure, "answered 503 service unavailable");
  is_down = false;
  ended.wait();
  EXPECT_EQ(answered, kRequests);
  EXPECT_FALSE(endpoint->State().failing_for);
}

TEST_F(EndpointTest, TheRetryBudgetEndsRetriesOfAnEndpointThatOftenFails) {
  // Nine of ten fail, never ten in a row, so that the circuit stays closed.
  HttpStub stub(
      [](const StubRequest&, int index) { return index % 10 == 9 ? ChatAnswer("four") : StubReply{.status = 500}; });
  EndpointSpec spec = Spec(stub.url());
  spec.limits.concurrency = 1;
  auto endpoint = Make(spec);
  constexpr int kTrials = 100;
  std::string refused;
  for (int i = 0; i < kTrials; ++i) {
    Answer answer = Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(30))));
    if (!answer) refused = answer.error().message;
  }
  EXPECT_THAT(refused, HasSubstr("the retry budget is used up: at most 20 % of the requests are sent again"));
  EXPECT_LE(stub.requests(), kTrials + 11 + kTrials / 5);
  EXPECT_GE(stub.requests(), kTrials + 11 + kTrials / 5 - 1);
}

TEST_F(EndpointTest, GivesUpAtOnceWhenRetryAfterIsTooLong) {
  HttpStub stub([](const StubRequest&, int) { return StubReply{.status = 429, .headers = {{"Retry-After", "120"}}}; });
  Answer answer = Complete(Spec(stub.url()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(stub.requests(), 1);
  EXPECT_EQ(
      answer.error().message,
      "endpoint \"bot@1\": answered 429 too many requests; it asks to wait 2m, longer than the 1m that are waited for");
  EXPECT_EQ(answer.error().retry_after, milliseconds(120'000));
}

}  // namespace
}  // namespace assay
