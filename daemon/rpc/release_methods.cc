#include "assay/v1/release.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

void BlockerToProto(const BlockerStatus& status, v1::ReleaseBlocker& out) {
  ToProto(status.blocker, out);
  out.set_project(status.project);
  if (status.candidate) ToProto(*status.candidate, *out.mutable_candidate());
}

void DecisionToProto(const ReleaseDecision& decision, v1::ReleaseDecision& out) {
  out.set_verdict_id(decision.verdict);
  out.set_project(decision.project);
  out.set_gate(decision.gate);
  out.set_decision(decision.is_go ? v1::ReleaseDecision::GO : v1::ReleaseDecision::NO_GO);
  out.set_reason(decision.reason);
  out.set_principal(decision.principal);
  ToProto(decision.at, *out.mutable_at());
  out.set_superseded(decision.is_superseded);
}

Result<BlockerArguments> ArgumentsOfBlocker(const v1::RecommendBlockerRequest& request) {
  ASSAY_TRY(CheckRequired({{"reason", request.reason()}}));
  if (request.evidence_size() > static_cast<int>(ReleaseBlocker::kMostEvidence))
    return Fail(ErrorCode::kInvalidArgument, "evidence: at most 100 items and cases");
  const std::string severity = std::to_string(request.severity());
  BlockerArguments arguments{.candidate = request.candidate(),
                             .gate = request.gate(),
                             .severity = request.severity(),
                             .reason = request.reason()};
  std::string evidence;
  for (const v1::BlockerEvidence& each : request.evidence()) {
    arguments.evidence.push_back({each.item_id(), each.run_id(), each.case_id()});
    for (const std::string* part : {&each.item_id(), &each.run_id(), &each.case_id()})
      evidence += std::to_string(part->size()) + ":" + *part;
  }
  ASSAY_ASSIGN(arguments.request,
               RequestKeyOf("RecommendBlocker", request.request_id(),
                            {request.candidate(), request.gate(), severity, request.reason(), evidence}));
  return arguments;
}

Result<ReleaseArguments> ArgumentsOfDecision(const v1::DecideReleaseRequest& request) {
  ASSAY_TRY(CheckRequired({{"verdict_id", request.verdict_id()}, {"reason", request.reason()}}));
  const bool is_go = request.decision() == v1::ReleaseDecision::GO;
  if (!is_go && request.decision() != v1::ReleaseDecision::NO_GO)
    return Fail(ErrorCode::kInvalidArgument, "decision: GO or NO_GO");
  ASSAY_ASSIGN(auto key, RequestKeyOf("DecideRelease", request.request_id(),
                                      {request.verdict_id(), is_go ? "go" : "no_go", request.reason()}));
  return ReleaseArguments{
      .verdict = request.verdict_id(), .is_go = is_go, .reason = request.reason(), .request = std::move(key)};
}

awaitable<Result<v1::RecommendBlockerResponse>> RecommendBlocker(ReleaseOperations& releases,
                                                                 const CallContext& context,
                                                                 const v1::RecommendBlockerRequest& request) {
  ASSAY_CO_ASSIGN(const BlockerArguments arguments, ArgumentsOfBlocker(request));
  ASSAY_CO_ASSIGN(const BlockerStatus status, co_await releases.RecommendBlocker(context.caller, arguments));
  v1::RecommendBlockerResponse response;
  BlockerToProto(status, *response.mutable_blocker());
  co_return response;
}

awaitable<Result<v1::AnswerBlockerResponse>> AnswerBlocker(ReleaseOperations& releases, const CallContext& context,
                                                           const v1::AnswerBlockerRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}, {"reason", request.reason()}}));
  const BlockerState state = request.uphold() ? BlockerState::kUpheld : BlockerState::kDeclined;
  ASSAY_CO_ASSIGN(const BlockerStatus status,
                  co_await releases.EndBlocker(context.caller, request.id(), state, request.reason()));
  v1::AnswerBlockerResponse response;
  BlockerToProto(status, *response.mutable_blocker());
  co_return response;
}

