#include "assay/v1/waivers.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

constexpr int kMostRules = 1000;
constexpr std::size_t kMostWords = 4000;  // of a comment, or the reason of a revocation

v1::WaiverState::Value StateToProto(WaiverState state) {
  switch (state) {
    case WaiverState::kRequested:
      return v1::WaiverState::REQUESTED;
    case WaiverState::kLive:
      return v1::WaiverState::LIVE;
    case WaiverState::kExpired:
      return v1::WaiverState::EXPIRED;
    case WaiverState::kRevoked:
      return v1::WaiverState::REVOKED;
  }
  return v1::WaiverState::UNSPECIFIED;
}

// Nothing else can be waived.
v1::VerdictState::Value StateToProto(VerdictState state) {
  return state == VerdictState::kFail ? v1::VerdictState::FAIL : v1::VerdictState::INCONCLUSIVE;
}

void ToProto(const WaivedFinding& finding, v1::WaivedFinding& out) {
  if (finding.margin) out.set_margin(*finding.margin);
  out.set_missing(finding.missing);
  if (finding.scored) out.set_scored(*finding.scored);
  for (const WaivedCase& one : finding.cases) {
    v1::WaivedCase& added = *out.add_cases();
    added.set_ordinal(one.ordinal);
    added.set_id(one.id);
  }
}

void WaiverToProto(const WaiverStatus& status, v1::Waiver& out) {
  const Waiver& waiver = status.waiver;
  out.set_id(waiver.id);
  out.set_project(waiver.project);
  out.set_gate(waiver.gate);
  out.set_gate_version(waiver.gate_version);
  assay::ToProto(waiver.candidate, *out.mutable_candidate());
  if (waiver.baseline) assay::ToProto(*waiver.baseline, *out.mutable_baseline());
  for (const WaivedSuite& suite : waiver.suites) {
    v1::SuiteRef& added = *out.add_suites();
    added.set_name(suite.suite);
    added.set_content_version(suite.suite_version);
    added.set_dataset_version(suite.dataset_version);
  }
  for (const WaivedRule& rule : waiver.rules) {
    v1::WaivedRule& added = *out.add_rules();
    added.set_rule(rule.rule);
    added.set_state(StateToProto(rule.state));
    if (rule.severity) added.set_severity(*rule.severity);
    for (const WaivedPart& part : rule.parts) {
      v1::WaivedPart& known = *added.add_parts();
      known.set_suite(part.suite);
      known.set_slice(part.slice);
      known.set_slice_value(part.slice_value);
      known.set_state(StateToProto(part.state));
      if (part.finding) ToProto(*part.finding, *known.mutable_finding());
    }
  }
  out.set_verdict_id(waiver.verdict);
  out.set_reason(waiver.reason);
  out.set_ticket(waiver.ticket);
  out.set_requester(waiver.requester);
  assay::ToProto(waiver.requested_at, *out.mutable_requested_at());
  assay::ToProto(waiver.expires_at, *out.mutable_expires_at());
  for (const WaiverApproval& approval : waiver.approvals) {
    v1::WaiverApproval& added = *out.add_approvals();
    added.set_principal(approval.principal);
    assay::ToProto(approval.at, *added.mutable_at());
    added.set_comment(approval.comment);
  }
  out.set_approvals_needed(ApprovalsNeeded(waiver));
  out.set_state(StateToProto(status.state));
  if (waiver.revoked_at) assay::ToProto(*waiver.revoked_at, *out.mutable_revoked_at());
  out.set_revoked_by(waiver.revoked_by);
  out.set_revoke_reason(waiver.revoke_reason);
}

Status CheckWords(std::string_view field, const std::string& text) {
  if (text.size() <= kMostWords) return {};
  return Fail(ErrorCode::kInvalidArgument, std::string(field) + ": has " + std::to_string(text.size()) +
                                               " bytes, at most " + std::to_string(kMostWords) + " are kept");
}

