#pragma once
// A run that is driven here. Private to runs.cc and run_operations.cc.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/change_signal.h"
#include "daemon/prepared_run.h"
#include "daemon/runs.h"
#include "runners/endpoints/requester.h"
#include "runners/run_pipeline.h"

namespace assay {

// Why a run is not gone on with.
struct Interruption {
  RunState to = RunState::kCancelled;  // or kPaused, or kStopped when it is not needed any more
  std::string principal;
  std::string reason;
};

struct Runs::ActiveRun {
  explicit ActiveRun(RunRecord record) : run(std::move(record)) {}
  const RunRecord run;
  const std::optional<PlannedLooks> looks = PlannedLooksOf(run);  // of one that may be ended early
  const std::shared_ptr<Requester> requester = std::make_shared<Requester>();
  RunControl control;
  ChangeSignal progress;  // notified when results are stored, and when the run has ended or is no longer driven
  std::optional<Priority> slot = {};  // it counts among the runs in progress of that priority; guarded by Runs::mutex_
  double owed_usd = 0;                // spent on trials that are not stored, and not counted yet; of Drive only
  std::mutex concurrency;             // held while it is read or written in the store and told to `control`
  std::mutex mutex;                   // guards what is below
  bool is_over = false;               // no longer driven
  std::optional<Interruption> interruption = {};

  std::optional<Interruption> interrupted() {
    const std::lock_guard lock(mutex);
    return interruption;
  }
  bool is_cancelled() {
    const auto by = interrupted();
    return by && by->to == RunState::kCancelled;
  }
  // The first of its kind is the one that is recorded; a cancellation replaces a pause.
  void Interrupt(Interruption by) {
    const std::lock_guard lock(mutex);
    const bool replaces = interruption && interruption->to == RunState::kPaused && by.to == RunState::kCancelled;
    if (!interruption || replaces) interruption = std::move(by);
  }
  bool over() {
    const std::lock_guard lock(mutex);
    return is_over;
  }
};

}  // namespace assay
