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

struct StreamedProtocol {
  const char* word;
  const char* asks;           // what the request for a stream has in its address or body
  const char* finish_reason;  // of stream.txt
  bool has_call_ids = true;
};

class AnswerStreams : public ::testing::TestWithParam<StreamedProtocol> {
 protected:
  std::string whole() const { return StreamData(GetParam().word, "stream.txt"); }
};

INSTANTIATE_TEST_SUITE_P(Every, AnswerStreams,
                         ::testing::Values(StreamedProtocol{"openai-chat", "\"stream\":true", "stop"},
                                           StreamedProtocol{"openai-responses", "\"stream\":true", "completed"},
                                           StreamedProtocol{"anthropic", "\"stream\":true", "end_turn"},
                                           StreamedProtocol{"gemini", ":streamGenerateContent?alt=sse", "STOP"},
                                           StreamedProtocol{"ollama", "\"stream\":true", "stop", false}),
                         [](const auto& instance) {
                           std::string name = instance.param.word;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(AnswerStreams, AreAskedForOnlyWhenWanted) {
  const HttpRequest streaming = StreamingProvider(GetParam().word)->MakeRequest({}).value();
  EXPECT_THAT(streaming.url + streaming.body, ::testing::HasSubstr(GetParam().asks));
  const auto plain =
      FindProvider(GetParam().word)({.url = "http://h", .model = "m", .api_key = "", .headers = {}, .options = {}});
  EXPECT_EQ((*plain)->MakeStream(), nullptr);
  const HttpRequest whole_answer = (*plain)->MakeRequest({}).value();
  EXPECT_THAT(whole_answer.url + whole_answer.body, ::testing::Not(::testing::HasSubstr(GetParam().asks)));
}

TEST_P(AnswerStreams, ArePutTogetherWhereverTheyAreCut) {
  const std::string text = whole();
  const auto expect_whole = [&](const std::expected<Response, AttemptFailure>& response, std::size_t cut) {
    ASSERT_TRUE(response) << cut << ": " << response.error().error.message;
    EXPECT_EQ(response->text, "Die Antwort ist \"4\".\nGrüße") << cut;
    EXPECT_EQ(response->usage.tokens_in, 21) << cut;
    EXPECT_EQ(response->usage.tokens_out, 9) << cut;
    EXPECT_EQ(response->finish_reason, GetParam().finish_reason) << cut;
  };
  for (const std::size_t piece : {1, 2, 3, 7, 64, 100'000}) {
    expect_whole(Streamed(GetParam().word, text, piece), piece);
  }
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto stream = StreamingProvider(GetParam().word)->MakeStream();
    ASSERT_TRUE(stream->Read(std::string_view(text).substr(0, cut)));
    ASSERT_TRUE(stream->Read(std::string_view(text).substr(cut)));
    expect_whole(stream->Finish(), cut);
  }
}

TEST_P(AnswerStreams, BringToolCallsInPieces) {
  const auto response = Streamed(GetParam().word, StreamData(GetParam().word, "stream_tool_calls.txt"), 5);
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->text, "");
  std::vector<ToolCall> expected = {{"find_invoice", R"({"number":"R-17"})", "call_1"}, {"notify", "{}", "call_2"}};
  for (ToolCall& call : expected) call.id = GetParam().has_call_ids ? call.id : "";
  EXPECT_EQ(response->tool_calls, expected);
}

// Only the end of the last event makes an answer of it.
TEST_P(AnswerStreams, ThatEndEarlyAreNoShortAnswers) {
  for (const char* file : {"stream.txt", "stream_tool_calls.txt"}) {
    const std::string text = StreamData(GetParam().word, file);
    // Its lines need no newline at the end.
    const std::size_t whole = text.size() - (std::string(GetParam().word) == "ollama" ? 1 : 0);
    for (std::size_t length = 0; length < whole; ++length) {
      const auto response = Streamed(GetParam().word, std::string_view(text).substr(0, length));
      ASSERT_FALSE(response) << file << " " << length;
      EXPECT_EQ(response.error().kind, FailureKind::kTransient) << length << ": " << response.error().error.message;
    }
  }
}

TEST_P(AnswerStreams, HaveTheirFirstTokenWhenTheModelSaysSomething) {
  const std::string text = whole();
  const std::size_t first_word = text.find("Die Antwort");
  const auto stream = StreamingProvider(GetParam().word)->MakeStream();
  ASSERT_TRUE(stream->Read(std::string_view(text).substr(0, first_word)));
  EXPECT_FALSE(stream->has_token());
  ASSERT_TRUE(stream->Read(std::string_view(text).substr(first_word, text.find('\n', first_word) + 2 - first_word)));
  EXPECT_TRUE(stream->has_token());
}

TEST_P(AnswerStreams, ThatNeverEndALineAreRefused) {
  const auto stream = StreamingProvider(GetParam().word)->MakeStream();
  EXPECT_FALSE(stream->Read("data: " + std::string(5u << 20, 'x')));
  const auto response = stream->Finish();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, FailureKind::kMalformed);
  EXPECT_THAT(response.error().error.message, ::testing::HasSubstr("has more than 4194304 bytes"));
}

