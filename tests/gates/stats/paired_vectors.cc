// Comparisons of two models, on the same cases and on different ones.

#include <algorithm>
#include <cmath>

#include "gates/stats/contingency.h"
#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"
#include "gates/stats/paired_binary.h"
#include "gates/stats/paired_mean.h"
#include "gates/stats/sign_flip.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

// Disagreements b and c of n cases, without n only these.
PairedCounts CountsIn(const Json& in) {
  const std::int64_t b = WholeIn(in, "b");
  const std::int64_t c = WholeIn(in, "c");
  const std::int64_t n = in.Find("n") == nullptr ? b + c : WholeIn(in, "n");
  return {.both = n - b - c, .first_only = b, .second_only = c};
}

// [[both, first only], [second only, neither]]
PairedCounts TableIn(const Json& in) {
  const Numbers cells = NumbersIn(in, "table");
  const auto whole = [&](std::size_t i) { return static_cast<std::int64_t>(cells.at(i)); };
  return {.both = whole(0), .first_only = whole(1), .second_only = whole(2), .neither = whole(3)};
}

double DifferenceOf(const PairedCounts& counts) {
  const auto n = static_cast<double>(counts.both + counts.first_only + counts.second_only + counts.neither);
  return static_cast<double>(counts.first_only - counts.second_only) / n;
}

Numbers WithEstimate(double estimate, const Numbers& limits) { return {estimate, limits[0], limits[1]}; }

// The asymptotic tests and Wald's interval are here to compare with other reports: they fail where disagreements are
// few.
struct ChiSquare {
  double z = 0;
  double p_value = 1;
};
ChiSquare Asymptotic(const PairedCounts& counts, double correction) {
  const auto b = static_cast<double>(counts.first_only);
  const auto c = static_cast<double>(counts.second_only);
  const double z = std::max(0.0, std::fabs(b - c) - correction) / std::sqrt(b + c);
  return {.z = b < c && correction == 0 ? -z : z, .p_value = 2 * OrNaN(NormalCdf(-z))};
}

Numbers WaldLimits(const Json& in) {
  const auto b = NumberIn(in, "b");
  const auto c = NumberIn(in, "c");
  const auto n = NumberIn(in, "n");
  const double difference = (b - c) / n;
  const double half_width = OrNaN(NormalQuantile(LimitConfidence(in))) * std::sqrt(b + c - (b - c) * (b - c) / n) / n;
  return {difference, difference - half_width, difference + half_width};
}

}  // namespace

MethodTable PairedMethods() {
  return {
      {"mcnemar_exact_two_sided",
       [](const Json& in) {
         const PairedCounts counts = CountsIn(in);
         return Numbers{static_cast<double>(std::min(counts.first_only, counts.second_only)),
                        OrNaN(McNemarExact(counts.first_only, counts.second_only))};
       }},
      {"mcnemar_midp_two_sided",
       [](const Json& in) { return Numbers{OrNaN(McNemarMidP(WholeIn(in, "b"), WholeIn(in, "c")))}; }},
      {"mcnemar_asymptotic",
       [](const Json& in) {
         const auto [z, p] = Asymptotic(CountsIn(in), 0);
         return Numbers{z, p};
       }},
      {"mcnemar_continuity_corrected",
       [](const Json& in) {
         const auto [z, p] = Asymptotic(CountsIn(in), 1);
         return Numbers{z, p};
       }},
      {"mcnemar_continuity_corrected_p", [](const Json& in) { return Numbers{Asymptotic(CountsIn(in), 1).p_value}; }},
      {"mcnemar_chi2_cc_and_uncorrected",
       [](const Json& in) {
         const ChiSquare corrected = Asymptotic(CountsIn(in), 1);
         const ChiSquare plain = Asymptotic(CountsIn(in), 0);
         return Numbers{corrected.z * corrected.z, corrected.p_value, plain.z * plain.z, plain.p_value};
       }},
      {"wald_paired_95", WaldLimits},
      {"tango_score_paired_95",
       [](const Json& in) {
         const PairedCounts counts = CountsIn(in);
         return WithEstimate(DifferenceOf(counts), LimitsOrNaN(TangoScore(counts, LimitConfidence(in))));
       }},
      {"newcombe_square_and_add_paired_95",
       [](const Json& in) {
         const PairedCounts counts = TableIn(in);
         return WithEstimate(DifferenceOf(counts), LimitsOrNaN(NewcombeSquareAndAdd(counts, LimitConfidence(in))));
       }},
      {"newcombe_hybrid_score_unpaired_95",
       [](const Json& in) {
         const TwoGroups groups{.first_with = WholeIn(in, "x1"),
                                .first_without = WholeIn(in, "n1") - WholeIn(in, "x1"),
                                .second_with = WholeIn(in, "x2"),
                                .second_without = WholeIn(in, "n2") - WholeIn(in, "x2")};
         return LimitsOrNaN(NewcombeHybridScore(groups, LimitConfidence(in)));
       }},
      {"paired_difference_se",
       [](const Json& in) {
         const auto differences = PairedDifferences(NumbersIn(in, "A"), NumbersIn(in, "B"));
         return Numbers{OrNaN(StandardError(MomentsOf(differences.value_or(Numbers{})).value_or(SampleMoments{})))};
       }},
      {"paired_sign_flip_permutation_exact",
       [](const Json& in) { return Numbers{OrNaN(SignFlipExact(NumbersIn(in, "diffs"), Alternative::kTwoSided))}; }},
  };
}

}  // namespace assay
