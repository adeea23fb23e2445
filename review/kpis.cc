#include "review/kpis.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "gates/stats/judge_correction.h"
#include "gates/stats/kappa.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

constexpr double kTwoSided = 0.975;

bool IsIn(const KpiWindow& window, Time at) { return at >= window.from && at < window.to; }

bool IsCounted(const Judgement& judgement) {
  const bool is_work = judgement.role == JudgementRole::kLabel || judgement.role == JudgementRole::kRework ||
                       judgement.role == JudgementRole::kAdjudicate;
  // What is carried over to another version of the rubric was counted when it was made.
  return is_work && !judgement.is_void && !judgement.is_superseded && judgement.mapped_from.empty();
}

// The longer response of a pair; "" where lengths are the same or not known.
std::string LongerOf(const ReviewItem& item) {
  const bool is_known = item.lengths.size() == 2 && item.subject.responses.size() == 2;
  if (!is_known || item.lengths[0] == item.lengths[1]) return "";
  return item.subject.responses[item.lengths[0] > item.lengths[1] ? 0 : 1];
}

double SecondsOf(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// The value of rank ceil(p n); absent of nothing.
std::optional<double> RankOf(std::vector<double> values, double p) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

// When the active decision became final; absent where it is not.
std::optional<Time> DoneAt(const ItemState& state, Time now) {
  if (StateAt(state, now) != ReviewState::kDone) return std::nullopt;
  const ReviewDecision& decision = *ActiveDecision(state);
  Time done = decision.revisable_until ? std::max(decision.at, *decision.revisable_until) : decision.at;
  for (const ReviewAudit& audit : state.audits) {
    if (audit.decision == decision.id && audit.passes) done = std::max(done, audit.at);
  }
  return done;
}

// Counts of k in n, made a share at the end.
struct Tally {
  std::int64_t count = 0;
  std::int64_t of = 0;
  void Add(bool is_one) {
    ++of;
    count += is_one ? 1 : 0;
  }
  ReviewShare Share() const { return ShareOf(count, of); }
};

// The labels with a suggestion in view, or those without.
class InSightCount {
 public:
  explicit InSightCount(bool saw_suggestion) : saw_suggestion_(saw_suggestion) {}

  void Add(const ItemState& state, const KpiWindow& window, const QueueSpec& queue, const RubricSpec& rubric);
  ReviewKpis::InSight Take() const {
    ReviewKpis::InSight taken = taken_;
    taken.labels_overturned = overturned_.Share();
    taken.audits_passed = audits_.Share();
    return taken;
  }

 private:
  bool IsOfThese(const Judgement& judgement) const { return judgement.content.saw_suggestion == saw_suggestion_; }

  const bool saw_suggestion_;
  ReviewKpis::InSight taken_ = {};
  Tally overturned_, audits_;
};

// Labels of an item against what was adjudicated.
template <class See>
void SeeOverturned(const ItemState& state, const QueueSpec& queue, const RubricSpec& rubric, See see) {
  const ReviewDecision* decision = ActiveDecision(state);
  if (decision == nullptr || decision->method != DecisionMethod::kAdjudicated) return;
  for (const Judgement* label : CountedLabels(state)) {
    see(*label, Compare(decision->outcome, label->content.opinion, queue.agreement, rubric) == OpinionMatch::kDiffer);
  }
}

void InSightCount::Add(const ItemState& state, const KpiWindow& window, const QueueSpec& queue,
                       const RubricSpec& rubric) {
  for (const Judgement& judgement : state.judgements) {
    const bool is_label = judgement.role == JudgementRole::kLabel && IsCounted(judgement);
    if (!is_label || !IsIn(window, judgement.at) || !IsOfThese(judgement)) continue;
    ++taken_.judgements;
    taken_.active_seconds += SecondsOf(judgement.content.times.active);
  }
  const ReviewDecision* decision = ActiveDecision(state);
  if (decision != nullptr && IsIn(window, decision->at)) {
    SeeOverturned(state, queue, rubric, [&](const Judgement& label, bool is_overturned) {
      if (IsOfThese(label)) overturned_.Add(is_overturned);
    });
  }
  for (const ReviewAudit& audit : state.audits) {
    if (!IsIn(window, audit.at)) continue;
    const auto decided = std::ranges::find(state.decisions, audit.decision, &ReviewDecision::id);
    if (decided == state.decisions.end()) continue;
    const bool rests_on_these = std::ranges::any_of(state.judgements, [&](const Judgement& judgement) {
      return std::ranges::find(decided->inputs, judgement.id) != decided->inputs.end() && IsOfThese(judgement);
    });
    if (rests_on_these) audits_.Add(audit.passes);
  }
}

class KpiCount {
 public:
  KpiCount(const KpiWindow& window, const QueueSpec& queue, const RubricSpec& rubric)
      : window_(window), queue_(queue), rubric_(rubric) {}

  void Add(const ItemState& state) {
    AddLeases(state);
    AddGold(state);
    if (state.item.purpose != ItemPurpose::kLabel) return;
    AddJudgements(state);
    AddAudits(state);
    AddReworks(state);
    AddEscalations(state);
    AddAdjudication(state);
    AddDepth(state);
    AddPunctuality(state);
    AddPairs(state);
    saw_suggestion_.Add(state, window_, queue_, rubric_);
    saw_none_.Add(state, window_, queue_, rubric_);
    if (const auto done = DoneAt(state, window_.to); done && IsIn(window_, *done)) AddDecision(state, *done);
  }

  ReviewKpis Take() {
    if (kpis_.active_seconds > 0) {
      std::int64_t all = 0;
      for (const auto& [role, count] : kpis_.judgements) all += count;
      kpis_.judgements_per_active_hour = static_cast<double>(all) * 3600 / kpis_.active_seconds;
    }
    kpis_.person_days = std::ssize(person_days_);
    kpis_.audits_passed = audits_.Share();
    if (audit_weight_ > 0) kpis_.decisions_right = passed_weight_ / audit_weight_;
    kpis_.reworked = reworked_.Share();
    kpis_.escalated = escalated_.Share();
    kpis_.escalation_seconds_p50 = RankOf(resolution_, 0.5);
    kpis_.escalation_seconds_p90 = RankOf(resolution_, 0.9);
    kpis_.adjudicated = adjudicated_.Share();
    kpis_.labels_overturned = overturned_.Share();
    kpis_.gold_hits = gold_.Share();
    kpis_.on_time = on_time_.Share();
    kpis_.severe = severe_.Share();
    kpis_.false_refusals = false_refusals_.Share();
    kpis_.missed_refusals = missed_refusals_.Share();
    kpis_.hallucinating = hallucinating_.Share();
    kpis_.claims_supported = claims_.Share();
    kpis_.first_shown_wins = first_wins_.Share();
    kpis_.first_shown_p = BinomialTest(first_wins_.count, first_wins_.of, 0.5);
    kpis_.longer_wins = longer_wins_.Share();
    kpis_.longer_p = BinomialTest(longer_wins_.count, longer_wins_.of, 0.5);
    kpis_.suggestions_followed = followed_.Share();
    kpis_.saw_suggestion = saw_suggestion_.Take();
    kpis_.saw_none = saw_none_.Take();
    Forecast();
    return std::move(kpis_);
  }

 private:
  void AddLeases(const ItemState& state) {
    for (const EndedLease& lease : state.ended_leases) {
      kpis_.leases_expired += lease.has_expired && IsIn(window_, lease.ended_at) ? 1 : 0;
    }
    for (const ReviewLease& lease : state.leases) {
      kpis_.leases_expired += !lease.IsLiveAt(window_.to) && IsIn(window_, lease.expires_at) ? 1 : 0;
    }
  }

  void AddGold(const ItemState& state) {
    if (state.item.purpose != ItemPurpose::kGold) return;
    for (const GoldResult& result : state.gold) {
      if (IsIn(window_, result.at)) gold_.Add(result.is_hit);
    }
  }

  void AddJudgements(const ItemState& state) {
    for (const Judgement& judgement : state.judgements) {
      if (!IsIn(window_, judgement.at)) continue;
      kpis_.extras += judgement.role == JudgementRole::kExtra ? 1 : 0;
      if (!IsCounted(judgement)) continue;
      ++kpis_.judgements[judgement.role];
      person_days_.emplace(judgement.person, std::chrono::floor<std::chrono::days>(judgement.at));
      kpis_.active_seconds += SecondsOf(judgement.content.times.active);
      if (judgement.content.followed_suggestion) followed_.Add(*judgement.content.followed_suggestion);
    }
  }

  void AddAudits(const ItemState& state) {
    for (const ReviewAudit& audit : state.audits) {
      if (!IsIn(window_, audit.at)) continue;
      audits_.Add(audit.passes);
      if (audit.probability <= 0) continue;
      audit_weight_ += 1 / audit.probability;
      passed_weight_ += audit.passes ? 1 / audit.probability : 0;
    }
  }

  void AddReworks(const ItemState& state) {
    const bool is_submitted = std::ranges::any_of(
        state.judgements, [&](const Judgement& j) { return j.role == JudgementRole::kLabel && IsIn(window_, j.at); });
    if (is_submitted) reworked_.Add(state.reworks_for_error > 0);
    for (const ReviewAudit& audit : state.audits) {
      if (audit.passes || !IsIn(window_, audit.at)) continue;
      // What came in from an older version says none.
      ++kpis_.reworks[audit.cause == ReviewCause::kNone ? ReviewCause::kMisread : audit.cause];
    }
    for (const ReviewReopening& reopening : state.reopenings) {
      kpis_.reworks[reopening.cause] += IsIn(window_, reopening.at) ? 1 : 0;
    }
    std::erase_if(kpis_.reworks, [](const auto& rework) { return rework.second == 0; });
  }

  void AddEscalations(const ItemState& state) {
    bool is_worked =
        std::ranges::any_of(state.judgements, [&](const Judgement& j) { return IsCounted(j) && IsIn(window_, j.at); });
    bool is_escalated = false;
    for (const ReviewEscalation& escalation : state.escalations) {
      if (escalation.resolved_at && IsIn(window_, *escalation.resolved_at)) {
        resolution_.push_back(SecondsOf(*escalation.resolved_at - escalation.at));
      }
      if (!IsIn(window_, escalation.at)) continue;
      ++kpis_.escalations[escalation.reason];
      is_worked = true;
      is_escalated = is_escalated || escalation.reason == EscalationReason::kAmbiguity ||
                     escalation.reason == EscalationReason::kPolicy;
    }
    if (is_worked) escalated_.Add(is_escalated);
  }

  void AddAdjudication(const ItemState& state) {
    const ReviewDecision* decision = ActiveDecision(state);
    if (decision == nullptr || !IsIn(window_, decision->at)) return;
    const bool is_adjudicated = decision->method == DecisionMethod::kAdjudicated;
    if (CountedLabels(state).size() > 1) adjudicated_.Add(is_adjudicated);
    if (is_adjudicated) ++kpis_.adjudications[decision->cause];
    SeeOverturned(state, queue_, rubric_,
                  [&](const Judgement&, bool is_overturned) { overturned_.Add(is_overturned); });
  }

  void AddDepth(const ItemState& state) {
    if (state.entered_at >= window_.to) return;
    const ReviewState at = StateAt(state, window_.to);
    ++kpis_.items[at];
    if (at == ReviewState::kDone || at == ReviewState::kCancelled) return;
    ++open_;
    const double age = SecondsOf(window_.to - state.entered_at);
    if (!kpis_.oldest_open_seconds || age > *kpis_.oldest_open_seconds) kpis_.oldest_open_seconds = age;
  }

  void AddPunctuality(const ItemState& state) {
    if (!state.due_at || !IsIn(window_, *state.due_at) || state.is_cancelled) return;
    const std::optional<Time> done = DoneAt(state, window_.to);
    on_time_.Add(done && *done <= *state.due_at);
  }

  void AddPairs(const ItemState& state) {
    for (const Judgement* label : CountedLabels(state)) {
      const auto* pair = std::get_if<PairwiseAnswers>(&label->content.opinion.answers);
      const bool has_winner = pair != nullptr && pair->choice == PairChoice::kWinner && !label->presented.empty();
      if (!has_winner || !IsIn(window_, label->at)) continue;
      first_wins_.Add(pair->winner == label->presented.front());
      if (const std::string longer = LongerOf(state.item); !longer.empty()) longer_wins_.Add(pair->winner == longer);
    }
  }

  void AddDecision(const ItemState& state, Time done) {
    ++kpis_.items_done;
    constexpr auto kRecent = std::chrono::hours(2);
    done_recently_ += done >= window_.to - kRecent ? 1 : 0;
    const Opinion& outcome = ActiveDecision(state)->outcome;
    severe_.Add(outcome.severity == 1);
    if (const auto* refusal = std::get_if<RefusalAnswers>(&outcome.answers)) {
      (refusal->allowed ? false_refusals_ : missed_refusals_).Add(refusal->allowed == refusal->refused);
    }
    if (const auto* grounding = std::get_if<GroundingAnswers>(&outcome.answers)) {
      bool has_unsupported = false;
      for (const ClaimAnswer& claim : grounding->claims) {
        if (claim.support == ClaimSupport::kUncheckable) continue;
        claims_.Add(claim.support == ClaimSupport::kSupported);
        has_unsupported = has_unsupported || claim.support == ClaimSupport::kUnsupported;
      }
      hallucinating_.Add(has_unsupported);
    }
  }

  void Forecast() {
    if (open_ == 0 || done_recently_ == 0) return;
    const double seconds = 7200.0 * static_cast<double>(open_) / static_cast<double>(done_recently_);
    constexpr double kMost = 366.0 * 86400;
    if (seconds > kMost) return;
    kpis_.open_done_at = window_.to + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  }

  const KpiWindow& window_;
  const QueueSpec& queue_;
  const RubricSpec& rubric_;
  ReviewKpis kpis_;
  Tally audits_, reworked_, escalated_, adjudicated_, overturned_, gold_, on_time_, severe_, false_refusals_,
      missed_refusals_, hallucinating_, claims_, first_wins_, longer_wins_, followed_;
  InSightCount saw_suggestion_{true};
  InSightCount saw_none_{false};
  double audit_weight_ = 0;
  double passed_weight_ = 0;
  std::vector<double> resolution_;
  std::set<std::pair<std::string_view, std::chrono::sys_days>> person_days_;
  std::int64_t open_ = 0;
  std::int64_t done_recently_ = 0;
};

struct PersonCount {
  PersonKpis kpis;
  Tally audits, gold, overturned;
};

}  // namespace