TEST_P(AnswerStreams, OfSomethingElseAreRefused) {
  for (const char* body : {"data: oops\n\n", "data: [1]\n\n", "data: {\"a\":1,\"a\":2}\n\n"}) {
    const bool has_events = std::string(GetParam().word) != "ollama";
    const auto response = Streamed(GetParam().word, has_events ? body : body + 6);
    ASSERT_FALSE(response) << body;
    EXPECT_EQ(response.error().kind, FailureKind::kMalformed);
    EXPECT_THAT(response.error().error.message, ::testing::StartsWith("answered 200 with a stream that is not JSON"));
  }
}

struct BadStream {
  const char* word;
  const char* text;
  FailureKind kind;
  const char* message;
};

// The ends of the last event are missing, and the body was not cut off.
TEST_P(AnswerStreams, NeedNoBlankLineAfterTheirLastEvent) {
  std::string text = whole();
  text.erase(text.find_last_not_of("\r\n") + 1);
  for (const std::string& end : {std::string(), std::string("\n"), std::string("\r\n")}) {
    const auto stream = StreamingProvider(GetParam().word)->MakeStream();
    ASSERT_TRUE(stream->Read(text + end));
    stream->EndOfBody();
    const auto response = stream->Finish();
    ASSERT_TRUE(response) << response.error().error.message;
    EXPECT_EQ(response->text, "Die Antwort ist \"4\".\nGrüße");
    EXPECT_EQ(response->usage.tokens_out, 9);
  }
  // Half an event is none.
  const auto cut = StreamingProvider(GetParam().word)->MakeStream();
  ASSERT_TRUE(cut->Read(std::string_view(text).substr(0, text.size() - 2)));
  cut->EndOfBody();
  EXPECT_FALSE(cut->Finish());
}

// Models are known to stop without a word: an empty answer, which graders judge. To ask again would draw another.
TEST(AnswerStreamTexts, OfModelsThatSayNothingAreEmpty) {
  const std::pair<const char*, const char*> rows[] = {
      {"openai-chat", "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
      {"openai-chat",
       "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"reasoning\",\"text\":\"x\"}]},"
       "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
      {"openai-responses",
       "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n"},
      {"anthropic",
       "data: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\"}}\n\n"
       "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
       "data: {\"type\":\"message_stop\"}\n\n"},
      {"gemini", "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n"}};
  for (const auto& [word, text] : rows) {
    const auto response = Streamed(word, text);
    ASSERT_TRUE(response) << word << ": " << response.error().error.message;
    EXPECT_EQ(response->text, "") << word;
  }
}

TEST(AnswerStreamCalls, OfServersThatNumberNoneOrAllAlikeAreToldApartByTheirIds) {
  const auto piece = [](const std::string& call) {
    return "data: {\"choices\":[{\"delta\":{\"tool_calls\":[" + call + "]}}]}\n\n";
  };
  const std::string end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
  const std::vector<ToolCall> expected = {{"f", "{\"a\":1}", "1"}, {"g", "{\"a\":2}", "2"}};
  for (const std::string number : {"", "\"index\":0,"}) {
    const std::string begin = "{" + number + "\"id\":";
    const auto whole =
        Streamed("openai-chat", piece(begin + R"("1","function":{"name":"f","arguments":"{\"a\":1}"}})") +
                                    piece(begin + R"("2","function":{"name":"g","arguments":"{\"a\":2}"}})") + end);
    ASSERT_TRUE(whole) << whole.error().error.message;
    EXPECT_EQ(whole->tool_calls, expected) << number;
    const auto in_pieces =
        Streamed("openai-chat", piece(begin + R"("1","function":{"name":"f","arguments":"{\"a\""}})") +
                                    piece("{" + number + R"("function":{"arguments":":1}"}})") +
                                    piece(begin + R"("2","function":{"name":"g","arguments":"{\"a\""}})") +
                                    piece(begin + R"("2","function":{"name":"g","arguments":":2}"}})") + end);
    ASSERT_TRUE(in_pieces) << in_pieces.error().error.message;
    EXPECT_EQ(in_pieces->tool_calls, expected) << number;
  }
}

