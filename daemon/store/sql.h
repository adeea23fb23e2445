#pragma once
// One database connection: SQL text with arguments in, rows out. The only place that knows SOCI is sql.cc; it catches
// SOCI's exceptions. Not thread-safe.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "daemon/store/native.h"

namespace assay {

enum class Engine { kSqlite, kPostgres };

// Where a store is. `target` is a path or a libpq connection URI.
struct SqlLocation {
  Engine engine = Engine::kSqlite;
  std::string target;
};

// An argument of a statement.
class SqlArgument {
 public:
  using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
  // Not inline: g++ 12 takes the variant's unused string for an uninitialised one.
  SqlArgument(std::int64_t value);
  SqlArgument(int value) : SqlArgument(std::int64_t{value}) {}
  SqlArgument(std::string_view value);
  SqlArgument(const std::string& value) : SqlArgument(std::string_view(value)) {}
  SqlArgument(const char* value) : SqlArgument(std::string_view(value)) {}
  SqlArgument(Time value) : SqlArgument(std::int64_t{value.time_since_epoch().count()}) {}
  SqlArgument(double value);
  SqlArgument(const std::optional<Time>& value);
  const Value& value() const { return value_; }

 private:
  Value value_;
};
using SqlArguments = std::vector<SqlArgument>;

class SqlRow {
 public:
  explicit SqlRow(std::vector<SqlArgument::Value> cells) : cells_(std::move(cells)) {}
  bool IsNull(int column) const { return std::holds_alternative<std::monostate>(cells_[column]); }
  // NULL reads as 0, 0.0 and "".
  std::int64_t Int(int column) const;
  double Real(int column) const;
  std::string Text(int column) const;
  Time At(int column) const { return Time(Duration(Int(column))); }
  std::optional<std::int64_t> MaybeInt(int column) const;
  std::optional<Time> MaybeAt(int column) const;

 private:
  std::vector<SqlArgument::Value> cells_;
};
using SqlRows = std::vector<SqlRow>;

class Sql {
 public:
  enum class Transaction {
    kRead,         // one consistent state for all its statements
    kWrite,        // durable when committed
    kWriteResults  // may be lost with the machine's power (never with the process) until a kWrite commits
  };

  // What a connection is for: it decides how many pages SQLite keeps in memory for it.
  enum class Use { kWriting, kReading };

  static Result<std::unique_ptr<Sql>> Open(const SqlLocation& location, Use use = Use::kWriting);
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  ~Sql();

  Engine engine() const { return engine_; }
  // False once the server has gone: close this connection and open another.
  bool IsAlive() const;

  // A statement with `:name` for every argument, in order. Returns the number of rows it changed.
  Result<std::int64_t> Execute(const std::string& query, const SqlArguments& arguments = {});
  // `types` has one letter a column: i integer, r real, t text.
  Result<SqlRows> Query(const std::string& query, std::string_view types, const SqlArguments& arguments = {});

  Status Begin(Transaction kind);
  Status Commit();
  void Rollback();

  NativeConnection& native() { return *native_; }

 private:
  struct Session;
  Sql(Engine engine, std::unique_ptr<Session> session);
  Status Prepare(const SqlLocation& location, Use use);

  Engine engine_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<NativeConnection> native_;
  std::string synchronous_;  // SQLite's current setting
};

}  // namespace assay
