// Whether a metric has moved against its history: the values of earlier complete runs of the same model by the same
// suite. An alarm says that something changed (the endpoint behind the name, a judge, a tool that the model calls), not
// that the candidate is bad, so the rule passes or is INCONCLUSIVE and never fails.
//
// The centre and the deviation are those of the history; the chart (stats/drift.h) is drawn over it and the new value,
// and only an alarm at the new value counts. An earlier run at which the chart of those before it alarms is no part of
// the history: what had moved would be what later runs are measured by, so that whoever asks again gets a PASS. Missing
// results are taken at their worst and at their best, and either alarms.

#include <algorithm>
#include <array>
#include <cmath>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/gate.h"
#include "gates/metric_value.h"
#include "gates/rules/decision.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/reducer.h"
#include "gates/rules/rule.h"
#include "gates/stats/drift.h"
#include "gates/stats/mean.h"

namespace assay {

enum class DriftMethod { kEwma, kCusum, kPageHinkley };

template <>
struct EnumWords<DriftMethod> {
  static constexpr std::array<EnumWord<DriftMethod>, 3> kWords{
      {{"ewma", DriftMethod::kEwma, "an average in which the newest weighs most"},
       {"cusum", DriftMethod::kCusum, "the sum of what exceeds the mean"},
       {"page_hinkley", DriftMethod::kPageHinkley, "the same about the mean so far"}}};
};

namespace {

constexpr std::int64_t kMostEarlierRuns = 100;

struct DriftOptions {
  DriftMethod method = DriftMethod::kEwma;
  std::optional<double> limit;
  std::int64_t runs = 20;
  std::int64_t least_runs = 8;
  static const FieldTable<DriftOptions>& Fields() {
    static const auto table =
        FieldTable<DriftOptions>()
            .Optional("method", &DriftOptions::method, "chart that the values of the runs are drawn on")
            .Optional("limit", &DriftOptions::limit,
                      "standard deviations of the history beyond which it alarms; 3 for ewma (of the average), 5 for "
                      "cusum and page_hinkley (of the sum)",
                      {.above = 0})
            .Optional("runs", &DriftOptions::runs, "earlier runs that are looked at, at most the newest",
                      {.min = 3, .max = kMostEarlierRuns})
            .Optional("least_runs", &DriftOptions::least_runs, "earlier runs below which nothing can be said",
                      {.min = 3, .max = kMostEarlierRuns});
    return table;
  }
};

// Absent after reporting.
std::optional<DriftOptions> ReadDrift(const Node& option, Diagnostics& diagnostics) {
  DriftOptions options;
  if (!ReadFields(option, options, diagnostics)) return std::nullopt;
  if (options.least_runs > options.runs) {
    diagnostics.Add(option.AtKey("looks at " + std::to_string(options.runs) + " earlier runs at most and needs " +
                                 std::to_string(options.least_runs) + "; give a greater \"runs\""));
    return std::nullopt;
  }
  return options;
}

double LimitOf(const DriftOptions& options) {
  return options.limit.value_or(options.method == DriftMethod::kEwma ? 3 : 5);
}

// The values of the metric in earlier runs, oldest first, with their mean and standard deviation.
struct History {
  std::vector<double> values = {};
  double mean = 0;
  double deviation = 0;
  std::int64_t moved = 0;  // runs that are not among them because they had moved
};

// Of the newest that are looked at, with a deviation of at least `least`.
History HistoryOf(std::span<const double> values, const DriftOptions& options, double least) {
  const auto count = std::min(values.size(), static_cast<std::size_t>(options.runs));
  const std::span<const double> newest = values.last(count);
  History history{.values = {newest.begin(), newest.end()}};
  const auto moments = MomentsOf(history.values);
  if (!moments) return history;
  history.mean = moments->mean;
  history.deviation = std::max(moments->deviation, least);
  return history;
}

// How far from its centre the chart stands at the last of the values, in the unit of its limit.
std::optional<double> EwmaAtEnd(const std::vector<double>& values, const History& history) {
  const EwmaChart chart{.deviation = history.deviation, .width = 1};
  const auto series = EwmaSeries(values, chart.weight, history.mean);
  const auto width = EwmaHalfWidth(chart, values.size());
  if (!series || series->empty() || !width) return std::nullopt;
  return std::abs(series->back() - history.mean) / *width;
}

std::optional<double> CusumAtEnd(const std::vector<double>& values, const History& history) {
  const auto sums = CusumSeries(values, {.mean = history.mean, .deviation = history.deviation});
  if (!sums || sums->empty()) return std::nullopt;
  return std::max(sums->back().high, sums->back().low);
}

// Of rises, begun anew behind each alarm of the history.
std::optional<double> PageHinkleyAtEnd(std::span<const double> values, const DriftOptions& options) {
  const PageHinkleyChart chart{.least_values = static_cast<std::size_t>(options.least_runs) + 1,
                               .tolerance = 0.5,
                               .threshold = LimitOf(options)};
  for (;;) {
    const auto result = PageHinkley(values, chart);
    if (!result) return std::nullopt;
    if (!result->alarm || *result->alarm + 1 == values.size()) return result->rise;
    values = values.subspan(*result->alarm + 1);
  }
}

std::optional<double> PageHinkleyOfEither(const std::vector<double>& values, const History& history,
                                          const DriftOptions& options) {
  std::vector<double> rises;
  std::vector<double> falls;
  for (const double value : values) {
    rises.push_back((value - history.mean) / history.deviation);
    falls.push_back(-rises.back());
  }
  const auto rise = PageHinkleyAtEnd(rises, options);
  const auto fall = PageHinkleyAtEnd(falls, options);
  if (!rise || !fall) return std::nullopt;
  return std::max(*rise, *fall);
}

// How far from its centre the chart stands after `value`, in the unit of its limit. A history that does not vary has
// no unit: then only what equals it has not moved.
double StandingAfter(const History& history, double value, const DriftOptions& options) {
  constexpr double kAnything = std::numeric_limits<double>::infinity();
  if (history.deviation == 0) return value == history.mean ? 0 : kAnything;
  std::vector<double> values = history.values;
  values.push_back(value);
  switch (options.method) {
    case DriftMethod::kEwma:
      return EwmaAtEnd(values, history).value_or(kAnything);
    case DriftMethod::kCusum:
      return CusumAtEnd(values, history).value_or(kAnything);
    case DriftMethod::kPageHinkley:
      return PageHinkleyOfEither(values, history, options).value_or(kAnything);
  }
  return kAnything;
}

std::vector<double> EarlierValues(const PartInput& input) {
  std::vector<double> values;
  if (input.facts.run == nullptr) return values;
  for (const EarlierRun& run : input.facts.run->history) {
    const auto value = std::ranges::find(run.metrics, input.shape().name, &EarlierRun::Metric::name);
    if (value != run.metrics.end() && std::isfinite(value->value)) values.push_back(value->value);
  }
  return values;
}

// What one case of a share is worth, at most a twentieth: a history without any variation is no reason to alarm at a
// single case of many.
double LeastDeviation(const PartInput& input) {
  const MetricShape& shape = input.shape();
  const bool is_share = shape.range == MetricRange::kUnit && shape.aggregate == Aggregate::kMean;
  if (!is_share || input.cases.empty()) return 0;
  return std::min(1 / static_cast<double>(input.cases.size()), 0.05);
}

// The first `least_runs` are what there is; of those after them, each that has not moved from the ones before.
History HistoryOf(const PartInput& input, const DriftOptions& options) {
  const double least = LeastDeviation(input);
  std::vector<double> unmoved;
  std::int64_t moved = 0;
  for (const double value : EarlierValues(input)) {
    const bool is_first = std::ssize(unmoved) < options.least_runs;
    if (is_first || StandingAfter(HistoryOf(unmoved, options, least), value, options) <= LimitOf(options)) {
      unmoved.push_back(value);
    } else {
      ++moved;
    }
  }
  History history = HistoryOf(unmoved, options, least);
  history.moved = moved;
  return history;
}

class DriftRule : public Rule {
 public:
  explicit DriftRule(DriftOptions options) : options_(options) {}

