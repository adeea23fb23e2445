#pragma once
// Checks: the requests to decide a gate for a candidate. A check makes sure that its runs exist, waits for them, and
// gets exactly one verdict, across restarts.

#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/change_signal.h"
#include "daemon/check_people.h"
#include "daemon/decision_cache.h"
#include "daemon/item_influence.h"
#include "daemon/registered_models.h"
#include "daemon/runs.h"
#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/store.h"
#include "daemon/telemetry.h"
#include "gates/signing_key.h"

namespace assay {

struct CheckParameters;  // check_parameters.h

// References outlive the checks.
struct ChecksContext {
  Store& store;
  EventLoops& loops;
  ServedCatalog& catalog;
  RegisteredModels& models;
  Runs& runs;
  Telemetry& telemetry;
  const Clock& clock;
  boost::asio::any_io_executor blocking;    // for calls of the store and for deciding
  boost::asio::any_io_executor reading;     // for what callers read, which waits for no writes
  boost::asio::any_io_executor preparing;   // as in RunsContext
  const SigningKey* signing_key = nullptr;  // none: verdicts are not signed
  // A check begins to wait for what people make of a run, or ends to. Any thread.
  std::function<void(const std::string& run, bool is_awaited)> await_people = {};
  // How much the judgement of items could move a check that waits for them. Any thread.
  std::function<void(const std::string& check, std::vector<ItemInfluence>)> weigh_items = {};
  // Returns when everything that people have said before is stored.
  std::function<boost::asio::awaitable<Status>()> settle_people = {};
  // A check has its verdict. Any thread; from within the pool for calls of the store.
  std::function<void(std::string_view check)> decided = {};
};

// Thread-safe.
class Checks final : public GateOperations {
 public:
  explicit Checks(ChecksContext context);
  ~Checks() override;

  // Blocking. Shows the newest verdicts in the metrics and goes on with the checks that have none. After Runs::Resume.
  Status Resume();
  // Blocking. Wakes every waiter and returns when no check is driven any more, or after a few seconds. After
  // Runs::Stop.
  void Stop();

  // Blocking. After a waiver has changed: what the metrics say of the verdict that it may cover.
  void ShowWaived(const Waiver& waiver);

