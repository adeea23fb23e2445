#include "gates/control_arm.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "gates/rule_parts.h"
#include "gates/rules/clusters.h"
#include "gates/rules/decision.h"
#include "gates/rules/paired_values.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

// Indexes of the suite's metrics.
std::set<std::size_t> MetricsToCompare(const GateSpec& gate, const SuiteObservations& suite,
                                       const std::vector<std::string>& alarmed) {
  std::set<std::size_t> metrics;
  for (const std::string& name : alarmed) {
    if (const auto metric = suite.FindMetric(name)) metrics.insert(*metric);
  }
  for (const RuleSpec& spec : gate.rules) {
    const auto rule = MakeRule(spec.kind, spec.option);
    if (!rule || spec.role != RuleRole::kBlocking) continue;
    const auto target = MetricsFor(spec, (*rule)->MetricNames(), suite);
    if (!target) continue;
    if (target->metric) metrics.insert(*target->metric);
    metrics.insert(target->named.begin(), target->named.end());
  }
  // What people say of an earlier run may change after it, and says nothing of endpoint or judge.
  std::erase_if(metrics, [&](std::size_t metric) {
    const MetricShape& shape = suite.metrics()[metric];
    return shape.range != MetricRange::kUnit || IsOfPeople(shape.source);
  });
  return metrics;
}

struct Control {
  const SuiteEvidence* now;
  const EarlierBaseline* before;
  std::size_t metric;
  bool is_alarmed;
};

std::vector<Control> ControlsOf(const GateSpec& gate, const GateEvidence& evidence) {
  std::vector<Control> controls;
  for (const SuiteEvidence& now : evidence.baseline_suites) {
    const auto before = std::ranges::find(evidence.earlier_baseline, now.suite, &EarlierBaseline::suite);
    if (before == evidence.earlier_baseline.end() || before->cases() != now.observations.cases()) continue;
    const auto found = evidence.alarmed_metrics.find(now.suite);
    const std::vector<std::string> alarmed =
        found == evidence.alarmed_metrics.end() ? std::vector<std::string>() : found->second;
    for (const std::size_t metric : MetricsToCompare(gate, now.observations, alarmed)) {
      const bool is_alarmed = std::ranges::find(alarmed, now.observations.metrics()[metric].name) != alarmed.end();
      controls.push_back({&now, &*before, metric, is_alarmed});
    }
  }
  return controls;
}

// What the baseline says of cases now and said before, each as a run of one trial of the same metric.
struct Pairs {
  std::size_t asked = 0;                // cases of the metric
  std::size_t known = 0;                // of these, those that have a value of before
  std::vector<std::uint32_t> ordinals;  // of those that have both
  std::vector<double> now;
  std::vector<double> before;
};

Pairs PairsOf(const Control& control) {
  const SuiteObservations& shown = control.now->observations;
  const std::string& metric = shown.metrics()[control.metric].name;
  Pairs pairs;
  for (const std::uint32_t ordinal : AllCases(shown)) {
    if (!shown.Asks(control.metric, ordinal)) continue;
    ++pairs.asked;
    const auto before = control.before->ValueOf(metric, ordinal);
    if (!before) continue;
    ++pairs.known;
    const auto now = WholeValueOf(shown, control.metric, ordinal);
    if (!now) continue;
    pairs.ordinals.push_back(ordinal);
    pairs.now.push_back(*now);
    pairs.before.push_back(*before);
  }
  return pairs;
}

// None where it cannot be made: of no case.
std::optional<SuiteObservations> RunOf(const std::vector<double>& values, const std::vector<std::uint32_t>& clusters) {
  auto run = SuiteObservations::Make(std::ssize(values), 1, {MetricShape{.name = "value", .grader = "value"}}, {});
  if (!run) return std::nullopt;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = std::clamp(values[i], 0.0, 1.0);  // a mean may be rounded beyond
    if (!run->AddScore(0, static_cast<std::int64_t>(i), 0, ScoreStatus::kScored, value, std::nullopt))
      return std::nullopt;
  }
  if (!clusters.empty() && !run->SetClusters(clusters)) return std::nullopt;
  return *std::move(run);
}

void Compare(const Control& control, const Pairs& pairs, ControlComparison& comparison) {
  const auto now = RunOf(pairs.now, ClustersOf(control.now->observations, pairs.ordinals));
  const auto before = RunOf(pairs.before, {});
  if (!now || !before) return;
  const std::vector<std::uint32_t> cases = AllCases(*now);
  const PartInput input{.suite = *now,
                        .metric = 0,
                        .cases = cases,
                        .confidence = 1 - kControlErrorRate * *comparison.error_share / 2,
                        .run_ended = true,
                        .baseline = &*before};
  const PairedValues values(input);
  const Bounds bounds = values.BoundsOfSeen();
  const Comparison seen = values.Compare();
  comparison.before = seen.baseline;
  comparison.now = seen.candidate;
  comparison.has_moved = bounds.lower > 0 || bounds.upper < 0;
  comparison.lower = Finite(bounds.lower);
  comparison.upper = Finite(bounds.upper);
}

