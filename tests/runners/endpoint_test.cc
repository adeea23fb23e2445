#include "runners/endpoints/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <latch>

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
using ::testing::ElementsAre;
using testing::EndpointTest;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;
using Answer = Result<Response>;

TEST_F(EndpointTest, AnswersWithTextUsageLatencyAndAttempts) {
  HttpStub stub([](const StubRequest&, int) { return ChatAnswer("four"); });
  Answer answer = Complete(Spec(stub.url() + "/v1"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "four");
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_EQ(answer->usage.tokens_in, 11);
  EXPECT_GT(answer->latency, Duration::zero());
  EXPECT_EQ(stub.received()[0].target, "/v1/chat/completions");
  EXPECT_EQ(stub.received()[0].body, R"({"model":"bot","messages":[{"role":"user","content":"2+2?"}]})");
  EXPECT_THAT(recorder.codes, ElementsAre("bot@1 200"));
  EXPECT_EQ(recorder.tokens, 18);
  EXPECT_EQ(recorder.in_flight, 0);
  EXPECT_EQ(recorder.limit, 16);
  EXPECT_EQ(answer->cost_usd, std::nullopt);  // the model has no prices
}

TEST_F(EndpointTest, AnAnswerCostsWhatItsTokensCost) {
  HttpStub stub([](const StubRequest&, int) { return ChatAnswer("four"); });  // 11 tokens in, 7 out
  const TokenPricesSpec prices{.input = 2, .output = 10, .cached_input = {}};
  const auto endpoint =
      MakeEndpoint("bot@1", Spec(stub.url() + "/v1"), {.http = client, .observer = &recorder, .prices = prices});
  ASSERT_TRUE(endpoint) << endpoint.error().message;
  const Answer answer = Await(loops.executor(0), CompleteOne(**endpoint, DeadlineIn(seconds(30))));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_DOUBLE_EQ(answer->cost_usd.value(), 92e-6);
  EXPECT_DOUBLE_EQ(recorder.cost_usd, 92e-6);
}

TEST_F(EndpointTest, RequestsSentForEachFailure) {
  struct Row {
    StubReply reply;
    int requests;
    ErrorCode code;
    std::string message;
    std::string observed;
  };
  using Fault = StubReply::Fault;
  const Row rows[] = {
      {{.status = 400}, 1, ErrorCode::kInvalidArgument, "answered 400 bad request", "400"},
      {{.status = 401}, 1, ErrorCode::kUnauthenticated, "answered 401 unauthorized; check api_key", "401"},
      {{.status = 402},
       1,
       ErrorCode::kResourceExhausted,
       "answered 402 payment required; the account is exhausted",
       "402"},
      {{.status = 403},
       1,
       ErrorCode::kPermissionDenied,
       "answered 403 forbidden; the api_key may not use this model",
       "403"},
      {{.status = 404}, 1, ErrorCode::kNotFound, "answered 404 not found; check url and model", "404"},
      {{.status = 422}, 1, ErrorCode::kInvalidArgument, "answered 422 unprocessable content", "422"},
      {{.status = 307, .headers = {{"Location", "https://b/v1"}}},
       1,
       ErrorCode::kFailedPrecondition,
       "answered 307: to https://b/v1; redirects are not followed; write the final address into url",
       "307"},
      {{.status = 408}, 3, ErrorCode::kUnavailable, "answered 408 request timeout (3 attempts)", "408"},
      {{.status = 500}, 3, ErrorCode::kUnavailable, "answered 500 internal server error (3 attempts)", "500"},
      {{.status = 502}, 3, ErrorCode::kUnavailable, "answered 502 bad gateway (3 attempts)", "502"},
      {{.status = 503}, 3, ErrorCode::kUnavailable, "answered 503 service unavailable (3 attempts)", "503"},
      {{.status = 504}, 3, ErrorCode::kUnavailable, "answered 504 gateway timeout (3 attempts)", "504"},
      {{.status = 200, .body = "<html>sign in</html>", .headers = {{"Content-Type", "text/html"}}},
       2,
       ErrorCode::kDataLoss,
       "answered 200 with an HTML page instead of a chat completion; check url (2 attempts)",
       "malformed"},
      {{.status = 200, .body = R"({"choices": [{"message)"},
       2,
       ErrorCode::kDataLoss,
       "answered 200 with what is not JSON (\"{\"choices\": [{\"message\") instead of a chat completion; check url (2 "
       "attempts)",
       "malformed"},
      {{.body = "hello\r\n\r\n", .fault = Fault::kGarbage},
       2,
       ErrorCode::kDataLoss,
       "the answer is not HTTP",
       "malformed"},
      {{.fault = Fault::kCut}, 3, ErrorCode::kUnavailable, "Empty reply from server (3 attempts)", "connection"},
      {{.body = std::string(100, ' '), .fault = Fault::kCutBody},
       3,
       ErrorCode::kUnavailable,
       "(3 attempts)",
       "connection"},
      {{.fault = Fault::kNever}, 3, ErrorCode::kDeadlineExceeded, "no answer within 100ms (3 attempts)", "timeout"},
      {{.body = std::string(5000, ' ')},
       1,
       ErrorCode::kResourceExhausted,
       "the answer is larger than 4000 bytes",
       "too_large"},
  };
  for (const Row& row : rows) {
    recorder.codes.clear();
    HttpStub stub([&row](const StubRequest&, int) { return row.reply; });
    EndpointSpec spec = Spec(stub.url());
    spec.timeout = milliseconds(row.reply.fault == Fault::kNever ? 100 : 20'000);
    spec.max_response_bytes = 4000;
    Answer answer = Complete(spec);
    ASSERT_FALSE(answer) << row.message;
    EXPECT_EQ(answer.error().code, row.code) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr("endpoint \"bot@1\": "));
    EXPECT_THAT(answer.error().message, HasSubstr(row.message));
    // libcurl itself repeats a request that a kept connection swallowed; this server cuts only new ones.
    EXPECT_EQ(stub.requests(), row.requests) << row.message;
    EXPECT_EQ(recorder.codes,
              std::vector<std::string>(static_cast<std::size_t>(row.requests), "bot@1 " + row.observed));
  }
}

TEST_F(EndpointTest, ARefusedConnectionIsRetriedAndNamed) {
  EndpointSpec spec = Spec("http://127.0.0.1:" + std::to_string(testing::ClosedPort()));
  Answer answer = Complete(spec);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("Failed to connect"));
  EXPECT_EQ(recorder.codes, std::vector<std::string>(3, "bot@1 connection"));
}

