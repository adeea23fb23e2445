#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/yaml_text.h"
#include "core/file.h"
#include "runners/endpoints/endpoint.h"
#include "runners/endpoints/provider.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Data(const std::string& name) {
  auto text = ReadFile(std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/endpoints/openai-chat/" + name);
  EXPECT_TRUE(text) << name;
  return text.value_or("");
}

std::unique_ptr<Provider> Make(std::string url = "http://h/v1", std::string key = "",
                               std::map<std::string, std::string> headers = {}, const std::string& options = "{}") {
  Diagnostics diagnostics;
  auto provider = FindProvider("openai-chat")({.url = std::move(url),
                                               .model = "support-bot",
                                               .api_key = std::move(key),
                                               .headers = std::move(headers),
                                               .options = ParseYaml("m.yaml", options, diagnostics).at(0).root});
  EXPECT_TRUE(provider) << provider.error().message;
  return *std::move(provider);
}

std::expected<Response, AttemptFailure> Read(int status, std::string body,
                                             std::string content_type = "application/json", std::string key = "") {
  HttpResponse answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = std::move(content_type);
  return Make("http://h/v1", std::move(key))->Read(answer);
}

TEST(OpenaiChat, RequestBodies) {
  ModelRequest full;
  full.messages = {{Role::kSystem, "Be \"brief\".\nAlways."}, {Role::kUser, "Grüße, 2+2?"}};
  full.sampling = {.temperature = 0.5, .top_p = 0.9, .max_tokens = 256, .seed = 7, .stop = {"END", "\n\n"}};
  EXPECT_EQ(Make()->MakeRequest(full)->body + "\n", Data("request.json"));
  ModelRequest minimal;
  minimal.messages = {{Role::kUser, "hi"}};
  EXPECT_EQ(Make()->MakeRequest(minimal)->body + "\n", Data("request_minimal.json"));
}

TEST(OpenaiChat, AddressKeepsWhatIsComplete) {
  struct Row {
    std::string url;
    std::string expected;
  };
  for (const Row& row :
       {Row{"http://h/v1", "http://h/v1/chat/completions"}, Row{"http://h/v1/", "http://h/v1/chat/completions"},
        Row{"http://h/v1/chat/completions", "http://h/v1/chat/completions"},
        Row{"http://h/v1/chat/completions/", "http://h/v1/chat/completions"},
        Row{"https://h/d?api-version=1", "https://h/d/chat/completions?api-version=1"},
        Row{"http://h", "http://h/chat/completions"}}) {
    EXPECT_EQ(Make(row.url)->MakeRequest({})->url, row.expected);
  }
}

TEST(OpenaiChat, Headers) {
  EXPECT_THAT(Make()->MakeRequest({})->headers,
              ElementsAre("Content-Type: application/json", "Accept: application/json"));
  EXPECT_THAT(Make("http://h", "sk-1", {{"X-A", "1"}, {"X-B", ""}})->MakeRequest({})->headers,
              ElementsAre("Content-Type: application/json", "Accept: application/json", "Authorization: Bearer sk-1",
                          "X-A: 1", "X-B;"));
}

TEST(OpenaiChat, ReadsACompletion) {
  auto response = Read(200, Data("response.json"));
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->text, "Die Antwort ist \"4\".\nGrüße");
  EXPECT_EQ(response->finish_reason, "stop");
  EXPECT_EQ(response->usage.tokens_in, 21);
  EXPECT_EQ(response->usage.tokens_out, 9);
  EXPECT_TRUE(response->tool_calls.empty());
}

TEST(OpenaiChat, ReadsToolCalls) {
  auto response = Read(200, Data("response_tool_calls.json"));
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->text, "");
  EXPECT_EQ(response->finish_reason, "tool_calls");
  EXPECT_THAT(response->tool_calls,
              ElementsAre(ToolCall{"lookup", "{\"id\": 3", "a"}, ToolCall{"notify", "{\"to\":\"me\"}", "b"}));
  EXPECT_EQ(response->usage.tokens_in, std::nullopt);
}

