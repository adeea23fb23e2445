#include "gates/release_pack.h"
#include "gates/slice_value.h"

#include <algorithm>
#include <tuple>

namespace assay {
namespace {

int RankOf(VerdictState state) {
  switch (state) {
    case VerdictState::kFail:
      return 0;
    case VerdictState::kPending:
      return 1;
    case VerdictState::kError:
      return 2;
    case VerdictState::kInconclusive:
      return 3;
    case VerdictState::kPass:
      return 4;
  }
  return 4;
}

// Of rules that compare, those that the baseline did better; of others, those of parts that do not pass.
bool IsWorse(const RulePart& part, const WorstCase& worst) {
  if (part.state != VerdictState::kPass) return true;
  return worst.value && worst.baseline && *worst.value != *worst.baseline;
}

std::string PartText(const RulePart& part) {
  std::string text = part.suite.empty() ? "" : "suite \"" + part.suite + "\"";
  if (part.slice.empty()) return text;
  return text + (text.empty() ? "" : ", ") + part.slice + "=" + ShownSliceValue(part.slice_value);
}

void AddMissing(const SuiteIdentity& suite, std::string_view of, std::vector<std::string>& limitations) {
  const CaseCounts& counts = suite.counts;
  if (counts.scored == counts.scheduled) return;
  std::string text = "suite \"" + suite.suite + "\"" + std::string(of) + ": " +
                     std::to_string(counts.scheduled - counts.scored) + " of " + std::to_string(counts.scheduled) +
                     " cases have no score";
  const auto add = [&](std::int64_t count, const char* word) {
    if (count > 0) text += ", " + std::to_string(count) + " " + word;
  };
  add(counts.error, "in error");
  add(counts.unscored, "unscored");
  add(counts.skipped, "skipped");
  add(counts.awaiting_human, "waiting for people");
  add(counts.outstanding, "not run");
  limitations.push_back(std::move(text));
}

void AddRule(const RuleOutcome& rule, std::vector<std::string>& limitations) {
  if (rule.uncorrected)
    limitations.push_back("rule \"" + rule.rule + "\": verdicts of its judge are taken as they are (uncorrected)");
  if (rule.state == VerdictState::kPass) return;
  limitations.push_back("rule \"" + rule.rule + "\"" + (rule.blocking ? "" : " (advisory)") + " is " +
                        std::string(Name(rule.state)) + ": " + rule.reason);
  if (rule.kind != "coverage") return;
  for (const RulePart& part : rule.parts) {
    if (part.state != VerdictState::kPass) limitations.push_back("coverage, " + PartText(part) + ": " + part.reason);
  }
}

Json TextsOf(const std::vector<std::string>& texts) {
  Json::Array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

Json JsonOf(const ReleaseDecision& decision) {
  return Json::Of({{"decision", decision.is_go ? "GO" : "NO_GO"},
                   {"reason", decision.reason},
                   {"principal", decision.principal},
                   {"at", FormatTime(decision.at)},
                   {"superseded", decision.is_superseded}});
}

Json JsonOf(const Regression& regression) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return Json::Of({{"rule", regression.rule},
                   {"part", PartText(*regression.part)},
                   {"state", Name(regression.part->state)},
                   {"case", regression.worst->id},
                   {"value", number(regression.worst->value)},
                   {"baseline", number(regression.worst->baseline)}});
}

}  // namespace

Status CheckDecision(const ReleaseDecision& decision) {
  if (decision.reason.find_first_not_of(" \t\r\n") == std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "reason: say why");
  if (decision.reason.size() <= ReleaseDecision::kMostReasonBytes) return {};
  return Fail(ErrorCode::kInvalidArgument, "reason: has " + std::to_string(decision.reason.size()) +
                                               " bytes, at most " + std::to_string(ReleaseDecision::kMostReasonBytes) +
                                               " are kept");
}

Status CheckGo(const Verdict& verdict, const std::string& id) {
  if (verdict.Decision() == VerdictState::kPass) return {};
  const bool can_be_waived = verdict.state == VerdictState::kFail || verdict.state == VerdictState::kInconclusive;
  const std::string instead = can_be_waived
                                  ? "ask for a waiver of the rules that keep it from one (assay waiver request " + id +
                                        "), and decide when others have approved it"
                                  : "find out why, and check the gate again";
  return Fail(ErrorCode::kFailedPrecondition,
              "verdict " + id + " is " + std::string(Name(verdict.state)) + ", and go is for what passes: " + instead);
}

bool IsOfSafety(const RuleOutcome& rule) {
  return rule.kind == "severe_harm" || rule.kind == "release_blocker" || rule.kind == "zero_failures" ||
         rule.kind == "no_new_failures" || rule.kind == "per_case_floor" || (rule.severity && *rule.severity <= 1);
}

std::vector<Regression> RegressionsOf(const Verdict& verdict) {
  std::vector<const RuleOutcome*> rules;
  for (const RuleOutcome& rule : verdict.rules) rules.push_back(&rule);
  std::ranges::stable_sort(rules, {}, [](const RuleOutcome* rule) {
    return std::tuple(!rule->blocking, RankOf(rule->state), rule->severity.value_or(9));
  });
  std::vector<Regression> regressions;
  for (const RuleOutcome* rule : rules) {
    std::vector<const RulePart*> parts;
    for (const RulePart& part : rule->parts) parts.push_back(&part);
    std::ranges::stable_sort(parts, {}, [](const RulePart* part) { return RankOf(part->state); });
    for (const RulePart* part : parts) {
      for (const WorstCase& worst : part->worst_cases) {
        if (IsWorse(*part, worst)) regressions.push_back({rule->rule, part, &worst});
      }
    }
  }
  return regressions;
}

std::vector<std::string> LimitationsOf(const Verdict& verdict) {
  std::vector<std::string> limitations = verdict.warnings;
  for (const SuiteIdentity& suite : verdict.suites) AddMissing(suite, "", limitations);
  for (const SuiteIdentity& suite : verdict.baseline_suites) AddMissing(suite, ", the baseline", limitations);
  for (const RuleOutcome& rule : verdict.rules) AddRule(rule, limitations);
  if (verdict.look && verdict.look->cases < verdict.look->planned_cases)
    limitations.push_back("decided on " + std::to_string(verdict.look->cases) + " of " +
                          std::to_string(verdict.look->planned_cases) + " cases that were planned");
  return limitations;
}

Json ToJson(const ReleasePack& pack) {
  Json::Array decisions;
  for (const ReleaseDecision& decision : pack.decisions) decisions.push_back(JsonOf(decision));
  Json::Array blockers;
  for (const ReleaseBlocker& blocker : pack.blockers) blockers.push_back(ToJson(blocker));
  Json::Array reviews;
  for (const OpenReview& review : pack.reviews)
    reviews.push_back(Json::Of({{"suite", review.suite}, {"items", review.items}, {"open", review.open}}));
  Json::Array regressions;
  for (const Regression& regression : RegressionsOf(pack.verdict)) regressions.push_back(JsonOf(regression));
  return Json::Of({{"verdict_id", pack.verdict_id},
                   {"document_hash", pack.document_hash},
                   {"signed", pack.is_signed},
                   {"made_at", FormatTime(pack.made_at)},
                   {"verdict", ToJson(pack.verdict)},
                   {"decisions", std::move(decisions)},
                   {"blockers", std::move(blockers)},
                   {"reviews", std::move(reviews)},
                   {"regressions", std::move(regressions)},
                   {"limitations", TextsOf(LimitationsOf(pack.verdict))}});
}

}  // namespace assay
