#include "gates/rules/reducer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "gates/stats/repeated_trials.h"

namespace assay {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// The trials of a case in ascending order: `lowest` of the least value, those known, and the greatest for the rest.
struct Trials {
  const std::vector<double>& known;
  std::size_t lowest;
  double least;
  double greatest;

  double At(std::size_t place) const {
    if (place < lowest) return least;
    return place - lowest < known.size() ? known[place - lowest] : greatest;
  }
};

// Of an even number the mean of the two in the middle; `otherwise` where that is of both infinities.
double Median(const Trials& trials, std::size_t size, double otherwise) {
  const double upper = trials.At(size / 2);
  if (size % 2 == 1) return upper;
  const double middle = std::midpoint(trials.At(size / 2 - 1), upper);
  return std::isnan(middle) ? otherwise : middle;
}

// Calls `visit(value, count)` for each different value in ascending order.
template <class Visit>
void ForEachValue(const std::vector<double>& sorted, const Visit& visit) {
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::upper_bound(at, sorted.end(), *at);
    visit(*at, end - at);
    at = end;
  }
}

// The values that may be the most frequent when `missing` more trials are added, from the least to the greatest.
ValueBox ModesOf(const std::vector<double>& sorted, std::ptrdiff_t missing, double lowest, double highest) {
  std::ptrdiff_t most = 0;
  ForEachValue(sorted, [&](double, std::ptrdiff_t count) { most = std::max(most, count); });
  if (missing >= most) return {lowest, highest};  // all may have a value that is not there yet
  ValueBox box{kUnlimited, -kUnlimited};
  ForEachValue(sorted, [&](double value, std::ptrdiff_t count) {
    if (count + missing < most) return;
    box.low = std::min(box.low, value);
    box.high = std::max(box.high, value);
  });
  return box;
}

}  // namespace

Reducer::Reducer(const SuiteObservations& suite, std::size_t metric, double not_judged)
    : suite_(suite),
      metric_(metric),
      shape_(suite.metrics()[metric]),
      tallies_(suite.Tallies(metric)),
      trials_(suite.trials()),
      lowest_(IsUnit() ? 0 : -kUnlimited),
      highest_(IsUnit() ? 1 : kUnlimited),
      not_judged_(suite.HasNotJudged(metric) ? not_judged : 0) {
  const Reduce by = shape_.reduction.by;
  if (by == Reduce::kPassAtK || by == Reduce::kPassHatK) all_pass_ = PassHatKOfEach(trials_, shape_.reduction.k);
  is_possible_ = Objection().empty();
}

std::string Reducer::Objection() const {
  const Reduction& reduction = shape_.reduction;
  const std::string named = "metric \"" + shape_.name + "\" ";
  if (HasK(reduction.by) && reduction.k < 1) return named + "has no k";
  const int asked = std::max(reduction.k, reduction.quorum);
  if (asked > trials_) {
    return named + "asks for " + std::to_string(asked) + " trials of a case, which has " + std::to_string(trials_);
  }
  if (CountsPasses(reduction.by) && !IsUnit()) return named + "counts trials that pass, but does not lie in [0, 1]";
  return "";
}

Reducer::Missing Reducer::MissingOf(const CaseTally& tally, ErrorValue errors) const {
  Missing missing;
  missing.unknown = trials_ - tally.scored;
  if (errors == ErrorValue::kUnknown) return missing;
  missing.unknown -= tally.error;
  (errors == ErrorValue::kLowest ? missing.lowest : missing.highest) = tally.error;
  return missing;
}

const std::vector<double>& Reducer::Sorted(std::size_t ordinal, const CaseTally& tally) {
  sorted_.clear();
  const std::span<const double> values = suite_.TrialValues(metric_, static_cast<std::int64_t>(ordinal));
  if (!values.empty()) {
    std::ranges::copy_if(values, std::back_inserter(sorted_), [](double value) { return !std::isnan(value); });
    std::ranges::sort(sorted_);
  } else if (tally.scored == 1) {
    sorted_.push_back(tally.sum);
  } else {  // passes and failures
    sorted_.assign(tally.failing, 0.0);
    sorted_.insert(sorted_.end(), tally.passing, 1.0);
  }
  return sorted_;
}

double Reducer::OfPasses(int passing) const {
  switch (shape_.reduction.by) {
    case Reduce::kMajority:
      return 2 * passing > trials_ ? 1 : 0;
    case Reduce::kPassAtK:
      return 1 - all_pass_[static_cast<std::size_t>(trials_ - passing)];
    case Reduce::kPassHatK:
      return all_pass_[static_cast<std::size_t>(passing)];
    default:
      return passing >= shape_.reduction.k ? 1 : 0;
  }
}

ValueBox Reducer::PassBox(const CaseTally& tally, const Missing& missing) const {
  const Reduction& reduction = shape_.reduction;
  const int known = trials_ - missing.unknown;
  const int needed = reduction.by == Reduce::kMajority   ? reduction.quorum
                     : reduction.by == Reduce::kAtLeastK ? 0
                                                         : reduction.k;
  if (known < needed || !is_possible_) return {0, 1};
  const int passing = tally.passing + missing.highest;
  return {OfPasses(passing), OfPasses(passing + missing.unknown)};
}

