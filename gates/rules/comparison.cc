#include "gates/rules/comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "gates/rules/clustered_forecast.h"
#include "gates/rules/clusters.h"
#include "gates/rules/corrected.h"
#include "gates/rules/decision.h"
#include "gates/rules/forecast.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/paired_values.h"
#include "gates/rules/part_memory.h"
#include "gates/rules/reducer.h"
#include "gates/stats/noninferiority.h"
#include "gates/stats/paired_binary.h"

namespace assay {
namespace {

constexpr double kOpen = std::numeric_limits<double>::infinity();

// The options of a goal: they differ in what they say of the margin.
template <ComparisonGoal goal>
struct OptionsFor {
  double margin = 0;
  std::optional<Better> better = {};
  static const FieldTable<OptionsFor>& Fields();
};

constexpr const char* kBetterHelp =
    "which way is better; by default higher for values in [0, 1] and tokens per second, lower for times, tokens and "
    "cost";

template <>
const FieldTable<OptionsFor<ComparisonGoal::kNonInferior>>& OptionsFor<ComparisonGoal::kNonInferior>::Fields() {
  static const auto table = FieldTable<OptionsFor>()
                                .Required("margin", &OptionsFor::margin,
                                          "how much worse is still good enough, in the metric's unit", {.above = 0})
                                .Optional("better", &OptionsFor::better, kBetterHelp);
  return table;
}

template <>
const FieldTable<OptionsFor<ComparisonGoal::kSuperior>>& OptionsFor<ComparisonGoal::kSuperior>::Fields() {
  static const auto table = FieldTable<OptionsFor>()
                                .Optional("margin", &OptionsFor::margin,
                                          "how much better is not yet enough, in the metric's unit", {.min = 0})
                                .Optional("better", &OptionsFor::better, kBetterHelp);
  return table;
}

template <>
const FieldTable<OptionsFor<ComparisonGoal::kEquivalent>>& OptionsFor<ComparisonGoal::kEquivalent>::Fields() {
  static const auto table = FieldTable<OptionsFor>().Required(
      "margin", &OptionsFor::margin, "how much better or worse counts as the same, in the metric's unit", {.above = 0});
  return table;
}

template <ComparisonGoal goal>
std::optional<ComparisonOptions> ReadFor(const Node& option, Diagnostics& diagnostics) {
  OptionsFor<goal> options;
  if (!ReadFields(option, options, diagnostics)) return std::nullopt;
  return ComparisonOptions{options.margin, options.better};
}

std::optional<ComparisonOptions> ReadOptions(ComparisonGoal goal, const Node& option, Diagnostics& diagnostics) {
  switch (goal) {
    case ComparisonGoal::kNonInferior:
      return ReadFor<ComparisonGoal::kNonInferior>(option, diagnostics);
    case ComparisonGoal::kSuperior:
      return ReadFor<ComparisonGoal::kSuperior>(option, diagnostics);
    case ComparisonGoal::kEquivalent:
      break;
  }
  return ReadFor<ComparisonGoal::kEquivalent>(option, diagnostics);
}

Json SchemaFor(ComparisonGoal goal) {
  if (goal == ComparisonGoal::kNonInferior) return SchemaOf(OptionsFor<ComparisonGoal::kNonInferior>::Fields());
  if (goal == ComparisonGoal::kSuperior) return SchemaOf(OptionsFor<ComparisonGoal::kSuperior>::Fields());
  return SchemaOf(OptionsFor<ComparisonGoal::kEquivalent>::Fields());
}

// Absent when the metric does not say.
std::optional<Better> BetterOf(const ComparisonOptions& options, MetricSource source, MetricRange range) {
  if (options.better) return options.better;
  if (IsOfScores(source)) return range == MetricRange::kUnit ? std::optional(Better::kHigher) : std::nullopt;
  return source == MetricSource::kTokensPerSecond ? Better::kHigher : Better::kLower;
}

// Why no data could make the rule decide what it seems to, "" when it can.
std::string ComparisonObjection(const ComparisonOptions& options, ComparisonGoal goal, std::string_view metric,
                                MetricSource source, MetricRange range, Aggregate aggregate) {
  if (std::string objection = UnboundableObjection(metric, aggregate); !objection.empty()) return objection;
  const std::string named = "metric \"" + std::string(metric) + "\"";
  if (!BetterOf(options, source, range) && goal != ComparisonGoal::kEquivalent) {
    return named + " does not say which way is better; add better: higher or better: lower";
  }
  if (range != MetricRange::kUnit || options.margin < 1) return "";
  return "margin " + Shown(options.margin) +
         (goal == ComparisonGoal::kSuperior ? " can be exceeded by no candidate, since "
                                            : " holds for every candidate, since ") +
         named + " lies in [0, 1]";
}

class ComparisonRule : public Rule {
 public:
  ComparisonRule(ComparisonGoal goal, ComparisonOptions options) : goal_(goal), options_(options) {}

