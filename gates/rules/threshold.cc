// A threshold on a metric. Each case becomes an interval that its mean must lie in (a point when all its trials are
// scored), and bounds over all completions are compared with the threshold: for means mean_bounds.h, for quantiles the
// order statistics of the low and of the high ends.

#include "gates/rules/threshold.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "gates/rules/decision.h"
#include "gates/rules/mean_bounds.h"
#include "gates/rules/worst_cases.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

MeanBounds QuantileBounds(const std::vector<ValueBox>& boxes, double q, double confidence) {
  MeanBounds bounds;
  bounds.method = "order_statistic";
  const auto n = static_cast<std::int64_t>(boxes.size());
  std::vector<double> ends(boxes.size());
  const auto statistic = [&](double ValueBox::*end, std::int64_t rank) {
    std::transform(boxes.begin(), boxes.end(), ends.begin(), [end](const ValueBox& box) { return box.*end; });
    std::nth_element(ends.begin(), ends.begin() + (rank - 1), ends.end());
    return ends[static_cast<std::size_t>(rank - 1)];
  };
  if (const auto rank = QuantileLowerRank(n, q, confidence)) bounds.lower = statistic(&ValueBox::low, *rank);
  if (const auto rank = QuantileUpperRank(n, q, confidence)) bounds.upper = statistic(&ValueBox::high, *rank);
  return bounds;
}

class ThresholdRule : public Rule {
 public:
  ThresholdRule(Direction direction, double threshold) : direction_(direction), threshold_(threshold) {}

  double threshold() const override { return threshold_; }

