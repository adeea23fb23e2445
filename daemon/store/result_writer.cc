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

#include "core/conversation.h"
#include "daemon/store/position_tracker.h"

namespace assay {
namespace {

constexpr std::size_t kBatchBytes = 16u << 20;

using SteadyTime = std::chrono::steady_clock::time_point;

struct Item {
  RunKey run{};
  TrialResult result;
  ResultWriter::Callback accepted;  // empty once called
  ResultWriter::Callback written;
  SteadyTime arrived;
  std::size_t bytes = 0;
};

// What a result takes, roughly: of what may be large.
std::size_t BytesOf(const TrialResult& result) {
  std::size_t bytes = result.error.size();
  if (result.response) {
    bytes += result.response->text.size();
    for (const ToolCall& call : result.response->tool_calls) bytes += call.name.size() + call.arguments.size();
    for (const Message& message : result.response->transcript) bytes += TextBytes(message);
  }
  for (const Score& score : result.scores) bytes += score.reason.size() + score.evidence.size();
  return bytes;
}

struct RunProgress {
  std::shared_ptr<PositionTracker> tracker;  // used by the writer's thread only
  std::optional<Error> failure = {};
  ResultWriter::OnDelay on_delay = {};
  bool may_have_lost_some = false;
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
  Status AppendPatiently(RunKey run, std::span<const TrialResult> results, PositionTracker& tracker);
  Status AppendOnce(RunKey run, std::span<const TrialResult> results, std::int64_t position);
  bool WaitToRetry(RunKey run, const Error& error);
  // The position to store with a batch.
  std::int64_t PositionOf(RunKey run, const PositionTracker& tracker) const;
  // The run's positions; the error of a run that failed or was closed.
  Result<std::shared_ptr<PositionTracker>> TrackerOf(RunKey run) const;
  bool HasRoom() const { return admitted < options.queue && admitted_bytes < options.queue_bytes; }

