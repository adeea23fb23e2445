// Bootstrap intervals with infinitely many replicates, approached by four million.

#include <cmath>
#include <optional>

#include "gates/stats/bootstrap.h"
#include "gates/stats/mean.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

using IntervalOf = std::optional<Interval> (*)(const BootstrapMeans&, double);

Method BootstrapOf(IntervalOf interval) {
  return [interval](const Json& in) {
    const auto means = BootstrapMean(NumbersIn(in, "x"), {.seed = 1, .replicates = 4'000'000});
    if (!means) return LimitsOrNaN(std::nullopt);
    return LimitsOrNaN(interval(*means, LimitConfidence(in)));
  };
}

}  // namespace

MethodTable BootstrapMethods() {
  return {
      {"bootstrap_percentile_mean_95_B_infinity", BootstrapOf(PercentileInterval)},
      {"bootstrap_basic_mean_95_B_infinity", BootstrapOf(BasicInterval)},
      {"bootstrap_bca_mean_95_B_infinity", BootstrapOf(BcaInterval)},
      // The deviation of the sample as a population, over sqrt(n); nothing is left to resample.
      {"bootstrap_se_mean_B_infinity",
       [](const Json& in) {
         const SampleMoments moments = MomentsOf(NumbersIn(in, "x")).value_or(SampleMoments{});
         const auto n = static_cast<double>(moments.n);
         return Numbers{OrNaN(StandardError(moments)) * std::sqrt((n - 1) / n)};
       }},
  };
}

}  // namespace assay
