#include "daemon/store/position_tracker.h"

namespace assay {

PositionTracker::PositionTracker(std::int64_t position, std::span<const std::int64_t> ahead) : position_(position) {
  for (const std::int64_t finished : ahead) Finish(finished);
}

void PositionTracker::Finish(std::int64_t position) {
  if (position < position_) return;
  std::int64_t begin = position;
  std::int64_t end = position + 1;
  auto next = ahead_.upper_bound(position);
  if (next != ahead_.begin()) {
    const auto before = std::prev(next);
    if (before->second > position) return;
    if (before->second == position) {
      begin = before->first;
      ahead_.erase(before);
    }
  }
  if (next != ahead_.end() && next->first == end) {
    end = next->second;
    ahead_.erase(next);
  }
  if (begin == position_) {
    position_ = end;
  } else {
    ahead_.emplace(begin, end);
  }
}

}  // namespace assay
