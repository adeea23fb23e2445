#include "replay/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/replay/http_connection.h"

namespace assay {
namespace {

using testing::Get;
using ::testing::HasSubstr;
using testing::HttpConnection;
using testing::Post;
using testing::PostText;
using testing::RawReply;

constexpr std::string_view kPath = "/v1/chat/completions";
constexpr std::string_view kQuestion = R"({"model":"bot","messages":[{"role":"user","content":"q"}]})";

Recordings OneRecord() {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("assay_replay_server_" + std::to_string(::getpid()) + ".jsonl");
  std::ofstream(file)
      << R"({"model":"bot","messages":[{"role":"user","content":"q"}],"response":{"content":"answer"}})";
  const std::vector<std::filesystem::path> files = {file};
  Result<Recordings> recordings = Recordings::Load(files);
  std::filesystem::remove(file);
  return *std::move(recordings);
}

std::unique_ptr<ReplayServer> Started(ReplayOptions replay = {}, ServerOptions server = {}) {
  server.listen = "127.0.0.1:0";
  Result<std::unique_ptr<ReplayServer>> started =
      ReplayServer::Start(OneRecord(), std::move(replay), std::move(server));
  EXPECT_TRUE(started) << started.error().message;
  return *std::move(started);
}

TEST(ReplayServerTest, AnswersOverOneConnectionManyTimes) {
  const auto server = Started();
  HttpConnection connection(server->port());
  for (int i = 0; i < 100; ++i) {
    const RawReply reply = connection.Post(kPath, kQuestion);
    ASSERT_EQ(reply.status, 200) << i;
    EXPECT_EQ(reply.headers.at("content-type"), "application/json");
    EXPECT_FALSE(reply.headers.contains("connection"));
    EXPECT_THAT(reply.body, HasSubstr("\"content\":\"answer\""));
  }
  EXPECT_EQ(server->counts().answered, 100u);
  EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()) + "/v1");
}

TEST(ReplayServerTest, PipelinedRequestsAreAnsweredInTheirOrder) {
  const auto server = Started({.unknown = UnknownPrompt::kEcho});
  HttpConnection connection(server->port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += PostText(kPath,
                    R"({"model":"bot","messages":[{"role":"user","content":"number )" + std::to_string(i) + "\"}]}");
  }
  ASSERT_TRUE(connection.Send(all));
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(connection.Read().body, HasSubstr("\"content\":\"number " + std::to_string(i) + "\""));
  }
}

TEST(ReplayServerTest, ARequestMayArriveByteByByte) {
  const auto server = Started();
  HttpConnection connection(server->port());
  for (const char byte : PostText(kPath, kQuestion)) ASSERT_TRUE(connection.Send({&byte, 1}));
  EXPECT_EQ(connection.Read().status, 200);
}

TEST(ReplayServerTest, AChunkedBodyIsUnderstood) {
  const auto server = Started();
  HttpConnection connection(server->port());
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", kQuestion.size());
  connection.Send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  std::string(size) + std::string(kQuestion) + "\r\n0\r\n\r\n");
  EXPECT_EQ(connection.Read().status, 200);
}

TEST(ReplayServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  const auto server = Started();
  HttpConnection connection(server->port());
  connection.Send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " +
                  std::to_string(kQuestion.size()) + "\r\n\r\n");
  EXPECT_EQ(connection.Read().status, 100);
  connection.Send(kQuestion);
  EXPECT_EQ(connection.Read().status, 200);
}

TEST(ReplayServerTest, ConnectionCloseAndHttp10AreHonoured) {
  const auto server = Started();
  HttpConnection closing(server->port());
  EXPECT_EQ(closing.Post(kPath, kQuestion, "Connection: close\r\n").headers.at("connection"), "close");
  EXPECT_TRUE(closing.IsClosedByPeer());
  HttpConnection old(server->port());
  old.Send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.Read().headers.at("connection"), "close");
  EXPECT_TRUE(old.IsClosedByPeer());
  HttpConnection kept(server->port());
  for (int i = 0; i < 2; ++i) {
    kept.Send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(kept.Read().headers.at("connection"), "keep-alive");
  }
}

