// What holds on both transports: the same answers, the same errors, the same ways for a call to end.

#include <gmock/gmock.h>

#include <fstream>

#include "core/digest.h"
#include "tests/daemon/http/api_clients.h"
#include "tests/daemon/http/api_fixture.h"
#include "tests/daemon/http/review_calls.h"
#include "tests/testing/await.h"

namespace assay::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

struct SampleCall {
  std::string path;
  std::string json;
};

const std::vector<SampleCall>& EveryMethod() {
  static const auto& calls = *new std::vector<SampleCall>([] {
    std::vector<SampleCall> all = {
        {"/assay.v1.CatalogService/GetDocument", R"({"kind":"SUITE","name":"support"})"},
        {"/assay.v1.CatalogService/ListDocuments", R"({"include_text":true})"},
        {"/assay.v1.CatalogService/GetStatus", "{}"},
        {"/assay.v1.CatalogService/Reload", "{}"},
        {"/assay.v1.ModelService/RegisterModel", R"({"document":"kind: Model","request_id":"r1"})"},
        {"/assay.v1.ModelService/GetModel", R"({"name":"bot"})"},
        {"/assay.v1.ModelService/ListModels", R"({"page_size":1})"},
        {"/assay.v1.ModelService/PromoteModel", R"({"name":"bot","version":"1","stage":"production"})"},
        {"/assay.v1.RunService/StartRun", R"({"suite":"support","model":"bot@1"})"},
        {"/assay.v1.RunService/GetRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/ListRuns", R"({"state":"CANCELLED","model":"bot@1"})"},
        {"/assay.v1.RunService/WatchRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/ListResults", R"({"run_id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/GetCase", R"({"run_id":"019aa000-0000-7000-8000-000000000001","ordinal":1})"},
        {"/assay.v1.RunService/StreamResults", R"({"run_id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/CancelRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/PauseRun", R"({"id":"019aa000-0000-7000-8000-000000000001","reason":"night"})"},
        {"/assay.v1.RunService/ResumeRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/RetryRun", R"({"id":"019aa000-0000-7000-8000-000000000001"})"},
        {"/assay.v1.RunService/SetRunConcurrency", R"({"id":"019aa000-0000-7000-8000-000000000001","concurrency":4})"},
        {"/assay.v1.RunService/DeleteRun", R"({"id":"019aa000-0000-7000-8000-000000000001","reason":"private"})"},
        {"/assay.v1.EndpointService/ListEndpoints", "{}"},
        {"/assay.v1.GateService/CheckGate", R"({"gate":"release","candidate":"bot@1","timeout":"30s"})"},
        {"/assay.v1.GateService/GetCheck", R"({"id":"019aa000-0000-7000-8000-000000000002"})"},
        {"/assay.v1.GateService/WatchCheck", R"({"id":"019aa000-0000-7000-8000-000000000002"})"},
        {"/assay.v1.GateService/ListChecks", "{}"},
        {"/assay.v1.GateService/GetVerdict", R"({"id":"019aa000-0000-7000-8000-000000000003"})"},
        {"/assay.v1.GateService/ListVerdicts", R"({"gate":"release"})"},
        {"/assay.v1.ReplayService/ReplayVerdict", R"({"id":"019aa000-0000-7000-8000-000000000003"})"},
        {"/assay.v1.WaiverService/RequestWaiver",
         R"({"verdict_id":"019aa000-0000-7000-8000-000000000003","rules":["floor"],"reason":"known","ticket":"T-1",)"
         R"("expires_at":"2030-01-01T00:00:00Z"})"},
        {"/assay.v1.WaiverService/ApproveWaiver", R"({"id":"019aa000-0000-7000-8000-000000000009"})"},
        {"/assay.v1.WaiverService/RevokeWaiver", R"({"id":"019aa000-0000-7000-8000-000000000009","reason":"fixed"})"},
        {"/assay.v1.WaiverService/GetWaiver", R"({"id":"019aa000-0000-7000-8000-000000000009"})"},
        {"/assay.v1.WaiverService/ListWaivers", R"({"gate":"release"})"},
    };
    for (const auto& [path, json] : ReviewCalls()) all.push_back({path, json});
    return all;
  }());
  return calls;
}

const SampleCall kUnary = {"/assay.v1.RunService/GetRun", R"({"id":"x"})"};
const SampleCall kStream = {"/assay.v1.RunService/WatchRun", R"({"id":"x"})"};

class TransportsTest : public ApiTest {
 protected:
  const Method& Of(const SampleCall& call) { return *methods_.Find(call.path); }
  std::string Bytes(const SampleCall& call) { return RequestBytes(Of(call), call.json); }
  HttpAnswer Http(const SampleCall& call, std::map<std::string, std::string> headers = {}) {
    HttpConnectionClient::Request request;
    request.path = call.path;
    request.body = call.json;
    request.headers.merge(headers);
    return HttpSend(http_port_, request);
  }
};

TEST_F(TransportsTest, TheSampleCallsAreEveryMethod) {
  StartServers();
  std::vector<std::string> sampled;
  for (const SampleCall& call : EveryMethod()) sampled.push_back(call.path);
  std::vector<std::string> served;
  for (const auto& [path, method] : methods_.methods()) served.push_back(path);
  EXPECT_THAT(sampled, ::testing::UnorderedElementsAreArray(served));
}

TEST_F(TransportsTest, EveryMethodGivesTheSameAnswerOnBoth) {
  StartServers();
  GrpcClient grpc(grpc_port_);
  for (const SampleCall& call : EveryMethod()) {
    const GrpcAnswer over_grpc = grpc.Call(call.path, Bytes(call));
    ASSERT_EQ(over_grpc.code, 0) << call.path << ": " << over_grpc.message;
    ASSERT_FALSE(over_grpc.responses.empty()) << call.path;
    std::vector<std::string> expected;
    for (const std::string& bytes : over_grpc.responses) expected.push_back(ResponseJson(Of(call), bytes));
    if (Of(call).streams()) {
      const StreamAnswer over_http = HttpStream(http_port_, call.path, call.json);
      EXPECT_EQ(over_http.status, 200);
      EXPECT_EQ(over_http.messages, expected) << call.path;
      EXPECT_EQ(over_http.end, "{}") << call.path;
    } else {
      const HttpAnswer over_http = Http(call);
      EXPECT_EQ(over_http.status, 200) << call.path;
      EXPECT_EQ(over_http.headers.at("content-type"), "application/json");
      EXPECT_EQ(std::vector<std::string>{over_http.body}, expected) << call.path;
    }
  }
  EXPECT_EQ(services_.entered,
            2 * static_cast<int>(EveryMethod().size() - ReviewCalls().size()) + 2);  // CheckGate enters twice: it waits
}

TEST_F(TransportsTest, EveryErrorCodeHasItsPlaceOnBoth) {
  StartServers();
  GrpcClient grpc(grpc_port_);
  struct Case {
    ErrorCode code;
    int grpc;
    int http;
    std::string connect;
  };
  const Case cases[] = {
      {ErrorCode::kCancelled, 1, 499, "canceled"},
      {ErrorCode::kInvalidArgument, 3, 400, "invalid_argument"},
      {ErrorCode::kDeadlineExceeded, 4, 504, "deadline_exceeded"},
      {ErrorCode::kNotFound, 5, 404, "not_found"},
      {ErrorCode::kAlreadyExists, 6, 409, "already_exists"},
      {ErrorCode::kPermissionDenied, 7, 403, "permission_denied"},
      {ErrorCode::kResourceExhausted, 8, 429, "resource_exhausted"},
      {ErrorCode::kFailedPrecondition, 9, 400, "failed_precondition"},
      {ErrorCode::kAborted, 10, 409, "aborted"},
      {ErrorCode::kUnimplemented, 12, 501, "unimplemented"},
      {ErrorCode::kInternal, 13, 500, "internal"},
      {ErrorCode::kUnavailable, 14, 503, "unavailable"},
      {ErrorCode::kDataLoss, 15, 500, "data_loss"},
      {ErrorCode::kUnauthenticated, 16, 401, "unauthenticated"},
  };
  for (const Case& test : cases) {
    services_.behaviour.error = Error{test.code, "suite \"x\": no", {}};
    const std::string body = "{\"code\":\"" + test.connect + "\",\"message\":\"suite \\\"x\\\": no\"}";
    for (const SampleCall& call : {kUnary, kStream}) {
      const GrpcAnswer over_grpc = grpc.Call(call.path, Bytes(call));
      EXPECT_EQ(over_grpc.code, test.grpc) << test.connect;
      EXPECT_EQ(over_grpc.message, "suite \"x\": no");
      EXPECT_TRUE(over_grpc.responses.empty());
    }
    const HttpAnswer unary = Http(kUnary);
    EXPECT_EQ(unary.status, test.http) << test.connect;
    EXPECT_EQ(unary.headers.at("content-type"), "application/json");
    EXPECT_EQ(unary.body, body);
    const StreamAnswer stream = HttpStream(http_port_, kStream.path, kStream.json);
    EXPECT_EQ(stream.status, 200);
    EXPECT_TRUE(stream.messages.empty());
    EXPECT_EQ(stream.end, "{\"error\":" + body + "}");
  }
}

TEST_F(TransportsTest, RetryAfterTravelsWithTheError) {
  StartServers();
  services_.behaviour.error = Error{ErrorCode::kResourceExhausted, "busy", milliseconds(1500)};
  GrpcClient grpc(grpc_port_);
  const GrpcAnswer over_grpc = grpc.Call(kUnary.path, Bytes(kUnary));
  const auto trailer = over_grpc.trailers.find("grpc-retry-pushback-ms");
  ASSERT_NE(trailer, over_grpc.trailers.end());
  EXPECT_EQ(trailer->second, "1500");
  EXPECT_EQ(Http(kUnary).headers.at("retry-after"), "2");
}

TEST_F(TransportsTest, AnExceptionOfAHandlerIsAnInternalError) {
  StartServers();
  services_.behaviour.exception = "broken";
  GrpcClient grpc(grpc_port_);
  for (const SampleCall& call : {kUnary, kStream}) {
    const GrpcAnswer over_grpc = grpc.Call(call.path, Bytes(call));
    EXPECT_EQ(over_grpc.code, 13);
    EXPECT_EQ(over_grpc.message, "broken");
  }
  EXPECT_EQ(Http(kUnary).status, 500);
  EXPECT_EQ(HttpStream(http_port_, kStream.path, kStream.json).end,
            R"({"error":{"code":"internal","message":"broken"}})");
}

TEST_F(TransportsTest, AStreamKeepsItsMessagesWhenItFailsLater) {
  StartServers();
  services_.behaviour.stream_error = Error{ErrorCode::kUnavailable, "the store is gone", {}};
  GrpcClient grpc(grpc_port_);
  const GrpcAnswer over_grpc = grpc.Call(kStream.path, Bytes(kStream));
  EXPECT_EQ(over_grpc.responses.size(), 1u);
  EXPECT_EQ(over_grpc.code, 14);
  EXPECT_EQ(over_grpc.message, "the store is gone");
  const StreamAnswer over_http = HttpStream(http_port_, kStream.path, kStream.json);
  EXPECT_EQ(over_http.messages.size(), 1u);
  EXPECT_EQ(over_http.end, R"({"error":{"code":"unavailable","message":"the store is gone"}})");
}

TEST_F(TransportsTest, ResultsStreamInOrderOverManyMessages) {
  services_.behaviour.results = 250;
  StartServers();
  const SampleCall call = {"/assay.v1.RunService/StreamResults", R"({"run_id":"x","omit_responses":true})"};
  GrpcClient grpc(grpc_port_);
  const GrpcAnswer over_grpc = grpc.Call(call.path, Bytes(call));
  ASSERT_EQ(over_grpc.code, 0);
  ASSERT_EQ(over_grpc.responses.size(), 3u);
  const std::string last = ResponseJson(Of(call), over_grpc.responses.back());
  EXPECT_THAT(last, HasSubstr("\"case_id\":\"case-249\""));
  EXPECT_THAT(last, ::testing::Not(HasSubstr("\"response\"")));
  EXPECT_EQ(HttpStream(http_port_, call.path, call.json).messages.back(), last);
}

TEST_F(TransportsTest, AStreamSplitsWhatWouldBeTooLongForAMessage) {
  services_.behaviour.results = 5;
  services_.behaviour.response_bytes = 1536u << 10;
  StartServers();
  const SampleCall call = {"/assay.v1.RunService/StreamResults", R"({"run_id":"x"})"};
  GrpcClient grpc(grpc_port_);
  const GrpcAnswer answer = grpc.Call(call.path, Bytes(call));
  EXPECT_EQ(answer.code, 0) << answer.message;
  EXPECT_EQ(answer.responses.size(), 3u);  // 2 + 2 + 1
}

TEST_F(TransportsTest, AnAnswerOverTheLimitIsAnErrorThatSaysWhatToDo) {
  services_.behaviour.results = 20;
  services_.behaviour.response_bytes = 1u << 20;
  StartServers();
  const SampleCall call = {"/assay.v1.RunService/ListResults", R"({"run_id":"x"})"};
  GrpcClient grpc(grpc_port_);
  const GrpcAnswer over_grpc = grpc.Call(call.path, Bytes(call));
  EXPECT_EQ(over_grpc.code, 8);
  EXPECT_THAT(over_grpc.message, HasSubstr("ask for a smaller page_size, or for the stream"));
  EXPECT_EQ(Http(call).status, 429);
}

TEST_F(TransportsTest, AClientThatGoesAwayEndsItsHandler) {
  services_.behaviour.hold = true;
  StartServers();
  GrpcClient grpc(grpc_port_);
  for (const SampleCall& call : {kUnary, kStream}) {
    const int before = services_.entered;
    auto pending = grpc.Start(call.path, Bytes(call));
    ASSERT_TRUE(Eventually([&] { return services_.entered == before + 1; }));
    EXPECT_EQ(pending->CancelAndWait().code, 1);
    EXPECT_TRUE(Eventually([&] { return services_.left == services_.entered; })) << call.path;
  }
  {
    HttpConnectionClient connection(http_port_);
    const int before = services_.entered;
    connection.SendRaw("POST " + kUnary.path +
                       " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n" +
                       kUnary.json);
    ASSERT_TRUE(Eventually([&] { return services_.entered == before + 1; }));
    EXPECT_LT(services_.left, services_.entered);
    connection.Close();
    EXPECT_TRUE(Eventually([&] { return services_.left == services_.entered; }));
  }
  EXPECT_TRUE(Eventually([&] { return admission_->active() == 0; }));
}

TEST_F(TransportsTest, AClientThatGoesAwayEndsItsEndlessStream) {
  services_.behaviour.endless = true;
  StartServers();
  GrpcClient grpc(grpc_port_);
  const GrpcAnswer answer =
      grpc.Call(kStream.path, Bytes(kStream), {.cancel_after = [](int responses) { return responses == 3; }});
  EXPECT_EQ(answer.code, 1);
  EXPECT_GE(answer.responses.size(), 3u);
  EXPECT_TRUE(Eventually([&] { return admission_->active() == 0; }));
  {
    HttpConnectionClient connection(http_port_);
    connection.SendRaw("POST " + kStream.path +
                       " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/connect+json\r\nContent-Length: 15"
                       "\r\n\r\n" +
                       std::string("\0\0\0\0\x0a", 5) + kStream.json);
    ASSERT_TRUE(Eventually([&] { return admission_->active() == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return admission_->active() == 0; }));
  EXPECT_EQ(services_.left, services_.entered * 2);  // the call and its watcher
}

TEST_F(TransportsTest, AGrpcClientThatTakesNothingIsSentAway) {
  services_.behaviour.endless = true;
  grpc_options_.write_timeout = milliseconds(200);
  StartServers();
  GrpcClient grpc(grpc_port_);
  const auto stream = grpc.Start(kStream.path, Bytes(kStream));  // reads nothing
  ASSERT_TRUE(Eventually([&] { return services_.entered == 1; }));
  EXPECT_TRUE(Eventually([&] { return admission_->active() == 0; }));
  EXPECT_EQ(services_.left, 2) << "the call and its watcher";
}

TEST_F(TransportsTest, ADeadlineEndsTheHandler) {
  services_.behaviour.hold = true;
  StartServers();
  GrpcClient grpc(grpc_port_);
  for (const SampleCall& call : {kUnary, kStream}) {
    EXPECT_EQ(grpc.Call(call.path, Bytes(call), {.timeout = milliseconds(300)}).code, 4);
  }
  const HttpAnswer unary = Http(kUnary, {{"Connect-Timeout-Ms", "100"}});
  EXPECT_EQ(unary.status, 504);
  EXPECT_EQ(unary.body, R"({"code":"deadline_exceeded","message":"the deadline of the call has passed"})");
  EXPECT_EQ(HttpStream(http_port_, kStream.path, kStream.json, {{"Connect-Timeout-Ms", "100"}}).end,
            R"({"error":{"code":"deadline_exceeded","message":"the deadline of the call has passed"}})");
  EXPECT_TRUE(Eventually([&] { return services_.left == services_.entered && admission_->active() == 0; }));
  EXPECT_EQ(services_.cancelled, services_.entered);
}

class TokenTest : public TransportsTest {
 protected:
  TokenTest() {
    file_ = ::testing::TempDir() + "/tokens." + std::to_string(::getpid());
    std::ofstream(file_) << "# pipelines\nci sha256:" << Sha256Hex("correct") << "\n";
    auto authenticator = Authenticator::FromFile(file_);
    if (!authenticator) throw std::runtime_error(authenticator.error().message);
    authenticator_ = *std::move(authenticator);
    StartServers();
  }
  ~TokenTest() override { std::filesystem::remove(file_); }
  std::string file_;
};

TEST_F(TokenTest, AGoodTokenNamesThePrincipal) {
  GrpcClient grpc(grpc_port_);
  EXPECT_EQ(grpc.Call(kUnary.path, Bytes(kUnary), {.token = "correct"}).code, 0);
  EXPECT_EQ(services_.last_caller().principal, "ci");
  EXPECT_EQ(Http(kUnary, {{"Authorization", "Bearer correct"}}).status, 200);
  EXPECT_EQ(services_.last_caller().principal, "ci");
}

TEST_F(TokenTest, WithoutAGoodTokenNothingIsCalled) {
  GrpcClient grpc(grpc_port_);
  for (const SampleCall& call : {kUnary, kStream}) {
    EXPECT_EQ(grpc.Call(call.path, Bytes(call)).code, 16);
    const GrpcAnswer wrong = grpc.Call(call.path, Bytes(call), {.token = "wrong"});
    EXPECT_EQ(wrong.code, 16);
    EXPECT_EQ(wrong.message, "the token is not known");
  }
  const HttpAnswer none = Http(kUnary);
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.headers.at("www-authenticate"), "Bearer");
  EXPECT_EQ(none.body,
            R"({"code":"unauthenticated","message":"no token: send the header `Authorization: Bearer TOKEN`"})");
  EXPECT_EQ(Http(kUnary, {{"Authorization", "Bearer wrong"}}).status, 401);
  EXPECT_EQ(Http(kUnary, {{"Authorization", "Basic Y2k6Y29ycmVjdA=="}}).status, 401);
  EXPECT_EQ(
      HttpStream(http_port_, kStream.path, kStream.json).end,
      R"({"error":{"code":"unauthenticated","message":"no token: send the header `Authorization: Bearer TOKEN`"}})");
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(TokenTest, ProbesAndMetricsNeedNoToken) {
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/"}) {
    EXPECT_EQ(HttpSend(http_port_, {.verb = "GET", .path = path, .headers = {}, .body = ""}).status, 200) << path;
  }
}

TEST_F(TransportsTest, WithoutConfiguredTokensThePrincipalIsLocal) {
  StartServers();
  EXPECT_EQ(Http(kUnary).status, 200);
  EXPECT_EQ(services_.last_caller().principal, "local");
}

TEST_F(TransportsTest, TheProjectIsDefaultUnlessGiven) {
  StartServers();
  Http(kUnary);
  EXPECT_EQ(services_.last_caller().project, "default");
  Http({kUnary.path, R"({"id":"x","project":"billing"})"});
  EXPECT_EQ(services_.last_caller().project, "billing");
  EXPECT_EQ(Http({kUnary.path, R"({"id":"x","project":"a b"})"}).status, 400);
}

TEST_F(TransportsTest, WhatARequestLacksIsNamed) {
  StartServers();
  struct Case {
    SampleCall call;
    std::string message;
  };
  const Case cases[] = {
      {{"/assay.v1.RunService/StartRun", "{}"}, "suite is required"},
      {{"/assay.v1.RunService/StartRun", R"({"suite":"s"})"}, "model is required"},
      {{"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m","budget_usd":0})"},
       "budget_usd: more than 0 and at most 1000000 US dollars"},
      {{"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m","budget_usd":"NaN"})"},
       "budget_usd: more than 0 and at most 1000000 US dollars"},
      {{"/assay.v1.RunService/ListRuns", R"({"page_size":1001})"},
       "page_size is 1001; expected 1 to 1000, or 0 for 100"},
      {{"/assay.v1.RunService/ListRuns", R"({"state":77})"}, "state: 77 is not a run state"},
      {{"/assay.v1.GateService/CheckGate", R"({"gate":"g"})"}, "candidate is required"},
      {{"/assay.v1.GateService/CheckGate", R"({"gate":"g","candidate":"m","timeout":"-1s"})"},
       "timeout: expected a duration from 0s to one year"},
      {{"/assay.v1.CatalogService/GetDocument", R"({"name":"x"})"},
       "kind is required: SUITE, MODEL, GATE, RUBRIC or QUEUE"},
      {{"/assay.v1.ModelService/GetModel", R"({"name":"x","version":"1","stage":"production"})"},
       "give either version or stage, not both"},
      {{"/assay.v1.ModelService/RegisterModel", "{}"}, "document is required"},
  };
  GrpcClient grpc(grpc_port_);
  for (const Case& test : cases) {
    const GrpcAnswer over_grpc = grpc.Call(test.call.path, Bytes(test.call));
    EXPECT_EQ(over_grpc.code, 3) << test.message;
    EXPECT_EQ(over_grpc.message, test.message);
    const HttpAnswer over_http = Http(test.call);
    EXPECT_EQ(over_http.status, 400) << test.message;
    EXPECT_EQ(over_http.body, "{\"code\":\"invalid_argument\",\"message\":\"" + test.message + "\"}");
  }
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(TransportsTest, ARequestIdStandsForEverythingButTheWaiting) {
  StartServers();
  const auto key = [this](const std::string& json) {
    Http({"/assay.v1.GateService/CheckGate", json});
    return services_.last_request();
  };
  EXPECT_EQ(key(R"({"gate":"g","candidate":"m"})"), std::nullopt);
  const auto first = key(R"({"gate":"g","candidate":"m","request_id":"r"})");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->method, "CheckGate");
  EXPECT_EQ(first->request_id, "r");
  EXPECT_EQ(key(R"({"gate":"g","candidate":"m","request_id":"r","timeout":"1s"})")->content_hash, first->content_hash);
  for (const char* other :
       {R"({"gate":"h","candidate":"m","request_id":"r"})", R"({"gate":"g","candidate":"n","request_id":"r"})",
        R"({"gate":"g","candidate":"m","request_id":"r","fresh":true})",
        R"({"gate":"g","candidate":"m","request_id":"r","baseline":"b"})"}) {
    EXPECT_NE(key(other)->content_hash, first->content_hash) << other;
  }
}