  std::string Objection(const PartInput& input) const override {
    const MetricShape& shape = input.shape();
    if (shape.aggregate == Aggregate::kMax || shape.aggregate == Aggregate::kSum) {
      return "metric \"" + shape.name + "\" is a " + std::string(WordOf(shape.aggregate)) +
             ", which has no bound and never gates; gate on a mean or a quantile";
    }
    if (shape.range == MetricRange::kUnit && (threshold_ < 0 || threshold_ > 1)) {
      return "threshold " + Shown(threshold_) + " is outside [0, 1], where metric \"" + shape.name + "\" lies";
    }
    return "";
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    std::vector<ValueBox> boxes;
    boxes.reserve(input.cases.size());
    for (const std::uint32_t ordinal : input.cases) boxes.push_back(BoxOf(input, ordinal, errors));
    const MeanBounds bounds = BoundsOf(input, boxes);
    Finding finding;
    if (direction_ == Direction::kAtLeast) {
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

  double Margin(double bound) const override {
    return direction_ == Direction::kAtLeast ? bound - threshold_ : threshold_ - bound;
  }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    std::vector<ValueBox> scored;  // cases with a scored trial, at the mean of those
    for (const std::uint32_t ordinal : input.cases) {
      const CaseTally& tally = input.TallyOf(ordinal);
      if (tally.scored > 0) scored.push_back({tally.sum / tally.scored, tally.sum / tally.scored});
    }
    const MeanBounds bounds = BoundsOf(input, scored);
    part.estimate.confidence = input.confidence;
    part.estimate.method = bounds.method;
    part.estimate.cases = static_cast<std::int64_t>(scored.size());
    part.estimate.value = ValueOf(input, scored);
    if (std::isfinite(bounds.lower)) part.estimate.lower = bounds.lower;
    if (std::isfinite(bounds.upper)) part.estimate.upper = bounds.upper;
    if (bounds.method == "clopper_pearson") part.shown = WilsonOf(scored, input.confidence);
    part.worst_cases = WorstCases(input, direction_ == Direction::kAtLeast ? WorstIs::kLowest : WorstIs::kHighest);
    Explain(input, scored, bounds, finding, part);
  }

 private:
  bool IsAtLeast() const { return direction_ == Direction::kAtLeast; }

  ValueBox BoxOf(const PartInput& input, std::uint32_t ordinal, ErrorsAs errors) const {
    const CaseTally& tally = input.TallyOf(ordinal);
    const int trials = input.suite.trials();
    int unknown = trials - tally.scored;
    if (unknown == 0) return {tally.sum / trials, tally.sum / trials};
    const bool is_unit = input.shape().range == MetricRange::kUnit;
    const double lowest = is_unit ? 0 : -kInfinity;
    const double highest = is_unit ? 1 : kInfinity;
    double sum = tally.sum;
    if (errors != ErrorsAs::kUnknown && tally.error > 0) {
      unknown -= tally.error;
      const bool is_high = (errors == ErrorsAs::kBest) == IsAtLeast();
      sum += is_high ? highest * tally.error : (is_unit ? 0 : lowest);
    }
    if (unknown == 0) return {sum / trials, sum / trials};
    if (!is_unit) return {lowest, highest};
    return {sum / trials, (sum + unknown) / trials};
  }

  MeanBounds BoundsOf(const PartInput& input, const std::vector<ValueBox>& boxes) const {
    const MetricShape& shape = input.shape();
    if (const auto q = QuantileOf(shape.aggregate)) return QuantileBounds(boxes, *q, input.confidence);
    if (shape.aggregate != Aggregate::kMean) return {};
    if (shape.range == MetricRange::kUnbounded) return UnboundedMeanBounds(boxes, input.confidence);
    return UnitMeanBounds(boxes, input.suite.trials() == 1 ? TrialsPerCase::kOne : TrialsPerCase::kSeveral,
                          input.confidence);
  }

  static std::vector<double> ValuesOf(const std::vector<ValueBox>& scored) {
    std::vector<double> values;
    values.reserve(scored.size());
    for (const ValueBox& box : scored) values.push_back(box.low);
    return values;
  }

  static std::optional<double> ValueOf(const PartInput& input, const std::vector<ValueBox>& scored) {
    if (scored.empty()) return std::nullopt;
    std::vector<double> values = ValuesOf(scored);
    if (const auto q = QuantileOf(input.shape().aggregate)) {
      const std::int64_t rank = *QuantileRank(static_cast<std::int64_t>(values.size()), *q);
      std::nth_element(values.begin(), values.begin() + (rank - 1), values.end());
      return values[static_cast<std::size_t>(rank - 1)];
    }
    const std::optional<SampleMoments> moments = MomentsOf(values);
    if (!moments) return std::nullopt;
    return moments->mean;
  }

  static Estimate WilsonOf(const std::vector<ValueBox>& scored, double confidence) {
    const auto n = static_cast<std::int64_t>(scored.size());
    const auto ones = std::count_if(scored.begin(), scored.end(), [](const ValueBox& box) { return box.low == 1; });
    Estimate estimate;
    estimate.value = static_cast<double>(ones) / static_cast<double>(n);
    estimate.lower = WilsonLower(ones, n, confidence);
    estimate.upper = WilsonUpper(ones, n, confidence);
    estimate.confidence = confidence;
    estimate.method = "wilson";
    estimate.cases = n;
    return estimate;
  }

  // Whether n cases distributed like `scored` would decide.
  std::function<bool(std::int64_t)> Decides(const PartInput& input, const std::vector<ValueBox>& scored,
                                            const MeanBounds& bounds) const {
    const double confidence = input.confidence;
    const auto size = static_cast<double>(scored.size());
    const double threshold = threshold_;
    const bool is_at_least = IsAtLeast();
    const auto decided = [threshold, is_at_least](double lower, double upper) {
      return is_at_least ? lower >= threshold || upper < threshold : upper <= threshold || lower > threshold;
    };
    const auto whole = [](double share, std::int64_t n) { return share * static_cast<double>(n); };
    if (const auto q = QuantileOf(input.shape().aggregate)) {
      // A floor needs x(r) >= T for the lower rank r: fewer than r cases below T; a ceiling mirrored.
      const auto on_low_side = std::count_if(scored.begin(), scored.end(), [&](const ValueBox& box) {
        return is_at_least ? box.low < threshold : box.low <= threshold;
      });
      const double share = static_cast<double>(on_low_side) / size;
      return [=](std::int64_t n) {
        const auto lower = QuantileLowerRank(n, *q, confidence);
        const auto upper = QuantileUpperRank(n, *q, confidence);
        return (lower && std::ceil(whole(share, n) - 1e-9) < static_cast<double>(*lower)) ||
               (upper && std::floor(whole(share, n) + 1e-9) >= static_cast<double>(*upper));
      };
    }
    const std::optional<SampleMoments> moments = MomentsOf(ValuesOf(scored));
    if (bounds.method == "t" && moments) {
      return [=](std::int64_t n) {
        const auto half_width = StudentHalfWidth({n, moments->mean, moments->deviation}, confidence);
        return half_width && decided(moments->mean - *half_width, moments->mean + *half_width);
      };
    }
    if (bounds.method == "clopper_pearson" || bounds.method == "extreme_cases") {
      const auto ones = std::count_if(scored.begin(), scored.end(), [](const ValueBox& box) { return box.low == 1; });
      const auto zeros = std::count_if(scored.begin(), scored.end(), [](const ValueBox& box) { return box.high == 0; });
      const double share_of_ones = static_cast<double>(ones) / size;
      const double share_of_zeros = static_cast<double>(zeros) / size;
      return [=](std::int64_t n) {
        const auto least = static_cast<std::int64_t>(std::floor(whole(share_of_ones, n) + 1e-9));
        const auto none = static_cast<std::int64_t>(std::floor(whole(share_of_zeros, n) + 1e-9));
        return decided(ClopperPearsonLower(least, n, confidence).value_or(0),
                       ClopperPearsonUpper(n - none, n, confidence).value_or(1));
      };
    }
    return [](std::int64_t) { return false; };
  }

  // How many cases would pass if every one of them were as good as can be.
  std::optional<std::int64_t> FewestAtBest(const PartInput& input) const {
    const bool is_unit = input.shape().range == MetricRange::kUnit;
    const double best = is_unit ? (IsAtLeast() ? 1 : 0) : threshold_;
    return FewestCases(0, Decides(input, {{best, best}}, MeanBounds{0, 0, is_unit ? "extreme_cases" : ""}));
  }

  void Explain(const PartInput& input, const std::vector<ValueBox>& scored, const MeanBounds& bounds,
               const Finding& finding, RulePart& part) const {
    const std::string missing = MissingText(part.counts);
    const std::string data = " (" + std::string(WordOf(input.shape().aggregate)) + " " +
                             (part.estimate.value ? Shown(*part.estimate.value) : "unknown") + " over " +
                             Cases(part.estimate.cases) + (missing.empty() ? "" : "; " + missing) + ")";
    const std::string low_word = "lower bound ";
    const std::string high_word = "upper bound ";
    if (part.state == VerdictState::kPass) {
      part.reason = (IsAtLeast() ? low_word : high_word) + Shown(finding.pass_bound) + (IsAtLeast() ? " >= " : " <= ") +
                    Shown(threshold_) + data;
    } else if (part.state == VerdictState::kFail) {
      part.reason = (IsAtLeast() ? high_word : low_word) + Shown(finding.fail_bound) + (IsAtLeast() ? " < " : " > ") +
                    Shown(threshold_) + data;
    } else if (part.state == VerdictState::kInconclusive && scored.empty()) {
      part.more_cases = FewestAtBest(input);
    } else if (part.state == VerdictState::kInconclusive) {
      const std::int64_t absent = part.counts.scheduled - part.counts.scored;
      const double low = IsAtLeast() ? finding.pass_bound : finding.fail_bound;
      const double high = IsAtLeast() ? finding.fail_bound : finding.pass_bound;
      part.reason = Shown(threshold_) + " lies between the lower bound " + Shown(low) + " and the upper bound " +
                    Shown(high) + data + "; ";
      const auto decides = Decides(input, scored, bounds);
      if (absent > 0 && decides(part.estimate.cases)) {
        part.more_cases = absent;
        part.reason += "scoring the missing " + Cases(absent) + " would decide it if like the others";
      } else {
        if (const auto needed = FewestCases(part.estimate.cases, decides)) {
          part.more_cases = *needed - part.estimate.cases;
        }
        part.reason += MoreCasesText(part.more_cases);
      }
    }
  }

  Direction direction_;
  double threshold_;
};

}  // namespace

PluginKind ThresholdKind(std::string help) {
  PluginKind kind;
  kind.help = std::move(help);
  kind.schema = FieldType<double>::Schema({});
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    double threshold = 0;
    if (FieldType<double>::Read(option, {}, threshold, diagnostics) && !std::isfinite(threshold)) {
      diagnostics.Add(option.At("expected a finite number"));
    }
  };
  kind.target = RuleTarget::kMetric;
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
