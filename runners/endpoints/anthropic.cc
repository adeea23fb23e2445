// Anthropic's Messages API (POST {url}/messages): https://docs.anthropic.com/en/api/messages
#include "config/fields.h"
#include "runners/endpoints/anthropic_stream.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

constexpr std::int64_t kDefaultMaxTokens = 4096;

struct AnthropicOptions {
  std::string version = "2023-06-01";
  bool stream = false;
  static const FieldTable<AnthropicOptions>& Fields();
};
const FieldTable<AnthropicOptions>& AnthropicOptions::Fields() {
  static const auto table =
      FieldTable<AnthropicOptions>()
          .Optional("version", &AnthropicOptions::version, "value of the header anthropic-version")
          .Optional("stream", &AnthropicOptions::stream,
                    "ask for the answer token by token; needed for the time to first token");
  return table;
}

Json TextBlock(const std::string& text) { return Json::Of({{"type", "text"}, {"text", text}}); }

Json ImageBlock(const Image& image) {
  const Json source = image.url.empty()
                          ? Json::Of({{"type", "base64"}, {"media_type", image.media_type}, {"data", image.base64}})
                          : Json::Of({{"type", "url"}, {"url", image.url}});
  return Json::Of({{"type", "image"}, {"source", source}});
}

Json Content(const Message& message) {
  if (message.role == Role::kTool) {
    return Json(Json::Array{
        Json::Of({{"type", "tool_result"}, {"tool_use_id", message.tool_call_id}, {"content", message.content}})});
  }
  if (message.images.empty() && message.tool_calls.empty()) return Json(message.content);
  Json::Array blocks;
  for (const Image& image : message.images) blocks.push_back(ImageBlock(image));
  if (!message.content.empty()) blocks.push_back(TextBlock(message.content));
  for (const ToolCall& call : message.tool_calls) {
    blocks.push_back(
        Json::Of({{"type", "tool_use"}, {"id", call.id}, {"name", call.name}, {"input", ParsedArguments(call)}}));
  }
  return Json(std::move(blocks));
}

class Anthropic : public Provider {
 public:
  Anthropic(ProviderOptions options, const AnthropicOptions& own)
      : url_(WithPath(options.url, "/messages")),
        model_(options.model),
        api_key_(options.api_key),
        is_streaming_(own.stream) {
    headers_ = JsonHeaders(options, api_key_.empty() ? "" : "x-api-key: " + api_key_);
    headers_.push_back("anthropic-version: " + own.version);
  }

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    return JsonRequest(url_, headers_, Body(request));
  }

  std::unique_ptr<AnswerStream> MakeStream() const override {
    return is_streaming_ ? MakeAnthropicStream(api_key_) : nullptr;
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    auto document = ReadJsonReply(answer, "a message", api_key_);
    if (!document) return std::unexpected(std::move(document).error());
    const std::string status = "answered 200 with JSON that is no message: ";
    const Json* content = document->Find("content");
    if (content == nullptr || !content->is_array()) return Malformed(status + "no list \"content\"; check url");
    if (TextAt(*document, "role") != "assistant") return Malformed(status + "its role is not \"assistant\"");
    Response response;
    response.model = TextAt(*document, "model");
    response.finish_reason = TextAt(*document, "stop_reason");
    if (!IsAnthropicStopReason(response.finish_reason)) {
      return Unfinished("stop_reason", response.finish_reason, api_key_);
    }
    for (const Json& block : content->as_array()) {
      const std::string_view type = TextAt(block, "type");
      if (type == "text") {
        response.text += TextAt(block, "text");  // none at all is an empty answer, which the API is known to give
      } else if (type == "tool_use") {
        const Json* input = block.Find("input");
        response.tool_calls.push_back({.name = std::string(TextAt(block, "name")),
                                       .arguments = input == nullptr ? "{}" : input->Dump(),
                                       .id = std::string(TextAt(block, "id"))});
      }
    }
    response.usage.tokens_in = AnthropicTokensIn(*document);
    response.usage.tokens_out = CountAt(*document, "usage.output_tokens");
    response.usage.tokens_in_cached = CountAt(*document, "usage.cache_read_input_tokens");
    return response;
  }

 private:
  Json Body(const ModelRequest& request) const {
    Json body = Json::Of({{"model", model_}});
    body.Set("max_tokens", request.sampling.max_tokens.value_or(kDefaultMaxTokens));
    std::string system;
    Json::Array messages;
    for (const Message& message : request.messages) {
      if (message.role == Role::kSystem) {
        system += (system.empty() ? "" : "\n\n") + message.content;
        continue;
      }
      const char* role = message.role == Role::kAssistant ? "assistant" : "user";
      messages.push_back(Json::Of({{"role", role}, {"content", Content(message)}}));
    }
    if (!system.empty()) body.Set("system", system);
    body.Set("messages", Json(std::move(messages)));
    const Sampling& sampling = request.sampling;
    if (sampling.temperature) body.Set("temperature", *sampling.temperature);
    if (sampling.top_p) body.Set("top_p", *sampling.top_p);
    if (!sampling.stop.empty()) {
      body.Set("stop_sequences", Json(Json::Array(sampling.stop.begin(), sampling.stop.end())));
    }
    if (!request.tools.empty()) body.Set("tools", Tools(request.tools));
    if (!request.tool_choice.empty()) body.Set("tool_choice", ToolChoice(request.tool_choice));
    if (is_streaming_) body.Set("stream", true);
    return body;
  }

  static Json ToolChoice(const std::string& choice) {
    if (choice == "auto" || choice == "none") return Json::Of({{"type", choice}});
    if (choice == "required") return Json::Of({{"type", "any"}});
    return Json::Of({{"type", "tool"}, {"name", choice}});
  }

  static Json Tools(const std::vector<Tool>& tools) {
    Json::Array out;
    for (const Tool& tool : tools) {
      out.push_back(
          Json::Of({{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.parameters}}));
    }
    return Json(std::move(out));
  }

  std::string url_;
  std::string model_;
  std::string api_key_;
  bool is_streaming_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeAnthropicProvider(ProviderOptions options) {
  ASSAY_ASSIGN(const AnthropicOptions own, ReadProviderOptions<AnthropicOptions>(options.options));
  return std::make_unique<Anthropic>(std::move(options), own);
}

PluginKind AnthropicProviderKind() {
  return ProviderKindOf<AnthropicOptions>("Messages API of Anthropic: POST {url}/messages");
}

}  // namespace assay