TEST(OpenaiChat, ReadsTheTextWhereverItStands) {
  struct Row {
    std::string choice;
    std::string text;
  };
  const Row rows[] = {
      {R"({"message": {"content": ""}})", ""},
      {R"({"message": {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}})", "ab"},
      {R"({"message": {"content": [{"type": "text", "text": ""}]}})", ""},
      {R"({"message": {"content": [], "refusal": "I can't."}})", "I can't."},
      {R"({"message": {"content": []}, "finish_reason": "length"})", ""},
      {R"({"message": {"content": null, "refusal": "I can't."}})", "I can't."},
      {R"({"message": {"content": null}, "finish_reason": "length"})", ""},
      {R"({"message": {}, "finish_reason": "content_filter"})", ""},
      {R"({"message": {"content": "x"}, "finish_reason": null})", "x"},
      {R"({"message": {"content": "x"}, "finish_reason": ""})", "x"},
      {R"({"message": {"content": "x"}, "finish_reason": "null"})", "x"},
      {R"({"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"})", ""},
      {R"({"message": {"role": null, "content": "x"}, "finish_reason": "eos_token"})", "x"},
      {R"({"message": {"content": null}, "finish_reason": "model_length"})", ""},
      {R"({"index": 0, "index": 1, "message": {"content": "x", "name": "a", "name": "b"}})", "x"},
      {R"({"index": 1, "message": {"content": "x"}}, {"index": 0, "message": {"content": "y"}})", "y"},
      {R"({"index": 1, "message": {"content": "x"}}, {"index": 2, "message": {"content": "y"}})", "x"},
      {R"({"error": null, "message": {"content": "x"}})", "x"},
      {R"({"message": {"content": [{"type": "reasoning", "text": "a"}, {"type": "text", "text": "b"}]}})", "b"},
  };
  for (const Row& row : rows) {
    auto response = Read(200, R"({"choices": [)" + row.choice + "]}");
    ASSERT_TRUE(response) << row.choice << response.error().error.message;
    EXPECT_EQ(response->text, row.text);
  }
}

TEST(OpenaiChat, WhatIsNoCompletionIsMalformed) {
  struct Row {
    std::string body;
    std::string type;
    std::string message;
  };
  const std::string no = "answered 200 with JSON that is no chat completion: ";
  const Row rows[] = {
      {"<!doctype html><p>Sign in</p>", "text/html",
       "answered 200 with an HTML page instead of a chat completion; check url"},
      {" <html>", "application/json", "answered 200 with an HTML page instead of a chat completion; check url"},
      {"", "application/json", "answered 200 with an empty body instead of a chat completion; check url"},
      {"OK", "text/plain", "answered 200 with what is not JSON (\"OK\") instead of a chat completion; check url"},
      {R"({"choices": [{"message": {"content": "half)", "",
       "answered 200 with what is not JSON (\"{\"choices\": [{\"message\": {\"content\": \"ha...\") instead of a chat "
       "completion; check url"},
      {R"({"choices": [{"message": {"content": "x"}}])", "",
       "answered 200 with what is not JSON (\"{\"choices\": [{\"message\": {\"content\": \"x\"...\") instead of a chat "
       "completion; check url"},
      {"[]", "", "answered 200 with what is not JSON (\"[]\") instead of a chat completion; check url"},
      {"{}", "", no + "no choices[0]; check url"},
      {R"({"choices": []})", "", no + "no choices[0]; check url"},
      {R"({"choices": [{"text": "x"}]})", "", no + "no choices[0].message"},
      {R"({"choices": [{"message": {"content": null}}]})", "", no + "no text in choices[0].message.content"},
      {R"({"choices": [{"message": {"content": [5, null, {"type": "output_audio"}]}}]})", "",
       no + "no text in choices[0].message.content"},
      {R"({"choices": [{"message": {"content": 3}}]})", "", no + "no text in choices[0].message.content"},
      {R"({"choices": [{"message": {"content": "x", "tool_calls": [{}]}}]})", "",
       no + "choices[0].message.tool_calls cannot be read"},
      {R"({"error": {"message": "upstream broke"}})", "", "answered 200 with an error: upstream broke"},
      {R"({"choices": [{"message": {"content": "half"}, "finish_reason": "stop", "error": {"message": "died"}}]})", "",
       "answered 200 with an error: died"},
      {R"({"choices": [{"message": {"content": "x"}, "error": null, "error": {"message": "died"}}]})", "",
       "answered 200 with JSON that is ambiguous: choices[0] has \"error\" twice"},
      {R"({"choices": [{"message": {"content": [{"type": "reasoning", "text": "x"}]}}]})", "",
       no + "no text in choices[0].message.content"},
      {R"({"choices": [{"message": {"content": "half"}, "finish_reason": "error"}]})", "",
       "answered 200 without a finished answer: finish_reason is \"error\""},
      {R"({"choices": [{"message": {"content": "half"}, "finish_reason": "abort"}]})", "",
       "answered 200 without a finished answer: finish_reason is \"abort\""},
      {R"({"choices": [{"message": {"content": "x"}, "finish_reason": 1}]})", "",
       "answered 200 without a finished answer: finish_reason is no text"},
      {R"({"choices": [{"message": {"role": "user", "content": "x"}}]})", "",
       no + "choices[0].message.role is \"user\" instead of \"assistant\""},
      {R"({"choices": [{"message": {"role": 1, "content": "x"}}]})", "",
       no + "choices[0].message.role is no text instead of \"assistant\""},
      {R"({"choices": [{"message": {"content": "yes", "content": "no"}}]})", "",
       "answered 200 with JSON that is ambiguous: choices[0].message has \"content\" twice"},
      {R"({"choices": [{"message": {"content": "yes", "c\u006fntent": "no"}}]})", "",
       "answered 200 with JSON that is ambiguous: choices[0].message has \"content\" twice"},
      {R"({"choices": [{"message": {"content": "yes"}, "message": {"content": "no"}}]})", "",
       "answered 200 with JSON that is ambiguous: choices[0] has \"message\" twice"},
      {R"({"choices": [{"message": {"content": "yes"}}], "choices": []})", "",
       "answered 200 with JSON that is ambiguous: the answer has \"choices\" twice"},
  };
  for (const Row& row : rows) {
    auto response = Read(200, row.body, row.type);
    ASSERT_FALSE(response) << row.body;
    EXPECT_EQ(response.error().kind, FailureKind::kMalformed) << row.body;
    EXPECT_EQ(response.error().error.code, ErrorCode::kDataLoss);
    EXPECT_EQ(response.error().error.message, row.message);
  }
}

// Asking an exhausted account again brings nothing.
TEST(OpenaiChat, ErrorsWithin200AreToldApart) {
  for (const auto& [error, kind] :
       {std::pair{R"({"message": "pay", "code": "insufficient_quota"})", FailureKind::kQuota},
        std::pair{R"({"message": "slow", "type": "rate_limit_error"})", FailureKind::kRateLimited},
        std::pair{R"({"message": "key", "type": "authentication_error"})", FailureKind::kAuth},
        std::pair{R"({"message": "long", "type": "invalid_request_error"})", FailureKind::kBadRequest},
        std::pair{R"({"message": "pay", "code": 402})", FailureKind::kQuota},
        std::pair{R"({"message": "down", "code": 502})", FailureKind::kMalformed},
        std::pair{R"({"message": "oops"})", FailureKind::kMalformed}}) {
    for (const std::string before : {R"({"error": )", R"({"choices": [{"message": {"content": "x"}, "error": )"}) {
      const auto response = Read(200, before + error + (before.size() > 12 ? "}]}" : "}"));
      ASSERT_FALSE(response) << error;
      EXPECT_EQ(response.error().kind, kind) << error;
    }
  }
}

// 206 is a part of an answer, 202 a promise of one.
TEST(OpenaiChat, OnlyTheStatus200IsAnAnswer) {
  const std::string body = R"({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]})";
  EXPECT_TRUE(Read(200, body));
  for (const int status : {201, 202, 203, 206, 226}) {
    const auto response = Read(status, body);
    ASSERT_FALSE(response) << status;
    EXPECT_EQ(response.error().kind, FailureKind::kMalformed);
    EXPECT_EQ(response.error().error.message,
              "answered " + std::to_string(status) + " instead of 200: that is no whole answer");
  }
}

TEST(OpenaiChat, ErrorsCarryTheProvidersMessage) {
  struct Row {
    int status;
    std::string body;
    FailureKind kind;
    std::string message;
  };
  const Row rows[] = {
      {429, Data("rate_limited.json"), FailureKind::kRateLimited,
       "answered 429 too many requests: Rate limit reached for requests"},
      {429, Data("quota.json"), FailureKind::kQuota,
       "answered 429 too many requests: You exceeded your current quota; the account is exhausted"},
      {401, R"({"error": {"message": "Incorrect API key provided: sk-9"}})", FailureKind::kAuth,
       "answered 401 unauthorized: Incorrect API key provided: [api_key]; check api_key"},
      {400, R"({"error": "no such model"})", FailureKind::kBadRequest, "answered 400 bad request: no such model"},
      {404, R"({"detail": "Not Found"})", FailureKind::kBadRequest,
       "answered 404 not found: Not Found; check url and model"},
      {500, R"({"message": "boom"})", FailureKind::kTransient, "answered 500 internal server error: boom"},
      {502, "<html>bad gateway</html>", FailureKind::kTransient, "answered 502 bad gateway: an HTML page"},
      {503, "", FailureKind::kTransient, "answered 503 service unavailable"},
      {599, "{", FailureKind::kTransient, "answered 599"},
  };
  for (const Row& row : rows) {
    auto response = Read(row.status, row.body, "application/json", "sk-9");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, row.kind) << row.status;
    EXPECT_EQ(response.error().error.message, row.message);
  }
}

