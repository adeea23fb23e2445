// Every provider against the requests that its vendor documents and answers as it sends them. What a provider sends is
// in request.json of its folder; ASSAY_REWRITE=1 writes that file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "core/file.h"
#include "runners/endpoints/provider.h"

namespace assay {
namespace {

std::string PathOf(const std::string& provider, const std::string& name) {
  return std::string(ASSAY_SOURCE_DIR) + "/tests/runners/testdata/endpoints/" + provider + "/" + name;
}

std::string DataOf(const std::string& provider, const std::string& name) {
  auto text = ReadFile(PathOf(provider, name));
  EXPECT_TRUE(text) << PathOf(provider, name);
  return text.value_or("");
}

std::unique_ptr<Provider> MakeProvider(const std::string& word, const std::string& url, const std::string& key = "") {
  auto provider =
      FindProvider(word)({.url = url, .model = "support-bot", .api_key = key, .headers = {}, .options = {}});
  EXPECT_TRUE(provider) << provider.error().message;
  return *std::move(provider);
}

std::expected<Response, AttemptFailure> ReadAnswer(const std::string& word, int status, std::string body) {
  HttpResponse answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = "application/json";
  return MakeProvider(word, "http://h/v1", "sk-secret")->Read(answer);
}

// A conversation with everything that a request may have.
ModelRequest Conversation() {
  ModelRequest request;
  request.messages = {
      {.role = Role::kSystem, .content = "Be \"brief\"."},
      {.role = Role::kUser,
       .content = "Whose invoice is this?",
       .images = {{.url = "", .base64 = "iVBORw0KGgo=", .media_type = "image/png"}}},
      {.role = Role::kAssistant,
       .content = "",
       .tool_calls = {{.name = "find_invoice", .arguments = R"({"number":"R-17"})", .id = "call_1"}}},
      {.role = Role::kTool, .content = "Erika Muster", .tool_call_id = "call_1", .tool_name = "find_invoice"},
      {.role = Role::kUser, .content = "Danke. Grüße?"}};
  request.sampling = {.temperature = 0.5, .top_p = 0.9, .max_tokens = 256, .seed = 7, .stop = {"END"}};
  request.tools = {{.name = "find_invoice",
                    .description = "Finds an invoice",
                    .parameters = *Json::Parse(R"({"type":"object","properties":{"number":{"type":"string"}}})")}};
  return request;
}

struct Protocol {
  const char* word;
  const char* base;
  const char* url;
  const char* key_header;
  const char* finish_reason;  // of response.json
  const char* tool_call_id;   // of response_tool_calls.json
  const char* tool_calls_finish_reason;
};

class Providers : public ::testing::TestWithParam<Protocol> {};

INSTANTIATE_TEST_SUITE_P(
    Every, Providers,
    ::testing::Values(Protocol{"anthropic", "https://api.anthropic.com/v1/", "https://api.anthropic.com/v1/messages",
                               "x-api-key: sk-secret", "end_turn", "toolu_01A09q90qw90lq917835lq9", "tool_use"},
                      Protocol{"gemini", "https://generativelanguage.googleapis.com/v1beta",
                               "https://generativelanguage.googleapis.com/v1beta/models/support-bot:generateContent",
                               "x-goog-api-key: sk-secret", "STOP", "", "STOP"},
                      Protocol{"ollama", "http://127.0.0.1:11434", "http://127.0.0.1:11434/api/chat",
                               "Authorization: Bearer sk-secret", "stop", "", "stop"},
                      Protocol{"openai-responses", "https://api.openai.com/v1?a=b",
                               "https://api.openai.com/v1/responses?a=b", "Authorization: Bearer sk-secret",
                               "completed", "call_unLAR8MvFNptuiZK6K6HCy5k", "completed"}),
    [](const auto& instance) {
      std::string name = instance.param.word;
      std::ranges::replace(name, '-', '_');
      return name;
    });

TEST_P(Providers, SendTheWholeConversation) {
  const auto provider = MakeProvider(GetParam().word, GetParam().base, "sk-secret");
  ModelRequest conversation = Conversation();
  if (std::string(GetParam().word) == "openai-responses") {
    EXPECT_EQ(provider->MakeRequest(conversation).error(),
              (Error{ErrorCode::kInvalidArgument, "the Responses API has no place for sampling.stop", {}}));
    conversation.sampling.stop.clear();
  }
  const HttpRequest request = provider->MakeRequest(conversation).value();
  EXPECT_EQ(request.url, GetParam().url);
  EXPECT_THAT(request.headers, ::testing::Contains(GetParam().key_header));
  const std::string body = Json::Parse(request.body)->DumpIndented() + "\n";
  if (std::getenv("ASSAY_REWRITE") != nullptr) std::ofstream(PathOf(GetParam().word, "request.json")) << body;
  EXPECT_EQ(body, DataOf(GetParam().word, "request.json"));
}

TEST_P(Providers, SendNoKeyWithoutOne) {
  const auto request = MakeProvider(GetParam().word, GetParam().base)->MakeRequest({});
  ASSERT_TRUE(request);
  for (const std::string& header : request->headers) {
    EXPECT_THAT(header, ::testing::Not(::testing::HasSubstr("key"))) << header;
    EXPECT_THAT(header, ::testing::Not(::testing::HasSubstr("Authorization"))) << header;
  }
}

TEST_P(Providers, ReadAnAnswer) {
  const auto response = ReadAnswer(GetParam().word, 200, DataOf(GetParam().word, "response.json"));
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->text, "Die Antwort ist \"4\".\nGrüße");
  EXPECT_EQ(response->finish_reason, GetParam().finish_reason);
  EXPECT_EQ(response->usage.tokens_in, 21);
  EXPECT_EQ(response->usage.tokens_out, 9);
  EXPECT_TRUE(response->tool_calls.empty());
}

TEST_P(Providers, ReadToolCalls) {
  const auto response = ReadAnswer(GetParam().word, 200, DataOf(GetParam().word, "response_tool_calls.json"));
  ASSERT_TRUE(response) << response.error().error.message;
  ASSERT_EQ(response->tool_calls.size(), 1u);
  EXPECT_EQ(response->tool_calls[0].name, "find_invoice");
  EXPECT_EQ(response->tool_calls[0].arguments, R"({"number":"R-17","year":2026})");
  EXPECT_EQ(response->tool_calls[0].id, GetParam().tool_call_id);
  EXPECT_EQ(response->finish_reason, GetParam().tool_calls_finish_reason);
}

TEST_P(Providers, RefuseWhatIsNoAnswerOfTheirs) {
  struct Row {
    int status;
    const char* body;
    FailureKind kind;
  };
  for (const Row& row : {Row{200, "", FailureKind::kMalformed}, Row{200, "{}", FailureKind::kMalformed},
                         Row{200, "[]", FailureKind::kMalformed}, Row{200, "null", FailureKind::kMalformed},
                         Row{200, "<!doctype html><title>Sign in</title>", FailureKind::kMalformed},
                         Row{200, R"({"error":{"message":"boom"}})", FailureKind::kMalformed},
                         Row{200, R"({"a":1,"a":2})", FailureKind::kMalformed}, Row{204, "{}", FailureKind::kMalformed},
                         Row{302, "", FailureKind::kBadRequest}, Row{400, "{}", FailureKind::kBadRequest},
                         Row{401, "{}", FailureKind::kAuth}, Row{404, "{}", FailureKind::kBadRequest},
                         Row{429, "", FailureKind::kRateLimited}, Row{500, "oops", FailureKind::kTransient},
                         Row{529, "", FailureKind::kTransient}}) {
    const auto response = ReadAnswer(GetParam().word, row.status, row.body);
    ASSERT_FALSE(response) << row.status << " " << row.body;
    EXPECT_EQ(response.error().kind, row.kind) << row.status << " " << row.body;
  }
}

// The first half of a good answer, cut at every place, is never an answer.
TEST_P(Providers, RefuseACutAnswer) {
  const std::string whole = DataOf(GetParam().word, "response.json");
  for (std::size_t length = 0; length + 2 < whole.size(); length += 7) {
    EXPECT_FALSE(ReadAnswer(GetParam().word, 200, whole.substr(0, length))) << length;
  }
}

TEST(ProviderRequests, AskForAToolInTheWordsOfEachApi) {
  struct Row {
    const char* word;
    const char* choice;
    const char* member;
    const char* json;
  };
  for (const Row& row :
       {Row{"openai-chat", "auto", "tool_choice", R"("auto")"},
        Row{"openai-chat", "required", "tool_choice", R"("required")"},
        Row{"openai-chat", "find_invoice", "tool_choice", R"({"type":"function","function":{"name":"find_invoice"}})"},
        Row{"openai-responses", "none", "tool_choice", R"("none")"},
        Row{"openai-responses", "find_invoice", "tool_choice", R"({"type":"function","name":"find_invoice"})"},
        Row{"anthropic", "auto", "tool_choice", R"({"type":"auto"})"},
        Row{"anthropic", "none", "tool_choice", R"({"type":"none"})"},
        Row{"anthropic", "required", "tool_choice", R"({"type":"any"})"},
        Row{"anthropic", "find_invoice", "tool_choice", R"({"type":"tool","name":"find_invoice"})"},
        Row{"gemini", "auto", "toolConfig", R"({"functionCallingConfig":{"mode":"AUTO"}})"},
        Row{"gemini", "none", "toolConfig", R"({"functionCallingConfig":{"mode":"NONE"}})"},
        Row{"gemini", "required", "toolConfig", R"({"functionCallingConfig":{"mode":"ANY"}})"},
        Row{"gemini", "find_invoice", "toolConfig",
            R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["find_invoice"]}})"},
        Row{"ollama", "auto", "tool_choice", nullptr}}) {
    ModelRequest request = Conversation();
    request.tool_choice = row.choice;
    request.sampling.stop.clear();
    const auto made = MakeProvider(row.word, "http://h")->MakeRequest(request);
    ASSERT_TRUE(made) << row.word << " " << made.error().message;
    const Json body = Json::Parse(made->body).value();
    const Json* member = body.Find(row.member);
    EXPECT_EQ(member == nullptr ? "" : member->Dump(), row.json == nullptr ? "" : row.json) << row.word << row.choice;
  }
  ModelRequest request = Conversation();
  request.tool_choice = "required";
  EXPECT_EQ(MakeProvider("ollama", "http://h")->MakeRequest(request).error().message,
            "the API of Ollama has no tool_choice; leave it out");
}

