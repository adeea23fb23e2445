#include "daemon/rpc/convert_review.h"

#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"

namespace assay {
namespace {

void LeaseToProto(const ReviewLease& lease, bool with_person, v1::ReviewLease& out) {
  out.set_role(EnumToProto<v1::LeaseRole::Value>(lease.role));
  out.set_token(lease.token);
  assay::ToProto(lease.granted_at, *out.mutable_granted_at());
  assay::ToProto(lease.expires_at, *out.mutable_expires_at());
  out.set_is_prefetch(lease.is_prefetch);
  out.set_rubric_version(ToString(lease.rubric_version));
  if (with_person) out.set_person(lease.person);
}

void JudgementToProto(const ShownJudgement& shown, v1::ReviewJudgement& out) {
  const Judgement& judgement = shown.judgement;
  out.set_id(judgement.id);
  out.set_person(judgement.person);
  out.set_role(EnumToProto<v1::JudgementRole::Value>(judgement.role));
  out.set_epoch(judgement.epoch);
  out.set_revision(judgement.revision);
  out.set_supersedes(judgement.supersedes);
  for (const std::string& response : judgement.presented) out.add_presented(response);
  assay::ToProto(judgement.content, *out.mutable_content());
  assay::ToProto(judgement.at, *out.mutable_at());
  out.set_is_void(judgement.is_void);
  out.set_is_superseded(judgement.is_superseded);
  out.set_is_mine(shown.is_mine);
}

void DecisionToProto(const ShownDecision& shown, v1::ReviewDecision& out) {
  const ReviewDecision& decision = shown.decision;
  out.set_id(decision.id);
  assay::ToProto(decision.outcome, *out.mutable_outcome());
  out.set_method(EnumToProto<v1::DecisionMethod::Value>(decision.method));
  for (const std::string& input : decision.inputs) out.add_inputs(input);
  out.set_decided_by(decision.decided_by);
  out.set_cause(EnumToProto<v1::ReviewCause::Value>(decision.cause));
  out.set_epoch(decision.epoch);
  out.set_rubric_version(ToString(decision.rubric_version));
  assay::ToProto(decision.at, *out.mutable_at());
  if (decision.revisable_until) assay::ToProto(*decision.revisable_until, *out.mutable_revisable_until());
  out.set_is_active(decision.is_active);
  if (shown.score.value) out.set_value(*shown.score.value);
  if (shown.score.pass) out.set_pass(*shown.score.pass);
}

void AuditToProto(const ReviewAudit& audit, v1::ReviewAudit& out) {
  out.set_id(audit.id);
  out.set_auditor(audit.auditor);
  out.set_decision(audit.decision);
  out.set_passes(audit.passes);
  out.set_defect(audit.defect);
  if (audit.severity) out.set_severity(*audit.severity);
  out.set_action(audit.action);
  assay::ToProto(audit.at, *out.mutable_at());
  if (audit.cause != ReviewCause::kNone) out.set_cause(EnumToProto<v1::ReviewCause::Value>(audit.cause));
}

void EscalationToProto(const ShownEscalation& shown, v1::ReviewEscalation& out) {
  const ReviewEscalation& escalation = shown.escalation;
  out.set_id(escalation.id);
  out.set_by(escalation.by);
  out.set_reason(EnumToProto<v1::EscalationReason::Value>(escalation.reason));
  out.set_route(EnumToProto<v1::EscalationRoute::Value>(escalation.route));
  out.set_note(escalation.note);
  out.set_clause(escalation.clause);
  assay::ToProto(escalation.at, *out.mutable_at());
  assay::ToProto(escalation.due_at, *out.mutable_due_at());
  if (escalation.resolved_at) assay::ToProto(*escalation.resolved_at, *out.mutable_resolved_at());
  out.set_ruling(escalation.ruling);
  if (escalation.outcome) out.set_outcome(EnumToProto<v1::EscalationOutcome::Value>(*escalation.outcome));
  out.set_may_resolve(shown.may_resolve);
}

void FeedbackToProto(const GoldFeedback& feedback, v1::GoldFeedback& out) {
  out.set_is_hit(feedback.is_hit);
  for (const std::string& miss : feedback.misses) out.add_misses(miss);
  assay::ToProto(feedback.expected, *out.mutable_expected());
  out.set_why(feedback.why);
}

void BiasToProto(const SuggestionBias& bias, v1::SuggestionBias& out) {
  assay::ToProto(bias.followed, *out.mutable_followed());
  assay::ToProto(bias.control, *out.mutable_control());
  if (bias.difference) out.set_difference(*bias.difference);
  if (bias.lower) out.set_lower(*bias.lower);
  if (bias.upper) out.set_upper(*bias.upper);
  assay::ToProto(bias.changed, *out.mutable_changed());
}

void InSightToProto(const ReviewKpis::InSight& of, v1::JudgedInSight& out) {
  out.set_judgements(of.judgements);
  out.set_active_seconds(of.active_seconds);
  assay::ToProto(of.labels_overturned, *out.mutable_labels_overturned());
  assay::ToProto(of.audits_passed, *out.mutable_audits_passed());
}

void AgreementToProto(const CriterionAgreement& agreement, v1::CriterionAgreement& out) {
  out.set_criterion(agreement.criterion);
  out.set_units(agreement.units);
  out.set_ratings(agreement.ratings);
  if (agreement.percent) out.set_percent(*agreement.percent);
  if (agreement.alpha) out.set_alpha(*agreement.alpha);
  if (agreement.alpha_lower) out.set_alpha_lower(*agreement.alpha_lower);
  if (agreement.alpha_upper) out.set_alpha_upper(*agreement.alpha_upper);
  if (agreement.ac1) out.set_ac1(*agreement.ac1);
  if (agreement.ac1_lower) out.set_ac1_lower(*agreement.ac1_lower);
  out.set_most_frequent(agreement.most_frequent);
  out.set_prevalence(agreement.prevalence);
  out.set_note(agreement.note);
}

template <class E, class Add>
void CountsToProto(const std::map<E, std::int64_t>& counts, Add add) {
  for (const auto& [word, count] : counts) {
    v1::NamedCount& named = *add();
    named.set_name(std::string(WordOf(word)));
    named.set_count(count);
  }
}

void TargetsToProto(const QueueTargets& targets, v1::QueueTargets& out) {
  out.set_complexity(EnumToProto<v1::WorkComplexity::Value>(targets.targets.complexity));
  if (targets.targets.per_day) out.set_per_day(*targets.targets.per_day);
  if (targets.targets.audits_passed) out.set_audits_passed(*targets.targets.audits_passed);
  if (targets.targets.agreement) out.set_agreement(*targets.targets.agreement);
  out.set_quality_first(targets.quality_first);
}

void StandingToProto(const TargetStanding& standing, v1::TargetStanding& out) {
  out.set_measure(EnumToProto<v1::TargetMeasure::Value>(standing.measure));
  out.set_target(standing.target);
  if (standing.value) out.set_value(*standing.value);
  if (standing.lower) out.set_lower(*standing.lower);
  if (standing.upper) out.set_upper(*standing.upper);
  out.set_of(standing.of);
  out.set_criterion(standing.criterion);
  out.set_state(EnumToProto<v1::TargetState::Value>(standing.state));
}

void DifferencesToProto(const CriterionDifferences& differences, v1::CriterionDifferences& out) {
  out.set_criterion(differences.criterion);
  for (const PairOfPeople& pair : differences.people) {
    v1::PairOfPeople& added = *out.add_people();
    added.set_one(pair.one);
    added.set_other(pair.other);
    added.set_units(pair.units);
    added.set_same(pair.same);
    if (pair.kappa) added.set_kappa(*pair.kappa);
  }
  for (const std::string& answer : differences.answers) out.add_answers(answer);
  for (const AnswerPair& pair : differences.confusion) {
    v1::AnswerPair& added = *out.add_confusion();
    added.set_one(pair.one);
    added.set_other(pair.other);
    added.set_count(pair.count);
  }
}

void WorkToProto(const QueueWork& work, v1::QueueWork& out) {
  out.set_queue(work.queue);
  out.set_description(work.description);
  out.set_kind(EnumToProto<v1::ReviewItemKind::Value>(work.kind));
  out.set_rubric(work.rubric);
  out.set_rubric_version(work.rubric_version);
  out.set_acknowledged_version(work.acknowledged_version);
  out.set_labels(work.labels);
  out.set_adjudications(work.adjudications);
  out.set_audits(work.audits);
  out.set_escalations(work.escalations);
  out.set_open(work.open);
  out.set_why_none(work.why_none);
  if (work.due_at) assay::ToProto(*work.due_at, *out.mutable_due_at());
  if (!work.targets) return;
  TargetsToProto(*work.targets, *out.mutable_targets());
  out.set_judged_today(work.judged_today);
  assay::ToProto(work.audits_passed, *out.mutable_audits_passed());
}

}  // namespace

void ToProto(const ItemContent& content, v1::ItemContent& out) {
  for (const ItemContent::Text& message : content.prompt) {
    v1::ShownMessage& added = *out.add_prompt();
    added.set_role(message.name);
    added.set_text(message.text);
  }
  for (const ShownResponse& response : content.responses) {
    v1::ShownResponse& added = *out.add_responses();
    added.set_id(response.id);
    added.set_text(response.text);
    for (const ShownCall& call : response.calls) {
      v1::ShownCall& shown = *added.add_calls();
      shown.set_id(call.id);
      shown.set_tool(call.tool);
      shown.set_arguments(call.arguments);
      shown.set_result(call.result);
    }
  }
  for (const ItemContent::Text& claim : content.claims) {
    v1::ShownClaim& added = *out.add_claims();
    added.set_id(claim.name);
    added.set_text(claim.text);
  }
  out.set_reference(content.reference);
  out.set_context(content.context);
  for (const ItemContent::Text& field : content.fields) {
    v1::ShownField& added = *out.add_fields();
    added.set_name(field.name);
    added.set_value(field.text);
  }
  out.set_is_redacted(content.is_redacted);
  out.set_masked_by(content.masked_by);
  for (const ResponseSource& source : content.sources) {
    v1::ResponseSource& added = *out.add_sources();
    added.set_response(source.response);
    added.set_run(source.run);
    added.set_model(source.model);
    added.set_model_version(source.model_version);
    added.set_is_candidate(source.is_candidate);
  }
}

Result<ItemContent> FromProto(const v1::ItemContent& content) {
  ItemContent read;
  for (const v1::ShownMessage& message : content.prompt()) read.prompt.push_back({message.role(), message.text()});
  for (const v1::ShownResponse& response : content.responses()) {
    ShownResponse& added = read.responses.emplace_back();
    added.id = response.id();
    added.text = response.text();
    for (const v1::ShownCall& call : response.calls())
      added.calls.push_back({call.id(), call.tool(), call.arguments(), call.result()});
  }
  for (const v1::ShownClaim& claim : content.claims()) read.claims.push_back({claim.id(), claim.text()});
  read.reference = content.reference();
  read.context = content.context();
  for (const v1::ShownField& field : content.fields()) read.fields.push_back({field.name(), field.value()});
  read.is_redacted = true;
  return read;
}

void ToProto(const ItemSummary& item, v1::ReviewItem& out) {
  out.set_id(item.id);
  out.set_queue(item.queue);
  out.set_suite(item.suite);
  out.set_run(item.run);
  out.set_case_id(item.case_id);
  out.set_trial(item.trial);
  out.set_kind(EnumToProto<v1::ReviewItemKind::Value>(item.subject.kind));
  out.set_state(EnumToProto<v1::ReviewState::Value>(item.state));
  out.set_lane(EnumToProto<v1::ReviewLane::Value>(item.lane));
  out.set_rubric(item.rubric);
  out.set_rubric_version(ToString(item.rubric_version));
  if (item.answered_under) out.set_answered_under(ToString(*item.answered_under));
  out.set_epoch(item.epoch);
  out.set_people(item.people);
  out.set_judgements(item.judgements);
  if (item.severity) out.set_severity(*item.severity);
  ToProto(item.entered_at, *out.mutable_entered_at());
  if (item.due_at) ToProto(*item.due_at, *out.mutable_due_at());
  for (const std::string& response : item.subject.responses) out.add_responses(response);
  for (const std::string& claim : item.subject.claims) out.add_claims(claim);
  for (const std::string& call : item.subject.calls) out.add_calls(call);
  for (const std::int64_t length : item.lengths) out.add_lengths(length);
  for (const std::string& reason : item.reasons) out.add_reasons(reason);
  out.set_language(item.language);
  out.set_provenance(item.provenance);
  out.set_purpose(EnumToProto<v1::ItemPurpose::Value>(item.purpose));
  if (item.offers) out.set_offers(EnumToProto<v1::LeaseRole::Value>(*item.offers));
  if (item.ruling_due_at) ToProto(*item.ruling_due_at, *out.mutable_ruling_due_at());
}

void ToProto(const ReviewDraft& draft, v1::Draft& out) {
  out.set_revision(draft.revision);
  out.set_text(draft.text);
  ToProto(draft.saved_at, *out.mutable_saved_at());
  out.set_epoch(draft.epoch);
}

void ToProto(const ShownEvent& event, v1::ReviewEvent& out) {
  out.set_seq(event.seq);
  ToProto(event.at, *out.mutable_at());
  out.set_actor(event.actor);
  out.set_what(event.what);
  out.set_note(event.note);
}

void ToProto(const ItemView& view, v1::ReviewItemView& out) {
  ToProto(view.item, *out.mutable_item());
  out.set_shows_content(view.content.has_value());
  out.set_withheld(view.withheld);
  if (view.content) ToProto(*view.content, *out.mutable_content());
  if (view.suggestion) ToProto(*view.suggestion, *out.mutable_suggestion());
  if (view.lease) LeaseToProto(*view.lease, false, *out.mutable_lease());
  for (const ReviewLease& lease : view.leases) LeaseToProto(lease, true, *out.add_leases());
  for (const ShownJudgement& judgement : view.judgements) JudgementToProto(judgement, *out.add_judgements());
  for (const ShownDecision& decision : view.decisions) DecisionToProto(decision, *out.add_decisions());
  for (const ReviewAudit& audit : view.audits) AuditToProto(audit, *out.add_audits());
  for (const ShownEscalation& escalation : view.escalations) EscalationToProto(escalation, *out.add_escalations());
  for (const ShownEvent& event : view.history) ToProto(event, *out.add_history());
  out.set_has_severe_flag(view.has_severe_flag);
  out.set_adjudication_why(view.adjudication_why);
  out.set_awaited_clarification(view.awaited_clarification);
  if (view.draft) ToProto(*view.draft, *out.mutable_draft());
  if (view.feedback) FeedbackToProto(*view.feedback, *out.mutable_feedback());
  for (const ContentRead& read : view.reads) {
    v1::ContentRead& added = *out.add_reads();
    added.set_person(read.person);
    ToProto(read.at, *added.mutable_at());
    if (read.role) added.set_role(EnumToProto<v1::LeaseRole::Value>(*read.role));
  }
}

void ToProto(const Reviewer& reviewer, v1::Reviewer& out) {
  out.set_id(reviewer.id);
  for (const auto& word : EnumWords<ReviewRole>::kWords) {
    if (reviewer.roles.Has(word.value)) out.add_roles(EnumToProto<v1::ReviewRole::Value>(word.value));
  }
  for (const std::string& skill : reviewer.skills) out.add_skills(skill);
  for (const std::string& language : reviewer.languages) out.add_languages(language);
  for (const std::string& clearance : reviewer.clearances) out.add_clearances(clearance);
  for (const EndingClearance& ending : reviewer.ending) {
    v1::EndingClearance& added = *out.add_ending();
    added.set_data_class(ending.data_class);
    ToProto(ending.until, *added.mutable_until());
  }
  for (const RubricCertificate& certificate : reviewer.certificates)
    out.add_certificates(certificate.rubric + "@" + std::to_string(certificate.major));
  for (const std::string& queue : reviewer.queues) out.add_queues(queue);
  out.set_is_paused(reviewer.is_paused);
  out.set_paused_why(reviewer.paused_why);
}

void ToProto(const MyWork& work, v1::GetMyWorkResponse& out) {
  ToProto(work.me, *out.mutable_me());
  out.set_denied(work.denied);
  for (const QueueWork& queue : work.queues) WorkToProto(queue, *out.add_queues());
  for (const ItemSummary& item : work.held) ToProto(item, *out.add_held());
  for (const MyJudgement& judgement : work.recent) {
    v1::MyJudgement& added = *out.add_recent();
    added.set_item(judgement.item);
    added.set_judgement(judgement.judgement);
    added.set_queue(judgement.queue);
    ToProto(judgement.at, *added.mutable_at());
    if (judgement.revisable_until) ToProto(*judgement.revisable_until, *added.mutable_revisable_until());
  }
  for (const std::string& draft : work.drafts) out.add_drafts(draft);
  out.set_judged_today(work.judged_today);
  assay::ToProto(work.gold_hits, *out.mutable_gold_hits());
  assay::ToProto(work.audits_passed, *out.mutable_audits_passed());
  assay::ToProto(work.audits_passed_before, *out.mutable_audits_passed_before());
  ToProto(work.active_today, *out.mutable_active_today());
}

void ToProto(const ReviewShare& share, v1::ReviewShare& out) {
  out.set_count(share.count);
  out.set_of(share.of);
  if (share.share) out.set_share(*share.share);
  if (share.lower) out.set_lower(*share.lower);
  if (share.upper) out.set_upper(*share.upper);
}

void ToProto(const QueueStatus& status, v1::QueueStatus& out) {
  out.set_queue(status.queue);
  out.set_description(status.description);
  out.set_owner(status.owner);
  out.set_kind(EnumToProto<v1::ReviewItemKind::Value>(status.kind));
  out.set_rubric(status.rubric);
  out.set_rubric_version(status.rubric_version);
  for (const std::string& suite : status.suites) out.add_suites(suite);
  for (const auto& [state, items] : status.states) {
    v1::QueueStatus::StateCount& count = *out.add_states();
    count.set_state(EnumToProto<v1::ReviewState::Value>(state));
    count.set_items(items);
  }
  out.set_open(status.open);
  if (status.oldest_at) ToProto(*status.oldest_at, *out.mutable_oldest_at());
  if (status.open_done_at) ToProto(*status.open_done_at, *out.mutable_open_done_at());
  out.set_overdue(status.overdue);
  out.set_overdue_rulings(status.overdue_rulings);
  out.set_severe_flags(status.severe_flags);
  out.set_people(status.people);
  out.set_held_up_by(status.held_up_by);
  if (status.targets) TargetsToProto(*status.targets, *out.mutable_targets());
  for (const HeldItem& held : status.held) {
    v1::HeldItem& added = *out.add_held();
    added.set_item(held.item);
    LeaseToProto(held.lease, true, *added.mutable_lease());
  }
}

void ToProto(const QueueReport& report, v1::GetQueueReportResponse& out) {
  const ReviewKpis& kpis = report.kpis;
  ToProto(report.window.from, *out.mutable_from());
  ToProto(report.window.to, *out.mutable_to());
  CountsToProto(kpis.judgements, [&] { return out.add_judgements(); });
  out.set_active_seconds(kpis.active_seconds);
  if (kpis.judgements_per_active_hour) out.set_judgements_per_active_hour(*kpis.judgements_per_active_hour);
  out.set_items_done(kpis.items_done);
  assay::ToProto(kpis.audits_passed, *out.mutable_audits_passed());
  if (kpis.decisions_right) out.set_decisions_right(*kpis.decisions_right);
  assay::ToProto(kpis.reworked, *out.mutable_reworked());
  CountsToProto(kpis.reworks, [&] { return out.add_reworks(); });
  assay::ToProto(kpis.escalated, *out.mutable_escalated());
  CountsToProto(kpis.escalations, [&] { return out.add_escalations(); });
  if (kpis.escalation_seconds_p50) out.set_escalation_seconds_p50(*kpis.escalation_seconds_p50);
  if (kpis.escalation_seconds_p90) out.set_escalation_seconds_p90(*kpis.escalation_seconds_p90);
  assay::ToProto(kpis.adjudicated, *out.mutable_adjudicated());
  CountsToProto(kpis.adjudications, [&] { return out.add_adjudications(); });
  assay::ToProto(kpis.labels_overturned, *out.mutable_labels_overturned());
  assay::ToProto(kpis.gold_hits, *out.mutable_gold_hits());
  CountsToProto(kpis.items, [&] { return out.add_items(); });
  if (kpis.oldest_open_seconds) out.set_oldest_open_seconds(*kpis.oldest_open_seconds);
  out.set_leases_expired(kpis.leases_expired);
  out.set_extras(kpis.extras);
  assay::ToProto(kpis.on_time, *out.mutable_on_time());
  if (kpis.open_done_at) ToProto(*kpis.open_done_at, *out.mutable_open_done_at());
  assay::ToProto(kpis.severe, *out.mutable_severe());
  assay::ToProto(kpis.false_refusals, *out.mutable_false_refusals());
  assay::ToProto(kpis.missed_refusals, *out.mutable_missed_refusals());
  assay::ToProto(kpis.hallucinating, *out.mutable_hallucinating());
  assay::ToProto(kpis.claims_supported, *out.mutable_claims_supported());
  assay::ToProto(kpis.first_shown_wins, *out.mutable_first_shown_wins());
  if (kpis.first_shown_p) out.set_first_shown_p(*kpis.first_shown_p);
  assay::ToProto(kpis.longer_wins, *out.mutable_longer_wins());
  if (kpis.longer_p) out.set_longer_p(*kpis.longer_p);
  assay::ToProto(kpis.suggestions_followed, *out.mutable_suggestions_followed());
  BiasToProto(report.suggestions, *out.mutable_suggestions());
  InSightToProto(kpis.saw_suggestion, *out.mutable_saw_suggestion());
  InSightToProto(kpis.saw_none, *out.mutable_saw_none());
  for (const CriterionAgreement& agreement : report.agreement) AgreementToProto(agreement, *out.add_agreement());
  for (const auto& [person, measures] : report.people) {
    v1::GetQueueReportResponse::Person& added = *out.add_people();
    added.set_person(person);
    added.set_judgements(measures.judgements);
    added.set_active_seconds(measures.active_seconds);
    assay::ToProto(measures.audits_passed, *added.mutable_audits_passed());
    assay::ToProto(measures.gold_hits, *added.mutable_gold_hits());
    assay::ToProto(measures.labels_overturned, *added.mutable_labels_overturned());
  }
  out.set_items_seen(report.items);
  if (report.targets) TargetsToProto(*report.targets, *out.mutable_targets());
  for (const TargetStanding& standing : report.standings) StandingToProto(standing, *out.add_standings());
  for (const CriterionDifferences& each : report.differences) DifferencesToProto(each, *out.add_differences());
}

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
      EscalationToProto({.escalation = asked}, *added.add_escalations());
  }
  if (status.report) {
    for (const CriterionAgreement& agreement : status.report->agreement)
      AgreementToProto(agreement, *out.add_agreement());
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
