#pragma once
// Shares of a case's trials on one side of a value, as samples for Gaffke's bound.

#include <vector>

#include "gates/rules/bounds.h"
#include "gates/stats/gaffke.h"

namespace assay {

// Equal values in one, in ascending order. O(n log n).
std::vector<WeightedValue> Grouped(std::vector<double> values);

// The share of a case's trials that are surely at or below `place`, or at or above it; 0 without a trial.
double ShareAtMost(const TrialBox& box, double place);
double ShareAtLeast(const TrialBox& box, double place);

// For each case the share of its trials that are surely at or below `place`, or at or above it.
std::vector<WeightedValue> SharesAtMost(const std::vector<TrialBox>& boxes, double place);
std::vector<WeightedValue> SharesAtLeast(const std::vector<TrialBox>& boxes, double place);

}  // namespace assay
