#pragma once
// Distribution-free one-sided bounds for a quantile: order statistics (David & Nagaraja, Order Statistics, 3rd ed.,
// §7.1). Pure functions, thread-safe.
//
// The q-quantile is the least x with P(X <= x) >= q; x(1) <= ... <= x(n) are the sorted cases. No assumption but
// independence; discrete and tied data only make the bounds more conservative.

#include <cstdint>
#include <optional>
#include <span>

#include "gates/stats/interval.h"

namespace assay {

// The least rank r with P(Bin(n, q) <= r - 1) >= confidence: x(r) is at or above the quantile with at least that
// confidence. Absent when no rank up to n does (too few cases) or an argument is out of range
// (n < 2, q or confidence outside (0, 1)).
std::optional<std::int64_t> QuantileUpperRank(std::int64_t n, double q, double confidence);

// The greatest rank r with P(Bin(n, q) <= r - 1) <= 1 - confidence: x(r) is at or below the quantile with at least that
// confidence. Absent as above.
std::optional<std::int64_t> QuantileLowerRank(std::int64_t n, double q, double confidence);

// The fewest cases of which the greatest is at or above the quantile with at least that confidence, log(1 - confidence)
// over log(q) and at least 2: with fewer there is no upper rank. Absent for q or confidence outside (0, 1) and beyond
// 2^53.
std::optional<std::int64_t> QuantileUpperCasesNeeded(double q, double confidence);

// Both order statistics by value: the greatest case at or below the quantile and the least at or above it, each with at
// least that confidence. Absent as above,
// and for a confidence of 0.5 or less and values that are not finite or not in ascending order.
std::optional<Interval> QuantileInterval(std::span<const double> sorted, double q, double confidence);

// The rank of the sample quantile: the least r with r / n >= q; of one case that one. Absent for n < 1 and q outside
// (0, 1).
std::optional<std::int64_t> QuantileRank(std::int64_t n, double q);

}  // namespace assay
