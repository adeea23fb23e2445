// label_studio_min: JSON_MIN, a list of flat objects, one for each annotation.

#include "review/interchange/label_studio_rows.h"
#include "review/interchange/text_pieces.h"

namespace assay {
namespace {

class MinWriter final : public RecordWriter {
 public:
  MinWriter(LabelScheme scheme, LabelStudioOptions options, ByteSink sink)
      : scheme_(std::move(scheme)), options_(std::move(options)), sink_(std::move(sink)) {}

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts& excluded) override {
    if (record.item.subject.kind != scheme_.kind) {
      ++excluded["kind"];
      return 0;
    }
    const Json task = NumberedTaskOf(record, scheme_, options_, ++tasks_, annotations_);
    std::int64_t rows = 0;
    for (const ShortRow& row : ShortRowsOf(task)) {
      bool hides_data = false;
      const Json object = MinRowOf(row, hides_data);
      if (hides_data) {
        ++excluded["column_collision"];
        continue;
      }
      ASSAY_TRY(sink_((is_first_ ? "[\n" : ",\n") + object.Dump()));
      is_first_ = false;
      ++rows;
    }
    return rows;
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
  std::int64_t tasks_ = 0;
  std::int64_t annotations_ = 0;
};

class MinReader final : public RecordReader {
 public:
  MinReader(const LabelScheme& scheme, const ImportOptions& options, ImportHandlers handlers)
      : rows_(scheme, options, std::move(handlers), false),
        objects_(
            {.piece = [this](std::string_view text, std::int64_t line) { return Object(text, line); },
             .fault = [this](std::int64_t line, const std::string& reason) { return rows_.Fault(line, "", reason); }},
            options.longest_record) {}

  Status Read(std::string_view chunk) override { return objects_.Read(chunk); }
  Status Finish() override {
    ASSAY_TRY(objects_.Finish());
    return rows_.Finish();
  }

 private:
  Status Object(std::string_view text, std::int64_t line) {
    const Result<Json> json = Json::Parse(text, Json::kMaxDepth, RepeatedKeys::kRefuse);
    if (!json) return rows_.Fault(line, "", "is no JSON: " + json.error().message);
    return rows_.Row(*json, line);
  }

  ShortRowReader rows_;
  JsonPieces objects_;
};

}  // namespace

ExchangeFormat LabelStudioMinFormat() {
  return {.name = "label_studio_min",
          .extension = "json",
          .help = "JSON_MIN of Label Studio: a flat object for each annotation",
          .needs_rubric = true,
          .writer = [](const ExportOptions& options, ByteSink sink) -> Result<std::unique_ptr<RecordWriter>> {
            ASSAY_ASSIGN(LabelScheme scheme, MakeLabelScheme(options.rubric, options.kind));
            return std::make_unique<MinWriter>(std::move(scheme), options.label_studio, std::move(sink));
          },
          .reader = [](const ImportOptions& options, ImportHandlers handlers) -> Result<std::unique_ptr<RecordReader>> {
            ASSAY_ASSIGN(const LabelScheme scheme, MakeLabelScheme(options.rubric, options.kind));
            return std::make_unique<MinReader>(scheme, options, std::move(handlers));
          }};
}

}  // namespace assay
