// P(sum W_i x_i <= m) = P(S <= 0) for S = sum E_i (x_i - m) with independent exponentials E_i, because Dirichlet
// weights are exponentials over their sum. The moment generating function of S is the product of (1 - s c_i)^-1, c_i =
// x_i - m, and
//   P(S <= 0) = -1/(2 pi i) * integral of M(s) / s along a path through s0 < 0 that keeps the poles on their sides
// (through s0 > 0 it is P(S > 0)). Through the saddle point of M(s) / |s| the integrand is largest on the real axis.
// All poles are real, so that the path may bend to either side: it is a hyperbola with the curvature of the steepest
// descent. Along a straight one the phases of thousands of equal values turn faster than any fixed step follows. On it
// the trapezoidal rule converges exponentially, without cancellation, and so for the smallest tails too; the step is
// halved until that is seen.
//
// A point of the path costs a factor for each different value, but for those that lie near m for their number: their
// logarithms are a power series of the step along the path, whose coefficients are real and the same at every point
// (moment_ratio.h). Of thousands of values nearly all are.

#include "gates/stats/gaffke.h"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "gates/stats/distributions.h"
#include "gates/stats/moment_ratio.h"

namespace assay {
namespace {

constexpr double kFirstStep = 0.5;
constexpr int kMostHalvings = 8;
constexpr double kMostU = 60;          // sinh(60) is 6e25
constexpr double kPrecision = 1e-11;   // of a sum, relative; the one after it is far more precise
constexpr double kNegligible = 1e-18;  // of the largest term
constexpr double kTolerance = 1e-10;   // of a bound, relative
constexpr double kMostBend = 0.6;      // radians; on a flatter hyperbola large factors oscillate
// Smaller values are taken as zeros, which lowers the bound by less: their squares would be lost.
constexpr double kLeastValue = 1e-60;
// One value is no sample. Of forecasts two may be a little less by rounding.
constexpr double kFewestValues = 2 - 1e-9;

struct Sample {
  std::vector<WeightedValue> values;  // the least first; the added zero included
  double size = 0;                    // cases, without it
  double positive = 0;                // cases above 0, that is, kLeastValue
  double least = 1;                   // of the positive values
  double greatest = 0;
};

std::optional<Sample> SampleOf(std::span<const WeightedValue> values, bool is_mirrored) {
  if (values.empty()) return std::nullopt;
  Sample sample;
  sample.values.reserve(values.size() + 1);
  sample.values.push_back({0, 1});
  for (std::size_t i = 0; i < values.size(); ++i) {
    const WeightedValue& one = values[is_mirrored ? values.size() - 1 - i : i];
    if (!(one.value >= 0 && one.value <= 1) || !(one.weight >= 1) || !std::isfinite(one.weight)) return std::nullopt;
    const double value = is_mirrored ? 1 - one.value : one.value;
    sample.size += one.weight;
    if (value < kLeastValue) {
      sample.values.front().weight += one.weight;
      continue;
    }
    sample.positive += one.weight;
    sample.least = std::min(sample.least, value);
    sample.greatest = std::max(sample.greatest, value);
    sample.values.push_back({value, one.weight});
  }
  if (!std::ranges::is_sorted(sample.values, {}, &WeightedValue::value))
    std::ranges::sort(sample.values, {}, &WeightedValue::value);
  if (!(sample.size >= kFewestValues)) return std::nullopt;
  return sample;
}

// The tail of S for one m strictly between the least and the greatest value.
class Tail {
 public:
  Tail(const Sample& sample, double mean) : values_(sample.values), mean_(mean) {
    double sum = 0;
    double squares = 0;
    for (const WeightedValue& one : values_) {
      const double offset = one.value - mean_;
      sum += one.weight * offset;
      squares += one.weight * offset * offset;
    }
    is_lower_ = sum > 0;
    Saddle(sum, squares, sample.greatest);
  }

  // log P(S <= 0), accurate relative to the tail when E S > 0; NaN when the integral is not found.
  double LogProbability() {
    const double log_tail = log_peak_ + std::log(Integral() / std::numbers::pi);
    if (std::isnan(log_tail)) return log_tail;
    const double clipped = std::min(log_tail, 0.0);
    return is_lower_ ? clipped : std::log1p(-std::exp(clipped));
  }

