#pragma once
// Quantiles and tails of the distributions that the bounds are made of. Pure functions, thread-safe. Boost.Math does
// the work (distributions.cc); an argument out of range, NaN included, is an absent result, never an exception.

#include <cstdint>
#include <optional>

namespace assay {

// z with P(Z <= z) = p of the standard normal; 0 < p < 1.
std::optional<double> NormalQuantile(double p);

// t with P(T <= t) = p of Student's t; 0 < p < 1, degrees > 0.
std::optional<double> StudentTQuantile(double p, double degrees);

// x with P(X <= x) = p of Beta(a, b); 0 <= p <= 1, a > 0, b > 0.
std::optional<double> BetaQuantile(double p, double a, double b);

// P(X <= k) of Binomial(trials, p); 0 <= p <= 1, trials >= 0. k < 0 gives 0, k >= trials gives 1.
std::optional<double> BinomialCdf(std::int64_t k, std::int64_t trials, double p);

}  // namespace assay
