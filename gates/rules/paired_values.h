#pragma once
// A metric on the same cases of candidate and baseline: what either and their difference, candidate less baseline, may
// be while trials are missing. Missing trials of the two move in opposite directions, so that they never help.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gates/rules/bounds.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/part_memory.h"
#include "gates/rules/rule.h"
#include "gates/verdict.h"

namespace assay {

// A case that both have a value of.
struct PairedValue {
  std::uint32_t ordinal;
  double candidate;
  double baseline;

  double Difference() const { return candidate - baseline; }
};

// For one thread; `input` has a metric and a baseline, and outlives it.
class PairedValues {
 public:
  explicit PairedValues(const PartInput& input);

  // Bounds of the difference over all completions. Trials of the candidate in error count as `errors`, those of the
  // baseline as the opposite.
  Bounds BoundsOfAll(ErrorValue errors) const;
  // Of the cases that have both values, whatever is missing.
  Bounds BoundsOfSeen() const;

  // Of either by itself: of quantiles and of what judges say, or since the rule asks for it.
  bool IsUnpaired() const;

  // Of the difference, from bounds of either at ConfidenceApart().
  Bounds BoundsApart(const Bounds& candidate, const Bounds& baseline) const;
  // Of either by itself, so that both together err no more often than the rule may.
  double ConfidenceApart() const { return 1 - (1 - input_.confidence) / 2; }

  const std::vector<PairedValue>& seen() const {
    if (!seen_) seen_ = Seen();
    return *seen_;
  }
  // How many these are, their comparison, and what a forecast of their differences goes by: of several rules on them
  // computed once.
  KnownPairs Known() const;
  // The metric of either over the seen cases, and the table of passes when every value is 0 or 1.
  Comparison Compare() const;

 private:
  std::vector<PairedValue> Seen() const;
  KnownPairs FindKnown() const;
  // Where the bounds are those of the mean of independent differences of values in [0, 1], by the method of the rules.
  bool IsPlain() const;
  UnitEnds EndsOfAll(ErrorValue errors) const;
  Bounds BoundsAlone(const SuiteObservations& suite, std::span<const std::uint32_t> cases,
                     const JudgeCalibration* judge, ErrorValue errors) const;
  Bounds SampledBounds(std::vector<ValueBox> differences, std::span<const std::uint32_t> clusters) const;
  Bounds PairedBounds(const std::vector<ValueBox>& candidate, const std::vector<ValueBox>& baseline,
                      std::span<const std::uint32_t> cases) const;
  std::optional<Bounds> BoundsAskedFor(const std::vector<ValueBox>& candidate, const std::vector<ValueBox>& baseline,
                                       std::span<const std::uint32_t> clusters) const;

  const PartInput& input_;
  const MetricValues candidate_;
  const MetricValues baseline_;
  PairMemory* memory_;  // null pointer where nothing is shared
  mutable std::optional<std::vector<PairedValue>> seen_;
};

// Each difference of values in [0, 1] as a value in [0, 1], of which 1/2 is no difference, rounded outwards to 2^-40 so
// that equal differences are equal numbers.
ValueBox ToUnit(const ValueBox& difference);
double FromUnit(double value);

}  // namespace assay
