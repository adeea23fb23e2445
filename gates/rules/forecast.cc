#include "gates/rules/forecast.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "gates/rules/decision.h"
#include "gates/rules/trial_shares.h"
#include "gates/stats/distributions.h"
#include "gates/stats/gaffke.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr std::size_t kMostGroups = 64;                              // of different values: a forecast needs no more
constexpr double kShort = -std::numeric_limits<double>::infinity();  // of what cannot be shown

// Of the side above the threshold and of that below it.
Reach Sides(Direction direction, double above, double below) {
  if (direction == Direction::kAtLeast) return {.pass = above, .fail = below};
  return {.pass = below, .fail = above};
}

// What passes may lie on the threshold, what fails lies beyond it.
Reach Compare(const ThresholdQuestion& question, double lower, double upper, std::int64_t n) {
  const bool is_at_least = question.direction == Direction::kAtLeast;
  return Sides(question.direction, ReachOfBound(lower - question.threshold, !is_at_least, n),
               ReachOfBound(question.threshold - upper, is_at_least, n));
}

double Whole(double share, std::int64_t n) { return share * static_cast<double>(n); }

// `groups` in at most `most`, neighbours merged at their mean.
std::vector<WeightedValue> Merged(const std::vector<WeightedValue>& groups, std::size_t most = kMostGroups) {
  if (groups.size() <= most) return groups;
  std::vector<WeightedValue> coarse;
  for (std::size_t cell = 0; cell < most; ++cell) {
    const std::size_t begin = groups.size() * cell / most;
    const std::size_t end = groups.size() * (cell + 1) / most;
    WeightedValue merged{0, 0};
    for (std::size_t i = begin; i < end; ++i) {
      merged.value += groups[i].value * groups[i].weight;
      merged.weight += groups[i].weight;
    }
    merged.value = std::min(merged.value / merged.weight, 1.0);
    coarse.push_back(merged);
  }
  return coarse;
}

// Of values in [0, 1], those of a cell of a grid merged at their mean; 0 and 1 stay by themselves.
std::vector<WeightedValue> Cells(const std::vector<double>& values) {
  constexpr double kGrid = 8192;
  std::vector<WeightedValue> cells(static_cast<std::size_t>(kGrid) + 2, WeightedValue{0, 0});
  for (const double value : values) {
    const double place = value <= 0 ? 0 : value >= 1 ? kGrid + 1 : 1 + std::floor(value * kGrid);
    WeightedValue& cell = cells[static_cast<std::size_t>(place)];
    cell.value += value;
    cell.weight += 1;
  }
  std::erase_if(cells, [](const WeightedValue& cell) { return cell.weight == 0; });
  for (WeightedValue& cell : cells) cell.value /= cell.weight;
  return cells;
}

// n cases distributed like `groups`.
std::vector<WeightedValue> Scaled(std::vector<WeightedValue> groups, std::int64_t n) {
  double size = 0;
  for (const WeightedValue& group : groups) size += group.weight;
  for (WeightedValue& group : groups) group.weight *= static_cast<double>(n) / size;
  return groups;
}

std::vector<WeightedValue> Mirrored(std::vector<WeightedValue> groups) {
  for (WeightedValue& group : groups) group.value = 1 - group.value;
  return groups;
}

double MeanOfGroups(const std::vector<WeightedValue>& groups) {
  double sum = 0;
  double size = 0;
  for (const WeightedValue& group : groups) {
    sum += group.weight * group.value;
    size += group.weight;
  }
  return sum / size;
}

double LogOf(const std::optional<double>& probability) {
  return probability ? std::log(*probability) : std::numeric_limits<double>::quiet_NaN();
}

// By the normal approximation.
double LogPValueOfMany(const std::vector<WeightedValue>& groups, double mean, std::int64_t n) {
  const double centre = MeanOfGroups(groups);
  double squares = 0;
  double size = 0;
  for (const WeightedValue& group : groups) {
    squares += group.weight * (group.value - centre) * (group.value - centre);
    size += group.weight;
  }
  const double z = (centre - mean) * std::sqrt(static_cast<double>(n) * size / squares);
  return LogOf(NormalCdf(-z));
}

// Of n cases distributed like `groups`, that their mean is at least `mean`. That is shown of no mean above theirs: its
// evidence is then not computed. Of millions of equal values the tail is not found, and need not be.
std::function<double(std::int64_t n)> ReachAbove(std::vector<WeightedValue> groups, double mean, double confidence) {
  constexpr std::int64_t kMany = 100'000;
  if (!(MeanOfGroups(groups) >= mean)) return [](std::int64_t) { return kShort; };
  return [=, groups = std::move(groups)](std::int64_t n) {
    std::optional<double> log_p = GaffkeLogPValue(Scaled(groups, n), mean);
    if (!log_p && n >= kMany && mean >= 0) log_p = LogPValueOfMany(groups, mean, n);
    return ReachOfEvidence(log_p, confidence);
  };
}

