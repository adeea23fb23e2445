#include "review/fact_fold.h"

#include <algorithm>

namespace assay {
namespace {

bool IsLabelersMistake(ReviewCause cause) { return cause == ReviewCause::kMisread || cause == ReviewCause::kSlip; }

}  // namespace

std::unexpected<Error> FactFold::Refuse(const std::string& why) const {
  const bool is_new = state_.seq == 0;
  return Fail(ErrorCode::kFailedPrecondition,
              "item " + fact_.item + (is_new ? "" : " (" + std::string(WordOf(StateAt(state_, fact_.at))) + ")") +
                  ", " + std::string(Name(fact_.body)) + " by " + fact_.actor + ": " + why);
}

Status FactFold::Require(ReviewEvent event) const {
  const bool is_about_content =
      event == ReviewEvent::kQuarantine || event == ReviewEvent::kEndQuarantine || event == ReviewEvent::kCancel;
  if (state_.imported_as && !is_about_content) return Refuse("it was judged elsewhere, and nobody goes on with it");
  if (TransitionOf(event).from.Has(StateAt(state_, fact_.at))) return {};
  return Refuse("nobody can " + std::string(WordOf(event)) + " in this state");
}

Status FactFold::RequirePlace(const ReviewLease& lease) const {
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

Result<ReviewLease*> FactFold::HeldLease(std::int64_t token) {
  const auto found = std::ranges::find(state_.leases, fact_.actor, &ReviewLease::person);
  if (found == state_.leases.end() || found->token != token)
    return Refuse("does not hold it with token " + std::to_string(token));
  return &*found;
}

Judgement* FactFold::Find(std::string_view id) {
  const auto found = std::ranges::find(state_.judgements, id, &Judgement::id);
  return found == state_.judgements.end() ? nullptr : &*found;
}

Status FactFold::Revise(const JudgementMade& made) {
  Judgement* earlier = Find(made.supersedes);
  const bool is_own = earlier != nullptr && earlier->person == fact_.actor && earlier->role == JudgementRole::kLabel &&
                      made.role == JudgementRole::kLabel && earlier->epoch == state_.epoch && !earlier->is_void &&
                      !earlier->is_superseded;
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

Result<std::vector<Judgement>> FactFold::MappedOf(const RubricAdvanced& advanced) const {
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

void FactFold::AddJudgement(const JudgementMade& made) {
  state_.judgements.push_back({.id = Id(),
                               .person = fact_.actor,
                               .role = made.role,
                               .epoch = state_.epoch,
                               .supersedes = made.supersedes,
                               .presented = made.presented,
                               .content = made.content,
                               .at = fact_.at});
}

void FactFold::EndLease(std::string_view person, bool is_skip) {
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

void FactFold::EndLeasesBut(EnumSet<LeaseRole> kept) {
  const std::vector<ReviewLease> leases = state_.leases;
  for (const ReviewLease& lease : leases) {
    if (!kept.Has(lease.role)) EndLease(lease.person, false);
  }
}

void FactFold::EndDecision() {
  for (ReviewDecision& decision : state_.decisions) {
    if (!decision.is_active) continue;
    decision.is_active = false;
    decision.ended_by = Id();
  }
  state_.draw.reset();
}

void FactFold::BeginRework(ReviewCause cause) {
  EndDecision();
  EndAllLeases();
  state_.is_reworking = true;
  state_.rework_cause = cause;
  state_.reworks_for_error += IsLabelersMistake(cause) ? 1 : 0;
}

void FactFold::BeginEpoch() {
  // Other content, or other words for it, do not undo what was upheld.
  const HarmState harm = HarmOf(state_);
  if (harm == HarmState::kUpheld) state_.adjudication_why = "harm of severity 1 was upheld before";
  EndDecision();
  EndAllLeases();
  ++state_.epoch;
  state_.target = state_.item.people;
  state_.skipped_by.clear();
  state_.is_reworking = false;
  state_.is_adjudicating = harm != HarmState::kNone;
}

void FactFold::Cancel() {
  EndAllLeases();
  state_.is_cancelled = true;
}

}  // namespace assay