  double threshold() const override { return LimitOf(options_); }
  JudgeUse UseOfJudges() const override { return JudgeUse::kNone; }  // a judge that moves is what it looks for
  std::int64_t EarlierRunsNeeded() const override { return options_.least_runs; }
  std::string Asks(const MetricShape*) const override {
    return "within " + Shown(threshold()) + " deviations of its history";
  }

  std::string Objection(const PartInput& input) const override {
    if (input.facts.run == nullptr) return "there is no run";
    std::string objection = Reducer(input.suite, *input.metric).Objection();
    if (!objection.empty()) return objection;
    const MetricShape& shape = input.shape();
    if (MetricValues(input.suite, *input.metric, input.cases).IsOverTrials())
      return "metric \"" + shape.name + "\" is a quantile over trials, and drift needs one value a case";
    return UnboundableObjection(shape.name, shape.aggregate);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    Finding finding;  // without a method: a chart is no bound
    finding.pass_bound = std::numeric_limits<double>::infinity();
    finding.fail_bound = -std::numeric_limits<double>::infinity();
    const History history = HistoryOf(input, options_);
    if (!input.run_ended || std::ssize(history.values) < options_.least_runs) return finding;
    const auto ends = EndsOf(input, errors);
    if (!ends) return finding;
    finding.pass_bound =
        std::max(StandingAfter(history, ends->low, options_), StandingAfter(history, ends->high, options_));
    finding.passes = finding.pass_bound <= threshold();
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return threshold() - bound; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const History history = HistoryOf(input, options_);
    part.estimate.method = WordOf(options_.method);
    part.estimate.confidence = input.confidence;
    part.estimate.value = SeenMetricValue(input.suite, *input.metric);
    part.estimate.cases = part.counts.scored;
    if (part.state == VerdictState::kPass) {
      part.reason = StandingText(finding, history, part) + " <= " + Shown(threshold());
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason = WhyOpen(finding, history, part);
    }
  }

