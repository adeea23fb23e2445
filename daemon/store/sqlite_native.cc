// SQLite's fast paths: one prepared INSERT per table, kept for the connection's life, and plain stepping.

#include <sqlite3.h>

#include <deque>
#include <map>

#include "daemon/store/native.h"
#include "daemon/store/text.h"

namespace assay {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

Error LastError(sqlite3* database) { return SqliteError(sqlite3_extended_errcode(database), sqlite3_errmsg(database)); }

class Sink final : public RowSink {
 public:
  Sink(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  void Int(std::int64_t value) override { sqlite3_bind_int64(statement_, ++column_, value); }
  void Real(double value) override { sqlite3_bind_double(statement_, ++column_, value); }
  void Null() override { sqlite3_bind_null(statement_, ++column_); }
  void Text(std::string_view value) override {
    std::string scratch;
    std::string_view text = StorableText(value, scratch);
    if (!scratch.empty()) text = replaced_.emplace_back(std::move(scratch));
    // SQLITE_STATIC: the sink's contract keeps the bytes alive until EndRow. An empty view may have no address.
    sqlite3_bind_text64(statement_, ++column_, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  }
  void EndRow() override {
    if (status_) {
      if (sqlite3_step(statement_) != SQLITE_DONE) status_ = Fail(LastError(database_));
      sqlite3_reset(statement_);
    }
    column_ = 0;
    replaced_.clear();
  }
  const Status& status() const { return status_; }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int column_ = 0;
  std::deque<std::string> replaced_;
  Status status_;
};

class Row final : public RowView {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool IsNull(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t Int(int column) const override { return sqlite3_column_int64(statement_, column); }
  double Real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view Text(int column) const override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return text == nullptr ? std::string_view()
                           : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }

 private:
  sqlite3_stmt* statement_;
};

class SqliteNative final : public NativeConnection {
 public:
  explicit SqliteNative(sqlite3* database) : database_(database) {}

  Status Insert(const BulkTable& table, const std::function<void(RowSink&)>& rows) override {
    Statement& statement = inserts_[table.name];
    if (statement == nullptr) {
      std::string query = "INSERT INTO ";
      query.append(table.name).append(" (").append(table.columns).append(") VALUES (?");
      for (std::size_t i = 1; i < table.types.size(); ++i) query += ",?";
      query += ")";
      ASSAY_ASSIGN(statement, Prepare(query));
    }
    Sink sink(database_, statement.get());
    rows(sink);
    sqlite3_clear_bindings(statement.get());
    return sink.status();
  }

  Status Scan(const std::string& query, const std::function<void(const RowView&)>& row) override {
    ASSAY_ASSIGN(const Statement statement, Prepare(query));
    const Row view(statement.get());
    int result = SQLITE_ROW;
    while ((result = sqlite3_step(statement.get())) == SQLITE_ROW) row(view);
    if (result != SQLITE_DONE) return Fail(LastError(database_));
    return {};
  }

 private:
  Result<Statement> Prepare(const std::string& query) {
    sqlite3_stmt* statement = nullptr;
    const int result = sqlite3_prepare_v3(database_, query.data(), static_cast<int>(query.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) return Fail(LastError(database_));
    return Statement(statement);
  }

  sqlite3* database_;
  std::map<std::string_view, Statement> inserts_;  // by table name, which are literals
};

}  // namespace

bool UseSqliteWithoutMutexes() {
  // Its count of all memory is a mutex that every statement of every connection takes some hundred times.
  static const bool is_without =
      sqlite3_config(SQLITE_CONFIG_MULTITHREAD) == SQLITE_OK && sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK;
  return is_without;
}

std::unique_ptr<NativeConnection> MakeSqliteNative(void* handle) {
  return std::make_unique<SqliteNative>(static_cast<sqlite3*>(handle));
}

Error SqliteError(int result, std::string_view message) {
  ErrorCode code = ErrorCode::kInternal;
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
      code = ErrorCode::kUnavailable;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      code = ErrorCode::kDataLoss;
      break;
    case SQLITE_CONSTRAINT:
      code = result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY
                 ? ErrorCode::kAlreadyExists
                 : ErrorCode::kFailedPrecondition;
      break;
    default:
      break;
  }
  return Error{code, "sqlite: " + std::string(message), std::nullopt};
}

}  // namespace assay