TEST(AnswerStreamErrors, SayWhatIsWrong) {
  for (const BadStream& row : {
           BadStream{"openai-chat", "data: {\"error\":{\"message\":\"overloaded, key sk-secret\"}}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: overloaded, key [api_key]"},
           BadStream{"openai-chat", "data: {\"error\":{\"message\":\"pay\",\"code\":\"insufficient_quota\"}}\n\n",
                     FailureKind::kQuota, "the stream of the answer ended by an error: pay"},
           BadStream{"openai-chat", "data: {\"error\":{\"message\":\"slow\",\"code\":429}}\n\n",
                     FailureKind::kRateLimited, "the stream of the answer ended by an error: slow"},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"name\":\"f\"}}]},"
                     "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream of which a tool call has no name"},
           BadStream{"gemini",
                     "data: {\"error\":{\"code\":429,\"message\":\"day\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":"
                     "[{\"violations\":[{\"quotaId\":\"RequestsPerDayPerProject\"}]}]}}\n\n",
                     FailureKind::kQuota, "the stream of the answer ended by an error: day"},
           BadStream{"openai-chat", "event: error\ndata: {\"message\":\"boom sk-secret\"}\n\n", FailureKind::kTransient,
                     "the stream of the answer ended by an error: boom [api_key]"},
           BadStream{"openai-chat", "event: error\ndata: {\"code\":\"insufficient_quota\"}\n\n", FailureKind::kQuota,
                     "the stream of the answer ended by an error: {\"code\":\"insufficient_quota\"}"},
           BadStream{"openai-chat", "event: error\ndata: boom\n\ndata: [DONE]\n\n", FailureKind::kTransient,
                     "the stream of the answer ended by an error: boom"},
           BadStream{"gemini", "event: error\ndata: {\"message\":\"boom\"}\n\n", FailureKind::kTransient,
                     "the stream of the answer ended by an error: boom"},
           BadStream{
               "openai-chat",
               "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\",\"error\":{\"message\":"
               "\"died\",\"code\":\"rate_limit_exceeded\"}}]}\n\ndata: [DONE]\n\n",
               FailureKind::kRateLimited, "the stream of the answer ended by an error: died"},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"error\"}]}\n\n"
                     "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 without a finished answer: finish_reason is \"error\""},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n"
                     "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 without a finished answer: finish_reason is \"error\""},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"content\":{\"text\":\"x\"}},\"finish_reason\":\"stop\"}]}\n\n"
                     "data: [DONE]\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream whose content cannot be read"},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"delta\":{\"content\":\"x\",\"tool_calls\":{\"index\":0}}}]}\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream whose tool_calls cannot be read"},
           BadStream{
               "openai-chat",
               "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n"
               "data: "
               "{\"choices\":[{\"index\":1,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\"}}]}}]}"
               "\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
               "data: [DONE]\n\n",
               FailureKind::kMalformed,
               "answered 200 with a stream of several answers, the first of which has none of its tool calls"},
           BadStream{"openai-chat",
                     "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n"
                     "data: [DONE]\n\n",
                     FailureKind::kTransient, "the stream of the answer ended without a finish_reason"},
           BadStream{"gemini",
                     "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"OTHER\"}]}"
                     "\n\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
                     FailureKind::kMalformed, "answered 200 without a finished answer: finishReason is \"OTHER\""},
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
           BadStream{"anthropic",
                     "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
                     "\"Overloaded\"}}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: Overloaded"},
           BadStream{"anthropic",
                     "data: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\"}}\n\n",
                     FailureKind::kRateLimited, "the stream of the answer ended by an error: slow"},
           BadStream{
               "anthropic",
               "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
               "\"long\"}}\n\n",
               FailureKind::kBadRequest, "the stream of the answer ended by an error: long"},
           BadStream{"anthropic",
                     "data: {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"who\"}}\n\n",
                     FailureKind::kAuth, "the stream of the answer ended by an error: who"},
           BadStream{"anthropic", "event: error\ndata: {\"type\":\"permission_error\",\"message\":\"you\"}\n\n",
                     FailureKind::kAuth, "the stream of the answer ended by an error: you"},
           BadStream{"openai-chat", "data: {\"error\":{\"message\":\"m\",\"code\":\"400\"}}\n\n",
                     FailureKind::kBadRequest, "the stream of the answer ended by an error: m"},
           BadStream{"openai-responses",
                     "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
                     "\"invalid_prompt\",\"message\":\"no\"}}}\n\n",
                     FailureKind::kBadRequest, "the stream of the answer ended by an error: no"},
           BadStream{"openai-responses",
                     "data: {\"type\":\"error\",\"error\":{\"code\":\"insufficient_quota\",\"message\":\"pay\"}}\n\n",
                     FailureKind::kQuota, "the stream of the answer ended by an error: pay"},
           BadStream{"anthropic", "data: {\"type\":\"message_start\",\"message\":{\"role\":\"user\"}}\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream of \"user\""},
           BadStream{"anthropic",
                     "data: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\"}}\n\n"
                     "data: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\"}}\n\n",
                     FailureKind::kMalformed, "answered 200 with a stream of two messages"},
           BadStream{"anthropic", "data: {\"type\":\"message_stop\"}\n\n", FailureKind::kMalformed,
                     "answered 200 without a finished answer: stop_reason is \"\""},
           BadStream{"openai-responses",
                     "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"key sk-secret\","
                     "\"param\":null,\"sequence_number\":3}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: key [api_key]"},
           BadStream{"openai-responses",
                     "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
                     "\"rate_limit_exceeded\",\"message\":\"slow\"}}}\n\n",
                     FailureKind::kRateLimited, "the stream of the answer ended by an error: slow"},
           BadStream{"openai-responses",
                     "data: {\"type\":\"response.failed\",\"response\":{\"status\":\"failed\",\"error\":{\"code\":"
                     "\"insufficient_quota\",\"message\":\"pay\"}}}\n\n",
                     FailureKind::kQuota, "the stream of the answer ended by an error: pay"},
           BadStream{"openai-responses", "data: {\"type\":\"response.failed\",\"response\":{\"error\":null}}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: "},
           BadStream{"openai-responses", "data: {\"type\":\"response.completed\"}\n\n", FailureKind::kMalformed,
                     "answered 200 with a stream whose last event has no response"},
           BadStream{"gemini",
                     "data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\n\n",
                     FailureKind::kTransient, "the stream of the answer ended by an error: overloaded"},
           BadStream{"gemini",
                     "data: {\"error\":{\"code\":429,\"message\":\"slow\",\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n",
                     FailureKind::kRateLimited, "the stream of the answer ended by an error: slow"},
           BadStream{
               "gemini",
               "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"OTHER\"}]}\n\n",
               FailureKind::kMalformed, "answered 200 without a finished answer: finishReason is \"OTHER\""},
           BadStream{"ollama", "{\"error\":\"model runner has stopped\"}\n", FailureKind::kTransient,
                     "the stream of the answer ended by an error: model runner has stopped"},
           BadStream{"ollama",
                     "{\"message\":{\"role\":\"assistant\",\"content\":\"x\"},\"done\":true,\"done_reason\":"
                     "\"unload\"}\n",
                     FailureKind::kMalformed, "answered 200 without a finished answer: done_reason is \"unload\""},
           BadStream{"ollama", "{\"message\":{\"role\":\"user\",\"content\":\"x\"},\"done\":false}\n",
                     FailureKind::kMalformed, "answered 200 with a stream of \"user\""},
           BadStream{"ollama", "{\"done\":true,\"done_reason\":\"stop\"}\n", FailureKind::kMalformed,
                     "answered 200 with a stream that has no text"},
       }) {
    const auto response = Streamed(row.word, row.text);
    ASSERT_FALSE(response) << row.text;
    EXPECT_EQ(response.error().kind, row.kind) << row.text;
    EXPECT_EQ(response.error().error.message, row.message);
  }
}

