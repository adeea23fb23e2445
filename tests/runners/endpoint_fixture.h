#pragma once
// An endpoint over a stub server, and what it tells its observer.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/model.h"
#include "runners/endpoints/endpoint.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"

namespace assay::testing {

class Recorder : public EndpointObserver {
 public:
  void OnAttempt(const std::string& endpoint, std::string_view code, Duration) override {
    std::lock_guard lock(mutex_);
    codes.push_back(endpoint + " " + std::string(code));
    ++attempts;
  }
  void OnUsage(const std::string&, const Usage& usage) override {
    std::lock_guard lock(mutex_);
    tokens += usage.tokens_in.value_or(0) + usage.tokens_out.value_or(0);
  }
  void OnCost(const std::string&, double usd) override {
    std::lock_guard lock(mutex_);
    cost_usd += usd;
  }
  void OnFirstToken(const std::string&, Duration) override { ++first_tokens; }
  void OnThrottled(const std::string&) override { ++throttled; }
  void OnInFlight(const std::string&, int requests) override { in_flight = requests; }
  void OnLimit(const std::string&, int concurrency) override { limit = concurrency; }

  std::vector<std::string> codes;
  std::atomic<int> attempts = 0;
  std::int64_t tokens = 0;
  double cost_usd = 0;
  std::atomic<int> first_tokens = 0;
  std::atomic<int> throttled = 0;
  std::atomic<int> in_flight = -1;
  std::atomic<int> limit = 0;

 private:
  std::mutex mutex_;
};

inline boost::asio::awaitable<Result<Response>> CompleteOne(Endpoint& endpoint, Deadline deadline) {
  ModelRequest request;
  request.messages = {{Role::kUser, "2+2?"}};
  co_return co_await endpoint.Complete(request, deadline, nullptr);
}

class EndpointTest : public ::testing::Test {
 protected:
  static EndpointSpec Spec(const std::string& url) {
    EndpointSpec spec;
    spec.provider = "openai-chat";
    spec.url = url;
    spec.model = "bot";
    spec.backoff.initial = std::chrono::milliseconds(1);
    spec.backoff.max = std::chrono::milliseconds(4);
    return spec;
  }
  std::shared_ptr<Endpoint> Make(const EndpointSpec& spec) {
    auto endpoint = MakeEndpoint("bot@1", spec, {.http = client, .observer = &recorder});
    EXPECT_TRUE(endpoint) << endpoint.error().message;
    return *std::move(endpoint);
  }
  Result<Response> Complete(const EndpointSpec& spec, Duration within = std::chrono::seconds(30)) {
    auto endpoint = Make(spec);
    return Await(loops.executor(0), CompleteOne(*endpoint, DeadlineIn(within)));
  }

  EventLoops loops{2};
  HttpClient client{loops};
  Recorder recorder;
};

}  // namespace assay::testing
