// A comparison over several metrics of one suite. Each metric has its own bounds (metric_values.h), of every completion
// of what is missing; interval arithmetic carries them to the quantity that is compared, and no statement about how the
// metrics depend on each other is needed.
//
// The error rate is shared out over the ends of the metrics' bounds on which a decision rests (Bonferroni). Where the
// quantity only rises or only falls with each metric that is one end of each. Where it does neither, as in an absolute
// difference or with a metric on both sides, either end of that metric could mislead, and it counts twice.

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <vector>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/corrected.h"
#include "gates/rules/decision.h"
#include "gates/rules/expression_tree.h"
#include "gates/rules/forecast.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/reducer.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// What a metric can be at all: times, tokens, rates and cost are not negative.
ValueBox RangeOfMetric(MetricRange range, MetricSource source) {
  if (range == MetricRange::kUnit) return {0, 1};
  return {IsOfScores(source) ? -kNoLimit : 0, kNoLimit};
}

// Why no data could make the comparison decide what it seems to, "" when it can.
std::string RangeObjection(const MetricExpression& expression, std::span<const ValueBox> ranges) {
  if (expression.IsTooLargeOver(ranges)) return "\"" + expression.text() + "\" comes to more than the greatest number";
  const ValueBox range = expression.RangeOver(ranges);
  if (expression.IsMetBy(range)) return "\"" + expression.text() + "\" holds for every candidate";
  if (expression.IsMissedBy(range)) return "\"" + expression.text() + "\" can be met by no candidate";
  return "";
}

// What was scored of one metric.
struct SeenMetric {
  std::vector<double> values = {};  // of the cases that have one
  std::optional<double> value = {};
  Bounds bounds = {};
};

class ExpressionRule : public Rule {
 public:
  explicit ExpressionRule(MetricExpression expression) : expression_(std::move(expression)) {}

  double threshold() const override { return expression_.limit(); }
  std::string Asks(const MetricShape*) const override { return expression_.text(); }
  std::vector<std::string> MetricNames() const override { return expression_.names(); }
  JudgeUse UseOfJudges() const override { return JudgeUse::kCorrects; }
  bool BoundsMeans() const override { return true; }
  bool ConcludesFromSample() const override { return true; }

  std::string Objection(const PartInput& input) const override {
    std::vector<ValueBox> ranges;
    for (const std::size_t metric : input.named) {
      const MetricShape& shape = input.suite.metrics()[metric];
      if (std::string objection = Reducer(input.suite, metric).Objection(); !objection.empty()) return objection;
      if (std::string objection = UnboundableObjection(shape.name, shape.aggregate); !objection.empty()) {
        return objection;
      }
      ranges.push_back(RangeOfMetric(shape.range, shape.source));
    }
    return RangeObjection(expression_, ranges);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const ValueBox range = RangeOf(BoundsOfMetrics(input, errors), input);
    Finding finding;
    finding.method = "interval_arithmetic";
    finding.pass_bound = IsFloor() ? range.low : range.high;
    finding.fail_bound = IsFloor() ? range.high : range.low;
    finding.passes = expression_.IsMetBy(range);
    finding.fails = expression_.IsMissedBy(range);
    return finding;
  }

