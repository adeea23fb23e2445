#include "review/fact_planner.h"

#include <algorithm>

namespace assay {
namespace {

std::string Where(const ItemState& state, const Reviewer& reviewer, Time now) {
  return "item " + state.item.id + " (" + std::string(WordOf(StateAt(state, std::max(now, state.last_at)))) + "), " +
         Json(reviewer.id).Dump();
}

std::string RoleWords(EnumSet<ReviewRole> roles) {
  std::vector<std::string> words;
  for (const auto& word : EnumWords<ReviewRole>::kWords) {
    if (roles.Has(word.value)) words.emplace_back(word.word);
  }
  return fields::Join(words, ", ");
}

std::size_t CharactersOf(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

Status CheckRationale(const ItemState& state, const JudgementContent& content, const ReviewPolicy& policy) {
  const RationaleSpec& needed = policy.rubric.rationale;
  std::string why(RationaleNeededFor(content.opinion, policy.rubric));
  if (why.empty() && DrawOf(policy.draw_key, "rationale", state.item.id) < needed.share) why = "by the draw";
  if (why.empty() || CharactersOf(content.rationale) >= static_cast<std::size_t>(needed.min_length)) return {};
  return Fail(ErrorCode::kInvalidArgument, "this judgement needs a rationale (" + why + ") of at least " +
                                               std::to_string(needed.min_length) + " characters");
}

Status CheckTimes(const JudgementTimes& times) {
  constexpr auto kMost = std::chrono::hours(24 * 30);
  const bool is_right =
      times.active >= Duration(0) && times.active <= kMost && times.idle >= Duration(0) && times.idle <= kMost;
  return is_right ? Status() : Fail(ErrorCode::kInvalidArgument, "active and idle time lie between 0 and 30 days");
}

// The shortest active time that went into a decision.
Duration ActiveTime(const std::vector<const Judgement*>& judgements) {
  Duration shortest = Duration::max();
  for (const Judgement* judgement : judgements) shortest = std::min(shortest, judgement->content.times.active);
  return judgements.empty() ? Duration(0) : shortest;
}

AuditDraw DrawFor(const ItemState& state, const Opinion& outcome, DecisionMethod method, Duration active,
                  const ReviewPolicy& policy, const AuditHistory& history) {
  const double probability = AuditProbability(policy.queue.audit, outcome, method, active, history);
  return DrawAudit(state.item.id, state.epoch, probability, policy.draw_key);
}

}  // namespace

Status CheckMay(const ItemState& state, const Reviewer& reviewer, ReviewEvent event, Time now) {
  const bool is_nobody = reviewer.id.empty() || reviewer.id == kNobody || reviewer.id == kReviewSystem;
  if (is_nobody) {
    return Fail(ErrorCode::kPermissionDenied,
                "reviewers need a name: \"" + reviewer.id + "\" is nobody; give the daemon tokens");
  }
  const ReviewTransition& transition = TransitionOf(event);
  const std::string word(WordOf(event));
  if (!transition.roles.IsEmpty() && !reviewer.roles.Shares(transition.roles)) {
    return Fail(ErrorCode::kPermissionDenied, Where(state, reviewer, now) + ": to " + word +
                                                  " needs one of the roles " + RoleWords(transition.roles));
  }
  if (transition.from.Has(StateAt(state, std::max(now, state.last_at)))) return {};
  return Fail(ErrorCode::kFailedPrecondition, Where(state, reviewer, now) + ": nobody can " + word + " in this state");
}

Result<bool> WasDone(const ItemState& state, const Reviewer& reviewer, std::string_view key,
                     const JudgementContent* content) {
  if (key.size() > ReviewBounds::kName) return Fail(ErrorCode::kInvalidArgument, "a key has at most 128 bytes");
  const DoneCommand* done = FindCommand(state, reviewer.id, key);
  if (done == nullptr) return false;
  if (content == nullptr) return true;
  const bool is_same = std::ranges::any_of(state.judgements, [&](const Judgement& judgement) {
    return judgement.id == FactId(state.item.id, done->seq) && judgement.content == *content;
  });
  if (is_same) return true;
  return Fail(ErrorCode::kAlreadyExists, Where(state, reviewer, state.last_at) + ": key " + Json(key).Dump() +
                                             " was used for another judgement; this one needs a key of its own");
}

Status CheckNote(std::string_view what, std::string_view text, bool is_needed) {
  const bool is_blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (is_needed && is_blank) {
    const bool is_vowel = std::string_view("aeiou").find(what[0]) != std::string_view::npos;
    return Fail(ErrorCode::kInvalidArgument, (is_vowel ? "needs an " : "needs a ") + std::string(what));
  }
  if (text.size() <= ReviewBounds::kNote) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "a " + std::string(what) + " has at most " + std::to_string(ReviewBounds::kNote) + " bytes");
}

Status CheckContent(const ItemState& state, const JudgementContent& content, const ReviewPolicy& policy) {
  const int major = state.rubric_version.major;
  if (policy.rubric.ParsedVersion().major != major) {
    return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + " is under version " + std::to_string(major) +
                                                    " of rubric \"" + state.item.rubric + "\", not " +
                                                    policy.rubric.version);
  }
  if (content.rubric_version.major != major) {
    return Fail(ErrorCode::kAborted, "item " + state.item.id + ": the judgement is under version " +
                                         ToString(content.rubric_version) + " of the rubric, and the item under " +
                                         ToString(state.rubric_version) + "; look at it again, or keep it as an extra");
  }
  ASSAY_TRY(CheckOpinion(content.opinion, state.item.subject, policy.rubric));
  if (content.rationale.size() > ReviewBounds::kText)
    return Fail(ErrorCode::kInvalidArgument, "a rationale has at most 65536 bytes");
  ASSAY_TRY(CheckNote("proposal", content.proposal, false));
  const std::vector<GuidelineClause> clauses = ClausesOf(policy.rubric.guideline);
  if (content.clauses.size() > ReviewBounds::kClauses)
    return Fail(ErrorCode::kInvalidArgument, "a judgement names at most 20 clauses");
  for (const std::string& clause : content.clauses) {
    if (std::ranges::find(clauses, clause, &GuidelineClause::number) != clauses.end()) continue;
    return Fail(ErrorCode::kInvalidArgument, "the guideline has no clause " + Json(clause.substr(0, 32)).Dump());
  }
  ASSAY_TRY(CheckTimes(content.times));
  if (content.source.empty() || content.source.size() > ReviewBounds::kName) {
    return Fail(ErrorCode::kInvalidArgument, "a judgement needs a source of at most 128 bytes");
  }
  return CheckRationale(state, content, policy);
}