TEST(AnswerStreamEnds, ThatCutAnAnswerSayWhy) {
  struct Row {
    const char* word;
    const char* text;
    const char* expected;
    const char* finish_reason;
  };
  for (const Row& row :
       {Row{"openai-responses",
            "data: {\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\",\"error\":null,"
            "\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"output\":[{\"type\":\"message\",\"content\":[{"
            "\"type\":\"output_text\",\"text\":\"Die Ant\"}]}]}}\n\n",
            "Die Ant", "max_output_tokens"},
        Row{"gemini", "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n", "", "SAFETY"},
        Row{"gemini", "data: {\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}\n\n", "", "MAX_TOKENS"},
        Row{"openai-chat",
            "data: {\"choices\":[{\"delta\":{\"content\":\"Die\"},\"finish_reason\":\"length\"}]}\n\n"
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "Die", "length"},
        Row{"anthropic",
            "data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"Die\"}}\n\n"
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"}}\n\n"
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
            "data: {\"type\":\"message_stop\"}\n\n",
            "Die", "max_tokens"},
        Row{"gemini",
            "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n"
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"STOP\"}]}\n\n",
            "", "SAFETY"},
        Row{"gemini",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"STOP\"}]}\n\n"
            "data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}\n\n",
            "", "OTHER"},
        Row{"gemini",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]}}]}\n\n"
            "data: {\"candidates\":[{\"finishReason\":\"SAFETY\"}]}\n\n"
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
            "", "SAFETY"},
        Row{"gemini",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},"
            "\"finishReason\":\"FINISH_REASON_UNSPECIFIED\"}]}\n\n"
            "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n",
            "x", "STOP"},
        Row{"openai-chat",
            "data:\n\n"
            "data: {\"choices\":[{\"delta\":{\"content\":\"Die\"},\"finish_reason\":\"null\"}]}\n\n"
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "Die", "stop"},
        Row{"openai-chat",
            "data: \n\n"
            "data: {\"choices\":[{\"delta\":{\"content\":\"Die\"},\"finish_reason\":\"STOP\"}]}\n\ndata: [DONE] \n\n",
            "Die", "STOP"},
        Row{"openai-chat",
            "data: {\"error\":\"\",\"choices\":[{\"error\":false,\"delta\":{\"content\":\"Die\"}}]}\n\n"
            "data: {\"error\":{},\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "Die", "stop"},
        Row{"gemini",
            "data: {\"error\":{},\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":"
            "\"max_tokens\"}]}\n\n",
            "x", "max_tokens"},
        Row{"gemini",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":"
            "\"TOO_MANY_TOOL_CALLS\"}]}\n\n",
            "x", "TOO_MANY_TOOL_CALLS"},
        Row{"gemini", "data: {\"candidates\":[{\"finishReason\":\"MALFORMED_RESPONSE\"}]}\n\n", "",
            "MALFORMED_RESPONSE"},
        Row{"gemini",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":"
            "\"IMAGE_PROHIBITED_CONTENT\"}]}\n\n",
            "", "IMAGE_PROHIBITED_CONTENT"},
        Row{"anthropic",
            "data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"Die\"}}\n\n"
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"END_TURN\"}}\n\n"
            "data: {\"type\":\"message_stop\"}\n\n",
            "Die", "END_TURN"},
        Row{"openai-responses",
            "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"Completed\",\"error\":{},\"output\":[]}}"
            "\n\n",
            "", "Completed"},
        Row{"ollama",
            "{\"error\":\"\",\"message\":{\"role\":\"assistant\",\"content\":\"Die\"},\"done\":true,\"done_reason\":"
            "\"Length\"}\n",
            "Die", "Length"},
        Row{"ollama",
            "{\"message\":{\"role\":\"assistant\",\"content\":\"Die\"},\"done\":true,\"done_reason\":\"length\"}\n",
            "Die", "length"}}) {
    const auto response = Streamed(row.word, row.text);
    ASSERT_TRUE(response) << row.text << ": " << response.error().error.message;
    EXPECT_EQ(response->text, row.expected);
    EXPECT_EQ(response->finish_reason, row.finish_reason);
  }
}

