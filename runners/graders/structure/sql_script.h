#pragma once
// Statements of SQL: whether they parse, and what they touch. A parser of our own, since no library of the system reads
// more than one dialect. It refuses what it does not know: a statement that parses here may be refused by the database
// (it knows no functions and no types), but what it says of tables and columns is all that the statement names.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "runners/graders/structure/sql_dialect.h"

namespace assay {

struct SqlTable {
  std::string operation;  // "select", "insert", "update", "delete", "replace", "create", "alter", "drop", "truncate"
  std::string database;   // "" when it is not named; "a.b" for two names
  std::string name;       // of a function that gives a table "name()"
  auto operator<=>(const SqlTable&) const = default;
};

struct SqlColumn {
  std::string operation;
  std::string name;  // "(.*)" for all of them
  // The tables of which it may be; none when the statement does not say. Where the name is qualified that is one.
  std::vector<std::string> tables;
  bool is_qualified = false;
  auto operator<=>(const SqlColumn&) const = default;
};

struct SqlScript {
  std::size_t statements = 0;
  std::set<std::string> operations;  // of the statements, those within WITH included
  std::set<SqlTable> tables;
  std::set<SqlColumn> columns;
  bool has_renamed_columns = false;  // FROM users AS u(name): what name is, nobody can tell without the table
  bool has_bare_alias = false;       // SELECT a b: often a missing comma
};

inline constexpr std::size_t kMaxSqlText = 1u << 20;  // bytes

// kInvalidArgument with the line for what is no SQL of the dialect; kUnimplemented for statements and clauses that
// exist but are not read here, texts over kMaxSqlText and expressions nested more than 200 deep. About linear.
Result<SqlScript> ReadSql(std::string_view text, SqlDialect dialect);

}  // namespace assay
