#include "runners/endpoints/anthropic_stream.h"

#include <array>
#include <map>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/event_answer_stream.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"

namespace assay {
namespace {

class AnthropicStream final : public EventAnswerStream {
 public:
  using EventAnswerStream::EventAnswerStream;

  std::expected<Response, AttemptFailure> Finish() override {
    if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
    if (!is_done_) return BrokenStream("without message_stop");
    if (!IsAnthropicStopReason(response_.finish_reason)) {
      return Unfinished("stop_reason", response_.finish_reason, api_key_);
    }
    for (auto& [index, call] : calls_) {
      if (call.arguments.empty()) call.arguments = inputs_[index];
      response_.tool_calls.push_back(std::move(call));
    }
    return std::move(response_);
  }

 private:
  // Kinds that this version does not know are passed over, as the API asks.
  std::optional<AttemptFailure> ReadEvent(const std::string& data) override {
    const auto event = ReadStreamedObject(data, api_key_);
    if (!event) return event.error();
    const std::string_view type = TextAt(*event, "type");
    if (type == "error") return FailureOfErrorData(data, api_key_);
    if (type == "message_start") {
      if (const Json* message = event->Find("message")) return StartMessage(*message);
    } else if (type == "content_block_start") {
      StartBlock(*event);
    } else if (type == "content_block_delta") {
      ReadDelta(*event);
    } else if (type == "message_delta") {
      KeepWorse(response_.finish_reason, TextAt(*event, "delta.stop_reason"), IsAnthropicStopReason);
      if (const auto tokens = CountAt(*event, "usage.output_tokens")) response_.usage.tokens_out = tokens;
    } else if (type == "message_stop") {
      is_done_ = true;
    }
    return std::nullopt;
  }

  std::optional<AttemptFailure> StartMessage(const Json& message) {
    response_.model = TextAt(message, "model");
    const std::string_view role = TextAt(message, "role");
    if (!role.empty() && role != "assistant") {
      return Malformed("answered 200 with a stream of \"" + Quotable(role, api_key_, 40) + "\"").error();
    }
    if (std::exchange(has_started_, true)) return Malformed("answered 200 with a stream of two messages").error();
    response_.usage.tokens_in = AnthropicTokensIn(message);
    response_.usage.tokens_in_cached = CountAt(message, "usage.cache_read_input_tokens");
    return std::nullopt;
  }

  void StartBlock(const Json& event) {
    const std::string_view type = TextAt(event, "content_block.type");
    if (type == "text") {
      has_text_ = true;
      response_.text += TextAt(event, "content_block.text");
    } else if (type == "tool_use") {
      has_token_ = true;
      const std::int64_t index = CountAt(event, "index").value_or(0);
      calls_[index] = {.name = std::string(TextAt(event, "content_block.name")),
                       .arguments = "",
                       .id = std::string(TextAt(event, "content_block.id"))};
      const Json* input = Find(event, "content_block.input");
      inputs_[index] = input != nullptr && input->is_object() ? input->Dump() : "{}";
    }
  }

  void ReadDelta(const Json& event) {
    const std::string_view type = TextAt(event, "delta.type");
    if (type == "text_delta") {
      const std::string_view text = TextAt(event, "delta.text");
      has_token_ |= !text.empty();
      response_.text += text;
    } else if (type == "input_json_delta") {
      const auto call = calls_.find(CountAt(event, "index").value_or(0));
      if (call != calls_.end()) call->second.arguments += TextAt(event, "delta.partial_json");
    }
  }

  Response response_;
  std::map<std::int64_t, ToolCall> calls_;  // by the index of their block
  // Likewise, as they stand at its beginning: "{}" where the arguments come in pieces, all of them where none come.
  std::map<std::int64_t, std::string> inputs_;
  bool has_started_ = false;
  bool has_text_ = false;
};

}  // namespace

std::unique_ptr<AnswerStream> MakeAnthropicStream(std::string api_key) {
  return std::make_unique<AnthropicStream>(std::move(api_key));
}

bool IsAnthropicStopReason(std::string_view word) {
  static constexpr std::array<std::string_view, 6> kWords = {"end_turn", "max_tokens", "stop_sequence",
                                                             "tool_use", "refusal",    "model_context_window_exceeded"};
  return IsReasonOf(word, kWords);
}

std::optional<std::int64_t> AnthropicTokensIn(const Json& message) {
  auto tokens = CountAt(message, "usage.input_tokens");
  if (!tokens) return std::nullopt;
  for (const char* path : {"usage.cache_creation_input_tokens", "usage.cache_read_input_tokens"}) {
    *tokens += CountAt(message, path).value_or(0);
  }
  return tokens;
}

}  // namespace assay
