#pragma once
// Sentinels that a run still has to ask its judges about: between its trials, so that they see the judge as these do.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/case.h"
#include "core/response.h"
#include "core/result.h"
#include "core/score.h"

namespace assay {

struct SentinelWork {
  std::size_t grader = 0;  // index in the suite
  Case item;
  Response response;
  // Asked once so many positions of the run have ended; where nothing before it may be judged after it, every one below
  // that one, however slow.
  std::int64_t due = 0;
  bool awaits_all_before = false;
  int asked = 0;  // how often the judge did not answer
};

// What a judge said of one, and what it cost.
struct SentinelResult {
  std::size_t grader = 0;
  std::int64_t ordinal = 0;
  Score score;
  double usd = 0;
  std::int64_t answers_without_cost = 0;
  double unanswered_usd = 0;  // as TrialResult's
};

// Where the judges' scores of sentinels go. Called from all loops at once.
class SentinelSink {
 public:
  virtual ~SentinelSink() = default;
  // An error ends the run's execution; what is not kept can be asked again.
  virtual boost::asio::awaitable<Status> Write(SentinelResult result) = 0;
};

// Thread-safe.
class SentinelQueue {
 public:
  static constexpr int kMostAttempts = 2;  // of one that the judge does not answer

  // `work` is ascending by when it is due. `usd`: what may be spent on those of a grader; absent: any amount.
  SentinelQueue(std::vector<SentinelWork> work, std::map<std::size_t, double> usd, std::unique_ptr<SentinelSink> sink);

  // The next one that is due when `ended` positions have ended, among them every one below `all_below`.
  std::optional<SentinelWork> TakeDue(std::int64_t ended, std::int64_t all_below);
  // One that the judge did not answer comes after all that are due. False when it has been asked often enough.
  bool PutBack(SentinelWork work);
  void Spend(std::size_t grader, double usd);
  bool IsEmpty() const;
  SentinelSink& sink() const { return *sink_; }

 private:
  std::deque<SentinelWork>* NextDue(std::int64_t ended, std::int64_t all_below);
  bool IsAffordable(std::size_t grader) const;

  const std::unique_ptr<SentinelSink> sink_;
  mutable std::mutex mutex_;
  std::deque<SentinelWork> work_;
  std::deque<SentinelWork> closing_;  // that await all before
  std::deque<SentinelWork> again_;
  std::map<std::size_t, double> usd_;  // by grader, where it is bounded
};

}  // namespace assay
