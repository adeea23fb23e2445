#include "gates/stats/multiplicity.h"

#include <algorithm>
#include <numeric>

namespace assay {
namespace {

// Adjusted values never fall while p rises. Step-down procedures see to it from the least p on, step-up ones from the
// greatest.
enum class Step { kDown, kUp };

// `factor(rank)` multiplies the p-value of a rank, 1 for the least.
template <class Factor>
PValues Adjust(std::span<const double> p_values, Step step, const Factor& factor) {
  if (p_values.empty()) return std::nullopt;
  for (const double p : p_values) {
    if (!(p >= 0 && p <= 1)) return std::nullopt;
  }
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  const auto multiplied = [&](std::size_t place) {
    return std::min(1.0, factor(static_cast<double>(place + 1)) * p_values[order[place]]);
  };
  if (step == Step::kDown) {
    double greatest = 0;
    for (std::size_t place = 0; place < order.size(); ++place) {
      greatest = std::max(greatest, multiplied(place));
      adjusted[order[place]] = greatest;
    }
  } else {
    double least = 1;
    for (std::size_t place = order.size(); place-- > 0;) {
      least = std::min(least, multiplied(place));
      adjusted[order[place]] = least;
    }
  }
  return adjusted;
}

double CountOf(std::span<const double> p_values) { return static_cast<double>(p_values.size()); }

}  // namespace

PValues AdjustBonferroni(std::span<const double> p_values) {
  return Adjust(p_values, Step::kDown, [m = CountOf(p_values)](double) { return m; });
}

PValues AdjustHolm(std::span<const double> p_values) {
  return Adjust(p_values, Step::kDown, [m = CountOf(p_values)](double rank) { return m - rank + 1; });
}

PValues AdjustHochberg(std::span<const double> p_values) {
  return Adjust(p_values, Step::kUp, [m = CountOf(p_values)](double rank) { return m - rank + 1; });
}

PValues AdjustBenjaminiHochberg(std::span<const double> p_values) {
  return Adjust(p_values, Step::kUp, [m = CountOf(p_values)](double rank) { return m / rank; });
}

PValues AdjustBenjaminiYekutieli(std::span<const double> p_values) {
  const double m = CountOf(p_values);
  double harmonic = 0;
  for (double i = 1; i <= m; ++i) harmonic += 1 / i;
  return Adjust(p_values, Step::kUp, [m, harmonic](double rank) { return harmonic * (m / rank); });
}

}  // namespace assay
