#include "runners/endpoints/openai_responses_stream.h"

#include <array>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/event_answer_stream.h"
#include "runners/endpoints/guardrails_json.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"

namespace assay {
namespace {

class OpenaiResponsesStream final : public EventAnswerStream {
 public:
  using EventAnswerStream::EventAnswerStream;

  std::expected<Response, AttemptFailure> Finish() override {
    if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
    if (!is_done_) return BrokenStream("without response.completed");
    return std::move(response_);
  }

 private:
  // The last event repeats all that the pieces were, so that they serve the time to the first token only.
  std::optional<AttemptFailure> ReadEvent(const std::string& data) override {
    const auto event = ReadStreamedObject(data, api_key_);
    if (!event) return event.error();
    const std::string_view type = TextAt(*event, "type");
    if (type == "error") return FailureOfErrorData(data, api_key_);
    if (type == "response.output_text.delta" || type == "response.refusal.delta" ||
        type == "response.function_call_arguments.delta") {
      has_token_ |= !TextAt(*event, "delta").empty();
    }
    const bool is_failed = type == "response.failed";
    if (!is_failed && type != "response.completed" && type != "response.incomplete") return std::nullopt;
    const Json* whole = event->Find("response");
    if (whole == nullptr) return Malformed("answered 200 with a stream whose last event has no response").error();
    if (const Json* error = ErrorIn(*whole); is_failed || error != nullptr) {
      return FailureOfErrorEvent(error == nullptr ? Json() : *error, api_key_);
    }
    auto response = ReadOpenaiResponse(*whole, api_key_);
    if (!response) return std::move(response).error();
    response_ = *std::move(response);
    has_token_ |= !response_.text.empty() || !response_.tool_calls.empty();  // servers may send no pieces
    is_done_ = true;
    return std::nullopt;
  }

  Response response_;
};

// Reasoning and calls of built-in tools are no part of the answer.
void AddOutputItem(const Json& item, Response& response) {
  const std::string_view type = TextAt(item, "type");
  if (type == "function_call") {
    response.tool_calls.push_back({.name = std::string(TextAt(item, "name")),
                                   .arguments = std::string(TextAt(item, "arguments")),
                                   .id = std::string(TextAt(item, "call_id"))});
    return;
  }
  const Json* content = item.Find("content");
  if (type != "message" || content == nullptr || !content->is_array()) return;
  // What was sent may be repeated here: not the model says it.
  if (const auto role = TextAt(item, "role"); !role.empty() && role != "assistant") return;
  for (const Json& part : content->as_array()) {
    const bool is_refusal = TextAt(part, "type") == "refusal";
    if (!is_refusal && TextAt(part, "type") != "output_text") continue;
    response.text += TextAt(part, is_refusal ? "refusal" : "text");
    if (is_refusal) {
      AddGuardrail(GuardrailFinding::Side::kOutput, GuardrailFinding::Outcome::kFlagged, "refusal", response);
    }
  }
}

}  // namespace

std::unique_ptr<AnswerStream> MakeOpenaiResponsesStream(std::string api_key) {
  return std::make_unique<OpenaiResponsesStream>(std::move(api_key));
}

std::expected<Response, AttemptFailure> ReadOpenaiResponse(const Json& document, std::string_view api_key) {
  static constexpr std::array<std::string_view, 1> kCompleted = {"completed"};
  static constexpr std::array<std::string_view, 1> kIncomplete = {"incomplete"};
  const std::string what = "answered 200 with JSON that is no response: ";
  const Json* output = document.Find("output");
  if (output == nullptr || !output->is_array()) return Malformed(what + "no list \"output\"; check url");
  Response response;
  response.model = TextAt(document, "model");
  const std::string_view status = TextAt(document, "status");
  const bool is_completed = IsReasonOf(status, kCompleted);
  if (is_completed) {
    response.finish_reason = status;
  } else if (IsReasonOf(status, kIncomplete)) {
    response.finish_reason = TextAt(document, "incomplete_details.reason");
    // Never "", which is taken for a whole answer.
    if (response.finish_reason.empty()) response.finish_reason = status;
  } else {
    return Unfinished("status", status, api_key);
  }
  for (const Json& item : output->as_array()) {
    AddOutputItem(item, response);
    // A part that was cut off makes no whole of the rest, whatever is said of that.
    const bool is_whole = is_completed && !IsReasonOf(TextAt(item, "status"), kIncomplete);
    if (!is_whole && IsReasonOf(response.finish_reason, kCompleted)) response.finish_reason = "incomplete";
  }
  AddContentFilters(document.Find("content_filters"), response);
  response.usage.tokens_in = CountAt(document, "usage.input_tokens");
  response.usage.tokens_out = CountAt(document, "usage.output_tokens");
  response.usage.tokens_in_cached = CountAt(document, "usage.input_tokens_details.cached_tokens");
  return response;
}

}  // namespace assay
