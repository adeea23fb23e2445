#include "daemon/runs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/identifier.h"
#include "core/random.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/catalog_lookup.h"
#include "daemon/dataset_snapshots.h"
#include "daemon/log.h"
#include "daemon/run_input_output.h"
#include "daemon/store_retry.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kUpdateInterval{250};

asio::awaitable<void> Pause(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

namespace {

struct Cancellation {
  std::string principal;
  std::string reason;
};

}  // namespace

// A run that is driven here.
struct Runs::ActiveRun {
  explicit ActiveRun(RunRecord record) : run(std::move(record)) {}
  const RunRecord run;
  RunControl control;
  ChangeSignal progress;  // notified when results are stored, and when the run has ended or is no longer driven
  std::mutex mutex;       // guards what is below
  bool is_over = false;   // no longer driven
  std::optional<Cancellation> cancellation;

  std::optional<Cancellation> cancelled() {
    const std::lock_guard lock(mutex);
    return cancellation;
  }
  // The first to cancel is the one that is recorded.
  void Cancel(Cancellation by) {
    const std::lock_guard lock(mutex);
    if (!cancellation) cancellation = std::move(by);
  }
  bool over() {
    const std::lock_guard lock(mutex);
    return is_over;
  }
};

Runs::Runs(RunsContext context) : context_(std::move(context)), kinds_(BuiltinKinds()) {}
Runs::~Runs() = default;

Status Runs::Resume() {
  ASSAY_ASSIGN(const std::vector<SnapshotKey> left, context_.store.ListUnfinishedSnapshots());
  if (!left.empty()) asio::post(context_.preparing, [this, left] { DiscardSnapshots(left); });
  ASSAY_ASSIGN(std::vector<RunRecord> runs, context_.store.ListUnfinishedRuns());
  for (RunRecord& run : runs) {
    Log(LogLevel::kInfo, "run goes on",
        {{"run", run.id}, {"suite", run.suite}, {"position", std::to_string(run.position)}});
    Launch(std::move(run));
  }
  return {};
}

// Before any other snapshot is made, which the same thread does. Runs that go on do not wait for it.
void Runs::DiscardSnapshots(const std::vector<SnapshotKey>& left) {
  for (const SnapshotKey snapshot : left) {
    const Status discarded = context_.store.DiscardSnapshot(snapshot, [this] { return is_stopping(); });
    if (!discarded && !is_stopping()) {
      Log(LogLevel::kWarning, "a dataset that was not read to its end is still in the store; the next start removes it",
          {{"error", discarded.error().message}});
    }
  }
}

void Runs::Stop(Duration grace) {
  stop_.Notify();
  std::unique_lock lock(mutex_);
  for (const auto& [id, active] : active_) active->control.Stop(grace);
  lock.unlock();
  slots_changed_.Notify();
  lock.lock();
  idle_.wait_for(lock, grace + std::chrono::seconds(5), [this] { return active_.empty(); });
}

Result<RunRecord> Runs::Start(const Caller& caller, const CatalogDocument& suite, const DocumentRecord& model,
                              const std::optional<RequestKey>& request) {
  const Time now = context_.clock.Now();
  ASSAY_ASSIGN(const std::vector<RunGrader> graders, RecordedGraders(suite));
  ASSAY_ASSIGN(const SnapshotRecord snapshot, EnsureSnapshot(context_.store, caller.project, suite, now,
                                                             caller.principal, [this] { return is_stopping(); }));
  RunRecord run;
  run.id = MakeId(now);
  run.project = caller.project;
  run.suite = suite.name;
  run.suite_version = suite.version;
  run.model = model.name;
  run.model_label = model.label;
  run.model_version = model.content_version;
  run.snapshot = snapshot.key;
  run.trials = suite.suite()->trials;
  run.cases = snapshot.cases;
  run.seed = SeedFrom(suite.version);  // one order for all runs of a suite version: candidate and baseline see the same
  run.manifest = MakeManifest(suite);
  run.graders = graders;
  run.created = now;
  run.principal = caller.principal;
  ASSAY_ASSIGN(RunRecord stored, context_.store.CreateRun(run, request));
  if (stored.id == run.id) Launch(stored);
  return stored;
}

void Runs::Launch(RunRecord run) {
  auto active = std::make_shared<ActiveRun>(std::move(run));
  int loop = 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping()) return;                                    // stored; the next start goes on with it
    if (!active_.emplace(active->run.id, active).second) return;  // begun between the start of the daemon and Resume
    waiting_.push_back(active->run.id);
    loop = next_loop_++ % context_.loops.count();
  }
  asio::co_spawn(context_.loops.executor(loop), Drive(std::move(active)), asio::detached);
}

