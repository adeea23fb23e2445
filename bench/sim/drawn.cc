#include "bench/sim/drawn.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numbers>
#include <numeric>
#include <utility>

#include "config/catalog.h"
#include "gates/looks.h"
#include "gates/rules/builtin.h"

namespace assay::sim {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "sim: %s\n", why.c_str());
  std::exit(2);
}

void Require(const Status& status) {
  if (!status) Die(status.error().message);
}

// Every trial is scored, or in error for all metrics.
SuiteEvidence EvidenceOfSuite(const DrawnSuite& drawn, const std::string& run) {
  const auto cases = static_cast<std::int64_t>(drawn.cases.size());
  const std::size_t trials = drawn.cases.front().values.front().size();
  SliceColumn topic("topic", cases);
  std::vector<std::uint32_t> clusters;
  for (std::int64_t ordinal = 0; ordinal < cases; ++ordinal) {
    const DrawnCase& one = drawn.cases[static_cast<std::size_t>(ordinal)];
    if (!one.topic.empty()) Require(topic.Set(ordinal, one.topic));
    if (one.cluster) clusters.push_back(*one.cluster);
  }
  auto made = SuiteObservations::Make(cases, static_cast<int>(trials), drawn.metrics, {std::move(topic)});
  if (!made) Die(made.error().message);
  if (!clusters.empty()) Require(made->SetClusters(std::move(clusters)));
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.suite_version = "sha256:suite";
  evidence.dataset_version = "sha256:data";
  evidence.run = run;
  evidence.state = RunState::kComplete;
  evidence.counts.scheduled = cases * static_cast<std::int64_t>(trials);
  for (std::int64_t ordinal = 0; ordinal < cases; ++ordinal) {
    const DrawnCase& one = drawn.cases[static_cast<std::size_t>(ordinal)];
    for (std::size_t trial = 0; trial < trials; ++trial) {
      const bool is_error = std::isnan(one.values.front()[trial]);
      evidence.counts.Add(is_error ? TrialStatus::kError : TrialStatus::kScored);
      if (is_error) {
        Require(made->AddTrial(ordinal, static_cast<int>(trial), TrialStatus::kError));
        continue;
      }
      for (std::size_t metric = 0; metric < drawn.metrics.size(); ++metric) {
        const double value = one.values[metric][trial];
        const bool decides = drawn.metrics[metric].range == MetricRange::kUnit && (value == 0 || value == 1);
        Require(made->AddScore(metric, ordinal, static_cast<int>(trial), ScoreStatus::kScored, value,
                               decides ? std::optional(value == 1) : std::nullopt));
      }
    }
  }
  if (drawn.sample) Require(made->SetSample(0, *drawn.sample));
  evidence.observations = *std::move(made);
  evidence.judges = drawn.judges;
  evidence.sentinels = drawn.sentinels;
  for (std::size_t i = 0; i < drawn.history.size(); ++i) {
    evidence.history.push_back(
        {.run = "earlier-" + std::to_string(i), .metrics = {{drawn.metrics.front().name, drawn.history[i]}}});
  }
  for (std::size_t i = 0; i < drawn.sentinels.size(); ++i)
    evidence.judges[i] = CalibratedOn(std::move(evidence.judges[i]), drawn.sentinels[i], cases);
  return evidence;
}

// The first cases of all suites.
GateEvidence FirstCases(const GateEvidence& whole, std::int64_t cases) {
  std::vector<std::uint32_t> first(static_cast<std::size_t>(cases));
  std::iota(first.begin(), first.end(), 0U);
  GateEvidence part = whole;
  for (auto* suites : {&part.suites, &part.baseline_suites}) {
    for (SuiteEvidence& suite : *suites) {
      const SuiteObservations& seen = suite.observations;
      const TrialStatuses statuses(static_cast<std::size_t>(seen.cases() * seen.trials()), TrialStatus::kScored);
      suite = EvidenceOn(SuiteEvidence(suite), first, statuses);
    }
  }
  return part;
}

// As the daemon does it while the runs go on (daemon/check_decision.h).
Verdict DecideAtFirstLook(const GateSpec& gate, const GateEvidence& whole) {
  const std::int64_t cases = whole.suites.front().observations.cases();
  const Looks looks = Looks::Of(gate.stop, cases);
  for (int look = 1; look < looks.count(); ++look) {
    GateEvidence part = FirstCases(whole, looks.CasesAt(look, cases));
    part.error_share = looks.ErrorShareOf(look);
    Verdict verdict = Decide(gate, part, assay::Time{});
    if (IsSettled(gate, verdict)) return verdict;
  }
  GateEvidence all = whole;
  all.error_share = looks.ErrorShareOf(looks.count());
  return Decide(gate, all, assay::Time{});
}

