#pragma once
// The runs of this daemon: started, driven, watched, cancelled, and gone on with after a restart.

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/change_signal.h"
#include "daemon/prepared_run.h"
#include "daemon/registered_models.h"
#include "daemon/retention.h"
#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/result_writer.h"
#include "daemon/store/store.h"
#include "daemon/telemetry.h"
#include "runners/cached_endpoint.h"
#include "runners/endpoints/requester.h"

namespace assay {

// What runs are made of. References outlive the runs.
struct RunsContext {
  Store& store;
  ResultWriter& writer;
  EventLoops& loops;
  EndpointPool& endpoints;
  ServedCatalog& catalog;
  RegisteredModels& models;
  Retention& retention;
  Telemetry& telemetry;
  const Clock& clock;
  boost::asio::any_io_executor blocking;  // for calls of the store
  boost::asio::any_io_executor reading;   // for what callers read, which waits for no writes
  boost::asio::any_io_executor
      preparing;                   // one thread: reads datasets, so that a snapshot is built in one place at a time
  ResponseCache* cache = nullptr;  // for suites with a cache
  GraderServices graders = {};     // what they may use, beside the models of a run
  int active_runs = 8;             // runs in progress at once, of each priority; others wait in order
};

// What its starter decides of a run.
struct RunTerms {
  std::optional<double> budget_usd = {};         // absent: the suite's
  bool is_fresh = false;                         // every answer is asked for, and none taken from the response cache
  std::optional<PlannedLooks> looks = {};        // of a check that may end it early; only its like joins such a run
  std::optional<PlannedDecision> decision = {};  // of a check
};

// Why a run is kStopped that was ended early.
inline constexpr char kEndedEarly[] = "every rule of its check is settled";

// Thread-safe.
class Runs final : public RunOperations {
 public:
  explicit Runs(RunsContext context);
  ~Runs() override;

  // Blocking. Goes on with what a restart or crash left unfinished.
  Status Resume();
  // Blocking. Admits no more trials, lets those in flight end within `grace`, and returns when no run is driven any
  // more or shortly after `grace`. The runs stay unfinished: the next start goes on with them. From no loop.
  void Stop(Duration grace);

  // From the beginning of Stop on, runs that are not driven any more have not ended for that.
  bool is_stopping() const { return stop_.version() > 0; }

  // Blocking. Whether the dataset of the suite is in the store already: then a start reads none.
  Result<bool> HasSnapshot(const std::string& project, const CatalogDocument& suite) const;
  // Blocking. Of a suite whose snapshot is there; kNotFound when it is not.
  Result<std::int64_t> CountCases(const std::string& project, const CatalogDocument& suite) const;
  // Blocking, on `preparing`. Reads the dataset into the store unless it is there. Errors as Start.
  Status BuildSnapshot(const Caller& caller, const CatalogDocument& suite);

  // Starts a run of a suite, as one version of the catalog has it, against a resolved model; blocking, on `preparing`
  // unless HasSnapshot.
  // `request` as in Store::CreateRun. kUnavailable when the daemon stops meanwhile, kFailedPrecondition for a budget
  // where the model has no prices.
  Result<RunRecord> Start(const Caller& caller, const CatalogDocument& suite, const DocumentRecord& model,
                          const std::optional<RequestKey>& request, RunTerms terms = {});
  // Blocking. An unfinished run of these contents, with the suite's own budget, that is driven here, if any: a check
  // joins it. One that may be ended early is for checks with the same looks only, and they join no other.
  std::optional<std::string> FindActive(const std::string& project, const CatalogDocument& suite,
                                        const std::string& model_version,
                                        const std::optional<PlannedLooks>& looks = {}) const;
  // Blocking. Whether a run was, or is being, graded as one that is started now would be: by the same versions of
  // graders and of the models that they ask.
  bool IsGradedAlike(const RunRecord& run, const CatalogDocument& suite) const;
  // Blocking, on `preparing`. The run that asks again for what this one lacks: as RetryRun, but where that was done
  // already it is the newest such run, if that goes on or is complete, or else its retry. Errors as RetryRun.
  Result<RunRecord> EnsureRetry(const Caller& caller, RunRecord run, const RequestKey& request);
  bool IsDriven(std::string_view id) const;
  // A release gate waits for the run: it goes before those that nobody waits for, from now until its end.
  void Prefer(std::string_view id);
  // The run once its first `position` trials are stored or it is final, or as it stands at `until` or when the daemon
  // stops.
  boost::asio::awaitable<Result<RunRecord>> AwaitPosition(const std::string& project, const std::string& id,
                                                          std::int64_t position,
                                                          std::chrono::steady_clock::time_point until);
  // Every rule that needs its answers is settled: the rest is not asked for. Returns when it has ended.
  boost::asio::awaitable<Status> EndEarly(const Caller& caller, std::string_view id);
  // The run once it is final, or as it stands at `until` or when the daemon stops.
  boost::asio::awaitable<Result<RunRecord>> AwaitEnd(const std::string& project, const std::string& id,
                                                     std::chrono::steady_clock::time_point until);