awaitable<Result<v1::WithdrawBlockerResponse>> WithdrawBlocker(ReleaseOperations& releases, const CallContext& context,
                                                               const v1::WithdrawBlockerRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const BlockerStatus status, co_await releases.EndBlocker(context.caller, request.id(),
                                                                           BlockerState::kWithdrawn, request.reason()));
  v1::WithdrawBlockerResponse response;
  BlockerToProto(status, *response.mutable_blocker());
  co_return response;
}

awaitable<Result<v1::GetBlockerResponse>> GetBlocker(ReleaseOperations& releases, const CallContext& context,
                                                     const v1::GetBlockerRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const BlockerStatus status, co_await releases.GetBlocker(context.caller, request.id()));
  v1::GetBlockerResponse response;
  BlockerToProto(status, *response.mutable_blocker());
  co_return response;
}

awaitable<Result<v1::ListBlockersResponse>> ListBlockers(ReleaseOperations& releases, const CallContext& context,
                                                         const v1::ListBlockersRequest& request) {
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<BlockerStatus> page,
                  co_await releases.ListBlockers(context.caller, request.gate(), wanted));
  v1::ListBlockersResponse response;
  for (const BlockerStatus& status : page.items) BlockerToProto(status, *response.add_blockers());
  response.set_next_page_token(page.next);
  co_return response;
}

awaitable<Result<v1::DecideReleaseResponse>> DecideRelease(ReleaseOperations& releases, const CallContext& context,
                                                           const v1::DecideReleaseRequest& request) {
  ASSAY_CO_ASSIGN(const ReleaseArguments arguments, ArgumentsOfDecision(request));
  ASSAY_CO_ASSIGN(const ReleaseDecision decision, co_await releases.DecideRelease(context.caller, arguments));
  v1::DecideReleaseResponse response;
  DecisionToProto(decision, *response.mutable_decision());
  co_return response;
}

awaitable<Result<v1::ListReleaseDecisionsResponse>> ListReleaseDecisions(
    ReleaseOperations& releases, const CallContext& context, const v1::ListReleaseDecisionsRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"verdict_id", request.verdict_id()}}));
  ASSAY_CO_ASSIGN(const std::vector<ReleaseDecision> decisions,
                  co_await releases.ListReleaseDecisions(context.caller, request.verdict_id()));
  v1::ListReleaseDecisionsResponse response;
  for (const ReleaseDecision& decision : decisions) DecisionToProto(decision, *response.add_decisions());
  co_return response;
}

awaitable<Result<v1::GetEvidencePackResponse>> GetEvidencePack(ReleaseOperations& releases, const CallContext& context,
                                                               const v1::GetEvidencePackRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"verdict_id", request.verdict_id()}}));
  ASSAY_CO_ASSIGN(EvidencePackText pack, co_await releases.GetEvidencePack(context.caller, request.verdict_id()));
  v1::GetEvidencePackResponse response;
  response.set_markdown(std::move(pack.markdown));
  response.set_document(std::move(pack.document));
  co_return response;
}

}  // namespace

void AddReleaseMethods(ReleaseOperations& releases, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ReleaseService/RecommendBlocker", Effect::kWrite, &RecommendBlocker, releases));
  table.Add(UnaryMethod("/assay.v1.ReleaseService/AnswerBlocker", Effect::kWrite, &AnswerBlocker, releases));
  table.Add(UnaryMethod("/assay.v1.ReleaseService/WithdrawBlocker", Effect::kWrite, &WithdrawBlocker, releases));
  table.Add(UnaryMethod("/assay.v1.ReleaseService/GetBlocker", Effect::kRead, &GetBlocker, releases));
  table.Add(UnaryMethod("/assay.v1.ReleaseService/ListBlockers", Effect::kRead, &ListBlockers, releases));
  table.Add(UnaryMethod("/assay.v1.ReleaseService/DecideRelease", Effect::kWrite, &DecideRelease, releases));
  table.Add(
      UnaryMethod("/assay.v1.ReleaseService/ListReleaseDecisions", Effect::kRead, &ListReleaseDecisions, releases));
  table.Add(UnaryMethod("/assay.v1.ReleaseService/GetEvidencePack", Effect::kRead, &GetEvidencePack, releases));
}

}  // namespace assay