EarlierBaseline EarlierOf(const SuiteEvidence& run) {
  const SuiteObservations& shown = run.observations;
  std::vector<std::string> metrics;
  for (const MetricShape& shape : shown.metrics()) metrics.push_back(shape.name);
  EarlierBaseline earlier(run.suite, metrics, shown.cases());
  std::vector<std::uint32_t> ordinals(static_cast<std::size_t>(shown.cases()));
  std::iota(ordinals.begin(), ordinals.end(), 0u);
  earlier.Add(run.run, shown, ordinals);
  return earlier;
}

}  // namespace

MetricShape RateMetric(std::string name) { return {.name = name, .grader = name}; }

MetricShape TimeMetric(std::string name, Aggregate aggregate) {
  return {.name = std::move(name),
          .grader = "",
          .aggregate = aggregate,
          .range = MetricRange::kUnbounded,
          .source = MetricSource::kLatencyMs};
}

GateEvidence EvidenceOf(const DrawnRuns& runs, std::uint64_t round) {
  const std::string number = std::to_string(round);
  GateEvidence evidence{.gate_version = "sha256:gate", .candidate = {"model", "1", "sha256:model"}, .suites = {}};
  evidence.suites.push_back(EvidenceOfSuite(runs.candidate, "run-" + number));
  if (runs.baseline) {
    evidence.baseline = {"baseline", "1", "sha256:baseline"};
    evidence.baseline_suites.push_back(EvidenceOfSuite(*runs.baseline, "baseline-" + number));
  }
  if (runs.earlier) evidence.earlier_baseline.push_back(EarlierOf(EvidenceOfSuite(*runs.earlier, "earlier-" + number)));
  return evidence;
}

GateSpec GateOf(const std::string& rules, const std::string& settings) {
  const std::string text = "kind: Gate\nname: g\nsuites: [s]\nbaseline: {model: baseline, stage: production}\n" +
                           settings + "rules:\n" + rules;
  const PluginKinds kinds{.graders = {}, .providers = {}, .rules = RuleKinds()};
  Diagnostics diagnostics;
  const auto document = ParseDocument("gate.yaml", text, kinds, ReferencedFiles::kIgnore, diagnostics);
  if (!document || document->gate() == nullptr) Die(diagnostics.Render() + "\n" + text);
  return *document->gate();
}

Scenario Fixed(FixedScenario scenario) {
  const auto gate = std::make_shared<const GateSpec>(GateOf(scenario.rules, scenario.settings));
  Scenario made{.family = std::move(scenario.family),
                .name = std::move(scenario.name),
                .truth = std::move(scenario.truth),
                .check = {},
                .most_passes = scenario.most_passes,
                .most_fails = scenario.most_fails,
                .most_calls = scenario.most_calls,
                .rounds = scenario.rounds};
  made.check = [gate, draw = std::move(scenario.draw), of_rule = scenario.is_of_first_rule](Random& random) -> Outcome {
    const std::uint64_t round = random.Next();
    const DrawnRuns runs = draw(random);
    const Verdict verdict = DecideAtFirstLook(*gate, EvidenceOf(runs, round));
    double calls = 0;
    for (const auto* suites : {&verdict.suites, &verdict.baseline_suites}) {
      for (const SuiteIdentity& suite : *suites) {
        const auto trials = runs.candidate.cases.front().values.front().size();
        calls += static_cast<double>(suite.counts.scheduled) * static_cast<double>(trials);
      }
    }
    return {of_rule ? verdict.rules.front().state : verdict.state, calls};
  };
  return made;
}

double Draw(Random& random, double p) { return random.Uniform() < p ? 1 : 0; }

double DrawNormal(Random& random) {
  const double radius = std::sqrt(-2 * std::log1p(-random.Uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.Uniform());
}

DrawnSuite Cases(MetricShape metric, int cases, const std::function<double(int)>& draw) {
  DrawnSuite suite{.metrics = {std::move(metric)}};
  suite.cases.reserve(static_cast<std::size_t>(cases));
  for (int i = 0; i < cases; ++i) suite.cases.push_back({.values = {{draw(i)}}});
  return suite;
}

}  // namespace assay::sim
