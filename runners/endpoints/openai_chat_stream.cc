#include "runners/endpoints/openai_chat_stream.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "core/finish_reason.h"
#include "runners/endpoints/event_answer_stream.h"
#include "runners/endpoints/guardrails_json.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/openai_json.h"

namespace assay {
namespace {

constexpr std::size_t kMaxToolCalls = 1000;

class OpenaiChatStream final : public EventAnswerStream {
 public:
  OpenaiChatStream(std::string api_key, bool wants_logprobs)
      : EventAnswerStream(std::move(api_key)), wants_logprobs_(wants_logprobs) {}

  std::expected<Response, AttemptFailure> Finish() override {
    if (failure_) return std::unexpected(*std::exchange(failure_, std::nullopt));
    if (!is_done_) return BrokenStream("without data: [DONE]");
    if (response_.finish_reason.empty()) return BrokenStream("without a finish_reason");
    if (!IsChatFinishReason(response_.finish_reason)) {
      return Unfinished("finish_reason", response_.finish_reason, api_key_);
    }
    if (std::ranges::any_of(response_.tool_calls, [](const ToolCall& call) { return call.name.empty(); })) {
      return Malformed("answered 200 with a stream of which a tool call has no name");
    }
    static constexpr std::array<std::string_view, 1> kCalls = {"tool_calls"};
    // Proxies are known that number the parts of one answer like answers.
    if (has_others_ && IsReasonOf(response_.finish_reason, kCalls) && response_.tool_calls.empty()) {
      return Malformed("answered 200 with a stream of several answers, the first of which has none of its tool calls");
    }
    if (!has_content_ && response_.text.empty() && !MayLackText(response_)) {
      return Malformed("answered 200 with a stream that has no text");
    }
    return std::move(response_);
  }

 private:
  std::optional<AttemptFailure> ReadEvent(const std::string& data) override {
    if (IsTerminator(data)) {
      is_done_ = true;
      return std::nullopt;
    }
    const auto chunk = ReadStreamedObject(data, api_key_);
    if (!chunk) return chunk.error();
    if (const Json* error = ErrorIn(*chunk)) {
      return FailureOfErrorEvent(*error, api_key_);
    }
    if (response_.model.empty()) response_.model = TextAt(*chunk, "model");
    if (chunk->Find("usage") != nullptr) {
      if (const auto tokens = CountAt(*chunk, "usage.prompt_tokens")) response_.usage.tokens_in = tokens;
      if (const auto tokens = CountAt(*chunk, "usage.completion_tokens")) response_.usage.tokens_out = tokens;
      const auto cached = CountAt(*chunk, "usage.prompt_tokens_details.cached_tokens");
      if (cached) response_.usage.tokens_in_cached = cached;
    }
    AddPromptFilterResults(chunk->Find("prompt_filter_results"), response_);
    const Json* choices = chunk->Find("choices");
    if (choices == nullptr || !choices->is_array()) return std::nullopt;
    std::size_t place = 0;
    for (const Json& choice : choices->as_array()) {
      if (!IsFirstAnswer(choice, place++)) {
        has_others_ = true;
        continue;
      }
      if (auto wrong = ReadChoice(choice)) return wrong;
    }
    return std::nullopt;
  }

  std::optional<AttemptFailure> ReadChoice(const Json& choice) {
    // OpenRouter tells so of a model that failed in the middle, beside a finish_reason of any kind.
    if (const Json* error = ErrorIn(choice)) {
      return FailureOfErrorEvent(*error, api_key_);
    }
    // Servers are known that write "null" for null.
    const std::string_view reason = TextAt(choice, "finish_reason");
    if (reason != "null") KeepWorse(response_.finish_reason, reason, IsChatFinishReason);
    if (wants_logprobs_ && !ReadLogprobs(choice)) {
      return Malformed("answered 200 with a stream whose logprobs cannot be read").error();
    }
    AddFilterResults(choice.Find("content_filter_results"), GuardrailFinding::Side::kOutput, response_);
    const Json* delta = choice.Find("delta");
    return delta == nullptr ? std::nullopt : ReadDelta(*delta);
  }

  std::optional<AttemptFailure> ReadDelta(const Json& delta) {
    const std::string_view role = TextAt(delta, "role");
    if (!role.empty() && role != "assistant") {
      return Malformed("answered 200 with a stream of \"" + Quotable(role, api_key_, 40) + "\"").error();
    }
    if (const Json* content = delta.Find("content"); content != nullptr && !AddContent(*content)) {
      return Malformed("answered 200 with a stream whose content cannot be read").error();
    }
    if (const auto refusal = TextAt(delta, "refusal"); !refusal.empty()) {
      AddText(refusal);
      AddGuardrail(GuardrailFinding::Side::kOutput, GuardrailFinding::Outcome::kFlagged, "refusal", response_);
    }
    const Json* calls = delta.Find("tool_calls");
    if (calls == nullptr || calls->is_null()) return std::nullopt;
    return AddCalls(*calls);
  }

