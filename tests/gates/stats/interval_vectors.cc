// Standard errors, and intervals and tests of one proportion or one mean.

#include <cmath>
#include <cstdio>
#include <optional>

#include "gates/stats/cluster.h"
#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"
#include "gates/stats/proportion.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

Numbers BothLimits(const Json& in, std::optional<double> (*lower)(std::int64_t, std::int64_t, double),
                   std::optional<double> (*upper)(std::int64_t, std::int64_t, double)) {
  return {OrNaN(lower(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in))),
          OrNaN(upper(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in)))};
}

double ProportionIn(const Json& in) { return NumberIn(in, "x") / NumberIn(in, "n"); }

// Wald's two-sided 90 % limits, for no other purpose than to compare.
Numbers WaldLimits90(const Json& in) {
  const double half_width = *NormalQuantile(0.95) * OrNaN(BernoulliStandardError(ProportionIn(in), WholeIn(in, "n")));
  return {ProportionIn(in) - half_width, ProportionIn(in) + half_width};
}

// The z statistics of two one-sided tests of a proportion, its variance estimated.
Numbers EquivalenceOfProportion(const Json& in) {
  const auto denominator = WholeIn(in, "n") - static_cast<std::int64_t>(NumberIn(in, "ddof", 0));
  const double error = OrNaN(BernoulliStandardError(ProportionIn(in), denominator));
  return {(ProportionIn(in) - NumberIn(in, "low")) / error, (ProportionIn(in) - NumberIn(in, "upp")) / error};
}

// Values and clusters are lists, or as text "[i%5 for i in range(200)]" and "big for i<180 else unique".
std::vector<ClusterTotal> TotalsIn(const Json& in) {
  if (!in.Find("x")->is_string()) {
    std::vector<std::int64_t> clusters;
    for (const double cluster : NumbersIn(in, "cluster")) clusters.push_back(static_cast<std::int64_t>(cluster));
    return ClusterTotals(NumbersIn(in, "x"), clusters).value_or(std::vector<ClusterTotal>{});
  }
  int modulus = 0;
  int count = 0;
  int big = 0;
  if (std::sscanf(in.Find("x")->as_string().c_str(), "[i%%%d for i in range(%d)]", &modulus, &count) != 2 ||
      std::sscanf(in.Find("cluster")->as_string().c_str(), "big for i<%d else unique", &big) != 1) {
    return {};
  }
  Numbers values;
  std::vector<std::int64_t> clusters;
  for (int i = 0; i < count; ++i) {
    values.push_back(i % modulus);
    clusters.push_back(i < big ? -1 : i);
  }
  return ClusterTotals(values, clusters).value_or(std::vector<ClusterTotal>{});
}

}  // namespace

MethodTable IntervalMethods() {
  return {
      {"normal_quantile", [](const Json& in) { return Numbers{OrNaN(NormalQuantile(NumberIn(in, "p")))}; }},
      {"student_t_quantile",
       [](const Json& in) { return Numbers{OrNaN(StudentTQuantile(NumberIn(in, "p"), NumberIn(in, "df")))}; }},
      {"clopper_pearson_95", [](const Json& in) { return BothLimits(in, ClopperPearsonLower, ClopperPearsonUpper); }},
      {"wilson_95", [](const Json& in) { return BothLimits(in, WilsonLower, WilsonUpper); }},
      {"agresti_coull_95_unclipped",
       [](const Json& in) {
         return LimitsOrNaN(AgrestiCoull(WholeIn(in, "x"), WholeIn(in, "n"), LimitConfidence(in)));
       }},
      {"binomial_exact_two_sided_minlike",
       [](const Json& in) {
         return Numbers{OrNaN(BinomialTest(WholeIn(in, "k"), WholeIn(in, "n"), NumberIn(in, "p")))};
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
         return Numbers{OrNaN(StandardError(MomentsOf(NumbersIn(in, "x")).value_or(SampleMoments{})))};
       }},
      {"se_bernoulli_phat(1-phat)/n",
       [](const Json& in) { return Numbers{OrNaN(BernoulliStandardError(NumberIn(in, "p"), WholeIn(in, "n")))}; }},
      {"se_clustered_C_over_Cminus1",
       [](const Json& in) {
         return Numbers{OrNaN(ClusteredStandardError(TotalsIn(in), ClusterCorrection::kFewClustersRatio))};
       }},
      {"se_clustered_miller_no_correction",
       [](const Json& in) { return Numbers{OrNaN(ClusteredStandardError(TotalsIn(in), ClusterCorrection::kNone))}; }},
      {"z_ci_90", WaldLimits90},
      {"tost_one_proportion_z", EquivalenceOfProportion},
  };
}

}  // namespace assay
