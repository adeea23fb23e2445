// The rules themselves are asked, on data made up: the best and the worst that a part's cases could bring. So a plan
// cannot disagree with the verdict, and a new rule is planned without a line here.

#include "gates/plan.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "gates/checked_suite.h"
#include "gates/plan_effect.h"
#include "gates/plan_run.h"
#include "gates/rehearsal.h"
#include "gates/rule_parts.h"
#include "gates/rules/builtin.h"
#include "gates/rules/clusters.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"
#include "gates/suite_warnings.h"

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

// The same for all parts of a rule on one metric, and the dearest thing to find.
using CasesNeededOnce = std::optional<std::optional<std::int64_t>>;

// With which cases are drawn that people are asked of, of a metric that they correct.
std::optional<double> ChanceOf(const PartQuestion& question) {
  const PeopleSample* sample = question.suite->SampleOf(*question.metrics.metric);
  return sample == nullptr ? std::nullopt : std::optional(sample->chance());
}

MetricSpread SpreadOf(const PlannedSuite& planned, std::size_t metric) {
  return metric < planned.spreads.size() ? planned.spreads[metric] : MetricSpread();
}

void Remark(const std::string& text, PartPlan& plan) { plan.remark += (plan.remark.empty() ? "" : "; ") + text; }

// The first cases that are of two clusters: fewer tell nothing of how a mean varies.
std::int64_t CasesOfTwo(const std::vector<std::uint32_t>& clusters) {
  const auto second = std::ranges::find_if(clusters, [](std::uint32_t cluster) { return cluster > 0; });
  return second - clusters.begin() + 1;
}

void PlanOnMetric(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, const PlannedSuite& planned,
                  std::size_t parts, CasesNeededOnce& cases_to_pass, PartPlan& plan) {
  const MetricShape& shape = question.suite->metrics()[*question.metrics.metric];
  const int trials = question.suite->trials();
  const Rehearsal rehearsal(rule, spec, shape, trials, parts, ClustersOf(*question.suite, question.cases),
                            question.opinion.judge, ChanceOf(question));
  if (shape.range == MetricRange::kUnbounded && shape.aggregate == Aggregate::kMean) {
    plan.can_pass = plan.can_fail = plan.clusters.value_or(plan.cases) > 1;
    plan.cases_to_pass = plan.clusters ? CasesOfTwo(rehearsal.clusters()) : 2;
    Remark("a mean without bounds: how many cases it takes depends on how much they vary", plan);
  } else {
    plan.can_pass = rehearsal.CanPass(plan.cases);
    plan.can_fail = rehearsal.CanFail(plan.cases);
    if (!cases_to_pass) cases_to_pass = CasesToPass(rehearsal, trials);
    plan.cases_to_pass = *cases_to_pass;
  }
  const MetricSpread spread = SpreadOf(planned, *question.metrics.metric);
  PlanEffect({rule, spec, shape, rehearsal, spread}, plan);
  plan.basis = spread.source;
  if (spread.mean) Remark("it was " + Rounded(*spread.mean) + " in " + spread.source, plan);
}

// What every metric at its end can come to, and what lies on the way between the ends.
void PlanOnMetrics(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, const PlannedSuite& planned,
                   std::size_t parts, PartPlan& plan) {
  const ExpressionRehearsal rehearsal(rule, spec, question, parts, ClustersOf(*question.suite, question.cases));
  if (const std::string objection = rehearsal.Objection(); !objection.empty()) {
    plan.can_pass = plan.can_fail = plan.clusters.value_or(plan.cases) > 1;
    plan.needs = "not tried";
    plan.no_pass = plan.no_fail = "not tried";
    return Remark(objection, plan);
  }
  plan.can_pass = rehearsal.CanPass(plan.cases);
  plan.can_fail = rehearsal.CanFail(plan.cases);
  plan.cases_to_pass = CasesToPass(rehearsal, question.suite->trials());
  std::vector<MetricSpread> spreads;
  for (const std::size_t metric : question.metrics.named) spreads.push_back(SpreadOf(planned, metric));
  PlanEffectOfExpression(rule, rehearsal, spreads, plan);
}

