#pragma once
// What stored runs tell of how the values of a metric vary, for plans (plan.h). Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gates/plan.h"

namespace assay {

// A metric in one complete run of the dataset that is planned with.
struct StoredValues {
  std::string source = {};                         // for people: "run 0192... of 2026-11-27"
  std::vector<std::optional<double>> values = {};  // of each case the mean of its trials; absent where none has a value
};

// Mean and standard deviation of `newest`, from 2 cases on; with `clusters`, of each case and empty without, the
// correlation of two cases of one (by the analysis of variance, in [0, 1]). With `other`, a run of a model like the one
// that is compared, how much the values of a case differ between both: from kLeastPairs cases on that both have.
inline constexpr std::int64_t kLeastPairs = 10;
MetricSpread SpreadOfStored(const StoredValues& newest, const StoredValues* other,
                            std::span<const std::uint32_t> clusters, bool is_graded);

}  // namespace assay