// Whether Clopper and Pearson's bound of so many ones reaches `threshold`, without the bound. It lies above 0 and below
// 1 unless no value, or each, is a one.
bool IsShownAbove(std::int64_t ones, std::int64_t n, double threshold, bool is_strict, double confidence) {
  if (n < 2) return false;
  if (is_strict ? threshold < 0 : threshold <= 0) return true;
  if (ones == 0) return false;
  return BinomialUpperTail(ones, n, threshold).value_or(1) <= 1 - confidence;
}
bool IsShownBelow(std::int64_t ones, std::int64_t n, double threshold, bool is_strict, double confidence) {
  if (n < 2) return false;
  if (is_strict ? threshold > 1 : threshold >= 1) return true;
  if (ones == n) return false;
  return BinomialCdf(ones, n, threshold).value_or(1) <= 1 - confidence;
}

// As ReachAbove, of a side alone that can be shown.
ForecastOf ForecastProportion(const ThresholdQuestion& question, const std::vector<double>& values) {
  const auto size = static_cast<double>(values.size());
  const double share_of_ones = static_cast<double>(std::ranges::count(values, 1.0)) / size;
  const double share_of_zeros = static_cast<double>(std::ranges::count(values, 0.0)) / size;
  const bool may_be_above = share_of_ones >= question.threshold;
  const bool may_be_below = 1 - share_of_zeros <= question.threshold;
  const bool is_at_least = question.direction == Direction::kAtLeast;
  return [=](std::int64_t n) {
    const auto ones = static_cast<std::int64_t>(std::floor(Whole(share_of_ones, n) + 1e-9));
    const auto zeros = static_cast<std::int64_t>(std::floor(Whole(share_of_zeros, n) + 1e-9));
    const bool is_above = may_be_above && IsShownAbove(ones, n, question.threshold, !is_at_least, question.confidence);
    const bool is_below =
        may_be_below && IsShownBelow(n - zeros, n, question.threshold, is_at_least, question.confidence);
    if (is_above) return ReachOf(is_at_least ? Forecast::kPass : Forecast::kFail);
    return ReachOf(!is_below ? Forecast::kNeither : is_at_least ? Forecast::kFail : Forecast::kPass);
  };
}

// The line through the last two numbers of cases whose reach is known, over the roots of these numbers.
class Line {
 public:
  void Add(std::int64_t cases, double reach) {
    if (!std::isfinite(reach)) return;
    before_ = last_;
    last_ = Point{std::sqrt(static_cast<double>(cases)), reach};
  }

  // Where it crosses 0, in whole cases.
  std::optional<double> Crossing() const {
    if (!before_ || !last_) return std::nullopt;
    const double slope = (last_->reach - before_->reach) / (last_->root - before_->root);
    const double root = last_->root - last_->reach / slope;
    if (!(slope > 0) || !std::isfinite(root)) return std::nullopt;
    return root > 0 ? std::ceil(root * root) : 0;
  }

 private:
  struct Point {
    double root;
    double reach;
  };
  std::optional<Point> before_;
  std::optional<Point> last_;
};

using ReachAt = std::function<double(std::int64_t cases)>;

// Where it is shown and where it is not, with nothing but a whole number between them in the end.
struct Bracket {
  std::int64_t low;
  std::int64_t high;
};

std::int64_t Bisected(Bracket bracket, const ReachAt& reach) {
  while (bracket.high - bracket.low > 1) {
    const std::int64_t middle = bracket.low + (bracket.high - bracket.low) / 2;
    (reach(middle) >= 0 ? bracket.high : bracket.low) = middle;
  }
  return bracket.high;
}

std::optional<std::int64_t> ByDoubling(std::int64_t n, const ReachAt& reach) {
  std::int64_t low = n;
  for (std::int64_t step = 1; low < kMostCases; step *= 2) {
    const std::int64_t high = std::min(low + step, kMostCases);
    if (reach(high) >= 0) return Bisected({low, high}, reach);
    low = high;
  }
  return std::nullopt;
}

// `here` is the reach of n.
std::optional<std::int64_t> BySecants(std::int64_t n, double here, const ReachAt& reach) {
  constexpr int kMostSecants = 12;
  const double most = reach(kMostCases);
  if (!(most >= 0)) return std::nullopt;
  Line line;
  line.Add(kMostCases, most);
  line.Add(n, here);
  Bracket bracket{n, kMostCases};
  for (int step = 0; step < kMostSecants && bracket.high - bracket.low > 1; ++step) {
    const std::optional<double> crossing = line.Crossing();
    if (!crossing) break;
    const auto first = static_cast<double>(bracket.low + 1);
    const auto at = static_cast<std::int64_t>(std::clamp(*crossing, first, static_cast<double>(bracket.high - 1)));
    const double reached = reach(at);
    line.Add(at, reached);
    (reached >= 0 ? bracket.high : bracket.low) = at;
  }
  return Bisected(bracket, reach);
}

