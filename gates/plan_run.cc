#include "gates/plan_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "gates/gate.h"
#include "gates/rules/decision.h"

namespace assay {
namespace {

constexpr std::int64_t kMostSentinels = 100'000;

std::string Runs(std::int64_t count) { return std::to_string(count) + (count == 1 ? " run" : " runs"); }

Duration DurationOf(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

void PlanHistory(std::int64_t needed, const PlannedSuite& planned, PartPlan& plan) {
  plan.earlier_runs = needed;
  plan.needs = std::to_string(needed) + " earlier runs";
  plan.no_pass = "after " + Runs(needed);
  plan.no_fail = "never fails";
  plan.remark = "an alarm makes the verdict INCONCLUSIVE, never FAIL; before " + std::to_string(needed) +
                " complete runs of the model by the suite it is INCONCLUSIVE too";
  if (!planned.earlier_runs) return;
  const std::int64_t missing = needed - *planned.earlier_runs;
  plan.remark += "; there are " + std::to_string(*planned.earlier_runs);
  if (missing <= 0) return;
  plan.can_pass = false;
  plan.no_pass = "cannot pass yet";
  plan.warning = "cannot pass yet: of " + std::to_string(needed) + " earlier complete runs of the model by the suite " +
                 std::to_string(missing) + (missing == 1 ? " is missing" : " are missing");
}

void PlanAge(const Rule& rule, const PlannedSuite& planned, PartPlan& plan) {
  const Duration age = DurationOf(rule.threshold());
  plan.needs = "to end in " + FormatDuration(age);
  plan.no_pass = plan.no_fail = "by the time it takes";
  if (!planned.run_time || *planned.run_time <= age) return;
  plan.can_pass = false;
  plan.no_pass = "cannot pass";
  plan.warning = "cannot pass: the newest run took " + FormatDuration(*planned.run_time) + ", and its answers may be " +
                 FormatDuration(age) + " old";
}

// Whether a judge that agrees with people on all of so many sentinels passes.
bool AgreesWith(const Rule& rule, const RuleSpec& spec, const std::string& grader, std::int64_t passes,
                std::int64_t fails) {
  SuiteEvidence run;
  run.judges = {PerfectJudge(grader, passes, fails)};
  const SuiteObservations none;
  PartInput input{.suite = none, .metric = {}, .cases = {}, .confidence = spec.confidence, .run_ended = true};
  input.facts.run = &run;
  return rule.Find(input, ErrorsAs::kUnknown).passes;
}

// The least number of sentinels, as many passing as failing, with which a judge that is always right passes.
std::optional<std::int64_t> SentinelsToPass(const Rule& rule, const RuleSpec& spec, const std::string& grader) {
  const auto passes = [&](std::int64_t each) { return AgreesWith(rule, spec, grader, each, each); };
  std::int64_t high = 1;
  while (!passes(high)) {
    if (high > kMostSentinels) return std::nullopt;
    high *= 2;
  }
  std::int64_t low = high / 2;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (passes(middle) ? high : low) = middle;
  }
  return 2 * high;
}

void PlanAgreement(const Rule& rule, const RuleSpec& spec, const PlannedSuite& planned, PartPlan& plan) {
  plan.can_pass = plan.can_fail = true;
  plan.no_pass = plan.no_fail = "by its sentinels";
  const std::string grader = rule.MetricNames().front();
  const auto needed = SentinelsToPass(rule, spec, grader);
  plan.needs = needed ? std::to_string(*needed) + " sentinels" : "by its sentinels";
  const auto judge = std::ranges::find(planned.judges, grader, &JudgeCalibration::grader);
  if (!needed || judge == planned.judges.end()) return;
  if (AgreesWith(rule, spec, grader, judge->counts.passes, judge->counts.fails)) return;
  plan.can_pass = false;
  plan.no_pass = "cannot pass";
  plan.warning = "a judge that agrees with people on all of its " +
                 std::to_string(judge->counts.passes + judge->counts.fails) + " sentinels cannot pass it; " +
                 std::to_string(*needed) + " are needed, half of them of each label";
}

std::int64_t TrialsOf(const std::vector<PlannedSuite>& suites) {
  std::int64_t trials = 0;
  for (const PlannedSuite& suite : suites) trials = std::max(trials, suite.cases.cases() * suite.cases.trials());
  return trials;
}

bool AsksPeople(const GateSpec& gate, const std::vector<PlannedSuite>& suites) {
  return std::ranges::any_of(suites, [&](const PlannedSuite& suite) {
    return std::ranges::any_of(suite.people, [&](const PlannedPeople& people) {
      return std::ranges::any_of(gate.rules, [&](const RuleSpec& rule) { return rule.metric == people.metric; });
    });
  });
}

}  // namespace

void PlanWithoutCases(const Rule& rule, const RuleSpec& spec, const PlannedSuite& planned, PartPlan& plan) {
  if (const std::int64_t needed = rule.EarlierRunsNeeded(); needed > 0) return PlanHistory(needed, planned, plan);
  if (spec.kind == "freshness") return PlanAge(rule, planned, plan);
  if (spec.kind == "agreement") return PlanAgreement(rule, spec, planned, plan);
  if (spec.kind == "budget") {
    plan.needs = plan.no_pass = plan.no_fail = "by what it costs";
    return;
  }
  plan.needs = "by its count";
  plan.no_pass = plan.can_pass ? "once all are scored" : "cannot pass";
  plan.no_fail = plan.can_fail ? "if too few are scored" : "cannot fail";
}

std::vector<std::string> TimeWarningsOf(const RuleSpec& rule, const GateSpec& gate,
                                        const std::vector<PlannedSuite>& suites) {
  // Slower than that hardly any run is, and an age of minutes is no mistake.
  constexpr double kManyASecond = 50;
  constexpr Duration kShort = std::chrono::minutes(1);
  if (rule.kind != "freshness" || rule.role != RuleRole::kBlocking) return {};
  const Result<std::unique_ptr<Rule>> made = MakeRule(rule.kind, rule.option);
  if (!made) return {};
  std::vector<std::string> warnings;
  const Duration age = DurationOf((*made)->threshold());
  const std::string lead = "rule \"" + rule.name + "\": ";
  const double a_second = static_cast<double>(TrialsOf(suites)) / (*made)->threshold();
  if (age < kShort || a_second > kManyASecond) {
    warnings.push_back(lead + "cannot pass when a run takes longer than " + FormatDuration(age) + ", which is " +
                       Shown(a_second) + " trials a second, with all that the verdict waits for");
  }
  if (AsksPeople(gate, suites) && gate.review_deadline > age) {
    warnings.push_back(lead + "cannot pass when people take longer than " + FormatDuration(age) + ", and they have " +
                       FormatDuration(gate.review_deadline) + " (review_deadline)");
  }
  return warnings;
}

}  // namespace assay
