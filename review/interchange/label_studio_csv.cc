// label_studio_csv: the CSV of Label Studio, a row for each annotation; its columns are those of all rows, in the order
// of their bytes, so that they have to be known before the first row.

#include <set>

#include "review/interchange/csv_text.h"
#include "review/interchange/label_studio_rows.h"

namespace assay {
namespace {

constexpr std::size_t kMostColumns = 4096;

class LabelCsvWriter final : public RecordWriter {
 public:
  LabelCsvWriter(LabelScheme scheme, LabelStudioOptions options, ByteSink sink)
      : scheme_(std::move(scheme)), options_(std::move(options)), sink_(std::move(sink)) {}

  Status Survey(const ExchangeRecord& record) override {
    if (record.item.subject.kind != scheme_.kind) return {};
    std::int64_t ignored = 0;
    for (const ShortRow& row : ShortRowsOf(NumberedTaskOf(record, scheme_, options_, 1, ignored))) {
      const Json cells = CsvCellsOf(row);
      for (const auto& [column, value] : cells.as_object()) columns_.insert(column);
    }
    if (columns_.size() <= kMostColumns) return {};
    return Fail(ErrorCode::kResourceExhausted, "the table would have more than 4096 columns");
  }

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts& excluded) override {
    if (record.item.subject.kind != scheme_.kind) {
      ++excluded["kind"];
      return 0;
    }
    ASSAY_TRY(WriteHeader());
    const std::vector<ShortRow> rows = ShortRowsOf(NumberedTaskOf(record, scheme_, options_, ++tasks_, annotations_));
    for (const ShortRow& row : rows) ASSAY_TRY(WriteRow(CsvCellsOf(row)));
    return std::ssize(rows);
  }
  Result<std::int64_t> Finish(ExclusionCounts&) override {
    ASSAY_TRY(WriteHeader());
    return 0;
  }

 private:
  Status WriteHeader() {
    if (has_header_) return {};
    has_header_ = true;
    std::string line;
    for (const std::string& column : columns_) line += (line.empty() ? "" : ",") + CsvField(column, true);
    return sink_(line + "\r\n");
  }

  Status WriteRow(const Json& cells) {
    for (const auto& [column, value] : cells.as_object()) {
      if (!columns_.contains(column)) return Fail(ErrorCode::kAborted, std::string(kChangedBetweenPasses));
    }
    std::string line;
    bool is_first = true;
    for (const std::string& column : columns_) {
      if (!is_first) line += ',';
      is_first = false;
      line += CsvCell(cells.Find(column));
    }
    return sink_(line + "\r\n");
  }

  LabelScheme scheme_;
  LabelStudioOptions options_;
  ByteSink sink_;
  std::set<std::string> columns_;
  bool has_header_ = false;
  std::int64_t tasks_ = 0;
  std::int64_t annotations_ = 0;
};

class LabelCsvReader final : public RecordReader {
 public:
  LabelCsvReader(const LabelScheme& scheme, const ImportOptions& options, ImportHandlers handlers)
      : rows_(scheme, options, std::move(handlers), true),
        csv_({.row = [this](std::vector<std::string> row, std::vector<bool> was_quoted,
                            std::int64_t line) { return Row(std::move(row), was_quoted, line); },
              .fault = [this](std::int64_t line, const std::string& reason) { return rows_.Fault(line, "", reason); }},
             options.longest_record, kMostColumns) {}

  Status Read(std::string_view chunk) override { return csv_.Read(chunk); }
  Status Finish() override {
    ASSAY_TRY(csv_.Finish());
    return rows_.Finish();
  }

 private:
  Status Row(std::vector<std::string> row, const std::vector<bool>& was_quoted, std::int64_t line) {
    if (names_.empty()) return Header(std::move(row), line);
    if (row.size() != names_.size()) {
      return rows_.Fault(
          line, "",
          "the row has " + std::to_string(row.size()) + " fields, the header " + std::to_string(names_.size()));
    }
    Json object{Json::Object{}};
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Result<Json> number = was_quoted[i] ? Fail(ErrorCode::kInvalidArgument, "") : Json::Parse(row[i]);
      const bool is_number = number && number->is_number();
      object.as_object().emplace_back(names_[i], is_number ? *number : Json(std::move(row[i])));
    }
    return rows_.Row(object, line);
  }

  Status Header(std::vector<std::string> names, std::int64_t line) {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      if (name.empty()) return Unusable(line, "has a column without a name");
      if (!seen.insert(name).second)
        return Unusable(line, "names column " + Json(name.substr(0, 64)).Dump() + " twice");
    }
    names_ = std::move(names);
    return {};
  }

  // Without a header no row means anything.
  Status Unusable(std::int64_t line, const std::string& reason) {
    ASSAY_TRY(rows_.Fault(line, "", "the header " + reason));
    return Fail(ErrorCode::kInvalidArgument, "line " + std::to_string(line) + ": the header " + reason);
  }

  ShortRowReader rows_;
  CsvRows csv_;
  std::vector<std::string> names_;
};

}  // namespace

ExchangeFormat LabelStudioCsvFormat() {
  return {.name = "label_studio_csv",
          .extension = "csv",
          .help = "CSV of Label Studio: a row for each annotation",
          .needs_rubric = true,
          .needs_survey = true,
          .writer = [](const ExportOptions& options, ByteSink sink) -> Result<std::unique_ptr<RecordWriter>> {
            ASSAY_ASSIGN(LabelScheme scheme, MakeLabelScheme(options.rubric, options.kind));
            return std::make_unique<LabelCsvWriter>(std::move(scheme), options.label_studio, std::move(sink));
          },
          .reader = [](const ImportOptions& options, ImportHandlers handlers) -> Result<std::unique_ptr<RecordReader>> {
            ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(options.rubric, options.kind));
            return std::make_unique<LabelCsvReader>(scheme, options, std::move(handlers));
          }};
}

}  // namespace assay
