// Every case by itself: the value of its trials must reach a floor, in all cases or in a share of them. A mean over
// cases hides the case that always fails; this rule does not.
//
// That no case lies below the floor is a count of the cases of the dataset, as a failure under zero_failures is a fact.
// A share of them is a sample: Clopper-Pearson over the cases, or Gaffke's bound over their clusters. A case with
// missing trials lies between two values (reducer.h), and reaches the floor for certain only if the lower one does.

#include <algorithm>
#include <cmath>
#include <vector>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/clustered_forecast.h"
#include "gates/rules/clusters.h"
#include "gates/rules/decision.h"
#include "gates/rules/forecast.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/reducer.h"
#include "gates/rules/rule.h"
#include "gates/rules/threshold.h"
#include "gates/rules/worst_cases.h"

namespace assay {
namespace {

struct PerCaseFloorOptions {
  double at_least = 0;
  double share = 1;
  static const FieldTable<PerCaseFloorOptions>& Fields() {
    static const auto table = FieldTable<PerCaseFloorOptions>()
                                  .Required("at_least", &PerCaseFloorOptions::at_least,
                                            "what the value of a case must reach, in the metric's unit")
                                  .Optional("share", &PerCaseFloorOptions::share,
                                            "share of the cases that must reach it", {.max = 1, .above = 0});
    return table;
  }
};

std::string FloorObjection(const PerCaseFloorOptions& options, std::string_view metric, MetricRange range,
                           Aggregate aggregate) {
  if (QuantileOf(aggregate)) {
    return "metric \"" + std::string(metric) + "\" is a " + std::string(WordOf(aggregate)) +
           " over cases, and per_case_floor judges each by itself; name a mean";
  }
  return ThresholdObjection(Direction::kAtLeast, options.at_least, metric, range, aggregate);
}

// A count, and no conclusion from a sample.
bool IsOfEveryCase(const PerCaseFloorOptions& options) { return options.share == 1; }

struct FloorCounts {
  std::int64_t cases = 0;
  std::int64_t surely = 0;    // reach the floor whatever is missing
  std::int64_t possibly = 0;  // may reach it
  std::int64_t Below() const { return cases - possibly; }
  std::int64_t Open() const { return possibly - surely; }
};

class PerCaseFloorRule : public Rule {
 public:
  explicit PerCaseFloorRule(PerCaseFloorOptions options) : options_(options) {}

  double threshold() const override { return options_.share; }
  std::string Asks(const MetricShape*) const override {
    const std::string reached = ">= " + Shown(options_.at_least);
    return IsOfEvery() ? "every case " + reached : ">= " + Shown(options_.share) + " of the cases " + reached;
  }

  bool PassesOnOneCase() const override { return IsOfEvery(); }
  bool ConcludesFromSample() const override { return !IsOfEvery(); }
  std::string Objection(const PartInput& input) const override {
    const MetricShape& shape = input.shape();
    std::string objection = Reducer(input.suite, *input.metric).Objection();
    if (!objection.empty()) return objection;
    return FloorObjection(options_, shape.name, shape.range, shape.aggregate);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const FloorCounts counts = CountIn(input, errors);
    Finding finding;
    if (counts.cases == 0) return finding;
    if (IsOfEvery()) {
      const auto size = static_cast<double>(counts.cases);
      finding.method = "count";
      finding.pass_bound = static_cast<double>(counts.surely) / size;
      finding.fail_bound = static_cast<double>(counts.possibly) / size;
      finding.passes = counts.surely == counts.cases;
      finding.fails = counts.Below() > 0;
      return finding;
    }
    const Bounds share = MeanBounds(ReachedBoxes(input, errors), ClustersOf(input.suite, input.cases),
                                    MetricRange::kUnit, {.confidence = input.confidence});
    finding.method = share.method;
    finding.pass_bound = share.lower;
    finding.fail_bound = share.upper;
    finding.passes = finding.pass_bound >= options_.share;
    finding.fails = finding.fail_bound < options_.share;
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return bound - options_.share; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    std::vector<std::uint32_t> ordinals;
    const std::vector<double> seen = ReachedBySeen(input, ordinals);
    const auto size = static_cast<std::int64_t>(seen.size());
    const auto reached = std::ranges::count(seen, 1.0);
    part.estimate.method = finding.method;
    part.estimate.confidence = IsOfEvery() ? 1 : input.confidence;
    part.estimate.cases = size;
    if (size > 0) {
      part.estimate.value = static_cast<double>(reached) / static_cast<double>(size);
      const Bounds share = IsOfEvery() ? Bounds{*part.estimate.value, *part.estimate.value}
                                       : MeanBounds(PointBoxes(seen), ClustersOf(input.suite, ordinals),
                                                    MetricRange::kUnit, {.confidence = input.confidence});
      if (std::isfinite(share.lower)) part.estimate.lower = share.lower;
      if (std::isfinite(share.upper)) part.estimate.upper = share.upper;
    }
    part.worst_cases = WorstCases(input, WorstIs::kLowest);
    std::erase_if(part.worst_cases, [&](const WorstCase& one) { return one.value && Reaches(*one.value); });
    IsOfEvery() ? ExplainCount(input, part) : ExplainShare(input, finding, seen, ordinals, part);
  }

