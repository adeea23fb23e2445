#include "runners/endpoints/openai_json.h"

#include <array>

#include "core/finish_reason.h"

namespace assay {
namespace {

Json ChatContent(const Message& message) {
  if (message.images.empty()) return Json(message.content);
  Json::Array parts = {Json::Of({{"type", "text"}, {"text", message.content}})};
  for (const Image& image : message.images) {
    parts.push_back(Json::Of({{"type", "image_url"}, {"image_url", Json::Of({{"url", ImageUrl(image)}})}}));
  }
  return Json(std::move(parts));
}

}  // namespace

bool IsChatFinishReason(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "stop",         "length", "tool_calls",    "function_call", "content_filter",  // OpenAI, vLLM, llama.cpp
      "eos_token",    "eos",    "stop_sequence",                                     // TGI and others
      "model_length",                                                                // Mistral
      "end_turn"};
  return IsReasonOf(word, kWords);
}

bool MayLackText(const Response& response) {
  // A reasoning model that stops without a text has answered with none.
  static constexpr std::array<std::string_view, 4> kWords = {"stop", "length", "model_length", "content_filter"};
  return !response.tool_calls.empty() || IsReasonOf(response.finish_reason, kWords);
}

Json FunctionTools(const std::vector<Tool>& tools) {
  Json::Array out;
  for (const Tool& tool : tools) {
    const Json function =
        Json::Of({{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}});
    out.push_back(Json::Of({{"type", "function"}, {"function", function}}));
  }
  return Json(std::move(out));
}

bool IsToolChoiceWord(std::string_view choice) { return choice == "auto" || choice == "none" || choice == "required"; }

Json ChatToolChoice(const std::string& choice) {
  if (IsToolChoiceWord(choice)) return Json(choice);
  return Json::Of({{"type", "function"}, {"function", Json::Of({{"name", choice}})}});
}

std::string ImageUrl(const Image& image) {
  if (!image.url.empty()) return image.url;
  return "data:" + image.media_type + ";base64," + image.base64;
}

Json ChatMessage(const Message& message) {
  Json out = Json::Of({{"role", Name(message.role)}, {"content", ChatContent(message)}});
  if (!message.tool_calls.empty()) {
    Json::Array calls;
    for (const ToolCall& call : message.tool_calls) {
      calls.push_back(Json::Of({{"id", call.id},
                                {"type", "function"},
                                {"function", Json::Of({{"name", call.name}, {"arguments", call.arguments}})}}));
    }
    out.Set("tool_calls", Json(std::move(calls)));
  }
  if (!message.tool_call_id.empty()) out.Set("tool_call_id", message.tool_call_id);
  return out;
}

}  // namespace assay
