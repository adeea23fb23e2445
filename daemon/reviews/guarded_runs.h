#pragma once
// The runs as callers may read them. Who only judges in human review reads none: they would tell whose responses items
// have, and what graders say of them. What people took out of sight (a quarantine, a redaction) is out of sight here
// too, and so is data that the caller is not cleared for: pipelines for that of a suite with a class, people of human
// review also for that of queues.

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/review_store.h"
#include "daemon/verdict_cases.h"
#include "review/item_state.h"
#include "review/people.h"

namespace assay {

// References outlive the runs.
struct GuardedRunsContext {
  RunOperations& runs;
  Store& store;
  ServedCatalog& catalog;
  boost::asio::any_io_executor reading;
  // Everybody with a role in human review.
  std::function<std::shared_ptr<const std::vector<Reviewer>>()> reviewers;
  // Everybody with a token, also who has no such role.
  std::function<std::shared_ptr<const std::vector<Reviewer>>()> principals;
};

// Thread-safe.
class GuardedRuns final : public RunOperations {
 public:
  explicit GuardedRuns(GuardedRunsContext context) : context_(std::move(context)) {}

  // Each: kPermissionDenied for who only judges.
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

  // kPermissionDenied for who only judges.
  Status CheckMayRead(const Caller& caller) const;
  // Blocking. Why its cases and answers are withheld from the caller; "" where they are cleared for them.
  Result<std::string> UnclearedFor(const Caller& caller, const RunRecord& run) const;
  // Blocking. Of the run's cases, what graders say in words: withheld from who only judges and who is not cleared, and
  // of cases that people took out of sight from everybody.
  Result<WithheldLabels> LabelsWithheld(const Caller& caller, const RunRecord& run,
                                        const std::vector<WorstCase>& cases) const;

 private:
  Status Cover(const Caller& caller, std::string_view run, std::vector<StoredTrial>& trials);
  Status Cover(const Caller& caller, std::string_view run, RunCase& found);

  const GuardedRunsContext context_;
};

}  // namespace assay
