#include "runners/endpoints/json_reply.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "runners/endpoints/http_failure.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 256;

// {"error": {"message"}}, {"error": "text"}, {"message"} or {"detail"}: what servers send.
std::string_view ErrorMessage(const Json& document) {
  for (const char* path : {"error.message", "error", "message", "detail"}) {
    if (const auto text = TextAt(document, path); !text.empty()) return text;
  }
  return "";
}

// For a text that cannot be read.
std::string WhatItIsNot(std::string_view text, std::string_view api_key) {
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  return std::string("is not ") + (is_utf8 ? "JSON" : "UTF-8") + " (\"" + Quotable(text, api_key, 40) + "\")";
}

std::string_view MessageOf(const Json& error) {
  return error.is_string() ? error.as_string() : TextAt(error, "message");
}

// Whether an error is one of these words, or is of a kind that is.
bool IsErrorOf(const Json& error, std::span<const std::string_view> words) {
  const auto is_word = [words](std::string_view said) { return std::ranges::find(words, said) != words.end(); };
  if (error.is_string()) return is_word(error.as_string());
  return is_word(TextAt(error, "code")) || is_word(TextAt(error, "type")) || is_word(TextAt(error, "status"));
}

// A quota per day in the details of Google's errors.
bool ViolatesDailyQuota(const Json& error) {
  const Json* details = Find(error, "details");
  if (details == nullptr || !details->is_array()) return false;
  for (const Json& detail : details->as_array()) {
    const Json* violations = detail.Find("violations");
    if (violations == nullptr || !violations->is_array()) continue;
    for (const Json& violation : violations->as_array()) {
      if (TextAt(violation, "quotaId").find("PerDay") != std::string_view::npos) return true;
    }
  }
  return false;
}

// Words by which providers say that waiting for a minute does not help: the account is empty, or the day's share used.
bool SaysExhausted(const Json& error) {
  static constexpr std::array<std::string_view, 6> kWords = {"insufficient_quota",         "billing_error",
                                                             "billing_not_active",         "credit_balance_too_low",
                                                             "billing_hard_limit_reached", "insufficient_balance"};
  // Said of any quota, also of one that is full again in a minute.
  static constexpr std::array<std::string_view, 1> kOpenWords = {"quota_exceeded"};
  if (IsErrorOf(error, kWords) || ViolatesDailyQuota(error)) return true;
  const std::string_view message = MessageOf(error);
  const auto says = [message](std::string_view words) { return message.find(words) != std::string_view::npos; };
  if (says("credit balance is too low")) return true;
  if (says("per minute") || says("per second")) return false;
  // "Rate limit reached for ... on requests per day (RPD): Limit 200, Used 200": of OpenAI and Groq.
  return IsErrorOf(error, kOpenWords) || says("requests per day (RPD)") || says("tokens per day (TPD)");
}

// The HTTP status that an error names itself by, as OpenRouter and Google do.
std::optional<int> StatusIn(const Json& error) {
  const Json* code = error.Find("code");
  if (code == nullptr) return std::nullopt;
  std::int64_t status = code->is_integer() ? code->as_integer() : 0;
  if (code->is_string() && code->as_string().size() == 3) {
    std::from_chars(code->as_string().data(), code->as_string().data() + 3, status);
  }
  return status >= 400 && status < 600 ? std::optional<int>(static_cast<int>(status)) : std::nullopt;
}

// A request that is larger than all that is left by any limit, which OpenAI answers with 429: waiting does not help it.
bool SaysTooLarge(std::string_view message) {
  return message.find("Request too large") != std::string_view::npos ||
         message.find("must be reduced") != std::string_view::npos;
}

struct ErrorClass {
  FailureKind kind;
  ErrorCode code;
};
ErrorClass Plain(FailureKind kind) { return {kind, ErrorCodeOf(kind)}; }

// Of an error that came with a 200. Transient when nothing else is said.
ErrorClass ClassOfError(const Json& error) {
  static constexpr std::array<std::string_view, 3> kRateWords = {"rate_limit_error", "rate_limit_exceeded",
                                                                 "RESOURCE_EXHAUSTED"};
  static constexpr std::array<std::string_view, 3> kAuthWords = {"authentication_error", "invalid_api_key",
                                                                 "UNAUTHENTICATED"};
  static constexpr std::array<std::string_view, 2> kPermissionWords = {"permission_error", "PERMISSION_DENIED"};
  static constexpr std::array<std::string_view, 8> kRequestWords = {
      "invalid_request_error", "invalid_prompt",  "context_length_exceeded", "request_too_large",
      "not_found_error",       "model_not_found", "INVALID_ARGUMENT",        "NOT_FOUND"};
  if (SaysTooLarge(MessageOf(error))) return Plain(FailureKind::kBadRequest);
  if (SaysExhausted(error)) return Plain(FailureKind::kQuota);
  if (IsErrorOf(error, kRateWords)) return Plain(FailureKind::kRateLimited);
  if (IsErrorOf(error, kPermissionWords)) return {FailureKind::kAuth, ErrorCode::kPermissionDenied};
  if (IsErrorOf(error, kAuthWords)) return Plain(FailureKind::kAuth);
  if (IsErrorOf(error, kRequestWords)) return Plain(FailureKind::kBadRequest);
  const auto status = StatusIn(error);
  if (!status) return Plain(FailureKind::kTransient);
  const AttemptFailure failure = FailureOfStatus(*status, "");
  return {failure.kind, failure.error.code};
}

