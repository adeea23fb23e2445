#include "daemon/rpc/request_checks.h"

#include "core/digest.h"
#include "core/json.h"

namespace assay {
namespace {

constexpr std::size_t kMaxFieldBytes = 1024;
constexpr std::size_t kMaxTokenBytes = 4096;
constexpr std::size_t kMaxRequestIdBytes = 128;
constexpr std::int32_t kDefaultPage = 100;

}  // namespace

Status CheckRequired(std::initializer_list<RequiredField> fields) {
  for (const auto& [name, value] : fields) {
    if (value.empty()) return Fail(ErrorCode::kInvalidArgument, std::string(name) + " is required");
    if (value.size() > kMaxFieldBytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  std::string(name) + " has more than " + std::to_string(kMaxFieldBytes) + " bytes");
    }
  }
  return {};
}

Result<PageRequest> PageOf(std::int32_t page_size, const std::string& page_token) {
  if (page_size < 0 || page_size > PageRequest::kMaxPage) {
    return Fail(ErrorCode::kInvalidArgument, "page_size is " + std::to_string(page_size) + "; expected 1 to " +
                                                 std::to_string(PageRequest::kMaxPage) + ", or 0 for " +
                                                 std::to_string(kDefaultPage));
  }
  if (page_token.size() > kMaxTokenBytes) {
    return Fail(ErrorCode::kInvalidArgument, "page_token is none that this server gave");
  }
  return PageRequest{page_token, page_size == 0 ? kDefaultPage : page_size};
}

Result<std::optional<RequestKey>> RequestKeyOf(std::string_view method, const std::string& request_id,
                                               std::initializer_list<std::string_view> content) {
  if (request_id.empty()) return std::nullopt;
  if (request_id.size() > kMaxRequestIdBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "request_id has more than " + std::to_string(kMaxRequestIdBytes) + " bytes; a UUID does well");
  }
  Json::Array parts;
  for (const std::string_view part : content) parts.emplace_back(part);
  return RequestKey{std::string(method), request_id, ContentVersion(Json(std::move(parts)).DumpCanonical())};
}

}  // namespace assay
