#include "runners/graders/structure/sql_parser.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

// Words that are no names without quotes, in any dialect. Sorted.
constexpr std::array<std::string_view, 84> kReserved = {"ALL",
                                                        "AND",
                                                        "ANY",
                                                        "AS",
                                                        "ASC",
                                                        "BETWEEN",
                                                        "BY",
                                                        "CASE",
                                                        "CAST",
                                                        "CHECK",
                                                        "COLLATE",
                                                        "CONSTRAINT",
                                                        "CREATE",
                                                        "CROSS",
                                                        "CURRENT_DATE",
                                                        "CURRENT_TIME",
                                                        "CURRENT_TIMESTAMP",
                                                        "CURRENT_USER",
                                                        "DEFAULT",
                                                        "DELETE",
                                                        "DESC",
                                                        "DISTINCT",
                                                        "DROP",
                                                        "ELSE",
                                                        "END",
                                                        "EXCEPT",
                                                        "EXISTS",
                                                        "FALSE",
                                                        "FETCH",
                                                        "FOR",
                                                        "FOREIGN",
                                                        "FROM",
                                                        "FULL",
                                                        "GRANT",
                                                        "GROUP",
                                                        "HAVING",
                                                        "IN",
                                                        "INNER",
                                                        "INSERT",
                                                        "INTERSECT",
                                                        "INTO",
                                                        "IS",
                                                        "JOIN",
                                                        "LATERAL",
                                                        "LEADING",
                                                        "LEFT",
                                                        "LIKE",
                                                        "LIMIT",
                                                        "NATURAL",
                                                        "NOT",
                                                        "NULL",
                                                        "OFFSET",
                                                        "ON",
                                                        "OR",
                                                        "ORDER",
                                                        "OUTER",
                                                        "PRIMARY",
                                                        "REFERENCES",
                                                        "RETURNING",
                                                        "RIGHT",
                                                        "SELECT",
                                                        "SET",
                                                        "SOME",
                                                        "TABLE",
                                                        "THEN",
                                                        "TO",
                                                        "TRAILING",
                                                        "TRUE",
                                                        "UNION",
                                                        "UNIQUE",
                                                        "UPDATE",
                                                        "USING",
                                                        "VALUES",
                                                        "WHEN",
                                                        "WHERE",
                                                        "WINDOW",
                                                        "WITH"};