  double Margin(const PartInput&, double bound) const override {
    return IsFloor() ? bound - expression_.limit() : expression_.limit() - bound;
  }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const std::vector<SeenMetric> seen = SeenIn(input);
    part.estimate.method = finding.method;
    part.estimate.confidence = input.confidence;
    part.estimate.cases = FewestCasesOf(seen);
    part.estimate.value = ValueOf(seen);
    std::vector<Bounds> bounds;
    for (const SeenMetric& metric : seen) bounds.push_back(metric.bounds);
    const ValueBox range = RangeOf(bounds, input);
    if (std::isfinite(range.low)) part.estimate.lower = range.low;
    if (std::isfinite(range.high)) part.estimate.upper = range.high;
    part.worst_cases = Worst(input);
    Explain(input, seen, finding, part);
  }

 private:
  bool IsFloor() const { return expression_.IsFloor(); }

  static std::vector<ValueBox> RangesOf(const PartInput& input) {
    std::vector<ValueBox> ranges;
    for (const std::size_t metric : input.named) {
      const MetricShape& shape = input.suite.metrics()[metric];
      ranges.push_back(RangeOfMetric(shape.range, shape.source));
    }
    return ranges;
  }

  // The quantity when the metrics lie within `bounds`, and within what they can be at all.
  ValueBox RangeOf(const std::vector<Bounds>& bounds, const PartInput& input) const {
    return expression_.RangeOver(BoxesOf(bounds, input));
  }

  static std::vector<ValueBox> BoxesOf(const std::vector<Bounds>& bounds, const PartInput& input) {
    const std::vector<ValueBox> ranges = RangesOf(input);
    std::vector<ValueBox> boxes;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      boxes.push_back({std::clamp(bounds[i].lower, ranges[i].low, ranges[i].high),
                       std::clamp(bounds[i].upper, ranges[i].low, ranges[i].high)});
    }
    return boxes;
  }

  // Of each bound.
  double SharedConfidence(const PartInput& input) const {
    const MetricExpression::Ends ends = expression_.EndsOver(RangesOf(input));
    const int tails = std::max(std::popcount(ends.low), std::popcount(ends.high));
    return 1 - (1 - input.confidence) / std::max(tails, 1);
  }

  // Errors at their best are the highest values of a metric with which the quantity rises to its floor.
  ErrorValue ErrorValueOf(const PartInput& input, std::size_t name, ErrorsAs errors) const {
    if (errors == ErrorsAs::kUnknown) return ErrorValue::kUnknown;
    const MetricExpression::Ends ends = expression_.EndsOver(RangesOf(input));
    const bool rises = (ends.low >> (2 * name) & 1) != 0;
    return ((errors == ErrorsAs::kBest) == IsFloor()) == rises ? ErrorValue::kHighest : ErrorValue::kLowest;
  }

  // The cases that the metric asks.
  static std::vector<std::uint32_t> CasesOf(const PartInput& input, std::size_t metric) {
    std::vector<std::uint32_t> cases;
    std::ranges::copy_if(input.cases, std::back_inserter(cases),
                         [&](std::uint32_t ordinal) { return input.suite.Asks(metric, ordinal); });
    return cases;
  }

  // Of a metric whose rate is corrected, else null pointer.
  static const JudgeCalibration* JudgeOf(const PartInput& input, std::size_t name) {
    return name < input.named_judges.size() ? input.named_judges[name] : nullptr;
  }

  std::vector<Bounds> BoundsOfMetrics(const PartInput& input, ErrorsAs errors) const {
    const double confidence = SharedConfidence(input);
    std::vector<Bounds> bounds;
    for (std::size_t i = 0; i < input.named.size(); ++i) {
      const std::vector<std::uint32_t> cases = CasesOf(input, input.named[i]);
      const auto raw = [&](double each, double not_judged) {
        const MetricValues values(input.suite, input.named[i], cases, nullptr, not_judged);
        return values.BoundsOfAll(ErrorValueOf(input, i, errors), {.confidence = each});
      };
      const JudgeCalibration* judge = JudgeOf(input, i);
      const bool has_not_judged = input.suite.HasNotJudged(input.named[i]);
      bounds.push_back(judge == nullptr ? raw(confidence, 0)
                                        : CorrectedBounds(*judge, confidence, has_not_judged, raw));
    }
    return bounds;
  }

  // The scored trials by themselves, whatever is missing.
  std::vector<SeenMetric> SeenIn(const PartInput& input) const {
    const double confidence = SharedConfidence(input);
    std::vector<SeenMetric> seen;
    for (const std::size_t metric : input.named) {
      SeenMetric& one = seen.emplace_back();
      std::vector<std::uint32_t> ordinals;
      std::vector<ValueBox> points;
      std::vector<TrialBox> boxes;
      Reducer reducer(input.suite, metric);
      for (const std::uint32_t ordinal : CasesOf(input, metric)) {
        const auto value = reducer.ValueOf(ordinal);
        if (!value) continue;
        ordinals.push_back(ordinal);
        one.values.push_back(*value);
        points.push_back({*value, *value});
        boxes.push_back({.values = input.suite.TrialValues(metric, ordinal)});
      }
      if (one.values.empty()) continue;
      if (input.suite.SampleOf(metric) != nullptr) {
        const std::vector<std::uint32_t> asking = CasesOf(input, metric);
        const MetricValues sampled(input.suite, metric, asking);
        one.value = sampled.SampledValue();
        one.bounds = sampled.BoundsOfAll(ErrorValue::kUnknown, {.confidence = confidence});
        continue;
      }
      const MetricValues values(input.suite, metric, ordinals);
      if (values.IsOverTrials()) {
        const double q = *QuantileOf(input.suite.metrics()[metric].aggregate);
        one.value = TrialQuantile(boxes, q);
        one.bounds = values.BoundsOf(boxes, {.confidence = confidence});
      } else {
        one.value = values.ValueOf(one.values);
        const bool has_not_judged = input.suite.HasNotJudged(metric);
        const auto raw = [&](double each, double not_judged) {
          if (!has_not_judged) return values.BoundsOf(points, {.confidence = each});
          const MetricValues counted(input.suite, metric, ordinals, nullptr, not_judged);
          return counted.BoundsOf(PointBoxes(counted.CaseValues()), {.confidence = each});
        };
        const JudgeCalibration* judge = JudgeOf(input, seen.size() - 1);
        one.bounds = judge == nullptr ? raw(confidence, 0) : CorrectedBounds(*judge, confidence, has_not_judged, raw);
        if (judge != nullptr && one.value) one.value = CorrectedValue(*judge, *one.value, values.ShareNotJudged());
      }
    }
    return seen;
  }

  static std::int64_t FewestCasesOf(const std::vector<SeenMetric>& seen) {
    std::int64_t fewest = kMostCases;
    for (const SeenMetric& metric : seen) fewest = std::min(fewest, std::ssize(metric.values));
    return fewest;
  }

  std::optional<double> ValueOf(const std::vector<SeenMetric>& seen) const {
    std::vector<double> values;
    for (const SeenMetric& metric : seen) {
      if (!metric.value) return std::nullopt;
      values.push_back(*metric.value);
    }
    const double value = expression_.ValueAt(values);
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
  }

  // The cases whose own values miss the comparison, the worst first: where every metric is a mean.
  std::vector<WorstCase> Worst(const PartInput& input) const {
    std::vector<Reducer> reducers;
    for (const std::size_t metric : input.named) {
      if (input.suite.metrics()[metric].aggregate != Aggregate::kMean) return {};
      reducers.emplace_back(input.suite, metric);
    }
    std::vector<WorstCase> missing;
    std::vector<double> values(reducers.size());
    for (const std::uint32_t ordinal : input.cases) {
      bool has_all = true;
      for (std::size_t i = 0; i < reducers.size() && has_all; ++i) {
        const auto value = reducers[i].ValueOf(ordinal);
        has_all = value.has_value();
        values[i] = value.value_or(0);
      }
      const double value = has_all ? expression_.ValueAt(values) : std::numeric_limits<double>::quiet_NaN();
      if (std::isfinite(value) && expression_.IsMissedBy({value, value})) missing.push_back({ordinal, "", value});
    }
    const auto is_worse = [this](const WorstCase& a, const WorstCase& b) {
      if (*a.value != *b.value) return IsFloor() ? *a.value < *b.value : *a.value > *b.value;
      return a.ordinal < b.ordinal;
    };
    const std::size_t kept = std::min(missing.size(), input.most_worst_cases);
    std::partial_sort(missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(kept), missing.end(), is_worse);
    missing.resize(kept);
    return missing;
  }

  // " (0.81: accuracy 0.92 in [0.88, 0.95] over 300 cases, ...; 2 of 302 cases unscored)"
  std::string DataText(const PartInput& input, const std::vector<SeenMetric>& seen, const RulePart& part) const {
    PartInput decided = input;
    if (part.state == VerdictState::kFail) decided.confidence = input.fail_confidence.value_or(input.confidence);
    const std::vector<Bounds> bounds = BoundsOfMetrics(decided, ErrorsAs::kUnknown);
    std::string text = " (" + (part.estimate.value ? Shown(*part.estimate.value) : std::string("unknown")) + ": ";
    for (std::size_t i = 0; i < seen.size(); ++i) {
      text += (i > 0 ? ", " : "") + expression_.names()[i] + " " +
              (seen[i].value ? Shown(*seen[i].value) : std::string("unknown")) + " in [" + Shown(bounds[i].lower) +
              ", " + Shown(bounds[i].upper) + "] over " + Cases(std::ssize(seen[i].values));
    }
    const std::string missing = MissingText(part.counts);
    return text + (missing.empty() ? "" : "; " + missing) + ")";
  }

  void Explain(const PartInput& input, const std::vector<SeenMetric>& seen, const Finding& finding,
               RulePart& part) const {
    const bool is_shown_by_lower = IsFloor() == (part.state == VerdictState::kPass);
    const std::string side = is_shown_by_lower ? "lower bound " : "upper bound ";
    const std::string limit = Shown(expression_.limit());
    const bool has_equal = expression_.IsStrict() != (part.state == VerdictState::kPass);
    const std::string sign = std::string(is_shown_by_lower ? " >" : " <") + (has_equal ? "= " : " ");
    if (part.state == VerdictState::kPass) {
      part.reason = side + Shown(finding.pass_bound) + sign + limit + DataText(input, seen, part);
    } else if (part.state == VerdictState::kFail) {
      part.reason = side + Shown(finding.fail_bound) + sign + limit + DataText(input, seen, part);
    } else if (part.state == VerdictState::kInconclusive && part.estimate.value) {
      part.reason = limit + " lies between the lower bound " +
                    Shown(IsFloor() ? finding.pass_bound : finding.fail_bound) + " and the upper bound " +
                    Shown(IsFloor() ? finding.fail_bound : finding.pass_bound) + DataText(input, seen, part) + "; " +
                    (IsCorrected(input) ? "more cases and more sentinels would narrow it"
                                        : WhatWouldDecide(ForecastOfBoth(input, seen), part));
    } else if (part.state == VerdictState::kInconclusive) {
      const bool is_too_large = expression_.IsTooLargeOver(BoxesOf(BoundsOfMetrics(input, ErrorsAs::kUnknown), input));
      part.reason = std::string("it has no value, since it ") +
                    (is_too_large ? "comes to more than the greatest number" : "divides by what could be 0") +
                    DataText(input, seen, part);
    }
  }

  static bool IsCorrected(const PartInput& input) {
    return std::ranges::any_of(input.named_judges, [](const JudgeCalibration* judge) { return judge != nullptr; });
  }

  ForecastOf ForecastOfBoth(const PartInput& input, const std::vector<SeenMetric>& seen) const {
    return ForecastOfSides(input, [&](const PartInput& at) {
      return ForecastFrom(at, at.confidence == input.confidence ? seen : SeenIn(at));
    });
  }

  // Bounds come nearer to what they bound with the root of the number of cases. Empty where a metric has one case, of
  // which there are no bounds.
  ForecastOf ForecastFrom(const PartInput& input, const std::vector<SeenMetric>& seen) const {
    if (FewestCasesOf(seen) < 2) return {};
    const auto size = static_cast<double>(FewestCasesOf(seen));
    const std::vector<ValueBox> ranges = RangesOf(input);
    return [this, seen, size, ranges](std::int64_t cases) {
      const double scale = std::sqrt(size / static_cast<double>(cases));
      std::vector<ValueBox> boxes;
      for (std::size_t i = 0; i < seen.size(); ++i) {
        const double value = *seen[i].value;
        boxes.push_back({std::clamp(value - (value - seen[i].bounds.lower) * scale, ranges[i].low, ranges[i].high),
                         std::clamp(value + (seen[i].bounds.upper - value) * scale, ranges[i].low, ranges[i].high)});
      }
      const ValueBox range = expression_.RangeOver(boxes);
      if (expression_.IsMetBy(range)) return ReachOf(Forecast::kPass);
      return ReachOf(expression_.IsMissedBy(range) ? Forecast::kFail : Forecast::kNeither);
    };
  }

  MetricExpression expression_;
};

