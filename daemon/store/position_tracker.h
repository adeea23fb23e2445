#pragma once
// The lowest unfinished position of a run whose results come out of order. Memory is proportional to the number of
// gaps, which is that of the trials in flight, not to how far the results run ahead. Not thread-safe.

#include <cstdint>
#include <map>
#include <span>

namespace assay {

class PositionTracker {
 public:
  // Everything below `position` is finished, and so are the positions in `ahead`.
  PositionTracker(std::int64_t position, std::span<const std::int64_t> ahead);
  // O(log of the number of gaps).
  void Finish(std::int64_t position);
  std::int64_t position() const { return position_; }
  std::size_t stretches() const { return ahead_.size(); }  // finished ones above position()

 private:
  std::int64_t position_;
  std::map<std::int64_t, std::int64_t> ahead_;  // finished stretches by their beginning, with their end
};

}  // namespace assay
