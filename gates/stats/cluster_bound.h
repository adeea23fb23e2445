#pragma once
// One-sided bounds for the mean over all cases when cases come in clusters: cases of one cluster may depend on each
// other in any way, clusters are independent. Pure functions, thread-safe.
//
// For values in [0, 1]: with sums S_c and sizes K_c of the clusters a mean of at most m says that the S_c - m K_c are 0
// or less on average. They are at least -m K, K the greatest size, and so Gaffke's test (gaffke.h) applies with the
// cluster as the unit and -m K as the added value; the bound is the m at which it just rejects. Equivalently it is the
// (1 - confidence)-quantile of sum E_c S_c / (sum E_c K_c + E_0 K) with independent exponentials E. For clusters of one
// size it is Gaffke's bound of their means, for one case each that of the cases, and so Clopper-Pearson's of zeros and
// ones. It never falls when a value rises, and needs no variance: C clusters of one size without a failure show what C
// cases do.
//
// Sizes are taken as given: what is bounded is the mean over the cases of clusters of these sizes. That the bound holds
// its error rate then rests on what is known of Gaffke's. Clusters that are given and unlike, instead of drawn from one
// population, can exceed it a little, as single cases can: 0.05 becomes -ln(0.95) = 0.0513 where all but one pass, or
// fail, for certain; tests/gates/stats/cluster_bound_test.cc adds up all outcomes of small and large clusters over a
// grid of probabilities and finds nothing beyond. bench/sim simulates whole gates.

#include <optional>
#include <span>
#include <vector>

#include "gates/stats/cluster.h"

namespace assay {

// Bounds of `confidence` in (0, 1) by itself. Absent (no information) for fewer than two clusters, a total that makes
// no sense (cluster.h) or is of values outside [0, 1], and a confidence out of range. Of more than 8,192 clusters sums
// are rounded against the bound, by 1/8192 of a cluster's size at most; whole cases are not. Costs what GaffkeLower
// costs for the different pairs of sum and size.
std::optional<double> ClusteredGaffkeLower(std::span<const ClusterTotal> totals, double confidence);
std::optional<double> ClusteredGaffkeUpper(std::span<const ClusterTotal> totals, double confidence);

// A kind of clusters and how many there are of it; forecasts use fractions of clusters too.
struct ClusterGroup {
  double sum = 0;     // of a cluster, in [0, size]
  double size = 1;    // at least 1
  double weight = 1;  // at least 1
};

// How compatible the clusters are with a true mean of `mean` or less. ClusteredGaffkeLower(confidence) >= mean when
// this is at most 1 - confidence. Absent for fewer than two clusters (by weight) and what is out of range or not
// finite.
std::optional<double> ClusteredGaffkePValue(std::span<const ClusterGroup> groups, double mean);
// Its logarithm, also of what is too small for a double; -infinity where it is 0.
std::optional<double> ClusteredGaffkeLogPValue(std::span<const ClusterGroup> groups, double mean);

// Equal clusters in one, by size and sum.
std::vector<ClusterGroup> GroupedClusters(std::span<const ClusterTotal> totals);

// How far each one-sided bound of `confidence` in (0.5, 1) lies from the mean, for values without bounds: Student's t
// with the standard error of the jackknife over clusters (CR3: Bell & McCaffrey, Survey Methodology 28, 2002) and
// EffectiveClusters - 1 degrees of freedom (after Carter, Schnepel & Steigerwald, Review of Economics and Statistics
// 99, 2017), at least 1. For clusters of one size it is ClusteredHalfWidth. Approximate: of symmetric values a bound at
// 0.95 is missed by at most 6 % of samples also where one cluster has half of all cases (ClusteredHalfWidth: 25 %); of
// skewed ones the bound towards the long tail is missed more often, as Student's is of as many cases. Absent as
// ClusteredStandardError.
std::optional<double> JackknifeHalfWidth(std::span<const ClusterTotal> totals, double confidence);

// How much the dependence of cases within clusters adds to the variance of the mean: the square of the clustered
// standard error (times C / (C - 1)) over that of as many independent cases (Kish, Survey Sampling, 1965). 1: nothing.
// `squares` is the sum of the squared deviations of the cases from their mean. Absent as ClusteredStandardError and
// without such deviations.
std::optional<double> DesignEffect(std::span<const ClusterTotal> totals, double squares);

}  // namespace assay
