#include "assay/v1/run.pb.h"
#include "config/suite.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

using boost::asio::awaitable;

// A message of StreamResults: large enough that framing costs nothing, small enough to stay far below the size limit
// of a message with ordinary responses.
constexpr int kTrialsPerMessage = 100;
constexpr std::size_t kFullMessageBytes = 2u << 20;

Result<std::optional<double>> BudgetOf(const v1::StartRunRequest& request) {
  if (!request.has_budget_usd()) return std::nullopt;
  const double budget = request.budget_usd();
  if (!(budget > 0 && budget <= SuiteSpec::kMostBudgetUsd))
    return Fail(ErrorCode::kInvalidArgument, "budget_usd: more than 0 and at most 1000000 US dollars");
  return budget;
}

Result<StartRunArguments> ArgumentsOf(const v1::StartRunRequest& request) {
  ASSAY_TRY(CheckRequired({{"suite", request.suite()}, {"model", request.model()}}));
  ASSAY_ASSIGN(const std::optional<double> budget, BudgetOf(request));
  const std::string& id = request.request_id();
  ASSAY_ASSIGN(auto key, budget ? RequestKeyOf("StartRun", id, {request.suite(), request.model(), Json(*budget).Dump()})
                                : RequestKeyOf("StartRun", id, {request.suite(), request.model()}));
  return StartRunArguments{request.suite(), request.model(), std::move(key), budget};
}

// The model's name and, after the first @, its version.
Result<RunFilter> FilterOf(const v1::ListRunsRequest& request, const std::string& project) {
  RunFilter filter;
  filter.project = project;
  filter.suite = request.suite();
  filter.model = request.model().substr(0, request.model().find('@'));
  if (filter.model.size() < request.model().size())
    filter.model_label = request.model().substr(filter.model.size() + 1);
  ASSAY_ASSIGN(filter.state, RunStateOf(request.state()));
  return filter;
}

Status CheckId(std::string_view field, const std::string& id) { return CheckRequired({{field, id}}); }

awaitable<Result<v1::StartRunResponse>> StartRun(RunOperations& runs, const CallContext& context,
                                                 const v1::StartRunRequest& request) {
  ASSAY_CO_ASSIGN(const StartRunArguments arguments, ArgumentsOf(request));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.StartRun(context.caller, arguments));
  v1::StartRunResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

awaitable<Result<v1::GetRunResponse>> GetRun(RunOperations& runs, const CallContext& context,
                                             const v1::GetRunRequest& request) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.GetRun(context.caller, request.id()));
  ASSAY_CO_ASSIGN(const std::vector<JudgeCalibration> judges, co_await runs.GetJudges(run));
  ASSAY_CO_ASSIGN(const auto provenance, co_await runs.GetProvenance(run));
  v1::GetRunResponse response;
  ToProto(run, *response.mutable_run());
  for (const auto& [word, cases] : provenance) {
    v1::ProvenanceCount& added = *response.mutable_run()->add_provenance();
    added.set_provenance(word);
    added.set_cases(cases);
  }
  constexpr double kConfidence = 0.95;  // of each bound
  for (const JudgeCalibration& judge : judges) ToProto(judge, kConfidence, *response.mutable_run()->add_judges());
  co_return response;
}

awaitable<Result<v1::ListRunsResponse>> ListRuns(RunOperations& runs, const CallContext& context,
                                                 const v1::ListRunsRequest& request) {
  ASSAY_CO_ASSIGN(const RunFilter filter, FilterOf(request, context.caller.project));
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<RunRecord> page, co_await runs.ListRuns(context.caller, filter, wanted));
  v1::ListRunsResponse response;
  for (const RunRecord& run : page.items) ToProto(run, *response.add_runs());
  response.set_next_page_token(page.next);
  co_return response;
}

awaitable<Status> WatchRun(RunOperations& runs, const CallContext& context, const v1::WatchRunRequest& request,
                           TypedSink<v1::WatchRunResponse>& sink) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const auto updates, co_await runs.WatchRun(context.caller, request.id()));
  for (;;) {
    ASSAY_CO_ASSIGN(const std::optional<RunRecord> run, co_await updates->Next());
    if (!run) co_return Status();
    v1::WatchRunResponse response;
    ToProto(*run, *response.mutable_run());
    ASSAY_CO_TRY(co_await sink.Write(response));
  }
}

awaitable<Result<v1::ListResultsResponse>> ListResults(RunOperations& runs, const CallContext& context,
                                                       const v1::ListResultsRequest& request) {
  ASSAY_CO_TRY(CheckId("run_id", request.run_id()));
  TrialFilter filter;
  ASSAY_CO_ASSIGN(filter.status, TrialStatusOf(request.status()));
  filter.ordinals.assign(request.ordinals().begin(), request.ordinals().end());
  filter.case_id = request.case_id();
  filter.failed_grader = request.failed_grader();
  ASSAY_CO_ASSIGN(const PageRequest wanted, PageOf(request.page_size(), request.page_token()));
  ASSAY_CO_ASSIGN(const Page<StoredTrial> page,
                  co_await runs.ListResults(context.caller, request.run_id(), filter, wanted));
  v1::ListResultsResponse response;
  for (const StoredTrial& trial : page.items) ToProto(trial, !request.omit_responses(), *response.add_trials());
  response.set_next_page_token(page.next);
  co_return response;
}

