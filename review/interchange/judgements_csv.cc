// judgements_csv: a row for each judgement and each thing that it says, for spreadsheets and data frames.

#include <algorithm>

#include "review/agreement.h"
#include "review/interchange/csv_text.h"
#include "review/interchange/exchange_format.h"

namespace assay {
namespace {

constexpr std::string_view kLongColumns[] = {
    "item",    "epoch",  "queue",          "suite",     "run",      "case",  "trial",    "language",  "kind",
    "purpose", "rubric", "rubric_version", "judgement", "revision", "role",  "person",   "submitted", "active_seconds",
    "source",  "counts", "decides",        "criterion", "unit",     "value", "rationale"};

class LongWriter final : public RecordWriter {
 public:
  LongWriter(const ExportOptions& options, ByteSink sink)
      : rubric_(options.rubric), sheet_(options.sheet), sink_(std::move(sink)) {}

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts& excluded) override {
    ASSAY_TRY(WriteHeader());
    if (record.judgements.empty()) ++excluded["no_judgement"];
    std::int64_t rows = 0;
    for (const Judgement& judgement : record.judgements) {
      for (const ReviewRating& rating : RatingsOf(judgement.content.opinion, rubric_)) {
        ASSAY_TRY(sink_(LineOf(record, judgement, rating)));
        ++rows;
      }
    }
    return rows;
  }
  Result<std::int64_t> Finish(ExclusionCounts&) override {
    ASSAY_TRY(WriteHeader());
    return 0;
  }

 private:
  Status WriteHeader() {
    if (has_header_) return {};
    has_header_ = true;
    std::string line = sheet_.has_bom ? "\xEF\xBB\xBF" : "";
    for (const std::string_view column : kLongColumns)
      line += std::string(column == kLongColumns[0] ? "" : ",") + std::string(column);
    return sink_(line + "\r\n");
  }

  void Text(std::string_view text, std::string& line) const {
    if (!line.empty()) line += ',';
    line += CsvField(sheet_.protects_spreadsheets ? WithoutFormula(text) : std::string(text));
  }
  static void Number(std::int64_t number, std::string& line) { line += "," + std::to_string(number); }

  std::string LineOf(const ExchangeRecord& record, const Judgement& judgement, const ReviewRating& rating) const {
    const ReviewItem& item = record.item;
    const ReviewDecision* decision = HoldingDecision(record);
    const bool decides =
        decision != nullptr && std::ranges::find(decision->inputs, judgement.id) != decision->inputs.end();
    std::string line;
    Text(item.id, line);
    Number(judgement.epoch, line);
    for (const std::string& text : {item.queue, item.suite, item.run, item.case_id}) Text(text, line);
    Number(item.trial, line);
    Text(item.language, line);
    Text(WordOf(item.subject.kind), line);
    Text(WordOf(item.purpose), line);
    Text(item.rubric, line);
    Text(ToString(judgement.content.rubric_version), line);
    Text(judgement.id, line);
    Number(judgement.revision, line);
    Text(WordOf(judgement.role), line);
    Text(judgement.person, line);
    Text(FormatTime(judgement.at), line);
    line += "," + Json(std::chrono::duration<double>(judgement.content.times.active).count()).Dump();
    Text(judgement.content.source, line);
    Text(IsCurrent(record, judgement) ? "yes" : "no", line);
    Text(decides ? "yes" : "no", line);
    Text(rating.criterion, line);
    Text(rating.unit, line);
    Text(rating.category, line);
    Text(judgement.content.rationale, line);
    return line + "\r\n";
  }

  RubricSpec rubric_;
  SheetOptions sheet_;
  ByteSink sink_;
  bool has_header_ = false;
};

}  // namespace

ExchangeFormat JudgementsCsvFormat() {
  return {.name = "judgements_csv",
          .extension = "csv",
          .help = "a row for each judgement and criterion, safe to open in a spreadsheet",
          .writer = [](const ExportOptions& options, ByteSink sink) -> Result<std::unique_ptr<RecordWriter>> {
            return std::make_unique<LongWriter>(options, std::move(sink));
          }};
}

}  // namespace assay
