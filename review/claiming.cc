#include <algorithm>
#include <set>

#include "core/identifier.h"
#include "review/fact_planner.h"

namespace assay {
namespace {

std::unexpected<Error> WrongItem(const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "the item " + what);
}

Status CheckIds(const std::vector<std::string>& ids, std::size_t most, const std::string& what) {
  if (ids.size() > most) return WrongItem("has more than " + std::to_string(most) + " " + what);
  std::set<std::string_view> seen;
  for (const std::string& id : ids) {
    if (id.empty() || id.size() > ReviewBounds::kName)
      return WrongItem("has an id of " + what + " that is empty or too long");
    if (!seen.insert(id).second) return WrongItem("has " + Json(id).Dump() + " twice among its " + what);
  }
  return {};
}

Status CheckSubject(const ReviewSubject& subject) {
  ASSAY_TRY(CheckIds(subject.responses, ReviewBounds::kResponses, "responses"));
  ASSAY_TRY(CheckIds(subject.claims, ReviewBounds::kParts, "claims"));
  ASSAY_TRY(CheckIds(subject.calls, ReviewBounds::kParts, "calls"));
  const std::size_t responses = subject.responses.size();
  if (subject.kind == ReviewItemKind::kPairwise && responses != 2)
    return WrongItem("is a pair and needs two responses");
  if (subject.kind == ReviewItemKind::kRanking && responses < 2)
    return WrongItem("is a ranking and needs two responses at least");
  const bool has_several = subject.kind == ReviewItemKind::kPairwise || subject.kind == ReviewItemKind::kRanking;
  if (!has_several && responses != 1) return WrongItem("is about one response");
  if (subject.kind == ReviewItemKind::kGrounding && subject.claims.empty())
    return WrongItem("needs a claim that could be grounded");
  return {};
}

Status CheckItem(const ReviewItem& item, const ReviewPolicy& policy) {
  if (!IsId(item.id)) return WrongItem("needs an id, a UUID");
  for (const std::string& text : {item.project, item.queue_version, item.suite, item.suite_version, item.run,
                                  item.case_id, item.content_hash, item.language, item.data_class}) {
    if (text.size() > 4 * ReviewBounds::kName) return WrongItem("has a name of more than 512 bytes");
  }
  ASSAY_TRY(CheckIds(item.skills, ReviewBounds::kErrors, "skills"));
  ASSAY_TRY(CheckIds(item.authors, ReviewBounds::kErrors, "authors"));
  ASSAY_TRY(CheckIds(item.reasons, ReviewBounds::kErrors, "reasons"));
  if (item.queue != policy.queue.name)
    return WrongItem("is of queue " + Json(item.queue).Dump() + ", not \"" + policy.queue.name + "\"");
  if (item.rubric != policy.rubric.name || item.rubric_version != policy.rubric.ParsedVersion()) {
    return WrongItem("is not under rubric \"" + policy.rubric.name + "\" " + policy.rubric.version);
  }
  if (item.subject.kind != policy.queue.item) {
    return WrongItem("is of kind " + std::string(WordOf(item.subject.kind)) + ", and its queue asks for " +
                     std::string(WordOf(policy.queue.item)));
  }
  if (item.people < 1 || item.at_most < item.people || item.at_most > 20) {
    return WrongItem("wants " + std::to_string(item.people) + " to " + std::to_string(item.at_most) +
                     " people, of 1 to 20");
  }
  const bool may_enter =
      item.lane == ReviewLane::kIncident || item.lane == ReviewLane::kGateBlocking || item.lane == ReviewLane::kNormal;
  if (!may_enter) return WrongItem("enters as incident, gate_blocking or normal");
  return CheckSubject(item.subject);
}

ErrorCode CodeOf(ClaimObstacle obstacle) {
  switch (obstacle) {
    case ClaimObstacle::kPaused:
    case ClaimObstacle::kRole:
    case ClaimObstacle::kQueue:
    case ClaimObstacle::kCertificate:
    case ClaimObstacle::kLanguage:
    case ClaimObstacle::kSkill:
    case ClaimObstacle::kClearance:
      return ErrorCode::kPermissionDenied;
    case ClaimObstacle::kTaken:
    case ClaimObstacle::kBusy:
    case ClaimObstacle::kShare:
      return ErrorCode::kResourceExhausted;
    default:
      return ErrorCode::kFailedPrecondition;
  }
}

std::string HelpOf(ClaimObstacle obstacle) {
  for (const auto& word : EnumWords<ClaimObstacle>::kWords) {
    if (word.value == obstacle) return std::string(word.help);
  }
  return "";
}

Error RefusalOf(const ItemState& state, const Reviewer& reviewer, const ClaimPermission& permission, Time now) {
  Error error;
  error.code = CodeOf(permission.obstacle);
  error.message = "item " + state.item.id + " (" + std::string(WordOf(StateAt(state, now))) + "), " +
                  Json(reviewer.id).Dump() + ": " + HelpOf(permission.obstacle) +
                  (permission.detail.empty() ? "" : " (" + permission.detail + ")");
  if (permission.free_at) {
    error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(*permission.free_at - now);
    error.message += "; the next place is free at " + FormatTime(*permission.free_at) + " at the latest";
  }
  return error;
}

Result<ReviewFacts> Renew(const ReviewLease& lease, bool is_prefetch, const ReviewPolicy& policy,
                          FactPlanner& planner) {
  const Time longest = lease.granted_at + policy.queue.lease.at_most;
  if (is_prefetch) return planner.Take();  // it is kept already
  const Time until = std::min(planner.now() + policy.queue.lease.time, longest);
  if (until > lease.expires_at) {
    ASSAY_TRY(planner.Add(LeaseRenewed{.person = lease.person, .token = lease.token, .expires_at = until}));
  } else if (lease.expires_at >= longest) {
    return Fail(ErrorCode::kResourceExhausted, "item " + planner.state().item.id + ": a lease lasts " +
                                                   FormatDuration(policy.queue.lease.at_most) +
                                                   " at most; submit, or give the item back");
  }
  return planner.Take();
}

}  // namespace

