#include "daemon/reviews/export_run.h"

namespace assay {
namespace {

constexpr int kRecordsOfAStep = 200;
constexpr std::size_t kFullPiece = 256u << 10;

}  // namespace

Result<std::unique_ptr<ExportRun>> ExportRun::Begin(Store& store, ExportPlan plan, RecordQuery query) {
  auto run = std::unique_ptr<ExportRun>(new ExportRun(store, std::move(plan), std::move(query)));
  run->is_rehearsing_ = run->is_guarded() && run->plan_.options.training.approval;
  ASSAY_TRY(run->BeginPasses());
  return run;
}

Status ExportRun::BeginPasses() {
  ASSAY_ASSIGN(RecordExport begun, RecordExport::Begin(*plan_.format, plan_.options, sink_));
  export_.emplace(std::move(begun));
  is_surveying_ = export_->NeedsSurvey() || refuses();
  return {};
}

Result<std::string> ExportRun::Step() {
  bytes_.clear();
  for (int looked_at = 0; looked_at < kRecordsOfAStep && bytes_.size() < kFullPiece && !manifest_; ++looked_at) {
    ASSAY_ASSIGN(const ExchangeRecord* record, records_.Next());
    ASSAY_TRY(record != nullptr ? Take(*record) : EndPass());
  }
  return std::move(bytes_);
}

Status ExportRun::Take(const ExchangeRecord& record) {
  if (!is_surveying_) {
    const bool leaves = !is_rehearsing_ && ExclusionOf(record, *plan_.format, plan_.options).empty();
    if (leaves) quality_.Add(record);
    return export_->Write(record);
  }
  ASSAY_TRY(CheckGates(record));
  return export_->Survey(record);
}

Status ExportRun::EndPass() {
  if (is_surveying_) {
    is_surveying_ = false;
    records_.Rewind();
    return export_->EndSurvey();
  }
  ASSAY_ASSIGN(ExportManifest made, export_->Finish());
  if (!is_rehearsing_) {
    made.quality = quality_.Quality();
    made.redaction_policy = quality_.RedactionPolicy();
    manifest_ = std::move(made);
    return {};
  }
  is_rehearsing_ = false;
  records_.Rewind();
  return BeginPasses();
}

Status ExportRun::CheckGates(const ExchangeRecord& record) const {
  const bool is_used =
      refuses() && record.gates && !record.gates->empty() && ExclusionOf(record, *plan_.format, plan_.options).empty();
  if (!is_used) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "case \"" + record.item.case_id + "\" of suite \"" + record.item.suite + "\" is used by gate \"" +
                  record.gates->front() + "\", and " + std::string(plan_.format->name) +
                  " is for training: propose a change training_export with the approval_diff of a preview of this "
                  "export (assay review export --propose REASON), let a peer and a lead approve it, and name its id as "
                  "the approval; or leave such cases out");
}

}  // namespace assay
