#pragma once
// Which table a column may be of. Only for the files sql*.cc.

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runners/graders/structure/sql_script.h"

namespace assay {

// What a query gives: its columns, as far as they are named, and whether there are more.
struct SqlOutput {
  std::set<std::string> names;
  bool has_others = false;  // a star
};

// Something in FROM.
struct SqlSource {
  std::string alias;  // as it is referred to
  std::string database;
  std::string table;                // "" of a query
  std::optional<SqlOutput> output;  // of a query
};

struct SqlReference {
  std::string qualifier;  // "" for none
  std::string database;   // of a qualifier with one
  std::string column;     // "(.*)" for all
  std::string operation;
  bool may_be_alias = false;  // in ORDER BY: the name of a column of the result comes first
};

// A query, or a statement with a table of its own.
struct SqlScope {
  const SqlScope* parent = nullptr;  // whose sources are seen as well
  std::vector<SqlSource> sources;
  std::vector<SqlReference> references;
  SqlOutput output;
};

// Names as a dialect compares them.
std::string SqlNameKey(const std::string& name, SqlDialect dialect);

class SqlScopes {
 public:
  explicit SqlScopes(SqlDialect dialect) : dialect_(dialect) {}

  SqlScope& Open(const SqlScope* parent) {
    scopes_.emplace_back().parent = parent;
    return scopes_.back();
  }
  // Once the statement is read: what is in FROM is known only after what is selected.
  void Resolve(SqlScript& script) const;

 private:
  void Resolve(const SqlScope& scope, const SqlReference& reference, SqlScript& script) const;
  bool IsNamed(const SqlSource& source, const SqlReference& reference) const;

  SqlDialect dialect_;
  std::deque<SqlScope> scopes_;  // which do not move
};

}  // namespace assay