Result<WaiverArguments> ArgumentsOfWaiver(const v1::RequestWaiverRequest& request) {
  ASSAY_TRY(CheckRequired(
      {{"verdict_id", request.verdict_id()}, {"reason", request.reason()}, {"ticket", request.ticket()}}));
  if (!request.has_expires_at())
    return Fail(ErrorCode::kInvalidArgument, "expires_at: a waiver needs one; there is none for ever");
  if (request.rules_size() > kMostRules)
    return Fail(ErrorCode::kInvalidArgument, "rules: at most " + std::to_string(kMostRules));
  ASSAY_ASSIGN(const Time expires_at, TimeFromProto(request.expires_at(), "expires_at"));
  std::string rules;
  for (const std::string& rule : request.rules()) rules += std::to_string(rule.size()) + ":" + rule;
  const std::string until = FormatTime(expires_at);
  ASSAY_ASSIGN(auto key, RequestKeyOf("RequestWaiver", request.request_id(),
                                      {request.verdict_id(), rules, request.reason(), request.ticket(), until}));
  return WaiverArguments{.verdict = request.verdict_id(),
                         .rules = {request.rules().begin(), request.rules().end()},
                         .reason = request.reason(),
                         .ticket = request.ticket(),
                         .expires_at = expires_at,
                         .request = std::move(key)};
}

awaitable<Result<v1::RequestWaiverResponse>> RequestWaiver(WaiverOperations& waivers, const CallContext& context,
                                                           const v1::RequestWaiverRequest& request) {
  ASSAY_CO_ASSIGN(const WaiverArguments arguments, ArgumentsOfWaiver(request));
  ASSAY_CO_ASSIGN(const WaiverStatus status, co_await waivers.RequestWaiver(context.caller, arguments));
  v1::RequestWaiverResponse response;
  WaiverToProto(status, *response.mutable_waiver());
  co_return response;
}

awaitable<Result<v1::ApproveWaiverResponse>> ApproveWaiver(WaiverOperations& waivers, const CallContext& context,
                                                           const v1::ApproveWaiverRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_TRY(CheckWords("comment", request.comment()));
  ASSAY_CO_ASSIGN(const WaiverStatus status,
                  co_await waivers.ApproveWaiver(context.caller, request.id(), request.comment()));
  v1::ApproveWaiverResponse response;
  WaiverToProto(status, *response.mutable_waiver());
  co_return response;
}

awaitable<Result<v1::RevokeWaiverResponse>> RevokeWaiver(WaiverOperations& waivers, const CallContext& context,
                                                         const v1::RevokeWaiverRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}, {"reason", request.reason()}}));
  ASSAY_CO_TRY(CheckWords("reason", request.reason()));
  ASSAY_CO_ASSIGN(const WaiverStatus status,
                  co_await waivers.RevokeWaiver(context.caller, request.id(), request.reason()));
  v1::RevokeWaiverResponse response;
  WaiverToProto(status, *response.mutable_waiver());
  co_return response;
}

awaitable<Result<v1::GetWaiverResponse>> GetWaiver(WaiverOperations& waivers, const CallContext& context,
                                                   const v1::GetWaiverRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const WaiverStatus status, co_await waivers.GetWaiver(context.caller, request.id()));
  v1::GetWaiverResponse response;
  WaiverToProto(status, *response.mutable_waiver());
  co_return response;
}

awaitable<Result<v1::ListWaiversResponse>> ListWaivers(WaiverOperations& waivers, const CallContext& context,
                                                       const v1::ListWaiversRequest& request) {
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<WaiverStatus> page, co_await waivers.ListWaivers(context.caller, request.gate(), wanted));
  v1::ListWaiversResponse response;
  for (const WaiverStatus& status : page.items) WaiverToProto(status, *response.add_waivers());
  response.set_next_page_token(page.next);
  co_return response;
}

}  // namespace

void AddWaiverMethods(WaiverOperations& waivers, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.WaiverService/RequestWaiver", Effect::kWrite, &RequestWaiver, waivers));
  table.Add(UnaryMethod("/assay.v1.WaiverService/ApproveWaiver", Effect::kWrite, &ApproveWaiver, waivers));
  table.Add(UnaryMethod("/assay.v1.WaiverService/RevokeWaiver", Effect::kWrite, &RevokeWaiver, waivers));
  table.Add(UnaryMethod("/assay.v1.WaiverService/GetWaiver", Effect::kRead, &GetWaiver, waivers));
  table.Add(UnaryMethod("/assay.v1.WaiverService/ListWaivers", Effect::kRead, &ListWaivers, waivers));
}

}  // namespace assay
