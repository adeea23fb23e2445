// Vectors of texts: what each provider sends and reads, and the same over real sockets with the endpoint around it.

#include <gmock/gmock.h>

#include <atomic>

#include "config/model.h"
#include "core/file.h"
#include "runners/endpoints/endpoint.h"
#include "runners/endpoints/provider.h"
#include "runners/event_loops.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::Await;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

const std::vector<std::string> kTexts = {"a \"cat\"", "Grüße"};

std::string RecordedEmbeddings(const std::string& provider, const std::string& file) {
  const auto text =
      ReadFile(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/endpoints/" + provider + "/" + file);
  EXPECT_TRUE(text) << provider << "/" << file;
  return text.value_or("");
}

std::unique_ptr<Provider> ProviderAt(const std::string& word, const std::string& url) {
  return *FindProvider(word)({.url = url, .model = "m", .api_key = "sk-secret", .headers = {}, .options = {}});
}

std::expected<Embeddings, AttemptFailure> ReadVectorsOf(const std::string& word, int status, std::string body) {
  HttpResponse answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = "application/json";
  return ProviderAt(word, "http://h")->ReadEmbeddings(answer, kTexts.size());
}

TEST(ProviderEmbeddings, AreAskedForAsEachApiDocumentsIt) {
  struct Row {
    const char* word;
    const char* base;
    const char* url;
    const char* body;
  };
  constexpr char kOpenai[] = R"({"model":"m","input":["a \"cat\"","Grüße"],"encoding_format":"float"})";
  for (const Row& row :
       {Row{"openai-chat", "https://h/v1", "https://h/v1/embeddings", kOpenai},
        Row{"openai-chat", "https://h/v1/chat/completions?v=2", "https://h/v1/embeddings?v=2", kOpenai},
        Row{"openai-responses", "https://h/v1/responses", "https://h/v1/embeddings", kOpenai},
        Row{"ollama", "http://h:11434", "http://h:11434/api/embed",
            R"({"model":"m","input":["a \"cat\"","Grüße"],"truncate":false})"},
        Row{"gemini", "https://h/v1beta", "https://h/v1beta/models/m:batchEmbedContents",
            R"({"requests":[{"model":"models/m","content":{"parts":[{"text":"a \"cat\""}]}},)"
            R"({"model":"models/m","content":{"parts":[{"text":"Grüße"}]}}]})"}}) {
    const auto made = ProviderAt(row.word, row.base)->MakeEmbeddingRequest(kTexts);
    ASSERT_TRUE(made) << row.word << " " << made.error().message;
    EXPECT_EQ(made->url, row.url);
    EXPECT_EQ(made->body, row.body);
    EXPECT_THAT(made->headers, ::testing::Contains(HasSubstr("sk-secret")));
  }
}

TEST(ProviderEmbeddings, AreReadInTheOrderOfTheTexts) {
  for (const char* word : {"openai-chat", "openai-responses", "ollama", "gemini"}) {
    const auto read = ReadVectorsOf(word, 200, RecordedEmbeddings(word, "embeddings.json"));
    ASSERT_TRUE(read) << word << " " << read.error().error.message;
    EXPECT_EQ(read->vectors,
              (std::vector<std::vector<float>>{{0.0023064255F, -0.009327292F, 1.0F}, {-0.028742F, 0.0110283F, 0.0F}}))
        << word;
    EXPECT_EQ(read->usage.tokens_in.value_or(0), std::string_view(word) == "gemini" ? 0 : 8) << word;
  }
}

TEST(ProviderEmbeddings, ErrorsAreThoseOfTheVendor) {
  struct Row {
    const char* word;
    int status;
    const char* message;
  };
  for (const Row& row :
       {Row{"openai-chat", 400, "answered 400 bad request: This model's maximum context length is 8192 tokens"},
        Row{"ollama", 400, "answered 400 bad request: input length exceeds maximum context length"},
        Row{"gemini", 404, "answered 404 not found: models/support-bot is not found for API version v1beta"}}) {
    const auto read = ReadVectorsOf(row.word, row.status, RecordedEmbeddings(row.word, "embeddings_error.json"));
    ASSERT_FALSE(read) << row.word;
    EXPECT_EQ(read.error().kind, FailureKind::kBadRequest);
    EXPECT_THAT(read.error().error.message, ::testing::StartsWith(row.message));
  }
}

TEST(ProviderEmbeddings, RefuseWhatIsNoVectorForEachText) {
  struct Row {
    const char* body;
    const char* message;
  };
  const std::string prefix = "answered 200 with JSON that holds no embeddings: ";
  for (const Row& row : {
           Row{"{}", "there is no list of them; check url and model"},
           Row{R"({"data":[]})", "0 for 2 texts"},
           Row{R"({"data":[{"embedding":[1]}]})", "1 for 2 texts"},
           Row{R"({"data":[{"embedding":[1]},{"embedding":[]}]})", "number 1 is no list of numbers"},
           Row{R"({"data":[{"embedding":[1]},{"embedding":"AACAPw=="}]})", "number 1 is no list of numbers"},
           Row{R"({"data":[{"embedding":[1]},{}]})", "number 1 is no list of numbers"},
           Row{R"({"data":[{"embedding":[1]},{"embedding":[null]}]})", "number 1 holds what is no finite number"},
           Row{R"({"data":[{"embedding":[1]},{"embedding":[1e39]}]})", "number 1 holds what is no finite number"},
           Row{R"({"data":[{"embedding":[1]},{"embedding":[1,2]}]})", "they differ in length"},
           Row{R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})", "number 0 is there twice"},
           Row{R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})", "an index is none of a text"},
           Row{R"({"data":[{"index":-1,"embedding":[1]},{"index":0,"embedding":[1]}]})", "an index is none of a text"},
       }) {
    const auto read = ReadVectorsOf("openai-chat", 200, row.body);
    ASSERT_FALSE(read) << row.body;
    EXPECT_EQ(read.error().kind, FailureKind::kMalformed);
    EXPECT_EQ(read.error().error.message, prefix + row.message);
  }
}

