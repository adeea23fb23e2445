#include "review/item_state.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

bool HasEnded(const ReviewEscalation& escalation) { return escalation.resolved_at.has_value(); }

// Whether the active decision has been looked at, and was right.
bool IsAudited(const ItemState& state, const ReviewDecision& decision) {
  return std::ranges::any_of(state.audits,
                             [&](const ReviewAudit& audit) { return audit.decision == decision.id && audit.passes; });
}

ReviewState StateOfDecision(const ItemState& state, const ReviewDecision& decision, Time now) {
  if (decision.revisable_until && now < *decision.revisable_until) return ReviewState::kDecided;
  const bool waits = state.draw && state.draw->is_drawn && !IsAudited(state, decision);
  return waits ? ReviewState::kAudit : ReviewState::kDone;
}

// Whoever decided said so, by the severity or, where the rubric has none, in so many words.
bool IsOfSevereHarm(const ItemState& state, const ReviewDecision& decision) {
  if (decision.outcome.severity == 1) return true;
  return std::ranges::any_of(decision.inputs, [&](const std::string& id) {
    const Judgement* input = FindJudgement(state, id);
    return input != nullptr && input->person == decision.decided_by && input->content.is_severe;
  });
}

// Who rules on harm has taken the item out.
bool IsRuledOut(const ItemState& state) {
  return state.is_cancelled && !state.escalations.empty() &&
         state.escalations.back().reason == EscalationReason::kSevere &&
         state.escalations.back().outcome == EscalationOutcome::kVoid;
}

std::optional<int> Graver(std::optional<int> first, std::optional<int> second) {
  if (!first || !second) return first ? first : second;
  return std::min(*first, *second);
}

}  // namespace

ReviewState BaseStateAt(const ItemState& state, Time now) {
  // What was redacted here is not done any more.
  const bool has_lost_decision = state.imported_as == ReviewState::kDone && ActiveDecision(state) == nullptr;
  if (state.imported_as && !has_lost_decision) return *state.imported_as;
  if (const ReviewDecision* decision = ActiveDecision(state)) return StateOfDecision(state, *decision, now);
  if (state.is_reworking) return ReviewState::kRework;
  if (state.is_adjudicating) return ReviewState::kAdjudication;
  if (LiveLeases(state, LeaseRole::kLabel, now) > 0) return ReviewState::kLeased;
  return CountedLabels(state).empty() ? ReviewState::kQueued : ReviewState::kPartial;
}

ReviewState StateAt(const ItemState& state, Time now) {
  if (OpenQuarantine(state) != nullptr) return ReviewState::kQuarantined;
  if (state.is_cancelled) return ReviewState::kCancelled;
  if (OpenEscalation(state) != nullptr) return ReviewState::kEscalated;
  if (!state.awaited_clarification.empty()) return ReviewState::kBlocked;
  return BaseStateAt(state, now);
}

ReviewLane LaneAt(const ItemState& state, Time now) {
  if (HasOpenSevereFlag(state)) return ReviewLane::kIncident;
  if (state.lane == ReviewLane::kIncident || state.lane == ReviewLane::kGateBlocking) return state.lane;
  switch (BaseStateAt(state, now)) {
    case ReviewState::kAdjudication:
      return ReviewLane::kAdjudication;
    case ReviewState::kRework:
      return ReviewLane::kRework;
    case ReviewState::kAudit:
      return ReviewLane::kAudit;
    default:
      return state.item.purpose == ItemPurpose::kCalibration ? ReviewLane::kCalibration : state.lane;
  }
}

const ReviewDecision* ActiveDecision(const ItemState& state) {
  const auto found = std::ranges::find(state.decisions, true, &ReviewDecision::is_active);
  return found == state.decisions.end() ? nullptr : &*found;
}

bool IsCopy(const ItemState& state) { return state.item.purpose != ItemPurpose::kLabel; }

const ReviewEscalation* OpenEscalation(const ItemState& state) {
  const bool is_copy = IsCopy(state);
  const auto found = std::ranges::find_if(state.escalations, [&](const ReviewEscalation& escalation) {
    return !HasEnded(escalation) && (!is_copy || escalation.by == kReviewSystem);
  });
  return found == state.escalations.end() ? nullptr : &*found;
}

const ReviewQuarantine* OpenQuarantine(const ItemState& state) {
  const bool is_open = !state.quarantines.empty() && !state.quarantines.back().ended_at;
  return is_open ? &state.quarantines.back() : nullptr;
}

