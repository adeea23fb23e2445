#include "assay/v1/replay.pb.h"
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
  co_return response;
}

}  // namespace

void AddReplayMethods(ReplayOperations& replays, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ReplayService/ReplayVerdict", Effect::kRead, &ReplayVerdict, replays));
}

}  // namespace assay
