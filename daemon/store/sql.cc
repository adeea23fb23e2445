// SOCI, wrapped: dynamic numbers of arguments and columns, typed by us rather than by SOCI's guess from the schema
// (which knows neither expressions nor PostgreSQL's json).

#include "daemon/store/sql.h"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "daemon/store/text.h"

namespace assay {

SqlArgument::SqlArgument(std::int64_t value) : value_(value) {}
SqlArgument::SqlArgument(double value) : value_(value) {}
SqlArgument::SqlArgument(std::string_view value) : value_(std::string(value)) {}
SqlArgument::SqlArgument(const std::optional<Time>& value) {
  if (value) value_ = std::int64_t{value->time_since_epoch().count()};
}

std::int64_t SqlRow::Int(int column) const {
  const auto* value = std::get_if<std::int64_t>(&cells_[column]);
  return value == nullptr ? 0 : *value;
}

double SqlRow::Real(int column) const {
  const auto* value = std::get_if<double>(&cells_[column]);
  return value == nullptr ? 0 : *value;
}

std::string SqlRow::Text(int column) const {
  const auto* value = std::get_if<std::string>(&cells_[column]);
  return value == nullptr ? "" : *value;
}

std::optional<std::int64_t> SqlRow::MaybeInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

std::optional<Time> SqlRow::MaybeAt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return At(column);
}

struct Sql::Session {
  explicit Session(const SqlLocation& location)
      : soci(location.engine == Engine::kSqlite ? SqliteFactory() : *soci::factory_postgresql(),
             location.engine == Engine::kSqlite ? "db=\"" + location.target + "\" timeout=10" : location.target) {}

  static const soci::backend_factory& SqliteFactory() {
    static_cast<void>(UseSqliteWithoutMutexes());
    return *soci::factory_sqlite3();
  }

  void* Handle(Engine engine) {
    if (engine == Engine::kSqlite) return static_cast<soci::sqlite3_session_backend*>(soci.get_backend())->conn_;
    return static_cast<soci::postgresql_session_backend*>(soci.get_backend())->conn_;
  }

  soci::session soci;
};

namespace {

// SOCI begins some messages with the name of its function.
std::string WithoutFunction(std::string message) {
  constexpr std::string_view kFunction = "sqlite3_statement_backend::";
  const std::size_t end = message.starts_with(kFunction) ? message.find(": ", kFunction.size()) : std::string::npos;
  return end == std::string::npos ? message : message.substr(end + 2);
}

// The text of a SOCI error without its query and parameters: those may hold a prompt.
Error ErrorOf(const std::exception& exception) {
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&exception)) {
    return SqliteError(sqlite->result(), WithoutFunction(sqlite->get_error_message()));
  }
  if (const auto* postgres = dynamic_cast<const soci::postgresql_soci_error*>(&exception)) {
    std::string state = postgres->sqlstate();
    if (state == "     ") state.clear();  // SOCI's mark for an error without one: the connection is gone
    return PostgresError(state, postgres->get_error_message());
  }
  const auto* other = dynamic_cast<const soci::soci_error*>(&exception);
  return Error{ErrorCode::kInternal, "database: " + (other != nullptr ? other->get_error_message() : exception.what()),
               std::nullopt};
}

struct Cell {
  long long integer = 0;
  double real = 0;
  std::string text;
  soci::indicator indicator = soci::i_null;
};

void Bind(soci::statement& statement, const SqlArguments& arguments, std::vector<Cell>& cells) {
  cells.resize(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Cell& cell = cells[i];
    const SqlArgument::Value& value = arguments[i].value();
    cell.indicator = std::holds_alternative<std::monostate>(value) ? soci::i_null : soci::i_ok;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      cell.integer = *integer;
      statement.exchange(soci::use(cell.integer, cell.indicator));
    } else if (const auto* real = std::get_if<double>(&value)) {
      cell.real = *real;
      statement.exchange(soci::use(cell.real, cell.indicator));
    } else {
      if (const auto* text = std::get_if<std::string>(&value)) {
        std::string scratch;
        cell.text = StorableText(*text, scratch);
      }
      statement.exchange(soci::use(cell.text, cell.indicator));
    }
  }
}

void Define(soci::statement& statement, std::string_view types, std::vector<Cell>& cells) {
  cells.resize(types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    Cell& cell = cells[i];
    if (types[i] == 'i') {
      statement.exchange(soci::into(cell.integer, cell.indicator));
    } else if (types[i] == 'r') {
      statement.exchange(soci::into(cell.real, cell.indicator));
    } else {
      statement.exchange(soci::into(cell.text, cell.indicator));
    }
  }
}

SqlRow TakeRow(std::string_view types, const std::vector<Cell>& cells) {
  std::vector<SqlArgument::Value> values(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].indicator == soci::i_null) continue;
    if (types[i] == 'i') {
      values[i] = std::int64_t{cells[i].integer};
    } else if (types[i] == 'r') {
      values[i] = cells[i].real;
    } else {
      values[i] = cells[i].text;
    }
  }
  return SqlRow(std::move(values));
}

}  // namespace

