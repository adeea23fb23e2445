// Google's generateContent (POST {url}/models/{model}:generateContent): https://ai.google.dev/api/generate-content
#include <algorithm>
#include <array>

#include "config/fields.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

struct GeminiOptions {
  static const FieldTable<GeminiOptions>& Fields();
};
const FieldTable<GeminiOptions>& GeminiOptions::Fields() {
  static const FieldTable<GeminiOptions> table;
  return table;
}

// Reasons that end an answer, a blocked or garbled one included. OTHER and what is not known say that there is none.
bool IsGeminiFinishReason(std::string_view word) {
  static constexpr std::array<std::string_view, 11> kWords = {"STOP",
                                                              "MAX_TOKENS",
                                                              "SAFETY",
                                                              "RECITATION",
                                                              "LANGUAGE",
                                                              "BLOCKLIST",
                                                              "PROHIBITED_CONTENT",
                                                              "SPII",
                                                              "MALFORMED_FUNCTION_CALL",
                                                              "IMAGE_SAFETY",
                                                              "UNEXPECTED_TOOL_CALL"};
  return std::ranges::find(kWords, word) != kWords.end();
}

Json Parts(const Message& message) {
  Json::Array parts;
  if (message.role == Role::kTool) {
    parts.push_back(
        Json::Of({{"functionResponse",
                   Json::Of({{"name", message.tool_name}, {"response", Json::Of({{"result", message.content}})}})}}));
    return Json(std::move(parts));
  }
  for (const Image& image : message.images) {
    parts.push_back(image.url.empty()
                        ? Json::Of({{"inlineData", Json::Of({{"mimeType", image.media_type}, {"data", image.base64}})}})
                        : Json::Of({{"fileData", Json::Of({{"mimeType", image.media_type}, {"fileUri", image.url}})}}));
  }
  if (!message.content.empty() || (message.images.empty() && message.tool_calls.empty())) {
    parts.push_back(Json::Of({{"text", message.content}}));
  }
  for (const ToolCall& call : message.tool_calls) {
    parts.push_back(Json::Of({{"functionCall", Json::Of({{"name", call.name}, {"args", ParsedArguments(call)}})}}));
  }
  return Json(std::move(parts));
}

class Gemini : public Provider {
 public:
  explicit Gemini(const ProviderOptions& options)
      : url_(WithPath(options.url, "/models/" + options.model + ":generateContent")),
        api_key_(options.api_key),
        headers_(JsonHeaders(options, api_key_.empty() ? "" : "x-goog-api-key: " + api_key_)) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    return JsonRequest(url_, headers_, Body(request));
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    auto document = ReadJsonReply(answer, "a generateContent response", api_key_);
    if (!document) return std::unexpected(std::move(document).error());
    Response response;
    response.usage.tokens_in = CountAt(*document, "usageMetadata.promptTokenCount");
    response.usage.tokens_out = TokensOut(*document);
    const Json* candidates = document->Find("candidates");
    if (candidates == nullptr || !candidates->is_array() || candidates->as_array().empty()) {
      return ReadBlocked(*document, std::move(response));
    }
    const Json& candidate = candidates->as_array().front();
    response.finish_reason = TextAt(candidate, "finishReason");
    if (!IsGeminiFinishReason(response.finish_reason)) {
      return Malformed("answered 200 without a finished answer: finishReason is \"" + response.finish_reason + "\"");
    }
    ReadParts(candidate, response);
    if (response.text.empty() && response.tool_calls.empty() && response.finish_reason == "STOP") {
      return Malformed(std::string(kNoResponse) + "no text in candidates[0].content.parts");
    }
    return response;
  }

 private:
  static constexpr char kNoResponse[] = "answered 200 with JSON that is no generateContent response: ";

  // A prompt that was refused before the model saw it: an answer without text.
  static std::expected<Response, AttemptFailure> ReadBlocked(const Json& document, Response response) {
    response.finish_reason = TextAt(document, "promptFeedback.blockReason");
    if (response.finish_reason.empty()) return Malformed(std::string(kNoResponse) + "no candidates[0]; check url");
    return response;
  }

  // Thoughts are not part of the answer.
  static void ReadParts(const Json& candidate, Response& response) {
    const Json* parts = Find(candidate, "content.parts");
    if (parts == nullptr || !parts->is_array()) return;
    for (const Json& part : parts->as_array()) {
      const Json* thought = part.Find("thought");
      if (thought != nullptr && *thought == Json(true)) continue;
      response.text += TextAt(part, "text");
      if (const Json* call = part.Find("functionCall")) {
        const Json* arguments = call->Find("args");
        response.tool_calls.push_back({.name = std::string(TextAt(*call, "name")),
                                       .arguments = arguments == nullptr ? "{}" : arguments->Dump(),
                                       .id = std::string(TextAt(*call, "id"))});
      }
    }
  }

  // Thinking is paid for like the answer.
  static std::optional<std::int64_t> TokensOut(const Json& document) {
    const auto answer = CountAt(document, "usageMetadata.candidatesTokenCount");
    const auto thoughts = CountAt(document, "usageMetadata.thoughtsTokenCount");
    if (!answer && !thoughts) return std::nullopt;
    return answer.value_or(0) + thoughts.value_or(0);
  }

  static Json Body(const ModelRequest& request) {
    Json body{Json::Object{}};
    Json::Array system;
    Json::Array contents;
    for (const Message& message : request.messages) {
      if (message.role == Role::kSystem) {
        system.push_back(Json::Of({{"text", message.content}}));
      } else {
        const char* role = message.role == Role::kAssistant ? "model" : "user";
        contents.push_back(Json::Of({{"role", role}, {"parts", Parts(message)}}));
      }
    }
    if (!system.empty()) body.Set("systemInstruction", Json::Of({{"parts", Json(std::move(system))}}));
    body.Set("contents", Json(std::move(contents)));
    if (Json config = Config(request.sampling); !config.as_object().empty()) {
      body.Set("generationConfig", std::move(config));
    }
    if (!request.tools.empty()) body.Set("tools", Tools(request.tools));
    return body;
  }

  static Json Config(const Sampling& sampling) {
    Json config{Json::Object{}};
    if (sampling.temperature) config.Set("temperature", *sampling.temperature);
    if (sampling.top_p) config.Set("topP", *sampling.top_p);
    if (sampling.max_tokens) config.Set("maxOutputTokens", *sampling.max_tokens);
    if (sampling.seed) config.Set("seed", *sampling.seed);
    if (!sampling.stop.empty()) {
      config.Set("stopSequences", Json(Json::Array(sampling.stop.begin(), sampling.stop.end())));
    }
    return config;
  }

  static Json Tools(const std::vector<Tool>& tools) {
    Json::Array functions;
    for (const Tool& tool : tools) {
      functions.push_back(
          Json::Of({{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}}));
    }
    return Json(Json::Array{Json::Of({{"functionDeclarations", Json(std::move(functions))}})});
  }

  std::string url_;
  std::string api_key_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeGeminiProvider(ProviderOptions options) {
  return std::make_unique<Gemini>(options);
}

PluginKind GeminiProviderKind() {
  return ProviderKindOf<GeminiOptions>("generateContent of Google's Gemini: POST {url}/models/{model}:generateContent");
}

}  // namespace assay