  double threshold() const override { return options_.margin; }
  std::string Asks(const MetricShape* shape) const override {
    if (shape == nullptr) return "";
    const Range range = RangeFor(*shape);
    if (goal_ == ComparisonGoal::kEquivalent) return "|difference| <= " + Shown(range.high);
    const std::string or_equal = IsStrict() ? " " : "= ";
    return std::isinf(range.high) ? "difference >" + or_equal + Shown(range.low)
                                  : "difference <" + or_equal + Shown(range.high);
  }
  bool Compares() const override { return true; }
  bool ConcludesFromSample() const override { return true; }
  JudgeUse UseOfJudges() const override { return JudgeUse::kCorrects; }
  bool BoundsMeans() const override { return true; }

  std::string Objection(const PartInput& input) const override {
    const MetricShape& shape = input.shape();
    if (std::string objection = Reducer(input.suite, *input.metric).Objection(); !objection.empty()) return objection;
    return ComparisonObjection(options_, goal_, shape.name, shape.source, shape.range, shape.aggregate);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const bool is_higher = Sign(input.shape()) > 0;
    const ErrorValue error_value = errors == ErrorsAs::kUnknown               ? ErrorValue::kUnknown
                                   : (errors == ErrorsAs::kBest) == is_higher ? ErrorValue::kHighest
                                                                              : ErrorValue::kLowest;
    return FindingOf(input, PairedValues(input).BoundsOfAll(error_value));
  }

  double Margin(const PartInput& input, double bound) const override {
    const Range range = RangeFor(input.shape());
    return std::min(Above(bound, range.low), Below(bound, range.high));
  }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const PairedValues pairs(input);
    const KnownPairs known = pairs.Known();
    const bool are_all_seen = known.cases == std::ssize(input.cases);
    const std::optional<Bounds> found = are_all_seen ? BoundsIn(input, finding, part) : std::nullopt;
    const Bounds bounds = found ? *found : pairs.BoundsOfSeen();
    part.comparison = known.comparison;
    part.estimate.confidence = input.confidence;
    part.estimate.method = bounds.method;
    part.estimate.cases = known.cases;
    if (part.comparison->candidate && part.comparison->baseline) {
      part.estimate.value = *part.comparison->candidate - *part.comparison->baseline;
    }
    if (std::isfinite(bounds.lower)) part.estimate.lower = bounds.lower;
    if (std::isfinite(bounds.upper)) part.estimate.upper = bounds.upper;
    // Tango's takes cases for independent.
    if (part.comparison->passes && !part.clusters) part.shown = TangoOf(*part.comparison->passes, input.confidence);
    part.worst_cases = Regressions(input, pairs);
    Explain(input, pairs, known, bounds, finding, part);
  }

 private:
  // The difference, candidate less baseline, that must be shown: each end may be infinite.
  struct Range {
    double low = -kOpen;
    double high = kOpen;
  };

  // How far a bound lies on the good side of an end of the range; infinitely far where that end is open.
  static double Above(double bound, double low) { return std::isinf(low) ? kOpen : bound - low; }
  static double Below(double bound, double high) { return std::isinf(high) ? kOpen : high - bound; }

  // 1 where higher is better, -1 where lower is.
  double Sign(const MetricShape& shape) const {
    return BetterOf(options_, shape.source, shape.range).value_or(Better::kHigher) == Better::kHigher ? 1 : -1;
  }