Sql::Sql(Engine engine, std::unique_ptr<Session> session)
    : engine_(engine),
      session_(std::move(session)),
      native_(engine == Engine::kSqlite ? MakeSqliteNative(session_->Handle(engine))
                                        : MakePostgresNative(session_->Handle(engine))) {}

Sql::~Sql() { native_.reset(); }

Result<std::unique_ptr<Sql>> Sql::Open(const SqlLocation& location, Use use) {
  try {
    std::unique_ptr<Sql> sql(new Sql(location.engine, std::make_unique<Session>(location)));
    ASSAY_TRY(sql->Prepare(location, use));
    return sql;
  } catch (const std::exception& exception) {
    Error error = ErrorOf(exception);
    const std::string name = location.engine == Engine::kSqlite ? "\"" + location.target + "\"" : "postgresql";
    return Fail(ErrorCode::kUnavailable, "cannot open store " + name + ": " + error.message);
  }
}

Status Sql::Prepare(const SqlLocation& location, Use use) {
  if (engine_ == Engine::kPostgres) {
    ASSAY_ASSIGN(const SqlRows encoding, Query("SHOW server_encoding", "t"));
    if (encoding.empty() || encoding[0].Text(0) != "UTF8") {
      return Fail(ErrorCode::kFailedPrecondition, "the postgresql database must have encoding UTF8");
    }
    for (const char* setting :
         {"SET client_encoding TO 'UTF8'", "SET client_min_messages TO warning", "SET application_name TO 'assayd'",
          "SET lock_timeout TO '10s'", "SET synchronous_commit TO on"}) {
      ASSAY_TRY(Execute(setting));
    }
    return {};
  }
  // A page of 8 KiB holds five rows with a response of 1.5 kB, one of 4 KiB two; it matters only to a new file.
  ASSAY_TRY(Execute("PRAGMA page_size = 8192"));
  ASSAY_ASSIGN(const SqlRows mode, Query("PRAGMA journal_mode = WAL", "t"));
  if (mode.empty() || mode[0].Text(0) != "wal") {
    return Fail(ErrorCode::kInvalidArgument,
                "store \"" + location.target + "\" cannot use a write-ahead log; name a file");
  }
  // KiB. Results arrive in the order of their keys but for one index; reads go over a table once, or to cases at
  // random, for which no cache of bounded size is large enough, and the system keeps the file's pages anyway.
  const char* cache_size = use == Use::kWriting ? "PRAGMA cache_size = -8192" : "PRAGMA cache_size = -1024";
  for (const char* setting :
       {"PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON", cache_size, "PRAGMA journal_size_limit = 67108864"}) {
    ASSAY_TRY(Execute(setting));
  }
  synchronous_ = "FULL";
  return {};
}

bool Sql::IsAlive() const {
  return engine_ == Engine::kSqlite ||
         static_cast<soci::postgresql_session_backend*>(session_->soci.get_backend())->is_connected();
}

Result<std::int64_t> Sql::Execute(const std::string& query, const SqlArguments& arguments) {
  try {
    std::vector<Cell> cells;
    soci::statement statement(session_->soci);
    Bind(statement, arguments, cells);
    statement.alloc();
    statement.prepare(query, soci::details::st_one_time_query);
    statement.define_and_bind();
    statement.execute(true);
    return statement.get_affected_rows();
  } catch (const std::exception& exception) {
    return Fail(ErrorOf(exception));
  }
}

Result<SqlRows> Sql::Query(const std::string& query, std::string_view types, const SqlArguments& arguments) {
  try {
    std::vector<Cell> in;
    std::vector<Cell> out;
    SqlRows rows;
    soci::statement statement(session_->soci);
    Bind(statement, arguments, in);
    Define(statement, types, out);
    statement.alloc();
    statement.prepare(query, soci::details::st_one_time_query);
    statement.define_and_bind();
    for (bool found = statement.execute(true); found; found = statement.fetch()) rows.push_back(TakeRow(types, out));
    return rows;
  } catch (const std::exception& exception) {
    return Fail(ErrorOf(exception));
  }
}

Status Sql::Begin(Transaction kind) {
  if (engine_ == Engine::kPostgres) {
    ASSAY_TRY(Execute(kind == Transaction::kRead ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN"));
    if (kind == Transaction::kWriteResults) ASSAY_TRY(Execute("SET LOCAL synchronous_commit TO off"));
    return {};
  }
  if (kind == Transaction::kRead) {
    ASSAY_TRY(Execute("BEGIN"));
    return {};
  }
  const std::string wanted = kind == Transaction::kWriteResults ? "NORMAL" : "FULL";
  if (synchronous_ != wanted) {
    ASSAY_TRY(Execute("PRAGMA synchronous = " + wanted));
    synchronous_ = wanted;
  }
  ASSAY_TRY(Execute("BEGIN IMMEDIATE"));
  return {};
}

Status Sql::Commit() {
  ASSAY_TRY(Execute("COMMIT"));
  return {};
}

void Sql::Rollback() { static_cast<void>(Execute("ROLLBACK")); }

}  // namespace assay
