#pragma once
// What the transports ask of the daemon: interfaces of coroutines on plain values. daemon/rpc calls them, the
// daemon's root implements them, tests fake them.
//
// Every method runs on the caller's executor (a strand) and must not block it. The arguments live until the awaitable
// has ended. When a client goes away or its time is up the coroutine is cancelled (asio terminal cancellation): its
// next suspension throws operation_aborted or, with as_tuple, gives it; both are fine, rpc reports the cause. What has
// been stored by then stays. Any Error is passed on to the client as it is, so its message is for people.
//
// The names RunOperations, GateOperations and ServedDocument keep clear of RunControl (runners/) and CatalogDocument
// (config/).
//
// Objects are looked up in the caller's project only: those of other projects are kNotFound.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/schedule.h"
#include "core/case.h"
#include "core/clock.h"
#include "core/response.h"
#include "core/result.h"
#include "core/run.h"
#include "daemon/store/records.h"
#include "gates/release_pack.h"
#include "gates/verdict.h"
#include "gates/waivers.h"
#include "runners/endpoints/endpoint_state.h"

namespace assay {

// For whom something is done. Every write stores both.
struct Caller {
  std::string principal;
  std::string project = kDefaultProject;
};

// Values that come over time. Pulled by one reader: one Next() at a time. Destroying it ends the subscription.
template <class T>
class Updates {
 public:
  virtual ~Updates() = default;
  // The first value at once, each further one when it has changed (what changes faster than the reader pulls is
  // merged), nullopt after the last. Also ends with kUnavailable when the daemon stops.
  virtual boost::asio::awaitable<Result<std::optional<T>>> Next() = 0;
};

// --- Catalog ---

struct ServedDocument {
  std::string kind;  // "Suite", "Model", "Gate"
  std::string name;
  std::string label;            // a Model's version; "" for other kinds
  std::string content_version;  // "sha256:…"
  std::string text;             // as written by its author
  std::string json;             // canonical
  std::string file;             // relative to the catalog folder
  Time loaded;                  // when this version went into service
};

struct CatalogStatus {
  std::string version;  // over all documents in service, "sha256:…"
  Time loaded;          // when that version went into service
  Time checked;         // when the folder was last read
  int suites = 0;
  int models = 0;
  int gates = 0;
  std::vector<Diagnostic> errors;  // of the last reload
};

class CatalogQueries {
 public:
  virtual ~CatalogQueries() = default;
  // kNotFound, naming the nearest name. `kind` is "Suite", "Model" or "Gate".
  virtual boost::asio::awaitable<Result<ServedDocument>> GetDocument(const Caller& caller, std::string_view kind,
                                                                     std::string_view name) = 0;
  // Ordered by kind and name; `kind` "" for all.
  virtual boost::asio::awaitable<Result<std::vector<ServedDocument>>> ListDocuments(const Caller& caller,
                                                                                    std::string_view kind) = 0;
  virtual boost::asio::awaitable<Result<CatalogStatus>> GetStatus(const Caller& caller) = 0;
  // Reads the folder now; errors in documents are in the status, not an Error.
  virtual boost::asio::awaitable<Result<CatalogStatus>> Reload(const Caller& caller) = 0;
};

// --- Models ---

class ModelRegistry {
 public:
  virtual ~ModelRegistry() = default;
  // `document`: YAML or JSON text of one Model. kInvalidArgument with every error of the text; kAlreadyExists for other
  // content under the same name and version, or for `request` used with other content.
  virtual boost::asio::awaitable<Result<DocumentRecord>> RegisterModel(const Caller& caller, std::string_view document,
                                                                       const std::optional<RequestKey>& request) = 0;
  // `version` and `stage` "": the newest registered. Never both set. kNotFound, naming the nearest name.
  virtual boost::asio::awaitable<Result<DocumentRecord>> GetModel(const Caller& caller, std::string_view name,
                                                                  std::string_view version, std::string_view stage) = 0;
  // Newest first; `name` "" for all.
  virtual boost::asio::awaitable<Result<Page<DocumentRecord>>> ListModels(const Caller& caller, std::string_view name,
                                                                          const PageRequest& page) = 0;
  // By model and stage; `name` "" for all models.
  virtual boost::asio::awaitable<Result<std::vector<ModelStage>>> ListStages(const Caller& caller,
                                                                             std::string_view name) = 0;
  virtual boost::asio::awaitable<Result<DocumentRecord>> PromoteModel(const Caller& caller, std::string_view name,
                                                                      std::string_view version,
                                                                      std::string_view stage) = 0;
};

// --- Runs ---

struct StartRunArguments {
  std::string suite;
  std::string model;  // "M@V" or "M"
  std::optional<RequestKey> request;
  std::optional<double> budget_usd = {};  // instead of the suite's
};

// A case as a run asks it.
struct RunCase {
  Case item;
  std::vector<Message> prompt;  // that is sent first
  std::string prompt_error;     // why there is none
};

class RunOperations {
 public:
  virtual ~RunOperations() = default;
  // Returns as soon as the run is stored.
  virtual boost::asio::awaitable<Result<RunRecord>> StartRun(const Caller& caller,
                                                             const StartRunArguments& arguments) = 0;
  virtual boost::asio::awaitable<Result<RunRecord>> GetRun(const Caller& caller, std::string_view id) = 0;
  // What its sentinels show of its judges so far.
  virtual boost::asio::awaitable<Result<std::vector<JudgeCalibration>>> GetJudges(const RunRecord& run) = 0;
  // Where its cases come from, by word; nothing of cases whose dataset does not say.
  virtual boost::asio::awaitable<Result<std::map<std::string, std::int64_t>>> GetProvenance(const RunRecord& run) = 0;
  // Newest first. `filter.project` is the caller's.
  virtual boost::asio::awaitable<Result<Page<RunRecord>>> ListRuns(const Caller& caller, const RunFilter& filter,
                                                                   const PageRequest& page) = 0;
  // Ends after the run's final state. kNotFound.
  virtual boost::asio::awaitable<Result<std::unique_ptr<Updates<RunRecord>>>> WatchRun(const Caller& caller,
                                                                                       std::string_view id) = 0;
  // Ascending by ordinal and trial.
  virtual boost::asio::awaitable<Result<Page<StoredTrial>>> ListResults(const Caller& caller, std::string_view run,
                                                                        const TrialFilter& filter,
                                                                        const PageRequest& page) = 0;
  // kNotFound for a case that the dataset does not have.
  virtual boost::asio::awaitable<Result<RunCase>> GetCase(const Caller& caller, std::string_view run,
                                                          std::int64_t ordinal) = 0;
  // A final run stays as it is and is returned.
  virtual boost::asio::awaitable<Result<RunRecord>> CancelRun(const Caller& caller, std::string_view id,
                                                              std::string_view reason) = 0;
  // Returns when nothing of the run is in flight any more. kFailedPrecondition for a final run, as the next two.
  virtual boost::asio::awaitable<Result<RunRecord>> PauseRun(const Caller& caller, std::string_view id,
                                                             std::string_view reason) = 0;
  virtual boost::asio::awaitable<Result<RunRecord>> ResumeRun(const Caller& caller, std::string_view id) = 0;
  // `concurrency` absent: as many as the endpoint's limits allow.
  virtual boost::asio::awaitable<Result<RunRecord>> SetRunConcurrency(const Caller& caller, std::string_view id,
                                                                      std::optional<int> concurrency) = 0;
  // What it was, with when and by whom it was deleted. kFailedPrecondition for a run that is not final, and when
  // something keeps it, saying what.
  virtual boost::asio::awaitable<Result<RunRecord>> DeleteRun(const Caller& caller, std::string_view id,
                                                              std::string_view reason) = 0;
  // The new run. kFailedPrecondition for a run that is not final, or has nothing to ask for again.
  virtual boost::asio::awaitable<Result<RunRecord>> RetryRun(const Caller& caller, std::string_view id,
                                                             const std::optional<RequestKey>& request) = 0;
};

// --- Endpoints ---

struct EndpointStatus {
  std::string name;   // of the model
  std::string label;  // its version
  std::string provider;
  std::string url;  // for display
  EndpointState state = {};
  int credential_in_flight = 0;  // of all endpoints with its credential
  int credential_concurrency = 0;
};

class EndpointQueries {
 public:
  virtual ~EndpointQueries() = default;
  // Those that runs use now, ordered by name and label.
  virtual boost::asio::awaitable<Result<std::vector<EndpointStatus>>> ListEndpoints(const Caller& caller) = 0;
};

// --- Gates ---

struct CheckArguments {
  std::string gate;
  std::string candidate;  // "M@V" or "M"
  std::string baseline;   // "M@V" or "M"; "": the gate's own
  bool fresh = false;     // new runs even where complete ones exist
  std::optional<RequestKey> request;
};

struct CheckRunState {
  RunRecord run;
  std::string role;     // "candidate" | "baseline"
  bool reused = false;  // it was complete before the check was made
};

struct StoredVerdict {
  VerdictRecord record;
  Verdict verdict;  // what record.document says, but for waivers and decision: those of the moment it is read
};

// A check as it stands.
struct CheckStatus {
  CheckRecord check;
  std::optional<ModelIdentity> baseline;
  std::string reason;                    // for people: what it waits for, or what decided
  std::vector<CheckRunState> runs;       // empty in listings
  std::optional<StoredVerdict> verdict;  // when decided; absent in listings
  std::optional<Duration> timeout = {};  // how long the gate has who asks wait for it; absent in listings
};

class GateOperations {
 public:
  virtual ~GateOperations() = default;
  // Stores the check and starts the runs it lacks; does not wait for them.
  virtual boost::asio::awaitable<Result<CheckStatus>> CheckGate(const Caller& caller,
                                                                const CheckArguments& arguments) = 0;
  // The check as soon as it has a verdict, or as it stands at `until` or when the daemon begins to stop.
  virtual boost::asio::awaitable<Result<CheckStatus>> AwaitVerdict(const Caller& caller, std::string_view check,
                                                                   std::chrono::steady_clock::time_point until) = 0;
  virtual boost::asio::awaitable<Result<CheckStatus>> GetCheck(const Caller& caller, std::string_view id) = 0;
  // Ends after the check with its verdict. kNotFound.
  virtual boost::asio::awaitable<Result<std::unique_ptr<Updates<CheckStatus>>>> WatchCheck(const Caller& caller,
                                                                                           std::string_view id) = 0;
  // Newest first; `gate` "" for all.
  virtual boost::asio::awaitable<Result<Page<CheckStatus>>> ListChecks(const Caller& caller, std::string_view gate,
                                                                       const PageRequest& page) = 0;
  virtual boost::asio::awaitable<Result<StoredVerdict>> GetVerdict(const Caller& caller, std::string_view id) = 0;
  // Newest first; `gate` "" for all.
  virtual boost::asio::awaitable<Result<Page<StoredVerdict>>> ListVerdicts(const Caller& caller, std::string_view gate,
                                                                           const PageRequest& page) = 0;
};

// --- Schedules ---

// Before the name of a schedule, who asks for its checks. Nobody else has such a name.
inline constexpr std::string_view kSchedulePrincipalPrefix = "schedule:";

// A schedule of the catalog in service, and what came of it.
struct ScheduleStatus {
  ScheduleSpec spec = {};
  std::optional<Time> next_due = {};     // absent while it is paused
  std::optional<Time> last_due = {};     // of its last check
  std::optional<CheckRecord> last = {};  // its last check
  std::int64_t missed = 0;               // due times, in all, as the next two
  std::int64_t skipped = 0;
  std::int64_t failed = 0;
  std::string last_error = {};  // why a due time has no check; "" when the last one that was tried has
  std::optional<Time> last_error_at = {};
};

class ScheduleQueries {
 public:
  virtual ~ScheduleQueries() = default;
  // By name. Schedules check for the project "default": others have none.
  virtual boost::asio::awaitable<Result<std::vector<ScheduleStatus>>> ListSchedules(const Caller& caller) = 0;
};

// --- Waivers ---

struct WaiverArguments {
  std::string verdict;  // id
  std::vector<std::string> rules;
  std::string reason;
  std::string ticket;
  Time expires_at{};
  std::optional<RequestKey> request;
};

struct WaiverStatus {
  Waiver waiver;
  WaiverState state = WaiverState::kRequested;  // now
};

class WaiverOperations {
 public:
  virtual ~WaiverOperations() = default;
  // kPermissionDenied for the principal "local", as the next two; errors as MakeWaiver; kNotFound.
  virtual boost::asio::awaitable<Result<WaiverStatus>> RequestWaiver(const Caller& caller,
                                                                     const WaiverArguments& arguments) = 0;
  // By one of the approvers, who is not its requester. kFailedPrecondition when it is revoked or expired. Again by the
  // same approver is a no-op.
  virtual boost::asio::awaitable<Result<WaiverStatus>> ApproveWaiver(const Caller& caller, std::string_view id,
                                                                     std::string_view comment) = 0;
  // By its requester or an approver. Again is a no-op.
  virtual boost::asio::awaitable<Result<WaiverStatus>> RevokeWaiver(const Caller& caller, std::string_view id,
                                                                    std::string_view reason) = 0;
  virtual boost::asio::awaitable<Result<WaiverStatus>> GetWaiver(const Caller& caller, std::string_view id) = 0;
  // Newest first; `gate` "" for all.
  virtual boost::asio::awaitable<Result<Page<WaiverStatus>>> ListWaivers(const Caller& caller, std::string_view gate,
                                                                         const PageRequest& page) = 0;
};

// --- Releases ---

struct BlockerArguments {
  std::string candidate;  // "M@V" or "M"; "": the one that the evidence is of
  std::string gate;       // "": every gate
  std::int64_t severity = 1;
  std::string reason;
  std::vector<BlockerEvidence> evidence = {};
  std::optional<RequestKey> request = {};
};

struct BlockerStatus {
  std::string project;
  std::optional<ModelIdentity> candidate;  // absent for who must not know whose responses they judge
  ReleaseBlocker blocker;
};

struct ReleaseArguments {
  std::string verdict;  // id
  bool is_go = false;
  std::string reason;
  std::optional<RequestKey> request = {};
};

struct EvidencePackText {
  std::string markdown;
  std::string document;  // JSON text
};

class ReleaseOperations {
 public:
  virtual ~ReleaseOperations() = default;
  // kPermissionDenied for "local" and for who has no role in human review; errors as CheckRecommendation; kNotFound;
  // kFailedPrecondition for evidence of another model.
  virtual boost::asio::awaitable<Result<BlockerStatus>> RecommendBlocker(const Caller& caller,
                                                                         const BlockerArguments& arguments) = 0;
  // Errors as assay::EndBlocker; an answer is kPermissionDenied for who has no release role.
  virtual boost::asio::awaitable<Result<BlockerStatus>> EndBlocker(const Caller& caller, std::string_view id,
                                                                   BlockerState state, std::string_view reason) = 0;
  virtual boost::asio::awaitable<Result<BlockerStatus>> GetBlocker(const Caller& caller, std::string_view id) = 0;
  // Newest first; `gate` "" for all.
  virtual boost::asio::awaitable<Result<Page<BlockerStatus>>> ListBlockers(const Caller& caller, std::string_view gate,
                                                                           const PageRequest& page) = 0;
  // kPermissionDenied for who has no release role; kFailedPrecondition for a go on what may not ship.
  virtual boost::asio::awaitable<Result<ReleaseDecision>> DecideRelease(const Caller& caller,
                                                                        const ReleaseArguments& arguments) = 0;
  // Newest first.
  virtual boost::asio::awaitable<Result<std::vector<ReleaseDecision>>> ListReleaseDecisions(
      const Caller& caller, std::string_view verdict) = 0;
  virtual boost::asio::awaitable<Result<EvidencePackText>> GetEvidencePack(const Caller& caller,
                                                                           std::string_view verdict) = 0;
};

}  // namespace assay
