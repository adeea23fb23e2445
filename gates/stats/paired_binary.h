#pragma once
// The same cases passed or failed twice, by a first and a second model: tests of no difference, and bounds for the
// difference of the pass rates, first less second. Pure functions, thread-safe.
//
// Only cases on which the two disagree say that they differ. Where none does, tests give a p-value of 1, which is no
// evidence that they are equal: the bounds say how equal they are shown to be.
//
// Absent results mean no information: fewer than two cases, a negative count, more than 2^53 cases, a confidence
// outside (0.5, 1). `confidence` is that of one bound by itself, as in interval.h.

#include <cstdint>
#include <optional>

#include "gates/stats/interval.h"

namespace assay {

// Cases by who passed them.
struct PairedCounts {
  std::int64_t both = 0;
  std::int64_t first_only = 0;
  std::int64_t second_only = 0;
  std::int64_t neither = 0;
};

// Two-sided p-values of the hypothesis that a disagreement goes either way with probability 1/2. Exact (McNemar,
// Psychometrika 12, 1947, with the binomial distribution): min(1, 2 P(X <= min)). Mid-p (Fagerland, Lydersen & Laake,
// BMC Medical Research Methodology 13:91, 2013): less by P(X = min), or half of it when both counts are equal; closer
// to its error rate on average, but may exceed it. Both are 1 without a disagreement. Absent for a negative count only.
std::optional<double> McNemarExact(std::int64_t first_only, std::int64_t second_only);
std::optional<double> McNemarMidP(std::int64_t first_only, std::int64_t second_only);

// Tango's score interval (Statistics in Medicine 17, 1998, 891-908): every difference that the score test with the
// nuisance parameter at its constrained maximum does not reject. Within [-1, 1]; z^2 / (n + z^2) on either side of 0
// without a disagreement. Approximate, exceeding its error rate most where disagreements are rare: at a confidence of
// 0.95 the lower bound lies above a true difference of 0 or less in up to 7.4 % of samples of 30, 6.6 % of 200 (the
// second model's rare failures being all there is), above a positive one in up to 9.6 %, added up over all outcomes.
// BoundedMeanInterval (paired_mean.h) does not.
std::optional<Interval> TangoScore(const PairedCounts& counts, double confidence);

// Newcombe's square-and-add interval (Statistics in Medicine 17, 1998, 2635-2650, method 10): Wilson's limits of both
// rates, with the correlation between them, corrected for continuity. Has width without a disagreement too. For display
// and comparison with other reports, not for a decision: the correlation is that of the sample, and with few
// disagreements among many cases of mixed results the bounds are far too close (100 cases, half of them passed by both:
// 13 % of samples with a true difference of -0.02 show more than that at a confidence of 0.95).
std::optional<Interval> NewcombeSquareAndAdd(const PairedCounts& counts, double confidence);

}  // namespace assay
