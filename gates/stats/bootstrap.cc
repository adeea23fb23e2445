#include "gates/stats/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"

namespace assay {
namespace {

constexpr std::int64_t kMostReplicates = 10'000'000;
constexpr std::size_t kMostUnits = std::size_t{1} << 31;
// Of the greatest value: how far a replicate's mean may lie from the observed one and be equal to it but for rounding.
constexpr double kMeanRounding = 1e-12;

// Indices below `size`, each equally probable, two from a number of 64 bits: the upper half of a product of 32 bits,
// less the few products that would favour some (Lemire, ACM TOMACS 29, 2019).
class IndexStream {
 public:
  IndexStream(std::uint64_t seed, std::uint32_t size)
      : seed_(seed), size_(size), refused_(static_cast<std::uint32_t>(0 - size) % size) {}

  // The indices 2 * pair and 2 * pair + 1 of the stream.
  struct Pair {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
  };
  Pair At(std::uint64_t pair) {
    const std::uint64_t bits = RandomAt(seed_, pair);
    return {.first = Below(static_cast<std::uint32_t>(bits)), .second = Below(static_cast<std::uint32_t>(bits >> 32))};
  }

 private:
  std::uint32_t Below(std::uint32_t bits) {
    std::uint64_t product = std::uint64_t{bits} * size_;
    while (static_cast<std::uint32_t>(product) < refused_) [[unlikely]] {
        product = (RandomAt(seed_, kSpare + spares_++) >> 32) * size_;
      }
    return static_cast<std::uint32_t>(product >> 32);
  }

  static constexpr std::uint64_t kSpare = std::uint64_t{1} << 63;  // beyond all pairs
  std::uint64_t seed_;
  std::uint32_t size_;
  std::uint32_t refused_;
  std::uint64_t spares_ = 0;
};

// Total of as many units as there are, drawn with replacement. Four running sums, because one would wait for itself.
template <class Unit>
Unit DrawnTotal(std::span<const Unit> units, std::uint64_t seed) {
  IndexStream indices(seed, static_cast<std::uint32_t>(units.size()));
  Unit first{}, second{}, third{}, fourth{};
  std::uint64_t pair = 0;
  for (; 2 * pair + 4 <= units.size(); pair += 2) {
    const auto [a, b] = indices.At(pair);
    const auto [c, d] = indices.At(pair + 1);
    first += units[a];
    second += units[b];
    third += units[c];
    fourth += units[d];
  }
  for (; 2 * pair < units.size(); ++pair) {
    const auto [a, b] = indices.At(pair);
    first += units[a];
    if (2 * pair + 1 < units.size()) second += units[b];
  }
  first += second;
  third += fourth;
  first += third;
  return first;
}

struct SumAndSize {
  double sum = 0;
  double size = 0;
  SumAndSize& operator+=(const SumAndSize& other) {
    sum += other.sum;
    size += other.size;
    return *this;
  }
};

bool IsPossible(std::size_t units, const Resampling& resampling) {
  return units >= 2 && units <= kMostUnits && resampling.replicates >= 1 && resampling.replicates <= kMostReplicates;
}

// `mean_of` makes the mean of a replicate from the seed of its stream.
template <class MeanOf>
BootstrapMeans Replicate(const Resampling& resampling, double observed, double greatest, const MeanOf& mean_of) {
  BootstrapMeans means{.observed = observed};
  const auto replicates = static_cast<std::uint64_t>(resampling.replicates);
  means.sorted.reserve(replicates);
  for (std::uint64_t i = 0; i < replicates; ++i) means.sorted.push_back(mean_of(RandomAt(resampling.seed, i)));
  std::sort(means.sorted.begin(), means.sorted.end());
  const double tie = kMeanRounding * greatest;
  const auto below = std::lower_bound(means.sorted.begin(), means.sorted.end(), observed - tie);
  const auto above = std::upper_bound(below, means.sorted.end(), observed + tie);
  const auto less = static_cast<double>(below - means.sorted.begin());
  const auto equal = static_cast<double>(above - below);
  means.below_observed = (less + equal / 2) / static_cast<double>(replicates);
  return means;
}

// The third moment of jackknife deviations against their second: sum (mean - x)^3 / (6 (sum (mean - x)^2)^1.5).
class Acceleration {
 public:
  // `pull`: how far the mean of all estimates lies above the estimate without one unit, up to a common factor.
  void Add(double pull) {
    squares_ += pull * pull;
    cubes_ += pull * pull * pull;
  }
  double Value() const { return squares_ > 0 ? cubes_ / (6 * squares_ * std::sqrt(squares_)) : 0; }