bool WasRedactedAfter(const ItemState& state, Time at) {
  return std::ranges::any_of(state.quarantines, [&](const ReviewQuarantine& quarantine) {
    return quarantine.is_redacted && quarantine.ended_at && *quarantine.ended_at > at;
  });
}

const Judgement* FindJudgement(const ItemState& state, std::string_view id) {
  const auto found = std::ranges::find(state.judgements, id, &Judgement::id);
  return found == state.judgements.end() ? nullptr : &*found;
}

const DoneCommand* FindCommand(const ItemState& state, std::string_view actor, std::string_view key) {
  const auto found = std::ranges::find_if(
      state.commands, [&](const DoneCommand& done) { return done.actor == actor && done.key == key; });
  return key.empty() || found == state.commands.end() ? nullptr : &*found;
}

const ReviewLease* LeaseOf(const ItemState& state, std::string_view person) {
  const auto found = std::ranges::find(state.leases, person, &ReviewLease::person);
  return found == state.leases.end() ? nullptr : &*found;
}

bool HasOpenSevereFlag(const ItemState& state) { return std::ranges::any_of(state.severe_flags, &SevereFlag::is_open); }

HarmState HarmOf(const ItemState& state) {
  if (state.item.purpose != ItemPurpose::kLabel) return HarmState::kNone;
  if (HasOpenSevereFlag(state)) return HarmState::kOpen;
  if (state.decisions.empty() || IsRuledOut(state)) return HarmState::kNone;
  if (const ReviewDecision* decision = ActiveDecision(state))
    return IsOfSevereHarm(state, *decision) ? HarmState::kUpheld : HarmState::kNone;
  if (!IsOfSevereHarm(state, state.decisions.back())) return HarmState::kNone;
  // Of what is taken out nobody decides anew.
  return state.is_cancelled ? HarmState::kUpheld : HarmState::kOpen;
}

std::vector<const Judgement*> CountedLabels(const ItemState& state) {
  std::vector<const Judgement*> labels;
  for (const Judgement& judgement : state.judgements) {
    const bool counts = judgement.role == JudgementRole::kLabel && judgement.epoch == state.epoch &&
                        !judgement.is_void && !judgement.is_superseded;
    if (counts) labels.push_back(&judgement);
  }
  return labels;
}

int LiveLeases(const ItemState& state, LeaseRole role, Time now, std::string_view except) {
  return static_cast<int>(std::ranges::count_if(state.leases, [&](const ReviewLease& lease) {
    return lease.role == role && lease.IsLiveAt(now) && lease.person != except;
  }));
}

std::string_view NameAtHome(std::string_view person) {
  constexpr std::string_view kElsewhere = "imported:";
  while (person.starts_with(kElsewhere)) person.remove_prefix(kElsewhere.size());
  return person;
}

bool HasJudged(const ItemState& state, std::string_view person, EnumSet<JudgementRole> roles) {
  const std::string_view name = NameAtHome(person);
  return std::ranges::any_of(state.judgements, [&](const Judgement& judgement) {
    const bool is_theirs = NameAtHome(judgement.person) == name || judgement.imported_by == person;
    return is_theirs && judgement.epoch == state.epoch && roles.Has(judgement.role);
  });
}

bool IsAuthorOfDecision(const ItemState& state, std::string_view person) {
  const ReviewDecision* decision = ActiveDecision(state);
  if (decision == nullptr) return false;
  if (decision->decided_by == person) return true;
  return std::ranges::any_of(decision->inputs, [&](const std::string& id) {
    const Judgement* input = FindJudgement(state, id);
    return input != nullptr && (input->person == person || input->imported_by == person);
  });
}

std::optional<RubricVersion> AnsweredUnder(const ItemState& state) {
  std::vector<const Judgement*> answers = CountedLabels(state);
  if (const ReviewDecision* decision = ActiveDecision(state)) {
    answers.clear();
    for (const std::string& input : decision->inputs) answers.push_back(FindJudgement(state, input));
  }
  std::optional<RubricVersion> oldest;
  for (const Judgement* answer : answers) {
    if (answer == nullptr) continue;
    const RubricVersion& version = answer->content.rubric_version;
    if (!oldest || version < *oldest) oldest = version;
  }
  return oldest;
}

bool IsOutdated(const ItemState& state, const RubricVersion& served) {
  const std::optional<RubricVersion> under = AnsweredUnder(state);
  return under && std::pair(under->major, under->minor) < std::pair(served.major, served.minor);
}