 private:
  bool IsOfEvery() const { return IsOfEveryCase(options_); }

  // The mean of equal trials can lie a rounding error below them.
  bool Reaches(double value) const {
    constexpr double kRounding = 1e-12;
    return value >= options_.at_least - kRounding * std::max(1.0, std::abs(options_.at_least));
  }

  // Of each case: whether it surely, and whether it possibly reaches the floor.
  std::vector<ValueBox> ReachedBoxes(const PartInput& input, ErrorsAs errors) const {
    const ErrorValue error_value = errors == ErrorsAs::kUnknown ? ErrorValue::kUnknown
                                   : errors == ErrorsAs::kBest  ? ErrorValue::kHighest
                                                                : ErrorValue::kLowest;
    std::vector<ValueBox> boxes = MetricValues(input.suite, *input.metric, input.cases).CaseBoxes(error_value);
    for (ValueBox& box : boxes) box = {Reaches(box.low) ? 1.0 : 0.0, Reaches(box.high) ? 1.0 : 0.0};
    return boxes;
  }

  FloorCounts CountIn(const PartInput& input, ErrorsAs errors) const {
    FloorCounts counts;
    for (const ValueBox& box : ReachedBoxes(input, errors)) {
      ++counts.cases;
      if (box.low == 1) ++counts.surely;
      if (box.high == 1) ++counts.possibly;
    }
    return counts;
  }

  // Of the cases that have a value, `ordinals`: 1 where it reaches the floor, else 0.
  std::vector<double> ReachedBySeen(const PartInput& input, std::vector<std::uint32_t>& ordinals) const {
    std::vector<double> reached;
    Reducer reducer(input.suite, *input.metric);
    for (const std::uint32_t ordinal : input.cases) {
      const auto value = reducer.ValueOf(ordinal);
      if (!value) continue;
      reached.push_back(Reaches(*value) ? 1 : 0);
      ordinals.push_back(ordinal);
    }
    return reached;
  }

  static std::vector<ValueBox> PointBoxes(const std::vector<double>& values) {
    std::vector<ValueBox> boxes;
    for (const double value : values) boxes.push_back({value, value});
    return boxes;
  }

  void ExplainCount(const PartInput& input, RulePart& part) const {
    const FloorCounts counts = CountIn(input, ErrorsAs::kUnknown);
    const std::string floor = Shown(options_.at_least);
    if (part.state == VerdictState::kPass) {
      part.reason = "each of " + Cases(counts.cases) + " reaches " + floor;
    } else if (part.state == VerdictState::kFail) {
      part.reason = std::to_string(counts.Below()) + " of " + Cases(counts.cases) +
                    (counts.Below() == 1 ? " lies below " : " lie below ") + floor;
    } else if (part.state == VerdictState::kInconclusive) {
      if (counts.Open() > 0) part.more_cases = counts.Open();
      part.reason = "no case lies below " + floor + " so far, but of " + std::to_string(counts.Open()) + " of " +
                    Cases(counts.cases) + " it is not known";
      if (const std::string missing = MissingText(part.counts); !missing.empty()) part.reason += " (" + missing + ")";
    }
  }

