#pragma once
// The bounds of bounds.h where cases come in clusters: clusters[i] is that of boxes[i], numbered from 0 without gaps.
// The mean is that over all cases, a large cluster weighing more than a small one; the unit is the cluster
// (stats/cluster_bound.h). One cluster is no information. They hold for every completion of what is unknown. Pure
// functions, thread-safe.

#include <cstdint>
#include <span>
#include <vector>

#include "gates/rules/bounds.h"
#include "gates/stats/cluster.h"

namespace assay {

// The mean of values in [0, 1]: Gaffke's bound over clusters, "clustered_gaffke".
Bounds ClusteredUnitMeanBounds(std::span<const ValueBox> boxes, std::span<const std::uint32_t> clusters,
                               double confidence);

// The mean of unbounded values: Student's t by the jackknife over clusters, "clustered_t". An unknown box leaves its
// open side without a bound.
Bounds ClusteredUnboundedMeanBounds(std::span<const ValueBox> boxes, std::span<const std::uint32_t> clusters,
                                    double confidence);

// The q-quantile of one value a case, and over the trials of cases: x bounds from above when Gaffke's p-value over
// clusters for a mean share at or below x of at most q is at most 1 - confidence, and mirrored from below.
Bounds ClusteredQuantileBounds(std::span<const ValueBox> boxes, std::span<const std::uint32_t> clusters, double q,
                               double confidence);
Bounds ClusteredTrialQuantileBounds(const std::vector<TrialBox>& boxes, std::span<const std::uint32_t> clusters,
                                    double q, double confidence);

// The shares at or below `place`, or at or above it, by cluster, of cases with a known value each.
std::vector<ClusterTotal> ClusteredSharesAtMost(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                                double place);
std::vector<ClusterTotal> ClusteredSharesAtLeast(std::span<const double> values,
                                                 std::span<const std::uint32_t> clusters, double place);

}  // namespace assay