  boost::asio::awaitable<Result<RunRecord>> StartRun(const Caller& caller, const StartRunArguments& arguments) override;
  boost::asio::awaitable<Result<RunRecord>> GetRun(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<std::vector<JudgeCalibration>>> GetJudges(const RunRecord& run) override;
  boost::asio::awaitable<Result<std::map<std::string, std::int64_t>>> GetProvenance(const RunRecord& run) override;
  boost::asio::awaitable<Result<Page<RunRecord>>> ListRuns(const Caller& caller, const RunFilter& filter,
                                                           const PageRequest& page) override;
  boost::asio::awaitable<Result<std::unique_ptr<Updates<RunRecord>>>> WatchRun(const Caller& caller,
                                                                               std::string_view id) override;
  boost::asio::awaitable<Result<Page<StoredTrial>>> ListResults(const Caller& caller, std::string_view run,
                                                                const TrialFilter& filter,
                                                                const PageRequest& page) override;
  boost::asio::awaitable<Result<RunCase>> GetCase(const Caller& caller, std::string_view run,
                                                  std::int64_t ordinal) override;
  boost::asio::awaitable<Result<RunRecord>> CancelRun(const Caller& caller, std::string_view id,
                                                      std::string_view reason) override;
  boost::asio::awaitable<Result<RunRecord>> PauseRun(const Caller& caller, std::string_view id,
                                                     std::string_view reason) override;
  boost::asio::awaitable<Result<RunRecord>> ResumeRun(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<RunRecord>> SetRunConcurrency(const Caller& caller, std::string_view id,
                                                              std::optional<int> concurrency) override;
  boost::asio::awaitable<Result<RunRecord>> DeleteRun(const Caller& caller, std::string_view id,
                                                      std::string_view reason) override;
  boost::asio::awaitable<Result<RunRecord>> RetryRun(const Caller& caller, std::string_view id,
                                                     const std::optional<RequestKey>& request) override;

 private:
  struct ActiveRun;
  class RunUpdates;
  friend class RunUpdates;

  // With a budget, each of them must have prices.
  Result<std::map<std::string, std::string>> NewestJudges(const std::string& project, const CatalogDocument& suite,
                                                          const std::optional<double>& budget_usd) const;
  Result<std::uint64_t> SeedFor(const CatalogDocument& suite, const SnapshotRecord& snapshot) const;
  Result<RunRecord> CreateOnSnapshot(const Caller& caller, const CatalogDocument& suite, RunRecord run,
                                     const std::optional<RequestKey>& request);
  void Launch(RunRecord run);
  std::shared_ptr<ActiveRun> Admit(RunRecord run);
  void Spawn(std::shared_ptr<ActiveRun> active);
  bool IsNext(const ActiveRun& active) const;
  void TakeOver(std::shared_ptr<ActiveRun> active);
  Status TryToTakeOver(ActiveRun& active);
  Result<RunRecord> Retry(const Caller& caller, const RunRecord& of, const std::optional<RequestKey>& request);
  boost::asio::awaitable<Result<RunRecord>> Interrupt(const Caller& caller, std::string_view id, RunState to,
                                                      std::string_view reason, Duration grace);
  boost::asio::awaitable<void> Drive(std::shared_ptr<ActiveRun> active);
  boost::asio::awaitable<Result<RunState>> Execute(std::shared_ptr<ActiveRun> active);
  GraderServices Services() const;
  boost::asio::awaitable<Result<RunEnd>> ExecuteFromStore(std::shared_ptr<ActiveRun> active);
  Result<RunRecord> ReadRun(ActiveRun& active) const;
  Status StoreOwed(ActiveRun& active) const;
  Status ShowJudgesOf(const RunRecord& run) const;
  void UseCache(const RunRecord& run, const SuiteSpec& suite, RunPlan& plan) const;
  boost::asio::awaitable<void> ShowJudges(std::shared_ptr<ActiveRun> active);
  boost::asio::awaitable<bool> TakeSlot(std::shared_ptr<ActiveRun> active);
  void Leave(const std::shared_ptr<ActiveRun>& active);
  boost::asio::awaitable<Status> SetState(std::shared_ptr<ActiveRun> active, RunState state, std::string error,
                                          std::string principal);
  std::shared_ptr<ActiveRun> FindDriven(std::string_view id) const;
  void DiscardSnapshots(const std::vector<SnapshotKey>& left);

  const RunsContext context_;
  const PluginKinds kinds_;
  ChangeSignal slots_changed_;
  ChangeSignal stop_;  // notified once, when the daemon stops

  mutable std::mutex mutex_;  // guards what is below
  std::condition_variable idle_;
  std::map<std::string, std::shared_ptr<ActiveRun>, std::less<>> active_;  // by id
  std::deque<std::shared_ptr<ActiveRun>> waiting_;                         // within a priority first come first served
  std::map<Priority, int> running_;
  int next_loop_ = 0;
};

}  // namespace assay
