// Verdicts and checks, and what they are made of.

#include <array>
#include <cmath>

#include "assay/v1/gate.pb.h"
#include "assay/v1/run.pb.h"
#include "assay/v1/types.pb.h"
#include "config/agreement_words.h"
#include "core/digest.h"
#include "daemon/rpc/convert.h"

namespace assay {
namespace {

v1::VerdictState::Value ToProto(VerdictState state) {
  switch (state) {
    case VerdictState::kPending:
      return v1::VerdictState::PENDING;
    case VerdictState::kPass:
      return v1::VerdictState::PASS;
    case VerdictState::kFail:
      return v1::VerdictState::FAIL;
    case VerdictState::kInconclusive:
      return v1::VerdictState::INCONCLUSIVE;
    case VerdictState::kError:
      return v1::VerdictState::ERROR;
  }
  return v1::VerdictState::UNSPECIFIED;
}

// Never PASS for a word that it does not know.
v1::VerdictState::Value VerdictStateFromWord(std::string_view word) {
  const auto state = VerdictStateFrom(word);
  return state ? ToProto(*state) : v1::VerdictState::UNSPECIFIED;
}

v1::RunState::Value RunStateFromWord(std::string word) {
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  v1::RunState::Value state = v1::RunState::UNSPECIFIED;
  return v1::RunState::Value_Parse(word, &state) ? state : v1::RunState::UNSPECIFIED;
}

v1::ComparisonRole::Value ComparisonRoleFromWord(std::string_view word) {
  if (word == "candidate") return v1::ComparisonRole::CANDIDATE;
  if (word == "baseline") return v1::ComparisonRole::BASELINE;
  return v1::ComparisonRole::UNSPECIFIED;
}

void ToProto(const CaseCounts& counts, v1::Counts& out) {
  out.set_scheduled(counts.scheduled);
  out.set_scored(counts.scored);
  out.set_unscored(counts.unscored);
  out.set_error(counts.error);
  out.set_skipped(counts.skipped);
  out.set_awaiting_human(counts.awaiting_human);
  out.set_outstanding(counts.outstanding);
}

void ToProto(const Estimate& estimate, v1::Estimate& out) {
  if (estimate.value) out.set_value(*estimate.value);
  if (estimate.lower) out.set_lower(*estimate.lower);
  if (estimate.upper) out.set_upper(*estimate.upper);
  out.set_confidence(estimate.confidence);
  out.set_method(estimate.method);
  out.set_cases(estimate.cases);
}

void ToProto(const Comparison& comparison, v1::Comparison& out) {
  if (comparison.candidate) out.set_candidate(*comparison.candidate);
  if (comparison.baseline) out.set_baseline(*comparison.baseline);
  if (!comparison.passes) return;
  v1::PassTable& passes = *out.mutable_passes();
  passes.set_both(comparison.passes->both);
  passes.set_candidate_only(comparison.passes->candidate_only);
  passes.set_baseline_only(comparison.passes->baseline_only);
  passes.set_neither(comparison.passes->neither);
}

void ToProto(const JudgeEvidence& evidence, v1::JudgeEvidence& out) {
  out.set_corrected(evidence.is_corrected);
  ToProto(evidence.raw, *out.mutable_raw());
  for (const JudgeCalibration& judge : evidence.judges) ToProto(judge, evidence.confidence, *out.add_judges());
  for (const JudgeCalibration& judge : evidence.baseline_judges)
    ToProto(judge, evidence.confidence, *out.add_baseline_judges());
}

void ToProto(const PeopleEvidence& evidence, v1::PeopleEvidence& out) {
  out.set_queue(evidence.queue);
  if (evidence.chance) out.set_chance(*evidence.chance);
  out.set_asked(evidence.asked);
  out.set_settled(evidence.settled);
  if (evidence.judged_mean) out.set_judged_mean(*evidence.judged_mean);
  if (evidence.judged_mean_asked) out.set_judged_mean_asked(*evidence.judged_mean_asked);
  if (evidence.said_mean) out.set_said_mean(*evidence.said_mean);
  out.set_metric(evidence.metric);
  out.set_is_baseline(evidence.is_baseline);
  for (const PeopleEvidence& other : evidence.others) ToProto(other, *out.add_others());
  if (!evidence.quality) return;
  v1::PeopleQuality& quality = *out.mutable_quality();
  quality.set_statistic(std::string(WordOf(evidence.quality->statistic)));
  ToProto(evidence.quality->agreement, *quality.mutable_agreement());
  ToProto(evidence.quality->audits_passed, *quality.mutable_audits_passed());
  if (evidence.quality->severe_agreement)
    ToProto(*evidence.quality->severe_agreement, *quality.mutable_severe_agreement());
}

void ToProto(const RulePart& part, v1::RulePart& out) {
  out.set_suite(part.suite);
  out.set_slice(part.slice);
  out.set_slice_value(part.slice_value);
  out.set_state(ToProto(part.state));
  ToProto(part.estimate, *out.mutable_estimate());
  if (part.comparison) ToProto(*part.comparison, *out.mutable_comparison());
  if (part.shown) ToProto(*part.shown, *out.mutable_shown());
  if (part.pass_bound) out.set_pass_bound(*part.pass_bound);
  if (part.fail_bound) out.set_fail_bound(*part.fail_bound);
  if (part.margin) out.set_margin(*part.margin);
  if (part.fail_confidence) out.set_fail_confidence(*part.fail_confidence);
  out.set_method(part.method);
  if (part.clusters) {
    v1::PartClusters& clusters = *out.mutable_clusters();
    clusters.set_count(part.clusters->count);
    clusters.set_largest(part.clusters->largest);
    if (part.clusters->design_effect) clusters.set_design_effect(*part.clusters->design_effect);
  }
  ToProto(part.counts, *out.mutable_counts());
  if (part.more_cases) out.set_more_cases(*part.more_cases);
  out.set_reason(part.reason);
  if (part.judge) ToProto(*part.judge, *out.mutable_judge());
  if (part.people) ToProto(*part.people, *out.mutable_people());
  for (const WorstCase& worst : part.worst_cases) ToProto(worst, *out.add_worst_cases());
}

void ToProto(const RuleOutcome& rule, v1::RuleOutcome& out) {
  out.set_rule(rule.rule);
  out.set_kind(rule.kind);
  out.set_metric(rule.metric);
  out.set_grader(rule.grader);
  out.set_source(rule.source);
  out.set_reduce(rule.reduce);
  if (rule.k) out.set_k(*rule.k);
  if (rule.quorum) out.set_quorum(*rule.quorum);
  out.set_role(rule.blocking ? v1::RuleRole::BLOCKING : v1::RuleRole::ADVISORY);
  if (rule.severity) out.set_severity(*rule.severity);
  out.set_not_waivable(!rule.waivable);
  out.set_confidence(rule.confidence);
  out.set_method(rule.method);
  if (rule.threshold) out.set_threshold(*rule.threshold);
  out.set_uncorrected(rule.uncorrected);
  out.set_asks(rule.asks);
  out.set_state(ToProto(rule.state));
  out.set_reason(rule.reason);
  if (rule.Deciding() != nullptr) out.set_deciding_part(static_cast<std::int32_t>(rule.deciding_part));
  for (const RulePart& part : rule.parts) ToProto(part, *out.add_parts());
}

void ToProto(const AppliedWaiver& waiver, v1::AppliedWaiver& out) {
  out.set_id(waiver.id);
  out.set_verdict_id(waiver.verdict);
  for (const std::string& rule : waiver.rules) out.add_rules(rule);
  out.set_reason(waiver.reason);
  out.set_ticket(waiver.ticket);
  out.set_requester(waiver.requester);
  for (const std::string& approver : waiver.approvers) out.add_approvers(approver);
  assay::ToProto(waiver.requested_at, *out.mutable_requested_at());
  assay::ToProto(waiver.expires_at, *out.mutable_expires_at());
}

void ToProto(const SuiteIdentity& suite, v1::VerdictSuite& out) {
  out.mutable_suite()->set_name(suite.suite);
  out.mutable_suite()->set_content_version(suite.suite_version);
  out.mutable_suite()->set_dataset_version(suite.dataset_version);
  out.set_run_id(suite.run);
  out.set_run_state(RunStateFromWord(suite.run_state));
  out.set_cause(suite.cause);
  ToProto(suite.counts, *out.mutable_counts());
  if (suite.cost_usd) out.set_cost_usd(*suite.cost_usd);
  out.set_answers_without_cost(suite.answers_without_cost);
  out.set_answers_cached(suite.answers_cached);
}

}  // namespace

void ToProto(const WorstCase& worst, v1::WorstCase& out) {
  out.set_ordinal(worst.ordinal);
  out.set_case_id(worst.id);
  if (worst.value) out.set_value(*worst.value);
  if (worst.baseline) out.set_baseline(*worst.baseline);
}

void ToProto(const ModelIdentity& model, v1::ModelRef& out) {
  out.set_name(model.name);
  out.set_version(model.version);
  out.set_content_version(model.content_version);
}

void ToProto(const JudgeCalibration& judge, double confidence, v1::JudgeCalibration& out) {
  const SentinelCounts& counts = judge.counts;
  out.set_grader(judge.grader);
  out.set_judge(judge.judge);
  out.set_version(judge.version);
  out.set_prompt(judge.prompt);
  for (const std::string& model : judge.answered_by) out.add_answered_by(model);
  out.set_human_passes(counts.passes);
  out.set_true_passes(counts.true_passes);
  out.set_lost_passes(counts.lost_passes);
  out.set_human_fails(counts.fails);
  out.set_true_fails(counts.true_fails);
  out.set_lost_fails(counts.lost_fails);
  ToProto(SensitivityOf(counts, confidence), *out.mutable_sensitivity());
  ToProto(SpecificityOf(counts, confidence), *out.mutable_specificity());
  if (const auto agreement = AgreementOfJudge(counts)) out.set_agreement(*agreement);
}

void ToProto(const VerdictLook& look, v1::VerdictLook& out) {
  out.set_look(look.look);
  out.set_looks(look.looks);
  out.set_error_share(look.error_share);
  out.set_planned_cases(look.planned_cases);
  out.set_cases(look.cases);
  out.set_planned_trials(look.planned_trials);
  out.set_asked_trials(look.asked_trials);
}

std::int64_t CasesComparedIn(const ControlComparison& control) {
  const auto known = static_cast<double>(control.cases.value_or(0));
  return std::llround(known * (1 - control.missing.value_or(0)));
}

void ToProto(const ControlComparison& control, v1::ControlComparison& out) {
  out.set_suite(control.suite);
  out.set_metric(control.metric);
  out.set_earlier_run_id(control.earlier_run);
  if (control.before) out.set_before(*control.before);
  if (control.now) out.set_now(*control.now);
  out.set_has_moved(control.has_moved);
  if (control.cases) out.set_cases(CasesComparedIn(control));
  out.set_earlier_runs(control.earlier_runs);
  out.set_slice(control.slice);
  out.set_slice_value(control.slice_value);
  if (control.missing) out.set_missing(*control.missing);
  if (control.lower) out.set_lower(*control.lower);
  if (control.upper) out.set_upper(*control.upper);
  if (control.error_share) out.set_error_share(*control.error_share);
}

void ToProto(const ReleaseBlocker& blocker, v1::ReleaseBlocker& out) {
  constexpr std::array kStates = {v1::BlockerState::OPEN, v1::BlockerState::UPHELD, v1::BlockerState::DECLINED,
                                  v1::BlockerState::WITHDRAWN};
  out.set_id(blocker.id);
  out.set_gate(blocker.gate);
  out.set_severity(blocker.severity);
  out.set_reason(blocker.reason);
  for (const BlockerEvidence& each : blocker.evidence) {
    v1::BlockerEvidence& added = *out.add_evidence();
    added.set_item_id(each.item);
    added.set_run_id(each.run);
    added.set_case_id(each.case_id);
  }
  out.set_recommender(blocker.recommender);
  ToProto(blocker.recommended_at, *out.mutable_recommended_at());
  out.set_state(kStates[static_cast<std::size_t>(blocker.state)]);
  out.set_ended_by(blocker.ended_by);
  if (blocker.ended_at) ToProto(*blocker.ended_at, *out.mutable_ended_at());
  out.set_answer(blocker.answer);
}

void ToProto(const StoredVerdict& verdict, v1::Verdict& out) {
  const VerdictRecord& record = verdict.record;
  out.set_id(record.id);
  out.set_project(record.project);
  out.set_check_id(record.check_id);
  out.set_gate(record.gate);
  out.set_gate_version(record.gate_version);
  out.set_state(VerdictStateFromWord(record.state));
  out.set_reason(verdict.verdict.reason);
  for (const std::string& rule : verdict.verdict.deciding_rules) out.add_deciding_rules(rule);
  for (const std::string& warning : verdict.verdict.warnings) out.add_warnings(warning);
  ToProto(verdict.verdict.candidate, *out.mutable_candidate());
  for (const SuiteIdentity& suite : verdict.verdict.suites) ToProto(suite, *out.add_suites());
  out.set_attempt(verdict.verdict.attempt);
  if (verdict.verdict.look) ToProto(*verdict.verdict.look, *out.mutable_look());
  for (const ControlComparison& control : verdict.verdict.controls) ToProto(control, *out.add_controls());
  if (verdict.verdict.baseline) ToProto(*verdict.verdict.baseline, *out.mutable_baseline());
  for (const SuiteIdentity& suite : verdict.verdict.baseline_suites) ToProto(suite, *out.add_baseline_suites());
  for (const RuleOutcome& rule : verdict.verdict.rules) ToProto(rule, *out.add_rules());
  ToProto(verdict.verdict.decided_at, *out.mutable_decided_at());
  out.set_principal(record.principal);
  out.set_document(record.document);
  out.set_document_hash(ContentVersion(record.document));
  out.set_sequence(record.sequence);
  out.set_predecessor(record.predecessor);
  out.set_decision(ToProto(verdict.verdict.Decision()));
  for (const AppliedWaiver& waiver : verdict.verdict.waivers) ToProto(waiver, *out.add_waivers());
  for (const ReleaseBlocker& blocker : verdict.verdict.blockers) ToProto(blocker, *out.add_blockers());
}

void ToProto(const CheckStatus& status, v1::Check& out) {
  const CheckRecord& check = status.check;
  out.set_id(check.id);
  out.set_project(check.project);
  out.set_gate(check.gate);
  out.set_gate_version(check.gate_version);
  out.mutable_candidate()->set_name(check.model);
  out.mutable_candidate()->set_version(check.model_label);
  out.mutable_candidate()->set_content_version(check.model_version);
  if (status.baseline) ToProto(*status.baseline, *out.mutable_baseline());
  if (status.timeout) ToProto(*status.timeout, *out.mutable_timeout());
  out.set_state(VerdictStateFromWord(check.state));
  out.set_reason(status.reason);
  for (const CheckRunState& run : status.runs) {
    v1::CheckRun& added = *out.add_runs();
    added.set_role(ComparisonRoleFromWord(run.role));
    ToProto(run.run, *added.mutable_run());
    added.set_reused(run.reused);
  }
  if (status.verdict) {
    ToProto(*status.verdict, *out.mutable_verdict());
    out.set_decision(out.verdict().decision());
  }
  ToProto(check.created, *out.mutable_created_at());
  if (check.ended) ToProto(*check.ended, *out.mutable_decided_at());
  out.set_principal(check.principal);
}

}  // namespace assay