struct DialectWord {
  std::string_view word;
  SqlDialects dialects;
};
constexpr DialectWord kReservedInSome[] = {{"ADD", kInMysql | kInSqlite | kInTsql},
                                           {"ALTER", kInMysql | kInSqlite | kInTsql},
                                           {"ANALYZE", kInMysql | kInPostgresql},
                                           {"ARRAY", kInPostgresql},
                                           {"ASYMMETRIC", kInPostgresql},
                                           {"AUTOINCREMENT", kInSqlite},
                                           {"BACKUP", kInTsql},
                                           {"BEGIN", kInTsql},
                                           {"BOTH", kInMysql | kInPostgresql},
                                           {"BREAK", kInTsql},
                                           {"CHANGE", kInMysql},
                                           {"CLOSE", kInTsql},
                                           {"COLUMN", kInMysql | kInPostgresql | kInTsql},
                                           {"COMMIT", kInSqlite},
                                           {"CONCURRENTLY", kInPostgresql},
                                           {"CONDITION", kInMysql},
                                           {"CURRENT_ROLE", kInPostgresql},
                                           {"DATABASE", kInTsql},
                                           {"DECLARE", kInTsql},
                                           {"DEFERRABLE", kInPostgresql | kInSqlite},
                                           {"DELAYED", kInMysql},
                                           {"DESCRIBE", kInMysql},
                                           {"DISTINCTROW", kInMysql},
                                           {"DIV", kInMysql},
                                           {"DO", kInPostgresql},
                                           {"ESCAPE", kInSqlite},
                                           {"EXEC", kInTsql},
                                           {"EXECUTE", kInTsql},
                                           {"EXPLAIN", kInMysql},
                                           {"FORCE", kInMysql},
                                           {"GLOB", kInSqlite},
                                           {"GOTO", kInTsql},
                                           {"HIGH_PRIORITY", kInMysql},
                                           {"IDENTITY", kInTsql},
                                           {"IF", kInMysql | kInTsql},
                                           {"IGNORE", kInMysql},
                                           {"ILIKE", kInPostgresql},
                                           {"INDEX", kInMysql | kInSqlite | kInTsql},
                                           {"INDEXED", kInSqlite},
                                           {"INITIALLY", kInPostgresql},
                                           {"INTERVAL", kInMysql},
                                           {"ISNULL", kInPostgresql | kInSqlite},
                                           {"KEY", kInMysql | kInTsql},
                                           {"KEYS", kInMysql},
                                           {"KILL", kInMysql | kInTsql},
                                           {"LINES", kInMysql},
                                           {"LOAD", kInMysql},
                                           {"LOCALTIME", kInPostgresql},
                                           {"LOCALTIMESTAMP", kInPostgresql},
                                           {"LOCK", kInMysql},
                                           {"LOW_PRIORITY", kInMysql},
                                           {"MATCH", kInMysql},
                                           {"MATERIALIZED", kInSqlite},
                                           {"MERGE", kInTsql},
                                           {"MOD", kInMysql},
                                           {"NOTHING", kInSqlite},
                                           {"NOTNULL", kInPostgresql | kInSqlite},
                                           {"OF", kInMysql},
                                           {"ONLY", kInPostgresql},
                                           {"OPEN", kInTsql},
                                           {"OPTIMIZE", kInMysql},
                                           {"OPTION", kInMysql},
                                           {"OUTFILE", kInMysql},
                                           {"OVER", kInMysql | kInTsql},
                                           {"OVERLAPS", kInPostgresql},
                                           {"PARTITION", kInMysql},
                                           {"PERCENT", kInTsql},
                                           {"PIVOT", kInTsql},
                                           {"PLACING", kInPostgresql},
                                           {"PLAN", kInTsql},
                                           {"PRINT", kInTsql},
                                           {"PROC", kInTsql},
                                           {"RANGE", kInMysql},
                                           {"READ", kInMysql | kInTsql},
                                           {"REGEXP", kInMysql | kInSqlite},
                                           {"RENAME", kInMysql},
                                           {"REPLACE", kInMysql},
                                           {"REQUIRE", kInMysql},
                                           {"RESTORE", kInTsql},
                                           {"RESTRICT", kInMysql},
                                           {"RLIKE", kInMysql},
                                           {"ROWS", kInMysql},
                                           {"RULE", kInTsql},
                                           {"SAVE", kInTsql},
                                           {"SESSION_USER", kInPostgresql},
                                           {"SHOW", kInMysql},
                                           {"SHUTDOWN", kInTsql},
                                           {"SIMILAR", kInPostgresql},
                                           {"SQL_BIG_RESULT", kInMysql},
                                           {"SQL_CALC_FOUND_ROWS", kInMysql},
                                           {"SQL_SMALL_RESULT", kInMysql},
                                           {"STATISTICS", kInTsql},
                                           {"STRAIGHT_JOIN", kInMysql},
                                           {"SYMMETRIC", kInPostgresql},
                                           {"TABLESAMPLE", kInPostgresql | kInTsql},
                                           {"TOP", kInTsql},
                                           {"TRAN", kInTsql},
                                           {"TRANSACTION", kInSqlite | kInTsql},
                                           {"TRIGGER", kInMysql | kInTsql},
                                           {"TRUNCATE", kInTsql},
                                           {"UNLOCK", kInMysql},
                                           {"UNPIVOT", kInTsql},
                                           {"USAGE", kInMysql},
                                           {"USE", kInMysql | kInTsql},
                                           {"USER", kInPostgresql | kInTsql},
                                           {"VARIADIC", kInPostgresql},
                                           {"VERBOSE", kInPostgresql},
                                           {"VIEW", kInTsql},
                                           {"WAITFOR", kInTsql},
                                           {"WHILE", kInMysql | kInTsql},
                                           {"WRITE", kInMysql},
                                           {"XOR", kInMysql}};

}  // namespace

