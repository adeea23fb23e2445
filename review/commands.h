#pragma once
// What people and the daemon do with an item: commands in, facts out. A command changes nothing; the caller stores its
// facts in one transaction that fails when another writer was faster (facts.h), folds again and asks again.
//
// Every command answers with the facts to append, in order. None means that it was done before: a command with the same
// key by the same person (T8), whose effect the state shows. Errors name item, state and person:
//   kPermissionDenied     the caller is nobody (`local`), or lacks the role
//   kFailedPrecondition   not in this state, or not by this person
//   kResourceExhausted    nobody can have more: places, leases per person, the longest time of a lease
//   kDeadlineExceeded     submitted after the lease had ended, and the place is taken (T6): offer to keep it as an
//   extra kAborted              the token was superseded, or content or rubric have changed meanwhile (T7): likewise
//   kAlreadyExists        the key was used for something else
//   kInvalidArgument      the content itself is wrong
// Text is never dropped: drafts (drafts.h) outlive leases, and what was refused can be submitted as an extra.
//
// `now` is the time of the daemon; a clock that went back is taken for the time of the last fact. Pure functions,
// thread-safe.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "review/gold.h"
#include "review/item_state.h"
#include "review/people.h"
#include "review/sampling.h"

namespace assay {

using ReviewFacts = std::vector<ReviewFact>;

// The documents that an item is under, and the secret of the draws.
struct ReviewPolicy {
  QueueSpec queue = {};
  RubricSpec rubric = {};  // of the item's major version
  std::string draw_key = {};
};

// T0. kInvalidArgument for what is out of bounds or does not fit its kind and the policy.
Result<ReviewFacts> Enter(const ReviewItem& item, const ReviewPolicy& policy, Time now);

struct ClaimCommand {
  Reviewer reviewer = {};
  ReviewerLoad load = {};
  bool is_prefetch = false;  // the item after the one that is worked on: a short lease, until it is claimed again
};
// T1, T2, T9, T14, T17. Who has the item renews it, whatever its capacity. Sweep first where the roster is small.
Result<ReviewFacts> Claim(const ItemState& state, const ClaimCommand& command, std::span<const Reviewer> roster,
                          const ReviewPolicy& policy, Time now);

struct GiveBackCommand {
  Reviewer reviewer = {};
  std::int64_t token = 0;
  bool is_skip = false;
  std::string reason = {};  // needed where it is a skip
};
// T3. After `skips` different people the item is escalated.
Result<ReviewFacts> GiveBack(const ItemState& state, const GiveBackCommand& command, const ReviewPolicy& policy,
                             Time now);

struct SubmitCommand {
  Reviewer reviewer = {};
  std::int64_t token = 0;
  std::string key = {};  // needed: makes sending again safe
  JudgementContent content = {};
  bool as_extra = false;  // keep it, though it cannot count
  AuditHistory history = {};
};
// T5 to T8 and T17: a label, a judgement of gold or calibration, or rework. `gold` is the known answer where the item's
// purpose is gold or training, else null pointer.
Result<ReviewFacts> Submit(const ItemState& state, const SubmitCommand& command, const ReviewPolicy& policy,
                           const GoldAnswer* gold, Time now);

struct ImportJudgementCommand {
  Reviewer importer = {};     // answers for it
  Judgement judgement = {};   // id, person, presented, content and time of a label that was made elsewhere
  std::string approval = {};  // id of the change that lets labels of the file count for gates; "" none
  AuditHistory history = {};
};
// T26. None where a judgement of this id with the same content is there; kAlreadyExists for another. kPermissionDenied
// for who is needed to adjudicate or audit the item.
Result<ReviewFacts> ImportJudgement(const ItemState& state, const ImportJudgementCommand& command,
                                    std::span<const Reviewer> roster, const ReviewPolicy& policy, Time now);

struct ReviseCommand {
  Reviewer reviewer = {};
  std::string judgement = {};  // id
  std::string key = {};
  JudgementContent content = {};
  AuditHistory history = {};
};
// T11.
Result<ReviewFacts> Revise(const ItemState& state, const ReviseCommand& command, const ReviewPolicy& policy, Time now);

struct AdjudicateCommand {
  Reviewer reviewer = {};
  std::int64_t token = 0;
  std::string key = {};
  JudgementContent content = {};
  ReviewCause cause = ReviewCause::kNone;  // needed: why people differed
  AuditHistory history = {};
};
// T10.
Result<ReviewFacts> Adjudicate(const ItemState& state, const AdjudicateCommand& command, const ReviewPolicy& policy,
                               Time now);

struct AuditCommand {
  Reviewer reviewer = {};
  std::int64_t token = 0;
  std::string key = {};
  std::optional<JudgementContent> content = {};  // judged blind, before the decision was shown
  bool passes = false;
  std::string defect = {};  // needed where it fails
  std::optional<int> severity = {};
  std::string action = {};
  ReviewCause cause = ReviewCause::kNone;  // why the decision is wrong; needed where it fails
};
// T15, T16.
Result<ReviewFacts> Audit(const ItemState& state, const AuditCommand& command, const ReviewPolicy& policy, Time now);

// The first step of T15 and T16: what an auditor says before the decision is shown to them, once for each decision.
// Severity 1 in it flags the item (T25), and ends the audit.
Result<ReviewFacts> JudgeForAudit(const ItemState& state, const SubmitCommand& command, const ReviewPolicy& policy,
                                  Time now);
// Whether they have done so, of the active decision.
bool HasJudgedForAudit(const ItemState& state, std::string_view person);

struct EscalateCommand {
  Reviewer reviewer = {};
  EscalationReason reason = EscalationReason::kAmbiguity;
  std::string note = {};
  std::string clause = {};
  std::string key = {};
};
// T18. Reason severe flags it too (T25).
Result<ReviewFacts> Escalate(const ItemState& state, const EscalateCommand& command, const ReviewPolicy& policy,
                             Time now);

// Of a known answer whose source nobody can rule on any more: trust and safety looks at the copy itself, which is asked
// of nobody until then. Nothing to say where it waits for a ruling already.
Result<ReviewFacts> EscalateHarmByDaemon(const ItemState& state, const std::string& note, const ReviewPolicy& policy,
                                         Time now);

struct ResolveCommand {
  Reviewer reviewer = {};
  EscalationOutcome outcome = EscalationOutcome::kResume;
  std::string ruling = {};                       // needed: a precedent for later
  std::optional<JudgementContent> content = {};  // of kDecide
  ReviewCause cause = ReviewCause::kNone;        // likewise
  std::string key = {};
  AuditHistory history = {};
};
// T19, by who has a role of the route.
Result<ReviewFacts> Resolve(const ItemState& state, const ResolveCommand& command, const ReviewPolicy& policy,
                            Time now);

// What is said with a reason only. Each needs the role that the table of transitions names.
struct ReasonCommand {
  Reviewer reviewer = {};
  std::string reason = {};
  std::string key = {};
};
// T20, by anybody: withholds the content at once.
Result<ReviewFacts> Quarantine(const ItemState& state, const ReasonCommand& command, const ReviewPolicy& policy,
                               Time now);
// T20, by the daemon, of an item that shows or asks what item `with` does. Nothing to say where it is withheld already.
Result<ReviewFacts> QuarantineWith(const ItemState& state, const std::string& with, const std::string& note,
                                   const ReviewPolicy& policy, Time now);
// T25, by anybody.
Result<ReviewFacts> FlagSevere(const ItemState& state, const ReasonCommand& command, const ReviewPolicy& policy,
                               Time now);
// T24.
Result<ReviewFacts> Cancel(const ItemState& state, const ReasonCommand& command, Time now);

// T12, by a lead; and by the daemon, for decisions that could move a verdict and those of who has missed gold since
// their last right answer. Nothing to say where the decision was audited, or there is none.
Result<ReviewFacts> OrderAudit(const ItemState& state, const ReasonCommand& command, Time now);
Result<ReviewFacts> OrderAuditByDaemon(const ItemState& state, const std::string& reason, Time now);

struct EndQuarantineCommand {
  Reviewer reviewer = {};
  std::string content_hash = {};  // of what is shown from now on; "" where nothing was found
  std::string policy = {};        // version of the redaction policy; needed with a hash
  std::string key = {};
  bool leaves_nothing = false;  // to be judged: its texts were deleted for their age. Redacted, it is taken out.
};
// T21.
Result<ReviewFacts> EndQuarantine(const ItemState& state, const EndQuarantineCommand& command, Time now);

struct ReopenCommand {
  Reviewer reviewer = {};
  std::string reason = {};
  ReviewCause cause = ReviewCause::kOther;
  std::vector<std::string> verdicts = {};  // ids of verdicts that used the decision
  std::string key = {};
};
// T23.
Result<ReviewFacts> Reopen(const ItemState& state, const ReopenCommand& command, Time now);

struct VoidCommand {
  Reviewer reviewer = {};
  std::string judgement = {};
  std::string reason = {};
  std::string key = {};
};
// The judgement stays and counts no more; what rested on it is settled again.
Result<ReviewFacts> VoidJudgement(const ItemState& state, const VoidCommand& command, const ReviewPolicy& policy,
                                  Time now);

struct ClarificationCommand {
  Reviewer reviewer = {};
  std::string clarification = {};  // id
  std::string key = {};
};
Result<ReviewFacts> AwaitGuideline(const ItemState& state, const ClarificationCommand& command, Time now);
// The item goes on under the newest version of its major version, in which the answer is.
Result<ReviewFacts> GuidelineArrives(const ItemState& state, const ClarificationCommand& command,
                                     const ReviewPolicy& policy, Time now);

struct AdvanceCommand {
  Reviewer reviewer = {};
  RubricVersion version = {};
  std::string approval = {};  // id; needed for another major version
  bool also_done = false;     // items that are done begin again too, or are carried over
  std::string key = {};
  std::optional<RubricSpec> rubric = {};  // of that version; needed where the queue maps judgements to another major
};
// T22, by the queue's on_new_major. What is mapped is settled at once.
Result<ReviewFacts> AdvanceRubric(const ItemState& state, const AdvanceCommand& command, const ReviewPolicy& policy,
                                  Time now);

struct LaneCommand {
  Reviewer reviewer = {};
  ReviewLane lane = ReviewLane::kNormal;
  std::optional<Time> due_at = {};
  std::string reason = {};
  std::string key = {};
};
Result<ReviewFacts> ChangeLane(const ItemState& state, const LaneCommand& command, Time now);

// By the daemon, from time to time and whenever a roster changes: escalates what nobody of the roster can go on with.
Result<ReviewFacts> Sweep(const ItemState& state, std::span<const Reviewer> roster, const ReviewPolicy& policy,
                          Time now);

// What of an item a person may be shown: nothing where it is quarantined or they are not cleared for its data, unless
// they are of the privacy role; nor where it is of another queue than theirs. Its content is shown to who has or had
// the lease, has judged it, may rule on what it waits for, leads the queue, and to all of the queue once it is done.
// Others' judgements, grades of graders, the purpose of an item and the draw of its audit are not among what a labeller
// is shown at all.
struct ReviewView {
  bool shows_content = false;
  bool shows_judgements = false;  // of others: to adjudicators without names, to leads, to all once it is done
  bool shows_names = false;
};
ReviewView ViewOf(const ItemState& state, const Reviewer& reviewer, Time now);
// Whether somebody is to judge an item, or could be asked to, now or soon: they are shown nothing of what others say of
// it, whatever else they are. Of items of calibrations it is for their session to say.
bool IsToJudge(const ItemState& state, const Reviewer& reviewer, std::span<const Reviewer> roster,
               const QueueSpec& queue, Time now);

}  // namespace assay
