#include "gates/fail_levels.h"

#include <algorithm>

namespace assay {
namespace {

std::vector<double> HolmLevels(std::size_t failing, std::size_t parts, double alpha, const FailsAt& fails_at) {
  std::vector<double> levels(failing, 0);  // 0: not rejected yet
  for (std::size_t rejected = 0; rejected < failing;) {
    const double level = alpha / static_cast<double>(parts - rejected);
    const std::size_t before = rejected;
    for (std::size_t i = 0; i < failing; ++i) {
      if (levels[i] > 0 || !fails_at(i, level)) continue;
      levels[i] = level;
      ++rejected;
    }
    if (rejected > before) continue;
    std::ranges::replace(levels, 0.0, level);
    break;
  }
  return levels;
}

std::vector<double> BenjaminiHochbergLevels(std::size_t failing, std::size_t parts, double alpha,
                                            const FailsAt& fails_at) {
  const auto level = [&](std::size_t rank) {
    return std::min(alpha, alpha * static_cast<double>(rank) / static_cast<double>(parts));
  };
  std::vector<bool> rejected(failing, true);
  std::size_t count = failing;
  for (std::size_t before = failing + 1; count > 0 && count < before;) {
    before = count;
    count = 0;
    for (std::size_t i = 0; i < failing; ++i) {
      rejected[i] = rejected[i] && fails_at(i, level(before));
      count += rejected[i];
    }
  }
  std::vector<double> levels;
  for (std::size_t i = 0; i < failing; ++i) levels.push_back(level(rejected[i] ? count : count + 1));
  return levels;
}

}  // namespace

std::vector<double> FailLevels(std::size_t failing, std::size_t parts, double alpha, Multiplicity multiplicity,
                               const FailsAt& fails_at) {
  return multiplicity == Multiplicity::kHolm ? HolmLevels(failing, parts, alpha, fails_at)
                                             : BenjaminiHochbergLevels(failing, parts, alpha, fails_at);
}

}  // namespace assay
