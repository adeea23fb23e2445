#pragma once
// What the store keeps, as plain values. `key`s are the store's own short names of runs and snapshots: the hot tables
// carry them instead of a UUID or a digest. They are given by the store, never reused, and mean nothing elsewhere.
// Every time is UTC in microseconds. JSON travels as its text: the store keeps it as such, so that people can query it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/run.h"

namespace assay {

enum class RunKey : std::int64_t {};
enum class SnapshotKey : std::int64_t {};

inline constexpr char kDefaultProject[] = "default";

// One page of a listing. `next` is "" after the last page, else what to ask for as the next page's token.
template <class T>
struct Page {
  std::vector<T> items;
  std::string next;
};

struct PageRequest {
  std::string token;  // "" for the first page
  int limit = 100;    // 1 … kMaxPage; anything else is kInvalidArgument
  static constexpr int kMaxPage = 1000;
};

// Makes a creating call repeatable: the same id with the same content returns the first answer, with other content it
// is kAlreadyExists. Ids are unique within (project, method).
struct RequestKey {
  std::string method;        // e.g. "StartRun"
  std::string request_id;    // the caller's
  std::string content_hash;  // of everything in the request that matters
};

struct DocumentRecord {
  std::string project = kDefaultProject;
  std::string kind;  // "Suite", "Model", "Gate"
  std::string name;
  std::string label;            // a Model's version, e.g. "2026.11.2"; "" for other kinds
  std::string content_version;  // "sha256:…"
  std::string json;             // canonical JSON text
  std::string source;           // the text as written by its author
  std::string file = {};        // absolute path of the catalog's file it was read from last; "" when it came by RPC
  Time created;
  std::string principal;
};

// A named place that one version of a model has: "production".
struct ModelStage {
  std::string model;
  std::string stage;
  std::string label;
};

struct SnapshotRecord {
  SnapshotKey key{};
  std::string project = kDefaultProject;
  std::string digest;  // of the suite's dataset entries, "sha256:…"
  std::int64_t cases = 0;
  Time created;
  std::string principal;
  std::string cases_digest = {};  // of what its cases ask (Store::FinishSnapshot); "" of older ones
  std::string exact_digest = {};  // of its cases to the letter, in their order (ExactCasesDigest); likewise
};

// A dataset as runs of one suite had it.
struct DatasetVersionRecord {
  SnapshotKey key{};
  std::string digest;
  RunKey first_run{};
  std::int64_t runs = 0;
  std::vector<std::string> suite_versions = {};  // of these runs, the first first; at most 100
  bool has_cases = false;                        // false: deleted with its last run
};

struct CaseDifference {
  std::int64_t added = 0;
  std::int64_t removed = 0;
  std::int64_t changed = 0;  // the same id with other fields
  std::vector<std::string> added_ids = {};
  std::vector<std::string> removed_ids = {};
  std::vector<std::string> changed_ids = {};
  friend bool operator==(const CaseDifference&, const CaseDifference&) = default;
};

struct SliceValue {
  std::string slice;  // a slice's name
  std::string value;
};

// One case of a snapshot on its way in.
struct CaseRow {
  std::int64_t ordinal = 0;  // from 0, without gaps
  std::string id;
  std::string json;                // an object: the fields
  std::vector<SliceValue> slices;  // absent for fields that the case lacks
};

// One slice of a whole snapshot: codes[ordinal] indexes `values`, kAbsent where the case has no value.
struct StoredSlice {
  static constexpr std::int32_t kAbsent = -1;
  std::string slice;
  std::vector<std::string> values;  // distinct, in order of first appearance
  std::vector<std::int32_t> codes;  // one per case
};

enum class ScoreSource { kGrader = 1, kJudge = 2, kHuman = 3 };
// "grader", "judge", "human".
std::string_view Name(ScoreSource source);

// A grader of a run; its place in RunRecord::graders is the index that scores carry.
struct RunGrader {
  std::string name;
  std::string type;                           // e.g. "contains"
  std::string version;                        // of its implementation and options
  std::string role;                           // "signal" | "invariant" | "report"
  ScoreSource source = ScoreSource::kGrader;  // of the scores that the run gives
};

struct RunRecord {
  RunKey key{};  // given by CreateRun
  std::string id;
  std::string project = kDefaultProject;
  std::string suite;
  std::string suite_version;  // content version
  std::string model;
  std::string model_label;
  std::string model_version;    // content version
  SnapshotKey snapshot{};       // of a finished snapshot
  std::string snapshot_digest;  // filled in by the store
  std::int64_t trials = 1;      // per case
  std::int64_t cases = 0;
  std::uint64_t seed = 0;          // of the permutation of the cases
  std::string order = "permuted";  // how positions map to cases
  RunState state = RunState::kPending;
  std::string error;            // why, when kError or kStopped
  std::string manifest = "{}";  // JSON text: everything frozen for the run
  std::vector<RunGrader> graders;
  RunCounts counts;           // CreateRun sets scheduled = cases × trials, the rest 0
  std::int64_t position = 0;  // the lowest position that is not stored: where a resumed run goes on
  Time created;
  std::optional<Time> started;
  std::optional<Time> ended;
  std::string principal;
  std::optional<int> concurrency = {};    // trials in progress at once; absent: as many as the endpoint allows
  std::optional<double> budget_usd = {};  // it stops before it costs more
  std::string retry_of = {};              // id of the run whose answered trials it took over; "" for none
  std::optional<double> cost_usd = {};    // of all answers that have one, as far as stored
  double unanswered_usd = 0;              // TrialResult's, summed up
  std::int64_t tokens_in = 0;             // of all answers, as far as stored
  std::int64_t tokens_out = 0;
  // Those of judges included. As far as stored; those from the cache, which cost nothing, apart.
  std::int64_t answers_without_cost = 0;
  std::int64_t answers_cached = 0;  // likewise: taken from the response cache
  // From then on nothing uses its trials and scores, which are gone or going. The rest of the record stays.
  std::optional<Time> deleted = {};
  std::string deleted_by = {};
  // From then on its trials lack their responses, and its scores their words.
  std::optional<Time> responses_deleted = {};