TEST_F(TransportsTest, ARequestIdStandsForTheBudgetToo) {
  StartServers();
  const auto hash = [this](const std::string& budget) {
    Http({"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m","request_id":"r")" + budget + "}"});
    return services_.last_request()->content_hash;
  };
  EXPECT_EQ(hash(R"(,"budget_usd":5)"), hash(R"(,"budget_usd":5.0)"));
  EXPECT_NE(hash(R"(,"budget_usd":5)"), hash(R"(,"budget_usd":6)"));
  EXPECT_NE(hash(R"(,"budget_usd":5)"), hash(""));
}

TEST_F(TransportsTest, ACheckWaitsNoLongerThanItsTimeoutAndItsDeadline) {
  StartServers();
  const std::string path = "/assay.v1.GateService/CheckGate";
  const HttpAnswer at_once = Http({path, R"({"gate":"g","candidate":"m"})"});
  EXPECT_THAT(at_once.body, HasSubstr("\"state\":\"PENDING\""));
  EXPECT_EQ(services_.last_until(), std::nullopt);

  const auto before = steady_clock::now();
  EXPECT_THAT(Http({path, R"({"gate":"g","candidate":"m","timeout":"60s"})"}).body, HasSubstr("\"state\":\"FAIL\""));
  EXPECT_GE(*services_.last_until(), before + seconds(60));
  EXPECT_LE(*services_.last_until(), steady_clock::now() + seconds(60));

  Http({path, R"({"gate":"g","candidate":"m","timeout":"60s"})"}, {{"Connect-Timeout-Ms", "20000"}});
  EXPECT_LT(*services_.last_until(), steady_clock::now() + seconds(20));
  EXPECT_GT(*services_.last_until(), before + seconds(19));
}