  Range RangeFor(const MetricShape& shape) const {
    const double margin = options_.margin;
    if (goal_ == ComparisonGoal::kEquivalent) return {-margin, margin};
    const double limit = goal_ == ComparisonGoal::kSuperior ? margin : -margin;
    if (Sign(shape) > 0) return {limit, kOpen};
    return {-kOpen, -limit};
  }

  // To be more than nothing better, a difference of nothing is not enough.
  bool IsStrict() const { return goal_ == ComparisonGoal::kSuperior; }

  // How far inside the range all that is possible lies, and how far inside at least something of it.
  struct Distances {
    double above_low;
    double below_high;
    double reach_low;
    double reach_high;
  };
  Distances DistancesOf(const PartInput& input, const Bounds& bounds) const {
    const Range range = RangeFor(input.shape());
    return {.above_low = Above(bounds.lower, range.low),
            .below_high = Below(bounds.upper, range.high),
            .reach_low = Above(bounds.upper, range.low),
            .reach_high = Below(bounds.lower, range.high)};
  }

  Finding FindingOf(const PartInput& input, const Bounds& bounds) const {
    const auto [above_low, below_high, reach_low, reach_high] = DistancesOf(input, bounds);
    Finding finding;
    finding.method = bounds.method;
    finding.passes = std::min(above_low, below_high) >= 0;
    finding.fails = std::min(reach_low, reach_high) < 0;
    if (IsStrict()) {
      finding.passes = std::min(above_low, below_high) > 0;
      finding.fails = std::min(reach_low, reach_high) <= 0;
    }
    finding.pass_bound = above_low <= below_high ? bounds.lower : bounds.upper;
    finding.fail_bound = reach_low <= reach_high ? bounds.upper : bounds.lower;
    return finding;
  }

  // Where all is scored and both sides are at one confidence the finding has the bounds of what is seen; of a range
  // with two ends it need not have both.
  std::optional<Bounds> BoundsIn(const PartInput& input, const Finding& finding, const RulePart& part) const {
    const bool is_all = part.counts.scored == part.counts.scheduled && !input.fail_confidence;
    if (!is_all || goal_ == ComparisonGoal::kEquivalent) return std::nullopt;
    if (std::isinf(RangeFor(input.shape()).high)) return Bounds{finding.pass_bound, finding.fail_bound, finding.method};
    return Bounds{finding.fail_bound, finding.pass_bound, finding.method};
  }

  static std::optional<Estimate> TangoOf(const PassTable& table, double confidence) {
    const auto interval =
        TangoScore({table.both, table.candidate_only, table.baseline_only, table.neither}, confidence);
    if (!interval) return std::nullopt;
    const std::int64_t cases = table.both + table.candidate_only + table.baseline_only + table.neither;
    Estimate estimate;
    estimate.value = static_cast<double>(table.candidate_only - table.baseline_only) / static_cast<double>(cases);
    estimate.lower = interval->lower;
    estimate.upper = interval->upper;
    estimate.confidence = confidence;
    estimate.method = "tango";
    estimate.cases = cases;
    return estimate;
  }

  std::vector<WorstCase> Regressions(const PartInput& input, const PairedValues& pairs) const {
    PairMemory* memory = PartMemory::OfPairs(input);
    if (memory == nullptr || input.most_worst_cases != RulePart::kMaxWorstCases)
      return FindRegressions(input, pairs.seen());
    const auto harm = goal_ == ComparisonGoal::kEquivalent ? PairMemory::Harm::kEither
                      : Sign(input.shape()) > 0            ? PairMemory::Harm::kLower
                                                           : PairMemory::Harm::kHigher;
    return memory->Worst(harm, [&] { return FindRegressions(input, pairs.seen()); });
  }

