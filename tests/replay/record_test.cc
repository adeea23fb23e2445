#include "replay/record.h"

#include <gtest/gtest.h>

#include <map>

namespace assay {
namespace {

Json Parsed(std::string_view text) { return *Json::Parse(text); }

// Recordings made elsewhere may carry the key, so it must never change. Computed with Python's hashlib over
// {"messages":[{"content":"Hi, é!","role":"user"}],"model":"m"} and the same with "tools":[{"type":"function"}].
TEST(RequestKeyTest, IsStable) {
  const Json messages = Parsed(R"([{"role": "user", "content": "Hi, é!"}])");
  EXPECT_EQ(HexOf(KeyOf("m", messages, nullptr)), "499b72dcf0cd7e330353dfcf9b6e615c");
  const Json tools = Parsed(R"([{"type":"function"}])");
  EXPECT_EQ(HexOf(KeyOf("m", messages, &tools)), "795f64ef4345ddc08461849eab913fba");
}

TEST(RequestKeyTest, DependsOnModelMessagesAndToolsAndNotOnSpelling) {
  const Json messages = Parsed(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])");
  const Json reordered = Parsed(R"([{"content":"\u0061","role":"user"},  {"content":"b","role":"assistant"}])");
  const Json swapped = Parsed(R"([{"role":"assistant","content":"b"},{"role":"user","content":"a"}])");
  const Json tools = Parsed(R"([{"type":"function"}])");
  const Json no_tools = Parsed("[]");
  const Json null;
  const RecordKey key = KeyOf("m", messages, nullptr);
  EXPECT_EQ(key, KeyOf("m", reordered, nullptr));
  EXPECT_EQ(key, KeyOf("m", messages, &no_tools));
  EXPECT_EQ(key, KeyOf("m", messages, &null));
  EXPECT_NE(key, KeyOf("n", messages, nullptr));
  EXPECT_NE(key, KeyOf("m", swapped, nullptr));
  EXPECT_NE(key, KeyOf("m", messages, &tools));
}

constexpr std::string_view kAsked = R"({"model":"m","messages":[{"role":"user","content":"q"}],"response":)";

std::string WithResponse(std::string_view response) { return std::string(kAsked) + std::string(response) + "}"; }

TEST(RecordTest, BecomesAWholeChatCompletion) {
  const Result<Record> record = ParseRecord(WithResponse(
      R"({"content":"a\n\"b\"","finish_reason":"stop","usage":{"prompt_tokens":7,"completion_tokens":5}})"));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->model, "m");
  EXPECT_EQ(record->body, R"({"id":"chatcmpl-)" + HexOf(record->key) +
                              R"(","object":"chat.completion","created":0,"model":"m","choices":[{"index":0,"message":)"
                              R"({"role":"assistant","content":"a\n\"b\""},"finish_reason":"stop"}],)"
                              R"("usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}})");
}

TEST(RecordTest, LeavesUsageOutAndEndsWithStopWhenNotRecorded) {
  const Result<Record> record = ParseRecord(WithResponse(R"({"content":""})"));
  ASSERT_TRUE(record) << record.error().message;
  const Json body = Parsed(record->body);
  EXPECT_EQ(body.Find("usage"), nullptr);
  EXPECT_EQ(*body.Find("choices")->as_array()[0].Find("finish_reason"), Json("stop"));
}

TEST(RecordTest, ToolCallsGetIdsAndTheirFinishReason) {
  const Result<Record> record = ParseRecord(
      WithResponse(R"({"tool_calls":[{"function":{"name":"f","arguments":"{\"x\":1}"}},)"
                   R"({"id":"call_9","type":"function","function":{"name":"g","arguments":"not json"}}]})"));
  ASSERT_TRUE(record) << record.error().message;
  const Json body = Parsed(record->body);
  const Json& choice = body.Find("choices")->as_array()[0];
  EXPECT_EQ(*choice.Find("finish_reason"), Json("tool_calls"));
  EXPECT_EQ(choice.Find("message")->Dump(),
            R"({"role":"assistant","content":null,"tool_calls":[{"id":"call-)" + HexOf(record->key) +
                R"(-0","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},)"
                R"({"id":"call_9","type":"function","function":{"name":"g","arguments":"not json"}}]})");
}

