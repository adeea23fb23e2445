#include "runners/http/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <latch>

#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Await;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

using Answer = Result<HttpResponse>;

asio::awaitable<Answer> SendOne(HttpClient& client, HttpRequest request, Deadline deadline) {
  co_return co_await client.Send(request, deadline);
}

asio::awaitable<Answer> SendNoting(HttpClient& client, HttpRequest request, HttpProgress& progress) {
  co_return co_await client.Send(request, DeadlineIn(seconds(30)), &progress);
}

class HttpClientTest : public ::testing::Test {
 protected:
  Answer Send(HttpRequest request, Duration within = seconds(30), int loop = 0) {
    return Await(loops.executor(loop), SendOne(*client, std::move(request), DeadlineIn(within)));
  }
  static HttpRequest To(const std::string& url, std::string body = "{}") {
    HttpRequest request;
    request.url = url;
    request.body = std::move(body);
    request.headers = {"Content-Type: application/json"};
    return request;
  }
  static HttpStub::Script Always(StubReply reply) {
    return [reply](const StubRequest&, int) { return reply; };
  }

  EventLoops loops{2};
  std::unique_ptr<HttpClient> client = std::make_unique<HttpClient>(loops);
};

TEST_F(HttpClientTest, SendsTheRequestAndReadsTheAnswer) {
  HttpStub stub([](const StubRequest&, int) {
    return StubReply{.status = 429,
                     .body = "later",
                     .headers = {{"content-TYPE", "text/plain"}, {"Retry-After", " 7 "}, {"retry-after-ms", "50"}}};
  });
  HttpRequest request = To(stub.url() + "/v1/x?y=1", "hello");
  request.headers.push_back("X-Test: yes");
  Answer answer = Send(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->body, "later");
  EXPECT_EQ(answer->content_type, "text/plain");
  EXPECT_EQ(answer->retry_after, "7");
  EXPECT_EQ(answer->retry_after_ms, "50");
  ASSERT_EQ(stub.received().size(), 1u);
  StubRequest received = stub.received()[0];
  EXPECT_EQ(received.method, "POST");
  EXPECT_EQ(received.target, "/v1/x?y=1");
  EXPECT_EQ(received.body, "hello");
  EXPECT_EQ(received.headers["x-test"], "yes");
  EXPECT_EQ(received.headers["content-type"], "application/json");
  EXPECT_EQ(received.headers.count("expect"), 0u);
}

TEST_F(HttpClientTest, GetHasNoBodyAlsoAfterAPost) {
  HttpStub stub(Always({.body = "ok"}));
  ASSERT_TRUE(Send(To(stub.url() + "/a")));
  HttpRequest get = To(stub.url() + "/b", "not sent");
  get.method = HttpMethod::kGet;
  ASSERT_TRUE(Send(get));
  EXPECT_EQ(stub.received()[1].method, "GET");
  EXPECT_EQ(stub.received()[1].body, "");
}

TEST_F(HttpClientTest, PutsAndForgetsThatOnTheSameConnection) {
  HttpStub stub(Always({.body = "ok"}));
  HttpRequest put = To(stub.url() + "/a", "hello");
  put.method = HttpMethod::kPut;
  ASSERT_TRUE(Send(put));
  ASSERT_TRUE(Send(To(stub.url() + "/b", "again")));
  EXPECT_EQ(stub.received()[0].method, "PUT");
  EXPECT_EQ(stub.received()[0].body, "hello");
  EXPECT_EQ(stub.received()[1].method, "POST");
  EXPECT_EQ(stub.received()[1].body, "again");
  EXPECT_EQ(stub.connections(), 1);
}

TEST_F(HttpClientTest, ReusesConnections) {
  HttpStub stub(Always({.body = "ok"}));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Send(To(stub.url())));
  EXPECT_EQ(stub.requests(), 20);
  EXPECT_EQ(stub.connections(), 1);
}

