// The Chat Completions protocol (POST {url}/chat/completions, not streaming), which OpenAI, vLLM, llama.cpp, TGI,
// LiteLLM and many others speak.
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "config/fields.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/provider.h"

namespace assay {
namespace {

using simdjson::dom::element;

// It has no options of its own beyond those that all endpoints share.
struct OpenaiChatOptions {
  static const FieldTable<OpenaiChatOptions>& Fields();
};
const FieldTable<OpenaiChatOptions>& OpenaiChatOptions::Fields() {
  static const FieldTable<OpenaiChatOptions> table;
  return table;
}

std::string CompletionsUrl(std::string url) {
  constexpr std::string_view kPath = "/chat/completions";
  std::size_t query = std::min(url.find('?'), url.size());
  std::size_t end = query;
  while (end > 0 && url[end - 1] == '/') --end;
  std::string base = url.substr(0, end);
  if (!base.ends_with(kPath)) base += kPath;
  return base + url.substr(query);
}

// A string member, or "".
std::string_view Text(element object, std::string_view key) {
  std::string_view text;
  if (object[key].get(text) != simdjson::SUCCESS) return {};
  return text;
}

std::optional<std::int64_t> Count(element object, std::string_view key) {
  std::int64_t count = 0;
  if (object[key].get(count) != simdjson::SUCCESS || count < 0) return {};
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

// What ends an answer, in the words of the servers that speak this protocol. Anything else ("error", "abort") says that
// there is none, or something this version does not know.
bool IsFinishReason(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "stop",         "length", "tool_calls",    "function_call", "content_filter",  // OpenAI, vLLM, llama.cpp
      "eos_token",    "eos",    "stop_sequence",                                     // TGI and others
      "model_length",                                                                // Mistral
      "end_turn"};
  return std::ranges::find(kWords, word) != kWords.end();
}

std::unexpected<AttemptFailure> Malformed(std::string message) {
  return std::unexpected(AttemptFailure{.kind = FailureKind::kMalformed,
                                        .error = {ErrorCode::kDataLoss, std::move(message), std::nullopt},
                                        .retry_after = {}});
}

class OpenaiChat : public Provider {
 public:
  explicit OpenaiChat(ProviderOptions options)
      : url_(CompletionsUrl(std::move(options.url))),
        model_(std::move(options.model)),
        api_key_(std::move(options.api_key)) {
    headers_.push_back("Content-Type: application/json");
    headers_.push_back("Accept: application/json");
    if (!api_key_.empty()) headers_.push_back("Authorization: Bearer " + api_key_);
    for (const auto& [name, value] : options.headers) {
      // libcurl takes "Name;" for an empty header and "Name:" for one to leave out.
      headers_.push_back(value.empty() ? name + ";" : name + ": " + value);
    }
  }

