#include "daemon/reviews/item_view.h"

#include <algorithm>
#include <map>

namespace assay {
namespace {

// Names for those who may not know who it was: the same person is the same number throughout the item.
class Names {
 public:
  Names(bool shows_names, std::string_view viewer) : shows_names_(shows_names), viewer_(viewer) {}
  std::string Of(const std::string& person) {
    if (shows_names_ || person == viewer_ || person == kReviewSystem || person.empty()) return person;
    const auto [found, is_new] = numbers_.try_emplace(person, numbers_.size() + 1);
    return "person " + std::to_string(found->second);
  }

 private:
  const bool shows_names_;
  const std::string viewer_;
  std::map<std::string, std::size_t> numbers_;
};

constexpr char kHarmWasFlagged[] = "harm of severity 1 was flagged";  // as the fold of the flag says it

bool IsLead(const Reviewer& viewer) { return viewer.roles.Has(ReviewRole::kLead); }

// Whether they have labelled it, or gold that looks as if, and do not look at it in another role now.
bool HasAnswered(const ItemState& state, const Reviewer& viewer) {
  if (LeaseOf(state, viewer.id) != nullptr) return false;
  return std::ranges::any_of(state.judgements, [&](const Judgement& judgement) {
    return judgement.person == viewer.id && judgement.epoch == state.epoch &&
           (judgement.role == JudgementRole::kLabel || judgement.role == JudgementRole::kGold);
  });
}

// In the order of the person's lease; who has none sees them sorted.
void Arrange(ItemContent& content, const ReviewLease* lease) {
  const auto place = [&](const ShownResponse& response) {
    if (lease == nullptr) return std::ptrdiff_t{0};
    return std::ranges::find(lease->presented, response.id) - lease->presented.begin();
  };
  std::ranges::stable_sort(content.responses, {}, [&](const ShownResponse& response) {
    return std::pair(place(response), std::string_view(response.id));
  });
}

std::string WhyWithheld(const ItemState& state, const Reviewer& viewer) {
  if (OpenQuarantine(state) != nullptr)
    return "it is quarantined: somebody found personal data or secrets in it, and the privacy role looks at it";
  if (!IsOfQueue(viewer, state.item.queue)) return "it belongs to another queue than yours";
  if (!MayLookAt(viewer, state.item)) return "you are not cleared for its data (" + state.item.data_class + ")";
  return "its content is for who has the item, has judged it, or leads the queue, until it is done; claim it";
}

std::string JoinedBy(const std::string& separator, const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!text.empty()) joined += (joined.empty() ? "" : separator) + text;
  }
  return joined;
}

std::string ReopeningText(const ItemReopened& reopened) {
  const std::string verdicts = JoinedBy(", ", reopened.verdicts);
  const bool is_one = reopened.verdicts.size() == 1;
  return JoinedBy(
      "; ", {reopened.reason, "cause: " + std::string(WordOf(reopened.cause)),
             verdicts.empty() ? "" : (is_one ? "verdict " : "verdicts ") + verdicts + " rested on what was decided"});
}

// What was said with a fact, all of it.
std::string NoteOf(const ReviewFactBody& body) {
  if (const auto* ended = std::get_if<LeaseEnded>(&body)) return ended->reason;
  if (const auto* voided = std::get_if<JudgementVoided>(&body)) return voided->reason;
  if (const auto* opened = std::get_if<AdjudicationOpened>(&body)) return opened->why;
  if (const auto* audit = std::get_if<AuditMade>(&body))
    return JoinedBy("; ", {audit->passes ? "passed" : audit->defect,
                           audit->cause == ReviewCause::kNone ? "" : "because of " + std::string(WordOf(audit->cause)),
                           audit->action});
  if (const auto* reopened = std::get_if<ItemReopened>(&body)) return ReopeningText(*reopened);
  if (const auto* escalated = std::get_if<EscalationOpened>(&body))
    return JoinedBy("; ", {escalated->note, escalated->clause.empty() ? "" : "clause " + escalated->clause});
  if (const auto* resolved = std::get_if<EscalationResolved>(&body)) return resolved->ruling;
  if (const auto* quarantined = std::get_if<QuarantineOpened>(&body)) return quarantined->note;
  if (const auto* ended = std::get_if<QuarantineClosed>(&body))
    return ended->policy.empty() ? "nothing was found" : "redacted by policy " + ended->policy;
  if (const auto* awaited = std::get_if<GuidelineAwaited>(&body)) return "clarification " + awaited->clarification;
  if (const auto* arrived = std::get_if<GuidelineArrived>(&body)) return "clarification " + arrived->clarification;
  if (const auto* advanced = std::get_if<RubricAdvanced>(&body))
    return JoinedBy("; ", {"version " + ToString(advanced->version),
                           advanced->approval.empty() ? "" : "approval " + advanced->approval});
  if (const auto* flagged = std::get_if<SevereFlagged>(&body)) return flagged->note;
  if (const auto* moved = std::get_if<LaneChanged>(&body)) return moved->reason;
  if (const auto* cancelled = std::get_if<ItemCancelled>(&body)) return cancelled->reason;
  if (const auto* ordered = std::get_if<AuditOrdered>(&body)) return ordered->reason;
  if (const auto* graded = std::get_if<GoldGraded>(&body)) return JoinedBy("; ", graded->misses);
  if (const auto* decision = std::get_if<DecisionMade>(&body); decision != nullptr && decision->draw.is_drawn)
    return "drawn for an audit, with a probability of " + std::to_string(decision->draw.probability).substr(0, 5);
  return "";
}

