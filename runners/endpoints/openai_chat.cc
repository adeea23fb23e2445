// The Chat Completions protocol (POST {url}/chat/completions), which OpenAI, vLLM, llama.cpp, TGI,
// LiteLLM and many others speak.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "config/fields.h"
#include "runners/endpoints/embedding_json.h"
#include "runners/endpoints/guardrails_json.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/key_header.h"
#include "runners/endpoints/openai_chat_stream.h"
#include "runners/endpoints/openai_json.h"
#include "runners/endpoints/provider_kind.h"

namespace assay {
namespace {

using simdjson::dom::element;

struct OpenaiChatOptions {
  bool stream = false;
  std::string api_key_header = "Authorization";
  std::optional<std::string> api_key_scheme;
  bool logprobs = false;
  std::optional<std::int64_t> top_logprobs;
  Json response_format;
  std::string max_tokens_key = "max_tokens";
  static const FieldTable<OpenaiChatOptions>& Fields();
};

void CheckTopLogprobs(const OpenaiChatOptions& options, const Node& node, Diagnostics& diagnostics) {
  const auto top = node.Find("top_logprobs");
  if (top && !options.logprobs) diagnostics.Add(top->AtKey("top_logprobs needs logprobs: true"));
}

void CheckMaxTokensKey(const OpenaiChatOptions& options, const Node& node, Diagnostics& diagnostics) {
  if (options.max_tokens_key == "max_tokens" || options.max_tokens_key == "max_completion_tokens") return;
  if (const auto key = node.Find("max_tokens_key"))
    diagnostics.Add(key->At("must be max_tokens or max_completion_tokens, got \"" + options.max_tokens_key + "\""));
}

void CheckResponseFormat(const OpenaiChatOptions&, const Node& node, Diagnostics& diagnostics) {
  const auto format = node.Find("response_format");
  if (!format) return;
  const auto type = format->Find("type");
  if (type && type->is_string()) return;
  const std::string what = format->is_mapping() ? "a mapping without a type" : format->Describe();
  diagnostics.Add(format->At("response_format is " + what + "; write {type: json_object} or {type: json_schema, ...}"));
}

const FieldTable<OpenaiChatOptions>& OpenaiChatOptions::Fields() {
  static const auto table =
      FieldTable<OpenaiChatOptions>()
          .Optional("stream", &OpenaiChatOptions::stream,
                    "ask for the answer token by token; needed for the time to first token")
          .Optional("logprobs", &OpenaiChatOptions::logprobs, "ask for the probability of each token")
          .Optional("top_logprobs", &OpenaiChatOptions::top_logprobs,
                    "ask for the probabilities of so many of the likeliest tokens at each place; needs logprobs: true",
                    {.min = 0, .max = 20})
          .Optional("response_format", &OpenaiChatOptions::response_format,
                    "sent as it stands: {type: json_object}, or {type: json_schema, json_schema: ...}")
          .Optional("api_key_header", &OpenaiChatOptions::api_key_header, "header that carries the key",
                    {.min_size = 1})
          .Optional("api_key_scheme", &OpenaiChatOptions::api_key_scheme,
                    "word before the key; by default Bearer in Authorization, none elsewhere")
          .Optional(
              "max_tokens_key", &OpenaiChatOptions::max_tokens_key,
              "what the API calls sampling.max_tokens: max_tokens, or max_completion_tokens as the reasoning models "
              "of OpenAI want it")
          .Check(CheckMaxTokensKey, {"max_tokens_key"})
          .Check(CheckTopLogprobs, {"logprobs", "top_logprobs"})
          .Check(CheckResponseFormat, {"response_format"})
          .Check(
              [](const OpenaiChatOptions& options, const Node& node, Diagnostics& diagnostics) {
                CheckKeyHeader(options.api_key_header, options.api_key_scheme, node, diagnostics);
              },
              {"api_key_header", "api_key_scheme"});
  return table;
}

// A string member, or "".
std::string_view Text(element object, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return {};
  return text;
}

// As ErrorIn has it.
bool SaysSomething(element error) {
  std::string_view text;
  bool flag = true;
  simdjson::dom::object object;
  if (error.get(text) == simdjson::SUCCESS) return !text.empty();
  if (error.get(flag) == simdjson::SUCCESS) return flag;
  if (error.get(object) == simdjson::SUCCESS) return object.size() > 0;
  return !error.is_null();
}

std::optional<std::int64_t> Count(element object, std::string_view key) {
  std::int64_t count = 0;
  if (object[key].get(count) != simdjson::SUCCESS || count < 0 || count > kMostTokens) return {};
  return count;
}

// The first of these names that the object has more than once: parsers differ in which of the two they take. "" for
// none.
std::string_view RepeatedName(element value, std::initializer_list<std::string_view> names) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return {};
  std::vector<std::string_view> seen;
  for (const auto& [name, unused] : object) {
    if (std::ranges::find(names, name) == names.end()) continue;
    if (std::ranges::find(seen, name) != seen.end()) return name;
    seen.push_back(name);
  }
  return {};
}

class OpenaiChat : public Provider {
 public:
  OpenaiChat(ProviderOptions options, OpenaiChatOptions own)
      : own_(std::move(own)),
        url_(WithPath(options.url, "/chat/completions")),
        embeddings_url_(OpenaiEmbeddingsUrl(options.url, "/chat/completions")),
        model_(std::move(options.model)),
        api_key_(std::move(options.api_key)),
        headers_(JsonHeaders(options, KeyHeader(own_.api_key_header, own_.api_key_scheme, api_key_))) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    HttpRequest http;
    http.method = HttpMethod::kPost;
    http.url = url_;
    http.headers = headers_;
    http.body = Body(request);
    return http;
  }