// libcurl would send it on one after the other of the connections that are open, and once more on a new one.
TEST_F(HttpClientTest, ARequestIsSentTwiceAtMostAndOnceWhereTheServerMayHaveWorkedOnIt) {
  struct Row {
    milliseconds until_closed;
    int sends;
  };
  for (const Row& row : {Row{milliseconds(0), 2}, Row{milliseconds(300), 1}}) {
    constexpr int kOpen = 6;
    std::atomic<bool> closes = false;
    HttpStub stub([&](const StubRequest&, int) {
      if (closes) return StubReply{.delay = row.until_closed, .fault = StubReply::Fault::kCut};
      return StubReply{.body = "ok", .delay = milliseconds(100)};
    });
    HttpProgress progress;
    std::latch answered(kOpen);
    for (int i = 0; i < kOpen; ++i) {
      asio::co_spawn(loops.executor(0), SendOne(*client, To(stub.url()), DeadlineIn(seconds(30))),
                     [&answered](const std::exception_ptr&, const Answer&) { answered.count_down(); });
    }
    answered.wait();
    ASSERT_EQ(stub.connections(), kOpen);
    closes = true;
    const Answer answer = Await(loops.executor(0), SendNoting(*client, To(stub.url()), progress));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(progress.sends, row.sends);
    EXPECT_EQ(stub.requests(), kOpen + row.sends);
  }
}

TEST_F(HttpClientTest, AConnectionThatTheServerHadGivenUpCostsNoAnswer) {
  HttpStub stub([](const StubRequest&, int index) {
    return StubReply{.body = "ok", .fault = index == 1 ? StubReply::Fault::kCut : StubReply::Fault::kNone};
  });
  HttpProgress progress;
  EXPECT_TRUE(Await(loops.executor(0), SendNoting(*client, To(stub.url()), progress)));
  EXPECT_EQ(progress.sends, 1);
  const Answer answer = Await(loops.executor(0), SendNoting(*client, To(stub.url()), progress));
  EXPECT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(progress.sends, 2);
  EXPECT_EQ(stub.requests(), 3);
  HttpRequest nowhere = To("http://127.0.0.1:" + std::to_string(testing::ClosedPort()) + "/");
  EXPECT_FALSE(Await(loops.executor(0), SendNoting(*client, nowhere, progress)));
  EXPECT_EQ(progress.sends, 0);
}

TEST_F(HttpClientTest, LatencyIsThatOfTheAnswer) {
  HttpStub stub(Always({.body = "ok", .delay = milliseconds(80)}));
  Answer answer = Send(To(stub.url()));
  ASSERT_TRUE(answer);
  EXPECT_GE(answer->latency, milliseconds(79));
  EXPECT_LT(answer->latency, seconds(20));
}

TEST_F(HttpClientTest, LargeRequestsAndAnswersPassUnchanged) {
  std::string large(3u << 20, 'x');
  HttpStub stub([](const StubRequest& request, int) { return StubReply{.body = request.body}; });
  Answer answer = Send(To(stub.url(), large));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, large);
}

TEST_F(HttpClientTest, AnAnswerOverTheCapIsRefused) {
  HttpStub stub(Always({.body = std::string(5000, 'x')}));
  HttpRequest request = To(stub.url());
  request.max_response_bytes = 5000;
  EXPECT_TRUE(Send(request));
  request.max_response_bytes = 4999;
  Answer answer = Send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(answer.error().message,
            stub.url() + ": the answer is larger than 4999 bytes; raise max_response_bytes if that is meant");
}

TEST_F(HttpClientTest, WhatGoesToThisMachineGoesThroughNoProxy) {
  HttpStub proxy(Always({.body = "of the proxy"}));
  HttpStub stub(Always({.body = "of the server"}));
  ASSERT_EQ(::setenv("http_proxy", proxy.url().c_str(), 1), 0);
  const Answer answer = Send(To(stub.url()));
  const Answer elsewhere = Send(To("http://assay.example/"));
  ::unsetenv("http_proxy");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "of the server");
  ASSERT_TRUE(elsewhere) << elsewhere.error().message;
  EXPECT_EQ(elsewhere->body, "of the proxy");
}

