#include "gates/stats/contingency.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/proportion.h"

namespace assay {
namespace {

// Splits that are equally probable differ by rounding.
constexpr double kTie = 1 + 1e-7;
constexpr std::int64_t kMaxCases = std::int64_t{1} << 53;

// How many of the first group have the property, of all splits with the same margins.
struct Splits {
  std::int64_t first = 0;   // cases of the first group
  std::int64_t second = 0;  // of the second
  std::int64_t with = 0;    // with the property, in both

  std::int64_t Fewest() const { return std::max<std::int64_t>(0, with - second); }
  std::int64_t Most() const { return std::min(with, first); }
  // The most probable split, up to rounding.
  std::int64_t Mode() const {
    const long double share = static_cast<long double>(first + 1) / static_cast<long double>(first + second + 2);
    const auto mode = static_cast<std::int64_t>(share * static_cast<long double>(with + 1));
    return std::clamp(mode, Fewest(), Most());
  }
  // P(count + 1) / P(count).
  double RatioUp(std::int64_t count) const {
    const auto up = static_cast<double>(first - count) * static_cast<double>(with - count);
    return up / (static_cast<double>(count + 1) * static_cast<double>(second - with + count + 1));
  }
};

bool AreCounts(const TwoGroups& groups) {
  for (const std::int64_t count :
       {groups.first_with, groups.first_without, groups.second_with, groups.second_without}) {
    if (count < 0 || count > kMaxCases / 4) return false;
  }
  return true;
}

// How far Wilson's limits lie from a proportion.
struct WilsonDistances {
  double rate = 0;
  double down = 0;
  double up = 0;
};

std::optional<WilsonDistances> DistancesOf(std::int64_t with, std::int64_t n, double confidence) {
  const std::optional<double> lower = WilsonLower(with, n, confidence);
  const std::optional<double> upper = WilsonUpper(with, n, confidence);
  if (n < 2 || !lower || !upper) return std::nullopt;
  const double rate = static_cast<double>(with) / static_cast<double>(n);
  return WilsonDistances{.rate = rate, .down = rate - *lower, .up = *upper - rate};
}

}  // namespace

std::optional<double> FisherExact(const TwoGroups& groups) {
  const auto [a, b, c, d] = groups;
  if (!AreCounts(groups)) return std::nullopt;
  const Splits splits{.first = a + b, .second = c + d, .with = a + c};
  // Probabilities as multiples of the most probable one, outwards until nothing is left of them.
  const auto for_each = [&splits](const auto& visit) {
    const std::int64_t mode = splits.Mode();
    double weight = 1;
    for (std::int64_t count = mode; count <= splits.Most() && weight > 0; ++count) {
      visit(count, weight);
      weight *= splits.RatioUp(count);
    }
    weight = 1;
    for (std::int64_t count = mode; count > splits.Fewest() && weight > 0; --count) {
      weight /= splits.RatioUp(count - 1);
      visit(count - 1, weight);
    }
  };
  double all = 0;
  double observed = 0;  // stays 0 when the split is so improbable that nothing is left of it
  for_each([&](std::int64_t count, double weight) {
    all += weight;
    if (count == a) observed = weight;
  });
  double as_improbable = 0;
  for_each([&](std::int64_t, double weight) {
    if (weight <= observed * kTie) as_improbable += weight;
  });
  return std::min(1.0, as_improbable / all);
}

std::optional<Interval> NewcombeHybridScore(const TwoGroups& groups, double confidence) {
  if (!AreCounts(groups) || !(confidence > 0.5)) return std::nullopt;
  const auto first = DistancesOf(groups.first_with, groups.first_with + groups.first_without, confidence);
  const auto second = DistancesOf(groups.second_with, groups.second_with + groups.second_without, confidence);
  if (!first || !second) return std::nullopt;
  const double difference = first->rate - second->rate;
  return Interval{difference - std::hypot(first->down, second->up), difference + std::hypot(first->up, second->down)};
}

}  // namespace assay
