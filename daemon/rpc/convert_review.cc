// Items of review, and what people said of them.

#include "daemon/rpc/convert_review.h"

#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"

namespace assay {
namespace {

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

void FeedbackToProto(const GoldFeedback& feedback, v1::GoldFeedback& out) {
  out.set_is_hit(feedback.is_hit);
  for (const std::string& miss : feedback.misses) out.add_misses(miss);
  assay::ToProto(feedback.expected, *out.mutable_expected());
  out.set_why(feedback.why);
}

}  // namespace

void ToProto(const ReviewLease& lease, bool with_person, v1::ReviewLease& out) {
  out.set_role(EnumToProto<v1::LeaseRole::Value>(lease.role));
  out.set_token(lease.token);
  assay::ToProto(lease.granted_at, *out.mutable_granted_at());
  assay::ToProto(lease.expires_at, *out.mutable_expires_at());
  out.set_is_prefetch(lease.is_prefetch);
  out.set_rubric_version(ToString(lease.rubric_version));
  if (with_person) out.set_person(lease.person);
}

void ToProto(const ShownEscalation& shown, v1::ReviewEscalation& out) {
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
  if (view.lease) assay::ToProto(*view.lease, false, *out.mutable_lease());
  for (const ReviewLease& lease : view.leases) assay::ToProto(lease, true, *out.add_leases());
  for (const ShownJudgement& judgement : view.judgements) JudgementToProto(judgement, *out.add_judgements());
  for (const ShownDecision& decision : view.decisions) DecisionToProto(decision, *out.add_decisions());
  for (const ReviewAudit& audit : view.audits) AuditToProto(audit, *out.add_audits());
  for (const ShownEscalation& escalation : view.escalations) assay::ToProto(escalation, *out.add_escalations());
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

}  // namespace assay
