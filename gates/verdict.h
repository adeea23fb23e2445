#pragma once
// The answer of a gate with its evidence: plain values, and their JSON document, which the store keeps and RPC sends.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/estimate.h"
#include "core/json.h"
#include "core/result.h"
#include "gates/judge_calibration.h"
#include "gates/people_opinion.h"
#include "gates/release_blocker.h"

namespace assay {

enum class VerdictState { kPending = 1, kPass = 2, kFail = 3, kInconclusive = 4, kError = 5 };
// "PENDING", "PASS", "FAIL", "INCONCLUSIVE", "ERROR".
std::string_view Name(VerdictState state);
std::optional<VerdictState> VerdictStateFrom(std::string_view word);
inline bool IsFinal(VerdictState state) { return state != VerdictState::kPending; }

// FAIL > PENDING > ERROR > INCONCLUSIVE > PASS: a proven FAIL needs no further data, and nothing else but PASS is
// settled while something is outstanding. The worse of the two.
VerdictState Worse(VerdictState a, VerdictState b);

// Counts of cases. scheduled == scored + unscored + error + skipped + awaiting_human + outstanding; a case is the first
// that any of its trials is: outstanding, awaiting_human, error, unscored, skipped; else scored.
struct CaseCounts {
  std::int64_t scheduled = 0;
  std::int64_t scored = 0;
  std::int64_t unscored = 0;
  std::int64_t error = 0;
  std::int64_t skipped = 0;
  std::int64_t awaiting_human = 0;
  std::int64_t outstanding = 0;  // not run yet

  std::int64_t Waiting() const { return awaiting_human + outstanding; }
  friend bool operator==(const CaseCounts&, const CaseCounts&) = default;
};

struct WorstCase {
  std::int64_t ordinal = 0;
  std::string id;               // gates/ knows ordinals only: "" until the caller of Decide fills it
  std::optional<double> value;  // of its scored trials (their mean, or as the metric reduces them); may be absent
  std::optional<double> baseline = {};  // likewise of the baseline's, of rules that compare
  friend bool operator==(const WorstCase&, const WorstCase&) = default;
};

// Cases that both models passed or failed, by who did.
struct PassTable {
  std::int64_t both = 0;
  std::int64_t candidate_only = 0;
  std::int64_t baseline_only = 0;
  std::int64_t neither = 0;
  friend bool operator==(const PassTable&, const PassTable&) = default;
};

// What a rule that compares has found of either model, over the cases that both have a value of.
struct Comparison {
  std::optional<double> candidate;
  std::optional<double> baseline;
  std::optional<PassTable> passes = {};  // when every value is a pass or a failure
  friend bool operator==(const Comparison&, const Comparison&) = default;
};

// Of a suite whose cases come in clusters (`cluster`): those of a part.
struct PartClusters {
  std::int64_t count = 0;
  std::int64_t largest = 0;  // cases of the largest
  // How many times as much as of independent cases the mean varies; absent where that is not known, and of quantiles.
  std::optional<double> design_effect = {};
  friend bool operator==(const PartClusters&, const PartClusters&) = default;
};

// One rule on one suite, or on one value of one slice of it.
struct RulePart {
  static constexpr std::size_t kMaxWorstCases = 10;

  std::string suite;
  std::string slice;        // "" when the rule has no `by`
  std::string slice_value;  // "" for cases without the field; slice_value.h says how it is shown
  VerdictState state = VerdictState::kPending;
  Estimate estimate;  // of the scored cases, with both one-sided bounds; of comparisons: of candidate less baseline
  std::optional<Comparison> comparison = {};  // of rules that compare
  std::optional<Estimate> shown;     // Wilson's interval of pass/fail data, Tango's of pairs: for eyes, never gates
  std::optional<double> pass_bound;  // the bound that PASS needs, missing cases counted as worst
  std::optional<double> fail_bound;  // the bound that FAIL needs, missing cases counted as best
  std::optional<double> margin;      // from the threshold to the deciding bound, in the metric's unit;
                                     // >= 0 if and only if PASS; absent when there is no such bound
  std::string method = {};           // of the bounds; "" when they are counts, and without bounds
  std::optional<PartClusters> clusters = {};   // of suites with clusters
  std::optional<double> fail_confidence = {};  // that FAIL needs as one of many parts; absent: that of the rule
  CaseCounts counts;
  std::optional<std::int64_t>
      more_cases;                      // INCONCLUSIVE only: how many more like these would decide; absent: none would
  std::string reason;                  // for people
  std::vector<WorstCase> worst_cases;  // the worst first, at most kMaxWorstCases
  std::optional<JudgeEvidence> judge = {};    // where the metric is a judge's opinion
  std::optional<PeopleEvidence> people = {};  // where people say what the metric is
};

struct RuleOutcome {
  std::string rule;
  std::string kind;         // "at_least", ...
  std::string metric;       // "" for kinds without
  std::string grader;       // whose scores the metric aggregates; "" when it is not of scores
  std::string source;       // of the metric: "score", "latency_ms", ...; "" for kinds without
  std::string reduce = {};  // how it reduces trials: "pass_hat_k", ...; "" for their mean, and for kinds without
  std::optional<std::int64_t> k = {};       // of `reduce`
  std::optional<std::int64_t> quorum = {};  // of a majority
  bool blocking = true;                     // advisory rules never change the state
  bool waivable = true;                     // false: its gate allows no waiver of it
  std::optional<std::int64_t> severity;
  double confidence = 0.95;
  std::string method = {};          // that the rule asks for: "t", ...; "" leaves it to the data
  std::optional<double> threshold;  // of comparisons: the margin
  bool uncorrected = false;         // verdicts of a judge were taken as they are, as the rule says
  std::string asks = {};  // for people: what must be shown, ">= 0.9", "difference >= -0.02"; "" when not known
  VerdictState state = VerdictState::kPending;
  std::string reason;
  std::size_t deciding_part = 0;  // the part whose state this is; `parts` may be empty (then the reason says why)
  std::vector<RulePart> parts;

