// A threshold on a metric. Each case becomes an interval that its value must lie in (reducer.h: the mean of its trials,
// say; a point when all are scored), or, for a quantile over several trials, its trials; bounds over all completions
// (bounds.h) are compared with the threshold.

#include "gates/rules/threshold.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "gates/rules/bounds.h"
#include "gates/rules/clustered_forecast.h"
#include "gates/rules/clusters.h"
#include "gates/rules/corrected.h"
#include "gates/rules/decision.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/part_memory.h"
#include "gates/rules/reducer.h"
#include "gates/rules/worst_cases.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Why no candidate, or every candidate, would meet the threshold, "" when that depends on the candidate. Of a document
// that is written now: what was stored before goes on as it did, which is never to pass.
std::string VainThreshold(Direction direction, double threshold, const MetricSpec& metric) {
  const std::string shown = "threshold " + Shown(threshold);
  const bool is_at_least = direction == Direction::kAtLeast;
  const std::string mean = "the mean of metric \"" + metric.name + "\"";
  const std::string unshown =
      shown + " can never be met: no number of cases shows that " + mean + " is " + Shown(threshold);
  if (!metric.is_unbounded && IsOfScores(metric.source)) {
    const bool is_end = threshold == (is_at_least ? 1 : 0);
    if (!is_end || metric.aggregate != Aggregate::kMean) return "";
    return unshown + (is_at_least ? "; zero_failures passes where no case fails" : "");
  }
  if (!metric.is_nonnegative) return "";
  const std::string named = "metric \"" + metric.name + "\"";
  if (is_at_least) {
    return threshold > 0 ? "" : shown + " holds for every candidate, since " + named + " is never below 0";
  }
  if (threshold < 0) return shown + " can never be met, since " + named + " is never below 0";
  return threshold == 0 && metric.aggregate == Aggregate::kMean ? unshown : "";
}

class ThresholdRule : public Rule {
 public:
  ThresholdRule(Direction direction, double threshold) : direction_(direction), threshold_(threshold) {}

  double threshold() const override { return threshold_; }
  JudgeUse UseOfJudges() const override { return JudgeUse::kCorrects; }
  bool BoundsMeans() const override { return true; }
  bool ConcludesFromSample() const override { return true; }
  std::string Asks(const MetricShape*) const override { return (IsAtLeast() ? ">= " : "<= ") + Shown(threshold_); }

  std::string Objection(const PartInput& input) const override {
    const MetricShape& shape = input.shape();
    std::string objection = Reducer(input.suite, *input.metric).Objection();
    if (!objection.empty()) return objection;
    return ThresholdObjection(direction_, threshold_, shape.name, shape.range, shape.aggregate);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const Bounds bounds = BoundsOfAll(input, ErrorValueOf(errors));
    Finding finding;
    finding.method = bounds.method;
    if (IsAtLeast()) {
      finding.pass_bound = bounds.lower;
      finding.fail_bound = bounds.upper;
      finding.passes = bounds.lower >= threshold_;
      finding.fails = bounds.upper < threshold_;
    } else {
      finding.pass_bound = bounds.upper;
      finding.fail_bound = bounds.lower;
      finding.passes = bounds.upper <= threshold_;
      finding.fails = bounds.lower > threshold_;
    }
    return finding;
  }

