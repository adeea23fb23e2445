#include "gates/rules/metric_values.h"

#include <algorithm>

#include "gates/stats/mean.h"
#include "gates/stats/quantile.h"

namespace assay {

MetricRange RangeOf(const MetricSpec& metric) {
  return IsOfGrader(metric.source) && !metric.is_unbounded ? MetricRange::kUnit : MetricRange::kUnbounded;
}

std::string UnboundableObjection(std::string_view metric, Aggregate aggregate) {
  if (aggregate != Aggregate::kMax && aggregate != Aggregate::kSum) return "";
  return "metric \"" + std::string(metric) + "\" is a " + std::string(WordOf(aggregate)) +
         ", which has no bound and never gates; gate on a mean or a quantile";
}

std::string ReductionObjection(std::string_view kind, std::string_view metric, const Reduction& reduction) {
  if (reduction.by == Reduce::kMean) return "";
  return "metric \"" + std::string(metric) + "\" reduces trials by " + std::string(WordOf(reduction.by)) + ", and " +
         std::string(kind) + " counts every trial that fails; name the grader";
}

bool MetricValues::IsOverTrials() const {
  return QuantileOf(shape_.aggregate) && shape_.reduction.by == Reduce::kMean && suite_.trials() > 1;
}

std::vector<ValueBox> MetricValues::CaseBoxes(ErrorValue errors) const {
  Reducer reducer(suite_, metric_);
  std::vector<ValueBox> boxes;
  boxes.reserve(cases_.size());
  for (const std::uint32_t ordinal : cases_) boxes.push_back(reducer.BoxOf(ordinal, errors));
  return boxes;
}

std::vector<TrialBox> MetricValues::TrialBoxes(ErrorValue errors) const {
  std::vector<TrialBox> boxes;
  boxes.reserve(cases_.size());
  for (const std::uint32_t ordinal : cases_) {
    const CaseTally tally = suite_.Tallies(metric_)[ordinal];
    TrialBox box{.values = suite_.TrialValues(metric_, ordinal)};
    box.unknown = suite_.trials() - tally.scored;
    if (errors != ErrorValue::kUnknown) {
      (errors == ErrorValue::kHighest ? box.highest : box.lowest) = tally.error;
      box.unknown -= tally.error;
    }
    boxes.push_back(box);
  }
  return boxes;
}

Bounds MetricValues::BoundsOfAll(ErrorValue errors, double confidence) const {
  if (IsOverTrials()) return TrialQuantileBounds(TrialBoxes(errors), *QuantileOf(shape_.aggregate), confidence);
  return BoundsOf(CaseBoxes(errors), confidence);
}

Bounds MetricValues::BoundsOf(const std::vector<ValueBox>& boxes, double confidence) const {
  if (const auto q = QuantileOf(shape_.aggregate)) return QuantileBounds(boxes, *q, confidence);
  if (shape_.aggregate != Aggregate::kMean) return {};
  if (shape_.range == MetricRange::kUnbounded) return UnboundedMeanBounds(boxes, confidence);
  return UnitMeanBounds(boxes, confidence);
}

std::optional<double> MetricValues::ValueOf(std::vector<double> values) const {
  if (values.empty()) return std::nullopt;
  if (const auto q = QuantileOf(shape_.aggregate)) {
    const std::int64_t rank = *QuantileRank(static_cast<std::int64_t>(values.size()), *q);
    std::nth_element(values.begin(), values.begin() + (rank - 1), values.end());
    return values[static_cast<std::size_t>(rank - 1)];
  }
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (!moments) return std::nullopt;
  return moments->mean;
}

}  // namespace assay
