// Anytime-valid methods. The mixture SPRT of a normal mean stands here: the product uses the mixtures that it equals.

#include <cmath>
#include <limits>

#include "gates/stats/bernoulli_sequence.h"
#include "gates/stats/betting.h"
#include "gates/stats/mixture_boundary.h"
#include "gates/stats/sequential_ratio_test.h"
#include "tests/gates/stats/methods/asymptotic_sequence.h"
#include "tests/gates/stats/methods/empirical_bernstein.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

MixtureTuning TuningIn(const Json& in) {
  return {.variance = NumberIn(in, "v_opt"), .alpha = NumberIn(in, "alpha_opt", 0.05)};
}

ValueRange RangeIn(const Json& in) { return {.below = NumberIn(in, "g"), .above = NumberIn(in, "h")}; }

Method NormalLog(Sides sides) {
  return [sides](const Json& in) {
    return Numbers{OrNaN(NormalMixtureLog(NumberIn(in, "s"), NumberIn(in, "v"), TuningIn(in), sides))};
  };
}

Method NormalBound(Sides sides) {
  return [sides](const Json& in) {
    return Numbers{OrNaN(NormalMixtureBound(NumberIn(in, "v"), NumberIn(in, "alpha"), TuningIn(in), sides))};
  };
}

Method BetaBinomialLog(Sides sides) {
  return [sides](const Json& in) {
    return Numbers{
        OrNaN(BetaBinomialMixtureLog(NumberIn(in, "s"), NumberIn(in, "v"), RangeIn(in), TuningIn(in), sides))};
  };
}

Method BetaBinomialBound(Sides sides) {
  return [sides](const Json& in) {
    return Numbers{
        OrNaN(BetaBinomialMixtureBound(NumberIn(in, "v"), NumberIn(in, "alpha"), RangeIn(in), TuningIn(in), sides))};
  };
}

Numbers GammaLog(const Json& in, decltype(GammaPoissonMixtureLog)* log) {
  return {OrNaN(log(NumberIn(in, "s"), NumberIn(in, "v"), NumberIn(in, "c"), TuningIn(in)))};
}

Numbers GammaBound(const Json& in, decltype(GammaPoissonMixtureBound)* bound) {
  return {OrNaN(bound(NumberIn(in, "v"), NumberIn(in, "alpha"), NumberIn(in, "c"), TuningIn(in)))};
}

Numbers BettingCapital(const Json& in) {
  Numbers capitals;
  std::optional<BettingProcess> process = BettingProcess::AgainstAtMost(
      NumberIn(in, "m", 0.5), {.confidence = 1 - NumberIn(in, "alpha"), .population = {}});
  for (const double value : NumbersIn(in, "x")) {
    if (process) process = process->After(value);
    capitals.push_back(process ? std::exp(process->log_capital()) : kUnknown);
  }
  return capitals;
}

// One arm of a comparison.
struct Arm {
  double n = 0;
  double mean = 0;
  double variance = 0;  // of a value
};

Arm ArmIn(const Json& in, const std::string& name) {
  Arm arm{.n = NumberIn(in, ("n_" + name).c_str())};
  if (in.Find("x_" + name) != nullptr) {
    arm.mean = NumberIn(in, ("x_" + name).c_str()) / arm.n;
    arm.variance = arm.mean * (1 - arm.mean);
    return arm;
  }
  arm.mean = NumberIn(in, ("sum_" + name).c_str()) / arm.n;
  arm.variance = (NumberIn(in, ("ss_" + name).c_str()) - arm.n * arm.mean * arm.mean) / (arm.n - 1);
  return arm;
}

// (b - a) / a with the standard error of the delta method, as GrowthBook.
Numbers RelativeLift(const Json& in) {
  const Arm a = ArmIn(in, "a");
  const Arm b = ArmIn(in, "b");
  const double lift = (b.mean - a.mean) / a.mean;
  const double ratio = b.mean / a.mean;
  const double error = std::sqrt(b.variance / b.n + ratio * ratio * a.variance / a.n) / a.mean;
  const AsymptoticSequence sequence{.alpha = NumberIn(in, "alpha", 0.05), .tuned_for = NumberIn(in, "tuning")};
  const auto n = static_cast<std::int64_t>(a.n + b.n);
  const double deviation = error * std::sqrt(a.n + b.n);
  const double half_width = OrNaN(AsymptoticHalfWidth(n, deviation, sequence));
  Numbers result{lift, error, lift - half_width, lift + half_width};
  if (in.Find("x_a") == nullptr) result.push_back(OrNaN(AsymptoticPValue(lift, n, deviation, sequence)));
  return result;
}

// ln of the likelihood ratio of a normal mean mixed over N(theta0, tau^2) to theta0 (Robbins 1970; Johari et al. 2017).
double MixtureRatioLog(double n, double distance, double variance, double prior_variance) {
  const double total = variance + n * prior_variance;
  return std::log(variance / total) / 2 + n * n * prior_variance * distance * distance / (2 * variance * total);
}

