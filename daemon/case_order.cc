#include "daemon/case_order.h"

#include <algorithm>

#include "core/random.h"

namespace assay {

std::vector<std::uint32_t> FirstCases(const RunRecord& run, std::int64_t count) {
  const Permutation order(static_cast<std::uint64_t>(run.cases), run.seed);
  std::vector<std::uint32_t> ordinals;
  for (std::int64_t i = 0; i < count; ++i)
    ordinals.push_back(static_cast<std::uint32_t>(order.At(static_cast<std::uint64_t>(i))));
  std::ranges::sort(ordinals);
  return ordinals;
}

std::int64_t CasesReached(const RunRecord& run) {
  if (run.state == RunState::kComplete) return run.cases;
  return std::min(run.cases, run.position / std::max<std::int64_t>(run.trials, 1));
}

}  // namespace assay
