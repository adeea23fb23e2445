#include "review/interchange/export.h"

#include <algorithm>

#include "review/label_map.h"

namespace assay {
namespace {

bool IsSelected(const std::vector<std::string>& wanted, const std::string& value) {
  return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
}

bool MayLeave(const std::vector<std::string>& classes, const std::string& data_class) {
  return data_class.empty() || std::ranges::find(classes, data_class) != classes.end();
}

// When what the record says was said.
Time TimeOfRecord(const ExchangeRecord& record) {
  if (const ReviewDecision* decision = HoldingDecision(record)) return decision->at;
  Time last{};
  for (const Judgement& judgement : record.judgements) last = std::max(last, judgement.at);
  return last;
}

bool IsInTime(const ExchangeRecord& record, const ExportSelection& selection) {
  if (!selection.from && !selection.to) return true;
  const Time at = TimeOfRecord(record);
  return (!selection.from || at >= *selection.from) && (!selection.to || at < *selection.to);
}

std::string_view ExclusionByRubric(const ExchangeRecord& record, const ExchangeFormat& format,
                                   const ExportOptions& options) {
  if (!format.needs_rubric) return "";
  if (record.item.rubric != options.rubric.name) return "rubric";
  const int major = options.rubric.ParsedVersion().major;
  if (record.rubric_version.major == major) return "";
  return options.rubric.FindMap(record.rubric_version.major) != nullptr ? "" : "superseded_rubric";
}

// What people said under an earlier version, as the rubric of the export reads it; false where it does not cover it.
bool BringUpToDate(ExchangeRecord& record, const RubricSpec& rubric) {
  const LabelMapSpec* map = rubric.FindMap(record.rubric_version.major);
  const auto bring = [&](Opinion& opinion) {
    Result<Opinion> mapped = MapOpinion(opinion, *map, record.item.subject, rubric);
    if (mapped) opinion = *std::move(mapped);
    return mapped.has_value();
  };
  for (Judgement& judgement : record.judgements) {
    if (IsCurrent(record, judgement) && !bring(judgement.content.opinion)) return false;
  }
  for (ReviewDecision& decision : record.decisions) {
    if (decision.is_active && !bring(decision.outcome)) return false;
  }
  record.rubric_version = rubric.ParsedVersion();
  return true;
}

std::unexpected<Error> OtherExport(const ApprovalRequest& request, const std::string& why) {
  return Fail(ErrorCode::kPermissionDenied, "approval " + Json(request.id).Dump() + " is of another export: " + why);
}

// What was approved; absent without an approval.
Result<std::optional<ExportManifest>> ApprovedBy(const ExchangeFormat& format, const ExportOptions& options) {
  if (!format.is_training || !options.training.approval) return std::nullopt;
  const ApprovalRequest& request = *options.training.approval;
  ASSAY_TRY(CheckMoves(request, ReviewChange::kTrainingExport, options.training.now));
  if (request.diff_hash != Sha256Hex(options.training.approved_text)) return OtherExport(request, "its text differs");
  ASSAY_ASSIGN(ExportManifest approved, ApprovedExportFrom(options.training.approved_text));
  if (approved.format != format.name || approved.selection != options.selection)
    return OtherExport(request, "format or selection differ");
  return approved;
}

Status CheckWritten(const ApprovalRequest& request, const ExportManifest& approved, const ExportManifest& written) {
  const bool is_it =
      written.sha256 == approved.sha256 && written.records == approved.records && written.rows == approved.rows;
  if (is_it) return {};
  return OtherExport(request, "it is of " + std::to_string(approved.rows) + " rows of " +
                                  std::to_string(approved.records) + " items with the SHA-256 " +
                                  approved.sha256.substr(0, 12) + "..., and what would leave is " +
                                  std::to_string(written.rows) + " rows of " + std::to_string(written.records) +
                                  " items with another: other options, or items that were withdrawn since; preview it, "
                                  "and propose it again");
}

}  // namespace

// Both passes see the same records in the same form.
class RecordExport::Parts {
 public:
  Parts(const ExchangeFormat& format, const ExportOptions& options, const ByteSink& sink)
      : format_(format), options_(options), sink_(sink) {}

