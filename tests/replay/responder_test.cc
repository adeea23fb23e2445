#include "replay/responder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

namespace assay {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPath = "/v1/chat/completions";

Recordings Recorded(const std::string& lines) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("assay_responder_" + std::to_string(::getpid()) + ".jsonl");
  std::ofstream(file) << lines;
  const std::vector<std::filesystem::path> files = {file};
  Result<Recordings> recordings = Recordings::Load(files);
  std::filesystem::remove(file);
  EXPECT_TRUE(recordings) << recordings.error().message;
  return *std::move(recordings);
}

std::string Line(const std::string& question, const std::string& answer, const std::string& extra = "") {
  return R"({"model":"bot","messages":[{"role":"user","content":")" + question + R"("}],)" + extra +
         R"("response":{"content":")" + answer + "\"}}\n";
}

std::string Body(const std::string& question, const std::string& extra = "") {
  return R"({"model":"bot","messages":[{"role":"user","content":")" + question + R"("}])" + extra + "}";
}

HttpReply Ask(Responder& responder, std::string_view body) {
  return responder.Answer({.method = "POST", .target = kPath, .authorization = "", .body = body});
}

std::string Content(const HttpReply& reply) {
  const Json body = *Json::Parse(reply.Body());
  return body.Find("choices")->as_array()[0].Find("message")->Find("content")->as_string();
}

Json ErrorOf(const HttpReply& reply) { return *Json::Parse(reply.Body())->Find("error"); }

TEST(ResponderTest, ServesTheAnswersToOneRequestInTurnAndStartsAgain) {
  Responder responder(Recorded(Line("q", "first") + Line("other", "x") + Line("q", "second") + Line("q", "third")), {});
  std::vector<std::string> answers;
  for (int i = 0; i < 7; ++i) answers.push_back(Content(Ask(responder, Body("q"))));
  EXPECT_THAT(answers, ::testing::ElementsAre("first", "second", "third", "first", "second", "third", "first"));
  EXPECT_EQ(Content(Ask(responder, Body("other"))), "x");
  EXPECT_EQ(responder.counts().answered, 8u);
}

TEST(ResponderTest, StreamsAnAnswerWordByWord) {
  const std::string usage = R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";
  const std::string start = R"({"model":"bot","messages":[{"role":"user","content":"q"}],"response":)";
  Responder responder(Recorded(start + R"({"content":"two  words\n","finish_reason":"stop",)" + usage + "}\n"),
                      {.token_delay = std::chrono::milliseconds(7)});
  const HttpReply reply = Ask(responder, Body("q", R"(,"stream":true,"stream_options":{"include_usage":true})"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/event-stream");
  EXPECT_EQ(reply.event_delay, std::chrono::milliseconds(7));
  std::string id(Json::Parse(Ask(responder, Body("q")).Body())->Find("id")->as_string());
  const auto chunk = [&id](const std::string& choices, const std::string& counts) {
    return "data: {\"id\":\"" + id +
           "\",\"created\":0,\"model\":\"bot\",\"object\":\"chat.completion.chunk\",\"choices\":[" + choices +
           "],\"usage\":" + counts + "}\n\n";
  };
  const std::vector<std::string> events = {
      chunk(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})", "null"),
      chunk(R"({"index":0,"delta":{"content":"two  "},"finish_reason":null})", "null"),
      chunk(R"({"index":0,"delta":{"content":"words\n"},"finish_reason":null})", "null"),
      chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})", "null"),
      chunk("", R"({"prompt_tokens":3,"completion_tokens":2,"total_tokens":5})"),
      "data: [DONE]\n\n"};
  std::string whole;
  std::vector<std::size_t> ends;
  for (const std::string& event : events) {
    whole += event;
    ends.push_back(whole.size());
  }
  EXPECT_EQ(reply.Body(), whole);
  EXPECT_EQ(reply.event_ends, ends);
  EXPECT_THAT(std::string(Ask(responder, Body("q", R"(,"stream":true)")).Body()), ::testing::Not(HasSubstr("usage")));
}

TEST(ResponderTest, StreamsToolCallsInPieces) {
  Responder responder(
      Recorded(R"({"model":"bot","messages":[{"role":"user","content":"q"}],"response":{"content":null,"tool_calls":[)"
               R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]}})"
               "\n"),
      {});
  const HttpReply reply = Ask(responder, Body("q", R"(,"stream":true)"));
  const std::string text(reply.Body());
  for (const char* piece :
       {R"("delta":{"role":"assistant","content":null})",
        R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""},"index":0}])",
        R"("tool_calls":[{"index":0,"function":{"arguments":"{\"a\": "}}])",
        R"("tool_calls":[{"index":0,"function":{"arguments":"1}"}}])", R"("finish_reason":"tool_calls")"}) {
    EXPECT_THAT(text, HasSubstr(piece));
  }
  EXPECT_EQ(reply.event_ends.size(), 6u);
}

