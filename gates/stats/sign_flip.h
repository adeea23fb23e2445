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

}  // namespace assay
