#include "gates/rules/paired_values.h"

#include <algorithm>
#include <cmath>

#include "gates/rules/approximate_bounds.h"
#include "gates/rules/clusters.h"
#include "gates/rules/corrected.h"
#include "gates/rules/forecast.h"
#include "gates/rules/reducer.h"
#include "gates/stats/paired_mean.h"

namespace assay {
namespace {

constexpr double kUnknownEnd = std::numeric_limits<double>::infinity();
constexpr double kGridOfDifferences = 1099511627776.0;  // 2^40

ErrorValue Opposite(ErrorValue errors) {
  if (errors == ErrorValue::kUnknown) return errors;
  return errors == ErrorValue::kLowest ? ErrorValue::kHighest : ErrorValue::kLowest;
}

std::vector<ValueBox> DifferencesOf(const std::vector<ValueBox>& candidate, const std::vector<ValueBox>& baseline) {
  std::vector<ValueBox> differences;
  differences.reserve(candidate.size());
  for (std::size_t i = 0; i < candidate.size(); ++i) {
    differences.push_back({candidate[i].low - baseline[i].high, candidate[i].high - baseline[i].low});
  }
  return differences;
}

bool IsPoint(const ValueBox& box) { return box.low == box.high; }

// Differences that are equal but for rounding, made equal: else they would seem to vary a little, and a bound close to
// their mean would follow.
void Settle(const std::vector<ValueBox>& candidate, const std::vector<ValueBox>& baseline,
            std::vector<ValueBox>& differences) {
  if (!std::ranges::all_of(candidate, IsPoint) || !std::ranges::all_of(baseline, IsPoint)) return;
  std::vector<double> first;
  std::vector<double> second;
  for (const ValueBox& box : candidate) first.push_back(box.low);
  for (const ValueBox& box : baseline) second.push_back(box.low);
  const auto settled = PairedDifferences(first, second);
  if (!settled) return;
  std::ranges::transform(*settled, differences.begin(), [](double value) { return ValueBox{value, value}; });
}

bool IsPass(double value) { return value == 0 || value == 1; }

std::optional<PassTable> TableOf(const std::vector<PairedValue>& seen) {
  PassTable table;
  for (const PairedValue& pair : seen) {
    if (!IsPass(pair.candidate) || !IsPass(pair.baseline)) return std::nullopt;
    std::int64_t& count = pair.candidate == 1 ? (pair.baseline == 1 ? table.both : table.candidate_only)
                                              : (pair.baseline == 1 ? table.baseline_only : table.neither);
    ++count;
  }
  return table;
}

}  // namespace

ValueBox ToUnit(const ValueBox& difference) {
  const double low = std::floor((difference.low + 1) / 2 * kGridOfDifferences) / kGridOfDifferences;
  const double high = std::ceil((difference.high + 1) / 2 * kGridOfDifferences) / kGridOfDifferences;
  return {std::clamp(low, 0.0, 1.0), std::clamp(high, 0.0, 1.0)};
}

double FromUnit(double value) { return 2 * value - 1; }

PairedValues::PairedValues(const PartInput& input)
    : input_(input),
      candidate_(input.suite, *input.metric, input.cases),
      baseline_(*input.baseline, *input.metric, input.cases),
      memory_(PartMemory::OfPairs(input)) {}

std::vector<PairedValue> PairedValues::Seen() const {
  Reducer candidate(input_.suite, *input_.metric);
  Reducer baseline(*input_.baseline, *input_.metric);
  std::vector<PairedValue> seen;
  seen.reserve(input_.cases.size());
  for (const std::uint32_t ordinal : input_.cases) {
    const auto ours = candidate.ValueOf(ordinal);
    const auto theirs = baseline.ValueOf(ordinal);
    if (ours && theirs) seen.push_back({ordinal, *ours, *theirs});
  }
  return seen;
}

bool PairedValues::IsUnpaired() const {
  return input_.judge != nullptr || QuantileOf(input_.shape().aggregate).has_value() ||
         input_.method == BoundMethod::kUnpaired;
}

// Of one of the two by itself; of the rate behind its judge where the metric is one's opinion.
Bounds PairedValues::BoundsAlone(const SuiteObservations& suite, std::span<const std::uint32_t> cases,
                                 const JudgeCalibration* judge, ErrorValue errors) const {
  const auto raw = [&](double confidence, double not_judged) {
    return MetricValues(suite, *input_.metric, cases, nullptr, not_judged)
        .BoundsOfAll(errors, {.confidence = confidence});
  };
  if (judge == nullptr) return raw(ConfidenceApart(), 0);
  return CorrectedBounds(*judge, ConfidenceApart(), suite.HasNotJudged(*input_.metric), raw);
}

bool PairedValues::IsPlain() const {
  const MetricShape& shape = input_.shape();
  return !IsUnpaired() && !input_.method && shape.aggregate == Aggregate::kMean && shape.range == MetricRange::kUnit &&
         !input_.suite.HasClusters() && candidate_.sample() == nullptr;
}

UnitEnds PairedValues::EndsOfAll(ErrorValue errors) const {
  std::vector<ValueBox> differences =
      DifferencesOf(candidate_.CaseBoxes(errors), baseline_.CaseBoxes(Opposite(errors)));
  std::ranges::transform(differences, differences.begin(), ToUnit);
  return UnitEndsOf(differences);
}

Bounds PairedValues::BoundsOfAll(ErrorValue errors) const {
  if (memory_ != nullptr && IsPlain() && !input_.cases.empty()) {
    const UnitEnds& ends = memory_->Ends(errors, [&] { return EndsOfAll(errors); });
    const Bounds bounds = BoundsOfEnds(ends, BoundingOf(input_).confidence);
    return {FromUnit(bounds.lower), FromUnit(bounds.upper), "paired_gaffke"};
  }
  if (IsUnpaired()) {
    return BoundsApart(BoundsAlone(input_.suite, input_.cases, input_.judge, errors),
                       BoundsAlone(*input_.baseline, input_.cases, input_.baseline_judge, Opposite(errors)));
  }
  return PairedBounds(candidate_.CaseBoxes(errors), baseline_.CaseBoxes(Opposite(errors)), input_.cases);
}

Bounds PairedValues::BoundsOfSeen() const {
  if (candidate_.sample() != nullptr) return BoundsOfAll(ErrorValue::kUnknown);
  std::vector<std::uint32_t> ordinals;
  std::vector<ValueBox> ours;
  std::vector<ValueBox> theirs;
  for (const PairedValue& pair : seen()) {
    ordinals.push_back(pair.ordinal);
    ours.push_back({pair.candidate, pair.candidate});
    theirs.push_back({pair.baseline, pair.baseline});
  }
  if (!IsUnpaired()) return PairedBounds(ours, theirs, ordinals);
  return BoundsApart(BoundsAlone(input_.suite, ordinals, input_.judge, ErrorValue::kUnknown),
                     BoundsAlone(*input_.baseline, ordinals, input_.baseline_judge, ErrorValue::kUnknown));
}

Bounds PairedValues::PairedBounds(const std::vector<ValueBox>& candidate, const std::vector<ValueBox>& baseline,
                                  std::span<const std::uint32_t> cases) const {
  std::vector<ValueBox> differences = DifferencesOf(candidate, baseline);
  if (differences.empty()) return {};
  const Bounding how = BoundingOf(input_);
  const std::vector<std::uint32_t> clusters = ClustersOf(input_.suite, cases);
  if (input_.shape().range == MetricRange::kUnbounded) {
    Settle(candidate, baseline, differences);
    return MeanBounds(differences, clusters, MetricRange::kUnbounded, how);
  }
  if (const auto bounds = BoundsAskedFor(candidate, baseline, clusters)) return *bounds;
  if (candidate_.sample() != nullptr && baseline_.sample() != nullptr) return SampledBounds(differences, clusters);
  std::ranges::transform(differences, differences.begin(), ToUnit);
  const Bounds bounds = MeanBounds(differences, clusters, MetricRange::kUnit, {.confidence = how.confidence});
  return {FromUnit(bounds.lower), FromUnit(bounds.upper), clusters.empty() ? "paired_gaffke" : bounds.method};
}

// Each of the two lies in [1 - reach, reach], of its own sample.
Bounds PairedValues::SampledBounds(std::vector<ValueBox> differences, std::span<const std::uint32_t> clusters) const {
  const double most = candidate_.sample()->reach() + baseline_.sample()->reach() - 1;
  std::ranges::transform(differences, differences.begin(), [most](const ValueBox& difference) {
    return ToUnit({difference.low / most, difference.high / most});
  });
  const Bounds bounds =
      MeanBounds(differences, clusters, MetricRange::kUnit, {.confidence = BoundingOf(input_).confidence});
  return {std::clamp(most * FromUnit(bounds.lower), -1.0, 1.0), std::clamp(most * FromUnit(bounds.upper), -1.0, 1.0),
          kPeopleCorrectedMethod};
}

// By the method that is asked for, where that has information on these values and none is missing.
std::optional<Bounds> PairedValues::BoundsAskedFor(const std::vector<ValueBox>& candidate,
                                                   const std::vector<ValueBox>& baseline,
                                                   std::span<const std::uint32_t> clusters) const {
  if (!input_.method) return std::nullopt;
  if (!std::ranges::all_of(candidate, IsPoint) || !std::ranges::all_of(baseline, IsPoint)) return std::nullopt;
  std::vector<double> ours;
  std::vector<double> theirs;
  for (const ValueBox& box : candidate) ours.push_back(box.low);
  for (const ValueBox& box : baseline) theirs.push_back(box.low);
  auto bounds = ApproximatePairBounds(ours, theirs, clusters, BoundingOf(input_));
  const auto differences = PairedDifferences(ours, theirs);
  if (!bounds && differences) bounds = ApproximateMeanBounds(*differences, clusters, BoundingOf(input_));
  if (!bounds) return std::nullopt;
  return Bounds{std::max(bounds->lower, -1.0), std::min(bounds->upper, 1.0), bounds->method};
}

// Whatever the two have to do with each other.
Bounds PairedValues::BoundsApart(const Bounds& candidate, const Bounds& baseline) const {
  const bool is_asked_for = input_.method == BoundMethod::kUnpaired;
  Bounds bounds{candidate.lower - baseline.upper, candidate.upper - baseline.lower,
                is_asked_for && !candidate.method.empty() ? "unpaired" : candidate.method};
  if (std::isnan(bounds.lower)) bounds.lower = -kUnknownEnd;  // both at the same infinity: nothing is known
  if (std::isnan(bounds.upper)) bounds.upper = kUnknownEnd;
  return bounds;
}

KnownPairs PairedValues::Known() const {
  // What a judge said is compared as it is corrected by the sentinels of either run.
  if (memory_ == nullptr || input_.judge != nullptr) return FindKnown();
  return memory_->Known([&] { return FindKnown(); });
}

KnownPairs PairedValues::FindKnown() const {
  KnownPairs known{.cases = std::ssize(seen()), .comparison = Compare()};
  if (!IsPlain()) return known;
  std::vector<double> differences;
  differences.reserve(seen().size());
  for (const PairedValue& pair : seen()) differences.push_back(ToUnit({pair.Difference(), pair.Difference()}).low);
  known.groups = ForecastGroups(differences);
  return known;
}

Comparison PairedValues::Compare() const {
  if (candidate_.sample() != nullptr) {
    return {.candidate = candidate_.SampledValue(), .baseline = baseline_.SampledValue()};
  }
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<std::uint32_t> ordinals;
  for (const PairedValue& pair : seen()) {
    ordinals.push_back(pair.ordinal);
    ours.push_back(pair.candidate);
    theirs.push_back(pair.baseline);
  }
  Comparison comparison;
  if (candidate_.IsOverTrials() && !seen().empty()) {
    const double q = *QuantileOf(input_.shape().aggregate);
    const MetricValues candidate(input_.suite, *input_.metric, ordinals);
    const MetricValues baseline(*input_.baseline, *input_.metric, ordinals);
    comparison.candidate = TrialQuantile(candidate.TrialBoxes(ErrorValue::kUnknown), q);
    comparison.baseline = TrialQuantile(baseline.TrialBoxes(ErrorValue::kUnknown), q);
    return comparison;
  }
  comparison.candidate = candidate_.ValueOf(ours);
  comparison.baseline = baseline_.ValueOf(theirs);
  if (input_.judge != nullptr && comparison.candidate && comparison.baseline) {
    const MetricValues candidate(input_.suite, *input_.metric, ordinals);
    const MetricValues baseline(*input_.baseline, *input_.metric, ordinals);
    comparison.candidate = CorrectedValue(*input_.judge, *comparison.candidate, candidate.ShareNotJudged());
    comparison.baseline = CorrectedValue(*input_.baseline_judge, *comparison.baseline, baseline.ShareNotJudged());
  }
  const bool is_mean = input_.shape().aggregate == Aggregate::kMean && input_.shape().range == MetricRange::kUnit;
  if (is_mean && !seen().empty()) comparison.passes = TableOf(seen());
  return comparison;
}

}  // namespace assay