 private:
  // The metric with everything that is missing at its lowest and at its highest; absent where there is no such end.
  std::optional<ValueBox> EndsOf(const PartInput& input, ErrorsAs errors) const {
    const ErrorValue error_value = errors == ErrorsAs::kUnknown ? ErrorValue::kUnknown
                                   : errors == ErrorsAs::kBest  ? ErrorValue::kHighest
                                                                : ErrorValue::kLowest;
    const MetricValues values(input.suite, *input.metric, input.cases);
    std::vector<double> low;
    std::vector<double> high;
    for (const ValueBox& box : values.CaseBoxes(error_value)) {
      low.push_back(box.low);
      high.push_back(box.high);
    }
    const auto least = values.ValueOf(low);
    const auto most = values.ValueOf(high);
    if (!least || !most || !std::isfinite(*least) || !std::isfinite(*most)) return std::nullopt;
    return ValueBox{*least, *most};
  }

  // " (without 2 that had moved)"
  static std::string MovedText(const History& history) {
    return history.moved == 0 ? "" : " (without " + std::to_string(history.moved) + " that had moved)";
  }

  std::string StandingText(const Finding& finding, const History& history, const RulePart& part) const {
    return Shown(part.estimate.value.value_or(0)) + ", after " + std::to_string(history.values.size()) +
           " earlier runs" + MovedText(history) + " of mean " + Shown(history.mean) + " and standard deviation " +
           Shown(history.deviation) + ": " + std::string(WordOf(options_.method)) + " " + Shown(finding.pass_bound);
  }

  std::string WhyOpen(const Finding& finding, const History& history, const RulePart& part) const {
    const auto count = std::ssize(history.values);
    if (count < options_.least_runs)
      return "there are " + std::to_string(count) + " earlier complete runs of this suite and model and " +
             std::to_string(options_.least_runs) + " are needed";
    if (!std::isfinite(finding.pass_bound) && history.deviation == 0)
      return Shown(part.estimate.value.value_or(0)) + " is not what all of " + std::to_string(count) +
             " earlier runs had: " + Shown(history.mean);
    const std::string missing = MissingText(part.counts);
    return StandingText(finding, history, part) + " > " + Shown(threshold()) +
           (missing.empty() ? "" : " (" + missing + ", at their worst or best)") +
           ": the endpoint, a judge or the data has moved" +
           (history.moved == 0 ? "" : "; another version of the model takes it as it is now");
  }

  DriftOptions options_;
};

}  // namespace

std::int64_t EarlierRunsNeeded(const GateSpec& gate) {
  std::int64_t most = 0;
  for (const RuleSpec& rule : gate.rules) {
    if (rule.kind != "drift") continue;
    Diagnostics ignored;
    // Those that had moved take no room from those that had not.
    if (ReadDrift(rule.option, ignored)) most = kMostEarlierRuns;
  }
  return most;
}

PluginKind DriftKind() {
  PluginKind kind;
  kind.help = "a metric has not moved against earlier runs of the same model by the same suite";
  kind.schema = SchemaOf(DriftOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) { ReadDrift(option, diagnostics); };
  kind.objection = [](const Node&, const MetricSpec& metric) -> std::string {
    return UnboundableObjection(metric.name, metric.aggregate);
  };
  kind.target = RuleTarget::kMetric;
  kind.is_of_run = true;
  kind.has_confidence = false;  // how rare an alarm is lies in its limits
  kind.passes_on_part = kind.fails_on_part = true;
  kind.judge_use = JudgeUse::kNone;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeDriftRule(const Node& option) {
  Diagnostics diagnostics;
  const auto options = ReadDrift(option, diagnostics);
  if (!options) return Fail(OptionError("drift", diagnostics));
  return std::make_unique<DriftRule>(*options);
}

}  // namespace assay
