// OpenAI's Responses API (POST {url}/responses): https://platform.openai.com/docs/api-reference/responses
#include "config/fields.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/openai_json.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

struct OpenaiResponsesOptions {
  static const FieldTable<OpenaiResponsesOptions>& Fields();
};
const FieldTable<OpenaiResponsesOptions>& OpenaiResponsesOptions::Fields() {
  static const FieldTable<OpenaiResponsesOptions> table;
  return table;
}

class OpenaiResponses : public Provider {
 public:
  explicit OpenaiResponses(const ProviderOptions& options)
      : url_(WithPath(options.url, "/responses")),
        model_(options.model),
        api_key_(options.api_key),
        headers_(JsonHeaders(options, api_key_.empty() ? "" : "Authorization: Bearer " + api_key_)) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    return JsonRequest(url_, headers_, Body(request));
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    auto document = ReadJsonReply(answer, "a response", api_key_);
    if (!document) return std::unexpected(std::move(document).error());
    const std::string what = "answered 200 with JSON that is no response: ";
    const Json* output = document->Find("output");
    if (output == nullptr || !output->is_array()) return Malformed(what + "no list \"output\"; check url");
    Response response;
    const std::string_view status = TextAt(*document, "status");
    if (status == "completed") {
      response.finish_reason = status;
    } else if (status == "incomplete") {
      response.finish_reason = TextAt(*document, "incomplete_details.reason");
    } else {
      return Malformed("answered 200 without a finished answer: status is \"" + Quotable(status, api_key_, 40) + "\"");
    }
    bool has_text = false;
    for (const Json& item : output->as_array()) has_text |= ReadItem(item, response);
    if (!has_text && response.tool_calls.empty() && status == "completed") {
      return Malformed(what + "no text in \"output\"");
    }
    response.usage.tokens_in = CountAt(*document, "usage.input_tokens");
    response.usage.tokens_out = CountAt(*document, "usage.output_tokens");
    return response;
  }

 private:
  // Whether it held text. Reasoning and calls of built-in tools are no part of the answer.
  static bool ReadItem(const Json& item, Response& response) {
    const std::string_view type = TextAt(item, "type");
    if (type == "function_call") {
      response.tool_calls.push_back({.name = std::string(TextAt(item, "name")),
                                     .arguments = std::string(TextAt(item, "arguments")),
                                     .id = std::string(TextAt(item, "call_id"))});
      return false;
    }
    const Json* content = item.Find("content");
    if (type != "message" || content == nullptr || !content->is_array()) return false;
    bool has_text = false;
    for (const Json& part : content->as_array()) {
      const bool is_refusal = TextAt(part, "type") == "refusal";
      if (!is_refusal && TextAt(part, "type") != "output_text") continue;
      response.text += TextAt(part, is_refusal ? "refusal" : "text");
      has_text = true;
    }
    return has_text;
  }

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

  std::string url_;
  std::string model_;
  std::string api_key_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeOpenaiResponsesProvider(ProviderOptions options) {
  return std::make_unique<OpenaiResponses>(options);
}

PluginKind OpenaiResponsesProviderKind() {
  return ProviderKindOf<OpenaiResponsesOptions>("Responses API of OpenAI: POST {url}/responses");
}

}  // namespace assay
