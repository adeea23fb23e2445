#pragma once
// How the trials of a case become one value of a metric, before the cases become one figure.

#include <string>

#include "config/fields.h"

namespace assay {

enum class Reduce { kMean, kMedian, kMode, kMax, kMin, kMajority, kAtLeastK, kPassAtK, kPassHatK };
template <>
struct EnumWords<Reduce> {
  static constexpr EnumWord<Reduce> kWords[] = {
      {"mean", Reduce::kMean, "mean of the trials"},
      {"median", Reduce::kMedian, "middle value; of an even number of trials the mean of the two in the middle"},
      {"mode", Reduce::kMode, "most frequent value; a case of several has none"},
      {"max", Reduce::kMax, "largest value"},
      {"min", Reduce::kMin, "smallest value"},
      {"majority", Reduce::kMajority, "1 where more than half of the trials pass, else 0"},
      {"at_least_k", Reduce::kAtLeastK, "1 where k or more trials pass, else 0"},
      {"pass_at_k", Reduce::kPassAtK, "pass@k: how likely of k trials one or more passes"},
      {"pass_hat_k", Reduce::kPassHatK, "pass^k: how likely all of k trials pass"}};
};

// Whether it counts trials that pass; else it is of their values.
constexpr bool CountsPasses(Reduce by) {
  return by == Reduce::kMajority || by == Reduce::kAtLeastK || by == Reduce::kPassAtK || by == Reduce::kPassHatK;
}
constexpr bool HasK(Reduce by) { return by == Reduce::kAtLeastK || by == Reduce::kPassAtK || by == Reduce::kPassHatK; }
// Whether the same model has another value when it is asked more often: the best of ten is better than that of three,
// and the median of ten passes nearer to 0 or 1.
constexpr bool DependsOnTrials(Reduce by) {
  return by != Reduce::kMean && by != Reduce::kPassAtK && by != Reduce::kPassHatK;
}
// Whether a trial that fails lowers the value of every case where passes are 1 and failures 0.
constexpr bool ShowsEveryFailure(Reduce by) {
  return by == Reduce::kMean || by == Reduce::kMin || by == Reduce::kPassHatK;
}

// Two of them are equal when they mean the same.
struct Reduction {
  Reduce by = Reduce::kMean;
  int k = 0;       // 0: `by` has none
  int quorum = 0;  // scored trials that a majority needs; 0: as many as make it sure
  int trials = 0;  // of a case, where the meaning depends on it; else 0
  friend bool operator==(const Reduction&, const Reduction&) = default;
};

// "pass^3 of 5 trials", "whether at least 2 of 5 trials pass".
std::string DescribeReduction(const Reduction& reduction, int trials);

}  // namespace assay
