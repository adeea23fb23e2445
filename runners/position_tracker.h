#pragma once
// Which positions of a run are recorded: all below the lowest unfinished one, and some above it. The lowest unfinished
// position and the finished ones above it are all that a resumed run needs to know.

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace assay {

// Memory: one byte a position between the lowest unfinished and the highest finished one. Not thread-safe.
class PositionTracker {
 public:
  // All positions below `start` are finished, and those of `finished` (any order, repetitions allowed).
  explicit PositionTracker(std::int64_t start = 0, std::span<const std::int64_t> finished = {});

  // Amortised O(1); a position that is finished already changes nothing.
  void Finish(std::int64_t position);

  std::int64_t lowest_unfinished() const { return lowest_; }
  bool IsFinished(std::int64_t position) const;
  // The finished positions above the lowest unfinished one, ascending.
  std::vector<std::int64_t> FinishedAbove() const;

 private:
  std::int64_t lowest_;
  std::deque<bool> above_;  // above_[i]: whether lowest_ + i is finished; the first is always false
};

}  // namespace assay
