// What people agree on about guidelines: questions, changes, known answers, calibrations.

#include "daemon/rpc/convert_review.h"

#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"

namespace assay {

void ToProto(const ClarificationStatus& status, v1::Clarification& out) {
  const Clarification& clarification = status.clarification;
  out.set_id(clarification.id);
  out.set_rubric(clarification.rubric);
  out.set_clause(clarification.clause);
  ToProto(clarification.first_at, *out.mutable_first_at());
  if (!clarification.id.empty()) ToProto(clarification.opened_at, *out.mutable_opened_at());
  if (clarification.closed_at) ToProto(*clarification.closed_at, *out.mutable_closed_at());
  out.set_closed_by(clarification.closed_by);
  out.set_is_rejected(clarification.is_rejected);
  for (const std::string& item : status.items) out.add_items(item);
  out.set_opened_by(status.opened_by);
  for (const ClarificationNote& note : clarification.notes) {
    v1::ClarificationNote& added = *out.add_notes();
    added.set_person(note.person);
    added.set_text(note.text);
    ToProto(note.at, *added.mutable_at());
  }
  out.set_ended_by(clarification.ended_by);
  out.set_reason(clarification.reason);
}

void ToProto(const ChangeStatus& status, v1::ChangeRequest& out) {
  const ApprovalRequest& request = status.request;
  out.set_id(request.id);
  out.set_change(EnumToProto<v1::ReviewChange::Value>(request.change));
  out.set_subject(request.subject);
  out.set_diff(status.diff);
  out.set_diff_hash(request.diff_hash);
  out.set_reason(request.reason);
  out.set_proposer(request.proposer);
  ToProto(request.proposed_at, *out.mutable_proposed_at());
  for (const ReviewApproval& approval : request.approvals) {
    v1::ChangeAnswer& added = *out.add_answers();
    added.set_person(approval.person);
    added.set_approves(approval.approves);
    added.set_comment(approval.comment);
    ToProto(approval.at, *added.mutable_at());
  }
  out.set_state(EnumToProto<v1::ApprovalState::Value>(status.state));
  out.set_missing(status.missing);
  out.set_may_answer(status.may_answer);
}

void ToProto(const GoldStatus& status, v1::Gold& out) {
  const GoldEntry& entry = status.entry;
  out.set_id(entry.item);
  out.set_source_item(entry.source_item);
  out.set_queue(entry.queue);
  out.set_purpose(EnumToProto<v1::ItemPurpose::Value>(entry.purpose));
  ToProto(entry.answer.expected, *out.mutable_expected());
  out.set_why(entry.answer.why);
  out.set_scores_within(entry.answer.scores_within);
  for (const std::string& name : entry.answer.must_name) out.add_must_name(name);
  ToProto(entry.made_at, *out.mutable_made_at());
  out.set_made_by(entry.made_by);
  out.set_approval(entry.approval);
  out.set_shown(status.record.shown);
  out.set_hits(status.record.hits);
  out.set_health(status.health == GoldItemHealth::kGood           ? "good"
                 : status.health == GoldItemHealth::kMissedByMost ? "missed by most"
                                                                  : "old");
  out.set_is_retired(entry.is_retired);
  if (!entry.is_retired) return;
  out.set_retired_by(entry.retired_by);
  out.set_retired_why(entry.retired_why);
  if (entry.retired_at) ToProto(*entry.retired_at, *out.mutable_retired_at());
}

void ToProto(const CalibrationStatus& status, v1::Calibration& out) {
  const CalibrationSession& session = status.entry.session;
  out.set_id(session.id);
  out.set_queue(status.entry.queue);
  out.set_rubric(session.rubric);
  out.set_rubric_version(ToString(session.rubric_version));
  out.set_facilitator(session.facilitator);
  for (const std::string& item : session.items) out.add_items(item);
  for (const std::string& person : session.people) out.add_people(person);
  out.set_phase(EnumToProto<v1::CalibrationPhase::Value>(session.phase()));
  ToProto(session.opened_at, *out.mutable_opened_at());
  if (session.revealed_at) ToProto(*session.revealed_at, *out.mutable_revealed_at());
  if (session.closed_at) ToProto(*session.closed_at, *out.mutable_closed_at());
  for (const CalibrationRuling& ruling : session.rulings) {
    v1::CalibrationRuling& added = *out.add_rulings();
    added.set_item(ruling.item);
    ToProto(ruling.opinion, *added.mutable_opinion());
    added.set_note(ruling.note);
    added.set_clause(ruling.clause);
    added.set_by(ruling.by);
    ToProto(ruling.at, *added.mutable_at());
  }
  for (const CalibrationRow& row : status.grid) {
    v1::Calibration::Row& added = *out.add_grid();
    added.set_item(row.item);
    added.set_disagreement(row.disagreement);
    for (const CalibrationCell& cell : row.cells) {
      v1::Calibration::Cell& shown = *added.add_cells();
      shown.set_person(cell.person);
      if (!cell.opinion) continue;
      ToProto(*cell.opinion, *shown.mutable_opinion());
      shown.set_match(cell.match == OpinionMatch::kSame     ? "same"
                      : cell.match == OpinionMatch::kWithin ? "within"
                                                            : "differ");
    }
    for (const ReviewEscalation& asked : row.escalations)
      assay::ToProto(ShownEscalation{.escalation = asked}, *added.add_escalations());
  }
  if (status.report) {
    for (const CriterionAgreement& agreement : status.report->agreement)
      assay::ToProto(agreement, *out.add_agreement());
    for (const CalibrationReport::PersonRow& person : status.report->people) {
      v1::Calibration::PersonRow& added = *out.add_results();
      added.set_person(person.person);
      added.set_judged(person.judged);
      added.set_right(person.right);
      added.set_escalated(person.escalated);
    }
  }
  out.set_judged(status.judged);
  out.set_escalated(status.escalated);
}

}  // namespace assay
