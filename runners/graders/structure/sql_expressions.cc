// Expressions. Precedence says nothing of which columns there are, so operators are read from left to right.

#include <algorithm>
#include <array>

#include "runners/graders/structure/sql_parser.h"

namespace assay {
namespace {

struct DialectSymbol {
  std::string_view symbol;
  SqlDialects dialects;
};
constexpr DialectSymbol kBinarySymbols[] = {{"=", kEverywhere},
                                            {"<", kEverywhere},
                                            {">", kEverywhere},
                                            {"<=", kEverywhere},
                                            {">=", kEverywhere},
                                            {"<>", kEverywhere},
                                            {"!=", kEverywhere},
                                            {"+", kEverywhere},
                                            {"-", kEverywhere},
                                            {"*", kEverywhere},
                                            {"/", kEverywhere},
                                            {"%", kEverywhere},
                                            {"||", kEverywhere & ~kInTsql},
                                            {"<=>", kInMysql},
                                            {"&&", kInMysql | kInPostgresql},
                                            {"&", kEverywhere & ~kInStandard},
                                            {"|", kEverywhere & ~kInStandard},
                                            {"^", kInMysql | kInPostgresql | kInTsql},
                                            {"<<", kInMysql | kInPostgresql | kInSqlite},
                                            {">>", kInMysql | kInPostgresql | kInSqlite},
                                            {"->", kInMysql | kInPostgresql | kInSqlite},
                                            {"->>", kInMysql | kInPostgresql | kInSqlite},
                                            {"#>", kInPostgresql},
                                            {"#>>", kInPostgresql},
                                            {"@>", kInPostgresql},
                                            {"<@", kInPostgresql},
                                            {"?|", kInPostgresql},
                                            {"?&", kInPostgresql},
                                            {"~", kInPostgresql},
                                            {"~*", kInPostgresql},
                                            {"!~", kInPostgresql},
                                            {"!~*", kInPostgresql},
                                            {"~~", kInPostgresql},
                                            {"~~*", kInPostgresql},
                                            {"!~~", kInPostgresql},
                                            {"!~~*", kInPostgresql}};

// Words that are reserved but name a function where a parenthesis follows.
constexpr DialectSymbol kCallableWords[] = {{"LEFT", kEverywhere},
                                            {"RIGHT", kEverywhere},
                                            {"REPLACE", kEverywhere},
                                            {"IF", kInMysql},
                                            {"INSERT", kInMysql},
                                            {"VALUES", kInMysql},
                                            {"MOD", kInMysql},
                                            {"CURRENT_DATE", kEverywhere},
                                            {"CURRENT_TIME", kEverywhere},
                                            {"CURRENT_TIMESTAMP", kEverywhere},
                                            {"CURRENT_USER", kEverywhere},
                                            {"LIKE", kInSqlite},
                                            {"GLOB", kInSqlite}};

template <std::size_t N>
bool IsAmong(std::string_view text, const DialectSymbol (&table)[N], SqlDialect dialect) {
  return std::ranges::any_of(table, [&](const DialectSymbol& entry) {
    return (entry.dialects & In(dialect)) != 0 && IsSqlWord(text, entry.symbol);
  });
}

}  // namespace

bool SqlParser::Expression(bool ends_at_and) {
  const Deeper deeper(*this);
  if (IsTooDeep()) return false;
  bool is_logical = true;
  for (;;) {
    while (is_logical && (Accept("NOT") || (Is(kInMysql) && AcceptSymbol("!")))) {
    }
    if (!Operand()) return false;
    for (bool is_done = false; !is_done;) {
      if (!Predicate(is_done)) return false;
    }
    bool is_found = false;
    if (!BinaryOperator(is_found, is_logical, ends_at_and)) return false;
    if (!is_found) return true;
  }
}

bool SqlParser::ExpressionList() {
  return CommaSeparated([&] { return Expression(); });
}

bool SqlParser::BinaryOperator(bool& is_found, bool& is_logical, bool ends_at_and) {
  is_logical = false;
  is_found = true;
  if (Sees("AND") && ends_at_and) {
    is_found = false;
    return true;
  }
  if (AcceptAny({"AND", "OR"}) || (Is(kInMysql) && Accept("XOR"))) {
    is_logical = true;
    return true;
  }
  if (Now().kind == SqlTokenKind::kSymbol && IsAmong(Now().text, kBinarySymbols, dialect_)) {
    is_logical = Is(kInMysql) && (Now().text == "||" || Now().text == "&&");
    ++at_;
    return true;
  }
  if (Is(kInMysql) && AcceptAny({"DIV", "MOD"})) return true;
  // LIKE and its kin; NOT may stand before them.
  const std::size_t before = at_;
  Accept("NOT");
  if (Accept("LIKE") || Accept("ESCAPE") || (Is(kInPostgresql) && Accept("ILIKE")) ||
      (Is(kInPostgresql | kInStandard) && AcceptAll({"SIMILAR", "TO"})) ||
      (Is(kInMysql) && AcceptAny({"REGEXP", "RLIKE"})) || (Is(kInSqlite) && AcceptAny({"GLOB", "REGEXP", "MATCH"}))) {
    return true;
  }
  at_ = before;
  if (Is(kInPostgresql) && AcceptAll({"AT", "TIME", "ZONE"})) return true;
  is_found = false;
  return true;
}

// What may follow an operand and is whole without another.
bool SqlParser::Predicate(bool& is_done) {
  is_done = false;
  if (Accept("IS")) {
    Accept("NOT");
    if (AcceptAny({"NULL", "TRUE", "FALSE", "UNKNOWN"})) return true;
    if (Accept("DISTINCT")) return Expect("FROM") && Operand();
    if (Is(kInSqlite)) return Operand();
    return Unexpected();
  }
  if (Is(kInPostgresql | kInSqlite) && AcceptAny({"ISNULL", "NOTNULL"})) return true;
  const std::size_t before = at_;
  Accept("NOT");
  if (Accept("IN")) {
    return InParentheses([&] { return SeesQuery() ? Subquery() : ExpressionList(); });
  }
  if (Accept("BETWEEN")) {
    if (Is(kInPostgresql)) AcceptAny({"SYMMETRIC", "ASYMMETRIC"});
    // What follows AND goes on as the rest of this expression.
    return Expression(true) && Expect("AND") && Operand();
  }
  at_ = before;
  if (Accept("COLLATE")) {
    Name name;
    if (Now().kind == SqlTokenKind::kText) return AcceptKind(SqlTokenKind::kText);
    return QualifiedName(name);
  }
  if (Is(kInPostgresql) && AcceptSymbol("::")) return TypeName();
  if (Is(kInPostgresql) && AcceptSymbol("[")) {
    if (!SeesSymbol(":") && !Expression()) return false;
    if (AcceptSymbol(":") && !SeesSymbol("]") && !Expression()) return false;
    return ExpectSymbol("]");
  }
  is_done = true;
  return true;
}

bool SqlParser::Operand() {
  const Deeper deeper(*this);
  if (IsTooDeep()) return false;
  while (AcceptSymbol("-") || AcceptSymbol("+") || AcceptSymbol("~") || (Is(kInMysql) && Accept("BINARY"))) {
  }
  if (SeesSymbol("(")) return Parenthesised();
  bool is_found = false;
  if (!Literal(is_found)) return false;
  if (is_found) return true;
  if (!KeywordOperand(is_found)) return false;
  return is_found || NamedOperand();
}

bool SqlParser::Parenthesised() {
  if (SeesQuery()) {
    // "((SELECT 1) + 2)" begins like a query; what is none is read again as an expression.
    const std::size_t before = at_;
    ++at_;
    if (!SeesSymbol("(")) return Subquery() && ExpectSymbol(")");
    at_ = before;
  }
  return InParentheses([&] { return ExpressionList(); });
}

bool SqlParser::Literal(bool& is_found) {
  is_found = true;
  if (AcceptKind(SqlTokenKind::kNumber) || AcceptKind(SqlTokenKind::kParameter)) return true;
  if (AcceptKind(SqlTokenKind::kText)) {
    while (Is(kInMysql) && AcceptKind(SqlTokenKind::kText)) {  // put together
    }
    return true;
  }
  if (AcceptAny({"NULL", "TRUE", "FALSE"})) return true;
  if (SeesAny({"DATE", "TIME", "TIMESTAMP"}) && After(1).kind == SqlTokenKind::kText) {
    at_ += 2;
    return true;
  }
  is_found = false;
  return true;
}

bool SqlParser::KeywordOperand(bool& is_found) {
  is_found = true;
  const bool is_call = After(1).kind == SqlTokenKind::kSymbol && After(1).text == "(";
  if (Accept("CASE")) return CaseOperand();
  if (SeesAny({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER"}) && !is_call) {
    ++at_;
    return true;
  }
  if (Is(kInPostgresql) && AcceptAny({"USER", "SESSION_USER", "CURRENT_ROLE", "LOCALTIME", "LOCALTIMESTAMP"}))
    return true;
  if (Is(kInMysql) && Sees("MATCH") && is_call) return NotRead("MATCH … AGAINST");
  if (Sees("EXISTS") && is_call) {
    ++at_;
    return InParentheses([&] { return SeesQuery() ? Subquery() : Unexpected(); });
  }
  if (SeesAny({"ANY", "ALL", "SOME"}) && is_call) {
    ++at_;
    return InParentheses([&] { return SeesQuery() ? Subquery() : Expression(); });
  }
  if (is_call && AcceptAny({"CAST", "TRY_CAST"})) return CastOperand();
  if (is_call && SeesAny({"EXTRACT", "SUBSTRING", "TRIM", "POSITION", "OVERLAY"})) return FromToFunction();
  if (Sees("INTERVAL") && Interval()) return !problem_;
  if (problem_) return false;
  if (Is(kInPostgresql) && Sees("ARRAY") && After(1).text == "[") {
    at_ += 2;
    return (SeesSymbol("]") || ExpressionList()) && ExpectSymbol("]");
  }
  if (Is(kInPostgresql) && Sees("ARRAY") && is_call) {
    ++at_;
    return InParentheses([&] { return SeesQuery() ? Subquery() : Unexpected(); });
  }
  if (Is(kInMysql) && Sees("CONVERT") && is_call) {
    ++at_;
    return InParentheses([&] {
      std::string charset;
      return Expression() && (Accept("USING") ? OneName(charset) : ExpectSymbol(",") && TypeName());
    });
  }
  if (Is(kInTsql) && SeesAny({"CONVERT", "TRY_CONVERT"}) && is_call) {
    ++at_;
    return InParentheses([&] { return TypeName() && ExpectSymbol(",") && ExpressionList(); });
  }
  is_found = false;
  return true;
}

bool SqlParser::CaseOperand() {
  if (!Sees("WHEN") && !Expression()) return false;
  if (!Sees("WHEN")) return Unexpected();
  while (Accept("WHEN")) {
    if (!Expression() || !Expect("THEN") || !Expression()) return false;
  }
  if (Accept("ELSE") && !Expression()) return false;
  return Expect("END");
}

bool SqlParser::CastOperand() {
  return InParentheses([&] { return Expression() && Expect("AS") && TypeName(); });
}

// EXTRACT(year FROM x), SUBSTRING(x FROM 1 FOR 2), TRIM(BOTH 'x' FROM y), POSITION(x IN y), or the same with commas.
bool SqlParser::FromToFunction() {
  const bool is_trim = Sees("TRIM");
  const bool is_extract = Sees("EXTRACT");
  const bool is_position = Sees("POSITION");
  ++at_;
  return InParentheses([&] {
    if (is_extract) {
      if (Now().kind != SqlTokenKind::kWord && Now().kind != SqlTokenKind::kText) return Unexpected();
      ++at_;
      return Expect("FROM") && Expression();
    }
    if (is_position) {
      // The operand alone: "x IN y" is read as a predicate otherwise.
      return Operand() && (Accept("IN") || AcceptSymbol(",") || Unexpected()) && Expression();
    }
    if (is_trim) AcceptAny({"BOTH", "LEADING", "TRAILING"});
    if (is_trim && Accept("FROM")) return Expression();
    if (!Expression()) return false;
    while (Accept("FROM") || Accept("FOR") || Accept("PLACING") || AcceptSymbol(",")) {
      if (!Expression()) return false;
    }
    return true;
  });
}

// True also where it is no interval but a name; at_ then has not moved.
bool SqlParser::Interval() {
  static constexpr std::array<std::string_view, 20> kUnits = {
      "MICROSECOND", "SECOND",     "MINUTE",        "HOUR",        "DAY",         "WEEK",       "MONTH",
      "QUARTER",     "YEAR",       "MINUTE_SECOND", "HOUR_SECOND", "HOUR_MINUTE", "DAY_SECOND", "DAY_MINUTE",
      "DAY_HOUR",    "YEAR_MONTH", "SECONDS",       "DAYS",        "MONTHS",      "YEARS"};
  const std::size_t before = at_++;
  if (!Is(kInMysql)) {
    if (!AcceptKind(SqlTokenKind::kText)) {
      at_ = before;
      return false;
    }
    if (AcceptAny({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}) && Accept("TO")) {
      return AcceptAny({"MONTH", "HOUR", "MINUTE", "SECOND"}) || Unexpected();
    }
    return true;
  }
  if (!Expression()) return false;
  for (const std::string_view unit : kUnits) {
    if (Accept(unit)) return true;
  }
  return Unexpected();
}

bool SqlParser::NamedOperand() {
  const bool is_call = After(1).kind == SqlTokenKind::kSymbol && After(1).text == "(";
  if (is_call && Now().kind == SqlTokenKind::kWord && IsAmong(Now().text, kCallableWords, dialect_)) {
    ++at_;
    return CallArguments();
  }
  Name name;
  if (!QualifiedName(name)) return false;
  if (SeesSymbol("(")) return name.parts.size() == 1 || !Is(kInSqlite) ? CallArguments() : Unexpected();
  AddReference(name, "select");
  return true;
}

bool SqlParser::CallArguments() {
  if (!ExpectSymbol("(")) return false;
  if (AcceptSymbol(")")) return AfterCall();
  if (AcceptSymbol("*")) return ExpectSymbol(")") && AfterCall();
  AcceptAny({"DISTINCT", "ALL"});
  if (SeesQuery() && !SeesSymbol("(")) return NotRead("a query as an argument");
  if (!ExpressionList()) return false;
  if (AcceptAll({"ORDER", "BY"}) && !OrderItems()) return false;
  if (Is(kInMysql) && Accept("SEPARATOR") && !AcceptKind(SqlTokenKind::kText)) return Unexpected();
  return ExpectSymbol(")") && AfterCall();
}

bool SqlParser::AfterCall() {
  if (AcceptAll({"WITHIN", "GROUP"}) &&
      !InParentheses([&] { return Expect("ORDER") && Expect("BY") && OrderItems(); })) {
    return false;
  }
  if (Is(kInPostgresql | kInSqlite | kInStandard) && Sees("FILTER") && After(1).text == "(") {
    ++at_;
    if (!InParentheses([&] { return Expect("WHERE") && Expression(); })) return false;
  }
  if (SeesAny({"IGNORE", "RESPECT"}) && IsWord(After(1), "NULLS")) at_ += 2;
  if (!Accept("OVER")) return true;
  if (!SeesSymbol("(")) {
    std::string window;
    return OneName(window);
  }
  return Window();
}

// (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
bool SqlParser::Window() {
  return InParentheses([&] {
    std::string base;
    if (SeesName() && !SeesAny({"PARTITION", "ROWS", "RANGE", "GROUPS"}) && !OneName(base)) return false;
    if (AcceptAll({"PARTITION", "BY"}) && !ExpressionList()) return false;
    if (AcceptAll({"ORDER", "BY"}) && !OrderItems()) return false;
    if (!AcceptAny({"ROWS", "RANGE", "GROUPS"})) return true;
    const auto bound = [&] {
      if (AcceptAll({"CURRENT", "ROW"})) return true;
      if (!Accept("UNBOUNDED") && !Operand()) return false;
      return AcceptAny({"PRECEDING", "FOLLOWING"}) || Unexpected();
    };
    if (!Accept("BETWEEN")) return bound();
    return bound() && Expect("AND") && bound();
  });
}

bool SqlParser::OrderItems() {
  return CommaSeparated([&] {
    const std::size_t begin = at_;
    if (!Expression()) return false;
    // In an expression a name of the result counts in some dialects only; alone it does in all.
    const bool is_name = at_ == begin + 1 && tokens_[begin].kind != SqlTokenKind::kNumber;
    if (is_order_by_ && is_name && scope_ != nullptr && !scope_->references.empty()) {
      scope_->references.back().may_be_alias = true;
    }
    AcceptAny({"ASC", "DESC"});
    if (Accept("NULLS") && !AcceptAny({"FIRST", "LAST"})) return Unexpected();
    return true;
  });
}

bool SqlParser::TypeName() {
  const SqlToken& first = Now();
  Name name;
  if (!QualifiedName(name)) return false;
  if (IsWord(first, "DOUBLE")) Accept("PRECISION");
  if (IsWord(first, "CHARACTER") || IsWord(first, "CHAR") || IsWord(first, "BIT")) Accept("VARYING");
  if (IsWord(first, "UNSIGNED") || IsWord(first, "SIGNED")) AcceptAny({"INTEGER", "INT"});
  if (AcceptSymbol("(")) {
    const auto size = [&] {
      AcceptSymbol("-");
      return AcceptKind(SqlTokenKind::kNumber) || AcceptKind(SqlTokenKind::kText) || Accept("MAX") || Unexpected();
    };
    if (!CommaSeparated(size) || !ExpectSymbol(")")) return false;
  }
  while (Is(kInMysql) && AcceptAny({"UNSIGNED", "SIGNED", "ZEROFILL"})) {
  }
  if (SeesAny({"WITH", "WITHOUT"}) && IsWord(After(1), "TIME")) {
    at_ += 2;
    if (!Expect("ZONE")) return false;
  }
  if (Is(kInMysql) && AcceptAll({"CHARACTER", "SET"})) {
    std::string charset;
    if (!OneName(charset)) return false;
  }
  while (Is(kInPostgresql) && AcceptSymbol("[")) {
    AcceptKind(SqlTokenKind::kNumber);
    if (!ExpectSymbol("]")) return false;
  }
  return true;
}

bool SqlParser::Subquery() {
  const Deeper deeper(*this);
  if (IsTooDeep()) return false;
  QueryResult result;
  const bool was_order_by = is_order_by_;
  is_order_by_ = false;
  const bool is_read = Query(result, scope_);
  is_order_by_ = was_order_by;
  return is_read;
}

}  // namespace assay