// "30s" or "1.5s" in the RetryInfo of Google's errors.
std::optional<std::chrono::milliseconds> RetryDelay(const Json& document) {
  const Json* details = Find(document, "error.details");
  if (details == nullptr || !details->is_array()) return std::nullopt;
  for (const Json& detail : details->as_array()) {
    const std::string_view delay = TextAt(detail, "retryDelay");
    if (!delay.ends_with('s')) continue;
    double seconds = 0;
    const auto end = std::from_chars(delay.data(), delay.data() + delay.size() - 1, seconds);
    if (end.ec == std::errc() && seconds >= 0 && seconds < 1e6) {
      return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    }
  }
  return std::nullopt;
}

}  // namespace

AttemptFailure FailureOfReply(const HttpResponse& answer, std::string_view api_key, std::string_view message) {
  const Json document = Json::Parse(answer.body, kMaxDepth).value_or(Json());
  std::string quoted = Quotable(message.empty() ? ErrorMessage(document) : message, api_key);
  if (quoted.empty() && answer.status >= 300 && answer.status < 400 && !answer.location.empty()) {
    quoted = "to " + Quotable(DisplayUrl(answer.location), api_key);
  } else if (quoted.empty() && answer.content_type.starts_with("text/plain")) {
    quoted = Quotable(answer.body, api_key);
  } else if (quoted.empty() && IsHtml(answer)) {
    quoted = "an HTML page";
  }
  AttemptFailure failure = FailureOfStatus(answer.status, quoted);
  failure.retry_after = RetryDelay(document);
  const Json* nested = ErrorIn(document);
  const Json& error = nested == nullptr ? document : *nested;
  if (failure.kind == FailureKind::kRateLimited && SaysTooLarge(MessageOf(error))) {
    failure.kind = FailureKind::kBadRequest;
    failure.error.code = ErrorCode::kInvalidArgument;
    failure.retry_after.reset();
    return failure;
  }
  const bool is_told = failure.kind == FailureKind::kQuota || failure.kind == FailureKind::kAuth;
  if (!is_told && SaysExhausted(error)) {
    failure.kind = FailureKind::kQuota;
    failure.error.code = ErrorCode::kResourceExhausted;
    failure.error.message += "; the account is exhausted";
  }
  return failure;
}

std::string NotJson(const HttpResponse& answer, std::string_view what, std::string_view api_key) {
  std::string text = "answered " + std::to_string(answer.status) + " with ";
  if (answer.body.empty()) {
    text += "an empty body";
  } else if (IsHtml(answer)) {
    text += "an HTML page";
  } else {
    text += "what " + WhatItIsNot(answer.body, api_key);
  }
  return text + " instead of " + std::string(what) + "; check url";
}

std::vector<std::string> JsonHeaders(const ProviderOptions& options, const std::string& authorization) {
  std::vector<std::string> headers = {"Content-Type: application/json", "Accept: application/json"};
  if (!authorization.empty()) headers.push_back(authorization);
  for (const auto& [name, value] : options.headers) {
    // libcurl takes "Name;" for an empty header and "Name:" for one to leave out.
    headers.push_back(value.empty() ? name + ";" : name + ": " + value);
  }
  return headers;
}

HttpRequest JsonRequest(std::string url, std::vector<std::string> headers, const Json& body) {
  HttpRequest request;
  request.method = HttpMethod::kPost;
  request.url = std::move(url);
  request.headers = std::move(headers);
  request.body = body.Dump();
  return request;
}

Json ParsedArguments(const ToolCall& call) { return Json::Parse(call.arguments).value_or(Json(Json::Object{})); }

std::string WithPath(const std::string& base, std::string_view path) {
  const std::size_t query = std::min(base.find('?'), base.size());
  std::size_t end = query;
  while (end > 0 && base[end - 1] == '/') --end;
  std::string url = base.substr(0, end);
  if (!url.ends_with(path)) url += path;
  return url + base.substr(query);
}

