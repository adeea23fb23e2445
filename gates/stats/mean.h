#pragma once
// A one-sided Student bound for a mean of independent cases. Pure, thread-safe.

#include <cstdint>
#include <optional>
#include <span>

namespace assay {

// Size, mean and spread of a sample, computed in two passes.
struct SampleMoments {
  std::int64_t n = 0;
  double mean = 0;       // 0 when n == 0
  double deviation = 0;  // sample standard deviation (n - 1); 0 when n < 2 and exactly 0 when all values are equal
};

// Absent when a value is NaN or infinite.
std::optional<SampleMoments> MomentsOf(std::span<const double> values);

// How far each one-sided bound of `confidence` in (0.5, 1) lies from the mean: t(confidence; n - 1) * deviation /
// sqrt(n) (Student, 1908). The bounds are mean ± this. Exact for normal data, approximate otherwise. Absent (no
// information) for n < 2, zero or non-finite deviation, and a confidence out of range: a point is not an interval.
std::optional<double> StudentHalfWidth(const SampleMoments& moments, double confidence);

}  // namespace assay
