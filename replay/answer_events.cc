#include "replay/answer_events.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/json.h"

namespace assay {
namespace {

// Each with the space after it, so that together they are the text.
std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n\t"), text.size());
    const std::size_t next = std::min(text.find_first_not_of(" \n\t", end), text.size());
    words.push_back(text.substr(0, next));
    text.remove_prefix(next);
  }
  return words;
}

class EventWriter {
 public:
  EventWriter(const Json& answer, bool has_usage) : has_usage_(has_usage) {
    for (const char* key : {"id", "created", "model"}) {
      if (const Json* value = answer.Find(key)) frame_.emplace_back(key, *value);
    }
  }

  void Delta(Json delta, Json finish_reason = {}) {
    Chunk(Json(Json::Array{
        Json::Of({{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish_reason)}})}));
  }
  void Usage(const Json& usage) { Chunk(Json(Json::Array{}), usage); }
  void End() { Write("[DONE]"); }

  AnswerEvents events;

 private:
  void Chunk(Json choices, const Json& usage = {}) {
    Json chunk(frame_);
    chunk.Set("object", "chat.completion.chunk");
    chunk.Set("choices", std::move(choices));
    if (has_usage_) chunk.Set("usage", usage);
    Write(chunk.Dump());
  }

  void Write(const std::string& data) {
    events.text += "data: " + data + "\n\n";
    events.ends.push_back(events.text.size());
  }

  Json::Object frame_;
  bool has_usage_;
};

Json CallPiece(std::int64_t index, Json function) {
  return Json::Of({{"tool_calls", Json(Json::Array{Json::Of({{"index", index}, {"function", std::move(function)}})})}});
}

void WriteCalls(const Json::Array& calls, EventWriter& writer) {
  std::int64_t index = 0;
  for (const Json& call : calls) {
    const Json& function = *call.Find("function");
    Json start = call;
    start.Set("index", index);
    start.Set("function", Json::Of({{"name", *function.Find("name")}, {"arguments", ""}}));
    writer.Delta(Json::Of({{"tool_calls", Json(Json::Array{std::move(start)})}}));
    for (const std::string_view word : Words(function.Find("arguments")->as_string())) {
      writer.Delta(CallPiece(index, Json::Of({{"arguments", word}})));
    }
    ++index;
  }
}

}  // namespace

AnswerEvents EventsOf(std::string_view body, bool has_usage) {
  const Json answer = *Json::Parse(body);
  const Json& choice = answer.Find("choices")->as_array().front();
  const Json& message = *choice.Find("message");
  const Json& content = *message.Find("content");
  EventWriter writer(answer, has_usage);
  writer.Delta(Json::Of({{"role", "assistant"}, {"content", content.is_null() ? Json() : Json("")}}));
  if (content.is_string()) {
    for (const std::string_view word : Words(content.as_string())) writer.Delta(Json::Of({{"content", word}}));
  }
  if (const Json* calls = message.Find("tool_calls")) WriteCalls(calls->as_array(), writer);
  writer.Delta(Json(Json::Object{}), *choice.Find("finish_reason"));
  if (const Json* usage = answer.Find("usage"); has_usage && usage != nullptr) writer.Usage(*usage);
  writer.End();
  return std::move(writer.events);
}

}  // namespace assay
