// Whether a metric has moved against its history: the values of earlier complete runs of the same model by the same
// suite. An alarm says that something changed (the endpoint behind the name, a judge, a tool that the model calls), not
// that the candidate is bad, so the rule passes or is INCONCLUSIVE and never fails.
//
// Centre and deviation are those of a reference: the first `runs` of the history. What is measured by its newest runs
// is measured by whatever it has become: a hundred runs that somebody starts by hand, and what had fallen is what
// always was. The chart (stats/drift.h) is drawn over the reference, the newest runs behind it and the new value, and
// only an alarm at the new value counts; its limits are wider by what an estimate of so few runs leaves unknown, which
// would else be an alarm again and again in a model's long life. An earlier run at which the chart of those before it
// alarms is no part of the history either. Missing results are taken at their worst and at their best, and either
// alarms.

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

// The first of a history, and its newest. What is not among the first is no measure, however few those are: the rest
// comes and goes.
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
            .Optional("runs", &DriftOptions::runs,
                      "earlier runs that are its measure, the first, and as many that the chart is drawn over behind "
                      "them, the newest",
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

// The values of the metric in earlier runs that had not moved, oldest first: the reference and the newest behind it.
struct History {
  std::vector<double> values = {};
  std::size_t reference = 0;  // how many of them, the first
  double mean = 0;            // of these
  double deviation = 0;       // likewise
  std::int64_t moved = 0;     // runs that are not among them because they had moved
};

// Of which the first `of_first` may be the reference, with a deviation of at least `least`.
History HistoryOf(std::span<const double> values, std::size_t of_first, const DriftOptions& options, double least) {
  const auto most = static_cast<std::size_t>(options.runs);
  History history{.reference = std::min(of_first, most)};
  const std::span<const double> reference = values.first(history.reference);
  const std::span<const double> behind = values.subspan(history.reference);
  const std::span<const double> newest = behind.last(std::min(behind.size(), most));
  history.values.assign(reference.begin(), reference.end());
  history.values.insert(history.values.end(), newest.begin(), newest.end());
  const auto moments = MomentsOf(reference);
  if (!moments) return history;
  history.mean = moments->mean;
  history.deviation = std::max(moments->deviation, least);
  return history;
}

// How far from its centre the chart stands at the last of the values, in the unit of its limit.
std::optional<double> EwmaAtEnd(const std::vector<double>& values, const History& history) {
  const EwmaChart chart{.deviation = history.deviation, .width = 1};
  const auto series = EwmaSeries(values, chart.weight, history.mean);
  const auto width = EwmaHalfWidth(chart, values.size(), history.reference);
  if (!series || series->empty() || !width) return std::nullopt;
  return std::abs(series->back() - history.mean) / *width;
}

// How far above the centre the values lie, in deviations; below it with `sign` -1. Those behind the reference by what
// is sure of it: the deviation may be greater than it seems, and the centre lie `allowance` deviations further. Of one
// value alone behind it that adds up to nothing yet, and it is what lets a fall in or out.
std::vector<double> RisesOf(const std::vector<double>& values, const History& history, double sign, double allowance) {
  const bool adds_up = values.size() > history.reference + 1;
  const double factor = adds_up ? EstimateFactor(history.reference).value_or(1) : 1;
  if (!adds_up) allowance = 0;
  std::vector<double> rises;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double rise = sign * (values[i] - history.mean) / history.deviation;
    rises.push_back(i < history.reference ? rise : rise / factor - allowance);
  }
  return rises;
}

std::optional<double> CusumAtEnd(const std::vector<double>& rises) {
  const auto sums = CusumSeries(rises, {.mean = 0, .deviation = 1});
  if (!sums || sums->empty()) return std::nullopt;
  return sums->back().high;
}

// Without an alarm on the way, at which it would begin anew and forget the reference.
std::optional<double> PageHinkleyAtEnd(const std::vector<double>& rises) {
  const PageHinkleyChart chart{.least_values = rises.size() + 1, .tolerance = 0.5};
  const auto result = PageHinkley(rises, chart);
  if (!result) return std::nullopt;
  return result->rise;
}

