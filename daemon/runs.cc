// Driving runs: from their start, or the start of the daemon, to their end. run_operations.cc has what callers ask for.
#include "daemon/runs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "core/identifier.h"
#include "core/random.h"
#include "daemon/active_run.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/dataset_snapshots.h"
#include "daemon/log.h"
#include "daemon/run_input_output.h"
#include "daemon/secret.h"
#include "daemon/sentinels.h"
#include "daemon/store_retry.h"
#include "runners/graders/suite_graders.h"
#include "runners/image_files.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

Runs::Runs(RunsContext context) : context_(std::move(context)), kinds_(BuiltinKinds()) {}
Runs::~Runs() = default;

// What the graders of a run may use. Runs outlive theirs.
GraderServices Runs::Services() const {
  GraderServices services = context_.graders;
  services.on_plugin_failure = [this](std::string_view kind, const std::string& grader, PluginFailure failure) {
    context_.telemetry.CountPluginFailure(kind, grader, failure);
  };
  return services;
}

Status Runs::Resume() {
  ASSAY_ASSIGN(const std::vector<SnapshotKey> left, context_.store.ListUnfinishedSnapshots());
  if (!left.empty()) asio::post(context_.preparing, [this, left] { DiscardSnapshots(left); });
  ASSAY_ASSIGN(const std::vector<RunRecord> judged, context_.store.ListNewestRunsWithSentinels());
  for (const RunRecord& run : judged) {
    if (const Status shown = ShowJudgesOf(run); !shown)
      Log(LogLevel::kWarning, "what is known of a judge is not shown",
          {{"run", run.id}, {"error", shown.error().message}});
  }
  ASSAY_ASSIGN(std::vector<RunRecord> runs, context_.store.ListUnfinishedRuns());
  for (RunRecord& run : runs) {
    Log(LogLevel::kInfo, "run goes on",
        {{"run", run.id}, {"suite", run.suite}, {"position", std::to_string(run.position)}});
    const bool is_taking_over = !run.retry_of.empty() && run.state == RunState::kPending;
    const auto active = Admit(std::move(run));
    if (active == nullptr) continue;
    if (is_taking_over) {  // perhaps: what is there already is passed over
      asio::post(context_.preparing, [this, active] { TakeOver(active); });
    } else {
      Spawn(active);
    }
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
  context_.writer.RetryUntil(steady_clock::now() + grace);
  std::unique_lock lock(mutex_);
  for (const auto& [id, active] : active_) active->control.Stop(grace);
  lock.unlock();
  slots_changed_.Notify();
  lock.lock();
  idle_.wait_for(lock, grace + std::chrono::seconds(5), [this] { return active_.empty(); });
}

Result<bool> Runs::HasSnapshot(const std::string& project, const CatalogDocument& suite) const {
  const auto found = context_.store.FindSnapshot(project, DatasetDigest(suite));
  if (!found && found.error().code != ErrorCode::kNotFound) return Fail(found.error());
  if (!found) return false;
  return AreRepeatedCasesCounted(context_.store, found->key, suite);
}

Result<std::int64_t> Runs::CountCases(const std::string& project, const CatalogDocument& suite) const {
  ASSAY_ASSIGN(const SnapshotRecord snapshot, context_.store.FindSnapshot(project, DatasetDigest(suite)));
  return snapshot.cases;
}

Status Runs::BuildSnapshot(const Caller& caller, const CatalogDocument& suite) {
  ASSAY_TRY(EnsureSnapshot(context_.store, caller.project, suite, context_.clock.Now(), caller.principal,
                           [this] { return is_stopping(); }));
  return {};
}

Result<RunRecord> Runs::Start(const Caller& caller, const CatalogDocument& suite, const DocumentRecord& model,
                              const std::optional<RequestKey>& request, RunTerms terms) {
  if (!terms.budget_usd) terms.budget_usd = suite.suite()->budget_usd;
  if (terms.budget_usd) ASSAY_TRY(CheckBudget(*terms.budget_usd, suite.name, model));
  const Time now = context_.clock.Now();
  ASSAY_ASSIGN(const JudgeVersions judges, NewestJudges(caller.project, suite, terms.budget_usd));
  ASSAY_ASSIGN(const std::vector<RunGrader> graders, RecordedGraders(suite, kinds_, judges, Services()));
  RunRecord run;
  const std::string id = MakeId(now);
  run.id = id;
  run.project = caller.project;
  run.suite = suite.name;
  run.suite_version = suite.version;
  run.model = model.name;
  run.model_label = model.label;
  run.model_version = model.content_version;
  run.trials = suite.suite()->trials;
  ASSAY_ASSIGN(const SnapshotRecord snapshot, EnsureSnapshot(context_.store, caller.project, suite, now,
                                                             caller.principal, [this] { return is_stopping(); }));
  ASSAY_ASSIGN(run.seed, SeedFor(suite, snapshot));
  run.budget_usd = terms.budget_usd;
  run.manifest = MakeManifest(suite, run.seed, terms.is_fresh, judges, terms.looks, terms.decision);
  run.graders = graders;
  run.created = now;
  run.principal = caller.principal;
  ASSAY_ASSIGN(RunRecord stored, CreateOnSnapshot(caller, suite, std::move(run), request));
  if (stored.id == id) Launch(stored);
  if (stored.deleted)
    return Fail(ErrorCode::kFailedPrecondition, "run " + stored.id + ", which this request started, is deleted");
  return stored;
}

// One order for all runs of a suite version: candidate and baseline see the same. It comes of a secret, so that nobody
// looks for a description or a name under which the cases that pass come first, and of the cases alone, so that a suite
// that is edited otherwise, or a file that is laid out otherwise, keeps it. Runs from before there was a secret have
// the order of their suite version.
Result<std::uint64_t> Runs::SeedFor(const CatalogDocument& suite, const SnapshotRecord& snapshot) const {
  ASSAY_ASSIGN(const auto before, context_.store.FindSeedOf(snapshot.project, suite.version));
  if (before) return *before;
  ASSAY_ASSIGN(const std::string secret, SecretOf(context_.store, "order_key", context_.clock.Now()));
  // A dataset that is stored without that of its cases has the order that it had.
  const std::string cases = snapshot.cases_digest.empty() ? DatasetFilesDigest(suite) : snapshot.cases_digest;
  return SeedFrom(secret + "\n" + snapshot.project + "\n" + cases);
}

// A dataset that no run had any more may have been removed between the look for it and the run.
Result<RunRecord> Runs::CreateOnSnapshot(const Caller& caller, const CatalogDocument& suite, RunRecord run,
                                         const std::optional<RequestKey>& request) {
  for (int attempt = 1;; ++attempt) {
    ASSAY_ASSIGN(const SnapshotRecord snapshot, EnsureSnapshot(context_.store, caller.project, suite, run.created,
                                                               caller.principal, [this] { return is_stopping(); }));
    run.snapshot = snapshot.key;
    run.cases = snapshot.cases;
    ASSAY_ASSIGN(const auto repeated,
                 CountRepeatedCases(context_.store, snapshot.key, suite, [this] { return is_stopping(); }));
    ASSAY_ASSIGN(run.manifest, WithCases(run.manifest, {.digest = snapshot.exact_digest, .repeated = repeated}));
    auto stored = context_.store.CreateRun(run, request);
    if (stored || stored.error().code != ErrorCode::kNotFound || attempt == 3) return stored;
  }
}

Result<JudgeVersions> Runs::NewestJudges(const std::string& project, const CatalogDocument& suite,
                                         const std::optional<double>& budget_usd) const {
  JudgeVersions versions;
  for (const std::string& name : JudgesOf(*suite.suite(), kinds_)) {
    auto judge = context_.models.Resolve(project, name);
    if (!judge) {
      return Fail(judge.error().code,
                  "a grader of suite \"" + suite.name + "\" asks a model that is not there: " + judge.error().message);
    }
    if (budget_usd) ASSAY_TRY(CheckBudget(*budget_usd, suite.name, *judge));
    versions.emplace(name, judge->content_version);
  }
  return versions;
}

bool Runs::IsGradedAlike(const RunRecord& run, const CatalogDocument& suite) const {
  const auto judges = NewestJudges(run.project, suite, std::nullopt);
  return judges && CheckGraderVersions(run, suite, kinds_, *judges, Services());
}

void Runs::Launch(RunRecord run) {
  if (const auto active = Admit(std::move(run))) Spawn(active);
}

// Null pointer when the daemon stops (the run is stored, the next start goes on with it) and for a run that is driven.
std::shared_ptr<Runs::ActiveRun> Runs::Admit(RunRecord run) {
  auto active = std::make_shared<ActiveRun>(std::move(run));
  const std::lock_guard lock(mutex_);
  if (is_stopping() || !active_.emplace(active->run.id, active).second) return nullptr;
  return active;
}

void Runs::Spawn(std::shared_ptr<ActiveRun> active) {
  int loop = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(active);
    loop = next_loop_++ % context_.loops.count();
  }
  asio::co_spawn(context_.loops.executor(loop), Drive(std::move(active)), asio::detached);
}

