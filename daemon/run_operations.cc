// What callers ask of runs.

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/identifier.h"
#include "daemon/active_run.h"
#include "daemon/blocking.h"
#include "daemon/catalog_lookup.h"
#include "daemon/log.h"
#include "daemon/prepared_run.h"
#include "daemon/run_case.h"
#include "daemon/runs.h"
#include "daemon/sentinels.h"
#include "daemon/store_retry.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kUpdateInterval{250};
// A paused run's requests in flight may be answered for so long; later they are asked again when it goes on.
constexpr std::chrono::seconds kPauseGrace{30};

asio::awaitable<void> Sleep(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

// "" for a run that has all its answers.
std::string WhatIsDeleted(const RunRecord& run) {
  if (run.deleted) return "run " + run.id + " was deleted at " + FormatTime(*run.deleted) + " by " + run.deleted_by;
  if (run.responses_deleted)
    return "the responses of run " + run.id + " were deleted at " + FormatTime(*run.responses_deleted);
  return "";
}

// An empty text would look like an answer.
void MarkDeletedResponses(const RunRecord& run, std::vector<StoredTrial>& trials) {
  for (StoredTrial& trial : trials) {
    if (!trial.result.response) continue;
    trial.result.response.reset();
    trial.result.error = "its response was deleted at " + FormatTime(*run.responses_deleted);
  }
}

std::unexpected<Error> HasEnded(const RunRecord& run) {
  return Fail(ErrorCode::kFailedPrecondition, "run " + run.id + " has ended: " + std::string(Name(run.state)));
}

}  // namespace

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
    return Start(caller, *suite, model, arguments.request, {.budget_usd = arguments.budget_usd});
  };
  co_return co_await RunBlocking(context_.preparing, std::move(start));
}

