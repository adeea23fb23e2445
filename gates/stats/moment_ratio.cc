#include "gates/stats/moment_ratio.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace assay {
namespace {

constexpr double kRadius = 0.25;  // of delta * ratio, within which a factor is one of the series

// Whether factor^weight can be had by multiplication, without leaving the range of a double.
bool IsSmallPower(std::complex<double> factor, double weight) {
  constexpr double kMostWeight = 1 << 20;
  constexpr double kMostLogarithm = 100;
  const double norm = std::norm(factor);
  return weight <= kMostWeight && weight == std::floor(weight) && norm > 0.5 &&
         weight * std::fabs(norm - 1) < kMostLogarithm;
}

std::complex<double> Power(std::complex<double> factor, std::uint32_t exponent) {
  std::complex<double> power = 1;
  for (; exponent > 0; exponent >>= 1, factor *= factor) {
    if ((exponent & 1) != 0) power *= factor;
  }
  return power;
}

// The reciprocal of a product that may leave the range of a double on its way.
class Reciprocal {
 public:
  void MultiplyBy(std::complex<double> factor, double weight) {
    constexpr double kLargeNorm = 1e100;
    if (weight == 1) {
      inverse_ *= factor;
    } else if (IsSmallPower(factor, weight)) {
      inverse_ *= Power(factor, static_cast<std::uint32_t>(weight));
    } else {
      const std::complex<double> log = weight * std::log(factor);
      log_size_ += log.real();
      inverse_ *= std::polar(1.0, log.imag());
    }
    if (const double norm = std::norm(inverse_); norm > kLargeNorm || norm < 1 / kLargeNorm) {
      log_size_ += std::log(norm) / 2;
      inverse_ /= std::sqrt(norm);
    }
  }

  // Times e^log.
  std::complex<double> Times(std::complex<double> log) const { return std::exp(log - log_size_) / inverse_; }

 private:
  std::complex<double> inverse_ = 1;
  double log_size_ = 0;
};

}  // namespace

MomentRatio::MomentRatio(std::vector<RatioTerm> terms) : terms_(std::move(terms)) {
  if (terms_.empty()) return;
  most_ = std::max(std::fabs(terms_.front().ratio), std::fabs(terms_.back().ratio));
  series_.resize(kLevels);
}

// -log prod (1 - d r)^w = sum over j of d^j sum w r^j / j. Eight terms side by side, so that no sum waits for itself.
MomentRatio::Series MomentRatio::MakeSeries(double reach) const {
  constexpr std::size_t kLanes = 8;
  using Lanes [[gnu::vector_size(kLanes * sizeof(double))]] = double;
  const auto begin = std::ranges::lower_bound(terms_, -reach, {}, &RatioTerm::ratio);
  const auto end = std::ranges::upper_bound(begin, terms_.end(), reach, {}, &RatioTerm::ratio);
  std::array<Lanes, kDegree> sums{};
  for (auto at = begin; at != end;) {
    Lanes ratios{};
    Lanes powers{};  // times the weight
    for (std::size_t lane = 0; lane < kLanes && at != end; ++lane, ++at) {
      ratios[lane] = at->ratio / reach;
      powers[lane] = at->weight;
    }
    for (Lanes& sum : sums) {
      powers *= ratios;
      sum += powers;
    }
  }
  Series series{.reach = reach,
                .begin = static_cast<std::size_t>(begin - terms_.begin()),
                .end = static_cast<std::size_t>(end - terms_.begin())};
  for (std::size_t j = 0; j < kDegree; ++j) {
    double sum = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) sum += sums[j][lane];
    series.coefficients[j] = sum / static_cast<double>(j + 1);
  }
  return series;
}

const MomentRatio::Series* MomentRatio::SeriesFor(double size) {
  if (terms_.empty()) return nullptr;
  const double halvings = std::ceil(std::log2(most_ * size / kRadius));
  if (!(halvings < static_cast<double>(series_.size()))) return nullptr;
  const double level = std::max(halvings, 0.0);
  std::optional<Series>& series = series_[static_cast<std::size_t>(level)];
  if (!series) series = MakeSeries(std::ldexp(most_, -static_cast<int>(level)));
  return series->end - series->begin > kDegree ? &*series : nullptr;
}

std::complex<double> MomentRatio::At(std::complex<double> delta) {
  const Series* series = SeriesFor(std::abs(delta));
  const std::size_t begin = series == nullptr ? terms_.size() : series->begin;
  const std::size_t end = series == nullptr ? terms_.size() : series->end;
  Reciprocal outside;
  const auto multiply = [&](const RatioTerm& term) { outside.MultiplyBy(1.0 - delta * term.ratio, term.weight); };
  for (std::size_t i = 0; i < begin; ++i) multiply(terms_[i]);
  for (std::size_t i = end; i < terms_.size(); ++i) multiply(terms_[i]);
  std::complex<double> log = 0;
  if (series != nullptr) {
    const std::complex<double> step = delta * series->reach;
    for (auto j = kDegree; j-- > 0;) log = (log + series->coefficients[j]) * step;
  }
  return outside.Times(log);
}

}  // namespace assay
