// What statements of SQL touch, in the places where it is easily overlooked.

#include "runners/graders/structure/sql_script.h"
#include "tests/testing/thread_time.h"

#include <gtest/gtest.h>

#include <chrono>

namespace assay {
namespace {

std::string Join(const std::vector<std::string>& texts, const char* between) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : between) + text;
  return out;
}

// "select::null::t; select::t::a", tables before columns; "error" and "wrong".
std::string Touched(const std::string& text, SqlDialect dialect = SqlDialect::kPostgresql) {
  const Result<SqlScript> script = ReadSql(text, dialect);
  if (!script) return script.error().code == ErrorCode::kUnimplemented ? "error" : "wrong";
  std::vector<std::string> all;
  for (const SqlTable& table : script->tables) {
    all.push_back(table.operation + "::" + (table.database.empty() ? "null" : table.database) + "::" + table.name);
  }
  for (const SqlColumn& column : script->columns) {
    all.push_back(column.operation + ":" + Join(column.tables, "|") + ":" + column.name);
  }
  return Join(all, " ");
}

TEST(SqlScript, NamesAreResolvedThroughAliasesAndQueries) {
  EXPECT_EQ(Touched("SELECT u.a FROM users u"), "select::null::users select:users:a");
  EXPECT_EQ(Touched("SELECT x.b FROM (SELECT a AS b FROM t) x"), "select::null::t select:t:a");
  EXPECT_EQ(Touched("SELECT t.a FROM s AS t"), "select::null::s select:s:a");
  EXPECT_EQ(Touched("SELECT a FROM t, s"), "select::null::s select::null::t select:s|t:a");
  EXPECT_EQ(Touched("SELECT db.t.a FROM db.t"), "select::db::t select:t:a");
  EXPECT_EQ(Touched("SELECT a AS b FROM t ORDER BY b, c"), "select::null::t select:t:a select:t:c");
  EXPECT_EQ(Touched("SELECT a AS b FROM t ORDER BY b || 'x'"), "select::null::t select:t:a select:t:b");
  EXPECT_EQ(Touched("SELECT a AS b FROM t ORDER BY b + 1", SqlDialect::kMysql), "select::null::t select:t:a");
  EXPECT_EQ(Touched("SELECT T.A FROM \"T\" AS \"T\""), "select::null::T select:t:a");  // no such table is in sight
}

TEST(SqlScript, OuterQueriesAreInSightOfInnerOnes) {
  EXPECT_EQ(Touched("SELECT (SELECT secret) FROM users"), "select::null::users select:users:secret");
  EXPECT_EQ(Touched("SELECT (SELECT secret FROM d) FROM users"),
            "select::null::d select::null::users select:d|users:secret");
  EXPECT_EQ(Touched("SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.id = t.id)"),
            "select::null::s select::null::t select:s:id select:t:id");
  // A query in FROM sees its neighbours with LATERAL only.
  EXPECT_EQ(Touched("SELECT d.a FROM users, (SELECT a FROM t) d"), "select::null::t select::null::users select:t:a");
  EXPECT_EQ(Touched("SELECT d.a FROM users, LATERAL (SELECT a FROM t) d"),
            "select::null::t select::null::users select:t|users:a");
}

TEST(SqlScript, NamesOfWithHideTablesOnlyWhereTheyAreKnown) {
  EXPECT_EQ(Touched("WITH users AS (SELECT a FROM t) SELECT a FROM users"), "select::null::t select:t:a");
  EXPECT_EQ(Touched("WITH users AS (SELECT a FROM users) SELECT a FROM users"), "select::null::users select:users:a");
  EXPECT_EQ(Touched("WITH x AS (SELECT a FROM y), y AS (SELECT a FROM t) SELECT a FROM x"),
            "select::null::t select::null::y select:t:a select:y:a");
  EXPECT_EQ(Touched("WITH RECURSIVE r AS (SELECT a FROM t UNION ALL SELECT a FROM r) SELECT a FROM r"),
            "select::null::t select:t:a");
  EXPECT_EQ(Touched("SELECT * FROM (WITH x AS (SELECT 1 AS a) SELECT a FROM x) d, x"), "select::null::x select:x:(.*)");
  EXPECT_EQ(Touched("WITH x AS (SELECT 1 AS a) SELECT a FROM public.x"), "select::public::x select:x:a");
  EXPECT_EQ(Touched("WITH d AS (DELETE FROM t RETURNING a) SELECT a FROM d"), "delete::null::t select:t:a");
}

