// The run (RunExecution::Run) reads cases in batches into a queue; workers, one coroutine for each trial that may exist
// at once, spread over the loops, take work from it until there is no more. The run ends when its last worker has.
#include "runners/run_pipeline.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/random.h"
#include "runners/run_execution.h"

namespace assay {

namespace asio = boost::asio;

void RunControl::Stop(Duration grace) {
  std::lock_guard lock(mutex_);
  Deadline cancel_at = DeadlineIn(grace);
  if (!cancel_at_ || cancel_at < *cancel_at_) cancel_at_ = cancel_at;
  if (on_change_) on_change_();
}

void RunControl::SetConcurrency(std::optional<int> concurrency) {
  std::lock_guard lock(mutex_);
  concurrency_ = concurrency;
  if (on_change_) on_change_();
}

bool RunControl::stop_requested() const {
  std::lock_guard lock(mutex_);
  return cancel_at_.has_value();
}

asio::awaitable<RunEnd> RunExecution::Run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  responses_ = plan_.recorded_responses;
  endpoint_errors_ = plan_.recorded_endpoint_errors;
  {
    std::lock_guard lock(control_.mutex_);
    control_.on_change_ = [self = shared_from_this()] {
      if (self->control_.cancel_at_) self->queue_.Close();
      self->wakeup_->Notify();
    };
    if (control_.cancel_at_) queue_.Close();
  }
  SetWorkers();
  co_await Feed();
  co_await AwaitWorkers();
  {
    std::lock_guard lock(control_.mutex_);
    control_.on_change_ = nullptr;
  }
  co_return End();
}

// As many workers as the run's concurrency is now. Those that are too many are parked once their trial has ended: they
// are not ended, since a number that goes up and down would pile them up.
void RunExecution::SetWorkers() {
  if (has_ended_work_) {
    for (const auto& worker : workers_) worker->wakeup->Notify();
    return;
  }
  const int before = wanted_workers_;
  int wanted = plan_.max_concurrency;
  {
    std::lock_guard lock(control_.mutex_);
    wanted = std::clamp(control_.concurrency_.value_or(wanted), 1, wanted);
  }
  // What is left of the sentinels may be all that there is to do.
  const std::int64_t work = std::max<std::int64_t>(positions_.remaining(), HasSentinels() ? 1 : 0);
  wanted = static_cast<int>(std::min<std::int64_t>(wanted, work));
  if (wanted == before) return;
  wanted_workers_ = wanted;
  for (const auto& worker : workers_) worker->wakeup->Notify();
  while (std::ssize(workers_) < wanted) StartWorker();
}

void RunExecution::StartWorker() {
  const auto index = static_cast<int>(workers_.size());
  // Runs with few workers do not all begin on the first loop.
  const auto offset = static_cast<int>(plan_.seed % static_cast<std::uint64_t>(loops_.count()));
  EventLoops::Executor executor = loops_.executor((offset + index) % loops_.count());
  workers_.push_back(std::make_unique<Worker>(index, executor, std::make_shared<Wakeup>(executor)));
  Worker& worker = *workers_.back();
  ++live_workers_;
  auto ended = [self = shared_from_this()](const std::exception_ptr& thrown) {
    if (thrown) self->FailWith({ErrorCode::kInternal, "a trial ended in an exception", std::nullopt});
    self->has_ended_work_ = true;
    --self->live_workers_;
    self->wakeup_->Notify();
  };
  asio::co_spawn(executor, Work(worker), asio::bind_cancellation_slot(worker.signal.slot(), ended));
}

// Returns when the worker may take work, or when there will be none for it.
asio::awaitable<void> RunExecution::Park(Worker& worker) {
  while (worker.index >= wanted_workers_ && !has_ended_work_) {
    co_await worker.wakeup->WaitUntil(DeadlineIn(std::chrono::minutes(1)));
  }
}

// The workers hold on to what the run refers to: whatever happens here, they are waited for.
asio::awaitable<void> RunExecution::Feed() {
  try {
    auto feeding = FeedUntilTheEnd();
    co_await std::move(feeding);
  } catch (const std::exception& thrown) {
    FailWith({ErrorCode::kInternal, std::string("the cases could not be read: ") + thrown.what(), std::nullopt});
  }
  queue_.Finish();
}

asio::awaitable<void> RunExecution::FeedUntilTheEnd() {
  while (!ShouldStop() && !positions_.AtEnd()) {
    SetWorkers();
    const std::size_t capacity = Capacity();
    const std::size_t low_water = std::max<std::size_t>(capacity / 2, 1);
    queue_.SetLowWater(low_water);
    const std::size_t queued = queue_.size();
    if (queued >= low_water) {
      co_await wakeup_->WaitUntil(DeadlineIn(std::chrono::minutes(1)));
      auto cancellation = co_await asio::this_coro::cancellation_state;
      is_cancelled_ = cancellation.cancelled() != asio::cancellation_type::none;
      continue;
    }
    auto batch = co_await ReadBatch(capacity - queued);
    if (batch) {
      queue_.Add(*std::move(batch));
    } else {
      FailWith(std::move(batch).error());
    }
  }
}

