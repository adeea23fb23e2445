#include "review/calibration.h"

#include <algorithm>
#include <set>

#include "core/random.h"

namespace assay {
namespace {

Status CheckFacilitator(const CalibrationSession& session, const Reviewer& reviewer) {
  const bool is_nobody = reviewer.id.empty() || reviewer.id == kNobody;
  if (!is_nobody && reviewer.id == session.facilitator) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "session " + session.id + ", \"" + reviewer.id + "\": only its facilitator may do that");
}

Status CheckPhase(const CalibrationSession& session, CalibrationPhase phase) {
  if (session.phase() == phase) return {};
  return Fail(ErrorCode::kFailedPrecondition, "session " + session.id + " is " + std::string(WordOf(session.phase())) +
                                                  ", not " + std::string(WordOf(phase)));
}

Status CheckMembers(const std::vector<std::string>& members, const std::string& what) {
  const std::set<std::string> different(members.begin(), members.end());
  const bool is_right = members.size() >= 2 && members.size() <= 100 && different.size() == members.size() &&
                        !different.contains("") && !different.contains(std::string(kNobody));
  return is_right ? Status() : Fail(ErrorCode::kInvalidArgument, "a session needs 2 to 100 " + what + ", each once");
}

const ItemState* FindItem(std::span<const ItemState* const> items, std::string_view id) {
  const auto found = std::ranges::find_if(items, [&](const ItemState* item) { return item->item.id == id; });
  return found == items.end() ? nullptr : *found;
}

std::optional<Opinion> OpinionOf(const ItemState* item, std::string_view person) {
  if (item == nullptr) return std::nullopt;
  const auto found = std::ranges::find_if(item->judgements, [&](const Judgement& judgement) {
    return judgement.person == person && judgement.role == JudgementRole::kCalibrate && judgement.epoch == item->epoch;
  });
  return found == item->judgements.end() ? std::nullopt : std::optional(found->content.opinion);
}

const CalibrationRuling* RulingOf(const CalibrationSession& session, std::string_view item) {
  const CalibrationRuling* last = nullptr;
  for (const CalibrationRuling& ruling : session.rulings) {
    if (ruling.item == item) last = &ruling;
  }
  return last;
}

bool HasEscalated(const std::vector<ReviewEscalation>& escalations, const std::string& person) {
  return std::ranges::find(escalations, person, &ReviewEscalation::by) != escalations.end();
}

// Of pairs of those who judged it, the share that differs.
double DisagreementOf(const std::vector<CalibrationCell>& cells, const AgreementSpec& agreement,
                      const RubricSpec& rubric) {
  int pairs = 0;
  int differing = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t k = i + 1; k < cells.size(); ++k) {
      if (!cells[i].opinion || !cells[k].opinion) continue;
      ++pairs;
      differing += Compare(*cells[i].opinion, *cells[k].opinion, agreement, rubric) == OpinionMatch::kDiffer ? 1 : 0;
    }
  }
  return pairs == 0 ? 0 : static_cast<double>(differing) / pairs;
}

OpinionMatch MatchOf(const CalibrationCell& cell, const CalibrationRuling* ruling,
                     const std::vector<CalibrationCell>& cells, const AgreementSpec& agreement,
                     const RubricSpec& rubric) {
  if (!cell.opinion) return OpinionMatch::kSame;
  if (ruling != nullptr) return Compare(ruling->opinion, *cell.opinion, agreement, rubric);
  OpinionMatch worst = OpinionMatch::kSame;
  for (const CalibrationCell& other : cells) {
    if (other.opinion) worst = std::max(worst, Compare(*other.opinion, *cell.opinion, agreement, rubric));
  }
  return worst;
}

}  // namespace

Result<CalibrationSession> OpenSession(CalibrationSession session, const Reviewer& facilitator, Time now) {
  session.facilitator = facilitator.id;
  ASSAY_TRY(CheckFacilitator(session, facilitator));
  ASSAY_TRY(CheckMembers(session.items, "items"));
  ASSAY_TRY(CheckMembers(session.people, "people"));
  session.opened_at = now;
  session.revealed_at.reset();
  session.closed_at.reset();
  session.rulings.clear();
  return session;
}