awaitable<Result<v1::GetCaseResponse>> GetCase(RunOperations& runs, const CallContext& context,
                                               const v1::GetCaseRequest& request) {
  ASSAY_CO_TRY(CheckId("run_id", request.run_id()));
  ASSAY_CO_ASSIGN(const RunCase found, co_await runs.GetCase(context.caller, request.run_id(), request.ordinal()));
  v1::GetCaseResponse response;
  ToProto(found, *response.mutable_case_());
  co_return response;
}

awaitable<Status> StreamResults(RunOperations& runs, const CallContext& context,
                                const v1::StreamResultsRequest& request, TypedSink<v1::StreamResultsResponse>& sink) {
  ASSAY_CO_TRY(CheckId("run_id", request.run_id()));
  TrialFilter filter;
  ASSAY_CO_ASSIGN(filter.status, TrialStatusOf(request.status()));
  PageRequest wanted;
  wanted.limit = kTrialsPerMessage;
  do {
    ASSAY_CO_ASSIGN(Page<StoredTrial> page,
                    co_await runs.ListResults(context.caller, request.run_id(), filter, wanted));
    v1::StreamResultsResponse response;
    std::size_t bytes = 0;
    for (const StoredTrial& trial : page.items) {
      v1::Trial& added = *response.add_trials();
      ToProto(trial, !request.omit_responses(), added);
      bytes += added.ByteSizeLong();
      if (bytes < kFullMessageBytes) continue;
      ASSAY_CO_TRY(co_await sink.Write(response));
      response.Clear();
      bytes = 0;
    }
    if (response.trials_size() > 0) ASSAY_CO_TRY(co_await sink.Write(response));
    wanted.token = std::move(page.next);
  } while (!wanted.token.empty());
  co_return Status();
}

awaitable<Result<v1::CancelRunResponse>> CancelRun(RunOperations& runs, const CallContext& context,
                                                   const v1::CancelRunRequest& request) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.CancelRun(context.caller, request.id(), request.reason()));
  v1::CancelRunResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

awaitable<Result<v1::DeleteRunResponse>> DeleteRun(RunOperations& runs, const CallContext& context,
                                                   const v1::DeleteRunRequest& request) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.DeleteRun(context.caller, request.id(), request.reason()));
  v1::DeleteRunResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

awaitable<Result<v1::PauseRunResponse>> PauseRun(RunOperations& runs, const CallContext& context,
                                                 const v1::PauseRunRequest& request) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.PauseRun(context.caller, request.id(), request.reason()));
  v1::PauseRunResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

awaitable<Result<v1::ResumeRunResponse>> ResumeRun(RunOperations& runs, const CallContext& context,
                                                   const v1::ResumeRunRequest& request) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.ResumeRun(context.caller, request.id()));
  v1::ResumeRunResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

awaitable<Result<v1::RetryRunResponse>> RetryRun(RunOperations& runs, const CallContext& context,
                                                 const v1::RetryRunRequest& request) {
  ASSAY_CO_TRY(CheckId("id", request.id()));
  ASSAY_CO_ASSIGN(const auto key, RequestKeyOf("RetryRun", request.request_id(), {request.id()}));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.RetryRun(context.caller, request.id(), key));
  v1::RetryRunResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

Result<std::optional<int>> ConcurrencyOf(const v1::SetRunConcurrencyRequest& request) {
  constexpr int kMost = 10'000;
  ASSAY_TRY(CheckId("id", request.id()));
  if (request.concurrency() < 0 || request.concurrency() > kMost)
    return Fail(ErrorCode::kInvalidArgument, "concurrency: from 1 to 10000, or 0 for as many as the endpoint allows");
  return request.concurrency() == 0 ? std::nullopt : std::optional(request.concurrency());
}

awaitable<Result<v1::SetRunConcurrencyResponse>> SetRunConcurrency(RunOperations& runs, const CallContext& context,
                                                                   const v1::SetRunConcurrencyRequest& request) {
  ASSAY_CO_ASSIGN(const std::optional<int> concurrency, ConcurrencyOf(request));
  ASSAY_CO_ASSIGN(const RunRecord run, co_await runs.SetRunConcurrency(context.caller, request.id(), concurrency));
  v1::SetRunConcurrencyResponse response;
  ToProto(run, *response.mutable_run());
  co_return response;
}

}  // namespace

void AddRunMethods(RunOperations& runs, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.RunService/StartRun", Effect::kWrite, &StartRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/GetRun", Effect::kRead, &GetRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/ListRuns", Effect::kRead, &ListRuns, runs));
  table.Add(StreamMethod("/assay.v1.RunService/WatchRun", &WatchRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/ListResults", Effect::kRead, &ListResults, runs));
  table.Add(StreamMethod("/assay.v1.RunService/StreamResults", &StreamResults, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/GetCase", Effect::kRead, &GetCase, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/CancelRun", Effect::kWrite, &CancelRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/PauseRun", Effect::kWrite, &PauseRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/ResumeRun", Effect::kWrite, &ResumeRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/RetryRun", Effect::kWrite, &RetryRun, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/SetRunConcurrency", Effect::kWrite, &SetRunConcurrency, runs));
  table.Add(UnaryMethod("/assay.v1.RunService/DeleteRun", Effect::kWrite, &DeleteRun, runs));
}

}  // namespace assay