// Trials that may wait in the queue: fewer when the cases are large. Of the first ones nothing is known.
std::size_t RunExecution::Capacity() const {
  constexpr std::size_t kQueueBytes = 64u << 20;
  constexpr std::size_t kFirst = 16;
  if (!bytes_of_case_) return std::min(capacity_, kFirst);
  return std::clamp<std::size_t>(kQueueBytes / std::max<std::size_t>(*bytes_of_case_, 1), 1, capacity_);
}

asio::awaitable<Result<std::vector<TrialWork>>> RunExecution::ReadBatch(std::size_t room) {
  // A case's trials stand next to each other: it is read once for all of them.
  Permutation order(static_cast<std::uint64_t>(plan_.cases), plan_.seed);
  std::vector<TrialWork> batch;
  std::vector<std::int64_t> ordinals;
  std::vector<std::size_t> index;  // of each piece's case in ordinals; SIZE_MAX for last_
  while (batch.size() < room && !positions_.AtEnd()) {
    std::int64_t position = positions_.Peek();
    auto ordinal = static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(position / plan_.trials)));
    bool is_last = ordinals.empty() && last_ && last_->ordinal == ordinal;
    if (!is_last && (ordinals.empty() || ordinals.back() != ordinal)) {
      if (ordinals.size() == static_cast<std::size_t>(RunPlan::kMaxBatch)) break;
      ordinals.push_back(ordinal);
    }
    index.push_back(is_last ? SIZE_MAX : ordinals.size() - 1);
    batch.push_back({position, static_cast<int>(position % plan_.trials), nullptr});
    positions_.Pop();
  }
  std::vector<std::shared_ptr<const Case>> cases;
  if (!ordinals.empty()) {
    auto reading = source_.Read(ordinals);
    auto read = co_await std::move(reading);
    if (!read) co_return std::unexpected(std::move(read).error());
    if (read->size() != ordinals.size()) {
      co_return Fail(ErrorCode::kDataLoss, "the dataset snapshot gave " + std::to_string(read->size()) +
                                               " cases where " + std::to_string(ordinals.size()) + " were asked for");
    }
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
      if ((*read)[i].ordinal != ordinals[i]) {
        co_return Fail(ErrorCode::kDataLoss, "the dataset snapshot gave case " + std::to_string((*read)[i].ordinal) +
                                                 " where " + std::to_string(ordinals[i]) + " was asked for");
      }
      cases.push_back(std::make_shared<const Case>(std::move((*read)[i])));
    }
  }
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].item = index[i] == SIZE_MAX ? last_ : cases[index[i]];
  if (!cases.empty()) {
    last_ = cases.back();
    std::size_t bytes = 0;
    for (const auto& item : cases) bytes += item->bytes;
    bytes_of_case_ = bytes / cases.size();
  }
  co_return batch;
}

asio::awaitable<void> RunExecution::AwaitWorkers() {
  while (live_workers_ > 0) {
    SetWorkers();
    Deadline look_again = DeadlineIn(std::chrono::seconds(10));
    if (std::optional<Deadline> cancel_at = CancelAt()) {
      queue_.Close();
      HoldBack();
      if (TimeUntil(*cancel_at) == Duration::zero()) {
        CancelTrials();
      } else {
        look_again = std::min(look_again, *cancel_at);
      }
    }
    co_await wakeup_->WaitUntil(look_again);
    auto cancellation = co_await asio::this_coro::cancellation_state;
    is_cancelled_ = cancellation.cancelled() != asio::cancellation_type::none;
  }
}

// What is posted here does not keep the run: it may be dropped by a loop that is taken down after others.
void RunExecution::CancelTrials() {
  if (trials_cancelled_.exchange(true)) return;
  for (auto& worker : workers_) {
    asio::post(worker->executor, [run = weak_from_this(), each = worker.get()] {
      const auto self = run.lock();
      if (self && each->is_asking) each->signal.emit(asio::cancellation_type::terminal);
    });
  }
}

// What waits to be sent waits no longer.
void RunExecution::HoldBack() {
  if (holds_back_.exchange(true)) return;
  for (auto& worker : workers_) {
    asio::post(worker->executor, [run = weak_from_this(), each = worker.get()] {
      if (const auto self = run.lock()) CancelUnsent(*each);
    });
  }
}

void RunExecution::CancelUnsent(Worker& worker) {
  if (worker.is_asking && worker.in_flight == 0) worker.signal.emit(asio::cancellation_type::terminal);
}

std::optional<Deadline> RunExecution::CancelAt() const {
  if (has_failed_ || is_cancelled_) return std::chrono::steady_clock::now();
  std::lock_guard lock(control_.mutex_);
  return control_.cancel_at_;
}

bool RunExecution::ShouldStop() const { return is_at_limit_ || CancelAt().has_value(); }

asio::awaitable<RunEnd> ExecuteRun(const RunPlan& plan, EventLoops& loops, CaseSource& source, ResultSink& sink,
                                   RunControl& control) {
  if (plan.cases < 0 || plan.trials < 1 || plan.start_position < 0 || plan.max_concurrency < 1 || !plan.prompt ||
      !plan.endpoint || !std::is_sorted(plan.finished.begin(), plan.finished.end())) {
    RunEnd end;
    end.outcome = RunOutcome::kFailed;
    end.error = Error{ErrorCode::kInvalidArgument, "the plan of the run is not valid", std::nullopt};
    co_return end;
  }
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto execution = std::make_shared<RunExecution>(plan, loops, source, sink, control, executor);
  co_return co_await execution->Run();
}

}  // namespace assay
