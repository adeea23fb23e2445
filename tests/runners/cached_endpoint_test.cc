// What comes from the response cache and what is kept there.
#include "runners/cached_endpoint.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <map>

#include "runners/http/http_client.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

namespace asio = boost::asio;

class MapCache : public ResponseCache {
 public:
  asio::awaitable<std::optional<Response>> Find(std::string digest, Duration ttl) override {
    last_ttl = ttl;
    const auto found = kept.find(digest);
    if (found == kept.end()) co_return std::nullopt;
    co_return found->second;
  }
  void Keep(std::string digest, const Response& response, Duration) override { kept.try_emplace(digest, response); }
  std::map<std::string, Response> kept;
  Duration last_ttl{0};
};

class Counting : public Endpoint {
 public:
  asio::awaitable<Result<Response>> Complete(const ModelRequest&, Deadline, Sender) override {
    ++asked;
    if (is_broken) co_return Fail(ErrorCode::kUnavailable, "down");
    Response response;
    response.text = "answer " + std::to_string(asked);
    response.finish_reason = finish_reason;
    response.latency = std::chrono::milliseconds(5);
    response.cost_usd = 0.5;
    co_return response;
  }
  std::string Fingerprint(const ModelRequest& request) const override {
    return request.messages.empty() ? "" : request.messages[0].content;
  }
  int asked = 0;
  bool is_broken = false;
  std::string finish_reason = "stop";
};

class CachedEndpointTest : public ::testing::Test {
 protected:
  Result<Response> Ask(const std::string& prompt, const std::string& scope = "p\nv1") {
    CachedEndpoint cached(endpoint_, cache_, scope, ttl_, use_);
    ModelRequest request;
    request.cached_for = cached_for_;
    if (!prompt.empty()) request.messages = {{Role::kUser, prompt}};
    std::optional<Result<Response>> answer;
    auto store = [&answer](const std::exception_ptr&, Result<Response> response) { answer = std::move(response); };
    asio::co_spawn(loop_, cached.Complete(request, DeadlineIn(std::chrono::minutes(1)), nullptr), store);
    loop_.restart();
    loop_.run();
    return *std::move(answer);
  }
  asio::io_context loop_;
  MapCache cache_;
  std::string cached_for_ = "case-1";
  Duration ttl_ = std::chrono::hours(1);
  CachedEndpoint::Use use_ = CachedEndpoint::Use::kFindAndKeep;
  std::shared_ptr<Counting> endpoint_ = std::make_shared<Counting>();
};

TEST_F(CachedEndpointTest, TheSameRequestIsAnsweredOnceAndMarkedAfterwards) {
  const auto first = Ask("q");
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->is_cached);
  const auto second = Ask("q");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text, "answer 1");
  EXPECT_TRUE(second->is_cached);
  EXPECT_EQ(second->attempts, 0);
  EXPECT_EQ(cache_.last_ttl, std::chrono::hours(1));
  EXPECT_EQ(endpoint_->asked, 1);
}

TEST_F(CachedEndpointTest, AnotherRequestModelVersionOrProjectIsAskedFor) {
  Ask("q");
  EXPECT_EQ(Ask("r")->text, "answer 2");
  EXPECT_EQ(Ask("q", "p\nv2")->text, "answer 3");
  EXPECT_EQ(Ask("q", "other\nv1")->text, "answer 4");
  cached_for_ = "case-2";
  EXPECT_EQ(Ask("q")->text, "answer 5") << "another case with the same prompt";
  for (const auto& [digest, response] : cache_.kept) EXPECT_EQ(digest.size(), 64u);
}

TEST_F(CachedEndpointTest, ATurnOfAConversationIsAskedForAnew) {
  cached_for_ = "";
  Ask("q");
  EXPECT_EQ(Ask("q")->text, "answer 2");
  EXPECT_TRUE(cache_.kept.empty());
}

// Whoever asks again for what failed, and only for that, draws until it is right.
TEST_F(CachedEndpointTest, EveryAnswerIsKeptAndNoError) {
  endpoint_->is_broken = true;
  EXPECT_FALSE(Ask("q"));
  EXPECT_TRUE(cache_.kept.empty());
  endpoint_->is_broken = false;
  for (const std::string reason :
       {"length", "max_tokens", "MAX_TOKENS", "content_filter", "SAFETY", "refusal", "incomplete"}) {
    endpoint_->finish_reason = reason;
    EXPECT_FALSE(Ask(reason)->is_cached);
    endpoint_->finish_reason = "stop";
    const auto again = Ask(reason);
    EXPECT_TRUE(again->is_cached) << reason;
    EXPECT_EQ(again->finish_reason, reason);
  }
}

TEST_F(CachedEndpointTest, WhatIsAskedAnewReplacesNothing) {
  Ask("q");
  use_ = CachedEndpoint::Use::kKeep;
  EXPECT_EQ(Ask("q")->text, "answer 2");
  EXPECT_EQ(Ask("r")->text, "answer 3");
  use_ = CachedEndpoint::Use::kFindAndKeep;
  EXPECT_EQ(Ask("q")->text, "answer 1");
  EXPECT_EQ(Ask("r")->text, "answer 3");
}

