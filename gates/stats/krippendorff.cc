#include "gates/stats/krippendorff.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"

namespace assay {
namespace {

constexpr std::int64_t kMostAlphaReplicates = 1'000'000;

// `count` ratings of the value with the index `code` in the sorted list of all different values.
struct ValueRun {
  std::size_t code = 0;
  double count = 0;
};

struct CodedUnit {
  std::vector<ValueRun> runs;
  double ratings = 0;
};

struct CodedRatings {
  std::vector<double> values;  // different, ascending
  std::vector<CodedUnit> units;
};

bool IsRating(double value, RatingScale scale) {
  return std::isfinite(value) && (scale != RatingScale::kRatio || value >= 0);
}

CodedUnit CodedUnitOf(std::vector<double> ratings, std::span<const double> values) {
  std::ranges::sort(ratings);
  CodedUnit unit{.runs = {}, .ratings = static_cast<double>(ratings.size())};
  for (const double rating : ratings) {
    const auto code = static_cast<std::size_t>(std::ranges::lower_bound(values, rating) - values.begin());
    if (unit.runs.empty() || unit.runs.back().code != code) unit.runs.push_back({.code = code});
    unit.runs.back().count += 1;
  }
  return unit;
}

// Units with two ratings or more; absent for a rating that is none.
std::optional<CodedRatings> CodedRatingsOf(std::span<const std::vector<double>> units, RatingScale scale) {
  CodedRatings coded;
  for (const std::vector<double>& unit : units) {
    if (!std::ranges::all_of(unit, [&](double value) { return IsRating(value, scale); })) return std::nullopt;
    if (unit.size() >= 2) coded.values.insert(coded.values.end(), unit.begin(), unit.end());
  }
  std::ranges::sort(coded.values);
  const auto repeated = std::ranges::unique(coded.values);
  coded.values.erase(repeated.begin(), repeated.end());
  for (const std::vector<double>& unit : units) {
    if (unit.size() >= 2) coded.units.push_back(CodedUnitOf(unit, coded.values));
  }
  return coded;
}

// Squared distances of all ordered pairs of ratings.
double PairDisagreement(const CodedUnit& unit, std::span<const double> positions, RatingScale scale) {
  double sum = 0;
  if (scale == RatingScale::kNominal) {
    for (const ValueRun& run : unit.runs) sum += run.count * (unit.ratings - run.count);
    return sum;
  }
  if (scale == RatingScale::kRatio) {
    for (std::size_t i = 0; i < unit.runs.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const double low = positions[unit.runs[j].code];
        const double high = positions[unit.runs[i].code];
        const double share = (1 - low / high) / (1 + low / high);  // high > low >= 0, and no overflow
        sum += 2 * unit.runs[i].count * unit.runs[j].count * share * share;
      }
    }
    return sum;
  }
  if (unit.runs.size() < 2) return 0;  // exactly, not up to rounding
  double mean = 0;
  for (const ValueRun& run : unit.runs) mean += run.count * positions[run.code] / unit.ratings;
  for (const ValueRun& run : unit.runs) {
    sum += run.count * (positions[run.code] - mean) * (positions[run.code] - mean);
  }
  return 2 * unit.ratings * sum;
}

// Where values lie on the scale. The ordinal distance, all ratings between two values and half of those at either, is
// the difference of how many ratings lie below, the own value's by half.
std::vector<double> PositionsOf(std::span<const double> values, const CodedUnit& all, RatingScale scale) {
  std::vector<double> positions(values.begin(), values.end());
  if (scale != RatingScale::kOrdinal) return positions;
  double below = 0;
  for (const ValueRun& run : all.runs) {
    positions[run.code] = below + run.count / 2;
    below += run.count;
  }
  return positions;
}

using DrawnUnits = std::vector<const CodedUnit*>;

// All ratings of the units as if of one.
CodedUnit Pooled(const DrawnUnits& units, std::size_t values) {
  std::vector<double> counts(values, 0);
  CodedUnit all;
  for (const CodedUnit* unit : units) {
    for (const ValueRun& run : unit->runs) counts[run.code] += run.count;
    all.ratings += unit->ratings;
  }
  for (std::size_t code = 0; code < values; ++code) {
    if (counts[code] > 0) all.runs.push_back({.code = code, .count = counts[code]});
  }
  return all;
}

std::optional<KrippendorffAlpha> AlphaOf(const DrawnUnits& units, std::span<const double> values, RatingScale scale) {
  const CodedUnit all = Pooled(units, values.size());
  if (all.runs.size() < 2) return std::nullopt;
  const std::vector<double> positions = PositionsOf(values, all, scale);
  KrippendorffAlpha result{.ratings = static_cast<std::int64_t>(all.ratings)};
  for (const CodedUnit* unit : units) {
    ++result.units;
    result.observed += PairDisagreement(*unit, positions, scale) / (unit->ratings - 1);
  }
  result.observed /= all.ratings;
  result.expected = PairDisagreement(all, positions, scale) / (all.ratings * (all.ratings - 1));
  result.alpha = 1 - result.observed / result.expected;
  if (result.units < 2 || !(result.expected > 0) || !std::isfinite(result.expected) || !std::isfinite(result.alpha)) {
    return std::nullopt;
  }
  return result;
}

DrawnUnits EachOnce(const CodedRatings& coded) {
  DrawnUnits units;
  for (const CodedUnit& unit : coded.units) units.push_back(&unit);
  return units;
}

// Of rank (size + 1) p in an ascending list, interpolated; absent outside of it or where it is infinite.
std::optional<double> RankedAt(std::span<const double> sorted, double p) {
  const double rank = (static_cast<double>(sorted.size()) + 1) * p;
  if (!(rank >= 1 && rank <= static_cast<double>(sorted.size()))) return std::nullopt;
  const auto below = static_cast<std::size_t>(rank);
  const double low = sorted[below - 1];
  const double high = sorted[std::min(below, sorted.size() - 1)];
  if (!std::isfinite(low) || !std::isfinite(high)) return std::nullopt;
  return low + (rank - static_cast<double>(below)) * (high - low);
}

}  // namespace