  // The cases on which the candidate does worse, or only otherwise where the models must be equivalent: the most first,
  // equal ones in order of ordinal.
  std::vector<WorstCase> FindRegressions(const PartInput& input, const std::vector<PairedValue>& seen) const {
    const auto harm = [sign = Sign(input.shape()), this](const PairedValue& pair) {
      return goal_ == ComparisonGoal::kEquivalent ? std::abs(pair.Difference()) : -sign * pair.Difference();
    };
    std::vector<PairedValue> worse;
    std::ranges::copy_if(seen, std::back_inserter(worse), [&](const PairedValue& pair) { return harm(pair) > 0; });
    const auto is_worse = [&](const PairedValue& a, const PairedValue& b) {
      return harm(a) != harm(b) ? harm(a) > harm(b) : a.ordinal < b.ordinal;
    };
    const std::size_t kept = std::min(worse.size(), input.most_worst_cases);
    std::partial_sort(worse.begin(), worse.begin() + static_cast<std::ptrdiff_t>(kept), worse.end(), is_worse);
    std::vector<WorstCase> worst;
    for (std::size_t i = 0; i < kept; ++i) {
      worst.push_back({worse[i].ordinal, "", worse[i].candidate, worse[i].baseline});
    }
    return worst;
  }

  // " (mean 0.91 against 0.92 of the baseline over 300 cases; 2 of 302 cases unscored)"
  static std::string DataText(const PartInput& input, const RulePart& part) {
    const std::string missing = MissingText(part.counts);
    const auto shown = [](const std::optional<double>& value) { return value ? Shown(*value) : "unknown"; };
    return " (" + std::string(WordOf(input.shape().aggregate)) + " " + shown(part.comparison->candidate) + " against " +
           shown(part.comparison->baseline) + " of the baseline over " + Cases(part.estimate.cases) +
           InClusters(part.clusters) + (missing.empty() ? "" : "; " + missing) + ")";
  }

  // Both bounds where the range has two ends, else the one that matters.
  std::string PassText(const PartInput& input, const Finding& finding) const {
    const Range range = RangeFor(input.shape());
    if (goal_ == ComparisonGoal::kEquivalent) {
      return "the difference is at most " + Shown(std::abs(finding.pass_bound)) + " either way, within " +
             Shown(options_.margin);
    }
    const std::string or_equal = IsStrict() ? " " : "= ";
    if (std::isinf(range.high)) {
      return "lower bound " + Shown(finding.pass_bound) + " >" + or_equal + Shown(range.low);
    }
    return "upper bound " + Shown(finding.pass_bound) + " <" + or_equal + Shown(range.high);
  }

  std::string FailText(const PartInput& input, const Finding& finding) const {
    const Range range = RangeFor(input.shape());
    const std::string or_equal = IsStrict() ? "= " : " ";
    if (Above(finding.fail_bound, range.low) <= Below(finding.fail_bound, range.high)) {
      return "upper bound " + Shown(finding.fail_bound) + " <" + or_equal + Shown(range.low);
    }
    return "lower bound " + Shown(finding.fail_bound) + " >" + or_equal + Shown(range.high);
  }

  std::string OpenText(const PartInput& input, const Finding& finding) const {
    const Range range = RangeFor(input.shape());
    if (goal_ == ComparisonGoal::kEquivalent) {
      return "a difference of " + Shown(finding.pass_bound) + " is not ruled out, of which " + Shown(options_.margin) +
             " is allowed";
    }
    const bool is_low = std::isinf(range.high);
    return Shown(is_low ? range.low : range.high) + " lies between the lower bound " +
           Shown(is_low ? finding.pass_bound : finding.fail_bound) + " and the upper bound " +
           Shown(is_low ? finding.fail_bound : finding.pass_bound) + " of the difference";
  }

  void Explain(const PartInput& input, const PairedValues& pairs, const KnownPairs& known, const Bounds& bounds,
               const Finding& finding, RulePart& part) const {
    if (part.state == VerdictState::kPass) {
      part.reason = PassText(input, finding) + DataText(input, part);
    } else if (part.state == VerdictState::kFail) {
      part.reason = FailText(input, finding) + DataText(input, part);
    } else if (part.state == VerdictState::kInconclusive && known.cases == 0) {
      part.more_cases = FewestAtBest(input);
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason = OpenText(input, finding) + DataText(input, part);
      const ForecastOf forecast = ForecastOfSides(input, [&](const PartInput& at) {
        if (pairs.IsUnpaired()) return ForecastApart(std::make_shared<const SeenPairs>(at));
        if (!known.groups.empty())
          return ForecastRange(at, [&](const ThresholdQuestion& end) { return ForecastOfGroups(end, known.groups); });
        if (at.confidence == input.confidence) return ForecastFrom(at, pairs, bounds);
        const PairedValues again(at);
        return ForecastFrom(at, again, again.BoundsOfSeen());
      });
      if (forecast) part.reason += "; " + WhatWouldDecide(forecast, part);
      if (input.judge == nullptr || part.more_cases) return;
      part.reason += forecast ? "; more sentinels would narrow its bounds"
                              : "; the two are corrected by themselves, so that more cases and more sentinels would "
                                "narrow it";
    }
  }

