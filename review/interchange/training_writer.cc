#include "review/interchange/training_writer.h"

#include <cmath>

namespace assay {
namespace {

class TrainingWriter final : public RecordWriter {
 public:
  TrainingWriter(TrainingForm form, const ExportOptions& options, ByteSink sink)
      : form_(form),
        options_(options.training),
        rubric_(options.rubric),
        sink_(std::move(sink)),
        table_(options_.most_rows),
        pairs_(options_, rubric_, form),
        check_(form) {}

  Status Survey(const ExchangeRecord& record) override {
    ExclusionCounts ignored;
    return Note(ExamplesIn(record, ignored));
  }
  Status EndSurvey() override { return Note(pairs_.Finish()); }

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts& excluded) override {
    return WriteAll(ExamplesIn(record, excluded), excluded);
  }
  Result<std::int64_t> Finish(ExclusionCounts& excluded) override { return WriteAll(pairs_.Finish(), excluded); }

 private:
  // Those of the record, and of the scored responses to the case before it.
  std::vector<TrainingExample> ExamplesIn(const ExchangeRecord& record, ExclusionCounts& excluded) {
    std::vector<TrainingExample> examples = ExamplesOf{options_, rubric_, form_}(record, excluded);
    for (TrainingExample& pair : pairs_.Add(record, excluded)) examples.push_back(std::move(pair));
    return examples;
  }

  Status Note(const std::vector<TrainingExample>& examples) {
    for (const TrainingExample& example : examples) {
      if (FaultOfExample(example, form_, options_.form).empty()) ASSAY_TRY(table_.Note(example));
    }
    return {};
  }

  Result<std::int64_t> WriteAll(const std::vector<TrainingExample>& examples, ExclusionCounts& excluded) {
    std::int64_t rows = 0;
    for (const TrainingExample& example : examples) {
      std::string fault(FaultOfExample(example, form_, options_.form));
      if (fault.empty()) {
        ASSAY_ASSIGN(fault, table_.FaultOf(example));
      }
      if (fault.empty()) {
        const Json row = RowOf(example, form_, options_.form, SplitOf(example, options_));
        fault = check_.FaultOf(row);
        if (fault.empty()) ASSAY_TRY(sink_(row.Dump() + "\n"));
      }
      if (!fault.empty()) ++excluded[fault];
      rows += fault.empty() ? 1 : 0;
    }
    return rows;
  }

  TrainingForm form_;
  TrainingOptions options_;
  RubricSpec rubric_;
  ByteSink sink_;
  ExampleTable table_;
  ScoredPairs pairs_;
  TrainingRowCheck check_;
};

std::unexpected<Error> WrongOption(const std::string& what) { return Fail(ErrorCode::kInvalidArgument, what); }

}  // namespace

Result<std::unique_ptr<RecordWriter>> MakeTrainingWriter(TrainingForm form, const ExportOptions& options,
                                                         ByteSink sink) {
  const TrainingOptions& training = options.training;
  if (!(training.validation_share >= 0 && training.validation_share < 1))
    return WrongOption("the share of validation lies in [0, 1)");
  if (training.score_difference && !(*training.score_difference >= 0 && *training.score_difference <= 1))
    return WrongOption("the difference of scores lies in [0, 1]");
  for (const double margin : training.margins) {
    if (!std::isfinite(margin)) return WrongOption("margins are numbers");
  }
  return std::make_unique<TrainingWriter>(form, options, std::move(sink));
}

}  // namespace assay
