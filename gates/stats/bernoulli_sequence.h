#pragma once
// A confidence sequence for the probability behind passes and failures (beta-binomial mixture: Robbins 1970; Howard et
// al., Annals of Statistics 49, 2021; confseq's bernoulli_confidence_interval). Pure, thread-safe.

#include <cstdint>
#include <optional>

#include "gates/stats/interval.h"

namespace assay {

// Bounds after `n` independent cases that hold for all n together: looked at after every case, the probability that the
// true one is ever outside is at most `alpha` in (0, 1), for both sides. Tightest about `tuned_for` cases (> 0), for an
// error of `tuned_alpha`. Needs the counts only, not their order, so that nothing of an earlier, tighter bound is kept.
// 0 and 1 are returned where nothing is excluded. Absent (no information) for n < 1 or n > 10^10, successes outside [0,
// n], and arguments out of range or NaN. On the safe side up to rounding; O(1), some 100 microseconds.
struct BernoulliSequence {
  double alpha = 0.05;
  double tuned_for = 0;  // at most 10^10
  double tuned_alpha = 0.05;
};
std::optional<Interval> BernoulliSequenceInterval(std::int64_t successes, std::int64_t n,
                                                  const BernoulliSequence& sequence);

}  // namespace assay