asio::awaitable<void> Runs::Drive(std::shared_ptr<ActiveRun> active) {
  const RunRecord& run = active->run;
  const auto began = steady_clock::now();
  const bool has_slot = co_await TakeSlot(active);
  context_.telemetry.RunStarted();
  Result<RunState> end = RunState::kRunning;
  if (has_slot) end = co_await ErrorInsteadOfException(Execute(active));
  RunState state = RunState::kRunning;  // still going on: the daemon stops
  if (const auto interruption = active->interrupted()) {
    state = interruption->to;
    co_await SetState(active, state, interruption->reason, interruption->principal);
  } else if (!end && !is_stopping()) {
    state = RunState::kError;
    Log(LogLevel::kError, "run failed", {{"run", run.id}, {"suite", run.suite}, {"error", end.error().message}});
    co_await SetState(active, state, end.error().message, run.principal);
  } else if (end) {
    state = *end;
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
  context_.telemetry.RunEnded(run.suite, run.model, state, took);
  if (IsFinal(state)) {
    auto showing = ShowJudges(active);
    co_await std::move(showing);
  }
  const char* const what = IsFinal(state)               ? "run ended"
                           : state == RunState::kPaused ? "run paused"
                                                        : "run goes on after the next start";
  Log(LogLevel::kInfo, what,
      {{"run", run.id},
       {"suite", run.suite},
       {"model", run.model},
       {"state", std::string(Name(state))},
       {"took", FormatDuration(took)}});
  Leave(active);
}

// What its sentinels show of its judges, in the metrics.
asio::awaitable<void> Runs::ShowJudges(std::shared_ptr<ActiveRun> active) {
  auto show = [this, active]() { return ShowJudgesOf(active->run); };
  co_await RunBlocking(context_.blocking, std::move(show));  // the verdict reads them again
}

// Blocking.
Status Runs::ShowJudgesOf(const RunRecord& run) const {
  ASSAY_ASSIGN(const JudgesOfRun shown, CalibrationsOf(context_.store, run));
  constexpr double kConfidence = 0.95;
  for (const JudgeCalibration& judge : shown.judges) {
    context_.telemetry.SetJudge({.project = run.project,
                                 .suite = run.suite,
                                 .grader = judge.grader,
                                 .judge = judge.judge,
                                 .agreement = AgreementOfJudge(judge.counts),
                                 .sensitivity = SensitivityOf(judge.counts, kConfidence),
                                 .specificity = SpecificityOf(judge.counts, kConfidence)});
  }
  return {};
}

// Waits for its turn. False when the run was cancelled or the daemon stops before.
asio::awaitable<bool> Runs::TakeSlot(std::shared_ptr<ActiveRun> active) {
  for (;;) {
    const std::uint64_t seen = slots_changed_.version();
    {
      const bool is_interrupted = active->interrupted().has_value();
      const std::lock_guard lock(mutex_);
      if (is_stopping() || is_interrupted) {
        std::erase(waiting_, active);
        co_return false;
      }
      if (IsNext(*active)) {
        std::erase(waiting_, active);
        active->slot = active->requester->priority;
        ++running_[*active->slot];
        break;
      }
    }
    co_await slots_changed_.Wait(seen, steady_clock::now() + std::chrono::hours(1));
  }
  slots_changed_.Notify();  // the next in line looks again
  co_return true;
}

// Each priority has slots of its own: a gate does not wait for runs that nobody waits for. Under the mutex.
bool Runs::IsNext(const ActiveRun& active) const {
  const Priority priority = active.requester->priority;
  const auto taken = running_.find(priority);
  if (taken != running_.end() && taken->second >= context_.active_runs) return false;
  for (const auto& each : waiting_) {
    if (each->requester->priority == priority) return each.get() == &active;
  }
  return false;
}

// Whoever sees that the run is over must not find it driven any more: what he asks of it then would be lost.
void Runs::Leave(const std::shared_ptr<ActiveRun>& active) {
  {
    const std::lock_guard lock(mutex_);
    active_.erase(active->run.id);
    if (active->slot) --running_[*active->slot];
    idle_.notify_all();
  }
  {
    const std::lock_guard lock(active->mutex);
    active->is_over = true;
  }
  active->progress.Notify();
  slots_changed_.Notify();
}

// Returns the state in which the run was stored; kRunning when it was not ended. An error is why the run cannot go on.
// While the store is out of reach it pauses, and goes on where it was.
asio::awaitable<Result<RunState>> Runs::Execute(std::shared_ptr<ActiveRun> active) {
  const std::string& principal = active->run.principal;
  for (;;) {
    const Result<RunEnd> end = co_await ExecuteFromStore(active);
    if (end && end->outcome == RunOutcome::kFailed)
      co_return Fail(end->error.value_or(Error{ErrorCode::kInternal, "the run failed without a cause", {}}));
    if (end && end->outcome == RunOutcome::kComplete && !active->interrupted()) {
      const auto looks = PlannedLooksOf(active->run);
      const bool is_whole = !looks || looks->cases >= active->run.cases;
      const RunState state = is_whole ? RunState::kComplete : RunState::kStopped;
      const std::string why =
          is_whole ? "" : "gate " + looks->gate + " asks " + std::to_string(looks->cases) + " cases";
      ASSAY_CO_TRY(co_await SetState(active, state, why, principal));
      co_return state;
    }
    if (end && end->outcome == RunOutcome::kLimited && !active->interrupted()) {
      ASSAY_CO_TRY(co_await SetState(active, RunState::kStopped, end->error->message, principal));
      co_return RunState::kStopped;
    }
    if (end) co_return RunState::kRunning;
    if (end.error().code != ErrorCode::kUnavailable || is_stopping() || active->interrupted())
      co_return Fail(end.error());
    Log(LogLevel::kWarning, "run pauses: the store does not answer",
        {{"run", active->run.id}, {"error", end.error().message}});
    co_await stop_.Wait(0, steady_clock::now() + kStoreRetryInterval);
  }
}

// Outermost: what comes from the cache neither waits for room in the budget nor costs anything.
void Runs::UseCache(const RunRecord& run, const SuiteSpec& suite, RunPlan& plan) const {
  if (!suite.cache.is_on || context_.cache == nullptr || suite.trials > 1) return;
  const auto use = IsFresh(run) ? CachedEndpoint::Use::kKeep : CachedEndpoint::Use::kFindAndKeep;
  plan.endpoint = std::make_shared<CachedEndpoint>(std::move(plan.endpoint), *context_.cache,
                                                   run.project + "\n" + run.model_version, suite.cache.ttl, use);
}

// Blocking. As it is stored, with its concurrency in force.
Result<RunRecord> Runs::ReadRun(ActiveRun& active) const {
  const std::lock_guard lock(active.concurrency);
  ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(active.run.key));
  active.control.SetConcurrency(run.concurrency);
  return run;
}