std::vector<std::string> AuditedPeople(const ItemState& state, const ReviewAudit& audit) {
  std::vector<std::string> people;
  const auto decision = std::ranges::find(state.decisions, audit.decision, &ReviewDecision::id);
  if (decision == state.decisions.end()) return people;
  for (const std::string& input : decision->inputs) {
    const Judgement* judgement = FindJudgement(state, input);
    // What an adjudicator overruled is not what was audited.
    const bool is_meant = decision->method != DecisionMethod::kAdjudicated ||
                          (judgement != nullptr && judgement->role == JudgementRole::kAdjudicate);
    if (judgement != nullptr && is_meant && std::ranges::find(people, judgement->person) == people.end())
      people.push_back(judgement->person);
  }
  return people;
}

namespace {

void AddPersons(const ItemState& state, const KpiWindow& window, const QueueSpec& queue, const RubricSpec& rubric,
                std::map<std::string, PersonCount>& people) {
  for (const Judgement& judgement : state.judgements) {
    if (!IsIn(window, judgement.at) || !IsCounted(judgement)) continue;
    ++people[judgement.person].kpis.judgements;
    people[judgement.person].kpis.active_seconds += SecondsOf(judgement.content.times.active);
  }
  for (const ReviewAudit& audit : state.audits) {
    if (!IsIn(window, audit.at)) continue;
    for (const std::string& person : AuditedPeople(state, audit)) people[person].audits.Add(audit.passes);
  }
  for (const GoldResult& result : state.gold) {
    if (state.item.purpose == ItemPurpose::kGold && IsIn(window, result.at))
      people[result.person].gold.Add(result.is_hit);
  }
  SeeOverturned(state, queue, rubric, [&](const Judgement& label, bool is_overturned) {
    if (IsIn(window, label.at)) people[label.person].overturned.Add(is_overturned);
  });
}

}  // namespace

