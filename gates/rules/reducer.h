#pragma once
// The value of a case of its trials, as the metric reduces them, and what it may be while trials are missing. A missing
// trial never helps: the value is then only known to lie between what the worst and the best completions would give.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gates/observations.h"
#include "gates/rules/bounds.h"

namespace assay {

// Trials that ended in errors count as the lowest or the highest value, or as unknown like all that are missing.
enum class ErrorValue { kUnknown, kLowest, kHighest };

// Of one metric. For one thread: it keeps memory between calls.
class Reducer {
 public:
  // `suite` outlives it. `not_judged` is what a trial counts as, of a mean, that failed without being judged.
  Reducer(const SuiteObservations& suite, std::size_t metric, double not_judged = 0);

  // Why the suite cannot be reduced so; "" when it can.
  std::string Objection() const;

  // The value as the scored trials have it, for people and estimates. Absent when they do not say: none is scored;
  // fewer than k, or than the quorum, are; what is missing could decide a majority; no value is more frequent than the
  // others.
  std::optional<double> ValueOf(std::size_t ordinal) {
    if (shape_.reduction.by != Reduce::kMean) return Reduced(ordinal);
    if (not_judged_ != 0) return MeanWithNotJudged(ordinal);
    return tallies_.MeanOf(ordinal);
  }

  // What every completion of the case lies within. A point when its trials are all there, but for a case without a most
  // frequent value: that lies between the least and the greatest of the most frequent ones.
  ValueBox BoxOf(std::size_t ordinal, ErrorValue errors) {
    if (shape_.reduction.by != Reduce::kMean) return ReducedBox(ordinal, errors);
    if (not_judged_ != 0) return MeanBox(TallyWithNotJudged(ordinal), errors);
    if (trials_ == 1) {
      if (const auto value = tallies_.MeanOf(ordinal)) return {*value, *value};
    }
    return MeanBox(tallies_[ordinal], errors);
  }

 private:
  // Trials of a case that count as known beside the scored ones, and those that may be anything.
  struct Missing {
    int lowest = 0;
    int highest = 0;
    int unknown = 0;
  };

  bool IsUnit() const { return shape_.range == MetricRange::kUnit; }
  Missing MissingOf(const CaseTally& tally, ErrorValue errors) const;
  // The values of the scored trials in ascending order; of max and min the extreme only.
  const std::vector<double>& Sorted(std::size_t ordinal, const CaseTally& tally);

  std::optional<double> Reduced(std::size_t ordinal);  // of all but means, as ReducedBox
  ValueBox ReducedBox(std::size_t ordinal, ErrorValue errors);
  CaseTally TallyWithNotJudged(std::size_t ordinal) const;
  std::optional<double> MeanWithNotJudged(std::size_t ordinal) const;
  ValueBox MeanBox(const CaseTally& tally, ErrorValue errors) const;
  ValueBox PassBox(const CaseTally& tally, const Missing& missing) const;
  ValueBox ExtremeBox(std::size_t ordinal, const CaseTally& tally, const Missing& missing);
  ValueBox MedianBox(std::size_t ordinal, const CaseTally& tally, const Missing& missing);
  ValueBox ModeBox(std::size_t ordinal, const CaseTally& tally, const Missing& missing);
  // Of a case all of whose trials are known, `passing` of them passing.
  double OfPasses(int passing) const;

  const SuiteObservations& suite_;
  const std::size_t metric_;
  const MetricShape& shape_;
  const TallyColumn& tallies_;
  const int trials_;
  const double lowest_;
  const double highest_;
  const double not_judged_;
  std::vector<double> all_pass_;  // pass^k by the number of passing trials; of pass@k by those that fail
  bool is_possible_ = false;      // no objection
  std::vector<double> sorted_;
};

}  // namespace assay