// A run on an account that has nothing left ends at once; one that is too fast goes on.
TEST(OpenaiChat, AnExhaustedAccountIsToldFromARateLimit) {
  const std::pair<const char*, FailureKind> rows[] = {
      {R"({"error": {"code": "billing_hard_limit_reached", "type": "invalid_request_error"}})", FailureKind::kQuota},
      {R"({"error": {"code": "quota_exceeded", "message": "Monthly quota exceeded"}})", FailureKind::kQuota},
      {R"({"error": {"type": "insufficient_balance"}})", FailureKind::kQuota},
      {R"({"code": "insufficient_quota", "message": "no"})", FailureKind::kQuota},
      {R"({"error": null, "type": "insufficient_quota"})", FailureKind::kQuota},
      {R"({"error": "insufficient_quota"})", FailureKind::kQuota},
      {R"j({"error": {"code": "rate_limit_exceeded", "message": "on requests per day (RPD): Limit 200, Used 200"}})j",
       FailureKind::kQuota},
      {R"j({"error": {"message": "Rate limit reached on tokens per day (TPD): Limit 9, Used 9"}})j",
       FailureKind::kQuota},
      {R"j({"error": {"message": "Rate limit reached on requests per min (RPM): Limit 3, Used 3"}})j",
       FailureKind::kRateLimited},
      {R"j({"error": {"message": "60 requests per minute, of 1000 requests per day (RPD)"}})j",
       FailureKind::kRateLimited},
      {R"({"error": {"code": "quota_exceeded", "message": "60 requests per minute exceeded"}})",
       FailureKind::kRateLimited},
      {R"({"error": "no insufficient_quota"})", FailureKind::kRateLimited},
      {R"({"error": {"code": "429", "message": "exceeded call rate limit"}})", FailureKind::kRateLimited},
      {R"([{"code": "insufficient_quota"}])", FailureKind::kRateLimited},
      {R"("insufficient")", FailureKind::kRateLimited},
  };
  for (const auto& [body, kind] : rows) {
    const auto response = Read(429, body);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, kind) << body;
  }
}

