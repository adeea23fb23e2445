// Commands beside the way of an item from people to a decision: escalation, quarantine, guidelines, reopening.

#include <algorithm>

#include "review/fact_planner.h"
#include "review/label_map.h"

namespace assay {
namespace {

std::unexpected<Error> NotPossible(const ItemState& state, const Reviewer& reviewer, const std::string& why) {
  return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + ", \"" + reviewer.id + "\": " + why);
}

// The frame of a command: whether it was done, whether the caller may, and then its facts.
template <class Build>
Result<ReviewFacts> Plan(const ItemState& state, const Reviewer& reviewer, const std::string& key, ReviewEvent event,
                         Time now, Build build) {
  ASSAY_ASSIGN(const bool was_done, WasDone(state, reviewer, key));
  if (was_done) return ReviewFacts();
  ASSAY_TRY(CheckMay(state, reviewer, event, now));
  FactPlanner planner(state, reviewer, key, now);
  ASSAY_TRY(build(planner));
  return planner.Take();
}

Status AddFlag(FactPlanner& planner, const std::string& note, const ReviewPolicy& policy) {
  return planner.Add(SevereFlagged{.note = note, .due_at = planner.now() + policy.queue.escalation.severe});
}

// Taken out while it is open, harm would hold its checks for ever, with nobody to rule on it.
Status CheckNoOpenHarm(const ItemState& state) {
  if (HarmOf(state) != HarmState::kOpen) return {};
  return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + " is flagged as harm of severity 1: it is " +
                                                  "adjudicated, or ruled on, before it is taken out");
}

// Whoever has or had a part in the item may ask for a ruling, and leads.
bool HasPart(const ItemState& state, const Reviewer& reviewer) {
  if (reviewer.roles.Has(ReviewRole::kLead) || LeaseOf(state, reviewer.id) != nullptr) return true;
  return std::ranges::any_of(state.judgements, [&](const Judgement& j) { return j.person == reviewer.id; });
}

// The ruling becomes the decision, as if the one who rules had adjudicated.
Status DecideByRuling(FactPlanner& planner, const ResolveCommand& command, const ReviewPolicy& policy) {
  const ItemState& state = planner.state();
  const ReviewLease lease{.person = command.reviewer.id,
                          .role = LeaseRole::kAdjudicate,
                          .token = state.last_token + 1,
                          .granted_at = planner.now(),
                          .expires_at = planner.now() + policy.queue.lease.time,
                          .presented = PresentationOf(state.item, command.reviewer.id, policy.draw_key),
                          .rubric_version = VersionToShow(state, policy)};
  ASSAY_TRY(planner.Add(LeaseGranted{.lease = lease}));
  ASSAY_TRY(planner.Add(JudgementMade{.token = lease.token,
                                      .role = JudgementRole::kAdjudicate,
                                      .presented = lease.presented,
                                      .content = *command.content}));
  const Judgement ruling = planner.state().judgements.back();
  return DecideBy(planner, ruling, DecisionMethod::kAdjudicated, command.cause, policy, command.history);
}

// What is or was upheld as harm is ruled on by who is there for that, whatever else somebody asked of the item.
Status CheckRulingOnHarm(const ItemState& state, const ResolveCommand& command, const ReviewEscalation& open) {
  if (HarmOf(state) == HarmState::kNone) return {};
  if (!command.reviewer.roles.Shares({ReviewRole::kTrustSafety, ReviewRole::kAdjudicator})) {
    return NotPossible(state, command.reviewer,
                       "it is flagged as harm of severity 1, on which trust_safety rules, or an adjudicator");
  }
  const bool takes_out = command.outcome == EscalationOutcome::kVoid;
  return takes_out && open.reason != EscalationReason::kSevere ? CheckNoOpenHarm(state) : Status();
}

