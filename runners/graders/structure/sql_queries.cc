// SELECT and what it is made of.

#include "runners/graders/structure/sql_parser.h"

namespace assay {

// [WITH …] term {UNION term} [ORDER BY …] [LIMIT …]
bool SqlParser::Query(QueryResult& out, const SqlScope* parent) {
  const Deeper deeper(*this);
  if (IsTooDeep()) return false;
  const bool has_with = Sees("WITH");
  if (has_with && !With(parent)) return false;
  bool is_read = QueryTerm(out, parent);
  while (is_read && SeesAny({"UNION", "INTERSECT", "EXCEPT"})) {
    ++at_;
    AcceptAny({"ALL", "DISTINCT"});
    QueryResult other;
    is_read = QueryTerm(other, parent);
  }
  is_read = is_read && QueryEnd(out.scope);
  if (has_with) with_.pop_back();
  return is_read;
}

bool SqlParser::QueryTerm(QueryResult& out, const SqlScope* parent) {
  if (SeesSymbol("(") && !Is(kInSqlite)) {
    return InParentheses([&] { return Query(out, parent); });
  }
  if (Sees("VALUES")) return Values();
  if (Is(kInPostgresql | kInMysql) && Accept("TABLE")) {
    const InScope in(*this, nullptr);
    if (!Target("select", parent, false)) return false;
    out.scope = scope_;
    out.output.has_others = true;
    AddReference(Name{}, "select", true);
    return true;
  }
  if (!Sees("SELECT")) return Unexpected();
  return Select(out, parent);
}

bool SqlParser::QueryEnd(SqlScope* scope) {
  SqlScope& end = scope != nullptr ? *scope : scopes_.Open(scope_);
  const InScope in(*this, &end);
  if (AcceptAll({"ORDER", "BY"})) {
    is_order_by_ = true;
    const bool is_read = OrderItems();
    is_order_by_ = false;
    if (!is_read) return false;
  }
  return LimitClause() && LockingClause();
}

bool SqlParser::LimitClause() {
  for (;;) {
    if (!Is(kInTsql) && Accept("LIMIT")) {
      if (Is(kInPostgresql) && Accept("ALL")) continue;
      if (!Expression()) return false;
      if (Is(kInMysql | kInSqlite) && AcceptSymbol(",") && !Expression()) return false;
    } else if (Accept("OFFSET")) {
      if (!Expression()) return false;
      AcceptAny({"ROW", "ROWS"});
    } else if (!Is(kInMysql | kInSqlite) && Accept("FETCH")) {
      if (!AcceptAny({"FIRST", "NEXT"})) return Unexpected();
      if (!SeesAny({"ROW", "ROWS"}) && !Operand()) return false;
      if (!AcceptAny({"ROW", "ROWS"})) return Unexpected();
      if (!Accept("ONLY") && !AcceptAll({"WITH", "TIES"})) return Unexpected();
    } else {
      return true;
    }
  }
}

bool SqlParser::LockingClause() {
  if (Is(kInMysql) && AcceptAll({"LOCK", "IN", "SHARE", "MODE"})) return true;
  if (Is(kInTsql | kInSqlite)) return true;
  while (Accept("FOR")) {
    if (!AcceptAny({"UPDATE", "SHARE"}) &&
        !(Is(kInPostgresql) && (AcceptAll({"NO", "KEY", "UPDATE"}) || AcceptAll({"KEY", "SHARE"})))) {
      return Unexpected();
    }
    if (Accept("OF")) {
      std::string name;
      if (!CommaSeparated([&] { return OneName(name); })) return false;
    }
    if (!Accept("NOWAIT")) AcceptAll({"SKIP", "LOCKED"});
  }
  return true;
}

bool SqlParser::Values() {
  if (!Expect("VALUES")) return false;
  SqlScope& scope = scopes_.Open(scope_);
  const InScope in(*this, &scope);
  return CommaSeparated([&] {
    if (Is(kInMysql)) Accept("ROW");
    return InParentheses([&] { return CommaSeparated([&] { return Accept("DEFAULT") || Expression(); }); });
  });
}

bool SqlParser::Select(QueryResult& out, const SqlScope* parent) {
  if (!Expect("SELECT")) return false;
  SqlScope& scope = scopes_.Open(parent);
  const InScope in(*this, &scope);
  out.scope = &scope;
  if (!SelectModifiers()) return false;
  if (!CommaSeparated([&] { return SelectItem(scope.output); })) return false;
  out.output = scope.output;
  if (Sees("INTO")) {
    if (!Is(kInPostgresql | kInTsql)) return NotRead("SELECT INTO");
    ++at_;
    if (Is(kInPostgresql)) AcceptAny({"TEMPORARY", "TEMP", "UNLOGGED"});
    if (Is(kInPostgresql)) Accept("TABLE");
    Name name;
    if (!QualifiedName(name)) return false;
    AddTable("create", name);
    script_.operations.insert("create");
  }
  if (Accept("FROM") && !From()) return false;
  if (Accept("WHERE") && !Expression()) return false;
  if (AcceptAll({"GROUP", "BY"}) && !GroupBy()) return false;
  if (Accept("HAVING") && !Expression()) return false;
  return !Sees("WINDOW") || WindowClause();
}

bool SqlParser::SelectModifiers() {
  if (Accept("DISTINCT") && Is(kInPostgresql) && Accept("ON")) {
    return InParentheses([&] { return ExpressionList(); });
  }
  Accept("ALL");
  if (Is(kInTsql) && Accept("TOP")) {
    if (SeesSymbol("(")
            ? !Parenthesised()
            : !AcceptKind(SqlTokenKind::kNumber) && !AcceptKind(SqlTokenKind::kParameter) && !Unexpected()) {
      return false;
    }
    Accept("PERCENT");
    AcceptAll({"WITH", "TIES"});
  }
  while (Is(kInMysql) &&
         AcceptAny({"DISTINCTROW", "HIGH_PRIORITY", "STRAIGHT_JOIN", "SQL_SMALL_RESULT", "SQL_BIG_RESULT",
                    "SQL_BUFFER_RESULT", "SQL_CACHE", "SQL_NO_CACHE", "SQL_CALC_FOUND_ROWS", "DISTINCT", "ALL"})) {
  }
  return true;
}

bool SqlParser::SelectItem(SqlOutput& output) {
  if (AcceptSymbol("*")) {
    output.has_others = true;
    AddReference(Name{}, "select", true);
    return true;
  }
  // a.b.*
  std::size_t parts = 0;
  while ((After(2 * parts).kind == SqlTokenKind::kWord || After(2 * parts).kind == SqlTokenKind::kQuotedName) &&
         After(2 * parts + 1).text == "." && parts < 4) {
    ++parts;
  }
  if (parts > 0 && !IsReserved(Now()) && After(2 * parts).text == "*" &&
      After(2 * parts).kind == SqlTokenKind::kSymbol) {
    Name name;
    for (std::size_t i = 0; i < parts; ++i) name.parts.push_back(After(2 * i).name);
    at_ += 2 * parts + 1;
    output.has_others = true;
    AddReference(name, "select", true);
    return true;
  }
  const std::size_t begin = at_;
  if (!Expression()) return false;
  const SqlToken& last = tokens_[at_ - 1];
  const bool is_column = (at_ - begin) % 2 == 1 &&
                         (last.kind == SqlTokenKind::kWord || last.kind == SqlTokenKind::kQuotedName) &&
                         (at_ - begin == 1 || tokens_[at_ - 2].text == ".");
  std::string alias;
  bool is_bare = false;
  if (!Alias(alias, is_bare, true)) return false;
  if (!alias.empty()) {
    output.names.insert(alias);
    script_.has_bare_alias = script_.has_bare_alias || (is_bare && is_column);
  } else if (is_column) {
    output.names.insert(last.name);
  } else {
    output.has_others = output.has_others || last.text == ")";  // what a function is called after
  }
  return true;
}

bool SqlParser::GroupBy() {
  if (Is(kInPostgresql) && (Accept("ALL") || Accept("DISTINCT"))) {
  }
  const auto item = [&] {
    if (SeesAny({"ROLLUP", "CUBE"}) && After(1).text == "(") {
      ++at_;
      return InParentheses([&] { return ExpressionList(); });
    }
    if (AcceptAll({"GROUPING", "SETS"})) {
      return InParentheses([&] {
        return CommaSeparated([&] {
          if (!SeesSymbol("(")) return Expression();
          return InParentheses([&] { return SeesSymbol(")") || ExpressionList(); });
        });
      });
    }
    return Expression();
  };
  if (!CommaSeparated(item)) return false;
  if (Is(kInMysql)) AcceptAll({"WITH", "ROLLUP"});
  return true;
}

bool SqlParser::WindowClause() {
  if (!Expect("WINDOW")) return false;
  return CommaSeparated([&] {
    std::string name;
    return OneName(name) && Expect("AS") && Window();
  });
}

// The names are known to the query behind, and each to those that follow it.
bool SqlParser::With(const SqlScope* parent) {
  if (!Expect("WITH")) return false;
  const bool is_recursive = Accept("RECURSIVE") || Is(kInSqlite | kInTsql);
  with_.emplace_back();
  const std::size_t frame = with_.size() - 1;
  const bool is_read = CommaSeparated([&] {
    std::string name;
    if (!OneName(name)) return false;
    const std::string key = SqlNameKey(name, dialect_);
    std::vector<std::string> columns;
    if (SeesSymbol("(") && !NameList(&columns)) return false;
    if (!Expect("AS")) return false;
    if (Is(kInPostgresql | kInSqlite) && !Accept("MATERIALIZED")) AcceptAll({"NOT", "MATERIALIZED"});
    // A name that refers to itself is that of a query; without RECURSIVE it is a table's.
    if (is_recursive) with_[frame][key] = SqlOutput{{columns.begin(), columns.end()}, true};
    SqlOutput output;
    if (!InParentheses([&] {
          if (SeesAny({"INSERT", "UPDATE", "DELETE", "MERGE"}) && Is(kInPostgresql)) {
            const InScope in(*this, scope_);
            output.has_others = true;
            return Statement(parent);
          }
          QueryResult result;
          if (!Query(result, parent)) return false;
          output = std::move(result.output);
          return true;
        })) {
      return false;
    }
    if (!columns.empty()) output = {{columns.begin(), columns.end()}, output.has_others};
    with_[frame][key] = std::move(output);
    return true;
  });
  if (!is_read) with_.pop_back();
  return is_read;
}

bool SqlParser::From() {
  return CommaSeparated([&] { return Joined(); });
}

bool SqlParser::Joined() {
  const Deeper deeper(*this);
  if (IsTooDeep() || !Source()) return false;
  for (;;) {
    bool is_found = false;
    bool needs_condition = false;
    if (!JoinWord(is_found, needs_condition)) return false;
    if (!is_found) return true;
    if (!Source()) return false;
    if (Accept("ON")) {
      if (!Expression()) return false;
    } else if (Accept("USING")) {
      std::vector<std::string> columns;
      if (!NameList(&columns)) return false;
      for (const std::string& column : columns) AddReference(Name{{column}}, "select");
    } else if (needs_condition) {
      return Unexpected();
    }
  }
}

bool SqlParser::JoinWord(bool& is_found, bool& needs_condition) {
  is_found = true;
  if (Is(kInMysql) && Accept("STRAIGHT_JOIN")) return true;
  if (Is(kInTsql) && (AcceptAll({"CROSS", "APPLY"}) || AcceptAll({"OUTER", "APPLY"}))) return true;
  const bool is_natural = Accept("NATURAL");
  if (Accept("CROSS")) return Expect("JOIN");
  const bool is_outer = AcceptAny({"LEFT", "RIGHT", "FULL"});
  if (is_outer) Accept("OUTER");
  const bool is_inner = !is_outer && Accept("INNER");
  if (Accept("JOIN")) {
    // MySQL and SQLite take a join without a condition for a product.
    needs_condition = !is_natural && (is_outer || !Is(kInMysql | kInSqlite));
    return true;
  }
  is_found = false;
  return !is_natural && !is_outer && !is_inner ? true : Unexpected();
}

bool SqlParser::Source() {
  const bool is_lateral = Is(kInPostgresql | kInMysql) && Accept("LATERAL");
  if (SeesSymbol("(")) {
    if (!SeesQuery()) {
      return InParentheses([&] { return Joined(); });
    }
    SqlSource source;
    QueryResult result;
    const SqlScope* outer = is_lateral || Is(kInTsql) ? scope_ : scope_->parent;
    if (!InParentheses([&] { return Query(result, outer); })) return false;
    source.output = std::move(result.output);
    return SourceEnd(std::move(source));
  }
  if (Is(kInPostgresql)) Accept("ONLY");
  Name name;
  if (!QualifiedName(name)) return false;
  SqlSource source{name.last(), name.Before(1), name.last(), std::nullopt};
  if (SeesSymbol("(")) {
    if (!CallArguments()) return false;
    if (Is(kInPostgresql) && AcceptAll({"WITH", "ORDINALITY"})) {
    }
    name.parts.back() += "()";
    AddTable("select", name);
    source.table.clear();
    source.output = SqlOutput{{}, true};
  } else if (const SqlOutput* output = WithOutput(name)) {
    source.table.clear();
    source.output = *output;
  } else {
    AddTable("select", name);
  }
  return SourceEnd(std::move(source));
}

// [AS] alias [(columns)] and hints
bool SqlParser::SourceEnd(SqlSource source) {
  if (Is(kInPostgresql)) AcceptSymbol("*");
  if (SeesAny({"TABLESAMPLE", "PIVOT", "UNPIVOT", "MATCH_RECOGNIZE", "PARTITION"}))
    return NotRead("this clause of FROM");
  std::string alias;
  bool is_bare = false;
  if (!Alias(alias, is_bare, false)) return false;
  if (!alias.empty()) source.alias = alias;
  if (!alias.empty() && SeesSymbol("(")) {
    std::vector<std::string> columns;
    if (!NameList(&columns)) return false;
    if (!source.output) {
      script_.has_renamed_columns = true;
    } else {
      source.output = SqlOutput{{columns.begin(), columns.end()}, source.output->has_others};
    }
  }
  scope_->sources.push_back(std::move(source));
  return TableHints();
}

bool SqlParser::TableHints() {
  if (Is(kInSqlite) && AcceptAll({"INDEXED", "BY"})) {
    std::string index;
    return OneName(index);
  }
  if (Is(kInTsql) && Sees("WITH") && After(1).text == "(") {
    ++at_;
    return NameList();
  }
  while (Is(kInMysql) && SeesAny({"USE", "IGNORE", "FORCE"}) &&
         (IsWord(After(1), "INDEX") || IsWord(After(1), "KEY"))) {
    at_ += 2;
    if (Accept("FOR") && !Accept("JOIN") && !AcceptAll({"ORDER", "BY"}) && !AcceptAll({"GROUP", "BY"}))
      return Unexpected();
    if (!InParentheses([&] {
          return SeesSymbol(")") || CommaSeparated([&] {
                   std::string index;
                   return Accept("PRIMARY") || OneName(index);
                 });
        })) {
      return false;
    }
  }
  return true;
}

}  // namespace assay
