#pragma once
// What is deleted of runs: by people, and for its age, by the period of its class of data where that has one. Evidence
// of a live verdict never is: docs/decisions/0029-what-keeps-a-run.md says which are live.
//
// What is deleted is marked first, durably, so that nothing reads it any more; its rows are removed afterwards, by one
// coroutine, in short transactions with as much time between them as they took: writers of results never wait for long.
// A start goes on with what the last one has left.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "config/daemon_config.h"
#include "config/plugin_kind.h"
#include "core/clock.h"
#include "daemon/change_signal.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"
#include "daemon/telemetry.h"
#include "runners/event_loops.h"

namespace assay {

// References outlive the retention.
struct RetentionContext {
  Store& store;
  EventLoops& loops;
  Telemetry& telemetry;
  const Clock& clock;
  boost::asio::any_io_executor blocking;  // for calls of the store
  RetentionConfig config = {};
  // A sweep ends after so many trials, in the middle of no run; the next one goes on. Long after a year of nightly runs
  // of a large suite, so that only the first sweeps of a store that is years old meet it.
  std::int64_t trials_per_sweep = 20'000'000;
};

// What one sweep did.
struct SweepOutcome {
  std::int64_t runs = 0;       // deleted
  std::int64_t responses = 0;  // runs whose responses were deleted
  std::int64_t datasets = 0;
  std::int64_t reviews = 0;         // items of human review whose texts were deleted
  std::int64_t trials = 0;          // of all these runs
  std::int64_t kept_runs = 0;       // old enough, and something live rests on them
  std::int64_t kept_responses = 0;  // likewise
  std::int64_t kept_reviews = 0;    // likewise
  bool is_whole = true;             // false: stopped at its budget, or by the end of the daemon
};

// Thread-safe.
class Retention {
 public:
  explicit Retention(RetentionContext context);

  // Goes on with what is deleted and not removed; sweeps now and once a day, if anything is to be deleted for its age.
  void Start();
  // Blocking. Returns when nothing is removed any more, or after a few seconds. From no loop.
  void Stop();

  // Deletes a run; its rows are removed soon after. Errors as Store::DeleteRun, also for what WhatIsMeasuredBy keeps.
  boost::asio::awaitable<Result<RunRecord>> DeleteRun(RunKey run, std::string principal, std::string reason);
  // Deletes what is older than configured and kept by nothing, and returns when it is removed. An error is the store's.
  boost::asio::awaitable<Result<SweepOutcome>> Sweep();
  // Removes what is deleted. An error is the store's.
  boost::asio::awaitable<Status> RemoveDeleted();

 private:
  boost::asio::awaitable<void> Drive();
  // By which something goes.
  struct Rule {
    Duration period{};
    std::string why = {};  // for the audit trail
  };
  boost::asio::awaitable<Status> SweepRuns(RunPart part, SweepOutcome& outcome);
  // Absent for what is not old enough by the period of its class.
  Result<std::optional<Rule>> RuleFor(RunKey run, RunPart part) const;
  boost::asio::awaitable<Status> SweepRun(RunKey run, RunPart part, const Rule& rule, SweepOutcome& outcome);
  boost::asio::awaitable<Status> SweepReviews(SweepOutcome& outcome);
  boost::asio::awaitable<Status> SweepReview(const ReviewStore::OldItem& item, SweepOutcome& outcome);
  boost::asio::awaitable<Status> SweepDatasets(SweepOutcome& outcome);
  boost::asio::awaitable<Status> Remove(RunKey run, SweepOutcome& outcome);
  boost::asio::awaitable<Status> RemoveCases(SnapshotKey snapshot, SweepOutcome& outcome);
  void Count(const RemovalStep& step, SweepOutcome& outcome);
  boost::asio::awaitable<void> LeaveRoom(Duration took);
  // Blocking. In words; "" nothing does.
  Result<std::string> WhatKeeps(RunKey run, RunPart part, const Liveness& liveness) const;
  Liveness LivenessAfter(const std::optional<Duration>& period) const;
  bool is_stopping() const { return stop_.version() > 0; }

  const RetentionContext context_;
  const PluginKinds kinds_;
  ChangeSignal wanted_;  // notified when a run was deleted, and when the daemon stops
  ChangeSignal stop_;    // notified once

  std::mutex mutex_;
  std::condition_variable idle_;
  bool is_driving_ = false;  // guarded by mutex_
};

}  // namespace assay