std::unexpected<AttemptFailure> Unfinished(std::string_view field, std::string_view reason, std::string_view api_key) {
  AttemptFailure failure = Malformed("answered 200 without a finished answer: " + std::string(field) + " is \"" +
                                     Quotable(reason, api_key, 40) + "\"")
                               .error();
  failure.is_drawn = !reason.empty();
  return std::unexpected(std::move(failure));
}

std::unexpected<AttemptFailure> Malformed(std::string message) {
  return std::unexpected(AttemptFailure{.kind = FailureKind::kMalformed,
                                        .error = {ErrorCode::kDataLoss, std::move(message), std::nullopt},
                                        .retry_after = {}});
}

const Json* Find(const Json& document, std::string_view path) {
  const Json* at = &document;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    at = at->is_object() ? at->Find(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return at;
}

std::string_view TextAt(const Json& document, std::string_view path) {
  const Json* at = Find(document, path);
  return at != nullptr && at->is_string() ? std::string_view(at->as_string()) : std::string_view();
}

std::optional<std::int64_t> CountAt(const Json& document, std::string_view path) {
  const Json* at = Find(document, path);
  if (at == nullptr || !at->is_integer() || at->as_integer() < 0 || at->as_integer() > kMostTokens) return std::nullopt;
  return at->as_integer();
}

std::expected<Json, AttemptFailure> ReadJsonDocument(const HttpResponse& answer, std::string_view what,
                                                     std::string_view api_key) {
  Result<Json> document = Json::Parse(answer.body, kMaxDepth, RepeatedKeys::kRefuse);
  if (!document && document.error().code == ErrorCode::kFailedPrecondition) {
    return Malformed("answered " + std::to_string(answer.status) +
                     " with JSON that is ambiguous: " + Quotable(document.error().message, api_key));
  }
  if (!document || !(document->is_object() || document->is_array())) {
    return Malformed(NotJson(answer, what, api_key));
  }
  if (answer.status != 200) {
    return Malformed("answered " + std::to_string(answer.status) + " instead of 200: that is no whole answer");
  }
  return *std::move(document);
}

std::expected<Json, AttemptFailure> ReadJsonReply(const HttpResponse& answer, std::string_view what,
                                                  std::string_view api_key) {
  if (answer.status < 200 || answer.status >= 300) return std::unexpected(FailureOfReply(answer, api_key));
  auto document = ReadJsonDocument(answer, what, api_key);
  if (!document) return document;
  if (!document->is_object()) return Malformed(NotJson(answer, what, api_key));
  if (const Json* error = ErrorIn(*document)) {
    return std::unexpected(FailureOfErrorBody(*error, ErrorMessage(*document), api_key));
  }
  return *std::move(document);
}

const Json* ErrorIn(const Json& document) {
  const Json* error = document.Find("error");
  if (error == nullptr || error->is_null() || *error == Json(false)) return nullptr;
  const bool is_empty =
      (error->is_string() && error->as_string().empty()) || (error->is_object() && error->as_object().empty());
  return is_empty ? nullptr : error;
}

AttemptFailure FailureOfErrorEvent(const Json& error, std::string_view api_key) {
  const std::string_view message = MessageOf(error);
  // Some name their error by a code only.
  const bool says_something = error.is_object() && !error.as_object().empty();
  const std::string said = message.empty() && says_something ? error.Dump() : std::string(message);
  const ErrorClass what = ClassOfError(error);
  AttemptFailure failure = BrokenStream("by an error: " + Quotable(said, api_key), what.kind).error();
  failure.error.code = what.code;
  return failure;
}

AttemptFailure FailureOfErrorData(std::string_view data, std::string_view api_key) {
  const Json event = Json::Parse(data, kMaxDepth).value_or(Json(std::string(data)));
  const Json* error = ErrorIn(event);
  return FailureOfErrorEvent(error == nullptr ? event : *error, api_key);
}

AttemptFailure FailureOfErrorBody(const Json& error, std::string_view message, std::string_view api_key) {
  AttemptFailure failure = Malformed("answered 200 with an error: " + Quotable(message, api_key)).error();
  if (const ErrorClass what = ClassOfError(error); what.kind != FailureKind::kTransient) {
    failure.kind = what.kind;
    failure.error.code = what.code;
  }
  return failure;
}

bool IsFirstAnswer(const Json& answer, std::size_t place) {
  const Json* index = answer.Find("index");
  return index != nullptr && index->is_integer() ? index->as_integer() == 0 : place == 0;
}

bool IsTextPart(std::string_view type) { return type.empty() || type == "text" || type == "output_text"; }

std::expected<Json, AttemptFailure> ReadStreamedObject(std::string_view data, std::string_view api_key) {
  Result<Json> document = Json::Parse(data, kMaxDepth, RepeatedKeys::kRefuse);
  if (document && document->is_object()) return *std::move(document);
  return Malformed("answered 200 with a stream that " + WhatItIsNot(data, api_key));
}

}  // namespace assay
