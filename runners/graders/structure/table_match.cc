// table_match: how much of a table, the result of a query say, is the expected one.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/csv_delimiter.h"
#include "runners/graders/structure/csv_table.h"

namespace assay {
namespace {

enum class TableUnit { kRows, kColumns };
enum class TableMetric { kF1, kPrecision, kRecall };
enum class TableOrder { kIgnored, kKept };
enum class TableNames { kName, kPosition };

struct TableMatchOptions {
  std::string equals;
  TableUnit by = TableUnit::kRows;
  TableMetric metric = TableMetric::kF1;
  TableOrder row_order = TableOrder::kIgnored;
  TableNames columns = TableNames::kName;
  CsvDelimiter delimiter = CsvDelimiter::kComma;
  static const FieldTable<TableMatchOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<TableUnit> {
  static constexpr EnumWord<TableUnit> kWords[] = {
      {"rows", TableUnit::kRows, "rows that are the same in every column"},
      {"columns", TableUnit::kColumns, "columns that are the same in every row"}};
};
template <>
struct EnumWords<TableMetric> {
  static constexpr EnumWord<TableMetric> kWords[] = {
      {"f1", TableMetric::kF1, "the harmonic mean of both"},
      {"precision", TableMetric::kPrecision, "the share of what the response has"},
      {"recall", TableMetric::kRecall, "the share of what is expected"}};
};
template <>
struct EnumWords<TableOrder> {
  static constexpr EnumWord<TableOrder> kWords[] = {{"ignore", TableOrder::kIgnored, "rows in any order"},
                                                    {"keep", TableOrder::kKept, "a row at its place"}};
};
template <>
struct EnumWords<TableNames> {
  static constexpr EnumWord<TableNames> kWords[] = {
      {"name", TableNames::kName, "columns of one name are compared"},
      {"position", TableNames::kPosition, "the first column with the first, whatever their names"}};
};

namespace {

const FieldTable<TableMatchOptions>& TableMatchOptions::Fields() {
  static const auto table =
      FieldTable<TableMatchOptions>()
          .Required("equals", &TableMatchOptions::equals,
                    "the table, as CSV with a header or as a JSON list of objects; a template over the case")
          .Optional("by", &TableMatchOptions::by, "what is counted")
          .Optional("metric", &TableMatchOptions::metric, "of what the share is")
          .Optional("row_order", &TableMatchOptions::row_order, "whether the order of rows counts")
          .Optional("columns", &TableMatchOptions::columns, "which columns belong together")
          .Optional("delimiter", &TableMatchOptions::delimiter, "what stands between the fields of CSV");
  return table;
}

struct Table {
  std::vector<std::string> names;
  std::vector<CsvRow> rows;  // cells in a form that is equal for equal values
};

// Numbers by their value: 1.0, 1e0 and 1 are one cell.
std::string CellOfText(std::string_view text) {
  constexpr std::size_t kMostDigits = 17;  // beyond, two numbers may be one double
  text = TrimBlanks(text);
  if (text.empty() || std::string_view("-0123456789").find(text[0]) == std::string_view::npos) return std::string(text);
  const Result<Json> number = Json::Parse(text);
  if (!number || !number->is_number()) return std::string(text);
  if (number->is_integer()) return number->Dump();
  return text.size() > kMostDigits ? std::string(text) : number->DumpCanonical();
}

std::string CellOf(const Json& value) {
  if (value.is_null()) return "";
  return CellOfText(value.is_string() ? value.as_string() : value.Dump());
}

Result<Table> FromJson(const Json& list) {
  Table table;
  std::map<std::string_view, std::size_t> places;
  for (const Json& row : list.as_array()) {
    if (!row.is_object()) return Fail(ErrorCode::kInvalidArgument, "a row is no JSON object");
    for (const auto& [name, value] : row.as_object()) {
      if (places.emplace(name, places.size()).second) table.names.push_back(name);
    }
  }
  constexpr std::size_t kMaxCells = 10'000'000;
  if (places.size() * list.as_array().size() > kMaxCells) {
    return Fail(ErrorCode::kInvalidArgument, "the rows have too many different columns");
  }
  for (const Json& row : list.as_array()) {
    CsvRow& cells = table.rows.emplace_back(places.size());
    for (const auto& [name, value] : row.as_object()) cells[places.at(name)] = CellOf(value);
  }
  return table;
}

Result<Table> ReadTable(std::string_view text, char delimiter) {
  if (TrimBlanks(text).starts_with('[')) {
    const Result<Json> list = Json::Parse(text);
    if (list) return FromJson(*list);
  }
  ASSAY_ASSIGN(std::vector<CsvRow> rows, ReadCsv(WithoutBlankLines(text), delimiter));
  if (rows.empty()) return Fail(ErrorCode::kInvalidArgument, "no table");
  Table table;
  table.names = std::move(rows.front());
  rows.erase(rows.begin());
  for (CsvRow& row : rows) {
    for (std::string& cell : row) cell = CellOfText(cell);
  }
  table.rows = std::move(rows);
  return table;
}

// Cells in the order of their columns' names; a text of them that says where each ends.
std::vector<std::size_t> ColumnOrder(const Table& table, TableNames names) {
  std::vector<std::size_t> order(table.names.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (names == TableNames::kName) {
    std::ranges::stable_sort(order, {}, [&](std::size_t i) -> const std::string& { return table.names[i]; });
  }
  return order;
}

void AppendCell(const std::string& cell, std::string& out) { out += std::to_string(cell.size()) + ":" + cell; }

std::vector<std::string> Rows(const Table& table, const TableMatchOptions& options) {
  const std::vector<std::size_t> order = ColumnOrder(table, options.columns);
  std::string header;
  for (const std::size_t i : order) AppendCell(options.columns == TableNames::kName ? table.names[i] : "", header);
  std::vector<std::string> rows;
  for (const CsvRow& row : table.rows) {
    std::string& text = rows.emplace_back(header + "\n");
    for (const std::size_t i : order) AppendCell(row[i], text);
  }
  return rows;
}

std::vector<std::string> Columns(const Table& table, const TableMatchOptions& options) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < table.names.size(); ++i) {
    std::vector<const std::string*> cells;
    for (const CsvRow& row : table.rows) cells.push_back(&row[i]);
    if (options.row_order == TableOrder::kIgnored) {
      std::ranges::sort(cells, {}, [](const std::string* cell) -> const std::string& { return *cell; });
    }
    std::string& text = columns.emplace_back();
    AppendCell(options.columns == TableNames::kName ? table.names[i] : std::to_string(i), text);
    for (const std::string* cell : cells) AppendCell(*cell, text);
  }
  return columns;
}

std::size_t InBoth(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::size_t count = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const int order = a[i].compare(b[k]);
    count += order == 0 ? 1 : 0;
    i += order <= 0 ? 1 : 0;
    k += order >= 0 ? 1 : 0;
  }
  return count;
}

std::size_t AtTheirPlaces(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] == b[i] ? 1 : 0;
  return count;
}

class TableMatch final : public Grader {
 public:
  TableMatch(TableMatchOptions options, Target target) : options_(std::move(options)), target_(std::move(target)) {}

