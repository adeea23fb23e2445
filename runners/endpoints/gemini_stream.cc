#include "runners/endpoints/gemini_stream.h"

#include <array>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/event_answer_stream.h"
#include "runners/endpoints/guardrails_json.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"

namespace assay {
namespace {

class GeminiStream final : public EventAnswerStream {
 public:
  using EventAnswerStream::EventAnswerStream;

  std::expected<Response, AttemptFailure> Finish() override {
    if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
    if (!block_reason_.empty()) {
      response_.finish_reason = block_reason_;
      return std::move(WithoutAnswer(response_));
    }
    if (response_.finish_reason.empty()) return BrokenStream("without a finishReason");
    if (!IsGeminiFinishReason(response_.finish_reason)) {
      return Unfinished("finishReason", response_.finish_reason, api_key_);
    }
    if (IsGeminiWithheld(response_.finish_reason)) return std::move(WithoutAnswer(response_));
    return std::move(response_);
  }

 private:
  // There is no terminator but the reason; events after it may bring the usage.
  std::optional<AttemptFailure> ReadEvent(const std::string& data) override {
    const auto event = ReadStreamedObject(data, api_key_);
    if (!event) return event.error();
    if (const Json* error = ErrorIn(*event)) {
      return FailureOfErrorEvent(*error, api_key_);
    }
    if (const auto model = TextAt(*event, "modelVersion"); !model.empty()) response_.model = model;
    if (const auto tokens = CountAt(*event, "usageMetadata.promptTokenCount")) response_.usage.tokens_in = tokens;
    if (const auto tokens = GeminiTokensOut(*event)) response_.usage.tokens_out = tokens;
    const auto cached = CountAt(*event, "usageMetadata.cachedContentTokenCount");
    if (cached) response_.usage.tokens_in_cached = cached;
    if (const auto reason = GeminiBlockReason(*event); !reason.empty()) block_reason_ = reason;
    AddPromptFeedback(*event, response_);
    const Json* candidates = event->Find("candidates");
    if (candidates == nullptr || !candidates->is_array()) return std::nullopt;
    std::size_t place = 0;
    for (const Json& candidate : candidates->as_array()) {
      if (!IsFirstAnswer(candidate, place++)) continue;
      AddGeminiParts(candidate, response_);
      // The unused value of the enum, as proxies write it that write every field of every event.
      const std::string_view reason = TextAt(candidate, "finishReason");
      AddCandidateSafety(candidate, IsGeminiWithheld(reason), response_);
      if (reason != "FINISH_REASON_UNSPECIFIED") KeepWorse(response_.finish_reason, reason, IsGeminiFinishReason);
    }
    has_token_ |= !response_.text.empty() || !response_.tool_calls.empty();
    return std::nullopt;
  }

  static Response& WithoutAnswer(Response& response) {
    response.text.clear();
    response.tool_calls.clear();
    return response;
  }

  Response response_;
  std::string block_reason_;  // of the prompt: whatever else comes, there is no answer
};

}  // namespace

std::unique_ptr<AnswerStream> MakeGeminiStream(std::string api_key) {
  return std::make_unique<GeminiStream>(std::move(api_key));
}

// The model's own doing, or the provider's: in any case an answer. Not so what says that the request was wrong
// (MISSING_THOUGHT_SIGNATURE) or nothing (OTHER, IMAGE_OTHER).
bool IsGeminiFinishReason(std::string_view word) {
  static constexpr std::array<std::string_view, 7> kWords = {"stop",
                                                             "max_tokens",
                                                             "malformed_function_call",
                                                             "malformed_response",
                                                             "unexpected_tool_call",
                                                             "too_many_tool_calls",
                                                             "no_image"};
  return IsReasonOf(word, kWords) || IsGeminiWithheld(word);
}

bool IsGeminiWithheld(std::string_view finish_reason) {
  static constexpr std::array<std::string_view, 10> kWords = {"safety",
                                                              "recitation",
                                                              "language",
                                                              "blocklist",
                                                              "prohibited_content",
                                                              "spii",
                                                              "image_safety",
                                                              "image_prohibited_content",
                                                              "image_recitation",
                                                              "model_armor"};
  return IsReasonOf(finish_reason, kWords);
}

std::string_view GeminiBlockReason(const Json& document) { return TextAt(document, "promptFeedback.blockReason"); }

void AddGeminiParts(const Json& candidate, Response& response) {
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

std::optional<std::int64_t> GeminiTokensOut(const Json& document) {
  const auto answer = CountAt(document, "usageMetadata.candidatesTokenCount");
  const auto thoughts = CountAt(document, "usageMetadata.thoughtsTokenCount");
  if (!answer && !thoughts) return std::nullopt;
  return answer.value_or(0) + thoughts.value_or(0);
}

}  // namespace assay
