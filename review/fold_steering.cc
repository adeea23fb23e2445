// Facts beside the way of an item: escalations, quarantine, guidelines, lanes.

#include <algorithm>

#include "review/fact_fold.h"

namespace assay {

Status FactFold::operator()(const EscalationOpened& opened) {
  ASSAY_TRY(Require(ReviewEvent::kEscalate));
  const bool ends_own_alone = IsCopy(state_) && fact_.actor != kReviewSystem;
  EndLease(fact_.actor, ends_own_alone);
  if (ends_own_alone) state_.skipped_by.push_back(fact_.actor);  // who asks is not offered it again
  state_.escalations.push_back({.id = Id(),
                                .by = fact_.actor,
                                .reason = opened.reason,
                                .route = opened.route,
                                .note = opened.note,
                                .clause = opened.clause,
                                .at = fact_.at,
                                .due_at = opened.due_at});
  return {};
}

namespace {

// A ruling on what a person asked of a copy, which nobody gives now: facts of earlier versions have such ones.
bool IsOfCopyAlone(const ItemState& state, const std::string& escalation) {
  return IsCopy(state) && std::ranges::any_of(state.escalations, [&](const ReviewEscalation& asked) {
           return asked.id == escalation && !asked.resolved_at && asked.by != kReviewSystem;
         });
}

}  // namespace

Status FactFold::operator()(const EscalationResolved& resolved) {
  if (!IsOfCopyAlone(state_, resolved.escalation)) {
    ASSAY_TRY(Require(ReviewEvent::kResolve));
    const ReviewEscalation* open = OpenEscalation(state_);
    if (open == nullptr || open->id != resolved.escalation)
      return Refuse("has no open escalation " + resolved.escalation);
  }
  ReviewEscalation& escalation = *std::ranges::find(state_.escalations, resolved.escalation, &ReviewEscalation::id);
  escalation.resolved_at = fact_.at;
  escalation.resolved_by = fact_.actor;
  escalation.ruling = resolved.ruling;
  escalation.outcome = resolved.outcome;
  state_.skipped_by.clear();  // the ruling answers what they passed over
  if (resolved.outcome == EscalationOutcome::kVoid) {
    // Who rules on harm has ruled; whoever else takes the item out has not.
    if (escalation.reason == EscalationReason::kSevere) {
      for (SevereFlag& flag : state_.severe_flags) flag.is_open = false;
    }
    Cancel();
  }
  if (resolved.outcome == EscalationOutcome::kDecide) {
    EndDecision();
    EndAllLeases();
    state_.is_adjudicating = true;  // until the decision that follows
    state_.is_reworking = false;
  }
  return {};
}

Status FactFold::operator()(const QuarantineOpened& opened) {
  ASSAY_TRY(Require(ReviewEvent::kQuarantine));
  EndAllLeases();
  state_.quarantines.push_back({.by = fact_.actor, .at = fact_.at, .due_at = opened.due_at, .with = opened.with});
  return {};
}

Status FactFold::operator()(const QuarantineClosed& closed) {
  ASSAY_TRY(Require(ReviewEvent::kEndQuarantine));
  ReviewQuarantine& quarantine = state_.quarantines.back();
  quarantine.ended_at = fact_.at;
  quarantine.ended_by = fact_.actor;
  quarantine.is_redacted = !closed.content_hash.empty();
  if (!quarantine.is_redacted) return {};
  quarantine.policy = closed.policy;
  state_.content_hash = closed.content_hash;
  BeginEpoch();
  return {};
}

Status FactFold::operator()(const GuidelineAwaited& awaited) {
  ASSAY_TRY(Require(ReviewEvent::kAwaitGuideline));
  if (awaited.clarification.empty()) return Refuse("waits for nothing");
  state_.awaited_clarification = awaited.clarification;
  return {};
}

Status FactFold::operator()(const GuidelineArrived& arrived) {
  ASSAY_TRY(Require(ReviewEvent::kGuidelineArrives));
  if (arrived.clarification != state_.awaited_clarification)
    return Refuse("does not wait for " + arrived.clarification);
  state_.awaited_clarification.clear();
  return {};
}

Status FactFold::operator()(const RubricAdvanced& advanced) {
  ASSAY_TRY(Require(ReviewEvent::kAdvanceRubric));
  if (advanced.version <= state_.rubric_version)
    return Refuse("has version " + ToString(state_.rubric_version) + " of the rubric");
  const bool is_major = advanced.version.major != state_.rubric_version.major;
  if (is_major && advanced.policy == OnNewMajor::kFinish) return {};
  if (!advanced.mapped.empty() && (!is_major || advanced.policy != OnNewMajor::kMap))
    return Refuse("only another major version carries judgements over");
  ASSAY_ASSIGN(std::vector<Judgement> mapped, MappedOf(advanced));
  state_.rubric_version = advanced.version;
  if (!is_major) return {};
  BeginEpoch();
  int labels = 0;
  for (Judgement& judgement : mapped) {
    judgement.epoch = state_.epoch;
    labels += judgement.role == JudgementRole::kLabel ? 1 : 0;
    state_.judgements.push_back(std::move(judgement));
  }
  state_.target = std::max(state_.target, labels);
  return {};
}

Status FactFold::operator()(const SevereFlagged& flagged) {
  ASSAY_TRY(Require(ReviewEvent::kFlagSevere));
  const bool holds = state_.item.purpose == ItemPurpose::kLabel;
  state_.severe_flags.push_back({.by = fact_.actor, .at = fact_.at, .is_open = holds});
  if (!holds) return {};
  EndDecision();
  state_.due_at = state_.due_at ? std::min(*state_.due_at, flagged.due_at) : flagged.due_at;
  state_.is_adjudicating = true;
  state_.is_reworking = false;
  state_.adjudication_why = "harm of severity 1 was flagged";
  // Who is judging it goes on: what they say is heard too.
  EndLeasesBut({LeaseRole::kLabel, LeaseRole::kAdjudicate});
  return {};
}

Status FactFold::operator()(const LaneChanged& changed) {
  ASSAY_TRY(Require(ReviewEvent::kChangeLane));
  state_.lane = changed.lane;
  if (changed.due_at) state_.due_at = changed.due_at;
  return {};
}

Status FactFold::operator()(const ItemCancelled&) {
  ASSAY_TRY(Require(ReviewEvent::kCancel));
  Cancel();
  return {};
}

}  // namespace assay
