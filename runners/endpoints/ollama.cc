// Ollama's own chat API (POST {url}/api/chat): https://github.com/ollama/ollama/blob/main/docs/api.md
#include <algorithm>

#include "config/fields.h"
#include "runners/endpoints/embedding_json.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/ollama_stream.h"
#include "runners/endpoints/openai_json.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

struct OllamaOptions {
  std::optional<std::int64_t> context_tokens;
  std::string keep_alive;
  bool stream = false;
  static const FieldTable<OllamaOptions>& Fields();
};
const FieldTable<OllamaOptions>& OllamaOptions::Fields() {
  static const auto table =
      FieldTable<OllamaOptions>()
          .Optional("context_tokens", &OllamaOptions::context_tokens, "size of the context (num_ctx)",
                    {.min = 1, .unit = "tokens"})
          .Optional("keep_alive", &OllamaOptions::keep_alive, "how long the model stays loaded: 5m, -1")
          .Optional("stream", &OllamaOptions::stream,
                    "ask for the answer token by token; needed for the time to first token");
  return table;
}

class Ollama : public Provider {
 public:
  Ollama(const ProviderOptions& options, OllamaOptions own)
      : url_(WithPath(options.url, "/api/chat")),
        embeddings_url_(WithPath(options.url, "/api/embed")),
        model_(options.model),
        api_key_(options.api_key),
        own_(std::move(own)),
        headers_(JsonHeaders(options, api_key_.empty() ? "" : "Authorization: Bearer " + api_key_)) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    if (!request.tool_choice.empty() && request.tool_choice != "auto") {
      return Fail(ErrorCode::kInvalidArgument, "the API of Ollama has no tool_choice; leave it out");
    }
    for (const Message& message : request.messages) {
      if (std::ranges::any_of(message.images, [](const Image& image) { return image.base64.empty(); })) {
        return Fail(ErrorCode::kInvalidArgument, "the API of Ollama takes images as data only, not by address");
      }
    }
    return JsonRequest(url_, headers_, Body(request));
  }

  Result<HttpRequest> MakeEmbeddingRequest(const std::vector<std::string>& texts) const override {
    constexpr std::size_t kMaxTexts = 2048;
    ASSAY_TRY(CheckTexts(texts, kMaxTexts));
    // Without this a text that is too long would be cut silently.
    Json body = Json::Of({{"model", model_}, {"input", Json::Array(texts.begin(), texts.end())}, {"truncate", false}});
    if (own_.context_tokens) body.Set("options", Json::Of({{"num_ctx", *own_.context_tokens}}));
    if (!own_.keep_alive.empty()) body.Set("keep_alive", own_.keep_alive);
    return JsonRequest(embeddings_url_, headers_, body);
  }

  std::expected<Embeddings, AttemptFailure> ReadEmbeddings(const HttpResponse& answer,
                                                           std::size_t texts) const override {
    const auto document = ReadJsonReply(answer, "embeddings", api_key_);
    if (!document) return std::unexpected(document.error());
    auto vectors = ReadVectors(document->Find("embeddings"), "", texts);
    if (!vectors) return std::unexpected(std::move(vectors).error());
    return Embeddings{.vectors = *std::move(vectors),
                      .usage = {.tokens_in = CountAt(*document, "prompt_eval_count"), .tokens_out = 0}};
  }

  std::unique_ptr<AnswerStream> MakeStream() const override {
    return own_.stream ? MakeOllamaStream(api_key_) : nullptr;
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    auto document = ReadJsonReply(answer, "a chat response", api_key_);
    if (!document) return std::unexpected(std::move(document).error());
    return ReadOllamaAnswer(*document, api_key_);
  }

 private:
  Json Body(const ModelRequest& request) const {
    Json::Array messages;
    for (const Message& message : request.messages) messages.push_back(ToJson(message));
    Json body = Json::Of({{"model", model_}, {"messages", Json(std::move(messages))}, {"stream", own_.stream}});
    if (Json options = Options(request.sampling); !options.as_object().empty()) body.Set("options", std::move(options));
    if (!own_.keep_alive.empty()) body.Set("keep_alive", own_.keep_alive);
    if (!request.tools.empty()) body.Set("tools", FunctionTools(request.tools));
    return body;
  }

  static Json ToJson(const Message& message) {
    Json out = Json::Of({{"role", Name(message.role)}, {"content", message.content}});
    if (!message.images.empty()) {
      Json::Array images;
      for (const Image& image : message.images) images.emplace_back(image.base64);
      out.Set("images", Json(std::move(images)));
    }
    if (!message.tool_calls.empty()) {
      Json::Array calls;
      for (const ToolCall& call : message.tool_calls) {
        calls.push_back(
            Json::Of({{"function", Json::Of({{"name", call.name}, {"arguments", ParsedArguments(call)}})}}));
      }
      out.Set("tool_calls", Json(std::move(calls)));
    }
    if (!message.tool_name.empty()) out.Set("tool_name", message.tool_name);
    return out;
  }

  Json Options(const Sampling& sampling) const {
    Json options{Json::Object{}};
    if (own_.context_tokens) options.Set("num_ctx", *own_.context_tokens);
    if (sampling.temperature) options.Set("temperature", *sampling.temperature);
    if (sampling.top_p) options.Set("top_p", *sampling.top_p);
    if (sampling.max_tokens) options.Set("num_predict", *sampling.max_tokens);
    if (sampling.seed) options.Set("seed", *sampling.seed);
    if (!sampling.stop.empty()) options.Set("stop", Json(Json::Array(sampling.stop.begin(), sampling.stop.end())));
    return options;
  }

  std::string url_;
  std::string embeddings_url_;
  std::string model_;
  std::string api_key_;
  OllamaOptions own_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeOllamaProvider(ProviderOptions options) {
  ASSAY_ASSIGN(OllamaOptions own, ReadProviderOptions<OllamaOptions>(options.options));
  return std::make_unique<Ollama>(options, std::move(own));
}

PluginKind OllamaProviderKind() { return ProviderKindOf<OllamaOptions>("chat API of Ollama: POST {url}/api/chat"); }

}  // namespace assay