TEST(ProviderRequests, OllamaTakesNoImagesByAddress) {
  ModelRequest request;
  request.messages = {{.role = Role::kUser, .content = "?", .images = {{.url = "https://h/a.png"}}}};
  EXPECT_EQ(MakeProvider("ollama", "http://h")->MakeRequest(request).error().message,
            "the API of Ollama takes images as data only, not by address");
}

struct Failing {
  const char* word;
  const char* file;
  int status;
  FailureKind kind;
  const char* message;
  std::optional<std::chrono::milliseconds> retry_after = {};
};

TEST(ProviderErrors, AreReadAsTheVendorMeansThem) {
  using std::chrono::milliseconds;
  for (const Failing& row :
       {Failing{"anthropic", "overloaded.json", 529, FailureKind::kTransient, "answered 529: Overloaded"},
        Failing{"anthropic", "quota.json", 400, FailureKind::kQuota,
                "answered 400 bad request: Your credit balance is too low to access the Anthropic API. Please go to "
                "Plans & Billing to upgrade or purchase credits.; the account is exhausted"},
        Failing{"gemini", "rate_limited.json", 429, FailureKind::kRateLimited,
                "answered 429 too many requests: You exceeded your current quota, please check your plan and billing "
                "details.",
                milliseconds(12'500)},
        Failing{"gemini", "quota.json", 429, FailureKind::kQuota,
                "answered 429 too many requests: You exceeded your current quota, please check your plan and billing "
                "details.; the account is exhausted",
                milliseconds(41'000)},
        Failing{"ollama", "not_found.json", 404, FailureKind::kBadRequest,
                "answered 404 not found: model \"llama9\" not found, try pulling it first; check url and model"},
        Failing{"openai-responses", "failed.json", 200, FailureKind::kMalformed,
                "answered 200 with an error: The model failed to generate a response."}}) {
    const auto response = ReadAnswer(row.word, row.status, DataOf(row.word, row.file));
    ASSERT_FALSE(response) << row.word << " " << row.file;
    EXPECT_EQ(response.error().kind, row.kind) << row.word << " " << row.file;
    EXPECT_EQ(response.error().error.message, row.message);
    EXPECT_EQ(response.error().retry_after, row.retry_after) << row.word << " " << row.file;
  }
}

TEST(ProviderAnswers, ThatAreBlockedOrCutSayWhy) {
  const auto blocked = ReadAnswer("gemini", 200, DataOf("gemini", "blocked.json"));
  ASSERT_TRUE(blocked) << blocked.error().error.message;
  EXPECT_EQ(blocked->text, "");
  EXPECT_EQ(blocked->finish_reason, "PROHIBITED_CONTENT");
  struct Row {
    const char* body;
    const char* text;
    const char* finish_reason;
  };
  for (const Row& row :
       {Row{R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}],)"
            R"("promptFeedback":{"blockReason":"SAFETY"}})",
            "", "SAFETY"},
        Row{R"({"candidates":[{"content":{"parts":[{"text":"x"},{"functionCall":{"name":"f"}}]},)"
            R"("finishReason":"RECITATION"}]})",
            "", "RECITATION"},
        Row{R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"MAX_TOKENS"}]})", "x", "MAX_TOKENS"},
        Row{R"({"candidates":[{"index":1,"content":{"parts":[{"text":"x"}]},"finishReason":"SAFETY"},)"
            R"({"index":0,"content":{"parts":[{"text":"y"}]},"finishReason":"STOP"}]})",
            "y", "STOP"}}) {
    const auto response = ReadAnswer("gemini", 200, row.body);
    ASSERT_TRUE(response) << row.body << response.error().error.message;
    EXPECT_EQ(response->text, row.text) << row.body;
    EXPECT_EQ(response->finish_reason, row.finish_reason) << row.body;
    EXPECT_TRUE(response->tool_calls.empty()) << row.body;
  }
  const auto cut = ReadAnswer("openai-responses", 200, DataOf("openai-responses", "incomplete.json"));
  ASSERT_TRUE(cut) << cut.error().error.message;
  EXPECT_EQ(cut->text, "Die Ant");
  EXPECT_EQ(cut->finish_reason, "max_output_tokens");
  const auto unsaid = ReadAnswer(
      "openai-responses", 200,
      R"({"status":"incomplete","output":[{"type":"message","role":"user","content":[{"type":"output_text",)"
      R"("text":"x"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"y"}]}]})");
  ASSERT_TRUE(unsaid) << unsaid.error().error.message;
  EXPECT_EQ(unsaid->text, "y");
  EXPECT_EQ(unsaid->finish_reason, "incomplete");
  const auto in_part =
      ReadAnswer("openai-responses", 200,
                 R"({"status":"completed","output":[{"type":"message","status":"incomplete","role":"assistant",)"
                 R"("content":[{"type":"output_text","text":"y"}]},{"type":"function_call","name":"f","status":)"
                 R"("completed"}]})");
  ASSERT_TRUE(in_part) << in_part.error().error.message;
  EXPECT_EQ(in_part->finish_reason, "incomplete");
}

