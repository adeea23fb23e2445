#include "gates/control_arm.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "gates/rule_parts.h"
#include "gates/rules/clusters.h"
#include "gates/rules/decision.h"
#include "gates/rules/paired_values.h"
#include "gates/rules/rule.h"
#include "gates/slice_value.h"

namespace assay {
namespace {

constexpr std::size_t kMostSliceValues = 1000;  // of one slice; a rule by more is an error

// Of all cases where there is no slice.
struct MetricAndSlice {
  std::size_t metric;
  const SliceColumn* slice = nullptr;
  friend auto operator<=>(const MetricAndSlice&, const MetricAndSlice&) = default;
};

// What people say of an earlier run may change after it, and says nothing of endpoint or judge.
bool CanMove(const MetricShape& shape) { return shape.range == MetricRange::kUnit && !IsOfPeople(shape.source); }

std::set<MetricAndSlice> AskedByRules(const GateSpec& gate, const SuiteObservations& suite) {
  std::set<MetricAndSlice> asked;
  for (const RuleSpec& spec : gate.rules) {
    const auto rule = MakeRule(spec.kind, spec.option);
    if (!rule || spec.role != RuleRole::kBlocking) continue;
    const auto target = MetricsFor(spec, (*rule)->MetricNames(), suite);
    if (!target) continue;
    std::vector<std::size_t> metrics = target->named;
    if (target->metric) metrics.push_back(*target->metric);
    for (const std::size_t metric : metrics) {
      if (!CanMove(suite.metrics()[metric])) continue;
      asked.insert({metric});
      for (const std::string& name : spec.by) {
        const SliceColumn* slice = suite.FindSlice(name);
        if (slice != nullptr && slice->values().size() <= kMostSliceValues + 1) asked.insert({metric, slice});
      }
    }
  }
  return asked;
}

// Those of the parts that the suite has.
std::set<MetricAndSlice> AskedByAlarms(const SuiteObservations& suite, const std::vector<ControlledPart>& alarmed) {
  std::set<MetricAndSlice> asked;
  for (const ControlledPart& part : alarmed) {
    const auto metric = suite.FindMetric(part.metric);
    if (!metric || !CanMove(suite.metrics()[*metric])) continue;
    const SliceColumn* slice = part.slice.empty() ? nullptr : suite.FindSlice(part.slice);
    if (part.slice.empty() || slice != nullptr) asked.insert({*metric, slice});
  }
  return asked;
}

struct Control {
  const SuiteEvidence* now;
  const EarlierBaseline* before;
  MetricAndSlice on;
  bool is_of_rule;                             // else only what is alarmed is wanted
  const std::vector<ControlledPart>* alarmed;  // parts of the suite