asio::awaitable<void> Runs::Drive(std::shared_ptr<ActiveRun> active) {
  const RunRecord& run = active->run;
  const auto began = steady_clock::now();
  const bool has_slot = co_await TakeSlot(active);
  context_.telemetry.RunStarted();
  Status status;
  if (has_slot) status = co_await ErrorInsteadOfException(Execute(active));
  RunState state = RunState::kRunning;  // still going on: the daemon stops
  if (const auto cancellation = active->cancelled()) {
    state = RunState::kCancelled;
    co_await SetState(active, state, cancellation->reason, cancellation->principal);
  } else if (!status && !is_stopping()) {
    state = RunState::kError;
    Log(LogLevel::kError, "run failed", {{"run", run.id}, {"suite", run.suite}, {"error", status.error().message}});
    co_await SetState(active, state, status.error().message, run.principal);
  } else if (status && has_slot && !active->control.stop_requested()) {
    state = RunState::kComplete;
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
  context_.telemetry.RunEnded(run.suite, run.model, state, took);
  Log(LogLevel::kInfo, IsFinal(state) ? "run ended" : "run goes on after the next start",
      {{"run", run.id},
       {"suite", run.suite},
       {"model", run.model},
       {"state", std::string(Name(state))},
       {"took", FormatDuration(took)}});
  Leave(active, has_slot);
}

// Waits for its turn. False when the run was cancelled or the daemon stops before.
asio::awaitable<bool> Runs::TakeSlot(std::shared_ptr<ActiveRun> active) {
  for (;;) {
    const std::uint64_t seen = slots_changed_.version();
    {
      const bool is_cancelled = active->cancelled().has_value();
      const std::lock_guard lock(mutex_);
      if (is_stopping() || is_cancelled) {
        std::erase(waiting_, active->run.id);
        co_return false;
      }
      if (running_ < context_.active_runs && waiting_.front() == active->run.id) {
        waiting_.pop_front();
        ++running_;
        break;
      }
    }
    co_await slots_changed_.Wait(seen, steady_clock::now() + std::chrono::hours(1));
  }
  slots_changed_.Notify();  // the next in line looks again
  co_return true;
}

void Runs::Leave(const std::shared_ptr<ActiveRun>& active, bool has_slot) {
  {
    const std::lock_guard lock(active->mutex);
    active->is_over = true;
  }
  active->progress.Notify();
  {
    const std::lock_guard lock(mutex_);
    active_.erase(active->run.id);
    if (has_slot) --running_;
    idle_.notify_all();
  }
  slots_changed_.Notify();
}

// An error is why the run cannot go on. While the store is out of reach it pauses, and goes on where it was.
asio::awaitable<Status> Runs::Execute(std::shared_ptr<ActiveRun> active) {
  for (;;) {
    const Result<RunEnd> end = co_await ExecuteFromStore(active);
    if (end && end->outcome == RunOutcome::kFailed)
      co_return Fail(end->error.value_or(Error{ErrorCode::kInternal, "the run failed without a cause", {}}));
    if (end && end->outcome == RunOutcome::kComplete && !active->cancelled())
      co_return co_await SetState(active, RunState::kComplete, "", active->run.principal);
    if (end) co_return Status();
    if (end.error().code != ErrorCode::kUnavailable || is_stopping() || active->cancelled())
      co_return Fail(end.error());
    Log(LogLevel::kWarning, "run pauses: the store does not answer",
        {{"run", active->run.id}, {"error", end.error().message}});
    co_await stop_.Wait(0, steady_clock::now() + kStoreRetryInterval);
  }
}

// Runs what the store says is outstanding. An error is the store's.
asio::awaitable<Result<RunEnd>> Runs::ExecuteFromStore(std::shared_ptr<ActiveRun> active) {
  struct Prepared {
    RunRecord run;
    RunDocuments documents;
    RunPlan plan;
  };
  auto prepare = [this, key = active->run.key]() -> Result<std::shared_ptr<Prepared>> {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(key));
    ASSAY_ASSIGN(RunDocuments documents, LoadRunDocuments(context_.store, kinds_, run));
    ASSAY_ASSIGN(RunPlan plan, PreparePlan(context_.store, context_.endpoints, run, documents));
    plan.on_graded = [this, graders = run.graders](std::size_t grader, std::chrono::nanoseconds took) {
      context_.telemetry.ObserveGrading(graders[grader].name, took);
    };
    ASSAY_TRY(context_.store.SetRunState(run.key, RunState::kRunning, "", context_.clock.Now(), run.principal));
    return std::make_shared<Prepared>(Prepared{std::move(run), std::move(documents), std::move(plan)});
  };
  ASSAY_CO_ASSIGN(const auto prepared, co_await RunBlocking(context_.blocking, prepare));
  active->progress.Notify();

  const RunRecord& run = prepared->run;
  context_.writer.OpenRun(run.key, run.position, prepared->plan.finished);
  StoreCaseSource source(context_.store, context_.blocking, run.snapshot, stop_);
  StoreResultSink sink(context_.writer, context_.telemetry, run, active->progress);
  const RunEnd end = co_await ExecuteRun(prepared->plan, context_.loops, source, sink, active->control);
  const Status stored = co_await sink.Settle();
  context_.writer.CloseRun(run.key);
  ASSAY_CO_TRY(stored);
  co_return end;
}

