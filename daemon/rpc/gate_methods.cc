#include <algorithm>

#include "assay/v1/gate.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

// How long before the deadline of the call a waiting check answers PENDING, so that the answer still arrives.
constexpr std::chrono::milliseconds kAnswerMargin{250};

Result<CheckArguments> ArgumentsOf(const v1::CheckGateRequest& request) {
  ASSAY_TRY(CheckRequired({{"gate", request.gate()}, {"candidate", request.candidate()}}));
  ASSAY_ASSIGN(auto key,
               RequestKeyOf("CheckGate", request.request_id(),
                            {request.gate(), request.candidate(), request.baseline(), request.fresh() ? "fresh" : ""}));
  return CheckArguments{request.gate(), request.candidate(), request.baseline(), request.fresh(), std::move(key)};
}

// Until when a call may wait for its verdict: `timeout` from now, but answering before its deadline.
Result<steady_clock::time_point> WaitUntil(const v1::CheckGateRequest& request, const CallContext& context) {
  ASSAY_ASSIGN(const Duration timeout, FromProto(request.timeout(), "timeout"));
  const auto now = steady_clock::now();
  auto until = now + timeout;
  if (context.deadline) {
    const auto left = *context.deadline - now;
    until = std::min(until, *context.deadline - std::min<steady_clock::duration>(kAnswerMargin, left / 4));
  }
  return until;
}

Status CheckId(const std::string& id) { return CheckRequired({{"id", id}}); }

awaitable<Result<v1::CheckGateResponse>> CheckGate(GateOperations& gates, const CallContext& context,
                                                   const v1::CheckGateRequest& request) {
  ASSAY_CO_ASSIGN(const CheckArguments arguments, ArgumentsOf(request));
  ASSAY_CO_ASSIGN(const steady_clock::time_point until, WaitUntil(request, context));
  ASSAY_CO_ASSIGN(CheckStatus status, co_await gates.CheckGate(context.caller, arguments));
  if (!status.verdict && until > steady_clock::now()) {
    const std::string id = status.check.id;
    ASSAY_CO_ASSIGN(status, co_await gates.AwaitVerdict(context.caller, id, until));
  }
  v1::CheckGateResponse response;
  ToProto(status, *response.mutable_check());
  co_return response;
}

awaitable<Result<v1::GetCheckResponse>> GetCheck(GateOperations& gates, const CallContext& context,
                                                 const v1::GetCheckRequest& request) {
  ASSAY_CO_TRY(CheckId(request.id()));
  ASSAY_CO_ASSIGN(const CheckStatus status, co_await gates.GetCheck(context.caller, request.id()));
  v1::GetCheckResponse response;
  ToProto(status, *response.mutable_check());
  co_return response;
}

awaitable<Status> WatchCheck(GateOperations& gates, const CallContext& context, const v1::WatchCheckRequest& request,
                             TypedSink<v1::WatchCheckResponse>& sink) {
  ASSAY_CO_TRY(CheckId(request.id()));
  ASSAY_CO_ASSIGN(const auto updates, co_await gates.WatchCheck(context.caller, request.id()));
  for (;;) {
    ASSAY_CO_ASSIGN(const std::optional<CheckStatus> status, co_await updates->Next());
    if (!status) co_return Status();
    v1::WatchCheckResponse response;
    ToProto(*status, *response.mutable_check());
    ASSAY_CO_TRY(co_await sink.Write(response));
  }
}

awaitable<Result<v1::ListChecksResponse>> ListChecks(GateOperations& gates, const CallContext& context,
                                                     const v1::ListChecksRequest& request) {
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<CheckStatus> page, co_await gates.ListChecks(context.caller, request.gate(), wanted));
  v1::ListChecksResponse response;
  for (const CheckStatus& status : page.items) ToProto(status, *response.add_checks());
  response.set_next_page_token(page.next);
  co_return response;
}

awaitable<Result<v1::GetVerdictResponse>> GetVerdict(GateOperations& gates, const CallContext& context,
                                                     const v1::GetVerdictRequest& request) {
  ASSAY_CO_TRY(CheckId(request.id()));
  ASSAY_CO_ASSIGN(const StoredVerdict verdict, co_await gates.GetVerdict(context.caller, request.id()));
  v1::GetVerdictResponse response;
  ToProto(verdict, *response.mutable_verdict());
  response.mutable_verdict()->set_envelope(verdict.record.envelope);
  response.mutable_verdict()->set_summary_envelope(verdict.record.summary);
  co_return response;
}

awaitable<Result<v1::ListVerdictsResponse>> ListVerdicts(GateOperations& gates, const CallContext& context,
                                                         const v1::ListVerdictsRequest& request) {
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<StoredVerdict> page, co_await gates.ListVerdicts(context.caller, request.gate(), wanted));
  v1::ListVerdictsResponse response;
  for (const StoredVerdict& verdict : page.items) ToProto(verdict, *response.add_verdicts());
  response.set_next_page_token(page.next);
  co_return response;
}

}  // namespace

void AddGateMethods(GateOperations& gates, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.GateService/CheckGate", Effect::kWrite, &CheckGate, gates));
  table.Add(UnaryMethod("/assay.v1.GateService/GetCheck", Effect::kRead, &GetCheck, gates));
  table.Add(StreamMethod("/assay.v1.GateService/WatchCheck", &WatchCheck, gates));
  table.Add(UnaryMethod("/assay.v1.GateService/ListChecks", Effect::kRead, &ListChecks, gates));
  table.Add(UnaryMethod("/assay.v1.GateService/GetVerdict", Effect::kRead, &GetVerdict, gates));
  table.Add(UnaryMethod("/assay.v1.GateService/ListVerdicts", Effect::kRead, &ListVerdicts, gates));
}

}  // namespace assay
