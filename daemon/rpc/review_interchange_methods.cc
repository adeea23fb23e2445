#include "assay/v1/review_interchange.pb.h"
#include "daemon/reviews/review_interchange.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/convert_review.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr int kMostSelected = 100;   // names of a list
constexpr int kMostNameBytes = 256;  // of one

Result<std::vector<std::string>> NamesOf(const google::protobuf::RepeatedPtrField<std::string>& names,
                                         const std::string& field) {
  if (names.size() > kMostSelected)
    return Fail(ErrorCode::kInvalidArgument, "selection." + field + ": at most " + std::to_string(kMostSelected));
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMostNameBytes)
      return Fail(ErrorCode::kInvalidArgument, "selection." + field + ": a name has 1 to 256 bytes");
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<ExportSelection> SelectionFrom(const v1::ExportSelection& wire) {
  ExportSelection selection{.decided_only = wire.decided_only(),
                            .with_known_answers = wire.with_known_answers(),
                            .with_cancelled = wire.with_cancelled()};
  ASSAY_ASSIGN(selection.queues, NamesOf(wire.queues(), "queues"));
  ASSAY_ASSIGN(selection.suites, NamesOf(wire.suites(), "suites"));
  ASSAY_ASSIGN(selection.runs, NamesOf(wire.runs(), "runs"));
  ASSAY_ASSIGN(selection.languages, NamesOf(wire.languages(), "languages"));
  ASSAY_ASSIGN(selection.data_classes, NamesOf(wire.data_classes(), "data_classes"));
  if (wire.has_from()) {
    ASSAY_ASSIGN(selection.from, TimeFromProto(wire.from(), "selection.from"));
  }
  if (wire.has_to()) {
    ASSAY_ASSIGN(selection.to, TimeFromProto(wire.to(), "selection.to"));
  }
  if (selection.from && selection.to && *selection.from >= *selection.to)
    return Fail(ErrorCode::kInvalidArgument, "selection.from: is not before `to`");
  return selection;
}

Result<ExportArguments> ExportArgumentsFrom(const v1::ExportOptions& wire) {
  if (wire.format().empty()) return Fail(ErrorCode::kInvalidArgument, "options.format: is required");
  if (!(wire.validation_share() >= 0 && wire.validation_share() < 1))
    return Fail(ErrorCode::kInvalidArgument, "options.validation_share: 0 or more and less than 1");
  if (wire.split_seed().size() > kMostNameBytes)
    return Fail(ErrorCode::kInvalidArgument, "options.split_seed: at most 256 bytes");
  ExportArguments arguments{.format = wire.format(),
                            .with_names = wire.with_names(),
                            .approval = wire.approval(),
                            .leaves_out_gate_cases = wire.leave_out_gate_cases(),
                            .for_labelling = wire.for_labelling(),
                            .training = {.form = wire.text_prompts() ? PromptForm::kText : PromptForm::kMessages,
                                         .with_margin = wire.with_margin(),
                                         .both_bad_is_undesired = wire.both_bad_is_undesired(),
                                         .validation_share = wire.validation_share(),
                                         .split_seed = wire.split_seed()},
                            .protects_spreadsheets = !wire.keep_formulas(),
                            .has_bom = wire.byte_order_mark()};
  ASSAY_ASSIGN(arguments.selection, SelectionFrom(wire.selection()));
  return arguments;
}

void FillIn(const ExportSelection& selection, v1::ExportSelection& out) {
  out.mutable_queues()->Add(selection.queues.begin(), selection.queues.end());
  out.mutable_suites()->Add(selection.suites.begin(), selection.suites.end());
  out.mutable_runs()->Add(selection.runs.begin(), selection.runs.end());
  out.mutable_languages()->Add(selection.languages.begin(), selection.languages.end());
  out.mutable_data_classes()->Add(selection.data_classes.begin(), selection.data_classes.end());
  if (selection.from) assay::ToProto(*selection.from, *out.mutable_from());
  if (selection.to) assay::ToProto(*selection.to, *out.mutable_to());
  out.set_decided_only(selection.decided_only);
  out.set_with_known_answers(selection.with_known_answers);
  out.set_with_cancelled(selection.with_cancelled);
}

