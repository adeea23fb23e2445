#include "daemon/store/rows.h"

#include <charconv>
#include <limits>

#include "core/json.h"

namespace assay {

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status CheckPageLimit(int limit) {
  if (limit >= 1 && limit <= PageRequest::kMaxPage) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "page size " + std::to_string(limit) + " is not between 1 and " + std::to_string(PageRequest::kMaxPage));
}

Result<PagePosition> ReadPage(const PageRequest& page) {
  ASSAY_TRY(CheckPageLimit(page.limit));
  PagePosition position{std::numeric_limits<std::int64_t>::max(), page.limit};
  if (!page.token.empty()) {
    const std::optional<std::int64_t> below = ParseInteger(page.token);
    if (!below) return Fail(ErrorCode::kInvalidArgument, "page token \"" + page.token + "\" is not one of ours");
    position.below = *below;
  }
  return position;
}

std::string NumberList(std::span<const std::int64_t> numbers) {
  std::string list = "(";
  for (const std::int64_t number : numbers) {
    if (list.size() > 1) list += ',';
    list += std::to_string(number);
  }
  return list + ")";
}

Status Audit(Sql& sql, std::string_view project, Time at, std::string_view principal, std::string_view action,
             std::string_view object, std::string_view detail) {
  ASSAY_TRY(
      sql.Execute("INSERT INTO audit (project, happened, principal, action, object, detail) "
                  "VALUES (:project, :happened, :principal, :action, :object, :detail)",
                  {project, at, principal, action, object, detail}));
  return {};
}

Result<std::optional<std::string>> FindAnswer(Sql& sql, std::string_view project, const RequestKey& request) {
  ASSAY_ASSIGN(const SqlRows rows, sql.Query("SELECT content_hash, answer FROM request "
                                             "WHERE project = :project AND method = :method AND request_id = :id",
                                             "tt", {project, request.method, request.request_id}));
  if (rows.empty()) return std::nullopt;
  if (rows[0].Text(0) != request.content_hash) {
    return Fail(ErrorCode::kAlreadyExists, "request id \"" + request.request_id + "\" of " + request.method +
                                               " was used with other content; choose a new id");
  }
  return rows[0].Text(1);
}

Status RememberAnswer(Sql& sql, std::string_view project, const RequestKey& request, std::string_view answer, Time at,
                      std::string_view principal) {
  ASSAY_ASSIGN(
      const std::int64_t stored,
      sql.Execute("INSERT INTO request (project, method, request_id, content_hash, answer, created, principal) "
                  "VALUES (:project, :method, :id, :hash, :answer, :created, :principal) "
                  "ON CONFLICT DO NOTHING",
                  {project, request.method, request.request_id, request.content_hash, answer, at, principal}));
  if (stored == 1) return {};
  return Fail(ErrorCode::kAborted,
              "request id \"" + request.request_id + "\" is being answered at this moment; send it again");
}

Status CheckJson(std::string_view what, std::string_view text) {
  if (Result<Json> json = Json::Parse(text); !json) {
    return Fail(ErrorCode::kInvalidArgument, std::string(what) + " is not JSON: " + json.error().message);
  }
  return {};
}

std::string AsksTheCasesOf(SnapshotKey snapshot) {
  const std::string key = std::to_string(static_cast<std::int64_t>(snapshot));
  return "r.snapshot_key IN (SELECT " + key +
         " UNION SELECT o.snapshot_key FROM snapshot s JOIN snapshot o ON o.cases_digest = s.cases_digest AND "
         "o.cases_digest <> '' WHERE s.snapshot_key = " +
         key + ") ";
}

}  // namespace assay
