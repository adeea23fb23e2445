// Any model server that takes JSON over HTTP and answers with JSON: the body is a template, the answer is read by
// paths.
#include <algorithm>
#include <array>

#include "config/fields.h"
#include "core/finish_reason.h"
#include "runners/endpoints/body_template.h"
#include "runners/endpoints/http_failure.h"
#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/key_header.h"
#include "runners/endpoints/openai_json.h"
#include "runners/endpoints/provider_kind.h"
#include "runners/graders/frame/text_template.h"
#include "runners/jq/jq_paths.h"
#include "runners/jq/json_path.h"

namespace assay {

template <>
struct EnumWords<HttpMethod> {
  static constexpr EnumWord<HttpMethod> kWords[] = {{"POST", HttpMethod::kPost, ""}, {"PUT", HttpMethod::kPut, ""}};
};

namespace {

struct HttpOptionsOfProvider {
  HttpMethod method = HttpMethod::kPost;
  Node body;
  std::string text;
  std::string tool_calls;
  std::string tokens_in;
  std::string tokens_out;
  std::string finish_reason;
  std::string error = ".error?";
  std::string api_key_header = "Authorization";
  std::optional<std::string> api_key_scheme;
  static const FieldTable<HttpOptionsOfProvider>& Fields();
};

// Places in kPaths.
enum PathName : std::size_t { kText, kToolCalls, kTokensIn, kTokensOut, kFinishReason, kError };

// A path of the options, as its name and where it is.
struct NamedPath {
  const char* name;
  std::string HttpOptionsOfProvider::*member;
  bool may_have_many;
};
constexpr NamedPath kPaths[] = {{"text", &HttpOptionsOfProvider::text, true},
                                {"tool_calls", &HttpOptionsOfProvider::tool_calls, true},
                                {"tokens_in", &HttpOptionsOfProvider::tokens_in, false},
                                {"tokens_out", &HttpOptionsOfProvider::tokens_out, false},
                                {"finish_reason", &HttpOptionsOfProvider::finish_reason, false},
                                {"error", &HttpOptionsOfProvider::error, false}};

Result<JsonPath> CompilePath(const HttpOptionsOfProvider& options, const NamedPath& path) {
  ASSAY_ASSIGN(JsonPath compiled, JsonPath::Compile(options.*path.member));
  if (compiled.has_many() && !path.may_have_many) {
    return Fail(ErrorCode::kInvalidArgument, "must lead to one value, without []");
  }
  return compiled;
}

void CheckHttpOptions(const HttpOptionsOfProvider& options, const Node& node, Diagnostics& diagnostics) {
  for (const NamedPath& path : kPaths) {
    const auto written = node.Find(path.name);
    if (!written) continue;
    if (const auto compiled = CompilePath(options, path); !compiled) {
      diagnostics.Add(written->At(compiled.error().message));
    }
  }
}

void CheckHttpBody(const HttpOptionsOfProvider& options, const Node&, Diagnostics& diagnostics) {
  BodyTemplate::Check(options.body, diagnostics);
}

const FieldTable<HttpOptionsOfProvider>& HttpOptionsOfProvider::Fields() {
  using Options = HttpOptionsOfProvider;
  static const auto table =
      FieldTable<Options>()
          .Optional("method", &Options::method, "method of the request")
          .Required("body", &Options::body, "JSON that is sent, its texts being templates over the request")
          .Required("text", &Options::text, "path of the text in the answer", {.min_size = 1})
          .Optional("tool_calls", &Options::tool_calls, "path of the calls of tools", {.min_size = 1})
          .Optional("tokens_in", &Options::tokens_in, "path of the number of tokens in", {.min_size = 1})
          .Optional("tokens_out", &Options::tokens_out, "path of the number of tokens out", {.min_size = 1})
          .Optional("finish_reason", &Options::finish_reason, "path of why the answer ended", {.min_size = 1})
          .Optional("error", &Options::error, "path of an error; what stands there makes the answer one",
                    {.min_size = 1})
          .Optional("api_key_header", &Options::api_key_header, "header that carries the key", {.min_size = 1})
          .Optional("api_key_scheme", &Options::api_key_scheme,
                    "word before the key; by default Bearer in Authorization, none elsewhere")
          .Check(CheckHttpOptions, {"text", "tool_calls", "tokens_in", "tokens_out", "finish_reason", "error"})
          .Check(CheckHttpBody, {"body"})
          .Check(
              [](const Options& options, const Node& node, Diagnostics& diagnostics) {
                CheckKeyHeader(options.api_key_header, options.api_key_scheme, node, diagnostics);
              },
              {"api_key_header", "api_key_scheme"});
  return table;
}

// What the paths lead to in one answer.
class FoundValues {
 public:
  FoundValues(std::vector<JqPaths::Found> found, const HttpOptionsOfProvider& options)
      : found_(std::move(found)), options_(options) {}