  // The deciding part, or null pointer.
  const RulePart* Deciding() const { return deciding_part < parts.size() ? &parts[deciding_part] : nullptr; }
};

struct ModelIdentity {
  std::string name;
  std::string version;
  std::string content_version;  // "sha256:..."
  friend bool operator==(const ModelIdentity&, const ModelIdentity&) = default;
};

// Of a suite, what a baseline is held against its past on: a metric, of all cases or of those with one value of a
// slice. "" of both: of all.
struct ControlledPart {
  std::string metric;
  std::string slice = {};
  std::string slice_value = {};
  friend auto operator<=>(const ControlledPart&, const ControlledPart&) = default;
};

// A verdict before found a metric of the baseline moved, and none since has excluded that it is still there.
struct StandingAlarm {
  std::string metric = {};    // "" in verdicts of versions that only warned of it
  std::string verdict = {};   // its id
  std::string run = {};       // of the baseline, that had moved; likewise
  std::string from = {};      // from this one
  double move = 0;            // how far: what it was then, less what it had been
  std::int64_t cases = 0;     // of the suite, on which it had
  bool is_elsewhere = false;  // in a version of the suite with which nothing can be compared
  std::string slice = {};     // "" where it is of all cases
  std::string slice_value = {};
  // How many attempts of the candidate before this one were drawn while it, or one that stands with it, held the
  // verdicts on them. Absent in verdicts of versions that did not say.
  std::optional<std::int64_t> attempts = {};
  ControlledPart Part() const { return {metric, slice, slice_value}; }
  friend bool operator==(const StandingAlarm&, const StandingAlarm&) = default;
};

// What there was beside a run when its verdict was decided. A replay takes it from here: of what was under way then, as
// of checks that were asked at once, nothing tells later how far it had come.
struct RunPast {
  std::int64_t unused = 0;             // earlier runs of the same cases on which no verdict rests, or ERROR only
  std::string newest_unused = {};      // id of the last of them
  std::vector<std::string> runs = {};  // ids of the earlier runs that rules `drift` looked at, oldest first
  std::int64_t runs_deleted = 0;       // of the first of them that there were, those that had been deleted
  // Of a baseline's run, with `interleave`: ids of its earlier runs that it is held against, oldest first.
  std::vector<std::string> control_runs = {};
  // By metric, where it is held against some of them only.
  std::map<std::string, std::vector<std::string>> control_runs_of = {};
  // Earlier runs of the same cases for verdicts of others only, since this version of the gate was decided for the same
  // candidate: other gates, other versions, of a baseline also other candidates.
  std::int64_t of_others = 0;
  std::string newest_of_others = {};  // id of the last of them
  std::int64_t other_versions = 0;    // verdicts FAIL and INCONCLUSIVE of other versions of the gate on these answers
  std::string other_verdict = {};     // id of the last of them
  std::string other_state = {};       // its state
  // Runs of the same cases that asked the same model of the same endpoint under another name or version, and were
  // decided without a PASS, or ended and were shown to no gate.
  std::int64_t renamed = 0;
  std::string newest_renamed = {};  // "name@version" of the last of them
  // Runs of the candidate that were decided without a PASS: of other cases of this suite, and of the same cases by the
  // same prompt in suites of another name.
  std::int64_t other_cases = 0;
  std::string newest_other_cases = {};  // id of the last of them
  std::int64_t other_suites = 0;
  std::string newest_other_suite = {};  // that of the last of them
  // Of a run that took over the answers of others (`assay run retry`): how many there were, the id of the first, and
  // how many trials that had ended in an error without an answer were asked again, and more than once.
  std::int64_t retries = 0;
  std::string first_run = {};
  std::int64_t asked_again = 0;
  std::int64_t asked_again_often = 0;
  bool is_asked_again_least = false;  // trials of one of these runs are deleted: there may have been more
  std::string supersedes = {};  // id of a verdict that rested on what people have settled otherwise since; "" none
  std::int64_t resettled = 0;   // how many answers of the run that was
  std::optional<StandingAlarm> alarm = {};  // of a baseline's run: that this verdict did not exclude
  // Likewise, with `interleave`: of alarms, on which it is held against the earlier runs whatever the rules name.
  std::vector<ControlledPart> alarmed = {};
  friend bool operator==(const RunPast&, const RunPast&) = default;
};

// An answer that does harm of severity 1, as people have upheld.
struct SevereCase {
  std::int64_t ordinal = 0;
  std::string case_id = {};
  std::string item = {};  // in which they did
  std::string queue = {};
  friend bool operator==(const SevereCase&, const SevereCase&) = default;
};

// What people found of harm of severity 1 among the answers of a run, in whichever queue they were asked. A replay
// takes it from here: a fact may be stored a moment after the time that it is of.
struct SevereFindings {
  static constexpr std::size_t kMostCases = 100;

