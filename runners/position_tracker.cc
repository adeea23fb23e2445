#include "runners/position_tracker.h"

namespace assay {

PositionTracker::PositionTracker(std::int64_t start, std::span<const std::int64_t> finished) : lowest_(start) {
  for (std::int64_t position : finished) Finish(position);
}

void PositionTracker::Finish(std::int64_t position) {
  if (position < lowest_) return;
  auto index = static_cast<std::size_t>(position - lowest_);
  if (index >= above_.size()) above_.resize(index + 1, false);
  above_[index] = true;
  while (!above_.empty() && above_.front()) {
    above_.pop_front();
    ++lowest_;
  }
}

bool PositionTracker::IsFinished(std::int64_t position) const {
  if (position < lowest_) return true;
  auto index = static_cast<std::size_t>(position - lowest_);
  return index < above_.size() && above_[index];
}

std::vector<std::int64_t> PositionTracker::FinishedAbove() const {
  std::vector<std::int64_t> finished;
  for (std::size_t i = 0; i < above_.size(); ++i) {
    if (above_[i]) finished.push_back(lowest_ + static_cast<std::int64_t>(i));
  }
  return finished;
}

}  // namespace assay
