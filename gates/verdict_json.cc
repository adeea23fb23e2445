// The verdict document, written; verdict_json_reading.cc reads it, member by member.

#include <utility>

#include "config/agreement_words.h"
#include "gates/json_values.h"
#include "gates/run_past_json.h"
#include "gates/verdict.h"

namespace assay {
namespace {

Json ToJson(const CaseCounts& counts) {
  return Json::Of({{"scheduled", counts.scheduled},
                   {"scored", counts.scored},
                   {"unscored", counts.unscored},
                   {"error", counts.error},
                   {"skipped", counts.skipped},
                   {"awaiting_human", counts.awaiting_human},
                   {"outstanding", counts.outstanding}});
}

Json ToJson(const Estimate& estimate) {
  return Json::Of({{"value", OrNull(estimate.value)},
                   {"lower", OrNull(estimate.lower)},
                   {"upper", OrNull(estimate.upper)},
                   {"confidence", estimate.confidence},
                   {"method", OrNull(estimate.method)},
                   {"cases", estimate.cases}});
}

Json ToJson(const Comparison& comparison) {
  const std::optional<PassTable>& passes = comparison.passes;
  return Json::Of({{"candidate", OrNull(comparison.candidate)},
                   {"baseline", OrNull(comparison.baseline)},
                   {"passes", passes ? Json::Of({{"both", passes->both},
                                                 {"candidate_only", passes->candidate_only},
                                                 {"baseline_only", passes->baseline_only},
                                                 {"neither", passes->neither}})
                                     : Json()}});
}

Json ToJson(const PartClusters& clusters) {
  return Json::Of(
      {{"count", clusters.count}, {"largest", clusters.largest}, {"design_effect", OrNull(clusters.design_effect)}});
}

Json ToJson(const JudgeCalibration& judge, double confidence) {
  Json::Array models;
  for (const std::string& each : judge.answered_by) models.push_back(OrNull(each));
  const SentinelCounts& counts = judge.counts;
  return Json::Of({{"grader", judge.grader},
                   {"judge", judge.judge},
                   {"version", judge.version},
                   {"prompt", OrNull(judge.prompt)},
                   {"answered_by", std::move(models)},
                   {"human_passes", counts.passes},
                   {"true_passes", counts.true_passes},
                   {"lost_passes", counts.lost_passes},
                   {"human_fails", counts.fails},
                   {"true_fails", counts.true_fails},
                   {"lost_fails", counts.lost_fails},
                   {"sensitivity", ToJson(SensitivityOf(counts, confidence))},
                   {"specificity", ToJson(SpecificityOf(counts, confidence))}});
}

Json ToJson(const JudgeEvidence& evidence) {
  Json::Array judges;
  for (const JudgeCalibration& judge : evidence.judges) judges.push_back(ToJson(judge, evidence.confidence));
  Json::Array baseline;
  for (const JudgeCalibration& judge : evidence.baseline_judges) baseline.push_back(ToJson(judge, evidence.confidence));
  Json json = Json::Of({{"corrected", evidence.is_corrected},
                        {"confidence", evidence.confidence},
                        {"raw", ToJson(evidence.raw)},
                        {"judges", std::move(judges)},
                        {"baseline_judges", std::move(baseline)}});
  if (evidence.not_judged > 0) json.Set("not_judged", evidence.not_judged);
  return json;
}

Json ToJson(const PeopleQuality& quality) {
  Json json = Json::Of({{"statistic", WordOf(quality.statistic)},
                        {"agreement", ToJson(quality.agreement)},
                        {"audits_passed", ToJson(quality.audits_passed)}});
  if (quality.severe_agreement) json.Set("severe_agreement", ToJson(*quality.severe_agreement));
  return json;
}

Json ToJson(const PeopleEvidence& evidence) {
  Json::Array others;
  for (const PeopleEvidence& other : evidence.others) others.push_back(ToJson(other));
  return Json::Of({{"metric", OrNull(evidence.metric)},
                   {"of", evidence.is_baseline ? "baseline" : "candidate"},
                   {"queue", evidence.queue},
                   {"chance", OrNull(evidence.chance)},
                   {"asked", evidence.asked},
                   {"settled", evidence.settled},
                   {"judged_mean", OrNull(evidence.judged_mean)},
                   {"judged_mean_asked", OrNull(evidence.judged_mean_asked)},
                   {"said_mean", OrNull(evidence.said_mean)},
                   {"quality", evidence.quality ? ToJson(*evidence.quality) : Json()},
                   {"others", std::move(others)}});
}

Json ToJson(const RulePart& part) {
  Json::Array worst;
  for (const WorstCase& one : part.worst_cases) {
    worst.push_back(Json::Of({{"ordinal", one.ordinal},
                              {"id", OrNull(one.id)},
                              {"value", OrNull(one.value)},
                              {"baseline", OrNull(one.baseline)}}));
  }
  return Json::Of({{"suite", part.suite},
                   {"slice", OrNull(part.slice)},
                   {"slice_value", part.slice.empty() ? Json() : Json(part.slice_value)},
                   {"state", Name(part.state)},
                   {"estimate", ToJson(part.estimate)},
                   {"comparison", part.comparison ? ToJson(*part.comparison) : Json()},
                   {"shown", part.shown ? ToJson(*part.shown) : Json()},
                   {"pass_bound", OrNull(part.pass_bound)},
                   {"fail_bound", OrNull(part.fail_bound)},
                   {"margin", OrNull(part.margin)},
                   {"fail_confidence", OrNull(part.fail_confidence)},
                   {"method", OrNull(part.method)},
                   {"clusters", part.clusters ? ToJson(*part.clusters) : Json()},
                   {"counts", ToJson(part.counts)},
                   {"more_cases", OrNull(part.more_cases)},
                   {"reason", part.reason},
                   {"worst_cases", std::move(worst)},
                   {"judge", part.judge ? ToJson(*part.judge) : Json()},
                   {"people", part.people ? ToJson(*part.people) : Json()}});
}

Json ToJson(const RuleOutcome& outcome) {
  Json::Array parts;
  for (const RulePart& part : outcome.parts) parts.push_back(ToJson(part));
  return Json::Of({{"rule", outcome.rule},
                   {"kind", outcome.kind},
                   {"metric", OrNull(outcome.metric)},
                   {"grader", OrNull(outcome.grader)},
                   {"source", OrNull(outcome.source)},
                   {"reduce", OrNull(outcome.reduce)},
                   {"k", OrNull(outcome.k)},
                   {"quorum", OrNull(outcome.quorum)},
                   {"role", outcome.blocking ? "blocking" : "advisory"},
                   {"severity", OrNull(outcome.severity)},
                   {"waivable", outcome.waivable},
                   {"confidence", outcome.confidence},
                   {"method", OrNull(outcome.method)},
                   {"threshold", OrNull(outcome.threshold)},
                   {"uncorrected", outcome.uncorrected},
                   {"asks", OrNull(outcome.asks)},
                   {"state", Name(outcome.state)},
                   {"reason", outcome.reason},
                   {"deciding_part",
                    outcome.Deciding() == nullptr ? Json() : Json(static_cast<std::int64_t>(outcome.deciding_part))},
                   {"parts", std::move(parts)}});
}

Json ToJson(const SevereFindings& found) {
  Json::Array cases;
  for (const SevereCase& each : found.cases) {
    cases.push_back(
        Json::Of({{"ordinal", each.ordinal}, {"case", each.case_id}, {"item", each.item}, {"queue", each.queue}}));
  }
  return Json::Of(
      {{"judged", found.judged}, {"upheld", found.upheld}, {"open", found.open}, {"cases", std::move(cases)}});
}

Json ToJson(const SuiteIdentity& suite) {
  Json json = Json::Of({{"suite", suite.suite},
                        {"suite_version", OrNull(suite.suite_version)},
                        {"dataset_version", OrNull(suite.dataset_version)},
                        {"run", OrNull(suite.run)},
                        {"run_state", OrNull(suite.run_state)},
                        {"cause", OrNull(suite.cause)},
                        {"counts", ToJson(suite.counts)},
                        {"cost_usd", OrNull(suite.cost_usd)},
                        {"answers_without_cost", suite.answers_without_cost},
                        {"graders_version", OrNull(suite.graders_version)},
                        {"past", suite.past ? ToJson(*suite.past) : Json()}});
  if (suite.answers_cached > 0) json.Set("answers_cached", suite.answers_cached);
  if (suite.severe) json.Set("severe", ToJson(*suite.severe));
  if (!suite.cases_digest.empty()) json.Set("cases_digest", suite.cases_digest);
  return json;
}

Json ToJson(const ModelIdentity& model) {
  return Json::Of(
      {{"name", model.name}, {"version", model.version}, {"content_version", OrNull(model.content_version)}});
}

Json ToJson(const VerdictOrigin& origin) {
  return Json::Of({{"verdict", origin.verdict},
                   {"check", origin.check},
                   {"project", origin.project},
                   {"sequence", origin.sequence},
                   {"predecessor", OrNull(origin.predecessor)},
                   {"version", origin.version},
                   {"build", OrNull(origin.build)}});
}

Json ToJson(const VerdictLook& look) {
  return Json::Of({{"look", look.look},
                   {"looks", look.looks},
                   {"error_share", look.error_share},
                   {"planned_cases", look.planned_cases},
                   {"cases", look.cases},
                   {"planned_trials", look.planned_trials},
                   {"asked_trials", look.asked_trials}});
}

// A document of before has no finding, and is reproduced without one.
Json ToJson(const WaivedPart& part) {
  Json::Object json = {{"rule", part.rule},
                       {"suite", part.suite},
                       {"slice", OrNull(part.slice)},
                       {"slice_value", part.slice.empty() ? Json() : Json(part.slice_value)},
                       {"state", Name(part.state)}};
  if (!part.finding) return Json(std::move(json));
  Json::Array cases;
  for (const WaivedCase& one : part.finding->cases) {
    cases.push_back(Json::Of({{"ordinal", one.ordinal}, {"id", OrNull(one.id)}}));
  }
  json.emplace_back("margin", OrNull(part.finding->margin));
  json.emplace_back("missing", part.finding->missing);
  json.emplace_back("cases", std::move(cases));
  if (part.finding->scored) json.emplace_back("scored", *part.finding->scored);
  return Json(std::move(json));
}

Json ToJson(const AppliedWaiver& waiver) {
  Json::Array parts;
  for (const WaivedPart& part : waiver.parts) parts.push_back(ToJson(part));
  return Json::Of({{"id", waiver.id},
                   {"verdict", waiver.verdict},
                   {"rules", TextList(waiver.rules)},
                   {"parts", std::move(parts)},
                   {"reason", waiver.reason},
                   {"ticket", waiver.ticket},
                   {"requester", waiver.requester},
                   {"approvers", TextList(waiver.approvers)},
                   {"requested_at", FormatTime(waiver.requested_at)},
                   {"expires_at", FormatTime(waiver.expires_at)}});
}

}  // namespace

Json ToJson(const ReleaseBlocker& blocker) {
  Json::Array evidence;
  for (const BlockerEvidence& each : blocker.evidence) {
    evidence.push_back(
        Json::Of({{"item", OrNull(each.item)}, {"run", OrNull(each.run)}, {"case", OrNull(each.case_id)}}));
  }
  return Json::Of({{"id", blocker.id},
                   {"gate", OrNull(blocker.gate)},
                   {"severity", blocker.severity},
                   {"reason", blocker.reason},
                   {"evidence", std::move(evidence)},
                   {"recommender", blocker.recommender},
                   {"recommended_at", FormatTime(blocker.recommended_at)},
                   {"state", Name(blocker.state)},
                   {"ended_by", OrNull(blocker.ended_by)},
                   {"ended_at", blocker.ended_at ? Json(FormatTime(*blocker.ended_at)) : Json()},
                   {"answer", OrNull(blocker.answer)}});
}

Json ToJson(const Verdict& verdict) {
  Json::Array suites;
  for (const SuiteIdentity& suite : verdict.suites) suites.push_back(ToJson(suite));
  Json::Array baseline_suites;
  for (const SuiteIdentity& suite : verdict.baseline_suites) baseline_suites.push_back(ToJson(suite));
  Json::Array deciding;
  for (const std::string& rule : verdict.deciding_rules) deciding.emplace_back(rule);
  Json::Array rules;
  for (const RuleOutcome& outcome : verdict.rules) rules.push_back(ToJson(outcome));
  Json::Array warnings;
  for (const std::string& warning : verdict.warnings) warnings.emplace_back(warning);
  Json::Array waivers;
  for (const AppliedWaiver& waiver : verdict.waivers) waivers.push_back(ToJson(waiver));
  Json::Array controls;
  for (const ControlComparison& control : verdict.controls) controls.push_back(ToJson(control));
  Json::Object json = {{"origin", verdict.origin ? ToJson(*verdict.origin) : Json()},
                       {"gate", verdict.gate},
                       {"gate_version", OrNull(verdict.gate_version)},
                       {"candidate", ToJson(verdict.candidate)},
                       {"baseline", verdict.baseline ? ToJson(*verdict.baseline) : Json()},
                       {"attempt", verdict.attempt},
                       {"look", verdict.look ? ToJson(*verdict.look) : Json()},
                       {"controls", std::move(controls)},
                       {"state", Name(verdict.state)},
                       {"reason", verdict.reason},
                       {"deciding_rules", std::move(deciding)},
                       {"decided_at", FormatTime(verdict.decided_at)},
                       {"suites", std::move(suites)},
                       {"baseline_suites", std::move(baseline_suites)},
                       {"rules", std::move(rules)},
                       {"warnings", std::move(warnings)},
                       {"ceiling", verdict.ceiling ? Json(Name(*verdict.ceiling)) : Json()},
                       {"decision", Name(verdict.Decision())},
                       {"waivers", std::move(waivers)}};
  if (verdict.is_baseline_given) json.emplace_back("baseline_given", *verdict.is_baseline_given);
  if (!verdict.blockers.empty()) {
    Json::Array blockers;
    for (const ReleaseBlocker& blocker : verdict.blockers) blockers.push_back(ToJson(blocker));
    json.emplace_back("blockers", std::move(blockers));
  }
  return Json(std::move(json));
}

}  // namespace assay
