#include "gates/stats/log_gamma.h"

#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace assay {
namespace {

using GammaPolicy =
    boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::pole_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::promote_double<false>>;

// From here on seven terms of Stirling's series are exact to a long double.
constexpr long double kStirlingFrom = 25;

// From here on two terms of Temme's expansion are enough.
constexpr double kLargeShape = 1e4;

bool IsGammaArgument(double shape, double u) { return shape > 0 && std::isfinite(shape) && u > -1 && std::isfinite(u); }

// Q, or P with the sign -1, by Temme's uniform expansion (SIAM Journal on Mathematical Analysis 10, 1979): with eta^2 /
// 2 = u - ln(1 + u), a normal tail at eta sqrt(shape) and a remainder.
double TemmeGamma(double shape, double u, double sign) {
  const double exponent = -boost::math::log1pmx(u, GammaPolicy());
  const double eta = std::copysign(std::sqrt(2 * exponent), u);
  // 1 / u - 1 / eta, which cancels where they are small.
  const double first = std::fabs(eta) > 0.03
                           ? 1 / u - 1 / eta
                           : -1.0 / 3 + eta * (1.0 / 12 + eta * (-2.0 / 135 + eta * (1.0 / 864 + eta / 2835)));
  const double second = (-1.0 / 540 - eta / 288) / shape;
  const double remainder = std::exp(-shape * exponent) / std::sqrt(2 * std::numbers::pi * shape) * (first + second);
  return std::erfc(sign * eta * std::sqrt(shape / 2)) / 2 + sign * remainder;
}

// B_2k / (2k (2k - 1) x^(2k - 1)), added up; for x >= kStirlingFrom.
long double StirlingSeries(long double x) {
  const long double square = 1 / (x * x);
  const long double terms =
      1 / 12.0L +
      square *
          (-1 / 360.0L +
           square * (1 / 1260.0L +
                     square * (-1 / 1680.0L + square * (1 / 1188.0L + square * (-691 / 360360.0L + square / 156.0L)))));
  return terms / x;
}

long double StirlingFormula(long double x) {
  return (x - 0.5L) * std::log(x) - x + std::log(2 * std::numbers::pi_v<long double>) / 2;
}

}  // namespace

long double LogGamma(long double x) {
  if (!(x > 0) || !std::isfinite(x)) return std::numeric_limits<long double>::quiet_NaN();
  long double product = 1;
  for (; x < kStirlingFrom; x += 1) product *= x;  // Gamma(x) = Gamma(x + 1) / x
  return StirlingFormula(x) + StirlingSeries(x) - std::log(product);
}

long double LogBeta(long double a, long double b) { return LogGamma(a) + LogGamma(b) - LogGamma(a + b); }

double LogGammaRemainder(double x) {
  const long double wide = x;
  return static_cast<double>(wide >= kStirlingFrom ? StirlingSeries(wide) : LogGamma(wide) - StirlingFormula(wide));
}

double LogLowerGamma(double shape, double u) {
  if (!IsGammaArgument(shape, u)) return std::numeric_limits<double>::quiet_NaN();
  if (shape >= kLargeShape) return std::log(TemmeGamma(shape, u, -1));
  return std::log(boost::math::gamma_p(shape, shape * (1 + u), GammaPolicy()));
}

double LogUpperGamma(double shape, double u) {
  if (!IsGammaArgument(shape, u)) return std::numeric_limits<double>::quiet_NaN();
  if (shape >= kLargeShape) return std::log(TemmeGamma(shape, u, 1));
  return std::log(boost::math::gamma_q(shape, shape * (1 + u), GammaPolicy()));
}

}  // namespace assay
