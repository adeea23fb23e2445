// sql: the response is SQL, or has some in it, and touches only what it may.

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "runners/graders/frame/code_in_text.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/sql_script.h"

namespace assay {

template <>
struct EnumWords<SqlDialect> {
  static constexpr EnumWord<SqlDialect> kWords[] = {
      {"mysql", SqlDialect::kMysql, "MySQL 8 and MariaDB, in their default modes"},
      {"postgresql", SqlDialect::kPostgresql, "PostgreSQL"},
      {"sqlite", SqlDialect::kSqlite, "SQLite"},
      {"tsql", SqlDialect::kTsql, "SQL Server"},
      {"standard", SqlDialect::kStandard, "what the others have in common"}};
};

namespace {

enum class SqlOperation {
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kReplace,
  kCreate,
  kAlter,
  kDrop,
  kTruncate,
  kTransaction
};
enum class SqlAliases { kAny, kWithAs };

struct SqlOptions {
  SqlDialect dialect = SqlDialect::kStandard;
  bool embedded = false;
  std::vector<SqlOperation> operations;
  std::vector<std::string> tables;
  std::vector<std::string> columns;
  std::optional<std::int64_t> max_statements;
  SqlAliases aliases = SqlAliases::kAny;
  static const FieldTable<SqlOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<SqlOperation> {
  static constexpr EnumWord<SqlOperation> kWords[] = {{"select", SqlOperation::kSelect, "queries"},
                                                      {"insert", SqlOperation::kInsert, "INSERT"},
                                                      {"update", SqlOperation::kUpdate, "UPDATE"},
                                                      {"delete", SqlOperation::kDelete, "DELETE"},
                                                      {"replace", SqlOperation::kReplace, "REPLACE"},
                                                      {"create", SqlOperation::kCreate, "CREATE"},
                                                      {"alter", SqlOperation::kAlter, "ALTER"},
                                                      {"drop", SqlOperation::kDrop, "DROP"},
                                                      {"truncate", SqlOperation::kTruncate, "TRUNCATE"},
                                                      {"transaction", SqlOperation::kTransaction, "BEGIN, COMMIT …"}};
};
template <>
struct EnumWords<SqlAliases> {
  static constexpr EnumWord<SqlAliases> kWords[] = {{"any", SqlAliases::kAny, "SELECT a b is a as b, as SQL has it"},
                                                    {"as", SqlAliases::kWithAs, "it fails: mostly a comma is missing"}};
};

namespace {

const FieldTable<SqlOptions>& SqlOptions::Fields() {
  static const auto table =
      FieldTable<SqlOptions>()
          .Required("dialect", &SqlOptions::dialect, "which SQL it must be")
          .Optional("embedded", &SqlOptions::embedded,
                    "the SQL stands in code blocks of `sql`, or in those of no language, or is the whole response")
          .Optional("operations", &SqlOptions::operations, "what statements may do; without it everything that is read",
                    {.min_size = 1, .one_or_list = true})
          .Optional(
              "tables", &SqlOptions::tables,
              "the tables that may be touched, each a pattern of RE2 for the whole of `operation::database::table`, "
              "with `null` for a database that is not named",
              {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional(
              "columns", &SqlOptions::columns,
              "the columns, each a pattern for the whole of `operation::table::column`; `null` stands for a table "
              "that is not named, `(.*)` for all columns",
              {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("max_statements", &SqlOptions::max_statements, "the greatest number of statements", {.min = 1})
          .Optional("aliases", &SqlOptions::aliases, "whether a column may be renamed without AS");
  return table;
}

using Patterns = std::vector<std::unique_ptr<const RE2>>;

bool IsAllowed(const Patterns& patterns, const std::string& authority) {
  return std::ranges::any_of(patterns, [&](const auto& pattern) { return RE2::FullMatch(authority, *pattern); });
}

std::string AuthorityOf(const std::string& operation, const std::string& owner, const std::string& name) {
  return operation + "::" + (owner.empty() ? "null" : owner) + "::" + name;
}

class SqlJudge final : public Grader {
 public:
  SqlJudge(SqlOptions options, Patterns tables, Patterns columns)
      : options_(std::move(options)), tables_(std::move(tables)), columns_(std::move(columns)) {
    for (const SqlOperation operation : options_.operations) operations_.insert(std::string(WordOf(operation)));
  }

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    if (!options_.embedded) return Judge(text);
    const std::vector<std::string_view> pieces = PiecesOf(text);
    // Who asks for allowed tables asks it of all SQL that is there.
    Score score = Score::Failing("the response has no SQL");
    for (const std::string_view piece : pieces) {
      score = Judge(piece);
      score.evidence = ShownText(piece, 500);
      if (score.pass != true) return score;
    }
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  static std::vector<std::string_view> PiecesOf(std::string_view text) {
    std::vector<std::string_view> named;
    std::vector<std::string_view> nameless;
    for (const CodeBlock& block : FindCodeBlocks(text)) {
      const bool is_sql = block.language.size() == 3 && (block.language[0] | 32) == 's' &&
                          (block.language[1] | 32) == 'q' && (block.language[2] | 32) == 'l';
      if (is_sql) named.push_back(block.code);
      if (block.language.empty()) nameless.push_back(block.code);
    }
    if (!named.empty()) return named;
    if (!nameless.empty()) return nameless;
    return {text};
  }

  Score Judge(std::string_view text) const {
    const Result<SqlScript> script = ReadSql(text, options_.dialect);
    if (!script) {
      if (script.error().code == ErrorCode::kUnimplemented) return Score::Broken(script.error().message);
      const bool is_fenced = text.starts_with("```");
      return Score::Failing((is_fenced ? "the response is wrapped in a code fence"
                                       : "no SQL of " + std::string(WordOf(options_.dialect))) +
                            ": " + script.error().message);
    }
    if (options_.aliases == SqlAliases::kWithAs && script->has_bare_alias) {
      return Score::Failing("a column is renamed without AS, or a comma is missing");
    }
    if (options_.max_statements && script->statements > static_cast<std::size_t>(*options_.max_statements)) {
      return Score::Failing(std::to_string(script->statements) + " statements, more than " +
                            std::to_string(*options_.max_statements));
    }
    for (const std::string& operation : script->operations) {
      if (!operations_.empty() && !operations_.contains(operation)) return Score::Failing("does " + operation);
    }
    const std::string table = ForbiddenTable(*script);
    if (!table.empty()) return Score::Failing("touches table " + Quoted(table, 200) + ", which is not allowed");
    if (columns_.empty()) return Score::Pass(Described(*script));
    if (script->has_renamed_columns) return Score::Broken("columns that are renamed in FROM cannot be checked");
    const std::string column = ForbiddenColumn(*script);
    if (!column.empty()) return Score::Failing("touches column " + Quoted(column, 200) + ", which is not allowed");
    return Score::Pass(Described(*script));
  }

  static std::string Described(const SqlScript& script) {
    std::string out = script.statements == 1 ? "SQL" : "SQL of " + std::to_string(script.statements) + " statements";
    std::string tables;
    for (const SqlTable& table : script.tables) {
      if (tables.size() > 300) return out + " on" + tables + " …";
      tables += (tables.empty() ? " " : ", ") + Quoted(AuthorityOf(table.operation, table.database, table.name));
    }
    return tables.empty() ? out : out + " on" + tables;
  }

  std::string ForbiddenTable(const SqlScript& script) const {
    for (const SqlTable& table : script.tables) {
      const std::string authority = AuthorityOf(table.operation, table.database, table.name);
      if (!tables_.empty() && !IsAllowed(tables_, authority)) return authority;
    }
    return "";
  }

  // A column that does not say of which table it is may be of any that is there, and has to be allowed for each.
  std::string ForbiddenColumn(const SqlScript& script) const {
    for (const SqlColumn& column : script.columns) {
      const std::string nameless = AuthorityOf(column.operation, "", column.name);
      if (!column.is_qualified && IsAllowed(columns_, nameless)) continue;
      if (column.tables.empty()) return nameless;
      for (const std::string& table : column.tables) {
        const std::string authority = AuthorityOf(column.operation, table, column.name);
        if (!IsAllowed(columns_, authority)) return authority;
      }
    }
    return "";
  }

  SqlOptions options_;
  Patterns tables_;
  Patterns columns_;
  std::set<std::string> operations_;
};

// Names are compared as the dialect compares them.
Patterns CompilePatterns(const Node& node, std::string_view name, const std::vector<std::string>& sources,
                         SqlDialect dialect, Diagnostics& diagnostics) {
  Patterns patterns;
  const Node list = node.Find(name).value_or(node);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(dialect == SqlDialect::kPostgresql);
    auto pattern = std::make_unique<const RE2>(sources[i], options);
    const Node at = list.is_sequence() ? list.at(i) : list;
    if (!pattern->ok()) {
      diagnostics.Add(at.At(pattern->error()));
    } else if (sources[i].find("::") == std::string::npos) {
      diagnostics.Add(at.At(Quoted(sources[i]) + " is not of the form operation::owner::name"));
    }
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

std::unique_ptr<Grader> MakeSql(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  SqlOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  const std::size_t errors = diagnostics.size();
  Patterns tables = CompilePatterns(node, "tables", options.tables, options.dialect, diagnostics);
  Patterns columns = CompilePatterns(node, "columns", options.columns, options.dialect, diagnostics);
  if (diagnostics.size() != errors) return nullptr;
  return std::make_unique<SqlJudge>(std::move(options), std::move(tables), std::move(columns));
}

}  // namespace

GraderKind SqlGrader() {
  return {1, "the response is SQL, or has some in it, and touches only what it may", &SqlOptions::Fields(), &MakeSql};
}

}  // namespace assay
