// Boundaries for sums, the confidence sequences made of them, and Wald's test.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "gates/stats/bernoulli_sequence.h"
#include "gates/stats/log_gamma.h"
#include "gates/stats/mixture_boundary.h"
#include "gates/stats/proportion.h"
#include "gates/stats/sequential_ratio_test.h"
#include "tests/gates/stats/methods/asymptotic_sequence.h"

namespace assay {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr MixtureTuning kTuning{.variance = 100, .alpha = 0.05};

TEST(LogGamma, AgreesWithTheFactorial) {
  long double factorial = 0;
  for (int n = 1; n <= 300; ++n) {
    factorial += std::log(static_cast<long double>(n));
    EXPECT_NEAR(static_cast<double>(LogGamma(n + 1) - factorial), 0, static_cast<double>(1e-15L * (1 + factorial)));
  }
  EXPECT_TRUE(std::isnan(LogGamma(0)));
  EXPECT_TRUE(std::isnan(LogGamma(-1)));
  EXPECT_TRUE(std::isnan(LogGamma(kInfinite)));
  // Both ways to compute what Stirling's formula leaves, where one gives way to the other.
  EXPECT_NEAR(LogGammaRemainder(25 * (1 - 1e-12)), LogGammaRemainder(25), 1e-14);
  EXPECT_NEAR(LogGammaRemainder(1), 1 - std::log(2 * M_PI) / 2, 1e-15);
}

TEST(MixtureBoundary, IsWhereTheMixtureReachesOneOverAlpha) {
  for (const double variance : {0.5, 20.0, 3000.0, 1e7}) {
    for (const double alpha : {0.2, 0.05, 1e-6}) {
      const double threshold = -std::log(alpha);
      for (const Sides sides : {Sides::kOne, Sides::kTwo}) {
        const double bound = *NormalMixtureBound(variance, alpha, kTuning, sides);
        EXPECT_NEAR(*NormalMixtureLog(bound, variance, kTuning, sides), threshold, 1e-8);
        const ValueRange range{.below = 0.9, .above = 0.1};
        const double discrete = *BetaBinomialMixtureBound(variance, alpha, range, kTuning, sides);
        if (discrete < variance / range.below * (1 - 1e-9)) {
          EXPECT_NEAR(*BetaBinomialMixtureLog(discrete, variance, range, kTuning, sides), threshold, 1e-6);
        }
      }
      for (const double scale : {1e-7, 0.01, 1.0, 20.0}) {
        const double exponential = *GammaExponentialMixtureBound(variance, alpha, scale, kTuning);
        EXPECT_NEAR(*GammaExponentialMixtureLog(exponential, variance, scale, kTuning), threshold, 1e-7) << scale;
        const double poisson = *GammaPoissonMixtureBound(variance, alpha, scale, kTuning);
        EXPECT_NEAR(*GammaPoissonMixtureLog(poisson, variance, scale, kTuning), threshold, 1e-7) << scale;
      }
    }
  }
}

TEST(MixtureBoundary, OfASmallScaleIsTheNormalOne) {
  // Where Gamma functions of 1e14 cancel.
  const double normal = *NormalMixtureBound(100, 0.05, kTuning, Sides::kOne);
  EXPECT_NEAR(*GammaExponentialMixtureBound(100, 0.05, 1e-6, kTuning), normal, 1e-3);
  EXPECT_NEAR(*GammaPoissonMixtureBound(100, 0.05, 1e-6, kTuning), normal, 1e-3);
}

TEST(MixtureBoundary, CannotBeReachedByFewDiscreteValues) {
  // Two values at the top of their range show nothing: the bound is the greatest sum. From confseq's tests.
  EXPECT_NEAR(*BetaBinomialMixtureBound(2 * 0.2 * 0.8, 0.05, {.below = 0.2, .above = 0.8}, kTuning, Sides::kOne), 1.6,
              1e-9);
}

TEST(PolynomialStitching, TakesANegativeScale) {
  // From confseq's tests, made with R.
  EXPECT_NEAR(*PolynomialStitchingBound(100, 0.05, {.least_variance = 10, .scale = -1}), 28.99389, 1e-5);
  // Constant below the least variance.
  EXPECT_EQ(*PolynomialStitchingBound(3, 0.05, {.least_variance = 10}),
            *PolynomialStitchingBound(10, 0.05, {.least_variance = 10}));
}

TEST(MixtureBoundary, NonsenseIsNoInformation) {
  for (const double bad : {kNotANumber, kInfinite, -kInfinite, -1.0}) {
    EXPECT_EQ(NormalMixtureBound(bad, 0.05, kTuning, Sides::kTwo), std::nullopt);
    EXPECT_EQ(NormalMixtureBound(1, bad, kTuning, Sides::kOne), std::nullopt);
    EXPECT_EQ(NormalMixtureRho({.variance = bad}), std::nullopt);
    EXPECT_EQ(NormalMixtureRho({.variance = 1, .alpha = bad}), std::nullopt);
    EXPECT_EQ(GammaExponentialMixtureBound(1, 0.05, bad, kTuning), std::nullopt);
    EXPECT_EQ(GammaPoissonMixtureBound(bad, 0.05, 1, kTuning), std::nullopt);
    EXPECT_EQ(BetaBinomialMixtureBound(1, 0.05, {.below = bad, .above = 1}, kTuning, Sides::kOne), std::nullopt);
    EXPECT_EQ(BetaBinomialMixtureBound(1, 0.05, {.below = 1, .above = bad}, kTuning, Sides::kTwo), std::nullopt);
    EXPECT_EQ(PolynomialStitchingBound(1, 0.05, {.least_variance = bad}), std::nullopt);
    EXPECT_EQ(PolynomialStitchingBound(1, 0.05, {.least_variance = 1, .exponent = bad}), std::nullopt);
  }
  EXPECT_EQ(NormalMixtureRho({.variance = 0}), std::nullopt);
  EXPECT_EQ(NormalMixtureBound(1, 0.05, {.variance = 1, .alpha = 0.5}, Sides::kOne), std::nullopt);
  for (const double sum : {kNotANumber, kInfinite, -kInfinite}) {
    EXPECT_EQ(NormalMixtureLog(sum, 1, kTuning, Sides::kTwo), std::nullopt);
    EXPECT_EQ(BetaBinomialMixtureLog(sum, 1, {.below = 1, .above = 1}, kTuning, Sides::kTwo), std::nullopt);
    EXPECT_EQ(GammaPoissonMixtureLog(sum, 1, 1, kTuning), std::nullopt);
    EXPECT_EQ(GammaExponentialMixtureLog(sum, 1, 1, kTuning), std::nullopt);
  }
  // A sum beyond what so many values can have.
  EXPECT_EQ(BetaBinomialMixtureLog(1.1, 1, {.below = 1, .above = 1}, kTuning, Sides::kTwo), std::nullopt);
  // A prior of more values than the logarithms can tell apart: rounding alone would be evidence.
  EXPECT_EQ(BetaBinomialMixtureBound(3, 0.05, {.below = 1, .above = 1e-9}, {.variance = 1e12}, Sides::kOne),
            std::nullopt);
  // Huge and tiny ones give a bound or nothing, but never a number that is none.
  for (const double variance : {0.0, 1e-300, 1e9, 1e300}) {
    for (const double scale : {1e-300, 1e-9, 1.0, 1e9, 1e300}) {
      for (const auto& bound : {NormalMixtureBound(variance, 0.05, kTuning, Sides::kOne),
                                GammaExponentialMixtureBound(variance, 0.05, scale, kTuning),
                                GammaPoissonMixtureBound(variance, 0.05, scale, kTuning),
                                BetaBinomialMixtureBound(variance, 0.05, {scale, 1}, kTuning, Sides::kOne),
                                BetaBinomialMixtureBound(variance, 0.05, {1, scale}, kTuning, Sides::kTwo)}) {
        if (bound) {
          EXPECT_TRUE(std::isfinite(*bound) && *bound >= 0) << variance << " " << scale;
        }
      }
    }
  }
}

TEST(BernoulliSequence, IsWiderThanTheFixedIntervalAndHoldsNoSurprises) {
  const BernoulliSequence sequence{.alpha = 0.05, .tuned_for = 100};
  for (const std::int64_t n : {2, 7, 59, 300, 5000}) {
    for (std::int64_t x = 0; x <= n; x += std::max<std::int64_t>(1, n / 11)) {
      const Interval interval = *BernoulliSequenceInterval(x, n, sequence);
      // Where one end is 0 or 1 the other has all of alpha.
      EXPECT_LE(interval.lower, *ClopperPearsonLower(x, n, 0.95));
      EXPECT_GE(interval.upper, *ClopperPearsonUpper(x, n, 0.95));
      const Interval mirrored = *BernoulliSequenceInterval(n - x, n, sequence);
      EXPECT_NEAR(interval.lower, 1 - mirrored.upper, 1e-12);
    }
  }
  const Interval many = *BernoulliSequenceInterval(900'000'000, 1'000'000'000, sequence);
  EXPECT_NEAR(many.lower, 0.9, 1e-4);
  EXPECT_LT(many.lower, 0.9);
  EXPECT_GT(many.upper, 0.9);
  for (const auto& nothing : {BernoulliSequenceInterval(0, 0, sequence), BernoulliSequenceInterval(-1, 5, sequence),
                              BernoulliSequenceInterval(6, 5, sequence),
                              BernoulliSequenceInterval(1, std::numeric_limits<std::int64_t>::max(), sequence),
                              BernoulliSequenceInterval(1, 5, {.alpha = kNotANumber, .tuned_for = 100}),
                              BernoulliSequenceInterval(1, 5, {.alpha = 0.05, .tuned_for = 0}),
                              BernoulliSequenceInterval(1, 5, {.alpha = 0.05, .tuned_for = kInfinite})}) {
    EXPECT_EQ(nothing, std::nullopt);
  }
}

TEST(BernoulliSequence, HoldsItsErrorRateAtAllLooks) {
  constexpr int kSequences = 200;
  for (const double p : {0.5, 0.98}) {
    int wrong = 0;
    for (std::uint64_t run = 0; run < kSequences; ++run) {
      Random random(RandomAt(99, run));
      std::int64_t successes = 0;
      bool is_wrong = false;
      double next_look = 1;
      for (std::int64_t n = 1; n <= 1000 && !is_wrong; ++n) {
        successes += random.Uniform() < p ? 1 : 0;
        if (static_cast<double>(n) < next_look) continue;
        next_look *= 1.3;
        const Interval interval = *BernoulliSequenceInterval(successes, n, {.alpha = 0.05, .tuned_for = 100});
        is_wrong = interval.lower > p || interval.upper < p;
      }
      wrong += is_wrong ? 1 : 0;
    }
    EXPECT_LE(wrong, kSequences * (0.05 + 3 * 0.016)) << p;
  }
}

TEST(AsymptoticSequence, IsTheNormalMixtureOfAMean) {
  for (const std::int64_t n : {2, 50, 4000}) {
    const AsymptoticSequence two_sided{.alpha = 0.05, .tuned_for = 500};
    const MixtureTuning tuning{.variance = 500, .alpha = 0.05};
    const double exact = *NormalMixtureBound(static_cast<double>(n), 0.05, tuning, Sides::kTwo);
    EXPECT_NEAR(*AsymptoticHalfWidth(n, 1, two_sided) * static_cast<double>(n), exact, 1e-9 * exact);
    // The one-sided one is a closed form just above.
    const AsymptoticSequence one_sided{.alpha = 0.05, .tuned_for = 500, .sides = Sides::kOne};
    const double closed = *AsymptoticHalfWidth(n, 1, one_sided) * static_cast<double>(n);
    const double one_sided_exact = *NormalMixtureBound(static_cast<double>(n), 0.05, tuning, Sides::kOne);
    EXPECT_GE(closed, one_sided_exact);
    EXPECT_LE(closed, one_sided_exact * 1.05);
    // A distance of the half-width has the p-value alpha.
    EXPECT_NEAR(*AsymptoticPValue(*AsymptoticHalfWidth(n, 3, two_sided), n, 3, two_sided), 0.05, 1e-12);
    EXPECT_EQ(AsymptoticPValue(0, n, 3, two_sided), 1);
  }
  const AsymptoticSequence sequence{.alpha = 0.05, .tuned_for = 500};
  EXPECT_EQ(AsymptoticHalfWidth(1, 1, sequence), std::nullopt);
  EXPECT_EQ(AsymptoticHalfWidth(100, 0, sequence), std::nullopt) << "no variance is no information";
  EXPECT_EQ(AsymptoticHalfWidth(100, kNotANumber, sequence), std::nullopt);
  EXPECT_EQ(AsymptoticHalfWidth(100, 1, {.alpha = 0.05, .tuned_for = 0}), std::nullopt);
  EXPECT_EQ(AsymptoticHalfWidth(100, 1, {.alpha = 0.5, .tuned_for = 9, .sides = Sides::kOne}), std::nullopt);
  EXPECT_EQ(AsymptoticPValue(kInfinite, 100, 1, sequence), std::nullopt);
}

TEST(SequentialRatioTest, AcceptsAfterAsManyPassesAsWaldSays) {
  const SequentialRatioTest test =
      *MakeSequentialRatioTest({.null_rate = 0.02, .alternative_rate = 0.05, .alpha = 0.05, .beta = 0.1});
  EXPECT_EQ(DecideSequentially(test, 0, 72), SequentialDecision::kContinue);
  EXPECT_EQ(DecideSequentially(test, 0, 73), SequentialDecision::kNull);
  EXPECT_EQ(DecideSequentially(test, 4, 10), SequentialDecision::kAlternative);
  EXPECT_EQ(DecideSequentially(test, -1, 10), std::nullopt);
  for (const SequentialRatioPlan& bad :
       {SequentialRatioPlan{.null_rate = 0, .alternative_rate = 0.5},
        SequentialRatioPlan{.null_rate = 0.5, .alternative_rate = 0.5},
        SequentialRatioPlan{.null_rate = 0.1, .alternative_rate = kNotANumber},
        SequentialRatioPlan{.null_rate = 0.1, .alternative_rate = 0.2, .alpha = 0.6, .beta = 0.5}}) {
    EXPECT_FALSE(MakeSequentialRatioTest(bad).has_value());
  }
}

TEST(SequentialRatioTest, HoldsItsErrorRates) {
  const SequentialRatioTest test =
      *MakeSequentialRatioTest({.null_rate = 0.02, .alternative_rate = 0.08, .alpha = 0.05, .beta = 0.1});
  const auto share_deciding = [&](double rate, SequentialDecision wanted) {
    int decided = 0;
    for (std::uint64_t run = 0; run < 2000; ++run) {
      Random random(RandomAt(4, run));
      std::int64_t failures = 0;
      std::int64_t successes = 0;
      SequentialDecision decision = SequentialDecision::kContinue;
      while (decision == SequentialDecision::kContinue) {
        (random.Uniform() < rate ? failures : successes) += 1;
        decision = *DecideSequentially(test, failures, successes);
      }
      decided += decision == wanted ? 1 : 0;
    }
    return decided / 2000.0;
  };
  EXPECT_LE(share_deciding(0.02, SequentialDecision::kAlternative), 0.05 + 3 * 0.005);
  EXPECT_LE(share_deciding(0.08, SequentialDecision::kNull), 0.1 + 3 * 0.007);
}

}  // namespace
}  // namespace assay
