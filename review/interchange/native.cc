// native: JSON lines, one for each item, judgement, decision and audit; nothing is lost. The lines of an item stand
// together, its own first.

#include <algorithm>

#include "review/interchange/exchange_format.h"
#include "review/interchange/record_fields.h"
#include "review/interchange/text_pieces.h"

namespace assay {
namespace {

constexpr std::string_view kNativeSchema = "assay.review/1";

// What every line has: by it a line can be read without the others.
struct LineFrame {
  std::string schema = std::string(kNativeSchema);
  std::string line = {};  // item | judgement | decision | audit
  std::string item = {};
  std::string suite = {};
  std::string run = {};
  std::string case_id = {};
  std::string queue = {};
  std::string rubric = {};
  ReviewItemKind kind = ReviewItemKind::kRubric;
  friend bool operator==(const LineFrame&, const LineFrame&) = default;
};

LineFrame FrameOf(const ExchangeRecord& record, std::string_view line) {
  return {.line = std::string(line),
          .item = record.item.id,
          .suite = record.item.suite,
          .run = record.item.run,
          .case_id = record.item.case_id,
          .queue = record.item.queue,
          .rubric = record.item.rubric,
          .kind = record.item.subject.kind};
}

// The record without what has lines of its own.
ExchangeRecord WithoutLists(const ExchangeRecord& record) {
  return {.item = record.item,
          .epoch = record.epoch,
          .rubric_version = record.rubric_version,
          .content_hash = record.content_hash,
          .state = record.state,
          .texts = record.texts,
          .gates = record.gates,
          .suggestions = record.suggestions,
          .extra = record.extra};
}

}  // namespace

template <class V>
void Visit(V& v, auto& f, std::type_identity<LineFrame>) {
  v("schema", f.schema), v("line", f.line), v("item", f.item), v("suite", f.suite), v("run", f.run);
  v("case_id", f.case_id), v("queue", f.queue), v("rubric", f.rubric), v("kind", f.kind);
}

namespace {

class NativeWriter final : public RecordWriter {
 public:
  explicit NativeWriter(ByteSink sink) : sink_(std::move(sink)) {}

  Result<std::int64_t> Write(const ExchangeRecord& record, ExclusionCounts&) override {
    std::int64_t rows = 0;
    ASSAY_TRY(Put(record, "item", WithoutLists(record), rows));
    for (const Judgement& judgement : record.judgements) ASSAY_TRY(Put(record, "judgement", judgement, rows));
    for (const ReviewDecision& decision : record.decisions) ASSAY_TRY(Put(record, "decision", decision, rows));
    for (const ReviewAudit& audit : record.audits) ASSAY_TRY(Put(record, "audit", audit, rows));
    return rows;
  }
  Result<std::int64_t> Finish(ExclusionCounts&) override { return 0; }

 private:
  template <class T>
  Status Put(const ExchangeRecord& record, std::string_view word, const T& value, std::int64_t& rows) {
    Json line = WriteStruct(FrameOf(record, word));
    line.as_object().emplace_back("body", WriteStruct(value));
    ++rows;
    return sink_(line.Dump() + "\n");
  }

  ByteSink sink_;
};

class NativeReader final : public RecordReader {
 public:
  NativeReader(const ImportOptions& options, ImportHandlers handlers)
      : options_(options),
        handlers_(std::move(handlers)),
        lines_({.piece = [this](std::string_view text, std::int64_t line) { return Line(text, line); },
                .fault = [this](std::int64_t line, const std::string& reason) { return Fault(line, "", reason); }},
               options.longest_record) {}

  Status Read(std::string_view chunk) override { return lines_.Read(chunk); }
  Status Finish() override {
    ASSAY_TRY(lines_.Finish());
    return Flush();
  }

 private:
  // A line that is wrong takes its item with it: half an item would say something else.
  Status Fault(std::int64_t line, const std::string& path, const std::string& reason) {
    is_whole_ = false;
    return handlers_.fault({.line = line, .path = path, .reason = reason});
  }

