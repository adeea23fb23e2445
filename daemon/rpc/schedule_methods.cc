#include "assay/v1/gate.pb.h"
#include "assay/v1/schedule.pb.h"
#include "daemon/rpc/convert.h"
#include "daemon/rpc/methods.h"
#include "daemon/rpc/typed_method.h"

namespace assay {
namespace {

// Of what names a model: ScheduledModelSpec, BaselineSpec.
template <class Named>
void NamedModelToProto(const Named& model, v1::ScheduledModel& out) {
  out.set_model(model.model);
  out.set_version(model.version.value_or(""));
  out.set_stage(model.stage.value_or(""));
}

void LastCheckToProto(const ScheduleStatus& schedule, v1::Schedule& out) {
  const CheckRecord& last = *schedule.last;
  CheckStatus status;
  status.check = last;
  v1::Check check;
  ToProto(status, check);
  ToProto(*schedule.last_due, *out.mutable_last_due_at());
  out.set_last_check_id(last.id);
  out.set_last_state(check.state());
  out.set_last_verdict_id(last.verdict_id);
  *out.mutable_last_candidate() = check.candidate();
  ToProto(last.created, *out.mutable_last_started_at());
  if (last.ended) ToProto(*last.ended, *out.mutable_last_ended_at());
}

void ScheduleToProto(const ScheduleStatus& schedule, v1::Schedule& out) {
  ScheduleSpec unpaused = schedule.spec;
  unpaused.paused = false;
  out.set_name(schedule.spec.name);
  out.set_description(schedule.spec.description);
  out.set_owner(schedule.spec.owner);
  out.set_gate(schedule.spec.gate);
  NamedModelToProto(schedule.spec.candidate, *out.mutable_candidate());
  if (schedule.spec.baseline) NamedModelToProto(*schedule.spec.baseline, *out.mutable_baseline());
  out.set_timing(unpaused.Timing());
  out.set_paused(schedule.spec.paused);
  if (schedule.next_due) ToProto(*schedule.next_due, *out.mutable_next_due_at());
  if (schedule.last && schedule.last_due) LastCheckToProto(schedule, out);
  out.set_missed(schedule.missed);
  out.set_skipped(schedule.skipped);
  out.set_failed(schedule.failed);
  out.set_last_error(schedule.last_error);
  if (schedule.last_error_at) ToProto(*schedule.last_error_at, *out.mutable_last_error_at());
}

boost::asio::awaitable<Result<v1::ListSchedulesResponse>> ListSchedules(ScheduleQueries& schedules,
                                                                        const CallContext& context,
                                                                        const v1::ListSchedulesRequest&) {
  ASSAY_CO_ASSIGN(const std::vector<ScheduleStatus> list, co_await schedules.ListSchedules(context.caller));
  v1::ListSchedulesResponse response;
  for (const ScheduleStatus& schedule : list) ScheduleToProto(schedule, *response.add_schedules());
  co_return response;
}

}  // namespace

void AddScheduleMethods(ScheduleQueries& schedules, MethodTable& table) {
  table.Add(UnaryMethod("/assay.v1.ScheduleService/ListSchedules", Effect::kRead, &ListSchedules, schedules));
}

}  // namespace assay
