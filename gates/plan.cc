// The rules themselves are asked, on data made up: the best and the worst that a part's cases could bring. So a plan
// cannot disagree with the verdict, and a new rule is planned without a line here.

#include "gates/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "gates/checked_suite.h"
#include "gates/rule_parts.h"
#include "gates/rules/builtin.h"
#include "gates/rules/clusters.h"
#include "gates/rules/rule.h"
#include "gates/stats/power.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

// Every case of the candidate has one value, and every one of the baseline another.
struct Fill {
  double candidate;
  double baseline;
};

// The clusters of so many cases, if the ones that are there are repeated.
std::vector<std::uint32_t> RepeatedClusters(const std::vector<std::uint32_t>& clusters, std::int64_t cases) {
  const std::uint32_t count = *std::ranges::max_element(clusters) + 1;
  std::vector<std::uint32_t> repeated;
  for (std::size_t i = 0; i < static_cast<std::size_t>(cases); ++i) {
    const auto round = static_cast<std::uint32_t>(i / clusters.size());
    repeated.push_back(clusters[i % clusters.size()] + round * count);
  }
  return repeated;
}

SuiteObservations Filled(const MetricShape& shape, int trials, const std::vector<std::uint32_t>& clusters,
                         std::int64_t cases, std::int64_t ones, double value, double otherwise) {
  SuiteObservations suite = SuiteObservations::Make(cases, trials, {shape}, {}).value_or(SuiteObservations());
  if (!clusters.empty()) static_cast<void>(suite.SetClusters(RepeatedClusters(clusters, cases)));
  for (std::int64_t ordinal = 0; ordinal < suite.cases(); ++ordinal) {
    const double one = ordinal < ones ? value : otherwise;
    for (int trial = 0; trial < trials; ++trial) {
      static_cast<void>(suite.AddScore(0, ordinal, trial, ScoreStatus::kScored, one, one == 1));
    }
  }
  return suite;
}

// A rule on one metric, with numbers of cases that are made up.
class Rehearsal {
 public:
  // `parts` is the number of parts of the rule, which a FAIL of one is held against (fail_levels.h): at the level of
  // the first. `clusters` are those of the part's cases, numbered in the order in which they appear; empty without.
  // `judge`: whose opinion the metric is, where that is corrected.
  Rehearsal(const Rule& rule, const RuleSpec& spec, const MetricShape& shape, int trials, std::size_t parts,
            std::vector<std::uint32_t> clusters, const JudgeCalibration* judge)
      : rule_(rule),
        shape_(shape),
        judge_(judge),
        trials_(trials),
        clusters_(std::move(clusters)),
        method_(spec.method),
        confidence_(spec.confidence),
        fail_confidence_(1 - (1 - spec.confidence) / static_cast<double>(parts)),
        is_to_be_better_(spec.kind == "superior") {}

  bool PassesOn(std::int64_t cases, const Fill& fill) const { return FindOn(cases, fill, confidence_).passes; }
  bool FailsOn(std::int64_t cases, const Fill& fill) const { return FindOn(cases, fill, fail_confidence_).fails; }

  // Of pass/fail data: `passing` cases pass.
  bool PassesWith(std::int64_t passing, std::int64_t cases) const {
    return FindWith(passing, cases, confidence_).passes;
  }
  bool FailsWith(std::int64_t passing, std::int64_t cases) const {
    return FindWith(passing, cases, fail_confidence_).fails;
  }

  // The best and the worst there could be; which is which depends on the rule.
  std::vector<Fill> Extremes() const {
    if (shape_.range == MetricRange::kUnit) return {{1, 1}, {0, 0}, {1, 0}, {0, 1}};
    const double threshold = rule_.threshold();
    const double beyond = 2 * std::abs(threshold) + 1;
    if (rule_.Compares()) return {{0, 0}, {beyond, 0}, {0, beyond}};
    return {{threshold, 0}, {threshold + beyond, 0}, {threshold - beyond, 0}};
  }

  // A candidate that is not to be worse, or to be the same, is at its best the baseline again; one that beats it in
  // every case would need few cases, and is no plan.
  std::vector<Fill> Best() const {
    if (!rule_.Compares() || is_to_be_better_) return Extremes();
    return shape_.range == MetricRange::kUnit ? std::vector<Fill>{{1, 1}, {0, 0}} : std::vector<Fill>{{0, 0}};
  }

  bool CanPass(std::int64_t cases) const {
    return std::ranges::any_of(Best(), [&](const Fill& fill) { return PassesOn(cases, fill); });
  }
  bool CanFail(std::int64_t cases) const {
    return std::ranges::any_of(Extremes(), [&](const Fill& fill) { return FailsOn(cases, fill); });
  }

