// csv: the response is a table of comma-separated values.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/csv_delimiter.h"
#include "runners/graders/structure/csv_table.h"

namespace assay {
namespace {

struct CsvOptions {
  CsvDelimiter delimiter = CsvDelimiter::kComma;
  bool has_header = true;
  std::vector<std::string> header;
  std::optional<std::int64_t> columns;
  std::int64_t min_rows = 1;
  std::optional<std::int64_t> max_rows;
  static const FieldTable<CsvOptions>& Fields();
};

const FieldTable<CsvOptions>& CsvOptions::Fields() {
  static const auto table =
      FieldTable<CsvOptions>()
          .Optional("delimiter", &CsvOptions::delimiter, "what stands between fields")
          .Optional("has_header", &CsvOptions::has_header, "the first line names the columns and is no row")
          .Optional("header", &CsvOptions::header, "the names of the columns, in their order", {.max_size = 10'000})
          .Optional("columns", &CsvOptions::columns, "how many columns there are; without it two or more", {.min = 1})
          .Optional("min_rows", &CsvOptions::min_rows, "the least number of rows", {.min = 0})
          .Optional("max_rows", &CsvOptions::max_rows, "the greatest number of rows", {.min = 0})
          .Check(
              [](const CsvOptions& options, const Node& node, Diagnostics& diagnostics) {
                if (options.header.empty() || options.has_header) return;
                diagnostics.Add(node.Find("header").value_or(node).At("there is none with `has_header: false`"));
              },
              {"header", "has_header"});
  return table;
}

class CsvJudge final : public Grader {
 public:
  explicit CsvJudge(CsvOptions options) : options_(std::move(options)) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    const auto rows = ReadCsv(WithoutBlankLines(response.text), CharacterOf(options_.delimiter));
    if (!rows) {
      const bool is_fenced = text.starts_with("```");
      return Score::Failing((is_fenced ? "the response is wrapped in a code fence: " : "no CSV: ") +
                            rows.error().message);
    }
    const CsvRow& first = rows->front();
    if (!options_.header.empty() && first != options_.header) return Score::Failing(WrongHeader(first));
    const auto columns = static_cast<std::int64_t>(first.size());
    if (options_.columns ? columns != *options_.columns : columns < 2) {
      return Score::Failing(Count(columns, "column") + ", not " +
                            (options_.columns ? std::to_string(*options_.columns) : "two or more"));
    }
    const auto count = static_cast<std::int64_t>(rows->size()) - (options_.has_header ? 1 : 0);
    const std::string has = Count(count, "row");
    if (count < options_.min_rows) return Score::Failing(has + ", less than " + std::to_string(options_.min_rows));
    if (options_.max_rows && count > *options_.max_rows) {
      return Score::Failing(has + ", more than " + std::to_string(*options_.max_rows));
    }
    return Score::Pass("CSV of " + Count(columns, "column") + " and " + has);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  static std::string Count(std::int64_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  }

  std::string WrongHeader(const CsvRow& first) const {
    for (std::size_t i = 0; i < std::min(first.size(), options_.header.size()); ++i) {
      if (first[i] != options_.header[i]) {
        return "column " + std::to_string(i + 1) + " is " + Quoted(first[i], 60) + ", not " +
               Quoted(options_.header[i], 60);
      }
    }
    return Count(static_cast<std::int64_t>(first.size()), "column") + ", not " + std::to_string(options_.header.size());
  }

  CsvOptions options_;
};

std::unique_ptr<Grader> MakeCsv(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  CsvOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<CsvJudge>(std::move(options));
}

}  // namespace

GraderKind CsvGrader() {
  return {1, "the response is a table of comma-separated values", &CsvOptions::Fields(), &MakeCsv};
}

}  // namespace assay
