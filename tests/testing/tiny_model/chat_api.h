#pragma once
// Chat Completions around the model, without sockets: requests that are checked, answers and their chunks as JSON in
// the form of OpenAI's API.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "tests/testing/tiny_model/generation.h"

namespace assay::testing {

inline constexpr std::string_view kTinyModelName = "stories260k";

struct ApiError {
  int status = 400;
  std::string message;
  std::string param;  // the key that is wrong; "" for none
  std::string code = "invalid_value";
};
// {"error": {"message", "type", "param", "code"}}
std::string ErrorBody(const ApiError& error);

struct ChatCall {
  std::vector<int> prompt;  // tokens of the messages' texts, joined by newlines
  GenerationOptions options;
  std::vector<std::string> stop;
  bool is_stream = false;
  bool wants_usage = false;  // in a chunk of its own
  bool wants_logprobs = false;
};

// `random_seed` is taken when the request has none. A prompt that fills the context is an error.
std::expected<ChatCall, ApiError> ReadChatCall(std::string_view body, const LanguageModel& model,
                                               const Tokenizer& tokenizer, std::uint64_t random_seed);

// The answer to one call as it grows. Not thread-safe; model, tokenizer and call outlive it.
class ChatReply {
 public:
  // `id` and `created` (Unix seconds) stand in every body.
  ChatReply(const LanguageModel& model, const Tokenizer& tokenizer, const ChatCall& call, std::string id,
            std::int64_t created);

  // Computes one more token; false when the answer is finished. What it added is in `piece` and `logprobs`.
  bool Advance();

  // Of a stream: the chunk before the first token, that of the last Advance ("" when it shows nothing), and those after
  // the last token.
  std::string FirstChunk() const;
  std::string TokenChunk() const;
  std::vector<std::string> LastChunks() const;
  // The whole answer, once it is finished.
  std::string Whole() const;

 private:
  Json Logprobs(const GeneratedToken& token) const;
  Json Body(std::string_view object, Json::Array choices) const;
  Json Chunk(Json delta, Json logprobs, Json finish_reason) const;
  Json FinishReason() const;
  Json Usage() const;

  const Tokenizer& tokenizer_;
  const ChatCall& call_;
  const std::string id_;
  const std::int64_t created_;
  Generation generation_;
  ShownText shown_;
  std::string text_;
  std::string piece_;              // what the last Advance showed
  Json::Array logprobs_;           // of all tokens
  bool has_new_logprobs_ = false;  // whether the last is of the last Advance
};

// GET /v1/models
std::string ModelsBody();

}  // namespace assay::testing
