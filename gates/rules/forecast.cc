#include "gates/rules/forecast.h"

#include <algorithm>
#include <cmath>

#include "gates/rules/decision.h"
#include "gates/rules/trial_shares.h"
#include "gates/stats/gaffke.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr std::size_t kMostGroups = 64;  // of different values: a forecast needs no more

Forecast Compare(const ThresholdQuestion& question, double lower, double upper) {
  const bool is_above = lower >= question.threshold;
  const bool is_below = upper <= question.threshold;
  if (question.direction == Direction::kAtLeast) {
    if (is_above) return Forecast::kPass;
    return upper < question.threshold ? Forecast::kFail : Forecast::kNeither;
  }
  if (is_below) return Forecast::kPass;
  return lower > question.threshold ? Forecast::kFail : Forecast::kNeither;
}

Forecast Choose(const ThresholdQuestion& question, bool is_shown_above, bool is_shown_below) {
  if (is_shown_above) return question.direction == Direction::kAtLeast ? Forecast::kPass : Forecast::kFail;
  if (is_shown_below) return question.direction == Direction::kAtLeast ? Forecast::kFail : Forecast::kPass;
  return Forecast::kNeither;
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

bool IsShownAbove(const std::vector<WeightedValue>& groups, double mean, std::int64_t n, double confidence) {
  const auto p = GaffkePValue(Scaled(groups, n), mean);
  return p && *p <= 1 - confidence;
}

ForecastOf ForecastProportion(const ThresholdQuestion& question, const std::vector<double>& values) {
  const auto size = static_cast<double>(values.size());
  const double share_of_ones = static_cast<double>(std::ranges::count(values, 1.0)) / size;
  const double share_of_zeros = static_cast<double>(std::ranges::count(values, 0.0)) / size;
  return [=](std::int64_t n) {
    const auto ones = static_cast<std::int64_t>(std::floor(Whole(share_of_ones, n) + 1e-9));
    const auto zeros = static_cast<std::int64_t>(std::floor(Whole(share_of_zeros, n) + 1e-9));
    return Compare(question, ClopperPearsonLower(ones, n, question.confidence).value_or(0),
                   ClopperPearsonUpper(n - zeros, n, question.confidence).value_or(1));
  };
}

}  // namespace

ForecastOf ForecastMean(const ThresholdQuestion& question, const std::vector<double>& values, std::string_view method) {
  if (method == "clopper_pearson") return ForecastProportion(question, values);
  if (method == "gaffke") {
    const std::vector<WeightedValue> groups = Merged(Grouped(values));
    return [=, mirrored = Mirrored(groups)](std::int64_t n) {
      return Choose(question, IsShownAbove(groups, question.threshold, n, question.confidence),
                    IsShownAbove(mirrored, 1 - question.threshold, n, question.confidence));
    };
  }
  if (!method.empty() && method != "t") return {};
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (method != "t" || !moments) return [](std::int64_t) { return Forecast::kNeither; };
  return [=](std::int64_t n) {
    const auto half_width = StudentHalfWidth({n, moments->mean, moments->deviation}, question.confidence);
    if (!half_width) return Forecast::kNeither;
    return Compare(question, moments->mean - *half_width, moments->mean + *half_width);
  };
}

ForecastOf ForecastQuantile(const ThresholdQuestion& question, const std::vector<double>& values, double q) {
  // A floor needs x(r) >= T for the lower rank r: fewer than r cases below T; a ceiling mirrored.
  const auto on_low_side = std::ranges::count_if(values, [&](double value) {
    return question.direction == Direction::kAtLeast ? value < question.threshold : value <= question.threshold;
  });
  const double share = static_cast<double>(on_low_side) / static_cast<double>(values.size());
  return [=](std::int64_t n) {
    const auto lower = QuantileLowerRank(n, q, question.confidence);
    const auto upper = QuantileUpperRank(n, q, question.confidence);
    return Choose(question, lower && std::ceil(Whole(share, n) - 1e-9) < static_cast<double>(*lower),
                  upper && std::floor(Whole(share, n) + 1e-9) >= static_cast<double>(*upper));
  };
}

ForecastOf ForecastTrialQuantile(const ThresholdQuestion& question, const std::vector<TrialBox>& boxes, double q) {
  const double threshold = question.threshold;
  const bool is_at_least = question.direction == Direction::kAtLeast;
  // What passes may lie on the threshold, what fails lies beyond it.
  const double infinity = std::numeric_limits<double>::infinity();
  const auto above = Merged(SharesAtLeast(boxes, is_at_least ? threshold : std::nextafter(threshold, infinity)));
  const auto below = Merged(SharesAtMost(boxes, is_at_least ? std::nextafter(threshold, -infinity) : threshold));
  return [=](std::int64_t n) {
    return Choose(question, IsShownAbove(above, 1 - q, n, question.confidence),
                  IsShownAbove(below, q, n, question.confidence));
  };
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
    if (passing(cases) == Forecast::kPass) return Forecast::kPass;
    return failing(cases) == Forecast::kFail ? Forecast::kFail : Forecast::kNeither;
  };
}

std::optional<MoreCases> FewestCasesThatDecide(std::int64_t n, const ForecastOf& forecast) {
  if (!forecast) return std::nullopt;
  const auto cases = FewestCases(n, [&](std::int64_t size) { return forecast(size) != Forecast::kNeither; });
  if (!cases) return std::nullopt;
  return MoreCases{*cases, forecast(*cases)};
}

std::string WhatWouldDecide(const ForecastOf& forecast, RulePart& part) {
  if (!forecast) return "more cases would narrow it";
  const std::int64_t scheduled = part.counts.scheduled;
  const std::int64_t absent = scheduled - part.counts.scored;
  const auto verb = [](Forecast outcome) { return outcome == Forecast::kPass ? " would pass it" : " would fail it"; };
  if (const Forecast outcome = forecast(scheduled); absent > 0 && outcome != Forecast::kNeither) {
    part.more_cases = absent;
    return "scoring the missing " + Cases(absent) + verb(outcome) + " if like the others";
  }
  const auto needed = FewestCasesThatDecide(scheduled, forecast);
  if (!needed) return CannotBeDecided();
  part.more_cases = needed->cases - part.counts.scored;
  const std::string more = Cases(needed->cases - scheduled) + " more like these" + verb(needed->outcome);
  return absent > 0 ? "scoring the missing " + Cases(absent) + " and about " + more : "about " + more;
}

}  // namespace assay