TEST_F(TransportsTest, TooManyCallsAreTurnedAway) {
  services_.behaviour.hold = true;
  limits_ = {.calls = 1, .streams = 1};
  StartServers();
  GrpcClient grpc(grpc_port_);
  auto call = grpc.Start(kUnary.path, Bytes(kUnary));
  auto stream = grpc.Start(kStream.path, Bytes(kStream));
  ASSERT_TRUE(Eventually([&] { return services_.entered == 2; }));
  EXPECT_EQ(grpc.Call(kUnary.path, Bytes(kUnary)).code, 8);
  EXPECT_EQ(grpc.Call(kStream.path, Bytes(kStream)).code, 8);
  const HttpAnswer refused = Http(kUnary);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  call->CancelAndWait();
  stream->CancelAndWait();
  services_.behaviour.hold = false;
  ASSERT_TRUE(Eventually([&] { return admission_->active() == 0; }));
  EXPECT_EQ(Http(kUnary).status, 200);
}

TEST_F(TransportsTest, DrainingEndsStreamsRefusesWritesAndGoesOnReading) {
  services_.behaviour.hold = true;
  StartServers();
  GrpcClient grpc(grpc_port_);
  auto stream = grpc.Start(kStream.path, Bytes(kStream));
  ASSERT_TRUE(Eventually([&] { return services_.entered == 1; }));
  services_.behaviour.hold = false;
  grpc_->BeginDrain();
  EXPECT_TRUE(Eventually([&] { return services_.left == 1; }));
  const SampleCall write = {"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m"})"};
  const GrpcAnswer refused = grpc.Call(write.path, Bytes(write));
  EXPECT_EQ(refused.code, 14);
  EXPECT_EQ(refused.message, "the daemon is stopping; try again in a moment");
  EXPECT_EQ(Http(write).status, 503);
  EXPECT_EQ(grpc.Call(kUnary.path, Bytes(kUnary)).code, 0);
  EXPECT_EQ(Http(kUnary).status, 200);
  EXPECT_EQ(HttpSend(http_port_, {.verb = "GET", .path = "/readyz", .headers = {}, .body = ""}).status, 503);
}

