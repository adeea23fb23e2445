#include <cmath>

#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {

MethodTable IntervalMethods() {
  return {
      {"normal_quantile", [](const Json& in) { return Numbers{OrNaN(NormalQuantile(NumberIn(in, "p")))}; }},
      {"student_t_quantile",
       [](const Json& in) { return Numbers{OrNaN(StudentTQuantile(NumberIn(in, "p"), NumberIn(in, "df")))}; }},
      {"clopper_pearson_95",
       [](const Json& in) {
         return Numbers{OrNaN(ClopperPearsonLower(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in))),
                        OrNaN(ClopperPearsonUpper(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in)))};
       }},
      {"wilson_95",
       [](const Json& in) {
         return Numbers{OrNaN(WilsonLower(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in))),
                        OrNaN(WilsonUpper(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in)))};
       }},
      {"clopper_pearson_one_sided_upper",
       [](const Json& in) {
         return Numbers{OrNaN(ClopperPearsonUpper(WholeIn(in, "x"), WholeIn(in, "n"), 1 - NumberIn(in, "alpha")))};
       }},
      {"exact_one_sided_upper_zero_failures",
       [](const Json& in) { return Numbers{OrNaN(ZeroFailuresUpper(WholeIn(in, "n"), 1 - NumberIn(in, "alpha")))}; }},
      {"min_n_zero_failures",
       [](const Json& in) {
         const auto needed = ZeroFailuresNeeded(NumberIn(in, "p_max"), 1 - NumberIn(in, "alpha"));
         return Numbers{static_cast<double>(needed.value_or(0))};
       }},
      {"se_clt",
       [](const Json& in) {
         const SampleMoments moments = MomentsOf(NumbersIn(in, "x")).value_or(SampleMoments{});
         return Numbers{moments.deviation / std::sqrt(static_cast<double>(moments.n))};
       }},
  };
}

}  // namespace assay