 private:
  // Derivatives of log M(s) - log |s|, which is convex on either side of 0.
  struct Slopes {
    double first;
    double second;
  };
  Slopes SlopesAt(double s) const {
    Slopes slopes{-1 / s, 1 / (s * s)};
    for (const WeightedValue& one : values_) {
      const double offset = one.value - mean_;
      const double ratio = offset / (1 - s * offset);
      slopes.first += one.weight * ratio;
      slopes.second += one.weight * ratio * ratio;
    }
    return slopes;
  }

  // Newton's method from the saddle point of the normal approximation, kept inside a shrinking bracket.
  void Saddle(double sum, double squares, double greatest) {
    double low = is_lower_ ? -1 / mean_ : 0;
    double high = is_lower_ ? 0 : 1 / (greatest - mean_);
    const double root = std::sqrt(sum * sum + 4 * squares);
    double s = (-sum + (is_lower_ ? -root : root)) / (2 * squares);
    if (!(s > low && s < high)) s = (low + high) / 2;
    Slopes slopes = SlopesAt(s);
    for (int i = 0; i < 200; ++i) {
      (slopes.first > 0 ? high : low) = s;
      const double next = s - slopes.first / slopes.second;
      const double previous = s;
      s = next > low && next < high ? next : (low + high) / 2;
      slopes = SlopesAt(s);
      if (std::fabs(s - previous) <= 1e-10 * std::fabs(s)) break;
    }
    saddle_ = s;
    width_ = 1 / std::sqrt(slopes.second);
    log_peak_ = 0;
    double third = -2 / (s * s * s);
    std::vector<RatioTerm> terms;
    terms.reserve(values_.size());
    for (const WeightedValue& one : values_) {
      const double offset = one.value - mean_;
      const double ratio = offset / (1 - s * offset);
      log_peak_ -= one.weight * std::log(1 - s * offset);
      third += 2 * one.weight * ratio * ratio * ratio;
      terms.push_back({ratio, one.weight});
    }
    ratio_ = MomentRatio(std::move(terms));
    bend_ = BendFor(third * width_ * width_ * width_ / 3);
  }

  // The angle whose sin / cos^2 is `curvature`, that of the steepest descent in units of the width.
  static double BendFor(double curvature) {
    if (std::fabs(curvature) < 1e-9) return curvature;
    const double sine = (std::sqrt(1 + 4 * curvature * curvature) - 1) / (2 * curvature);
    return std::clamp(std::asin(sine), -kMostBend, kMostBend);
  }

  // The integrand at s(u) = s0 + width * sin(bend) * (cosh(u) - 1) + i * width * cos(bend) * sinh(u).
  std::complex<double> Value(double u) {
    const double side = is_lower_ ? -1 : 1;
    const double across = width_ * std::sin(bend_);
    const double along = width_ * std::cos(bend_);
    const std::complex<double> delta(across * (std::cosh(u) - 1), along * std::sinh(u));
    const std::complex<double> slope(along * std::cosh(u), -across * std::sinh(u));  // ds/du / i
    return side * ratio_.At(delta) / (saddle_ + delta) * slope;
  }

  // Sum over u = first, first + step, …; the path is symmetric, so that its other half is the conjugate.
  double Sum(double first, double step, double negligible) {
    double sum = 0;
    for (double u = first; u < kMostU; u += step) {
      const std::complex<double> value = Value(u);
      sum += value.real() * (u == 0 ? 0.5 : 1);
      if (!(std::abs(value) > negligible)) break;
    }
    return sum;
  }

