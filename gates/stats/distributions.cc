#include "gates/stats/distributions.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace assay {
namespace {

// Boost's errors (domain, overflow, no convergence) come back as NaN instead of exceptions; Finite makes them absent.
using Policy =
    boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::pole_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::promote_double<false>>;

std::optional<double> Finite(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

bool IsOpenProbability(double p) { return p > 0 && p < 1; }
bool IsProbability(double p) { return p >= 0 && p <= 1; }

// log n! less its leading terms, those of Stirling: log n! = n log n - n + log(2 pi n) / 2 + this; n >= 1.
double StirlingRemainder(double n) {
  if (n <= 15) return std::lgamma(n + 1) - (n + 0.5) * std::log(n) + n - std::log(2 * std::numbers::pi) / 2;
  const double square = n * n;
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square) / n;
}

// k log(k / mean) + mean - k, without cancellation where k is near the mean.
double Deviance(double k, double mean) {
  const double ratio = (k - mean) / (k + mean);
  if (std::fabs(ratio) >= 0.1) return k * std::log(k / mean) + mean - k;
  double sum = (k - mean) * ratio;
  double term = 2 * k * ratio;
  for (int odd = 3; odd < 100; odd += 2) {
    term *= ratio * ratio;
    const double next = sum + term / odd;
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

}  // namespace

std::optional<double> NormalCdf(double z) {
  if (std::isnan(z)) return std::nullopt;
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

std::optional<double> NormalQuantile(double p) {
  if (!IsOpenProbability(p)) return std::nullopt;
  return Finite(boost::math::quantile(boost::math::normal_distribution<double, Policy>(), p));
}

std::optional<double> StudentTQuantile(double p, double degrees) {
  if (!IsOpenProbability(p) || !(degrees > 0) || !std::isfinite(degrees)) return std::nullopt;
  return Finite(boost::math::quantile(boost::math::students_t_distribution<double, Policy>(degrees), p));
}

std::optional<double> StudentTCdf(double t, double degrees) {
  if (std::isnan(t) || !(degrees > 0) || !std::isfinite(degrees)) return std::nullopt;
  if (std::isinf(t)) return t > 0 ? 1.0 : 0.0;
  return Finite(boost::math::cdf(boost::math::students_t_distribution<double, Policy>(degrees), t));
}

std::optional<double> BetaQuantile(double p, double a, double b) {
  if (!IsProbability(p) || !(a > 0) || !(b > 0) || !std::isfinite(a) || !std::isfinite(b)) return std::nullopt;
  return Finite(boost::math::ibeta_inv(a, b, p, Policy()));
}

std::optional<double> BinomialCdf(std::int64_t k, std::int64_t trials, double p) {
  if (trials < 0 || !IsProbability(p)) return std::nullopt;
  if (k < 0) return 0.0;
  if (k >= trials) return 1.0;
  if (p == 0) return 1.0;
  if (p == 1) return 0.0;
  // P(X <= k) = I_{1-p}(n - k, k + 1), taken as the complement in p so that small p keeps its digits.
  return Finite(boost::math::ibetac(static_cast<double>(k) + 1, static_cast<double>(trials - k), p, Policy()));
}

std::optional<double> BinomialUpperTail(std::int64_t k, std::int64_t trials, double p) {
  if (trials < 0 || !IsProbability(p)) return std::nullopt;
  if (k <= 0) return 1.0;
  if (k > trials) return 0.0;
  if (p == 0) return 0.0;
  if (p == 1) return 1.0;
  return Finite(boost::math::ibeta(static_cast<double>(k), static_cast<double>(trials - k) + 1, p, Policy()));
}

std::optional<double> LogBinomialProbability(std::int64_t k, std::int64_t trials, double p) {
  if (k < 0 || k > trials || !IsProbability(p)) return std::nullopt;
  constexpr double kImpossible = -std::numeric_limits<double>::infinity();
  const auto n = static_cast<double>(trials);
  const auto with = static_cast<double>(k);
  const auto without = static_cast<double>(trials - k);
  if (p == 0) return k == 0 ? 0 : kImpossible;
  if (p == 1) return k == trials ? 0 : kImpossible;
  if (k == 0) return n * std::log1p(-p);
  if (k == trials) return n * std::log(p);
  return StirlingRemainder(n) - StirlingRemainder(with) - StirlingRemainder(without) - Deviance(with, n * p) -
         Deviance(without, n * (1 - p)) + std::log(n / (2 * std::numbers::pi * with * without)) / 2;
}

}  // namespace assay
