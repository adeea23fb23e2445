#include "review/transitions.h"

namespace assay {
namespace {

using States = EnumSet<ReviewState>;
using Roles = EnumSet<ReviewRole>;

constexpr States kCollecting = {ReviewState::kQueued, ReviewState::kLeased, ReviewState::kPartial};
constexpr States kHeld = {ReviewState::kQueued,       ReviewState::kLeased, ReviewState::kPartial,
                          ReviewState::kAdjudication, ReviewState::kAudit,  ReviewState::kRework,
                          ReviewState::kEscalated,    ReviewState::kBlocked};
constexpr States AllBut(States states) {
  States others;
  for (const auto& word : EnumWords<ReviewState>::kWords) {
    if (!states.Has(word.value)) others.Add(word.value);
  }
  return others;
}

constexpr States kOpen = AllBut({ReviewState::kDone, ReviewState::kQuarantined, ReviewState::kCancelled});
constexpr States kReadable = AllBut({ReviewState::kQuarantined, ReviewState::kCancelled});
constexpr States kOpenAndNotEscalated =
    AllBut({ReviewState::kDone, ReviewState::kQuarantined, ReviewState::kCancelled, ReviewState::kEscalated});
constexpr States kOpenAndNotBlocked =
    AllBut({ReviewState::kDone, ReviewState::kQuarantined, ReviewState::kCancelled, ReviewState::kBlocked});

constexpr Roles kEverybody = {ReviewRole::kReviewer, ReviewRole::kAdjudicator, ReviewRole::kAuditor,
                              ReviewRole::kLead,     ReviewRole::kTrustSafety, ReviewRole::kPrivacy,
                              ReviewRole::kExpert,   ReviewRole::kMlLead,      ReviewRole::kSuiteOwner,
                              ReviewRole::kManager,  ReviewRole::kReleaseOwner};
constexpr Roles kHolder = {};

constexpr ReviewTransition kTransitions[] = {
    {"T1", ReviewEvent::kClaimLabel, kCollecting, {ReviewRole::kReviewer}},
    {"T17", ReviewEvent::kClaimRework, {ReviewState::kRework}, {ReviewRole::kReviewer}},
    {"T9", ReviewEvent::kClaimAdjudication, {ReviewState::kAdjudication}, {ReviewRole::kAdjudicator}},
    {"T14", ReviewEvent::kClaimAudit, {ReviewState::kAudit}, {ReviewRole::kAuditor}},
    {"T2", ReviewEvent::kRenew, kHeld, kHolder},
    {"T3", ReviewEvent::kGiveBack, kHeld, kHolder},
    // An adjudication opened by a flag of harm takes the item from nobody who is judging it.
    {"T5",
     ReviewEvent::kSubmitLabel,
     {ReviewState::kQueued, ReviewState::kLeased, ReviewState::kPartial, ReviewState::kAdjudication,
      ReviewState::kEscalated, ReviewState::kBlocked},
     kHolder},
    {"T17",
     ReviewEvent::kSubmitRework,
     {ReviewState::kRework, ReviewState::kEscalated, ReviewState::kBlocked},
     kHolder},
    {"T6", ReviewEvent::kSubmitExtra, kReadable, kHolder},
    {"T11", ReviewEvent::kRevise, {ReviewState::kLeased, ReviewState::kPartial, ReviewState::kDecided}, kHolder},
    {"T10", ReviewEvent::kAdjudicate, {ReviewState::kAdjudication}, kHolder},
    {"T15", ReviewEvent::kAudit, {ReviewState::kAudit}, kHolder},
    {"T12", ReviewEvent::kOrderAudit, {ReviewState::kDecided, ReviewState::kDone}, {ReviewRole::kLead}},
    {"T23",
     ReviewEvent::kReopen,
     {ReviewState::kDecided, ReviewState::kAudit, ReviewState::kDone},
     {ReviewRole::kLead}},
    {"T23", ReviewEvent::kVoidJudgement, kReadable, {ReviewRole::kLead, ReviewRole::kAuditor}},
    {"T18", ReviewEvent::kEscalate, kOpenAndNotEscalated, kEverybody},
    // Which of them is a matter of the route.
    {"T19",
     ReviewEvent::kResolve,
     {ReviewState::kEscalated},
     {ReviewRole::kLead, ReviewRole::kTrustSafety, ReviewRole::kPrivacy, ReviewRole::kExpert, ReviewRole::kMlLead,
      ReviewRole::kSuiteOwner, ReviewRole::kManager}},
    {"T20", ReviewEvent::kQuarantine, AllBut({ReviewState::kQuarantined}), kEverybody},
    {"T21", ReviewEvent::kEndQuarantine, {ReviewState::kQuarantined}, {ReviewRole::kPrivacy}},
    {"T18", ReviewEvent::kAwaitGuideline, kOpenAndNotBlocked, {ReviewRole::kLead}},
    {"T19", ReviewEvent::kGuidelineArrives, {ReviewState::kBlocked, ReviewState::kEscalated}, {ReviewRole::kLead}},
    {"T22", ReviewEvent::kAdvanceRubric, kReadable, {ReviewRole::kLead}},
    {"T25", ReviewEvent::kFlagSevere, kReadable, kEverybody},
    {"T25", ReviewEvent::kChangeLane, kOpen, {ReviewRole::kLead}},
    {"T24",
     ReviewEvent::kCancel,
     AllBut({ReviewState::kCancelled}),
     {ReviewRole::kLead, ReviewRole::kSuiteOwner, ReviewRole::kManager}},
    {"T26", ReviewEvent::kImport, kCollecting, {ReviewRole::kLead}}};

constexpr bool IsInOrder() {
  std::size_t index = 0;
  for (const ReviewTransition& transition : kTransitions) {
    if (static_cast<std::size_t>(transition.event) != index++) return false;
  }
  return index == std::size(EnumWords<ReviewEvent>::kWords);
}
static_assert(IsInOrder());

}  // namespace

std::span<const ReviewTransition> ReviewTransitions() { return kTransitions; }

const ReviewTransition& TransitionOf(ReviewEvent event) { return kTransitions[static_cast<std::size_t>(event)]; }

}  // namespace assay
