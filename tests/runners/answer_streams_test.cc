// Streamed answers of the providers that have them: put together from pieces cut anywhere, and refused when they end
// early.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_text.h"
#include "core/file.h"
#include "runners/endpoints/provider.h"

namespace assay {
namespace {

std::string StreamData(const std::string& provider, const std::string& name) {
  auto text = ReadFile(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/endpoints/" + provider + "/" + name);
  EXPECT_TRUE(text) << provider << "/" << name;
  return text.value_or("");
}

std::unique_ptr<Provider> StreamingProvider(const std::string& word) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("m.yaml", "{stream: true}", diagnostics);
  auto provider = FindProvider(word)(
      {.url = "http://h/v1", .model = "m", .api_key = "sk-secret", .headers = {}, .options = documents.at(0).root});
  EXPECT_TRUE(provider) << provider.error().message;
  return *std::move(provider);
}

// The answer when `text` arrives in pieces of `piece` bytes.
std::expected<Response, AttemptFailure> Streamed(const std::string& word, std::string_view text,
                                                 std::size_t piece = 1000) {
  const auto stream = StreamingProvider(word)->MakeStream();
  for (std::size_t at = 0; at < text.size(); at += piece) {
    if (!stream->Read(text.substr(at, piece))) break;
  }
  return stream->Finish();
}

class AnswerStreams : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Every, AnswerStreams, ::testing::Values("openai-chat", "anthropic"),
                         [](const auto& instance) { return std::string(instance.param).substr(0, 6); });

TEST_P(AnswerStreams, AreAskedForOnlyWhenWanted) {
  EXPECT_THAT(StreamingProvider(GetParam())->MakeRequest({})->body, ::testing::HasSubstr("\"stream\":true"));
  const auto plain =
      FindProvider(GetParam())({.url = "http://h", .model = "m", .api_key = "", .headers = {}, .options = {}});
  EXPECT_EQ((*plain)->MakeStream(), nullptr);
  EXPECT_THAT((*plain)->MakeRequest({})->body, ::testing::Not(::testing::HasSubstr("stream")));
}

TEST_P(AnswerStreams, ArePutTogetherWhereverTheyAreCut) {
  const std::string text = StreamData(GetParam(), "stream.txt");
  for (const std::size_t piece : {1, 2, 3, 7, 64, 100'000}) {
    const auto response = Streamed(GetParam(), text, piece);
    ASSERT_TRUE(response) << response.error().error.message;
    EXPECT_EQ(response->text, "Die Antwort ist \"4\".\nGrüße");
    EXPECT_EQ(response->usage.tokens_in, 21);
    EXPECT_EQ(response->usage.tokens_out, 9);
    EXPECT_EQ(response->finish_reason, std::string(GetParam()) == "anthropic" ? "end_turn" : "stop");
  }
}

TEST_P(AnswerStreams, BringToolCallsInPieces) {
  const auto response = Streamed(GetParam(), StreamData(GetParam(), "stream_tool_calls.txt"), 5);
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->text, "");
  EXPECT_EQ(response->tool_calls,
            (std::vector<ToolCall>{{"find_invoice", R"({"number":"R-17"})", "call_1"}, {"notify", "{}", "call_2"}}));
}

TEST_P(AnswerStreams, ThatEndEarlyAreNoShortAnswers) {
  const std::string whole = StreamData(GetParam(), "stream.txt");
  const std::string_view terminator = std::string(GetParam()) == "anthropic" ? "event: message_stop" : "data: [DONE]";
  for (std::size_t length = 0; length <= whole.find(terminator); length += 11) {
    const auto response = Streamed(GetParam(), std::string_view(whole).substr(0, length));
    ASSERT_FALSE(response) << length;
    EXPECT_EQ(response.error().kind, FailureKind::kTransient) << length << ": " << response.error().error.message;
  }
}

TEST_P(AnswerStreams, HaveTheirFirstTokenWhenTheModelSaysSomething) {
  const std::string text = StreamData(GetParam(), "stream.txt");
  const std::size_t first_word = text.find("Die Antwort");
  const auto stream = StreamingProvider(GetParam())->MakeStream();
  ASSERT_TRUE(stream->Read(std::string_view(text).substr(0, first_word)));
  EXPECT_FALSE(stream->has_token());
  ASSERT_TRUE(stream->Read(std::string_view(text).substr(first_word, text.find('\n', first_word) + 2 - first_word)));
  EXPECT_TRUE(stream->has_token());
}

struct BadStream {
  const char* word;
  const char* text;
  FailureKind kind;
  const char* message;
};

TEST(AnswerStreamErrors, SayWhatIsWrong) {
  for (const BadStream& row : {
           BadStream{"openai-chat", "data: {\"error\":{\"message\":\"overloaded, key sk-secret\"}}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: overloaded, key [api_key]"},
           BadStream{"openai-chat", "data: oops\n\n", FailureKind::kMalformed,
                     "answered 200 with a stream that is not JSON (\"oops\")"},
           BadStream{"openai-chat", "data: [DONE]\n\n", FailureKind::kTransient,
                     "the stream of the answer ended without a finish_reason"},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"abort\"}]}\n\n"
                     "data: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 without a finished answer: finish_reason is \"abort\""},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"role\":\"user\",\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream of \"user\""},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1000000}]}}]}\n\ndata: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream whose tool_calls cannot be read"},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream that has no text"},
           BadStream{"anthropic",
                     "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
                     "\"Overloaded\"}}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: Overloaded"},
           BadStream{"anthropic",
                     "data: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}\n\n",
                     FailureKind::kRateLimited, "the stream of the answer ended by an error: slow"},
           BadStream{"anthropic", "data: {\"type\":\"message_stop\"}\n\n", FailureKind::kMalformed,
                     "answered 200 without a finished answer: stop_reason is \"\""},
       }) {
    const auto response = Streamed(row.word, row.text);
    ASSERT_FALSE(response) << row.text;
    EXPECT_EQ(response.error().kind, row.kind) << row.text;
    EXPECT_EQ(response.error().error.message, row.message);
  }
}

TEST(AnswerStreamErrors, AnEventWithoutEndIsRefused) {
  const auto stream = StreamingProvider("openai-chat")->MakeStream();
  EXPECT_FALSE(stream->Read("data: " + std::string(5u << 20, 'x')));
  const auto response = stream->Finish();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().error.message, "answered 200 with a stream of which an event has more than 4194304 bytes");
}

}  // namespace
}  // namespace assay
