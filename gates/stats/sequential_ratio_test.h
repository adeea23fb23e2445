#pragma once
// Wald's sequential probability ratio test of two failure rates (Annals of Mathematical Statistics 16, 1945; Sequential
// Analysis, 1947). Pure functions, thread-safe.
//
// For a yes or no between two rates, not for an estimate. The error rates are approximate, and hold when the test ends
// at the first crossing.

#include <cstdint>
#include <optional>

namespace assay {

struct SequentialRatioPlan {
  double null_rate = 0;         // p0, in (0, 1)
  double alternative_rate = 0;  // p1, in (0, 1), not p0
  double alpha = 0.05;          // of deciding for p1 when the rate is p0; in (0, 1)
  double beta = 0.05;           // of deciding for p0 when the rate is p1; in (0, 1); alpha + beta < 1
};

// Natural logarithms of likelihood ratios of p1 to p0.
struct SequentialRatioTest {
  double upper = 0;        // decide for p1 at or above: ln((1 - beta) / alpha)
  double lower = 0;        // decide for p0 at or below: ln(beta / (1 - alpha))
  double per_failure = 0;  // ln(p1 / p0)
  double per_success = 0;  // ln((1 - p1) / (1 - p0))
};

// Absent for a plan out of range.
std::optional<SequentialRatioTest> MakeSequentialRatioTest(const SequentialRatioPlan& plan);

enum class SequentialDecision : std::uint8_t { kContinue, kNull, kAlternative };

// After so many failures and successes, none of the counts before having decided. Absent for negative counts.
std::optional<SequentialDecision> DecideSequentially(const SequentialRatioTest& test, std::int64_t failures,
                                                     std::int64_t successes);

}  // namespace assay