Status CheckRuling(const ItemState& state, const ResolveCommand& command, const ReviewPolicy& policy) {
  const ReviewEscalation* open = OpenEscalation(state);
  if (open == nullptr || !command.reviewer.roles.Shares(RolesOf(open->route))) {
    return Fail(ErrorCode::kPermissionDenied,
                "item " + state.item.id + ", \"" + command.reviewer.id + "\": an escalation to " +
                    std::string(open == nullptr ? "nobody" : WordOf(open->route)) + " is not theirs to resolve");
  }
  ASSAY_TRY(CheckNote("ruling", command.ruling, true));
  if (command.outcome != EscalationOutcome::kResume && HasOpenFlagOf(state, command.reviewer.id))
    return NotPossible(state, command.reviewer, "has flagged it as harm of severity 1; somebody else rules on that");
  if ((command.outcome == EscalationOutcome::kDecide) != command.content.has_value()) {
    return Fail(ErrorCode::kInvalidArgument, "a ruling has a judgement if and only if it decides");
  }
  if (command.outcome == EscalationOutcome::kResume) return {};
  // Else whoever leads decides alone what several were asked about.
  if (open->by == command.reviewer.id)
    return NotPossible(state, command.reviewer, "has asked for the ruling; somebody else decides, or takes it out");
  ASSAY_TRY(CheckRulingOnHarm(state, command, *open));
  if (!command.content) return {};
  if (HasJudged(state, command.reviewer.id, {JudgementRole::kLabel, JudgementRole::kRework})) {
    return NotPossible(state, command.reviewer, "has labelled it; somebody else decides");
  }
  if (!state.awaited_clarification.empty()) return NotPossible(state, command.reviewer, "it waits for a guideline");
  return CheckContent(state, *command.content, policy);
}

// Carries judgements over, and settles what they amount to under the new version.
Status AdvanceByMap(FactPlanner& planner, const AdvanceCommand& command, const ReviewPolicy& policy) {
  if (!command.rubric || command.rubric->ParsedVersion() != command.version) {
    return Fail(ErrorCode::kInvalidArgument, "mapping judgements needs version " + ToString(command.version) +
                                                 " of the rubric, whose map says what they mean");
  }
  const ReviewDecision* decision = ActiveDecision(planner.state());
  const auto method = decision == nullptr ? std::nullopt : std::optional(decision->method);
  RubricAdvanced advanced{.version = command.version,
                          .policy = OnNewMajor::kMap,
                          .approval = command.approval,
                          .mapped = MappedJudgementsOf(planner.state(), *command.rubric)};
  const bool is_mapped = !advanced.mapped.empty();
  ASSAY_TRY(planner.Add(std::move(advanced)));
  if (!is_mapped) return {};
  const bool is_adjudicated = method == DecisionMethod::kAdjudicated;
  const bool is_severe = std::ranges::any_of(
      CountedLabels(planner.state()), [](const Judgement* label) { return label->content.opinion.severity == 1; });
  // What the new version finds as grave as that has not been adjudicated as such.
  if (is_severe && !is_adjudicated && !HasOpenSevereFlag(planner.state()))
    return AddFlag(planner, "by a judgement under the new version of the rubric", policy);
  ReviewPolicy next = policy;
  next.rubric = *command.rubric;
  if (!is_adjudicated && method != DecisionMethod::kRework) return SettleLabels(planner, next, {});
  const Judgement deciding = planner.state().judgements.back();
  return DecideBy(planner, deciding, *method, ReviewCause::kGuidelineChange, next, {});
}

}  // namespace

Result<ReviewFacts> Escalate(const ItemState& state, const EscalateCommand& command, const ReviewPolicy& policy,
                             Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kEscalate, now, [&](FactPlanner& planner) -> Status {
    if (command.reason == EscalationReason::kSkipped || command.reason == EscalationReason::kStuck) {
      return Fail(ErrorCode::kInvalidArgument, "reason " + std::string(WordOf(command.reason)) + " is the daemon's");
    }
    if (!HasPart(state, command.reviewer)) return NotPossible(state, command.reviewer, "has no part in it");
    ASSAY_TRY(CheckNote("note", command.note, false));
    if (!command.clause.empty() && !IsClauseNumber(command.clause)) {
      return Fail(ErrorCode::kInvalidArgument, "a clause is a number such as 2.3");
    }
    const bool is_flag =
        command.reason == EscalationReason::kSevere && !HasOpenSevereFlag(state) && HarmOf(state) != HarmState::kUpheld;
    if (is_flag) ASSAY_TRY(AddFlag(planner, command.note, policy));
    return planner.Add(EscalationOpened{.reason = command.reason,
                                        .route = RouteOf(command.reason),
                                        .note = command.note,
                                        .clause = command.clause,
                                        .due_at = planner.now() + TimeOf(command.reason, policy.queue.escalation)});
  });
}

