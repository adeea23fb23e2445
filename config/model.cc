#include "config/model.h"

#include <algorithm>
#include <cctype>

namespace assay {
namespace {

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// The text that was given for a key must never show in a message: it may be the key itself.
void CheckUrl(const EndpointSpec& endpoint, const Node& node, Diagnostics& diagnostics) {
  const Node url = *node.Find("url");
  const std::string_view text = endpoint.url;
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  const std::string_view authority = text.substr(scheme, text.find_first_of("/?#", scheme) - scheme);
  if (authority.find('@') != std::string_view::npos) {
    diagnostics.HideRestOfLine(url.file(), url.position());
    diagnostics.Add(url.At("must not hold a user or password; use api_key"));
  } else if (scheme == 0 || authority.empty() || text.find_first_of(" \t\r\n") != std::string_view::npos) {
    diagnostics.Add(url.At("must be a URL such as https://host/v1, got " + url.Describe()));
  }
}

void CheckHeaders(const EndpointSpec& endpoint, const Node& node, Diagnostics& diagnostics) {
  for (const auto& [name, value] : endpoint.headers) {
    const Node header = *node.Find("headers")->Find(name);
    constexpr std::string_view kToken = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    constexpr std::string_view kOurs[] = {"host", "content-length", "content-type", "transfer-encoding", "connection"};
    constexpr std::string_view kSecret[] = {"authorization", "proxy-authorization", "cookie",
                                            "api-key",       "x-api-key",           "x-goog-api-key"};
    const std::string lower = LowerCase(name);
    if (name.empty() || name.find_first_not_of(kToken) != std::string::npos) {
      diagnostics.Add(header.AtKey("is no header name"));
    } else if (std::ranges::find(kSecret, lower) != std::end(kSecret)) {
      diagnostics.HideRestOfLine(header.file(), header.position());
      diagnostics.Add(header.AtKey("carries a secret, which must not stand in a document; use api_key"));
    } else if (std::ranges::find(kOurs, lower) != std::end(kOurs)) {
      diagnostics.Add(header.AtKey("is set by Assay itself"));
    }
    if (value.find_first_of("\r\n") != std::string::npos) diagnostics.Add(header.At("must be a single line"));
  }
}

void CheckEndpoint(const EndpointSpec& endpoint, const Node& node, Diagnostics& diagnostics) {
  CheckUrl(endpoint, node, diagnostics);
  CheckHeaders(endpoint, node, diagnostics);
  if (endpoint.connect_timeout > endpoint.timeout && node.Find("connect_timeout")) {
    diagnostics.Add(node.Find("connect_timeout")->At("must be at most timeout, " + FormatDuration(endpoint.timeout)));
  }
}

void CheckHedge(const EndpointSpec& endpoint, const Node& node, Diagnostics& diagnostics) {
  const std::optional<Node> stream = node.Find("stream");
  if (!endpoint.hedge || !stream || !stream->is_bool() || !stream->as_bool()) return;
  diagnostics.Add(node.Find("hedge")->At("cannot stand beside stream: true; a stream begins long before its end"));
}

void CheckBackoff(const BackoffSpec& backoff, const Node& node, Diagnostics& diagnostics) {
  if (backoff.initial > backoff.max) {
    diagnostics.Add(node.At("initial, " + FormatDuration(backoff.initial) + ", must be at most max, " +
                            FormatDuration(backoff.max)));
  }
}

}  // namespace

const FieldTable<ApiKeySpec>& ApiKeySpec::Fields() {
  static const auto table =
      FieldTable<ApiKeySpec>()
          .Optional("env", &ApiKeySpec::env, "environment variable of the daemon that holds the key", {.min_size = 1})
          .Optional("file", &ApiKeySpec::file,
                    "file on the daemon's machine that holds the key, relative to the document; absolute in a model "
                    "registered by RPC",
                    {.min_size = 1})
          .ExactlyOneOf({"env", "file"});
  return table;
}

bool FieldType<ApiKeySpec>::Read(const Node& node, const Limits&, ApiKeySpec& out, Diagnostics& diagnostics) {
  if (!node.is_mapping() && !node.is_null()) {
    diagnostics.HideRestOfLine(node.file(), node.position());
    diagnostics.Add(node.At(
        "a key must not stand in a document, which is stored and shown; write {env: VARIABLE} or {file: PATH}"));
    return false;
  }
  return ReadFields(node, out, diagnostics);
}

const FieldTable<EndpointLimitsSpec>& EndpointLimitsSpec::Fields() {
  static const auto table = FieldTable<EndpointLimitsSpec>()
                                .Optional("concurrency", &EndpointLimitsSpec::concurrency, "requests in flight at once",
                                          {.min = 1, .max = 10000})
                                .Optional("requests_per_minute", &EndpointLimitsSpec::requests_per_minute,
                                          "requests sent in a minute at most", {.min = 1})
                                .Optional("tokens_per_minute", &EndpointLimitsSpec::tokens_per_minute,
                                          "tokens in and out in a minute at most", {.min = 1});
  return table;
}

const FieldTable<BackoffSpec>& BackoffSpec::Fields() {
  static const auto table =
      FieldTable<BackoffSpec>()
          .Optional("initial", &BackoffSpec::initial, "wait before the second attempt, at most; doubles from there",
                    {.min = 0.001, .max = 3600})
          .Optional("max", &BackoffSpec::max, "longest wait between attempts", {.min = 0.001, .max = 3600})
          .Check(CheckBackoff);
  return table;
}

const FieldTable<HedgeSpec>& HedgeSpec::Fields() {
  static const auto table = FieldTable<HedgeSpec>().Required(
      "after", &HedgeSpec::after, "how long the first request may take before a second one is sent");
  return table;
}

const FieldTable<EndpointSpec>& EndpointSpec::Fields() {
  static const auto table =
      FieldTable<EndpointSpec>()
          .Required("provider", &EndpointSpec::provider, "protocol that the endpoint speaks", {.form = TextForm::kName})
          .Required("url", &EndpointSpec::url, "base URL, http:// or https://", {.max_size = 2000})
          .Required("model", &EndpointSpec::model, "the model's name at the endpoint", {.min_size = 1, .max_size = 500})
          .Optional("api_key", &EndpointSpec::api_key, "where the key is found when a run starts")
          .Optional("limits", &EndpointSpec::limits, "how hard the endpoint may be used")
          .Optional("timeout", &EndpointSpec::timeout, "time for one attempt, up to the last byte",
                    {.min = 0.001, .max = 86400})
          .Optional("connect_timeout", &EndpointSpec::connect_timeout, "part of it for connecting",
                    {.min = 0.001, .max = 3600})
          .Optional("attempts", &EndpointSpec::attempts, "requests for one trial at most, those answered 429 apart",
                    {.min = 1, .max = 20})
          .Optional("backoff", &EndpointSpec::backoff, "waits between attempts, with full jitter")
          .Optional("hedge", &EndpointSpec::hedge,
                    "a second request for the slowest hundredth of the answers; not with a stream")
          .Optional("outage", &EndpointSpec::outage,
                    "how long an endpoint that has stopped answering, or answers nothing but 429, is waited for",
                    {.min = 0.001, .max = 86400})
          .Optional("max_response_bytes", &EndpointSpec::max_response_bytes,
                    "size of an answer at most; a larger one is an error",
                    {.min = 1024, .max = 1 << 30, .unit = "bytes"})
          .Optional("headers", &EndpointSpec::headers, "headers that are added to each request; never credentials",
                    {.max_size = 50})
          .Rest(&EndpointSpec::options)
          .Check(CheckEndpoint, {"url", "headers", "timeout", "connect_timeout"})
          .Check(CheckHedge, {"hedge"});
  return table;
}

const FieldTable<TokenPricesSpec>& TokenPricesSpec::Fields() {
  constexpr Limits kPrice = {.min = 0, .max = 1e6, .unit = "US dollars"};
  static const auto table =
      FieldTable<TokenPricesSpec>()
          .Required("input", &TokenPricesSpec::input, "price of a million tokens of prompts", kPrice)
          .Required("output", &TokenPricesSpec::output, "price of a million tokens of answers", kPrice)
          .Optional("cached_input", &TokenPricesSpec::cached_input,
                    "price of a million tokens of prompts that the provider has in its cache; without it as input",
                    kPrice);
  return table;
}

const FieldTable<ModelSpec>& ModelSpec::Fields() {
  static const auto table =
      FieldTable<ModelSpec>()
          .Required("name", &ModelSpec::name, "name of the model", {.form = TextForm::kName})
          .Required("version", &ModelSpec::version, "version; name@version is immutable once registered",
                    {.form = TextForm::kName})
          .Optional("description", &ModelSpec::description, "what it is")
          .Required("endpoint", &ModelSpec::endpoint, "where requests go")
          .Optional("usd_per_million_tokens", &ModelSpec::prices,
                    "prices, for what answers and runs cost; without them no cost is known")
          .Optional("labels", &ModelSpec::labels, "facts for people and queries", {.max_size = 50});
  return table;
}

}  // namespace assay
