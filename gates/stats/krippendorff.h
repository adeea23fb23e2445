#pragma once
// Krippendorff's alpha: reliability of any number of raters, with missing ratings (Content Analysis, 4th ed., chapter
// 12; "Computing Krippendorff's Alpha-Reliability", 2011). Pure functions, thread-safe.
//
// A unit is the list of the ratings that it got, as numbers; who gave them does not matter. Units with fewer than two
// ratings do not count. alpha = 1 - observed / expected disagreement: 1 for perfect agreement, 0 for chance, below 0
// for worse. Where all ratings are the same there is nothing to be reliable about: no information, where others
// return 1.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gates/stats/bootstrap.h"
#include "gates/stats/interval.h"

namespace assay {

// How far two ratings are apart, squared: 0 or 1; by how many ratings lie between; their difference; their difference
// over their sum (for values >= 0).
enum class RatingScale : std::uint8_t { kNominal, kOrdinal, kInterval, kRatio };

struct KrippendorffAlpha {
  double alpha = 0;
  double observed = 0;     // mean disagreement of two ratings of a unit
  double expected = 0;     // of any two ratings
  std::int64_t units = 0;  // that count
  std::int64_t ratings = 0;
};

// Absent (no information) for fewer than two units that count, ratings that are all the same, and a rating that is NaN,
// infinite or, on the ratio scale, negative. O(r log r) for r ratings; on the ratio scale also O(d^2) for d different
// values.
std::optional<KrippendorffAlpha> KrippendorffsAlpha(std::span<const std::vector<double>> units, RatingScale scale);

struct AlphaInterval {
  Interval interval = {};
  std::int64_t without_variation = 0;  // replicates whose ratings are all the same
};

// Percentile bootstrap over units, the same for the same seed on every machine: observed and expected disagreement are
// computed anew in each replicate. `confidence` in (0.5, 1) is that of one bound by itself; the p-quantile is that of
// rank (replicates + 1) p, interpolated. Replicates without variation count as worse than all at the lower bound and as
// better than all at the upper one. Approximate: for dozens of units and more. Absent (no information) where the alpha
// is, where all replicates are equal, where the rank lies outside the replicates or within those without variation, and
// for replicates outside [1, 10^6]. O(replicates
// * r).
std::optional<AlphaInterval> KrippendorffInterval(std::span<const std::vector<double>> units, RatingScale scale,
                                                  double confidence, const Resampling& resampling);

}  // namespace assay