// Blocking. Also a proof that the store can be written.
Status Runs::StoreOwed(ActiveRun& active) const {
  ASSAY_TRY(context_.store.AddUnanswered(active.run.key, active.owed_usd));
  active.owed_usd = 0;
  return {};
}

// Runs what the store says is outstanding. An error is the store's.
asio::awaitable<Result<RunEnd>> Runs::ExecuteFromStore(std::shared_ptr<ActiveRun> active) {
  struct Prepared {
    RunRecord run;
    RunDocuments documents;
    RunPlan plan;
  };
  auto prepare = [this, active]() -> Result<std::shared_ptr<Prepared>> {
    ASSAY_TRY(StoreOwed(*active));  // nothing is asked for whose answer could not be kept
    ASSAY_ASSIGN(RunRecord run, ReadRun(*active));
    ASSAY_ASSIGN(RunDocuments documents, LoadRunDocuments(context_.store, kinds_, run));
    ASSAY_ASSIGN(RunPlan plan, PreparePlan(context_.store, kinds_, context_.endpoints, run, documents, Services()));
    for (std::size_t i = 0; i < plan.graders->size(); ++i) {
      const SuiteGrader& grader = (*plan.graders)[i];
      if (grader.waiting && grader.waiting->Concurrency() > 0) context_.telemetry.ShowPlugin(grader.kind, grader.name);
    }
    UseCache(run, *documents.suite.suite(), plan);
    ASSAY_ASSIGN(std::vector<DueTrial> due, context_.store.DueTrials(run.key));
    if (!due.empty()) {
      plan.known =
          std::make_shared<StoreKnownTrials>(context_.store, context_.blocking, run.key, std::move(due), stop_);
    }
    ASSAY_ASSIGN(plan.sentinels, PrepareSentinels(context_.store, context_.blocking, run, documents.suite, stop_));
    plan.requester = active->requester;
    plan.images =
        std::make_shared<ImageFiles>(std::filesystem::path(documents.suite.file).parent_path(), context_.blocking);
    plan.on_graded = [this, graders = run.graders](std::size_t grader, std::chrono::nanoseconds took) {
      context_.telemetry.ObserveGrading(graders[grader].name, took);
    };
    ASSAY_TRY(context_.store.SetRunState(run.key, RunState::kRunning, "", context_.clock.Now(), run.principal));
    return std::make_shared<Prepared>(Prepared{std::move(run), std::move(documents), std::move(plan)});
  };
  ASSAY_CO_ASSIGN(const auto prepared, co_await RunBlocking(context_.blocking, prepare));
  active->progress.Notify();

  const RunRecord& run = prepared->run;
  const auto on_delay = [id = run.id](const Error& error) {
    Log(LogLevel::kWarning, "run pauses: the store does not answer", {{"run", id}, {"error", error.message}});
  };
  context_.writer.OpenRun(run.key, run.position, prepared->plan.finished, on_delay);
  StoreCaseSource source(context_.store, context_.blocking, run.snapshot, stop_);
  StoreResultSink sink(context_.writer, context_.telemetry, run, active->progress);
  const RunEnd end = co_await ExecuteRun(prepared->plan, context_.loops, source, sink, active->control);
  const Status stored = co_await sink.Settle();
  const Status kept = context_.writer.CloseRun(run.key);
  active->owed_usd += end.unanswered_usd + sink.lost_usd();
  Status counted;
  if (active->owed_usd > 0) {
    auto count = [this, active]() { return StoreOwed(*active); };
    counted = co_await RunBlocking(context_.blocking, std::move(count));
  }
  ASSAY_CO_TRY(stored);
  ASSAY_CO_TRY(counted);
  ASSAY_CO_TRY(kept);
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

void Runs::Prefer(std::string_view id) {
  const auto active = FindDriven(id);
  if (active == nullptr || active->requester->priority.exchange(Priority::kRelease) == Priority::kRelease) return;
  slots_changed_.Notify();
}

bool Runs::IsDriven(std::string_view id) const { return FindDriven(id) != nullptr; }

std::shared_ptr<Runs::ActiveRun> Runs::FindDriven(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

std::optional<std::string> Runs::FindActive(const std::string& project, const CatalogDocument& suite,
                                            const std::string& model_version,
                                            const std::optional<PlannedLooks>& looks) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, active] : active_) {
    const RunRecord& run = active->run;
    if (run.project == project && run.suite_version == suite.version && run.model_version == model_version &&
        run.budget_usd == suite.suite()->budget_usd && active->looks == looks && !active->interrupted()) {
      return id;
    }
  }
  return std::nullopt;
}

asio::awaitable<Result<RunRecord>> Runs::AwaitPosition(const std::string& project, const std::string& id,
                                                       std::int64_t position, steady_clock::time_point until) {
  for (;;) {
    const auto active = FindDriven(id);  // before the read: when driven no longer, its end is stored
    const std::uint64_t seen = active == nullptr ? 0 : active->progress.version();
    auto read = [&]() { return context_.store.GetRun(project, id); };
    ASSAY_CO_ASSIGN(RunRecord run, co_await RunBlocking(context_.blocking, read));
    const bool is_there = IsFinal(run.state) || run.position >= position;
    if (is_there || active == nullptr || active->over() || steady_clock::now() >= until) co_return run;
    co_await active->progress.Wait(seen, until);
  }
}

asio::awaitable<Status> Runs::EndEarly(const Caller& caller, std::string_view id) {
  ASSAY_CO_TRY(co_await Interrupt(caller, id, RunState::kStopped, kEndedEarly, Duration(0)));
  co_return Status();
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
  co_return co_await RunBlocking(context_.reading, read);
}

}  // namespace assay
