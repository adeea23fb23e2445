// The run (RunExecution::Run) reads cases in batches into a queue; workers, one coroutine for each trial that may exist
// at once, spread over the loops, take work from it until there is no more. The run ends when its last worker has.
#include "runners/run_pipeline.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/random.h"
#include "runners/converse.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/grader.h"
#include "runners/image_files.h"
#include "runners/run_positions.h"
#include "runners/wakeup.h"
#include "runners/work_queue.h"

namespace assay {

namespace asio = boost::asio;

TrialStatus StatusOf(const std::vector<Score>& scores) {
  auto status = TrialStatus::kScored;
  for (const Score& score : scores) {
    if (score.status == ScoreStatus::kError) return TrialStatus::kError;
    if (score.status == ScoreStatus::kUnscored) status = TrialStatus::kUnscored;
  }
  return status;
}

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

class RunExecution : public std::enable_shared_from_this<RunExecution> {
 public:
  RunExecution(const RunPlan& plan, EventLoops& loops, CaseSource& source, ResultSink& sink, RunControl& control,
               const asio::any_io_executor& executor)
      : plan_(plan),
        loops_(loops),
        source_(source),
        sink_(sink),
        control_(control),
        wakeup_(std::make_shared<Wakeup>(executor)),
        capacity_(std::clamp<std::size_t>(static_cast<std::size_t>(plan.max_concurrency) * 4, 128, 1024)),
        queue_(wakeup_),
        positions_(plan.cases, plan.trials, plan.start_position, plan.finished) {}

  asio::awaitable<RunEnd> Run();

 private:
  struct Worker {
    int index = 0;
    EventLoops::Executor executor;
    std::shared_ptr<Wakeup> wakeup;
    asio::cancellation_signal signal;  // as what follows, of the worker's loop only
    bool is_asking = false;            // a request may be cancelled; a result is handed on
    int in_flight = 0;                 // requests
  };
  class TrialGuard;

  // How the endpoint came into a trial: for the question whether it is dead.
  enum class Contact { kNone, kAnswered, kError };
  struct DoneTrial {
    TrialResult result;  // an error until it is graded
    Contact contact = Contact::kNone;
    Error cause;  // with Contact::kError
  };

  void SetWorkers();
  void StartWorker();
  asio::awaitable<void> Park(Worker& worker);
  asio::awaitable<void> Feed();
  asio::awaitable<void> FeedUntilTheEnd();
  std::size_t Capacity() const;
  asio::awaitable<Result<std::vector<TrialWork>>> ReadBatch(std::size_t room);
  asio::awaitable<void> AwaitWorkers();
  void CancelTrials();
  void HoldBack();
  static void CancelUnsent(Worker& worker);
  std::optional<Deadline> CancelAt() const;
  bool ShouldStop() const;

  asio::awaitable<void> Work(Worker& worker);
  asio::awaitable<std::optional<DoneTrial>> DoTrial(Worker& worker, const TrialWork& work);
  asio::awaitable<Result<ImageFiles::Hold>> LoadImages(Worker& worker, Dialogue& dialogue, Deadline deadline);
  std::optional<DoneTrial> Cancelled(Error error);
  void Grade(const Case& item, TrialResult& result) const;
  void Record(TrialStatus status, Contact contact, const Error& cause);
  Error Dead(const Error& cause) const;
  void FailWith(Error error);
  void StopAtLimit(Error error);
  RunEnd End() const;

  const RunPlan& plan_;
  EventLoops& loops_;
  CaseSource& source_;
  ResultSink& sink_;
  RunControl& control_;
  const std::shared_ptr<Wakeup> wakeup_;  // of Run()
  const std::size_t capacity_;
  WorkQueue queue_;
  RunPositions positions_;                        // of Run() only
  std::optional<std::size_t> bytes_of_case_;      // on average in the last batch
  std::shared_ptr<const Case> last_;              // the case whose trials a batch may have cut apart
  std::vector<std::unique_ptr<Worker>> workers_;  // grown by Run() only
  std::atomic<int> wanted_workers_ = 0;           // those of a higher index are parked
  std::atomic<bool> has_ended_work_ = false;      // a worker has ended: there is none for the others either
  bool is_cancelled_ = false;                     // the run's own coroutine was
  std::atomic<bool> trials_cancelled_ = false;
  std::atomic<bool> holds_back_ = false;  // nothing more is sent
  std::atomic<bool> has_failed_ = false;
  std::atomic<bool> is_at_limit_ = false;
  std::atomic<int> live_workers_ = 0;

