#include "daemon/store/store_lock.h"

#include <sqlite3.h>

#include <string>

#include "daemon/store/location.h"
#include "daemon/store/native.h"
#include "daemon/store/sql.h"

namespace assay {
namespace {

using std::chrono::milliseconds;

Error InUse(std::string_view location) {
  const std::size_t password = location.find('@');  // what comes before it may be a secret
  const std::string shown(location.starts_with("sqlite:") || password == std::string_view::npos
                              ? location
                              : "postgresql://…" + std::string(location.substr(password)));
  return {ErrorCode::kFailedPrecondition,
          "another assayd uses the store " + shown + "; stop it, or give this one a store of its own",
          {}};
}

// SQLite's own locks wait with a deadline and end with their process.
class SqliteStoreLock final : public StoreLock {
 public:
  ~SqliteStoreLock() override { sqlite3_close(file_); }
  int Take(const std::string& path, milliseconds wait) {
    const int opened = sqlite3_open_v2(path.c_str(), &file_,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, nullptr);
    if (opened != SQLITE_OK) return opened;
    sqlite3_busy_timeout(file_, static_cast<int>(wait.count()));
    return sqlite3_exec(file_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr);
  }
  std::string Message() const { return sqlite3_errmsg(file_); }

 private:
  sqlite3* file_ = nullptr;
};

class PostgresStoreLock final : public StoreLock {
 public:
  explicit PostgresStoreLock(std::unique_ptr<Sql> session) : session_(std::move(session)) {}

 private:
  const std::unique_ptr<Sql> session_;  // holds the lock as long as it lives
};

constexpr char kTakeAdvisoryLock[] =
    "SELECT 1 FROM (SELECT pg_advisory_lock(4702394921427289928)) AS taken";  // "ASSAY…"

}  // namespace

Result<std::unique_ptr<StoreLock>> StoreLock::Take(std::string_view location, milliseconds wait) {
  ASSAY_ASSIGN(const SqlLocation parsed, ParseLocation(location));
  if (parsed.engine == Engine::kSqlite) {
    static_cast<void>(UseSqliteWithoutMutexes());
    auto lock = std::make_unique<SqliteStoreLock>();
    const std::string path = parsed.target + ".lock";
    const int taken = lock->Take(path, wait);
    if (taken == SQLITE_OK) return lock;
    if ((taken & 0xFF) == SQLITE_BUSY) return Fail(InUse(location));
    return Fail(ErrorCode::kUnavailable, "cannot lock store \"" + path + "\": " + lock->Message());
  }
  ASSAY_ASSIGN(auto session, Sql::Open(parsed));
  ASSAY_TRY(session->Execute("SET lock_timeout TO '" + std::to_string(wait.count()) + "ms'"));
  if (const auto taken = session->Query(kTakeAdvisoryLock, "n"); !taken) {
    return taken.error().code == ErrorCode::kUnavailable ? Fail(InUse(location)) : Fail(taken.error());
  }
  return std::make_unique<PostgresStoreLock>(std::move(session));
}

}  // namespace assay