  Score Grade(const Case& item, const Response& response) const override {
    auto text = target_.For(item);
    if (!text) return std::move(text).error();
    const char delimiter = CharacterOf(options_.delimiter);
    const Result<Table> expected = ReadTable(*text, delimiter);
    if (!expected) return Score::Unscored("the target is no table: " + expected.error().message);
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const Result<Table> actual = ReadTable(response.text, delimiter);
    if (!actual) return Score::Failing("no table: " + actual.error().message);
    // Any sentence is a table of one column without rows.
    if (expected->rows.empty() && actual->rows.empty() && !actual->names.empty() && !SameColumns(*expected, *actual)) {
      return Score::Failing("no table of the expected columns");
    }
    return options_.by == TableUnit::kRows ? Judge(Rows(*expected, options_), Rows(*actual, options_), "rows")
                                           : Judge(Columns(*expected, options_), Columns(*actual, options_), "columns");
  }
  std::vector<std::string> RequiredFields() const override { return target_.RequiredFields(); }

 private:
  bool SameColumns(const Table& expected, const Table& actual) const {
    if (options_.columns == TableNames::kPosition && expected.names.size() > 1) {
      return expected.names.size() == actual.names.size();
    }
    std::vector<std::string> left = expected.names;
    std::vector<std::string> right = actual.names;
    std::ranges::sort(left);
    std::ranges::sort(right);
    return left == right;
  }

  Score Judge(const std::vector<std::string>& expected, const std::vector<std::string>& actual,
              const std::string& unit) const {
    const bool is_kept = options_.by == TableUnit::kRows && options_.row_order == TableOrder::kKept;
    const std::size_t same = is_kept ? AtTheirPlaces(expected, actual) : InBoth(expected, actual);
    const std::string words = std::to_string(same) + " of " + std::to_string(actual.size()) + " " + unit +
                              " are expected, of " + std::to_string(expected.size());
    if (expected.empty() && actual.empty()) return Score::Measured(1, "no " + unit + ", as expected");
    const auto share = [&](std::size_t of) {
      return of == 0 ? 0.0 : static_cast<double>(same) / static_cast<double>(of);
    };
    switch (options_.metric) {
      case TableMetric::kPrecision:
        return Score::Measured(share(actual.size()), words);
      case TableMetric::kRecall:
        return Score::Measured(share(expected.size()), words);
      case TableMetric::kF1:
        break;
    }
    return Score::Measured(2.0 * static_cast<double>(same) / static_cast<double>(expected.size() + actual.size()),
                           words);
  }

  TableMatchOptions options_;
  Target target_;
};

std::unique_ptr<Grader> MakeTableMatch(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  TableMatchOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto target = Target::Compile(node, "equals", options.equals, diagnostics);
  if (!target) return nullptr;
  if (target->IsConstant()) {
    const Result<Table> table = ReadTable(options.equals, CharacterOf(options.delimiter));
    if (!table) {
      diagnostics.Add(node.Find("equals").value_or(node).At("no table: " + table.error().message));
      return nullptr;
    }
  }
  return std::make_unique<TableMatch>(std::move(options), *std::move(target));
}

}  // namespace

GraderKind TableMatchGrader() {
  GraderKind kind{1, "how much of a table is the expected one", &TableMatchOptions::Fields(), &MakeTableMatch};
  kind.value = GraderValue::kShare;
  return kind;
}

}  // namespace assay
