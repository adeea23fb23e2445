// P(sum W_i x_i <= m) = P(S <= 0) for S = sum E_i (x_i - m) with independent exponentials E_i, because Dirichlet
// weights are exponentials over their sum. The moment generating function of S is the product of (1 - s c_i)^-1, c_i =
// x_i - m, and
//   P(S <= 0) = -1/(2 pi i) * integral of M(s) / s along Re s = s0, for any s0 < 0 where M is finite
// (for s0 > 0 the integral is P(S > 0)). At the saddle point of M(s) / |s| the integrand is largest on the real axis
// and falls off on both sides; with Im s = width * sinh(u) the trapezoidal rule converges exponentially, without
// cancellation, and so for the smallest tails too.

#include "gates/stats/gaffke.h"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <vector>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

constexpr double kStep = 1.0 / 16;  // of u
constexpr int kMostNodes = 1000;
constexpr double kNegligible = 1e-17;

struct Sample {
  std::vector<WeightedValue> values;  // the added zero included
  double size = 0;                    // cases, without it
  double positive = 0;                // cases above 0
  double least = 1;                   // of the positive values
  double greatest = 0;
};

std::optional<Sample> SampleOf(std::span<const WeightedValue> values, bool is_mirrored) {
  Sample sample;
  double zeros = 1;
  for (const WeightedValue& one : values) {
    if (!(one.value >= 0 && one.value <= 1) || !(one.weight > 0) || !std::isfinite(one.weight)) return std::nullopt;
    const double value = is_mirrored ? 1 - one.value : one.value;
    sample.size += one.weight;
    if (value == 0) {
      zeros += one.weight;
      continue;
    }
    sample.positive += one.weight;
    sample.least = std::min(sample.least, value);
    sample.greatest = std::max(sample.greatest, value);
    sample.values.push_back({value, one.weight});
  }
  if (values.empty()) return std::nullopt;
  sample.values.push_back({0, zeros});
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

  // log P(S <= 0); accurate relative to the tail when E S > 0.
  double LogProbability() const {
    const double log_tail = log_peak_ + std::log(Integral() / std::numbers::pi);
    return is_lower_ ? log_tail : std::log1p(-std::min(1.0, std::exp(log_tail)));
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
    terms_.reserve(values_.size());
    for (const WeightedValue& one : values_) {
      const double offset = one.value - mean_;
      log_peak_ -= one.weight * std::log(1 - s * offset);
      terms_.push_back({offset / (1 - s * offset), one.weight});
    }
  }

  // M(s0 + it) / M(s0) = product of (1 - i t ratio)^-weight: no factor is above 1 in size.
  std::complex<double> RelativeM(double t) const {
    constexpr double kHuge = 1e40;
    std::complex<double> inverse = 1;
    double log_size = 0;
    double angle = 0;
    for (const Term& term : terms_) {
      const double y = -t * term.ratio;
      if (term.weight == 1) {
        inverse *= std::complex<double>(1, y);
        if (std::norm(inverse) > kHuge) return 0;
      } else {
        log_size += term.weight * std::log1p(y * y) / 2;
        angle += term.weight * std::atan(y);
      }
    }
    return std::polar(std::exp(-log_size), -angle) / inverse;
  }

  double Integral() const {
    double sum = 0;
    for (int node = 0; node < kMostNodes; ++node) {
      const double u = node * kStep;
      const double t = width_ * std::sinh(u);
      const std::complex<double> value =
          RelativeM(t) / std::complex<double>(saddle_, t) * (width_ * std::cosh(u) * (is_lower_ ? -1 : 1));
      sum += value.real() * (node == 0 ? 0.5 : 1);
      if (std::abs(value) < kNegligible * sum) break;
    }
    return sum * kStep;
  }

  struct Term {
    double ratio;
    double weight;
  };

  const std::vector<WeightedValue>& values_;
  double mean_;
  bool is_lower_ = true;  // whether the integral is P(S <= 0), else P(S > 0)
  double saddle_ = 0;
  double width_ = 0;
  double log_peak_ = 0;
  std::vector<Term> terms_;
};

using SolverPolicy =
    boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

std::optional<double> LowerOf(const std::optional<Sample>& sample, double confidence) {
  if (!sample || !(confidence > 0 && confidence < 1)) return std::nullopt;
  if (sample->positive == 0) return 0.0;
  // Were all positive values the least, or the greatest of them: one value other than 0 is a scaled proportion.
  const auto share = BetaQuantile(1 - confidence, sample->positive, sample->size - sample->positive + 1);
  if (!share) return std::nullopt;
  double low = sample->least * *share;
  double high = sample->greatest * *share;
  if (sample->least == sample->greatest) return low;
  const double target = std::log1p(-confidence);
  const auto excess = [&](double mean) { return Tail(*sample, mean).LogProbability() - target; };
  const double at_low = excess(low);
  const double at_high = excess(high);
  if (!(at_low < 0 && at_high > 0)) return low;  // they are equal but for rounding
  const auto is_close = [](double a, double b) { return b - a <= 1e-11 * b; };
  std::uintmax_t iterations = 100;
  return boost::math::tools::toms748_solve(excess, low, high, at_low, at_high, is_close, iterations, SolverPolicy())
      .first;
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
  const std::optional<Sample> sample = SampleOf(values, false);
  if (!sample || !(mean >= 0 && mean <= 1)) return std::nullopt;
  if (mean >= sample->greatest) return 1.0;
  if (mean == 0) return 0.0;
  return std::exp(Tail(*sample, mean).LogProbability());
}

}  // namespace assay