std::string SqlParser::Name::Before(std::size_t from_last) const {
  std::string out;
  for (std::size_t i = 0; i + from_last < parts.size(); ++i) out += (i == 0 ? "" : ".") + parts[i];
  return out;
}

Result<SqlScript> SqlParser::Run() {
  while (Now().kind != SqlTokenKind::kEnd) {
    if (AcceptSymbol(";")) continue;
    ++script_.statements;
    const bool is_read = Statement(nullptr) && (SeesSymbol(";") || Now().kind == SqlTokenKind::kEnd || Unexpected());
    if (!is_read) return std::unexpected(problem_.value_or(Error{ErrorCode::kInvalidArgument, "no SQL", {}}));
  }
  if (script_.statements == 0) return Fail(ErrorCode::kInvalidArgument, "no statement");
  scopes_.Resolve(script_);
  return std::move(script_);
}

bool SqlParser::IsWord(const SqlToken& token, std::string_view upper_case) {
  return token.kind == SqlTokenKind::kWord && IsSqlWord(token.text, upper_case);
}

bool SqlParser::SeesAny(Words words) const {
  return std::ranges::any_of(words, [&](std::string_view word) { return Sees(word); });
}

bool SqlParser::SeesSymbol(std::string_view symbol) const {
  return Now().kind == SqlTokenKind::kSymbol && Now().text == symbol;
}

bool SqlParser::SeesQuery(std::size_t ahead) const {
  std::size_t i = ahead;
  while (After(i).kind == SqlTokenKind::kSymbol && After(i).text == "(") ++i;
  const SqlToken& token = After(i);
  return IsWord(token, "SELECT") || IsWord(token, "WITH") || IsWord(token, "VALUES") ||
         (i == ahead && IsWord(token, "TABLE"));
}

bool SqlParser::Accept(std::string_view word) {
  if (!Sees(word)) return false;
  ++at_;
  return true;
}

bool SqlParser::AcceptAll(Words words) {
  std::size_t i = 0;
  for (const std::string_view word : words) {
    if (!IsWord(After(i++), word)) return false;
  }
  at_ += words.size();
  return true;
}

bool SqlParser::AcceptAny(Words words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return Accept(word); });
}

bool SqlParser::AcceptSymbol(std::string_view symbol) {
  if (!SeesSymbol(symbol)) return false;
  ++at_;
  return true;
}

bool SqlParser::AcceptKind(SqlTokenKind kind) {
  if (Now().kind != kind) return false;
  ++at_;
  return true;
}

bool SqlParser::Expect(std::string_view word) { return Accept(word) || Unexpected(); }
bool SqlParser::ExpectSymbol(std::string_view symbol) { return AcceptSymbol(symbol) || Unexpected(); }

bool SqlParser::Unexpected() {
  if (problem_) return false;
  const std::string what =
      Now().kind == SqlTokenKind::kEnd ? "the statement ends too early" : "unexpected " + Quoted(Now().text, 60);
  problem_ = Error{ErrorCode::kInvalidArgument, what + " in line " + std::to_string(Now().line), {}};
  return false;
}

bool SqlParser::NotRead(const std::string& what) {
  if (!problem_) problem_ = Error{ErrorCode::kUnimplemented, what + " is not read", {}};
  return false;
}

bool SqlParser::IsTooDeep() { return depth_ > kMaxDepth && !NotRead("what is nested more than 200 deep"); }