void RemarkOnJudge(const JudgeCalibration& judge, PartPlan& plan) {
  Remark("with a judge that is right on all of its " + std::to_string(judge.counts.passes) + " passing and " +
             std::to_string(judge.counts.fails) + " failing sentinels; each error of it takes more",
         plan);
}

// Of a rule that takes what judges say as it stands.
void RemarkOnOpinion(const JudgeOpinion& opinion, PartPlan& plan) {
  if (!opinion.is_judged || opinion.is_corrected) return;
  Remark(
      "the judge's verdicts are taken as they stand, of a judge that is right on all of its sentinels; one that they "
      "do not show to be better than chance decides nothing",
      plan);
}

std::string AboutCases(double cases) { return "about " + std::to_string(std::llround(cases)); }

// How many cases people are asked of, and what it takes of them to pass.
void RemarkOnPeople(const PartQuestion& question, const PlannedSuite& planned, PartPlan& plan) {
  const MetricShape& shape = question.suite->metrics()[*question.metrics.metric];
  const auto asked = std::ranges::find(planned.people, shape.name, &PlannedPeople::metric);
  const std::string judgements = asked == planned.people.end() || asked->people <= 1
                                     ? ""
                                     : ", by " + std::to_string(asked->people) + " of them each";
  if (const auto chance = ChanceOf(question)) {
    Remark("people are asked of " + AboutCases(*chance * static_cast<double>(plan.cases)) +
               " of these cases, and say here what the grader does" + judgements +
               "; each time that they do not takes more cases",
           plan);
    if (plan.cases_to_pass && *chance < 1)
      Remark("to pass people have to judge " + AboutCases(*chance * static_cast<double>(*plan.cases_to_pass)) +
                 " cases of " + std::to_string(*plan.cases_to_pass),
             plan);
  } else if (shape.source == MetricSource::kHuman) {
    Remark("these are about as many cases as people are asked of" + judgements +
               "; how many chance draws is known when they run",
           plan);
    if (plan.cases_to_pass && asked != planned.people.end() && asked->chance > 0 && asked->chance < 1)
      Remark("people who judge " + std::to_string(*plan.cases_to_pass) + " cases take a dataset of " +
                 AboutCases(static_cast<double>(*plan.cases_to_pass) / asked->chance),
             plan);
  }
}

// Of such a rule no number of cases tells anything.
bool IsOfRun(const std::string& rule_kind) {
  const std::vector<PluginKind> kinds = RuleKinds();
  const PluginKind* kind = FindKind(kinds, rule_kind);
  return kind != nullptr && kind->is_of_run;
}

// Of what has an effect.
void AssumeBeside(const std::string& what, PartPlan& plan) {
  if (!plan.passes_from && !plan.fails_to) return;
  plan.assumes += (plan.assumes.empty() ? "" : "; ") + what;
}

// Made-up cases have one value; that of a case whose trials differ varies less.
void AssumeLikeTrials(int trials, PartPlan& plan) {
  if (trials > 1) AssumeBeside("the " + std::to_string(trials) + " trials of a case come out alike", plan);
}

// Errors of a judge are corrected for, which widens the bounds of rates, or taken for the answers'.
void AssumeRightJudge(const JudgeOpinion& opinion, PartPlan& plan) {
  const auto is_there = [](const JudgeCalibration* judge) { return judge != nullptr; };
  if (opinion.is_judged || is_there(opinion.judge) || std::ranges::any_of(opinion.named_judges, is_there))
    AssumeBeside("a judge that is right on every sentinel and case", plan);
}

