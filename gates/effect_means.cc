#include "gates/effect_means.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

constexpr int kSteps = 14;             // of a search in the range of the mean
constexpr int kFarSteps = 22;          // likewise without bounds, where the range is wide and a bound soon computed
constexpr int kPreciseSteps = 40;      // where nothing is asked of the rule
constexpr std::uint64_t kSeed = 5;     // of how made-up cases are laid out
constexpr std::uint64_t kLayouts = 3;  // of clusters, of which the mean is taken
constexpr double kFarAway = 64;        // deviations, of values without bounds

double MeanOf(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

struct MeanRange {
  double low;
  double high;
};

// Of the mean, more being better.
MeanRange BetterRange(const MeanQuestion& question) {
  const Variation& variation = question.variation;
  if (question.is_either_way) {
    const double most = variation.form == VariationForm::kDisagreement ? variation.parameter
                        : variation.form == VariationForm::kUnbounded  ? question.limit + kFarAway * variation.parameter
                                                                       : 1;
    return {-most, 0};
  }
  switch (variation.form) {
    case VariationForm::kPassFail:
    case VariationForm::kGraded:
      return question.sign > 0 ? MeanRange{0, 1} : MeanRange{-1, 0};
    case VariationForm::kDisagreement:
      return {-variation.parameter, variation.parameter};
    case VariationForm::kDifferenceInUnit:
      return {-1, 1};
    case VariationForm::kUnbounded:
      break;
  }
  const double limit = question.sign * question.limit;
  return {limit - kFarAway * variation.parameter, limit + kFarAway * variation.parameter};
}

// The least x of the range for which `holds`, which stays true from there on; absent when it does nowhere.
template <class Predicate>
std::optional<double> LeastIn(MeanRange range, int steps, const Predicate& holds) {
  if (!holds(range.high)) return std::nullopt;
  if (holds(range.low)) return range.low;
  for (int step = 0; step < steps; ++step) {
    const double middle = (range.low + range.high) / 2;
    (holds(middle) ? range.high : range.low) = middle;
  }
  return range.high;
}

// Likewise the greatest, where it holds up to there.
template <class Predicate>
std::optional<double> GreatestIn(MeanRange range, int steps, const Predicate& holds) {
  const auto found = LeastIn({-range.high, -range.low}, steps, [&](double x) { return holds(-x); });
  return found ? std::optional(-*found) : std::nullopt;
}

// Cases that are made up, of which there may be more.
std::int64_t MadeUpOf(const MeanQuestion& question) {
  return std::min(question.cases, question.is_slow ? kMostResampledCases : kMostMadeUpCases);
}

std::span<const std::uint32_t> FirstClusters(std::span<const std::uint32_t> clusters, std::int64_t cases) {
  return clusters.empty() ? clusters : clusters.first(static_cast<std::size_t>(cases));
}

// The mean that cases show where the rule decides just so; `find` searches the range. More being better.
template <class Find>
std::optional<double> EdgeOf(const MeanQuestion& question, const Find& find) {
  const std::int64_t cases = MadeUpOf(question);
  const std::uint64_t layouts = question.clusters.empty() ? 1 : kLayouts;
  double sum = 0;
  for (std::uint64_t layout = 0; layout < layouts; ++layout) {
    const TypicalCases typical(question.variation, cases, FirstClusters(question.clusters, cases), kSeed + layout);
    const std::optional<double> edge = find(typical);
    if (!edge) return std::nullopt;
    sum += question.sign * MeanOf(typical.WithMean(question.sign * *edge));
  }
  const double limit = question.sign * question.limit;
  const double scale = std::sqrt(static_cast<double>(cases) / static_cast<double>(question.cases));
  return limit + (sum / static_cast<double>(layouts) - limit) * scale;
}

// The standard error of the mean over checks.
double ErrorAt(const MeanQuestion& question, double mean) {
  const double effect = DesignEffect(question.clusters, question.variation.intracluster);
  return DeviationAt(question.variation, mean) * std::sqrt(effect / static_cast<double>(question.cases));
}

// How probably what is seen lies within `edge` of 0, where the mean is `mean`.
double PowerWithin(double edge, double mean, double error) {
  if (error <= 0) return std::abs(mean) <= edge ? 1 : 0;
  return NormalCdf((edge - mean) / error).value_or(0) - NormalCdf((-edge - mean) / error).value_or(0);
}

}  // namespace

DecidingMeans MeansThatDecide(const MeanQuestion& question, double power) {
  const MeanRange range = BetterRange(question);
  const double distance = NormalQuantile(power).value_or(0);
  const auto error = [&](double x) { return ErrorAt(question, question.sign * x); };
  const int steps = question.variation.form == VariationForm::kUnbounded ? kFarSteps : kSteps;
  const auto passing = EdgeOf(question, [&](const TypicalCases& typical) {
    return LeastIn(range, steps, [&](double x) { return question.passes(typical.WithMean(question.sign * x)); });
  });
  const auto failing = EdgeOf(question, [&](const TypicalCases& typical) {
    return GreatestIn(range, steps, [&](double x) { return question.fails(typical.WithMean(question.sign * x)); });
  });
  DecidingMeans means;
  if (passing && question.is_either_way) {
    means.passes_from =
        LeastIn({range.low, 0}, kPreciseSteps, [&](double x) { return PowerWithin(-*passing, -x, error(x)) >= power; });
  } else if (passing) {
    means.passes_from = LeastIn({*passing, std::max(*passing, range.high)}, kPreciseSteps,
                                [&](double x) { return x - distance * error(x) >= *passing; });
  }
  if (failing) {
    means.fails_to = GreatestIn({std::min(range.low, *failing), *failing}, kPreciseSteps,
                                [&](double x) { return x + distance * error(x) <= *failing; });
  }
  if (means.passes_from) means.passes_from = question.sign * *means.passes_from;
  if (means.fails_to) means.fails_to = question.sign * *means.fails_to;
  return means;
}