TEST(ReplayServerTest, HeadGetsTheHeadersOnly) {
  const auto server = Started();
  HttpConnection connection(server->port());
  connection.Send("HEAD /v1/models HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
  const RawReply head = connection.Read(/*has_body=*/false);
  const RawReply get = connection.Read();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(get.body.size()));
}

TEST(ReplayServerTest, ABodyBeyondTheLimitGets413AndTheConnectionCloses) {
  const auto server = Started();
  HttpConnection announced(server->port());
  announced.Send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n");
  const RawReply reply = announced.Read();
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.headers.at("connection"), "close");
  EXPECT_THAT(reply.body, HasSubstr("the body is larger than 16 MiB"));
  EXPECT_TRUE(announced.IsClosedByPeer());

  // A client that sends it all the same still gets to read the reply.
  HttpConnection stubborn(server->port());
  stubborn.Send(PostText(kPath, std::string(17u << 20, 'x')));
  EXPECT_EQ(stubborn.Read().status, 413);
}

TEST(ReplayServerTest, ABodyAtTheLimitIsTaken) {
  const auto server = Started();
  std::string body(kQuestion);
  body.insert(body.size() - 1, ",\"user\":\"" + std::string((16u << 20) - body.size() - 10, 'x') + "\"");
  ASSERT_EQ(body.size(), 16u << 20);
  EXPECT_EQ(Post(server->port(), kPath, body).status, 200);
}

TEST(ReplayServerTest, AnEndlessHeaderGets431) {
  const auto server = Started();
  HttpConnection connection(server->port());
  connection.Send("GET /healthz HTTP/1.1\r\nX: " + std::string(40u << 10, 'a'));
  EXPECT_EQ(connection.Read().status, 431);
}

TEST(ReplayServerTest, WhatIsNotHttpGets400OrTheDoor) {
  const auto server = Started();
  for (const char* text : {"hello\r\n\r\n", "GET / HTTP/3.7\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                           "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                           "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                           "POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                           "GET / HTTP/1.1\r\nBad Header: 1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"}) {
    HttpConnection connection(server->port());
    ASSERT_TRUE(connection.Send(text));
    EXPECT_EQ(connection.Read().status, 400) << text;
    EXPECT_TRUE(connection.IsClosedByPeer()) << text;
  }
  EXPECT_EQ(Get(server->port(), "/healthz").status, 200);
}

TEST(ReplayServerTest, ALeftConnectionHurtsNobody) {
  const auto server = Started();
  for (int i = 0; i < 20; ++i) {
    HttpConnection connection(server->port());
    connection.Send("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  }
  EXPECT_EQ(Post(server->port(), kPath, kQuestion).status, 200);
}

TEST(ReplayServerTest, ASilentConnectionIsClosedAfterTheIdleTimeout) {
  const auto server = Started({}, {.idle_timeout = std::chrono::milliseconds(50)});
  HttpConnection silent(server->port());
  EXPECT_TRUE(silent.IsClosedByPeer());
  HttpConnection halting(server->port());
  halting.Send("POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_TRUE(halting.IsClosedByPeer());
}

TEST(ReplayServerTest, OneConnectionTooManyGets503) {
  const auto server = Started({}, {.max_connections = 2});
  HttpConnection first(server->port());
  EXPECT_EQ(first.Post(kPath, kQuestion).status, 200);
  {
    HttpConnection second(server->port());
    EXPECT_EQ(second.Post(kPath, kQuestion).status, 200);
    HttpConnection third(server->port());
    EXPECT_EQ(third.Read().status, 503);
    EXPECT_EQ(second.Post(kPath, kQuestion).status, 200);
  }
  // A place that is given back can be had: the server sees the close before long.
  int status = 0;
  for (int i = 0; i < 1000 && status != 200; ++i) status = Post(server->port(), kPath, kQuestion).status;
  EXPECT_EQ(status, 200);
}

TEST(ReplayServerTest, WordsOfAStreamComeOneAfterTheOther) {
  const ReplayOptions slow = {.token_delay = std::chrono::milliseconds(20), .unknown = UnknownPrompt::kEcho};
  auto server = ReplayServer::Start(Recordings(), slow, {.listen = "127.0.0.1:0"});
  ASSERT_TRUE(server) << server.error().message;
  testing::HttpConnection connection((*server)->port());
  const std::string body = R"({"model":"m","messages":[{"role":"user","content":"one two"}],"stream":true})";
  for (int turn = 0; turn < 2; ++turn) {
    const auto start = std::chrono::steady_clock::now();
    const testing::RawReply reply = connection.Post("/v1/chat/completions", body);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.headers.at("content-type"), "text/event-stream");
    EXPECT_TRUE(reply.body.ends_with("data: [DONE]\n\n")) << reply.body;
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(80)) << "five events, four waits";
  }
}

TEST(ReplayServerTest, LatencyPassesBeforeTheAnswer) {
  const auto server = Started({.latency = *ParseLatency("80ms")});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Post(server->port(), kPath, kQuestion).status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(80));
}

