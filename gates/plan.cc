// The rules themselves are asked, on data made up: the best and the worst that a part's cases could bring. So a plan
// cannot disagree with the verdict, and a new rule is planned without a line here.

#include "gates/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "gates/checked_suite.h"
#include "gates/plan_power.h"
#include "gates/rehearsal.h"
#include "gates/rule_parts.h"
#include "gates/rules/builtin.h"
#include "gates/rules/clusters.h"
#include "gates/rules/rule.h"
#include "gates/stats/power.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

// Of at most so many trials in all: each is made up.
template <class AnyRehearsal>
std::optional<std::int64_t> CasesToPass(const AnyRehearsal& rehearsal, int trials) {
  const std::int64_t most = std::max<std::int64_t>(PartPlan::kMostPlannedTrials / trials, 1);
  std::int64_t high = 1;
  while (!rehearsal.CanPass(high)) {
    if (high >= most) return std::nullopt;
    high = std::min(2 * high, most);
  }
  std::int64_t low = high / 2;  // too few, or none
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (rehearsal.CanPass(middle) ? high : low) = middle;
  }
  return high;
}

// The least k in (low, high] for which `holds`, which stays true from there on; `high` + 1 when it never does.
template <class Predicate>
std::int64_t FirstWhere(std::int64_t low, std::int64_t high, const Predicate& holds) {
  ++high;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

// The pass rate from which k or more of n cases pass with probability kPower, and down to which k or fewer do.
std::optional<double> RateFor(std::int64_t k, std::int64_t n) {
  return ClopperPearsonLower(k, n, 1 - PartPlan::kPower);
}
std::optional<double> RateUpTo(std::int64_t k, std::int64_t n) {
  return ClopperPearsonUpper(k, n, 1 - PartPlan::kPower);
}

void PlanRates(const Rehearsal& rehearsal, PartPlan& plan) {
  const std::int64_t n = plan.cases;
  const auto passes = [&](std::int64_t k) { return rehearsal.PassesWith(k, n); };
  const auto fails = [&](std::int64_t k) { return rehearsal.FailsWith(k, n); };
  const bool is_ceiling = fails(n) || passes(0);
  if (is_ceiling) {
    if (plan.can_pass) plan.passes_from = RateUpTo(FirstWhere(-1, n, [&](auto k) { return !passes(k); }) - 1, n);
    if (plan.can_fail) plan.fails_to = RateFor(FirstWhere(-1, n, fails), n);
    return;
  }
  if (plan.can_pass) plan.passes_from = RateFor(FirstWhere(-1, n, passes), n);
  if (plan.can_fail) plan.fails_to = RateUpTo(FirstWhere(-1, n, [&](auto k) { return !fails(k); }) - 1, n);
}

// Exactly where there are few cases, else by the normal approximation around the limit of the rule. A difference beyond
// the disagreement cannot be.
void PlanDifference(const Rehearsal& rehearsal, const Rule& rule, const RuleSpec& spec, const MetricShape& shape,
                    PartPlan& plan) {
  if (spec.kind != "non_inferior" && spec.kind != "superior") return;
  const bool is_lower_better = rule.Asks(&shape).starts_with("difference <");
  if (plan.cases <= kMostExactCases) {
    const DecidingDifferences differences =
        DifferencesThatDecide(rehearsal, plan.cases, PartPlan::kDiscordance, PartPlan::kPower, is_lower_better);
    plan.passes_from = differences.passes_from;
    plan.fails_to = differences.fails_to;
    return;
  }
  const auto detectable = DetectableDifference(PartPlan::kDiscordance, static_cast<double>(plan.cases),
                                               {.confidence = spec.confidence, .power = PartPlan::kPower});
  if (!detectable) return;
  const double sign = is_lower_better ? -1 : 1;
  const double limit = spec.kind == "superior" ? rule.threshold() : -rule.threshold();
  const auto possible = [](double difference) -> std::optional<double> {
    return std::abs(difference) < PartPlan::kDiscordance ? std::optional(difference) : std::nullopt;
  };
  plan.passes_from = possible(sign * (limit + *detectable));
  plan.fails_to = possible(sign * (limit - *detectable));
}

// Whether a case has the value 0 or 1 when its trials all pass or all fail, and the metric is their mean.
bool IsRate(const MetricShape& shape) {
  return shape.range == MetricRange::kUnit && shape.aggregate == Aggregate::kMean;
}

// The same for all parts of a rule on one metric, and the dearest thing to find.
using CasesNeededOnce = std::optional<std::optional<std::int64_t>>;

// With which cases are drawn that people are asked of, of a metric that they correct.
std::optional<double> ChanceOf(const PartQuestion& question) {
  const PeopleSample* sample = question.suite->SampleOf(*question.metrics.metric);
  return sample == nullptr ? std::nullopt : std::optional(sample->chance());
}

void PlanOnMetric(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, std::size_t parts,
                  CasesNeededOnce& cases_to_pass, PartPlan& plan) {
  const MetricShape& shape = question.suite->metrics()[*question.metrics.metric];
  const int trials = question.suite->trials();
  if (shape.range == MetricRange::kUnbounded && shape.aggregate == Aggregate::kMean) {
    plan.can_pass = plan.can_fail = plan.clusters.value_or(plan.cases) > 1;
    plan.remark = "a mean without bounds: how many cases it takes depends on how much they vary";
    return;
  }
  const Rehearsal rehearsal(rule, spec, shape, trials, parts, ClustersOf(*question.suite, question.cases),
                            question.opinion.judge, ChanceOf(question));
  plan.can_pass = rehearsal.CanPass(plan.cases);
  plan.can_fail = rehearsal.CanFail(plan.cases);
  if (!cases_to_pass) cases_to_pass = CasesToPass(rehearsal, trials);
  plan.cases_to_pass = *cases_to_pass;
  if (!IsRate(shape)) return;
  if (plan.clusters) {
    plan.remark = "cases in clusters: at which rate it decides depends on how alike the cases of a cluster are";
  } else if (rule.Compares()) {
    PlanDifference(rehearsal, rule, spec, shape, plan);
  } else {
    PlanRates(rehearsal, plan);
  }
}

// What every metric at its end can come to. At which values in between it decides depends on how they move together.
void PlanOnMetrics(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, std::size_t parts,
                   PartPlan& plan) {
  const ExpressionRehearsal rehearsal(rule, spec, question, parts, ClustersOf(*question.suite, question.cases));
  plan.remark = rehearsal.Objection();
  if (!plan.remark.empty()) {
    plan.can_pass = plan.can_fail = plan.clusters.value_or(plan.cases) > 1;
    return;
  }
  plan.can_pass = rehearsal.CanPass(plan.cases);
  plan.can_fail = rehearsal.CanFail(plan.cases);
  plan.cases_to_pass = CasesToPass(rehearsal, question.suite->trials());
  plan.remark = "over several metrics: at which values it decides depends on how they move together";
}

void RemarkOnJudge(const JudgeCalibration& judge, PartPlan& plan) {
  plan.remark += std::string(plan.remark.empty() ? "" : "; ") + "with a judge that is right on all of its " +
                 std::to_string(judge.counts.passes) + " passing and " + std::to_string(judge.counts.fails) +
                 " failing sentinels; each error of it takes more";
}

// Of a rule that takes what judges say as it stands.
void RemarkOnOpinion(const JudgeOpinion& opinion, PartPlan& plan) {
  if (!opinion.is_judged || opinion.is_corrected) return;
  plan.remark += std::string(plan.remark.empty() ? "" : "; ") +
                 "the judge's verdicts are taken as they stand, of a judge that is right on all of its sentinels; one "
                 "that they do not show to be better than chance decides nothing";
}

void RemarkOnPeople(const PartQuestion& question, PartPlan& plan) {
  const std::string sep = plan.remark.empty() ? "" : "; ";
  if (const auto chance = ChanceOf(question)) {
    plan.remark += sep + "people are asked of about " +
                   std::to_string(std::llround(*chance * static_cast<double>(plan.cases))) +
                   " of these cases, and say here what the grader does; each time that they do not takes more cases";
  } else if (question.suite->metrics()[*question.metrics.metric].source == MetricSource::kHuman) {
    plan.remark +=
        sep + "these are about as many cases as people are asked of; how many chance draws is known when they run";
  }
}

// Of such a rule no number of cases tells anything.
bool IsOfRun(const std::string& rule_kind) {
  const std::vector<PluginKind> kinds = RuleKinds();
  const PluginKind* kind = FindKind(kinds, rule_kind);
  return kind != nullptr && kind->is_of_run;
}

PartPlan PlanPart(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, std::size_t parts,
                  bool is_of_run, CasesNeededOnce& cases_to_pass) {
  PartPlan plan{.suite = question.part.suite,
                .slice = question.part.slice,
                .slice_value = question.part.slice_value,
                .cases = static_cast<std::int64_t>(question.cases.size())};
  if (question.is_decided) {
    plan.problem = question.part.reason;
    return plan;
  }
  CasesNeededOnce of_part;
  if (const auto clusters = DescribeClusters(question.Input())) plan.clusters = clusters->count;
  if (question.metrics.metric && !is_of_run) {
    // The clusters of another part are others.
    PlanOnMetric(rule, spec, question, parts, plan.clusters ? of_part : cases_to_pass, plan);
    if (question.opinion.judge != nullptr) RemarkOnJudge(*question.opinion.judge, plan);
    if (spec.uncorrected && spec.role == RuleRole::kBlocking) RemarkOnOpinion(question.opinion, plan);
    RemarkOnPeople(question, plan);
  } else if (!question.metrics.named.empty()) {
    PlanOnMetrics(rule, spec, question, parts, plan);
    for (const JudgeCalibration* judge : question.opinion.named_judges) {
      if (judge != nullptr) RemarkOnJudge(*judge, plan);
    }
  } else {
    const Finding finding = rule.Find(question.Input(), ErrorsAs::kUnknown);
    plan.can_pass = !finding.fails;
    plan.can_fail = !finding.passes;
  }
  return plan;
}

RulePlan PlanRule(const RuleSpec& spec, const std::vector<SuiteEvidence>& suites) {
  RulePlan plan{.rule = spec.name,
                .kind = spec.kind,
                .metric = spec.metric ? *spec.metric : spec.grader.value_or(""),
                .asks = "",
                .blocking = spec.role == RuleRole::kBlocking,
                .parts = {}};
  const Result<std::unique_ptr<Rule>> rule = MakeRule(spec.kind, spec.option);
  if (!rule) {
    plan.problem = rule.error().message;
    return plan;
  }
  AskedCasesOf asked;
  std::vector<PartQuestion> questions;
  for (const SuiteEvidence& suite : suites) {
    const auto metrics = MetricsFor(spec, (*rule)->MetricNames(), suite.observations);
    if (!metrics) continue;
    plan.asks = (*rule)->Asks(metrics->metric ? &suite.observations.metrics()[*metrics->metric] : nullptr);
    AskOfSuite(**rule, spec, spec.confidence, {.evidence = &suite, .baseline = &suite, .is_rehearsal = true}, *metrics,
               Time{}, asked, questions);
  }
  const bool is_of_run = IsOfRun(spec.kind);
  std::map<const SuiteObservations*, CasesNeededOnce> cases_to_pass;
  for (const PartQuestion& question : questions) {
    plan.parts.push_back(PlanPart(**rule, spec, question, questions.size(), is_of_run, cases_to_pass[question.suite]));
  }
  if (plan.parts.empty()) plan.problem = "no suite of the gate has \"" + plan.metric + "\"";
  return plan;
}

bool IsOnUnboundedMean(const RuleSpec& rule, const std::vector<PlannedSuite>& suites) {
  return std::ranges::any_of(suites, [&](const PlannedSuite& suite) {
    const auto metric = rule.metric ? suite.cases.FindMetric(*rule.metric) : std::nullopt;
    if (!metric) return false;
    const MetricShape& shape = suite.cases.metrics()[*metric];
    return shape.range == MetricRange::kUnbounded && shape.aggregate == Aggregate::kMean;
  });
}

}  // namespace

