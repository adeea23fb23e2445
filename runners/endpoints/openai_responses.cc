// OpenAI's Responses API (POST {url}/responses): https://platform.openai.com/docs/api-reference/responses
#include "config/fields.h"
#include "runners/endpoints/embedding_json.h"
#include "runners/endpoints/guardrails_json.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/openai_json.h"
#include "runners/endpoints/openai_responses_stream.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

struct OpenaiResponsesOptions {
  bool stream = false;
  static const FieldTable<OpenaiResponsesOptions>& Fields();
};
const FieldTable<OpenaiResponsesOptions>& OpenaiResponsesOptions::Fields() {
  static const auto table = FieldTable<OpenaiResponsesOptions>().Optional(
      "stream", &OpenaiResponsesOptions::stream,
      "ask for the answer token by token; needed for the time to first token");
  return table;
}

class OpenaiResponses : public Provider {
 public:
  OpenaiResponses(const ProviderOptions& options, const OpenaiResponsesOptions& own)
      : is_streaming_(own.stream),
        url_(WithPath(options.url, "/responses")),
        embeddings_url_(OpenaiEmbeddingsUrl(options.url, "/responses")),
        model_(options.model),
        api_key_(options.api_key),
        headers_(JsonHeaders(options, api_key_.empty() ? "" : "Authorization: Bearer " + api_key_)) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    if (!request.sampling.stop.empty()) {  // left out it would change the answers in silence
      return Fail(ErrorCode::kInvalidArgument, "the Responses API has no place for sampling.stop");
    }
    return JsonRequest(url_, headers_, Body(request));
  }

  Result<HttpRequest> MakeEmbeddingRequest(const std::vector<std::string>& texts) const override {
    ASSAY_ASSIGN(const Json body, OpenaiEmbeddingsBody(model_, texts));
    return JsonRequest(embeddings_url_, headers_, body);
  }

  std::expected<Embeddings, AttemptFailure> ReadEmbeddings(const HttpResponse& answer,
                                                           std::size_t texts) const override {
    return ReadOpenaiEmbeddings(answer, texts, api_key_);
  }

  std::unique_ptr<AnswerStream> MakeStream() const override {
    return is_streaming_ ? MakeOpenaiResponsesStream(api_key_) : nullptr;
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    if (auto blocked = BlockedPromptAnswer(answer)) return *std::move(blocked);
    auto document = ReadJsonReply(answer, "a response", api_key_);
    if (!document) return std::unexpected(std::move(document).error());
    return ReadOpenaiResponse(*document, api_key_);
  }

 private:
  Json Body(const ModelRequest& request) const {
    Json::Array input;
    for (const Message& message : request.messages) AddTo(input, message);
    // Nothing is kept at the provider: each request carries its whole conversation.
    Json body = Json::Of({{"model", model_}, {"input", Json(std::move(input))}, {"store", false}});
    const Sampling& sampling = request.sampling;
    if (sampling.temperature) body.Set("temperature", *sampling.temperature);
    if (sampling.top_p) body.Set("top_p", *sampling.top_p);
    if (sampling.max_tokens) body.Set("max_output_tokens", *sampling.max_tokens);
    if (!request.tools.empty()) body.Set("tools", Tools(request.tools));
    if (!request.tool_choice.empty()) body.Set("tool_choice", ToolChoice(request.tool_choice));
    if (is_streaming_) body.Set("stream", true);
    return body;
  }

  static void AddTo(Json::Array& input, const Message& message) {
    if (message.role == Role::kTool) {
      input.push_back(
          Json::Of({{"type", "function_call_output"}, {"call_id", message.tool_call_id}, {"output", message.content}}));
      return;
    }
    if (!message.content.empty() || !message.images.empty()) {
      input.push_back(Json::Of({{"role", Name(message.role)}, {"content", Content(message)}}));
    }
    for (const ToolCall& call : message.tool_calls) {
      input.push_back(Json::Of(
          {{"type", "function_call"}, {"call_id", call.id}, {"name", call.name}, {"arguments", call.arguments}}));
    }
  }

  static Json Content(const Message& message) {
    if (message.images.empty()) return Json(message.content);
    Json::Array parts = {Json::Of({{"type", "input_text"}, {"text", message.content}})};
    for (const Image& image : message.images) {
      parts.push_back(Json::Of({{"type", "input_image"}, {"image_url", ImageUrl(image)}}));
    }
    return Json(std::move(parts));
  }

  static Json ToolChoice(const std::string& choice) {
    return IsToolChoiceWord(choice) ? Json(choice) : Json::Of({{"type", "function"}, {"name", choice}});
  }

  static Json Tools(const std::vector<Tool>& tools) {
    Json::Array out;
    for (const Tool& tool : tools) {
      out.push_back(Json::Of({{"type", "function"},
                              {"name", tool.name},
                              {"description", tool.description},
                              {"parameters", tool.parameters}}));
    }
    return Json(std::move(out));
  }

  bool is_streaming_;
  std::string url_;
  std::string embeddings_url_;
  std::string model_;
  std::string api_key_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeOpenaiResponsesProvider(ProviderOptions options) {
  ASSAY_ASSIGN(const OpenaiResponsesOptions own, ReadProviderOptions<OpenaiResponsesOptions>(options.options));
  return std::make_unique<OpenaiResponses>(options, own);
}

PluginKind OpenaiResponsesProviderKind() {
  return ProviderKindOf<OpenaiResponsesOptions>("Responses API of OpenAI: POST {url}/responses");
}

}  // namespace assay
