#include "gates/stats/distributions.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>

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

}  // namespace

std::optional<double> NormalQuantile(double p) {
  if (!IsOpenProbability(p)) return std::nullopt;
  return Finite(boost::math::quantile(boost::math::normal_distribution<double, Policy>(), p));
}

std::optional<double> StudentTQuantile(double p, double degrees) {
  if (!IsOpenProbability(p) || !(degrees > 0) || !std::isfinite(degrees)) return std::nullopt;
  return Finite(boost::math::quantile(boost::math::students_t_distribution<double, Policy>(degrees), p));
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

}  // namespace assay
