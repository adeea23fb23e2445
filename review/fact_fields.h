#pragma once
// The members of every value of review that is stored or sent, once each, in the order of their JSON. Readers and
// writers (struct_json.h) go over these lists; nothing else includes this.
//
// Optional() members came later: they are written only where they are set, so that facts from before keep their bytes,
// and may be missing when read.

#include <string_view>
#include <type_traits>

#include "review/calibration.h"
#include "review/facts.h"

namespace assay {

template <class V>
void Visit(V& v, auto& f, std::type_identity<RubricVersion>) {
  v("major", f.major), v("minor", f.minor), v("patch", f.patch);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CriterionAnswer>) {
  v("criterion", f.criterion), v("score", f.score), v("labels", f.labels), v("not_applicable", f.not_applicable);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CriteriaAnswers>) {
  v("criteria", f.criteria);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CriterionWinner>) {
  v("criterion", f.criterion), v("winner", f.winner);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<PairwiseAnswers>) {
  v("choice", f.choice), v("winner", f.winner), v("strength", f.strength);
  v.Optional("criteria", f.criteria);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RankingAnswers>) {
  v("ranks", f.ranks);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<SafetyAnswers>) {
  v("harmful", f.harmful);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RefusalAnswers>) {
  v("allowed", f.allowed), v("refused", f.refused);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ClaimAnswer>) {
  v("claim", f.claim), v("support", f.support);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GroundingAnswers>) {
  v("claims", f.claims);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CallAnswer>) {
  v("call", f.call), v("right_tool", f.right_tool), v("right_arguments", f.right_arguments);
  v("result_used", f.result_used);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ToolUseAnswers>) {
  v("calls", f.calls), v("lacks_call", f.lacks_call);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CorrectionAnswers>) {
  v("unchanged", f.unchanged), v("expected", f.expected);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<Opinion>) {
  v("answers", f.answers), v("errors", f.errors), v("severity", f.severity);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewSubject>) {
  v("kind", f.kind), v("responses", f.responses), v("claims", f.claims), v("calls", f.calls);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewItem>) {
  v("id", f.id), v("project", f.project), v("queue", f.queue), v("queue_version", f.queue_version);
  v("suite", f.suite), v("suite_version", f.suite_version), v("run", f.run), v("case_id", f.case_id);
  v("trial", f.trial), v("content_hash", f.content_hash), v("purpose", f.purpose), v("subject", f.subject);
  v("rubric", f.rubric), v("rubric_version", f.rubric_version), v("reasons", f.reasons), v("lane", f.lane);
  v("severity", f.severity), v("language", f.language), v("data_class", f.data_class), v("skills", f.skills);
  v("authors", f.authors), v("due_at", f.due_at), v("people", f.people), v("at_most", f.at_most);
  v("is_random_overlap", f.is_random_overlap);
  v.Optional("draw", f.draw);
  v.Optional("lengths", f.lengths);
  v.Optional("provenance", f.provenance);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewLease>) {
  v("person", f.person), v("role", f.role), v("token", f.token), v("granted_at", f.granted_at);
  v("expires_at", f.expires_at), v("is_prefetch", f.is_prefetch), v("presented", f.presented);
  v("rubric_version", f.rubric_version);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementTimes>) {
  v("leased_at", f.leased_at), v("first_input_at", f.first_input_at), v("active_us", f.active), v("idle_us", f.idle);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<PrelabelUse>) {
  v("show", f.show), v("is_control", f.is_control), v("by", f.by), v("matches", f.matches);
  v("first_matches", f.first_matches);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementContent>) {
  v("opinion", f.opinion), v("rationale", f.rationale), v("clauses", f.clauses), v("is_ambiguous", f.is_ambiguous);
  v("proposal", f.proposal), v("is_severe", f.is_severe), v("saw_suggestion", f.saw_suggestion);
  v("followed_suggestion", f.followed_suggestion), v("times", f.times), v("rubric_version", f.rubric_version);
  v("source", f.source);
  v.Optional("prelabel", f.prelabel);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<AuditDraw>) {
  v("probability", f.probability), v("is_drawn", f.is_drawn);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ItemEntered>) {
  v("item", f.item);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LeaseGranted>) {
  v("lease", f.lease);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LeaseRenewed>) {
  v("person", f.person), v("token", f.token), v("expires_at", f.expires_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LeaseEnded>) {
  v("person", f.person), v("token", f.token), v("is_skip", f.is_skip), v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementMade>) {
  v("token", f.token), v("role", f.role), v("supersedes", f.supersedes), v("presented", f.presented);
  v("content", f.content);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementVoided>) {
  v("judgement", f.judgement), v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<OverlapGrown>) {
  v("people", f.people);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<AdjudicationOpened>) {
  v("why", f.why);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<DecisionMade>) {
  v("outcome", f.outcome), v("method", f.method), v("inputs", f.inputs), v("decided_by", f.decided_by);
  v("cause", f.cause), v("revisable_until", f.revisable_until), v("draw", f.draw);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<AuditMade>) {
  v("token", f.token), v("decision", f.decision), v("passes", f.passes), v("defect", f.defect);
  v("severity", f.severity), v("action", f.action);
  v.Optional("cause", f.cause);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ItemReopened>) {
  v("reason", f.reason), v("cause", f.cause), v("verdicts", f.verdicts);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<EscalationOpened>) {
  v("reason", f.reason), v("route", f.route), v("note", f.note), v("clause", f.clause), v("due_at", f.due_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<EscalationResolved>) {
  v("escalation", f.escalation), v("outcome", f.outcome), v("ruling", f.ruling);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<QuarantineOpened>) {
  v("note", f.note), v("due_at", f.due_at);
  v.Optional("with", f.with);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<QuarantineClosed>) {
  v("content_hash", f.content_hash), v("policy", f.policy);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GuidelineAwaited>) {
  v("clarification", f.clarification);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GuidelineArrived>) {
  v("clarification", f.clarification);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<MappedJudgement>) {
  v("judgement", f.judgement), v("opinion", f.opinion);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<RubricAdvanced>) {
  v("version", f.version), v("policy", f.policy), v("approval", f.approval);
  v.Optional("mapped", f.mapped);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<SevereFlagged>) {
  v("note", f.note), v("due_at", f.due_at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<LaneChanged>) {
  v("lane", f.lane), v("due_at", f.due_at), v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ItemCancelled>) {
  v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<GoldGraded>) {
  v("judgement", f.judgement), v("is_hit", f.is_hit), v("misses", f.misses);
}

template <class V>
void Visit(V& v, auto& f, std::type_identity<AuditOrdered>) {
  v("reason", f.reason);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CalibrationRuling>) {
  v("item", f.item), v("opinion", f.opinion), v("note", f.note), v("clause", f.clause), v("by", f.by), v("at", f.at);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<CalibrationSession>) {
  v("id", f.id), v("rubric", f.rubric), v("rubric_version", f.rubric_version), v("facilitator", f.facilitator);
  v("items", f.items), v("people", f.people), v("opened_at", f.opened_at), v("revealed_at", f.revealed_at);
  v("closed_at", f.closed_at), v("rulings", f.rulings);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<Judgement>) {
  v("id", f.id), v("person", f.person), v("role", f.role), v("epoch", f.epoch), v("revision", f.revision);
  v("supersedes", f.supersedes), v("presented", f.presented), v("content", f.content), v("at", f.at);
  v("is_void", f.is_void), v("is_superseded", f.is_superseded);
  v.Optional("mapped_from", f.mapped_from);
  v.Optional("imported_by", f.imported_by);
  v.Optional("approval", f.approval);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewDecision>) {
  v("id", f.id), v("outcome", f.outcome), v("method", f.method), v("inputs", f.inputs), v("decided_by", f.decided_by);
  v("cause", f.cause), v("epoch", f.epoch), v("rubric_version", f.rubric_version), v("at", f.at);
  v("revisable_until", f.revisable_until), v("is_active", f.is_active), v("ended_by", f.ended_by);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<ReviewAudit>) {
  v("id", f.id), v("auditor", f.auditor), v("decision", f.decision), v("passes", f.passes), v("defect", f.defect);
  v("severity", f.severity), v("action", f.action), v("probability", f.probability), v("at", f.at);
  v.Optional("cause", f.cause);
}

template <class V>
void Visit(V& v, auto& f, std::type_identity<JudgementImported>) {
  v("judgement", f.judgement);
}
template <class V>
void Visit(V& v, auto& f, std::type_identity<HistoryImported>) {
  v("epoch", f.epoch), v("rubric_version", f.rubric_version), v("content_hash", f.content_hash), v("state", f.state);
  v("judgements", f.judgements), v("decisions", f.decisions), v("audits", f.audits), v("more", f.more);
}

// As in the order of ReviewAnswers.
inline constexpr std::string_view kAnswerWords[] = {"criteria", "pairwise",  "ranking",  "safety",
                                                    "refusal",  "grounding", "tool_use", "correction"};
static_assert(std::size(kAnswerWords) == std::variant_size_v<ReviewAnswers>);

}  // namespace assay
