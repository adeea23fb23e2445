// A second request for the slowest answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include "config/model.h"
#include "config/yaml_text.h"
#include "runners/endpoints/endpoint.h"
#include "runners/endpoints/hedge_policy.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Await;
using testing::ChatAnswer;
using testing::Eventually;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

TEST(HedgePolicy, KnowsTheHundredthFromAHundredAnswersOn) {
  HedgePolicy policy;
  for (int i = 1; i < 100; ++i) policy.Observe(milliseconds(i));
  EXPECT_EQ(policy.After(), std::nullopt);
  policy.Observe(milliseconds(100));
  EXPECT_EQ(policy.After(), milliseconds(99));
}

TEST(HedgePolicy, FollowsTheLatestAnswers) {
  HedgePolicy policy;
  for (int i = 0; i < 1000; ++i) policy.Observe(milliseconds(10));
  EXPECT_EQ(policy.After(), milliseconds(10));
  for (int i = 0; i < 950; ++i) policy.Observe(milliseconds(500));
  EXPECT_EQ(policy.After(), milliseconds(500));
  for (int i = 0; i < 1000; ++i) policy.Observe(milliseconds(20));
  EXPECT_EQ(policy.After(), milliseconds(20));
}

TEST(HedgePolicy, AllowsOneInAHundredAndSavesTen) {
  HedgePolicy policy;
  EXPECT_FALSE(policy.Take());
  for (int i = 0; i < 99; ++i) policy.Earn();
  EXPECT_FALSE(policy.Take());
  policy.Earn();
  EXPECT_TRUE(policy.Take());
  EXPECT_FALSE(policy.Take());
  policy.GiveBack();
  EXPECT_TRUE(policy.Take());
  for (int i = 0; i < 5000; ++i) policy.Earn();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(policy.Take()) << i;
  EXPECT_FALSE(policy.Take());
}

asio::awaitable<Result<Response>> Ask(Endpoint& endpoint) {
  ModelRequest request;
  request.messages = {{Role::kUser, "2+2?"}};
  co_return co_await endpoint.Complete(request, DeadlineIn(seconds(30)), nullptr);
}

// The requests from kKnown on are those of a test. Those before make the 99th percentile kSlow.
class Hedging : public ::testing::Test {
 protected:
  static constexpr int kKnown = 200;  // earn two second requests
  static constexpr milliseconds kSlow{100};

  StubReply Answer(int index) {
    StubReply reply = ChatAnswer("request " + std::to_string(index - kKnown));
    if (index < kKnown) {
      if (index < 4) reply.delay = kSlow;
      return reply;
    }
    return script_ ? script_(index - kKnown, std::move(reply)) : reply;
  }
  static StubReply Never(StubReply reply) {
    reply.fault = StubReply::Fault::kNever;
    return reply;
  }
  EndpointSpec Spec() const {
    EndpointSpec spec;
    spec.provider = "openai-chat";
    spec.url = stub_.url() + "/v1";
    spec.model = "bot";
    spec.hedge = HedgeSpec();
    spec.attempts = 1;
    return spec;
  }
  // An endpoint whose latencies are known.
  void Make(const EndpointSpec& spec) {
    auto endpoint = MakeEndpoint("bot@1", spec, {.http = client_});
    ASSERT_TRUE(endpoint) << endpoint.error().message;
    endpoint_ = *std::move(endpoint);
    for (int i = 0; i < kKnown; ++i) ASSERT_TRUE(Complete());
  }
  Result<Response> Complete() { return Await(loops_.executor(0), Ask(*endpoint_)); }
  int asked() const { return stub_.requests() - kKnown; }

  std::function<StubReply(int, StubReply)> script_;
  HttpStub stub_{[this](const StubRequest&, int index) { return Answer(index); }};
  EventLoops loops_{1};
  HttpClient client_{loops_};
  std::shared_ptr<Endpoint> endpoint_;
};

TEST_F(Hedging, TheFirstAnswerWinsAndTheOtherRequestIsCancelled) {
  script_ = [](int index, StubReply reply) { return index == 0 ? Never(reply) : reply; };
  Make(Spec());
  const auto began = std::chrono::steady_clock::now();
  const auto answer = Complete();
  const auto took = std::chrono::steady_clock::now() - began;
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "request 1");
  EXPECT_EQ(answer->attempts, 2);
  EXPECT_GE(answer->latency, kSlow);
  EXPECT_LE(answer->latency, std::chrono::ceil<Duration>(took));
  EXPECT_EQ(asked(), 2);
  EXPECT_TRUE(Eventually([&] { return stub_.in_flight() == 0; })) << "the slow one was let go";
  EXPECT_EQ(endpoint_->State().in_flight, 0);
}

TEST_F(Hedging, LatencyIsFromTheFirstRequest) {
  script_ = [](int index, StubReply reply) {
    reply.delay = milliseconds(index == 1 ? 60 : 0);
    return index == 0 ? Never(reply) : reply;
  };
  Make(Spec());
  const auto fastest = Complete();
  ASSERT_TRUE(fastest) << fastest.error().message;
  EXPECT_GE(fastest->latency, kSlow + milliseconds(60));
}