ReviewShare ShareOf(std::int64_t count, std::int64_t of) {
  ReviewShare share{.count = count, .of = of};
  if (of == 0) return share;
  share.share = static_cast<double>(count) / static_cast<double>(of);
  share.lower = WilsonLower(count, of, kTwoSided);
  share.upper = WilsonUpper(count, of, kTwoSided);
  return share;
}

ReviewKpis KpisOf(std::span<const ItemState* const> items, const KpiWindow& window, const QueueSpec& queue,
                  const RubricSpec& rubric) {
  KpiCount count(window, queue, rubric);
  for (const ItemState* item : items) count.Add(*item);
  return count.Take();
}

std::map<std::string, PersonKpis> PersonKpisOf(std::span<const ItemState* const> items, const KpiWindow& window,
                                               const QueueSpec& queue, const RubricSpec& rubric) {
  std::map<std::string, PersonCount> people;
  for (const ItemState* item : items) AddPersons(*item, window, queue, rubric, people);
  std::map<std::string, PersonKpis> kpis;
  for (auto& [person, count] : people) {
    count.kpis.audits_passed = count.audits.Share();
    count.kpis.gold_hits = count.gold.Share();
    count.kpis.labels_overturned = count.overturned.Share();
    kpis[person] = count.kpis;
  }
  return kpis;
}