JudgeCalibration PerfectJudge(std::string grader, std::int64_t passes, std::int64_t fails) {
  JudgeCalibration judge{.grader = grader, .judge = std::move(grader)};
  judge.counts = {.passes = passes, .true_passes = passes, .fails = fails, .true_fails = fails};
  return judge;
}

Looks LooksAt(const GateSpec& gate, const std::vector<PlannedSuite>& suites) {
  std::int64_t most = 0;
  for (const PlannedSuite& suite : suites) most = std::max(most, PlannedCases(gate, suite.cases.cases()));
  return Looks::Of(gate.stop, most);
}

std::vector<std::string> WarningsOf(const GateSpec& gate, const std::vector<PlannedSuite>& suites) {
  std::vector<std::string> warnings;
  for (const PlannedSuite& suite : suites) {
    if (!AsksWhatAnswersSay(gate, suite.cases)) warnings.push_back(OnlyMeasuredText(suite.name));
    if (CanPassOnOneCase(gate, suite.cases)) warnings.push_back(OneCaseText(suite.name));
  }
  for (const RuleSpec& rule : gate.rules) {
    if (rule.role == RuleRole::kBlocking && IsOnUnboundedMean(rule, suites)) {
      warnings.push_back(
          "rule \"" + rule.name +
          "\": the mean of values without bounds is bounded by Student's t, which passes more often than "
          "its confidence says where a few cases are far from the rest; a quantile (aggregate: p95) is exact");
    }
  }
  return warnings;
}

std::vector<RulePlan> PlanGate(const GateSpec& gate, const std::vector<PlannedSuite>& suites) {
  std::vector<SuiteEvidence> evidence;
  for (const PlannedSuite& suite : suites) {
    SuiteEvidence& one = evidence.emplace_back();
    one.suite = suite.name;
    one.state = RunState::kRunning;
    one.observations = suite.cases;
    one.judges = suite.judges;
  }
  std::vector<RulePlan> plans;
  const Looks looks = LooksAt(gate, suites);
  for (const RuleSpec& rule : gate.rules) {
    RuleSpec spec = rule;
    spec.confidence = 1 - (1 - rule.confidence) * looks.ErrorShareOf(looks.count());
    plans.push_back(PlanRule(spec, evidence));
  }
  return plans;
}

}  // namespace assay
