#include "gates/stats/sign_flip.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "core/random.h"
#include "gates/stats/mean.h"

namespace assay {
namespace {

constexpr std::size_t kMostExact = 30;
constexpr std::int64_t kMostPatterns = 10'000'000;
// Of the sum of sizes: how far two sums lie apart that would be equal in exact arithmetic.
constexpr double kSumRounding = 1e-12;

// What flips: the differences that are not 0, with the sign that makes "greater" the question.
struct Flips {
  std::vector<double> differences = {};
  double observed = 0;  // their sum
  double tie = 0;
};

std::optional<Flips> FlipsOf(std::span<const double> differences, Alternative alternative) {
  const std::optional<SampleMoments> moments = MomentsOf(differences);
  if (!moments || moments->n < 2 || !(moments->deviation > 0)) return std::nullopt;
  Flips flips;
  double size = 0;
  for (const double difference : differences) {
    if (difference == 0) continue;
    flips.differences.push_back(alternative == Alternative::kLess ? -difference : difference);
    flips.observed += flips.differences.back();
    size += std::fabs(difference);
  }
  if (!std::isfinite(size)) return std::nullopt;
  flips.tie = kSumRounding * size;
  return flips;
}

// The sums of all sign patterns of some differences, ascending.
std::vector<double> PatternSums(std::span<const double> differences) {
  std::vector<double> sums = {0};
  for (const double difference : differences) {
    const std::size_t half = sums.size();
    for (std::size_t i = 0; i < half; ++i) {
      sums.push_back(sums[i] + difference);
      sums[i] -= difference;
    }
  }
  std::sort(sums.begin(), sums.end());
  return sums;
}

// How many pairs of one sum from either list reach `least`.
double CountReaching(const std::vector<double>& first, const std::vector<double>& second, double least) {
  double count = 0;
  auto reaching = second.end();  // from here on, `second` reaches it with the sum of `first` at hand
  for (const double sum : first) {
    while (reaching != second.begin() && sum + *std::prev(reaching) >= least) --reaching;
    count += static_cast<double>(second.end() - reaching);
  }
  return count;
}

// Calls `add(unit)` for each of the units that the pattern flips.
template <class Add>
void ForEachFlipped(std::size_t units, std::uint64_t seed, const Add& add) {
  std::uint64_t signs = 0;
  for (std::size_t i = 0; i < units; ++i) {
    if (i % 64 == 0) signs = RandomAt(seed, i / 64);
    if ((signs & 1) != 0) add(i);
    signs >>= 1;
  }
}

// `mean_of` gives the mean of the units that a pattern flips, NaN when it flips none: that rejects nothing.
template <class MeanOf>
std::optional<Interval> BoundsOfFlipped(double confidence, const Resampling& resampling, const MeanOf& mean_of) {
  if (!(confidence > 0.5 && confidence < 1)) return std::nullopt;
  if (resampling.replicates < 1 || resampling.replicates > kMostPatterns) return std::nullopt;
  const auto replicates = static_cast<std::size_t>(resampling.replicates);
  std::vector<double> lower;
  std::vector<double> upper;
  for (std::size_t i = 0; i < replicates; ++i) {
    const double mean = mean_of(RandomAt(resampling.seed, i));
    lower.push_back(std::isnan(mean) ? -std::numeric_limits<double>::infinity() : mean);
    upper.push_back(std::isnan(mean) ? std::numeric_limits<double>::infinity() : mean);
  }
  // Of so many means at or below d, and the observed pattern, d is still rejected.
  const double allowed = std::floor((1 - confidence) * static_cast<double>(replicates + 1) + kSumRounding) - 1;
  if (!(allowed >= 0)) return std::nullopt;
  const auto rank = static_cast<std::ptrdiff_t>(allowed);
  std::nth_element(lower.begin(), lower.begin() + rank, lower.end());
  std::nth_element(upper.begin(), upper.begin() + rank, upper.end(), std::greater<>());
  const Interval bounds{lower[static_cast<std::size_t>(rank)], upper[static_cast<std::size_t>(rank)]};
  if (!std::isfinite(bounds.lower) || !std::isfinite(bounds.upper)) return std::nullopt;
  return bounds;
}

}  // namespace

std::optional<double> SignFlipExact(std::span<const double> differences, Alternative alternative) {
  const std::optional<Flips> flips = FlipsOf(differences, alternative);
  if (!flips || flips->differences.size() > kMostExact) return std::nullopt;
  const std::span<const double> all(flips->differences);
  const std::vector<double> first = PatternSums(all.first(all.size() / 2));
  const std::vector<double> second = PatternSums(all.subspan(all.size() / 2));
  const double patterns = std::ldexp(1, static_cast<int>(all.size()));
  if (alternative != Alternative::kTwoSided) {
    return CountReaching(first, second, flips->observed - flips->tie) / patterns;
  }
  // Every pattern has its mirror image.
  return std::min(1.0, 2 * CountReaching(first, second, std::fabs(flips->observed) - flips->tie) / patterns);
}

std::optional<double> SignFlipMonteCarlo(std::span<const double> differences, Alternative alternative,
                                         const Resampling& resampling) {
  const std::optional<Flips> flips = FlipsOf(differences, alternative);
  if (!flips || resampling.replicates < 1 || resampling.replicates > kMostPatterns) return std::nullopt;
  const bool is_two_sided = alternative == Alternative::kTwoSided;
  const double least = (is_two_sided ? std::fabs(flips->observed) : flips->observed) - flips->tie;
  std::int64_t reaching = 0;
  for (std::int64_t i = 0; i < resampling.replicates; ++i) {
    const std::uint64_t seed = RandomAt(resampling.seed, static_cast<std::uint64_t>(i));
    double sum = 0;
    std::uint64_t signs = 0;
    for (std::size_t j = 0; j < flips->differences.size(); ++j) {
      if (j % 64 == 0) signs = RandomAt(seed, j / 64);
      const double difference = flips->differences[j];
      sum += (signs & 1) != 0 ? difference : -difference;
      signs >>= 1;
    }
    if ((is_two_sided ? std::fabs(sum) : sum) >= least) ++reaching;
  }
  return static_cast<double>(1 + reaching) / static_cast<double>(1 + resampling.replicates);
}

std::optional<Interval> SignFlipInterval(std::span<const double> differences, double confidence,
                                         const Resampling& resampling) {
  const std::optional<SampleMoments> moments = MomentsOf(differences);
  if (!moments || moments->n < 2 || !(moments->deviation > 0)) return std::nullopt;
  return BoundsOfFlipped(confidence, resampling, [&](std::uint64_t seed) {
    double sum = 0;
    double size = 0;
    ForEachFlipped(differences.size(), seed, [&](std::size_t i) {
      sum += differences[i];
      size += 1;
    });
    return sum / size;
  });
}

std::optional<Interval> ClusteredSignFlipInterval(std::span<const ClusterTotal> totals, double confidence,
                                                  const Resampling& resampling) {
  if (!ClusteredStandardError(totals, ClusterCorrection::kNone)) return std::nullopt;
  return BoundsOfFlipped(confidence, resampling, [&](std::uint64_t seed) {
    double sum = 0;
    double size = 0;
    ForEachFlipped(totals.size(), seed, [&](std::size_t i) {
      sum += totals[i].sum;
      size += static_cast<double>(totals[i].size);
    });
    return sum / size;
  });
}

}  // namespace assay