  // Nothing for a path that is not given.
  JqPaths::Found All(PathName name) const {
    const JqPaths::Found& found = found_[name];
    return found ? found : Wrong(name, found.error().message);
  }

  Result<const Json*> One(PathName name) const {
    static const Json null;
    ASSAY_ASSIGN(const auto found, All(name));
    return found.empty() ? &null : found.front();
  }

  std::unexpected<Error> Wrong(PathName name, const std::string& what) const {
    return Fail(ErrorCode::kDataLoss,
                "JSON that has no answer: " + std::string(kPaths[name].name) + " (" + Source(name) + "): " + what);
  }

 private:
  const std::string& Source(PathName name) const { return options_.*kPaths[name].member; }

  std::vector<JqPaths::Found> found_;
  const HttpOptionsOfProvider& options_;
};

std::string TextOf(const Json& value) { return value.is_string() ? value.as_string() : value.Dump(); }

bool SaysNothing(const Json& value) {
  return value.is_null() || value == Json(false) || (value.is_string() && value.as_string().empty());
}

const Json* FirstOf(const Json& value, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (const Json* found = value.Find(key); found != nullptr && !found->is_null()) return found;
  }
  return nullptr;
}

// {"name", "arguments"}, flat or below "function"; arguments as text or as an object.
std::optional<ToolCall> ReadCall(const Json& value) {
  const Json* nested = value.Find("function");
  const Json& call = nested != nullptr && nested->is_object() ? *nested : value;
  const std::string_view name = TextAt(call, "name");
  if (name.empty()) return std::nullopt;
  const Json* arguments = FirstOf(call, {"arguments", "args", "input", "parameters"});
  return ToolCall{.name = std::string(name),
                  .arguments = arguments == nullptr ? "{}" : TextOf(*arguments),
                  .id = std::string(TextAt(value, "id"))};
}

Result<std::optional<std::int64_t>> CountOf(const FoundValues& found, PathName name) {
  ASSAY_ASSIGN(const Json* count, found.One(name));
  if (count->is_null()) return std::nullopt;
  if (!count->is_integer() || count->as_integer() < 0 || count->as_integer() > kMostTokens)
    return found.Wrong(name, "is no count");
  return count->as_integer();
}

Result<std::vector<ToolCall>> CallsOf(const FoundValues& found) {
  ASSAY_ASSIGN(const auto values, found.All(kToolCalls));
  std::vector<ToolCall> calls;
  for (const Json* value : values) {
    if (value->is_null()) continue;
    const std::span<const Json> list =
        value->is_array() ? std::span<const Json>(value->as_array()) : std::span<const Json>(value, 1);
    for (const Json& element : list) {
      std::optional<ToolCall> call = ReadCall(element);
      if (!call) return found.Wrong(kToolCalls, "no call with a name and arguments");
      calls.push_back(*std::move(call));
    }
  }
  return calls;
}

Result<Response> ResponseOf(const FoundValues& found) {
  ASSAY_ASSIGN(const Json* error, found.One(kError));
  if (!SaysNothing(*error)) {
    const std::string_view message = TextAt(*error, "message");
    return Fail(ErrorCode::kDataLoss, "an error: " + (message.empty() ? TextOf(*error) : std::string(message)));
  }
  Response response;
  ASSAY_ASSIGN(const Json* reason, found.One(kFinishReason));
  if (!reason->is_null()) response.finish_reason = TextOf(*reason);
  ASSAY_ASSIGN(response.tool_calls, CallsOf(found));
  ASSAY_ASSIGN(response.usage.tokens_in, CountOf(found, kTokensIn));
  ASSAY_ASSIGN(response.usage.tokens_out, CountOf(found, kTokensOut));
  ASSAY_ASSIGN(const auto texts, found.All(kText));
  const bool has_text = std::ranges::any_of(texts, [](const Json* value) { return !value->is_null(); });
  for (const Json* value : texts) {
    if (!value->is_null()) response.text += TextOf(*value);
  }
  const bool may_lack_text = MayLackText(response) || IsNoEnd(response.finish_reason);  // which says more
  if (!has_text && !may_lack_text) return found.Wrong(kText, "there is none");
  return response;
}

class Http : public Provider {
 public:
  Http(const ProviderOptions& options, HttpOptionsOfProvider own, BodyTemplate body, JqPaths paths,
       std::vector<std::string> headers)
      : url_(options.url),
        model_(options.model),
        api_key_(options.api_key),
        own_(std::move(own)),
        body_(std::move(body)),
        paths_(std::move(paths)),
        headers_(std::move(headers)) {}

