// What providers tell of their content filters, in answers as their references show them, whole and as streams.

#include <gtest/gtest.h>

#include "config/yaml_text.h"
#include "runners/endpoints/provider.h"

namespace assay {
namespace {

using Side = GuardrailFinding::Side;
using Outcome = GuardrailFinding::Outcome;
using Findings = std::vector<GuardrailFinding>;

std::unique_ptr<Provider> GuardedProvider(const std::string& word, const std::string& options) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("m.yaml", options, diagnostics);
  return *FindProvider(word)(
      {.url = "http://h/v1", .model = "m", .api_key = "", .headers = {}, .options = documents.at(0).root});
}

std::expected<Response, AttemptFailure> WholeAnswer(const std::string& word, int status, const std::string& body) {
  HttpResponse answer;
  answer.status = status;
  answer.body = body;
  answer.content_type = "application/json";
  return GuardedProvider(word, "{stream: false}")->Read(answer);
}

std::expected<Response, AttemptFailure> StreamOf(const std::string& word, const std::vector<std::string>& events) {
  const auto stream = GuardedProvider(word, "{stream: true}")->MakeStream();
  for (const std::string& event : events) {
    if (!stream->Read("data: " + event + "\n\n")) break;
  }
  return stream->Finish();
}

void ExpectFindings(const std::expected<Response, AttemptFailure>& response, const Findings& findings,
                    const std::string& finish_reason, const std::string& text) {
  ASSERT_TRUE(response) << response.error().error.message;
  EXPECT_EQ(response->guardrails, findings);
  EXPECT_EQ(response->finish_reason, finish_reason);
  EXPECT_EQ(response->text, text);
}

constexpr char kSafe[] =
    R"({"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}})";

std::string AzureAnswer(const std::string& of_prompt, const std::string& of_answer, const std::string& finish_reason) {
  return R"({"choices":[{"index":0,"finish_reason":")" + finish_reason +
         R"(","message":{"role":"assistant","content":"Hello"},"content_filter_results":)" + of_answer +
         R"(}],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":)" + of_prompt + "}]}";
}

TEST(AzureFilters, ThatFoundNothingSayNothing) {
  ExpectFindings(WholeAnswer("openai-chat", 200, AzureAnswer(kSafe, kSafe, "stop")), {}, "stop", "Hello");
  for (const char* odd : {"null", "[]", "{}", "5", R"({"hate":5})", R"({"hate":{"filtered":"true"}})"}) {
    ExpectFindings(WholeAnswer("openai-chat", 200, AzureAnswer(odd, odd, "stop")), {}, "stop", "Hello");
  }
}

TEST(AzureFilters, SayWhatTheyFound) {
  const std::string prompt = R"({"hate":{"filtered":false,"severity":"safe"},)"
                             R"("jailbreak":{"filtered":false,"detected":true}})";
  const std::string answer = R"({"violence":{"filtered":true,"severity":"high"},)"
                             R"("protected_material_text":{"filtered":false,"detected":true},)"
                             R"("custom_blocklists":[{"id":"x","filtered":true}]})";
  ExpectFindings(WholeAnswer("openai-chat", 200, AzureAnswer(prompt, answer, "content_filter")),
                 {{Side::kOutput, Outcome::kBlocked, "violence"},
                  {Side::kOutput, Outcome::kFlagged, "protected_material_text"},
                  {Side::kOutput, Outcome::kBlocked, "custom_blocklists"},
                  {Side::kInput, Outcome::kFlagged, "jailbreak"}},
                 "content_filter", "Hello");
}

TEST(AzureFilters, ThatDidNotWorkSaySo) {
  const std::string failed = R"({"error":{"code":"content_filter_error","message":"The contents are not filtered"}})";
  ExpectFindings(WholeAnswer("openai-chat", 200, AzureAnswer(kSafe, failed, "stop")),
                 {{Side::kOutput, Outcome::kFailed, "content_filter_error"}}, "stop", "Hello");
}

TEST(AzureFilters, ABlockedPromptIsAnAnswerWithoutText) {
  const std::string body =
      R"({"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's)"
      R"( content management policy.","type":null,"param":"prompt","code":"content_filter",)"
      R"("status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":)"
      R"({"hate":{"filtered":true,"severity":"high"},"jailbreak":{"filtered":false,)"
      R"("detected":false},"violence":{"filtered":true,"severity":"medium"}}}}})";
  for (const char* word : {"openai-chat", "openai-responses"}) {
    ExpectFindings(WholeAnswer(word, 400, body),
                   {{Side::kInput, Outcome::kBlocked, "hate"}, {Side::kInput, Outcome::kBlocked, "violence"}},
                   "content_filter", "");
    ExpectFindings(WholeAnswer(word, 400, R"({"error":{"code":"content_filter","message":"filtered"}})"),
                   {{Side::kInput, Outcome::kBlocked, "content_filter"}}, "content_filter", "");
    // Another error that only speaks of it, and another status, stay errors.
    EXPECT_FALSE(WholeAnswer(word, 400, R"({"error":{"code":"invalid","message":"content_filter"}})")) << word;
    EXPECT_FALSE(WholeAnswer(word, 403, body)) << word;
    EXPECT_FALSE(WholeAnswer(word, 400, "content_filter")) << word;
  }
}

