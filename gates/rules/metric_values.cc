#include "gates/rules/metric_values.h"

#include <algorithm>
#include <cmath>

#include "gates/rules/approximate_bounds.h"
#include "gates/rules/clustered_bounds.h"
#include "gates/rules/clusters.h"
#include "gates/rules/part_memory.h"
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

// A grid that keeps 0 and 1 apart from all else, so that values which are equal but for rounding are equal.
constexpr double kGridOfSampled = 1099511627776.0;  // 2^40

ValueBox ToUnitOf(const ValueBox& value, double reach) {
  const auto unit = [reach](double one) { return (one - (1 - reach)) / (2 * reach - 1); };
  if (reach == 1) return value;
  const double low = std::floor(unit(value.low) * kGridOfSampled) / kGridOfSampled;
  const double high = std::ceil(unit(value.high) * kGridOfSampled) / kGridOfSampled;
  return {std::clamp(low, 0.0, 1.0), std::clamp(high, 0.0, 1.0)};
}

std::vector<ValueBox> PointBoxes(const std::vector<double>& values) {
  std::vector<ValueBox> boxes;
  boxes.reserve(values.size());
  for (const double value : values) boxes.push_back({value, value});
  return boxes;
}

double FromUnitOf(double value, double reach) { return value * (2 * reach - 1) + (1 - reach); }

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

std::vector<double> MetricValues::CaseValues() const {
  Reducer reducer(suite_, metric_, not_judged_);
  std::vector<double> values;
  values.reserve(cases_.size());
  for (const std::uint32_t ordinal : cases_) {
    if (const auto value = reducer.ValueOf(ordinal)) values.push_back(*value);
  }
  return values;
}

double MetricValues::ShareNotJudged() const {
  if (!suite_.HasNotJudged(metric_)) return 0;
  double share = 0;
  std::int64_t scored = 0;
  for (const std::uint32_t ordinal : cases_) {
    const CaseTally tally = suite_.Tallies(metric_)[ordinal];
    if (tally.scored == 0) continue;
    ++scored;
    share += static_cast<double>(suite_.NotJudged(metric_, ordinal)) / tally.scored;
  }
  return scored == 0 ? 0 : share / static_cast<double>(scored);
}

std::vector<ValueBox> MetricValues::CaseBoxes(ErrorValue errors) const {
  Reducer reducer(suite_, metric_, not_judged_);
  std::vector<ValueBox> boxes;
  boxes.reserve(cases_.size());
  for (const std::uint32_t ordinal : cases_) {
    if (sample() == nullptr) {
      boxes.push_back(reducer.BoxOf(ordinal, errors));
      continue;
    }
    const Interval value = sample()->ValueOf(ordinal);
    ValueBox box{value.lower, value.upper};
    if (errors != ErrorValue::kUnknown && suite_.Tallies(metric_)[ordinal].error > 0)
      (errors == ErrorValue::kHighest ? box.low : box.high) = errors == ErrorValue::kHighest ? box.high : box.low;
    boxes.push_back(box);
  }
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

Bounds MetricValues::SampledBounds(ErrorValue errors, const Bounding& how) const {
  const double reach = sample()->reach();
  std::vector<ValueBox> boxes = CaseBoxes(errors);
  std::ranges::transform(boxes, boxes.begin(), [&](const ValueBox& box) { return ToUnitOf(box, reach); });
  const Bounds bounds = MeanBounds(boxes, ClustersOf(suite_, cases_), MetricRange::kUnit, how);
  const bool is_default = bounds.method == "gaffke" || bounds.method == "clopper_pearson";
  return {std::clamp(FromUnitOf(bounds.lower, reach), 0.0, 1.0), std::clamp(FromUnitOf(bounds.upper, reach), 0.0, 1.0),
          is_default ? kPeopleCorrectedMethod : bounds.method};
}

// Where all is known that of which the bounds are.
std::optional<double> MetricValues::SampledValue() const {
  const std::vector<ValueBox> boxes = CaseBoxes(ErrorValue::kUnknown);
  double sum = 0;
  for (const ValueBox& box : boxes) {
    if (box.low != box.high) return sample()->SummaryOf(cases_).value;
    sum += box.low;
  }
  if (boxes.empty()) return std::nullopt;
  return std::clamp(sum / static_cast<double>(boxes.size()), 0.0, 1.0);
}

bool MetricValues::IsPlainUnitMean(const Bounding& how) const {
  return shape_.aggregate == Aggregate::kMean && shape_.range == MetricRange::kUnit && !how.method &&
         !suite_.HasClusters();
}

// Of passes and failures, which is what most rules are on: counted without a copy of a million values.
std::optional<UnitEnds> MetricValues::BinaryEndsOfAll(ErrorValue errors) const {
  const auto is_binary = [](double end) { return end == 0 || end == 1; };
  Reducer reducer(suite_, metric_, not_judged_);
  UnitEnds ends{.cases = std::ssize(cases_), .are_binary = true};
  for (const std::uint32_t ordinal : cases_) {
    const ValueBox box = reducer.BoxOf(ordinal, errors);
    if (!is_binary(box.low) || !is_binary(box.high)) return std::nullopt;
    ends.ones += box.low == 1 ? 1 : 0;
    ends.possible_ones += box.high == 1 ? 1 : 0;
  }
  return ends;
}

UnitEnds MetricValues::EndsOfAll(ErrorValue errors) const {
  if (auto ends = BinaryEndsOfAll(errors)) return *std::move(ends);
  return UnitEndsOf(CaseBoxes(errors));
}

Bounds MetricValues::PlainUnitBounds(ErrorValue errors, double confidence) const {
  if (memory_ == nullptr) return BoundsOfEnds(EndsOfAll(errors), confidence);
  return memory_->BoundsAt(errors, confidence, [&] {
    return BoundsOfEnds(memory_->Ends(errors, [&] { return EndsOfAll(errors); }), confidence);
  });
}

Bounds MetricValues::BoundsOfAll(ErrorValue errors, const Bounding& how) const {
  if (sample() != nullptr) return SampledBounds(errors, how);
  if (IsPlainUnitMean(how)) return PlainUnitBounds(errors, how.confidence);
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

std::optional<double> MetricValues::ValueOf(std::span<const double> values) const {
  if (values.empty()) return std::nullopt;
  if (const auto q = QuantileOf(shape_.aggregate)) {
    const std::int64_t rank = *QuantileRank(static_cast<std::int64_t>(values.size()), *q);
    std::vector<double> ordered(values.begin(), values.end());
    std::nth_element(ordered.begin(), ordered.begin() + (rank - 1), ordered.end());
    return ordered[static_cast<std::size_t>(rank - 1)];
  }
  if (shape_.range == MetricRange::kUnit) return MeanOf(values);
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (!moments) return std::nullopt;
  return moments->mean;
}

}  // namespace assay