  Result<HttpRequest> MakeEmbeddingRequest(const std::vector<std::string>& texts) const override {
    ASSAY_ASSIGN(const Json body, OpenaiEmbeddingsBody(model_, texts));
    return JsonRequest(embeddings_url_, headers_, body);
  }

  std::expected<Embeddings, AttemptFailure> ReadEmbeddings(const HttpResponse& answer,
                                                           std::size_t texts) const override {
    return ReadOpenaiEmbeddings(answer, texts, api_key_);
  }

  std::unique_ptr<AnswerStream> MakeStream() const override {
    return own_.stream ? MakeOpenaiChatStream(api_key_, own_.logprobs) : nullptr;
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    if (auto blocked = BlockedPromptAnswer(answer)) return *std::move(blocked);
    if (answer.status < 200 || answer.status >= 300) return std::unexpected(FailureOfReply(answer, api_key_));
    simdjson::dom::parser parser(kMaxDocument);
    element root;
    bool is_json = false;
    if (!answer.body.empty()) {
      // The parser reads beyond the end: with room for that in the string nothing is copied.
      answer.body.reserve(answer.body.size() + simdjson::SIMDJSON_PADDING);
      is_json = parser.parse(answer.body.data(), answer.body.size(), false).get(root) == simdjson::SUCCESS;
    }
    if (!is_json || !root.is_object()) return Malformed(NotJson(answer, "a chat completion", api_key_));
    if (answer.status != 200) {
      return Malformed("answered " + std::to_string(answer.status) + " instead of 200: that is no whole answer");
    }
    if (const auto name = RepeatedName(root, {"choices", "error", "usage"}); !name.empty())
      return Malformed(Repeated(name, "the answer"));
    if (element error; root["error"].get(error) == simdjson::SUCCESS && SaysSomething(error)) {
      return ErrorInAnswer(error, ErrorMessage(root));
    }
    return ReadCompletion(answer, root);
  }

 private:
  static std::string Repeated(std::string_view name, const std::string& where) {
    return "answered 200 with JSON that is ambiguous: " + where + " has \"" + std::string(name) + "\" twice";
  }

  static constexpr std::size_t kMaxDocument = 1u << 30;  // the endpoint's response cap is what bounds it

  std::string Body(const ModelRequest& request) const {
    Json::Object body;
    body.reserve(14);
    body.emplace_back("model", model_);
    Json::Array messages;
    messages.reserve(request.messages.size());
    for (const Message& message : request.messages) messages.push_back(ChatMessage(message));
    body.emplace_back("messages", std::move(messages));
    const Sampling& sampling = request.sampling;
    if (sampling.temperature) body.emplace_back("temperature", *sampling.temperature);
    if (sampling.top_p) body.emplace_back("top_p", *sampling.top_p);
    if (sampling.max_tokens) body.emplace_back(own_.max_tokens_key, *sampling.max_tokens);
    if (sampling.seed) body.emplace_back("seed", *sampling.seed);
    if (!sampling.stop.empty()) body.emplace_back("stop", Json::Array(sampling.stop.begin(), sampling.stop.end()));
    if (!request.tools.empty()) body.emplace_back("tools", FunctionTools(request.tools));
    if (!request.tool_choice.empty()) body.emplace_back("tool_choice", ChatToolChoice(request.tool_choice));
    if (!own_.response_format.is_null()) body.emplace_back("response_format", own_.response_format);
    if (own_.logprobs) body.emplace_back("logprobs", true);
    if (own_.top_logprobs) body.emplace_back("top_logprobs", *own_.top_logprobs);
    if (own_.stream) {
      body.emplace_back("stream", true);
      body.emplace_back("stream_options", Json::Of({{"include_usage", true}}));
    }
    return Json(std::move(body)).Dump();
  }

