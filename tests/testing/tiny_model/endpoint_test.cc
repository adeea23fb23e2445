// The live model through the engine: a real endpoint over real sockets that answers token by token.
#include "runners/endpoints/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "config/model.h"
#include "config/yaml_text.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/tiny_model/generation.h"
#include "tests/testing/tiny_model/language_model.h"
#include "tests/testing/tiny_model/server.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TinyModelEndpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = TinyModelFolder();
    if (!folder) GTEST_SKIP() << kNoTinyModel;
    auto server = TinyModelServer::Start(*folder);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }

  std::shared_ptr<Endpoint> Make(const std::string& options, const std::string& model = "stories260k") {
    EndpointSpec spec;
    spec.provider = "openai-chat";
    spec.url = server_->url();
    spec.model = model;
    Diagnostics diagnostics;
    spec.options = ParseYaml("m.yaml", options, diagnostics).at(0).root;
    auto endpoint = MakeEndpoint("tiny@1", spec, {.http = client_});
    EXPECT_TRUE(endpoint) << endpoint.error().message;
    return endpoint.value_or(nullptr);
  }
  static ModelRequest Ask(const std::string& text, Sampling sampling) {
    return {.messages = {{Role::kUser, text}}, .sampling = std::move(sampling)};
  }
  Result<Response> Complete(Endpoint& endpoint, const ModelRequest& request) {
    return Await(loops_.executor(0), endpoint.Complete(request, DeadlineIn(std::chrono::seconds(30)), nullptr));
  }

  std::unique_ptr<TinyModelServer> server_;
  EventLoops loops_{2};
  HttpClient client_{loops_};
};

TEST_F(TinyModelEndpoint, SaysTheSamePlainAndStreamed) {
  const auto plain = Make("{}");
  const auto streamed = Make("{stream: true}");
  for (const Sampling& sampling :
       {Sampling{.temperature = 0, .max_tokens = 60}, Sampling{.temperature = 1, .top_p = 0.9, .seed = 7},
        Sampling{.temperature = 0, .stop = {"big", " red"}}}) {
    const ModelRequest request = Ask("Once upon a time", sampling);
    const auto whole = Complete(*plain, request);
    const auto pieces = Complete(*streamed, request);
    ASSERT_TRUE(whole) << whole.error().message;
    ASSERT_TRUE(pieces) << pieces.error().message;
    EXPECT_FALSE(whole->text.empty());
    EXPECT_EQ(whole->text, pieces->text);
    EXPECT_EQ(whole->finish_reason, pieces->finish_reason);
    EXPECT_EQ(whole->usage.tokens_in, 5);
    EXPECT_EQ(whole->usage.tokens_in, pieces->usage.tokens_in);
    EXPECT_GT(whole->usage.tokens_out, 10);
    EXPECT_EQ(whole->usage.tokens_out, pieces->usage.tokens_out);
    EXPECT_FALSE(whole->first_token);
    ASSERT_TRUE(pieces->first_token);
    EXPECT_LT(*pieces->first_token, pieces->latency);
  }
}

TEST_F(TinyModelEndpoint, LogprobsAreThoseOfASeparatePass) {
  const LanguageModel model = LanguageModel::Load(*TinyModelFolder() / "stories260K.bin").value();
  const Tokenizer tokenizer = Tokenizer::Load(*TinyModelFolder() / "tok512.bin", model.shape().vocabulary).value();
  const ModelRequest request = Ask("The dog", {.max_tokens = 12, .seed = 3});
  const auto plain = Complete(*Make("{logprobs: true, top_logprobs: 3}"), request);
  const auto streamed = Complete(*Make("{logprobs: true, top_logprobs: 3, stream: true}"), request);
  ASSERT_TRUE(plain) << plain.error().message;
  ASSERT_TRUE(streamed) << streamed.error().message;
  ASSERT_EQ(plain->logprobs.size(), 12u);
  EXPECT_EQ(plain->logprobs, streamed->logprobs);
  Generation again(model, tokenizer, tokenizer.Encode("The dog"), {.max_tokens = 12, .seed = 3});
  Session session(model);
  std::span<const float> logits;
  for (const int token : tokenizer.Encode("The dog")) logits = session.Take(token);
  std::string text;
  for (const AnswerToken& token : plain->logprobs) {
    const int id = again.Next()->chosen.token;
    EXPECT_EQ(token.chosen.logprob, LogSoftmax(logits)[static_cast<std::size_t>(id)]);
    EXPECT_EQ(token.alternatives.size(), 3u);
    text += token.chosen.token;
    logits = session.Take(id);
  }
  EXPECT_EQ(text, plain->text);
}

TEST_F(TinyModelEndpoint, TheSeedDecides) {
  const auto endpoint = Make("{stream: true}");
  const auto text = [&](std::int64_t seed) {
    return Complete(*endpoint, Ask("The cat", {.max_tokens = 40, .seed = seed})).value().text;
  };
  EXPECT_EQ(text(1), text(1));
  EXPECT_NE(text(1), text(2));
}

TEST_F(TinyModelEndpoint, ManyStreamsAtOnceDoNotMix) {
  const auto endpoint = Make("{stream: true}");
  constexpr int kRequests = 32;
  std::vector<ModelRequest> requests;
  std::vector<std::string> alone;
  for (int i = 0; i < kRequests; ++i) {
    requests.push_back(Ask("Tom", {.max_tokens = 15 + i, .seed = i}));
    alone.push_back(Complete(*endpoint, requests.back()).value().text);
  }
  std::vector<std::string> together(kRequests);
  std::latch ended(kRequests);
  for (std::size_t i = 0; i < kRequests; ++i) {
    const auto done = [&, i](const std::exception_ptr&, const Result<Response>& answer) {
      if (answer) together[i] = answer->text;
      ended.count_down();
    };
    boost::asio::co_spawn(loops_.executor(static_cast<int>(i % 2)),
                          endpoint->Complete(requests[i], DeadlineIn(std::chrono::seconds(30)), nullptr), done);
  }
  ended.wait();
  EXPECT_EQ(together, alone);
  EXPECT_EQ(server_->requests(), 2 * kRequests);
}

TEST_F(TinyModelEndpoint, RefusalsAreUnderstood) {
  const auto refused = Complete(*Make("{stream: true}", "gpt-4"), Ask("Hi", {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(refused.error().message,
            "endpoint \"tiny@1\": answered 404 not found: the model `gpt-4` does not exist; check url and model");
  const auto too_long = Complete(*Make("{}"), Ask(std::string(5000, '#'), {}));
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().message,
              StartsWith("endpoint \"tiny@1\": answered 400 bad request: this model's context has 512 tokens"));
  const auto too_large = Complete(*Make("{}"), Ask(std::string(2 * TinyModelServer::kMaxBody, '#'), {}));
  ASSERT_FALSE(too_large);
  EXPECT_THAT(too_large.error().message, HasSubstr("413"));
  EXPECT_TRUE(Complete(*Make("{}"), Ask("Hi", {.max_tokens = 2})));
}

TEST_F(TinyModelEndpoint, GivesUpAnAnswerWhoseReaderIsGone) {
  const auto endpoint = Make("{stream: true}");
  const ModelRequest request = Ask("", {.temperature = 0});
  const auto deadline = DeadlineIn(std::chrono::milliseconds(5));
  EXPECT_FALSE(Await(loops_.executor(0), endpoint->Complete(request, deadline, nullptr)));
  EXPECT_TRUE(Eventually([&] { return server_->open() == 0; }));
}

}  // namespace
}  // namespace assay::testing
