#pragma once
// With which chance a queue drew the trials of a run. Kept when the run is offered, as it was then: the catalog may say
// something else later, and items alone do not tell how many were not drawn.

#include <optional>
#include <string>

#include "config/queue.h"
#include "daemon/store/review_store.h"

namespace assay {

struct QueueDraw {
  std::string draw = {};              // DrawText (review/sampling.h): the same where the same trials are drawn
  std::optional<double> chance = {};  // absent where nothing is drawn by chance
  friend bool operator==(const QueueDraw&, const QueueDraw&) = default;
};

// Blocking. Before the run is marked as offered; again after a restart, where the last word counts.
Status KeepDraw(ReviewStore& store, const RunRecord& run, const QueueSpec& queue, Time at);
// Blocking. Absent of runs that were offered by versions that kept none.
Result<std::optional<QueueDraw>> ReadDraw(ReviewStore& store, const RunRecord& run, const std::string& queue);

}  // namespace assay