  Result<HttpRequest> MakeRequest(const ModelRequest& request) const override {
    HttpRequest http;
    http.method = own_.method;
    http.url = url_;
    http.headers = headers_;
    ASSAY_ASSIGN(http.body, body_.Render(request, model_));
    return http;
  }

  bool SendsMaxTokens() const override { return body_.Names("sampling.max_tokens"); }

  std::expected<Response, AttemptFailure> Read(HttpResponse& answer) const override {
    if (answer.status < 200 || answer.status >= 300) return std::unexpected(ReadFailure(answer));
    const auto document = ReadJsonDocument(answer, "JSON", api_key_);
    if (!document) return std::unexpected(document.error());
    Result<Response> response = ResponseOf(FindIn(*document));
    if (!response) return Malformed("answered 200 with " + Quotable(response.error().message, api_key_));
    if (IsNoEnd(response->finish_reason)) return Unfinished("finish_reason", response->finish_reason, api_key_);
    return *std::move(response);
  }

 private:
  FoundValues FindIn(const Json& document) const { return {paths_.Find(document), own_}; }

  AttemptFailure ReadFailure(const HttpResponse& answer) const {
    std::string message;
    if (const Result<Json> document = Json::Parse(answer.body)) {
      const Result<const Json*> found = FindIn(*document).One(kError);
      if (found) message = (*found)->is_string() ? (*found)->as_string() : std::string(TextAt(**found, "message"));
    }
    return FailureOfReply(answer, api_key_, message);
  }

  std::string url_;
  std::string model_;
  std::string api_key_;
  HttpOptionsOfProvider own_;
  BodyTemplate body_;
  JqPaths paths_;
  std::vector<std::string> headers_;
};

// In the order of kPaths.
Result<JqPaths> CompilePaths(const HttpOptionsOfProvider& own) {
  std::array<std::optional<JsonPath>, std::size(kPaths)> compiled;
  for (std::size_t i = 0; i < compiled.size(); ++i) {
    if ((own.*kPaths[i].member).empty()) continue;
    ASSAY_ASSIGN(compiled[i], CompilePath(own, kPaths[i]));
  }
  return JqPaths::Compile(compiled);
}

// Headers are the same for all requests, so the model's name is all that a template may take.
Result<std::map<std::string, std::string>> RenderHeaders(const ProviderOptions& options) {
  std::map<std::string, std::string> rendered;
  for (const auto& [name, value] : options.headers) {
    const auto fail = [&name = name](const std::string& message) {
      return Fail(ErrorCode::kInvalidArgument, "headers: " + name + ": " + message);
    };
    const Result<TextTemplate> text = TextTemplate::Compile(value);
    if (!text) return fail(text.error().message);
    const auto is_other = [](const std::string& variable) { return variable != "model"; };
    if (std::ranges::any_of(text->Fields(), is_other)) return fail("the only variable of a header is {{model}}");
    const Result<std::string> line = text->Render(Json::Of({{"model", options.model}}));
    if (!line || std::ranges::any_of(*line, [](unsigned char c) { return c < 0x20; })) {
      return fail("the model's name is nothing that a header can carry");
    }
    rendered.emplace(name, *line);
  }
  return rendered;
}

}  // namespace

Result<std::unique_ptr<Provider>> MakeHttpProvider(ProviderOptions options) {
  ASSAY_ASSIGN(const auto own, ReadProviderOptions<HttpOptionsOfProvider>(options.options));
  ASSAY_ASSIGN(BodyTemplate body, BodyTemplate::Compile(own.body));
  ASSAY_ASSIGN(JqPaths paths, CompilePaths(own));
  ASSAY_ASSIGN(options.headers, RenderHeaders(options));
  std::vector<std::string> headers =
      JsonHeaders(options, KeyHeader(own.api_key_header, own.api_key_scheme, options.api_key));
  return std::make_unique<Http>(options, own, std::move(body), std::move(paths), std::move(headers));
}

PluginKind HttpProviderKind() {
  return ProviderKindOf<HttpOptionsOfProvider>("any server that takes JSON over HTTP and answers with JSON");
}

}  // namespace assay
