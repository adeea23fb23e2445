// The ways for a call to end before its answer, on both transports.

#include <gmock/gmock.h>

#include "tests/daemon/http/transports_fixture.h"
#include "tests/testing/await.h"

namespace assay::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace assay::testing
