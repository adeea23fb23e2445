#pragma once
// The paired permutation test (Fisher, The Design of Experiments, 1935, §21). Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>

#include "gates/stats/bootstrap.h"

namespace assay {

enum class Alternative {
  kTwoSided,  // the differences do not balance
  kGreater,   // the first is greater
  kLess,
};

// P-value of the hypothesis that each difference is as likely to have the other sign, which is so when the two models
// of a pair could be exchanged: the share of all sign patterns whose sum is at least as extreme as the observed one,
// where sums that differ by rounding only (1e-12 of the sum of sizes) are the same. Differences of 0 do not matter. For
// differences of -1, 0 and 1 it is McNemarExact. Exact up to 30 differences other than 0, O(2^(n/2)); absent beyond.
// Absent too (no information) for fewer than two differences, NaN, infinities, and when all are equal.
std::optional<double> SignFlipExact(std::span<const double> differences, Alternative alternative);

// The same for any number of differences from randomly drawn patterns: (1 + those as extreme) / (1 + drawn), which is a
// valid p-value by itself and never 0 (Phipson & Smyth, Statistical Applications in Genetics and Molecular Biology 9,
// 2010). Reproducible from the seed. Absent as above and for replicates outside [1, 10^7]. O(replicates * n).
std::optional<double> SignFlipMonteCarlo(std::span<const double> differences, Alternative alternative,
                                         const Resampling& resampling);

// The means that the drawn patterns do not reject: bounds of `confidence` in (0.5, 1), each by itself. A mean d is
// rejected from below when the differences less d, flipped at random, are as extreme as they are in at most 1 -
// confidence of the patterns; that is so when few of the means of the flipped ones are at or below d (Hartigan, JASA
// 64, 1969), so that the bounds are two of these means. Exact for differences that are symmetric around their mean, as
// far as there are patterns; not for skewed ones. Absent as above, and for too few replicates for the confidence.
// O(replicates * n).
std::optional<Interval> SignFlipInterval(std::span<const double> differences, double confidence,
                                         const Resampling& resampling);
// Of the mean over all cases, whole clusters being flipped.
std::optional<Interval> ClusteredSignFlipInterval(std::span<const ClusterTotal> totals, double confidence,
                                                  const Resampling& resampling);

}  // namespace assay