  void ExplainShare(const PartInput& input, const Finding& finding, const std::vector<double>& seen,
                    const std::vector<std::uint32_t>& ordinals, RulePart& part) const {
    const std::string missing = MissingText(part.counts);
    const std::string data = " (" + std::to_string(std::ranges::count(seen, 1.0)) + " of " +
                             Cases(part.estimate.cases) + InClusters(part.clusters) + " reach " +
                             Shown(options_.at_least) + (missing.empty() ? "" : "; " + missing) + ")";
    if (part.state == VerdictState::kPass) {
      part.reason = "lower bound " + Shown(finding.pass_bound) + " >= " + Shown(options_.share) + data;
    } else if (part.state == VerdictState::kFail) {
      part.reason = "upper bound " + Shown(finding.fail_bound) + " < " + Shown(options_.share) + data;
    } else if (part.state == VerdictState::kInconclusive && seen.empty()) {
      const auto needed = FewestCasesThatDecide(0, ForecastMean(QuestionAt(input.confidence), {1}, "clopper_pearson"));
      if (needed) part.more_cases = needed->cases;
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason =
          Shown(options_.share) + " lies between the lower bound " + Shown(finding.pass_bound) +
          " and the upper bound " + Shown(finding.fail_bound) + data + "; " +
          WhatWouldDecide(ForecastOfSides(input, [&](const PartInput& at) { return ForecastFrom(at, seen, ordinals); }),
                          part);
    }
  }

  ForecastOf ForecastFrom(const PartInput& input, const std::vector<double>& seen,
                          const std::vector<std::uint32_t>& ordinals) const {
    const ThresholdQuestion question = QuestionAt(input.confidence);
    if (!input.suite.HasClusters()) return ForecastMean(question, seen, "clopper_pearson");
    Bounds bounds;
    bounds.method = "clustered_gaffke";
    return ForecastClusteredMean(question, seen, ClustersOf(input.suite, ordinals), bounds);
  }

  ThresholdQuestion QuestionAt(double confidence) const { return {Direction::kAtLeast, options_.share, confidence}; }

  PerCaseFloorOptions options_;
};

// Absent after reporting.
std::optional<PerCaseFloorOptions> ReadFloor(const Node& option, Diagnostics& diagnostics) {
  PerCaseFloorOptions options;
  if (!ReadFields(option, options, diagnostics)) return std::nullopt;
  return options;
}

}  // namespace

PluginKind PerCaseFloorKind() {
  PluginKind kind;
  kind.help = "each case by itself reaches a floor over its trials, or a share of the cases does";
  kind.schema = SchemaOf(PerCaseFloorOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) { ReadFloor(option, diagnostics); };
  kind.objection = [](const Node& option, const MetricSpec& metric) -> std::string {
    Diagnostics ignored;  // reported by check
    const auto options = ReadFloor(option, ignored);
    return options ? FloorObjection(*options, metric.name, RangeOf(metric), metric.aggregate) : "";
  };
  kind.target = RuleTarget::kMetric;
  kind.only_counts = [](const Node& option) {
    Diagnostics ignored;
    const auto options = ReadFloor(option, ignored);
    return options && IsOfEveryCase(*options);
  };
  return kind;
}

Result<std::unique_ptr<Rule>> MakePerCaseFloorRule(const Node& option) {
  Diagnostics diagnostics;
  const auto options = ReadFloor(option, diagnostics);
  if (!options) return Fail(OptionError("per_case_floor", diagnostics));
  return std::make_unique<PerCaseFloorRule>(*options);
}

}  // namespace assay