Result<ReviewFacts> EscalateHarmByDaemon(const ItemState& state, const std::string& note, const ReviewPolicy& policy,
                                         Time now) {
  FactPlanner planner(state, state.item.id, std::string(kReviewSystem), "", now);
  const bool is_possible = TransitionOf(ReviewEvent::kEscalate).from.Has(StateAt(state, planner.now()));
  if (!is_possible) return planner.Take();
  ASSAY_TRY(planner.Add(
      EscalationOpened{.reason = EscalationReason::kSevere,
                       .route = RouteOf(EscalationReason::kSevere),
                       .note = note,
                       .due_at = planner.now() + TimeOf(EscalationReason::kSevere, policy.queue.escalation)}));
  return planner.Take();
}

Result<ReviewFacts> Resolve(const ItemState& state, const ResolveCommand& command, const ReviewPolicy& policy,
                            Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kResolve, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckRuling(state, command, policy));
    const std::string escalation = OpenEscalation(state)->id;
    ASSAY_TRY(planner.Add(
        EscalationResolved{.escalation = escalation, .outcome = command.outcome, .ruling = command.ruling}));
    return command.content ? DecideByRuling(planner, command, policy) : Status();
  });
}

Result<ReviewFacts> Quarantine(const ItemState& state, const ReasonCommand& command, const ReviewPolicy& policy,
                               Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kQuarantine, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckNote("note", command.reason, false));
    return planner.Add(
        QuarantineOpened{.note = command.reason, .due_at = planner.now() + policy.queue.escalation.privacy});
  });
}

Result<ReviewFacts> QuarantineWith(const ItemState& state, const std::string& with, const std::string& note,
                                   const ReviewPolicy& policy, Time now) {
  FactPlanner planner(state, state.item.id, std::string(kReviewSystem), "", now);
  if (OpenQuarantine(state) != nullptr) return planner.Take();
  ASSAY_TRY(CheckNote("note", note, true));
  ASSAY_TRY(planner.Add(
      QuarantineOpened{.note = note, .due_at = planner.now() + policy.queue.escalation.privacy, .with = with}));
  return planner.Take();
}

Result<ReviewFacts> FlagSevere(const ItemState& state, const ReasonCommand& command, const ReviewPolicy& policy,
                               Time now) {
  if (HasOpenSevereFlag(state) || HarmOf(state) == HarmState::kUpheld) return ReviewFacts();
  return Plan(state, command.reviewer, command.key, ReviewEvent::kFlagSevere, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckNote("note", command.reason, false));
    // Who flags it does not decide it.
    const ReviewLease* own = LeaseOf(state, command.reviewer.id);
    if (own != nullptr && own->role == LeaseRole::kAdjudicate)
      ASSAY_TRY(planner.Add(LeaseEnded{.person = own->person, .token = own->token}));
    return AddFlag(planner, command.reason, policy);
  });
}

Result<ReviewFacts> Cancel(const ItemState& state, const ReasonCommand& command, Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kCancel, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckNote("reason", command.reason, true));
    ASSAY_TRY(CheckNoOpenHarm(planner.state()));
    return planner.Add(ItemCancelled{.reason = command.reason});
  });
}

Result<ReviewFacts> OrderAudit(const ItemState& state, const ReasonCommand& command, Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kOrderAudit, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckNote("reason", command.reason, true));
    return planner.Add(AuditOrdered{.reason = command.reason});
  });
}

Result<ReviewFacts> OrderAuditByDaemon(const ItemState& state, const std::string& reason, Time now) {
  FactPlanner planner(state, state.item.id, std::string(kReviewSystem), "", now);
  const bool is_possible = TransitionOf(ReviewEvent::kOrderAudit).from.Has(StateAt(state, planner.now()));
  const bool is_waiting = state.draw && state.draw->is_drawn;  // for one, or it has been audited
  if (!is_possible || is_waiting) return planner.Take();
  ASSAY_TRY(CheckNote("reason", reason, true));
  ASSAY_TRY(planner.Add(AuditOrdered{.reason = reason}));
  return planner.Take();
}

