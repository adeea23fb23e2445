#include "gates/stats/repeated_trials.h"

namespace assay {
namespace {

bool IsPossible(std::int64_t trials, std::int64_t passing, std::int64_t k) {
  return k >= 1 && k <= trials && passing >= 0 && passing <= trials;
}

// C(j - 1, k) / C(j, k).
double Step(std::int64_t j, std::int64_t k) { return static_cast<double>(j - k) / static_cast<double>(j); }

}  // namespace

std::optional<double> PassHatK(std::int64_t trials, std::int64_t passing, std::int64_t k) {
  if (!IsPossible(trials, passing, k)) return std::nullopt;
  if (passing < k) return 0;
  double share = 1;
  for (std::int64_t j = trials; j > passing; --j) share *= Step(j, k);
  return share;
}

std::optional<double> PassAtK(std::int64_t trials, std::int64_t passing, std::int64_t k) {
  if (!IsPossible(trials, passing, k)) return std::nullopt;
  return 1 - *PassHatK(trials, trials - passing, k);
}

std::vector<double> PassHatKOfEach(std::int64_t trials, std::int64_t k) {
  if (!IsPossible(trials, trials, k)) return {};
  std::vector<double> shares(static_cast<std::size_t>(trials) + 1, 0.0);
  double share = 1;
  for (std::int64_t passing = trials; passing >= k; --passing) {
    shares[static_cast<std::size_t>(passing)] = share;
    share *= Step(passing, k);
  }
  return shares;
}

}  // namespace assay