TEST(AnswerStreamCalls, OfAnthropicMayStandAtTheBeginningOfTheirBlock) {
  const auto block = [](const std::string& input, const std::string& piece) {
    std::string text = R"(data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"1",)"
                       R"("name":"f","input":)" +
                       input + "}}\n\n";
    if (!piece.empty()) {
      text += R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":)" +
              Json(piece).Dump() + "}}\n\n";
    }
    return text + R"(data: {"type":"message_delta","delta":{"stop_reason":"tool_use"}})" + "\n\n" +
           R"(data: {"type":"message_stop"})" + "\n\n";
  };
  for (const auto& [input, piece, arguments] :
       {std::array{R"({"a":1})", "", R"({"a":1})"}, std::array{"{}", "", "{}"},
        std::array{R"({"a":1})", R"({"b":2})", R"({"b":2})"}, std::array{"{}", R"({"b":2})", R"({"b":2})"},
        std::array{R"("x")", "", "{}"}}) {
    const auto response = Streamed("anthropic", block(input, piece));
    ASSERT_TRUE(response) << response.error().error.message;
    ASSERT_EQ(response->tool_calls.size(), 1u);
    EXPECT_EQ(response->tool_calls[0].arguments, arguments) << input << piece;
  }
}

TEST(AnswerStreamEnds, OfOllamaNeedNoNewline) {
  const std::string line = R"({"message":{"role":"assistant","content":"x"},"done":true,"done_reason":"stop"})";
  const auto stream = StreamingProvider("ollama")->MakeStream();
  ASSERT_TRUE(stream->Read(line));
  EXPECT_FALSE(stream->has_token());
  EXPECT_TRUE(stream->Finish());
  EXPECT_TRUE(stream->has_token());
  const auto whole = Streamed("ollama", line, 7);
  ASSERT_TRUE(whole) << whole.error().error.message;
  EXPECT_EQ(whole->text, "x");
  EXPECT_EQ(Streamed("ollama", R"({"error":"oom"})").error().error.message,
            "the stream of the answer ended by an error: oom");
  EXPECT_EQ(Streamed("ollama", line.substr(0, line.size() - 1)).error().error.message,
            "the stream of the answer ended without \"done\": true");
}