TEST_F(Hedging, ASlowFirstMayStillWin) {
  script_ = [](int index, StubReply reply) {
    if (index == 0) reply.delay = milliseconds(300);
    return index == 1 ? Never(reply) : reply;
  };
  Make(Spec());
  const auto answer = Complete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "request 0");
  EXPECT_EQ(answer->attempts, 2);
  // Its clock begins when the request is written, which on a busy machine may be after the server has read it.
  EXPECT_GE(answer->latency, milliseconds(200));
  EXPECT_TRUE(Eventually([&] { return stub_.in_flight() == 0; }));
}

TEST_F(Hedging, AFailedSecondLeavesTheFirst) {
  script_ = [](int index, StubReply reply) {
    if (index == 0) reply.delay = milliseconds(300);
    if (index == 1) reply.status = 500;
    return reply;
  };
  Make(Spec());
  const auto answer = Complete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "request 0");
}

TEST_F(Hedging, AFailedFirstLeavesTheSecond) {
  script_ = [](int index, StubReply reply) {
    reply.delay = milliseconds(index == 0 ? 300 : 600);
    if (index == 0) reply.status = 500;
    return reply;
  };
  Make(Spec());
  const auto answer = Complete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "request 1");
  EXPECT_EQ(answer->attempts, 2);
}

// The model did answer: the second would be another draw.
TEST_F(Hedging, AnAnswerThatCountsAsNoneIsNotDrawnAgain) {
  script_ = [](int index, StubReply reply) {
    reply.delay = milliseconds(index == 0 ? 300 : 600);
    const std::string whole = R"("finish_reason":"stop")";
    if (index == 0) reply.body.replace(reply.body.find(whole), whole.size(), R"("finish_reason":"error")");
    return reply;
  };
  Make(Spec());
  const auto answer = Complete();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("finish_reason is \"error\""));
  EXPECT_EQ(asked(), 2);
}

TEST_F(Hedging, WhenBothFailTheFirstSaysWhy) {
  script_ = [](int index, StubReply reply) {
    if (index == 0) reply.delay = milliseconds(300);
    reply.status = index == 0 ? 404 : 500;
    return reply;
  };
  Make(Spec());
  const auto answer = Complete();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("404"));
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("(2 attempts)"));
}

TEST_F(Hedging, TakesNoPlaceThatIsNotThere) {
  script_ = [](int index, StubReply reply) {
    if (index == 0) reply.delay = milliseconds(300);
    return reply;
  };
  EndpointSpec spec = Spec();
  spec.limits.concurrency = 1;
  Make(spec);
  const auto answer = Complete();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "request 0");
  EXPECT_EQ(answer->attempts, 1) << "the second was never sent";
  EXPECT_EQ(asked(), 1);
  EXPECT_EQ(stub_.most_in_flight(), 1);
  EXPECT_EQ(endpoint_->State().waiting, 0);
}

TEST_F(Hedging, IsBoundToAHundredthOfTheRequests) {
  script_ = [](int, StubReply reply) {
    reply.delay = 2 * kSlow;
    return reply;
  };
  Make(Spec());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Complete());
  EXPECT_EQ(asked(), 7) << "two were earned";
}

TEST_F(Hedging, CancellingTheTrialCancelsBoth) {
  script_ = [](int, StubReply reply) { return Never(reply); };
  Make(Spec());
  asio::cancellation_signal signal;
  std::promise<Result<Response>> ended;
  auto done = [&](const std::exception_ptr&, Result<Response> answer) { ended.set_value(std::move(answer)); };
  asio::co_spawn(loops_.executor(0), Ask(*endpoint_), asio::bind_cancellation_slot(signal.slot(), done));
  ASSERT_TRUE(Eventually([&] { return stub_.in_flight() == 2; }));
  asio::post(loops_.executor(0), [&] { signal.emit(asio::cancellation_type::terminal); });
  auto answer = ended.get_future();
  ASSERT_EQ(answer.wait_for(seconds(20)), std::future_status::ready);
  EXPECT_EQ(answer.get().error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return stub_.in_flight() == 0; }));
  EXPECT_EQ(endpoint_->State().in_flight, 0);
}

TEST_F(Hedging, StandsBesideNoStream) {
  Diagnostics diagnostics;
  EndpointSpec spec = Spec();
  spec.options = ParseYaml("m.yaml", "{stream: true}", diagnostics).at(0).root;
  const auto endpoint = MakeEndpoint("bot@1", spec, {.http = client_});
  ASSERT_FALSE(endpoint);
  EXPECT_EQ(endpoint.error().message,
            "endpoint \"bot@1\": hedge cannot stand beside stream: true; a stream begins long before its end");
}

}  // namespace
}  // namespace assay
