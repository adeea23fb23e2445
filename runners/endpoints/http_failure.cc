#include "runners/endpoints/http_failure.h"

#include <simdjson.h>

namespace assay {
namespace {

std::string_view Meaning(int status) {
  switch (status) {
    case 400:
      return "bad request";
    case 401:
      return "unauthorized";
    case 402:
      return "payment required";
    case 403:
      return "forbidden";
    case 404:
      return "not found";
    case 405:
      return "method not allowed";
    case 408:
      return "request timeout";
    case 413:
      return "content too large";
    case 422:
      return "unprocessable content";
    case 429:
      return "too many requests";
    case 500:
      return "internal server error";
    case 502:
      return "bad gateway";
    case 503:
      return "service unavailable";
    case 504:
      return "gateway timeout";
    default:
      return "";
  }
}

struct Class {
  FailureKind kind;
  ErrorCode code;
  std::string_view advice;
};

Class Classify(int status) {
  switch (status) {
    case 401:
      return {FailureKind::kAuth, ErrorCode::kUnauthenticated, "check api_key"};
    case 402:
      return {FailureKind::kQuota, ErrorCode::kResourceExhausted, "the account is exhausted"};
    case 403:
      return {FailureKind::kAuth, ErrorCode::kPermissionDenied, "the api_key may not use this model"};
    case 404:
      return {FailureKind::kBadRequest, ErrorCode::kNotFound, "check url and model"};
    case 408:
      return {FailureKind::kTransient, ErrorCode::kUnavailable, ""};
    case 429:
      return {FailureKind::kRateLimited, ErrorCode::kResourceExhausted, ""};
    default:
      break;
  }
  if (status >= 500) return {FailureKind::kTransient, ErrorCode::kUnavailable, ""};
  if (status >= 300 && status < 400) {
    return {FailureKind::kBadRequest, ErrorCode::kFailedPrecondition,
            "redirects are not followed; write the final address into url"};
  }
  return {FailureKind::kBadRequest, ErrorCode::kInvalidArgument, ""};
}

}  // namespace

AttemptFailure FailureOfStatus(int status, std::string_view message) {
  Class what = Classify(status);
  std::string text = "answered " + std::to_string(status);
  if (auto meaning = Meaning(status); !meaning.empty()) text.append(" ").append(meaning);
  if (!message.empty()) text.append(": ").append(message);
  if (!what.advice.empty()) text.append("; ").append(what.advice);
  return {.kind = what.kind, .error = {what.code, std::move(text), std::nullopt}, .retry_after = std::nullopt};
}

AttemptFailure FailureOfTransport(Error error) {
  FailureKind kind = FailureKind::kTransient;
  switch (error.code) {
    case ErrorCode::kCancelled:
      kind = FailureKind::kCancelled;
      break;
    case ErrorCode::kDataLoss:
      kind = FailureKind::kMalformed;
      break;
    case ErrorCode::kResourceExhausted:
      kind = FailureKind::kTooLarge;
      break;
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kUnavailable:
      kind = FailureKind::kTransient;
      break;
    default:
      kind = FailureKind::kBadRequest;
      break;
  }
  return {.kind = kind, .error = std::move(error), .retry_after = std::nullopt};
}

ErrorCode ErrorCodeOf(FailureKind kind) {
  switch (kind) {
    case FailureKind::kRateLimited:
    case FailureKind::kQuota:
    case FailureKind::kTooLarge:
      return ErrorCode::kResourceExhausted;
    case FailureKind::kAuth:
      return ErrorCode::kUnauthenticated;
    case FailureKind::kBadRequest:
      return ErrorCode::kInvalidArgument;
    case FailureKind::kMalformed:
      return ErrorCode::kDataLoss;
    case FailureKind::kCancelled:
      return ErrorCode::kCancelled;
    case FailureKind::kTransient:
      break;
  }
  return ErrorCode::kUnavailable;
}

std::unexpected<AttemptFailure> BrokenStream(const std::string& how, FailureKind kind) {
  return std::unexpected(
      AttemptFailure{.kind = kind,
                     .error = {ErrorCodeOf(kind), "the stream of the answer ended " + how, std::nullopt},
                     .retry_after = {}});
}

std::string Quotable(std::string_view text, std::string_view secret, std::size_t max) {
  std::string quoted(text.substr(0, 64u << 10));
  if (!secret.empty()) {
    for (std::size_t at = 0; (at = quoted.find(secret, at)) != std::string::npos;) {
      quoted.replace(at, secret.size(), "[api_key]");
      at += std::string_view("[api_key]").size();
    }
  }
  // Stores and the wire refuse what is not UTF-8.
  const bool is_utf8 = simdjson::validate_utf8(quoted.data(), quoted.size());
  for (char& c : quoted) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    if (!is_utf8 && static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  if (quoted.size() > max) {
    while (max > 0 && (static_cast<unsigned char>(quoted[max]) & 0xc0) == 0x80) --max;  // not within a character
    quoted.resize(max);
    quoted += "...";
  }
  auto begin = quoted.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return quoted.substr(begin, quoted.find_last_not_of(' ') - begin + 1);
}

bool IsHtml(const HttpResponse& answer) {
  if (answer.content_type.starts_with("text/html")) return true;
  auto begin = answer.body.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && answer.body[begin] == '<';
}

}  // namespace assay