  boost::asio::awaitable<Result<CheckStatus>> CheckGate(const Caller& caller, const CheckArguments& arguments) override;
  boost::asio::awaitable<Result<CheckStatus>> AwaitVerdict(const Caller& caller, std::string_view check,
                                                           std::chrono::steady_clock::time_point until) override;
  boost::asio::awaitable<Result<CheckStatus>> GetCheck(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<std::unique_ptr<Updates<CheckStatus>>>> WatchCheck(const Caller& caller,
                                                                                   std::string_view id) override;
  boost::asio::awaitable<Result<Page<CheckStatus>>> ListChecks(const Caller& caller, std::string_view gate,
                                                               const PageRequest& page) override;
  boost::asio::awaitable<Result<StoredVerdict>> GetVerdict(const Caller& caller, std::string_view id) override;
  boost::asio::awaitable<Result<Page<StoredVerdict>>> ListVerdicts(const Caller& caller, std::string_view gate,
                                                                   const PageRequest& page) override;

 private:
  struct ActiveCheck;
  class CheckUpdates;
  friend class CheckUpdates;

  Result<CheckRecord> Make(const Caller& caller, const CheckArguments& arguments);
  Result<std::optional<ModelIdentity>> BaselineFor(const std::string& project, const GateSpec& gate,
                                                   const CheckArguments& arguments,
                                                   const ModelIdentity& candidate) const;
  struct Standing {
    CheckRecord check;
    Verdict verdict;
  };
  Result<std::optional<Standing>> FindStanding(const CheckRecord& wanted, const GateSpec& gate,
                                               const std::vector<const CatalogDocument*>& suites) const;
  Result<bool> MayAlarmsHaveChanged(const Standing& standing, const GateSpec& gate) const;
  Status RestOnStanding(const CheckRecord& check, const GateSpec& gate,
                        const std::vector<const CatalogDocument*>& suites) const;
  void Launch(CheckRecord check, std::shared_ptr<const ServedVersion> served);
  boost::asio::awaitable<void> Drive(std::shared_ptr<ActiveCheck> active);
  boost::asio::awaitable<Status> AwaitEvidence(std::shared_ptr<ActiveCheck> active);
  boost::asio::awaitable<Status> AwaitPeople(std::shared_ptr<ActiveCheck> active);
  boost::asio::awaitable<Status> AwaitRuns(std::shared_ptr<ActiveCheck> active);
  boost::asio::awaitable<Status> AwaitLinked(std::shared_ptr<ActiveCheck> active);
  enum class Datasets { kOnlyStored, kAll };
  Result<bool> EnsureRuns(const ActiveCheck& active, Datasets datasets);
  Result<std::int64_t> CountUnanswered(const RunRecord& run) const;
  struct ReusedErrors;
  Result<ReusedErrors> FindReusedErrors(const ActiveCheck& active);
  Result<int> StartAnew(const ActiveCheck& active, const std::vector<RunRecord>& runs);
  Result<int> AskAgain(const ActiveCheck& active, const std::vector<RunRecord>& runs, std::string_view why);
  Result<PlannedDecision> DecisionFor(const CheckRecord& check, const CatalogDocument& suite) const;
  Result<bool> IsFreshEnough(const CheckRecord& check, const RunRecord& run, const SuiteSpec& suite) const;
  Result<bool> MayBeChosen(const RunRecord& run, const CheckRecord& check, std::string_view role) const;
  struct CheckLooks;
  Result<std::optional<CheckLooks>> LooksFor(const ActiveCheck& active, const CheckParameters& parameters,
                                             Datasets datasets);
  Result<bool> Interleaves(const CheckRecord& check) const;
  Result<std::optional<RunRecord>> FindEndedEarly(const CheckRecord& check, const CatalogDocument& suite,
                                                  const ModelIdentity& of) const;
  Result<std::optional<RunRecord>> FindUsable(const CheckRecord& check, const CatalogDocument& suite,
                                              const ModelIdentity& of, bool may_be_ended_early) const;
  Result<bool> WasDrawnWhileMoved(const CheckRecord& check, const RunRecord& run) const;
  Result<std::vector<RunRecord>> FindEndedTooEarly(const CheckRecord& check);
  boost::asio::awaitable<Result<bool>> AwaitTrials(const RunRecord& run, std::int64_t trials);
  boost::asio::awaitable<Result<bool>> AwaitJudges(const RunRecord& run, std::int64_t cases);
  boost::asio::awaitable<void> EndEarly(const CheckRecord& check, const std::vector<CheckRun>& runs);
  boost::asio::awaitable<Result<bool>> AwaitLooks(std::shared_ptr<ActiveCheck> active, std::vector<CheckRun> runs);
  Result<RunRecord> EnsureRun(const CheckRecord& check, const CatalogDocument& suite, const ModelIdentity& of,
                              bool fresh, const std::optional<CheckLooks>& looks, const RunRecord* except);
  boost::asio::awaitable<Status> Settle(std::shared_ptr<ActiveCheck> active, Status prepared);
  Status Publish(const CheckRecord& check, Verdict verdict);
  void ShowRegression(const VerdictRecord& verdict);
  Result<CheckStatus> Describe(const std::string& project, std::string_view id);
  std::shared_ptr<ActiveCheck> FindDriven(std::string_view id) const;
  bool is_stopping() const { return stop_.version() > 0; }

  const ChecksContext context_;
  const PluginKinds kinds_;
  ChangeSignal stop_;    // notified once, when the daemon stops
  std::mutex starting_;  // held from the look for a run that can be joined to the link of the check to it
  DecisionCache cache_;
  OpenHarmCounts harm_;

  mutable std::mutex mutex_;  // guards what is below
  std::condition_variable idle_;
  std::map<std::string, std::shared_ptr<ActiveCheck>, std::less<>> active_;  // by id
  int next_loop_ = 0;
};

}  // namespace assay
