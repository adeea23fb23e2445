#pragma once
// Quantiles and tails of the distributions that the bounds are made of. Pure functions, thread-safe. Boost.Math does
// the work (distributions.cc); an argument out of range, NaN included, is an absent result, never an exception.

#include <cstdint>
#include <optional>

namespace assay {

// z with P(Z <= z) = p of the standard normal; 0 < p < 1.
std::optional<double> NormalQuantile(double p);

// P(Z <= z) of the standard normal; infinities give 0 and 1.
std::optional<double> NormalCdf(double z);

// t with P(T <= t) = p of Student's t; 0 < p < 1, degrees > 0.
std::optional<double> StudentTQuantile(double p, double degrees);

// P(T <= t) of Student's t; degrees > 0. Keeps its digits in the lower tail; the upper one is the cdf of -t.
std::optional<double> StudentTCdf(double t, double degrees);

// x with P(X <= x) = p of Beta(a, b); 0 <= p <= 1, a > 0, b > 0.
std::optional<double> BetaQuantile(double p, double a, double b);

// P(X <= k) of Binomial(trials, p); 0 <= p <= 1, trials >= 0. k < 0 gives 0, k >= trials gives 1.
std::optional<double> BinomialCdf(std::int64_t k, std::int64_t trials, double p);

// P(X >= k) of Binomial(trials, p), to the digits of a small tail. k <= 0 gives 1, k > trials gives 0.
std::optional<double> BinomialUpperTail(std::int64_t k, std::int64_t trials, double p);

// log P(X = k) of Binomial(trials, p); -infinity where it is 0. To about 1e-14 of the larger of 1 and its own size
// (Loader, "Fast and accurate computation of binomial probabilities", 2000), where differences of log-gamma lose
// everything for large `trials`. Absent for an argument out of range, k outside [0, trials] included.
std::optional<double> LogBinomialProbability(std::int64_t k, std::int64_t trials, double p);

}  // namespace assay
