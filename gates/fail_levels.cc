#include "gates/fail_levels.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay {
namespace {

constexpr double kLeastPValue = 1e-9;
constexpr double kPrecision = 1e-6;

// Positions from the least p-value to the greatest.
std::vector<std::size_t> Ascending(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  return order;
}

std::vector<double> HolmLevels(std::span<const double> p_values, std::size_t parts, double alpha) {
  std::vector<double> levels(p_values.size());
  double level = 0;
  double last = -1;
  bool is_stopped = false;
  std::size_t rank = 0;
  for (const std::size_t i : Ascending(p_values)) {
    const bool is_tie = p_values[i] == last;  // equal ones must fare alike
    if (!is_stopped && !is_tie) level = alpha / static_cast<double>(parts - rank);
    is_stopped = is_stopped || p_values[i] > level;
    levels[i] = level;
    last = p_values[i];
    ++rank;
  }
  return levels;
}

std::vector<double> BenjaminiHochbergLevels(std::span<const double> p_values, std::size_t parts, double alpha) {
  const auto level = [&](std::size_t rank) {
    return std::min(alpha, alpha * static_cast<double>(rank) / static_cast<double>(parts));
  };
  const std::vector<std::size_t> order = Ascending(p_values);
  std::size_t rejected = order.size();
  while (rejected > 0 && p_values[order[rejected - 1]] > level(rejected)) --rejected;
  std::vector<double> levels(p_values.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    levels[order[rank]] = level(rank < rejected ? rejected : rejected + 1);
  }
  return levels;
}

}  // namespace

double FailPValue(const Rule& rule, const PartInput& input) {
  const auto fails = [&](double alpha) {
    PartInput stricter = input;
    stricter.confidence = 1 - alpha;
    return rule.Find(stricter, ErrorsAs::kUnknown).fails;
  };
  if (fails(kLeastPValue)) return kLeastPValue;
  double holds = kLeastPValue;
  double fails_at = 1 - input.confidence;
  while (fails_at > holds * (1 + kPrecision)) {
    const double middle = std::sqrt(holds * fails_at);
    (fails(middle) ? fails_at : holds) = middle;
  }
  return fails_at;
}

std::vector<double> FailLevels(std::span<const double> p_values, std::size_t parts, double alpha,
                               Multiplicity multiplicity) {
  return multiplicity == Multiplicity::kHolm ? HolmLevels(p_values, parts, alpha)
                                             : BenjaminiHochbergLevels(p_values, parts, alpha);
}

}  // namespace assay
