#pragma once
// The cases of a metric as its rules see them: what the value of each must lie within (reducer.h), or, for a quantile
// over several trials, its trials; and the metric over them with its bounds (bounds.h).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/suite.h"
#include "gates/observations.h"
#include "gates/rules/bounding.h"
#include "gates/rules/bounds.h"
#include "gates/rules/reducer.h"

namespace assay {

class PartMemory;

// What a metric of this specification can be.
MetricRange RangeOf(const MetricSpec& metric);

// Why no rule can bound the metric, "" when one can: a max or sum over cases has no bound.
std::string UnboundableObjection(std::string_view metric, Aggregate aggregate);

// Why a rule of this kind, which counts trials that fail, cannot judge the metric, "" when it can: a reduction can pass
// a case of which a trial failed.
std::string ReductionObjection(std::string_view kind, std::string_view metric, const Reduction& reduction);

// Bounds of the mean of these values; `clusters` as ClustersOf gives them (clusters.h).
Bounds MeanBounds(const std::vector<ValueBox>& boxes, std::span<const std::uint32_t> clusters, MetricRange range,
                  const Bounding& how);

inline constexpr std::string_view kPeopleCorrectedMethod = "people_corrected";

// Values that lie in [1 - reach, reach], as ones in [0, 1]; ends are rounded outwards.
ValueBox ToUnitOf(const ValueBox& value, double reach);
double FromUnitOf(double value, double reach);

// Of values that are known.
std::vector<ValueBox> PointBoxes(const std::vector<double>& values);

// One metric on some cases of a suite. For one thread; what it is made of outlives it.
class MetricValues {
 public:
  // `memory` is of the same, or null pointer; `not_judged` as of Reducer.
  MetricValues(const SuiteObservations& suite, std::size_t metric, std::span<const std::uint32_t> cases,
               PartMemory* memory = nullptr, double not_judged = 0)
      : suite_(suite),
        metric_(metric),
        shape_(suite.metrics()[metric]),
        cases_(cases),
        not_judged_(suite.HasNotJudged(metric) ? not_judged : 0),
        memory_(not_judged_ == 0 ? memory : nullptr) {}

  // Which part of what is scored failed without being judged, a mean over the cases.
  double ShareNotJudged() const;
  // Of the cases that have one.
  std::vector<double> CaseValues() const;

  // Of a metric that people correct, else null pointer.
  const PeopleSample* sample() const { return suite_.SampleOf(metric_); }
  // Its best guess: the grader's mean with what people found of it. Absent while they have settled nothing.
  std::optional<double> SampledValue() const;

  // Whether it is a quantile over the trials of cases, so that a case has no single value.
  bool IsOverTrials() const;

  // One a case, in order.
  std::vector<ValueBox> CaseBoxes(ErrorValue errors) const;
  std::vector<TrialBox> TrialBoxes(ErrorValue errors) const;

  // Of every completion. Where the suite has clusters these are the unit.
  Bounds BoundsOfAll(ErrorValue errors, const Bounding& how) const;
  // `boxes` of these cases, or of their trials; not of a metric that people correct.
  Bounds BoundsOf(const std::vector<ValueBox>& boxes, const Bounding& how) const;
  Bounds BoundsOf(const std::vector<TrialBox>& boxes, const Bounding& how) const;

  // The metric over cases of these values: their mean or quantile. Absent without one.
  std::optional<double> ValueOf(std::span<const double> values) const;

 private:
  // Whether it is a mean over independent cases of values in [0, 1], bounded as such are by default.
  bool IsPlainUnitMean(const Bounding& how) const;
  UnitEnds EndsOfAll(ErrorValue errors) const;
  std::optional<UnitEnds> BinaryEndsOfAll(ErrorValue errors) const;
  Bounds PlainUnitBounds(ErrorValue errors, double confidence) const;
  Bounds SampledBounds(ErrorValue errors, const Bounding& how) const;

  const SuiteObservations& suite_;
  const std::size_t metric_;
  const MetricShape& shape_;
  const std::span<const std::uint32_t> cases_;
  const double not_judged_;
  PartMemory* const memory_;
};

}  // namespace assay
