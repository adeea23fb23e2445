#include "review/clarifications.h"

#include <algorithm>
#include <map>

#include "review/fact_planner.h"

namespace assay {
namespace {

constexpr std::size_t kRecurs = 3;
constexpr auto kWindow = std::chrono::days(14);

bool IsOfGuideline(ReviewCause cause) { return cause == ReviewCause::kAmbiguous || cause == ReviewCause::kMissing; }

// The newest window in which enough items were confusing.
std::optional<Recurrence> NewestRecurrence(const std::vector<const Confusion*>& by_time) {
  for (std::size_t end = by_time.size(); end > 0; --end) {
    Recurrence recurrence{
        .rubric = by_time[end - 1]->rubric, .clause = by_time[end - 1]->clause, .first_at = by_time[end - 1]->at};
    for (std::size_t i = end; i > 0; --i) {
      if (by_time[end - 1]->at - by_time[i - 1]->at > kWindow) break;
      recurrence.first_at = by_time[i - 1]->at;
      const std::string& item = by_time[i - 1]->item;
      if (std::ranges::find(recurrence.items, item) == recurrence.items.end()) recurrence.items.push_back(item);
    }
    std::ranges::reverse(recurrence.items);
    if (recurrence.items.size() >= kRecurs) return recurrence;
  }
  return std::nullopt;
}

// That which the auditor named when they judged for themselves; "" none.
std::string ClauseOfAuditor(const ItemState& state, const ReviewAudit& audit) {
  std::string clause;
  for (const Judgement& judgement : state.judgements) {
    const bool is_theirs = judgement.role == JudgementRole::kAudit && judgement.person == audit.auditor &&
                           judgement.at <= audit.at && !judgement.content.clauses.empty();
    if (is_theirs) clause = judgement.content.clauses.front();
  }
  return clause;
}

}  // namespace

std::vector<Confusion> ConfusionsOf(const ItemState& state) {
  std::vector<Confusion> confusions;
  const auto add = [&](std::string clause, Time at) {
    confusions.push_back({.item = state.item.id, .rubric = state.item.rubric, .clause = std::move(clause), .at = at});
  };
  for (const ReviewEscalation& escalation : state.escalations) {
    const bool is_confusion =
        escalation.reason == EscalationReason::kAmbiguity || escalation.reason == EscalationReason::kPolicy;
    if (is_confusion) add(escalation.clause, escalation.at);
  }
  for (const ReviewDecision& decision : state.decisions) {
    if (decision.method != DecisionMethod::kAdjudicated || !IsOfGuideline(decision.cause)) continue;
    const Judgement* ruling = decision.inputs.empty() ? nullptr : FindJudgement(state, decision.inputs.back());
    const bool names_clause = ruling != nullptr && !ruling->content.clauses.empty();
    add(names_clause ? ruling->content.clauses.front() : "", decision.at);
  }
  for (const ReviewAudit& audit : state.audits) {
    if (IsOfGuideline(audit.cause)) add(ClauseOfAuditor(state, audit), audit.at);
  }
  for (const Judgement& judgement : state.judgements) {
    if (!judgement.content.is_ambiguous) continue;
    add(judgement.content.clauses.empty() ? "" : judgement.content.clauses.front(), judgement.at);
  }
  std::ranges::sort(confusions, {}, &Confusion::at);
  return confusions;
}

std::vector<Recurrence> RecurrencesOf(std::span<const Confusion> confusions) {
  std::map<std::pair<std::string, std::string>, std::vector<const Confusion*>> by_clause;
  for (const Confusion& confusion : confusions) by_clause[{confusion.rubric, confusion.clause}].push_back(&confusion);
  std::vector<Recurrence> recurrences;
  for (auto& [clause, by_time] : by_clause) {
    std::ranges::sort(by_time, {}, &Confusion::at);
    if (auto recurrence = NewestRecurrence(by_time)) recurrences.push_back(*std::move(recurrence));
  }
  return recurrences;
}

Result<Clarification> WithNote(const Clarification& clarification, ClarificationNote note) {
  ASSAY_TRY(CheckNote("note", note.text, false));
  const bool is_known = std::ranges::any_of(clarification.notes, [&](const ClarificationNote& each) {
    return each.person == note.person && each.text == note.text;
  });
  if (note.text.find_first_not_of(" \t\r\n") == std::string::npos || is_known) return clarification;
  if (clarification.notes.size() >= Clarification::kMostNotes) {
    return Fail(ErrorCode::kResourceExhausted, "clarification " + clarification.id + " has " +
                                                   std::to_string(Clarification::kMostNotes) + " notes already");
  }
  Clarification noted = clarification;
  noted.notes.push_back(std::move(note));
  return noted;
}

Result<Clarification> Close(const Clarification& clarification, const RubricSpec& published, Time now) {
  const std::string where = "clarification " + clarification.id + ": ";
  if (clarification.closed_at) return Fail(ErrorCode::kFailedPrecondition, where + "is closed");
  if (published.name != clarification.rubric)
    return Fail(ErrorCode::kFailedPrecondition, where + "is about rubric \"" + clarification.rubric + "\"");
  const bool is_named = !clarification.id.empty() && !published.changes.empty() &&
                        published.changes.front().version == published.version &&
                        published.changes.front().reason.find(clarification.id) != std::string::npos;
  if (!is_named) {
    return Fail(ErrorCode::kFailedPrecondition,
                where + "the change log of version " + published.version + " does not name it");
  }
  Clarification closed = clarification;
  closed.closed_at = now;
  closed.closed_by = published.version;
  return closed;
}

double BusinessDays(Time from, Time to, std::span<const std::int64_t> holidays) {
  if (to <= from) return 0;
  double days = 0;
  for (auto day = std::chrono::floor<std::chrono::days>(from); day < to; day += std::chrono::days(1)) {
    const std::chrono::weekday weekday(day);
    const bool is_free = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday ||
                         std::ranges::find(holidays, day.time_since_epoch().count()) != holidays.end();
    if (is_free) continue;
    const Time begin = std::max<Time>(from, day);
    const Time end = std::min<Time>(to, day + std::chrono::days(1));
    days += std::chrono::duration<double, std::chrono::days::period>(end - begin).count();
  }
  return days;
}

}  // namespace assay
