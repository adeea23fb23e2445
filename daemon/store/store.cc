#include "daemon/store/store.h"

#include <chrono>

#include "daemon/store/connections.h"
#include "daemon/store/location.h"
#include "daemon/store/migrations.h"
#include "daemon/store/rows.h"

namespace assay {

namespace {

// A disk that is full may still have room for a row. Who has more to write tries again within this time.
constexpr std::chrono::seconds kRefusalLasts{5};

// SOCI takes an address without parameters for the name of one, and adds a "=". With this one the server also knows
// whose connection it is.
std::string WithApplicationName(std::string location) {
  if (location.find("application_name=") != std::string::npos) return location;
  return location + (location.find('?') == std::string::npos ? "?" : "&") + "application_name=assayd";
}

}  // namespace

Result<SqlLocation> ParseLocation(std::string_view location) {
  if (location.starts_with("postgresql://") || location.starts_with("postgres://")) {
    return SqlLocation{Engine::kPostgres, WithApplicationName(std::string(location))};
  }
  constexpr std::string_view kSqlitePrefix = "sqlite:";
  if (!location.starts_with(kSqlitePrefix)) {
    return Fail(ErrorCode::kInvalidArgument,
                "store \"" + std::string(location) + "\" is neither sqlite:PATH nor postgresql://…");
  }
  const std::string_view path = location.substr(kSqlitePrefix.size());
  if (path.empty() || path.starts_with(":") || path.find('"') != std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "store \"" + std::string(location) + "\" does not name a file, as in sqlite:assay.db");
  }
  return SqlLocation{Engine::kSqlite, std::string(path)};
}

Result<std::unique_ptr<Store>> OpenStore(std::string_view location) {
  ASSAY_ASSIGN(SqlLocation parsed, ParseLocation(location));
  ASSAY_ASSIGN(std::unique_ptr<Sql> writer, Sql::Open(parsed));
  ASSAY_TRY(Migrate(*writer, NewestSchema(), SystemClock().Now()));
  return std::unique_ptr<Store>(new Store(std::make_unique<Store::Connections>(std::move(parsed), std::move(writer))));
}

Store::Store(std::unique_ptr<Connections> connections) : connections_(std::move(connections)) {}
Store::~Store() = default;

Status Store::Ping() {
  ASSAY_TRY(connections_->Read([](Sql& sql) { return sql.Query("SELECT version FROM schema_version LIMIT 1", "i"); }));
  const auto refusal = connections_->last_refusal();
  if (!refusal) {
    ASSAY_TRY(connections_->Write([](Sql& sql) { return sql.Query("SELECT 1", "i"); }));
    return {};
  }
  ASSAY_TRY(connections_->Write([](Sql& sql) { return sql.Execute("UPDATE schema_version SET applied = applied"); }));
  if (std::chrono::steady_clock::now() < refusal->at + kRefusalLasts) return Fail(refusal->error);
  connections_->Forget(*refusal);
  return {};
}

Result<std::optional<std::string>> Store::FindRequest(std::string_view project, const RequestKey& request) {
  return connections_->Read([&](Sql& sql) { return FindAnswer(sql, project, request); });
}

Result<Page<AuditRecord>> Store::ListAudit(std::string_view project, const PageRequest& page) {
  return connections_->Read([&](Sql& sql) -> Result<Page<AuditRecord>> {
    ASSAY_ASSIGN(const PagePosition position, ReadPage(page));
    ASSAY_ASSIGN(const SqlRows rows,
                 sql.Query("SELECT audit_key, project, happened, principal, action, object, detail FROM audit "
                           "WHERE project = :project AND audit_key < :below ORDER BY audit_key DESC LIMIT :limit",
                           "ititttt", {project, position.below, position.limit + 1}));
    return PageOf<AuditRecord>(rows, position.limit, [](const SqlRow& row) {
      return AuditRecord{.project = row.Text(1),
                         .at = row.At(2),
                         .principal = row.Text(3),
                         .action = row.Text(4),
                         .object = row.Text(5),
                         .detail = row.Text(6)};
    });
  });
}

std::string_view Name(ScoreSource source) {
  switch (source) {
    case ScoreSource::kGrader:
      return "grader";
    case ScoreSource::kJudge:
      return "judge";
    case ScoreSource::kHuman:
      return "human";
  }
  return "grader";
}

}  // namespace assay