TEST_F(TransportsTest, ShutdownWaitsForCallsUntilItsDeadlineAndThenCancelsThem) {
  services_.behaviour.hold = true;
  StartServers();
  GrpcClient grpc(grpc_port_);
  auto pending = grpc.Start(kUnary.path, Bytes(kUnary));
  HttpConnectionClient connection(http_port_);
  connection.SendRaw("POST " + kUnary.path +
                     " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n" +
                     kUnary.json);
  ASSERT_TRUE(Eventually([&] { return services_.entered == 2; }));
  http_->Shutdown(steady_clock::now() + milliseconds(50));
  EXPECT_EQ(services_.left, 1);
  grpc_->Shutdown(steady_clock::now() + milliseconds(50));
  EXPECT_EQ(services_.left, 2);
  EXPECT_EQ(admission_->active(), 0);
}

TEST_F(TransportsTest, GrpcRefusesARequestOverTheLimit) {
  grpc_options_.max_message_bytes = 1000;
  StartServers();
  GrpcClient grpc(grpc_port_);
  const std::string big(2000, 'x');
  EXPECT_EQ(grpc.Call(kUnary.path, Bytes({kUnary.path, R"({"id":")" + big + "\"}"})).code, 8);
  EXPECT_EQ(services_.entered, 0);
}

