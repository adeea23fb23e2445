#pragma once
// How far a run has come: how many of its positions have ended, and up to which one all have.

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <set>
#include <span>

namespace assay {

// Thread-safe. `finished` is ascending and lives as long as this; as those of RunPositions.
class FinishedPositions {
 public:
  FinishedPositions(std::int64_t start, std::span<const std::int64_t> finished) : next_(start) {
    finished_ = {std::lower_bound(finished.begin(), finished.end(), start), finished.end()};
    count_ = start + static_cast<std::int64_t>(finished_.size());
    Advance();
  }

  void Add(std::int64_t position) {
    const std::lock_guard lock(mutex_);
    if (ahead_.insert(position).second) ++count_;
    Advance();
  }
  struct Reached {
    std::int64_t ended = 0;
    std::int64_t all_below = 0;  // of these, every position below this one
  };
  Reached Now() const {
    const std::lock_guard lock(mutex_);
    return {count_, next_};
  }

 private:
  void Advance() {
    for (;; ++next_) {
      if (!finished_.empty() && finished_.front() == next_) {
        finished_ = finished_.subspan(1);
      } else if (ahead_.erase(next_) == 0) {
        return;
      }
    }
  }

  mutable std::mutex mutex_;
  std::int64_t next_;
  std::int64_t count_ = 0;
  std::span<const std::int64_t> finished_;  // above next_
  std::set<std::int64_t> ahead_;            // of this execution: as many as trials may be on the way
};

}  // namespace assay
