#include "gates/rules/worst_cases.h"

#include <algorithm>

#include "gates/rules/reducer.h"

namespace assay {

std::vector<WorstCase> WorstCases(const PartInput& input, WorstIs worst) {
  const auto is_worse = [worst](const WorstCase& a, const WorstCase& b) {
    if (*a.value != *b.value) return worst == WorstIs::kLowest ? *a.value < *b.value : *a.value > *b.value;
    return a.ordinal < b.ordinal;
  };
  const double perfect = worst == WorstIs::kLowest ? 1 : 0;
  std::vector<WorstCase> found;  // a heap with the least bad on top
  std::vector<WorstCase> broken;
  Reducer reducer(input.suite, *input.metric);
  for (const std::uint32_t ordinal : input.cases) {
    const std::optional<double> value = reducer.ValueOf(ordinal);
    if (!value) {
      const CaseTally tally = input.TallyOf(ordinal);
      const bool is_broken = tally.error > 0 || tally.scored > 0;
      if (is_broken && broken.size() < RulePart::kMaxWorstCases) broken.push_back({ordinal, "", std::nullopt});
      continue;
    }
    if (input.shape().range == MetricRange::kUnit && *value == perfect) continue;
    const WorstCase candidate{ordinal, "", value};
    if (found.size() == RulePart::kMaxWorstCases) {
      if (!is_worse(candidate, found.front())) continue;
      std::pop_heap(found.begin(), found.end(), is_worse);
      found.pop_back();
    }
    found.push_back(candidate);
    std::push_heap(found.begin(), found.end(), is_worse);
  }
  std::sort_heap(found.begin(), found.end(), is_worse);
  for (WorstCase& one : broken) {
    if (found.size() == RulePart::kMaxWorstCases) break;
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace assay