  const SuiteObservations& shown() const { return now->observations; }
  ControlledPart PartOf(std::size_t value) const {
    const std::string& metric = shown().metrics()[on.metric].name;
    if (on.slice == nullptr) return {metric};
    return {metric, on.slice->name(), on.slice->values()[value]};
  }
  bool IsAlarmed(const ControlledPart& part) const { return std::ranges::find(*alarmed, part) != alarmed->end(); }
  bool IsWanted(const ControlledPart& part) const { return is_of_rule || IsAlarmed(part); }
};

std::vector<Control> ControlsOf(const GateSpec& gate, const GateEvidence& evidence) {
  static const std::vector<ControlledPart> kNone;
  std::vector<Control> controls;
  for (const SuiteEvidence& now : evidence.baseline_suites) {
    const auto before = std::ranges::find(evidence.earlier_baseline, now.suite, &EarlierBaseline::suite);
    if (before == evidence.earlier_baseline.end() || before->cases() != now.observations.cases()) continue;
    const auto found = evidence.alarmed.find(now.suite);
    const std::vector<ControlledPart>& alarmed = found == evidence.alarmed.end() ? kNone : found->second;
    const std::set<MetricAndSlice> of_rules = AskedByRules(gate, now.observations);
    std::set<MetricAndSlice> all = AskedByAlarms(now.observations, alarmed);
    all.insert(of_rules.begin(), of_rules.end());
    for (const MetricAndSlice& on : all) controls.push_back({&now, &*before, on, of_rules.contains(on), &alarmed});
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

// By value of the slice; of all cases one.
std::vector<Pairs> PairsOf(const Control& control) {
  const SuiteObservations& shown = control.shown();
  const auto& [metric, slice] = control.on;
  std::vector<Pairs> by_value(slice == nullptr ? 1 : slice->values().size());
  for (const std::uint32_t ordinal : AllCases(shown)) {
    if (!shown.Asks(metric, ordinal)) continue;
    Pairs& pairs = by_value[slice == nullptr ? 0 : slice->ValueOf(ordinal)];
    ++pairs.asked;
    const auto before = control.before->ValueOf(shown.metrics()[metric].name, ordinal);
    if (!before) continue;
    ++pairs.known;
    const auto now = WholeValueOf(shown, metric, ordinal);
    if (!now) continue;
    pairs.ordinals.push_back(ordinal);
    pairs.now.push_back(*now);
    pairs.before.push_back(*before);
  }
  return by_value;
}

// How many comparisons there are, of all cases and in slices.
struct Numbers {
  std::int64_t whole = 0;
  std::int64_t in_slices = 0;

  double ShareOf(const MetricAndSlice& on) const {
    if (in_slices == 0) return 1 / static_cast<double>(whole);
    return 0.5 / static_cast<double>(on.slice == nullptr ? whole : in_slices);
  }
};

std::int64_t CountIn(const Control& control) {
  const SliceColumn& slice = *control.on.slice;
  std::vector<bool> is_there(slice.values().size());
  for (std::int64_t ordinal = 0; ordinal < slice.cases(); ++ordinal) is_there[slice.ValueOf(ordinal)] = true;
  std::int64_t count = 0;
  for (std::size_t value = 0; value < is_there.size(); ++value)
    count += is_there[value] && control.IsWanted(control.PartOf(value)) ? 1 : 0;
  return count;
}

Numbers NumbersOf(const std::vector<Control>& controls) {
  Numbers numbers;
  for (const Control& control : controls) {
    if (control.on.slice == nullptr) {
      ++numbers.whole;
    } else {
      numbers.in_slices += CountIn(control);
    }
  }
  return numbers;
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

ControlComparison CompareOn(const Control& control, const ControlledPart& part, const Pairs& pairs,
                            double error_share) {
  const std::vector<std::string>& runs = control.before->RunsOf(part.metric);
  ControlComparison comparison{
      .suite = control.now->suite,
      .metric = part.metric,
      .earlier_run = runs.front(),
      .before = {},
      .now = {},
      .cases = static_cast<std::int64_t>(pairs.known),
      .error_share = error_share,
      .missing = static_cast<double>(pairs.known - pairs.ordinals.size()) / static_cast<double>(pairs.known),
      .earlier_runs = std::ssize(runs),
      .unknown = static_cast<std::int64_t>(pairs.asked - pairs.known),
      .slice = part.slice,
      .slice_value = part.slice_value};
  Compare(control, pairs, comparison);
  return comparison;
}

// What the comparison leaves open of the alarm: of its own cases those without a value now, and those of the alarm that
// it did not compare, may have moved as far as they can.
struct Reach {
  double move = 0;     // what is left of the alarm's on all of these cases, as the others need not have moved
  double missing = 0;  // which part of them has no value
};

// Absent where it is of others, or lacks more than a twentieth of the alarm's.
std::optional<Reach> ReachOf(const ControlComparison& comparison, const StandingAlarm& alarm) {
  const std::int64_t cases = comparison.cases.value_or(0);
  const bool is_there = comparison.slice == alarm.slice && comparison.slice_value == alarm.slice_value;
  if (!is_there || !comparison.missing || cases <= 0 || 20 * cases < 19 * alarm.cases) return std::nullopt;
  const auto all = static_cast<double>(std::max(cases, alarm.cases));
  const double there = static_cast<double>(cases) * (1 - *comparison.missing);
  return Reach{.move = alarm.move * static_cast<double>(alarm.cases) / all, .missing = 1 - there / all};
}

bool IsOfAsMany(const StandingAlarm& alarm, const ControlComparison& comparison) {
  return 19 * comparison.cases.value_or(0) <= 20 * alarm.cases;
}

constexpr char kWhatToDo[] =
    "repair it, or accept what it is now by another version of the baseline; until then each check counts as an "
    "attempt";

}  // namespace

std::vector<ControlledMetric> ControlledMetrics(const GateSpec& gate, const SuiteObservations& suite,
                                                const std::vector<ControlledPart>& alarmed) {
  std::set<MetricAndSlice> all = AskedByRules(gate, suite);
  for (const MetricAndSlice& on : AskedByAlarms(suite, alarmed)) all.insert(on);
  std::map<std::size_t, ControlledMetric> metrics;
  for (const MetricAndSlice& on : all) {
    ControlledMetric& metric = metrics.try_emplace(on.metric, suite.metrics()[on.metric].name).first->second;
    if (on.slice != nullptr) metric.slices.push_back(on.slice->name());
  }
  std::vector<ControlledMetric> in_order;
  for (auto& [index, metric] : metrics) in_order.push_back(std::move(metric));
  return in_order;
}

std::vector<ControlComparison> CompareControls(const GateSpec& gate, const GateEvidence& evidence) {
  std::vector<ControlComparison> comparisons;
  const std::vector<Control> controls = ControlsOf(gate, evidence);
  const Numbers numbers = NumbersOf(controls);
  for (const Control& control : controls) {
    const double share = evidence.control_share * numbers.ShareOf(control.on);
    const std::vector<Pairs> by_value = PairsOf(control);
    for (std::size_t value = 0; value < by_value.size(); ++value) {
      const Pairs& pairs = by_value[value];
      const ControlledPart part = control.PartOf(value);
      if (pairs.known == 0 || !control.IsWanted(part)) continue;
      comparisons.push_back(CompareOn(control, part, pairs, control.IsAlarmed(part) ? evidence.control_share : share));
    }
  }
  return comparisons;
}

bool Excludes(const ControlComparison& comparison, const StandingAlarm& alarm) {
  const std::optional<Reach> reach = ReachOf(comparison, alarm);
  if (!reach || !comparison.lower || !comparison.upper) return false;
  const auto& [move, missing] = *reach;
  const double lower = *comparison.lower * (1 - missing) - missing;
  const double upper = *comparison.upper * (1 - missing) + missing;
  return move < 0 ? move < lower : upper < move;
}

bool FindsNothing(const ControlComparison& comparison, const StandingAlarm& alarm) {
  const std::optional<Reach> reach = ReachOf(comparison, alarm);
  if (comparison.has_moved || !reach || !comparison.lower || !comparison.upper) return false;
  const auto& [move, missing] = *reach;
  const double seen = comparison.now.value_or(0) - comparison.before.value_or(0);
  const double width = move < 0 ? *comparison.upper - seen : seen - *comparison.lower;
  if (!IsOfAsMany(alarm, comparison) && std::abs(move) < width) return false;
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

std::string TextOf(const ControlledPart& part) {
  std::string name = "\"" + part.metric + "\"";
  if (part.slice.empty()) return name;
  return name + " in " + part.slice + "=" + ShownSliceValue(part.slice_value);
}

std::string TextOf(const ControlComparison& comparison) {
  const std::string earlier = comparison.earlier_runs == 1 ? "in run " + comparison.earlier_run
                                                           : "in its first " + std::to_string(comparison.earlier_runs) +
                                                                 " runs (from run " + comparison.earlier_run + ")";
  return "suite \"" + comparison.suite + "\": endpoint or judge drifted: " + TextOf(comparison.Part()) +
         " of the baseline was " + Shown(comparison.before.value_or(0)) + " " + earlier + " and is " +
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
  const std::string found = "suite \"" + suite + "\": verdict " + alarm.verdict + " found " + TextOf(alarm.Part()) +
                            " of the baseline moved by " + Shown(alarm.move) + " in run " + alarm.run + " from run " +
                            alarm.from + ", on " + Cases(alarm.cases);
  if (alarm.is_elsewhere) {
    return found +
           ", of a version of the suite whose cases, prompt, sampling, graders, metrics or slices are others: nothing "
           "here can "
           "show that it is again what it was; check that version, which the verdict names, or accept what the "
           "baseline is now by another version of it";
  }
  return found +
         ", and that it is still there is not excluded here: ask a gate with `interleave` and as many cases, without "
         "errors, or accept what the baseline is now by another version of it";
}

}  // namespace assay
