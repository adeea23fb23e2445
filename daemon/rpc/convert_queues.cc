// Queues of review: who works on them, how far they are, and how good what they yield is.

#include "daemon/rpc/convert_review.h"

#include "assay/v1/review.pb.h"
#include "daemon/rpc/convert.h"

namespace assay {
namespace {

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

void ToProto(const CriterionAgreement& agreement, v1::CriterionAgreement& out) {
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
    assay::ToProto(held.lease, true, *added.mutable_lease());
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
  for (const CriterionAgreement& agreement : report.agreement) assay::ToProto(agreement, *out.add_agreement());
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

}  // namespace assay
