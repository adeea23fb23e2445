#pragma once
// A confidence sequence for a mean of values in [0, 1] in closed form (predictable plug-in empirical Bernstein:
// Waudby-Smith & Ramdas, JRSS B 86, 2024, theorem 2). Pure functions, thread-safe.
//
// Mostly somewhat wider than the bounds of betting.h, but a sum instead of a search: exact to rounding, and O(n).

#include <optional>
#include <span>

namespace assay {

// Bounds after the last of `values` that hold for all times together, with `confidence` in (0, 1) for one bound by
// itself (two-sided 0.95 is asked for with 0.975): the tightest of all times so far, clipped to [0, 1]. Bets are those
// of betting.h, at most 1/2. Absent (no information) without a value, for a value outside [0, 1] or NaN, and for a
// confidence out of range.
std::optional<double> EmpiricalBernsteinLower(std::span<const double> values, double confidence);
std::optional<double> EmpiricalBernsteinUpper(std::span<const double> values, double confidence);

}  // namespace assay