TEST_F(EndpointTest, ASecondAttemptCanSucceed) {
  HttpStub stub(
      [](const StubRequest&, int index) { return index < 2 ? StubReply{.status = 503} : ChatAnswer("four"); });
  Answer answer = Complete(Spec(stub.url()));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->attempts, 3);
  EXPECT_EQ(answer->retries, 2);
  EXPECT_THAT(recorder.codes, ElementsAre("bot@1 503", "bot@1 503", "bot@1 200"));
}

TEST_F(EndpointTest, AttemptsAreAnOption) {
  HttpStub stub([](const StubRequest&, int) { return StubReply{.status = 500}; });
  EndpointSpec spec = Spec(stub.url());
  spec.attempts = 5;
  EXPECT_FALSE(Complete(spec));
  EXPECT_EQ(stub.requests(), 5);
}

TEST_F(EndpointTest, DoesNotWaitBeyondTheDeadline) {
  HttpStub stub([](const StubRequest&, int) { return StubReply{.status = 503, .headers = {{"Retry-After", "30"}}}; });
  Answer answer = Complete(Spec(stub.url()), seconds(5));
  ASSERT_FALSE(answer);
  EXPECT_EQ(stub.requests(), 1);
  EXPECT_EQ(answer.error().message,
            "endpoint \"bot@1\": answered 503 service unavailable; no time left for another attempt");
}

TEST_F(EndpointTest, TheKeyIsSentAndNeverShown) {
  ::setenv("ASSAY_TEST_KEY", "sk-secret-1", 1);
  HttpStub stub([](const StubRequest& request, int) {
    auto authorization = request.headers.find("authorization");
    std::string key = authorization == request.headers.end() ? "" : authorization->second;
    return StubReply{.status = 401, .body = R"({"error": {"message": "bad key )" + key + "\"}}"};
  });
  EndpointSpec spec = Spec(stub.url());
  spec.api_key = ApiKeySpec{.env = "ASSAY_TEST_KEY", .file = {}};
  Answer answer = Complete(spec);
  ASSERT_FALSE(answer);
  EXPECT_EQ(stub.received()[0].headers["authorization"], "Bearer sk-secret-1");
  EXPECT_EQ(answer.error().message,
            "endpoint \"bot@1\": answered 401 unauthorized: bad key Bearer [api_key]; check api_key");
  ::unsetenv("ASSAY_TEST_KEY");
}

