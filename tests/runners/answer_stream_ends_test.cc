// How streams of answers end: with an error and its kind, or cut and with the reason.

#include <gtest/gtest.h>

#include "tests/runners/answer_stream.h"

namespace assay {
namespace {

using testing::ReadStream;
using testing::StreamingProvider;

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
    const auto response = ReadStream(row.word, row.text);
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
    const auto response = ReadStream(row.word, row.text);
    ASSERT_TRUE(response) << row.text << ": " << response.error().error.message;
    EXPECT_EQ(response->text, row.expected);
    EXPECT_EQ(response->finish_reason, row.finish_reason);
  }
}

TEST(AnswerStreamEnds, OfOllamaNeedNoNewline) {
  const std::string line = R"({"message":{"role":"assistant","content":"x"},"done":true,"done_reason":"stop"})";
  const auto stream = StreamingProvider("ollama")->MakeStream();
  ASSERT_TRUE(stream->Read(line));
  EXPECT_FALSE(stream->has_token());
  EXPECT_TRUE(stream->Finish());
  EXPECT_TRUE(stream->has_token());
  const auto whole = ReadStream("ollama", line, 7);
  ASSERT_TRUE(whole) << whole.error().error.message;
  EXPECT_EQ(whole->text, "x");
  EXPECT_EQ(ReadStream("ollama", R"({"error":"oom"})").error().error.message,
            "the stream of the answer ended by an error: oom");
  EXPECT_EQ(ReadStream("ollama", line.substr(0, line.size() - 1)).error().error.message,
            "the stream of the answer ended without \"done\": true");
}

}  // namespace
}  // namespace assay