TEST(RecordTest, RefusesWhatIsWrongNamingIt) {
  const std::map<std::string, std::string> bad = {
      {"[]", "a record is a JSON object, this is something else"},
      {R"({"messages":[{"role":"user"}],"response":{"content":""}})", "\"model\" is not the name of a model"},
      {R"({"model":"","messages":[{"role":"user"}],"response":{"content":""}})",
       "\"model\" is not the name of a model"},
      {R"({"model":"m","response":{"content":""}})", "\"messages\" is missing"},
      {R"({"model":"m","messages":[],"response":{"content":""}})",
       "\"messages\" is not a list of at least one message"},
      {R"({"model":"m","messages":[{"role":"user"},{"content":"x"}],"response":{"content":""}})",
       "messages[1] has no \"role\" that is a text"},
      {R"({"model":"m","messages":[{"role":"user"}]})", "\"response\" is not an object"},
      {R"({"model":"m","mesages":[{"role":"user"}],"response":{"content":""}})",
       "unknown member \"mesages\" in the record, did you mean \"messages\"?"},
      {R"({"model":"m","messages":[{"role":"user"}],"tools":{},"response":{"content":""}})", "\"tools\" is not a list"},
      {WithResponse(R"({"content":"","tool_call":[]})"),
       "unknown member \"tool_call\" in response, did you mean \"tool_calls\"?"},
      {WithResponse("{}"), "response has neither \"content\" nor \"tool_calls\""},
      {WithResponse(R"({"content":5})"), "response.content is not a text"},
      {WithResponse(R"({"content":"","finish_reason":3})"), "response.finish_reason is not a text"},
      {WithResponse(R"({"tool_calls":{}})"), "response.tool_calls is not a list"},
      {WithResponse(R"({"tool_calls":[{"name":"f"}]})"), "response.tool_calls[0].function.name is not a text"},
      {WithResponse(R"({"tool_calls":[{"function":{"name":"f","arguments":{}}}]})"),
       "response.tool_calls[0].function.arguments is not a text holding JSON"},
      {WithResponse(R"({"content":"","usage":[]})"), "response.usage is not an object"},
      {WithResponse(R"({"content":"","usage":{"prompt_tokens":-1,"completion_tokens":1}})"),
       "response.usage.prompt_tokens is not a count of tokens"},
      {WithResponse(R"({"content":"","usage":{"prompt_tokens":1}})"),
       "response.usage.completion_tokens is not a count of tokens"},
  };
  for (const auto& [line, message] : bad) {
    const Result<Record> record = ParseRecord(line);
    ASSERT_FALSE(record) << line;
    EXPECT_EQ(record.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(record.error().message, message) << line;
  }
}

Json TruncatedChoice(std::string_view response) {
  return Parsed(Truncated(ParseRecord(WithResponse(response))->body)).Find("choices")->as_array()[0];
}

TEST(TruncatedTest, CutsTheTextInHalf) {
  const Json choice = TruncatedChoice(R"({"content":"12345678","finish_reason":"stop"})");
  EXPECT_EQ(*choice.Find("message")->Find("content"), Json("1234"));
  EXPECT_EQ(*choice.Find("finish_reason"), Json("length"));
}

TEST(TruncatedTest, DoesNotCutACharacter) {
  // Seven bytes; half of them would end inside the second three-byte character.
  const Json choice = TruncatedChoice(R"({"content":"€€a"})");
  EXPECT_EQ(*choice.Find("message")->Find("content"), Json("€"));
}

TEST(TruncatedTest, CutsTheArgumentsOfTheLastToolCall) {
  const Json choice = TruncatedChoice(
      R"({"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g","arguments":"{\"x\":12}"}}]})");
  const Json::Array& calls = choice.Find("message")->Find("tool_calls")->as_array();
  EXPECT_EQ(*calls[0].Find("function")->Find("arguments"), Json("{}"));
  EXPECT_EQ(*calls[1].Find("function")->Find("arguments"), Json("{\"x\""));
  EXPECT_EQ(*choice.Find("finish_reason"), Json("length"));
}

TEST(TruncatedTest, AnEmptyTextStaysEmpty) {
  const Json choice = TruncatedChoice(R"({"content":""})");
  EXPECT_EQ(*choice.Find("message")->Find("content"), Json(""));
  EXPECT_EQ(*choice.Find("finish_reason"), Json("length"));
}

}  // namespace
}  // namespace assay