TEST(ProviderAnswers, OfModelsThatSayNothingAreEmpty) {
  const std::pair<const char*, const char*> rows[] = {
      {"openai-chat", R"({"choices":[{"message":{"content":null},"finish_reason":"stop"}]})"},
      {"openai-chat",
       R"({"choices":[{"message":{"content":[{"type":"reasoning","text":"x"}]},"finish_reason":"stop"}]})"},
      {"anthropic", R"({"role":"assistant","content":[],"stop_reason":"end_turn"})"},
      {"gemini", R"({"candidates":[{"content":{"parts":[{"text":"x","thought":true}]},"finishReason":"STOP"}]})"},
      {"openai-responses", R"({"status":"completed","output":[{"type":"reasoning"}]})"},
      {"openai-responses", R"({"status":"completed","output":[{"type":"message","role":"user","content":[)"
                           R"({"type":"output_text","text":"x"}]}]})"}};
  for (const auto& [word, body] : rows) {
    const auto response = ReadAnswer(word, 200, body);
    ASSERT_TRUE(response) << word << ": " << response.error().error.message;
    EXPECT_EQ(response->text, "") << body;
  }
}

TEST(ProviderAnswers, WithoutAnEndAreNone) {
  const std::pair<const char*, const char*> rows[] = {
      {"anthropic", R"({"role":"assistant","content":[{"type":"text","text":"x"}],"stop_reason":null})"},
      {"anthropic", R"({"role":"assistant","content":[{"type":"text","text":"x"}],"stop_reason":"pause_turn"})"},
      {"anthropic", R"({"role":"user","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn"})"},
      {"gemini", R"({"candidates":[{"content":{"parts":[{"text":"x"}]}}]})"},
      {"gemini", R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"OTHER"}]})"},
      {"gemini", R"({"candidates":[]})"},
      {"ollama", R"({"message":{"role":"assistant","content":"x"},"done":false})"},
      {"ollama", R"({"message":{"role":"assistant","content":"x"},"done":true,"done_reason":"unload"})"},
      {"ollama", R"({"message":{"role":"assistant"},"done":true,"done_reason":"stop"})"},
      {"openai-responses", R"({"status":"in_progress","output":[]})"},
      {"openai-responses", R"({"output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}]})"}};
  for (const auto& [word, body] : rows) {
    const auto response = ReadAnswer(word, 200, body);
    ASSERT_FALSE(response) << word << " " << body;
    EXPECT_EQ(response.error().kind, FailureKind::kMalformed) << word << " " << body;
  }
}

}  // namespace
}  // namespace assay