RubricVersion VersionToShow(const ItemState& state, const ReviewPolicy& policy) {
  const RubricVersion newest = policy.rubric.ParsedVersion();
  return newest.major == state.rubric_version.major ? std::max(newest, state.rubric_version) : state.rubric_version;
}

Status SettleLabels(FactPlanner& planner, const ReviewPolicy& policy, const AuditHistory& history) {
  const ItemState& state = planner.state();
  const bool is_open = state.item.purpose == ItemPurpose::kLabel && ActiveDecision(state) == nullptr &&
                       !state.is_adjudicating && !state.is_reworking;
  if (!is_open) return {};
  const std::vector<const Judgement*> labels = CountedLabels(state);
  const bool is_alone_and_grave = state.target == 1 && state.item.at_most > 1 && labels.size() == 1 &&
                                  labels[0]->content.opinion.severity.value_or(99) <= policy.queue.overlap.severity;
  if (is_alone_and_grave) return planner.Add(OverlapGrown{.people = 2});
  std::vector<Opinion> opinions;
  for (const Judgement* label : labels) opinions.push_back(label->content.opinion);
  const Settlement settlement = Settle(opinions, state.target, state.item.at_most, HarmOf(state) == HarmState::kOpen,
                                       policy.queue.agreement, policy.rubric);
  if (std::holds_alternative<NeedsAnother>(settlement)) return planner.Add(OverlapGrown{.people = state.target + 1});
  if (const auto* needs = std::get_if<NeedsAdjudication>(&settlement))
    return planner.Add(AdjudicationOpened{.why = needs->why});
  const auto* settled = std::get_if<Settled>(&settlement);
  if (settled == nullptr) return {};
  DecisionMade made{.outcome = settled->outcome, .method = settled->method};
  for (const std::size_t input : settled->inputs) made.inputs.push_back(labels[input]->id);
  // Others' judgements would have been known to who revises after a majority.
  if (settled->method != DecisionMethod::kMajority) made.revisable_until = planner.now() + policy.queue.undo;
  made.draw = DrawFor(state, settled->outcome, settled->method, ActiveTime(labels), policy, history);
  return planner.Add(std::move(made));
}

Status DecideBy(FactPlanner& planner, const Judgement& judgement, DecisionMethod method, ReviewCause cause,
                const ReviewPolicy& policy, const AuditHistory& history) {
  const ItemState& state = planner.state();
  DecisionMade made{
      .outcome = judgement.content.opinion, .method = method, .decided_by = judgement.person, .cause = cause};
  if (method == DecisionMethod::kAdjudicated) {
    for (const Judgement* label : CountedLabels(state)) made.inputs.push_back(label->id);
  }
  made.inputs.push_back(judgement.id);
  made.draw = DrawFor(state, made.outcome, method, judgement.content.times.active, policy, history);
  return planner.Add(std::move(made));
}

Status FlagHarm(FactPlanner& planner, std::string note, const ReviewPolicy& policy) {
  const HarmState harm = HarmOf(planner.state());
  const bool is_known = HasOpenSevereFlag(planner.state()) || harm == HarmState::kUpheld;
  // A copy is held by nothing, and whoever stores it tells of each person's flag where it is ruled on.
  const auto& flags = planner.state().severe_flags;
  const bool is_told = std::ranges::find(flags, planner.actor(), &SevereFlag::by) != flags.end();
  if (planner.state().item.purpose == ItemPurpose::kLabel ? is_known : is_told) return {};
  return planner.Add(SevereFlagged{.note = std::move(note), .due_at = planner.now() + policy.queue.escalation.severe});
}

Status FlagWhereSevere(FactPlanner& planner, const JudgementContent& content, std::string note,
                       const ReviewPolicy& policy) {
  // In training and calibrations people practise on severities; who means the text says so.
  const ItemPurpose purpose = planner.state().item.purpose;
  const bool is_meant = purpose == ItemPurpose::kLabel || purpose == ItemPurpose::kGold;
  const bool is_severe = content.is_severe || (is_meant && content.opinion.severity == 1);
  return is_severe ? FlagHarm(planner, std::move(note), policy) : Status();
}

}  // namespace assay