  double Integral() {
    const double negligible = kNegligible * std::abs(Value(0));
    double step = kFirstStep;
    double integral = step * Sum(0, step, negligible);
    for (int i = 0; i < kMostHalvings; ++i) {
      const double finer = integral / 2 + step / 2 * Sum(step / 2, step, negligible);
      if (std::fabs(finer - integral) <= kPrecision * finer) return finer;
      integral = finer;
      step /= 2;
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  const std::vector<WeightedValue>& values_;
  double mean_;
  bool is_lower_ = true;  // whether the integral is P(S <= 0), else P(S > 0)
  double saddle_ = 0;
  double width_ = 0;
  double bend_ = 0;
  double log_peak_ = 0;
  MomentRatio ratio_;
};

using SolverPolicy =
    boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

// Where the quantile would be if the weighted mean had only three moments (Cornish & Fisher), and how far the logarithm
// of its probability rises there, for each unit.
struct Guess {
  double mean;
  double slope;
};

Guess GuessOf(const Sample& sample, double confidence) {
  const double cases = sample.size + 1;
  double mean = 0;
  for (const WeightedValue& one : sample.values) mean += one.weight * one.value / cases;
  double second = 0;
  double third = 0;
  for (const WeightedValue& one : sample.values) {
    const double offset = one.value - mean;
    second += one.weight * offset * offset / cases;
    third += one.weight * offset * offset * offset / cases;
  }
  const double variance = second / (cases + 1);
  const double deviation = std::sqrt(variance);
  const double skewness = 2 * third / ((cases + 1) * (cases + 2)) / (variance * deviation);
  const double z = -NormalQuantile(confidence).value_or(0);
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  return {mean + deviation * (z + (z * z - 1) * skewness / 6), density / ((1 - confidence) * deviation)};
}

// By secants from there, which of many values need three or four tails; absent where they lead nowhere.
template <class Excess>
std::optional<double> BySecants(const Excess& excess, Guess guess, double greatest) {
  constexpr int kMostSteps = 8;
  double at = guess.mean;
  double slope = guess.slope;
  std::optional<double> value;
  for (int i = 0; i < kMostSteps; ++i) {
    if (!(at > 0 && at < greatest)) return std::nullopt;
    const double here = excess(at);
    if (value) slope = (here - *value) / (at - guess.mean);
    if (!std::isfinite(here) || !(slope > 0)) return std::nullopt;
    const double step = -here / slope;
    value = here;
    guess.mean = at;
    at += step;
    // What the step itself is wrong by is smaller still by as much as it is smaller than the one before.
    if (std::fabs(step) <= kTolerance * at) return at * (1 - kTolerance / 2);
  }
  return std::nullopt;
}

// Between two ends of which it is known.
template <class Excess>
std::optional<double> ByBracket(const Sample& sample, const Excess& excess, double share) {
  double low = sample.least * share;
  const double high = sample.greatest * share;
  const double at_low = excess(low);
  const double at_high = excess(high);
  if (std::isnan(at_low) || std::isnan(at_high)) return std::nullopt;
  // Nearly all positive values are equal: the end is the bound but for rounding.
  if (at_low >= 0) return low;
  if (at_high <= 0) return high * (1 - kTolerance);
  bool is_found = true;
  const auto search = [&](double mean) {
    const double value = excess(mean);
    is_found = is_found && !std::isnan(value);
    return value;
  };
  const auto is_close = [](double a, double b) { return b - a <= kTolerance * b; };
  std::uintmax_t iterations = 100;
  low =
      boost::math::tools::toms748_solve(search, low, high, at_low, at_high, is_close, iterations, SolverPolicy()).first;
  if (!is_found) return std::nullopt;
  return low;
}

std::optional<double> LowerOf(const std::optional<Sample>& sample, double confidence) {
  if (!sample || !(confidence > 0 && confidence < 1)) return std::nullopt;
  if (sample->positive == 0) return 0.0;
  const double target = std::log1p(-confidence);
  const auto excess = [&](double mean) { return Tail(*sample, mean).LogProbability() - target; };
  if (sample->least < sample->greatest) {
    if (const auto bound = BySecants(excess, GuessOf(*sample, confidence), sample->greatest)) return bound;
  }
  // Were all positive values the least, or the greatest of them: one value other than 0 is a scaled proportion.
  const auto share = BetaQuantile(1 - confidence, sample->positive, sample->size - sample->positive + 1);
  if (!share) return std::nullopt;
  if (sample->least == sample->greatest) return sample->least * *share;
  return ByBracket(*sample, excess, *share);
}

}  // namespace

std::optional<double> GaffkeLower(std::span<const WeightedValue> values, double confidence) {
  return LowerOf(SampleOf(values, false), confidence);
}

std::optional<double> GaffkeUpper(std::span<const WeightedValue> values, double confidence) {
  const std::optional<double> lower = LowerOf(SampleOf(values, true), confidence);
  if (!lower) return std::nullopt;
  return 1 - *lower;
}

std::optional<double> GaffkePValue(std::span<const WeightedValue> values, double mean) {
  const std::optional<double> log = GaffkeLogPValue(values, mean);
  if (!log) return std::nullopt;
  return std::exp(*log);
}

std::optional<double> GaffkeLogPValue(std::span<const WeightedValue> values, double mean) {
  const std::optional<Sample> sample = SampleOf(values, false);
  if (!sample || !(mean >= 0 && mean <= 1)) return std::nullopt;
  if (mean >= sample->greatest) return 0.0;
  if (mean < kLeastValue) return -std::numeric_limits<double>::infinity();
  const double log_probability = Tail(*sample, mean).LogProbability();
  if (std::isnan(log_probability)) return std::nullopt;
  return log_probability;
}

}  // namespace assay
