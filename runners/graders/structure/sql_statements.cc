// Statements that change rows, and those that only wrap others.

#include <array>

#include "runners/graders/structure/sql_parser.h"

namespace assay {
namespace {

// Beginnings of statements that are known not to be read.
constexpr std::array<std::string_view, 46> kNotRead = {
    "ANALYZE", "ATTACH",     "BACKUP",  "CACHE",   "CALL",   "CHECKPOINT", "CLUSTER",  "COMMENT",
    "COPY",    "DEALLOCATE", "DECLARE", "DENY",    "DESC",   "DESCRIBE",   "DETACH",   "DISCARD",
    "DO",      "EXEC",       "EXECUTE", "FLUSH",   "GRANT",  "HANDLER",    "HELP",     "IMPORT",
    "INSTALL", "KILL",       "LISTEN",  "LOAD",    "LOCK",   "NOTIFY",     "OPTIMIZE", "PRAGMA",
    "PREPARE", "PRINT",      "REFRESH", "REINDEX", "RENAME", "REPAIR",     "RESET",    "REVOKE",
    "SET",     "SHOW",       "UNLOCK",  "USE",     "VACUUM", "IF"};

}  // namespace

bool SqlParser::Statement(const SqlScope* parent) {
  const InScope in(*this, nullptr);
  if (SeesQuery() && !Sees("WITH")) {
    QueryResult result;
    script_.operations.insert("select");
    return Query(result, parent);
  }
  if (Sees("WITH")) {
    if (!With(parent)) return false;
    const bool is_query = SeesQuery();
    QueryResult result;
    if (is_query) script_.operations.insert("select");
    const bool is_read = is_query ? Query(result, parent) : SeesChange() ? Statement(parent) : Unexpected();
    with_.pop_back();
    return is_read;
  }
  if (SeesAny({"INSERT", "REPLACE"})) return Insert(parent);
  if (Accept("UPDATE")) return Update(parent);
  if (Accept("DELETE")) return Delete(parent);
  if (Accept("CREATE")) return Create(parent);
  if (Accept("DROP")) return Drop();
  if (Accept("ALTER")) return Alter();
  if (Accept("TRUNCATE")) return Truncate();
  if (Accept("EXPLAIN")) return Explain(parent);
  if (Sees("MERGE")) return NotRead("MERGE");
  if (SeesAny({"BEGIN", "COMMIT", "ROLLBACK", "START", "END", "SAVEPOINT", "RELEASE"})) {
    const bool is_whole = After(1).kind == SqlTokenKind::kEnd || After(1).text == ";" ||
                          IsWord(After(1), "TRANSACTION") || IsWord(After(1), "WORK");
    if (is_whole && !Sees("START")) {
      at_ += After(1).kind == SqlTokenKind::kWord ? 2 : 1;
      script_.operations.insert("transaction");
      return true;
    }
    if (AcceptAll({"START", "TRANSACTION"})) {
      script_.operations.insert("transaction");
      return true;
    }
    return NotRead(std::string(Now().text));
  }
  for (const std::string_view word : kNotRead) {
    if (Sees(word)) return NotRead(std::string(word));
  }
  return Unexpected();
}

bool SqlParser::SeesChange() const { return SeesAny({"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"}); }

bool SqlParser::Explain(const SqlScope* parent) {
  if (Is(kInSqlite)) AcceptAll({"QUERY", "PLAN"});
  if (Is(kInPostgresql | kInMysql)) Accept("ANALYZE");
  if (Is(kInPostgresql)) Accept("VERBOSE");
  if (SeesSymbol("(") && !SeesQuery()) return NotRead("EXPLAIN with options");
  return SeesQuery() || SeesChange() ? Statement(parent) : Unexpected();
}

bool SqlParser::Insert(const SqlScope* parent) {
  std::string operation = "insert";
  if (Sees("REPLACE")) {
    if (!Is(kInMysql | kInSqlite)) return Unexpected();
    operation = "replace";
  }
  ++at_;
  if (Is(kInMysql)) AcceptAny({"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"});
  if (Is(kInMysql)) Accept("IGNORE");
  if (Is(kInSqlite) && Accept("OR")) {
    if (Sees("REPLACE")) operation = "replace";
    if (!AcceptAny({"REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK"})) return Unexpected();
  }
  if (!Accept("INTO") && !Is(kInMysql | kInTsql)) return Unexpected();
  script_.operations.insert(operation);
  if (!Target(operation, parent, false)) return false;
  if (Is(kInPostgresql | kInSqlite) && Accept("AS") && !OneName(scope_->sources.front().alias)) return false;
  const std::string table = scope_->sources.front().table;
  // Columns in parentheses, or a query in parentheses.
  if (SeesSymbol("(") && !SeesQuery()) {
    std::vector<std::string> columns;
    if (!NameList(&columns)) return false;
    for (const std::string& column : columns) script_.columns.insert({operation, column, {table}, true});
  } else if (!Sees("SET")) {
    script_.columns.insert({operation, "(.*)", {table}, true});
  }
  if (Is(kInPostgresql) && Accept("OVERRIDING") && !AcceptAll({"SYSTEM", "VALUE"}) && !AcceptAll({"USER", "VALUE"})) {
    return Unexpected();
  }
  if (Is(kInTsql) && Accept("OUTPUT")) return NotRead("OUTPUT");
  if (AcceptAll({"DEFAULT", "VALUES"})) return InsertEnd();
  if (Is(kInMysql) && Accept("SET")) return Assignments(operation, true) && InsertEnd();
  if (Is(kInMysql) && Sees("VALUE")) return NotRead("VALUE");
  if (!SeesQuery()) return Unexpected();
  if (Sees("VALUES")) {
    if (!Values()) return false;
  } else {
    QueryResult result;
    SqlScope* target = scope_;
    if (!Query(result, parent)) return false;
    scope_ = target;
  }
  return InsertEnd();
}

bool SqlParser::InsertEnd() {
  if (Is(kInMysql) && Accept("AS")) {
    std::string row;
    if (!OneName(row)) return false;
    scope_->sources.push_back({row, "", "", SqlOutput{{}, true}});
  }
  if (Is(kInMysql) && AcceptAll({"ON", "DUPLICATE", "KEY", "UPDATE"})) {
    script_.operations.insert("update");
    return Assignments("update", true);
  }
  if (Is(kInPostgresql | kInSqlite) && AcceptAll({"ON", "CONFLICT"})) {
    scope_->sources.push_back({"excluded", "", "", SqlOutput{{}, true}});
    if (SeesSymbol("(") && !Parenthesised()) return false;
    if (Is(kInPostgresql) && AcceptAll({"ON", "CONSTRAINT"})) {
      std::string name;
      if (!OneName(name)) return false;
    }
    if (Accept("WHERE") && !Expression()) return false;
    if (!Expect("DO")) return false;
    if (!Accept("NOTHING")) {
      if (!Expect("UPDATE") || !Expect("SET")) return false;
      script_.operations.insert("update");
      const SqlSource target = scope_->sources.front();
      script_.tables.insert({"update", target.database, target.table});
      if (!Assignments("update", true)) return false;
      if (Accept("WHERE") && !Expression()) return false;
    }
  }
  return Returning();
}

bool SqlParser::Returning() {
  if (!Is(kInPostgresql | kInSqlite) || !Accept("RETURNING")) return true;
  SqlOutput output;
  return CommaSeparated([&] { return SelectItem(output); });
}

// a = 1, b.c = DEFAULT, (d, e) = (1, 2)
bool SqlParser::Assignments(const std::string& operation, bool is_only_target) {
  const auto assigned = [&](const Name& name) {
    if (is_only_target && name.parts.size() == 1) {
      script_.columns.insert({operation, name.last(), {scope_->sources.front().table}, true});
    } else {
      AddReference(name, operation);
    }
  };
  return CommaSeparated([&] {
    if (SeesSymbol("(")) {
      std::vector<std::string> columns;
      if (!NameList(&columns)) return false;
      for (const std::string& column : columns) assigned(Name{{column}});
      if (!ExpectSymbol("=")) return false;
      if (Is(kInPostgresql)) Accept("ROW");
      return Parenthesised();
    }
    Name name;
    if (!QualifiedName(name)) return false;
    assigned(name);
    if (!AcceptSymbol("=") && !(Is(kInMysql) && AcceptSymbol(":="))) return Unexpected();
    return Accept("DEFAULT") || Expression();
  });
}

bool SqlParser::Update(const SqlScope* parent) {
  script_.operations.insert("update");
  if (Is(kInMysql)) {
    Accept("LOW_PRIORITY");
    Accept("IGNORE");
  }
  if (Is(kInSqlite) && Accept("OR") && !AcceptAny({"REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK"}))
    return Unexpected();
  if (Is(kInPostgresql)) Accept("ONLY");
  if (Is(kInMysql)) {
    // Any number of tables; which of them is changed, the assignments say.
    scope_ = &scopes_.Open(parent);
    const std::set<SqlTable> before = script_.tables;
    if (!From() || !Expect("SET")) return false;
    for (const SqlSource& source : scope_->sources) {
      if (source.output) continue;
      if (scope_->sources.size() == 1 && !before.contains({"select", source.database, source.table})) {
        script_.tables.erase({"select", source.database, source.table});
      }
      script_.tables.insert({"update", source.database, source.table});
    }
    if (scope_->sources.empty()) return Unexpected();
    if (!Assignments("update", scope_->sources.size() == 1)) return false;
  } else {
    if (!Target("update", parent, !Is(kInSqlite) || IsWord(After(1), "AS")) || !Expect("SET") ||
        !Assignments("update", true))
      return false;
    if (Accept("FROM") && !From()) return false;
  }
  if (Is(kInTsql) && Sees("OUTPUT")) return NotRead("OUTPUT");
  if (Accept("WHERE") && !Expression()) return false;
  if (Is(kInMysql | kInSqlite) && AcceptAll({"ORDER", "BY"}) && !OrderItems()) return false;
  if (Is(kInMysql | kInSqlite) && Accept("LIMIT") && !Expression()) return false;
  return Returning();
}

bool SqlParser::Delete(const SqlScope* parent) {
  script_.operations.insert("delete");
  if (Is(kInMysql)) {
    while (AcceptAny({"LOW_PRIORITY", "QUICK", "IGNORE"})) {
    }
  }
  if (!Accept("FROM")) {
    // MySQL: DELETE a, b FROM …, which says elsewhere what a is.
    if (Is(kInMysql) && SeesName() && (After(1).text == "," || After(1).text == "." || IsWord(After(1), "FROM"))) {
      return NotRead("DELETE of several tables");
    }
    if (!Is(kInTsql)) return Unexpected();
  }
  if (Is(kInPostgresql)) Accept("ONLY");
  if (!Target("delete", parent, !Is(kInSqlite) || IsWord(After(1), "AS"))) return false;
  if (Is(kInMysql) && (SeesSymbol(",") || SeesSymbol("."))) return NotRead("DELETE of several tables");
  if (Is(kInPostgresql) && Accept("USING") && !From()) return false;
  if (Is(kInMysql) && Sees("USING")) return NotRead("DELETE of several tables");
  if (Is(kInTsql) && Accept("FROM") && !From()) return false;
  if (Is(kInTsql) && Sees("OUTPUT")) return NotRead("OUTPUT");
  if (Accept("WHERE") && !Expression()) return false;
  if (Is(kInMysql | kInSqlite) && AcceptAll({"ORDER", "BY"}) && !OrderItems()) return false;
  if (Is(kInMysql | kInSqlite) && Accept("LIMIT") && !Expression()) return false;
  return Returning();
}

}  // namespace assay