// Gold that a person has answered for training is told to them; evaluation gold never.
std::optional<GoldFeedback> FeedbackOf(const ItemState& state, const GoldAnswer* gold, const Reviewer& viewer,
                                       const ReviewPolicy& policy) {
  if (state.item.purpose != ItemPurpose::kTraining || gold == nullptr) return std::nullopt;
  const Judgement* own = nullptr;
  for (const Judgement& judgement : state.judgements) {
    if (judgement.person == viewer.id && judgement.role == JudgementRole::kGold) own = &judgement;
  }
  if (own == nullptr) return std::nullopt;
  const GoldGrade grade = GradeGold(*gold, own->content.opinion, policy.rubric);
  return GoldFeedback{.is_hit = grade.is_hit, .misses = grade.misses, .expected = gold->expected, .why = gold->why};
}

// Whether a judgement says what a model says tells what the model says.
void ForgetSuggestion(JudgementContent& content) {
  content.saw_suggestion = false;
  content.followed_suggestion.reset();
  content.prelabel.reset();
}

bool IsMineToRevise(const ItemState& state, const Judgement& judgement, const ReviewPolicy& policy, Time now) {
  const ReviewDecision* decision = ActiveDecision(state);
  const bool is_open = decision == nullptr || (decision->revisable_until && now < *decision->revisable_until);
  // Of gold too, which must not be told by this; revising it is refused as when the time is over.
  const bool is_label = judgement.role == JudgementRole::kLabel || judgement.role == JudgementRole::kRework ||
                        (judgement.role == JudgementRole::kGold && state.item.purpose == ItemPurpose::kGold);
  return is_open && is_label && !judgement.is_void && !judgement.is_superseded && judgement.epoch == state.epoch &&
         now < judgement.at + policy.queue.undo;
}

class ViewMaker {
 public:
  ViewMaker(const ItemState& state, const Reviewer& viewer, const ReviewPolicy& policy, Time now)
      : state_(state),
        viewer_(viewer),
        policy_(policy),
        now_(std::max(now, state.last_at)),
        may_(ViewOf(state, viewer, now)),
        names_(may_.shows_names, viewer.id) {}

  void AddContent(const std::optional<ItemContent>& content, ItemView& view) {
    if (!may_.shows_content) {
      view.withheld = WhyWithheld(state_, viewer_);
      return;
    }
    if (!content) return;
    if (content->is_deleted) {
      const std::string why = content->deleted_why.empty() ? "" : ": " + content->deleted_why;
      view.withheld = "its texts were deleted for their age (retention" + why + "); what was said of them stays";
      return;
    }
    view.content = *content;
    view.content->suggestion.reset();
    if (ShowsSuggestion()) view.suggestion = content->suggestion;
    if (!may_.shows_judgements || (!IsLead(viewer_) && StateAt(state_, now_) != ReviewState::kDone))
      view.content->sources.clear();
    Arrange(*view.content, LeaseOf(state_, viewer_.id));
  }

  void AddLeases(ItemView& view) {
    if (const ReviewLease* own = LeaseOf(state_, viewer_.id); own != nullptr && own->IsLiveAt(now_)) {
      view.lease = *own;
      view.lease->token = TokenAsShown(state_, viewer_.id, own->token);
      view.item.rubric_version = own->rubric_version;
    }
    if (!may_.shows_names) return;
    for (const ReviewLease& lease : state_.leases) {
      if (lease.IsLiveAt(now_)) view.leases.push_back(lease);
    }
  }

