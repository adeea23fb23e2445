#pragma once
// Bounds by methods that are approximate (config/bound_method.h): for rules that ask for them and decide nothing, or
// whose values have no bounds. Absent where the method has no information: no variance, too few values, values of
// another kind; the bounds of bounds.h are used then. `clusters` as in clustered_bounds.h; empty: each value is by
// itself. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>

#include "gates/rules/bounding.h"
#include "gates/rules/bounds.h"

namespace assay {

// Of the mean of values, which may be differences: t, bootstrap, percentile, sign_flip.
std::optional<Bounds> ApproximateMeanBounds(std::span<const double> values, std::span<const std::uint32_t> clusters,
                                            const Bounding& how);

// Of the difference of two pass rates on the same cases: tango, newcombe. For independent cases only.
std::optional<Bounds> ApproximatePairBounds(std::span<const double> candidate, std::span<const double> baseline,
                                            std::span<const std::uint32_t> clusters, const Bounding& how);

}  // namespace assay