constexpr char kWhatToDo[] =
    "repair it, or accept what it is now by another version of the baseline; until then each check counts as an "
    "attempt";

}  // namespace

std::vector<std::string> ControlledMetrics(const GateSpec& gate, const SuiteObservations& suite,
                                           const std::vector<std::string>& alarmed) {
  std::vector<std::string> names;
  for (const std::size_t metric : MetricsToCompare(gate, suite, alarmed)) names.push_back(suite.metrics()[metric].name);
  return names;
}

std::vector<ControlComparison> CompareControls(const GateSpec& gate, const GateEvidence& evidence) {
  std::vector<ControlComparison> comparisons;
  const std::vector<Control> controls = ControlsOf(gate, evidence);
  for (const Control& control : controls) {
    const Pairs pairs = PairsOf(control);
    if (pairs.known == 0) continue;
    const double shared_by = control.is_alarmed ? 1 : static_cast<double>(controls.size());
    ControlComparison comparison{
        .suite = control.now->suite,
        .metric = control.now->observations.metrics()[control.metric].name,
        .earlier_run = control.before->runs().front(),
        .before = {},
        .now = {},
        .cases = static_cast<std::int64_t>(pairs.known),
        .error_share = evidence.control_share / shared_by,
        .missing = static_cast<double>(pairs.known - pairs.ordinals.size()) / static_cast<double>(pairs.known),
        .earlier_runs = std::ssize(control.before->runs()),
        .unknown = static_cast<std::int64_t>(pairs.asked - pairs.known)};
    Compare(control, pairs, comparison);
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

bool Excludes(const ControlComparison& comparison, const StandingAlarm& alarm) {
  if (!comparison.missing || !comparison.lower || !comparison.upper) return false;
  const std::int64_t cases = comparison.cases.value_or(0);
  if (cases == 0 || 20 * cases < 19 * alarm.cases) return false;
  const double move = alarm.move * std::min(1.0, static_cast<double>(alarm.cases) / static_cast<double>(cases));
  const double missing = *comparison.missing;
  const double lower = *comparison.lower * (1 - missing) - missing;
  const double upper = *comparison.upper * (1 - missing) + missing;
  return move < 0 ? move < lower : upper < move;
}

bool FindsNothing(const ControlComparison& comparison, double move) {
  if (comparison.has_moved || !comparison.missing || !comparison.lower || !comparison.upper) return false;
  const double missing = *comparison.missing;
  return move < 0 ? *comparison.upper * (1 - missing) >= missing : *comparison.lower * (1 - missing) <= -missing;
}

const StandingAlarm* FindUnanswered(const std::string& suite, const std::vector<StandingAlarm>& alarms,
                                    const std::vector<ControlComparison>& comparisons) {
  const auto is_answered = [&](const StandingAlarm& alarm) {
    return !alarm.is_elsewhere && std::ranges::any_of(comparisons, [&](const ControlComparison& each) {
      return each.suite == suite && each.metric == alarm.metric && (each.has_moved || Excludes(each, alarm));
    });
  };
  const auto unanswered = std::ranges::find_if_not(alarms, is_answered);
  return unanswered == alarms.end() ? nullptr : &*unanswered;
}

std::string TextOf(const ControlComparison& comparison) {
  const std::string earlier = comparison.earlier_runs == 1 ? "in run " + comparison.earlier_run
                                                           : "in its first " + std::to_string(comparison.earlier_runs) +
                                                                 " runs (from run " + comparison.earlier_run + ")";
  return "suite \"" + comparison.suite + "\": endpoint or judge drifted: \"" + comparison.metric +
         "\" of the baseline was " + Shown(comparison.before.value_or(0)) + " " + earlier + " and is " +
         Shown(comparison.now.value_or(0)) + " on the same cases now: " + kWhatToDo;
}

std::string TextOfSilence(const ControlComparison& comparison) {
  const std::int64_t known = comparison.cases.value_or(0);
  const auto missing =
      static_cast<std::int64_t>(std::llround(comparison.missing.value_or(0) * static_cast<double>(known)));
  return "suite \"" + comparison.suite + "\": beside the candidate the baseline has no \"" + comparison.metric +
         "\" of " + std::to_string(missing) + " of the " + Cases(known) +
         " that it had one of before: whether endpoint or judge are what they were is not known";
}

std::string TextOf(const std::string& suite, const StandingAlarm& alarm) {
  const std::string found = "suite \"" + suite + "\": verdict " + alarm.verdict + " found \"" + alarm.metric +
                            "\" of the baseline moved by " + Shown(alarm.move) + " in run " + alarm.run + " from run " +
                            alarm.from + ", on " + Cases(alarm.cases);
  if (alarm.is_elsewhere) {
    return found +
           ", of a version of the suite whose cases, prompt, sampling, graders or metrics are others: nothing here can "
           "show that it is again what it was; check that version, which the verdict names, or accept what the "
           "baseline is now by another version of it";
  }
  return found +
         ", and that it is still there is not excluded here: ask a gate with `interleave` and as many cases, without "
         "errors, or accept what the baseline is now by another version of it";
}

}  // namespace assay