Result<ReviewFacts> Enter(const ReviewItem& item, const ReviewPolicy& policy, Time now) {
  ASSAY_TRY(CheckItem(item, policy));
  FactPlanner planner({}, item.id, std::string(kReviewSystem), "", now);
  ASSAY_TRY(planner.Add(ItemEntered{.item = item}));
  return planner.Take();
}

Result<ReviewFacts> Claim(const ItemState& state, const ClaimCommand& command, std::span<const Reviewer> roster,
                          const ReviewPolicy& policy, Time now) {
  FactPlanner planner(state, command.reviewer, "", now);
  const ReviewLease* own = LeaseOf(state, command.reviewer.id);
  if (own != nullptr && own->IsLiveAt(planner.now())) return Renew(*own, command.is_prefetch, policy, planner);
  const ClaimPermission permission =
      MayClaim(state, command.reviewer, command.load, roster, policy.queue, planner.now());
  if (permission.obstacle != ClaimObstacle::kNone) {
    return Fail(RefusalOf(state, command.reviewer, permission, planner.now()));
  }
  const Duration time = command.is_prefetch ? policy.queue.lease.prefetch : policy.queue.lease.time;
  ASSAY_TRY(
      planner.Add(LeaseGranted{.lease = {.person = command.reviewer.id,
                                         .role = *RoleOffered(state, planner.now()),
                                         .token = state.last_token + 1,
                                         .granted_at = planner.now(),
                                         .expires_at = planner.now() + time,
                                         .is_prefetch = command.is_prefetch,
                                         .presented = PresentationOf(state.item, command.reviewer.id, policy.draw_key),
                                         .rubric_version = VersionToShow(state, policy)}}));
  return planner.Take();
}

Result<ReviewFacts> GiveBack(const ItemState& state, const GiveBackCommand& command, const ReviewPolicy& policy,
                             Time now) {
  ASSAY_TRY(CheckMay(state, command.reviewer, ReviewEvent::kGiveBack, now));
  ASSAY_TRY(CheckNote("reason", command.reason, command.is_skip));
  FactPlanner planner(state, command.reviewer, "", now);
  ASSAY_TRY(planner.Add(LeaseEnded{
      .person = command.reviewer.id, .token = command.token, .is_skip = command.is_skip, .reason = command.reason}));
  const bool is_passed_over = command.is_skip && std::ssize(planner.state().skipped_by) >= policy.queue.skips;
  const bool may_escalate = TransitionOf(ReviewEvent::kEscalate).from.Has(StateAt(planner.state(), planner.now())) &&
                            state.item.purpose == ItemPurpose::kLabel;
  if (is_passed_over && may_escalate) {
    ASSAY_TRY(planner.Add(
        EscalationOpened{.reason = EscalationReason::kSkipped,
                         .route = RouteOf(EscalationReason::kSkipped),
                         .note = command.reason,
                         .due_at = planner.now() + TimeOf(EscalationReason::kSkipped, policy.queue.escalation)}));
  }
  return planner.Take();
}

