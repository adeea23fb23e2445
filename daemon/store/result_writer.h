#pragma once
// Puts the results of all runs into the store from one thread of its own, in batches: a batch is written when it has
// `max_rows` results or when its oldest is `max_age` old, whichever is first. Event loops hand results over and never
// wait for the disk.
//
// While the store is out of reach (kUnavailable) a batch is tried again: what it holds was paid for. Meanwhile the
// queue fills, and who submits waits for room.
//
// Thread-safe. Callbacks run on the writer's thread, or inside Submit when the answer is known at once; they must not
// block and must not call the writer (post to your loop instead).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/result.h"
#include "core/run.h"
#include "daemon/store/records.h"

namespace assay {

class ResultWriter {
 public:
  struct Options {
    std::size_t max_rows = 512;
    std::chrono::milliseconds max_age{50};
    std::size_t queue = 2048;             // results accepted and not yet written; at least max_rows
    std::size_t queue_bytes = 64u << 20;  // no more are accepted beyond, but for the one that goes beyond
    std::chrono::milliseconds retry_interval{2000};
    // Results are committed without waiting for the disk: a server of the database that ends takes the last ones along.
    bool server_may_lose_results = false;
  };
  // Store::AppendTrials, or a test's stand-in. Called from the writer's thread only.
  using Append = std::function<Status(RunKey, std::span<const TrialResult>, std::int64_t position)>;
  // Told after every attempt to write a batch of a run, for metrics: how many results, and how long the store took.
  using Observe = std::function<void(std::size_t rows, std::chrono::microseconds took, const Status& outcome)>;
  using Callback = std::move_only_function<void(Status)>;
  // Told of every attempt that will be repeated.
  using OnDelay = std::function<void(const Error&)>;

  ResultWriter(Append append, Options options, Observe observe = {});
  ~ResultWriter();  // Stop()

  // Opens a run for results. `position` and `ahead` are what is stored of it: RunRecord::position and
  // Store::FinishedPositionsFrom. The writer keeps the run's position from then on. Opening an open run starts it anew.
  void OpenRun(RunKey run, std::int64_t position, std::span<const std::int64_t> ahead, OnDelay on_delay = {});
  // Forgets a run; call it after its last `written`. kUnavailable when some of what was written may be lost, because
  // the store was out of reach meanwhile: its position then is one below which nothing is.
  Status CloseRun(RunKey run);

  // Takes a result. `accepted` is called as soon as the queue has room for it: at once, or later; wait for it before
  // submitting more, that is the back-pressure. `written` is called after the commit, or with the error when the result
  // is not stored. An error concerns the whole run: from then on every Submit of it answers both with that error.
  // Errors: kFailedPrecondition for a run that is not open, kUnavailable after Stop and after RetryUntil, else the
  // store's.
  void Submit(RunKey run, TrialResult result, Callback accepted, Callback written);

  // Writes what was submitted without waiting for rows or age. Returns at once.
  void Flush();
  // Until when a store that is out of reach is waited for; for ever without this. From then on the first batch that
  // cannot be written is the last that is tried.
  void RetryUntil(std::chrono::steady_clock::time_point when);
  // Refuses new results, tries no batch twice any more, writes all that was submitted, then returns. Idempotent.
  void Stop();

  // Results accepted or waiting that are not written yet.
  std::size_t pending() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
