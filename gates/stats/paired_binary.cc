#include "gates/stats/paired_binary.h"

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>

#include "gates/stats/distributions.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

constexpr std::int64_t kMostPairs = std::int64_t{1} << 53;

// The number of cases, when the counts are such.
std::optional<std::int64_t> PairsOf(const PairedCounts& counts) {
  std::int64_t n = 0;
  for (const std::int64_t count : {counts.both, counts.first_only, counts.second_only, counts.neither}) {
    if (count < 0 || count > kMostPairs / 4) return std::nullopt;
    n += count;
  }
  if (n < 2) return std::nullopt;
  return n;
}

// Shares of the cases on which the two disagree.
struct Disagreement {
  double first_only = 0;
  double second_only = 0;
};

// The score statistic of Tango over sqrt(n), of the hypothesis that the difference is `difference` in [0, 1]; its sign
// is that of observed less supposed difference. Infinite at 1, where every case would have to disagree.
double ScoreOfPositive(const Disagreement& seen, double difference) {
  // The share of second_only that is most likely under the hypothesis is the positive root q of
  // 2 q^2 + linear q - constant = 0, of the two forms of which the one without cancellation is taken.
  const double linear = (2 - seen.first_only + seen.second_only) * difference - (seen.first_only + seen.second_only);
  const double constant = seen.second_only * difference * (1 - difference);
  const double root = std::sqrt(linear * linear + 8 * constant);
  double share = 0;
  if (linear < 0) {
    share = (root - linear) / 4;
  } else if (constant > 0) {
    share = 2 * constant / (root + linear);
  }
  const double variance = 2 * share + difference * (1 - difference);
  const double excess = seen.first_only - seen.second_only - difference;
  return excess == 0 ? 0 : excess / std::sqrt(std::max(variance, 0.0));
}

double Score(const Disagreement& seen, double difference) {
  if (difference >= 0) return ScoreOfPositive(seen, difference);
  return -ScoreOfPositive({.first_only = seen.second_only, .second_only = seen.first_only}, -difference);
}

// The difference below the observed one at which the score is z / sqrt(n). At the observed difference the score is 0,
// at -1 infinite, and it is continuous between.
std::optional<double> ScoreLower(const Disagreement& seen, double target) {
  const double observed = seen.first_only - seen.second_only;
  if (observed <= -1) return -1.0;
  const auto excess = [&](double difference) {
    return std::min(Score(seen, difference), 1e100) - target;  // finite, for interpolation
  };
  using ScorePolicy =
      boost::math::policies::policy<boost::math::policies::domain_error<boost::math::policies::ignore_error>,
                                    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;
  const auto is_close = [](double low, double high) {
    return high - low <= 1e-15 * std::max({std::fabs(low), std::fabs(high), 1e-7});
  };
  std::uintmax_t iterations = 200;
  const auto [low, high] = boost::math::tools::toms748_solve(excess, -1.0, observed, excess(-1), -target, is_close,
                                                             iterations, ScorePolicy());
  if (!std::isfinite(low)) return std::nullopt;
  return low;
}

// The estimated correlation of passing the first and the second time, Newcombe's continuity correction included.
double CorrectedCorrelation(const PairedCounts& counts, double n) {
  const auto both = static_cast<double>(counts.both);
  const auto first_only = static_cast<double>(counts.first_only);
  const auto second_only = static_cast<double>(counts.second_only);
  const auto neither = static_cast<double>(counts.neither);
  const double size = std::sqrt(both + first_only) * std::sqrt(second_only + neither) * std::sqrt(both + second_only) *
                      std::sqrt(first_only + neither);
  if (size == 0) return 0;
  const double product = both * neither - first_only * second_only;
  if (product < 0) return product / size;
  return std::max(product - n / 2, 0.0) / size;
}

// sqrt(a^2 + b^2 - 2 correlation a b), without a negative argument.
double Combined(double a, double b, double correlation) {
  return std::sqrt((a - b) * (a - b) + 2 * (1 - correlation) * a * b);
}

}  // namespace

std::optional<double> McNemarExact(std::int64_t first_only, std::int64_t second_only) {
  if (!PairsOf({.both = 2, .first_only = first_only, .second_only = second_only})) return std::nullopt;
  const std::optional<double> tail = BinomialCdf(std::min(first_only, second_only), first_only + second_only, 0.5);
  if (!tail) return std::nullopt;
  return std::min(1.0, 2 * *tail);
}

std::optional<double> McNemarMidP(std::int64_t first_only, std::int64_t second_only) {
  const std::optional<double> exact = McNemarExact(first_only, second_only);
  if (!exact || first_only + second_only == 0) return exact;
  const std::int64_t fewer = std::min(first_only, second_only);
  const double observed = std::exp(LogBinomialProbability(fewer, first_only + second_only, 0.5).value_or(0));
  return std::max(0.0, *exact - (first_only == second_only ? observed / 2 : observed));
}

std::optional<Interval> TangoScore(const PairedCounts& counts, double confidence) {
  const std::optional<std::int64_t> n = PairsOf(counts);
  const std::optional<double> z = NormalQuantile(confidence);
  if (!n || !z || !(confidence > 0.5)) return std::nullopt;
  const auto size = static_cast<double>(*n);
  if (counts.first_only == 0 && counts.second_only == 0) {
    const double distance = *z * *z / (size + *z * *z);
    return Interval{-distance, distance};
  }
  const Disagreement seen{.first_only = static_cast<double>(counts.first_only) / size,
                          .second_only = static_cast<double>(counts.second_only) / size};
  const double target = *z / std::sqrt(size);
  const auto lower = ScoreLower(seen, target);
  const auto mirrored = ScoreLower({.first_only = seen.second_only, .second_only = seen.first_only}, target);
  if (!lower || !mirrored) return std::nullopt;
  return Interval{*lower, -*mirrored};
}

std::optional<Interval> NewcombeSquareAndAdd(const PairedCounts& counts, double confidence) {
  const std::optional<std::int64_t> n = PairsOf(counts);
  if (!n || !(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const auto size = static_cast<double>(*n);
  const std::int64_t first_passes = counts.both + counts.first_only;
  const std::int64_t second_passes = counts.both + counts.second_only;
  const double first = static_cast<double>(first_passes) / size;
  const double second = static_cast<double>(second_passes) / size;
  const auto first_low = WilsonLower(first_passes, *n, confidence);
  const auto first_high = WilsonUpper(first_passes, *n, confidence);
  const auto second_low = WilsonLower(second_passes, *n, confidence);
  const auto second_high = WilsonUpper(second_passes, *n, confidence);
  if (!first_low || !first_high || !second_low || !second_high) return std::nullopt;
  const double correlation = CorrectedCorrelation(counts, size);
  const double difference = static_cast<double>(counts.first_only - counts.second_only) / size;
  return Interval{difference - Combined(first - *first_low, *second_high - second, correlation),
                  difference + Combined(*first_high - first, second - *second_low, correlation)};
}

}  // namespace assay