  void AddJudgements(ItemView& view) {
    for (const Judgement& judgement : state_.judgements) {
      const bool is_mine = judgement.person == viewer_.id;
      if (!is_mine && !may_.shows_judgements) continue;
      if (is_mine && IsGoldBefore(judgement)) continue;
      ShownJudgement shown{.judgement = judgement, .is_mine = is_mine};
      shown.judgement.person = names_.Of(judgement.person);
      // That an item is gold is told to nobody who answers it.
      const bool hides_gold =
          shown.judgement.role == JudgementRole::kGold && !IsLead(viewer_) && state_.item.purpose == ItemPurpose::kGold;
      if (hides_gold) shown.judgement.role = JudgementRole::kLabel;
      if (hides_gold) shown.judgement.id = JudgementAsShown(state_, viewer_.id, judgement.id);
      if (!ShowsSuggestion() && !IsOpenBook()) ForgetSuggestion(shown.judgement.content);
      if (is_mine && !judgement.is_superseded) {
        view.judgement = shown.judgement.id;
        view.revisable_until.reset();
        if (IsMineToRevise(state_, judgement, policy_, now_)) view.revisable_until = RevisableUntil(judgement);
      }
      view.judgements.push_back(std::move(shown));
    }
  }

  void AddDecisions(const std::optional<ItemContent>& content, ItemView& view) {
    // An auditor who has judged for themselves looks at the decision; who only has a part in the item learns of it when
    // it is done.
    const ReviewLease* own = LeaseOf(state_, viewer_.id);
    const bool audits = own != nullptr && own->role == LeaseRole::kAudit && own->IsLiveAt(now_) &&
                        HasJudgedForAudit(state_, viewer_.id);
    if (!may_.shows_judgements && !audits) return;
    const ResponseSource* candidate = content ? content->Candidate() : nullptr;
    for (const ReviewDecision& decision : state_.decisions) {
      ShownDecision shown{.decision = decision, .score = {}};
      shown.decision.decided_by = names_.Of(decision.decided_by);
      if (candidate != nullptr) shown.score = ScoreOf(decision.outcome, candidate->response, policy_.rubric);
      view.decisions.push_back(std::move(shown));
    }
    if (!may_.shows_judgements) return;
    for (ReviewAudit audit : state_.audits) {
      audit.auditor = names_.Of(audit.auditor);
      view.audits.push_back(std::move(audit));
    }
  }

  void AddEscalations(ItemView& view) {
    for (const ReviewEscalation& escalation : state_.escalations) {
      const bool may_resolve = !escalation.resolved_at && viewer_.roles.Shares(RolesOf(escalation.route));
      const bool is_mine = escalation.by == viewer_.id;
      if (!may_resolve && !is_mine && !may_.shows_judgements) continue;
      ShownEscalation shown{.escalation = escalation, .may_resolve = may_resolve};
      shown.escalation.by = names_.Of(escalation.by);
      shown.escalation.resolved_by = names_.Of(escalation.resolved_by);
      view.escalations.push_back(std::move(shown));
    }
  }

  void AddHistory(std::span<const ReviewFact> facts, ItemView& view) {
    if (!may_.shows_judgements) return;
    for (const ReviewFact& fact : facts) {
      view.history.push_back({.seq = fact.seq,
                              .at = fact.at,
                              .actor = names_.Of(fact.actor),
                              .what = std::string(Name(fact.body)),
                              .note = NoteOf(fact.body)});
    }
  }

 private:
  // What they said of it the last time, while they have it again: nobody has an item twice but gold.
  bool IsGoldBefore(const Judgement& judgement) const {
    const ReviewLease* own = LeaseOf(state_, viewer_.id);
    return state_.item.purpose == ItemPurpose::kGold && own != nullptr && own->IsLiveAt(now_) &&
           judgement.at <= own->granted_at;
  }
  // To who may see everything and does not judge it now.
  bool IsOpenBook() const {
    return may_.shows_judgements && LeaseOf(state_, viewer_.id) == nullptr &&
           (IsLead(viewer_) || StateAt(state_, now_) == ReviewState::kDone);
  }
  // Who decides between others or looks at a decision is not swayed by a model either.
  bool ShowsSuggestion() const {
    if (IsOpenBook()) return true;
    const PrelabelPlan plan = PrelabelPlanOf(policy_.queue.prelabel, state_.item, policy_.draw_key);
    const bool has_answered = HasAnswered(state_, viewer_);
    if (plan.IsShownAfter()) return has_answered;
    const ReviewLease* own = LeaseOf(state_, viewer_.id);
    const bool labels = own != nullptr && (own->role == LeaseRole::kLabel || own->role == LeaseRole::kRework);
    return plan.IsShownBefore() && (labels || has_answered);
  }

