#pragma once
// What the dialects of SQL write differently, as far as graders of SQL know it.

#include <cstdint>

namespace assay {

enum class SqlDialect { kStandard, kMysql, kPostgresql, kSqlite, kTsql };

// A set of dialects.
using SqlDialects = std::uint8_t;
constexpr SqlDialects In(SqlDialect dialect) { return static_cast<SqlDialects>(1u << static_cast<unsigned>(dialect)); }
inline constexpr SqlDialects kInMysql = In(SqlDialect::kMysql), kInPostgresql = In(SqlDialect::kPostgresql),
                             kInSqlite = In(SqlDialect::kSqlite), kInTsql = In(SqlDialect::kTsql),
                             kInStandard = In(SqlDialect::kStandard), kEverywhere = 31;

}  // namespace assay