namespace {

using MetricValuesMadeUp = std::vector<std::vector<double>>;

// All metrics of an expression on their way from the one corner to the other.
class MovingMetrics {
 public:
  MovingMetrics(const ExpressionRehearsal& rehearsal, std::span<const Variation> variations, std::int64_t cases,
                std::uint64_t layout)
      : rehearsal_(rehearsal), variations_(variations), cases_(cases) {
    for (std::size_t metric = 0; metric < variations.size(); ++metric) {
      const std::int64_t asked = std::max<std::int64_t>(rehearsal.AskedOf(metric, cases), 1);
      typical_.emplace_back(variations[metric], asked, FirstClusters(rehearsal.clusters(), asked),
                            kSeed + layout + 97 * (metric + 1));
    }
  }

  MetricValuesMadeUp At(std::span<const double> means) const {
    MetricValuesMadeUp values;
    for (std::size_t metric = 0; metric < typical_.size(); ++metric)
      values.push_back(typical_[metric].WithMean(means[metric]));
    return values;
  }
  std::optional<double> ValueAt(std::span<const double> means) const {
    const auto value = rehearsal_.ValueOn(At(means), cases_);
    return value && std::isfinite(*value) ? value : std::nullopt;
  }

  // The standard error of the expression over checks of `all` cases, by its slopes; absent where it has none.
  std::optional<double> ErrorAt(const std::vector<double>& means, std::int64_t all) const {
    constexpr double kStep = 0.02;
    double variance = 0;
    for (std::size_t metric = 0; metric < means.size(); ++metric) {
      std::vector<double> low = means;
      std::vector<double> high = means;
      low[metric] = std::max(means[metric] - kStep, 0.0);
      high[metric] = std::min(means[metric] + kStep, 1.0);
      const auto at_low = ValueAt(low);
      const auto at_high = ValueAt(high);
      if (!at_low || !at_high) return std::nullopt;
      const double slope = (*at_high - *at_low) / (high[metric] - low[metric]);
      const double effect = DesignEffect(rehearsal_.clusters(), variations_[metric].intracluster);
      const double asked = static_cast<double>(std::max<std::int64_t>(rehearsal_.AskedOf(metric, all), 1));
      const double error = slope * DeviationAt(variations_[metric], means[metric]) * std::sqrt(effect / asked);
      variance += error * error;
    }
    return std::sqrt(variance);
  }

 private:
  const ExpressionRehearsal& rehearsal_;
  std::span<const Variation> variations_;
  std::int64_t cases_;
  std::vector<TypicalCases> typical_;
};

std::vector<double> Between(const std::vector<double>& worst, const std::vector<double>& best, double way) {
  std::vector<double> means;
  for (std::size_t i = 0; i < worst.size(); ++i) means.push_back(worst[i] + way * (best[i] - worst[i]));
  return means;
}

std::vector<double> Opposite(std::vector<double> corner) {
  for (double& value : corner) value = 1 - value;
  return corner;
}

}  // namespace

DecidingMeans ValuesThatDecide(const ExpressionRehearsal& rehearsal, std::span<const Variation> variations,
                               double limit, std::int64_t all, double power) {
  const std::int64_t cases = std::min(all, kMostMadeUpCases);
  auto best = rehearsal.PassingCorner(cases);
  auto worst = rehearsal.FailingCorner(cases);
  if (!best && !worst) return {};
  if (!best) best = Opposite(*worst);
  if (!worst) worst = Opposite(*best);
  const MovingMetrics metrics(rehearsal, variations, cases, 0);
  const auto at_best = metrics.ValueAt(*best);
  const auto at_worst = metrics.ValueAt(*worst);
  const auto passing = LeastIn(
      {0, 1}, kSteps, [&](double way) { return rehearsal.PassesOn(metrics.At(Between(*worst, *best, way)), cases); });
  const auto failing = GreatestIn(
      {0, 1}, kSteps, [&](double way) { return rehearsal.FailsOn(metrics.At(Between(*worst, *best, way)), cases); });
  const double scale = std::sqrt(static_cast<double>(cases) / static_cast<double>(all));
  // Beyond the value at that place of the way by what its variation takes; towards the better end, or the worse.
  const auto beyond = [&](const std::optional<double>& way, const std::optional<double>& end) -> std::optional<double> {
    if (!way) return std::nullopt;
    const std::vector<double> means = Between(*worst, *best, *way);
    const auto value = metrics.ValueAt(means);
    const auto error = metrics.ErrorAt(means, all);
    if (!value || !error) return std::nullopt;
    const double edge = limit + (*value - limit) * scale;
    const double direction = edge >= limit ? 1 : -1;
    const double found = edge + direction * NormalQuantile(power).value_or(0) * *error;
    if (end && (found - *end) * direction > 0) return *end == edge ? std::optional(edge) : std::nullopt;
    return found;
  };
  return {.passes_from = beyond(passing, at_best), .fails_to = beyond(failing, at_worst)};
}

}  // namespace assay