// The greater of both ways.
std::optional<double> SumAtEnd(const std::vector<double>& values, const History& history, DriftMethod method) {
  const bool is_cusum = method == DriftMethod::kCusum;
  const double allowance = is_cusum ? 1 / std::sqrt(static_cast<double>(history.reference)) : 0;
  double most = 0;
  for (const double sign : {1.0, -1.0}) {
    const std::vector<double> rises = RisesOf(values, history, sign, allowance);
    const auto sum = is_cusum ? CusumAtEnd(rises) : PageHinkleyAtEnd(rises);
    if (!sum) return std::nullopt;
    most = std::max(most, *sum);
  }
  return most;
}

// How far from its centre the chart stands after `value`, in the unit of its limit. A history that does not vary has
// no unit: then only what equals it has not moved.
double StandingAfter(const History& history, double value, const DriftOptions& options) {
  constexpr double kAnything = std::numeric_limits<double>::infinity();
  if (history.deviation == 0) return value == history.mean ? 0 : kAnything;
  std::vector<double> values = history.values;
  values.push_back(value);
  const bool is_average = options.method == DriftMethod::kEwma;
  return (is_average ? EwmaAtEnd(values, history) : SumAtEnd(values, history, options.method)).value_or(kAnything);
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
  const std::vector<double> values = EarlierValues(input);
  std::vector<double> unmoved;
  std::size_t of_first = 0;
  std::int64_t moved = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const History before = HistoryOf(unmoved, of_first, options, least);
    const bool is_taken = std::ssize(unmoved) < options.least_runs;
    if (is_taken || StandingAfter(before, values[i], options) <= LimitOf(options)) {
      unmoved.push_back(values[i]);
      if (i < static_cast<std::size_t>(kMostEarlierRuns)) of_first = unmoved.size();
    } else {
      ++moved;
    }
  }
  History history = HistoryOf(unmoved, of_first, options, least);
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
    if (!input.run_ended || HasTooFew(history)) return finding;
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
      part.reason = StandingText(input, finding, history, part) + " <= " + Shown(threshold());
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason = WhyOpen(input, finding, history, part);
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

  bool HasTooFew(const History& history) const {
    return static_cast<std::int64_t>(history.reference) < options_.least_runs;
  }

  // " (without 2 that had moved and 3 of the first that were deleted)"
  static std::string LeftOutText(const PartInput& input, const History& history) {
    std::string text = history.moved == 0 ? "" : std::to_string(history.moved) + " that had moved";
    if (const std::int64_t deleted = input.facts.run->history_deleted; deleted > 0)
      text += (text.empty() ? "" : " and ") + std::to_string(deleted) + " of the first that " +
              (deleted == 1 ? "was" : "were") + " deleted";
    return text.empty() ? "" : " (without " + text + ")";
  }

  std::string StandingText(const PartInput& input, const Finding& finding, const History& history,
                           const RulePart& part) const {
    const std::size_t count = history.values.size();
    return Shown(part.estimate.value.value_or(0)) + ", after " + std::to_string(count) + " earlier runs" +
           LeftOutText(input, history) +
           (count == history.reference ? "" : ", the first " + std::to_string(history.reference)) + " of mean " +
           Shown(history.mean) + " and standard deviation " + Shown(history.deviation) + ": " +
           std::string(WordOf(options_.method)) + " " + Shown(finding.pass_bound);
  }

  std::string WhyOpen(const PartInput& input, const Finding& finding, const History& history,
                      const RulePart& part) const {
    const std::size_t count = history.reference;
    if (HasTooFew(history))
      return "there are " + std::to_string(count) + " earlier complete runs of this suite and model" +
             LeftOutText(input, history) + " and " + std::to_string(options_.least_runs) + " are needed";
    if (!std::isfinite(finding.pass_bound) && history.deviation == 0)
      return Shown(part.estimate.value.value_or(0)) + " is not what all of the first " + std::to_string(count) +
             " earlier runs had: " + Shown(history.mean);
    const std::string missing = MissingText(part.counts);
    return StandingText(input, finding, history, part) + " > " + Shown(threshold()) +
           (missing.empty() ? "" : " (" + missing + ", at their worst or best)") +
           ": the endpoint, a judge or the data has moved" +
           (history.moved == 0 ? "" : "; another version of the model takes it as it is now");
  }

  DriftOptions options_;
};

}  // namespace

HistoryNeeded HistoryNeededBy(const GateSpec& gate) {
  HistoryNeeded needed;
  for (const RuleSpec& rule : gate.rules) {
    if (rule.kind != "drift") continue;
    needed.runs = kMostEarlierRuns;
    needed.metrics.push_back(rule.metric ? *rule.metric : rule.grader.value_or(""));
  }
  return needed;
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
