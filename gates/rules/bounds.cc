#include "gates/rules/bounds.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "gates/rules/trial_shares.h"
#include "gates/stats/gaffke.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr std::int64_t kFewestCases = 2;  // of one the methods have no information

// With the method that more cases would have: forecasts go by it.
Bounds NoBounds(std::string_view method) { return {-kInfinity, kInfinity, method}; }

bool IsBinary(double value) { return value == 0 || value == 1; }

std::vector<WeightedValue> EndsOf(const std::vector<ValueBox>& boxes, double ValueBox::*end) {
  std::vector<double> values;
  values.reserve(boxes.size());
  for (const ValueBox& box : boxes) values.push_back(box.*end);
  return Grouped(std::move(values));
}

// Thousands of different values cost too much; on a grid that has 0 and 1 little is lost, and that to the safe side.
// Whether depends on the number of cases only, so that the bound still never falls when a value rises.
constexpr std::size_t kMostExactCases = 8192;
constexpr double kGrid = 8192;

// Of values on the grid, by their place on it.
class GridCounts {
 public:
  void Add(double place) { ++counts_[static_cast<std::size_t>(place)]; }
  std::vector<WeightedValue> Values() const {
    std::vector<WeightedValue> values;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
      if (counts_[place] > 0)
        values.push_back({static_cast<double>(place) / kGrid, static_cast<double>(counts_[place])});
    }
    return values;
  }

 private:
  std::vector<std::int64_t> counts_ = std::vector<std::int64_t>(static_cast<std::size_t>(kGrid) + 1);
};

// Absent for an end outside [0, 1], of which there is no information.
bool AddCoarse(const std::vector<ValueBox>& boxes, UnitEnds& ends) {
  const auto is_unit = [](const ValueBox& box) { return box.low >= 0 && box.high <= 1 && box.low <= box.high; };
  if (!std::ranges::all_of(boxes, is_unit)) return false;
  GridCounts lows;
  GridCounts highs;
  for (const ValueBox& box : boxes) {
    lows.Add(std::floor(box.low * kGrid));
    highs.Add(std::ceil(box.high * kGrid));
  }
  ends.lows = lows.Values();
  ends.highs = highs.Values();
  return true;
}

// The values at which the share of trials at or below changes, with what lies beyond all of them.
std::vector<double> Places(const std::vector<TrialBox>& boxes) {
  std::vector<double> places{-kInfinity, kInfinity};
  for (const TrialBox& box : boxes) {
    std::ranges::copy_if(box.values, std::back_inserter(places), [](double value) { return !std::isnan(value); });
  }
  std::ranges::sort(places);
  places.erase(std::ranges::unique(places).begin(), places.end());
  return places;
}

}  // namespace

UnitEnds UnitEndsOf(const std::vector<ValueBox>& boxes) {
  UnitEnds ends{.cases = std::ssize(boxes)};
  const auto has_binary_ends = [](const ValueBox& box) { return IsBinary(box.low) && IsBinary(box.high); };
  ends.are_binary = std::ranges::all_of(boxes, has_binary_ends);
  if (ends.are_binary) {
    ends.ones = std::ranges::count(boxes, 1.0, &ValueBox::low);
    ends.possible_ones = std::ranges::count(boxes, 1.0, &ValueBox::high);
    return ends;
  }
  if (boxes.size() > kMostExactCases && AddCoarse(boxes, ends)) return ends;
  ends.lows = EndsOf(boxes, &ValueBox::low);
  ends.highs = EndsOf(boxes, &ValueBox::high);
  return ends;
}

Bounds BoundsOfEnds(const UnitEnds& ends, double confidence) {
  if (ends.cases == 0) return {};
  if (ends.are_binary) return BinaryMeanBounds(ends.ones, ends.possible_ones, ends.cases, confidence);
  if (ends.cases < kFewestCases) return NoBounds("gaffke");
  return {GaffkeLower(ends.lows, confidence).value_or(0), GaffkeUpper(ends.highs, confidence).value_or(1), "gaffke"};
}

Bounds UnitMeanBounds(const std::vector<ValueBox>& boxes, double confidence) {
  return BoundsOfEnds(UnitEndsOf(boxes), confidence);
}