  Status Line(std::string_view text, std::int64_t line) {
    line_bytes_ = text.size();
    const Result<Json> json = Json::Parse(text, Json::kMaxDepth, RepeatedKeys::kRefuse);
    if (!json) return Fault(line, "", "is no JSON: " + json.error().message);
    if (!json->is_object()) return Fault(line, "", "expected an object");
    const Json* body = json->Find("body");
    if (body == nullptr) return Fault(line, "body", "is missing");
    Json::Object members = json->as_object();
    std::erase_if(members, [](const Json::Member& member) { return member.first == "body"; });
    const Result<LineFrame> frame = StructFromJson<LineFrame>(Json(std::move(members)));
    if (!frame) return Fault(line, "", frame.error().message);
    if (frame->schema != kNativeSchema)
      return Fault(line, "schema", "this version reads " + std::string(kNativeSchema));
    return frame->line == "item" ? Begin(*frame, *body, line) : Add(*frame, *body, line);
  }

  Status Begin(const LineFrame& frame, const Json& body, std::int64_t line) {
    ASSAY_TRY(Flush());
    Result<ExchangeRecord> record = StructFromJson<ExchangeRecord>(body, options_.longest_record);
    has_begun_ = true;
    is_whole_ = true;
    first_line_ = line;
    record_bytes_ = line_bytes_;
    if (!record) return Fault(line, "body", record.error().message);
    record_ = *std::move(record);
    const bool has_lists = !record_.judgements.empty() || !record_.decisions.empty() || !record_.audits.empty();
    if (has_lists) return Fault(line, "body", "judgements, decisions and audits have lines of their own");
    if (FrameOf(record_, "item") != frame) return Fault(line, "", "says something else than its body");
    return {};
  }

  Status Add(const LineFrame& frame, const Json& body, std::int64_t line) {
    if (!has_begun_) return Fault(line, "line", "a " + frame.line.substr(0, 32) + " before its item");
    if (!is_whole_) return {};
    if (FrameOf(record_, frame.line) != frame)
      return Fault(line, "item", "is not that of the item before it, " + record_.item.id);
    const std::size_t parts = record_.judgements.size() + record_.decisions.size() + record_.audits.size();
    if (parts >= options_.most_judgements) {
      return Fault(line, "", "the item has more than " + std::to_string(options_.most_judgements) + " lines");
    }
    record_bytes_ += line_bytes_;
    if (record_bytes_ > kMostBytes) return Fault(line, "", "an item with all that was said of it has at most 8 MiB");
    if (frame.line == "judgement") return AddTo(record_.judgements, body, line);
    if (frame.line == "decision") return AddTo(record_.decisions, body, line);
    if (frame.line == "audit") return AddTo(record_.audits, body, line);
    return Fault(line, "line", "expected one of item, judgement, decision, audit");
  }

  template <class T>
  Status AddTo(std::vector<T>& list, const Json& body, std::int64_t line) {
    Result<T> value = StructFromJson<T>(body, options_.longest_record);
    if (!value) return Fault(line, "body", value.error().message);
    list.push_back(*std::move(value));
    return {};
  }

  Status Flush() {
    if (!has_begun_ || !is_whole_) return {};
    has_begun_ = false;
    if (++records_ > options_.most_records) {
      return Fail(ErrorCode::kResourceExhausted,
                  "the file has more than " + std::to_string(options_.most_records) + " items");
    }
    return handlers_.Take(std::move(record_), first_line_);
  }

  static constexpr std::size_t kMostBytes = 8 << 20;  // of an item, which is held as a whole

  ImportOptions options_;
  ImportHandlers handlers_;
  LinePieces lines_;
  std::size_t line_bytes_ = 0;
  std::size_t record_bytes_ = 0;
  ExchangeRecord record_;
  std::int64_t first_line_ = 0;
  bool has_begun_ = false;
  bool is_whole_ = false;
  std::int64_t records_ = 0;
};

}  // namespace

ExchangeFormat NativeFormat() {
  return {.name = "native",
          .extension = "jsonl",
          .help = "everything, a line for each item, judgement, decision and audit; read back by its manifest",
          .writer = [](const ExportOptions&, ByteSink sink) -> Result<std::unique_ptr<RecordWriter>> {
            return std::make_unique<NativeWriter>(std::move(sink));
          },
          .reader = [](const ImportOptions& options, ImportHandlers handlers) -> Result<std::unique_ptr<RecordReader>> {
            return std::make_unique<NativeReader>(options, std::move(handlers));
          }};
}

}  // namespace assay
