// Streamed answers of the providers that have them: put together from pieces cut anywhere, and refused when they end
// early.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/runners/answer_stream.h"

namespace assay {
namespace {

using testing::ReadStream;
using testing::StreamingProvider;

std::string StreamData(const std::string& provider, const std::string& name) {
  auto text = ReadFile(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/endpoints/" + provider + "/" + name);
  EXPECT_TRUE(text) << provider << "/" << name;
  return text.value_or("");
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
    expect_whole(ReadStream(GetParam().word, text, piece), piece);
  }
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto stream = StreamingProvider(GetParam().word)->MakeStream();
    ASSERT_TRUE(stream->Read(std::string_view(text).substr(0, cut)));
    ASSERT_TRUE(stream->Read(std::string_view(text).substr(cut)));
    expect_whole(stream->Finish(), cut);
  }
}

TEST_P(AnswerStreams, BringToolCallsInPieces) {
  const auto response = ReadStream(GetParam().word, StreamData(GetParam().word, "stream_tool_calls.txt"), 5);
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
      const auto response = ReadStream(GetParam().word, std::string_view(text).substr(0, length));
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
    const auto response = ReadStream(GetParam().word, has_events ? body : body + 6);
    ASSERT_FALSE(response) << body;
    EXPECT_EQ(response.error().kind, FailureKind::kMalformed);
    EXPECT_THAT(response.error().error.message, ::testing::StartsWith("answered 200 with a stream that is not JSON"));
  }
}

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
    const auto response = ReadStream(word, text);
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
        ReadStream("openai-chat", piece(begin + R"("1","function":{"name":"f","arguments":"{\"a\":1}"}})") +
                                      piece(begin + R"("2","function":{"name":"g","arguments":"{\"a\":2}"}})") + end);
    ASSERT_TRUE(whole) << whole.error().error.message;
    EXPECT_EQ(whole->tool_calls, expected) << number;
    const auto in_pieces =
        ReadStream("openai-chat", piece(begin + R"("1","function":{"name":"f","arguments":"{\"a\""}})") +
                                      piece("{" + number + R"("function":{"arguments":":1}"}})") +
                                      piece(begin + R"("2","function":{"name":"g","arguments":"{\"a\""}})") +
                                      piece(begin + R"("2","function":{"name":"g","arguments":":2}"}})") + end);
    ASSERT_TRUE(in_pieces) << in_pieces.error().error.message;
    EXPECT_EQ(in_pieces->tool_calls, expected) << number;
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
    const auto response = ReadStream("anthropic", block(input, piece));
    ASSERT_TRUE(response) << response.error().error.message;
    ASSERT_EQ(response->tool_calls.size(), 1u);
    EXPECT_EQ(response->tool_calls[0].arguments, arguments) << input << piece;
  }
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
    const auto response = ReadStream(row.word, row.text);
    ASSERT_TRUE(response) << row.text << ": " << response.error().error.message;
    EXPECT_EQ(response->text, row.expected);
  }
}

}  // namespace
}  // namespace assay