// Thousands of bytes unpack to gigabytes, before the caller is known.
TEST_F(TransportsTest, GrpcRefusesACompressedRequestUnread) {
  StartServers();
  GrpcClient grpc(grpc_port_);
  const std::string request = "\x0a\xff\x7f" + std::string(16383, 'p');  // GetStatusRequest{project: "pppp…"}
  GrpcClient::Options options;
  options.compress = true;
  const GrpcAnswer answer = grpc.Call("/assay.v1.CatalogService/GetStatus", request, options);
  EXPECT_EQ(answer.code, 12) << answer.message;
  EXPECT_THAT(answer.message, HasSubstr("gzip"));
}

TEST_F(TransportsTest, GrpcSaysThatAMethodIsUnknown) {
  StartServers();
  GrpcClient grpc(grpc_port_);
  EXPECT_EQ(grpc.Call("/assay.v1.RunService/NoSuchMethod", "").code, 12);
}

TEST_F(TransportsTest, GrpcHealthTellsServingFromDraining) {
  StartServers();
  GrpcClient grpc(grpc_port_);
  const std::string of_gates =
      "\x0a\x14"
      "assay.v1.GateService";  // HealthCheckRequest{service}
  for (const std::string& request : {std::string(), of_gates}) {
    const GrpcAnswer serving = grpc.Call("/grpc.health.v1.Health/Check", request);
    ASSERT_EQ(serving.code, 0) << serving.message;
    EXPECT_EQ(serving.responses.at(0), "\x08\x01");  // HealthCheckResponse{SERVING}
  }
  grpc_->BeginDrain();
  for (const std::string& request : {std::string(), of_gates}) {
    EXPECT_EQ(grpc.Call("/grpc.health.v1.Health/Check", request).responses.at(0), "\x08\x02");  // NOT_SERVING
  }
}