TEST_F(HttpClientTest, HeadersOverTheCapAreRefusedAsSuch) {
  StubReply reply{.body = "ok"};
  for (int i = 0; i < 300; ++i) reply.headers.emplace_back("x-" + std::to_string(i), std::string(1000, 'x'));
  HttpStub stub(Always(reply));
  Answer answer = Send(To(stub.url()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(answer.error().message, stub.url() + ": the headers of the answer are larger than 262144 bytes");
}

// Of a body of which no more is wanted: what comes of the connection after it does not matter.
TEST_F(HttpClientTest, ABodyIsWholeWhenItsReaderSaysSo) {
  const std::string body = "end" + std::string(100, '.');
  struct Row {
    StubReply reply;
    int connections;  // of three requests
  };
  for (const Row& row : {Row{{.body = body}, 1}, Row{{.body = body, .fault = StubReply::Fault::kStall}, 3},
                         Row{{.body = body, .fault = StubReply::Fault::kCutBody}, 3},
                         Row{{.body = body, .fault = StubReply::Fault::kReset}, 3},
                         Row{{.body = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nend\r\n",
                         .fault = StubReply::Fault::kGarbage},
                             3}}) {
    HttpStub stub(Always(row.reply));
    HttpRequest request = To(stub.url());
    std::string seen;
    request.on_body = [&seen](std::string_view piece) -> Result<BodyState> {
      seen += piece;
      return seen.starts_with("end") ? BodyState::kWhole : BodyState::kOpen;
    };
    for (int i = 0; i < 3; ++i) {
      seen.clear();
      Answer answer = Send(request);
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->status, 200);
      EXPECT_LT(answer->latency, seconds(20));
    }
    EXPECT_EQ(stub.connections(), row.connections) << row.reply.body;
    EXPECT_TRUE(Eventually([&] { return stub.open() == (row.connections == 1 ? 1 : 0); }));
  }
}

TEST_F(HttpClientTest, ABodyThatIsNeverWholeIsRead) {
  HttpStub cut(Always({.body = std::string(1000, 'x'), .fault = StubReply::Fault::kCutBody}));
  HttpRequest request = To(cut.url());
  request.on_body = [](std::string_view) -> Result<BodyState> { return BodyState::kOpen; };
  EXPECT_EQ(Send(request).error().code, ErrorCode::kUnavailable);
  request.on_body = [](std::string_view) -> Result<BodyState> { return Fail(ErrorCode::kDataLoss, "no"); };
  EXPECT_EQ(Send(request).error().message, "no");
}

TEST_F(HttpClientTest, ErrorsSayWhatHappened) {
  HttpStub cut(Always({.fault = StubReply::Fault::kCut}));
  HttpStub cut_body(Always({.body = std::string(1000, 'x'), .fault = StubReply::Fault::kCutBody}));
  HttpStub garbage(Always({.body = "SSH-2.0-OpenSSH_9.2\r\n", .fault = StubReply::Fault::kGarbage}));
  struct Row {
    std::string url;
    ErrorCode code;
    std::string message;
  };
  const Row rows[] = {
      {cut.url(), ErrorCode::kUnavailable, "Empty reply from server"},
      {cut_body.url(), ErrorCode::kUnavailable, "500 bytes remaining"},
      {garbage.url(), ErrorCode::kDataLoss, "the answer is not HTTP"},
      {"http://127.0.0.1:" + std::to_string(testing::ClosedPort()) + "/", ErrorCode::kUnavailable, "Failed to connect"},
      {"ftp://127.0.0.1/", ErrorCode::kInvalidArgument, "not an http or https address"},
      {"http://127.0.0.1:99999/", ErrorCode::kInvalidArgument, "not a valid address"},
      {"http://name.invalid/", ErrorCode::kUnavailable, "Could not resolve host"},
  };
  for (const Row& row : rows) {
    Answer answer = Send(To(row.url));
    ASSERT_FALSE(answer) << row.url;
    EXPECT_EQ(answer.error().code, row.code) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr(row.message));
  }
}

TEST_F(HttpClientTest, TimesOut) {
  HttpStub stub(Always({.fault = StubReply::Fault::kNever}));
  HttpRequest request = To(stub.url() + "/v1?key=secret");
  request.timeout = milliseconds(60);
  Answer answer = Send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(answer.error().message, stub.url() + "/v1: no answer within 60ms");
  EXPECT_TRUE(Eventually([&] { return stub.open() == 0; }));
}

TEST_F(HttpClientTest, ATimeoutSaysHowFarTheRequestCame) {
  HttpStub stub([](const StubRequest&, int index) {
    return index == 0 ? StubReply{.body = "ok"} : StubReply{.fault = StubReply::Fault::kNever};
  });
  ASSERT_TRUE(Send(To(stub.url())));
  HttpRequest on_a_kept_connection = To(stub.url());
  on_a_kept_connection.timeout = milliseconds(60);
  EXPECT_EQ(Send(on_a_kept_connection).error().message, stub.url() + ": no answer within 60ms");
  EXPECT_EQ(stub.connections(), 1);

  // The kernel accepts; nobody says a word of TLS.
  asio::io_context context;
  asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  const std::string url = "https://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  HttpRequest without_a_connection = To(url);
  without_a_connection.connect_timeout = milliseconds(60);
  EXPECT_EQ(Send(without_a_connection).error().message, url + ": no connection within 60ms");
}

