#include "daemon/queue_draw.h"

#include "core/json.h"
#include "review/sampling.h"

namespace assay {
namespace {

constexpr char kDrawRecord[] = "draw";

std::string DrawRecordId(const RunRecord& run, const std::string& queue) { return run.id + "/" + queue; }

}  // namespace

Status KeepDraw(ReviewStore& store, const RunRecord& run, const QueueSpec& queue, Time at) {
  const std::string id = DrawRecordId(run, queue.name);
  ASSAY_ASSIGN(const auto known, store.FindRecord(run.project, kDrawRecord, id));
  const auto chance = ChanceOf(queue);
  const Json body = Json::Of({{"draw", DrawText(queue)}, {"chance", chance ? Json(*chance) : Json()}});
  const ReviewRecord record{.project = run.project,
                            .kind = kDrawRecord,
                            .id = id,
                            .revision = known ? known->revision : 0,
                            .updated = at,
                            .body = body.Dump()};
  ASSAY_ASSIGN([[maybe_unused]] const ReviewRecord kept, store.PutRecord(record));
  return {};
}

Result<std::optional<QueueDraw>> ReadDraw(ReviewStore& store, const RunRecord& run, const std::string& queue) {
  ASSAY_ASSIGN(const auto record, store.FindRecord(run.project, kDrawRecord, DrawRecordId(run, queue)));
  if (!record) return std::optional<QueueDraw>();
  ASSAY_ASSIGN(const Json body, Json::Parse(record->body));
  const Json* draw = body.Find("draw");
  const Json* chance = body.Find("chance");
  if (draw == nullptr || !draw->is_string() || chance == nullptr)
    return Fail(ErrorCode::kDataLoss, "record draw " + record->id + " is none");
  QueueDraw read{.draw = draw->as_string()};
  if (chance->is_number()) read.chance = chance->as_number();
  return std::optional(std::move(read));
}

}  // namespace assay