  // Whether it still has all that a verdict rests on, and its answers to be taken over.
  bool IsWhole() const { return !deleted && !responses_deleted; }
};

// What can be deleted of a run.
enum class RunPart {
  kResponses = 1,  // texts: what models said, and why scores are what they are
  kAll = 2         // all but its record
};

// Which verdicts are live, beside those of whose candidate or baseline a version holds a stage, and those that an open
// waiver may cover.
struct Liveness {
  Time now;
  std::optional<Time> decided_after = {};  // every verdict that is younger
  std::optional<Time> newest_after = {};   // the newest of its gate, candidate and state, if younger; absent: always
  // How many earlier runs the gate of this JSON compares a run with. Absent: none.
  std::function<std::int64_t(const std::string&)> history = {};
};

// What one step of a removal did.
struct RemovalStep {
  std::int64_t trials = 0;                   // that are gone, or have lost their texts
  std::int64_t next = 0;                     // position to go on from
  bool is_last = false;                      // nothing is left
  std::optional<RunPart> finished = {};      // what this step was the last of
  std::optional<SnapshotKey> released = {};  // Store::ReleaseSnapshot: no run has it any more
};

// What a run that took over the answers of others asked again with them.
struct AskedAgain {
  std::int64_t retries = 0;    // how many runs it goes back on
  std::string first_run = {};  // id of the first of these
  std::int64_t trials = 0;     // that had ended in an error without an answer, and were asked again
  std::int64_t often = 0;      // of these, those that were more than once
  bool is_least = false;       // trials of one of the runs are deleted: there may have been more
  friend bool operator==(const AskedAgain&, const AskedAgain&) = default;
};

// Runs of one model by one suite on the same cases before another such run.
struct EarlierRuns {
  // Checks of any gate gave FAIL or INCONCLUSIVE on them, or ERROR since somebody cancelled them after their first
  // answers. Of a baseline only the latter, in that part and for the same candidate.
  std::int64_t decided = 0;
  // No check was made on them, or none but such that gave ERROR, and they ended with answers or were still going on:
  // what those have shown by that time nobody can tell later.
  std::int64_t unused = 0;
  std::string newest_unused = {};
  // Since a verdict of the gate that is asked for, in this version and for the same candidate, or of a check of it that
  // is open, rested on one: those with checks of others, or as whose baseline they were, that did not all give ERROR.
  // Of a candidate without those that `decided` counts.
  std::int64_t of_others = 0;
  std::string newest_of_others = {};
  bool is_used = false;  // the run itself: a check was made on it that did not give ERROR
  bool is_own = false;   // likewise a check of the gate that is asked for, in this version and for the same candidate
};

// Verdicts FAIL and INCONCLUSIVE of a gate on the same answers, of other versions of it or with another baseline.
struct OtherVersions {
  std::int64_t verdicts = 0;
  std::string newest = {};  // id of the last of them
  std::string state = {};   // its state
};

// A model whose runs were decided without a PASS, or not at all.
struct DecidedModel {
  std::string name;
  std::string label;            // its version, as people call it
  std::string content_version;  // "sha256:..."
  std::int64_t runs = 0;
};

// A suite on whose runs of a candidate no PASS was given.
struct DecidedSuite {
  std::string suite;
  std::string version;  // content version
  std::int64_t runs = 0;
  std::string newest = {};  // id of the last of them
};

struct GateVersion {
  std::string gate;
  std::string version;        // content version
  std::string baseline = {};  // content version of the model that it compared with; "" without one
};

// A gate that compared candidates with a baseline.
struct BaselineUse {
  std::string gate;
  bool is_beside = false;  // it asks the baseline beside its candidates, in a version of it
};

struct RunFilter {
  std::string project = kDefaultProject;
  std::string suite = {};  // "" for any, as below
  std::string model = {};
  std::string model_label = {};
  std::optional<RunState> state = {};
};

// The newest score of one grader on one trial.
struct StoredScore {
  std::string grader;
  std::string grader_version;
  ScoreSource source = ScoreSource::kGrader;
  int revision = 1;
  Score score;
};

// One trial with everything that is stored of it. `result.scores` is empty: the scores are in `scores`.
struct StoredTrial {
  std::string case_id;
  TrialResult result;
  std::vector<StoredScore> scores;  // in the order of the run's graders
};

// A case on which a judge of a run is asked, with the label that people gave it.
struct StoredSentinel {
  std::int64_t grader = 0;   // its index in the run
  std::int64_t ordinal = 0;  // in its file
  std::string id;
  bool passes = false;  // what people say
  int people_pass = 0;  // what several of them say, where that is known
  int people_fail = 0;
  std::optional<Score> score = {};  // what the judge says, once it was asked
  double spent_usd = 0;             // on asking
};

// What a judge said of a sentinel in a run whose answers this run took over.
struct EarlierSentinel {
  RunKey of_run{};
  std::int64_t grader = 0;
  std::int64_t ordinal = 0;
  ScoreStatus status = ScoreStatus::kUnscored;
  std::optional<bool> pass = {};
};

// A run of a baseline that a verdict held against an earlier one.
struct ControlledRun {
  RunKey run{};
  std::string id;
  std::string verdict;          // its document, JSON text
  std::string verdict_id = {};  // whose it is
  bool drew_it = false;         // the run was drawn for the check of the verdict
};

// What asking cost.
struct SentinelCost {
  std::optional<double> usd = {};
  std::int64_t answers_without_cost = 0;
  double unanswered_usd = 0;
};

// A model that answered for a judge, as its endpoint names it; "" when it does not.
struct JudgeAnswerer {
  std::int64_t grader = 0;  // its index in the run
  std::string model;
};

// A later opinion on a stored trial; it counts instead of the earlier ones, which stay.
struct ScoreRevision {
  std::int64_t ordinal = 0;
  int trial = 0;
  std::string grader;          // its name in the run
  std::string grader_version;  // of what gave this score, e.g. a rubric's version
  ScoreSource source = ScoreSource::kHuman;
  Score score;
  Time at;
  std::string principal;
};

// A stored trial that has its answer, and whose graders are due: TrialStatus::kSkipped.
struct DueTrial {
  std::int64_t position = 0;
  std::int64_t ordinal = 0;
  int trial = 0;
  friend bool operator==(const DueTrial&, const DueTrial&) = default;
};

// What verdicts read of a score: no text.
struct ScoreColumns {
  std::int64_t ordinal = 0;
  int trial = 0;
  ScoreStatus status = ScoreStatus::kUnscored;
  std::optional<double> value;
  std::optional<bool> pass;
  bool is_not_judged = false;  // a failure that the judge was not asked of; only where labels are read
};

struct TrialFilter {
  static constexpr std::int64_t kMaxOrdinals = 1000;

