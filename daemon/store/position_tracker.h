#pragma once
// The lowest unfinished position of a run whose results come out of order. Memory is proportional to how far the
// results run ahead, not to the run. Not thread-safe.

#include <cstdint>
#include <span>
#include <unordered_set>

namespace assay {

class PositionTracker {
 public:
  // Everything below `position` is finished, and so are the positions in `ahead`.
  PositionTracker(std::int64_t position, std::span<const std::int64_t> ahead);
  void Finish(std::int64_t position);
  std::int64_t position() const { return position_; }

 private:
  std::int64_t position_;
  std::unordered_set<std::int64_t> ahead_;
};

}  // namespace assay