CaseTally Reducer::TallyWithNotJudged(std::size_t ordinal) const {
  CaseTally tally = tallies_[ordinal];
  tally.sum += not_judged_ * suite_.NotJudged(metric_, ordinal);
  return tally;
}

std::optional<double> Reducer::MeanWithNotJudged(std::size_t ordinal) const {
  const CaseTally tally = TallyWithNotJudged(ordinal);
  return tally.scored > 0 ? std::optional(tally.sum / tally.scored) : std::nullopt;
}

ValueBox Reducer::MeanBox(const CaseTally& tally, ErrorValue errors) const {
  int unknown = trials_ - tally.scored;
  if (unknown == 0) return {tally.sum / trials_, tally.sum / trials_};
  double sum = tally.sum;
  if (errors != ErrorValue::kUnknown && tally.error > 0) {
    unknown -= tally.error;
    sum += (errors == ErrorValue::kHighest ? highest_ : lowest_) * tally.error;
  }
  if (unknown == 0) return {sum / trials_, sum / trials_};
  if (!IsUnit()) return {lowest_, highest_};
  return {sum / trials_, (sum + unknown) / trials_};
}

ValueBox Reducer::ExtremeBox(std::size_t ordinal, const CaseTally& tally, const Missing& missing) {
  const std::vector<double>& sorted = Sorted(ordinal, tally);
  if (shape_.reduction.by == Reduce::kMax) {
    const double known = missing.highest > 0 ? highest_ : sorted.empty() ? lowest_ : sorted.back();
    return {known, missing.unknown > 0 ? highest_ : known};
  }
  const double known = missing.lowest > 0 ? lowest_ : sorted.empty() ? highest_ : sorted.front();
  return {missing.unknown > 0 ? lowest_ : known, known};
}

ValueBox Reducer::MedianBox(std::size_t ordinal, const CaseTally& tally, const Missing& missing) {
  const std::vector<double>& sorted = Sorted(ordinal, tally);
  const auto size = static_cast<std::size_t>(trials_);
  const auto lowest = static_cast<std::size_t>(missing.lowest);
  const auto unknown = static_cast<std::size_t>(missing.unknown);
  return {Median({sorted, lowest + unknown, lowest_, highest_}, size, lowest_),
          Median({sorted, lowest, lowest_, highest_}, size, highest_)};
}

ValueBox Reducer::ModeBox(std::size_t ordinal, const CaseTally& tally, const Missing& missing) {
  Sorted(ordinal, tally);
  sorted_.insert(sorted_.begin(), static_cast<std::size_t>(missing.lowest), lowest_);
  sorted_.insert(sorted_.end(), static_cast<std::size_t>(missing.highest), highest_);
  return ModesOf(sorted_, missing.unknown, lowest_, highest_);
}

ValueBox Reducer::ReducedBox(std::size_t ordinal, ErrorValue errors) {
  const CaseTally tally = tallies_[ordinal];
  const Missing missing = MissingOf(tally, errors);
  switch (shape_.reduction.by) {
    case Reduce::kMean:
      break;
    case Reduce::kMedian:
      return MedianBox(ordinal, tally, missing);
    case Reduce::kMode:
      return ModeBox(ordinal, tally, missing);
    case Reduce::kMax:
    case Reduce::kMin:
      return ExtremeBox(ordinal, tally, missing);
    case Reduce::kMajority:
    case Reduce::kAtLeastK:
    case Reduce::kPassAtK:
    case Reduce::kPassHatK:
      break;
  }
  return PassBox(tally, missing);
}

std::optional<double> Reducer::Reduced(std::size_t ordinal) {
  const CaseTally tally = tallies_[ordinal];
  if (tally.scored == 0) return std::nullopt;
  const Reduction& reduction = shape_.reduction;
  switch (reduction.by) {
    case Reduce::kMean:
      break;
    case Reduce::kMedian: {
      const std::vector<double>& sorted = Sorted(ordinal, tally);
      return Median({sorted, 0, lowest_, highest_}, sorted.size(), lowest_);
    }
    case Reduce::kMax:
      return Sorted(ordinal, tally).back();
    case Reduce::kMin:
      return Sorted(ordinal, tally).front();
    case Reduce::kPassAtK:
      return PassAtK(tally.scored, tally.passing, reduction.k);
    case Reduce::kPassHatK:
      return PassHatK(tally.scored, tally.passing, reduction.k);
    case Reduce::kMode: {
      const ValueBox box = ModesOf(Sorted(ordinal, tally), 0, lowest_, highest_);
      return box.low == box.high ? std::optional(box.low) : std::nullopt;
    }
    case Reduce::kMajority:
    case Reduce::kAtLeastK:
      break;
  }
  const ValueBox box = PassBox(tally, MissingOf(tally, ErrorValue::kUnknown));
  return box.low == box.high ? std::optional(box.low) : std::nullopt;
}

}  // namespace assay