  mutable std::mutex mutex_;
  std::optional<Error> error_;  // the first
  std::optional<Error> limit_;  // the first
  RunCounts recorded_;
  std::int64_t responses_ = 0;        // as RunPlan::recorded_responses, those before included
  std::int64_t endpoint_errors_ = 0;  // likewise
  std::optional<Error> last_cause_;   // of an endpoint error of this execution
  double unanswered_usd_ = 0;         // RunEnd's
};

// The requests of one trial.
class RunExecution::TrialGuard final : public SendGuard {
 public:
  TrialGuard(RunExecution& execution, Worker& worker) : execution_(execution), worker_(worker) {}
  ~TrialGuard() {
    if (charged_usd_ == 0) return;
    const std::lock_guard lock(execution_.mutex_);
    execution_.unanswered_usd_ += charged_usd_;
  }
  TrialGuard(const TrialGuard&) = delete;
  TrialGuard& operator=(const TrialGuard&) = delete;

  Status Begin() override {
    if (execution_.holds_back_) return Fail(ErrorCode::kCancelled, "the run is being stopped");
    ++worker_.in_flight;
    return {};
  }
  void End(bool, bool) override {
    --worker_.in_flight;
    if (!execution_.holds_back_) return;
    // Unless this was the trial's last: what would be waited for now is another one.
    asio::post(worker_.executor,
               [execution = execution_.shared_from_this(), &worker = worker_] { CancelUnsent(worker); });
  }
  void OnCharged(double usd) override { charged_usd_ += usd; }
  // For the trial that is recorded.
  double TakeCharged() { return std::exchange(charged_usd_, 0); }