  // Both for a forecast that is asked later.
  struct SeenPairs {
    explicit SeenPairs(const PartInput& at) : input(at), pairs(input) {}
    const PartInput input;
    const PairedValues pairs;
  };

  // Where bounds are of either model by itself: what these would be, of a judge with the sentinels that there are.
  // Empty in clusters, of trials, of what people correct, and for a method that nothing is foretold of.
  ForecastOf ForecastApart(const std::shared_ptr<const SeenPairs>& seen) const {
    const PartInput& input = seen->input;
    const MetricValues all(input.suite, *input.metric, input.cases);
    if (input.suite.HasClusters() || all.sample() != nullptr || all.IsOverTrials()) return {};
    std::vector<double> ours;
    std::vector<double> theirs;
    const auto likely = [&](const SuiteObservations& suite, const JudgeCalibration* judge) {
      return Reducer(suite, *input.metric, judge == nullptr ? 0 : LikelyNotJudged(*judge));
    };
    Reducer of_candidate = likely(input.suite, input.judge);
    Reducer of_baseline = likely(*input.baseline, input.baseline_judge);
    for (const PairedValue& pair : seen->pairs.seen()) {
      ours.push_back(of_candidate.ValueOf(pair.ordinal).value_or(pair.candidate));
      theirs.push_back(of_baseline.ValueOf(pair.ordinal).value_or(pair.baseline));
    }
    // Whole cases make no smooth way to the bounds of quantiles and of passes.
    const bool is_smooth = !QuantileOf(input.shape().aggregate) && !AreBinary(ours) && !AreBinary(theirs);
    const ForecastBounds candidate = ForecastAlone(input, input.judge, std::move(ours));
    const ForecastBounds baseline = ForecastAlone(input, input.baseline_judge, std::move(theirs));
    if (!candidate || !baseline) return {};
    return [this, seen, candidate, baseline, is_smooth](std::int64_t cases) {
      const double each = seen->pairs.ConfidenceApart();
      const Bounds difference = seen->pairs.BoundsApart(candidate(cases, each), baseline(cases, each));
      const Reach reach = ReachOfDifference(seen->input, difference, cases);
      return is_smooth ? reach : ReachOf(reach.Outcome());
    };
  }

  Reach ReachOfDifference(const PartInput& input, const Bounds& bounds, std::int64_t cases) const {
    const Distances far = DistancesOf(input, bounds);
    return {.pass = ReachOfBound(std::min(far.above_low, far.below_high), IsStrict(), cases),
            .fail = ReachOfBound(-std::min(far.reach_low, far.reach_high), !IsStrict(), cases)};
  }

