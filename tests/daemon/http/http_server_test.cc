#include "daemon/http/http_server.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "core/json.h"
#include "daemon/http/connection.h"
#include "tests/daemon/http/api_clients.h"
#include "tests/daemon/http/api_fixture.h"
#include "tests/testing/await.h"

namespace assay::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Request = HttpConnectionClient::Request;

const std::string kGetRun = "/assay.v1.RunService/GetRun";
const std::string kWatchRun = "/assay.v1.RunService/WatchRun";

const Request kHealth = {.verb = "GET", .path = "/healthz", .headers = {}, .body = ""};

class HttpServerTest : public ApiTest {
 protected:
  HttpAnswer Send(const Request& request) { return HttpSend(http_port_, request); }
  HttpAnswer Get(const std::string& path) { return Send({.verb = "GET", .path = path, .headers = {}, .body = ""}); }
};

TEST_F(HttpServerTest, PagesAnswer) {
  pages_.metrics = [] { return "assay_catalog_errors 0\n"; };
  pages_.version = "1.2.3";
  pages_.grpc_address = "127.0.0.1:<7070>";
  StartHttp();
  EXPECT_EQ(Get("/healthz").body, "ok\n");
  EXPECT_EQ(Get("/readyz").body, "ready\n");
  const HttpAnswer metrics = Get("/metrics");
  EXPECT_EQ(metrics.body, "assay_catalog_errors 0\n");
  EXPECT_EQ(metrics.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const HttpAnswer page = Get("/api");
  EXPECT_EQ(Get("/").body, page.body) << "there is no web page";
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("Assay 1.2.3"));
  EXPECT_THAT(page.body, HasSubstr("127.0.0.1:&lt;7070&gt;"));
  EXPECT_THAT(page.body, HasSubstr("/assay.v1.GateService/CheckGate"));
}

TEST_F(HttpServerTest, ReadinessSaysWhyNot) {
  pages_.ready = [] { return Status(Fail(ErrorCode::kUnavailable, "the store does not answer")); };
  StartHttp();
  const HttpAnswer answer = Get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "the store does not answer\n");
  EXPECT_EQ(Get("/healthz").status, 200);
}

