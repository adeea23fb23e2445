#pragma once
// The positions that a run has to do, in order: all of [0, cases * trials) but those recorded before.

#include <algorithm>
#include <cstdint>
#include <span>

namespace assay {

// `finished` is ascending and lives as long as this. Not thread-safe.
class RunPositions {
 public:
  RunPositions(std::int64_t cases, int trials, std::int64_t start, std::span<const std::int64_t> finished)
      : total_(cases * trials), next_(std::min(start, total_)) {
    auto begin = std::lower_bound(finished.begin(), finished.end(), next_);
    auto end = std::lower_bound(begin, finished.end(), total_);
    finished_ = {begin, end};
    remaining_ = total_ - next_ - static_cast<std::int64_t>(finished_.size());
    Skip();
  }

  bool AtEnd() const { return next_ == total_; }
  std::int64_t Peek() const { return next_; }  // not at the end
  void Pop() {
    ++next_;
    Skip();
  }
  std::int64_t total() const { return total_; }
  // How many there were to do at the beginning.
  std::int64_t remaining() const { return remaining_; }

 private:
  void Skip() {
    while (!finished_.empty() && finished_.front() == next_) {
      finished_ = finished_.subspan(1);
      ++next_;
    }
  }

  std::int64_t total_;
  std::int64_t next_;
  std::int64_t remaining_ = 0;
  std::span<const std::int64_t> finished_;  // not skipped yet
};

}  // namespace assay
