// label_studio: a list of tasks as Label Studio imports and exports it.

#include "review/interchange/label_studio_task.h"
#include "review/interchange/text_pieces.h"

namespace assay {
namespace {

class TaskWriter final : public RecordWriter {
 public:
  TaskWriter(LabelScheme scheme, LabelStudioOptions options, ByteSink sink)
      : scheme_(std::move(scheme)), options_(std::move(options)), sink_(std::move(sink)) {}

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts& excluded) override {
    if (record.item.subject.kind != scheme_.kind) {
      ++excluded["kind"];
      return 0;
    }
    const Json task = options_.for_labelling ? BlindTaskOf(record, options_) : TaskOf(record, scheme_, options_);
    ASSAY_TRY(sink_((is_first_ ? "[\n" : ",\n") + task.Dump()));
    is_first_ = false;
    return 1;
  }
  Result<std::int64_t> Finish(ExclusionCounts&) override {
    ASSAY_TRY(sink_(is_first_ ? "[]\n" : "\n]\n"));
    return 0;
  }

 private:
  LabelScheme scheme_;
  LabelStudioOptions options_;
  ByteSink sink_;
  bool is_first_ = true;
};

class TaskFileReader final : public RecordReader {
 public:
  TaskFileReader(LabelScheme scheme, const ImportOptions& options, ImportHandlers handlers)
      : scheme_(std::move(scheme)),
        options_(options),
        handlers_(std::move(handlers)),
        tasks_({.piece = [this](std::string_view text, std::int64_t line) { return Task(text, line); },
                .fault = [this](std::int64_t line, const std::string& reason) { return Fault(line, "", reason); }},
               options.longest_record) {}

  Status Read(std::string_view chunk) override { return tasks_.Read(chunk); }
  Status Finish() override { return tasks_.Finish(); }

 private:
  Status Fault(std::int64_t line, const std::string& path, const std::string& reason) {
    return handlers_.fault({.line = line, .path = path, .reason = reason});
  }

  Status Task(std::string_view text, std::int64_t line) {
    if (++records_ > options_.most_records) {
      return Fail(ErrorCode::kResourceExhausted,
                  "the file has more than " + std::to_string(options_.most_records) + " tasks");
    }
    const Result<Json> json = Json::Parse(text, Json::kMaxDepth, RepeatedKeys::kRefuse);
    if (!json) return Fault(line, "", "is no JSON: " + json.error().message);
    ReadTask read = RecordOfTask(*json, scheme_, options_);
    if (read.fault) return Fault(line, read.fault->path, read.fault->reason);
    return handlers_.Take(*std::move(read.record), line);
  }

  LabelScheme scheme_;
  ImportOptions options_;
  ImportHandlers handlers_;
  JsonPieces tasks_;
  std::int64_t records_ = 0;
};

}  // namespace

ExchangeFormat LabelStudioFormat() {
  return {.name = "label_studio",
          .extension = "json",
          .help = "tasks of Label Studio with annotations and predictions, or without them for labelling there",
          .needs_rubric = true,
          .writer = [](const ExportOptions& options, ByteSink sink) -> Result<std::unique_ptr<RecordWriter>> {
            ASSAY_ASSIGN(LabelScheme scheme, MakeLabelScheme(options.rubric, options.kind));
            return std::make_unique<TaskWriter>(std::move(scheme), options.label_studio, std::move(sink));
          },
          .reader = [](const ImportOptions& options, ImportHandlers handlers) -> Result<std::unique_ptr<RecordReader>> {
            ASSAY_ASSIGN(LabelScheme scheme, MakeLabelScheme(options.rubric, options.kind));
            return std::make_unique<TaskFileReader>(std::move(scheme), options, std::move(handlers));
          }};
}

}  // namespace assay
