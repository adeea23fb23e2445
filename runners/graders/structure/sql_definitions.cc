// Statements that define and drop.

#include "runners/graders/structure/sql_parser.h"

namespace assay {

bool SqlParser::Create(const SqlScope* parent) {
  script_.operations.insert("create");
  const bool is_replacing = AcceptAll({"OR", "REPLACE"});
  const bool is_temporary = AcceptAny({"TEMPORARY", "TEMP"});
  if (!is_replacing && Accept("TABLE")) return CreateTable(parent);
  if (Accept("VIEW")) {
    AcceptAll({"IF", "NOT", "EXISTS"});
    Name name;
    if (!QualifiedName(name)) return false;
    AddTable("create", name);
    if (SeesSymbol("(") && !NameList()) return false;
    QueryResult result;
    return Expect("AS") && Query(result, parent);
  }
  if (is_temporary || is_replacing) return NotRead("CREATE of this");
  if (Sees("INDEX") || (Sees("UNIQUE") && IsWord(After(1), "INDEX"))) return CreateIndex();
  if (SeesAny({"DATABASE",  "SCHEMA",   "FUNCTION", "PROCEDURE", "PROC",         "TRIGGER",     "USER",
               "ROLE",      "LOGIN",    "TYPE",     "DOMAIN",    "SEQUENCE",     "EXTENSION",   "MATERIALIZED",
               "VIRTUAL",   "EVENT",    "POLICY",   "RULE",      "SERVER",       "PUBLICATION", "SUBSCRIPTION",
               "AGGREGATE", "OPERATOR", "CAST",     "CLUSTERED", "NONCLUSTERED", "FULLTEXT",    "SPATIAL",
               "FOREIGN",   "UNLOGGED", "DEFINER",  "ALGORITHM"})) {
    return NotRead("CREATE " + std::string(Now().text));
  }
  return Unexpected();
}

bool SqlParser::CreateTable(const SqlScope* parent) {
  AcceptAll({"IF", "NOT", "EXISTS"});
  if (!Target("create", parent, false)) return false;
  if (Accept("AS")) {
    QueryResult result;
    return Query(result, parent);
  }
  if (SeesAny({"LIKE", "PARTITION", "OF"})) return NotRead("this CREATE TABLE");
  if (!InParentheses([&] { return CommaSeparated([&] { return TableElement(); }); })) return false;
  return TableOptions();
}

bool SqlParser::TableOptions() {
  if (Is(kInSqlite)) {
    while (AcceptAll({"WITHOUT", "ROWID"}) || Accept("STRICT") || AcceptSymbol(",")) {
    }
  }
  while (Is(kInMysql) && Now().kind == SqlTokenKind::kWord) {
    if (SeesAny({"PARTITION", "SELECT", "AS", "UNION"})) return NotRead("this option of CREATE TABLE");
    // ENGINE = InnoDB DEFAULT CHARSET = utf8mb4
    Accept("DEFAULT");
    if (!AcceptAll({"CHARACTER", "SET"}) &&
        !AcceptAny({"ENGINE", "CHARSET", "COLLATE", "COMMENT", "AUTO_INCREMENT", "ROW_FORMAT"})) {
      return Unexpected();
    }
    AcceptSymbol("=");
    if (!AcceptKind(SqlTokenKind::kWord) && !AcceptKind(SqlTokenKind::kText) && !AcceptKind(SqlTokenKind::kNumber)) {
      return Unexpected();
    }
    AcceptSymbol(",");
  }
  if (Now().kind == SqlTokenKind::kWord && !SeesSymbol(";")) return NotRead("this option of CREATE TABLE");
  return true;
}

bool SqlParser::TableElement() {
  bool is_found = false;
  if (!TableConstraint(is_found)) return false;
  return is_found || ColumnDefinition();
}

bool SqlParser::TableConstraint(bool& is_found) {
  is_found = true;
  std::string name;
  const bool is_named = Accept("CONSTRAINT");
  if (is_named && !SeesAny({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"}) && !OneName(name)) return false;
  // A column of a key may have a length or an order.
  const auto keys = [&] { return InParentheses([&] { return OrderItems(); }); };
  if (AcceptAll({"PRIMARY", "KEY"})) {
    if (Is(kInTsql)) AcceptAny({"CLUSTERED", "NONCLUSTERED"});
    return keys();
  }
  if (Accept("UNIQUE")) {
    if (Is(kInMysql)) AcceptAny({"KEY", "INDEX"});
    if (Is(kInTsql)) AcceptAny({"CLUSTERED", "NONCLUSTERED"});
    if (Is(kInMysql) && !SeesSymbol("(") && !OneName(name)) return false;
    return keys();
  }
  if (AcceptAll({"FOREIGN", "KEY"})) {
    if (Is(kInMysql) && !SeesSymbol("(") && !OneName(name)) return false;
    return NameList() && ForeignReference();
  }
  if (Accept("CHECK")) {
    return InParentheses([&] { return Expression(); });
  }
  if (Is(kInMysql) && AcceptAny({"KEY", "INDEX"})) {
    if (!SeesSymbol("(") && !OneName(name)) return false;
    return keys();
  }
  if (Is(kInMysql) && SeesAny({"FULLTEXT", "SPATIAL"})) return NotRead(std::string(Now().text));
  is_found = false;
  return !is_named || Unexpected();
}

bool SqlParser::ForeignReference() {
  Name name;
  if (!Expect("REFERENCES") || !QualifiedName(name)) return false;
  AddTable("select", name);
  if (SeesSymbol("(") && !NameList()) return false;
  for (;;) {
    if (Accept("ON")) {
      if (!AcceptAny({"DELETE", "UPDATE"})) return Unexpected();
      if (!AcceptAny({"CASCADE", "RESTRICT"}) && !AcceptAll({"SET", "NULL"}) && !AcceptAll({"SET", "DEFAULT"}) &&
          !AcceptAll({"NO", "ACTION"})) {
        return Unexpected();
      }
    } else if (!AcceptAll({"NOT", "DEFERRABLE"}) && !Accept("DEFERRABLE") && !AcceptAll({"INITIALLY", "DEFERRED"}) &&
               !AcceptAll({"INITIALLY", "IMMEDIATE"})) {
      return true;
    }
  }
}

bool SqlParser::ColumnDefinition() {
  std::string name;
  if (!OneName(name)) return false;
  // In SQLite a column needs no type.
  const bool has_no_type = Is(kInSqlite) && (SeesSymbol(",") || SeesSymbol(")") || IsReserved(Now()));
  if (!has_no_type && Is(kInMysql) && SeesAny({"ENUM", "SET"})) {
    ++at_;
    if (!InParentheses(
            [&] { return CommaSeparated([&] { return AcceptKind(SqlTokenKind::kText) || Unexpected(); }); })) {
      return false;
    }
  } else if (!has_no_type && !TypeName()) {
    return false;
  }
  for (bool is_found = true; is_found;) {
    if (!ColumnConstraint(is_found)) return false;
  }
  return true;
}

bool SqlParser::ColumnConstraint(bool& is_found) {
  is_found = true;
  std::string name;
  if (Accept("CONSTRAINT") && !OneName(name)) return false;
  if (AcceptAll({"NOT", "NULL"}) || Accept("NULL")) return true;
  if (AcceptAll({"PRIMARY", "KEY"})) {
    AcceptAny({"ASC", "DESC"});
    if (Is(kInSqlite)) Accept("AUTOINCREMENT");
    if (Is(kInTsql)) AcceptAny({"CLUSTERED", "NONCLUSTERED"});
    return true;
  }
  if (Accept("UNIQUE")) {
    if (Is(kInMysql)) Accept("KEY");
    return true;
  }
  if (Accept("DEFAULT")) return DefaultValue();
  if (Accept("CHECK")) {
    return InParentheses([&] { return Expression(); });
  }
  if (Sees("REFERENCES")) return ForeignReference();
  if (Accept("COLLATE")) return OneName(name);
  if (Is(kInMysql) && Accept("AUTO_INCREMENT")) return true;
  if (Is(kInMysql) && Accept("COMMENT")) return AcceptKind(SqlTokenKind::kText) || Unexpected();
  if (Is(kInMysql) && AcceptAll({"ON", "UPDATE"})) return DefaultValue();
  if (Is(kInTsql) && Accept("IDENTITY")) return !SeesSymbol("(") || Parenthesised();
  if (AcceptAll({"GENERATED", "ALWAYS", "AS"}) || AcceptAll({"GENERATED", "BY", "DEFAULT", "AS"})) {
    if (Accept("IDENTITY")) return !SeesSymbol("(") || NotRead("an identity with options");
    if (!InParentheses([&] { return Expression(); })) return false;
    AcceptAny({"STORED", "VIRTUAL"});
    return true;
  }
  is_found = false;
  return true;
}

bool SqlParser::DefaultValue() { return Operand() && (!Is(kInPostgresql) || !AcceptSymbol("::") || TypeName()); }

bool SqlParser::CreateIndex() {
  Accept("UNIQUE");
  if (!Expect("INDEX")) return false;
  if (Is(kInPostgresql)) Accept("CONCURRENTLY");
  AcceptAll({"IF", "NOT", "EXISTS"});
  Name index;
  if (!(Is(kInPostgresql) && Sees("ON")) && !QualifiedName(index)) return false;
  if (!Expect("ON") || !Target("create", nullptr, false)) return false;
  std::string method;
  if (Is(kInPostgresql) && Accept("USING") && !OneName(method)) return false;
  if (!InParentheses([&] { return OrderItems(); })) return false;
  return !Accept("WHERE") || Expression();
}

bool SqlParser::Drop() {
  script_.operations.insert("drop");
  if (Sees("INDEX")) return NotRead("DROP INDEX");
  if (!AcceptAny({"TABLE", "VIEW"})) {
    return SeesAny({"DATABASE", "SCHEMA", "FUNCTION", "PROCEDURE", "TRIGGER", "USER", "ROLE", "TYPE", "SEQUENCE",
                    "EXTENSION", "MATERIALIZED", "TEMPORARY"})
               ? NotRead("DROP " + std::string(Now().text))
               : Unexpected();
  }
  AcceptAll({"IF", "EXISTS"});
  if (!CommaSeparated([&] {
        Name name;
        if (!QualifiedName(name)) return false;
        AddTable("drop", name);
        return true;
      })) {
    return false;
  }
  AcceptAny({"CASCADE", "RESTRICT"});
  return true;
}

bool SqlParser::Truncate() {
  script_.operations.insert("truncate");
  if (Is(kInSqlite)) {
    --at_;
    return Unexpected();
  }
  Accept("TABLE");
  if (!CommaSeparated([&] {
        Name name;
        if (!QualifiedName(name)) return false;
        AddTable("truncate", name);
        return true;
      })) {
    return false;
  }
  if (Is(kInPostgresql) && !AcceptAll({"RESTART", "IDENTITY"})) AcceptAll({"CONTINUE", "IDENTITY"});
  if (Is(kInPostgresql)) AcceptAny({"CASCADE", "RESTRICT"});
  return true;
}

bool SqlParser::Alter() {
  script_.operations.insert("alter");
  if (!Accept("TABLE")) return NotRead("ALTER of this");
  AcceptAll({"IF", "EXISTS"});
  if (Is(kInPostgresql)) Accept("ONLY");
  return Target("alter", nullptr, false) && CommaSeparated([&] { return AlterAction(); });
}

bool SqlParser::AlterAction() {
  std::string name;
  if (Accept("ADD")) {
    if (Accept("COLUMN")) {
      AcceptAll({"IF", "NOT", "EXISTS"});
      return ColumnDefinition();
    }
    return TableElement();
  }
  if (Accept("DROP")) {
    if (Accept("CONSTRAINT")) return OneName(name);
    if (SeesAny({"PRIMARY", "INDEX", "KEY", "FOREIGN", "PARTITION"})) return NotRead("DROP " + std::string(Now().text));
    Accept("COLUMN");
    AcceptAll({"IF", "EXISTS"});
    if (!OneName(name)) return false;
    AcceptAny({"CASCADE", "RESTRICT"});
    return true;
  }
  if (Accept("RENAME")) {
    if (Accept("TO")) {
      Name renamed;
      if (!QualifiedName(renamed)) return false;
      AddTable("alter", renamed);
      return true;
    }
    Accept("COLUMN");
    return OneName(name) && Expect("TO") && OneName(name);
  }
  return NotRead("this ALTER TABLE");
}

}  // namespace assay