  double Margin(const PartInput&, double bound) const override {
    return direction_ == Direction::kAtLeast ? bound - threshold_ : threshold_ - bound;
  }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const Seen seen = SeenIn(input, finding, DataOf(input, part));
    part.estimate.confidence = input.confidence;
    part.estimate.method = seen.bounds.method;
    part.estimate.cases = seen.cases;
    part.estimate.value = seen.value;
    if (std::isfinite(seen.bounds.lower)) part.estimate.lower = seen.bounds.lower;
    if (std::isfinite(seen.bounds.upper)) part.estimate.upper = seen.bounds.upper;
    if (seen.raw_method == "clopper_pearson" && seen.cases >= 2)
      part.shown = WilsonOf(seen.ones, seen.cases, input.confidence);
    part.worst_cases = WorstCases(input, IsAtLeast() ? WorstIs::kLowest : WorstIs::kHighest);
    Explain(input, seen, finding, part);
  }

 private:
  // The scored trials by themselves, whatever is missing.
  struct Seen {
    std::int64_t cases = 0;               // whose trials give a value
    std::int64_t ones = 0;                // of these, where they are all passes and failures
    std::vector<double> values;           // of these cases; of passes and failures where something is foretold of them
    std::vector<std::uint32_t> ordinals;  // of these cases, where bounds or clusters of them are asked for
    std::vector<TrialBox> boxes;          // of the same, when the metric is a quantile over several trials
    std::optional<double> value;          // of the metric
    std::int64_t without = 0;  // cases that have all their trials and no value all the same: of several modes
    Bounds bounds;
    std::string_view raw_method;  // of bounds of the values, where those are of the rate behind a judge
  };

  // Of the rate behind a judge where the metric is one's opinion.
  static Bounds BoundsOfAll(const PartInput& input, ErrorValue errors) {
    const auto raw = [&](double confidence, double not_judged) {
      Bounding how = BoundingOf(input);
      how.confidence = confidence;
      return ValuesOf(input, not_judged).BoundsOfAll(errors, how);
    };
    if (input.judge == nullptr) return raw(input.confidence, 0);
    return CorrectedBounds(*input.judge, input.confidence, input.suite.HasNotJudged(*input.metric), raw);
  }

  // What is known of a part whose bounds are asked for.
  enum class Data : std::uint8_t {
    kPartial,   // some trials are not scored
    kComplete,  // all are
    kFound      // all are, and the finding has the bounds: it is at the same confidence on both sides
  };
  static Data DataOf(const PartInput& input, const RulePart& part) {
    if (part.counts.scored != part.counts.scheduled) return Data::kPartial;
    return input.fail_confidence ? Data::kComplete : Data::kFound;
  }

  bool IsAtLeast() const { return direction_ == Direction::kAtLeast; }
  ThresholdQuestion Question(const PartInput& input) const { return {direction_, threshold_, input.confidence}; }

  static MetricValues ValuesOf(const PartInput& input, double not_judged = 0) {
    return {input.suite, *input.metric, input.cases, PartMemory::Of(input), not_judged};
  }
  static bool IsOverTrials(const PartInput& input) { return ValuesOf(input).IsOverTrials(); }

  // Errors at their best are the highest values of a floor, the lowest of a ceiling.
  ErrorValue ErrorValueOf(ErrorsAs errors) const {
    if (errors == ErrorsAs::kUnknown) return ErrorValue::kUnknown;
    return (errors == ErrorsAs::kBest) == IsAtLeast() ? ErrorValue::kHighest : ErrorValue::kLowest;
  }

  Seen SeenIn(const PartInput& input, const Finding& finding, Data data) const {
    if (data != Data::kPartial && input.judge == nullptr) {
      if (const auto counted = CountedIn(input, finding, data)) return *counted;
    }
    const bool is_complete = data == Data::kFound;
    Seen seen;
    Reducer reducer(input.suite, *input.metric);
    seen.values.reserve(input.cases.size());
    std::vector<ValueBox> points;
    const bool is_over_trials = IsOverTrials(input);
    const MetricValues all = ValuesOf(input);
    const bool is_sampled = all.sample() != nullptr;
    const bool needs_points = !is_over_trials && !is_sampled && (!is_complete || input.judge != nullptr);
    if (needs_points) points.reserve(input.cases.size());
    const bool needs_ordinals = !is_complete || input.judge != nullptr || input.suite.HasClusters();
    if (needs_ordinals) seen.ordinals.reserve(input.cases.size());
    for (const std::uint32_t ordinal : input.cases) {
      const std::optional<double> value = reducer.ValueOf(ordinal);
      if (!value && input.TallyOf(ordinal).scored == input.suite.trials()) ++seen.without;
      if (!value) continue;
      seen.values.push_back(*value);
      if (needs_ordinals) seen.ordinals.push_back(ordinal);
      if (is_over_trials) {
        seen.boxes.push_back({.values = input.suite.TrialValues(*input.metric, ordinal)});
      }
      if (needs_points) points.push_back({*value, *value});
    }
    seen.cases = std::ssize(seen.values);
    seen.ones = std::ranges::count(seen.values, 1.0);
    const auto q = QuantileOf(input.shape().aggregate);
    if (is_complete) {
      seen.bounds = BoundsIn(finding);
    } else if (is_sampled) {
      seen.bounds = all.BoundsOfAll(ErrorValue::kUnknown, BoundingOf(input));
    } else {
      const MetricValues of_seen(input.suite, *input.metric, seen.ordinals);
      seen.bounds = IsOverTrials(input) ? of_seen.BoundsOf(seen.boxes, BoundingOf(input))
                                        : of_seen.BoundsOf(points, BoundingOf(input));
    }
    if (is_sampled) {
      seen.value = all.SampledValue();
    } else if (!IsOverTrials(input)) {
      seen.value = ValuesOf(input).ValueOf(seen.values);
    } else if (!seen.boxes.empty()) {
      seen.value = TrialQuantile(seen.boxes, *q);
    }
    seen.raw_method = seen.bounds.method;
    if (input.judge != nullptr) CorrectSeen(input, points, is_complete, seen);
    return seen;
  }

  // Of a mean over independent cases whose trials are all scored, which is what most rules are on: without a list of a
  // million values. Absent of others.
  std::optional<Seen> CountedIn(const PartInput& input, const Finding& finding, Data data) const {
    const MetricShape& shape = input.shape();
    const bool is_mean = shape.aggregate == Aggregate::kMean && shape.reduction.by == Reduce::kMean;
    if (!is_mean || shape.range != MetricRange::kUnit || input.method || input.suite.HasClusters() ||
        ValuesOf(input).sample() != nullptr) {
      return std::nullopt;
    }
    const auto know = [&] { return KnownIn(input); };
    PartMemory* memory = PartMemory::Of(input);
    const std::optional<KnownValues> known = memory == nullptr ? know() : memory->Known(know);
    if (!known) return std::nullopt;
    Seen seen;
    seen.cases = known->cases;
    seen.ones = known->ones;
    seen.value = known->mean;
    seen.bounds = data == Data::kFound ? BoundsIn(finding) : BoundsOfAll(input, ErrorValue::kUnknown);
    seen.raw_method = seen.bounds.method;
    return seen;
  }

  // Added in the order of the cases, as MeanOf does.
  static std::optional<KnownValues> KnownIn(const PartInput& input) {
    const TallyColumn& tallies = input.suite.Tallies(*input.metric);
    KnownValues known{.cases = std::ssize(input.cases)};
    double sum = 0;
    bool are_equal = true;
    std::optional<double> first;
    for (const std::uint32_t ordinal : input.cases) {
      const std::optional<double> value = tallies.MeanOf(ordinal);
      if (!value) return std::nullopt;
      if (!first) first = value;
      are_equal = are_equal && *value == *first;
      sum += *value;
      known.ones += *value == 1 ? 1 : 0;
    }
    if (!first) return std::nullopt;
    known.mean = are_equal ? *first : sum / static_cast<double>(known.cases);
    return known;
  }

  // What is foretold does not depend on their order.
  static std::vector<double> ValuesIn(const PartInput& input, const Seen& seen) {
    if (!seen.values.empty()) return seen.values;
    const TallyColumn& tallies = input.suite.Tallies(*input.metric);
    std::vector<double> values;
    values.reserve(input.cases.size());
    for (const std::uint32_t ordinal : input.cases) {
      if (const std::optional<double> value = tallies.MeanOf(ordinal)) values.push_back(*value);
    }
    return values;
  }

  static std::vector<WeightedValue> GroupsIn(const PartInput& input, const Seen& seen) {
    const auto group = [&] { return ForecastGroups(ValuesIn(input, seen)); };
    PartMemory* memory = PartMemory::Of(input);
    return memory == nullptr ? group() : memory->Groups(group);
  }

  // The values stay the judge's.
  static void CorrectSeen(const PartInput& input, const std::vector<ValueBox>& points, bool is_complete, Seen& seen) {
    const MetricValues of_seen(input.suite, *input.metric, seen.ordinals);
    const bool has_not_judged = input.suite.HasNotJudged(*input.metric);
    const auto raw = [&](double confidence, double not_judged) {
      Bounding how = BoundingOf(input);
      how.confidence = confidence;
      if (!has_not_judged) return of_seen.BoundsOf(points, how);
      const MetricValues counted(input.suite, *input.metric, seen.ordinals, nullptr, not_judged);
      return counted.BoundsOf(PointBoxes(counted.CaseValues()), how);
    };
    seen.raw_method = raw(input.confidence, 0).method;
    if (!is_complete) seen.bounds = CorrectedBounds(*input.judge, input.confidence, has_not_judged, raw);
    if (seen.value) seen.value = CorrectedValue(*input.judge, *seen.value, of_seen.ShareNotJudged());
    if (!has_not_judged) return;
    const MetricValues likely(input.suite, *input.metric, seen.ordinals, nullptr, LikelyNotJudged(*input.judge));
    seen.values = likely.CaseValues();  // what is foretold is foretold of these
    seen.raw_method = "gaffke";
  }

  Bounds BoundsIn(const Finding& finding) const {
    if (IsAtLeast()) return {finding.pass_bound, finding.fail_bound, finding.method};
    return {finding.fail_bound, finding.pass_bound, finding.method};
  }

  static Estimate WilsonOf(std::int64_t ones, std::int64_t n, double confidence) {
    Estimate estimate;
    estimate.value = static_cast<double>(ones) / static_cast<double>(n);
    estimate.lower = WilsonLower(ones, n, confidence);
    estimate.upper = WilsonUpper(ones, n, confidence);
    estimate.confidence = confidence;
    estimate.method = "wilson";
    estimate.cases = n;
    return estimate;
  }

  // Empty for a method that nothing is foretold of.
  ForecastOf ForecastFrom(const PartInput& input, const Seen& seen) const {
    const auto q = QuantileOf(input.shape().aggregate);
    if (input.judge != nullptr) {
      const auto of_judge = [&](const ThresholdQuestion& question) { return ForecastOfJudge(input, seen, question); };
      return ForecastCorrected(*input.judge, Question(input), seen.values, of_judge);
    }
    if (ValuesOf(input).sample() != nullptr) return ForecastSampled(input);
    if (input.suite.HasClusters()) {
      const std::vector<std::uint32_t> clusters = ClustersOf(input.suite, seen.ordinals);
      if (!q) return ForecastClusteredMean(Question(input), seen.values, clusters, seen.bounds);
      if (IsOverTrials(input)) return {};
      return ForecastClusteredQuantile(Question(input), seen.values, clusters, *q);
    }
    if (!q && seen.bounds.method == "gaffke") return ForecastOfGroups(Question(input), GroupsIn(input, seen));
    if (!q) return ForecastMean(Question(input), ValuesIn(input, seen), seen.bounds.method);
    if (IsOverTrials(input)) return ForecastTrialQuantile(Question(input), seen.boxes, *q);
    return ForecastQuantile(Question(input), seen.values, *q);
  }

  // If as large a share of more cases were drawn, and all that were are settled. Empty while some are not: settling
  // them comes first.
  ForecastOf ForecastSampled(const PartInput& input) const {
    const MetricValues values = ValuesOf(input);
    const double reach = values.sample()->reach();
    std::vector<double> points;
    for (const ValueBox& box : values.CaseBoxes(ErrorValue::kUnknown)) {
      if (box.low != box.high) return {};
      points.push_back(ToUnitOf(box, reach).low);
    }
    ThresholdQuestion question = Question(input);
    question.threshold = ToUnitOf({threshold_, threshold_}, reach).low;
    if (!input.suite.HasClusters()) return ForecastMean(question, points, "gaffke");
    Bounds bounds;
    bounds.method = "clustered_gaffke";
    return ForecastClusteredMean(question, points, ClustersOf(input.suite, input.cases), bounds);
  }

  // Of the judge's own rate.
  static ForecastOf ForecastOfJudge(const PartInput& input, const Seen& seen, const ThresholdQuestion& question) {
    if (!input.suite.HasClusters()) return ForecastMean(question, seen.values, seen.raw_method);
    Bounds bounds;
    bounds.method = seen.raw_method;
    return ForecastClusteredMean(question, seen.values, ClustersOf(input.suite, seen.ordinals), bounds);
  }

  // How many cases would pass if every one of them were as good as can be.
  std::optional<std::int64_t> FewestAtBest(const PartInput& input) const {
    const bool is_unit = input.shape().range == MetricRange::kUnit;
    const double best = is_unit ? (IsAtLeast() ? 1 : 0) : threshold_;
    const auto q = QuantileOf(input.shape().aggregate);
    const auto raw = [best](const ThresholdQuestion& question) {
      return ForecastMean(question, {best}, "clopper_pearson");
    };
    const auto needed =
        FewestCasesThatDecide(0, input.judge != nullptr ? ForecastCorrected(*input.judge, Question(input), {best}, raw)
                                 : q                    ? ForecastQuantile(Question(input), {best}, *q)
                                     : ForecastMean(Question(input), {best}, is_unit ? "clopper_pearson" : ""));
    if (!needed) return std::nullopt;
    return needed->cases;
  }

  void Explain(const PartInput& input, const Seen& seen, const Finding& finding, RulePart& part) const {
    const std::string missing = MissingText(part.counts);
    const std::string data = " (" + std::string(WordOf(input.shape().aggregate)) + " " +
                             (part.estimate.value ? Shown(*part.estimate.value) : "unknown") + " over " +
                             Cases(part.estimate.cases) + InClusters(part.clusters) + EachOf(input) +
                             (seen.without > 0 ? "; " + Cases(seen.without) + " without" : "") +
                             (missing.empty() ? "" : "; " + missing) + ")";
    const std::string low_word = "lower bound ";
    const std::string high_word = "upper bound ";
    if (part.state == VerdictState::kPass) {
      part.reason = (IsAtLeast() ? low_word : high_word) + Shown(finding.pass_bound) + (IsAtLeast() ? " >= " : " <= ") +
                    Shown(threshold_) + data;
    } else if (part.state == VerdictState::kFail) {
      part.reason = (IsAtLeast() ? high_word : low_word) + Shown(finding.fail_bound) + (IsAtLeast() ? " < " : " > ") +
                    Shown(threshold_) + data;
    } else if (part.state == VerdictState::kInconclusive && seen.cases == 0) {
      part.more_cases = FewestAtBest(input);
    } else if (part.state == VerdictState::kInconclusive) {
      const double low = IsAtLeast() ? finding.pass_bound : finding.fail_bound;
      const double high = IsAtLeast() ? finding.fail_bound : finding.pass_bound;
      const std::string why = WhyNothingIsShown(input);
      part.reason = why.empty() ? Shown(threshold_) + " lies between the lower bound " + Shown(low) +
                                      " and the upper bound " + Shown(high) + data
                                : why + data;
      const ForecastOf forecast = ForecastOfSides(input, [&](const PartInput& at) {
        const bool is_seen = at.confidence == input.confidence;
        return ForecastFrom(at, is_seen ? seen : SeenIn(at, finding, Data::kPartial));
      });
      if (forecast)
        part.reason += "; " + WhatWouldDecide(forecast, part);
      else if (ValuesOf(input).sample() != nullptr)
        part.reason += "; what people have not settled yet may decide";
      if (input.judge != nullptr && !part.more_cases) part.reason += "; more sentinels would narrow its bounds";
    }
  }

  // Of a judge; "" without one.
  static std::string WhyNothingIsShown(const PartInput& input) {
    return input.judge == nullptr ? "" : assay::WhyNothingIsShown(*input.judge, input.confidence);
  }

  // ", each pass^3 of 5 trials"; "" for means.
  static std::string EachOf(const PartInput& input) {
    const Reduction& reduction = input.shape().reduction;
    return reduction.by == Reduce::kMean ? "" : ", each " + DescribeReduction(reduction, input.suite.trials());
  }

  Direction direction_;
  double threshold_;
};

}  // namespace