TEST(ResponderTest, ErrorsAndFaultsAreNoStreams) {
  Responder unknown(Recorded(Line("q", "a")), {});
  EXPECT_EQ(Ask(unknown, Body("other", R"(,"stream":true)")).content_type, "application/json");
  Responder garbage(Recorded(Line("q", "a")), {.faults = {.garbage = 1}});
  EXPECT_EQ(Ask(garbage, Body("q", R"(,"stream":true)")).content_type, "text/html; charset=utf-8");
  Responder cut(Recorded(Line("q", "four")), {.faults = {.truncate = 1}});
  const std::string text(Ask(cut, Body("q", R"(,"stream":true)")).Body());
  EXPECT_THAT(text, HasSubstr(R"("content":"fo")"));
  EXPECT_THAT(text, HasSubstr(R"("finish_reason":"length")"));
}

TEST(ResponderTest, SamplingDoesNotChangeTheAnswerToolsDo) {
  const std::string tools = R"("tools":[{"type":"function"}],)";
  Responder responder(Recorded(Line("q", "plain") + Line("q", "with tools", tools)), {});
  EXPECT_EQ(Content(Ask(responder, Body("q", R"(,"temperature":0.7,"seed":9,"n":1,"stream":false)"))), "plain");
  EXPECT_EQ(Content(Ask(responder, Body("q", R"(,"tools":[{"type":"function"}])"))), "with tools");
  EXPECT_EQ(Content(Ask(responder, Body("q", R"(,"tools":[])"))), "plain");
}

TEST(ResponderTest, AnUnknownPromptIsA404NamingModelAndPrompt) {
  Responder responder(Recorded(Line("q", "a")), {});
  const std::string question = "What is the long way around the harbour at night, and where does it end?";
  const HttpReply reply = Ask(responder, Body(question));
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(ErrorOf(reply).Dump(),
            R"({"message":"no record for model \"bot\" with this message (and tools); the last user message starts )"
            R"(\"What is the long way around the harbour at night, and where …\"","type":"invalid_request_error",)"
            R"("param":null,"code":"record_not_found"})");
  EXPECT_EQ(responder.counts().unknown, 1u);
  EXPECT_EQ(responder.counts().answered, 0u);
}

TEST(ResponderTest, AnUnknownModelIsA404NamingTheRecordedOnes) {
  Responder responder(Recorded(Line("q", "a")), {});
  const HttpReply reply = Ask(responder, R"({"model":"robot","messages":[{"role":"user","content":"q"}]})");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(*ErrorOf(reply).Find("message"), Json("no record for model \"robot\"; the records are of \"bot\""));
  Responder empty(Recordings(), {});
  EXPECT_EQ(*ErrorOf(Ask(empty, Body("q"))).Find("message"), Json("no record for model \"bot\"; there are no records"));
}

TEST(ResponderTest, UnknownPromptsAreEchoedOrGivenTheFixedTextWhenAsked) {
  Responder echo(Recorded(Line("q", "a")), {.unknown = UnknownPrompt::kEcho});
  const std::string_view conversation =
      R"({"model":"x","messages":[{"role":"user","content":"first"},{"role":"user","content":"last \"one\""},)"
      R"({"role":"assistant","content":"no"}]})";
  EXPECT_EQ(Content(Ask(echo, conversation)), "last \"one\"");
  EXPECT_EQ(
      Content(Ask(echo, R"({"model":"x","messages":[{"role":"user","content":[{"type":"text","text":"part"}]}]})")),
      "part");
  EXPECT_EQ(Content(Ask(echo, Body("q"))), "a");
  Responder fixed(Recordings(), {.unknown = UnknownPrompt::kFixed, .unknown_text = "42"});
  EXPECT_EQ(Content(Ask(fixed, Body("anything"))), "42");
  EXPECT_EQ(fixed.counts().answered, 1u);
  EXPECT_EQ(fixed.counts().unknown, 1u);
}