  Status Begin() {
    ASSAY_ASSIGN(approved_, ApprovedBy(format_, options_));
    ASSAY_ASSIGN(writer_, format_.writer(options_, [this](std::string_view bytes) { return Put(bytes); }));
    return {};
  }
  bool needs_survey() const { return format_.needs_survey; }

  Status Survey(const ExchangeRecord& record) {
    ExclusionCounts ignored;
    const ExchangeRecord* prepared = Prepare(record, ignored);
    return prepared == nullptr ? Status() : writer_->Survey(*prepared);
  }
  Status EndSurvey() { return writer_->EndSurvey(); }

  Status Write(const ExchangeRecord& record) {
    ++manifest_.offered;
    const ExchangeRecord* prepared = Prepare(record, manifest_.excluded);
    if (prepared == nullptr) return {};
    ASSAY_ASSIGN(const std::int64_t rows, writer_->Write(*prepared, manifest_.excluded));
    manifest_.rows += rows;
    if (rows > 0) Count(*prepared);
    return {};
  }

  Result<ExportManifest> Finish() {
    ASSAY_ASSIGN(const std::int64_t rows, writer_->Finish(manifest_.excluded));
    manifest_.rows += rows;
    Describe();
    if (approved_) ASSAY_TRY(CheckWritten(*options_.training.approval, *approved_, manifest_));
    return std::move(manifest_);
  }

 private:
  Status Put(std::string_view bytes) {
    digest_.Update(bytes);
    return sink_(bytes);
  }

  // The record as it is written: null pointer where it does not leave, with the reason in `excluded`.
  const ExchangeRecord* Prepare(const ExchangeRecord& record, ExclusionCounts& excluded) {
    std::string_view why = ExclusionOf(record, format_, options_);
    const ExchangeRecord* prepared = &record;
    const bool is_old = format_.needs_rubric && record.rubric_version.major != options_.rubric.ParsedVersion().major;
    if (why.empty() && is_old) {
      mapped_ = record;
      prepared = &mapped_;
      if (!BringUpToDate(mapped_, options_.rubric)) why = "superseded_rubric";
    }
    if (why.empty()) return prepared;
    ++excluded[std::string(why)];
    return nullptr;
  }

  void Count(const ExchangeRecord& record) {
    ++manifest_.records;
    manifest_.judgements += std::ssize(record.judgements);
    manifest_.decisions += std::ssize(record.decisions);
    manifest_.rubrics[record.item.rubric].insert(ToString(record.rubric_version));
    manifest_.queues[record.item.queue].insert(record.item.queue_version);
    manifest_.suites[record.item.suite].insert(record.item.suite_version);
    if (!record.item.data_class.empty()) manifest_.data_classes.insert(record.item.data_class);
  }

  void Describe() {
    manifest_.format = format_.name;
    manifest_.selection = options_.selection;
    if (format_.is_training && options_.training.approval) manifest_.approval = options_.training.approval->id;
    manifest_.protects_spreadsheets =
        format_.extension == "csv" && options_.sheet.protects_spreadsheets && !format_.reader;
    manifest_.bytes = digest_.bytes();
    manifest_.sha256 = digest_.FinishHex();
  }

