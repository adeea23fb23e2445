// What answers cost: the arithmetic, and the tokens of each provider that it goes by.
#include "runners/endpoints/cost.h"

#include <gtest/gtest.h>

#include "runners/endpoints/provider.h"

namespace assay {
namespace {

TEST(Cost, IsThatOfAllTokensAndUnknownWithoutTheirNumber) {
  const TokenPricesSpec prices{.input = 2, .output = 8, .cached_input = 0.5};
  const TokenPricesSpec one_input_price{.input = 2, .output = 8, .cached_input = {}};
  struct Row {
    TokenPricesSpec prices;
    Usage usage;
    std::optional<double> usd;
  };
  const Row rows[] = {
      {prices, {.tokens_in = 1'000'000, .tokens_out = 500'000}, 6.0},
      {prices, {.tokens_in = 1'000'000, .tokens_out = 0, .tokens_in_cached = 600'000}, 1.1},
      {one_input_price, {.tokens_in = 1'000'000, .tokens_out = 0, .tokens_in_cached = 600'000}, 2.0},
      {prices, {.tokens_in = 10, .tokens_out = 0, .tokens_in_cached = 20}, 5e-6},  // no more than there are
      {prices, {.tokens_in = 0, .tokens_out = 0}, 0.0},
      {{}, {.tokens_in = 7, .tokens_out = 7}, 0.0},  // an endpoint of one's own
      {prices, {.tokens_in = 7}, std::nullopt},
      {prices, {.tokens_out = 7}, std::nullopt},
      {prices, {}, std::nullopt},
  };
  for (const Row& row : rows) {
    const std::optional<double> usd = CostUsd(row.prices, row.usage);
    ASSERT_EQ(usd.has_value(), row.usd.has_value());
    EXPECT_NEAR(usd.value_or(0), row.usd.value_or(0), 1e-15);
  }
}

std::unique_ptr<Provider> ProviderNamed(const char* word, const std::string& options) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("m.yaml", options, diagnostics);
  return FindProvider(word)({.url = "http://h",
                             .model = "m",
                             .api_key = "",
                             .headers = {},
                             .options = documents.empty() ? Node() : documents[0].root})
      .value();
}

TEST(Cost, TokensFromTheProvidersCacheAreToldApart) {
  struct Row {
    const char* provider;
    std::string answer;
  };
  const Row rows[] = {
      {"openai-chat",
       R"({"choices":[{"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":16}}})"},
      {"openai-responses",
       R"({"status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"}]}],"usage":{"input_tokens":20,"output_tokens":3,"input_tokens_details":{"cached_tokens":16}}})"},
      {"anthropic",
       R"({"type":"message","role":"assistant","content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":4,"cache_read_input_tokens":16,"output_tokens":3}})"},
      {"gemini",
       R"({"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":3,"cachedContentTokenCount":16}})"},
  };
  for (const Row& row : rows) {
    HttpResponse answer;
    answer.status = 200;
    answer.content_type = "application/json";
    answer.body = row.answer;
    const auto response = ProviderNamed(row.provider, "{}")->Read(answer);
    ASSERT_TRUE(response) << row.provider << ": " << response.error().error.message;
    EXPECT_EQ(response->usage.tokens_in, 20) << row.provider;
    EXPECT_EQ(response->usage.tokens_out, 3) << row.provider;
    EXPECT_EQ(response->usage.tokens_in_cached, 16) << row.provider;
  }
}

TEST(Cost, StreamsTellTokensFromTheProvidersCacheApart) {
  struct Row {
    const char* provider;
    std::string events;
  };
  const Row rows[] = {
      {"openai-chat",
       "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n"
       "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":3,"
       "\"prompt_tokens_details\":{\"cached_tokens\":16}}}\n\ndata: [DONE]\n\n"},
      {"anthropic",
       "data: "
       "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":4,\"cache_read_input_tokens\":16}}}\n\n"
       "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
       "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n"
       "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n"
       "data: {\"type\":\"message_stop\"}\n\n"},
      {"gemini",
       "data: "
       "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}],\"role\":\"model\"},\"finishReason\":\"STOP\"}],"
       "\"usageMetadata\":{\"promptTokenCount\":20,\"candidatesTokenCount\":3,\"cachedContentTokenCount\":16}}\n\n"},
  };
  for (const Row& row : rows) {
    const auto stream = ProviderNamed(row.provider, "{stream: true}")->MakeStream();
    ASSERT_NE(stream, nullptr) << row.provider;
    ASSERT_TRUE(stream->Read(row.events)) << row.provider;
    const auto response = stream->Finish();
    ASSERT_TRUE(response) << row.provider << ": " << response.error().error.message;
    EXPECT_EQ(response->usage.tokens_in, 20) << row.provider;
    EXPECT_EQ(response->usage.tokens_in_cached, 16) << row.provider;
  }
}

}  // namespace
}  // namespace assay
