#pragma once
// forecast.h where cases come in clusters: what that many cases, in clusters like those seen, would show. `clusters` as
// ClustersOf gives them (clusters.h). Pure functions, thread-safe.

#include <cstdint>
#include <span>

#include "gates/rules/forecast.h"

namespace assay {

// `bounds` are those of the values seen. Empty for a method that nothing is foretold of.
ForecastOf ForecastClusteredMean(const ThresholdQuestion& question, std::span<const double> values,
                                 std::span<const std::uint32_t> clusters, const Bounds& bounds);
ForecastOf ForecastClusteredQuantile(const ThresholdQuestion& question, std::span<const double> values,
                                     std::span<const std::uint32_t> clusters, double q);

}  // namespace assay