// Else a suite that keeps answers for a moment only chooses those of one that keeps them for a week.
TEST_F(CachedEndpointTest, SuitesOfAnotherLifetimeShareNothing) {
  Ask("q");
  ttl_ = std::chrono::seconds(1);
  EXPECT_EQ(Ask("q")->text, "answer 2");
  ttl_ = std::chrono::hours(1);
  EXPECT_EQ(Ask("q")->text, "answer 1");
}

TEST_F(CachedEndpointTest, WhatCannotBeSentIsNotLookedFor) {
  EXPECT_FALSE(Ask("")->is_cached);
  EXPECT_FALSE(Ask("")->is_cached);
  EXPECT_TRUE(cache_.kept.empty());
}

TEST(CachedText, BringsBackEverythingButTimes) {
  Response response;
  response.text = "Grüße \"x\"\n";
  response.tool_calls = {{"f", "{\"a\":1", "id-1"}};
  response.finish_reason = "tool_calls";
  response.usage = {.tokens_in = 21, .tokens_out = 9, .tokens_in_cached = 5};
  response.cost_usd = 0.125;
  response.latency = std::chrono::seconds(3);
  response.first_token = std::chrono::seconds(1);
  response.attempts = 3;
  response.logprobs = {{.chosen = {"G", -0.5}, .alternatives = {{"H", -1.25}, {"", -3.0}}}, {.chosen = {"r", 0.0}}};
  using Finding = GuardrailFinding;
  response.guardrails = {{Finding::Side::kOutput, Finding::Outcome::kFlagged, "refusal"},
                         {Finding::Side::kInput, Finding::Outcome::kFailed, "content_filter_error"}};
  const auto back = ResponseFromCachedText(CachedText(response));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->text, response.text);
  EXPECT_EQ(back->tool_calls, response.tool_calls);
  EXPECT_EQ(back->finish_reason, response.finish_reason);
  EXPECT_EQ(back->usage.tokens_in, 21);
  EXPECT_EQ(back->usage.tokens_out, 9);
  EXPECT_EQ(back->usage.tokens_in_cached, 5);
  EXPECT_EQ(back->cost_usd, 0.125);
  EXPECT_EQ(back->logprobs, response.logprobs);
  EXPECT_EQ(back->guardrails, response.guardrails);
  EXPECT_EQ(back->latency, Duration::zero());
  EXPECT_EQ(back->first_token, std::nullopt);

  const auto empty = ResponseFromCachedText(CachedText({}));
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->usage.tokens_in, std::nullopt);
  EXPECT_EQ(empty->cost_usd, std::nullopt);
}

TEST(CachedText, OfSomethingElseIsRefused) {
  for (const char* text :
       {"", "{}", "[]", R"({"text":1,"tool_calls":[],"logprobs":[],"guardrails":[]})",
        R"({"text":"a","tool_calls":{},"logprobs":[],"guardrails":[]})",
        R"({"text":"a","tool_calls":["f"],"logprobs":[]})", R"({"text":"a","tool_calls":[],"logprobs":[[]]})",
        R"({"text":"a","tool_calls":[],"logprobs":[[["a"]]]})",
        R"({"text":"a","tool_calls":[],"logprobs":[[["a","b"]]]})", R"({"text":"a","tool_calls":[],"logprobs":[]})",
        R"({"text":"a","tool_calls":[],"logprobs":[],"guardrails":[["input","flagged"]]})",
        R"({"text":"a","tool_calls":[],"logprobs":[],"guardrails":[["input","odd","x"]]})"}) {
    EXPECT_FALSE(ResponseFromCachedText(text)) << text;
  }
}

TEST(Fingerprint, IsThatOfProviderUrlAndBodyAndNotOfTheKey) {
  EventLoops loops{1};
  HttpClient client{loops};
  const auto fingerprint = [&](const std::string& url, const std::string& model, const std::string& prompt) {
    EndpointSpec spec;
    spec.provider = "openai-chat";
    spec.url = url;
    spec.model = model;
    const auto endpoint = MakeEndpoint("m", spec, {.http = client});
    ModelRequest request;
    request.messages = {{Role::kUser, prompt}};
    return (*endpoint)->Fingerprint(request);
  };
  const std::string first = fingerprint("http://h/v1", "m", "q");
  EXPECT_EQ(first.size(), 64u);
  EXPECT_EQ(fingerprint("http://h/v1", "m", "q"), first);
  EXPECT_NE(fingerprint("http://h/v2", "m", "q"), first);
  EXPECT_NE(fingerprint("http://h/v1", "n", "q"), first);
  EXPECT_NE(fingerprint("http://h/v1", "m", "r"), first);
}

}  // namespace
}  // namespace assay