  std::optional<Time> RevisableUntil(const Judgement& judgement) const {
    const ReviewDecision* decision = ActiveDecision(state_);
    const Time own = judgement.at + policy_.queue.undo;
    return decision != nullptr && decision->revisable_until ? std::min(own, *decision->revisable_until) : own;
  }

  const ItemState& state_;
  const Reviewer& viewer_;
  const ReviewPolicy& policy_;
  const Time now_;
  const ReviewView may_;
  Names names_;
};

// All leases of gold of one person, the oldest first.
std::vector<std::int64_t> TokensOf(const ItemState& state, std::string_view person) {
  std::vector<std::int64_t> tokens;
  for (const EndedLease& lease : state.ended_leases) {
    if (lease.person == person) tokens.push_back(lease.token);
  }
  if (const ReviewLease* lease = LeaseOf(state, person)) tokens.push_back(lease->token);
  std::ranges::sort(tokens);
  return tokens;
}

bool HasFlagged(const ItemState& state, std::string_view person) {
  return std::ranges::find(state.severe_flags, person, &SevereFlag::by) != state.severe_flags.end();
}

// What they asked of gold, as long as nobody can answer it there.
const ReviewEscalation* AskedOfGold(const ItemState& state, std::string_view person) {
  if (state.item.purpose != ItemPurpose::kGold) return nullptr;
  const auto found = std::ranges::find(state.escalations, person, &ReviewEscalation::by);
  return found == state.escalations.end() ? nullptr : &*found;
}

// Copies have the time of what they are made of in their ids, as all items have their own.
Time TimeOfId(const std::string& id) {
  std::int64_t milliseconds = 0;
  int digits = 0;
  for (const char c : id) {
    if (c == '-') continue;
    if (++digits > 12) break;
    milliseconds = milliseconds * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return Time(std::chrono::milliseconds(milliseconds));
}

// Nothing holds gold, whatever people flag in it; to them it looks as if.
void ShowAsFlagged(ItemSummary& summary) {
  if (summary.state != ReviewState::kEscalated && summary.state != ReviewState::kBlocked &&
      summary.state != ReviewState::kQuarantined)
    summary.state = ReviewState::kAdjudication;
  if (summary.state == ReviewState::kAdjudication) summary.offers = LeaseRole::kAdjudicate;
  summary.lane = ReviewLane::kIncident;
}

void SortResponses(const ReviewItem& item, bool shows_lengths, ItemSummary& summary) {
  std::vector<std::string>& sorted = summary.subject.responses;
  std::ranges::sort(sorted);
  if (!shows_lengths || item.lengths.size() != sorted.size()) return;
  for (const std::string& response : sorted)
    summary.lengths.push_back(item.lengths[static_cast<std::size_t>(
        std::ranges::find(item.subject.responses, response) - item.subject.responses.begin())]);
}

}  // namespace

std::int64_t TokenAsShown(const ItemState& state, std::string_view person, std::int64_t token) {
  if (state.item.purpose != ItemPurpose::kGold) return token;
  const std::vector<std::int64_t> tokens = TokensOf(state, person);
  return std::ranges::find(tokens, token) - tokens.begin() + 1;
}

std::int64_t TokenFromShown(const ItemState& state, std::string_view person, std::int64_t shown) {
  if (state.item.purpose != ItemPurpose::kGold) return shown;
  const std::vector<std::int64_t> tokens = TokensOf(state, person);
  return shown < 1 || shown > std::ssize(tokens) ? 0 : tokens[static_cast<std::size_t>(shown - 1)];
}

// As if they were the first to have it: it entered, they claimed it, they judged it.
std::string JudgementAsShown(const ItemState& state, std::string_view person, const std::string& judgement) {
  if (state.item.purpose != ItemPurpose::kGold) return judgement;
  std::int64_t seq = 1;
  for (const Judgement& each : state.judgements) {
    if (each.person == person) seq += 2;
    if (each.id == judgement) break;
  }
  return FactId(state.item.id, seq);
}

