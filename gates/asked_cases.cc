#include "gates/asked_cases.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace assay {
namespace {

std::vector<std::size_t> CountsOf(std::span<const std::uint32_t> cases, const SliceColumn& slice) {
  std::vector<std::size_t> counts(slice.values().size());
  for (const std::uint32_t ordinal : cases) ++counts[slice.ValueOf(ordinal)];
  return counts;
}

std::vector<std::uint32_t> CasesAskedBy(const SuiteObservations& suite, const MetricsOfRule& metrics) {
  std::vector<std::uint32_t> cases = AllCases(suite);
  std::vector<std::size_t> asking = metrics.named;
  if (metrics.metric) asking.push_back(*metrics.metric);
  if (asking.empty()) return cases;
  std::erase_if(cases, [&](std::uint32_t ordinal) {
    return std::ranges::none_of(asking, [&](std::size_t metric) { return suite.Asks(metric, ordinal); });
  });
  return cases;
}

SharedCases Share(std::vector<std::uint32_t> ordinals, const MetricsOfRule& metrics) {
  return std::make_shared<const AskedCases>(std::move(ordinals), metrics.metric);
}

}  // namespace

std::vector<std::uint32_t> AllCases(const SuiteObservations& suite) {
  std::vector<std::uint32_t> cases(static_cast<std::size_t>(suite.cases()));
  std::iota(cases.begin(), cases.end(), 0U);
  return cases;
}

SharedCases AskedCasesOf::Whole(const SuiteObservations& suite, const MetricsOfRule& metrics) {
  std::vector<SharedCases>& list = lists_[{&suite, metrics.metric, metrics.named, nullptr}];
  if (list.empty()) list.push_back(Share(CasesAskedBy(suite, metrics), metrics));
  return list.front();
}

const std::vector<SharedCases>& AskedCasesOf::ByValue(const SuiteObservations& suite, const MetricsOfRule& metrics,
                                                      const SliceColumn& slice) {
  std::vector<SharedCases>& list = lists_[{&suite, metrics.metric, metrics.named, &slice}];
  if (!list.empty()) return list;
  const SharedCases whole = Whole(suite, metrics);
  const std::vector<std::size_t> counts = CountsOf(whole->ordinals, slice);
  std::vector<std::vector<std::uint32_t>> groups(counts.size());
  for (std::size_t value = 0; value < groups.size(); ++value) groups[value].reserve(counts[value]);
  for (const std::uint32_t ordinal : whole->ordinals) groups[slice.ValueOf(ordinal)].push_back(ordinal);
  for (std::vector<std::uint32_t>& group : groups) list.push_back(Share(std::move(group), metrics));
  return list;
}

const std::vector<std::size_t>& AskedCasesOf::CountsByValue(const SuiteObservations& suite, const SliceColumn& slice) {
  std::vector<std::size_t>& counts = counts_[&slice];
  if (counts.empty()) counts = CountsOf(AllCases(suite), slice);
  return counts;
}

}  // namespace assay
