#pragma once
// The values of human review: an item, who has it, what was said of it, what was decided. All of them are parts of
// facts (facts.h) and are never changed once said. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/queue.h"
#include "config/rubric.h"
#include "core/clock.h"
#include "review/consensus.h"
#include "review/opinion.h"

namespace assay {

// Every caller of a daemon without tokens: nobody, so that it can neither judge nor approve.
inline constexpr std::string_view kNobody = "local";
// Who the daemon is in facts that no person caused.
inline constexpr std::string_view kReviewSystem = "system";

// What an item is for. Judgements of gold and calibration never reach a decision or a gate.
enum class ItemPurpose { kLabel, kGold, kTraining, kCalibration };

struct ReviewItem {
  std::string id = {};  // UUIDv7
  std::string project = {};
  std::string queue = {};
  std::string queue_version = {};  // content version of the document
  std::string suite = {};
  std::string suite_version = {};
  std::string run = {};
  std::string case_id = {};
  std::int64_t trial = 0;
  std::string content_hash = {};  // of what people are shown
  ItemPurpose purpose = ItemPurpose::kLabel;
  ReviewSubject subject = {};
  std::string rubric = {};
  RubricVersion rubric_version = {};      // that it entered under
  std::vector<std::string> reasons = {};  // why it entered, for people: "sample", "failed_invariants"
  ReviewLane lane = ReviewLane::kNormal;
  std::optional<int> severity = {};  // that graders found
  std::string language = {};         // "" none is asked for
  std::string data_class = {};       // likewise
  std::vector<std::string> skills = {};
  std::vector<std::string> authors = {};  // who wrote the case or edited a response: they do not judge it
  std::optional<Time> due_at = {};
  int people = 1;                          // judgements wanted
  int at_most = 1;                         // the same when people differ
  bool is_random_overlap = false;          // several judge it by the draw alone: agreement is measured on these
  std::string draw = {};                   // DrawText of the queue, by which it entered (review/sampling.h)
  std::vector<std::int64_t> lengths = {};  // of the responses, in characters and their order; may be empty
  std::string provenance = {};             // of the case (config/suite.h); "" not said
  friend bool operator==(const ReviewItem&, const ReviewItem&) = default;
};

// Equal for items that would ask the same again: hexadecimal SHA-256 of project, queue, suite, run, case, trial,
// responses, purpose and the rubric's major version. The store keeps it unique, so that entering twice is a no-op.
std::string ItemKey(const ReviewItem& item);

enum class LeaseRole { kLabel, kRework, kAdjudicate, kAudit };

struct ReviewLease {
  std::string person = {};
  LeaseRole role = LeaseRole::kLabel;
  std::int64_t token = 0;  // rises with each lease of the item: a fencing token
  Time granted_at{};
  Time expires_at{};
  bool is_prefetch = false;                 // not opened yet
  std::vector<std::string> presented = {};  // ids of responses in the order in which they are shown
  RubricVersion rubric_version = {};        // shown beside them
  friend bool operator==(const ReviewLease&, const ReviewLease&) = default;