Result<ReviewFacts> EndQuarantine(const ItemState& state, const EndQuarantineCommand& command, Time now) {
  return Plan(
      state, command.reviewer, command.key, ReviewEvent::kEndQuarantine, now, [&](FactPlanner& planner) -> Status {
        if (command.content_hash.size() > ReviewBounds::kName)
          return Fail(ErrorCode::kInvalidArgument, "a hash has at most 128 bytes");
        if (!command.content_hash.empty() && command.content_hash == state.content_hash) {
          return Fail(ErrorCode::kInvalidArgument,
                      "the content is what it was; redact it, or say that nothing was found");
        }
        ASSAY_TRY(CheckNote("policy", command.policy, !command.content_hash.empty()));
        ASSAY_TRY(planner.Add(QuarantineClosed{.content_hash = command.content_hash, .policy = command.policy}));
        const bool is_over = command.leaves_nothing && !command.content_hash.empty() && !planner.state().is_cancelled;
        if (!is_over) return {};
        return planner.Add(
            ItemCancelled{.reason = "redacted after its texts were deleted for their age: nobody could judge it"});
      });
}

Result<ReviewFacts> Reopen(const ItemState& state, const ReopenCommand& command, Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kReopen, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckNote("reason", command.reason, true));
    if (command.cause == ReviewCause::kNone) return Fail(ErrorCode::kInvalidArgument, "reopening needs a cause");
    if (command.verdicts.size() > 1000) return Fail(ErrorCode::kInvalidArgument, "at most 1000 verdicts are named");
    return planner.Add(ItemReopened{.reason = command.reason, .cause = command.cause, .verdicts = command.verdicts});
  });
}

Result<ReviewFacts> VoidJudgement(const ItemState& state, const VoidCommand& command, const ReviewPolicy& policy,
                                  Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kVoidJudgement, now,
              [&](FactPlanner& planner) -> Status {
                ASSAY_TRY(CheckNote("reason", command.reason, true));
                ASSAY_TRY(planner.Add(JudgementVoided{.judgement = command.judgement, .reason = command.reason}));
                return SettleLabels(planner, policy, {});
              });
}

Result<ReviewFacts> AwaitGuideline(const ItemState& state, const ClarificationCommand& command, Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kAwaitGuideline, now,
              [&](FactPlanner& planner) -> Status {
                ASSAY_TRY(CheckNote("clarification", command.clarification, true));
                return planner.Add(GuidelineAwaited{.clarification = command.clarification});
              });
}

Result<ReviewFacts> GuidelineArrives(const ItemState& state, const ClarificationCommand& command,
                                     const ReviewPolicy& policy, Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kGuidelineArrives, now,
              [&](FactPlanner& planner) -> Status {
                ASSAY_TRY(planner.Add(GuidelineArrived{.clarification = command.clarification}));
                const RubricVersion answers = VersionToShow(planner.state(), policy);
                if (answers <= planner.state().rubric_version) return {};
                return planner.Add(RubricAdvanced{.version = answers, .policy = policy.queue.on_new_major});
              });
}

Result<ReviewFacts> AdvanceRubric(const ItemState& state, const AdvanceCommand& command, const ReviewPolicy& policy,
                                  Time now) {
  return Plan(
      state, command.reviewer, command.key, ReviewEvent::kAdvanceRubric, now, [&](FactPlanner& planner) -> Status {
        const bool is_major = command.version.major != state.rubric_version.major;
        const bool is_done = BaseStateAt(state, planner.now()) == ReviewState::kDone;
        if (is_done && !command.also_done) return {};
        if (is_major) ASSAY_TRY(CheckNote("approval", command.approval, true));
        const OnNewMajor wanted = policy.queue.on_new_major;
        if (is_major && wanted == OnNewMajor::kMap) return AdvanceByMap(planner, command, policy);
        const OnNewMajor what = command.also_done ? OnNewMajor::kRestart : wanted;
        return planner.Add(RubricAdvanced{.version = command.version, .policy = what, .approval = command.approval});
      });
}

Result<ReviewFacts> ChangeLane(const ItemState& state, const LaneCommand& command, Time now) {
  return Plan(state, command.reviewer, command.key, ReviewEvent::kChangeLane, now, [&](FactPlanner& planner) -> Status {
    ASSAY_TRY(CheckNote("reason", command.reason, true));
    const bool may_ask = command.lane == ReviewLane::kIncident || command.lane == ReviewLane::kGateBlocking ||
                         command.lane == ReviewLane::kNormal;
    if (!may_ask) return Fail(ErrorCode::kInvalidArgument, "a lane is incident, gate_blocking or normal");
    return planner.Add(LaneChanged{.lane = command.lane, .due_at = command.due_at, .reason = command.reason});
  });
}

}  // namespace assay