Result<ReviewFacts> Sweep(const ItemState& state, std::span<const Reviewer> roster, const ReviewPolicy& policy,
                          Time now) {
  FactPlanner planner(state, state.item.id, std::string(kReviewSystem), "", now);
  const bool may_escalate = TransitionOf(ReviewEvent::kEscalate).from.Has(StateAt(state, planner.now()));
  const bool is_stuck =
      state.item.purpose == ItemPurpose::kLabel && !CanGoOn(state, roster, policy.queue, planner.now());
  if (!may_escalate || !is_stuck) return planner.Take();
  ASSAY_TRY(planner.Add(
      EscalationOpened{.reason = EscalationReason::kStuck,
                       .route = RouteOf(EscalationReason::kStuck),
                       .note = "nobody who may go on with it is there",
                       .due_at = planner.now() + TimeOf(EscalationReason::kStuck, policy.queue.escalation)}));
  return planner.Take();
}

namespace {

// Whether what an item shows is any of this person's business now, of the people of its queue.
bool HasToDoWith(const ItemState& state, const Reviewer& reviewer, Time at) {
  if (LeaseOf(state, reviewer.id) != nullptr || StateAt(state, at) == ReviewState::kDone) return true;
  if (std::ranges::find(state.judgements, reviewer.id, &Judgement::person) != state.judgements.end()) return true;
  if (OpenQuarantine(state) != nullptr) return reviewer.roles.Has(ReviewRole::kPrivacy);
  // Who took something out sees what is left.
  if (std::ranges::find(state.quarantines, reviewer.id, &ReviewQuarantine::ended_by) != state.quarantines.end())
    return true;
  const ReviewEscalation* escalation = OpenEscalation(state);
  if (escalation != nullptr) return escalation->by == reviewer.id || reviewer.roles.Shares(RolesOf(escalation->route));
  return IsCopy(state) &&
         std::ranges::find(state.escalations, reviewer.id, &ReviewEscalation::by) != state.escalations.end();
}

// Their own label can be replaced still.
bool MayRevise(const ItemState& state, const Reviewer& reviewer, const QueueSpec& queue, Time at) {
  return TransitionOf(ReviewEvent::kRevise).from.Has(StateAt(state, at)) &&
         std::ranges::any_of(state.judgements, [&](const Judgement& judgement) {
           return judgement.person == reviewer.id && judgement.role == JudgementRole::kLabel && !judgement.is_void &&
                  !judgement.is_superseded && judgement.epoch == state.epoch && at < judgement.at + queue.undo;
         });
}

}  // namespace

bool IsToJudge(const ItemState& state, const Reviewer& reviewer, std::span<const Reviewer> roster,
               const QueueSpec& queue, Time now) {
  const Time at = std::max(now, state.last_at);
  if (const ReviewLease* lease = LeaseOf(state, reviewer.id); lease != nullptr && lease->IsLiveAt(at)) {
    if (lease->role == LeaseRole::kAudit) return !HasJudgedForAudit(state, reviewer.id);
    return lease->role != LeaseRole::kAdjudicate;
  }
  if (MayRevise(state, reviewer, queue, at) || CouldAudit(state, reviewer, queue, at)) return true;
  const std::optional<LeaseRole> offered = RoleOffered(state, at);
  if (offered != LeaseRole::kLabel && offered != LeaseRole::kRework) return false;
  // Others may have judged it by the time they are asked, and a pause ends.
  switch (MayClaim(state, reviewer, {}, roster, queue, at).obstacle) {
    case ClaimObstacle::kNone:
    case ClaimObstacle::kPaused:
    case ClaimObstacle::kTaken:
      return true;
    default:
      return false;
  }
}

ReviewView ViewOf(const ItemState& state, const Reviewer& reviewer, Time now) {
  if (reviewer.id.empty() || reviewer.id == kNobody || !MayLookAt(reviewer, state.item)) return {};
  const Time at = std::max(now, state.last_at);
  if (OpenQuarantine(state) != nullptr && !reviewer.roles.Has(ReviewRole::kPrivacy)) return {};
  const ReviewLease* lease = LeaseOf(state, reviewer.id);
  const bool holds = lease != nullptr && lease->IsLiveAt(at);
  const bool adjudicates = holds && lease->role == LeaseRole::kAdjudicate;
  const bool decides = adjudicates || (holds && lease->role == LeaseRole::kAudit);
  const bool is_lead = reviewer.roles.Has(ReviewRole::kLead);
  const bool is_over = StateAt(state, at) == ReviewState::kDone && state.item.purpose == ItemPurpose::kLabel;
  return {.shows_content = is_lead || HasToDoWith(state, reviewer, at),
          .shows_judgements = adjudicates || is_lead || is_over,
          .shows_names = is_lead && !decides};
}

}  // namespace assay
