#pragma once
// Where a request goes: to a method of the API, or nowhere with the answer that says so.

#include <optional>
#include <string_view>

#include "daemon/http/connection.h"
#include "daemon/http/label_studio_paths.h"
#include "daemon/http/reply.h"

namespace assay {

// The line and the header fields that decide; views of the request that is being answered.
struct RequestLine {
  std::string_view target;
  bool is_get = false;  // GET or HEAD
  bool is_post = false;
  std::string_view host = {};
  std::string_view content_type = {};
  std::string_view accept = {};
  std::string_view accept_encoding = {};
  std::string_view if_none_match = {};
};

// The method that a request calls, or the answer when it calls none: exactly one of `method` and `reply` is there.
struct Route {
  const Method* method = nullptr;
  std::optional<Reply> reply;
  std::optional<LabelStudioRequest> label_studio = {};  // what the body is wrapped in for the method
};

// Pages are served wherever they are asked for; methods only where `paths` is kAll, and to JSON only, which no form of
// another site can send. Thread-safe.
Route FindRoute(const RequestLine& request, const HttpService& service, ServedPaths paths);

}  // namespace assay