TEST_F(TransportsTest, GrpcReflectionListsTheServices) {
  StartServers();
  GrpcClient grpc(grpc_port_);
  const std::string list_services = std::string("\x3a\x01*", 3);  // ServerReflectionRequest{list_services: "*"}
  const GrpcAnswer answer = grpc.Call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", list_services);
  ASSERT_EQ(answer.code, 0) << answer.message;
  ASSERT_EQ(answer.responses.size(), 1u);
  for (const char* service :
       {"assay.v1.CatalogService", "assay.v1.ModelService", "assay.v1.RunService", "assay.v1.EndpointService",
        "assay.v1.GateService", "assay.v1.WaiverService", "assay.v1.ReplayService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(answer.responses[0], HasSubstr(service));
  }
}

TEST_F(TransportsTest, AnAddressInUseIsAnErrorThatNamesIt) {
  StartServers();
  const std::string grpc_address = "127.0.0.1:" + std::to_string(grpc_port_);
  GrpcServer second(methods_, *authenticator_, *admission_, threads_.get_executor());
  const auto grpc = second.Start({.listen = grpc_address});
  ASSERT_FALSE(grpc);
  EXPECT_EQ(grpc.error(),
            (Error{ErrorCode::kUnavailable, "cannot serve gRPC on " + grpc_address + ": Address already in use", {}}));
  const std::string http_address = "127.0.0.1:" + std::to_string(http_port_);
  HttpServer third(methods_, *authenticator_, *admission_, threads_.get_executor(), {});
  const auto http = third.Start({.listen = http_address});
  ASSERT_FALSE(http);
  EXPECT_EQ(http.error(),
            (Error{ErrorCode::kUnavailable, "cannot serve HTTP on " + http_address + ": Address already in use", {}}));
}

}  // namespace
}  // namespace assay::testing
