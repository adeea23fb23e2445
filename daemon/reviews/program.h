#pragma once
// What evaluation as a whole achieves beside its queues (review/program.h), as it is kept and asked for.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/review_telemetry.h"
#include "daemon/served_catalog.h"
#include "daemon/services.h"
#include "daemon/store/review_store.h"
#include "review/program.h"

namespace assay {

class ReviewProgramOperations {
 public:
  virtual ~ReviewProgramOperations() = default;
  // The same key of the same caller again changes nothing and answers with the first record; kAlreadyExists with other
  // content. An issue of production is known by its reference instead. kPermissionDenied, kInvalidArgument as
  // CheckProgramRecord; kFailedPrecondition where data is not as it was asked for, or is descoped without an approval;
  // kNotFound.
  virtual boost::asio::awaitable<Result<ProgramRecord>> AddProgramRecord(const Caller& caller, std::string_view key,
                                                                         const ProgramBody& body) = 0;
  // Newest first.
  virtual boost::asio::awaitable<Result<std::vector<ProgramRecord>>> ListProgramRecords(
      const Caller& caller, std::optional<ProgramRecordKind> kind, int limit) = 0;
  // 90 days until now where nothing else is said.
  virtual boost::asio::awaitable<Result<ProgramReport>> GetProgramReport(const Caller& caller, std::optional<Time> from,
                                                                         std::optional<Time> to) = 0;
};

// Blocking.
Result<ProgramReport> MeasureProgram(Store& store, const std::string& project, const KpiWindow& window);
// Of every suite that declares journeys. Blocking.
Result<std::vector<JourneyCoverage>> JourneysCovered(Store& store, const Catalog& catalog, const std::string& project);
// For /metrics, of the default project. Blocking.
Status ShowProgram(Store& store, const Catalog& catalog, ReviewTelemetry& telemetry, Time now);

// References outlive it.
struct ReviewProgramContext {
  Store& store;
  ServedCatalog& catalog;
  const Clock& clock;
  boost::asio::any_io_executor reading;
  // Everybody with a role in human review.
  std::function<std::shared_ptr<const std::vector<Reviewer>>()> reviewers;
};

// Thread-safe.
class ReviewProgram final : public ReviewProgramOperations {
 public:
  explicit ReviewProgram(ReviewProgramContext context) : context_(std::move(context)), reviews_(context_.store) {}

  boost::asio::awaitable<Result<ProgramRecord>> AddProgramRecord(const Caller& caller, std::string_view key,
                                                                 const ProgramBody& body) override;
  boost::asio::awaitable<Result<std::vector<ProgramRecord>>> ListProgramRecords(const Caller& caller,
                                                                                std::optional<ProgramRecordKind> kind,
                                                                                int limit) override;
  boost::asio::awaitable<Result<ProgramReport>> GetProgramReport(const Caller& caller, std::optional<Time> from,
                                                                 std::optional<Time> to) override;

 private:
  Result<Reviewer> WhoKeeps(const Caller& caller) const;
  // What the daemon finds out itself is filled in.
  Status Complete(const std::string& project, Time now, DatasetDue& due);
  Status Complete(const std::string& project, Time now, DatasetReleased& released);
  Status Complete(const std::string& project, Time now, DatasetDescoped& descoped);
  Status Complete(const std::string& project, Time now, ProductionIssue& issue);
  Status Complete(const std::string&, Time, StakeholderRating&) { return {}; }
  Status Complete(const std::string&, Time, Improvement&) { return {}; }
  Result<DatasetDue> FindOpenDue(const std::string& project, const std::string& id);
  Result<ProgramRecord> Keep(const std::string& project, ProgramRecord record);

  const ReviewProgramContext context_;
  ReviewStore reviews_;
};

}  // namespace assay