  std::optional<TrialStatus> status = {};
  std::vector<std::int64_t> ordinals = {};  // of cases; empty for all, at most kMaxOrdinals
  std::optional<int> trial = {};            // of each case
  std::string case_id = {};                 // "" for all
  std::string failed_grader = {};           // only trials whose newest score of it is a failure; "" for all
};

// What verdicts read of a trial: no text. Absent where there was no response, or the provider did not say.
struct TrialColumns {
  std::int64_t ordinal = 0;
  int trial = 0;
  TrialStatus status = TrialStatus::kError;
  std::optional<std::int64_t> latency_us;
  std::optional<std::int64_t> tokens_in;
  std::optional<std::int64_t> tokens_out;
  std::optional<std::int64_t> first_token_us = {};  // of a streamed answer
  std::optional<double> cost_usd = {};
  std::int64_t retries = 0;  // requests for the response that were sent again after a failure
  bool is_cached = false;    // a response from the cache: latencies are absent
};

// An answer that is kept to be used again.
struct CachedResponse {
  std::string digest;  // of everything that it depends on
  std::string text;    // what the store need not know
  Time created;
  Time replaces_before{};  // what is kept already stays, unless it is older
};

struct CheckRecord {
  std::string id;
  std::string project = kDefaultProject;
  std::string gate;
  std::string gate_version;  // content version
  std::string model;         // the candidate
  std::string model_label;
  std::string model_version;      // content version
  std::string parameters = "{}";  // JSON text: baseline, fresh, …
  std::optional<Time> deadline;
  std::string state = "PENDING";  // "PENDING", then the state of its verdict
  std::string verdict_id;         // "" until completed
  Time created;
  std::optional<Time> ended;
  std::string principal;
};

// The first FAIL that a candidate got of any gate.
struct FirstFailure {
  std::string verdict = {};
  std::string model = {};
  std::string model_label = {};
  std::string gate = {};
  Time registered{};
  Time decided{};
};

// A run that a check waits for.
// A verdict that rests on a run of a line of retries.
struct VerdictOnRun {
  std::string id = {};
  std::string gate = {};
  std::string gate_version = {};
  std::string model_version = {};
  std::string suite = {};
  std::string suite_version = {};
  Time decided{};
};

struct CheckRun {
  std::string run_id;
  RunKey key{};
  std::string role;  // "candidate" | "baseline"
};

struct VerdictRecord {
  std::string id;
  std::string project = kDefaultProject;
  std::string check_id;
  std::string gate;
  std::string gate_version;
  std::string model;
  std::string model_label;
  std::string state;     // "PASS", "FAIL", "INCONCLUSIVE", "ERROR"
  std::string document;  // JSON text: the whole verdict
  Time created;
  std::string principal;
  std::int64_t sequence = 0;     // in the chain of its gate, from 1; 0: from before there were chains
  std::string predecessor = {};  // ContentVersion of the document before; "" for the first
  std::string envelope = {};     // DSSE envelope, JSON text; "" when not signed, and in listings
  std::string summary = {};      // likewise the SLSA summary, of a PASS only
};

// Where the next verdict of a gate stands.
struct ChainPlace {
  std::int64_t sequence = 1;
  std::string predecessor = {};  // ContentVersion of the document before; "" for the first
};

// What depends on the place.
struct SealedVerdict {
  std::string document;       // as in VerdictRecord
  std::string envelope = {};  // likewise
  std::string summary = {};   // likewise
};

struct WaiverApprovalRecord {
  std::string principal;
  Time at;
  std::string comment = {};
};

// A waiver. What was asked for never changes.
struct WaiverRecord {
  static constexpr std::int64_t kMostOpen = 100;  // neither expired nor revoked, of a gate and candidate

