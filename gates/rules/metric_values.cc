#include "gates/rules/metric_values.h"

#include <algorithm>

#include "gates/rules/approximate_bounds.h"
#include "gates/rules/clustered_bounds.h"
#include "gates/rules/clusters.h"
#include "gates/stats/mean.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

// The values, when all are known.
std::optional<std::vector<double>> PointsOf(const std::vector<ValueBox>& boxes) {
  std::vector<double> points;
  points.reserve(boxes.size());
  for (const ValueBox& box : boxes) {
    if (box.low != box.high) return std::nullopt;
    points.push_back(box.low);
  }
  return points;
}

// By the method that is asked for, where that has information on these values and none is missing: of a method whose
// bound can fall when a value rises the worst completion is not known.
std::optional<Bounds> BoundsAskedFor(const std::vector<ValueBox>& boxes, std::span<const std::uint32_t> clusters,
                                     const Bounding& how) {
  if (!how.method) return std::nullopt;
  const auto points = PointsOf(boxes);
  return points ? ApproximateMeanBounds(*points, clusters, how) : std::nullopt;
}

}  // namespace

Bounds MeanBounds(const std::vector<ValueBox>& boxes, std::span<const std::uint32_t> clusters, MetricRange range,
                  const Bounding& how) {
  const bool is_unit = range == MetricRange::kUnit;
  if (auto bounds = BoundsAskedFor(boxes, clusters, how)) {
    if (!is_unit) return *bounds;
    return {std::max(bounds->lower, 0.0), std::min(bounds->upper, 1.0), bounds->method};
  }
  if (clusters.empty()) {
    return is_unit ? UnitMeanBounds(boxes, how.confidence) : UnboundedMeanBounds(boxes, how.confidence);
  }
  return is_unit ? ClusteredUnitMeanBounds(boxes, clusters, how.confidence)
                 : ClusteredUnboundedMeanBounds(boxes, clusters, how.confidence);
}

MetricRange RangeOf(const MetricSpec& metric) {
  return IsOfScores(metric.source) && !metric.is_unbounded ? MetricRange::kUnit : MetricRange::kUnbounded;
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

Bounds MetricValues::BoundsOfAll(ErrorValue errors, const Bounding& how) const {
  if (IsOverTrials()) return BoundsOf(TrialBoxes(errors), how);
  return BoundsOf(CaseBoxes(errors), how);
}

Bounds MetricValues::BoundsOf(const std::vector<ValueBox>& boxes, const Bounding& how) const {
  const std::vector<std::uint32_t> clusters = ClustersOf(suite_, cases_);
  if (const auto q = QuantileOf(shape_.aggregate)) {
    return clusters.empty() ? QuantileBounds(boxes, *q, how.confidence)
                            : ClusteredQuantileBounds(boxes, clusters, *q, how.confidence);
  }
  if (shape_.aggregate != Aggregate::kMean) return {};
  return MeanBounds(boxes, clusters, shape_.range, how);
}

Bounds MetricValues::BoundsOf(const std::vector<TrialBox>& boxes, const Bounding& how) const {
  const std::vector<std::uint32_t> clusters = ClustersOf(suite_, cases_);
  const double q = *QuantileOf(shape_.aggregate);
  return clusters.empty() ? TrialQuantileBounds(boxes, q, how.confidence)
                          : ClusteredTrialQuantileBounds(boxes, clusters, q, how.confidence);
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