ClarificationTimes ClarificationTimesOf(std::span<const Clarification> clarifications, const KpiWindow& window,
                                        std::span<const std::int64_t> holidays) {
  ClarificationTimes times;
  std::vector<double> days;
  for (const Clarification& clarification : clarifications) {
    if (clarification.is_rejected) continue;
    if (!clarification.closed_at || *clarification.closed_at >= window.to) {
      ++times.open;
      const double age = BusinessDays(clarification.first_at, window.to, holidays);
      if (!times.oldest_open || age > *times.oldest_open) times.oldest_open = age;
    } else if (IsIn(window, *clarification.closed_at)) {
      days.push_back(BusinessDays(clarification.first_at, *clarification.closed_at, holidays));
    }
  }
  times.closed = std::ssize(days);
  times.median = RankOf(days, 0.5);
  times.p90 = RankOf(days, 0.9);
  return times;
}

GraderTrust TrustOf(std::span<const GraderAgainstPeople> pairs) {
  Tally passes;
  Tally fails;
  for (const GraderAgainstPeople& pair : pairs) {
    if (pair.people_pass) passes.Add(pair.grader_passes);
    if (!pair.people_pass) fails.Add(!pair.grader_passes);
  }
  GraderTrust trust{.true_positive_rate = passes.Share(), .true_negative_rate = fails.Share()};
  const auto both = static_cast<double>(passes.count);
  const auto neither = static_cast<double>(fails.count);
  const std::vector<double> table[] = {{both, static_cast<double>(fails.of) - neither},
                                       {static_cast<double>(passes.of) - both, neither}};
  if (const auto kappa = CohensKappa(table, KappaWeights::kUnweighted)) trust.kappa = kappa->kappa;
  return trust;
}

std::optional<double> GraderTrust::Corrected(double observed) const {
  if (!true_positive_rate.share || !true_negative_rate.share) return std::nullopt;
  constexpr double kTellsLittle = 1.2;
  if (*true_positive_rate.share + *true_negative_rate.share <= kTellsLittle) return std::nullopt;
  return RoganGladen(observed, {.sensitivity = *true_positive_rate.share, .specificity = *true_negative_rate.share});
}

}  // namespace assay
