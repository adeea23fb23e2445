#include "gates/control_arm.h"

#include <algorithm>
#include <optional>
#include <set>

#include "gates/rule_parts.h"
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
  const SuiteEvidence* before;
  std::size_t metric;
};

std::vector<Control> ControlsOf(const GateSpec& gate, const GateEvidence& evidence) {
  std::vector<Control> controls;
  for (const SuiteEvidence& run : evidence.baseline_suites) {
    const auto part = std::ranges::find(evidence.comparable_baseline, run.suite, &SuiteEvidence::suite);
    const SuiteEvidence& now = part == evidence.comparable_baseline.end() ? run : *part;
    const auto before = std::ranges::find(evidence.earlier_baseline, now.suite, &SuiteEvidence::suite);
    if (before == evidence.earlier_baseline.end()) continue;
    const SuiteObservations& seen = now.observations;
    const SuiteObservations& earlier = before->observations;
    if (seen.cases() != earlier.cases() || seen.trials() != earlier.trials() || seen.metrics() != earlier.metrics())
      continue;
    const auto alarmed = evidence.alarmed_metrics.find(now.suite);
    const std::vector<std::string> none;
    for (const std::size_t metric :
         MetricsToCompare(gate, seen, alarmed == evidence.alarmed_metrics.end() ? none : alarmed->second))
      controls.push_back({&now, &*before, metric});
  }
  return controls;
}

// Of those asked, the share without a value of both.
double ShareMissing(std::size_t asked, std::size_t seen) {
  return asked == 0 ? 0 : static_cast<double>(asked - seen) / static_cast<double>(asked);
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
    const SuiteObservations& suite = control.now->observations;
    std::vector<std::uint32_t> cases = AllCases(suite);
    std::erase_if(cases, [&](std::uint32_t ordinal) { return !suite.Asks(control.metric, ordinal); });
    const double share = evidence.control_share / static_cast<double>(controls.size());
    const double error_rate = kControlErrorRate * share / 2;
    const PartInput input{.suite = suite,
                          .metric = control.metric,
                          .cases = cases,
                          .confidence = 1 - error_rate,
                          .run_ended = true,
                          .baseline = &control.before->observations};
    const PairedValues pairs(input);
    const Comparison values = pairs.Compare();
    const Bounds bounds = pairs.BoundsOfSeen();
    comparisons.push_back({.suite = control.now->suite,
                           .metric = suite.metrics()[control.metric].name,
                           .earlier_run = control.before->run,
                           .before = values.baseline,
                           .now = values.candidate,
                           .has_moved = bounds.lower > 0 || bounds.upper < 0,
                           .cases = suite.cases(),
                           .error_share = share,
                           .missing = ShareMissing(cases.size(), pairs.seen().size()),
                           .lower = Finite(bounds.lower),
                           .upper = Finite(bounds.upper)});
  }
  return comparisons;
}

bool Excludes(const ControlComparison& comparison, double move) {
  if (!comparison.missing || !comparison.lower || !comparison.upper) return false;
  const double missing = *comparison.missing;
  const double lower = *comparison.lower * (1 - missing) - missing;
  const double upper = *comparison.upper * (1 - missing) + missing;
  return move < 0 ? move < lower : upper < move;
}

const StandingAlarm* FindUnanswered(const std::string& suite, const std::vector<StandingAlarm>& alarms,
                                    const std::vector<ControlComparison>& comparisons) {
  const auto is_answered = [&](const StandingAlarm& alarm) {
    return !alarm.is_elsewhere && std::ranges::any_of(comparisons, [&](const ControlComparison& each) {
      return each.suite == suite && each.metric == alarm.metric && (each.has_moved || Excludes(each, alarm.move));
    });
  };
  const auto unanswered = std::ranges::find_if_not(alarms, is_answered);
  return unanswered == alarms.end() ? nullptr : &*unanswered;
}

std::string TextOf(const ControlComparison& comparison) {
  return "suite \"" + comparison.suite + "\": endpoint or judge drifted: \"" + comparison.metric +
         "\" of the baseline was " + Shown(comparison.before.value_or(0)) + " in run " + comparison.earlier_run +
         " and is " + Shown(comparison.now.value_or(0)) + " on the same cases now: " + kWhatToDo;
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
