#pragma once
// The daemon as the transports see it, with answers that tests know beforehand.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/rpc/method_table.h"
#include "daemon/services.h"
#include "daemon/verdict_replay.h"
#include "tests/testing/fake_reviews.h"

namespace assay::testing {

// Every method answers with fixed values, after what `behaviour` says. Thread-safe but for setting `behaviour`.
class FakeServices final : public CatalogQueries,
                           public ModelRegistry,
                           public RunOperations,
                           public EndpointQueries,
                           public GateOperations,
                           public ScheduleQueries,
                           public WaiverOperations,
                           public ReleaseOperations,
                           public ReplayOperations {
 public:
  struct Behaviour {
    std::optional<Error> error;         // every method fails with it; watchers after their first update
    std::optional<Error> stream_error;  // watchers fail with it after their first update
    bool hold = false;                  // every method waits until it is cancelled
    bool endless = false;               // watchers give updates for ever
    std::string exception;              // every method throws it
    std::size_t response_bytes = 0;     // of each result
    int results = 2;                    // of a run
  };

  Behaviour behaviour;
  FakeReviews reviews;             // answers whatever `behaviour` says
  std::atomic<int> entered = 0;    // calls that began
  std::atomic<int> left = 0;       // calls and watchers that ended, cancelled ones too
  std::atomic<int> cancelled = 0;  // held calls that were cancelled

  // All of them for a method table.
  Services All() {
    return {*this, *this,   *this,   *this,   *this,   *this,   *this,  *this,
            *this, reviews, reviews, reviews, reviews, reviews, reviews};
  }

  // What the last call was given.
  Caller last_caller() const;
  std::optional<RequestKey> last_request() const;
  std::optional<std::chrono::steady_clock::time_point> last_until() const;

  boost::asio::awaitable<Result<ServedDocument>> GetDocument(const Caller&, std::string_view,
                                                             std::string_view) override;
  boost::asio::awaitable<Result<std::vector<ServedDocument>>> ListDocuments(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<CatalogStatus>> GetStatus(const Caller&) override;
  boost::asio::awaitable<Result<CatalogStatus>> Reload(const Caller&) override;

  boost::asio::awaitable<Result<DocumentRecord>> RegisterModel(const Caller&, std::string_view,
                                                               const std::optional<RequestKey>&) override;
  boost::asio::awaitable<Result<DocumentRecord>> GetModel(const Caller&, std::string_view, std::string_view,
                                                          std::string_view) override;
  boost::asio::awaitable<Result<Page<DocumentRecord>>> ListModels(const Caller&, std::string_view,
                                                                  const PageRequest&) override;
  boost::asio::awaitable<Result<std::vector<ModelStage>>> ListStages(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<DocumentRecord>> PromoteModel(const Caller&, std::string_view, std::string_view,
                                                              std::string_view) override;

  boost::asio::awaitable<Result<RunRecord>> StartRun(const Caller&, const StartRunArguments&) override;
  boost::asio::awaitable<Result<RunRecord>> GetRun(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<std::vector<JudgeCalibration>>> GetJudges(const RunRecord&) override;
  boost::asio::awaitable<Result<std::map<std::string, std::int64_t>>> GetProvenance(const RunRecord&) override;
  boost::asio::awaitable<Result<Page<RunRecord>>> ListRuns(const Caller&, const RunFilter&,
                                                           const PageRequest&) override;
  boost::asio::awaitable<Result<std::unique_ptr<Updates<RunRecord>>>> WatchRun(const Caller&,
                                                                               std::string_view) override;
  boost::asio::awaitable<Result<Page<StoredTrial>>> ListResults(const Caller&, std::string_view, const TrialFilter&,
                                                                const PageRequest&) override;
  boost::asio::awaitable<Result<RunCase>> GetCase(const Caller&, std::string_view, std::int64_t) override;
  boost::asio::awaitable<Result<RunRecord>> CancelRun(const Caller&, std::string_view, std::string_view) override;
  boost::asio::awaitable<Result<RunRecord>> PauseRun(const Caller&, std::string_view, std::string_view) override;
  boost::asio::awaitable<Result<RunRecord>> ResumeRun(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<RunRecord>> SetRunConcurrency(const Caller&, std::string_view,
                                                              std::optional<int>) override;
  boost::asio::awaitable<Result<RunRecord>> DeleteRun(const Caller&, std::string_view, std::string_view) override;
  boost::asio::awaitable<Result<RunRecord>> RetryRun(const Caller&, std::string_view,
                                                     const std::optional<RequestKey>&) override;

  boost::asio::awaitable<Result<std::vector<EndpointStatus>>> ListEndpoints(const Caller&) override;

  boost::asio::awaitable<Result<CheckStatus>> CheckGate(const Caller&, const CheckArguments&) override;
  boost::asio::awaitable<Result<CheckStatus>> AwaitVerdict(const Caller&, std::string_view,
                                                           std::chrono::steady_clock::time_point) override;
  boost::asio::awaitable<Result<CheckStatus>> GetCheck(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<std::unique_ptr<Updates<CheckStatus>>>> WatchCheck(const Caller&,
                                                                                   std::string_view) override;
  boost::asio::awaitable<Result<Page<CheckStatus>>> ListChecks(const Caller&, std::string_view,
                                                               const PageRequest&) override;
  boost::asio::awaitable<Result<StoredVerdict>> GetVerdict(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<Page<StoredVerdict>>> ListVerdicts(const Caller&, std::string_view,
                                                                   const PageRequest&) override;

  boost::asio::awaitable<Result<std::vector<ScheduleStatus>>> ListSchedules(const Caller&) override;

  boost::asio::awaitable<Result<WaiverStatus>> RequestWaiver(const Caller&, const WaiverArguments&) override;
  boost::asio::awaitable<Result<WaiverStatus>> ApproveWaiver(const Caller&, std::string_view,
                                                             std::string_view) override;
  boost::asio::awaitable<Result<WaiverStatus>> RevokeWaiver(const Caller&, std::string_view, std::string_view) override;
  boost::asio::awaitable<Result<WaiverStatus>> GetWaiver(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<Page<WaiverStatus>>> ListWaivers(const Caller&, std::string_view,
                                                                 const PageRequest&) override;

  boost::asio::awaitable<Result<BlockerStatus>> RecommendBlocker(const Caller&, const BlockerArguments&) override;
  boost::asio::awaitable<Result<BlockerStatus>> EndBlocker(const Caller&, std::string_view, BlockerState,
                                                           std::string_view) override;
  boost::asio::awaitable<Result<BlockerStatus>> GetBlocker(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<Page<BlockerStatus>>> ListBlockers(const Caller&, std::string_view,
                                                                   const PageRequest&) override;
  boost::asio::awaitable<Result<ReleaseDecision>> DecideRelease(const Caller&, const ReleaseArguments&) override;
  boost::asio::awaitable<Result<std::vector<ReleaseDecision>>> ListReleaseDecisions(const Caller&,
                                                                                    std::string_view) override;
  boost::asio::awaitable<Result<EvidencePackText>> GetEvidencePack(const Caller&, std::string_view) override;

  boost::asio::awaitable<Result<VerdictReplay>> ReplayVerdict(const Caller&, std::string_view) override;
  boost::asio::awaitable<Result<std::vector<PartCases>>> ListCases(const Caller&, std::string_view,
                                                                   const CasesQuestion&) override;

 private:
  template <class T>
  class FakeUpdates;
  template <class T>
  boost::asio::awaitable<Result<T>> Answer(const Caller& caller, T value);
  // What every method does first.
  boost::asio::awaitable<Status> Enter(const Caller& caller);
  void Remember(const std::optional<RequestKey>& request);

  mutable std::mutex mutex_;
  Caller last_caller_;
  std::optional<RequestKey> last_request_;
  std::optional<std::chrono::steady_clock::time_point> last_until_;
};

}  // namespace assay::testing
