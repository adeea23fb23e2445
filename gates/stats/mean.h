#pragma once
// The mean of independent cases: standard error, Student's one-sided bound and test. Pure, thread-safe.

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

// The mean alone, the same to the last bit, in one pass. Absent for no values, and when one is NaN or infinite.
std::optional<double> MeanOf(std::span<const double> values);

// deviation / sqrt(n), by the central limit theorem. Absent (no information) for n < 2 and zero or non-finite
// deviation: a sample that does not vary says nothing about how much it might.
std::optional<double> StandardError(const SampleMoments& moments);

// sqrt(p (1 - p) / n) of a proportion p of n cases, whose variance is known from its mean; smaller than StandardError
// by sqrt((n - 1) / n). Absent for n < 2, p outside [0, 1], and p of 0 or 1, where it would be 0.
std::optional<double> BernoulliStandardError(double p, std::int64_t n);

// How far each one-sided bound of `confidence` in (0.5, 1) lies from the mean: t(confidence; n - 1) * deviation /
// sqrt(n) (Student, 1908). The bounds are mean ± this. Exact for normal data, approximate otherwise. Absent (no
// information) for n < 2, zero or non-finite deviation, and a confidence out of range: a point is not an interval.
std::optional<double> StudentHalfWidth(const SampleMoments& moments, double confidence);

// One-sided p-values of Student's test: of a mean of `bound` or less when the true one may be greater, and of `bound`
// or more. StudentPValueAbove <= 1 - confidence exactly when mean - StudentHalfWidth(confidence) >= bound. Absent as
// above and for a bound that is not finite.
std::optional<double> StudentPValueAbove(const SampleMoments& moments, double bound);
std::optional<double> StudentPValueBelow(const SampleMoments& moments, double bound);

}  // namespace assay