TEST(AzureFilters, AreReadFromStreams) {
  const std::string prompt = R"({"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":)"
                             R"({"jailbreak":{"filtered":false,"detected":true}}}]})";
  const std::string safe = R"({"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null,)"
                           R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})";
  const std::string found = R"({"choices":[{"index":0,"delta":{},"finish_reason":"content_filter",)"
                            R"("content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}]})";
  ExpectFindings(StreamOf("openai-chat", {prompt, safe, found, found, "[DONE]"}),
                 {{Side::kInput, Outcome::kFlagged, "jailbreak"}, {Side::kOutput, Outcome::kBlocked, "hate"}},
                 "content_filter", "Hel");
}

TEST(AzureFilters, OfResponsesHaveASide) {
  const std::string body =
      R"({"status":"completed","output":[{"type":"message","role":"assistant","content":[)"
      R"({"type":"output_text","text":"Hello"}]}],"content_filters":[{"blocked":false,"source_type":"prompt",)"
      R"("content_filter_results":{"jailbreak":{"detected":true,"filtered":false}}},{"blocked":true,)"
      R"("source_type":"completion","content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})";
  const Findings findings = {{Side::kInput, Outcome::kFlagged, "jailbreak"},
                             {Side::kOutput, Outcome::kBlocked, "content_filter"}};
  ExpectFindings(WholeAnswer("openai-responses", 200, body), findings, "completed", "Hello");
  ExpectFindings(StreamOf("openai-responses", {R"({"type":"response.completed","response":)" + body + "}"}), findings,
                 "completed", "Hello");
}

TEST(OpenaiRefusals, AreFindings) {
  const Findings refusal = {{Side::kOutput, Outcome::kFlagged, "refusal"}};
  ExpectFindings(WholeAnswer("openai-chat", 200,
                             R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant",)"
                             R"("content":null,"refusal":"I can't."}}]})"),
                 refusal, "stop", "I can't.");
  ExpectFindings(StreamOf("openai-chat", {R"({"choices":[{"index":0,"delta":{"refusal":"I "}}]})",
                                          R"({"choices":[{"index":0,"delta":{"refusal":"can't."}}]})",
                                          R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", "[DONE]"}),
                 refusal, "stop", "I can't.");
  ExpectFindings(WholeAnswer("openai-responses", 200,
                             R"({"status":"completed","output":[{"type":"message","role":"assistant","content":[)"
                             R"({"type":"refusal","refusal":"I can't."}]}]})"),
                 refusal, "completed", "I can't.");
}

TEST(GeminiFilters, OfThePromptAndOfTheAnswer) {
  const std::string blocked =
      R"({"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[)"
      R"({"category":"HARM_CATEGORY_HARASSMENT","probability":"NEGLIGIBLE"},)"
      R"({"category":"HARM_CATEGORY_DANGEROUS_CONTENT","probability":"HIGH","blocked":true}]}})";
  const Findings of_prompt = {{Side::kInput, Outcome::kBlocked, "HARM_CATEGORY_DANGEROUS_CONTENT"}};
  ExpectFindings(WholeAnswer("gemini", 200, blocked), of_prompt, "SAFETY", "");
  ExpectFindings(StreamOf("gemini", {blocked}), of_prompt, "SAFETY", "");

  const std::string other = R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"}})";
  ExpectFindings(WholeAnswer("gemini", 200, other), {{Side::kInput, Outcome::kBlocked, "PROHIBITED_CONTENT"}},
                 "PROHIBITED_CONTENT", "");

  const std::string stopped = R"({"candidates":[{"content":{"parts":[{"text":"How"}]},"finishReason":"SAFETY",)"
                              R"("safetyRatings":[{"category":"HARM_CATEGORY_HATE_SPEECH","probability":"HIGH",)"
                              R"("blocked":true}]}]})";
  const Findings of_answer = {{Side::kOutput, Outcome::kBlocked, "HARM_CATEGORY_HATE_SPEECH"}};
  ExpectFindings(WholeAnswer("gemini", 200, stopped), of_answer, "SAFETY", "");
  ExpectFindings(StreamOf("gemini", {stopped}), of_answer, "SAFETY", "");

  ExpectFindings(WholeAnswer("gemini", 200, R"({"candidates":[{"finishReason":"RECITATION"}]})"),
                 {{Side::kOutput, Outcome::kBlocked, "RECITATION"}}, "RECITATION", "");
  ExpectFindings(WholeAnswer("gemini", 200,
                             R"({"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP",)"
                             R"("safetyRatings":[{"category":"HARM_CATEGORY_HATE_SPEECH","probability":"LOW"}]}]})"),
                 {}, "STOP", "Hello");
}

// Whatever a server says, there are few findings with short plain words.
TEST(Guardrails, AreBounded) {
  std::string results = "{";
  for (int i = 0; i < 1000; ++i)
    results += "\"c\\n" + std::to_string(i) + std::string(200, 'x') + "\":{\"filtered\":true},";
  results.back() = '}';
  const auto response = WholeAnswer("openai-chat", 200, AzureAnswer(kSafe, results, "stop"));
  ASSERT_TRUE(response);
  ASSERT_EQ(response->guardrails.size(), 32u);
  EXPECT_EQ(response->guardrails[0].category, "c_0" + std::string(61, 'x'));
}

}  // namespace
}  // namespace assay