TEST_F(EndpointTest, BindingErrors) {
  ::unsetenv("ASSAY_TEST_NO_KEY");
  ::setenv("ASSAY_TEST_EMPTY_KEY", "  ", 1);
  ::setenv("ASSAY_TEST_BAD_KEY", "a\r\nX-Evil: 1", 1);
  auto message = [this](const std::function<void(EndpointSpec&)>& change) {
    EndpointSpec spec = Spec("http://h/v1");
    change(spec);
    auto endpoint = MakeEndpoint("bot@1", spec, {.http = client});
    return endpoint ? std::string("no error") : endpoint.error().message;
  };
  EXPECT_EQ(message([](EndpointSpec& spec) { spec.provider = "openai-chta"; }),
            "endpoint \"bot@1\": provider \"openai-chta\" is not known; did you mean \"openai-chat\"?");
  EXPECT_EQ(message([](EndpointSpec& spec) { spec.url = "h/v1"; }),
            "endpoint \"bot@1\": url \"h/v1\" does not begin with http:// or https://");
  EXPECT_EQ(message([](EndpointSpec& spec) { spec.api_key = ApiKeySpec{.env = "ASSAY_TEST_NO_KEY", .file = {}}; }),
            "endpoint \"bot@1\": api_key: environment variable ASSAY_TEST_NO_KEY is not set for the daemon");
  EXPECT_EQ(message([](EndpointSpec& spec) { spec.api_key = ApiKeySpec{.env = "ASSAY_TEST_EMPTY_KEY", .file = {}}; }),
            "endpoint \"bot@1\": api_key: environment variable ASSAY_TEST_EMPTY_KEY is empty");
  EXPECT_EQ(message([](EndpointSpec& spec) { spec.api_key = ApiKeySpec{.env = "ASSAY_TEST_BAD_KEY", .file = {}}; }),
            "endpoint \"bot@1\": api_key: environment variable ASSAY_TEST_BAD_KEY holds characters that are no part of "
            "a key");
  EXPECT_THAT(message([](EndpointSpec& spec) { spec.api_key = ApiKeySpec{.env = {}, .file = "/no/such/key"}; }),
              HasSubstr("api_key: "));
  EXPECT_EQ(message([](EndpointSpec& spec) {
              spec.headers = {{"X-A", "1\r\nX-B: 2"}};
            }),
            "endpoint \"bot@1\": headers: \"X-A\" is no header");
}

TEST_F(EndpointTest, AKeyFileIsReadBesideTheDocument) {
  auto folder = std::filesystem::path(::testing::TempDir()) / "assay_endpoint_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "key") << "sk-file\n";
  HttpStub stub([](const StubRequest&, int) { return ChatAnswer("four"); });
  EndpointSpec spec = Spec(stub.url());
  spec.api_key = ApiKeySpec{.env = {}, .file = "key"};
  auto endpoint = MakeEndpoint("bot@1", spec, {.http = client, .base_directory = folder});
  ASSERT_TRUE(endpoint) << endpoint.error().message;
  EXPECT_TRUE(Await(loops.executor(1), CompleteOne(**endpoint, DeadlineIn(seconds(30)))));
  EXPECT_EQ(stub.received()[0].headers["authorization"], "Bearer sk-file");
}

TEST_F(EndpointTest, NeverMoreRequestsAtOnceThanTheLimit) {
  HttpStub stub([](const StubRequest&, int) {
    StubReply reply = ChatAnswer("four");
    reply.delay = milliseconds(2);
    return reply;
  });
  EndpointSpec spec = Spec(stub.url());
  spec.limits.concurrency = 5;
  auto endpoint = Make(spec);
  constexpr int kRequests = 200;
  std::atomic<int> answered = 0;
  std::latch ended(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    auto done = [&](const std::exception_ptr&, const Answer& answer) {
      if (answer) ++answered;
      ended.count_down();
    };
    asio::co_spawn(loops.executor(i % 2), CompleteOne(*endpoint, DeadlineIn(seconds(60))), done);
  }
  ended.wait();
  EXPECT_EQ(answered, kRequests);
  EXPECT_EQ(stub.most_in_flight(), 5);
  EXPECT_EQ(recorder.in_flight, 0);
  EXPECT_GT(recorder.throttled, 0);
}

TEST_F(EndpointTest, RequestsPerMinuteSpreadTheRequests) {
  HttpStub stub([](const StubRequest&, int) { return ChatAnswer("four"); });
  EndpointSpec spec = Spec(stub.url());
  spec.limits.requests_per_minute = 600;  // ten a second: eleven at once, the next three 100 ms apart
  auto endpoint = Make(spec);
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 14; ++i) ASSERT_TRUE(Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(30)))));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(290));
}

TEST_F(EndpointTest, CancellationEndsRequestsAndBackoffs) {
  HttpStub never([](const StubRequest&, int) { return StubReply{.fault = StubReply::Fault::kNever}; });
  HttpStub busy([](const StubRequest&, int) { return StubReply{.status = 503, .headers = {{"Retry-After", "50"}}}; });
  for (HttpStub* stub : {&never, &busy}) {
    auto endpoint = Make(Spec(stub->url()));
    int before = recorder.attempts;
    asio::cancellation_signal signal;
    std::promise<Answer> ended;
    auto done = [&ended](const std::exception_ptr&, Answer answer) { ended.set_value(std::move(answer)); };
    asio::co_spawn(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(seconds(600))),
                   asio::bind_cancellation_slot(signal.slot(), done));
    ASSERT_TRUE(Eventually([&] { return stub->requests() == 1; }));
    if (stub == &busy) {
      ASSERT_TRUE(Eventually([&] { return recorder.attempts > before; }));
    }
    asio::post(loops.executor(0), [&signal] { signal.emit(asio::cancellation_type::terminal); });
    Answer answer = ended.get_future().get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kCancelled) << answer.error().message;
    EXPECT_EQ(stub->requests(), 1);
  }
  EXPECT_TRUE(Eventually([&] { return never.open() == 0; }));
}

}  // namespace
}  // namespace assay
