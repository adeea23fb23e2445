#include "daemon/http/route.h"

#include <chrono>
#include <string>
#include <utility>

#include "daemon/http/connect_protocol.h"
#include "daemon/http/host_check.h"

namespace assay {
namespace {

namespace http = boost::beast::http;

Reply TakenReply(const HttpServer::Options& options) {
  return ErrorReply({ErrorCode::kUnavailable,
                     "all " + std::to_string(options.max_connections) + " connections are taken; try again",
                     std::chrono::seconds(1)});
}

Reply OnlyVerb(const std::string& message, const char* verb) {
  Reply reply = ErrorReply({ErrorCode::kUnimplemented, message, {}}, 405);
  reply.set(http::field::allow, verb);
  return reply;
}

Route LabelStudioRoute(LabelStudioRequest asked, const std::string& path, const RequestLine& request,
                       const HttpService& service, ServedPaths paths) {
  if (asked.is_read != request.is_get) {
    const char* verb = asked.is_read ? "GET" : "POST";
    return {nullptr, OnlyVerb(path + " answers to " + verb, verb)};
  }
  if (paths == ServedPaths::kPages) return {nullptr, TakenReply(service.options)};
  // A page of another site can send a form and no JSON.
  if (!request.is_get && MediaType(request.content_type) != kUnaryContentType) {
    const Error error{
        ErrorCode::kInvalidArgument, path + " takes the content type " + std::string(kUnaryContentType), {}};
    return {nullptr, ErrorReply(error, 415)};
  }
  return {service.methods.Find(LabelStudioRequest::kMethod), std::nullopt, std::move(asked)};
}

Reply WrongContentType(const Method& method, const std::string& path, std::string_view wanted) {
  const std::string why = method.streams() ? ", because it answers with a stream" : "";
  Reply reply =
      ErrorReply({ErrorCode::kInvalidArgument, path + " takes the content type " + std::string(wanted) + why, {}}, 415);
  reply.set("Accept-Post", boost::beast::string_view(wanted.data(), wanted.size()));
  return reply;
}

Route MethodRoute(const std::string& path, const RequestLine& request, const HttpService& service, ServedPaths paths) {
  const Method* method = service.methods.Find(path);
  if (method == nullptr) {
    return {nullptr,
            ErrorReply({ErrorCode::kUnimplemented, "nothing is served at this path; /api lists what is", {}}, 404)};
  }
  if (!request.is_post) return {nullptr, OnlyVerb(path + " answers to POST only", "POST")};
  if (paths == ServedPaths::kPages) return {nullptr, TakenReply(service.options)};
  const std::string_view wanted = method->streams() ? kStreamContentType : kUnaryContentType;
  if (MediaType(request.content_type) != wanted) return {nullptr, WrongContentType(*method, path, wanted)};
  return {method, std::nullopt};
}

}  // namespace

Route FindRoute(const RequestLine& request, const HttpService& service, ServedPaths paths) {
  if (service.loopback_only) {
    const auto allowed = CheckLoopbackHost(request.host);
    if (!allowed) return {nullptr, ErrorReply(allowed.error())};
  }
  const std::string path(request.target.substr(0, request.target.find('?')));
  if (auto asked = FindLabelStudioRequest(path)) {
    return LabelStudioRoute(*std::move(asked), path, request, service, paths);
  }
  const PageQuery page_query{.path = path,
                             .is_get = request.is_get,
                             .accept = request.accept,
                             .accept_encoding = request.accept_encoding,
                             .if_none_match = request.if_none_match};
  if (auto page = PageReply(page_query, service)) return {nullptr, std::move(page)};
  return MethodRoute(path, request, service, paths);
}

}  // namespace assay