PartPlan PlanPart(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, const PlannedSuite& planned,
                  std::size_t parts, bool is_of_run, CasesNeededOnce& cases_to_pass) {
  PartPlan plan{.suite = question.part.suite,
                .slice = question.part.slice,
                .slice_value = question.part.slice_value,
                .cases = static_cast<std::int64_t>(question.cases.size())};
  if (question.is_decided) {
    plan.problem = question.part.reason;
    plan.is_error = question.part.state == VerdictState::kError;
    return plan;
  }
  CasesNeededOnce of_part;
  if (const auto clusters = DescribeClusters(question.Input())) plan.clusters = clusters->count;
  if (is_of_run || (!question.metrics.metric && question.metrics.named.empty())) {
    const Finding finding = rule.Find(question.Input(), ErrorsAs::kUnknown);
    plan.can_pass = !finding.fails;
    plan.can_fail = !finding.passes;
    PlanWithoutCases(rule, spec, planned, plan);
  } else if (question.metrics.metric) {
    // The clusters of another part are others.
    PlanOnMetric(rule, spec, question, planned, parts, plan.clusters ? of_part : cases_to_pass, plan);
    AssumeLikeTrials(question.suite->trials(), plan);
    AssumeRightJudge(question.opinion, plan);
    if (question.opinion.judge != nullptr) RemarkOnJudge(*question.opinion.judge, plan);
    if (spec.uncorrected && spec.role == RuleRole::kBlocking) RemarkOnOpinion(question.opinion, plan);
    RemarkOnPeople(question, planned, plan);
  } else {
    PlanOnMetrics(rule, spec, question, planned, parts, plan);
    AssumeRightJudge(question.opinion, plan);
    for (const JudgeCalibration* judge : question.opinion.named_judges) {
      if (judge != nullptr) RemarkOnJudge(*judge, plan);
    }
  }
  return plan;
}

RulePlan PlanRule(const RuleSpec& spec, const std::vector<SuiteEvidence>& suites,
                  const std::vector<PlannedSuite>& planned) {
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
    const auto of_part = std::ranges::find(planned, question.part.suite, &PlannedSuite::name);
    plan.parts.push_back(
        PlanPart(**rule, spec, question, *of_part, questions.size(), is_of_run, cases_to_pass[question.suite]));
  }
  if (plan.parts.empty()) plan.problem = "no suite of the gate has \"" + plan.metric + "\"";
  return plan;
}

// Of blocking rules: the threshold of a floor or of a ceiling.
std::optional<double> ThresholdOf(const RuleSpec& spec, std::string_view kind) {
  if (spec.role != RuleRole::kBlocking || spec.kind != kind) return std::nullopt;
  const Result<std::unique_ptr<Rule>> rule = MakeRule(spec.kind, spec.option);
  return rule ? std::optional((*rule)->threshold()) : std::nullopt;
}

// What holds in each value of a slice holds of all cases, so that it does not matter by what either is computed.
std::string ExcludedBy(const RuleSpec& floor, const GateSpec& gate) {
  const auto least = ThresholdOf(floor, "at_least");
  if (!least) return "";
  for (const RuleSpec& ceiling : gate.rules) {
    const auto most = ThresholdOf(ceiling, "at_most");
    const bool is_of_same = ceiling.metric == floor.metric && ceiling.grader == floor.grader;
    if (!most || !is_of_same || *most > *least) continue;
    return "nothing can pass it beside rule \"" + ceiling.name + "\", which asks for at most " + Shown(*most) +
           " of the same metric";
  }
  return "";
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
    std::ranges::move(WarnOfInvariants(gate, suite.name, suite.cases), std::back_inserter(warnings));
  }
  for (const RuleSpec& rule : gate.rules) {
    if (rule.role == RuleRole::kBlocking && IsOnUnboundedMean(rule, suites)) {
      warnings.push_back(
          "rule \"" + rule.name +
          "\": the mean of values without bounds is bounded by Student's t, which passes more often than "
          "its confidence says where a few cases are far from the rest; a quantile (aggregate: p95) is exact");
    }
    for (std::string& warning : TimeWarningsOf(rule, gate, suites)) warnings.push_back(std::move(warning));
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
    plans.push_back(PlanRule(spec, evidence, suites));
    const std::string excluded = ExcludedBy(rule, gate);
    for (PartPlan& part : plans.back().parts) {
      if (part.warning.empty()) part.warning = excluded;
    }
  }
  return plans;
}

}  // namespace assay