// Azure OpenAI, and what else speaks the protocol behind another door.
TEST(OpenaiChat, SendsTheKeyInTheHeaderThatTheServerWants) {
  struct Row {
    const char* options;
    const char* header;
  };
  for (const Row& row : {Row{"{}", "Authorization: Bearer sk-1"}, Row{"{api_key_header: api-key}", "api-key: sk-1"},
                         Row{"{api_key_scheme: Key}", "Authorization: Key sk-1"}}) {
    Diagnostics diagnostics;
    const auto provider =
        FindProvider("openai-chat")({.url = "https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
                                     .model = "d",
                                     .api_key = "sk-1",
                                     .headers = {},
                                     .options = ParseYaml("m.yaml", row.options, diagnostics).at(0).root});
    ASSERT_TRUE(provider) << provider.error().message;
    const auto request = (*provider)->MakeRequest({});
    EXPECT_EQ(request->url, "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21");
    EXPECT_THAT(request->headers, ::testing::Contains(row.header)) << row.options;
    EXPECT_EQ(std::ranges::count_if(request->headers, [](const auto& h) { return h.find("sk-1") != h.npos; }), 1);
  }
}

constexpr char kLogprobs[] = R"({"content": [
    {"token": "fo", "logprob": -0.25, "bytes": [102, 111],
     "top_logprobs": [{"token": "fo", "logprob": -0.25, "bytes": null}, {"token": "5", "logprob": -2}]},
    {"token": "ur", "logprob": 0, "top_logprobs": []}], "refusal": null})";