 private:
  double squares_ = 0;
  double cubes_ = 0;
};

// Scaled by the deviation, so that cubes neither overflow nor vanish.
double AccelerationOf(std::span<const double> values, const SampleMoments& moments) {
  Acceleration acceleration;
  for (const double value : values) acceleration.Add((value - moments.mean) / moments.deviation);
  return acceleration.Value();
}

double AccelerationOf(std::span<const SumAndSize> units, const SumAndSize& all, double scale) {
  std::vector<double> without;
  without.reserve(units.size());
  double mean = 0;
  for (const SumAndSize& unit : units) {
    without.push_back((all.sum - unit.sum) / (all.size - unit.size) / scale);
    mean += without.back() / static_cast<double>(units.size());
  }
  Acceleration acceleration;
  for (const double estimate : without) acceleration.Add(mean - estimate);
  return acceleration.Value();
}

std::optional<double> QuantileOf(const std::vector<double>& sorted, double level) {
  const double rank = static_cast<double>(sorted.size() + 1) * level;
  if (!(rank >= 1 && rank <= static_cast<double>(sorted.size()))) return std::nullopt;
  const auto whole = static_cast<std::size_t>(rank);
  const double share = rank - static_cast<double>(whole);
  const double low = sorted[whole - 1];
  return whole == sorted.size() ? low : low + share * (sorted[whole] - low);
}

std::optional<Interval> IntervalAt(const BootstrapMeans& means, double low_level, double high_level) {
  const std::optional<double> lower = QuantileOf(means.sorted, low_level);
  const std::optional<double> upper = QuantileOf(means.sorted, high_level);
  if (!lower || !upper) return std::nullopt;
  return Interval{*lower, *upper};
}

}  // namespace

std::optional<BootstrapMeans> BootstrapMean(std::span<const double> values, const Resampling& resampling) {
  if (!IsPossible(values.size(), resampling)) return std::nullopt;
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (!moments || !(moments->deviation > 0)) return std::nullopt;
  double greatest = 0;
  for (const double value : values) greatest = std::max(greatest, std::fabs(value));
  const auto size = static_cast<double>(values.size());
  if (!std::isfinite(greatest * size)) return std::nullopt;  // a replicate may be all of the greatest value
  BootstrapMeans means = Replicate(resampling, moments->mean, greatest,
                                   [&](std::uint64_t seed) { return DrawnTotal(values, seed) / size; });
  means.acceleration = AccelerationOf(values, *moments);
  return means;
}

std::optional<BootstrapMeans> BootstrapClusteredMean(std::span<const ClusterTotal> totals,
                                                     const Resampling& resampling) {
  const auto error = ClusteredStandardError(totals, ClusterCorrection::kNone);
  if (!error || !IsPossible(totals.size(), resampling)) return std::nullopt;
  std::vector<SumAndSize> units;
  units.reserve(totals.size());
  SumAndSize all;
  double greatest = 0;
  for (const ClusterTotal& total : totals) {
    units.push_back({.sum = total.sum, .size = static_cast<double>(total.size)});
    all += units.back();
    greatest = std::max(greatest, total.magnitude);
  }
  if (!std::isfinite(greatest * static_cast<double>(totals.size()))) return std::nullopt;
  BootstrapMeans means = Replicate(resampling, all.sum / all.size, greatest, [&](std::uint64_t seed) {
    const SumAndSize drawn = DrawnTotal(std::span<const SumAndSize>(units), seed);
    return drawn.sum / drawn.size;
  });
  means.acceleration = AccelerationOf(units, all, *error);
  return means;
}

std::optional<Interval> PercentileInterval(const BootstrapMeans& means, double confidence) {
  if (!(confidence > 0.5 && confidence < 1)) return std::nullopt;
  return IntervalAt(means, 1 - confidence, confidence);
}

std::optional<Interval> BasicInterval(const BootstrapMeans& means, double confidence) {
  const std::optional<Interval> percentile = PercentileInterval(means, confidence);
  if (!percentile) return std::nullopt;
  return Interval{2 * means.observed - percentile->upper, 2 * means.observed - percentile->lower};
}

std::optional<Interval> BcaInterval(const BootstrapMeans& means, double confidence) {
  const std::optional<double> z = NormalQuantile(confidence);
  const std::optional<double> bias = NormalQuantile(means.below_observed);
  if (!z || !bias || !(confidence > 0.5)) return std::nullopt;
  const auto level = [&](double at) -> std::optional<double> {
    const double stretch = 1 - means.acceleration * (*bias + at);
    if (!(stretch > 0)) return std::nullopt;
    return NormalCdf(*bias + (*bias + at) / stretch);
  };
  const std::optional<double> low = level(-*z);
  const std::optional<double> high = level(*z);
  if (!low || !high) return std::nullopt;
  return IntervalAt(means, *low, *high);
}

}  // namespace assay
