#pragma once
// The two statements that SOCI's bindings are too slow for, on the engine's own client library: inserting many rows
// (sqlite3 prepared statements; PostgreSQL's binary COPY) and streaming many narrow ones.
// docs/decisions/0010-bulk-rows-bypass-soci.md has the measurements.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

struct BulkTable {
  std::string_view name;
  std::string_view columns;  // "run_key, position, …"
  std::string_view types;    // one letter a column: i bigint, n integer, s smallint, r double, t text or JSON
};

// Takes a row's values in the order of the columns, then EndRow. Text must live until EndRow. Errors surface in Insert.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void Int(std::int64_t value) = 0;
  virtual void Real(double value) = 0;
  virtual void Text(std::string_view value) = 0;
  virtual void Null() = 0;
  virtual void EndRow() = 0;
};

// A row of Scan. Columns count from 0.
class RowView {
 public:
  virtual ~RowView() = default;
  virtual bool IsNull(int column) const = 0;
  virtual std::int64_t Int(int column) const = 0;
  virtual double Real(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;  // valid until the next row; "" for null
};

// One connection's fast paths. Not thread-safe; must be gone before the connection is closed.
class NativeConnection {
 public:
  virtual ~NativeConnection() = default;
  // kAlreadyExists for a row that breaks a unique key. Some rows may have been inserted when it fails: roll back.
  virtual Status Insert(const BulkTable& table, const std::function<void(RowSink&)>& rows) = 0;
  // Calls `row` for every row of a query over integer, real, text and JSON columns, inside a transaction. Memory is
  // bounded by that of a block of rows.
  virtual Status Scan(const std::string& query, const std::function<void(const RowView&)>& row) = 0;
};

// Before whatever else the program does with SQLite, the lock of a store included: it then locks no mutex at each call
// and each allocation. A connection is used by one thread at a time here. False when it came too late.
bool UseSqliteWithoutMutexes();

// The handles are a sqlite3* and a PGconn*, borrowed.
std::unique_ptr<NativeConnection> MakeSqliteNative(void* handle);
std::unique_ptr<NativeConnection> MakePostgresNative(void* handle);

// What a failed call means, from sqlite3's (extended) result code or PostgreSQL's SQLSTATE ("" for a lost connection).
Error SqliteError(int result, std::string_view message);
Error PostgresError(std::string_view sqlstate, std::string_view message);

}  // namespace assay
