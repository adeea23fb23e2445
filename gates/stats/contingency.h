#pragma once
// Two proportions compared. Pure functions, thread-safe.

#include <cstdint>
#include <optional>

#include "gates/stats/interval.h"

namespace assay {

// Counts of two groups of independent cases, each case with or without a property.
struct TwoGroups {
  std::int64_t first_with = 0, first_without = 0;
  std::int64_t second_with = 0, second_without = 0;
};

// Two-sided p-value of Fisher's exact test (Statistical Methods for Research Workers, 1934): the probability, were the
// property dealt to the cases at random, of any split that is no more probable than this one. Exact for groups of every
// size; also for scores cut at a value that depends on both groups together only. 1 when a group or a property is
// empty. Absent for a negative count or more than 2^53 cases. O(the smallest of group and property) time.
std::optional<double> FisherExact(const TwoGroups& groups);

// Bounds for the difference of the two proportions, first less second: Newcombe's hybrid score interval (Statistics in
// Medicine 17, 1998, 873-890, method 10), squares of the distances of Wilson's limits added. For independent groups;
// the same cases twice are paired (paired_binary.h). May exceed its error rate, most where one
// proportion is near 0 and the other near 1: groups of 30 with 2 % and 99 %, 14 % of samples at a confidence of 0.95.
// Absent (no information) for a group of fewer than two, a negative count, more than 2^53 cases, and a confidence
// outside (0.5, 1).
std::optional<Interval> NewcombeHybridScore(const TwoGroups& groups, double confidence);

}  // namespace assay