// The least n' in (n, kMostCases] whose reach is 0 or more.
std::optional<std::int64_t> FewestCases(std::int64_t n, const ReachAt& reach) {
  constexpr std::int64_t kFewestForeseen = 2;
  if (n >= kMostCases) return std::nullopt;
  const double here = n >= kFewestForeseen ? reach(n) : kShort;
  return std::isfinite(here) ? BySecants(n, here, reach) : ByDoubling(n, reach);
}

}  // namespace

Reach ReachOf(Forecast outcome) {
  Reach reach;
  if (outcome == Forecast::kPass) reach.pass = -kShort;
  if (outcome == Forecast::kFail) reach.fail = -kShort;
  return reach;
}

double ReachOfEvidence(std::optional<double> log_p, double confidence) {
  if (!log_p || std::isnan(*log_p)) return kShort;
  return std::sqrt(-2 * std::min(*log_p, 0.0)) - std::sqrt(-2 * std::log1p(-confidence));
}

double ReachOfBound(double distance, bool is_strict, std::int64_t cases) {
  if (std::isnan(distance) || (is_strict && distance == 0)) return -std::numeric_limits<double>::min();
  return distance * std::sqrt(static_cast<double>(cases));
}

ForecastOf ForecastMean(const ThresholdQuestion& question, const std::vector<double>& values, std::string_view method) {
  if (method == "clopper_pearson") return ForecastProportion(question, values);
  if (method == "gaffke") return ForecastOfGroups(question, ForecastGroups(values));
  if (!method.empty() && method != "t") return {};
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (method != "t" || !moments) return [](std::int64_t) { return Reach(); };
  return [=](std::int64_t n) {
    const auto half_width = StudentHalfWidth({n, moments->mean, moments->deviation}, question.confidence);
    if (!half_width) return Reach();
    return Compare(question, moments->mean - *half_width, moments->mean + *half_width, n);
  };
}

ForecastOf ForecastOfGroups(const ThresholdQuestion& question, const std::vector<WeightedValue>& groups) {
  const auto above = ReachAbove(groups, question.threshold, question.confidence);
  const auto below = ReachAbove(Mirrored(groups), 1 - question.threshold, question.confidence);
  return [=](std::int64_t n) { return Sides(question.direction, above(n), below(n)); };
}

std::vector<WeightedValue> ForecastGroups(const std::vector<double>& values) {
  constexpr std::size_t kMostSorted = 8192;
  return Merged(values.size() > kMostSorted ? Cells(values) : Grouped(values));
}

ForecastOf ForecastQuantile(const ThresholdQuestion& question, const std::vector<double>& values, double q) {
  // A floor needs x(r) >= T for the lower rank r: fewer than r cases below T; a ceiling mirrored. Ranks are those up to
  // which the binomial tail is small enough (stats/quantile.h).
  const auto on_low_side = std::ranges::count_if(values, [&](double value) {
    return question.direction == Direction::kAtLeast ? value < question.threshold : value <= question.threshold;
  });
  const double share = static_cast<double>(on_low_side) / static_cast<double>(values.size());
  const auto is_small = [confidence = question.confidence](const std::optional<double>& tail) {
    return tail && *tail <= 1 - confidence;
  };
  return [=](std::int64_t n) {
    const auto most = static_cast<std::int64_t>(std::ceil(Whole(share, n) - 1e-9));
    const auto least = static_cast<std::int64_t>(std::floor(Whole(share, n) + 1e-9));
    const bool is_above = n >= 2 && share <= q && is_small(BinomialCdf(most, n, q));
    const bool is_below = n >= 2 && share >= q && is_small(BinomialUpperTail(least, n, q));
    return Sides(question.direction, is_above ? -kShort : kShort, is_below ? -kShort : kShort);
  };
}

ForecastOf ForecastTrialQuantile(const ThresholdQuestion& question, const std::vector<TrialBox>& boxes, double q) {
  const double threshold = question.threshold;
  const bool is_at_least = question.direction == Direction::kAtLeast;
  // What passes may lie on the threshold, what fails lies beyond it.
  const double infinity = std::numeric_limits<double>::infinity();
  const double lowest_above = is_at_least ? threshold : std::nextafter(threshold, infinity);
  const double highest_below = is_at_least ? std::nextafter(threshold, -infinity) : threshold;
  const auto above = ReachAbove(Merged(SharesAtLeast(boxes, lowest_above)), 1 - q, question.confidence);
  const auto below = ReachAbove(Merged(SharesAtMost(boxes, highest_below)), q, question.confidence);
  return [=](std::int64_t n) { return Sides(question.direction, above(n), below(n)); };
}

