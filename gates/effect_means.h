#pragma once
// At which true mean a rule decides, of made-up cases whose mean is moved until it does. Private to gates/.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "gates/rehearsal.h"
#include "gates/typical_cases.h"

namespace assay {

// More than so many cases are not made up: the distance from the limit is scaled by the root of their number.
inline constexpr std::int64_t kMostMadeUpCases = 4000;
inline constexpr std::int64_t kMostResampledCases = 400;  // by methods that take thousands of replicates

struct MeanQuestion {
  Variation variation;
  double limit = 0;            // what the mean is to be
  double sign = 1;             // -1 where less is better
  bool is_either_way = false;  // of how far the mean is from 0, with sign -1
  std::function<bool(std::span<const double> values)> passes = {};
  std::function<bool(std::span<const double> values)> fails = {};
  std::int64_t cases = 0;
  std::span<const std::uint32_t> clusters = {};
  bool is_slow = false;  // bounds are resampled
};

struct DecidingMeans {
  std::optional<double> passes_from = {};  // absent: none that the variation allows is enough
  std::optional<double> fails_to = {};
};

// The true mean from which on the rule passes with probability `power`, and down to which it fails with that: by how
// much the mean of such cases varies (by the normal approximation, in clusters with the design effect) beyond the least
// mean of cases with which the rule passes, and the greatest with which it fails. O(cases x what the rule takes).
DecidingMeans MeansThatDecide(const MeanQuestion& question, double power);

// Likewise the values of an expression over several metrics, which move together from the values with which it fails to
// those with which it passes; by the delta method. `variations` are theirs.
DecidingMeans ValuesThatDecide(const ExpressionRehearsal& rehearsal, std::span<const Variation> variations,
                               double limit, std::int64_t cases, double power);

}  // namespace assay
