#pragma once
// Bootstrap intervals for a mean (Efron, JASA 82, 1987; Davison & Hinkley, Bootstrap Methods and their Application,
// 1997, chapter 5). Pure functions, thread-safe, and the same for the same seed on every machine: each replicate is a
// stream of its own of the counter-based generator (core/random.h), drawn without bias.
//
// What is resampled is the independent unit: the differences of paired cases (paired_mean.h) or whole clusters; never
// the trials of one case, nor the two models separately. All three intervals are approximate
// and exceed their error rates for small samples: at a confidence of 0.975 a bound is missed by 4.5 % of samples of 10
// normal values (Student's: 2.4 %) and 3 % of 30; the upper one of exponential values by 9 to 15 % and 4 to 9 %, BCa
// least. They know of nothing that the sample has not shown, so that where most cases agree and few differ they are no
// better than Student's.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gates/stats/cluster.h"
#include "gates/stats/interval.h"

namespace assay {

struct Resampling {
  std::uint64_t seed = 0;  // SeedFrom(run id)
  std::int64_t replicates = 10000;
};

// The means of the replicates and what the intervals need beside them.
struct BootstrapMeans {
  double observed = 0;
  std::vector<double> sorted = {};  // ascending
  double below_observed = 0;        // the share of replicates below the observed mean, ties by half
  double acceleration = 0;          // of the jackknife
};

// Absent (no information) for fewer than two values or clusters, more than 2^31 of them, a variance of 0 (as in
// StandardError and ClusteredStandardError), a value that is not finite, and replicates outside [1, 10^7].
// O(replicates * values) time, O(replicates) memory: about 1.3 ns a drawn value (bench/bootstrap_bench).
std::optional<BootstrapMeans> BootstrapMean(std::span<const double> values, const Resampling& resampling);
// Of the mean of all cases, with their clusters resampled.
std::optional<BootstrapMeans> BootstrapClusteredMean(std::span<const ClusterTotal> totals,
                                                     const Resampling& resampling);

// Bounds of `confidence` in (0.5, 1), each by itself. The p-quantile of B replicates is the one of rank (B + 1) p,
// interpolated. Absent where that rank lies outside [1, B]: too few replicates for this confidence.
std::optional<Interval> PercentileInterval(const BootstrapMeans& means, double confidence);
// The percentile interval reflected at the observed mean.
std::optional<Interval> BasicInterval(const BootstrapMeans& means, double confidence);
// Bias-corrected and accelerated. Absent also where all replicates lie on one side of the observed mean and where the
// acceleration is so large that the levels no longer order.
std::optional<Interval> BcaInterval(const BootstrapMeans& means, double confidence);

}  // namespace assay
