#include "daemon/http/reply.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/markup.h"
#include "daemon/http/web_reply.h"
#include "daemon/rpc/error_codes.h"

namespace assay {
namespace {

namespace http = boost::beast::http;

constexpr std::string_view kPlain = "text/plain; charset=utf-8";

std::string StatusPage(const HttpService& service) {
  const Status ready = service.pages.ready ? service.pages.ready() : Status();
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Assay</title></head>\n<body>\n"
      "<h1>Assay " +
      EscapeMarkup(service.pages.version) + "</h1>\n<p>" +
      (ready ? std::string("Ready.") : "Not ready: " + EscapeMarkup(ready.error().message)) +
      "</p>\n<ul>\n<li>gRPC: " + EscapeMarkup(service.pages.grpc_address) +
      "</li>\n<li><a href=\"/metrics\">/metrics</a>: Prometheus</li>\n<li><a href=\"/healthz\">/healthz</a>, "
      "<a href=\"/readyz\">/readyz</a>: probes</li>\n</ul>\n<h2>JSON API (Connect protocol, POST)</h2>\n<ul>\n";
  for (const auto& [path, method] : service.methods.methods()) {
    page += "<li><code>" + EscapeMarkup(path) + "</code>" + (method.streams() ? " (stream)" : "") + "</li>\n";
  }
  return page + "</ul>\n</body>\n</html>\n";
}

Reply Readiness(const HttpService& service) {
  if (service.admission.draining()) return MakeReply(503, kPlain, "stopping\n");
  const Status ready = service.pages.ready ? service.pages.ready() : Status();
  return ready ? MakeReply(200, kPlain, "ready\n") : MakeReply(503, kPlain, ready.error().message + "\n");
}

}  // namespace

Reply MakeReply(int status, std::string_view content_type, std::string body) {
  Reply reply;
  reply.result(static_cast<unsigned>(status));
  reply.set(http::field::content_type, boost::beast::string_view(content_type.data(), content_type.size()));
  reply.set(http::field::cache_control, "no-store");
  reply.set("X-Content-Type-Options", "nosniff");
  reply.body() = std::move(body);
  if (status == 499) reply.reason("Client Closed Request");
  return reply;
}

Reply OnlyGet(std::string_view path) {
  Reply reply = ErrorReply({ErrorCode::kUnimplemented, std::string(path) + " answers to GET only", {}}, 405);
  reply.set(http::field::allow, "GET, HEAD");
  return reply;
}

Reply ErrorReply(const Error& error, int status) {
  Reply reply = MakeReply(status != 0 ? status : HttpStatus(error.code), "application/json", ConnectErrorJson(error));
  if (error.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
    reply.set(http::field::retry_after, std::to_string(seconds));
  }
  if (error.code == ErrorCode::kUnauthenticated) reply.set(http::field::www_authenticate, "Bearer");
  return reply;
}

std::optional<Reply> PageReply(const PageQuery& request, const HttpService& service) {
  constexpr std::array<std::string_view, 4> kPaths = {"/api", "/healthz", "/readyz", "/metrics"};
  const bool is_plain = std::ranges::find(kPaths, request.path) != kPaths.end();
  if (!is_plain) {
    if (auto reply = WebReply(request, service.pages.web)) return reply;
    if (request.path != "/") return std::nullopt;
  }
  if (!request.is_get) return OnlyGet(request.path);
  if (request.path == "/healthz") return MakeReply(200, kPlain, "ok\n");
  if (request.path == "/readyz") return Readiness(service);
  if (request.path == "/metrics") {
    return MakeReply(200, "text/plain; version=0.0.4; charset=utf-8",
                     service.pages.metrics ? service.pages.metrics() : std::string());
  }
  Reply reply = MakeReply(200, "text/html; charset=utf-8", StatusPage(service));
  reply.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  return reply;
}

}  // namespace assay
