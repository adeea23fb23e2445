#include "tests/testing/tiny_model/chat_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

class TinyChatApi : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = TinyModelFolder();
    if (!folder) GTEST_SKIP() << kNoTinyModel;
    model_ = LanguageModel::Load(*folder / "stories260K.bin").value();
    tokenizer_ = Tokenizer::Load(*folder / "tok512.bin", model_.shape().vocabulary).value();
  }

  std::expected<ChatCall, ApiError> Read(const std::string& more, const std::string& content = "\"Hi\"") {
    return ReadChatCall(R"({"model":"stories260k","messages":[{"role":"user","content":)" + content + "}]" + more + "}",
                        model_, tokenizer_, 9);
  }
  ChatCall Call(const std::string& more, const std::string& content = "\"Hi\"") {
    auto call = Read(more, content);
    EXPECT_TRUE(call) << call.error().message;
    return call.value_or(ChatCall());
  }
  Json Whole(const ChatCall& call) {
    ChatReply reply(model_, tokenizer_, call, "c1", 5);
    while (reply.Advance()) {
    }
    return Json::Parse(reply.Whole()).value();
  }
  std::vector<Json> Chunks(const ChatCall& call) {
    ChatReply reply(model_, tokenizer_, call, "c1", 5);
    std::vector<Json> chunks = {Json::Parse(reply.FirstChunk()).value()};
    for (bool is_growing = true; is_growing;) {
      is_growing = reply.Advance();
      const std::string chunk = reply.TokenChunk();
      if (!chunk.empty()) chunks.push_back(Json::Parse(chunk).value());
    }
    for (const std::string& chunk : reply.LastChunks()) chunks.push_back(Json::Parse(chunk).value());
    return chunks;
  }

  LanguageModel model_;
  Tokenizer tokenizer_;
};

const Json& Choice(const Json& body) { return body.Find("choices")->as_array().at(0); }

TEST_F(TinyChatApi, ReadsWhatARequestMayHold) {
  const ChatCall call = Call(R"(,"max_tokens":5,"temperature":0.5,"top_p":0.9,"seed":-3,"stop":["a","b"],"stream":true,
                                 "stream_options":{"include_usage":true},"logprobs":true,"top_logprobs":2,"user":"x")",
                             R"([{"type":"text","text":"Hi"},{"type":"text","text":" you"}])");
  EXPECT_EQ(call.prompt, tokenizer_.Encode("Hi you"));
  EXPECT_EQ(call.options.max_tokens, 5);
  EXPECT_EQ(call.options.temperature, 0.5);
  EXPECT_EQ(call.options.top_p, 0.9);
  EXPECT_EQ(call.options.seed, static_cast<std::uint64_t>(-3));
  EXPECT_EQ(call.options.alternatives, 2);
  EXPECT_EQ(call.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(call.is_stream && call.wants_usage && call.wants_logprobs);
  const ChatCall plain = Call(R"(,"seed":null,"stop":"x")");
  EXPECT_EQ(plain.options.max_tokens, 512);
  EXPECT_EQ(plain.options.temperature, 1);
  EXPECT_EQ(plain.options.seed, 9u);
  EXPECT_EQ(plain.stop, std::vector<std::string>{"x"});
  EXPECT_FALSE(plain.is_stream || plain.wants_usage || plain.wants_logprobs);
}

TEST_F(TinyChatApi, MessagesAreJoined) {
  const auto call = ReadChatCall(
      R"({"model":"stories260k","messages":[{"role":"system","content":"A"},{"role":"user","content":"B"}]})", model_,
      tokenizer_, 0);
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->prompt, tokenizer_.Encode("A\nB"));
}