  std::string id;
  std::string project = kDefaultProject;
  std::string gate;
  std::string model_version;  // content version of the candidate
  std::string terms = "{}";   // JSON text: what it is bound to, its rules, reason and ticket
  std::string requester;
  Time created;
  Time expires;
  std::vector<WaiverApprovalRecord> approvals = {};  // oldest first, one for each principal
  std::optional<Time> revoked = {};
  std::string revoked_by = {};
  std::string revoke_reason = {};
};

// What somebody with a name did about a release. Facts of one subject follow each other; none ever changes.
struct ReleaseFact {
  static constexpr std::int64_t kMostSubjects = 200;  // of one kind and candidate
  static constexpr std::int64_t kMostFacts = 1000;    // of one subject

  std::string project = kDefaultProject;
  std::string about;          // what the subject is: "blocker", "verdict"
  std::string subject;        // its id
  std::int64_t seq = 1;       // from 1
  std::string act;            // "recommend", "withdraw", "uphold", "decline"; "go", "no_go"
  std::string gate = {};      // "": every gate of the project
  std::string model_version;  // content version of the candidate
  std::string principal;
  Time at{};
  std::string body = "{}";  // JSON text
};

// What became of a due time of a schedule.
enum class ScheduleAct {
  kSeen = 1,     // none: from `due` on its due times count, since it was met or changed then
  kDue = 2,      // it is to be checked; one of the others follows
  kStarted = 3,  // its check is stored
  kSkipped = 4,  // the check before it had not ended
  kFailed = 5    // no check could be made
};

// One step of a schedule. Facts are appended and never changed.
struct ScheduleFact {
  std::string project = kDefaultProject;
  std::string schedule;
  ScheduleAct act = ScheduleAct::kSeen;
  Time due{};
  Time at{};                  // when that was done
  std::string timing;         // ScheduleSpec::Timing; "" of one that is not in the catalog any more
  std::string check_id = {};  // of kStarted
  std::string error = {};     // of kFailed
  // How many there have been in all, with this one.
  std::int64_t missed = 0;  // due times for which nothing was tried, because a later one was due when that was possible
  std::int64_t skipped = 0;
  std::int64_t failed = 0;
};

struct AuditRecord {
  std::string project;
  Time at;
  std::string principal;
  std::string action;  // e.g. "create_run"
  std::string object;  // e.g. "run/019…"
  std::string detail;  // for people; may be empty
};

}  // namespace assay