TEST(ResponderTest, BadRequestsGetA400SayingWhat) {
  Responder responder(Recorded(Line("q", "a")), {});
  const std::map<std::string, std::string> bad = {
      {"", "the body is not valid JSON"},
      {"{\"model\":", "the body is not valid JSON"},
      {"[]", "the body is not a JSON object"},
      {R"({"messages":[{}]})", "\"model\" is missing or not a text"},
      {R"({"model":"bot"})", "\"messages\" is missing or not a list of at least one message"},
      {R"({"model":"bot","messages":[]})", "\"messages\" is missing or not a list of at least one message"},
      {Body("q", ",\"n\":2"), "\"n\" other than 1 is not supported"},
      {R"({"model":"bot","messages":)" + std::string(5000, '[') + std::string(5000, ']') + "}", "the body is"},
  };
  for (const auto& [body, message] : bad) {
    const HttpReply reply = Ask(responder, body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_THAT(ErrorOf(reply).Find("message")->as_string(), HasSubstr(message)) << body;
  }
  EXPECT_EQ(responder.counts().refused, bad.size());
}

TEST(ResponderTest, MessagesOfAnyShapeAreOnlyUnknown) {
  Responder responder(Recorded(Line("q", "a")), {});
  for (const char* messages :
       {"[1]", "[null]", R"([{"role":5}])", R"([{"role":"user","content":[1,{"text":2}]}])", "[[]]"}) {
    const HttpReply reply = Ask(responder, R"({"model":"bot","messages":)" + std::string(messages) + "}");
    EXPECT_EQ(reply.status, 404) << messages;
  }
}

TEST(ResponderTest, RoutesByTheEndOfThePath) {
  Responder responder(Recorded(Line("q", "a")), {});
  const std::string body = Body("q");
  const auto status = [&](std::string_view method, std::string_view target) {
    return responder.Answer({.method = method, .target = target, .authorization = "", .body = body}).status;
  };
  EXPECT_EQ(status("POST", "/v1/chat/completions"), 200);
  EXPECT_EQ(status("POST", "/openai/deployments/x/chat/completions?api-version=1"), 200);
  EXPECT_EQ(status("GET", "/v1/chat/completions"), 405);
  EXPECT_EQ(status("POST", "/v1/models"), 405);
  EXPECT_EQ(status("DELETE", "/healthz"), 405);
  EXPECT_EQ(status("POST", "/v1/completions"), 404);
  EXPECT_EQ(status("POST", ""), 404);
  const HttpReply reply = responder.Answer({.method = "PUT", .target = kPath, .authorization = "", .body = body});
  EXPECT_EQ(reply.headers, "Allow: POST\r\n");
}

TEST(ResponderTest, ListsModelsAndHealth) {
  Responder responder(Recorded(Line("q", "a")), {});
  const auto get = [&](std::string_view target) {
    return std::string(responder.Answer({.method = "GET", .target = target, .authorization = "", .body = ""}).Body());
  };
  EXPECT_EQ(get("/v1/models"),
            R"({"object":"list","data":[{"id":"bot","object":"model","created":0,"owned_by":"assay-replay"}]})");
  Ask(responder, Body("q"));
  Ask(responder, Body("unknown"));
  EXPECT_EQ(get("/healthz"),
            R"({"status":"ok","records":1,"requests":2,"answered":1,"unknown":1,"refused":1,"injected":0})");
}

TEST(ResponderTest, TheKeyIsAskedForEverywhereButHealth) {
  Responder responder(Recorded(Line("q", "a")), {.api_key = "secret"});
  const std::string body = Body("q");
  const auto reply = [&](std::string_view method, std::string_view target, std::string_view authorization) {
    return responder.Answer({.method = method, .target = target, .authorization = authorization, .body = body});
  };
  EXPECT_EQ(reply("POST", kPath, "Bearer secret").status, 200);
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secreT", "Bearer secret ", "Basic secret"}) {
    EXPECT_EQ(reply("POST", kPath, wrong).status, 401) << wrong;
  }
  EXPECT_EQ(reply("GET", "/v1/models", "").status, 401);
  EXPECT_EQ(reply("GET", "/healthz", "").status, 200);
  const HttpReply refused = reply("POST", kPath, "Bearer wrong");
  EXPECT_EQ(*ErrorOf(refused).Find("code"), Json("invalid_api_key"));
  EXPECT_EQ(refused.headers, "WWW-Authenticate: Bearer\r\n");
  EXPECT_THAT(refused.text, ::testing::Not(HasSubstr("secret")));
}

