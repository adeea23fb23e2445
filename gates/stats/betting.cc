#include "gates/stats/betting.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace assay {
namespace {

// The share of the capital that a bet may lose at most.
constexpr double kMostStake = 0.5;
constexpr std::int64_t kMostPopulation = 10'000'000;
// Of a mean of a population: below it, that a sum exceeds what is possible may be rounding.
constexpr double kTotalRounding = 1e-12;
constexpr double kBoundPrecision = 1e-12;

bool IsShare(double value) { return value >= 0 && value <= 1; }
bool IsBettingConfidence(double confidence) { return confidence > 0 && confidence < 1; }

bool IsPopulation(std::optional<std::int64_t> population) {
  return !population || (*population >= 1 && *population <= kMostPopulation);
}

// The mean that the next value has if all of the population has `mean`: of the cases that are left.
double MeanOfRest(double mean, std::optional<std::int64_t> population, std::int64_t count, long double sum) {
  if (!population) return mean;
  const auto left = static_cast<long double>(*population - count);
  const long double rest = (static_cast<long double>(*population) * mean - sum) / left;
  return std::max(0.0, static_cast<double>(rest));
}

bool IsImpossible(double mean, std::optional<std::int64_t> population, long double sum) {
  return population && sum > static_cast<long double>(*population) * (mean + kTotalRounding);
}

// Falls when `mean` rises, as the bet on it and what it may win do: the root finding below rests on that.
double LogFactor(double value, double mean, double bet) {
  if (mean > 0) bet = std::min(bet, kMostStake / mean);
  return std::log1p(bet * (value - mean));
}

struct BettingSample {
  std::vector<double> values;
  std::vector<double> bets;
  std::optional<std::int64_t> population;
  double log_threshold;
};

// Whether "at most `mean`" has been refuted at any time.
bool IsRefuted(const BettingSample& sample, double mean) {
  long double sum = 0;
  double log_capital = 0;
  for (std::size_t i = 0; i < sample.values.size(); ++i) {
    const double rest = MeanOfRest(mean, sample.population, static_cast<std::int64_t>(i), sum);
    log_capital += LogFactor(sample.values[i], rest, sample.bets[i]);
    sum += sample.values[i];
    if (log_capital >= sample.log_threshold || IsImpossible(mean, sample.population, sum)) return true;
  }
  return false;
}

std::optional<BettingSample> BettingSampleOf(std::span<const double> values, double confidence,
                                             std::optional<std::int64_t> population, bool is_mirrored) {
  if (values.size() < 2 || !IsBettingConfidence(confidence) || !IsPopulation(population)) return std::nullopt;
  if (population && values.size() > static_cast<std::size_t>(*population)) return std::nullopt;
  BettingSample sample{.values = {}, .bets = {}, .population = population, .log_threshold = -std::log1p(-confidence)};
  PredictableBets bets(confidence);
  for (const double value : values) {
    if (!IsShare(value)) return std::nullopt;
    sample.values.push_back(is_mirrored ? 1 - value : value);
    sample.bets.push_back(bets.Next());
    bets.Observe(sample.values.back());
  }
  return sample;
}

// The greatest mean that is seen to be refuted; the refuted ones are an interval from 0.
double GreatestRefuted(const BettingSample& sample) {
  if (!IsRefuted(sample, 0)) return 0;
  double refuted = 0;
  double open = 1;
  while (open - refuted > kBoundPrecision) {
    const double middle = (refuted + open) / 2;
    (IsRefuted(sample, middle) ? refuted : open) = middle;
  }
  return refuted;
}

}  // namespace

PredictableBets::PredictableBets(double confidence) : log_threshold_(-std::log1p(-confidence)) {}

double PredictableBets::Next() const {
  const double variance = (0.25 + squares_) / (count_ + 1);
  const double time = count_ + 1;
  return std::sqrt(2 * log_threshold_ / (time * std::log1p(time) * variance));
}

void PredictableBets::Observe(double value) {
  count_ += 1;
  sum_ += value;
  const double mean = (0.5 + sum_) / (count_ + 1);
  squares_ += (value - mean) * (value - mean);
}

BettingProcess::BettingProcess(double mean, bool is_mirrored, const BettingPlan& plan)
    : mean_(is_mirrored ? 1 - mean : mean),
      is_mirrored_(is_mirrored),
      population_(plan.population),
      bets_(plan.confidence) {}

std::optional<BettingProcess> BettingProcess::AgainstAtMost(double mean, const BettingPlan& plan) {
  if (!IsShare(mean) || !IsBettingConfidence(plan.confidence) || !IsPopulation(plan.population)) return std::nullopt;
  return BettingProcess(mean, false, plan);
}

std::optional<BettingProcess> BettingProcess::AgainstAtLeast(double mean, const BettingPlan& plan) {
  if (!IsShare(mean) || !IsBettingConfidence(plan.confidence) || !IsPopulation(plan.population)) return std::nullopt;
  return BettingProcess(mean, true, plan);
}

std::optional<BettingProcess> BettingProcess::After(double value) const {
  if (!IsShare(value) || (population_ && count_ >= *population_)) return std::nullopt;
  if (is_mirrored_) value = 1 - value;
  BettingProcess next = *this;
  next.log_capital_ += LogFactor(value, MeanOfRest(mean_, population_, count_, sum_), bets_.Next());
  next.bets_.Observe(value);
  ++next.count_;
  next.sum_ += value;
  if (IsImpossible(mean_, population_, next.sum_)) next.log_capital_ = std::numeric_limits<double>::infinity();
  next.log_peak_ = std::max(log_peak_, next.log_capital_);
  return next;
}

bool BettingProcess::Refutes(double confidence) const {
  return IsBettingConfidence(confidence) && log_peak_ >= -std::log1p(-confidence);
}

std::optional<double> BettingLower(std::span<const double> values, double confidence,
                                   std::optional<std::int64_t> population) {
  const std::optional<BettingSample> sample = BettingSampleOf(values, confidence, population, false);
  if (!sample) return std::nullopt;
  return GreatestRefuted(*sample);
}

std::optional<double> BettingUpper(std::span<const double> values, double confidence,
                                   std::optional<std::int64_t> population) {
  const std::optional<BettingSample> sample = BettingSampleOf(values, confidence, population, true);
  if (!sample) return std::nullopt;
  return 1 - GreatestRefuted(*sample);
}

}  // namespace assay
