#include "review/people.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "review/commands.h"

namespace assay {

bool IsOfQueue(const Reviewer& reviewer, std::string_view queue) {
  return reviewer.queues.empty() || std::ranges::find(reviewer.queues, queue) != reviewer.queues.end();
}

Reviewer ClearedAt(Reviewer reviewer, Time now) {
  std::erase_if(reviewer.ending, [&](const EndingClearance& ending) {
    if (now < ending.until) return false;
    std::erase(reviewer.clearances, ending.data_class);
    return true;
  });
  return reviewer;
}

bool IsClearedFor(const Reviewer& reviewer, std::string_view data_class) {
  return data_class.empty() || std::ranges::find(reviewer.clearances, data_class) != reviewer.clearances.end();
}

bool MayLookAt(const Reviewer& reviewer, const ReviewItem& item) {
  const bool is_cleared = IsClearedFor(reviewer, item.data_class) || reviewer.roles.Has(ReviewRole::kPrivacy);
  return is_cleared && IsOfQueue(reviewer, item.queue);
}

Status CheckMayLookAt(const Reviewer& reviewer, const ReviewItem& item) {
  if (MayLookAt(reviewer, item)) return {};
  if (IsOfQueue(reviewer, item.queue)) {
    return Fail(ErrorCode::kPermissionDenied, "item " + item.id + " has data of the class \"" + item.data_class +
                                                  "\", for which \"" + reviewer.id +
                                                  "\" is not cleared (clearances= of the token file)");
  }
  return Fail(ErrorCode::kPermissionDenied, "item " + item.id + " belongs to queue \"" + item.queue +
                                                "\", which is not among those of \"" + reviewer.id +
                                                "\" (queues= of the token file)");
}

bool OnlyJudges(const Reviewer& reviewer) {
  constexpr EnumSet<ReviewRole> kJudging = {ReviewRole::kReviewer, ReviewRole::kAdjudicator, ReviewRole::kAuditor,
                                            ReviewRole::kExpert};
  return std::ranges::all_of(EnumWords<ReviewRole>::kWords, [&](const auto& word) {
    return !reviewer.roles.Has(word.value) || kJudging.Has(word.value);
  });
}

namespace {

bool Lists(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// What keeps a person from an item whatever its state; kNone where nothing does.
ClaimPermission Qualification(const Reviewer& reviewer, const ItemState& state, const QueueSpec& queue) {
  const ReviewItem& item = state.item;
  if (reviewer.id.empty() || reviewer.id == kNobody || reviewer.id == kReviewSystem)
    return {.obstacle = ClaimObstacle::kRole};
  if (reviewer.is_paused) return {.obstacle = ClaimObstacle::kPaused, .detail = reviewer.paused_why};
  if (!reviewer.queues.empty() && !Lists(reviewer.queues, item.queue))
    return {.obstacle = ClaimObstacle::kQueue, .detail = item.queue};
  const RubricCertificate needed{.rubric = item.rubric, .major = state.rubric_version.major};
  if (queue.certified && std::ranges::find(reviewer.certificates, needed) == reviewer.certificates.end()) {
    return {.obstacle = ClaimObstacle::kCertificate, .detail = item.rubric + " " + std::to_string(needed.major)};
  }
  if (!item.language.empty() && !Lists(reviewer.languages, item.language)) {
    return {.obstacle = ClaimObstacle::kLanguage, .detail = item.language};
  }
  for (const std::string& skill : item.skills) {
    if (!Lists(reviewer.skills, skill)) return {.obstacle = ClaimObstacle::kSkill, .detail = skill};
  }
  if (!IsClearedFor(reviewer, item.data_class))
    return {.obstacle = ClaimObstacle::kClearance, .detail = item.data_class};
  if (Lists(item.authors, reviewer.id)) return {.obstacle = ClaimObstacle::kAuthor};
  return {};
}

constexpr EnumSet<JudgementRole> kAnyPart = {JudgementRole::kLabel, JudgementRole::kRework, JudgementRole::kAdjudicate,
                                             JudgementRole::kAudit};

bool IsUninvolved(const ItemState& state, std::string_view person, Time now) {
  const ReviewLease* lease = LeaseOf(state, person);
  return !HasJudged(state, person, kAnyPart) && !HasOpenFlagOf(state, person) &&
         (lease == nullptr || !lease->IsLiveAt(now));
}

// Whether an adjudicator and another auditor remain who have no part in the item.
bool LeavesReserve(const ItemState& state, std::string_view person, std::span<const Reviewer> roster,
                   const QueueSpec& queue, Time now) {
  int adjudicators = 0;
  int auditors = 0;
  int both = 0;
  for (const Reviewer& other : roster) {
    const bool is_free = other.id != person && IsUninvolved(state, other.id, now) &&
                         Qualification(other, state, queue).obstacle == ClaimObstacle::kNone;
    if (!is_free) continue;
    const bool adjudicates = other.roles.Has(ReviewRole::kAdjudicator);
    const bool audits = other.roles.Has(ReviewRole::kAuditor);
    adjudicators += adjudicates ? 1 : 0;
    auditors += audits ? 1 : 0;
    both += adjudicates && audits ? 1 : 0;
  }
  const int either = adjudicators + auditors - both;
  return adjudicators >= 1 && auditors >= 1 && either >= 2;
}

// Whether an auditor remains when `person` adjudicates, or nobody else could adjudicate in their place.
bool LeavesAuditor(const ItemState& state, std::string_view person, std::span<const Reviewer> roster,
                   const QueueSpec& queue, Time now) {
  bool has_auditor = false;
  bool has_adjudicator = false;
  for (const Reviewer& other : roster) {
    const bool is_free = other.id != person && IsUninvolved(state, other.id, now) &&
                         Qualification(other, state, queue).obstacle == ClaimObstacle::kNone;
    has_auditor = has_auditor || (is_free && other.roles.Has(ReviewRole::kAuditor));
    has_adjudicator = has_adjudicator || (is_free && other.roles.Has(ReviewRole::kAdjudicator));
  }
  return has_auditor || !has_adjudicator;
}

bool MayAdjudicateOrAudit(const Reviewer& reviewer) {
  return reviewer.roles.Has(ReviewRole::kAdjudicator) || reviewer.roles.Has(ReviewRole::kAuditor);
}

ReviewRole RoleFor(LeaseRole role) {
  switch (role) {
    case LeaseRole::kAdjudicate:
      return ReviewRole::kAdjudicator;
    case LeaseRole::kAudit:
      return ReviewRole::kAuditor;
    default:
      return ReviewRole::kReviewer;
  }
}

}  // namespace

bool HasOpenFlagOf(const ItemState& state, std::string_view person) {
  return std::ranges::any_of(state.severe_flags,
                             [&](const SevereFlag& flag) { return flag.is_open && flag.by == person; });
}

bool CouldAudit(const ItemState& state, const Reviewer& reviewer, const QueueSpec& queue, Time now) {
  const ReviewState at = StateAt(state, now);
  const bool is_before_it = at == ReviewState::kDecided || at == ReviewState::kAudit;
  if (!is_before_it || !reviewer.roles.Has(ReviewRole::kAuditor)) return false;
  Reviewer unpaused = reviewer;  // a pause ends
  unpaused.is_paused = false;
  const bool is_fit = Qualification(unpaused, state, queue).obstacle == ClaimObstacle::kNone;
  return is_fit && !IsAuthorOfDecision(state, reviewer.id) && !HasJudgedForAudit(state, reviewer.id);
}

bool MayBeSpent(const ItemState& state, const Reviewer& reviewer, std::span<const Reviewer> roster,
                const QueueSpec& queue, Time now) {
  return !MayAdjudicateOrAudit(reviewer) || LeavesReserve(state, reviewer.id, roster, queue, now);
}

namespace {

// What keeps a person from it by what has happened to it.
ClaimPermission History(const ItemState& state, LeaseRole role, const Reviewer& reviewer,
                        std::span<const Reviewer> roster, const QueueSpec& queue, Time now) {
  const EnumSet<JudgementRole> own = {JudgementRole::kLabel, JudgementRole::kCalibrate};
  switch (role) {
    case LeaseRole::kLabel:
      if (HasJudged(state, reviewer.id, own)) return {.obstacle = ClaimObstacle::kJudged};
      if (Lists(state.skipped_by, reviewer.id)) return {.obstacle = ClaimObstacle::kSkipped};
      break;
    case LeaseRole::kRework:
      break;
    case LeaseRole::kAdjudicate:
      if (HasJudged(state, reviewer.id, {JudgementRole::kLabel, JudgementRole::kRework}) ||
          HasOpenFlagOf(state, reviewer.id)) {
        return {.obstacle = ClaimObstacle::kInvolved};
      }
      if (!LeavesAuditor(state, reviewer.id, roster, queue, now)) return {.obstacle = ClaimObstacle::kReserved};
      break;
    case LeaseRole::kAudit:
      if (IsAuthorOfDecision(state, reviewer.id)) return {.obstacle = ClaimObstacle::kInvolved};
      break;
  }
  const bool is_labelling = role == LeaseRole::kLabel || role == LeaseRole::kRework;
  const bool is_reserved =
      is_labelling && state.item.purpose == ItemPurpose::kLabel && !MayBeSpent(state, reviewer, roster, queue, now);
  return {.obstacle = is_reserved ? ClaimObstacle::kReserved : ClaimObstacle::kNone};
}

// Gold is the same item for many people; seen again after a while it tells something again.
ClaimPermission RepeatedGold(const ItemState& state, const Reviewer& reviewer, const QueueSpec& queue, Time now) {
  for (const Judgement& judgement : state.judgements) {
    const bool is_recent = judgement.person == reviewer.id && judgement.role == JudgementRole::kGold &&
                           now - judgement.at < queue.gold.again_after;
    if (is_recent) return {.obstacle = ClaimObstacle::kJudged};
  }
  return {};
}

std::optional<Time> FirstToEnd(const ItemState& state, LeaseRole role, Time now) {
  std::optional<Time> first;
  for (const ReviewLease& lease : state.leases) {
    const bool counts = lease.role == role && lease.IsLiveAt(now);
    if (counts && (!first || lease.expires_at < *first)) first = lease.expires_at;
  }
  return first;
}

bool HasPlace(const ItemState& state, LeaseRole role, std::string_view person, Time now) {
  const int others = LiveLeases(state, role, now, person);
  if (role != LeaseRole::kLabel) return others == 0;
  if (state.item.purpose != ItemPurpose::kLabel) return true;
  return static_cast<int>(CountedLabels(state).size()) + others < state.target;
}

// Without regard to what else the person has, and to who has the item now.
ClaimPermission Eligibility(const ItemState& state, LeaseRole role, const Reviewer& reviewer,
                            std::span<const Reviewer> roster, const QueueSpec& queue, Time now) {
  if (!reviewer.roles.Has(RoleFor(role))) {
    return {.obstacle = ClaimObstacle::kRole, .detail = std::string(WordOf(RoleFor(role)))};
  }
  ClaimPermission permission = Qualification(reviewer, state, queue);
  if (permission.obstacle == ClaimObstacle::kNone) permission = RepeatedGold(state, reviewer, queue, now);
  if (permission.obstacle == ClaimObstacle::kNone) permission = History(state, role, reviewer, roster, queue, now);
  return permission;
}

}  // namespace

std::optional<LeaseRole> RoleOffered(const ItemState& state, Time now) {
  if (state.imported_as) return std::nullopt;
  const ReviewState at = StateAt(state, now);
  for (const auto& [event, role] : {std::pair(ReviewEvent::kClaimLabel, LeaseRole::kLabel),
                                    std::pair(ReviewEvent::kClaimRework, LeaseRole::kRework),
                                    std::pair(ReviewEvent::kClaimAdjudication, LeaseRole::kAdjudicate),
                                    std::pair(ReviewEvent::kClaimAudit, LeaseRole::kAudit)}) {
    if (TransitionOf(event).from.Has(at)) return role;
  }
  return std::nullopt;
}

bool HasRoom(const ItemState& state, Time now) {
  const std::optional<LeaseRole> role = RoleOffered(state, now);
  return role && HasPlace(state, *role, "", now);
}

ClaimPermission MayClaim(const ItemState& state, const Reviewer& reviewer, const ReviewerLoad& load,
                         std::span<const Reviewer> roster, const QueueSpec& queue, Time now) {
  const std::optional<LeaseRole> role = RoleOffered(state, now);
  if (!role) return {.obstacle = ClaimObstacle::kState, .detail = std::string(WordOf(StateAt(state, now)))};
  ClaimPermission permission = Eligibility(state, *role, reviewer, roster, queue, now);
  if (permission.obstacle != ClaimObstacle::kNone) return permission;
  if (!HasPlace(state, *role, reviewer.id, now)) {
    return {.obstacle = ClaimObstacle::kTaken, .free_at = FirstToEnd(state, *role, now)};
  }
  if (load.live_leases >= queue.lease.per_person) return {.obstacle = ClaimObstacle::kBusy};
  const bool is_share = *role == LeaseRole::kLabel && state.item.purpose == ItemPurpose::kLabel;
  if (is_share && queue.person_share < 1 && load.share_of_run >= queue.person_share) {
    return {.obstacle = ClaimObstacle::kShare};
  }
  return {};
}

bool CanGoOn(const ItemState& state, std::span<const Reviewer> roster, const QueueSpec& queue, Time now) {
  const auto has_role = [&](EnumSet<ReviewRole> roles) {
    return std::ranges::any_of(roster, [&](const Reviewer& person) {
      return person.roles.Shares(roles) && !person.is_paused && MayLookAt(person, state.item);
    });
  };
  if (OpenQuarantine(state) != nullptr) return has_role(TransitionOf(ReviewEvent::kEndQuarantine).roles);
  if (state.is_cancelled) return true;
  if (const ReviewEscalation* escalation = OpenEscalation(state)) return has_role(RolesOf(escalation->route));
  if (!state.awaited_clarification.empty()) return has_role(TransitionOf(ReviewEvent::kGuidelineArrives).roles);
  const std::optional<LeaseRole> role = RoleOffered(state, now);
  if (!role || LiveLeases(state, *role, now) > 0) return true;
  return std::ranges::any_of(roster, [&](const Reviewer& person) {
    return Eligibility(state, *role, person, roster, queue, now).obstacle == ClaimObstacle::kNone;
  });
}

EnumSet<ReviewRole> RolesOf(EscalationRoute route) {
  switch (route) {
    case EscalationRoute::kLead:
      return {ReviewRole::kLead, ReviewRole::kManager};
    case EscalationRoute::kTrustSafety:
      return {ReviewRole::kTrustSafety};
    case EscalationRoute::kPrivacy:
      return {ReviewRole::kPrivacy};
    case EscalationRoute::kExpert:
      return {ReviewRole::kExpert};
    case EscalationRoute::kMlLead:
      return {ReviewRole::kMlLead};
    case EscalationRoute::kSuiteOwner:
      return {ReviewRole::kSuiteOwner};
    case EscalationRoute::kManager:
      return {ReviewRole::kManager};
  }
  return {};
}

EscalationRoute RouteOf(EscalationReason reason) {
  switch (reason) {
    case EscalationReason::kAmbiguity:
    case EscalationReason::kSkipped:
    case EscalationReason::kStuck:
      return EscalationRoute::kLead;
    case EscalationReason::kPolicy:
    case EscalationReason::kSevere:
      return EscalationRoute::kTrustSafety;
    case EscalationReason::kDomain:
      return EscalationRoute::kExpert;
    case EscalationReason::kMeaning:
      return EscalationRoute::kMlLead;
    case EscalationReason::kBroken:
      return EscalationRoute::kSuiteOwner;
    case EscalationReason::kDispute:
      return EscalationRoute::kManager;
  }
  return EscalationRoute::kLead;
}

Duration TimeOf(EscalationReason reason, const EscalationSpec& times) {
  if (reason == EscalationReason::kSevere) return times.severe;
  switch (RouteOf(reason)) {
    case EscalationRoute::kLead:
      return times.lead;
    case EscalationRoute::kTrustSafety:
      return times.trust_safety;
    case EscalationRoute::kPrivacy:
      return times.privacy;
    case EscalationRoute::kExpert:
      return times.expert;
    case EscalationRoute::kMlLead:
      return times.ml_lead;
    case EscalationRoute::kSuiteOwner:
      return times.suite_owner;
    case EscalationRoute::kManager:
      return times.manager;
  }
  return times.lead;
}

WorkPlace PlaceOf(const ItemState& state, std::string_view person, double influence, Time now) {
  constexpr int kNoSeverity = 99;
  return {.lane = LaneAt(state, now),
          .minus_influence = std::isfinite(influence) ? -influence : 0,
          .due_at = state.due_at.value_or(Time::max()),
          .severity = SeverityOf(state).value_or(kNoSeverity),
          .minus_labels = -static_cast<int>(CountedLabels(state).size()),
          .entered_at = state.entered_at,
          .draw = SeedFrom(std::string(person) + "|" + state.item.id)};
}

}  // namespace assay
