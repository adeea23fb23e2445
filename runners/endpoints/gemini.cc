// Google's generateContent (POST {url}/models/{model}:generateContent): https://ai.google.dev/api/generate-content
#include "config/fields.h"
#include "runners/endpoints/embedding_json.h"
#include "runners/endpoints/gemini_stream.h"
#include "runners/endpoints/guardrails_json.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/openai_json.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

struct GeminiOptions {
  bool stream = false;
  static const FieldTable<GeminiOptions>& Fields();
};
const FieldTable<GeminiOptions>& GeminiOptions::Fields() {
  static const auto table = FieldTable<GeminiOptions>().Optional(
      "stream", &GeminiOptions::stream, "ask for the answer token by token; needed for the time to first token");
  return table;
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

// Without `alt=sse` a stream is one JSON list, which can be read only when it is whole.
std::string GeminiUrl(const ProviderOptions& options, bool is_streaming) {
  const std::string model = "/models/" + options.model;
  if (!is_streaming) return WithPath(options.url, model + ":generateContent");
  std::string url = WithPath(options.url, model + ":streamGenerateContent");
  url += url.find('?') == std::string::npos ? "?alt=sse" : "&alt=sse";
  return url;
}

class Gemini : public Provider {
 public:
  Gemini(const ProviderOptions& options, const GeminiOptions& own)
      : is_streaming_(own.stream),
        url_(GeminiUrl(options, own.stream)),
        embeddings_url_(WithPath(options.url, "/models/" + options.model + ":batchEmbedContents")),
        model_(options.model),
        api_key_(options.api_key),
        headers_(JsonHeaders(options, api_key_.empty() ? "" : "x-goog-api-key: " + api_key_)) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    return JsonRequest(url_, headers_, Body(request));
  }

  Result<HttpRequest> MakeEmbeddingRequest(const std::vector<std::string>& texts) const override {
    constexpr std::size_t kMaxTexts = 100;
    ASSAY_TRY(CheckTexts(texts, kMaxTexts));
    Json::Array requests;
    for (const std::string& text : texts) {
      Json part = Json::Of({{"text", text}});
      requests.push_back(
          Json::Of({{"model", "models/" + model_}, {"content", Json::Of({{"parts", Json::Array{std::move(part)}}})}}));
    }
    return JsonRequest(embeddings_url_, headers_, Json::Of({{"requests", Json(std::move(requests))}}));
  }

  std::expected<Embeddings, AttemptFailure> ReadEmbeddings(const HttpResponse& answer,
                                                           std::size_t texts) const override {
    const auto document = ReadJsonReply(answer, "embeddings", api_key_);
    if (!document) return std::unexpected(document.error());
    auto vectors = ReadVectors(document->Find("embeddings"), "values", texts);
    if (!vectors) return std::unexpected(std::move(vectors).error());
    return Embeddings{.vectors = *std::move(vectors), .usage = {}};
  }

  std::unique_ptr<AnswerStream> MakeStream() const override {
    return is_streaming_ ? MakeGeminiStream(api_key_) : nullptr;
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    auto document = ReadJsonReply(answer, "a generateContent response", api_key_);
    if (!document) return std::unexpected(std::move(document).error());
    Response response;
    response.model = TextAt(*document, "modelVersion");
    response.usage.tokens_in = CountAt(*document, "usageMetadata.promptTokenCount");
    response.usage.tokens_out = GeminiTokensOut(*document);
    response.usage.tokens_in_cached = CountAt(*document, "usageMetadata.cachedContentTokenCount");
    AddPromptFeedback(*document, response);
    if (const auto reason = GeminiBlockReason(*document); !reason.empty()) {
      response.finish_reason = reason;
      return response;
    }
    const Json* candidate = FirstCandidate(*document);
    if (candidate == nullptr) return Malformed(std::string(kNoResponse) + "no candidates[0]; check url");
    response.finish_reason = TextAt(*candidate, "finishReason");
    if (!IsGeminiFinishReason(response.finish_reason)) {
      return Unfinished("finishReason", response.finish_reason, api_key_);
    }
    const bool is_withheld = IsGeminiWithheld(response.finish_reason);
    AddCandidateSafety(*candidate, is_withheld, response);
    if (is_withheld) return response;
    AddGeminiParts(*candidate, response);
    return response;
  }

 private:
  static constexpr char kNoResponse[] = "answered 200 with JSON that is no generateContent response: ";

  // Null pointer when there is none.
  static const Json* FirstCandidate(const Json& document) {
    const Json* candidates = document.Find("candidates");
    if (candidates == nullptr || !candidates->is_array() || candidates->as_array().empty()) return nullptr;
    std::size_t place = 0;
    for (const Json& candidate : candidates->as_array()) {
      if (IsFirstAnswer(candidate, place++)) return &candidate;
    }
    return &candidates->as_array().front();
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
    if (!request.tool_choice.empty()) body.Set("toolConfig", ToolConfig(request.tool_choice));
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

  static Json ToolConfig(const std::string& choice) {
    Json config{Json::Object{}};
    config.Set("mode", choice == "auto" ? "AUTO" : choice == "none" ? "NONE" : "ANY");
    if (!IsToolChoiceWord(choice)) config.Set("allowedFunctionNames", Json::Array{Json(choice)});
    return Json::Of({{"functionCallingConfig", std::move(config)}});
  }

  static Json Tools(const std::vector<Tool>& tools) {
    Json::Array functions;
    for (const Tool& tool : tools) {
      functions.push_back(
          Json::Of({{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}}));
    }
    return Json(Json::Array{Json::Of({{"functionDeclarations", Json(std::move(functions))}})});
  }

  bool is_streaming_;
  std::string url_;
  std::string embeddings_url_;
  std::string model_;
  std::string api_key_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeGeminiProvider(ProviderOptions options) {
  ASSAY_ASSIGN(const GeminiOptions own, ReadProviderOptions<GeminiOptions>(options.options));
  return std::make_unique<Gemini>(options, own);
}

PluginKind GeminiProviderKind() {
  return ProviderKindOf<GeminiOptions>("generateContent of Google's Gemini: POST {url}/models/{model}:generateContent");
}

}  // namespace assay