void ForgetOthers(ItemView& view) {
  std::erase_if(view.judgements, [](const ShownJudgement& shown) { return !shown.is_mine; });
  view.decisions.clear();
  view.audits.clear();
  view.history.clear();
}

std::optional<Time> RulingDueAt(const ItemState& state) {
  if (const ReviewQuarantine* quarantine = OpenQuarantine(state)) return quarantine->due_at;
  if (const ReviewEscalation* escalation = OpenEscalation(state)) return escalation->due_at;
  return std::nullopt;
}

ItemSummary SummaryOf(const ItemState& state, const Reviewer& viewer, Time now) {
  const Time at = std::max(now, state.last_at);
  const ReviewView may = ViewOf(state, viewer, at);
  // The case tells whose gold a copy is.
  const bool is_known = IsLead(viewer) || StateAt(state, at) == ReviewState::kDone;
  ItemSummary summary{.id = state.item.id,
                      .queue = state.item.queue,
                      .suite = state.item.suite,
                      .run = {},
                      .case_id = is_known ? state.item.case_id : "",
                      .trial = state.item.trial,
                      .state = StateAt(state, at),
                      .lane = LaneAt(state, at),
                      .rubric = state.item.rubric,
                      .rubric_version = state.rubric_version,
                      .epoch = state.epoch,
                      .people = 0,
                      .judgements = 0,
                      .severity = {},
                      .entered_at = state.entered_at,
                      .due_at = {},
                      .subject = state.item.subject,
                      .language = state.item.language,
                      .offers = RoleOffered(state, at),
                      .ruling_due_at = RulingDueAt(state)};
  SortResponses(state.item, may.shows_content, summary);
  if (may.shows_judgements) summary.judgements = static_cast<int>(CountedLabels(state).size());
  if (!is_known) summary.entered_at = TimeOfId(state.item.id);
  if (const ReviewEscalation* asked = AskedOfGold(state, viewer.id); !is_known && asked != nullptr) {
    // To who asks it waits for a ruling, as every item would.
    summary.state = ReviewState::kEscalated;
    summary.offers.reset();
    summary.ruling_due_at = asked->due_at;
  }
  if (!is_known && state.item.purpose == ItemPurpose::kGold && HasFlagged(state, viewer.id)) ShowAsFlagged(summary);
  // After answering, an item whose answer is known looks like all others.
  if (!is_known && HasAnswered(state, viewer)) {
    summary.state = ReviewState::kDecided;
    summary.offers.reset();
  }
  // Gold stands in no lane of its own: that of the others would tell which it is.
  if (!is_known && summary.lane == ReviewLane::kGateBlocking) summary.lane = ReviewLane::kNormal;
  if (!is_known) return summary;
  summary.run = state.item.run;
  summary.people = state.target;
  summary.due_at = state.due_at;
  summary.reasons = state.item.reasons;
  summary.severity = SeverityOf(state);
  summary.purpose = state.item.purpose;
  summary.provenance = state.item.provenance;
  summary.answered_under = AnsweredUnder(state);
  return summary;
}

ItemView ViewOfItem(const ItemState& state, std::span<const ReviewFact> facts,
                    const std::optional<ItemContent>& content, const ReviewPolicy& policy, const GoldAnswer* gold,
                    const Reviewer& viewer, Time now) {
  ViewMaker maker(state, viewer, policy, now);
  ItemView view{.item = SummaryOf(state, viewer, now),
                .has_severe_flag = HasOpenSevereFlag(state),
                .adjudication_why = state.is_adjudicating ? state.adjudication_why : "",
                .awaited_clarification = state.awaited_clarification};
  const bool seems_flagged =
      state.item.purpose == ItemPurpose::kGold && !IsLead(viewer) && HasFlagged(state, viewer.id);
  if (seems_flagged) {
    view.has_severe_flag = true;
    view.adjudication_why = kHarmWasFlagged;
  }
  maker.AddContent(content, view);
  maker.AddLeases(view);
  maker.AddJudgements(view);
  maker.AddDecisions(content, view);
  maker.AddEscalations(view);
  maker.AddHistory(facts, view);
  view.feedback = FeedbackOf(state, gold, viewer, policy);
  return view;
}

}  // namespace assay