  // That of index 0, where they are numbered: servers may send several in any order.
  static bool FindFirstChoice(element root, element& choice) {
    simdjson::dom::array choices;
    if (root["choices"].get(choices) != simdjson::SUCCESS) return false;
    for (element each : choices) {
      std::int64_t index = 0;
      if (each["index"].get(index) != simdjson::SUCCESS || index != 0) continue;
      choice = each;
      return true;
    }
    return choices.at(0).get(choice) == simdjson::SUCCESS;
  }

  std::unexpected<AttemptFailure> ErrorInAnswer(element error, std::string_view message) const {
    const Json read = Json::Parse(simdjson::minify(error)).value_or(Json());
    return std::unexpected(FailureOfErrorBody(read, message, api_key_));
  }

  // {"error": {"message"}}, {"error": "text"}, {"message"} or {"detail"}: what servers of this protocol send.
  static std::string_view ErrorMessage(element root) {
    element error;
    if (root["error"].get(error) == simdjson::SUCCESS) {
      std::string_view text;
      if (error.get(text) == simdjson::SUCCESS) return text;
      if (auto message = Text(error, "message"); !message.empty()) return message;
    }
    if (auto message = Text(root, "message"); !message.empty()) return message;
    return Text(root, "detail");
  }
  std::expected<Response, AttemptFailure> ReadCompletion(const HttpResponse& answer, element root) const {
    const std::string status = "answered " + std::to_string(answer.status) + " with JSON that is no chat completion: ";
    element choice;
    if (!FindFirstChoice(root, choice)) return Malformed(status + "no choices[0]; check url");
    if (element error; choice["error"].get(error) == simdjson::SUCCESS && SaysSomething(error)) {
      return ErrorInAnswer(error, ErrorMessage(choice));
    }
    element message;
    if (choice["message"].get(message) != simdjson::SUCCESS || !message.is_object()) {
      return Malformed(status + "no choices[0].message");
    }
    if (const auto name = RepeatedName(choice, {"error", "message", "finish_reason", "logprobs"}); !name.empty())
      return Malformed(Repeated(name, "choices[0]"));
    if (const auto name = RepeatedName(message, {"role", "content", "refusal", "tool_calls"}); !name.empty())
      return Malformed(Repeated(name, "choices[0].message"));
    if (element role; message["role"].get(role) == simdjson::SUCCESS && !role.is_null()) {
      const std::string_view who = Text(message, "role");
      if (who != "assistant") {
        return Malformed(status + "choices[0].message.role is " + Word(role, who) + " instead of \"assistant\"");
      }
    }
    Response response;
    if (element reason; choice["finish_reason"].get(reason) == simdjson::SUCCESS && !reason.is_null()) {
      response.finish_reason = Text(choice, "finish_reason");
      if (response.finish_reason == "null") response.finish_reason.clear();  // servers are known that write it for null
      if (!reason.is_string() || !(response.finish_reason.empty() || IsChatFinishReason(response.finish_reason))) {
        AttemptFailure failure = Malformed("answered 200 without a finished answer: finish_reason is " +
                                           Word(reason, response.finish_reason))
                                     .error();
        failure.is_drawn = reason.is_string();
        return std::unexpected(std::move(failure));
      }
    }
    if (!ReadToolCalls(message, response)) return Malformed(status + "choices[0].message.tool_calls cannot be read");
    if (!ReadContent(message, response)) return Malformed(status + "no text in choices[0].message.content");
    if (own_.logprobs && !ReadLogprobs(choice, response)) {
      return Malformed(status + "choices[0].logprobs cannot be read");
    }
    ReadGuardrails(root, choice, message, response);
    response.model = Text(root, "model");
    if (element usage; root["usage"].get(usage) == simdjson::SUCCESS) {
      response.usage.tokens_in = Count(usage, "prompt_tokens");
      response.usage.tokens_out = Count(usage, "completion_tokens");
      if (element details; usage["prompt_tokens_details"].get(details) == simdjson::SUCCESS) {
        response.usage.tokens_in_cached = Count(details, "cached_tokens");
      }
    }
    return response;
  }