TEST(ResponderTest, InjectedFaultsLookLikeTheRealOnes) {
  const std::string body = Body("q");
  const auto only = [&](FaultRates rates) {
    Responder responder(Recorded(Line("q", "12345678")), {.faults = rates, .retry_after = std::chrono::seconds(3)});
    HttpReply reply = Ask(responder, body);
    EXPECT_EQ(responder.counts().injected, 1u);
    if (!reply.recorded.empty()) reply.text = reply.recorded, reply.recorded = {};
    return reply;
  };
  const HttpReply error = only({.error = 1});
  EXPECT_EQ(error.status, 500);
  EXPECT_EQ(*ErrorOf(error).Find("type"), Json("server_error"));
  const HttpReply limited = only({.rate_limit = 1});
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers, "Retry-After: 3\r\n");
  EXPECT_EQ(*ErrorOf(limited).Find("code"), Json("rate_limit_exceeded"));
  const HttpReply garbage = only({.garbage = 1});
  EXPECT_EQ(garbage.status, 200);
  EXPECT_EQ(garbage.content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(garbage.text.starts_with("<!DOCTYPE html>"));
  const HttpReply cut = only({.truncate = 1});
  EXPECT_EQ(cut.status, 200);
  EXPECT_EQ(Content(cut), "1234");
  EXPECT_THAT(cut.text, HasSubstr("\"finish_reason\":\"length\""));
}

TEST(TokenBucket, FillsEvenlyUpToASecondsWorth) {
  const TokenBucket::TimePoint begin{};
  const auto after = [&](int milliseconds) { return begin + std::chrono::milliseconds(milliseconds); };
  TokenBucket bucket(180, begin);  // three a second
  const auto taken = [&](int milliseconds) {
    int count = 0;
    while (bucket.Take(after(milliseconds))) ++count;
    return count;
  };
  EXPECT_EQ(taken(0), 3);
  EXPECT_EQ(taken(300), 0);
  EXPECT_EQ(taken(700), 2);
  EXPECT_EQ(taken(60'000), 3);
  EXPECT_EQ(taken(0), 0);  // time does not run back
  TokenBucket slow(1, begin);
  EXPECT_TRUE(slow.Take(begin));
  EXPECT_FALSE(slow.Take(after(59'000)));
  EXPECT_TRUE(slow.Take(after(60'000)));
}

TEST(ResponderTest, AboveItsRateItAnswers429) {
  Responder responder(Recorded(Line("q", "a")), {.retry_after = std::chrono::seconds(2), .requests_per_minute = 120});
  EXPECT_EQ(Ask(responder, Body("q")).status, 200);
  EXPECT_EQ(Ask(responder, Body("q")).status, 200);
  const HttpReply refused = Ask(responder, Body("q"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers, "Retry-After: 2\r\n");
  EXPECT_EQ(*ErrorOf(refused).Find("message"), Json("assay-replay takes no more requests now (--requests-per-minute)"));
  EXPECT_EQ(responder.counts().injected, 1u);
}

TEST(ResponderTest, AFaultDoesNotUseUpAnAnswer) {
  Responder responder(Recorded(Line("q", "first") + Line("q", "second")), {.faults = {.error = 0.5}, .seed = 11});
  std::vector<std::string> answers;
  int faults = 0;
  while (answers.size() < 6) {
    const HttpReply reply = Ask(responder, Body("q"));
    if (reply.status == 200) {
      answers.push_back(Content(reply));
    } else {
      ++faults;
    }
    ASSERT_LT(faults, 100);
  }
  EXPECT_GT(faults, 0);
  EXPECT_THAT(answers, ::testing::ElementsAre("first", "second", "first", "second", "first", "second"));
}

TEST(ResponderTest, WhatBefallsAPromptDoesNotDependOnTheOthers) {
  std::string lines;
  for (int i = 0; i < 40; ++i) lines += Line("q" + std::to_string(i), "a");
  const auto fates = [&](bool backwards) {
    Responder responder(Recorded(lines),
                        {.latency = *ParseLatency("uniform:0:1s"), .faults = {.error = 0.3}, .seed = 5});
    std::map<int, std::pair<int, Duration>> out;
    for (int i = 0; i < 40; ++i) {
      const int question = backwards ? 39 - i : i;
      const HttpReply reply = Ask(responder, Body("q" + std::to_string(question)));
      out[question] = {reply.status, reply.delay};
    }
    return out;
  };
  EXPECT_EQ(fates(false), fates(true));
}

TEST(ResponderTest, RefusalsAreNotDelayed) {
  Responder responder(Recorded(Line("q", "a")), {.latency = *ParseLatency("50ms"), .faults = {}});
  EXPECT_EQ(Ask(responder, Body("q")).delay, std::chrono::milliseconds(50));
  EXPECT_EQ(Ask(responder, Body("unknown")).delay, Duration(0));
  EXPECT_EQ(Ask(responder, "").delay, Duration(0));
}

}  // namespace
}  // namespace assay
