// The verdict document, read as verdict_json.cc writes it, and as earlier versions did.

#include <algorithm>
#include <utility>

#include "config/agreement_words.h"
#include "gates/run_past_json.h"
#include "gates/verdict.h"
#include "gates/verdict_reader.h"

namespace assay {
namespace {

using Reader = VerdictReader;

void ReadCounts(Reader& reader, CaseCounts& counts) {
  reader.Read("scheduled", counts.scheduled);
  reader.Read("scored", counts.scored);
  reader.Read("unscored", counts.unscored);
  reader.Read("error", counts.error);
  reader.Read("skipped", counts.skipped);
  reader.Read("awaiting_human", counts.awaiting_human);
  reader.Read("outstanding", counts.outstanding);
}

void ReadEstimate(Reader& reader, Estimate& estimate) {
  reader.Read("value", estimate.value);
  reader.Read("lower", estimate.lower);
  reader.Read("upper", estimate.upper);
  reader.Read("confidence", estimate.confidence);
  reader.ReadOptional("method", estimate.method);
  reader.Read("cases", estimate.cases);
}

void ReadWorstCase(Reader& reader, WorstCase& one) {
  reader.Read("ordinal", one.ordinal);
  reader.ReadOptional("id", one.id);
  reader.Read("value", one.value);
  if (reader.Has("baseline")) reader.Read("baseline", one.baseline);  // else of a version that compared nothing
}

void ReadPassTable(Reader& reader, PassTable& passes) {
  reader.Read("both", passes.both);
  reader.Read("candidate_only", passes.candidate_only);
  reader.Read("baseline_only", passes.baseline_only);
  reader.Read("neither", passes.neither);
}

void ReadComparison(Reader& reader, Comparison& comparison) {
  reader.Read("candidate", comparison.candidate);
  reader.Read("baseline", comparison.baseline);
  reader.ReadNullable("passes", comparison.passes, ReadPassTable);
}

void ReadClusters(Reader& reader, PartClusters& clusters) {
  reader.Read("count", clusters.count);
  reader.Read("largest", clusters.largest);
  reader.Read("design_effect", clusters.design_effect);
}

void ReadJudge(Reader& reader, JudgeCalibration& judge) {
  reader.Read("grader", judge.grader);
  reader.Read("judge", judge.judge);
  reader.Read("version", judge.version);
  reader.ReadOptional("prompt", judge.prompt);
  const Json* models = reader.Array("answered_by");
  for (std::size_t i = 0; models != nullptr && i < models->as_array().size(); ++i) {
    const Json& model = models->as_array()[i];
    if (reader.Expect("answered_by", model.is_string() || model.is_null(), "a list of texts or null"))
      judge.answered_by.push_back(model.is_string() ? model.as_string() : "");
  }
  SentinelCounts& counts = judge.counts;
  reader.Read("human_passes", counts.passes);
  reader.Read("true_passes", counts.true_passes);
  reader.Read("lost_passes", counts.lost_passes);
  reader.Read("human_fails", counts.fails);
  reader.Read("true_fails", counts.true_fails);
  reader.Read("lost_fails", counts.lost_fails);
}

void ReadJudgeEvidence(Reader& reader, JudgeEvidence& evidence) {
  reader.Read("corrected", evidence.is_corrected);
  reader.Read("confidence", evidence.confidence);
  reader.ReadObject("raw", evidence.raw, ReadEstimate);
  reader.ReadList("judges", evidence.judges, ReadJudge);
  reader.ReadList("baseline_judges", evidence.baseline_judges, ReadJudge);
  if (reader.Has("not_judged")) reader.Read("not_judged", evidence.not_judged);
}

void ReadPeopleQuality(Reader& reader, PeopleQuality& quality) {
  std::string statistic;
  reader.Read("statistic", statistic);
  const auto& words = EnumWords<AgreementStatistic>::kWords;
  const auto known = std::ranges::find(words, statistic, &EnumWord<AgreementStatistic>::word);
  if (reader.Expect("statistic", known != std::end(words), "raw, kappa, alpha or ac1"))
    quality.statistic = known->value;
  reader.ReadObject("agreement", quality.agreement, ReadEstimate);
  reader.ReadObject("audits_passed", quality.audits_passed, ReadEstimate);
  if (reader.Has("severe_agreement"))
    reader.ReadObject("severe_agreement", quality.severe_agreement.emplace(), ReadEstimate);
}

void ReadPeopleEvidence(Reader& reader, PeopleEvidence& evidence) {
  if (reader.Has("metric")) {  // else of a version that knew those of the candidate's metric only
    reader.ReadOptional("metric", evidence.metric);
    std::string of;
    reader.Read("of", of);
    if (reader.is_good()) reader.Expect("of", of == "candidate" || of == "baseline", "candidate or baseline");
    evidence.is_baseline = of == "baseline";
    reader.ReadList("others", evidence.others, ReadPeopleEvidence);
  }
  reader.Read("queue", evidence.queue);
  reader.Read("chance", evidence.chance);
  reader.Read("asked", evidence.asked);
  reader.Read("settled", evidence.settled);
  reader.Read("judged_mean", evidence.judged_mean);
  reader.Read("judged_mean_asked", evidence.judged_mean_asked);
  reader.Read("said_mean", evidence.said_mean);
  reader.ReadNullable("quality", evidence.quality, ReadPeopleQuality);
}

void ReadPart(Reader& reader, RulePart& part) {
  reader.Read("suite", part.suite);
  reader.ReadOptional("slice", part.slice);
  reader.ReadOptional("slice_value", part.slice_value);
  reader.Read("state", part.state);
  reader.ReadObject("estimate", part.estimate, ReadEstimate);
  if (reader.Has("comparison")) reader.ReadNullable("comparison", part.comparison, ReadComparison);
  reader.ReadNullable("shown", part.shown, ReadEstimate);
  reader.Read("pass_bound", part.pass_bound);
  reader.Read("fail_bound", part.fail_bound);
  reader.Read("margin", part.margin);
  if (reader.Has("fail_confidence")) reader.Read("fail_confidence", part.fail_confidence);  // else all at the rule's
  if (reader.Has("clusters")) {  // else of a version that knew independent cases only
    reader.ReadOptional("method", part.method);
    reader.ReadNullable("clusters", part.clusters, ReadClusters);
  }
  reader.ReadObject("counts", part.counts, ReadCounts);
  reader.Read("more_cases", part.more_cases);
  reader.Read("reason", part.reason);
  reader.ReadList("worst_cases", part.worst_cases, ReadWorstCase);
  if (reader.Has("judge")) reader.ReadNullable("judge", part.judge, ReadJudgeEvidence);  // else from before sentinels
  if (reader.Has("people")) reader.ReadNullable("people", part.people, ReadPeopleEvidence);  // likewise
}

void ReadOutcome(Reader& reader, RuleOutcome& outcome) {
  reader.Read("rule", outcome.rule);
  reader.Read("kind", outcome.kind);
  reader.ReadOptional("metric", outcome.metric);
  reader.ReadOptional("grader", outcome.grader);
  reader.ReadOptional("source", outcome.source);
  if (reader.Has("reduce")) {  // else of a version that knew means only
    reader.ReadOptional("reduce", outcome.reduce);
    reader.Read("k", outcome.k);
    reader.Read("quorum", outcome.quorum);
  }
  std::string role;
  reader.Read("role", role);
  if (reader.is_good()) reader.Expect("role", role == "blocking" || role == "advisory", "blocking or advisory");
  outcome.blocking = role != "advisory";
  reader.Read("severity", outcome.severity);
  if (reader.Has("waivable")) reader.Read("waivable", outcome.waivable);  // else of a version without waivers
  reader.Read("confidence", outcome.confidence);
  if (reader.Has("method")) reader.ReadOptional("method", outcome.method);  // else of a version without methods
  reader.Read("threshold", outcome.threshold);
  if (reader.Has("uncorrected")) reader.Read("uncorrected", outcome.uncorrected);  // else from before sentinels
  if (reader.Has("asks")) reader.ReadOptional("asks", outcome.asks);               // else of a version that did not say
  reader.Read("state", outcome.state);
  reader.Read("reason", outcome.reason);
  std::optional<std::int64_t> deciding;
  reader.Read("deciding_part", deciding);
  reader.ReadList("parts", outcome.parts, ReadPart);
  if (deciding && reader.is_good()) {
    const bool is_inside = *deciding >= 0 && static_cast<std::size_t>(*deciding) < outcome.parts.size();
    if (reader.Expect("deciding_part", is_inside, "an index into parts")) {
      outcome.deciding_part = static_cast<std::size_t>(*deciding);
    }
  }
}

void ReadSevereCase(Reader& reader, SevereCase& found) {
  reader.Read("ordinal", found.ordinal);
  reader.Read("case", found.case_id);
  reader.Read("item", found.item);
  reader.Read("queue", found.queue);
}

void ReadSevere(Reader& reader, SevereFindings& found) {
  reader.Read("judged", found.judged);
  reader.Read("upheld", found.upheld);
  reader.Read("open", found.open);
  reader.ReadList("cases", found.cases, ReadSevereCase);
}

void ReadSuite(Reader& reader, SuiteIdentity& suite) {
  reader.Read("suite", suite.suite);
  reader.ReadOptional("suite_version", suite.suite_version);
  reader.ReadOptional("dataset_version", suite.dataset_version);
  reader.ReadOptional("run", suite.run);
  reader.ReadOptional("run_state", suite.run_state);
  reader.ReadOptional("cause", suite.cause);
  reader.ReadObject("counts", suite.counts, ReadCounts);
  if (!reader.Has("cost_usd")) return;  // a verdict of a version that knew no costs
  reader.Read("cost_usd", suite.cost_usd);
  reader.Read("answers_without_cost", suite.answers_without_cost);
  if (reader.Has("graders_version")) reader.ReadOptional("graders_version", suite.graders_version);
  if (reader.Has("past")) reader.ReadNullable("past", suite.past, ReadPast);
  if (reader.Has("answers_cached")) reader.Read("answers_cached", suite.answers_cached);  // else 0
  if (reader.Has("severe")) reader.ReadNullable("severe", suite.severe, ReadSevere);      // else nobody was asked
  if (reader.Has("cases_digest")) reader.Read("cases_digest", suite.cases_digest);
}

void ReadModel(Reader& reader, ModelIdentity& model) {
  reader.Read("name", model.name);
  reader.Read("version", model.version);
  reader.ReadOptional("content_version", model.content_version);
}

void ReadOrigin(Reader& reader, VerdictOrigin& origin) {
  reader.Read("verdict", origin.verdict);
  reader.Read("check", origin.check);
  reader.Read("project", origin.project);
  reader.Read("sequence", origin.sequence);
  reader.ReadOptional("predecessor", origin.predecessor);
  reader.Read("version", origin.version);
  reader.ReadOptional("build", origin.build);
  if (!reader.is_good()) return;
  reader.Expect("sequence", origin.sequence >= 1, "1 or more");
  reader.Expect("predecessor", origin.predecessor.empty() == (origin.sequence == 1), "one, but for the first");
}

void ReadWaivedCase(Reader& reader, WaivedCase& one) {
  reader.Read("ordinal", one.ordinal);
  reader.ReadOptional("id", one.id);
}

void ReadWaivedPart(Reader& reader, WaivedPart& part) {
  reader.Read("rule", part.rule);
  reader.Read("suite", part.suite);
  reader.ReadOptional("slice", part.slice);
  reader.ReadOptional("slice_value", part.slice_value);
  reader.Read("state", part.state);
  if (!reader.Has("missing")) return;  // of a version without
  part.finding.emplace();
  reader.Read("margin", part.finding->margin);
  reader.Read("missing", part.finding->missing);
  reader.ReadList("cases", part.finding->cases, ReadWaivedCase);
  if (reader.Has("scored")) reader.Read("scored", part.finding->scored.emplace());
}

void ReadWaiver(Reader& reader, AppliedWaiver& waiver) {
  reader.Read("id", waiver.id);
  reader.Read("verdict", waiver.verdict);
  reader.Read("rules", waiver.rules);
  if (reader.Has("parts")) reader.ReadList("parts", waiver.parts, ReadWaivedPart);  // else of a version without
  reader.Read("reason", waiver.reason);
  reader.Read("ticket", waiver.ticket);
  reader.Read("requester", waiver.requester);
  reader.Read("approvers", waiver.approvers);
  reader.Read("requested_at", waiver.requested_at);
  reader.Read("expires_at", waiver.expires_at);
}

void ReadLook(Reader& reader, VerdictLook& look) {
  reader.Read("look", look.look);
  reader.Read("looks", look.looks);
  reader.Read("error_share", look.error_share);
  reader.Read("planned_cases", look.planned_cases);
  reader.Read("cases", look.cases);
  reader.Read("planned_trials", look.planned_trials);
  reader.Read("asked_trials", look.asked_trials);
}

void ReadBlockerEvidence(Reader& reader, BlockerEvidence& evidence) {
  reader.ReadOptional("item", evidence.item);
  reader.ReadOptional("run", evidence.run);
  reader.ReadOptional("case", evidence.case_id);
}

void ReadBlocker(Reader& reader, ReleaseBlocker& blocker) {
  reader.Read("id", blocker.id);
  reader.ReadOptional("gate", blocker.gate);
  reader.Read("severity", blocker.severity);
  reader.Read("reason", blocker.reason);
  reader.ReadList("evidence", blocker.evidence, ReadBlockerEvidence);
  reader.Read("recommender", blocker.recommender);
  reader.Read("recommended_at", blocker.recommended_at);
  std::string state;
  reader.Read("state", state);
  if (!reader.is_good()) return;
  const auto known = BlockerStateFrom(state);
  if (!reader.Expect("state", known.has_value(), "OPEN, UPHELD, DECLINED or WITHDRAWN")) return;
  blocker.state = *known;
  reader.ReadOptional("ended_by", blocker.ended_by);
  const Json* ended = reader.Member("ended_at");
  if (ended != nullptr && !ended->is_null()) reader.Read("ended_at", blocker.ended_at.emplace());
  reader.ReadOptional("answer", blocker.answer);
}

// A decision that is not the state is a PASS by waivers, of what can be waived.
void ReadDecision(Reader& reader, Verdict& verdict) {
  const Json* member = reader.Member("ceiling");
  if (member != nullptr && !member->is_null()) reader.Read("ceiling", verdict.ceiling.emplace());
  reader.Read("decision", verdict.decision.emplace());
  reader.ReadList("waivers", verdict.waivers, ReadWaiver);
  if (!reader.is_good()) return;
  const bool is_waived = verdict.decision == VerdictState::kPass && !verdict.waivers.empty() &&
                         verdict.ceiling == VerdictState::kPass &&
                         (verdict.state == VerdictState::kFail || verdict.state == VerdictState::kInconclusive);
  reader.Expect("decision", verdict.decision == verdict.state || is_waived, "the state, or PASS by waivers");
}

}  // namespace

Result<Verdict> VerdictFromJson(const Json& document) {
  Verdict verdict;
  Reader reader(document, "");
  if (reader.Has("origin")) reader.ReadNullable("origin", verdict.origin, ReadOrigin);  // else from before chains
  reader.Read("gate", verdict.gate);
  reader.ReadOptional("gate_version", verdict.gate_version);
  reader.ReadObject("candidate", verdict.candidate, ReadModel);
  reader.Read("state", verdict.state);
  reader.Read("reason", verdict.reason);
  reader.Read("deciding_rules", verdict.deciding_rules);
  reader.Read("decided_at", verdict.decided_at);
  reader.ReadList("suites", verdict.suites, ReadSuite);
  if (reader.Has("attempt")) reader.Read("attempt", verdict.attempt);  // else of a version that counted none
  if (reader.Has("controls")) reader.ReadList("controls", verdict.controls, ReadControl);
  if (reader.Has("look")) reader.ReadNullable("look", verdict.look, ReadLook);  // else of a version that looked once
  if (reader.Has("baseline_given")) reader.Read("baseline_given", verdict.is_baseline_given.emplace());
  if (reader.Has("baseline")) {  // else of a version that compared nothing
    reader.ReadNullable("baseline", verdict.baseline, ReadModel);
    reader.ReadList("baseline_suites", verdict.baseline_suites, ReadSuite);
  }
  reader.ReadList("rules", verdict.rules, ReadOutcome);
  if (reader.Has("warnings")) reader.Read("warnings", verdict.warnings);  // else of a version that had none
  if (reader.Has("blockers")) reader.ReadList("blockers", verdict.blockers, ReadBlocker);  // else there were none
  if (reader.Has("decision")) ReadDecision(reader, verdict);  // else of a version without waivers
  if (!reader.is_good()) return Fail(ErrorCode::kInvalidArgument, reader.problem());
  return verdict;
}

}  // namespace assay