bool SqlParser::IsReserved(const SqlToken& token) const {
  static const auto dialects_of = [] {
    std::unordered_map<std::string_view, SqlDialects> words;
    for (const std::string_view word : kReserved) words[word] = kEverywhere;
    for (const DialectWord& word : kReservedInSome) words[word.word] |= word.dialects;
    return words;
  }();
  std::array<char, 20> upper;
  if (token.kind != SqlTokenKind::kWord || token.text.size() > upper.size()) return false;
  std::ranges::transform(token.text, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  const auto found = dialects_of.find(std::string_view(upper.data(), token.text.size()));
  return found != dialects_of.end() && (found->second & In(dialect_)) != 0;
}

bool SqlParser::SeesName() const {
  return Now().kind == SqlTokenKind::kQuotedName || (Now().kind == SqlTokenKind::kWord && !IsReserved(Now()));
}

bool SqlParser::OneName(std::string& out) {
  if (!SeesName()) return Unexpected();
  out = Now().name;
  ++at_;
  return true;
}

bool SqlParser::QualifiedName(Name& out) {
  if (!OneName(out.parts.emplace_back())) return false;
  while (SeesSymbol(".") && out.parts.size() < 4) {
    ++at_;
    // Behind a dot reserved words are names as well, in two of them.
    const bool is_word = Now().kind == SqlTokenKind::kWord && Is(kInMysql | kInPostgresql);
    if (!is_word && !SeesName()) return Unexpected();
    out.parts.push_back(Now().name);
    ++at_;
  }
  return true;
}

bool SqlParser::NameList(std::vector<std::string>* out) {
  return InParentheses([&] {
    return CommaSeparated([&] {
      std::string name;
      if (!OneName(name)) return false;
      if (out != nullptr) out->push_back(std::move(name));
      return true;
    });
  });
}

bool SqlParser::Alias(std::string& out, bool& is_bare, bool is_of_column) {
  const bool has_as = Accept("AS");
  is_bare = false;
  if (Now().kind == SqlTokenKind::kText && is_of_column && Is(kInMysql | kInSqlite | kInTsql)) {
    out = Now().text;
    ++at_;
    return true;
  }
  // Behind the AS of a column PostgreSQL takes any word.
  if (has_as && is_of_column && Now().kind == SqlTokenKind::kWord && Is(kInPostgresql)) {
    out = Now().name;
    ++at_;
    return true;
  }
  if (has_as) return OneName(out);
  if (!SeesName()) return true;
  is_bare = true;
  return OneName(out);
}

const SqlOutput* SqlParser::WithOutput(const Name& name) const {
  if (name.parts.size() != 1) return nullptr;
  for (auto frame = with_.rbegin(); frame != with_.rend(); ++frame) {
    const auto found = frame->find(SqlNameKey(name.last(), dialect_));
    if (found != frame->end()) return &found->second;
  }
  return nullptr;
}

void SqlParser::AddTable(const std::string& operation, const Name& name) {
  script_.tables.insert({operation, name.Before(1), name.last()});
}

void SqlParser::AddReference(const Name& name, const std::string& operation, bool is_star) {
  SqlReference reference;
  reference.operation = operation;
  reference.column = is_star ? "(.*)" : name.last();
  const std::size_t own = is_star ? 0 : 1;
  if (name.parts.size() > own) {
    reference.qualifier = name.parts[name.parts.size() - own - 1];
    reference.database = name.Before(own + 1);
  }
  reference.may_be_alias = is_order_by_ && Is(kInMysql | kInSqlite);
  if (scope_ == nullptr) scope_ = &scopes_.Open(nullptr);
  scope_->references.push_back(std::move(reference));
}

bool SqlParser::Target(const std::string& operation, const SqlScope* parent, bool has_alias) {
  Name name;
  if (!QualifiedName(name)) return false;
  AddTable(operation, name);
  scope_ = &scopes_.Open(parent);
  SqlSource source{name.last(), name.Before(1), name.last(), std::nullopt};
  if (has_alias) {
    bool is_bare = false;
    std::string alias;
    if (!Alias(alias, is_bare, false)) return false;
    if (!alias.empty()) source.alias = alias;
  }
  scope_->sources.push_back(std::move(source));
  return true;
}

Result<SqlScript> ReadSql(std::string_view text, SqlDialect dialect) {
  if (text.size() > kMaxSqlText) return Fail(ErrorCode::kUnimplemented, "SQL of more than 1 MiB is not read");
  ASSAY_ASSIGN(const std::vector<SqlToken> tokens, ReadSqlTokens(text, dialect));
  return SqlParser(tokens, dialect).Run();
}

}  // namespace assay
