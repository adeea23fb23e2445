#pragma once
// The same cases scored twice, by a first and a second model: differences of scores, first less second, to which the
// methods for a mean apply (mean.h, cluster.h, bootstrap.h, sign_flip.h). Pure functions, thread-safe.

#include <optional>
#include <span>
#include <vector>

#include "gates/stats/interval.h"

namespace assay {

// first[i] - second[i]. Where all differences are equal but for rounding (0.3 - 0.2 and 0.2 - 0.1 are not the same
// number), they are made equal, so that a shift by a constant has a deviation of exactly 0 and gives no information
// instead of a bound that is a point. Absent for spans of different length and values or differences that are not
// finite.
std::optional<std::vector<double>> PairedDifferences(std::span<const double> first, std::span<const double> second);

// Bounds for a mean of independent values in [-1, 1], as differences of scores in [0, 1] are, without any other
// assumption: Gaffke's (gaffke.h), stretched. A wider interval than Student's, that needs no variance: `n` differences
// of 0 show a lower bound of (1 - confidence)^(1/n) - 1, the exact one of a proportion, where Student's shows nothing
// and Tango's too much. `confidence` in (0.5, 1), of one bound. Absent (no information) for fewer than two values, a
// value outside [-1, 1], NaN included. Costs what GaffkeLower costs for the different values.
std::optional<Interval> BoundedMeanInterval(std::span<const double> values, double confidence);

}  // namespace assay
