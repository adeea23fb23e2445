// One queue for all runs, in order of arrival. Results that find it full wait in line behind it with their `accepted`
// call; their callers hold at most one each. The writer takes up to max_rows from the front, writes them run by run,
// and only then makes room.

#include "daemon/store/result_writer.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/store/position_tracker.h"

namespace assay {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Item {
  RunKey run{};
  TrialResult result;
  ResultWriter::Callback accepted;  // empty once called
  ResultWriter::Callback written;
  SteadyTime arrived;
};

struct RunProgress {
  PositionTracker tracker;
  std::optional<Error> failure;
};

}  // namespace

struct ResultWriter::State {
  State(Append append_function, Options given, Observe observe_function)
      : append(std::move(append_function)), options(given), observe(std::move(observe_function)) {
    options.max_rows = std::max<std::size_t>(options.max_rows, 1);
    options.queue = std::max(options.queue, options.max_rows);
  }

  void Work();
  bool IsDue() const;
  // The front of the queue and, in `admitted`, the `accepted` calls of those that move up.
  std::vector<Item> TakeBatch(std::vector<Callback>& admitted);
  void WriteBatch(std::vector<Item> batch);
  void WriteRun(RunKey run, std::vector<Item>& items);
  // A copy of the run's positions; the error of a run that failed or was closed.
  Result<PositionTracker> TrackerOf(RunKey run) const;

  const Append append;
  Options options;
  const Observe observe;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> queue;  // the first `admitted` of it fill the queue, the others wait in line
  std::size_t admitted = 0;
  std::size_t writing = 0;
  std::map<RunKey, RunProgress> runs;
  std::size_t flush_rows = 0;  // how many at the front were asked to be written without waiting
  bool is_stopped = false;

  std::mutex stopping;  // held while joining
  std::jthread thread;
};

bool ResultWriter::State::IsDue() const {
  return !queue.empty() && (is_stopped || flush_rows > 0 || queue.size() >= options.max_rows ||
                            std::chrono::steady_clock::now() >= queue.front().arrived + options.max_age);
}

void ResultWriter::State::Work() {
  std::unique_lock lock(mutex);
  for (;;) {
    while (!IsDue()) {
      if (!queue.empty()) {
        changed.wait_until(lock, queue.front().arrived + options.max_age);
      } else if (is_stopped) {
        return;
      } else {
        changed.wait(lock);
      }
    }
    std::vector<Callback> admitted_now;
    std::vector<Item> batch = TakeBatch(admitted_now);
    lock.unlock();
    for (Callback& accepted : admitted_now) accepted({});
    WriteBatch(std::move(batch));
    lock.lock();
  }
}

std::vector<Item> ResultWriter::State::TakeBatch(std::vector<Callback>& admitted_now) {
  std::vector<Item> batch;
  const std::size_t rows = std::min(queue.size(), options.max_rows);
  for (std::size_t i = 0; i < rows; ++i) {
    batch.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  writing = rows;
  flush_rows -= std::min(flush_rows, rows);
  admitted -= std::min(admitted, rows);
  for (; admitted < std::min(queue.size(), options.queue); ++admitted) {
    if (queue[admitted].accepted) admitted_now.push_back(std::exchange(queue[admitted].accepted, Callback()));
  }
  return batch;
}

void ResultWriter::State::WriteBatch(std::vector<Item> batch) {
  std::map<RunKey, std::vector<Item>> by_run;
  for (Item& item : batch) by_run[item.run].push_back(std::move(item));
  for (auto& [run, items] : by_run) WriteRun(run, items);
}

void ResultWriter::State::WriteRun(RunKey run, std::vector<Item>& items) {
  std::vector<TrialResult> results;
  for (Item& item : items) results.push_back(std::move(item.result));
  Result<PositionTracker> tracker = TrackerOf(run);
  Status outcome;
  if (tracker) {
    for (const TrialResult& result : results) tracker->Finish(result.position);
    const auto start = std::chrono::steady_clock::now();
    outcome = append(run, results, tracker->position());
    const auto took = std::chrono::steady_clock::now() - start;
    if (observe) observe(results.size(), std::chrono::duration_cast<std::chrono::microseconds>(took), outcome);
  } else {
    outcome = Fail(tracker.error());
  }
  {
    const std::lock_guard lock(mutex);
    writing -= items.size();
    if (const auto open = runs.find(run); open != runs.end()) {
      if (outcome) {
        open->second.tracker = *std::move(tracker);
      } else {
        open->second.failure = outcome.error();
      }
    }
  }
  for (Item& item : items) {
    if (item.accepted) item.accepted(outcome);
    item.written(outcome);
  }
}

Result<PositionTracker> ResultWriter::State::TrackerOf(RunKey run) const {
  const std::lock_guard lock(mutex);
  const auto open = runs.find(run);
  if (open == runs.end()) {
    return Fail(ErrorCode::kFailedPrecondition, "the run was closed before its results were written");
  }
  if (open->second.failure) return Fail(*open->second.failure);
  return open->second.tracker;
}

ResultWriter::ResultWriter(Append append, Options options, Observe observe)
    : state_(std::make_unique<State>(std::move(append), options, std::move(observe))) {
  state_->thread = std::jthread([state = state_.get()] { state->Work(); });
}

ResultWriter::~ResultWriter() { Stop(); }

void ResultWriter::OpenRun(RunKey run, std::int64_t position, std::span<const std::int64_t> ahead) {
  const std::lock_guard lock(state_->mutex);
  state_->runs.insert_or_assign(run, RunProgress{PositionTracker(position, ahead), std::nullopt});
}

void ResultWriter::CloseRun(RunKey run) {
  const std::lock_guard lock(state_->mutex);
  state_->runs.erase(run);
}

void ResultWriter::Submit(RunKey run, TrialResult result, Callback accepted, Callback written) {
  Status refused;
  bool is_admitted = false;
  {
    const std::lock_guard lock(state_->mutex);
    const auto open = state_->runs.find(run);
    if (state_->is_stopped) {
      refused = Fail(ErrorCode::kUnavailable, "the result writer has stopped");
    } else if (open == state_->runs.end()) {
      refused = Fail(ErrorCode::kFailedPrecondition, "the run is not open for results");
    } else if (open->second.failure) {
      refused = Fail(*open->second.failure);
    } else {
      is_admitted = state_->queue.size() < state_->options.queue;
      if (is_admitted) ++state_->admitted;
      state_->queue.push_back(Item{run, std::move(result), is_admitted ? Callback() : std::move(accepted),
                                   std::move(written), std::chrono::steady_clock::now()});
    }
  }
  if (!refused) {
    accepted(refused);
    written(refused);
    return;
  }
  state_->changed.notify_one();
  if (is_admitted) accepted({});
}

void ResultWriter::Flush() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->flush_rows = state_->queue.size();
  }
  state_->changed.notify_one();
}

void ResultWriter::Stop() {
  const std::lock_guard joining(state_->stopping);
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopped = true;
  }
  state_->changed.notify_one();
  if (state_->thread.joinable()) state_->thread.join();
}

std::size_t ResultWriter::pending() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size() + state_->writing;
}

}  // namespace assay