std::optional<int> SeverityOf(const ItemState& state) {
  if (const ReviewDecision* decision = ActiveDecision(state)) return decision->outcome.severity;
  std::optional<int> severity = state.item.severity;
  for (const Judgement* label : CountedLabels(state)) severity = Graver(severity, label->content.opinion.severity);
  if (HasOpenSevereFlag(state)) severity = 1;
  return severity;
}

std::optional<Time> NextChange(const ItemState& state, Time now) {
  std::optional<Time> next;
  const auto consider = [&](Time at) {
    if (at > now && (!next || at < *next)) next = at;
  };
  for (const ReviewLease& lease : state.leases) consider(lease.expires_at);
  if (const ReviewDecision* decision = ActiveDecision(state); decision != nullptr && decision->revisable_until) {
    consider(*decision->revisable_until);
  }
  return next;
}

namespace {

// I1 and I2: no more people than wanted, and each once.
std::string FaultOfLabels(const ItemState& state, Time now) {
  const std::vector<const Judgement*> labels = CountedLabels(state);
  std::set<std::string_view> people;
  for (const Judgement* label : labels) {
    if (!people.insert(label->person).second) return "I2: " + label->person + " has two labels that count";
  }
  if (state.item.purpose != ItemPurpose::kLabel)
    return labels.empty() ? "" : "I7: a label of an item that is not decided";
  const int taken = static_cast<int>(labels.size()) + LiveLeases(state, LeaseRole::kLabel, now);
  if (taken > state.target) {
    return "I1: " + std::to_string(taken) + " labels and leases where " + std::to_string(state.target) + " are wanted";
  }
  if (state.target > state.item.at_most) return "I1: more wanted than the queue allows";
  return "";
}

// I3: nobody decides or audits what they have said themselves.
std::string FaultOfRoles(const ItemState& state) {
  for (const ReviewDecision& decision : state.decisions) {
    if (decision.method != DecisionMethod::kAdjudicated) continue;
    for (const Judgement& judgement : state.judgements) {
      const bool is_label = judgement.role == JudgementRole::kLabel || judgement.role == JudgementRole::kRework;
      if (is_label && judgement.epoch == decision.epoch && judgement.person == decision.decided_by &&
          judgement.at <= decision.at) {
        return "I3: " + judgement.person + " adjudicated an item that they had labelled";
      }
    }
  }
  for (const ReviewAudit& audit : state.audits) {
    const auto decision = std::ranges::find(state.decisions, audit.decision, &ReviewDecision::id);
    if (decision == state.decisions.end()) return "I8: an audit of no decision";
    for (const std::string& id : decision->inputs) {
      const Judgement* input = FindJudgement(state, id);
      if (input == nullptr) return "I8: a decision on a judgement that is not there";
      if (input->person == audit.auditor) return "I3: " + audit.auditor + " audited what they had judged";
    }
  }
  return "";
}

// I4, I5 and I7: one active decision at most, on judgements that are there and count.
std::string FaultOfDecisions(const ItemState& state, Time now) {
  if (std::ranges::count(state.decisions, true, &ReviewDecision::is_active) > 1) return "I4: two active decisions";
  if (StateAt(state, now) == ReviewState::kDone && ActiveDecision(state) == nullptr)
    return "I4: done without a decision";
  for (const ReviewDecision& decision : state.decisions) {
    for (const std::string& id : decision.inputs) {
      const Judgement* input = FindJudgement(state, id);
      if (input == nullptr) return "I5: judgement " + id + " of a decision is gone";
      const bool counts = input->role == JudgementRole::kLabel || input->role == JudgementRole::kRework ||
                          input->role == JudgementRole::kAdjudicate;
      if (!counts) return "I7: a decision on a judgement of role " + std::string(WordOf(input->role));
      if (input->epoch != decision.epoch) return "I7: a decision on a judgement of another epoch";
    }
  }
  return "";
}

}  // namespace

std::string BrokenInvariant(const ItemState& state, Time now) {
  if (state.is_cancelled && !state.imported_as && HarmOf(state) == HarmState::kOpen)
    return "item " + state.item.id + ": I6: taken out with harm on which nobody can rule";
  std::string fault = FaultOfLabels(state, now);
  if (fault.empty()) fault = FaultOfRoles(state);
  if (fault.empty()) fault = FaultOfDecisions(state, now);
  return fault.empty() ? "" : "item " + state.item.id + ": " + fault;
}

}  // namespace assay
