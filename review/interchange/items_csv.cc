// items_csv: a row for each item, with a column for each person and one for the decision. The columns have to be known
// before the first row.

#include <algorithm>
#include <set>

#include "review/agreement.h"
#include "review/interchange/csv_text.h"
#include "review/interchange/exchange_format.h"

namespace assay {
namespace {

constexpr std::string_view kWideColumns[] = {"item",  "queue",    "suite",  "run",    "case",
                                             "trial", "language", "kind",   "rubric", "rubric_version",
                                             "state", "decision", "method", "decided"};
constexpr std::size_t kMostPeople = 1000;

// "quality=4; tone=friendly"
std::string InWords(const Opinion& opinion, const RubricSpec& rubric) {
  std::string text;
  for (const ReviewRating& rating : RatingsOf(opinion, rubric)) {
    text += (text.empty() ? "" : "; ") + rating.criterion + (rating.unit.empty() ? "" : " " + rating.unit) + "=" +
            rating.category;
  }
  return text;
}

class WideWriter final : public RecordWriter {
 public:
  WideWriter(const ExportOptions& options, ByteSink sink)
      : rubric_(options.rubric), sheet_(options.sheet), sink_(std::move(sink)) {}

  Status Survey(const ExchangeRecord& record) override {
    for (const Judgement& judgement : record.judgements) {
      if (IsCurrent(record, judgement)) people_.insert(judgement.person);
    }
    if (people_.size() <= kMostPeople) return {};
    return Fail(ErrorCode::kResourceExhausted,
                "a table with a column for each person has at most 1000; use judgements_csv");
  }

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts&) override {
    for (const Judgement& judgement : record.judgements) {
      if (IsCurrent(record, judgement) && !people_.contains(judgement.person))
        return Fail(ErrorCode::kAborted, std::string(kChangedBetweenPasses));
    }
    ASSAY_TRY(WriteHeader());
    ASSAY_TRY(sink_(LineOf(record)));
    return 1;
  }
  Result<std::int64_t> Finish(ExclusionCounts&) override {
    ASSAY_TRY(WriteHeader());
    return 0;
  }

 private:
  std::string Cell(std::string_view text) const {
    return CsvField(sheet_.protects_spreadsheets ? WithoutFormula(text) : std::string(text));
  }

  Status WriteHeader() {
    if (has_header_) return {};
    has_header_ = true;
    std::string line = sheet_.has_bom ? "\xEF\xBB\xBF" : "";
    for (const std::string_view column : kWideColumns) line += std::string(column) + ",";
    for (const std::string& person : people_) line += Cell("by " + person) + ",";
    line.back() = '\r';
    return sink_(line + "\n");
  }

  // What each person says now; of several (a label, then rework) the last.
  std::string LineOf(const ExchangeRecord& record) const {
    const ReviewItem& item = record.item;
    const ReviewDecision* decision = HoldingDecision(record);
    std::string line;
    for (const std::string& text : {item.id, item.queue, item.suite, item.run, item.case_id}) line += Cell(text) + ",";
    line += std::to_string(item.trial) + "," + Cell(item.language) + "," + Cell(WordOf(item.subject.kind)) + "," +
            Cell(item.rubric) + "," + Cell(ToString(record.rubric_version)) + "," + Cell(WordOf(record.state)) + ",";
    line += (decision == nullptr ? "" : Cell(InWords(decision->outcome, rubric_))) + ",";
    line += (decision == nullptr ? "" : Cell(WordOf(decision->method))) + ",";
    line += (decision == nullptr ? "" : Cell(FormatTime(decision->at))) + ",";
    for (const std::string& person : people_) {
      std::string said;
      for (const Judgement& judgement : record.judgements) {
        if (judgement.person == person && IsCurrent(record, judgement))
          said = InWords(judgement.content.opinion, rubric_);
      }
      line += Cell(said) + ",";
    }
    line.back() = '\r';
    return line + "\n";
  }

  RubricSpec rubric_;
  SheetOptions sheet_;
  ByteSink sink_;
  std::set<std::string> people_;
  bool has_header_ = false;
};

}  // namespace

ExchangeFormat ItemsCsvFormat() {
  return {.name = "items_csv",
          .extension = "csv",
          .help = "a row for each item, a column for each person and the decision, safe to open in a spreadsheet",
          .needs_survey = true,
          .writer = [](const ExportOptions& options, ByteSink sink) -> Result<std::unique_ptr<RecordWriter>> {
            return std::make_unique<WideWriter>(options, std::move(sink));
          }};
}

}  // namespace assay