  // A text, a list of text parts, or nothing. False for anything else.
  bool AddContent(const Json& content) {
    if (content.is_null()) return true;
    if (content.is_array()) {
      for (const Json& part : content.as_array()) {
        const Json* text = part.Find("text");
        if (text != nullptr && text->is_string() && IsTextPart(TextAt(part, "type"))) AddContent(*text);
      }
      return true;
    }
    if (!content.is_string()) return false;
    has_content_ = true;
    AddText(content.as_string());
    return true;
  }

  void AddText(std::string_view text) {
    has_token_ |= !text.empty();
    response_.text += text;
  }

  std::optional<AttemptFailure> AddCalls(const Json& calls) {
    static const Json::Array none;
    bool is_readable = calls.is_array();
    for (const Json& call : is_readable ? calls.as_array() : none) {
      const auto place = PlaceOf(call);
      is_readable = place.has_value();
      if (!is_readable) break;
      AddToCall(*place, call);
    }
    if (is_readable) return std::nullopt;
    return Malformed("answered 200 with a stream whose tool_calls cannot be read").error();
  }

  // Some servers number no calls, or all of them 0: a new id, or a name without a number, begins another.
  std::optional<std::size_t> PlaceOf(const Json& piece) {
    std::vector<ToolCall>& calls = response_.tool_calls;
    const std::string_view id = TextAt(piece, "id");
    const Json* number = piece.Find("index");
    if (number == nullptr || number->is_null()) {
      const bool begins = !id.empty() || !TextAt(piece, "function.name").empty();
      const bool is_last = !calls.empty() && !id.empty() && calls.back().id == id;
      if (!begins || is_last) return calls.empty() ? std::nullopt : std::optional(calls.size() - 1);
      return calls.size() < kMaxToolCalls ? std::optional(calls.size()) : std::nullopt;
    }
    const auto index = CountAt(piece, "index");
    if (!index || *index >= static_cast<std::int64_t>(kMaxToolCalls)) return std::nullopt;
    const auto known = places_.find(*index);
    std::size_t place = known == places_.end() ? static_cast<std::size_t>(*index) : known->second;
    const bool is_other = place < calls.size() && !id.empty() && !calls[place].id.empty() && calls[place].id != id;
    if (is_other) place = calls.size();
    if (place >= kMaxToolCalls) return std::nullopt;
    places_[*index] = place;
    return place;
  }

  static std::optional<TokenLogprob> ReadTokenLogprob(const Json& entry) {
    const Json* token = entry.Find("token");
    const Json* logprob = entry.Find("logprob");
    if (token == nullptr || !token->is_string() || logprob == nullptr || !logprob->is_number()) return std::nullopt;
    return TokenLogprob{token->as_string(), logprob->as_number()};
  }

  // Servers that know nothing of it leave it out.
  bool ReadLogprobs(const Json& choice) {
    const Json* content = assay::Find(choice, "logprobs.content");
    if (content == nullptr || content->is_null()) return true;
    if (!content->is_array()) return false;
    for (const Json& entry : content->as_array()) {
      auto chosen = ReadTokenLogprob(entry);
      if (!chosen) return false;
      AnswerToken& token = response_.logprobs.emplace_back(AnswerToken{.chosen = *std::move(chosen)});
      const Json* alternatives = entry.Find("top_logprobs");
      if (alternatives == nullptr || !alternatives->is_array()) continue;
      for (const Json& other : alternatives->as_array()) {
        auto alternative = ReadTokenLogprob(other);
        if (!alternative) return false;
        token.alternatives.push_back(*std::move(alternative));
      }
    }
    return true;
  }

  void AddToCall(std::size_t index, const Json& piece) {
    if (response_.tool_calls.size() <= index) response_.tool_calls.resize(index + 1);
    ToolCall& call = response_.tool_calls[index];
    if (const auto id = TextAt(piece, "id"); call.id != id) call.id += id;  // said again by some with each piece
    if (const auto name = TextAt(piece, "function.name"); call.name != name) call.name += name;
    call.arguments += TextAt(piece, "function.arguments");
    has_token_ = true;
  }

  const bool wants_logprobs_;
  Response response_;
  std::map<std::int64_t, std::size_t> places_;  // in its tool_calls, of the numbers of calls
  bool has_others_ = false;                     // answers that are passed over
  bool has_content_ = false;                    // a text, be it empty
};

}  // namespace

std::unique_ptr<AnswerStream> MakeOpenaiChatStream(std::string api_key, bool wants_logprobs) {
  return std::make_unique<OpenaiChatStream>(std::move(api_key), wants_logprobs);
}

}  // namespace assay