TEST(OpenaiChat, RequestsCarryTheOptionsForLogprobsAndFormat) {
  const std::string options =
      "{logprobs: true, top_logprobs: 2, response_format: {type: json_schema, json_schema: {name: n, strict: true, "
      "schema: {type: object}}}, stream: true}";
  EXPECT_EQ(Make("http://h", "", {}, options)->MakeRequest({})->body,
            R"({"model":"support-bot","messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"n",)"
            R"("strict":true,"schema":{"type":"object"}}},"logprobs":true,"top_logprobs":2,"stream":true,)"
            R"("stream_options":{"include_usage":true}})");
}

TEST(OpenaiChat, CallsTheLimitOfTokensAsTheModelWantsIt) {
  const ModelRequest request{.messages = {}, .sampling = {.max_tokens = 7}};
  EXPECT_EQ(Make("http://h", "", {}, "{max_tokens_key: max_completion_tokens}")->MakeRequest(request)->body,
            R"({"model":"support-bot","messages":[],"max_completion_tokens":7})");
  EXPECT_EQ(Make("http://h", "", {}, "{}")->MakeRequest(request)->body,
            R"({"model":"support-bot","messages":[],"max_tokens":7})");
}

TEST(OpenaiChat, ReadsLogprobsWhenTheyAreAskedFor) {
  const std::vector<AnswerToken> expected = {{{"fo", -0.25}, {{"fo", -0.25}, {"5", -2}}}, {{"ur", 0}}};
  const std::string choice =
      std::string(R"({"message": {"content": "four"}, "finish_reason": "stop", "logprobs": )") + kLogprobs + "}";
  for (const bool is_asked : {true, false}) {
    const auto provider = Make("http://h", "", {}, is_asked ? "{logprobs: true}" : "{}");
    HttpResponse answer;
    answer.status = 200;
    answer.body = R"({"choices": [)" + choice + "]}";
    const auto whole = provider->Read(answer);
    ASSERT_TRUE(whole) << whole.error().error.message;
    EXPECT_EQ(whole->text, "four");
    EXPECT_EQ(whole->logprobs, is_asked ? expected : std::vector<AnswerToken>());

    const auto stream =
        Make("http://h", "", {}, is_asked ? "{logprobs: true, stream: true}" : "{stream: true}")->MakeStream();
    const std::string events =
        R"(data: {"choices": [{"delta": {"content": "fo"}, "logprobs": {"content": [{"token": "fo", "logprob": -0.25,)"
        R"( "top_logprobs": [{"token": "fo", "logprob": -0.25}, {"token": "5", "logprob": -2}]}]}}]})"
        "\n\n"
        R"(data: {"choices": [{"delta": {"content": "ur"}, "logprobs": {"content": [{"token": "ur", "logprob": 0}]}}]})"
        "\n\n"
        R"(data: {"choices": [{"delta": {}, "logprobs": null, "finish_reason": "stop"}]})"
        "\n\ndata: [DONE]\n\n";
    ASSERT_TRUE(stream->Read(events));
    const auto pieces = stream->Finish();
    ASSERT_TRUE(pieces) << pieces.error().error.message;
    EXPECT_EQ(pieces->logprobs, whole->logprobs);
  }
}

