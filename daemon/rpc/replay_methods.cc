#include "assay/v1/replay.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/request_checks.h"
#include "daemon/rpc/typed_method.h"
#include "daemon/verdict_replay.h"

namespace assay {
namespace {

using boost::asio::awaitable;

awaitable<Result<v1::ReplayVerdictResponse>> ReplayVerdict(ReplayOperations& replays, const CallContext& context,
                                                           const v1::ReplayVerdictRequest& request) {
  ASSAY_CO_TRY(CheckRequired({{"id", request.id()}}));
  ASSAY_CO_ASSIGN(const VerdictReplay replay, co_await replays.ReplayVerdict(context.caller, request.id()));
  v1::ReplayVerdictResponse response;
  response.set_verdict_id(replay.verdict);
  response.set_reproduced(replay.IsReproduced());
  for (const ReplayDifference& difference : replay.differences) {
    v1::ReplayDifference& added = *response.add_differences();
    added.set_path(difference.path);
    added.set_recorded(difference.recorded);
    added.set_replayed(difference.replayed);
  }
  response.set_differing(replay.differing);
  for (const std::string& missing : replay.missing) response.add_missing(missing);
  response.set_recorded_version(replay.recorded_version);
  response.set_recorded_build(replay.recorded_build);
  response.set_version(replay.version);
  response.set_build(replay.build);
  response.set_trials(replay.trials);
  response.set_scores(replay.scores);
  response.set_from_record(replay.from_record);
  for (const std::string& unchecked : replay.unchecked) response.add_unchecked(unchecked);
  co_return response;
}

void GroupToProto(const FailureGroup& group, v1::FailureGroup& out) {
  out.set_slice(group.slice);
  out.set_slice_value(group.slice_value);
  out.set_label(group.label);
  out.set_cases(group.cases);
  out.set_of_cases(group.of_cases);
}

constexpr int kMostRulesAsked = 1000;

Result<CasesQuestion> ReadQuestion(const v1::ListWorstCasesRequest& request) {
  ASSAY_TRY(CheckRequired({{"verdict_id", request.verdict_id()}}));
  const std::int32_t most = request.most() == 0 ? 1000 : request.most();
  if (most < 1 || most > static_cast<std::int32_t>(kMostVerdictCases))
    return Fail(ErrorCode::kInvalidArgument, "most: is " + std::to_string(most) + "; 1 to 10000 are listed");
  if (request.rules_size() > kMostRulesAsked)
    return Fail(ErrorCode::kInvalidArgument, "rules: names " + std::to_string(request.rules_size()) + "; at most " +
                                                 std::to_string(kMostRulesAsked) +
                                                 " are asked of at once, and all of the verdict without any");
  CasesQuestion question{.rules = {request.rules().begin(), request.rules().end()},
                         .most = static_cast<std::size_t>(most),
                         .is_grouped = request.group()};
  if (!request.rule().empty()) question.rules.push_back(request.rule());
  return question;
}

awaitable<Result<v1::ListWorstCasesResponse>> ListWorstCases(ReplayOperations& replays, const CallContext& context,
                                                             const v1::ListWorstCasesRequest& request) {
  ASSAY_CO_ASSIGN(const CasesQuestion question, ReadQuestion(request));
  ASSAY_CO_ASSIGN(const std::vector<PartCases> parts,
                  co_await replays.ListCases(context.caller, request.verdict_id(), question));
  v1::ListWorstCasesResponse response;
  for (const PartCases& part : parts) {
    v1::PartCases& added = *response.add_parts();
    added.set_rule(part.rule);
    added.set_suite(part.suite);
    added.set_slice(part.slice);
    added.set_slice_value(part.slice_value);
    for (const WorstCase& one : part.cases) ToProto(one, *added.add_cases());
    added.set_is_all(part.is_all);
    for (const FailureGroup& group : part.groups) GroupToProto(group, *added.add_groups());
    added.set_failing(part.failing);
    added.set_is_least(part.is_least);
    added.set_labels_withheld(part.labels_withheld);
    added.set_not_grouped(part.not_grouped);
  }
  co_return response;
}

}  // namespace

void AddReplayMethods(ReplayOperations& replays, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ReplayService/ReplayVerdict", Effect::kRead, &ReplayVerdict, replays));
  table.Add(UnaryMethod("/assay.v1.ReplayService/ListWorstCases", Effect::kRead, &ListWorstCases, replays));
}

}  // namespace assay