  const ExchangeFormat& format_;
  const ExportOptions& options_;
  const ByteSink& sink_;
  std::unique_ptr<RecordWriter> writer_;
  FileDigest digest_;
  ExchangeRecord mapped_;
  ExportManifest manifest_;
  std::optional<ExportManifest> approved_;
};

RecordExport::RecordExport(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RecordExport::RecordExport(RecordExport&&) noexcept = default;
RecordExport::~RecordExport() = default;

Result<RecordExport> RecordExport::Begin(const ExchangeFormat& format, const ExportOptions& options,
                                         const ByteSink& sink) {
  auto parts = std::make_unique<Parts>(format, options, sink);
  ASSAY_TRY(parts->Begin());
  return RecordExport(std::move(parts));
}

bool RecordExport::NeedsSurvey() const { return parts_->needs_survey(); }
Status RecordExport::Survey(const ExchangeRecord& record) { return parts_->Survey(record); }
Status RecordExport::EndSurvey() { return parts_->EndSurvey(); }
Status RecordExport::Write(const ExchangeRecord& record) { return parts_->Write(record); }
Result<ExportManifest> RecordExport::Finish() { return parts_->Finish(); }

std::string_view ExclusionOf(const ExchangeRecord& record, const ExchangeFormat& format, const ExportOptions& options) {
  const ExportSelection& selection = options.selection;
  const ReviewItem& item = record.item;
  const bool knows_answer = item.purpose != ItemPurpose::kLabel;
  if (record.state == ReviewState::kQuarantined) return "quarantined";
  if (!IsSelected(selection.queues, item.queue)) return "queue";
  if (!IsSelected(selection.suites, item.suite)) return "suite";
  if (!IsSelected(selection.runs, item.run)) return "run";
  if (!IsSelected(selection.languages, item.language)) return "language";
  if (!MayLeave(selection.data_classes, item.data_class)) return "data_class";
  if (record.is_withheld) return "withheld";
  if (!IsInTime(record, selection)) return "time";
  if (record.state == ReviewState::kCancelled && (!selection.with_cancelled || format.is_training)) return "cancelled";
  if (knows_answer && (!selection.with_known_answers || format.is_training)) return "known_answer";
  if (selection.decided_only && record.state != ReviewState::kDone) return "undecided";
  return ExclusionByRubric(record, format, options);
}

Result<ExportManifest> ExportRecords(const ExchangeFormat& format, const ExportOptions& options,
                                     const RecordSource& source, const ByteSink& sink) {
  ASSAY_ASSIGN(RecordExport run, RecordExport::Begin(format, options, sink));
  if (run.NeedsSurvey()) {
    ASSAY_TRY(source([&](const ExchangeRecord& record) { return run.Survey(record); }));
    ASSAY_TRY(run.EndSurvey());
  }
  ASSAY_TRY(source([&](const ExchangeRecord& record) { return run.Write(record); }));
  return run.Finish();
}

Result<ExportPreview> PreviewExport(const ExchangeFormat& format, const ExportOptions& options,
                                    const RecordSource& source, int lines) {
  constexpr std::size_t kMost = 64 << 10;
  ExportPreview preview;
  int left = lines;
  const ByteSink sink = [&](std::string_view bytes) -> Status {
    for (const char c : bytes) {
      if (left <= 0 || preview.head.size() >= kMost) return {};
      preview.head += c;
      left -= c == '\n' ? 1 : 0;
    }
    return {};
  };
  ASSAY_ASSIGN(preview.manifest, ExportRecords(format, options, source, sink));
  return preview;
}

std::string ApprovedTextOf(const ExportManifest& rehearsed) {
  return ToJson(ExportManifest{.exported_at = rehearsed.exported_at,
                               .format = rehearsed.format,
                               .selection = rehearsed.selection,
                               .bytes = rehearsed.bytes,
                               .sha256 = rehearsed.sha256,
                               .records = rehearsed.records,
                               .rows = rehearsed.rows,
                               .judgements = rehearsed.judgements,
                               .decisions = rehearsed.decisions,
                               .data_classes = rehearsed.data_classes})
      .DumpCanonical();
}

Result<ExportManifest> ApprovedExportFrom(std::string_view text) {
  auto read = [&]() -> Result<ExportManifest> {
    ASSAY_ASSIGN(const Json json, Json::Parse(text));
    return ExportManifestFromJson(json);
  }();
  if (!read || !read->exported_at)
    return Fail(ErrorCode::kPermissionDenied,
                "the approval is of no export: its diff has to be the approval_diff of a preview");
  return read;
}

}  // namespace assay
