#include "tests/testing/tiny_model/chat_api.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace assay::testing {
namespace {

constexpr std::size_t kMostMessages = 1000;
constexpr std::size_t kMostStops = 4;
constexpr int kMostAlternatives = 20;

using Wrong = std::unexpected<ApiError>;

Wrong Refused(std::string message, std::string param) {
  return Wrong(ApiError{.message = std::move(message), .param = std::move(param)});
}

// A member that is there and not null.
const Json* Given(const Json& body, std::string_view key) {
  const Json* value = body.Find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::expected<double, ApiError> ReadNumber(const Json& body, const std::string& key, double low, double high,
                                           double otherwise) {
  const Json* value = Given(body, key);
  if (value == nullptr) return otherwise;
  if (!value->is_number() || value->as_number() < low || value->as_number() > high) {
    return Refused(key + " is no number between " + Json(low).Dump() + " and " + Json(high).Dump(), key);
  }
  return value->as_number();
}

std::expected<std::int64_t, ApiError> ReadInteger(const Json& body, const std::string& key, std::int64_t low,
                                                  std::int64_t high, std::int64_t otherwise) {
  const Json* value = Given(body, key);
  if (value == nullptr) return otherwise;
  if (!value->is_integer() || value->as_integer() < low || value->as_integer() > high) {
    return Refused(key + " is no whole number between " + std::to_string(low) + " and " + std::to_string(high), key);
  }
  return value->as_integer();
}

std::expected<bool, ApiError> ReadBool(const Json& body, const std::string& key) {
  const Json* value = Given(body, key);
  if (value == nullptr) return false;
  if (!value->is_bool()) return Refused(key + " is neither true nor false", key);
  return value->as_bool();
}

// The text of a message: a text, or a list of text parts.
std::optional<std::string> ContentOf(const Json& message) {
  const Json* content = message.Find("content");
  if (content == nullptr) return std::nullopt;
  if (content->is_string()) return content->as_string();
  if (!content->is_array()) return std::nullopt;
  std::string text;
  for (const Json& part : content->as_array()) {
    const Json* piece = part.Find("text");
    if (piece == nullptr || !piece->is_string()) return std::nullopt;
    text += piece->as_string();
  }
  return text;
}

std::expected<std::string, ApiError> ReadPrompt(const Json& body) {
  const Json* messages = Given(body, "messages");
  const bool is_list = messages != nullptr && messages->is_array() && !messages->as_array().empty();
  if (!is_list || messages->as_array().size() > kMostMessages) {
    return Refused("messages is no list of 1 to 1000 messages", "messages");
  }
  std::string prompt;
  for (std::size_t i = 0; i < messages->as_array().size(); ++i) {
    const Json& message = messages->as_array()[i];
    const std::string place = "messages[" + std::to_string(i) + "]";
    const Json* role = message.Find("role");
    static constexpr std::array<std::string_view, 4> kRoles = {"system", "developer", "user", "assistant"};
    if (role == nullptr || !role->is_string() || std::ranges::find(kRoles, role->as_string()) == kRoles.end()) {
      return Refused(place + ".role is not system, developer, user or assistant", place + ".role");
    }
    const std::optional<std::string> content = ContentOf(message);
    if (!content) return Refused(place + ".content is neither a text nor a list of texts", place + ".content");
    if (i > 0) prompt += '\n';
    prompt += *content;
  }
  return prompt;
}

std::expected<std::vector<std::string>, ApiError> ReadStops(const Json& body) {
  const Json* stop = Given(body, "stop");
  if (stop == nullptr) return std::vector<std::string>();
  const Json::Array list = stop->is_array() ? stop->as_array() : Json::Array{*stop};
  std::vector<std::string> texts;
  for (const Json& text : list) {
    if (!text.is_string() || text.as_string().empty() || texts.size() == kMostStops) {
      return Refused("stop is no text and no list of up to 4 texts", "stop");
    }
    texts.push_back(text.as_string());
  }
  return texts;
}

std::expected<std::vector<int>, ApiError> PromptTokens(const std::string& prompt, const LanguageModel& model,
                                                       const Tokenizer& tokenizer) {
  const auto context = static_cast<std::size_t>(model.shape().context);
  // Without encoding what can have no room.
  const bool may_fit = prompt.size() <= context * tokenizer.longest();
  std::vector<int> tokens = may_fit ? tokenizer.Encode(prompt) : std::vector<int>();
  if (!may_fit || tokens.size() >= context) {
    return Wrong(
        ApiError{.message = "this model's context has " + std::to_string(context) + " tokens, which the messages fill",
                 .param = "messages",
                 .code = "context_length_exceeded"});
  }
  return tokens;
}

Json BytesOf(std::string_view text) {
  Json::Array bytes;
  for (const char byte : text) bytes.push_back(static_cast<int>(static_cast<unsigned char>(byte)));
  return Json(std::move(bytes));
}

}  // namespace

std::string ErrorBody(const ApiError& error) {
  const Json param = error.param.empty() ? Json() : Json(error.param);
  const char* type = error.status < 500 ? "invalid_request_error" : "server_error";
  return Json::Of({{"error",
                    Json::Of({{"message", error.message}, {"type", type}, {"param", param}, {"code", error.code}})}})
      .Dump();
}

std::expected<ChatCall, ApiError> ReadChatCall(std::string_view body, const LanguageModel& model,
                                               const Tokenizer& tokenizer, std::uint64_t random_seed) {
  const Result<Json> document = Json::Parse(body);
  if (!document || !document->is_object()) {
    return Wrong(ApiError{.message = "the body is no JSON object", .param = "", .code = "invalid_json"});
  }
  const Json* name = Given(*document, "model");
  if (name == nullptr || !name->is_string()) return Refused("model is no text", "model");
  if (name->as_string() != kTinyModelName) {
    return Wrong(ApiError{.status = 404,
                          .message = "the model `" + name->as_string() + "` does not exist",
                          .param = "model",
                          .code = "model_not_found"});
  }
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  ASSAY_ASSIGN(const std::string prompt, ReadPrompt(*document));
  ASSAY_ASSIGN(const std::int64_t max_tokens, ReadInteger(*document, "max_tokens", 1, kMost, model.shape().context));
  ASSAY_ASSIGN(const std::int64_t alternatives, ReadInteger(*document, "top_logprobs", 0, kMostAlternatives, 0));
  ChatCall call;
  ASSAY_ASSIGN(call.options.temperature, ReadNumber(*document, "temperature", 0, 2, 1));
  ASSAY_ASSIGN(call.options.top_p, ReadNumber(*document, "top_p", 0, 1, 1));
  ASSAY_ASSIGN(const std::int64_t seed, ReadInteger(*document, "seed", std::numeric_limits<std::int64_t>::min(), kMost,
                                                    static_cast<std::int64_t>(random_seed)));
  ASSAY_ASSIGN(call.wants_logprobs, ReadBool(*document, "logprobs"));
  ASSAY_ASSIGN(call.is_stream, ReadBool(*document, "stream"));
  ASSAY_ASSIGN(call.stop, ReadStops(*document));
  if (alternatives > 0 && !call.wants_logprobs) return Refused("top_logprobs needs logprobs: true", "top_logprobs");
  if (const Json* options = Given(*document, "stream_options"); options != nullptr) {
    if (!call.is_stream) return Refused("stream_options needs stream: true", "stream_options");
    ASSAY_ASSIGN(call.wants_usage, ReadBool(*options, "include_usage"));
  }
  ASSAY_ASSIGN(call.prompt, PromptTokens(prompt, model, tokenizer));
  call.options.max_tokens = static_cast<int>(std::min<std::int64_t>(max_tokens, model.shape().context));
  call.options.alternatives = static_cast<int>(alternatives);
  call.options.seed = static_cast<std::uint64_t>(seed);
  return call;
}

ChatReply::ChatReply(const LanguageModel& model, const Tokenizer& tokenizer, const ChatCall& call, std::string id,
                     std::int64_t created)
    : tokenizer_(tokenizer),
      call_(call),
      id_(std::move(id)),
      created_(created),
      generation_(model, tokenizer, call.prompt, call.options),
      shown_(call.stop) {}

bool ChatReply::Advance() {
  piece_.clear();
  has_new_logprobs_ = false;
  const std::optional<GeneratedToken> token = shown_.is_stopped() ? std::nullopt : generation_.Next();
  if (!token) {
    piece_ = shown_.Finish();
    text_ += piece_;
    return false;
  }
  piece_ = shown_.Add(token->bytes);
  text_ += piece_;
  if (call_.wants_logprobs) {
    logprobs_.push_back(Logprobs(*token));
    has_new_logprobs_ = true;
  }
  return true;
}

Json ChatReply::Logprobs(const GeneratedToken& token) const {
  const auto entry = [](std::string_view bytes, double logprob) {
    return Json::Of({{"token", ValidUtf8(bytes)}, {"logprob", logprob}, {"bytes", BytesOf(bytes)}});
  };
  Json::Array alternatives;
  for (const ScoredToken& other : token.alternatives) {
    alternatives.push_back(entry(tokenizer_.Piece(Tokenizer::kEnd, other.token), other.logprob));
  }
  Json out = entry(token.bytes, token.chosen.logprob);
  out.Set("top_logprobs", Json(std::move(alternatives)));
  return out;
}

Json ChatReply::Body(std::string_view object, Json::Array choices) const {
  return Json::Of({{"id", id_},
                   {"object", object},
                   {"created", created_},
                   {"model", kTinyModelName},
                   {"choices", Json(std::move(choices))}});
}

Json ChatReply::Chunk(Json delta, Json logprobs, Json finish_reason) const {
  Json body = Body("chat.completion.chunk", {Json::Of({{"index", 0},
                                                       {"delta", std::move(delta)},
                                                       {"logprobs", std::move(logprobs)},
                                                       {"finish_reason", std::move(finish_reason)}})});
  if (call_.wants_usage) body.Set("usage", Json());
  return body;
}

std::string ChatReply::FirstChunk() const {
  return Chunk(Json::Of({{"role", "assistant"}, {"content", ""}}), Json(), Json()).Dump();
}

std::string ChatReply::TokenChunk() const {
  if (piece_.empty() && !has_new_logprobs_) return "";
  const Json logprobs = has_new_logprobs_ ? Json::Of({{"content", Json::Array{logprobs_.back()}}}) : Json();
  return Chunk(Json::Of({{"content", piece_}}), logprobs, Json()).Dump();
}

std::vector<std::string> ChatReply::LastChunks() const {
  std::vector<std::string> chunks = {Chunk(Json(Json::Object()), Json(), FinishReason()).Dump()};
  if (!call_.wants_usage) return chunks;
  Json usage = Body("chat.completion.chunk", {});
  usage.Set("usage", Usage());
  chunks.push_back(usage.Dump());
  return chunks;
}

std::string ChatReply::Whole() const {
  const Json logprobs = call_.wants_logprobs ? Json::Of({{"content", logprobs_}}) : Json();
  Json body = Body("chat.completion",
                   {Json::Of({{"index", 0},
                              {"message", Json::Of({{"role", "assistant"}, {"content", text_}, {"refusal", Json()}})},
                              {"logprobs", logprobs},
                              {"finish_reason", FinishReason()}})});
  body.Set("usage", Usage());
  return body.Dump();
}

Json ChatReply::FinishReason() const { return shown_.is_stopped() || generation_.has_ended() ? "stop" : "length"; }

Json ChatReply::Usage() const {
  const auto prompt = static_cast<std::int64_t>(call_.prompt.size());
  const std::int64_t completion = generation_.generated();
  return Json::Of(
      {{"prompt_tokens", prompt}, {"completion_tokens", completion}, {"total_tokens", prompt + completion}});
}

std::string ModelsBody() {
  const Json model = Json::Of({{"id", kTinyModelName}, {"object", "model"}, {"created", 0}, {"owned_by", "assay"}});
  return Json::Of({{"object", "list"}, {"data", Json::Array{model}}}).Dump();
}

}  // namespace assay::testing
