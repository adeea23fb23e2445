#pragma once
// An asymptotic confidence sequence for the mean of a large sample (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas,
// Annals of Statistics 52, 2024; what GrowthBook calls sequential testing). Pure functions, thread-safe.
//
// It holds its error rate in the limit of many cases only, and not at all for a few failures in hundreds: betting.h is
// for those. For means that have no bounds.

#include <cstdint>
#include <optional>

#include "gates/stats/mixture_boundary.h"

namespace assay {

struct AsymptoticSequence {
  double alpha = 0.05;        // the error for all times together and for the sides that are asked for; in (0, 1)
  double tuned_for = 0;       // the number of cases where it is to be tightest, > 0
  Sides sides = Sides::kTwo;  // for one side alpha is in (0, 0.5)
};

// How far the bounds lie from the mean of n cases with standard deviation `deviation`, at any time. Absent (no
// information) for n < 2, a deviation that is 0 or not finite, and arguments out of range.
std::optional<double> AsymptoticHalfWidth(std::int64_t n, double deviation, const AsymptoticSequence& sequence);

// The smallest alpha at which the mean, `distance` away from a hypothetical one, refutes it (two-sided; the tuning
// stays that of sequence.alpha); 1 at most. Absent as above, and for a distance that is not finite.
std::optional<double> AsymptoticPValue(double distance, std::int64_t n, double deviation,
                                       const AsymptoticSequence& sequence);

}  // namespace assay