  const Append append;
  Options options;
  const Observe observe;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> queue;  // the first `admitted` of it fill the queue, the others wait in line
  std::size_t admitted = 0;
  std::size_t admitted_bytes = 0;  // of the responses of those
  std::size_t writing = 0;
  std::map<RunKey, RunProgress> runs;
  std::size_t flush_rows = 0;  // how many at the front were asked to be written without waiting
  bool is_stopped = false;
  SteadyTime retry_until = SteadyTime::max();
  std::optional<Error> given_up;  // because of which nothing is tried any more

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
  std::size_t bytes = 0;
  while (!queue.empty() && batch.size() < options.max_rows && bytes < kBatchBytes) {
    bytes += queue.front().bytes;
    if (admitted > 0) {
      --admitted;
      admitted_bytes -= queue.front().bytes;
    }
    batch.push_back(std::move(queue.front()));
    queue.pop_front();
  }
  writing = batch.size();
  flush_rows -= std::min(flush_rows, batch.size());
  while (admitted < queue.size() && HasRoom()) {
    Item& next = queue[admitted++];
    admitted_bytes += next.bytes;
    if (next.accepted) admitted_now.push_back(std::exchange(next.accepted, Callback()));
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
  const Result<std::shared_ptr<PositionTracker>> tracker = TrackerOf(run);
  const Status outcome = tracker ? AppendPatiently(run, results, **tracker) : Fail(tracker.error());
  {
    const std::lock_guard lock(mutex);
    writing -= items.size();
    const auto open = runs.find(run);
    if (!outcome && open != runs.end()) open->second.failure = outcome.error();
  }
  for (Item& item : items) {
    if (item.accepted) item.accepted(outcome);
    item.written(outcome);
  }
}

Status ResultWriter::State::AppendPatiently(RunKey run, std::span<const TrialResult> results,
                                            PositionTracker& tracker) {
  // When they cannot be written the run is over for the writer, and its positions with it.
  for (const TrialResult& result : results) {
    if (result.status != TrialStatus::kSkipped) tracker.Finish(result.position);
  }
  for (bool is_first = true;; is_first = false) {
    const Status outcome = AppendOnce(run, results, PositionOf(run, tracker));
    if (outcome) return outcome;
    const ErrorCode code = outcome.error().code;
    // A connection that was lost may have been lost after the commit.
    if (!is_first && code == ErrorCode::kAlreadyExists) return {};
    if (code != ErrorCode::kUnavailable) {
      if (is_first) return outcome;
      return Fail(ErrorCode::kUnavailable, "it is not known whether results are stored: " + outcome.error().message);
    }
    if (!WaitToRetry(run, outcome.error())) return outcome;
  }
}

std::int64_t ResultWriter::State::PositionOf(RunKey run, const PositionTracker& tracker) const {
  const std::lock_guard lock(mutex);
  const auto open = runs.find(run);
  const bool is_sure = open == runs.end() || !open->second.may_have_lost_some;
  return is_sure ? tracker.position() : 0;  // what is stored is never lowered
}

Status ResultWriter::State::AppendOnce(RunKey run, std::span<const TrialResult> results, std::int64_t position) {
  const auto start = std::chrono::steady_clock::now();
  const Status outcome = append(run, results, position);
  const auto took = std::chrono::steady_clock::now() - start;
  if (observe) observe(results.size(), std::chrono::duration_cast<std::chrono::microseconds>(took), outcome);
  return outcome;
}

// False when the time for that is over.
bool ResultWriter::State::WaitToRetry(RunKey run, const Error& error) {
  std::unique_lock lock(mutex);
  const auto is_over = [this] { return is_stopped || std::chrono::steady_clock::now() >= retry_until; };
  if (!is_over()) {
    const auto open = runs.find(run);
    const OnDelay on_delay = open == runs.end() ? OnDelay() : open->second.on_delay;
    lock.unlock();
    if (on_delay) on_delay(error);
    lock.lock();
    const auto again = std::chrono::steady_clock::now() + options.retry_interval;
    while (!is_over() && std::chrono::steady_clock::now() < again)
      changed.wait_until(lock, std::min(again, retry_until));
  }
  if (options.server_may_lose_results) {
    for (auto& [key, progress] : runs) progress.may_have_lost_some = true;
  }
  if (!is_over()) return true;
  given_up = error;
  return false;
}

Result<std::shared_ptr<PositionTracker>> ResultWriter::State::TrackerOf(RunKey run) const {
  const std::lock_guard lock(mutex);
  const auto open = runs.find(run);
  if (open == runs.end()) {
    return Fail(ErrorCode::kFailedPrecondition, "the run was closed before its results were written");
  }
  if (open->second.failure) return Fail(*open->second.failure);
  if (given_up) return Fail(*given_up);
  return open->second.tracker;
}

ResultWriter::ResultWriter(Append append, Options options, Observe observe)
    : state_(std::make_unique<State>(std::move(append), options, std::move(observe))) {
  state_->thread = std::jthread([state = state_.get()] { state->Work(); });
}

ResultWriter::~ResultWriter() { Stop(); }

void ResultWriter::OpenRun(RunKey run, std::int64_t position, std::span<const std::int64_t> ahead, OnDelay on_delay) {
  const std::lock_guard lock(state_->mutex);
  RunProgress progress{.tracker = std::make_shared<PositionTracker>(position, ahead), .on_delay = std::move(on_delay)};
  state_->runs.insert_or_assign(run, std::move(progress));
}

Status ResultWriter::CloseRun(RunKey run) {
  const std::lock_guard lock(state_->mutex);
  const auto open = state_->runs.find(run);
  const bool may_have_lost_some = open != state_->runs.end() && open->second.may_have_lost_some;
  if (open != state_->runs.end()) state_->runs.erase(open);
  if (!may_have_lost_some) return {};
  return Fail(ErrorCode::kUnavailable, "the store was out of reach, and may have lost what it had taken just before");
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
      const std::size_t bytes = BytesOf(result);
      is_admitted = state_->admitted == state_->queue.size() && state_->HasRoom();
      if (is_admitted) {
        ++state_->admitted;
        state_->admitted_bytes += bytes;
      }
      state_->queue.push_back(Item{run, std::move(result), is_admitted ? Callback() : std::move(accepted),
                                   std::move(written), std::chrono::steady_clock::now(), bytes});
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

void ResultWriter::RetryUntil(std::chrono::steady_clock::time_point when) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->retry_until = when;
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
