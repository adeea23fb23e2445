#include "gates/rules/worst_cases.h"

#include <algorithm>

#include "gates/rules/part_memory.h"
#include "gates/rules/reducer.h"

namespace assay {

namespace {

std::vector<WorstCase> FindWorst(const PartInput& input, WorstIs worst) {
  const auto comes_before = [worst](double a, std::uint32_t a_ordinal, const WorstCase& b) {
    if (a != *b.value) return worst == WorstIs::kLowest ? a < *b.value : a > *b.value;
    return static_cast<std::int64_t>(a_ordinal) < b.ordinal;
  };
  const auto is_worse = [&](const WorstCase& a, const WorstCase& b) {
    return comes_before(*a.value, static_cast<std::uint32_t>(a.ordinal), b);
  };
  const bool is_unit = input.shape().range == MetricRange::kUnit;
  const double perfect = worst == WorstIs::kLowest ? 1 : 0;
  // Where all that are kept have no more to lose, no later case is worse: ordinals ascend.
  const auto is_settled = [&](const std::vector<WorstCase>& kept) {
    return is_unit && kept.size() == input.most_worst_cases && *kept.front().value == 1 - perfect;
  };
  std::vector<WorstCase> found;  // a heap with the least bad on top
  std::vector<WorstCase> broken;
  Reducer reducer(input.suite, *input.metric);
  for (const std::uint32_t ordinal : input.cases) {
    const std::optional<double> value = reducer.ValueOf(ordinal);
    if (!value) {
      const CaseTally tally = input.TallyOf(ordinal);
      const bool is_broken = tally.error > 0 || tally.scored > 0;
      if (is_broken && broken.size() < input.most_worst_cases) broken.push_back({ordinal, "", std::nullopt});
      continue;
    }
    if (is_unit && *value == perfect) continue;
    if (found.size() == input.most_worst_cases) {
      if (!comes_before(*value, ordinal, found.front())) continue;
      std::pop_heap(found.begin(), found.end(), is_worse);
      found.pop_back();
    }
    found.push_back({ordinal, "", value});
    std::push_heap(found.begin(), found.end(), is_worse);
    if (is_settled(found)) break;
  }
  std::sort_heap(found.begin(), found.end(), is_worse);
  for (WorstCase& one : broken) {
    if (found.size() == input.most_worst_cases) break;
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace

std::vector<WorstCase> WorstCases(const PartInput& input, WorstIs worst) {
  PartMemory* memory = PartMemory::Of(input);
  if (memory == nullptr || input.most_worst_cases != RulePart::kMaxWorstCases) return FindWorst(input, worst);
  return memory->Worst(worst == WorstIs::kLowest, [&] { return FindWorst(input, worst); });
}

}  // namespace assay