  bool IsLiveAt(Time now) const { return now < expires_at; }
};

// kExtra is a judgement that came too late: kept, and never counted.
enum class JudgementRole { kLabel, kRework, kAdjudicate, kAudit, kGold, kCalibrate, kExtra };

// What a judgement was made with.
struct JudgementTimes {
  Time leased_at{};
  std::optional<Time> first_input_at = {};
  Duration active{};
  Duration idle{};
  friend bool operator==(const JudgementTimes&, const JudgementTimes&) = default;
};

// What became of a suggestion of a model (prelabels.h).
struct PrelabelUse {
  PrelabelShow show = PrelabelShow::kOff;  // when it was shown; of a control: when it would have been
  bool is_control = false;                 // it was not shown, to see what people say without it
  std::string by = {};                     // the model or grader that made it
  bool matches = false;                    // the judgement says what it says
  std::optional<bool> first_matches = {};  // likewise, of the answer before it was shown; of after_answer
  friend bool operator==(const PrelabelUse&, const PrelabelUse&) = default;
};

// What a person says, beside who they are and where it stands.
struct JudgementContent {
  Opinion opinion = {};
  std::string rationale = {};
  std::vector<std::string> clauses = {};  // of the guideline, that it rests on
  bool is_ambiguous = false;              // the guideline does not say
  std::string proposal = {};              // what it should say
  bool is_severe = false;                 // harm of severity 1
  bool saw_suggestion = false;            // of a model, before the answer
  std::optional<bool> followed_suggestion = {};
  JudgementTimes times = {};
  RubricVersion rubric_version = {};
  std::string source = "native";             // native | label_studio | csv | ...
  std::optional<PrelabelUse> prelabel = {};  // absent: there was no suggestion
  friend bool operator==(const JudgementContent&, const JudgementContent&) = default;
};

struct Judgement {
  std::string id = {};  // of the fact that made it
  std::string person = {};
  JudgementRole role = JudgementRole::kLabel;
  int epoch = 1;
  int revision = 1;
  std::string supersedes = {};  // id of the revision before; "" for the first
  std::vector<std::string> presented = {};
  JudgementContent content = {};
  Time at{};
  bool is_void = false;          // by an audit or a lead; kept, and not counted
  bool is_superseded = false;    // by a later revision
  std::string mapped_from = {};  // id of the judgement of an earlier epoch that it carries over (label_map.h)
  std::string imported_by = {};  // who brought it in from elsewhere, and answers for it
  std::string approval = {};     // id of the change by which it was; "" none
  friend bool operator==(const Judgement&, const Judgement&) = default;
};

// Why people differed, or why a decision was wrong.
enum class ReviewCause {
  kNone,
  kAmbiguous,
  kMissing,
  kMisread,
  kSlip,
  kSubjective,
  kGuidelineChange,
  kRedaction,
  kOther
};

struct ReviewDecision {
  std::string id = {};  // of the fact that made it
  Opinion outcome = {};
  DecisionMethod method = DecisionMethod::kSingle;
  std::vector<std::string> inputs = {};  // ids of judgements
  std::string decided_by = {};           // "" where the judgements alone decided
  ReviewCause cause = ReviewCause::kNone;
  int epoch = 1;
  RubricVersion rubric_version = {};
  Time at{};
  std::optional<Time> revisable_until = {};  // its authors may revise; absent: nobody may
  bool is_active = true;
  std::string ended_by = {};  // the fact that ended it
  friend bool operator==(const ReviewDecision&, const ReviewDecision&) = default;
};

// Whether the active decision is looked at by another person.
struct AuditDraw {
  double probability = 0;
  bool is_drawn = false;
  friend bool operator==(const AuditDraw&, const AuditDraw&) = default;
};

struct ReviewAudit {
  std::string id = {};
  std::string auditor = {};
  std::string decision = {};
  bool passes = false;
  std::string defect = {};           // class of the taxonomy, or a word; "" when it passes
  std::optional<int> severity = {};  // of the defect
  std::string action = {};           // what is to be done about it
  double probability = 1;            // with which it was drawn
  Time at{};
  ReviewCause cause = ReviewCause::kNone;  // why the decision is wrong; misread where an older version did not ask
  friend bool operator==(const ReviewAudit&, const ReviewAudit&) = default;
};

enum class EscalationReason { kAmbiguity, kPolicy, kDomain, kMeaning, kBroken, kDispute, kSevere, kSkipped, kStuck };
enum class EscalationRoute { kLead, kTrustSafety, kPrivacy, kExpert, kMlLead, kSuiteOwner, kManager };
enum class EscalationOutcome { kResume, kDecide, kVoid };

struct ReviewEscalation {
  std::string id = {};
  std::string by = {};
  EscalationReason reason = EscalationReason::kAmbiguity;
  EscalationRoute route = EscalationRoute::kLead;
  std::string note = {};
  std::string clause = {};  // of the guideline, that it is about
  Time at{};
  Time due_at{};
  std::optional<Time> resolved_at = {};
  std::string resolved_by = {};
  std::string ruling = {};  // a precedent for later
  std::optional<EscalationOutcome> outcome = {};
  friend bool operator==(const ReviewEscalation&, const ReviewEscalation&) = default;
};

template <>
struct EnumWords<ItemPurpose> {
  static constexpr EnumWord<ItemPurpose> kWords[] = {
      {"label", ItemPurpose::kLabel, "its decision counts"},
      {"gold", ItemPurpose::kGold, "its answer is known"},
      {"training", ItemPurpose::kTraining, "its answer is known, and shown afterwards"},
      {"calibration", ItemPurpose::kCalibration, "many judge it and talk about it"}};
};
template <>
struct EnumWords<LeaseRole> {
  static constexpr EnumWord<LeaseRole> kWords[] = {{"label", LeaseRole::kLabel, "judges independently"},
                                                   {"rework", LeaseRole::kRework, "judges again"},
                                                   {"adjudicate", LeaseRole::kAdjudicate, "decides between others"},
                                                   {"audit", LeaseRole::kAudit, "looks at a decision"}};
};
template <>
struct EnumWords<JudgementRole> {
  static constexpr EnumWord<JudgementRole> kWords[] = {{"label", JudgementRole::kLabel, ""},
                                                       {"rework", JudgementRole::kRework, ""},
                                                       {"adjudicate", JudgementRole::kAdjudicate, ""},
                                                       {"audit", JudgementRole::kAudit, ""},
                                                       {"gold", JudgementRole::kGold, ""},
                                                       {"calibrate", JudgementRole::kCalibrate, ""},
                                                       {"extra", JudgementRole::kExtra, ""}};
};
template <>
struct EnumWords<ReviewCause> {
  static constexpr EnumWord<ReviewCause> kWords[] = {
      {"none", ReviewCause::kNone, "nothing was wrong"},
      {"ambiguous", ReviewCause::kAmbiguous, "the guideline can be read in two ways"},
      {"missing", ReviewCause::kMissing, "the guideline lacks the case"},
      {"misread", ReviewCause::kMisread, "the guideline or the item was misread"},
      {"slip", ReviewCause::kSlip, "a slip of the hand"},
      {"subjective", ReviewCause::kSubjective, "people may differ here"},
      {"guideline_change", ReviewCause::kGuidelineChange, "the guideline has changed"},
      {"redaction", ReviewCause::kRedaction, "the content has changed"},
      {"other", ReviewCause::kOther, "something else"}};
};
template <>
struct EnumWords<EscalationReason> {
  static constexpr EnumWord<EscalationReason> kWords[] = {
      {"ambiguity", EscalationReason::kAmbiguity, "the guideline does not say"},
      {"policy", EscalationReason::kPolicy, "what the policy means"},
      {"domain", EscalationReason::kDomain, "knowledge of the domain is needed"},
      {"meaning", EscalationReason::kMeaning, "what the evaluation means, how grave a regression is"},
      {"broken", EscalationReason::kBroken, "the item or a tool is broken"},
      {"dispute", EscalationReason::kDispute, "priorities, workload, thresholds"},
      {"severe", EscalationReason::kSevere, "harm of severity 1"},
      {"skipped", EscalationReason::kSkipped, "several people passed it over"},
      {"nobody", EscalationReason::kStuck, "nobody who may go on with it is there"}};
};
template <>
struct EnumWords<EscalationRoute> {
  static constexpr EnumWord<EscalationRoute> kWords[] = {
      {"lead", EscalationRoute::kLead, ""},       {"trust_safety", EscalationRoute::kTrustSafety, ""},
      {"privacy", EscalationRoute::kPrivacy, ""}, {"expert", EscalationRoute::kExpert, ""},
      {"ml_lead", EscalationRoute::kMlLead, ""},  {"suite_owner", EscalationRoute::kSuiteOwner, ""},
      {"manager", EscalationRoute::kManager, ""}};
};
template <>
struct EnumWords<EscalationOutcome> {
  static constexpr EnumWord<EscalationOutcome> kWords[] = {
      {"resume", EscalationOutcome::kResume, "the item goes on"},
      {"decide", EscalationOutcome::kDecide, "the ruling is the decision"},
      {"void", EscalationOutcome::kVoid, "the item is taken out"}};
};

}  // namespace assay
