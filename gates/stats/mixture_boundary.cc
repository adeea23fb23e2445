#include "gates/stats/mixture_boundary.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <boost/math/special_functions/zeta.hpp>
#include <cmath>
#include <numbers>

#include "gates/stats/log_gamma.h"

namespace assay {
namespace {

using MixturePolicy =
    boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::pole_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::promote_double<false>>;

constexpr double kRootPrecision = 1e-13;  // relative
constexpr int kMostDoublings = 1100;      // from any positive double to infinity
constexpr int kMostBisections = 2200;
// Beyond it the logarithms of Gamma functions are too large for their differences to be precise.
constexpr double kMostValues = 1e10;

std::optional<double> FiniteLog(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

bool IsPositiveFinite(double value) { return value > 0 && std::isfinite(value); }
bool IsLevel(double alpha) { return alpha > 0 && alpha < 1; }
bool IsIntrinsicTime(double variance) { return variance >= 0 && std::isfinite(variance); }

std::optional<double> Rho(const MixtureTuning& tuning, Sides sides) {
  const double alpha = sides == Sides::kOne ? 2 * tuning.alpha : tuning.alpha;
  if (!IsPositiveFinite(tuning.variance) || !IsLevel(alpha)) return std::nullopt;
  const double twice = -2 * std::log(alpha);
  const double rho = tuning.variance / (twice + std::log1p(twice));
  if (!IsPositiveFinite(rho)) return std::nullopt;
  return rho;
}

double LogNormalCdf(double z) { return std::log(std::erfc(-z / std::numbers::sqrt2) / 2); }

// The smallest sum in [0, most] from which on the mixture is at least 1 / alpha, rounded up; `most` when there is none.
// `log_mixture` rises from at most 0.
template <typename LogMixture>
std::optional<double> LeastSum(const LogMixture& log_mixture, double alpha, double most) {
  const double threshold = -std::log(alpha);
  double below = 0;
  double above = most;
  for (int i = 0; i < kMostBisections && above - below > kRootPrecision * above; ++i) {
    const double middle = below + (above - below) / 2;
    const std::optional<double> value = log_mixture(middle);
    if (!value) return std::nullopt;
    (*value >= threshold ? above : below) = middle;
  }
  return above;
}

// The same without a greatest sum: one that is enough is found by doubling.
template <typename LogMixture>
std::optional<double> LeastSum(const LogMixture& log_mixture, double alpha, const MixtureTuning& tuning,
                               double variance) {
  double most = std::sqrt(variance + tuning.variance);
  for (int i = 0; i < kMostDoublings; ++i) {
    const std::optional<double> value = log_mixture(most);
    if (!value) return std::nullopt;
    if (*value >= -std::log(alpha)) return LeastSum(log_mixture, alpha, most);
    most *= 2;
  }
  return std::nullopt;
}

// Counts of a beta-binomial: a sum and its intrinsic time are so many values at the top and at the bottom of the range.
struct EndCounts {
  double top = 0;
  double bottom = 0;
};

std::optional<EndCounts> EndCountsOf(double sum, double variance, const ValueRange& range) {
  const double width = range.below + range.above;
  const double all = variance / (range.below * range.above);
  EndCounts counts{.top = (variance + range.above * sum) / (range.above * width),
                   .bottom = (variance - range.below * sum) / (range.below * width)};
  const double rounding = 1e-9 * all;
  if (!(counts.top >= -rounding && counts.bottom >= -rounding) || !(all <= kMostValues)) return std::nullopt;
  counts.top = std::max(counts.top, 0.0);
  counts.bottom = std::max(counts.bottom, 0.0);
  return counts;
}

}  // namespace

std::optional<double> NormalMixtureRho(const MixtureTuning& tuning) { return Rho(tuning, Sides::kTwo); }

std::optional<double> NormalMixtureLog(double sum, double variance, const MixtureTuning& tuning, Sides sides) {
  const std::optional<double> rho = Rho(tuning, sides);
  if (!rho || !IsIntrinsicTime(variance)) return std::nullopt;
  const double total = variance + *rho;
  const double both = -std::log1p(variance / *rho) / 2 + sum / total * sum / 2;
  if (sides == Sides::kTwo) return FiniteLog(both);
  return FiniteLog(both + std::numbers::ln2 + LogNormalCdf(sum / std::sqrt(total)));
}

std::optional<double> NormalMixtureBound(double variance, double alpha, const MixtureTuning& tuning, Sides sides) {
  const std::optional<double> rho = Rho(tuning, sides);
  if (!rho || !IsIntrinsicTime(variance) || !IsLevel(alpha)) return std::nullopt;
  if (sides == Sides::kTwo) {
    return FiniteLog(std::sqrt(variance + *rho) * std::sqrt(std::log1p(variance / *rho) - 2 * std::log(alpha)));
  }
  const auto log_mixture = [&](double sum) { return NormalMixtureLog(sum, variance, tuning, sides); };
  return LeastSum(log_mixture, alpha, tuning, variance);
}

// With shape = (variance + rho) / c^2, prior = rho / c^2 and u = sum / (c * shape), Stirling's formula cancels all
// terms of the size of the shapes: what is left is precise for small scales too.
std::optional<double> GammaExponentialMixtureLog(double sum, double variance, double scale,
                                                 const MixtureTuning& tuning) {
  const std::optional<double> rho = Rho(tuning, Sides::kOne);
  if (!rho || !IsIntrinsicTime(variance) || !IsPositiveFinite(scale) || !std::isfinite(sum)) return std::nullopt;
  const double prior = *rho / scale / scale;
  const double shape = (variance + *rho) / scale / scale;
  const double u = sum / scale / shape;
  if (!(u > -1) || !IsPositiveFinite(prior) || !std::isfinite(shape)) return std::nullopt;
  const double exponent = -shape * boost::math::log1pmx(u, MixturePolicy());
  const double tails = LogLowerGamma(shape, u) - LogLowerGamma(prior, 0);
  return FiniteLog(-std::log1p(variance / *rho) / 2 + LogGammaRemainder(shape) - LogGammaRemainder(prior) + exponent +
                   tails);
}

std::optional<double> GammaExponentialMixtureBound(double variance, double alpha, double scale,
                                                   const MixtureTuning& tuning) {
  if (!IsLevel(alpha) || !IsIntrinsicTime(variance)) return std::nullopt;
  const auto log_mixture = [&](double sum) { return GammaExponentialMixtureLog(sum, variance, scale, tuning); };
  return LeastSum(log_mixture, alpha, tuning, variance);
}

std::optional<double> GammaPoissonMixtureLog(double sum, double variance, double scale, const MixtureTuning& tuning) {
  const std::optional<double> rho = Rho(tuning, Sides::kOne);
  if (!rho || !IsIntrinsicTime(variance) || !IsPositiveFinite(scale) || !std::isfinite(sum)) return std::nullopt;
  const double prior = *rho / scale / scale;
  const double rate = (variance + *rho) / scale / scale;
  const double u = sum / scale / rate;
  const double shape = rate * (1 + u);
  if (!(u > -1) || !IsPositiveFinite(prior) || !IsPositiveFinite(shape)) return std::nullopt;
  // (1 + u) ln(1 + u) - u without cancellation.
  const double exponent = rate * (boost::math::log1pmx(u, MixturePolicy()) + u * std::log1p(u));
  const double tails = LogUpperGamma(shape, -u / (1 + u)) - LogUpperGamma(prior, 0);
  return FiniteLog((std::log(prior) - std::log(shape)) / 2 + LogGammaRemainder(shape) - LogGammaRemainder(prior) +
                   exponent + tails);
}

std::optional<double> GammaPoissonMixtureBound(double variance, double alpha, double scale,
                                               const MixtureTuning& tuning) {
  if (!IsLevel(alpha) || !IsIntrinsicTime(variance)) return std::nullopt;
  const auto log_mixture = [&](double sum) { return GammaPoissonMixtureLog(sum, variance, scale, tuning); };
  return LeastSum(log_mixture, alpha, tuning, variance);
}

std::optional<double> BetaBinomialMixtureLog(double sum, double variance, const ValueRange& range,
                                             const MixtureTuning& tuning, Sides sides) {
  const std::optional<double> rho = Rho(tuning, sides);
  if (!rho || !IsIntrinsicTime(variance) || !IsPositiveFinite(range.below) || !IsPositiveFinite(range.above))
    return std::nullopt;
  const double product = range.below * range.above;
  const double width = range.below + range.above;
  const std::optional<EndCounts> counts = EndCountsOf(sum, variance, range);
  if (!counts || !IsPositiveFinite(product) || !std::isfinite(width)) return std::nullopt;
  // confseq's choice: at least a thousandth of the variance of one value.
  const double weight = std::max(*rho - product, 1e-3 * product);
  const double top = weight / (range.above * width);
  const double bottom = weight / (range.below * width);
  if (!(top + bottom <= kMostValues)) return std::nullopt;
  const double top_share = range.below / width;
  const double bottom_share = range.above / width;
  const long double evidence =
      LogBeta(static_cast<long double>(counts->bottom) + bottom, static_cast<long double>(counts->top) + top) -
      LogBeta(bottom, top) - counts->top * std::log(static_cast<long double>(top_share)) -
      counts->bottom * std::log(static_cast<long double>(bottom_share));
  if (sides == Sides::kTwo) return FiniteLog(static_cast<double>(evidence));
  const double posterior =
      boost::math::ibeta(counts->bottom + bottom, counts->top + top, bottom_share, MixturePolicy());
  const double prior = boost::math::ibeta(bottom, top, bottom_share, MixturePolicy());
  return FiniteLog(static_cast<double>(evidence) + std::log(posterior) - std::log(prior));
}

std::optional<double> BetaBinomialMixtureBound(double variance, double alpha, const ValueRange& range,
                                               const MixtureTuning& tuning, Sides sides) {
  if (!IsLevel(alpha) || !IsIntrinsicTime(variance) || !IsPositiveFinite(range.below)) return std::nullopt;
  const auto log_mixture = [&](double sum) { return BetaBinomialMixtureLog(sum, variance, range, tuning, sides); };
  if (!log_mixture(0)) return std::nullopt;
  const double most = variance / range.below;
  if (!std::isfinite(most)) return std::nullopt;
  return LeastSum(log_mixture, alpha, most);
}

std::optional<double> PolynomialStitchingBound(double variance, double alpha, const Stitching& stitching) {
  const double s = stitching.exponent;
  const double eta = stitching.ratio;
  if (!IsIntrinsicTime(variance) || !IsLevel(alpha) || !IsPositiveFinite(stitching.least_variance) ||
      !std::isfinite(stitching.scale) || !(s > 1) || !std::isfinite(s) || !(eta > 1) || !std::isfinite(eta)) {
    return std::nullopt;
  }
  const double k1 = (std::pow(eta, 0.25) + std::pow(eta, -0.25)) / std::numbers::sqrt2;
  const double k2 = (std::sqrt(eta) + 1) / 2;
  const double time = std::max(variance, stitching.least_variance);
  const double epochs = std::log(eta) + std::log(time / stitching.least_variance);
  const double spent = s * (std::log(epochs) - std::log(std::log(eta)));
  const double log_terms = spent + std::log(boost::math::zeta(s, MixturePolicy())) - std::log(alpha);
  const double drift = k2 * stitching.scale * log_terms;
  return FiniteLog(std::hypot(k1 * std::sqrt(time * log_terms), drift) + drift);
}

}  // namespace assay