void FillIn(const ExportManifest& manifest, v1::Export& out) {
  out.set_id(manifest.id);
  out.set_exported_by(manifest.exported_by);
  if (manifest.exported_at) assay::ToProto(*manifest.exported_at, *out.mutable_exported_at());
  out.set_format(manifest.format);
  FillIn(manifest.selection, *out.mutable_selection());
  out.set_approval(manifest.approval);
  out.set_file(manifest.file);
  out.set_offered(manifest.offered);
  out.set_records(manifest.records);
  out.set_rows(manifest.rows);
  out.set_judgements(manifest.judgements);
  out.set_decisions(manifest.decisions);
  out.set_bytes(manifest.bytes);
  out.set_sha256(manifest.sha256);
  out.set_quality_approval(manifest.quality_approval);
  for (const LabelQuality& quality : manifest.quality) {
    v1::ExportedQuality& added = *out.add_quality();
    added.set_measure(quality.measure);
    added.set_queue(quality.queue);
    added.set_rubric(quality.rubric);
    if (quality.value) added.set_value(*quality.value);
    if (quality.lower) added.set_lower(*quality.lower);
    if (quality.upper) added.set_upper(*quality.upper);
    added.set_n(quality.n);
  }
  for (const auto& [reason, count] : manifest.excluded) {
    v1::Export::Exclusion& excluded = *out.add_excluded();
    excluded.set_reason(reason);
    excluded.set_count(count);
  }
}

void FillIn(const KeptExport& kept, v1::Export& out) {
  FillIn(kept.manifest, out);
  out.set_with_names(kept.with_names);
  out.set_is_complete(kept.is_complete);
  out.set_is_preview(kept.is_preview);
  out.set_manifest_sha256(kept.manifest_sha256);
}

awaitable<Status> ExportReviews(ReviewInterchange& reviews, const CallContext& context,
                                const v1::ExportReviewsRequest& request, TypedSink<v1::ExportReviewsResponse>& sink) {
  ASSAY_CO_ASSIGN(const ExportArguments arguments, ExportArgumentsFrom(request.options()));
  ASSAY_CO_ASSIGN(const std::unique_ptr<ExportParts> parts, co_await reviews.ExportReviews(context.caller, arguments));
  for (;;) {
    ASSAY_CO_ASSIGN(std::optional<ExportPart> part, co_await parts->Next());
    if (!part) co_return Status();
    v1::ExportReviewsResponse response;
    if (part->ended) {
      FillIn(*part->ended, *response.mutable_export_());
      response.mutable_export_()->set_manifest(part->ended->manifest_text);
    } else {
      response.set_data(std::move(part->bytes));
    }
    ASSAY_CO_TRY(co_await sink.Write(response));
  }
}

awaitable<Result<v1::PreviewExportResponse>> PreviewExport(ReviewInterchange& reviews, const CallContext& context,
                                                           const v1::PreviewExportRequest& request) {
  ASSAY_CO_ASSIGN(const ExportArguments arguments, ExportArgumentsFrom(request.options()));
  ASSAY_CO_ASSIGN(const PreviewedExport previewed, co_await reviews.PreviewExport(context.caller, arguments));
  v1::PreviewExportResponse response;
  FillIn(previewed.preview.manifest, *response.mutable_export_());
  response.set_head(previewed.preview.head);
  response.set_approval_diff(previewed.approval_diff);
  response.set_label_config(previewed.label_config);
  co_return response;
}

awaitable<Result<v1::ListExportsResponse>> ListExports(ReviewInterchange& reviews, const CallContext& context,
                                                       const v1::ListExportsRequest&) {
  ASSAY_CO_ASSIGN(const std::vector<KeptExport> exports, co_await reviews.ListExports(context.caller));
  v1::ListExportsResponse response;
  for (const KeptExport& kept : exports) FillIn(kept, *response.add_exports());
  co_return response;
}

void FillIn(const RunRecord& run, v1::LineageRun& out) {
  out.set_id(run.id);
  out.set_suite(run.suite);
  out.set_suite_version(run.suite_version);
  out.set_dataset_version(run.snapshot_digest);
  out.set_model(run.model);
  out.set_model_version(run.model_label);
  out.set_model_content(run.model_version);
  assay::ToProto(run.created, *out.mutable_created_at());
}

void FillIn(const ItemLineage& lineage, v1::ItemLineage& out) {
  ToProto(lineage.view, *out.mutable_view());
  if (lineage.run) FillIn(*lineage.run, *out.mutable_run());
  out.set_copied_from(lineage.copied_from);
  for (const LineageUse& use : lineage.uses) {
    v1::LineageUse& added = *out.add_uses();
    added.set_what(use.what);
    added.set_id(use.id);
    added.set_name(use.name);
    assay::ToProto(use.at, *added.mutable_at());
    added.set_by(use.by);
    added.set_approval(use.approval);
  }
  for (const ShownEvent& event : lineage.since) ToProto(event, *out.add_since());
}