ForecastBounds ForecastMeanBounds(const std::vector<double>& values, std::string_view method) {
  if (method == "clopper_pearson") {
    const auto size = static_cast<double>(values.size());
    const double share = static_cast<double>(std::ranges::count(values, 1.0)) / size;
    return [share](std::int64_t n, double confidence) {
      const auto ones = static_cast<std::int64_t>(std::floor(Whole(share, n) + 1e-9));
      const auto possible_ones = static_cast<std::int64_t>(std::ceil(Whole(share, n) - 1e-9));
      return BinaryMeanBounds(ones, possible_ones, n, confidence);
    };
  }
  if (method == "gaffke") {
    constexpr std::size_t kGroupsOfBounds = 16;  // a bound costs ten times as much as a p-value
    return [groups = Merged(Grouped(values), kGroupsOfBounds)](std::int64_t n, double confidence) {
      const std::vector<WeightedValue> scaled = Scaled(groups, n);
      return Bounds{GaffkeLower(scaled, confidence).value_or(0), GaffkeUpper(scaled, confidence).value_or(1), "gaffke"};
    };
  }
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (method != "t" || !moments) return {};
  return [moments](std::int64_t n, double confidence) {
    const auto half_width = StudentHalfWidth({n, moments->mean, moments->deviation}, confidence);
    return half_width ? Bounds{moments->mean - *half_width, moments->mean + *half_width, "t"} : Bounds{};
  };
}

ForecastBounds ForecastQuantileBounds(std::vector<double> values, double q) {
  std::ranges::sort(values);
  return [values = std::move(values), q](std::int64_t n, double confidence) {
    // Where a rank among n cases that are spread as these are lies among these: between two of them, of which that is
    // taken which tells less.
    const auto size = static_cast<double>(values.size());
    const auto place = [&](std::int64_t rank) { return static_cast<double>(rank) / static_cast<double>(n) * size; };
    const auto at = [&](double one) { return values[static_cast<std::size_t>(std::clamp(one, 1.0, size)) - 1]; };
    Bounds bounds;
    bounds.method = "order_statistic";
    if (const auto rank = QuantileLowerRank(n, q, confidence)) bounds.lower = at(std::floor(place(*rank) + 1e-9));
    if (const auto rank = QuantileUpperRank(n, q, confidence)) bounds.upper = at(std::ceil(place(*rank) - 1e-9));
    return bounds;
  };
}

ForecastOf ForecastOfSides(const PartInput& input, const std::function<ForecastOf(const PartInput& at)>& at) {
  const ForecastOf passing = at(input);
  if (!passing || !input.fail_confidence) return passing;
  PartInput of_fail = input;
  of_fail.confidence = *input.fail_confidence;
  const ForecastOf failing = at(of_fail);
  return [passing, failing](std::int64_t cases) {
    return Reach{.pass = passing(cases).pass, .fail = failing(cases).fail};
  };
}

std::optional<MoreCases> FewestCasesThatDecide(std::int64_t n, const ForecastOf& forecast) {
  if (!forecast) return std::nullopt;
  const auto cases = FewestCases(n, [&](std::int64_t size) {
    const Reach reach = forecast(size);
    return std::max(reach.pass, reach.fail);
  });
  if (!cases) return std::nullopt;
  return MoreCases{*cases, forecast(*cases).Outcome()};
}

std::string WhatWouldDecide(const ForecastOf& forecast, RulePart& part) {
  if (!forecast) return "more cases would narrow it";
  const std::int64_t scheduled = part.counts.scheduled;
  const std::int64_t absent = scheduled - part.counts.scored;
  const auto verb = [](Forecast outcome) { return outcome == Forecast::kPass ? " would pass it" : " would fail it"; };
  const Forecast with_all = absent > 0 ? forecast(scheduled).Outcome() : Forecast::kNeither;
  if (with_all != Forecast::kNeither) {
    part.more_cases = absent;
    return "scoring the missing " + Cases(absent) + verb(with_all) + " if like the others";
  }
  const auto needed = FewestCasesThatDecide(scheduled, forecast);
  if (!needed) return CannotBeDecided();
  part.more_cases = needed->cases - part.counts.scored;
  const std::string more = Cases(needed->cases - scheduled) + " more like these" + verb(needed->outcome);
  return absent > 0 ? "scoring the missing " + Cases(absent) + " and about " + more : "about " + more;
}

}  // namespace assay