 private:
  Finding FindOn(std::int64_t cases, const Fill& fill, double confidence) const {
    return Find(Filled(shape_, trials_, clusters_, cases, cases, fill.candidate, 0),
                Filled(shape_, trials_, clusters_, cases, cases, fill.baseline, 0), confidence);
  }

  Finding FindWith(std::int64_t passing, std::int64_t cases, double confidence) const {
    return Find(Filled(shape_, trials_, clusters_, cases, passing, 1, 0),
                Filled(shape_, trials_, clusters_, cases, cases, 1, 0), confidence);
  }

  Finding Find(const SuiteObservations& candidate, const SuiteObservations& baseline, double confidence) const {
    const std::vector<std::uint32_t> all = AllCases(candidate);
    PartInput input{.suite = candidate, .metric = 0, .cases = all, .confidence = confidence, .run_ended = true};
    if (rule_.Compares()) input.baseline = &baseline;
    input.method = method_;
    input.judge = judge_;
    if (rule_.Compares()) input.baseline_judge = judge_;
    return rule_.Find(input, ErrorsAs::kUnknown);
  }

  const Rule& rule_;
  const MetricShape& shape_;
  const JudgeCalibration* const judge_;
  const int trials_;
  const std::vector<std::uint32_t> clusters_;
  const std::optional<BoundMethod> method_;
  const double confidence_;
  const double fail_confidence_;
  const bool is_to_be_better_;
};

// Of at most so many trials in all: each is made up.
std::optional<std::int64_t> CasesToPass(const Rehearsal& rehearsal, int trials) {
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

// By the normal approximation around the limit of the rule. A difference beyond the disagreement cannot be.
void PlanDifference(const Rule& rule, const RuleSpec& spec, const MetricShape& shape, PartPlan& plan) {
  if (spec.kind != "non_inferior" && spec.kind != "superior") return;
  const auto detectable = DetectableDifference(PartPlan::kDiscordance, static_cast<double>(plan.cases),
                                               {.confidence = spec.confidence, .power = PartPlan::kPower});
  if (!detectable) return;
  const double sign = rule.Asks(&shape).starts_with("difference <") ? -1 : 1;  // where lower is better
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
                            question.opinion.judge);
  plan.can_pass = rehearsal.CanPass(plan.cases);
  plan.can_fail = rehearsal.CanFail(plan.cases);
  if (!cases_to_pass) cases_to_pass = CasesToPass(rehearsal, trials);
  plan.cases_to_pass = *cases_to_pass;
  if (!IsRate(shape)) return;
  if (plan.clusters) {
    plan.remark = "cases in clusters: at which rate it decides depends on how alike the cases of a cluster are";
  } else if (rule.Compares()) {
    PlanDifference(rule, spec, shape, plan);
  } else {
    PlanRates(rehearsal, plan);
  }
}

void RemarkOnJudge(const JudgeCalibration& judge, PartPlan& plan) {
  plan.remark += std::string(plan.remark.empty() ? "" : "; ") + "with a judge that is right on all of its " +
                 std::to_string(judge.counts.passes) + " passing and " + std::to_string(judge.counts.fails) +
                 " failing sentinels; each error of it takes more";
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
  std::vector<PartQuestion> questions;
  for (const SuiteEvidence& suite : suites) {
    const auto metrics = MetricsFor(spec, (*rule)->MetricNames(), suite.observations);
    if (!metrics) continue;
    plan.asks = (*rule)->Asks(metrics->metric ? &suite.observations.metrics()[*metrics->metric] : nullptr);
    AskOfSuite(**rule, spec, {.evidence = &suite, .baseline = &suite, .is_rehearsal = true}, *metrics, Time{},
               questions);
  }
  const bool is_of_run = IsOfRun(spec.kind);
  std::map<const SuiteObservations*, CasesNeededOnce> cases_to_pass;
  for (const PartQuestion& question : questions) {
    plan.parts.push_back(PlanPart(**rule, spec, question, questions.size(), is_of_run, cases_to_pass[question.suite]));
  }
  if (plan.parts.empty()) plan.problem = "no suite of the gate has \"" + plan.metric + "\"";
  return plan;
}

}  // namespace

JudgeCalibration PerfectJudge(std::string grader, std::int64_t passes, std::int64_t fails) {
  JudgeCalibration judge{.grader = std::move(grader)};
  judge.counts = {.passes = passes, .true_passes = passes, .fails = fails, .true_fails = fails};
  return judge;
}

Looks LooksAt(const GateSpec& gate, const std::vector<PlannedSuite>& suites) {
  std::int64_t most = 0;
  for (const PlannedSuite& suite : suites) most = std::max(most, PlannedCases(gate, suite.cases.cases()));
  return Looks::Of(gate.stop, most);
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