std::string ThresholdObjection(Direction direction, double threshold, std::string_view metric, MetricRange range,
                               Aggregate aggregate) {
  const std::string named = "metric \"" + std::string(metric) + "\"";
  if (std::string objection = UnboundableObjection(metric, aggregate); !objection.empty()) return objection;
  if (range != MetricRange::kUnit) return "";
  if (threshold < 0 || threshold > 1) {
    return "threshold " + Shown(threshold) + " is outside [0, 1], where " + named + " lies";
  }
  if (threshold == (direction == Direction::kAtLeast ? 0 : 1)) {
    return "threshold " + Shown(threshold) + " holds for every candidate, since " + named + " lies in [0, 1]";
  }
  return "";
}

PluginKind ThresholdKind(std::string help, Direction direction) {
  PluginKind kind;
  kind.help = std::move(help);
  kind.schema = FieldType<double>::Schema({});
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    double threshold = 0;
    if (FieldType<double>::Read(option, {}, threshold, diagnostics) && !std::isfinite(threshold)) {
      diagnostics.Add(option.At("expected a finite number"));
    }
  };
  kind.objection = [direction](const Node& option, const MetricSpec& metric) -> std::string {
    Diagnostics ignored;  // reported by check
    double threshold = 0;
    if (!FieldType<double>::Read(option, {}, threshold, ignored)) return "";
    const std::string objection =
        ThresholdObjection(direction, threshold, metric.name, RangeOf(metric), metric.aggregate);
    return objection.empty() ? VainThreshold(direction, threshold, metric) : objection;
  };
  kind.target = RuleTarget::kMetric;
  kind.methods = {BoundMethod::kBounded, BoundMethod::kT, BoundMethod::kBootstrap, BoundMethod::kPercentile};
  kind.judge_use = JudgeUse::kCorrects;
  kind.bounds_means = true;
  kind.passes_on_part = kind.fails_on_part = true;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeThresholdRule(const std::string& kind, Direction direction, const Node& option) {
  Diagnostics diagnostics;
  double threshold = 0;
  if (!FieldType<double>::Read(option, {}, threshold, diagnostics) || !std::isfinite(threshold)) {
    return Fail(OptionError(kind, diagnostics));
  }
  return std::make_unique<ThresholdRule>(direction, threshold);
}

}  // namespace assay