Bounds BinaryMeanBounds(std::int64_t ones, std::int64_t possible_ones, std::int64_t cases, double confidence) {
  if (cases == 0) return {};
  if (cases < kFewestCases) return NoBounds("clopper_pearson");
  return {ClopperPearsonLower(ones, cases, confidence).value_or(0),
          ClopperPearsonUpper(possible_ones, cases, confidence).value_or(1), "clopper_pearson"};
}

Bounds UnboundedMeanBounds(const std::vector<ValueBox>& boxes, double confidence) {
  Bounds bounds;
  std::vector<double> values;
  values.reserve(boxes.size());
  bool is_known = true;
  double least_high = kInfinity;
  double most_low = -kInfinity;
  for (const ValueBox& box : boxes) {
    is_known = is_known && box.low == box.high && std::isfinite(box.low);
    least_high = std::min(least_high, box.high);
    most_low = std::max(most_low, box.low);
    values.push_back(box.low);
  }
  if (!is_known) {
    // A mean with a value that is counted as -∞ is -∞, whatever the others are, unless one is counted as +∞.
    if (least_high == -kInfinity) bounds.upper = -kInfinity;
    if (most_low == kInfinity) bounds.lower = kInfinity;
    for (const ValueBox& box : boxes) {
      if (box.high == kInfinity) bounds.upper = kInfinity;
      if (box.low == -kInfinity) bounds.lower = -kInfinity;
    }
    return bounds;
  }
  const std::optional<SampleMoments> moments = MomentsOf(values);
  if (!moments) return bounds;
  const std::optional<double> half_width = StudentHalfWidth(*moments, confidence);
  if (!half_width) return bounds;
  return {moments->mean - *half_width, moments->mean + *half_width, "t"};
}

Bounds QuantileBounds(const std::vector<ValueBox>& boxes, double q, double confidence) {
  Bounds bounds;
  bounds.method = "order_statistic";
  const auto n = static_cast<std::int64_t>(boxes.size());
  std::vector<double> ends(boxes.size());
  const auto statistic = [&](double ValueBox::*end, std::int64_t rank) {
    std::ranges::transform(boxes, ends.begin(), end);
    std::nth_element(ends.begin(), ends.begin() + (rank - 1), ends.end());
    return ends[static_cast<std::size_t>(rank - 1)];
  };
  if (const auto rank = QuantileLowerRank(n, q, confidence)) bounds.lower = statistic(&ValueBox::low, *rank);
  if (const auto rank = QuantileUpperRank(n, q, confidence)) bounds.upper = statistic(&ValueBox::high, *rank);
  return bounds;
}

Bounds TrialQuantileBounds(const std::vector<TrialBox>& boxes, double q, double confidence) {
  Bounds bounds;
  bounds.method = "gaffke";
  if (boxes.empty()) return bounds;
  const std::vector<double> places = Places(boxes);
  const auto is_at_or_below = [&](double place) {
    const auto p = GaffkePValue(SharesAtMost(boxes, place), q);
    return p && *p <= 1 - confidence;
  };
  const auto is_at_or_above = [&](double place) {
    const auto p = GaffkePValue(SharesAtLeast(boxes, place), 1 - q);
    return p && *p <= 1 - confidence;
  };
  // Everything is at most +∞ and at least -∞, so that what holds there tells of the number of cases only.
  const auto above = std::partition_point(places.begin(), places.end(), [&](double x) { return !is_at_or_below(x); });
  if (above != places.end()) bounds.upper = *above;
  const auto below = std::partition_point(places.begin(), places.end(), is_at_or_above);
  if (below != places.begin()) bounds.lower = *std::prev(below);
  return bounds;
}

double TrialQuantile(const std::vector<TrialBox>& boxes, double q) {
  struct Weighted {
    double value;
    double weight;
  };
  std::vector<Weighted> values;
  double cases = 0;
  for (const TrialBox& box : boxes) {
    const auto scored = std::ranges::count_if(box.values, [](double value) { return !std::isnan(value); });
    if (scored == 0) continue;
    ++cases;
    for (const double value : box.values) {
      if (!std::isnan(value)) values.push_back({value, 1 / static_cast<double>(scored)});
    }
  }
  std::ranges::sort(values, {}, &Weighted::value);
  double share = 0;
  for (const Weighted& one : values) {
    share += one.weight;
    if (share >= q * cases - 1e-9) return one.value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace assay