TEST(OpenaiChat, LogprobsMayBeAbsentButNotUnreadable) {
  struct Row {
    std::string logprobs;
    bool is_readable;
  };
  for (const Row& row :
       {Row{"null", true}, Row{"{}", true}, Row{R"({"content": null})", true}, Row{R"({"content": []})", true},
        Row{R"({"content": {}})", false}, Row{R"({"content": [{"token": "a"}]})", false},
        Row{R"({"content": [{"token": "a", "logprob": null}]})", false},
        Row{R"({"content": [{"token": "a", "logprob": -1, "top_logprobs": [{"token": 1, "logprob": -1}]}]})", false}}) {
    const auto provider = Make("http://h", "", {}, "{logprobs: true}");
    const std::string end = R"("finish_reason": "stop", "logprobs": )" + row.logprobs + "}]}";
    HttpResponse answer;
    answer.status = 200;
    answer.body = R"({"choices": [{"message": {"content": "a"}, )" + end;
    const auto whole = provider->Read(answer);
    EXPECT_EQ(whole.has_value(), row.is_readable) << row.logprobs;
    const auto stream = Make("http://h", "", {}, "{logprobs: true, stream: true}")->MakeStream();
    const std::string event = R"(data: {"choices": [{"delta": {"content": "a"}, )" + end + "\n\ndata: [DONE]\n\n";
    EXPECT_EQ(stream->Read(event).has_value(), row.is_readable) << row.logprobs;
    if (row.is_readable) continue;
    EXPECT_EQ(whole.error().error.message,
              "answered 200 with JSON that is no chat completion: choices[0].logprobs cannot be read");
    EXPECT_EQ(stream->Finish().error().error.message, "answered 200 with a stream whose logprobs cannot be read");
  }
}

TEST(OpenaiChat, OptionsThatMakeNoSenseAreRefused) {
  for (const auto& [options, message] :
       {std::pair{"{top_logprobs: 2}", "top_logprobs needs logprobs: true"},
        std::pair{"{logprobs: true, top_logprobs: 21}", "must be at most 20, got 21"},
        std::pair{"{max_tokens_key: max}", "must be max_tokens or max_completion_tokens, got \"max\""},
        std::pair{"{response_format: json_object}", "response_format is \"json_object\"; write {type: json_object}"},
        std::pair{"{response_format: {json_schema: {}}}", "response_format is a mapping without a type; write"}}) {
    Diagnostics diagnostics;
    const auto provider =
        FindProvider("openai-chat")({.url = "http://h",
                                     .model = "m",
                                     .api_key = "",
                                     .headers = {},
                                     .options = ParseYaml("m.yaml", options, diagnostics).at(0).root});
    ASSERT_FALSE(provider) << options;
    EXPECT_THAT(provider.error().message, HasSubstr(message));
  }
}

TEST(ProviderKinds, RefuseUnknownOptions) {
  for (const PluginKind& kind : ProviderKinds()) {
    EXPECT_FALSE(kind.help.empty()) << kind.name;
    const std::string needed = kind.name == "http" ? "text: .t, body: {p: '{{prompt}}'}, " : "";
    for (auto [options, errors] : {std::pair{"", 0u}, std::pair{"tmeout: 3s", 1u}}) {
      const std::string text = "{" + needed + options + "}";
      Diagnostics diagnostics;
      auto documents = ParseYaml("m.yaml", text, diagnostics);
      ASSERT_EQ(documents.size(), 1u);
      kind.check(documents[0].root, diagnostics);
      EXPECT_EQ(diagnostics.size(), errors) << kind.name << ": " << diagnostics.Render();
    }
  }
}

}  // namespace
}  // namespace assay
