// Facts on the way of an item to its decision, and what came from elsewhere.

#include <algorithm>

#include "review/fact_fold.h"

namespace assay {
namespace {

// An audit that an older version kept says none, and was taken for this.
ReviewCause CauseOf(const AuditMade& made) {
  return !made.passes && made.cause == ReviewCause::kNone ? ReviewCause::kMisread : made.cause;
}

}  // namespace

Status FactFold::operator()(const ItemEntered& entered) {
  if (state_.seq != 0) return Refuse("entered twice");
  if (entered.item.id != fact_.item) return Refuse("is not that of its facts");
  if (entered.item.people < 1 || entered.item.at_most < entered.item.people) return Refuse("wants no judgements");
  state_ = {};
  state_.item = entered.item;
  state_.entered_at = fact_.at;
  state_.rubric_version = entered.item.rubric_version;
  state_.content_hash = entered.item.content_hash;
  state_.lane = entered.item.lane;
  state_.due_at = entered.item.due_at;
  state_.target = entered.item.people;
  return {};
}

Status FactFold::operator()(const LeaseGranted& granted) {
  const ReviewLease& lease = granted.lease;
  ASSAY_TRY(Require(ClaimOf(lease.role)));
  if (lease.person != fact_.actor) return Refuse("a lease is granted to who asks for it");
  if (lease.token != state_.last_token + 1) return Refuse("token " + std::to_string(lease.token) + " is not the next");
  if (lease.granted_at != fact_.at || lease.expires_at <= fact_.at) return Refuse("a lease begins now and ends later");
  const ReviewLease* earlier = LeaseOf(state_, lease.person);
  if (earlier != nullptr && earlier->IsLiveAt(fact_.at)) return Refuse("has the item already");
  ASSAY_TRY(RequirePlace(lease));
  EndLease(lease.person, false);
  state_.leases.push_back(lease);
  state_.last_token = lease.token;
  return {};
}

Status FactFold::operator()(const LeaseRenewed& renewed) {
  ASSAY_TRY(Require(ReviewEvent::kRenew));
  ASSAY_ASSIGN(ReviewLease * lease, HeldLease(renewed.token));
  if (!lease->IsLiveAt(fact_.at)) return Refuse("the lease has expired");
  if (renewed.expires_at < lease->granted_at) return Refuse("a lease cannot end before it begins");
  lease->expires_at = renewed.expires_at;
  lease->is_prefetch = false;
  return {};
}

Status FactFold::operator()(const LeaseEnded& ended) {
  ASSAY_TRY(Require(ReviewEvent::kGiveBack));
  const ReviewLease* lease = LeaseOf(state_, ended.person);
  if (lease == nullptr || lease->token != ended.token)
    return Refuse("has no lease with token " + std::to_string(ended.token));
  EndLease(ended.person, ended.is_skip);
  if (ended.is_skip && std::ranges::find(state_.skipped_by, ended.person) == state_.skipped_by.end()) {
    state_.skipped_by.push_back(ended.person);
  }
  return {};
}

Status FactFold::operator()(const JudgementMade& made) {
  ASSAY_TRY(Require(SubmissionOf(made)));
  if (!made.supersedes.empty()) return Revise(made);
  if (made.role == JudgementRole::kExtra) {
    if (made.token < 1 || made.token > state_.last_token) return Refuse("never had the item");
    AddJudgement(made);
    return {};
  }
  ASSAY_ASSIGN(const ReviewLease* lease, HeldLease(made.token));
  if (lease->role != LeaseRoleOf(made.role)) return Refuse("has the item to " + std::string(WordOf(lease->role)));
  if (LeaseRoleOf(made.role) == LeaseRole::kLabel && made.role != LabelRoleOf(state_.item.purpose)) {
    return Refuse("an item of purpose " + std::string(WordOf(state_.item.purpose)) + " takes no " +
                  std::string(WordOf(made.role)));
  }
  if (!lease->IsLiveAt(fact_.at)) ASSAY_TRY(RequirePlace(*lease));
  AddJudgement(made);
  if (made.role != JudgementRole::kAudit) EndLease(fact_.actor, false);
  return {};
}

Status FactFold::operator()(const JudgementVoided& voided) {
  ASSAY_TRY(Require(ReviewEvent::kVoidJudgement));
  Judgement* judgement = Find(voided.judgement);
  if (judgement == nullptr || judgement->is_void)
    return Refuse("has no judgement " + voided.judgement + " that counts");
  judgement->is_void = true;
  const ReviewDecision* decision = ActiveDecision(state_);
  if (decision == nullptr || std::ranges::find(decision->inputs, voided.judgement) == decision->inputs.end()) return {};
  // An adjudicator decides for themselves, whatever the labels are worth.
  const bool is_adjudicated = decision->method == DecisionMethod::kAdjudicated;
  if (is_adjudicated && judgement->role != JudgementRole::kAdjudicate) return {};
  const bool is_rework = decision->method == DecisionMethod::kRework;
  EndDecision();
  state_.is_adjudicating = is_adjudicated;
  state_.is_reworking = is_rework;
  return {};
}

Status FactFold::operator()(const OverlapGrown& grown) {
  if (grown.people != state_.target + 1 || grown.people > state_.item.at_most) {
    return Refuse("cannot want " + std::to_string(grown.people) + " people");
  }
  if (ActiveDecision(state_) != nullptr) return Refuse("is decided");
  state_.target = grown.people;
  return {};
}

Status FactFold::operator()(const AdjudicationOpened& opened) {
  if (ActiveDecision(state_) != nullptr) return Refuse("is decided");
  state_.is_adjudicating = true;
  state_.adjudication_why = opened.why;
  return {};
}

Status FactFold::operator()(const DecisionMade& made) {
  if (state_.item.purpose != ItemPurpose::kLabel) return Refuse("an item whose answer is known is not decided");
  if (ActiveDecision(state_) != nullptr) return Refuse("is decided already");
  if (OpenQuarantine(state_) != nullptr || state_.is_cancelled) return Refuse("cannot be decided now");
  for (const std::string& id : made.inputs) {
    const Judgement* input = FindJudgement(state_, id);
    const bool counts = input != nullptr && input->epoch == state_.epoch && !input->is_void &&
                        input->role != JudgementRole::kExtra && input->role != JudgementRole::kAudit;
    if (!counts) return Refuse("judgement " + id + " does not count");
  }
  const bool is_adjudicated = made.method == DecisionMethod::kAdjudicated;
  if (is_adjudicated && (made.decided_by.empty() ||
                         HasJudged(state_, made.decided_by, {JudgementRole::kLabel, JudgementRole::kRework}))) {
    return Refuse("an adjudicator has not labelled the item");
  }
  if (HarmOf(state_) == HarmState::kOpen && !is_adjudicated) return Refuse("harm was flagged; an adjudicator decides");
  state_.decisions.push_back({.id = Id(),
                              .outcome = made.outcome,
                              .method = made.method,
                              .inputs = made.inputs,
                              .decided_by = made.decided_by,
                              .cause = made.cause,
                              .epoch = state_.epoch,
                              .rubric_version = state_.rubric_version,
                              .at = fact_.at,
                              .revisable_until = made.revisable_until});
  state_.draw = made.draw;
  state_.is_adjudicating = false;
  state_.is_reworking = false;
  EndAllLeases();
  if (is_adjudicated) {
    for (SevereFlag& flag : state_.severe_flags) flag.is_open = false;
  }
  return {};
}

Status FactFold::operator()(const AuditMade& made) {
  ASSAY_TRY(Require(ReviewEvent::kAudit));
  ASSAY_ASSIGN(const ReviewLease* lease, HeldLease(made.token));
  if (lease->role != LeaseRole::kAudit) return Refuse("has the item to " + std::string(WordOf(lease->role)));
  if (!lease->IsLiveAt(fact_.at)) ASSAY_TRY(RequirePlace(*lease));
  const ReviewDecision* decision = ActiveDecision(state_);
  if (decision == nullptr || decision->id != made.decision) return Refuse("the decision is not " + made.decision);
  if (IsAuthorOfDecision(state_, fact_.actor)) return Refuse("audits what they have judged");
  state_.audits.push_back({.id = Id(),
                           .auditor = fact_.actor,
                           .decision = made.decision,
                           .passes = made.passes,
                           .defect = made.defect,
                           .severity = made.severity,
                           .action = made.action,
                           .probability = state_.draw ? state_.draw->probability : 1,
                           .at = fact_.at,
                           .cause = CauseOf(made)});
  EndLease(fact_.actor, false);
  if (made.passes) return {};
  BeginRework(CauseOf(made));
  return {};
}

Status FactFold::operator()(const AuditOrdered&) {
  ASSAY_TRY(Require(ReviewEvent::kOrderAudit));
  const ReviewDecision* decision = ActiveDecision(state_);
  const bool is_audited = decision != nullptr &&
                          std::ranges::find(state_.audits, decision->id, &ReviewAudit::decision) != state_.audits.end();
  if (decision == nullptr || is_audited) return Refuse("has no decision that was not audited");
  state_.draw = {.probability = 1, .is_drawn = true};
  return {};
}

Status FactFold::operator()(const ItemReopened& reopened) {
  ASSAY_TRY(Require(ReviewEvent::kReopen));
  BeginRework(reopened.cause);
  state_.reopenings.push_back({.by = fact_.actor, .cause = reopened.cause, .at = fact_.at});
  state_.verdicts_to_revise.insert(state_.verdicts_to_revise.end(), reopened.verdicts.begin(), reopened.verdicts.end());
  return {};
}

Status FactFold::operator()(const JudgementImported& imported) {
  ASSAY_TRY(Require(ReviewEvent::kImport));
  Judgement judgement = imported.judgement;
  if (state_.item.purpose != ItemPurpose::kLabel || judgement.role != JudgementRole::kLabel)
    return Refuse("only labels of items that are decided come from elsewhere");
  if (judgement.id.empty() || judgement.id.starts_with(state_.item.id + "/") ||
      FindJudgement(state_, judgement.id) != nullptr)
    return Refuse("a judgement from elsewhere has an id of its own");
  if (judgement.imported_by != fact_.actor || judgement.at > fact_.at)
    return Refuse("a judgement from elsewhere was made before, and somebody answers for it");
  if (HasJudged(state_, judgement.person, {JudgementRole::kLabel}))
    return Refuse(judgement.person + " has judged it already");
  const int taken = static_cast<int>(CountedLabels(state_).size()) + LiveLeases(state_, LeaseRole::kLabel, fact_.at);
  if (taken >= state_.target) return Refuse("no place is left");
  judgement.epoch = state_.epoch;
  state_.judgements.push_back(std::move(judgement));
  return {};
}

Status FactFold::operator()(const HistoryImported& history) {
  if (state_.seq != 1 && !state_.imported_as) return Refuse("it is worked on here");
  if (history.state == ReviewState::kQuarantined) return Refuse("what is withheld does not travel");
  if (!state_.quarantines.empty() || state_.is_cancelled) return Refuse("it was withheld or taken out here");
  ItemState next = state_;
  next.epoch = history.epoch;
  next.rubric_version = history.rubric_version;
  next.content_hash = history.content_hash;
  next.judgements = history.judgements;
  next.decisions = history.decisions;
  next.audits = history.audits;
  next.imported_as = history.state;
  next.imported_more = history.more;
  next.target = next.item.at_most;
  next.is_cancelled = history.state == ReviewState::kCancelled;
  if (const std::string fault = BrokenInvariant(next, fact_.at); !fault.empty()) return Refuse(fault);
  state_ = std::move(next);
  return {};
}

Status FactFold::operator()(const GoldGraded& graded) {
  const Judgement* judgement = FindJudgement(state_, graded.judgement);
  if (judgement == nullptr || judgement->role != JudgementRole::kGold) return Refuse("is no judgement of gold");
  state_.gold.push_back(
      {.judgement = graded.judgement, .person = judgement->person, .at = fact_.at, .is_hit = graded.is_hit});
  return {};
}

}  // namespace assay
