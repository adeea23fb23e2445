#include "assay/v1/review_artefact.pb.h"
#include "daemon/reviews/artefacts.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr int kMostClassesNamed = 100;

awaitable<Result<v1::GetCalibrationPackResponse>> GetCalibrationPack(ReviewArtefacts& artefacts,
                                                                     const CallContext& context,
                                                                     const v1::GetCalibrationPackRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"session", request.session()}}));
  if (request.data_classes_size() > kMostClassesNamed)
    co_return Fail(ErrorCode::kInvalidArgument, "data_classes: at most " + std::to_string(kMostClassesNamed));
  const CalibrationPackArguments arguments{
      .session = request.session(),
      .data_classes = {request.data_classes().begin(), request.data_classes().end()},
      .with_names = request.with_names()};
  ASSAY_CO_ASSIGN(ArtefactText text, co_await artefacts.GetCalibrationPack(context.caller, arguments));
  v1::GetCalibrationPackResponse response;
  response.set_markdown(std::move(text.markdown));
  response.set_document(std::move(text.document));
  co_return response;
}

awaitable<Result<v1::GetAuditReportResponse>> GetAuditReport(ReviewArtefacts& artefacts, const CallContext& context,
                                                             const v1::GetAuditReportRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"queue", request.queue()}}));
  AuditReportArguments arguments{.queue = request.queue(), .with_names = request.with_names()};
  if (request.has_from()) {
    ASSAY_CO_ASSIGN(arguments.from, TimeFromProto(request.from(), "from"));
  }
  if (request.has_to()) {
    ASSAY_CO_ASSIGN(arguments.to, TimeFromProto(request.to(), "to"));
  }
  ASSAY_CO_ASSIGN(ArtefactText text, co_await artefacts.GetAuditReport(context.caller, arguments));
  v1::GetAuditReportResponse response;
  response.set_markdown(std::move(text.markdown));
  response.set_document(std::move(text.document));
  co_return response;
}

void DifferenceToProto(const GoldSetDifference& difference, v1::GoldSetDifference& out) {
  for (const std::string& item : difference.added) out.add_added(item);
  for (const std::string& item : difference.removed) out.add_removed(item);
  for (const std::string& item : difference.changed) out.add_changed(item);
}

// `before` null pointer: it is the first.
void GoldSetToProto(const GoldSetVersion& version, const GoldSetVersion* before, v1::GoldSet& out) {
  out.set_queue(version.queue);
  out.set_version(version.version);
  out.set_intent(version.intent);
  out.set_reason(version.reason);
  out.set_by(version.by);
  ToProto(version.at, *out.mutable_at());
  out.set_digest(DigestOf(version.items));
  for (const GoldSetItem& item : version.items) {
    v1::GoldSetItem& added = *out.add_items();
    added.set_item(item.item);
    added.set_source_item(item.source);
    added.set_purpose(std::string(WordOf(item.purpose)));
    added.set_answer(item.answer);
  }
  const std::vector<GoldSetItem> none;
  DifferenceToProto(DifferenceOf(before == nullptr ? none : before->items, version.items), *out.mutable_changes());
}

const GoldSetVersion* VersionBefore(const GoldSets& sets, std::size_t at) {
  return at == 0 ? nullptr : &sets.versions[at - 1];
}

awaitable<Result<v1::DeclareGoldSetResponse>> DeclareGoldSet(ReviewArtefacts& artefacts, const CallContext& context,
                                                             const v1::DeclareGoldSetRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"queue", request.queue()}}));
  const GoldSetArguments arguments{.queue = request.queue(), .intent = request.intent(), .reason = request.reason()};
  ASSAY_CO_ASSIGN(const GoldSets sets, co_await artefacts.DeclareGoldSet(context.caller, arguments));
  v1::DeclareGoldSetResponse response;
  if (!sets.versions.empty())
    GoldSetToProto(sets.versions.back(), VersionBefore(sets, sets.versions.size() - 1), *response.mutable_set());
  co_return response;
}

awaitable<Result<v1::ListGoldSetsResponse>> ListGoldSets(ReviewArtefacts& artefacts, const CallContext& context,
                                                         const v1::ListGoldSetsRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"queue", request.queue()}}));
  ASSAY_CO_ASSIGN(const GoldSets sets, co_await artefacts.ListGoldSets(context.caller, request.queue()));
  v1::ListGoldSetsResponse response;
  for (std::size_t i = sets.versions.size(); i > 0; --i)
    GoldSetToProto(sets.versions[i - 1], VersionBefore(sets, i - 1), *response.add_sets());
  DifferenceToProto(sets.undeclared, *response.mutable_undeclared());
  co_return response;
}

}  // namespace

void AddReviewArtefactMethods(ReviewArtefacts& artefacts, MethodTable& table) {
  // It is kept who took a pack.
  table.Add(UnaryMethod("/assay.v1.ReviewArtefactService/GetCalibrationPack", Effect::kWrite, &GetCalibrationPack,
                        artefacts));
  table.Add(UnaryMethod("/assay.v1.ReviewArtefactService/GetAuditReport", Effect::kRead, &GetAuditReport, artefacts));
  table.Add(UnaryMethod("/assay.v1.ReviewArtefactService/DeclareGoldSet", Effect::kWrite, &DeclareGoldSet, artefacts));
  table.Add(UnaryMethod("/assay.v1.ReviewArtefactService/ListGoldSets", Effect::kRead, &ListGoldSets, artefacts));
}

}  // namespace assay
