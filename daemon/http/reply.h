#pragma once
// The plain answers: pages, and errors that are no answer of a method.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/http/connection.h"

namespace assay {

using Reply = boost::beast::http::response<boost::beast::http::string_body>;

Reply MakeReply(int status, std::string_view content_type, std::string body);
// {"code":…,"message":…} with the HTTP status of its code, or `status` where HTTP has a more exact one. Carries
// Retry-After where the error does, and WWW-Authenticate with 401.
Reply ErrorReply(const Error& error, int status = 0);

// 405, for what is there to be read.
Reply OnlyGet(std::string_view path);

// What a page is asked for with.
struct PageQuery {
  std::string_view path;
  bool is_get = false;  // GET or HEAD
  std::string_view accept = {};
  std::string_view accept_encoding = {};
  std::string_view if_none_match = {};
};

// /healthz, /readyz, /metrics, /api and the web page, or /api in its place at /; nullopt for what is none of these.
std::optional<Reply> PageReply(const PageQuery& request, const HttpService& service);

}  // namespace assay