TEST_F(HttpClientTest, TheDeadlineShortensTheTimeout) {
  HttpStub stub(Always({.fault = StubReply::Fault::kNever}));
  Answer answer = Send(To(stub.url()), milliseconds(50));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kDeadlineExceeded);
  Answer late = Send(To(stub.url()), -seconds(1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, stub.url() + ": no time left for the request");
  EXPECT_EQ(stub.requests(), 1);
}

TEST_F(HttpClientTest, DoesNotFollowRedirects) {
  HttpStub stub(Always({.status = 302, .headers = {{"Location", "http://127.0.0.1/elsewhere"}}}));
  Answer answer = Send(To(stub.url()));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->location, "http://127.0.0.1/elsewhere");
  EXPECT_EQ(stub.requests(), 1);
}

TEST_F(HttpClientTest, CancellationClosesTheConnection) {
  HttpStub stub(Always({.fault = StubReply::Fault::kNever}));
  asio::cancellation_signal signal;
  std::promise<Answer> ended;
  auto done = [&ended](const std::exception_ptr&, Answer answer) { ended.set_value(std::move(answer)); };
  asio::co_spawn(loops.executor(0), SendOne(*client, To(stub.url()), DeadlineIn(seconds(30))),
                 asio::bind_cancellation_slot(signal.slot(), done));
  ASSERT_TRUE(Eventually([&] { return stub.in_flight() == 1; }));
  asio::post(loops.executor(0), [&signal] { signal.emit(asio::cancellation_type::terminal); });
  Answer answer = ended.get_future().get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return stub.open() == 0; }));
}

TEST_F(HttpClientTest, ManyRequestsAtOnceOnAllLoops) {
  HttpStub stub([](const StubRequest& request, int) { return StubReply{.body = request.body}; });
  constexpr int kRequests = 2000;
  std::atomic<int> right = 0;
  std::latch ended(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    std::string body = std::to_string(i);
    auto done = [&, body](const std::exception_ptr&, const Answer& answer) {
      if (answer && answer->body == body) ++right;
      ended.count_down();
    };
    asio::co_spawn(loops.executor(i % 2), SendOne(*client, To(stub.url(), body), DeadlineIn(seconds(60))), done);
  }
  ended.wait();
  EXPECT_EQ(right, kRequests);
}

TEST_F(HttpClientTest, EndsWithTransfersInFlight) {
  HttpStub stub(Always({.fault = StubReply::Fault::kNever}));
  constexpr int kRequests = 20;
  std::atomic<int> cancelled = 0;
  std::latch ended(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    auto done = [&](const std::exception_ptr&, const Answer& answer) {
      if (!answer && answer.error().code == ErrorCode::kCancelled) ++cancelled;
      ended.count_down();
    };
    asio::co_spawn(loops.executor(i % 2), SendOne(*client, To(stub.url()), DeadlineIn(seconds(60))), done);
  }
  ASSERT_TRUE(Eventually([&] { return stub.in_flight() == kRequests; }));
  client.reset();
  ended.wait();
  EXPECT_EQ(cancelled, kRequests);
  EXPECT_TRUE(Eventually([&] { return stub.open() == 0; }));
}

TEST(HttpClient, EndsAfterTheLoopsWithTransfersInFlight) {
  HttpStub stub([](const StubRequest&, int) { return StubReply{.fault = StubReply::Fault::kNever}; });
  {
    EventLoops loops(2);
    HttpClient client(loops);
    for (int i = 0; i < 10; ++i) {
      HttpRequest request;
      request.url = stub.url();
      asio::co_spawn(loops.executor(i % 2), SendOne(client, request, DeadlineIn(seconds(60))), asio::detached);
    }
    ASSERT_TRUE(Eventually([&] { return stub.in_flight() == 10; }));
    loops.Stop();
  }
  EXPECT_TRUE(Eventually([&] { return stub.open() == 0; }));
}

TEST(HttpClient, RefusesCallersFromElsewhere) {
  EventLoops loops(1);
  EventLoops others(1);
  HttpClient client(loops);
  Answer answer = Await(others.executor(0), SendOne(client, {}, DeadlineIn(seconds(1))));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInternal);
}

TEST(DisplayUrl, LeavesOutWhatMayBeSecret) {
  EXPECT_EQ(DisplayUrl("https://h:1/p"), "https://h:1/p");
  EXPECT_EQ(DisplayUrl("https://me:pw@h/p?key=1#x"), "https://h/p");
  EXPECT_EQ(DisplayUrl("https://me:p@w@h"), "https://h");
  EXPECT_EQ(DisplayUrl("https://h/a@b"), "https://h/a@b");
  EXPECT_EQ(DisplayUrl("no url"), "no url");
}

}  // namespace
}  // namespace assay