// Tries until the daemon stops: a run that has ended but does not say so would keep its checks waiting.
asio::awaitable<Status> Runs::SetState(std::shared_ptr<ActiveRun> active, RunState state, std::string error,
                                       std::string principal) {
  auto write = [&]() {
    return context_.store.SetRunState(active->run.key, state, error, context_.clock.Now(), principal);
  };
  const Status status = co_await RetryUnavailable(context_.blocking, stop_, write);
  if (!status)
    Log(LogLevel::kError, "run state not stored", {{"run", active->run.id}, {"error", status.error().message}});
  co_return status;
}

bool Runs::IsDriven(std::string_view id) const { return FindDriven(id) != nullptr; }

std::shared_ptr<Runs::ActiveRun> Runs::FindDriven(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

std::optional<std::string> Runs::FindActive(const std::string& project, const std::string& suite_version,
                                            const std::string& model_version) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, active] : active_) {
    const RunRecord& run = active->run;
    if (run.project == project && run.suite_version == suite_version && run.model_version == model_version &&
        !active->cancelled()) {
      return id;
    }
  }
  return std::nullopt;
}

asio::awaitable<Result<RunRecord>> Runs::AwaitEnd(const std::string& project, const std::string& id,
                                                  steady_clock::time_point until) {
  if (const auto active = FindDriven(id)) {
    for (;;) {
      const std::uint64_t seen = active->progress.version();
      if (active->over() || steady_clock::now() >= until) break;
      co_await active->progress.Wait(seen, until);
    }
  }
  auto read = [&]() { return context_.store.GetRun(project, id); };
  co_return co_await RunBlocking(context_.blocking, read);
}