Result<CalibrationSession> Reveal(CalibrationSession session, const Reviewer& facilitator, Time now) {
  ASSAY_TRY(CheckFacilitator(session, facilitator));
  ASSAY_TRY(CheckPhase(session, CalibrationPhase::kBlind));
  session.revealed_at = now;
  return session;
}

Result<CalibrationSession> Agree(CalibrationSession session, CalibrationRuling ruling, const Reviewer& facilitator,
                                 const ReviewSubject& subject, const RubricSpec& rubric, Time now) {
  constexpr std::size_t kMostRulings = 1000;
  ASSAY_TRY(CheckFacilitator(session, facilitator));
  ASSAY_TRY(CheckPhase(session, CalibrationPhase::kRevealed));
  if (std::ranges::find(session.items, ruling.item) == session.items.end()) {
    return Fail(ErrorCode::kInvalidArgument, "session " + session.id + " has no item " + ruling.item);
  }
  if (ruling.note.size() > ReviewBounds::kNote || session.rulings.size() >= kMostRulings) {
    return Fail(ErrorCode::kInvalidArgument, "a note has at most 4096 bytes, and a session at most 1000 rulings");
  }
  ASSAY_TRY(CheckOpinion(ruling.opinion, subject, rubric));
  ruling.by = facilitator.id;
  ruling.at = now;
  session.rulings.push_back(std::move(ruling));
  return session;
}

Result<CalibrationSession> CloseSession(CalibrationSession session, const Reviewer& facilitator, Time now) {
  ASSAY_TRY(CheckFacilitator(session, facilitator));
  ASSAY_TRY(CheckPhase(session, CalibrationPhase::kRevealed));
  session.closed_at = now;
  return session;
}

std::vector<CalibrationRow> GridOf(const CalibrationSession& session, std::span<const ItemState* const> items,
                                   const AgreementSpec& agreement, const RubricSpec& rubric) {
  std::vector<CalibrationRow> rows;
  for (const std::string& id : session.items) {
    CalibrationRow row{.item = id};
    for (const std::string& person : session.people) {
      row.cells.push_back({.person = person, .opinion = OpinionOf(FindItem(items, id), person)});
    }
    for (CalibrationCell& cell : row.cells)
      cell.match = MatchOf(cell, RulingOf(session, id), row.cells, agreement, rubric);
    row.disagreement = DisagreementOf(row.cells, agreement, rubric);
    if (const ItemState* item = FindItem(items, id)) row.escalations = item->escalations;
    rows.push_back(std::move(row));
  }
  std::ranges::stable_sort(rows, std::greater(), &CalibrationRow::disagreement);
  return rows;
}

CalibrationReport ReportOf(const CalibrationSession& session, std::span<const ItemState* const> items,
                           const AgreementSpec& agreement, const RubricSpec& rubric) {
  CalibrationReport report;
  std::vector<std::vector<Opinion>> opinions;
  for (const std::string& person : session.people) report.people.push_back({.person = person});
  for (const CalibrationRow& row : GridOf(session, items, agreement, rubric)) {
    for (CalibrationReport::PersonRow& person : report.people)
      person.escalated += HasEscalated(row.escalations, person.person) ? 1 : 0;
    const bool has_ruling = RulingOf(session, row.item) != nullptr;
    report.rulings += has_ruling ? 1 : 0;
    std::vector<Opinion>& of_item = opinions.emplace_back();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (!row.cells[i].opinion) continue;
      of_item.push_back(WithPlaces(*row.cells[i].opinion, FindItem(items, row.item)->item.subject));
      if (!has_ruling) continue;
      ++report.people[i].judged;
      report.people[i].right += row.cells[i].match == OpinionMatch::kDiffer ? 0 : 1;
    }
  }
  report.agreement = AgreementOf(opinions, rubric, SeedFrom(session.id));
  return report;
}

int AskedInstead(const CalibrationSession& session, std::span<const ItemState* const> items) {
  int asked = 0;
  for (const ItemState* item : items) {
    for (const std::string& person : session.people)
      asked += HasEscalated(item->escalations, person) && !OpinionOf(item, person) ? 1 : 0;
  }
  return asked;
}

}  // namespace assay