TEST_F(TinyChatApi, RefusesBadRequestsInTheFormOfTheVendor) {
  struct Row {
    std::string more;
    std::string param;
    std::string code;
  };
  for (const Row& row :
       {Row{R"(,"max_tokens":0)", "max_tokens", "invalid_value"},
        Row{R"(,"max_tokens":"5")", "max_tokens", "invalid_value"},
        Row{R"(,"temperature":2.5)", "temperature", "invalid_value"}, Row{R"(,"top_p":-1)", "top_p", "invalid_value"},
        Row{R"(,"seed":1.5)", "seed", "invalid_value"}, Row{R"(,"stream":1)", "stream", "invalid_value"},
        Row{R"(,"stop":["a","b","c","d","e"])", "stop", "invalid_value"}, Row{R"(,"stop":"")", "stop", "invalid_value"},
        Row{R"(,"logprobs":true,"top_logprobs":21)", "top_logprobs", "invalid_value"},
        Row{R"(,"top_logprobs":1)", "top_logprobs", "invalid_value"},
        Row{R"(,"stream_options":{})", "stream_options", "invalid_value"},
        Row{R"(,"messages":[])", "messages", "invalid_value"},
        Row{R"(,"messages":[{"role":"cook","content":""}])", "messages[0].role", "invalid_value"},
        Row{R"(,"messages":[{"role":"user","content":1}])", "messages[0].content", "invalid_value"},
        Row{R"(,"model":"gpt-4")", "model", "model_not_found"}}) {
    const auto call = Read(row.more);
    ASSERT_FALSE(call) << row.more;
    EXPECT_EQ(call.error().status, row.code == "model_not_found" ? 404 : 400) << row.more;
    EXPECT_EQ(call.error().param, row.param) << row.more;
    EXPECT_EQ(call.error().code, row.code) << row.more;
  }
  EXPECT_EQ(ErrorBody({.message = "m", .param = "p"}),
            R"({"error":{"message":"m","type":"invalid_request_error","param":"p","code":"invalid_value"}})");
  EXPECT_EQ(ReadChatCall("{", model_, tokenizer_, 0).error().code, "invalid_json");
}

TEST_F(TinyChatApi, APromptThatFillsTheContextIsRefused) {
  for (const std::size_t size : {600, 100'000}) {
    const auto call = Read("", Json(std::string(size, '#')).Dump());
    ASSERT_FALSE(call);
    EXPECT_EQ(call.error().code, "context_length_exceeded");
    EXPECT_THAT(call.error().message, HasSubstr("512 tokens"));
  }
}

TEST_F(TinyChatApi, WholeAnswersAndStreamsSayTheSame) {
  for (const char* more : {R"(,"max_tokens":30,"seed":4)", R"(,"max_tokens":60,"temperature":0,"stop":[" the"])",
                           R"(,"max_tokens":40,"seed":1,"temperature":2)"}) {
    const Json whole = Whole(Call(std::string(more) + R"(,"logprobs":true,"top_logprobs":2)"));
    const std::vector<Json> chunks =
        Chunks(Call(std::string(more) +
                    R"(,"logprobs":true,"top_logprobs":2,"stream":true,"stream_options":{"include_usage":true})"));
    std::string text;
    Json::Array logprobs;
    for (std::size_t i = 0; i + 1 < chunks.size(); ++i) {
      const Json& choice = Choice(chunks[i]);
      if (const Json* piece = choice.Find("delta")->Find("content")) text += piece->as_string();
      if (const Json* scored = choice.Find("logprobs"); scored->is_object()) {
        for (const Json& token : scored->Find("content")->as_array()) logprobs.push_back(token);
      }
      EXPECT_TRUE(chunks[i].Find("usage")->is_null());
    }
    EXPECT_EQ(text, Choice(whole).Find("message")->Find("content")->as_string());
    EXPECT_EQ(Json(logprobs), *Choice(whole).Find("logprobs")->Find("content"));
    EXPECT_EQ(*chunks.back().Find("usage"), *whole.Find("usage"));
    EXPECT_EQ(whole.Find("usage")->Find("completion_tokens")->as_integer(), static_cast<std::int64_t>(logprobs.size()));
    EXPECT_EQ(*Choice(chunks[chunks.size() - 2]).Find("finish_reason"), *Choice(whole).Find("finish_reason"));
  }
}

TEST_F(TinyChatApi, SaysWhyItEnded) {
  EXPECT_EQ(*Choice(Whole(Call(R"(,"max_tokens":3,"temperature":0)"))).Find("finish_reason"), Json("length"));
  const Json stopped = Whole(Call(R"(,"temperature":0,"stop":[", there"])", "\"\""));
  EXPECT_EQ(*Choice(stopped).Find("finish_reason"), Json("stop"));
  EXPECT_EQ(*Choice(stopped).Find("message")->Find("content"), Json("Once upon a time"));
  EXPECT_EQ(stopped.Find("usage")->Find("prompt_tokens")->as_integer(), 1);
}

}  // namespace
}  // namespace assay::testing
