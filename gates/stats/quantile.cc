#include "gates/stats/quantile.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

bool IsValid(std::int64_t n, double q, double confidence) {
  return n >= 2 && q > 0 && q < 1 && confidence > 0 && confidence < 1;
}

// The least r in [1, n + 1] with P(Bin(n, q) <= r - 1) >= level, by bisection; the probability grows with r and is 1 at
// n + 1.
std::int64_t LeastRank(std::int64_t n, double q, double level) {
  std::int64_t low = 1;
  std::int64_t high = n + 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (BinomialCdf(middle - 1, n, q).value_or(0) >= level) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::optional<std::int64_t> QuantileUpperRank(std::int64_t n, double q, double confidence) {
  if (!IsValid(n, q, confidence)) return std::nullopt;
  const std::int64_t rank = LeastRank(n, q, confidence);
  if (rank > n) return std::nullopt;
  return rank;
}

std::optional<std::int64_t> QuantileLowerRank(std::int64_t n, double q, double confidence) {
  if (!IsValid(n, q, confidence)) return std::nullopt;
  std::int64_t low = 0;
  std::int64_t high = n;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (BinomialCdf(middle - 1, n, q).value_or(1) <= 1 - confidence) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  if (low == 0) return std::nullopt;
  return low;
}

std::optional<std::int64_t> QuantileUpperCasesNeeded(double q, double confidence) {
  if (!(q > 0 && q < 1)) return std::nullopt;
  // That none of n cases lies above the q-quantile has the probability q^n, as that no one of n fails at a rate of 1 -
  // q.
  return ZeroFailuresNeeded(1 - q, confidence);
}

std::optional<Interval> QuantileInterval(std::span<const double> sorted, double q, double confidence) {
  const auto n = static_cast<std::int64_t>(sorted.size());
  const auto lower = QuantileLowerRank(n, q, confidence);
  const auto upper = QuantileUpperRank(n, q, confidence);
  if (!lower || !upper || !(confidence > 0.5) || !std::is_sorted(sorted.begin(), sorted.end())) return std::nullopt;
  for (const double value : sorted) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return Interval{sorted[static_cast<std::size_t>(*lower - 1)], sorted[static_cast<std::size_t>(*upper - 1)]};
}

std::optional<std::int64_t> QuantileRank(std::int64_t n, double q) {
  if (n < 1 || !(q > 0 && q < 1)) return std::nullopt;
  // The subtraction forgives the rounding of q * n just above an integer (0.07 * 100 = 7.000000000000001).
  const auto rank = static_cast<std::int64_t>(std::ceil(q * static_cast<double>(n) - 1e-9));
  return std::clamp<std::int64_t>(rank, 1, n);
}

}  // namespace assay