// What comes instead is read, and told of, as an answer without a stream is.
TEST(AnswerStreamBeginnings, AreKnown) {
  struct Row {
    const char* word;
    const char* beginning;
    std::optional<bool> may_begin;
  };
  for (const Row& row :
       {Row{"openai-chat", "data: {", true}, Row{"openai-chat", "{", false}, Row{"gemini", "[{", false},
        Row{"ollama", " \n", {}}, Row{"ollama", "\n{", true}, Row{"ollama", "<html>", false}}) {
    EXPECT_EQ(StreamingProvider(row.word)->MakeStream()->MayBegin(row.beginning), row.may_begin) << row.beginning;
  }
}

TEST(AnswerStreamTexts, AreThoseOfTheFirstAnswerInWhateverShape) {
  struct Row {
    const char* word;
    const char* text;
    const char* expected;
  };
  for (const Row& row :
       {Row{"openai-chat",
            "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"reasoning\","
            "\"text\":\"x\"},{\"text\":\"b\"}]}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"c\"},"
            "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
            "abc"},
        Row{"openai-chat",
            "data: "
            "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"x\"}},{\"index\":0,\"delta\":{\"content\":\"a\"}}]}"
            "\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"error\"}]}\n\n"
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\n\n"
            "data: [DONE]\n\n",
            "ab"},
        Row{"gemini",
            "data: "
            "{\"candidates\":[{\"index\":1,\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"OTHER\"}]}"
            "\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"finishReason\":\"STOP\"}]}\n\n",
            "a"}}) {
    const auto response = Streamed(row.word, row.text);
    ASSERT_TRUE(response) << row.text << ": " << response.error().error.message;
    EXPECT_EQ(response->text, row.expected);
  }
}

}  // namespace
}  // namespace assay
