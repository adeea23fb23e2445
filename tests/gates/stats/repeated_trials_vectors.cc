// pass@k and pass^k.

#include <cmath>

#include "gates/stats/repeated_trials.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

// The mean of pass^k over all that twice as many independent trials can give.
double MeanPassHatK(double p, std::int64_t k) {
  double mean = 0;
  double weight = std::pow(1 - p, 2 * k);  // of `passing` passes
  for (std::int64_t passing = 0; passing <= 2 * k; ++passing) {
    mean += weight * OrNaN(PassHatK(2 * k, passing, k));
    weight *= static_cast<double>(2 * k - passing) / static_cast<double>(passing + 1) * p / (1 - p);
  }
  return mean;
}

}  // namespace

MethodTable RepeatedTrialsMethods() {
  return {
      {"pass_at_k_unbiased",
       [](const Json& in) { return Numbers{OrNaN(PassAtK(WholeIn(in, "n"), WholeIn(in, "c"), WholeIn(in, "k")))}; }},
      {"pass_hat_k",
       [](const Json& in) { return Numbers{OrNaN(PassHatK(WholeIn(in, "n"), WholeIn(in, "c"), WholeIn(in, "k")))}; }},
      {"pass_hat_k_independence",
       [](const Json& in) { return Numbers{MeanPassHatK(NumberIn(in, "p"), WholeIn(in, "k"))}; }},
  };
}

}  // namespace assay
