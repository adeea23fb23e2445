// An endpoint before a limiter that counts refused requests too, over real sockets.

#include <gtest/gtest.h>

#include <deque>
#include <latch>

#include "config/model.h"
#include "runners/endpoints/endpoint.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

boost::asio::awaitable<bool> IsAnswered(Endpoint& endpoint) {
  ModelRequest request;
  request.messages = {{Role::kUser, "2+2?"}};
  const auto answer = co_await endpoint.Complete(request, DeadlineIn(seconds(60)), nullptr);
  co_return answer.has_value();
}

// Who goes on asking as before is refused for ever.
TEST(RateLimitedEndpoint, IsLeftAloneUntilItLetsRequestsThrough) {
  std::deque<std::chrono::steady_clock::time_point> seen;  // of the server's thread
  HttpStub stub([&](const StubRequest&, int) {
    const auto now = std::chrono::steady_clock::now();
    while (!seen.empty() && seen.front() <= now - milliseconds(200)) seen.pop_front();
    seen.push_back(now);
    return seen.size() <= 20 ? testing::ChatAnswer("four") : StubReply{.status = 429};
  });
  EndpointSpec spec;
  spec.provider = "openai-chat";
  spec.url = stub.url();
  spec.model = "bot";
  spec.limits.concurrency = 64;
  spec.backoff.initial = milliseconds(50);
  spec.backoff.max = milliseconds(400);
  EventLoops loops(2);
  HttpClient client(loops);
  const auto endpoint = MakeEndpoint("bot@1", spec, {.http = client});
  ASSERT_TRUE(endpoint) << endpoint.error().message;
  constexpr int kTrials = 300;
  std::atomic<int> answered = 0;
  std::latch ended(kTrials);
  for (int i = 0; i < kTrials; ++i) {
    boost::asio::co_spawn(loops.executor(i % 2), IsAnswered(**endpoint),
                          [&](const std::exception_ptr&, bool is_answered) {
                            if (is_answered) ++answered;
                            ended.count_down();
                          });
  }
  ended.wait();
  EXPECT_EQ(answered, kTrials);
  EXPECT_LE(stub.requests(), kTrials * 6 / 5 + 64);
}

}  // namespace
}  // namespace assay
