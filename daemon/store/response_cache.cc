// Answers that are kept to be used again.

#include "daemon/store/connections.h"
#include "daemon/store/rows.h"

namespace assay {
namespace {

constexpr std::int64_t kEvictedAtOnce = 1'000;

Result<std::int64_t> SizeOf(Sql& sql) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM response_cache", "i"));
  return rows[0].Int(0);
}

// Removes the oldest, up to kEvictedAtOnce of them. Returns the bytes that are gone.
Result<std::int64_t> EvictOldest(Sql& sql, std::int64_t bytes) {
  ASSAY_ASSIGN(const SqlRows rows,
               sql.Query("SELECT cache_key, bytes FROM response_cache ORDER BY created, cache_key LIMIT :limit", "ii",
                         {kEvictedAtOnce}));
  std::vector<std::int64_t> keys;
  std::int64_t gone = 0;
  for (const SqlRow& row : rows) {
    if (gone >= bytes) break;
    keys.push_back(row.Int(0));
    gone += row.Int(1);
  }
  if (!keys.empty()) ASSAY_TRY(sql.Execute("DELETE FROM response_cache WHERE cache_key IN " + NumberList(keys)));
  return gone;
}

}  // namespace

Result<std::optional<std::string>> Store::FindCachedResponse(std::string_view digest, Time not_before) {
  return connections_->Read([&](Sql& sql) -> Result<std::optional<std::string>> {
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT response FROM response_cache WHERE digest = :digest AND created >= :not_before", "t",
                           {digest, not_before}));
    if (rows.empty()) return std::nullopt;
    return rows[0].Text(0);
  });
}

Status Store::ForgetResponse(std::string_view digest) {
  return connections_->Write(
      [&](Sql& sql) -> Status {
        ASSAY_TRY(sql.Execute("DELETE FROM response_cache WHERE digest = :digest", {digest}));
        return {};
      },
      Sql::Transaction::kWriteResults);
}

Status Store::KeepResponses(std::span<const CachedResponse> responses) {
  return connections_->Write(
      [&](Sql& sql) -> Status {
        for (const CachedResponse& response : responses) {
          ASSAY_TRY(sql.Execute(
              "INSERT INTO response_cache (digest, response, bytes, created) VALUES (:digest, :response, "
              ":bytes, :created) ON CONFLICT (digest) DO UPDATE SET response = excluded.response, "
              "bytes = excluded.bytes, created = excluded.created WHERE response_cache.created < "
              ":replaces_before",
              {response.digest, response.text, std::ssize(response.text), response.created, response.replaces_before}));
        }
        return {};
      },
      Sql::Transaction::kWriteResults);
}

Result<std::int64_t> Store::EvictResponses(std::int64_t limit_bytes, std::int64_t to_bytes) {
  ASSAY_ASSIGN(std::int64_t left, connections_->Read([](Sql& sql) { return SizeOf(sql); }));
  if (left <= limit_bytes) return left;
  while (left > to_bytes) {
    const auto evict = [&](Sql& sql) { return EvictOldest(sql, left - to_bytes); };
    ASSAY_ASSIGN(const std::int64_t gone, connections_->Write(evict, Sql::Transaction::kWriteResults));
    if (gone == 0) break;
    left -= gone;
  }
  return left;
}

}  // namespace assay