// Absent after reporting.
std::optional<MetricExpression> ReadExpression(const Node& option, Diagnostics& diagnostics) {
  std::string text;
  if (!FieldType<std::string>::Read(option, {.min_size = 1}, text, diagnostics)) return std::nullopt;
  auto expression = MetricExpression::Parse(text);
  if (expression) return *std::move(expression);
  diagnostics.Add(option.At(expression.error().message));
  return std::nullopt;
}

}  // namespace

PluginKind ExpressionKind() {
  PluginKind kind;
  kind.help = "a comparison over named metrics of one suite holds, such as accuracy - 0.5 * refusals >= 0.7";
  kind.schema = FieldType<std::string>::Schema({.min_size = 1, .max_size = MetricExpression::kMaxLength});
  kind.check = [](const Node& option, Diagnostics& diagnostics) { ReadExpression(option, diagnostics); };
  kind.metrics = [](const Node& option) {
    Diagnostics ignored;  // reported by check
    const auto expression = ReadExpression(option, ignored);
    return expression ? expression->names() : std::vector<std::string>();
  };
  kind.objection_to_all = [](const Node& option, const std::vector<MetricSpec>& metrics) -> std::string {
    Diagnostics ignored;
    const auto expression = ReadExpression(option, ignored);
    if (!expression || expression->names().size() != metrics.size()) return "";
    std::vector<ValueBox> ranges;
    for (const MetricSpec& metric : metrics) ranges.push_back(RangeOfMetric(RangeOf(metric), metric.source));
    return RangeObjection(*expression, ranges);
  };
  kind.target = RuleTarget::kNone;
  kind.judge_use = JudgeUse::kCorrects;
  kind.bounds_means = true;
  kind.passes_on_part = kind.fails_on_part = true;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeExpressionRule(const Node& option) {
  Diagnostics diagnostics;
  auto expression = ReadExpression(option, diagnostics);
  if (!expression) return Fail(OptionError("expression", diagnostics));
  return std::make_unique<ExpressionRule>(*std::move(expression));
}

}  // namespace assay