awaitable<Result<v1::GetLineageResponse>> GetLineage(ReviewInterchange& reviews, const CallContext& context,
                                                     const v1::GetLineageRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  if (request.page_size() > kMostItemsOfLineage) {
    co_return Fail(ErrorCode::kInvalidArgument, "page_size is " + std::to_string(request.page_size()) +
                                                    "; expected 1 to " + std::to_string(kMostItemsOfLineage) +
                                                    ", or 0 for that");
  }
  ASSAY_CO_ASSIGN(const PageRequest page, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Lineage lineage, co_await reviews.GetLineage(context.caller, request.id(), page));
  v1::GetLineageResponse response;
  response.set_judgement(lineage.judgement);
  if (lineage.exported) {
    FillIn(*lineage.exported, *response.mutable_export_());
    response.mutable_export_()->set_manifest(lineage.exported->manifest_text);
  }
  for (const ItemLineage& item : lineage.items) FillIn(item, *response.add_items());
  response.set_has_more(!lineage.next_page.empty());
  response.set_next_page_token(lineage.next_page);
  for (const std::string& derived : lineage.derived) response.add_derived(derived);
  co_return response;
}

awaitable<Result<v1::ImportReviewsResponse>> ImportReviews(ReviewInterchange& reviews, const CallContext& context,
                                                           const v1::ImportReviewsRequest& request) {
  if (request.import_id().empty())
    ASSAY_CO_TRY(CheckRequired({{"format", request.format()}, {"queue", request.queue()}}));
  const ImportPiece piece{.import = request.import_id(),
                          .arguments = {.format = request.format(),
                                        .queue = request.queue(),
                                        .people_domain = request.people_domain(),
                                        .is_dry_run = request.dry_run(),
                                        .approval = request.approval()},
                          .offset = request.offset(),
                          .bytes = request.data(),
                          .is_last = request.is_last()};
  ASSAY_CO_ASSIGN(const ImportProgress progress, co_await reviews.ImportReviews(context.caller, piece));
  v1::ImportReviewsResponse response;
  response.set_import_id(progress.import);
  response.set_bytes(progress.bytes);
  response.set_items(progress.items);
  response.set_items_new(progress.items_new);
  response.set_items_changed(progress.items_changed);
  response.set_items_unchanged(progress.items_unchanged);
  response.set_judgements_new(progress.judgements_new);
  response.set_refused(progress.refused);
  response.set_is_complete(progress.is_complete);
  response.set_gate(progress.gate);
  response.set_approval_diff(progress.approval_diff);
  for (const RefusedRow& row : progress.rows) {
    v1::ImportReviewsResponse::RefusedRow& added = *response.add_rows();
    added.set_line(row.fault.line);
    added.set_path(row.fault.path);
    added.set_reason(row.fault.reason);
    added.set_item(row.item);
  }
  co_return response;
}

awaitable<Result<v1::AnswerLabelStudioResponse>> AnswerLabelStudio(ReviewInterchange& reviews,
                                                                   const CallContext& context,
                                                                   const v1::AnswerLabelStudioRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"queue", request.queue()}}));
  ASSAY_CO_ASSIGN(const auto call, EnumFromProto<LabelStudioCall>(request.call(), "call"));
  if (!call) co_return Fail(ErrorCode::kInvalidArgument, "call: is required");
  ASSAY_CO_ASSIGN(std::string body,
                  co_await reviews.AnswerLabelStudio(context.caller, request.queue(), *call, request.body()));
  v1::AnswerLabelStudioResponse response;
  response.set_body(std::move(body));
  co_return response;
}

}  // namespace

void AddReviewInterchangeMethods(ReviewInterchange& reviews, MethodTable& table) {
  const std::string service = "/assay.v1.ReviewInterchangeService/";
  table.Add(StreamMethod(service + "ExportReviews", &ExportReviews, reviews));
  table.Add(UnaryMethod(service + "PreviewExport", Effect::kRead, &PreviewExport, reviews));
  table.Add(UnaryMethod(service + "ListExports", Effect::kRead, &ListExports, reviews));
  table.Add(UnaryMethod(service + "GetLineage", Effect::kRead, &GetLineage, reviews));
  table.Add(UnaryMethod(service + "ImportReviews", Effect::kWrite, &ImportReviews, reviews));
  table.Add(UnaryMethod(service + "AnswerLabelStudio", Effect::kRead, &AnswerLabelStudio, reviews));
}

}  // namespace assay