std::optional<KrippendorffAlpha> KrippendorffsAlpha(std::span<const std::vector<double>> units, RatingScale scale) {
  const std::optional<CodedRatings> coded = CodedRatingsOf(units, scale);
  if (!coded) return std::nullopt;
  return AlphaOf(EachOnce(*coded), coded->values, scale);
}

std::optional<AlphaInterval> KrippendorffInterval(std::span<const std::vector<double>> units, RatingScale scale,
                                                  double confidence, const Resampling& resampling) {
  if (!(confidence > 0.5 && confidence < 1) || resampling.replicates < 1 ||
      resampling.replicates > kMostAlphaReplicates) {
    return std::nullopt;
  }
  const std::optional<CodedRatings> coded = CodedRatingsOf(units, scale);
  if (!coded || !AlphaOf(EachOnce(*coded), coded->values, scale)) return std::nullopt;
  AlphaInterval result;
  std::vector<double> alphas;
  DrawnUnits drawn(coded->units.size());
  for (std::int64_t replicate = 0; replicate < resampling.replicates; ++replicate) {
    Random random(RandomAt(resampling.seed, static_cast<std::uint64_t>(replicate)));
    for (const CodedUnit*& unit : drawn) unit = &coded->units[random.Below(coded->units.size())];
    const std::optional<KrippendorffAlpha> alpha = AlphaOf(drawn, coded->values, scale);
    if (alpha) {
      alphas.push_back(alpha->alpha);
    } else {
      ++result.without_variation;
    }
  }
  std::ranges::sort(alphas);
  if (alphas.empty() || alphas.front() == alphas.back()) return std::nullopt;
  const auto unknown = static_cast<std::size_t>(result.without_variation);
  std::vector<double> pessimistic = alphas;
  pessimistic.insert(pessimistic.begin(), unknown, -std::numeric_limits<double>::infinity());
  alphas.insert(alphas.end(), unknown, std::numeric_limits<double>::infinity());
  const std::optional<double> lower = RankedAt(pessimistic, 1 - confidence);
  const std::optional<double> upper = RankedAt(alphas, confidence);
  if (!lower || !upper) return std::nullopt;
  result.interval = {.lower = *lower, .upper = *upper};
  return result;
}

}  // namespace assay