TEST(ReplayServerTest, A429CarriesRetryAfter) {
  const auto server = Started({.faults = {.rate_limit = 1}, .retry_after = std::chrono::seconds(2)});
  const RawReply reply = Post(server->port(), kPath, kQuestion);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.headers.at("retry-after"), "2");
}

TEST(ReplayServerTest, TheKeyTravelsInTheAuthorizationHeader) {
  const auto server = Started({.api_key = "k1"});
  EXPECT_EQ(Post(server->port(), kPath, kQuestion, "Authorization: Bearer k1\r\n").status, 200);
  EXPECT_EQ(Post(server->port(), kPath, kQuestion, "Authorization: Bearer k2\r\n").status, 401);
  EXPECT_EQ(Post(server->port(), kPath, kQuestion).status, 401);
}

TEST(ReplayServerTest, SeveralThreadsServeSeveralClientsWithoutLosingCount) {
  const auto server = Started({}, {.threads = 3});
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back([&] {
      HttpConnection connection(server->port());
      for (int k = 0; k < 200; ++k) good += connection.Post(kPath, kQuestion).status == 200 ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 1200);
  EXPECT_EQ(server->counts().answered, 1200u);
}

TEST(ReplayServerTest, StopsWithRequestsWaiting) {
  auto server = Started({.latency = *ParseLatency("5m")}, {.threads = 2});
  HttpConnection waiting(server->port());
  HttpConnection idle(server->port());
  ASSERT_TRUE(waiting.Send(PostText(kPath, kQuestion)));
  ASSERT_EQ(Get(server->port(), "/healthz").status, 200);
  server->Stop();
  server.reset();
  EXPECT_EQ(waiting.Read().status, 0);
}

TEST(ReplayServerTest, AddressesAreChecked) {
  const auto error = [](const char* listen) {
    const auto started = ReplayServer::Start(Recordings(), {}, {.listen = listen});
    return started ? Error{} : started.error();
  };
  EXPECT_EQ(error("0.0.0.0:0"),
            (Error{ErrorCode::kPermissionDenied,
                   "listen address \"0.0.0.0:0\" is reachable from other machines; --allow-remote permits it",
                   {}}));
  EXPECT_EQ(error("[::]:0").code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(error("127.0.0.1").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error("127.0.0.1:65536").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error("127.0.0.1:").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error("example.com:80").message,
            "listen address \"example.com:80\": \"example.com\" is neither an IP address nor localhost");
  const auto remote = ReplayServer::Start(Recordings(), {}, {.listen = "0.0.0.0:0", .allow_remote = true});
  EXPECT_TRUE(remote);
  EXPECT_TRUE(ReplayServer::Start(Recordings(), {}, {.listen = "localhost:0"}));
}

TEST(ReplayServerTest, AnAddressInUseIsNamed) {
  const auto first = Started();
  const std::string listen = "127.0.0.1:" + std::to_string(first->port());
  const auto second = ReplayServer::Start(Recordings(), {}, {.listen = listen});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(),
            (Error{ErrorCode::kUnavailable, "cannot listen on " + listen + ": Address already in use", {}}));
}

TEST(ReplayServerTest, OptionsOutOfRangeAreRefused) {
  EXPECT_EQ(ReplayServer::Start(Recordings(), {}, {.threads = 0}).error().message, "threads 0 is not between 1 and 64");
  EXPECT_EQ(ReplayServer::Start(Recordings(), {.faults = {.error = 2}}, {}).error().message,
            "error rate is not between 0 and 1");
}

}  // namespace
}  // namespace assay