TEST(SqlScript, FunctionsThatGiveTablesAreNamed) {
  EXPECT_EQ(Touched("SELECT * FROM pg_read_file('x') AS f"), "select::null::pg_read_file()");
  EXPECT_EQ(Touched("SELECT row_to_json(u) FROM users u"), "select::null::users select:users:u");
}

TEST(SqlScript, WritesAreToldFromReads) {
  EXPECT_EQ(
      Touched(
          "INSERT INTO t (a) SELECT b FROM s ON CONFLICT (a) DO UPDATE SET a = excluded.a WHERE t.c > 1 RETURNING d"),
      "insert::null::t select::null::s update::null::t insert:t:a select:t:a select:s:b select:t:c select:t:d "
      "update:t:a");
  EXPECT_EQ(Touched("UPDATE t SET a = s.b FROM s WHERE s.id = t.id"),
            "select::null::s update::null::t select:s:b select:s:id select:t:id update:t:a");
  EXPECT_EQ(Touched("DELETE FROM t USING s WHERE s.id = t.id"),
            "delete::null::t select::null::s select:s:id select:t:id");
  EXPECT_EQ(Touched("INSERT INTO t VALUES (1)"), "insert::null::t insert:t:(.*)");
  EXPECT_EQ(Touched("UPDATE a, b SET a.x = b.y", SqlDialect::kMysql),
            "select::null::a select::null::b update::null::a update::null::b select:b:y update:a:x");
}

TEST(SqlScript, TextsAreReadAsTheDialectReadsThem) {
  EXPECT_EQ(Touched("SELECT 'a\\' FROM t"), "select::null::t");
  EXPECT_EQ(Touched("SELECT 'a\\' FROM t", SqlDialect::kMysql), "wrong");
  EXPECT_EQ(Touched("SELECT 'a\\', secret, '' FROM t", SqlDialect::kMysql), "wrong");
  EXPECT_EQ(Touched("SELECT E'a\\'' FROM t"), "select::null::t");
  EXPECT_EQ(Touched("SELECT $a$ ' $b$ \" $a$ FROM t"), "select::null::t");
  EXPECT_EQ(Touched("SELECT 1 /* /* */ FROM t */"), "");
  EXPECT_EQ(Touched("SELECT 1 /* /* */ FROM t", SqlDialect::kSqlite), "select::null::t");
  EXPECT_EQ(Touched("SELECT 5--3\nFROM t"), "select::null::t");
  EXPECT_EQ(Touched("SELECT 5--3 FROM t", SqlDialect::kMysql), "select::null::t");
  EXPECT_EQ(Touched("SELECT \"a\" FROM t", SqlDialect::kMysql), "select::null::t");
  EXPECT_EQ(Touched("SELECT 1 /*!, secret */ FROM t", SqlDialect::kMysql), "error");
}

TEST(SqlScript, WhatIsNotReadIsNoPass) {
  for (const char* text :
       {"GRANT ALL ON t TO u", "MERGE INTO t USING s ON 1 = 1", "SET x = 1", "CALL f()", "COPY t TO 'f'",
        "CREATE FUNCTION f() RETURNS int", "ALTER TABLE t ALTER COLUMN a TYPE int"}) {
    EXPECT_EQ(Touched(text), "error") << text;
  }
  EXPECT_EQ(Touched("SELECT a INTO OUTFILE 'x' FROM t", SqlDialect::kMysql), "error");
  EXPECT_EQ(Touched("SELECT * FROM t PIVOT (a)"), "error");
  EXPECT_EQ(Touched(std::string(300, '(') + "SELECT 1" + std::string(300, ')')), "error");
  EXPECT_EQ(Touched("SELECT " + std::string(300, '(') + "1" + std::string(300, ')')), "error");
  EXPECT_EQ(Touched(std::string(kMaxSqlText + 1, ' ')), "error");
}

TEST(SqlScript, TakesLinearTime) {
  const auto begin = ThreadTime::now();
  for (const std::string piece : {"(", "SELECT ", "a,", "a.", "'", "\"", "/*", "--", "$a$", "a AND ", "CASE WHEN ",
                                  "NOT ", "- ", "WITH a AS (", "[", "1;", "SELECT a FROM t;"}) {
    std::string text = "SELECT ";
    while (text.size() < kMaxSqlText / 2) text += piece;
    for (const SqlDialect dialect : {SqlDialect::kMysql, SqlDialect::kPostgresql, SqlDialect::kTsql})
      Touched(text, dialect);
  }
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace assay
