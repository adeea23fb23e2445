#pragma once
// Distribution-free one-sided bounds for a quantile: order statistics (David & Nagaraja, Order Statistics, 3rd ed.,
// §7.1). Pure functions, thread-safe.
//
// The q-quantile is the least x with P(X <= x) >= q; x(1) <= ... <= x(n) are the sorted cases. No assumption but
// independence; discrete and tied data only make the bounds more conservative.

#include <cstdint>
#include <optional>

namespace assay {

// The least rank r with P(Bin(n, q) <= r - 1) >= confidence: x(r) is at or above the quantile with at least that
// confidence. Absent when no rank up to n does (too few cases) or an argument is out of range
// (n < 1, q or confidence outside (0, 1)).
std::optional<std::int64_t> QuantileUpperRank(std::int64_t n, double q, double confidence);

// The greatest rank r with P(Bin(n, q) <= r - 1) <= 1 - confidence: x(r) is at or below the quantile with at least that
// confidence. Absent as above.
std::optional<std::int64_t> QuantileLowerRank(std::int64_t n, double q, double confidence);

// The rank of the sample quantile: the least r with r / n >= q. Absent as above.
std::optional<std::int64_t> QuantileRank(std::int64_t n, double q);

}  // namespace assay