  static bool AreBinary(const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double value) { return value == 0 || value == 1; });
  }

  static ForecastBounds ForecastAlone(const PartInput& input, const JudgeCalibration* judge,
                                      std::vector<double> values) {
    const MetricShape& shape = input.shape();
    const bool is_unit = shape.range == MetricRange::kUnit;
    const bool is_binary = AreBinary(values);
    const auto q = QuantileOf(shape.aggregate);
    const ForecastBounds raw = q ? ForecastQuantileBounds(std::move(values), *q)
                                 : ForecastMeanBounds(values, !is_unit    ? "t"
                                                              : is_binary ? "clopper_pearson"
                                                                          : "gaffke");
    if (!raw || judge == nullptr) return raw;
    return [raw, judge](std::int64_t cases, double confidence) {
      return CorrectedBounds(*judge, confidence, false, [&](double each, double) { return raw(cases, each); });
    };
  }

  // Empty for a method that nothing is foretold of.
  ForecastOf ForecastFrom(const PartInput& input, const PairedValues& pairs, const Bounds& bounds) const {
    if (input.suite.SampleOf(*input.metric) != nullptr) return {};
    const bool is_unit = input.shape().range == MetricRange::kUnit;
    std::vector<double> values;
    std::vector<std::uint32_t> ordinals;
    for (const PairedValue& pair : pairs.seen()) {
      const double difference = pair.Difference();
      values.push_back(is_unit ? ToUnit({difference, difference}).low : difference);
      ordinals.push_back(pair.ordinal);
    }
    const std::vector<std::uint32_t> clusters = ClustersOf(input.suite, ordinals);
    const Bounds seen = is_unit ? Bounds{(bounds.lower + 1) / 2, (bounds.upper + 1) / 2, bounds.method} : bounds;
    const std::string_view method = seen.method == "paired_gaffke" ? "gaffke" : seen.method;
    return ForecastRange(input, [&](const ThresholdQuestion& end) {
      return clusters.empty() ? ForecastMean(end, values, method) : ForecastClusteredMean(end, values, clusters, seen);
    });
  }

  // That the difference lies in the range, by `of_end` of each of its ends.
  ForecastOf ForecastRange(const PartInput& input,
                           const std::function<ForecastOf(const ThresholdQuestion& end)>& of_end) const {
    const bool is_unit = input.shape().range == MetricRange::kUnit;
    const auto end_at = [&](Direction direction, double limit) {
      return of_end({direction, is_unit ? (limit + 1) / 2 : limit, input.confidence});
    };
    const Range range = RangeFor(input.shape());
    std::vector<ForecastOf> ends;
    if (std::isfinite(range.low)) ends.push_back(end_at(Direction::kAtLeast, range.low));
    if (std::isfinite(range.high)) ends.push_back(end_at(Direction::kAtMost, range.high));
    if (std::ranges::any_of(ends, [](const ForecastOf& end) { return !end; })) return {};
    return [ends](std::int64_t cases) {
      Reach all{.pass = kOpen, .fail = -kOpen};
      for (const ForecastOf& end : ends) {
        const Reach one = end(cases);
        all.pass = std::min(all.pass, one.pass);
        all.fail = std::max(all.fail, one.fail);
      }
      return all;
    };
  }

  // How many cases would pass if the candidate equalled the baseline in each. To be superior it must not.
  std::optional<std::int64_t> FewestAtBest(const PartInput& input) const {
    const bool is_unit_mean = input.shape().range == MetricRange::kUnit && input.shape().aggregate == Aggregate::kMean;
    if (goal_ == ComparisonGoal::kSuperior || !is_unit_mean || input.judge != nullptr) return std::nullopt;
    return EqualCasesNeededByBoundedMean(options_.margin, input.confidence);
  }

  const ComparisonGoal goal_;
  const ComparisonOptions options_;
};

}  // namespace
PluginKind ComparisonKind(std::string help, ComparisonGoal goal) {
  PluginKind kind;
  kind.help = std::move(help);
  kind.schema = SchemaFor(goal);
  kind.check = [goal](const Node& option, Diagnostics& diagnostics) { ReadOptions(goal, option, diagnostics); };
  kind.objection = [goal](const Node& option, const MetricSpec& metric) -> std::string {
    Diagnostics ignored;  // reported by check
    const auto options = ReadOptions(goal, option, ignored);
    if (!options) return "";
    return ComparisonObjection(*options, goal, metric.name, metric.source, RangeOf(metric), metric.aggregate);
  };
  kind.target = RuleTarget::kMetric;
  kind.methods = {BoundMethod::kBounded,  BoundMethod::kT,     BoundMethod::kBootstrap, BoundMethod::kPercentile,
                  BoundMethod::kSignFlip, BoundMethod::kTango, BoundMethod::kNewcombe,  BoundMethod::kUnpaired};
  kind.compares = true;
  kind.judge_use = JudgeUse::kCorrects;
  kind.bounds_means = true;
  kind.passes_on_part = kind.fails_on_part = true;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeComparisonRule(const std::string& kind, ComparisonGoal goal, const Node& option) {
  Diagnostics diagnostics;
  const auto options = ReadOptions(goal, option, diagnostics);
  if (!options) return Fail(OptionError(kind, diagnostics));
  return std::make_unique<ComparisonRule>(goal, *options);
}

}  // namespace assay