TEST_F(HttpServerTest, WrongRequestsGetClearAnswers) {
  StartHttp();
  struct Case {
    Request request;
    int status;
    std::string code;
    std::string message;
  };
  using Headers = std::map<std::string, std::string>;
  const Headers json = {{"Content-Type", "application/json"}};
  const Case cases[] = {
      {{.path = "/nothing"}, 404, "unimplemented", "nothing is served at this path; /api lists what is"},
      {{.path = "/assay.v1.RunService/Nothing"},
       404,
       "unimplemented",
       "nothing is served at this path; /api lists what is"},
      {{.verb = "GET", .path = kGetRun, .headers = {}, .body = ""},
       405,
       "unimplemented",
       kGetRun + " answers to POST only"},
      {{.verb = "POST", .path = "/metrics"}, 405, "unimplemented", "/metrics answers to GET only"},
      {{.path = kGetRun, .headers = {}}, 415, "invalid_argument", kGetRun + " takes the content type application/json"},
      {{.path = kGetRun, .headers = {{"Content-Type", "text/plain"}}},
       415,
       "invalid_argument",
       kGetRun + " takes the content type application/json"},
      {{.path = kGetRun, .headers = {{"Content-Type", "application/connect+json"}}},
       415,
       "invalid_argument",
       kGetRun + " takes the content type application/json"},
      {{.path = kWatchRun, .headers = json},
       415,
       "invalid_argument",
       kWatchRun + " takes the content type application/connect+json, because it answers with a stream"},
      {{.path = kGetRun, .headers = json, .body = R"({"id":"x"})", .host = "evil.example"},
       403,
       "permission_denied",
       "this server listens on loopback and does not answer to the host it was called by; call it as localhost or "
       "127.0.0.1"},
      {{.path = kGetRun, .headers = {{"Content-Type", "application/json"}, {"Connect-Protocol-Version", "2"}}},
       400,
       "invalid_argument",
       "connect-protocol-version: this server speaks version 1 only"},
      {{.path = kGetRun, .headers = {{"Content-Type", "application/json"}, {"Connect-Timeout-Ms", "soon"}}},
       400,
       "invalid_argument",
       "connect-timeout-ms: expected a positive number of milliseconds of at most 10 digits"},
      {{.path = kGetRun, .headers = {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}},
       501,
       "unimplemented",
       "compressed requests are not supported; supported encodings: identity"},
  };
  for (const Case& test : cases) {
    const HttpAnswer answer = Send(test.request);
    EXPECT_EQ(answer.status, test.status) << test.message;
    EXPECT_EQ(answer.body, Json::Of({{"code", test.code}, {"message", test.message}}).Dump());
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(answer.headers.count("access-control-allow-origin"), 0u);
    EXPECT_EQ(answer.headers.count("allow"), test.status == 405 ? 1u : 0u);
  }
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(HttpServerTest, ABodyThatIsNotTheRequestIsRefusedWithTheReason) {
  StartHttp();
  for (const char* body : {"", "nonsense", "[]", "{\"id\":", R"({"id":5})", R"({"identifier":"x"})"}) {
    const HttpAnswer answer = Send({.path = kGetRun, .body = body});
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_THAT(answer.body, HasSubstr("the request is not the JSON of assay.v1.GetRunRequest: ")) << body;
  }
  EXPECT_THAT(Send({.path = kGetRun, .body = R"({"identifier":"x"})"}).body, HasSubstr("identifier"));
  const std::string deep = std::string(100'000, '[');
  EXPECT_EQ(Send({.path = kGetRun, .body = deep}).status, 400);
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(HttpServerTest, AMalformedEnvelopeEndsTheStreamWithTheReason) {
  StartHttp();
  const HttpAnswer answer =
      Send({.path = kWatchRun, .headers = {{"Content-Type", "application/connect+json"}}, .body = R"({"id":"x"})"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/connect+json");
  const std::string end =
      R"({"error":{"code":"invalid_argument","message":"malformed envelope: flags are 123; a request has none"}})";
  EXPECT_EQ(answer.body, std::string("\2\0\0\0", 4) + static_cast<char>(end.size()) + end);
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(HttpServerTest, FieldsMayBeSpelledInCamelCaseAndAnswersHaveTheNamesOfTheProto) {
  StartHttp();
  const HttpAnswer answer = Send({.path = "/assay.v1.RunService/ListResults", .body = R"({"runId":"x"})"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"case_id\":\"case-0\""));
  EXPECT_THAT(answer.body, HasSubstr("\"status\":\"SCORED\""));
}

TEST_F(HttpServerTest, OversizedBodiesAndHeadersAreRefusedBeforeTheyAreRead) {
  http_options_.max_body_bytes = 1000;
  http_options_.max_header_bytes = 2000;
  StartHttp();
  const HttpAnswer body = Send({.path = kGetRun, .body = std::string(1001, ' ')});
  EXPECT_EQ(body.status, 413);
  EXPECT_EQ(body.body, R"({"code":"resource_exhausted","message":"the body is over the limit of 1000 bytes"})");
  const HttpAnswer far_over = Send({.path = kGetRun, .body = std::string(5u << 20, ' ')});
  EXPECT_EQ(far_over.status, 413);
  const HttpAnswer header = Send({.path = kGetRun, .headers = {{"X", std::string(3000, 'x')}}});
  EXPECT_EQ(header.status, 431);
  HttpConnectionClient chunked(http_port_);
  chunked.SendRaw("POST " + kGetRun +
                  " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked"
                  "\r\n\r\n7d0\r\n" +
                  std::string(2000, ' ') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.Receive().status, 413);
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(HttpServerTest, WhatIsNotHttpIsRefused) {
  StartHttp();
  HttpConnectionClient connection(http_port_);
  connection.SendRaw("EHLO example\r\n\r\n");
  const HttpAnswer answer = connection.Receive();
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("malformed HTTP request"));
}

TEST_F(HttpServerTest, AConnectionServesManyRequestsAlsoPipelinedOnesAndStreams) {
  StartHttp();
  HttpConnectionClient connection(http_port_);
  const Request get_run = {.path = kGetRun, .body = R"({"id":"x"})"};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connection.Send(get_run).status, 200);
  const Request stream = {.path = kWatchRun,
                          .headers = {{"Content-Type", "application/connect+json"}},
                          .body = std::string("\0\0\0\0\x0a", 5) + R"({"id":"x"})"};
  EXPECT_EQ(connection.Send(stream).status, 200);
  const std::string raw = "POST " + kGetRun +
                          " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"
                          R"({"id":"x"})";
  connection.SendRaw(raw + raw + raw);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connection.Receive().status, 200);
  EXPECT_EQ(services_.entered, 7);
}

TEST_F(HttpServerTest, ExpectContinueIsAnswered) {
  StartHttp();
  HttpConnectionClient connection(http_port_);
  connection.SendRaw("POST " + kGetRun +
                     " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n"
                     "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(connection.Receive().status, 100);
  connection.SendRaw(R"({"id":"x"})");
  EXPECT_EQ(connection.Receive().status, 200);
}

TEST_F(HttpServerTest, AConnectionThatDoesNotSendItsHeaderInTimeIsClosed) {
  http_options_.header_timeout = milliseconds(50);
  StartHttp();
  HttpConnectionClient silent(http_port_);
  EXPECT_EQ(silent.Receive().status, 0);
  HttpConnectionClient slow(http_port_);
  slow.SendRaw("POST / HT");
  EXPECT_EQ(slow.Receive().status, 0);
}

TEST_F(HttpServerTest, BetweenRequestsAConnectionMayWaitLonger) {
  http_options_.header_timeout = milliseconds(50);
  http_options_.idle_timeout = milliseconds(200);
  StartHttp();
  HttpConnectionClient connection(http_port_);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(connection.Send(kHealth).status, 200);
  EXPECT_EQ(connection.Receive().status, 0);
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(200));
}

TEST_F(HttpServerTest, ASlowBodyIsGivenUp) {
  http_options_.body_timeout = milliseconds(50);
  StartHttp();
  HttpConnectionClient connection(http_port_);
  connection.SendRaw("POST " + kGetRun +
                     " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(connection.Receive().status, 0);
  EXPECT_EQ(services_.entered, 0);
}

struct Occupation {
  std::string name;
  std::string sent;
  int answer = 0;
};
class OccupiedServer : public HttpServerTest, public ::testing::WithParamInterface<Occupation> {};

INSTANTIATE_TEST_SUITE_P(
    Http, OccupiedServer,
    ::testing::Values(Occupation{"Silent", ""}, Occupation{"HalfAHeader", "GET /healthz HT"},
                      Occupation{"HalfABody", "POST " + kGetRun +
                                                  " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                                  "Content-Length: 10\r\n\r\n{"},
                      Occupation{"Idle", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200}),
    [](const auto& occupation) { return occupation.param.name; });

TEST_P(OccupiedServer, AConnectionThatWaitsForItsClientMakesRoomForAnother) {
  http_options_.max_connections = 1;
  StartHttp();
  HttpConnectionClient first(http_port_);
  first.SendRaw(GetParam().sent);
  if (GetParam().answer != 0) {
    EXPECT_EQ(first.Receive().status, GetParam().answer);
  }
  // The server may not have noticed yet what the first has sent or received.
  EXPECT_TRUE(Eventually([&] { return Send({.path = kGetRun, .body = R"({"id":"x"})"}).status == 200; }));
  EXPECT_EQ(first.Receive().status, 0);
}

TEST(ConnectionState, IdleConnectionsAreGivenUpFirstThenThoseThatHaveWaitedLongest) {
  const auto at = [](int seconds) { return std::chrono::steady_clock::time_point(std::chrono::seconds(seconds)); };
  const Connection::State order[] = {{Waiting::kNextRequest, at(8)}, {Waiting::kNextRequest, at(9)},
                                     {Waiting::kHeader, at(4)},      {Waiting::kHeader, at(7)},
                                     {Waiting::kBody, at(2)},        {Waiting::kBody, at(3)},
                                     {Waiting::kOwnAnswer, at(1)}};
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST_F(HttpServerTest, WhenAllConnectionsAreBusyOthersGetPagesOnly) {
  http_options_.max_connections = 1;
  http_options_.max_page_connections = 2;
  services_.behaviour.hold = true;
  StartHttp();
  HttpConnectionClient busy(http_port_);
  busy.SendRaw("POST " + kGetRun +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"
               R"({"id":"x"})");
  ASSERT_TRUE(Eventually([&] { return services_.entered == 1; }));
  for (const char* page : {"/healthz", "/readyz", "/metrics"}) EXPECT_EQ(Get(page).status, 200) << page;
  const HttpConnectionClient silent(http_port_);  // takes a place of pages and is given up for the next ones
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Get("/healthz").headers.at("connection"), "close");
  const HttpAnswer call = Send({.path = kGetRun, .body = R"({"id":"x"})"});
  EXPECT_EQ(call.status, 503);
  EXPECT_EQ(call.body, R"({"code":"unavailable","message":"all 1 connections are taken; try again"})");
  EXPECT_EQ(call.headers.at("retry-after"), "1");
  EXPECT_EQ(Get("/label-studio/q/health").body, call.body) << "a call in another form";
}

TEST_F(HttpServerTest, BodiesOfAllConnectionsTogetherAreBounded) {
  http_options_.max_body_bytes = 300'000;
  http_options_.max_held_bytes = 300'000;
  StartHttp();
  const auto large = [](HttpConnectionClient& client) {
    client.SendRaw("POST " + kGetRun +
                   " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n"
                   "Expect: 100-continue\r\n\r\n");
  };
  auto first = std::make_unique<HttpConnectionClient>(http_port_);
  large(*first);
  EXPECT_EQ(first->Receive().status, 100);
  first->SendRaw(std::string(200'000, ' '));
  HttpAnswer refused;
  ASSERT_TRUE(Eventually([&] {  // the first may still be on its way
    HttpConnectionClient other(http_port_);
    large(other);
    EXPECT_EQ(other.Receive().status, 100);
    other.SendRaw(std::string(300'000, ' '));
    refused = other.Receive();
    return refused.status == 429;
  }));
  EXPECT_EQ(refused.body, R"({"code":"resource_exhausted","message":"the bodies of all requests together are over the )"
                          R"(limit of 300000 bytes; try again"})");
  EXPECT_EQ(Send({.path = kGetRun, .body = R"({"id":"x"})"}).status, 200) << "usual calls are served";
  first.reset();
  EXPECT_TRUE(Eventually(
      [&] { return Send({.path = kGetRun, .body = R"({"id":"x"})" + std::string(290'000, ' ')}).status == 200; }));
}

TEST_F(HttpServerTest, HeadHasTheHeadersOfGet) {
  StartHttp();
  HttpConnectionClient connection(http_port_);
  connection.SendRaw("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  // Read as the answer to GET it would miss its body; so the connection's end must follow the header at once.
  EXPECT_EQ(connection.Receive().status, 0);
  EXPECT_EQ(Get("/healthz").headers.at("content-length"), "3");
}

TEST_F(HttpServerTest, LabelStudioFindsAnMlBackendInItsOwnForm) {
  StartHttp();
  struct Case {
    std::string verb;
    std::string path;
    std::string body;
    int status;
    std::string answer;
  };
  const Case cases[] = {
      {"GET", "/label-studio/q/health", "", 200, R"({"by":"local","queue":"q","call":"health","body":""})"},
      {"GET", "/label-studio/q", "", 200, R"({"by":"local","queue":"q","call":"health","body":""})"},
      {"POST", "/label-studio/q-1.b/setup", R"({"a":"\"b"})", 200,
       R"({"by":"local","queue":"q-1.b","call":"setup","body":"{\"a\":\"\\\"b\"}"})"},
      {"POST", "/label-studio/q/predict", "{}", 200, R"({"by":"local","queue":"q","call":"predict","body":"{}"})"},
      {"POST", "/label-studio/q/webhook", "{}", 201, R"({"by":"local","queue":"q","call":"webhook","body":"{}"})"},
      {"GET", "/label-studio/q/predict", "", 405,
       R"({"code":"unimplemented","message":"/label-studio/q/predict answers to POST"})"},
      {"POST", "/label-studio/q/health", "{}", 405,
       R"({"code":"unimplemented","message":"/label-studio/q/health answers to GET"})"},
  };
  for (const Case& each : cases) {
    const HttpAnswer answer = Send(
        {.verb = each.verb, .path = each.path, .headers = {{"Content-Type", "application/json"}}, .body = each.body});
    EXPECT_EQ(answer.status, each.status) << each.path;
    EXPECT_EQ(answer.body, each.answer) << each.path;
  }
  EXPECT_EQ(
      Send({.verb = "GET", .path = "/label-studio/q/health", .headers = {{"Accept", "text/html"}}, .body = ""}).body,
      cases[0].answer)
      << "it is no address of the page";
  for (const std::string path : {"/label-studio/", "/label-studio/q/else", "/label-studio/%71/health"})
    EXPECT_EQ(Get(path).status, 404) << path;
  // A form of another site's page is no JSON.
  EXPECT_EQ(Send({.verb = "POST",
                  .path = "/label-studio/q/predict",
                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                  .body = "{}"})
                .status,
            415);
}

// The first command of docs/api.md, typed as it stands but for the port.
TEST_F(HttpServerTest, TheCommandOfTheDocumentationWorks) {
  if (std::system("command -v curl > /dev/null") != 0) GTEST_SKIP() << "skipped: curl is not installed";
  StartHttp();
  std::ifstream file(std::string(ASSAY_SOURCE_DIR) + "/docs/api.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const auto begin = page.find("```sh\ncurl ");
  ASSERT_NE(begin, std::string::npos);
  std::string command = page.substr(begin + 6, page.find("\n```", begin) - begin - 6);
  const auto port = command.find("7071");
  ASSERT_NE(port, std::string::npos);
  command.replace(port, 4, std::to_string(http_port_));
  std::FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const auto bytes = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), bytes);
  EXPECT_EQ(::pclose(pipe), 0);
  const auto answer = Json::Parse(output);
  ASSERT_TRUE(answer) << output;
  ASSERT_NE(answer->Find("check"), nullptr) << output;
  EXPECT_EQ(answer->Find("check")->Find("state")->as_string(), "FAIL");
}

}  // namespace
}  // namespace assay::testing