asio::awaitable<Result<RunRecord>> Runs::GetRun(const Caller& caller, std::string_view id) {
  auto read = [&]() { return context_.store.GetRun(caller.project, id); };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<std::vector<JudgeCalibration>>> Runs::GetJudges(const RunRecord& run) {
  auto read = [&]() -> Result<std::vector<JudgeCalibration>> {
    ASSAY_ASSIGN(JudgesOfRun shown, CalibrationsOf(context_.store, run));
    return std::move(shown.judges);
  };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<std::map<std::string, std::int64_t>>> Runs::GetProvenance(const RunRecord& run) {
  auto read = [&]() -> Result<std::map<std::string, std::int64_t>> {
    const std::string field = kProvenanceField;
    const auto columns = context_.store.ReadSliceColumns(run.snapshot, {&field, 1});
    std::map<std::string, std::int64_t> counts;
    if (!columns && columns.error().code == ErrorCode::kNotFound) return counts;  // its cases are deleted
    if (!columns) return Fail(columns.error());
    const StoredSlice& column = columns->front();
    for (const std::int32_t code : column.codes) {
      if (code != StoredSlice::kAbsent) ++counts[column.values[static_cast<std::size_t>(code)]];
    }
    return counts;
  };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<Page<RunRecord>>> Runs::ListRuns(const Caller&, const RunFilter& filter,
                                                        const PageRequest& page) {
  auto read = [&]() { return context_.store.ListRuns(filter, page); };
  co_return co_await RunBlocking(context_.reading, read);
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
      co_await Sleep(kUpdateInterval);
      if (active != nullptr && !active->over())
        seen_ = co_await active->progress.Wait(seen_, steady_clock::now() + std::chrono::seconds(5));
    }
    is_first_ = false;
    auto read = [this]() { return runs_.context_.store.GetRun(project_, id_); };
    ASSAY_CO_ASSIGN(RunRecord run, co_await RunBlocking(runs_.context_.reading, read));
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
    ASSAY_ASSIGN(RunRecord record, context_.store.GetRun(caller.project, run));
    auto trials = context_.store.ReadTrials(record.key, filter, page);
    // After the trials: what is told to be there was not being removed while it was read.
    ASSAY_ASSIGN(record, context_.store.GetRun(record.key));
    if (record.deleted) return Fail(ErrorCode::kFailedPrecondition, WhatIsDeleted(record) + "; its results are gone");
    if (trials && record.responses_deleted) MarkDeletedResponses(record, trials->items);
    return trials;
  };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<RunCase>> Runs::GetCase(const Caller& caller, std::string_view run, std::int64_t ordinal) {
  auto read = [&]() -> Result<RunCase> {
    ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(caller.project, run));
    return ReadRunCase(context_.store, kinds_, record, ordinal);
  };
  co_return co_await RunBlocking(context_.reading, read);
}

// Ends the driving of a run, for now or for good.
asio::awaitable<Result<RunRecord>> Runs::Interrupt(const Caller& caller, std::string_view id, RunState to,
                                                   std::string_view reason, Duration grace) {
  auto active = FindDriven(id);  // before the read: what a run that is driven no longer has become is stored
  ASSAY_CO_ASSIGN(RunRecord run, co_await GetRun(caller, id));
  if (IsFinal(run.state) || run.state == to) co_return run;
  if (active == nullptr && run.state == RunState::kPaused) {
    auto write = [&]() -> Result<RunRecord> {
      ASSAY_TRY(context_.store.SetRunState(run.key, to, reason, context_.clock.Now(), caller.principal));
      return context_.store.GetRun(run.key);
    };
    const Result<RunRecord> written = co_await RunBlocking(context_.blocking, write);
    // Somebody may have resumed it meanwhile.
    active = FindDriven(id);
    if (active == nullptr || !written) co_return written;
  }
  if (active == nullptr)
    co_return Fail(ErrorCode::kUnavailable, "run " + run.id + " is not going on right now; try again in a moment");
  active->Interrupt({.to = to, .principal = caller.principal, .reason = std::string(reason)});
  active->control.Stop(grace);
  slots_changed_.Notify();
  co_return co_await AwaitEnd(caller.project, run.id, steady_clock::now() + grace + std::chrono::seconds(30));
}

asio::awaitable<Result<RunRecord>> Runs::CancelRun(const Caller& caller, std::string_view id, std::string_view reason) {
  return Interrupt(caller, id, RunState::kCancelled, reason, Duration(0));
}

asio::awaitable<Result<RunRecord>> Runs::PauseRun(const Caller& caller, std::string_view id, std::string_view reason) {
  ASSAY_CO_ASSIGN(RunRecord run, co_await Interrupt(caller, id, RunState::kPaused, reason, kPauseGrace));
  if (IsFinal(run.state)) co_return HasEnded(run);
  co_return run;
}

asio::awaitable<Result<RunRecord>> Runs::ResumeRun(const Caller& caller, std::string_view id) {
  ASSAY_CO_ASSIGN(RunRecord run, co_await GetRun(caller, id));
  if (IsFinal(run.state)) co_return HasEnded(run);
  if (run.state != RunState::kPaused) co_return run;
  // All in one call: a caller that is cancelled in between would leave a run that nothing drives to its end.
  auto resume = [this, run, principal = caller.principal]() -> Result<RunRecord> {
    // Driven before it says so in the store: a check that finds it pending and not driven would take it for lost.
    const auto active = Admit(run);
    if (active == nullptr)
      return Fail(ErrorCode::kUnavailable, "run " + run.id + " is just being paused or resumed; try again in a moment");
    const Status stored = context_.store.SetRunState(run.key, RunState::kPending, "", context_.clock.Now(), principal);
    if (!stored) {
      Leave(active);
      return std::unexpected(stored.error());
    }
    Spawn(active);
    return context_.store.GetRun(run.key);
  };
  co_return co_await RunBlocking(context_.blocking, std::move(resume));
}

asio::awaitable<Result<RunRecord>> Runs::SetRunConcurrency(const Caller& caller, std::string_view id,
                                                           std::optional<int> concurrency) {
  ASSAY_CO_ASSIGN(RunRecord run, co_await GetRun(caller, id));
  if (IsFinal(run.state)) co_return HasEnded(run);
  auto write = [this, key = run.key, id = run.id, concurrency, principal = caller.principal]() -> Result<RunRecord> {
    const auto active = FindDriven(id);
    std::unique_lock<std::mutex> lock;
    if (active != nullptr) lock = std::unique_lock(active->concurrency);
    ASSAY_TRY(context_.store.SetRunConcurrency(key, concurrency, context_.clock.Now(), principal));
    if (active != nullptr) active->control.SetConcurrency(concurrency);
    return context_.store.GetRun(key);
  };
  co_return co_await RunBlocking(context_.blocking, std::move(write));
}

asio::awaitable<Result<RunRecord>> Runs::DeleteRun(const Caller& caller, std::string_view id, std::string_view reason) {
  ASSAY_CO_ASSIGN(const RunRecord run, co_await GetRun(caller, id));
  co_return co_await context_.retention.DeleteRun(run.key, caller.principal, std::string(reason));
}

asio::awaitable<Result<RunRecord>> Runs::RetryRun(const Caller& caller, std::string_view id,
                                                  const std::optional<RequestKey>& request) {
  ASSAY_CO_ASSIGN(const RunRecord run, co_await GetRun(caller, id));
  auto retry = [this, caller, run, request]() { return Retry(caller, run, request); };
  co_return co_await RunBlocking(context_.preparing, std::move(retry));
}

Result<RunRecord> Runs::EnsureRetry(const Caller& caller, RunRecord run, const RequestKey& request) {
  const auto read_whole = [this, &run](const std::string& id) -> Result<RunRecord> {
    ASSAY_ASSIGN(RunRecord found, context_.store.GetRun(run.project, id));
    if (!found.IsWhole()) return Fail(ErrorCode::kFailedPrecondition, WhatIsDeleted(found));
    return found;
  };
  ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, request));
  if (answered) return read_whole(*answered);
  for (;;) {
    ASSAY_ASSIGN(const auto newer, context_.store.FindRetryOf(run.project, run.id));
    if (!newer) return Retry(caller, run, request);
    ASSAY_ASSIGN(run, read_whole(*newer));
    if (!IsFinal(run.state) || run.state == RunState::kComplete) return run;
  }
}

