// Streams over real sockets, with the endpoint around them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "config/model.h"
#include "config/yaml_text.h"
#include "runners/endpoints/endpoint.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::Await;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr char kStream[] =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"fo\"}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ur\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7}}\n\n";
constexpr char kDone[] = "data: [DONE]\n\n";

StubReply Streamed(const std::string& body) {
  return {.status = 200, .body = body, .headers = {{"content-type", "text/event-stream"}}};
}

class FirstTokens : public EndpointObserver {
 public:
  void OnAttempt(const std::string&, std::string_view, Duration) override {}
  void OnUsage(const std::string&, const Usage&) override {}
  void OnCost(const std::string&, double) override {}
  void OnFirstToken(const std::string&, Duration after) override { seen.push_back(after); }
  void OnThrottled(const std::string&) override {}
  void OnInFlight(const std::string&, int) override {}
  void OnLimit(const std::string&, int) override {}

  std::vector<Duration> seen;
};

class StreamedEndpoint : public ::testing::Test {
 protected:
  Result<Response> Complete(HttpStub::Script script, const std::string& options = "{stream: true}") {
    stub_ = std::make_unique<HttpStub>(std::move(script));
    EndpointSpec spec;
    spec.provider = "openai-chat";
    spec.url = stub_->url() + "/v1";
    spec.model = "bot";
    spec.max_response_bytes = 1000;
    spec.backoff.initial = spec.backoff.max = std::chrono::milliseconds(1);
    Diagnostics diagnostics;
    spec.options = ParseYaml("m.yaml", options, diagnostics).at(0).root;
    const auto endpoint = MakeEndpoint("bot@1", spec, {.http = client_, .observer = &first_tokens_});
    EXPECT_TRUE(endpoint) << endpoint.error().message;
    request_.messages = {{Role::kUser, "2+2?"}};
    return Await(loops_.executor(0), (*endpoint)->Complete(request_, DeadlineIn(std::chrono::seconds(30)), nullptr));
  }

  EventLoops loops_{1};
  HttpClient client_{loops_};
  FirstTokens first_tokens_;
  ModelRequest request_;
  std::unique_ptr<HttpStub> stub_;
};

TEST_F(StreamedEndpoint, AnswersWithTheTimeToTheFirstToken) {
  const auto answer = Complete([](const StubRequest&, int) { return Streamed(std::string(kStream) + kDone); });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "four");
  EXPECT_EQ(answer->usage.tokens_out, 7);
  ASSERT_TRUE(answer->first_token.has_value());
  EXPECT_LE(*answer->first_token, answer->latency);
  EXPECT_EQ(first_tokens_.seen, std::vector<Duration>{*answer->first_token});
  EXPECT_THAT(stub_->received().at(0).body,
              ::testing::EndsWith(R"("stream":true,"stream_options":{"include_usage":true}})"));
}

TEST_F(StreamedEndpoint, PlainAnswersHaveNoFirstToken) {
  const auto answer = Complete([](const StubRequest&, int) { return testing::ChatAnswer("four"); }, "{}");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->first_token.has_value());
  EXPECT_TRUE(first_tokens_.seen.empty());
}

TEST_F(StreamedEndpoint, AsksAgainForAStreamThatEndedEarly) {
  for (const StubReply& broken :
       {Streamed(kStream), StubReply{.status = 200, .body = kStream, .fault = StubReply::Fault::kCutBody},
        Streamed("data: {\"error\":{\"message\":\"overloaded\"}}\n\n"),
        StubReply{.status = 503, .body = R"({"error":{"message":"later"}})"}}) {
    const auto answer = Complete([&broken](const StubRequest&, int index) {
      return index == 0 ? broken : Streamed(std::string(kStream) + kDone);
    });
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "four") << "nothing is left of the first attempt";
    EXPECT_EQ(answer->attempts, 2);
  }
}

