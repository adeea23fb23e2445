#include <algorithm>

#include "review/item_events.h"
#include "review/item_state.h"

namespace assay {
namespace {

bool IsLabelersMistake(ReviewCause cause) { return cause == ReviewCause::kMisread || cause == ReviewCause::kSlip; }

// Applies the body of one fact: checks first, then changes, so that a refused fact leaves nothing behind.
class FactFold {
 public:
  FactFold(const ReviewFact& fact, ItemState& state) : fact_(fact), state_(state) {}

  Status operator()(const ItemEntered& entered) {
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

  Status operator()(const LeaseGranted& granted) {
    const ReviewLease& lease = granted.lease;
    ASSAY_TRY(Require(ClaimOf(lease.role)));
    if (lease.person != fact_.actor) return Refuse("a lease is granted to who asks for it");
    if (lease.token != state_.last_token + 1)
      return Refuse("token " + std::to_string(lease.token) + " is not the next");
    if (lease.granted_at != fact_.at || lease.expires_at <= fact_.at)
      return Refuse("a lease begins now and ends later");
    const ReviewLease* earlier = LeaseOf(state_, lease.person);
    if (earlier != nullptr && earlier->IsLiveAt(fact_.at)) return Refuse("has the item already");
    ASSAY_TRY(RequirePlace(lease));
    EndLease(lease.person, false);
    state_.leases.push_back(lease);
    state_.last_token = lease.token;
    return {};
  }

  Status operator()(const LeaseRenewed& renewed) {
    ASSAY_TRY(Require(ReviewEvent::kRenew));
    ASSAY_ASSIGN(ReviewLease * lease, HeldLease(renewed.token));
    if (!lease->IsLiveAt(fact_.at)) return Refuse("the lease has expired");
    if (renewed.expires_at < lease->granted_at) return Refuse("a lease cannot end before it begins");
    lease->expires_at = renewed.expires_at;
    lease->is_prefetch = false;
    return {};
  }

  Status operator()(const LeaseEnded& ended) {
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

  Status operator()(const JudgementMade& made) {
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

  Status operator()(const JudgementVoided& voided) {
    ASSAY_TRY(Require(ReviewEvent::kVoidJudgement));
    Judgement* judgement = Find(voided.judgement);
    if (judgement == nullptr || judgement->is_void)
      return Refuse("has no judgement " + voided.judgement + " that counts");
    judgement->is_void = true;
    const ReviewDecision* decision = ActiveDecision(state_);
    if (decision == nullptr || std::ranges::find(decision->inputs, voided.judgement) == decision->inputs.end())
      return {};
    // An adjudicator decides for themselves, whatever the labels are worth.
    const bool is_adjudicated = decision->method == DecisionMethod::kAdjudicated;
    if (is_adjudicated && judgement->role != JudgementRole::kAdjudicate) return {};
    const bool is_rework = decision->method == DecisionMethod::kRework;
    EndDecision();
    state_.is_adjudicating = is_adjudicated;
    state_.is_reworking = is_rework;
    return {};
  }

  Status operator()(const OverlapGrown& grown) {
    if (grown.people != state_.target + 1 || grown.people > state_.item.at_most) {
      return Refuse("cannot want " + std::to_string(grown.people) + " people");
    }
    if (ActiveDecision(state_) != nullptr) return Refuse("is decided");
    state_.target = grown.people;
    return {};
  }

  Status operator()(const AdjudicationOpened& opened) {
    if (ActiveDecision(state_) != nullptr) return Refuse("is decided");
    state_.is_adjudicating = true;
    state_.adjudication_why = opened.why;
    return {};
  }

  Status operator()(const DecisionMade& made) {
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
    if (HasOpenSevereFlag(state_) && !is_adjudicated) return Refuse("harm was flagged; an adjudicator decides");
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

  Status operator()(const AuditMade& made) {
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
                             .at = fact_.at});
    EndLease(fact_.actor, false);
    if (made.passes) return {};
    BeginRework(ReviewCause::kMisread);
    return {};
  }

  Status operator()(const AuditOrdered&) {
    ASSAY_TRY(Require(ReviewEvent::kOrderAudit));
    const ReviewDecision* decision = ActiveDecision(state_);
    const bool is_audited = decision != nullptr && std::ranges::find(state_.audits, decision->id,
                                                                     &ReviewAudit::decision) != state_.audits.end();
    if (decision == nullptr || is_audited) return Refuse("has no decision that was not audited");
    state_.draw = {.probability = 1, .is_drawn = true};
    return {};
  }

  Status operator()(const ItemReopened& reopened) {
    ASSAY_TRY(Require(ReviewEvent::kReopen));
    BeginRework(reopened.cause);
    state_.reopenings.push_back({.by = fact_.actor, .cause = reopened.cause, .at = fact_.at});
    state_.verdicts_to_revise.insert(state_.verdicts_to_revise.end(), reopened.verdicts.begin(),
                                     reopened.verdicts.end());
    return {};
  }

  Status operator()(const EscalationOpened& opened) {
    ASSAY_TRY(Require(ReviewEvent::kEscalate));
    EndLease(fact_.actor, false);
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

  Status operator()(const EscalationResolved& resolved) {
    ASSAY_TRY(Require(ReviewEvent::kResolve));
    const ReviewEscalation* open = OpenEscalation(state_);
    if (open == nullptr || open->id != resolved.escalation)
      return Refuse("has no open escalation " + resolved.escalation);
    ReviewEscalation& escalation = *std::ranges::find(state_.escalations, open->id, &ReviewEscalation::id);
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

  Status operator()(const QuarantineOpened& opened) {
    ASSAY_TRY(Require(ReviewEvent::kQuarantine));
    EndAllLeases();
    state_.quarantines.push_back({.by = fact_.actor, .at = fact_.at, .due_at = opened.due_at});
    return {};
  }

  Status operator()(const QuarantineClosed& closed) {
    ASSAY_TRY(Require(ReviewEvent::kEndQuarantine));
    ReviewQuarantine& quarantine = state_.quarantines.back();
    quarantine.ended_at = fact_.at;
    quarantine.ended_by = fact_.actor;
    quarantine.is_redacted = !closed.content_hash.empty();
    if (!quarantine.is_redacted) return {};
    state_.content_hash = closed.content_hash;
    BeginEpoch();
    return {};
  }

  Status operator()(const GuidelineAwaited& awaited) {
    ASSAY_TRY(Require(ReviewEvent::kAwaitGuideline));
    if (awaited.clarification.empty()) return Refuse("waits for nothing");
    state_.awaited_clarification = awaited.clarification;
    return {};
  }

  Status operator()(const GuidelineArrived& arrived) {
    ASSAY_TRY(Require(ReviewEvent::kGuidelineArrives));
    if (arrived.clarification != state_.awaited_clarification)
      return Refuse("does not wait for " + arrived.clarification);
    state_.awaited_clarification.clear();
    return {};
  }

  Status operator()(const RubricAdvanced& advanced) {
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

  Status operator()(const SevereFlagged& flagged) {
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

  Status operator()(const LaneChanged& changed) {
    ASSAY_TRY(Require(ReviewEvent::kChangeLane));
    state_.lane = changed.lane;
    if (changed.due_at) state_.due_at = changed.due_at;
    return {};
  }

  Status operator()(const ItemCancelled&) {
    ASSAY_TRY(Require(ReviewEvent::kCancel));
    Cancel();
    return {};
  }

  Status operator()(const JudgementImported& imported) {
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

  Status operator()(const HistoryImported& history) {
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

  Status operator()(const GoldGraded& graded) {
    const Judgement* judgement = FindJudgement(state_, graded.judgement);
    if (judgement == nullptr || judgement->role != JudgementRole::kGold) return Refuse("is no judgement of gold");
    state_.gold.push_back(
        {.judgement = graded.judgement, .person = judgement->person, .at = fact_.at, .is_hit = graded.is_hit});
    return {};
  }

 private:
  std::string Id() const { return FactId(fact_.item, fact_.seq); }

  std::unexpected<Error> Refuse(const std::string& why) const {
    const bool is_new = state_.seq == 0;
    return Fail(ErrorCode::kFailedPrecondition,
                "item " + fact_.item + (is_new ? "" : " (" + std::string(WordOf(StateAt(state_, fact_.at))) + ")") +
                    ", " + std::string(Name(fact_.body)) + " by " + fact_.actor + ": " + why);
  }

  Status Require(ReviewEvent event) const {
    const bool is_about_content =
        event == ReviewEvent::kQuarantine || event == ReviewEvent::kEndQuarantine || event == ReviewEvent::kCancel;
    if (state_.imported_as && !is_about_content) return Refuse("it was judged elsewhere, and nobody goes on with it");
    if (TransitionOf(event).from.Has(StateAt(state_, fact_.at))) return {};
    return Refuse("nobody can " + std::string(WordOf(event)) + " in this state");
  }

  // Whether there is a place for this lease beside those of others.
  Status RequirePlace(const ReviewLease& lease) const {
    const ReviewState base = BaseStateAt(state_, fact_.at);
    if (!TransitionOf(ClaimOf(lease.role)).from.Has(base))
      return Refuse("it is not for " + std::string(WordOf(lease.role)) + " any more");
    const int others = LiveLeases(state_, lease.role, fact_.at, lease.person);
    switch (lease.role) {
      case LeaseRole::kLabel:
        if (state_.item.purpose != ItemPurpose::kLabel) return {};
        if (HasJudged(state_, lease.person, {JudgementRole::kLabel})) return Refuse("has judged it already");
        if (static_cast<int>(CountedLabels(state_).size()) + others >= state_.target) return Refuse("no place is left");
        return {};
      case LeaseRole::kRework:
        break;
      case LeaseRole::kAdjudicate:
        if (HasJudged(state_, lease.person, {JudgementRole::kLabel, JudgementRole::kRework}))
          return Refuse("has labelled it");
        break;
      case LeaseRole::kAudit:
        if (IsAuthorOfDecision(state_, lease.person)) return Refuse("has judged it");
        break;
    }
    if (others > 0) return Refuse("somebody else has it");
    return {};
  }

  // The actor's lease with that token; one of an earlier token has been superseded.
  Result<ReviewLease*> HeldLease(std::int64_t token) {
    const auto found = std::ranges::find(state_.leases, fact_.actor, &ReviewLease::person);
    if (found == state_.leases.end() || found->token != token)
      return Refuse("does not hold it with token " + std::to_string(token));
    return &*found;
  }

  Judgement* Find(std::string_view id) {
    const auto found = std::ranges::find(state_.judgements, id, &Judgement::id);
    return found == state_.judgements.end() ? nullptr : &*found;
  }

  Status Revise(const JudgementMade& made) {
    Judgement* earlier = Find(made.supersedes);
    const bool is_own = earlier != nullptr && earlier->person == fact_.actor &&
                        earlier->role == JudgementRole::kLabel && made.role == JudgementRole::kLabel &&
                        earlier->epoch == state_.epoch && !earlier->is_void && !earlier->is_superseded;
    if (!is_own) return Refuse("has no judgement " + made.supersedes + " to revise");
    if (const ReviewDecision* decision = ActiveDecision(state_)) {
      if (!decision->revisable_until || fact_.at >= *decision->revisable_until)
        return Refuse("the time to revise is over");
      if (std::ranges::find(decision->inputs, made.supersedes) == decision->inputs.end())
        return Refuse("has no part in the decision");
    }
    const int revision = earlier->revision + 1;
    earlier->is_superseded = true;
    EndDecision();
    AddJudgement(made);
    state_.judgements.back().revision = revision;
    return {};
  }

  // Judgements of this epoch as the next one has them, by the people who made them and of the time when they did.
  Result<std::vector<Judgement>> MappedOf(const RubricAdvanced& advanced) const {
    std::vector<Judgement> mapped;
    for (const MappedJudgement& by : advanced.mapped) {
      const Judgement* before = FindJudgement(state_, by.judgement);
      const bool counts = before != nullptr && before->epoch == state_.epoch && !before->is_void &&
                          !before->is_superseded && before->role != JudgementRole::kExtra &&
                          before->role != JudgementRole::kAudit;
      const bool is_twice = std::ranges::find(mapped, by.judgement, &Judgement::mapped_from) != mapped.end();
      if (!counts || is_twice) return Refuse("judgement " + by.judgement + " cannot be carried over");
      Judgement& judgement = mapped.emplace_back(*before);
      judgement.id = Id() + "." + std::to_string(mapped.size());
      judgement.revision = 1;
      judgement.supersedes.clear();
      judgement.content.opinion = by.opinion;
      judgement.content.rubric_version = advanced.version;
      judgement.mapped_from = by.judgement;
    }
    return mapped;
  }

  void AddJudgement(const JudgementMade& made) {
    state_.judgements.push_back({.id = Id(),
                                 .person = fact_.actor,
                                 .role = made.role,
                                 .epoch = state_.epoch,
                                 .supersedes = made.supersedes,
                                 .presented = made.presented,
                                 .content = made.content,
                                 .at = fact_.at});
  }

  void EndLease(std::string_view person, bool is_skip) {
    const auto found = std::ranges::find(state_.leases, person, &ReviewLease::person);
    if (found == state_.leases.end()) return;
    const bool has_expired = !found->IsLiveAt(fact_.at);
    state_.ended_leases.push_back({.person = found->person,
                                   .role = found->role,
                                   .token = found->token,
                                   .granted_at = found->granted_at,
                                   .ended_at = has_expired ? found->expires_at : fact_.at,
                                   .is_skip = is_skip,
                                   .has_expired = has_expired});
    state_.leases.erase(found);
  }
  void EndAllLeases() { EndLeasesBut({}); }
  void EndLeasesBut(EnumSet<LeaseRole> kept) {
    const std::vector<ReviewLease> leases = state_.leases;
    for (const ReviewLease& lease : leases) {
      if (!kept.Has(lease.role)) EndLease(lease.person, false);
    }
  }

  void EndDecision() {
    for (ReviewDecision& decision : state_.decisions) {
      if (!decision.is_active) continue;
      decision.is_active = false;
      decision.ended_by = Id();
    }
    state_.draw.reset();
  }

  void BeginRework(ReviewCause cause) {
    EndDecision();
    EndAllLeases();
    state_.is_reworking = true;
    state_.rework_cause = cause;
    state_.reworks_for_error += IsLabelersMistake(cause) ? 1 : 0;
  }

  // What was said stays readable, and counts no more.
  void BeginEpoch() {
    EndDecision();
    EndAllLeases();
    ++state_.epoch;
    state_.target = state_.item.people;
    state_.skipped_by.clear();
    state_.is_reworking = false;
    state_.is_adjudicating = HasOpenSevereFlag(state_);
  }

  void Cancel() {
    EndAllLeases();
    state_.is_cancelled = true;
  }

  const ReviewFact& fact_;
  ItemState& state_;
};

Status CheckSequence(const ReviewFact& fact, const ItemState& state) {
  const auto broken = [&](const std::string& why) {
    return Fail(ErrorCode::kDataLoss, "item " + fact.item + ", fact " + std::to_string(fact.seq) + ": " + why);
  };
  if (fact.seq != state.seq + 1) return broken("the one before is " + std::to_string(state.seq));
  if (state.seq != 0 && fact.item != state.item.id) return broken("is of another item than " + state.item.id);
  if (state.seq != 0 && fact.at < state.last_at) return broken("is earlier than the one before");
  if (state.seq == 0 && !std::holds_alternative<ItemEntered>(fact.body))
    return broken("the first fact is that it entered");
  return {};
}

}  // namespace

Status Apply(const ReviewFact& fact, ItemState& state) {
  ASSAY_TRY(CheckSequence(fact, state));
  ASSAY_TRY(std::visit(FactFold(fact, state), fact.body));
  state.seq = fact.seq;
  state.last_at = fact.at;
  const bool is_first = FindCommand(state, fact.actor, fact.key) == nullptr;
  if (!fact.key.empty() && is_first) state.commands.push_back({.actor = fact.actor, .key = fact.key, .seq = fact.seq});
  return {};
}

Result<ItemState> Fold(std::span<const ReviewFact> facts) {
  ItemState state;
  for (const ReviewFact& fact : facts) ASSAY_TRY(Apply(fact, state));
  if (facts.empty()) return Fail(ErrorCode::kNotFound, "an item without facts");
  return state;
}

}  // namespace assay
