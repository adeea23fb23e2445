#include "replay/responder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "replay/answer_events.h"

namespace assay {
namespace {

constexpr std::size_t kQuoted = 60;  // bytes of a prompt shown in a message
constexpr std::size_t kModelsInMessage = 5;
constexpr std::uint64_t kUnknownStream = 0;  // of the draws of requests without a record

constexpr std::string_view kGarbage =
    "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n"
    "<body><h1>502 Bad Gateway</h1><p>assay-replay injected this page (--garbage-rate)</p></body></html>\n";

bool EndsWithPath(std::string_view target, std::string_view path) {
  return target.substr(0, target.find('?')).ends_with(path);
}

// The start of `text` on one line.
std::string Quoted(std::string_view text) {
  std::size_t end = std::min(text.size(), kQuoted);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  std::string out = "\"";
  for (const char c : text.substr(0, end)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  out += end < text.size() ? "…\"" : "\"";
  return out;
}

// The text of the last user message; of a list of parts, the first text part. "" without one.
std::string_view LastUserText(const Json& messages) {
  const Json::Array& all = messages.as_array();
  for (auto message = all.rbegin(); message != all.rend(); ++message) {
    const Json* role = message->Find("role");
    if (role == nullptr || !role->is_string() || role->as_string() != "user") continue;
    const Json* content = message->Find("content");
    if (content == nullptr) return "";
    if (content->is_string()) return content->as_string();
    if (!content->is_array()) return "";
    for (const Json& part : content->as_array()) {
      const Json* text = part.Find("text");
      if (text != nullptr && text->is_string()) return text->as_string();
    }
    return "";
  }
  return "";
}

std::string UnknownMessage(const Recordings& recordings, const std::string& model, const Json& messages) {
  const std::vector<std::string>& models = recordings.models();
  if (!std::ranges::binary_search(models, model)) {
    std::string message = "no record for model " + Quoted(model) + "; ";
    if (models.empty()) return message + "there are no records";
    message += models.size() == 1 ? "the records are of "
                                  : "the records are of " + std::to_string(models.size()) + " models: ";
    for (std::size_t i = 0; i < std::min(models.size(), kModelsInMessage); ++i) {
      message += (i > 0 ? ", " : "") + Quoted(models[i]);
    }
    return models.size() > kModelsInMessage ? message + ", …" : message;
  }
  const std::size_t count = messages.as_array().size();
  return "no record for model " + Quoted(model) + " with " +
         (count == 1 ? "this message" : "these " + std::to_string(count) + " messages") +
         " (and tools); the last user message starts " + Quoted(LastUserText(messages));
}

HttpReply Text(std::string text) {
  HttpReply reply;
  reply.text = std::move(text);
  return reply;
}

HttpReply MethodNotAllowed(std::string_view allowed) {
  HttpReply reply = ErrorReply(405, "invalid_request_error", "method_not_allowed", "use " + std::string(allowed));
  reply.headers = "Allow: " + std::string(allowed) + "\r\n";
  return reply;
}

HttpReply BadRequest(std::string_view message) {
  return ErrorReply(400, "invalid_request_error", "bad_request", message);
}

}  // namespace

HttpReply ErrorReply(int status, std::string_view type, std::string_view code, std::string_view message) {
  HttpReply reply;
  reply.status = status;
  reply.text =
      Json::Of({{"error", Json::Of({{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}})}})
          .Dump();
  return reply;
}

Responder::Responder(Recordings recordings, ReplayOptions options)
    : recordings_(std::move(recordings)),
      options_(std::move(options)),
      cursors_(std::make_unique<Cursor[]>(recordings_.groups().size())) {
  if (options_.requests_per_minute) bucket_.emplace(*options_.requests_per_minute, std::chrono::steady_clock::now());
}

HttpReply Responder::Answer(const ReplayRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (EndsWithPath(request.target, "/healthz")) {
    if (!reads) return Refused(MethodNotAllowed("GET"));
    const ReplayCounts now = counts();
    const auto number = [](std::uint64_t value) { return Json(static_cast<std::int64_t>(value)); };
    return Text(Json::Of({{"status", "ok"},
                          {"records", number(recordings_.size())},
                          {"requests", number(now.requests)},
                          {"answered", number(now.answered)},
                          {"unknown", number(now.unknown)},
                          {"refused", number(now.refused)},
                          {"injected", number(now.injected)}})
                    .Dump());
  }
  const bool completes = EndsWithPath(request.target, "/chat/completions");
  if (!completes && !EndsWithPath(request.target, "/models")) {
    return Refused(ErrorReply(404, "invalid_request_error", "not_found",
                              "no such path; there are POST /v1/chat/completions, GET /v1/models and GET /healthz"));
  }
  if (completes) requests_.fetch_add(1, std::memory_order_relaxed);
  if (!Authorized(request.authorization)) {
    HttpReply reply = ErrorReply(401, "authentication_error", "invalid_api_key",
                                 request.authorization.empty() ? "an API key is required: Authorization: Bearer KEY"
                                                               : "the API key is not the one this endpoint accepts");
    reply.headers = "WWW-Authenticate: Bearer\r\n";
    return Refused(std::move(reply));
  }
  if (completes) {
    if (request.method != "POST") return Refused(MethodNotAllowed("POST"));
    return Complete(request);
  }
  if (!reads) return Refused(MethodNotAllowed("GET"));
  Json::Array data;
  for (const std::string& model : recordings_.models()) {
    data.push_back(Json::Of({{"id", model}, {"object", "model"}, {"created", 0}, {"owned_by", "assay-replay"}}));
  }
  return Text(Json::Of({{"object", "list"}, {"data", std::move(data)}}).Dump());
}

bool Responder::IsOverLimit() {
  const std::lock_guard lock(mutex_);
  return bucket_ && !bucket_->Take(std::chrono::steady_clock::now());
}

// At once, as limiters do.
HttpReply Responder::RateLimited(std::string_view why) const {
  HttpReply reply = ErrorReply(429, "rate_limit_error", "rate_limit_exceeded", why);
  reply.headers = "Retry-After: " + std::to_string(options_.retry_after.count()) + "\r\n";
  return reply;
}

HttpReply Responder::Complete(const ReplayRequest& request) {
  if (options_.requests_per_minute && IsOverLimit()) {
    injected_.fetch_add(1, std::memory_order_relaxed);
    return RateLimited("assay-replay takes no more requests now (--requests-per-minute)");
  }
  const Result<Json> body = Json::Parse(request.body);
  if (!body) return Refused(BadRequest("the body is " + body.error().message));
  if (!body->is_object()) return Refused(BadRequest("the body is not a JSON object"));
  const Json* model = body->Find("model");
  if (model == nullptr || !model->is_string()) return Refused(BadRequest("\"model\" is missing or not a text"));
  const Json* messages = body->Find("messages");
  if (messages == nullptr || !messages->is_array() || messages->as_array().empty()) {
    return Refused(BadRequest("\"messages\" is missing or not a list of at least one message"));
  }
  if (const Json* n = body->Find("n"); n != nullptr && !n->is_null() && *n != Json(1)) {
    return Refused(BadRequest("\"n\" other than 1 is not supported, send one request an answer"));
  }
  const RecordKey key = KeyOf(model->as_string(), *messages, body->Find("tools"));
  const std::ptrdiff_t group = recordings_.Find(key);
  HttpReply reply = group >= 0 ? Known(static_cast<std::size_t>(group)) : Unknown(key, model->as_string(), *messages);
  return Streamed(std::move(reply), WishOf(*body));
}

Responder::Wish Responder::WishOf(const Json& body) {
  const auto is_true = [](const Json* value) { return value != nullptr && *value == Json(true); };
  const Json* options = body.Find("stream_options");
  return {.stream = is_true(body.Find("stream")),
          .usage = options != nullptr && is_true(options->Find("include_usage"))};
}

HttpReply Responder::Streamed(HttpReply reply, Wish wish) const {
  const bool is_answer = reply.status == 200 && reply.content_type == HttpReply().content_type;
  if (!wish.stream || !is_answer) return reply;
  AnswerEvents events = EventsOf(reply.Body(), wish.usage);
  reply.content_type = "text/event-stream";
  reply.recorded = {};
  reply.text = std::move(events.text);
  reply.event_ends = std::move(events.ends);
  reply.event_delay = options_.token_delay;
  return reply;
}

HttpReply Responder::Known(std::size_t group) {
  Cursor& cursor = cursors_[group];
  const Recordings::Group& records = recordings_.groups()[group];
  const std::uint32_t attempt = cursor.attempts.fetch_add(1, std::memory_order_relaxed);
  const Fate fate = DrawFate(options_, records.key.low, attempt);
  // A request that gets no answer does not use one up: a retry gets it.
  if (std::optional<HttpReply> injected = Injected(fate)) return *std::move(injected);
  const std::uint32_t turn = cursor.served.fetch_add(1, std::memory_order_relaxed) % records.count;
  const std::string_view recorded = recordings_.Body(records.first + turn);
  answered_.fetch_add(1, std::memory_order_relaxed);
  HttpReply reply;
  reply.delay = fate.delay;
  if (fate.fault == Fault::kTruncate) {
    reply.text = Truncated(recorded);
  } else {
    reply.recorded = recorded;
  }
  return reply;
}

HttpReply Responder::Unknown(const RecordKey& key, const std::string& model, const Json& messages) {
  const std::uint64_t attempt = unknown_.fetch_add(1, std::memory_order_relaxed);
  const Fate fate = DrawFate(options_, kUnknownStream, attempt);
  if (std::optional<HttpReply> injected = Injected(fate)) return *std::move(injected);
  if (options_.unknown == UnknownPrompt::kError) {
    return Refused(
        ErrorReply(404, "invalid_request_error", "record_not_found", UnknownMessage(recordings_, model, messages)));
  }
  answered_.fetch_add(1, std::memory_order_relaxed);
  const std::string_view text =
      options_.unknown == UnknownPrompt::kEcho ? LastUserText(messages) : options_.unknown_text;
  HttpReply reply = Text(RenderText(model, HexOf(key), text));
  if (fate.fault == Fault::kTruncate) reply.text = Truncated(reply.text);
  reply.delay = fate.delay;
  return reply;
}

bool Responder::Authorized(std::string_view authorization) const {
  if (!options_.api_key) return true;
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.starts_with(kScheme)) return false;
  const std::string_view given = authorization.substr(kScheme.size());
  const std::string_view key = *options_.api_key;
  if (given.size() != key.size()) return false;
  unsigned difference = 0;  // every byte is looked at, so that the time tells nothing
  for (std::size_t i = 0; i < key.size(); ++i) difference |= static_cast<unsigned>(given[i] ^ key[i]);
  return difference == 0;
}

std::optional<HttpReply> Responder::Injected(const Fate& fate) {
  if (fate.fault == Fault::kNone) return std::nullopt;
  injected_.fetch_add(1, std::memory_order_relaxed);
  HttpReply reply;
  switch (fate.fault) {
    case Fault::kNone:
    case Fault::kTruncate:
      return std::nullopt;
    case Fault::kError:
      reply = ErrorReply(500, "server_error", "injected", "assay-replay injected this error (--error-rate)");
      break;
    case Fault::kRateLimit:
      return RateLimited("assay-replay injected this refusal (--rate-limit-rate)");
    case Fault::kGarbage:
      reply.content_type = "text/html; charset=utf-8";
      reply.text = kGarbage;
      break;
  }
  reply.delay = fate.delay;
  return reply;
}

HttpReply Responder::Refused(HttpReply reply) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  return reply;
}

ReplayCounts Responder::counts() const {
  return {.requests = requests_.load(std::memory_order_relaxed),
          .answered = answered_.load(std::memory_order_relaxed),
          .unknown = unknown_.load(std::memory_order_relaxed),
          .refused = refused_.load(std::memory_order_relaxed),
          .injected = injected_.load(std::memory_order_relaxed)};
}

}  // namespace assay
