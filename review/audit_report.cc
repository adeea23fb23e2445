#include "review/audit_report.h"

#include <algorithm>

#include "review/struct_json.h"

namespace assay {
namespace {

using NameOfPerson = std::function<std::string(const std::string&)>;

const ReviewDecision* DecisionOf(const ItemState& state, std::string_view id) {
  const auto found = std::ranges::find(state.decisions, id, &ReviewDecision::id);
  return found == state.decisions.end() ? nullptr : &*found;
}

const ReviewAudit* AuditOf(const ItemState& state, std::string_view decision) {
  const auto found = std::ranges::find(state.audits, decision, &ReviewAudit::decision);
  return found == state.audits.end() ? nullptr : &*found;
}

std::optional<Time> LastRedaction(const ItemState& state) {
  std::optional<Time> at;
  for (const ReviewQuarantine& quarantine : state.quarantines) {
    if (quarantine.is_redacted) at = quarantine.ended_at;
  }
  return at;
}

std::vector<std::string> AuthorsOf(const ItemState& state, const ReviewDecision& decision) {
  std::vector<std::string> people;
  for (const std::string& input : decision.inputs) {
    const Judgement* judgement = FindJudgement(state, input);
    if (judgement != nullptr && std::ranges::find(people, judgement->person) == people.end())
      people.push_back(judgement->person);
  }
  return people;
}

// What was decided next: an audit is of the decision that holds, so that the next one came after it.
AuditFinding::Followed WhatFollowed(const ItemState& state, const ReviewAudit& audit) {
  const auto wrong = std::ranges::find(state.decisions, audit.decision, &ReviewDecision::id);
  if (wrong == state.decisions.end() || std::next(wrong) == state.decisions.end()) return {};
  const ReviewDecision& next = *std::next(wrong);
  AuditFinding::Followed followed{
      .decision = next.id, .at = next.at, .has_changed = next.outcome != wrong->outcome, .by = AuthorsOf(state, next)};
  if (const ReviewAudit* again = AuditOf(state, next.id)) followed.passes = again->passes;
  return followed;
}

// The newest first, as many as there is room for. Returns how many were left out.
std::int64_t KeepNewest(std::vector<AuditFinding>& findings) {
  std::ranges::stable_sort(findings, std::ranges::greater(), [](const AuditFinding& each) { return each.audit.at; });
  if (findings.size() <= AuditReport::kMostFindings) return 0;
  const auto left_out = static_cast<std::int64_t>(findings.size() - AuditReport::kMostFindings);
  findings.resize(AuditReport::kMostFindings);
  return left_out;
}

Json ShareJson(const ReviewShare& share) {
  return Json::Of({{"count", share.count},
                   {"of", share.of},
                   {"share", WriteValue(share.share)},
                   {"lower", WriteValue(share.lower)},
                   {"upper", WriteValue(share.upper)}});
}

Json PersonsJson(const std::vector<std::string>& people, const NameOfPerson& name) {
  Json::Array names;
  for (const std::string& person : people) names.emplace_back(name(person));
  return names;
}

Json FollowedJson(const AuditFinding::Followed& followed, const NameOfPerson& name) {
  if (followed.decision.empty()) return Json();
  return Json::Of({{"decision", followed.decision},
                   {"at", FormatTime(followed.at)},
                   {"has_changed", followed.has_changed},
                   {"audit_passes", WriteValue(followed.passes)},
                   {"by", PersonsJson(followed.by, name)}});
}

Json FindingsJson(const std::vector<AuditFinding>& findings, const NameOfPerson& name) {
  Json::Array list;
  for (const AuditFinding& each : findings) {
    list.push_back(Json::Of({{"item", each.item},
                             {"suite", each.suite},
                             {"case_id", each.case_id},
                             {"decision", each.decision},
                             {"method", WordOf(each.method)},
                             {"people", PersonsJson(each.people, name)},
                             {"auditor", name(each.audit.auditor)},
                             {"at", FormatTime(each.audit.at)},
                             {"probability", each.audit.probability},
                             {"passes", each.audit.passes},
                             {"defect", each.audit.defect},
                             {"severity", WriteValue(each.audit.severity)},
                             {"action", each.audit.action},
                             {"followed_by", FollowedJson(each.followed, name)},
                             {"state", WordOf(each.state)}}));
  }
  return list;
}

Json SampleJson(const AuditReport& report) {
  Json::Array by_probability;
  for (const auto& [probability, sample] : report.sample)
    by_probability.push_back(Json::Of({{"probability", probability},
                                       {"decisions", sample.decisions},
                                       {"drawn", sample.drawn},
                                       {"audited", sample.audited},
                                       {"waiting", sample.waiting}}));
  const AuditSpec& policy = report.policy;
  return Json::Of({{"seed", report.seed},
                   {"share", policy.share},
                   {"new_share", policy.new_share},
                   {"severity", policy.severity},
                   {"at_least", policy.at_least},
                   {"ordered", report.ordered},
                   {"decisions", std::move(by_probability)}});
}

template <class Key>
Json CountsJson(const std::map<Key, std::int64_t>& counts, std::string_view key) {
  Json::Array list;
  for (const auto& [what, count] : counts) {
    Json::Object each;
    if constexpr (std::is_enum_v<Key>) {
      each.emplace_back(std::string(key), WordOf(what));
    } else {
      each.emplace_back(std::string(key), what);
    }
    each.emplace_back("count", count);
    list.emplace_back(std::move(each));
  }
  return list;
}

Json ActionsJson(const AuditReport& report, const NameOfPerson& name) {
  Json::Array calibrations, versions, clarifications;
  for (const CalibrationSession& session : report.calibrations)
    calibrations.push_back(Json::Of({{"session", session.id},
                                     {"facilitator", name(session.facilitator)},
                                     {"items", static_cast<std::int64_t>(session.items.size())},
                                     {"opened_at", FormatTime(session.opened_at)},
                                     {"closed_at", WriteValue(session.closed_at)}}));
  for (const RubricStep& step : report.rubric_versions)
    versions.push_back(
        Json::Of({{"version", step.version}, {"reason", step.reason}, {"since", FormatTime(step.kept_at)}}));
  for (const Clarification& each : report.clarifications)
    clarifications.push_back(Json::Of({{"id", each.id},
                                       {"clause", each.clause},
                                       {"opened_at", FormatTime(each.opened_at)},
                                       {"closed_at", WriteValue(each.closed_at)},
                                       {"closed_by", each.closed_by},
                                       {"is_rejected", each.is_rejected},
                                       {"reason", each.reason}}));
  return Json::Of({{"calibrations", std::move(calibrations)},
                   {"rubric_versions", std::move(versions)},
                   {"clarifications", std::move(clarifications)}});
}

}  // namespace

void AuditReportMaker::AddDecisions(const ItemState& state, std::span<const ReviewFact> facts) {
  for (const ReviewFact& fact : facts) {
    if (std::holds_alternative<AuditOrdered>(fact.body)) report_.ordered += IsIn(fact.at) ? 1 : 0;
    const auto* made = std::get_if<DecisionMade>(&fact.body);
    if (made == nullptr || !IsIn(fact.at)) continue;
    const ReviewDecision* decision = DecisionOf(state, FactId(state.item.id, fact.seq));
    if (decision == nullptr) continue;
    if (decision->method == DecisionMethod::kAdjudicated) ++report_.adjudicated[decision->cause];
    AuditReport::Sample& sample = report_.sample[made->draw.probability];
    const bool is_audited = AuditOf(state, decision->id) != nullptr;
    ++sample.decisions;
    sample.drawn += made->draw.is_drawn ? 1 : 0;
    sample.audited += is_audited ? 1 : 0;
    sample.waiting += made->draw.is_drawn && decision->is_active && !is_audited ? 1 : 0;
  }
}

void AuditReportMaker::AddAudit(const ItemState& state, const ReviewAudit& audit, bool shows_words, Time now) {
  AuditFinding finding{.item = state.item.id,
                       .suite = state.item.suite,
                       .case_id = state.item.case_id,
                       .decision = audit.decision,
                       .people = AuditedPeople(state, audit),
                       .audit = audit,
                       .state = StateAt(state, std::max(now, state.last_at))};
  if (const ReviewDecision* decision = DecisionOf(state, audit.decision)) finding.method = decision->method;
  ++audited_;
  passed_ += audit.passes ? 1 : 0;
  if (audit.probability > 0) {
    weight_ += 1 / audit.probability;
    passed_weight_ += audit.passes ? 1 / audit.probability : 0;
  }
  for (const std::string& person : finding.people) {
    ++people_[person].of;
    people_[person].passed += audit.passes ? 1 : 0;
  }
  if (!shows_words) {
    finding.audit.defect.clear();
    finding.audit.action.clear();
  }
  if (audit.passes) {
    report_.right.push_back(std::move(finding));
    return;
  }
  ++report_.defects[finding.audit.defect];
  if (audit.severity) ++report_.severities[*audit.severity];
  finding.followed = WhatFollowed(state, audit);
  report_.failed.push_back(std::move(finding));
}

void AuditReportMaker::Add(const ItemState& state, std::span<const ReviewFact> facts, bool shows_words, Time now) {
  if (state.item.purpose != ItemPurpose::kLabel || state.imported_as) return;
  AddDecisions(state, facts);
  const std::optional<Time> redacted = LastRedaction(state);
  for (const ReviewAudit& audit : state.audits) {
    // What was written before a redaction may repeat what was taken out.
    if (IsIn(audit.at)) AddAudit(state, audit, shows_words && (!redacted || audit.at > *redacted), now);
  }
  for (const ReviewReopening& reopening : state.reopenings)
    report_.reopened[reopening.cause] += IsIn(reopening.at) ? 1 : 0;
  std::erase_if(report_.reopened, [](const auto& each) { return each.second == 0; });
}

AuditReport AuditReportMaker::Take() {
  report_.queue = queue_.name;
  report_.policy = queue_.audit;
  report_.passed = ShareOf(passed_, audited_);
  if (weight_ > 0) report_.decisions_right = passed_weight_ / weight_;
  for (const auto& [person, audits] : people_) report_.people[person] = ShareOf(audits.passed, audits.of);
  report_.left_out = KeepNewest(report_.failed) + KeepNewest(report_.right);
  return std::move(report_);
}

Json ToJson(const AuditReport& report, const NameOfPerson& name) {
  Json::Array people;
  for (const auto& [person, share] : report.people)
    people.push_back(Json::Of({{"person", name(person)}, {"passed", ShareJson(share)}}));
  return Json::Of({{"schema", AuditReport::kSchema},
                   {"project", report.project},
                   {"queue", report.queue},
                   {"from", FormatTime(report.window.from)},
                   {"to", FormatTime(report.window.to)},
                   {"sample", SampleJson(report)},
                   {"withheld", report.withheld},
                   {"passed", ShareJson(report.passed)},
                   {"decisions_right", WriteValue(report.decisions_right)},
                   {"defects", CountsJson(report.defects, "defect")},
                   {"severities", CountsJson(report.severities, "severity")},
                   {"adjudicated", CountsJson(report.adjudicated, "cause")},
                   {"reopened", CountsJson(report.reopened, "cause")},
                   {"people", std::move(people)},
                   {"failed", FindingsJson(report.failed, name)},
                   {"right", FindingsJson(report.right, name)},
                   {"left_out", report.left_out},
                   {"actions", ActionsJson(report, name)},
                   {"made_at", FormatTime(report.made_at)}});
}

}  // namespace assay