  HttpRequest MakeRequest(const ModelRequest& request) const override {
    HttpRequest http;
    http.method = HttpMethod::kPost;
    http.url = url_;
    http.headers = headers_;
    http.body = Body(request);
    return http;
  }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    simdjson::dom::parser parser(kMaxDocument);
    element root;
    bool is_json = false;
    if (!answer.body.empty()) {
      // The parser reads beyond the end: with room for that in the string nothing is copied.
      answer.body.reserve(answer.body.size() + simdjson::SIMDJSON_PADDING);
      is_json = parser.parse(answer.body.data(), answer.body.size(), false).get(root) == simdjson::SUCCESS;
    }
    if (answer.status < 200 || answer.status >= 300) {
      return std::unexpected(ReadFailure(answer, is_json ? ErrorMessage(root) : "", is_json ? ErrorWord(root) : ""));
    }
    if (!is_json || !root.is_object()) return Malformed(NoCompletion(answer));
    if (answer.status != 200) {
      return Malformed("answered " + std::to_string(answer.status) + " instead of 200: that is no whole answer");
    }
    if (const auto name = RepeatedName(root, {"choices", "error", "usage"}); !name.empty())
      return Malformed(Repeated(name, "the answer"));
    if (element error; root["error"].get(error) == simdjson::SUCCESS && !error.is_null()) {
      return Malformed("answered " + std::to_string(answer.status) +
                       " with an error: " + Quotable(ErrorMessage(root), api_key_));
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
    body.reserve(7);
    body.emplace_back("model", model_);
    Json::Array messages;
    messages.reserve(request.messages.size());
    for (const Message& message : request.messages) {
      messages.push_back(Json::Of({{"role", Name(message.role)}, {"content", message.content}}));
    }
    body.emplace_back("messages", std::move(messages));
    const Sampling& sampling = request.sampling;
    if (sampling.temperature) body.emplace_back("temperature", *sampling.temperature);
    if (sampling.top_p) body.emplace_back("top_p", *sampling.top_p);
    if (sampling.max_tokens) body.emplace_back("max_tokens", *sampling.max_tokens);
    if (sampling.seed) body.emplace_back("seed", *sampling.seed);
    if (!sampling.stop.empty()) body.emplace_back("stop", Json::Array(sampling.stop.begin(), sampling.stop.end()));
    return Json(std::move(body)).Dump();
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
  static std::string_view ErrorWord(element root) {
    element error;
    if (root["error"].get(error) != simdjson::SUCCESS) return {};
    if (auto code = Text(error, "code"); !code.empty()) return code;
    return Text(error, "type");
  }

  AttemptFailure ReadFailure(const HttpResponse& answer, std::string_view message, std::string_view word) const {
    std::string quoted = Quotable(message, api_key_);
    if (quoted.empty() && answer.status >= 300 && answer.status < 400 && !answer.location.empty()) {
      quoted = "to " + Quotable(DisplayUrl(answer.location), api_key_);
    } else if (quoted.empty() && answer.content_type.starts_with("text/plain")) {
      quoted = Quotable(answer.body, api_key_);
    } else if (quoted.empty() && IsHtml(answer)) {
      quoted = "an HTML page";
    }
    AttemptFailure failure = FailureOfStatus(answer.status, quoted);
    if (word == "insufficient_quota" && failure.kind == FailureKind::kRateLimited) {
      failure.kind = FailureKind::kQuota;
      failure.error.message += "; the account is exhausted";
    }
    return failure;
  }

  std::string NoCompletion(const HttpResponse& answer) const {
    std::string what = "answered " + std::to_string(answer.status) + " with ";
    if (answer.body.empty()) {
      what += "an empty body";
    } else if (IsHtml(answer)) {
      what += "an HTML page";
    } else {
      what += "what is not JSON (\"" + Quotable(answer.body, api_key_, 40) + "\")";
    }
    return what + " instead of a chat completion; check url";
  }

  std::expected<Response, AttemptFailure> ReadCompletion(const HttpResponse& answer, element root) const {
    const std::string status = "answered " + std::to_string(answer.status) + " with JSON that is no chat completion: ";
    element choice;
    if (root["choices"].at(0).get(choice) != simdjson::SUCCESS) return Malformed(status + "no choices[0]; check url");
    element message;
    if (choice["message"].get(message) != simdjson::SUCCESS || !message.is_object()) {
      return Malformed(status + "no choices[0].message");
    }
    if (const auto name = RepeatedName(choice, {"message", "finish_reason"}); !name.empty())
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
      if (!reason.is_string() || !(response.finish_reason.empty() || IsFinishReason(response.finish_reason))) {
        return Malformed("answered 200 without a finished answer: finish_reason is " +
                         Word(reason, response.finish_reason));
      }
    }
    if (!ReadToolCalls(message, response)) return Malformed(status + "choices[0].message.tool_calls cannot be read");
    if (!ReadContent(message, response)) return Malformed(status + "no text in choices[0].message.content");
    if (element usage; root["usage"].get(usage) == simdjson::SUCCESS) {
      response.usage.tokens_in = Count(usage, "prompt_tokens");
      response.usage.tokens_out = Count(usage, "completion_tokens");
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
      response.tool_calls.push_back({std::string(name), std::move(arguments)});
    }
    return true;
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
        if (part["text"].get(text) != simdjson::SUCCESS) continue;
        response.text += text;
        has_text = true;
      }
      if (has_text) return true;  // else it is a list of nothing
    }
    response.text = Text(message, "refusal");
    return !response.text.empty() || !response.tool_calls.empty() || response.finish_reason == "length" ||
           response.finish_reason == "model_length" || response.finish_reason == "content_filter";
  }

  std::string url_;
  std::string model_;
  std::string api_key_;
  std::vector<std::string> headers_;
};

}  // namespace

Result<std::unique_ptr<Provider>> MakeOpenaiChatProvider(ProviderOptions options) {
  return std::make_unique<OpenaiChat>(std::move(options));
}

PluginKind OpenaiChatProviderKind() {
  PluginKind kind;
  kind.help = "Chat Completions protocol of OpenAI, vLLM, llama.cpp and others: POST {url}/chat/completions";
  kind.schema = SchemaOf(OpenaiChatOptions::Fields());
  kind.check = [](const Node& options, Diagnostics& diagnostics) {
    OpenaiChatOptions unused;
    ReadFields(options, unused, diagnostics);
  };
  return kind;
}

}  // namespace assay