 private:
  RunExecution& execution_;
  Worker& worker_;
  double charged_usd_ = 0;
};

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
  wanted = static_cast<int>(std::min<std::int64_t>(wanted, positions_.remaining()));
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

void RunExecution::CancelTrials() {
  if (trials_cancelled_.exchange(true)) return;
  for (auto& worker : workers_) {
    asio::post(worker->executor, [self = shared_from_this(), each = worker.get()] {
      if (each->is_asking) each->signal.emit(asio::cancellation_type::terminal);
    });
  }
}

// What waits to be sent waits no longer.
void RunExecution::HoldBack() {
  if (holds_back_.exchange(true)) return;
  for (auto& worker : workers_) {
    asio::post(worker->executor, [self = shared_from_this(), each = worker.get()] { CancelUnsent(*each); });
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

asio::awaitable<void> RunExecution::Work(Worker& worker) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    co_await Park(worker);
    auto taking = queue_.Take(worker.wakeup);
    std::optional<TrialWork> work = co_await std::move(taking);
    if (!work) co_return;
    try {
      std::optional<DoneTrial> done = co_await DoTrial(worker, *work);
      if (!done || has_failed_) co_return;
      TrialStatus status = done->result.status;
      auto writing = sink_.Write(std::move(done->result));
      Status written = co_await std::move(writing);
      if (!written) {
        FailWith(std::move(written).error());
        co_return;
      }
      Record(status, done->contact, done->cause);
    } catch (const std::exception& thrown) {
      FailWith({ErrorCode::kInternal, std::string("a trial ended in an exception: ") + thrown.what(), std::nullopt});
      co_return;
    }
  }
}

asio::awaitable<std::optional<RunExecution::DoneTrial>> RunExecution::DoTrial(Worker& worker, const TrialWork& work) {
  DoneTrial done;
  TrialResult& result = done.result;
  result.position = work.position;
  result.ordinal = work.item->ordinal;
  result.trial = work.trial;

  auto dialogue = plan_.prompt(work.item->fields);
  if (!dialogue) {
    result.error = std::string(kPromptErrorPrefix) + dialogue.error().message;
    co_return done;
  }
  if (trials_cancelled_) co_return std::nullopt;
  const Deadline deadline = DeadlineIn(plan_.trial_timeout);
  TrialGuard guard(*this, worker);
  worker.is_asking = true;
  ImageFiles::Hold images;
  if (HasImageData(*dialogue)) {
    auto loaded = co_await LoadImages(worker, *dialogue, deadline);
    if (!loaded) {
      worker.is_asking = false;
      if (loaded.error().code == ErrorCode::kCancelled) co_return Cancelled(std::move(loaded).error());
      result.error = std::string(kPromptErrorPrefix) + loaded.error().message;
      co_return done;
    }
    images = *std::move(loaded);
    if (trials_cancelled_) co_return std::nullopt;
  }
  ConverseContext context{.endpoint = *plan_.endpoint,
                          .sender = {plan_.requester, &guard},
                          .sampling = plan_.sampling,
                          .tool_choice = plan_.tool_choice,
                          .case_id = work.item->id,
                          .deadline = deadline};
  auto conversing = Converse(std::move(context), *std::move(dialogue));
  auto answered = co_await std::move(conversing);
  worker.is_asking = false;
  if (!answered) {
    const bool is_recorded =
        answered.error().error.code != ErrorCode::kCancelled && answered.error().error.code != ErrorCode::kAborted;
    if (is_recorded) result.unanswered_usd = guard.TakeCharged();
    Error& error = answered.error().error;
    if (error.code == ErrorCode::kCancelled) co_return Cancelled(std::move(error));
    if (error.code == ErrorCode::kAborted) {
      StopAtLimit(std::move(error));
      co_return std::nullopt;
    }
    result.error = error.message;
    done.contact = answered.error().was_answered ? Contact::kAnswered : Contact::kError;
    done.cause = std::move(error);
    co_return done;
  }
  done.contact = Contact::kAnswered;
  result.unanswered_usd = guard.TakeCharged();
  result.response = *std::move(answered);
  Grade(*work.item, result);
  co_return done;
}

asio::awaitable<Result<ImageFiles::Hold>> RunExecution::LoadImages(Worker& worker, Dialogue& dialogue,
                                                                   Deadline deadline) {
  if (!plan_.images) co_return Fail(ErrorCode::kFailedPrecondition, "images of files cannot be read here");
  auto loading = ImageFiles::Load(plan_.images, dialogue, deadline, worker.wakeup);
  co_return co_await std::move(loading);
}

// A trial that was cut off is not recorded.
std::optional<RunExecution::DoneTrial> RunExecution::Cancelled(Error error) {
  // Not this run's doing: the loops are being taken down.
  if (!trials_cancelled_ && !holds_back_) FailWith(std::move(error));
  return std::nullopt;
}

void RunExecution::Grade(const Case& item, TrialResult& result) const {
  result.scores.reserve(plan_.graders.size());
  for (std::size_t i = 0; i < plan_.graders.size(); ++i) {
    const auto began = std::chrono::steady_clock::now();
    Score score = plan_.graders[i]->Grade(item, *result.response);
    if (plan_.on_graded) plan_.on_graded(i, std::chrono::steady_clock::now() - began);
    if (score.status == ScoreStatus::kError && result.error.empty()) result.error = score.reason;
    result.scores.push_back(std::move(score));
  }
  result.status = StatusOf(result.scores);
}

void RunExecution::Record(TrialStatus status, Contact contact, const Error& cause) {
  std::optional<Error> dead;
  {
    std::lock_guard lock(mutex_);
    recorded_.Add(status);
    if (contact == Contact::kAnswered) ++responses_;
    if (contact == Contact::kError) ++endpoint_errors_;
    std::int64_t enough = std::min(RunPlan::kTrialsBeforeGivingUp, positions_.total());
    if (contact == Contact::kError && responses_ == 0 && endpoint_errors_ >= enough) {
      dead = Dead(cause);
    } else if (contact == Contact::kError && plan_.endpoint->State().is_given_up) {
      const std::string how = responses_ == 0 ? "never answered: " : "stopped answering: ";
      dead = Error{cause.code, "the endpoint " + how + cause.message, cause.retry_after};
    }
    if (contact == Contact::kError) last_cause_ = cause;
  }
  if (dead) FailWith(*std::move(dead));
}

// `mutex_` is held.
Error RunExecution::Dead(const Error& cause) const {
  std::string message = endpoint_errors_ == 1
                            ? "the first trial ended in an endpoint error"
                            : "the first " + std::to_string(endpoint_errors_) + " trials ended in endpoint errors";
  return {cause.code, message + " and none was answered; the last: " + cause.message, cause.retry_after};
}

void RunExecution::FailWith(Error error) {
  {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }
  has_failed_ = true;
  queue_.Close();
  wakeup_->Notify();
}

// Trials in flight end as ever: they are paid for.
void RunExecution::StopAtLimit(Error error) {
  {
    std::lock_guard lock(mutex_);
    if (!limit_) limit_ = std::move(error);
  }
  is_at_limit_ = true;
  queue_.Close();
  wakeup_->Notify();
}

RunEnd RunExecution::End() const {
  std::lock_guard lock(mutex_);
  RunEnd end;
  end.recorded = recorded_;
  end.recorded.scheduled = positions_.total();
  end.unanswered_usd = unanswered_usd_;
  if (error_) {
    end.outcome = RunOutcome::kFailed;
    end.error = error_;
  } else if (limit_ && recorded_.Accounted() < positions_.remaining()) {
    const std::int64_t done = positions_.total() - positions_.remaining() + recorded_.Accounted();
    end.outcome = RunOutcome::kLimited;
    end.error = limit_;
    end.error->message += " (after " + std::to_string(done) + " of " + std::to_string(positions_.total()) + " trials)";
  } else if (recorded_.Accounted() < positions_.remaining()) {
    end.outcome = RunOutcome::kStopped;
  } else if (responses_ == 0 && last_cause_) {
    end.outcome = RunOutcome::kFailed;  // fewer than kTrialsBeforeGivingUp were asked, and all in vain
    end.error = Dead(*last_cause_);
  } else if (const std::string why = plan_.why_limited ? plan_.why_limited() : ""; !why.empty()) {
    end.outcome = RunOutcome::kLimited;
    end.error = Error{ErrorCode::kAborted, why, std::nullopt};
  }
  return end;
}

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
