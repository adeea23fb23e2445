// What holds on both transports: the same answers, the same errors, the same ways for a call to end.
#include <gmock/gmock.h>

#include "tests/daemon/http/transports_fixture.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

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
  for (const char* service : {"assay.v1.CatalogService", "assay.v1.ModelService", "assay.v1.RunService",
                              "assay.v1.EndpointService", "assay.v1.GateService", "assay.v1.ScheduleService",
                              "assay.v1.WaiverService", "assay.v1.ReplayService", "grpc.health.v1.Health"}) {
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