asio::awaitable<Result<RunRecord>> Runs::StartRun(const Caller& caller, const StartRunArguments& arguments) {
  auto start = [this, caller, arguments]() -> Result<RunRecord> {
    if (arguments.request) {
      ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *arguments.request));
      if (answered) return context_.store.GetRun(caller.project, *answered);
    }
    const auto served = context_.catalog.current();
    ASSAY_ASSIGN(const CatalogDocument* suite, FindServed(*served, DocumentKind::kSuite, arguments.suite));
    ASSAY_TRY(context_.catalog.Share(*served, caller.project));
    ASSAY_ASSIGN(const DocumentRecord model, context_.models.Resolve(caller.project, arguments.model));
    return Start(caller, *suite, model, arguments.request);
  };
  co_return co_await RunBlocking(context_.preparing, std::move(start));
}

asio::awaitable<Result<RunRecord>> Runs::GetRun(const Caller& caller, std::string_view id) {
  auto read = [&]() { return context_.store.GetRun(caller.project, id); };
  co_return co_await RunBlocking(context_.blocking, read);
}

asio::awaitable<Result<Page<RunRecord>>> Runs::ListRuns(const Caller&, const RunFilter& filter,
                                                        const PageRequest& page) {
  auto read = [&]() { return context_.store.ListRuns(filter, page); };
  co_return co_await RunBlocking(context_.blocking, read);
}

// The run as the store has it, whenever it has changed, a few times a second at most.
class Runs::RunUpdates final : public Updates<RunRecord> {
 public:
  RunUpdates(Runs& runs, std::string project, std::string id)
      : runs_(runs), project_(std::move(project)), id_(std::move(id)) {}

  asio::awaitable<Result<std::optional<RunRecord>>> Next() override {
    if (is_last_) co_return std::optional<RunRecord>();
    const auto active = runs_.FindDriven(id_);
    if (!is_first_) {
      if (active == nullptr && runs_.is_stopping())
        co_return Fail(ErrorCode::kUnavailable, "assayd is stopping; the run goes on after its restart");
      co_await Pause(kUpdateInterval);
      if (active != nullptr && !active->over())
        seen_ = co_await active->progress.Wait(seen_, steady_clock::now() + std::chrono::seconds(5));
    }
    is_first_ = false;
    auto read = [this]() { return runs_.context_.store.GetRun(project_, id_); };
    ASSAY_CO_ASSIGN(RunRecord run, co_await RunBlocking(runs_.context_.blocking, read));
    is_last_ = IsFinal(run.state);
    co_return std::optional<RunRecord>(std::move(run));
  }

 private:
  Runs& runs_;
  const std::string project_;
  const std::string id_;
  std::uint64_t seen_ = 0;
  bool is_first_ = true;
  bool is_last_ = false;
};

asio::awaitable<Result<std::unique_ptr<Updates<RunRecord>>>> Runs::WatchRun(const Caller& caller, std::string_view id) {
  ASSAY_CO_TRY(co_await GetRun(caller, id));
  co_return std::make_unique<RunUpdates>(*this, caller.project, std::string(id));
}

asio::awaitable<Result<Page<StoredTrial>>> Runs::ListResults(const Caller& caller, std::string_view run,
                                                             const TrialFilter& filter, const PageRequest& page) {
  auto read = [&]() -> Result<Page<StoredTrial>> {
    ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(caller.project, run));
    return context_.store.ReadTrials(record.key, filter, page);
  };
  co_return co_await RunBlocking(context_.blocking, read);
}

asio::awaitable<Result<RunRecord>> Runs::CancelRun(const Caller& caller, std::string_view id, std::string_view reason) {
  const auto active = FindDriven(id);  // before the read: a run that is driven no longer is final in the store
  ASSAY_CO_ASSIGN(RunRecord run, co_await GetRun(caller, id));
  if (IsFinal(run.state)) co_return run;
  if (active == nullptr)
    co_return Fail(ErrorCode::kUnavailable, "run " + run.id + " is not going on right now; try again in a moment");
  active->Cancel({caller.principal, std::string(reason)});
  active->control.Stop(Duration(0));
  slots_changed_.Notify();
  co_return co_await AwaitEnd(caller.project, run.id, steady_clock::now() + std::chrono::seconds(30));
}

}  // namespace assay
