#pragma once
// Recursive descent over tokens of SQL. Only for the files sql*.cc.

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runners/graders/structure/sql_scopes.h"
#include "runners/graders/structure/sql_script.h"
#include "runners/graders/structure/sql_tokens.h"

namespace assay {

// Every method takes what it is named after off the tokens; false, with a problem set, where that is not there.
class SqlParser {
 public:
  SqlParser(const std::vector<SqlToken>& tokens, SqlDialect dialect)
      : tokens_(tokens), dialect_(dialect), scopes_(dialect) {}

  Result<SqlScript> Run();

 private:
  using Words = std::initializer_list<std::string_view>;
  struct Name {
    std::vector<std::string> parts;  // at least one
    const std::string& last() const { return parts.back(); }
    std::string Before(std::size_t from_last) const;  // the parts before the last ones, joined
  };
  struct QueryResult {
    SqlScope* scope = nullptr;  // of its first SELECT; null pointer for VALUES
    SqlOutput output;
  };

  // sql_parser.cc: tokens and names.
  const SqlToken& Now() const { return tokens_[at_]; }
  const SqlToken& After(std::size_t count) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  bool Is(SqlDialects dialects) const { return (In(dialect_) & dialects) != 0; }
  static bool IsWord(const SqlToken& token, std::string_view upper_case);
  bool Sees(std::string_view word) const { return IsWord(Now(), word); }
  bool SeesAny(Words words) const;
  bool SeesSymbol(std::string_view symbol) const;
  bool SeesQuery(std::size_t ahead = 0) const;
  bool Accept(std::string_view word);
  bool AcceptAll(Words words);  // one after the other
  bool AcceptAny(Words words);
  bool AcceptSymbol(std::string_view symbol);
  bool AcceptKind(SqlTokenKind kind);
  bool Expect(std::string_view word);
  bool ExpectSymbol(std::string_view symbol);
  bool Unexpected();
  bool NotRead(const std::string& what);
  bool IsReserved(const SqlToken& token) const;
  bool SeesName() const;
  bool OneName(std::string& out);
  bool QualifiedName(Name& out);
  bool NameList(std::vector<std::string>* out = nullptr);          // in parentheses
  bool Alias(std::string& out, bool& is_bare, bool is_of_column);  // optional
  template <class F>
  bool CommaSeparated(const F& one) {
    do {
      if (!one()) return false;
    } while (AcceptSymbol(","));
    return true;
  }
  template <class F>
  bool InParentheses(const F& inner) {
    return ExpectSymbol("(") && inner() && ExpectSymbol(")");
  }

  // sql_expressions.cc
  bool Expression(bool ends_at_and = false);
  bool ExpressionList();
  bool Operand();
  bool AfterOperand();
  bool Predicate(bool& is_done);
  bool BinaryOperator(bool& is_found, bool& is_logical, bool ends_at_and);
  bool Parenthesised();
  bool KeywordOperand(bool& is_found);
  bool CaseOperand();
  bool CastOperand();
  bool FromToFunction();
  bool Interval();
  bool Literal(bool& is_found);
  bool NamedOperand();
  bool CallArguments();
  bool AfterCall();
  bool Window();
  bool TypeName();
  bool OrderItems();
  bool Subquery();  // without the parentheses

  // sql_queries.cc
  bool Query(QueryResult& out, const SqlScope* parent);
  bool QueryTerm(QueryResult& out, const SqlScope* parent);
  bool QueryEnd(SqlScope* scope);
  bool LimitClause();
  bool LockingClause();
  bool Select(QueryResult& out, const SqlScope* parent);
  bool SelectModifiers();
  bool SelectItem(SqlOutput& output);
  bool GroupBy();
  bool WindowClause();
  bool Values();
  bool With(const SqlScope* parent);
  bool From();
  bool Joined();
  bool JoinWord(bool& is_found, bool& needs_condition);
  bool Source();
  bool SourceEnd(SqlSource source);
  bool TableHints();

  // sql_statements.cc
  bool Statement(const SqlScope* parent);
  bool SeesChange() const;
  bool Insert(const SqlScope* parent);
  bool InsertEnd();
  bool Update(const SqlScope* parent);
  bool Assignments(const std::string& operation, bool is_only_target);
  bool Delete(const SqlScope* parent);
  bool Returning();
  bool Explain(const SqlScope* parent);

  // sql_definitions.cc
  bool Create(const SqlScope* parent);
  bool CreateTable(const SqlScope* parent);
  bool CreateIndex();
  bool Drop();
  bool Alter();
  bool AlterAction();
  bool Truncate();
  bool TableElement();
  bool ColumnDefinition();
  bool ColumnConstraint(bool& is_found);
  bool TableConstraint(bool& is_found);
  bool ForeignReference();
  bool DefaultValue();
  bool TableOptions();

  // sql_parser.cc: what was found.
  const SqlOutput* WithOutput(const Name& name) const;
  void AddTable(const std::string& operation, const Name& name);
  void AddReference(const Name& name, const std::string& operation, bool is_star = false);
  // What a statement is about: its table, in a scope of its own.
  bool Target(const std::string& operation, const SqlScope* parent, bool has_alias);

  struct Deeper {
    explicit Deeper(SqlParser& p) : parser(p) { ++parser.depth_; }
    ~Deeper() { --parser.depth_; }
    SqlParser& parser;
  };
  struct InScope {
    InScope(SqlParser& p, SqlScope* scope) : parser(p), before(p.scope_) { parser.scope_ = scope; }
    ~InScope() { parser.scope_ = before; }
    SqlParser& parser;
    SqlScope* before;
  };
  bool IsTooDeep();

  static constexpr int kMaxDepth = 200;

  const std::vector<SqlToken>& tokens_;
  SqlDialect dialect_;
  std::size_t at_ = 0;
  int depth_ = 0;
  SqlScopes scopes_;
  SqlScope* scope_ = nullptr;
  bool is_order_by_ = false;
  std::vector<std::map<std::string, SqlOutput>> with_;  // names of WITH, the innermost last
  SqlScript script_;
  std::optional<Error> problem_;
};

}  // namespace assay
