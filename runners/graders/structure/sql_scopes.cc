#include "runners/graders/structure/sql_scopes.h"

#include <algorithm>

namespace assay {

std::string SqlNameKey(const std::string& name, SqlDialect dialect) {
  if (dialect == SqlDialect::kPostgresql) return name;  // folded already, where it had no quotes
  std::string key = name;
  for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key;
}

void SqlScopes::Resolve(SqlScript& script) const {
  for (const SqlScope& scope : scopes_) {
    for (const SqlReference& reference : scope.references) Resolve(scope, reference, script);
  }
}

bool SqlScopes::IsNamed(const SqlSource& source, const SqlReference& reference) const {
  const auto same = [&](const std::string& a, const std::string& b) {
    return SqlNameKey(a, dialect_) == SqlNameKey(b, dialect_);
  };
  if (reference.database.empty()) return same(source.alias, reference.qualifier);
  return same(source.table, reference.qualifier) && same(source.database, reference.database);
}

void SqlScopes::Resolve(const SqlScope& scope, const SqlReference& reference, SqlScript& script) const {
  SqlColumn column{reference.operation, reference.column, {}, !reference.qualifier.empty()};
  if (column.is_qualified) {
    for (const SqlScope* at = &scope; at != nullptr; at = at->parent) {
      for (const SqlSource& source : at->sources) {
        if (!IsNamed(source, reference)) continue;
        if (source.output) return;  // what the query selects is looked at where it does
        column.tables = {source.table};
        script.columns.insert(std::move(column));
        return;
      }
    }
    column.tables = {reference.qualifier};
    script.columns.insert(std::move(column));
    return;
  }
  const std::string key = SqlNameKey(reference.column, dialect_);
  const auto gives = [&](const SqlOutput& output) {
    return std::ranges::any_of(output.names, [&](const std::string& n) { return SqlNameKey(n, dialect_) == key; });
  };
  if (reference.may_be_alias && gives(scope.output)) return;
  // The innermost query that has the column has it; which tables do is not known, so all that may are named.
  bool may_be_of_query = false;
  const bool is_star = reference.column == "(.*)";
  std::set<std::string> tables;
  for (const SqlScope* at = &scope; at != nullptr; at = is_star ? nullptr : at->parent) {
    const bool is_given = !is_star && std::ranges::any_of(at->sources, [&](const SqlSource& source) {
      return source.output && gives(*source.output);
    });
    if (is_given && at == &scope) return;
    // Further out a query gives it only to those that no table in between gives it to; and none gives anything to
    // itself, which is in sight here where it is LATERAL.
    for (const SqlSource& source : at->sources) {
      if (!source.output) tables.insert(source.table);
      may_be_of_query = may_be_of_query || (source.output && (is_star || source.output->has_others));
    }
    if (is_given) {
      may_be_of_query = true;
      break;
    }
  }
  if (tables.empty() && may_be_of_query) return;
  column.tables.assign(tables.begin(), tables.end());
  script.columns.insert(std::move(column));
}

}  // namespace assay
