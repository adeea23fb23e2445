#include "assay/v1/dataset.pb.h"
#include "daemon/reviews/datasets.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr int kMostDatasetVersions = 50;
constexpr int kDatasetVersions = 20;  // where nothing is said
constexpr int kMostChangedIds = 1000;
constexpr int kChangedIds = 10;
constexpr std::size_t kMostDatasetKey = 128;

Result<int> WithinMost(std::string_view name, std::int32_t asked, int usual, int most) {
  if (asked == 0) return usual;
  if (asked > 0 && asked <= most) return asked;
  return Fail(ErrorCode::kInvalidArgument, std::string(name) + ": must be in [1, " + std::to_string(most) + "]");
}

void ChangesToProto(const DatasetVersion& version, v1::DatasetChanges& out) {
  const CaseDifference& changes = *version.changes;
  out.set_added(changes.added);
  out.set_removed(changes.removed);
  out.set_changed(changes.changed);
  for (const std::string& id : changes.added_ids) out.add_added_ids(id);
  for (const std::string& id : changes.removed_ids) out.add_removed_ids(id);
  for (const std::string& id : changes.changed_ids) out.add_changed_ids(id);
  out.set_withheld(version.withheld);
}

void NoteToProto(const DatasetNote& note, v1::DatasetNote& out) {
  out.set_by(note.by);
  ToProto(note.at, *out.mutable_at());
  out.set_reason(note.reason);
  out.set_expected_impact(note.expected_impact);
  out.set_approval(note.approval);
  if (note.source.file.empty()) return;
  v1::DatasetSource& source = *out.mutable_source();
  source.set_file(note.source.file);
  source.set_sha256(note.source.sha256);
  source.set_rows(note.source.rows);
  source.set_export_id(note.source.export_id);
}

void ExportToProto(const DatasetExport& each, v1::DatasetExport& out) {
  out.set_id(each.id);
  out.set_by(each.by);
  if (each.at) ToProto(*each.at, *out.mutable_at());
  out.set_format(each.format);
  out.set_judgements(each.judgements);
  out.set_sha256(each.sha256);
}

void ImportToProto(const DatasetImport& each, v1::DatasetImport& out) {
  out.set_id(each.id);
  out.set_by(each.by);
  ToProto(each.at, *out.mutable_at());
  out.set_format(each.format);
  out.set_sha256(each.sha256);
  out.set_items(each.items);
  out.set_judgements(each.judgements);
  out.set_approval(each.approval);
}

void VersionToProto(const DatasetVersion& version, v1::DatasetVersion& out) {
  out.set_digest(version.digest);
  out.set_cases(version.cases);
  ToProto(version.first_run.created, *out.mutable_first_seen());
  out.set_first_run_id(version.first_run.id);
  out.set_first_run_by(version.first_run.principal);
  out.set_runs(version.runs);
  for (const std::string& suite_version : version.suite_versions) out.add_suite_versions(suite_version);
  out.set_cases_deleted(!version.has_cases);
  if (version.changes) ChangesToProto(version, *out.mutable_changes());
  out.set_first(version.is_first);
  for (const DatasetNote& note : version.notes) NoteToProto(note, *out.add_notes());
  for (const DatasetExport& each : version.exports) ExportToProto(each, *out.add_exports());
  for (const DatasetImport& each : version.imports) ImportToProto(each, *out.add_imports());
}

awaitable<Result<v1::ListDatasetVersionsResponse>> ListDatasetVersions(DatasetOperations& datasets,
                                                                       const CallContext& context,
                                                                       const v1::ListDatasetVersionsRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"suite", request.suite()}}));
  ASSAY_CO_ASSIGN(const int limit, WithinMost("limit", request.limit(), kDatasetVersions, kMostDatasetVersions));
  ASSAY_CO_ASSIGN(const int most_ids, WithinMost("most_ids", request.most_ids(), kChangedIds, kMostChangedIds));
  ASSAY_CO_ASSIGN(const std::vector<DatasetVersion> versions,
                  co_await datasets.ListVersions(context.caller, request.suite(), limit, most_ids));
  v1::ListDatasetVersionsResponse response;
  for (const DatasetVersion& version : versions) VersionToProto(version, *response.add_versions());
  co_return response;
}

awaitable<Result<v1::NoteDatasetVersionResponse>> NoteDatasetVersion(DatasetOperations& datasets,
                                                                     const CallContext& context,
                                                                     const v1::NoteDatasetVersionRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"suite", request.suite()}, {"digest", request.digest()}, {"reason", request.reason()}}));
  if (request.key().size() > kMostDatasetKey) co_return Fail(ErrorCode::kInvalidArgument, "key: has at most 128 bytes");
  const DatasetNoteArguments said{
      .suite = request.suite(),
      .digest = request.digest(),
      .reason = request.reason(),
      .expected_impact = request.expected_impact(),
      .approval = request.approval(),
      .source = {
          .file = request.source().file(), .sha256 = request.source().sha256(), .rows = request.source().rows()}};
  ASSAY_CO_ASSIGN(const DatasetNote note, co_await datasets.Note(context.caller, request.key(), said));
  v1::NoteDatasetVersionResponse response;
  NoteToProto(note, *response.mutable_note());
  co_return response;
}

}  // namespace

void AddDatasetMethods(DatasetOperations& datasets, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.DatasetService/ListDatasetVersions", Effect::kRead, &ListDatasetVersions, datasets));
  table.Add(UnaryMethod("/assay.v1.DatasetService/NoteDatasetVersion", Effect::kWrite, &NoteDatasetVersion, datasets));
}

}  // namespace assay
