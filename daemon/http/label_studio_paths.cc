#include "daemon/http/label_studio_paths.h"

#include <algorithm>

#include "core/base64.h"
#include "core/json.h"

namespace assay {
namespace {

constexpr std::string_view kRoot = "/label-studio/";

struct BackendCall {
  std::string_view path;
  std::string_view call;
  bool is_read;
  int status;
};
constexpr BackendCall kBackendCalls[] = {{"", "HEALTH", true, 200},
                                         {"health", "HEALTH", true, 200},
                                         {"setup", "SETUP", false, 200},
                                         {"predict", "PREDICT", false, 200},
                                         {"webhook", "WEBHOOK", false, 201}};

bool IsQueueName(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, is_plain);
}

}  // namespace

std::optional<LabelStudioRequest> FindLabelStudioRequest(std::string_view path) {
  if (!path.starts_with(kRoot)) return std::nullopt;
  path.remove_prefix(kRoot.size());
  const std::size_t slash = path.find('/');
  const std::string_view queue = path.substr(0, slash);
  const std::string_view rest = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  const auto found = std::ranges::find(kBackendCalls, rest, &BackendCall::path);
  if (!IsQueueName(queue) || found == std::end(kBackendCalls)) return std::nullopt;
  return LabelStudioRequest{
      .queue = std::string(queue), .call = found->call, .is_read = found->is_read, .status = found->status};
}

std::string LabelStudioRequest::MessageOf(std::string_view body) const {
  return Json::Of({{"queue", queue}, {"call", call}, {"body", body}}).Dump();
}

std::string LabelStudioRequest::BodyOf(const std::string& response) {
  const auto json = Json::Parse(response);
  const Json* body = json ? json->Find("body") : nullptr;
  return body != nullptr && body->is_string() ? body->as_string() : "{}";
}

std::optional<std::string> BearerOfBasic(std::optional<std::string_view> authorization) {
  constexpr std::string_view kBasic = "Basic ";
  if (!authorization || !authorization->starts_with(kBasic)) return std::nullopt;
  const auto pair = FromBase64(authorization->substr(kBasic.size()));
  if (!pair) return std::nullopt;
  const std::size_t colon = pair->find(':');
  return colon == std::string::npos ? std::nullopt : std::optional("Bearer " + pair->substr(colon + 1));
}

}  // namespace assay