// Blocking.
Result<RunRecord> Runs::Retry(const Caller& caller, const RunRecord& of, const std::optional<RequestKey>& request) {
  if (!IsFinal(of.state)) {
    return Fail(ErrorCode::kFailedPrecondition, "run " + of.id + " is " + std::string(Name(of.state)) +
                                                    "; what it has not asked for can be asked again when it has ended");
  }
  if (request) {
    ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *request));
    if (answered) return context_.store.GetRun(caller.project, *answered);
  }
  if (!of.IsWhole()) {
    return Fail(ErrorCode::kFailedPrecondition, WhatIsDeleted(of) + "; there is nothing to take over: start a new run");
  }
  // On one thread, so that nobody else can be between this look and the new run.
  ASSAY_ASSIGN(const auto newer, context_.store.FindRetryOf(of.project, of.id));
  if (newer) {
    return Fail(ErrorCode::kFailedPrecondition, "run " + of.id + " was asked again already, as run " + *newer +
                                                    "; a trial has one answer, so retry that one");
  }
  if (!of.retry_of.empty() && !of.started) {
    return Fail(ErrorCode::kFailedPrecondition,
                "run " + of.id + " ended before it asked for anything; retry run " + of.retry_of);
  }
  ASSAY_ASSIGN(const std::int64_t ungraded, context_.store.CountAnswered(of.key, TrialStatus::kError));
  ASSAY_ASSIGN(const std::vector<std::int64_t> unjudged, context_.store.UnjudgedPositions(of.key));
  if (of.counts.error + of.counts.skipped - ungraded == 0 && unjudged.empty()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "run " + of.id + " has nothing to ask for again: every trial was answered" +
                    (ungraded == 0
                         ? ""
                         : ", and errors of graders, or answers that count as none, make no other answer a fair one"));
  }
  RunRecord run = of;
  run.id = MakeId(context_.clock.Now());
  run.retry_of = of.id;
  // Where some were never asked for, nobody knows of a trial without an answer whether it had failed.
  if (of.counts.skipped == 0) {
    ASSAY_ASSIGN(run.manifest, WithErrorsAskedAgain(of.manifest));
  }
  run.created = context_.clock.Now();
  run.principal = caller.principal;
  ASSAY_ASSIGN(const RunRecord stored, context_.store.CreateRun(run, request));
  if (stored.id != run.id) return stored;
  // Null pointer: the daemon stops. Its next start goes on here.
  if (const auto active = Admit(stored)) TakeOver(active);
  return context_.store.GetRun(stored.key);
}

// Blocking, on `preparing`. Only then is the run driven: what it did not find answered it would ask for, and a second
// answer to the same trial is a second chance.
void Runs::TakeOver(std::shared_ptr<ActiveRun> active) {
  for (;;) {
    const RunRecord& run = active->run;
    const Status done = TryToTakeOver(*active);
    if (done || active->is_cancelled()) return Spawn(std::move(active));  // which drives nothing that is cancelled
    if (is_stopping()) return Leave(active);
    Log(LogLevel::kWarning, "the answered trials of another run are not taken over yet",
        {{"run", run.id}, {"of", run.retry_of}, {"error", done.error().message}});
    if (done.error().code != ErrorCode::kUnavailable) {
      const std::string why =
          "the answered trials of run " + run.retry_of + " were not taken over: " + done.error().message;
      if (context_.store.SetRunState(run.key, RunState::kError, why, context_.clock.Now(), run.principal))
        return Leave(active);
    }
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, kStoreRetryInterval, [this] { return is_stopping(); });
  }
}

Status Runs::TryToTakeOver(ActiveRun& active) {
  const RunRecord& run = active.run;
  ASSAY_ASSIGN(const RunRecord of, context_.store.GetRun(run.project, run.retry_of));
  const auto gives_up = [&] { return is_stopping() || active.is_cancelled(); };
  ASSAY_TRY(context_.store.TakeOverTrials(of.key, run.key, gives_up));
  return {};
}

}  // namespace assay
