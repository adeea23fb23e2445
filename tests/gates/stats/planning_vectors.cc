// Power, numbers of cases, and p-values adjusted for their number.

#include <cmath>

#include "gates/stats/multiplicity.h"
#include "gates/stats/power.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

// Two-sided at "alpha", 5 % without it; power 80 % without "power".
PowerPlan TwoSidedPlanIn(const Json& in) {
  return {.confidence = 1 - NumberIn(in, "alpha", 0.05) / 2, .power = NumberIn(in, "power", 0.8)};
}

double VarianceIn(const Json& in) {
  const double trials = NumberIn(in, "K", 1);
  return OrNaN(VarianceOfDifference({.between_cases = NumberIn(in, "omega2"),
                                     .within_first = NumberIn(in, "sigma2_A"),
                                     .within_second = NumberIn(in, "sigma2_B"),
                                     .first_trials = trials,
                                     .second_trials = trials}));
}

// The row without trials is a published figure in whole cases.
Numbers SampleSize(const Json& in) {
  const double cases = OrNaN(CasesNeeded(VarianceIn(in), NumberIn(in, "delta"), TwoSidedPlanIn(in)));
  return {in.Find("K") == nullptr ? std::ceil(cases) : cases};
}

Method Adjusting(PValues (*adjust)(std::span<const double>)) {
  return [adjust](const Json& in) { return adjust(NumbersIn(in, "p")).value_or(Numbers{}); };
}

}  // namespace

MethodTable PlanningMethods() {
  return {
      {"eval_sample_size", SampleSize},
      {"eval_mde",
       [](const Json& in) {
         return Numbers{OrNaN(DetectableDifference(VarianceIn(in), NumberIn(in, "n"), TwoSidedPlanIn(in)))};
       }},
      {"mde_paired_mean",
       [](const Json& in) {
         const double deviation = NumberIn(in, "sd");
         return Numbers{OrNaN(DetectableDifference(deviation * deviation, NumberIn(in, "n"), TwoSidedPlanIn(in)))};
       }},
      {"noninferiority_paired_binary_n",
       [](const Json& in) {
         return Numbers{OrNaN(NonInferiorityCasesNeeded(
             NumberIn(in, "discordance"), NumberIn(in, "true_diff", 0), NumberIn(in, "margin"),
             {.confidence = 1 - NumberIn(in, "alpha_one_sided"), .power = NumberIn(in, "power")}))};
       }},
      {"bonferroni_adjusted", Adjusting(AdjustBonferroni)},
      {"holm_adjusted", Adjusting(AdjustHolm)},
      {"hochberg_adjusted", Adjusting(AdjustHochberg)},
      {"benjamini_hochberg_adjusted", Adjusting(AdjustBenjaminiHochberg)},
      {"benjamini_yekutieli_adjusted", Adjusting(AdjustBenjaminiYekutieli)},
  };
}

}  // namespace assay