  std::int64_t judged = 0;             // answers that they settled
  std::int64_t upheld = 0;             // of these, those that do
  std::int64_t open = 0;               // items with a flag that nobody has ruled on
  std::vector<SevereCase> cases = {};  // of `upheld`, the first kMostCases
  friend bool operator==(const SevereFindings&, const SevereFindings&) = default;
};

// Which data a verdict rests on.
struct SuiteIdentity {
  std::string suite;
  std::string suite_version;              // "sha256:..."
  std::string dataset_version;            // "sha256:..."
  std::string run;                        // id
  std::string run_state;                  // "complete", ...
  std::string cause;                      // why the run ended in error; else ""
  CaseCounts counts;                      // over every metric: a case is scored when all its metrics are
  std::optional<double> cost_usd = {};    // of the run's answers; absent: none has a cost
  std::int64_t answers_without_cost = 0;  // which cost_usd does not count
  std::string graders_version = {};  // "sha256:..." of the versions of all its graders and judges; "" of older verdicts
  std::optional<RunPast> past = {};  // gates/ knows none; absent in older verdicts
  std::int64_t answers_cached = 0;   // of the run and those whose answers it took over: from the response cache
  std::optional<SevereFindings> severe = {};  // absent where no queue had an item of the run, and in older verdicts
  // "sha256:..." of the cases as they were stored when the run was made: to the letter, in their order, with their
  // slices; "" in older verdicts.
  std::string cases_digest = {};
  friend bool operator==(const SuiteIdentity&, const SuiteIdentity&) = default;
};

// Where a verdict stands: in the chain of the verdicts of its gate, each of which names the one before by its content.
struct VerdictOrigin {
  std::string verdict;  // id
  std::string check;    // id
  std::string project;
  std::int64_t sequence = 0;     // 1 for the first of its gate and project
  std::string predecessor = {};  // ContentVersion of the document before; "" for the first
  std::string version = {};      // of Assay
  std::string build = {};        // of the program, hex digits; "" when it has none
  friend bool operator==(const VerdictOrigin&, const VerdictOrigin&) = default;
};

struct WaivedCase {
  std::int64_t ordinal = 0;
  std::string id;
  friend bool operator==(const WaivedCase&, const WaivedCase&) = default;
};

// How bad a part was when the waiver of its rule was asked for.
struct WaivedFinding {
  std::optional<double> margin;        // as RulePart; absent when no bound decided
  std::int64_t missing = 0;            // cases without a score
  std::vector<WaivedCase> cases = {};  // of rules that fail by single cases: RulePart::worst_cases
  // Cases with a score, which the margin is of; absent in records of versions that did not keep it.
  std::optional<std::int64_t> scored = {};
  friend bool operator==(const WaivedFinding&, const WaivedFinding&) = default;
};

// A part of a rule that did not pass when the waiver of that rule was asked for.
struct WaivedPart {
  std::string rule;
  std::string suite;
  std::string slice;  // as RulePart
  std::string slice_value;
  VerdictState state = VerdictState::kInconclusive;
  std::optional<WaivedFinding> finding = {};  // absent in records of versions that did not keep it
  friend bool operator==(const WaivedPart&, const WaivedPart&) = default;
};

// A waiver (waivers.h) as a verdict carries it.
struct AppliedWaiver {
  std::string id;
  std::string verdict;             // id of the one that it was asked for
  std::vector<std::string> rules;  // that it covers here
  std::string reason;
  std::string ticket;
  std::string requester;
  std::vector<std::string> approvers;
  Time requested_at{};
  Time expires_at{};
  std::vector<WaivedPart> parts = {};  // of these rules, that it may cover; of a rule without any: its only part
  friend bool operator==(const AppliedWaiver&, const AppliedWaiver&) = default;
};

// Of a gate that need not ask every case: at which look (looks.h) it was decided.
struct VerdictLook {
  std::int64_t look = 1;            // from 1
  std::int64_t looks = 1;           // that were planned
  double error_share = 1;           // of the error rate of each rule, which this look could use
  std::int64_t planned_cases = 0;   // of all suites at the last look
  std::int64_t cases = 0;           // of all suites at this one: what was decided on
  std::int64_t planned_trials = 0;  // of the runs, those of a baseline included
  std::int64_t asked_trials = 0;    // of them, when their runs had ended
  friend bool operator==(const VerdictLook&, const VerdictLook&) = default;
};

// The baseline now and in its first runs on the same cases, of gates that ask it beside the candidate (control_arm.h).
struct ControlComparison {
  std::string suite;
  std::string metric;
  std::string earlier_run;       // id of the first of them
  std::optional<double> before;  // mean over the cases that have a value then and now
  std::optional<double> now;
  bool has_moved = false;  // by more than chance
  // How many of the cases that were looked at have a value in an earlier run, and with which share of
  // kControlErrorRate. Absent in verdicts of versions that did not say.
  std::optional<std::int64_t> cases = {};
  std::optional<double> error_share = {};
  // How many of these have none now, as a share of them; and the bounds of the mean difference, now less before, of the
  // others: none without them. Absent likewise.
  std::optional<double> missing = {};
  std::optional<double> lower = {};
  std::optional<double> upper = {};
  std::int64_t earlier_runs = 1;  // how many there are
  std::int64_t unknown = 0;       // cases that were looked at and have a value in none of them
  std::string slice = {};         // "" where it is of all cases
  std::string slice_value = {};
  ControlledPart Part() const { return {metric, slice, slice_value}; }
  friend bool operator==(const ControlComparison&, const ControlComparison&) = default;
};

struct Verdict {
  std::optional<VerdictOrigin> origin = {};  // once it is stored; gates/ knows none
  std::string gate;
  std::string gate_version;  // "sha256:..."
  ModelIdentity candidate;
  std::vector<SuiteIdentity> suites;
  std::optional<ModelIdentity> baseline = {};  // of gates with a rule that compares
  // By who asked, in place of the gate's own. Absent: without a baseline, and in verdicts of versions that did not say.
  std::optional<bool> is_baseline_given = {};
  std::vector<SuiteIdentity> baseline_suites = {};  // its runs
  std::int64_t attempt = 1;                         // with answers drawn anew (GateEvidence)
  std::optional<VerdictLook> look = {};             // of gates with several looks, or fewer cases than there are
  VerdictState state = VerdictState::kPending;
  std::string reason;                            // one or two sentences for people
  std::vector<std::string> deciding_rules;       // names of the blocking rules whose state this is
  std::vector<RuleOutcome> rules;                // in the gate's order
  std::vector<ControlComparison> controls = {};  // of gates with `interleave`
  std::vector<std::string> warnings = {};        // for people: what the rules do not judge and may make them wrong
  Time decided_at{};
  // The best that the gate could have been whatever its rules say; absent in verdicts of versions without waivers.
  std::optional<VerdictState> ceiling = {};
  // What a pipeline is told: the state, or PASS when live waivers cover every blocking rule that does not pass. Absent:
  // the state. In a document: as of `decided_at`.
  std::optional<VerdictState> decision = {};
  std::vector<AppliedWaiver> waivers = {};  // those that cover a rule; `state` and `rules` stay as evaluated
  // Recommended of this candidate and not withdrawn, oldest first. A replay takes them from here.
  std::vector<ReleaseBlocker> blockers = {};

  VerdictState Decision() const { return decision.value_or(state); }
};

// The verdict document: every member always present, absent values null, in a stable order; but for what is said only
// where it is known, or there is some, as no document had it before: `baseline_given`, `blockers`, and `severe` and
// `answers_cached` of a suite.
Json ToJson(const Verdict& verdict);
// As it is there.
Json ToJson(const ReleaseBlocker& blocker);
// The inverse; kInvalidArgument names the member that is missing or of another type.
Result<Verdict> VerdictFromJson(const Json& document);

}  // namespace assay
