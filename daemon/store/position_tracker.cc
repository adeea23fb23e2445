#include "daemon/store/position_tracker.h"

namespace assay {

PositionTracker::PositionTracker(std::int64_t position, std::span<const std::int64_t> ahead) : position_(position) {
  for (const std::int64_t finished : ahead) Finish(finished);
}

void PositionTracker::Finish(std::int64_t position) {
  if (position < position_) return;
  ahead_.insert(position);
  while (ahead_.erase(position_) != 0) ++position_;
}

}  // namespace assay
