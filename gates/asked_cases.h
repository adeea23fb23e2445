#pragma once
// The cases that rules are asked about, by suite, metric and value of a slice. Each list is made once for all rules of
// a gate, with what they compute of it (rules/part_memory.h).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gates/judge_opinion.h"
#include "gates/observations.h"
#include "gates/rules/part_memory.h"

namespace assay {

// Every case of a suite.
std::vector<std::uint32_t> AllCases(const SuiteObservations& suite);

struct AskedCases {
  AskedCases(std::vector<std::uint32_t> cases, std::optional<std::size_t> metric)
      : ordinals(std::move(cases)), memory(metric, ordinals) {}
  AskedCases(const AskedCases&) = delete;

  const std::vector<std::uint32_t> ordinals;  // in ascending order
  mutable PartMemory memory;
};

using SharedCases = std::shared_ptr<const AskedCases>;

// For one thread; the suites outlive it and do not change.
class AskedCasesOf {
 public:
  // Those that the metric asks, or any of those that the rule names; without a metric all.
  SharedCases Whole(const SuiteObservations& suite, const MetricsOfRule& metrics);
  // Of these, by the value of a slice of the suite; one list, which may be empty, for each of its values.
  const std::vector<SharedCases>& ByValue(const SuiteObservations& suite, const MetricsOfRule& metrics,
                                          const SliceColumn& slice);
  // How many cases of the suite have each value, asked or not.
  const std::vector<std::size_t>& CountsByValue(const SuiteObservations& suite, const SliceColumn& slice);

 private:
  // Rules on the same metric share it; null pointer in place of a slice is the whole.
  using Key =
      std::tuple<const SuiteObservations*, std::optional<std::size_t>, std::vector<std::size_t>, const SliceColumn*>;
  std::map<Key, std::vector<SharedCases>> lists_;
  std::map<const SliceColumn*, std::vector<std::size_t>> counts_;
};

}  // namespace assay