// The terminator ends the answer, not the connection.
TEST_F(StreamedEndpoint, IsDoneWithItsTerminator) {
  const std::string whole = std::string(kStream) + kDone;
  const auto without_blank =
      Complete([&](const StubRequest&, int) { return Streamed(whole.substr(0, whole.size() - 2)); });
  ASSERT_TRUE(without_blank) << without_blank.error().message;
  EXPECT_EQ(without_blank->attempts, 1);
  char size[16];
  std::snprintf(size, sizeof(size), "%zx", whole.size());
  const std::string unended =
      std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + size + "\r\n" + whole;
  for (const StubReply& reply :
       {StubReply{.body = whole, .fault = StubReply::Fault::kStall},
        StubReply{.body = whole + std::string(whole.size(), '\n'), .fault = StubReply::Fault::kCutBody},
        StubReply{.body = unended, .fault = StubReply::Fault::kGarbage}}) {
    const auto began = std::chrono::steady_clock::now();
    const auto answer = Complete([&reply](const StubRequest&, int) { return reply; });
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "four");
    EXPECT_EQ(answer->attempts, 1);
    EXPECT_LE(*answer->first_token, answer->latency);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  }
}

// Servers that know nothing of streams, or that ignore the wish.
TEST_F(StreamedEndpoint, ReadsAWholeAnswerThatIsNoStream) {
  for (const auto fault : {StubReply::Fault::kNone, StubReply::Fault::kDrip}) {
    StubReply reply = testing::ChatAnswer("four");
    reply.fault = fault;
    const auto answer = Complete([&reply](const StubRequest&, int) { return reply; });
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "four");
    EXPECT_FALSE(answer->first_token.has_value());
  }
}

TEST_F(StreamedEndpoint, SaysWhyThereIsNoAnswer) {
  struct Row {
    StubReply reply;
    const char* message;
    int requests;
  };
  for (const Row& row :
       {Row{Streamed(kStream), "endpoint \"bot@1\": the stream of the answer ended without data: [DONE] (3 attempts)",
            3},
        Row{{.status = 401, .body = R"({"error":{"message":"who are you"}})"},
            "endpoint \"bot@1\": answered 401 unauthorized: who are you; check api_key",
            1},
        Row{{.body = "<!doctype html><title>Sign in</title>", .headers = {{"content-type", "text/html"}}},
            "endpoint \"bot@1\": answered 200 with an HTML page instead of a chat completion; check url (2 attempts)",
            2},
        Row{{.body = R"({"error":{"message":"boom"}})"},
            "endpoint \"bot@1\": answered 200 with an error: boom (2 attempts)",
            2},
        Row{{.body = R"({"error":{"message":"pay","code":"insufficient_quota"}})"},
            "endpoint \"bot@1\": answered 200 with an error: pay",
            1},
        Row{{.body = "database is down"},
            "endpoint \"bot@1\": answered 200 with what is not JSON (\"database is down\") instead of a chat "
            "completion; "
            "check url (2 attempts)",
            2},
        Row{{.body = ""}, "endpoint \"bot@1\": the stream of the answer ended without data: [DONE] (3 attempts)", 3},
        Row{Streamed("data: {\"error\":{\"message\":\"too long\",\"type\":\"invalid_request_error\"}}\n\n"),
            "endpoint \"bot@1\": the stream of the answer ended by an error: too long", 1},
        Row{Streamed("data: oops\n\n"),
            "endpoint \"bot@1\": answered 200 with a stream that is not JSON (\"oops\") (2 attempts)", 2}}) {
    const auto answer = Complete([&row](const StubRequest&, int) { return row.reply; });
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, row.message);
    EXPECT_EQ(stub_->requests(), row.requests);
  }
}

TEST_F(StreamedEndpoint, CountsTheBytesOfAStream) {
  const auto answer = Complete([](const StubRequest&, int) {
    std::string endless;
    for (int i = 0; i < 100; ++i) endless += "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
    return Streamed(endless);
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("the answer is larger than 1000 bytes"));
  EXPECT_EQ(stub_->requests(), 1);
}

}  // namespace
}  // namespace assay
