#pragma once
// The clusters of cases (`cluster` of a suite): cases of one may depend on each other, so that bounds take a cluster as
// the unit. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gates/rules/rule.h"
#include "gates/stats/cluster.h"

namespace assay {

// Which cluster each of these cases is of, numbered from 0 in the order in which they appear; empty when the suite has
// no clusters: then each case is by itself.
std::vector<std::uint32_t> ClustersOf(const SuiteObservations& suite, std::span<const std::uint32_t> cases);

// The totals of values[i] in clusters[i], numbered as above.
std::vector<ClusterTotal> TotalsOf(std::span<const double> values, std::span<const std::uint32_t> clusters);

// What a verdict says of the clusters of a part; absent when its suite has none.
std::optional<PartClusters> DescribeClusters(const PartInput& input);

// " in 40 clusters"; "" without.
std::string InClusters(const std::optional<PartClusters>& clusters);

}  // namespace assay