  // For a message: the text quoted, or what stands there instead of a text.
  std::string Word(element value, std::string_view text) const {
    return value.is_string() ? "\"" + Quotable(text, api_key_, 40) + "\"" : "no text";
  }

  static bool ReadToolCalls(element message, Response& response) {
    element calls;
    if (message["tool_calls"].get(calls) != simdjson::SUCCESS || calls.is_null()) return true;
    simdjson::dom::array list;
    if (calls.get(list) != simdjson::SUCCESS) return false;
    for (element call : list) {
      element function;
      std::string_view name;
      if (call["function"].get(function) != simdjson::SUCCESS || function["name"].get(name) != simdjson::SUCCESS)
        return false;
      std::string arguments(Text(function, "arguments"));
      // Some servers send the object itself instead of its text.
      if (element object; function["arguments"].get(object) == simdjson::SUCCESS && object.is_object()) {
        arguments = simdjson::minify(object);
      }
      response.tool_calls.push_back(
          {.name = std::string(name), .arguments = std::move(arguments), .id = std::string(Text(call, "id"))});
    }
    return true;
  }

  static bool ReadTokenLogprob(element entry, TokenLogprob& out) {
    std::string_view token;
    if (entry["token"].get(token) != simdjson::SUCCESS || entry["logprob"].get(out.logprob) != simdjson::SUCCESS)
      return false;
    out.token = token;
    return true;
  }

  // Servers that know nothing of it leave it out.
  static bool ReadLogprobs(element choice, Response& response) {
    element content;
    if (choice["logprobs"]["content"].get(content) != simdjson::SUCCESS || content.is_null()) return true;
    simdjson::dom::array tokens;
    if (content.get(tokens) != simdjson::SUCCESS) return false;
    for (element entry : tokens) {
      AnswerToken& token = response.logprobs.emplace_back();
      if (!ReadTokenLogprob(entry, token.chosen)) return false;
      simdjson::dom::array alternatives;
      if (entry["top_logprobs"].get(alternatives) != simdjson::SUCCESS) continue;
      for (element other : alternatives) {
        if (!ReadTokenLogprob(other, token.alternatives.emplace_back())) return false;
      }
    }
    return true;
  }

  static void ReadGuardrails(element root, element choice, element message, Response& response) {
    using Side = GuardrailFinding::Side;
    if (!Text(message, "refusal").empty()) {
      AddGuardrail(Side::kOutput, GuardrailFinding::Outcome::kFlagged, "refusal", response);
    }
    if (element results; choice["content_filter_results"].get(results) == simdjson::SUCCESS) {
      const Json read = Json::Parse(simdjson::minify(results)).value_or(Json());
      AddFilterResults(&read, Side::kOutput, response);
    }
    if (element results; root["prompt_filter_results"].get(results) == simdjson::SUCCESS) {
      const Json read = Json::Parse(simdjson::minify(results)).value_or(Json());
      AddPromptFilterResults(&read, response);
    }
  }

  // A text, a list of text parts, or nothing: where the model called tools, refused, or was cut before its first word.
  // Nothing without such a cause is no answer.
  static bool ReadContent(element message, Response& response) {
    element content;
    if (message["content"].get(content) == simdjson::SUCCESS && !content.is_null()) {
      std::string_view text;
      if (content.get(text) == simdjson::SUCCESS) {
        response.text = text;
        return true;
      }
      simdjson::dom::array parts;
      if (content.get(parts) != simdjson::SUCCESS) return false;
      bool has_text = false;
      for (element part : parts) {
        if (part["text"].get(text) != simdjson::SUCCESS || !IsTextPart(Text(part, "type"))) continue;
        response.text += text;
        has_text = true;
      }
      if (has_text) return true;  // else it is a list of nothing
    }
    response.text = Text(message, "refusal");
    return !response.text.empty() || MayLackText(response);
  }

  OpenaiChatOptions own_;
  std::string url_;
  std::string embeddings_url_;
  std::string model_;
  std::string api_key_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeOpenaiChatProvider(ProviderOptions options) {
  ASSAY_ASSIGN(OpenaiChatOptions own, ReadProviderOptions<OpenaiChatOptions>(options.options));
  return std::make_unique<OpenaiChat>(std::move(options), std::move(own));
}

PluginKind OpenaiChatProviderKind() {
  return ProviderKindOf<OpenaiChatOptions>(
      "Chat Completions protocol of OpenAI, vLLM, llama.cpp and others: POST {url}/chat/completions");
}

}  // namespace assay