Numbers MixtureRatio(const Json& in) {
  const double distance = NumberIn(in, "mean") - NumberIn(in, "theta0", 0);
  return {std::exp(MixtureRatioLog(NumberIn(in, "n"), distance, NumberIn(in, "sigma2"), NumberIn(in, "tau2")))};
}

// The same as a two-sided normal mixture of the sum; its rho is sigma^4 / tau^2.
Numbers MixtureRatioAsNormalMixture(const Json& in) {
  const double n = NumberIn(in, "n");
  const double variance = NumberIn(in, "sigma2");
  const double wanted_rho = variance * variance / NumberIn(in, "tau2");
  const double rho_of_one = OrNaN(NormalMixtureRho({.variance = 1}));
  return {OrNaN(
      NormalMixtureLog(n * NumberIn(in, "mean"), n * variance, {.variance = wanted_rho / rho_of_one}, Sides::kTwo))};
}

Numbers BernoulliBounds(const Json& in) {
  const std::optional<Interval> interval = BernoulliSequenceInterval(WholeIn(in, "successes"), WholeIn(in, "n"),
                                                                     {.alpha = NumberIn(in, "alpha"),
                                                                      .tuned_for = NumberIn(in, "t_opt"),
                                                                      .tuned_alpha = NumberIn(in, "alpha_opt", 0.05)});
  if (!interval) return {kUnknown, kUnknown};
  return {interval->lower, interval->upper};
}

Numbers WaldTest(const Json& in) {
  const std::optional<SequentialRatioTest> test = MakeSequentialRatioTest({.null_rate = NumberIn(in, "p0"),
                                                                           .alternative_rate = NumberIn(in, "p1"),
                                                                           .alpha = NumberIn(in, "alpha"),
                                                                           .beta = NumberIn(in, "beta")});
  if (!test) return {};
  return {test->upper, test->lower, test->per_failure, test->per_success};
}

}  // namespace

MethodTable SequentialMethods() {
  return {
      {"normal_mixture_one_sided_log", NormalLog(Sides::kOne)},
      {"normal_mixture_two_sided_log", NormalLog(Sides::kTwo)},
      {"normal_mixture_one_sided_bound", NormalBound(Sides::kOne)},
      {"normal_mixture_two_sided_bound", NormalBound(Sides::kTwo)},
      {"normal_mixture_two_sided_best_rho",
       [](const Json& in) { return Numbers{OrNaN(NormalMixtureRho(TuningIn(in)))}; }},
      {"beta_binomial_one_sided_log", BetaBinomialLog(Sides::kOne)},
      {"beta_binomial_two_sided_log", BetaBinomialLog(Sides::kTwo)},
      {"beta_binomial_one_sided_bound", BetaBinomialBound(Sides::kOne)},
      {"beta_binomial_two_sided_bound", BetaBinomialBound(Sides::kTwo)},
      {"gamma_exponential_log", [](const Json& in) { return GammaLog(in, GammaExponentialMixtureLog); }},
      {"gamma_exponential_bound", [](const Json& in) { return GammaBound(in, GammaExponentialMixtureBound); }},
      {"gamma_poisson_log", [](const Json& in) { return GammaLog(in, GammaPoissonMixtureLog); }},
      {"gamma_poisson_bound", [](const Json& in) { return GammaBound(in, GammaPoissonMixtureBound); }},
      {"poly_stitching_bound",
       [](const Json& in) {
         return Numbers{OrNaN(PolynomialStitchingBound(NumberIn(in, "v"), NumberIn(in, "alpha"),
                                                       {.least_variance = NumberIn(in, "v_min"),
                                                        .scale = NumberIn(in, "c", 0),
                                                        .exponent = NumberIn(in, "s", 1.4),
                                                        .ratio = NumberIn(in, "eta", 2)}))};
       }},
      {"bernoulli_confidence_sequence_at_n", BernoulliBounds},
      {"asymptotic_confidence_sequence_relative_lift", RelativeLift},
      {"betting_positive_capital_H0_mean_le_0.5", BettingCapital},
      {"predmix_eb_lambda_1",
       [](const Json& in) { return Numbers{PredictableBets(1 - NumberIn(in, "alpha")).Next()}; }},
      {"predmix_empirical_bernstein_cs_95",
       [](const Json& in) {
         const double confidence = 1 - NumberIn(in, "alpha") / 2;
         return Numbers{OrNaN(EmpiricalBernsteinLower(NumbersIn(in, "x"), confidence)),
                        OrNaN(EmpiricalBernsteinUpper(NumbersIn(in, "x"), confidence))};
       }},
      {"wald_sprt_bernoulli", WaldTest},
      {"mixture_sprt_normal_known_variance", MixtureRatio},
      {"mixture_sprt_identity", MixtureRatioAsNormalMixture},
  };
}

}  // namespace assay
