#pragma once
// kind: Queue. What people review, how many of them, and what is done when they disagree. Documents are immutable
// values once read; thread-safe.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fields.h"
#include "config/gate.h"
#include "core/clock.h"

namespace assay {

// What is asked of an item.
enum class ReviewItemKind {
  kRubric,
  kPairwise,
  kRanking,
  kClassification,
  kSafety,
  kRefusal,
  kGrounding,
  kToolUse,
  kCorrection
};
template <>
struct EnumWords<ReviewItemKind> {
  static constexpr EnumWord<ReviewItemKind> kWords[] = {
      {"rubric", ReviewItemKind::kRubric, "every criterion of the rubric, for one response"},
      {"pairwise", ReviewItemKind::kPairwise, "the better one of two responses"},
      {"ranking", ReviewItemKind::kRanking, "several responses in their order"},
      {"classification", ReviewItemKind::kClassification, "labels, and classes of errors"},
      {"safety", ReviewItemKind::kSafety, "whether the response is harmful, how, and how grave that is"},
      {"refusal", ReviewItemKind::kRefusal, "whether the request was allowed, and whether the model refused it"},
      {"grounding", ReviewItemKind::kGrounding, "claim by claim, whether the source supports it"},
      {"tool_use", ReviewItemKind::kToolUse, "call by call, whether tool, arguments and use of the result are right"},
      {"correction", ReviewItemKind::kCorrection, "the answer that should have been expected"}};
};

// Lanes in the order in which they are worked. The first two and the last are those that a queue may ask for.
enum class ReviewLane { kIncident, kGateBlocking, kAdjudication, kRework, kAudit, kCalibration, kNormal };
template <>
struct EnumWords<ReviewLane> {
  static constexpr EnumWord<ReviewLane> kWords[] = {
      {"incident", ReviewLane::kIncident, "before everything else"},
      {"gate_blocking", ReviewLane::kGateBlocking, "a check waits for it"},
      {"adjudication", ReviewLane::kAdjudication, "people disagree"},
      {"rework", ReviewLane::kRework, "an audit found a mistake, or a lead reopened it"},
      {"audit", ReviewLane::kAudit, "drawn for an audit"},
      {"calibration", ReviewLane::kCalibration, "of a calibration session"},
      {"normal", ReviewLane::kNormal, "when nothing else is there"}};
};

// Graders' values near the threshold.
struct LowMarginSpec {
  std::string grader = {};
  double within = 0;  // of the threshold
  static const FieldTable<LowMarginSpec>& Fields();
};

struct SliceEntrySpec {
  std::string of = {};                   // a slice of the suites
  std::vector<std::string> values = {};  // empty: all
  static const FieldTable<SliceEntrySpec>& Fields();
};

// What enters the queue; exactly one of the conditions is given.
struct EntrySpec {
  std::optional<bool> every = {};                 // true
  std::vector<std::string> judges_disagree = {};  // graders, of which two decide differently
  std::optional<LowMarginSpec> low_margin = {};
  std::optional<bool> failed_invariants = {};  // true: a grader of role invariant has failed
  std::optional<int> severity = {};            // a grader of this severity, or a graver one, has failed
  std::optional<SliceEntrySpec> slice = {};
  double share = 1;       // of the trials for which it holds
  std::string salt = {};  // another one draws other trials
  ReviewLane priority = ReviewLane::kNormal;
  static const FieldTable<EntrySpec>& Fields();
};

// How many people judge an item independently.
struct OverlapSpec {
  int people = 1;
  std::optional<int> at_most = {};  // when they disagree; absent: as people
  double share = 1;                 // of the items that get so many, drawn at random; the others get one
  int severity = 2;                 // items of this severity, or a graver one, always get at least two
  static const FieldTable<OverlapSpec>& Fields();

