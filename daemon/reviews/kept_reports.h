#pragma once
// Reports of queues that were dear to make, for a while: so long that making them again takes a twentieth of the time.
// Thread-safe.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/reviews/review_operations.h"

namespace assay {

class KeptReports {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  // On fewer items a report is made anew whenever somebody asks.
  static constexpr std::int64_t kFewItems = 2'000;
  static constexpr int kShareOfTime = 20;

  std::optional<QueueReport> Find(const std::string& key, SteadyTime now);
  // Which took `took` to make, until `now`.
  void Keep(const std::string& key, const QueueReport& report, std::chrono::steady_clock::duration took,
            SteadyTime now);

 private:
  struct Kept {
    QueueReport report = {};
    SteadyTime until{};
  };
  std::mutex mutex_;
  std::map<std::string, Kept> reports_;  // guarded by mutex_
};

}  // namespace assay
