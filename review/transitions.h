#pragma once
// What may happen to an item in which state, and who may cause it: one table, which commands, the fold of facts, the
// page and the documentation share. Immutable; thread-safe.

#include <cstdint>
#include <span>
#include <string_view>

#include "config/fields.h"

namespace assay {

enum class ReviewState {
  kQueued,
  kLeased,
  kPartial,
  kAdjudication,
  kDecided,
  kAudit,
  kRework,
  kDone,
  kEscalated,
  kBlocked,
  kQuarantined,
  kCancelled
};
template <>
struct EnumWords<ReviewState> {
  static constexpr EnumWord<ReviewState> kWords[] = {
      {"queued", ReviewState::kQueued, "nobody has judged it, nobody has it"},
      {"leased", ReviewState::kLeased, "somebody has it"},
      {"partial", ReviewState::kPartial, "judged by fewer people than it needs, and nobody has it"},
      {"adjudication", ReviewState::kAdjudication, "people differ, or harm was flagged; somebody else decides"},
      {"decided", ReviewState::kDecided, "decided, and its authors may still revise"},
      {"audit", ReviewState::kAudit, "decided, and another person looks at it"},
      {"rework", ReviewState::kRework, "to be judged again"},
      {"done", ReviewState::kDone, "its decision counts"},
      {"escalated", ReviewState::kEscalated, "waits for a ruling; what it was before is kept"},
      {"blocked", ReviewState::kBlocked, "waits for a guideline; what it was before is kept"},
      {"quarantined", ReviewState::kQuarantined, "its content is shown to nobody but the privacy role"},
      {"cancelled", ReviewState::kCancelled, "taken out; what was said of it is kept and does not count"}};
};

enum class ReviewRole {
  kReviewer,
  kAdjudicator,
  kAuditor,
  kLead,
  kTrustSafety,
  kPrivacy,
  kExpert,
  kMlLead,
  kSuiteOwner,
  kManager,
  kReleaseOwner
};
template <>
struct EnumWords<ReviewRole> {
  static constexpr EnumWord<ReviewRole> kWords[] = {
      {"reviewer", ReviewRole::kReviewer, "judges items"},
      {"adjudicator", ReviewRole::kAdjudicator, "decides where reviewers differ"},
      {"auditor", ReviewRole::kAuditor, "looks at decisions"},
      {"lead", ReviewRole::kLead, "answers for queues, guidelines and people"},
      {"trust_safety", ReviewRole::kTrustSafety, "rules on policy and harm"},
      {"privacy", ReviewRole::kPrivacy, "sees what is quarantined, and redacts it"},
      {"expert", ReviewRole::kExpert, "rules on questions of the domain"},
      {"ml_lead", ReviewRole::kMlLead, "rules on what an evaluation means"},
      {"suite_owner", ReviewRole::kSuiteOwner, "answers for the cases of a suite"},
      {"manager", ReviewRole::kManager, "decides on data, retention and access"},
      {"release_owner", ReviewRole::kReleaseOwner, "decides whether a release goes"}};
};

enum class ReviewEvent {
  kClaimLabel,
  kClaimRework,
  kClaimAdjudication,
  kClaimAudit,
  kRenew,
  kGiveBack,
  kSubmitLabel,
  kSubmitRework,
  kSubmitExtra,
  kRevise,
  kAdjudicate,
  kAudit,
  kOrderAudit,
  kReopen,
  kVoidJudgement,
  kEscalate,
  kResolve,
  kQuarantine,
  kEndQuarantine,
  kAwaitGuideline,
  kGuidelineArrives,
  kAdvanceRubric,
  kFlagSevere,
  kChangeLane,
  kCancel,
  kImport
};
template <>
struct EnumWords<ReviewEvent> {
  static constexpr EnumWord<ReviewEvent> kWords[] = {
      {"claim", ReviewEvent::kClaimLabel, "takes it to judge it"},
      {"claim for rework", ReviewEvent::kClaimRework, "takes it to judge it again"},
      {"claim for adjudication", ReviewEvent::kClaimAdjudication, "takes it to decide"},
      {"claim for an audit", ReviewEvent::kClaimAudit, "takes it to look at the decision"},
      {"renew", ReviewEvent::kRenew, "goes on with it"},
      {"give back", ReviewEvent::kGiveBack, "gives it back, or passes it over"},
      {"submit", ReviewEvent::kSubmitLabel, "judges it"},
      {"submit rework", ReviewEvent::kSubmitRework, "judges it again"},
      {"submit an extra", ReviewEvent::kSubmitExtra, "leaves a judgement that does not count"},
      {"revise", ReviewEvent::kRevise, "replaces the own judgement"},
      {"adjudicate", ReviewEvent::kAdjudicate, "decides"},
      {"audit", ReviewEvent::kAudit, "passes or fails the decision"},
      {"order an audit", ReviewEvent::kOrderAudit, "has the decision looked at, whatever the draw said"},
      {"reopen", ReviewEvent::kReopen, "has it judged again"},
      {"void a judgement", ReviewEvent::kVoidJudgement, "takes a judgement out of the count"},
      {"escalate", ReviewEvent::kEscalate, "asks for a ruling"},
      {"resolve", ReviewEvent::kResolve, "rules"},
      {"quarantine", ReviewEvent::kQuarantine, "withholds its content"},
      {"end the quarantine", ReviewEvent::kEndQuarantine, "redacts it, or finds nothing in it"},
      {"await a guideline", ReviewEvent::kAwaitGuideline, "waits for a clarification"},
      {"go on with the guideline", ReviewEvent::kGuidelineArrives, "the clarification is there"},
      {"advance the rubric", ReviewEvent::kAdvanceRubric, "the rubric has another version"},
      {"flag as severe", ReviewEvent::kFlagSevere, "says that there is harm of severity 1"},
      {"change the lane", ReviewEvent::kChangeLane, "makes it more or less urgent"},
      {"cancel", ReviewEvent::kCancel, "takes it out"},
      {"import a judgement", ReviewEvent::kImport, "brings in what was judged elsewhere"}};
};

// A set of values of an enumeration, of up to 32.
template <class E>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(std::initializer_list<E> values) {
    for (const E value : values) bits_ |= Bit(value);
  }
  constexpr bool Has(E value) const { return (bits_ & Bit(value)) != 0; }
  constexpr bool IsEmpty() const { return bits_ == 0; }
  constexpr bool Shares(EnumSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr void Add(E value) { bits_ |= Bit(value); }
  constexpr void Remove(E value) { bits_ &= ~Bit(value); }
  friend constexpr bool operator==(EnumSet, EnumSet) = default;

 private:
  static constexpr std::uint32_t Bit(E value) { return std::uint32_t{1} << static_cast<unsigned>(value); }
  std::uint32_t bits_ = 0;
};

struct ReviewTransition {
  std::string_view rule;  // of docs/review.md: "T5"
  ReviewEvent event = ReviewEvent::kClaimLabel;
  EnumSet<ReviewState> from = {};
  EnumSet<ReviewRole> roles = {};  // one of them; empty: who holds the item, or wrote the judgement
};

// One row for each event, in the order of ReviewEvent.
std::span<const ReviewTransition> ReviewTransitions();
const ReviewTransition& TransitionOf(ReviewEvent event);

}  // namespace assay