  int Most() const { return at_most.value_or(people); }
};

// When judgements agree. Labels, winners and severities agree when they are the same.
struct AgreementSpec {
  int scores_within = 1;          // and on the same side of the mark
  double error_overlap = 0.5;     // Jaccard's index of the sets of errors
  double rank_correlation = 0.6;  // Kendall's tau-b, with the same best response
  bool majority = false;          // three and more: most of them decide
  static const FieldTable<AgreementSpec>& Fields();
};

// Which decisions another person looks at.
struct AuditSpec {
  double share = 0.05;     // of decisions
  double new_share = 0.2;  // of those of people, or under rubrics, that are new
  Duration new_for = std::chrono::hours(24 * 30);
  int severity = 1;                         // all of this severity, or a graver one
  Duration fast = std::chrono::seconds(0);  // all that took less active time
  int at_least = 10;                        // of a person in 30 days, as far as there are so many
  static const FieldTable<AuditSpec>& Fields();
};

// Items whose answer is known, among the others.
struct GoldSpec {
  double share = 0;  // of claims
  double share_after_miss = 0.2;
  int every = 30;                                      // at least one in so many claims, where share is above 0
  int training = 0;                                    // items that a newcomer is shown first, with the answer
  double mark = 0.8;                                   // share of hits below which a person is paused
  int minimum = 10;                                    // items before that is looked at, and the newest that count
  Duration again_after = std::chrono::hours(24 * 90);  // before a person sees an item again
  static const FieldTable<GoldSpec>& Fields();
};

struct LeaseSpec {
  Duration time = std::chrono::minutes(15);
  Duration at_most = std::chrono::hours(4);     // with all renewals
  Duration prefetch = std::chrono::minutes(2);  // of the item after the one that is worked on
  int per_person = 2;
  static const FieldTable<LeaseSpec>& Fields();
};

// How long each route may take.
struct EscalationSpec {
  Duration lead = std::chrono::hours(4);
  Duration trust_safety = std::chrono::hours(4);
  Duration privacy = std::chrono::hours(1);
  Duration severe = std::chrono::minutes(30);
  Duration expert = std::chrono::hours(48);
  Duration ml_lead = std::chrono::hours(24);
  Duration suite_owner = std::chrono::hours(24);
  Duration manager = std::chrono::hours(24);
  static const FieldTable<EscalationSpec>& Fields();
};

// Suggestions of a model, which people verify.
enum class PrelabelShow { kOff, kAfterAnswer, kBefore };
template <>
struct EnumWords<PrelabelShow> {
  static constexpr EnumWord<PrelabelShow> kWords[] = {
      {"off", PrelabelShow::kOff, "never"},
      {"after_answer", PrelabelShow::kAfterAnswer, "once somebody has answered, who may then change the answer"},
      {"before", PrelabelShow::kBefore,
       "from the start, not chosen yet; agreement is not measured on such judgements"}};
};
struct PrelabelSpec {
  PrelabelShow show = PrelabelShow::kOff;
  std::string grader = {};  // whose scores are the suggestions
  double control = 0.15;    // of the items that have a suggestion, those to which it is not shown
  static const FieldTable<PrelabelSpec>& Fields();
};

// Something that nobody is to read.
struct RedactionPatternSpec {
  std::string name = {};     // stands in its place, in brackets
  std::string pattern = {};  // RE2
  static const FieldTable<RedactionPatternSpec>& Fields();
};

// What is masked of an item before anybody sees it.
struct RedactionSpec {
  std::string policy = {};  // version of the rules that it follows
  std::vector<RedactionPatternSpec> patterns = {};
  std::vector<std::string> fields = {};        // of the case: their values, wherever they stand
  static constexpr int kMostMemory = 1 << 20;  // of a pattern, in bytes
  static const FieldTable<RedactionSpec>& Fields();
};

// How much thought an item takes: what can be asked of a day differs by it.
enum class WorkComplexity { kSimple, kComplex, kLongForm };
template <>
struct EnumWords<WorkComplexity> {
  static constexpr EnumWord<WorkComplexity> kWords[] = {
      {"simple", WorkComplexity::kSimple, "one label or choice"},
      {"complex", WorkComplexity::kComplex, "several criteria that are weighed"},
      {"long_form", WorkComplexity::kLongForm, "long texts that are read or written"}};
};

// What is wanted of the work, at least one of them.
struct TargetsSpec {
  WorkComplexity complexity = WorkComplexity::kComplex;
  std::optional<int> per_day = {};           // judgements of a person, on a day on which they work in the queue
  std::optional<double> agreement = {};      // Krippendorff's alpha of every criterion
  std::optional<double> audits_passed = {};  // share of audits
  static const FieldTable<TargetsSpec>& Fields();
};

enum class OnNewMajor { kFinish, kRestart, kMap };
template <>
struct EnumWords<OnNewMajor> {
  static constexpr EnumWord<OnNewMajor> kWords[] = {
      {"finish", OnNewMajor::kFinish, "items finish under the version that they began with"},
      {"restart", OnNewMajor::kRestart,
       "items that are not done begin again; earlier judgements are kept and do not count"},
      {"map", OnNewMajor::kMap,
       "judgements of items that are not done are carried over by the rubric's label map; items that it does not cover "
       "begin again"}};
};

struct QueueSpec {
  std::string name = {};
  std::string description = {};
  std::string owner = {};
  ReviewItemKind item = ReviewItemKind::kRubric;
  std::string rubric = {};
  std::vector<std::string> suites = {};
  std::vector<BaselineSpec> against = {};  // of pairwise and ranking: whose responses stand beside the candidate's
  std::vector<EntrySpec> enter = {};
  OverlapSpec overlap = {};
  AgreementSpec agreement = {};
  AuditSpec audit = {};
  GoldSpec gold = {};
  LeaseSpec lease = {};
  EscalationSpec escalation = {};
  std::vector<std::string> skills = {};        // that a reviewer needs, all of them
  std::optional<std::string> language = {};    // the field of the case that names it; reviewers must know it
  std::optional<std::string> data_class = {};  // reviewers must be cleared for it; absent: the suite's
  bool certified = false;                      // for the major version of the rubric
  std::optional<Duration> deadline = {};       // after an item has entered
  Duration undo = std::chrono::minutes(10);
  int skips = 3;            // by different people, before an item is escalated
  double person_share = 1;  // of the judgements of a run, by one person at most
  OnNewMajor on_new_major = OnNewMajor::kFinish;
  PrelabelSpec prelabel = {};
  std::optional<TargetsSpec> targets = {};
  std::optional<RedactionSpec> redact = {};
  static const FieldTable<QueueSpec>& Fields();

  // Of work on safety, and on data that people must be cleared for, volume is no target.
  bool PutsQualityFirst() const { return item == ReviewItemKind::kSafety || data_class.has_value(); }
};

}  // namespace assay