TEST(ProviderEmbeddings, TextsAreBounded) {
  const auto provider = ProviderAt("gemini", "http://h");
  const auto refused = [&](std::vector<std::string> texts) {
    return provider->MakeEmbeddingRequest(texts).error().message;
  };
  EXPECT_EQ(refused({}), "there is no text to embed");
  EXPECT_EQ(refused({"a", ""}), "text 1 to embed is empty");
  EXPECT_EQ(refused({std::string((1u << 20) + 1, 'x')}), "text 0 to embed is longer than 1 MiB");
  EXPECT_EQ(refused(std::vector<std::string>(101, "x")), "101 texts to embed at once; at most 100");
}

class CountedUse : public EndpointObserver {
 public:
  void OnAttempt(const std::string&, std::string_view code, Duration) override { codes += std::string(code) + " "; }
  void OnUsage(const std::string&, const Usage& usage) override { tokens += usage.tokens_in.value_or(0); }
  void OnFirstToken(const std::string&, Duration) override {}
  void OnThrottled(const std::string&) override { ++throttled; }
  void OnCost(const std::string&, double) override {}
  void OnInFlight(const std::string&, int) override {}
  void OnLimit(const std::string&, int) override {}

  std::string codes;
  std::int64_t tokens = 0;
  int throttled = 0;
};

class EmbeddingEndpoint : public ::testing::Test {
 protected:
  Result<Embeddings> Embed(HttpStub::Script script, const std::string& provider = "openai-chat") {
    stub_ = std::make_unique<HttpStub>(std::move(script));
    EndpointSpec spec;
    spec.provider = provider;
    spec.url = stub_->url() + "/v1";
    spec.model = "m";
    spec.backoff.initial = spec.backoff.max = std::chrono::milliseconds(1);
    const auto endpoint = MakeEndpoint("e@1", spec, {.http = client_, .observer = &observer_});
    EXPECT_TRUE(endpoint) << endpoint.error().message;
    return Await(loops_.executor(0), (*endpoint)->Embed(kTexts, DeadlineIn(std::chrono::seconds(30)), nullptr));
  }

  EventLoops loops_{1};
  HttpClient client_{loops_};
  CountedUse observer_;
  std::unique_ptr<HttpStub> stub_;
};

StubReply RecordedReply() {
  return {.status = 200,
          .body = RecordedEmbeddings("openai-chat", "embeddings.json"),
          .headers = {{"content-type", "application/json"}}};
}

TEST_F(EmbeddingEndpoint, IsAskedAgainAndCountedLikeAnyRequest) {
  const auto got = Embed([](const StubRequest&, int index) {
    if (index == 0) return StubReply{.status = 503, .body = "busy"};
    if (index == 1) return StubReply{.status = 429, .headers = {{"retry-after-ms", "1"}}};
    return RecordedReply();
  });
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->vectors.size(), 2u);
  EXPECT_EQ(got->attempts, 3);
  EXPECT_GT(got->latency, Duration::zero());
  EXPECT_EQ(observer_.codes, "503 429 200 ");
  EXPECT_EQ(observer_.tokens, 8);
  EXPECT_EQ(observer_.throttled, 1);
  EXPECT_EQ(stub_->received()[0].target, "/v1/embeddings");
}

TEST_F(EmbeddingEndpoint, WhatCannotBeRepairedIsAskedForOnce) {
  const auto got = Embed([](const StubRequest&, int) {
    return StubReply{.status = 400, .body = RecordedEmbeddings("openai-chat", "embeddings_error.json")};
  });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(got.error().message, HasSubstr("endpoint \"e@1\": answered 400 bad request: This model's maximum"));
  EXPECT_EQ(stub_->requests(), 1);
}

TEST_F(EmbeddingEndpoint, NoVectorIsAnErrorNotAGuess) {
  const auto got = Embed([](const StubRequest&, int) { return testing::ChatAnswer("[1, 2]"); });
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kDataLoss);
  EXPECT_THAT(got.error().message, HasSubstr("holds no embeddings: there is no list of them; check url and model"));
}

TEST_F(EmbeddingEndpoint, AProviderWithoutThemSaysSo) {
  const auto got = Embed([](const StubRequest&, int) { return RecordedReply(); }, "anthropic");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::kUnimplemented);
  EXPECT_EQ(got.error().message,
            "endpoint \"e@1\": this provider has no embeddings; openai-chat, openai-responses, gemini and ollama do");
  EXPECT_EQ(stub_->requests(), 0);
}

}  // namespace
}  // namespace assay
