// The bounds of a judge by exact enumeration: how often they err, whatever the truth.

#include "gates/stats/judge_bounds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "gates/stats/gwet.h"
#include "gates/stats/kappa.h"
#include "gates/stats/krippendorff.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

std::vector<double> Binomial(int n, double p) {
  std::vector<double> weights(static_cast<std::size_t>(n) + 1);
  for (int k = 0; k <= n; ++k) {
    const double log_choose = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
    const double successes = k == 0 ? 0 : k * std::log(p);
    const double failures = n == k ? 0 : (n - k) * std::log1p(-p);
    weights[static_cast<std::size_t>(k)] = std::exp(log_choose + successes + failures);
  }
  return weights;
}

struct Truth {
  double rate;  // of what people pass
  double sensitivity;
  double specificity;

  double Judged() const { return rate * sensitivity + (1 - rate) * (1 - specificity); }
};

struct Sizes {
  int cases;
  int passes;
  int fails;
};

// The probability, over the three samples, of what `is_wrong` says of the judge's passes and the bounds of its errors.
double ErrorRate(const Truth& truth, const Sizes& sizes, double confidence,
                 const std::function<bool(int judged, const JudgeErrorBounds&)>& is_wrong) {
  const auto judged = Binomial(sizes.cases, truth.Judged());
  const auto right_passes = Binomial(sizes.passes, truth.sensitivity);
  const auto right_fails = Binomial(sizes.fails, truth.specificity);
  double sum = 0;
  for (int y = 0; y <= sizes.passes; ++y) {
    for (int z = 0; z <= sizes.fails; ++z) {
      const auto bounds = BoundJudgeErrors(
          {.passes = sizes.passes, .true_passes = y, .fails = sizes.fails, .true_fails = z}, confidence);
      for (int x = 0; x <= sizes.cases; ++x) {
        if (is_wrong(x, *bounds)) {
          sum += judged[static_cast<std::size_t>(x)] * right_passes[static_cast<std::size_t>(y)] *
                 right_fails[static_cast<std::size_t>(z)];
        }
      }
    }
  }
  return sum;
}

TEST(JudgeBounds, CorrectedBoundsErrNoMoreOftenThanTheySay) {
  constexpr double kConfidence = 0.9;
  const double each = ConfidenceOfEach(kConfidence);
  double worst = 0;
  for (const Sizes& sizes : {Sizes{20, 12, 12}, Sizes{40, 8, 16}, Sizes{10, 25, 6}}) {
    std::vector<double> lower;
    std::vector<double> upper;
    for (int x = 0; x <= sizes.cases; ++x) {
      lower.push_back(*ClopperPearsonLower(x, sizes.cases, each));
      upper.push_back(*ClopperPearsonUpper(x, sizes.cases, each));
    }
    for (const double rate : {0.05, 0.3, 0.5, 0.8, 0.95}) {
      for (const double sensitivity : {0.3, 0.6, 0.9, 0.99}) {
        for (const double specificity : {0.3, 0.6, 0.9, 0.99}) {
          const Truth truth{rate, sensitivity, specificity};
          const double above = ErrorRate(truth, sizes, each, [&](int x, const JudgeErrorBounds& errors) {
            const auto bound = CorrectedLower(lower[static_cast<std::size_t>(x)], errors);
            return bound && *bound > rate;
          });
          const double below = ErrorRate(truth, sizes, each, [&](int x, const JudgeErrorBounds& errors) {
            const auto bound = CorrectedUpper(upper[static_cast<std::size_t>(x)], errors);
            return bound && *bound < rate;
          });
          EXPECT_LE(above, 1 - kConfidence) << rate << " " << sensitivity << " " << specificity;
          EXPECT_LE(below, 1 - kConfidence) << rate << " " << sensitivity << " " << specificity;
          worst = std::max({worst, above, below});
        }
      }
    }
  }
  EXPECT_GT(worst, 0.001) << "or it bounds nothing";
}

// What is lost could have been anything, so that no completion of it gives more than the bounds do.
TEST(JudgeBounds, WhatIsLostNeverHelps) {
  constexpr std::int64_t kAll = 20;
  for (std::int64_t lost = 0; lost < kAll; ++lost) {
    for (std::int64_t right = 0; right + lost <= kAll; ++right) {
      const SentinelCounts counts{kAll, right, lost, kAll, right, lost};
      const auto bounds = BoundJudgeErrors(counts, 0.95);
      ASSERT_TRUE(bounds);
      for (std::int64_t were_right = 0; were_right <= lost; ++were_right) {
        const auto complete = BoundJudgeErrors({kAll, right + were_right, 0, kAll, right + were_right, 0}, 0.95);
        EXPECT_LE(bounds->sensitivity.lower, complete->sensitivity.lower);
        EXPECT_GE(bounds->sensitivity.upper, complete->sensitivity.upper);
        EXPECT_LE(bounds->specificity.lower, complete->specificity.lower);
        EXPECT_GE(bounds->specificity.upper, complete->specificity.upper);
      }
    }
  }
}

TEST(JudgeBounds, GiveNoInformationWithoutEvidence) {
  const SentinelCounts good{10, 9, 0, 10, 9, 0};
  EXPECT_TRUE(BoundJudgeErrors(good, 0.95));
  for (const SentinelCounts& counts :
       {SentinelCounts{}, SentinelCounts{10, 9, 0, 0, 0, 0}, SentinelCounts{0, 0, 0, 10, 9, 0},
        SentinelCounts{10, 11, 0, 10, 9, 0}, SentinelCounts{10, 9, 2, 10, 9, 0}, SentinelCounts{10, -1, 0, 10, 9, 0},
        SentinelCounts{10, 0, 10, 10, 9, 0}, SentinelCounts{10, 9, 0, 10, 0, 10}}) {
    EXPECT_FALSE(BoundJudgeErrors(counts, 0.95));
    EXPECT_FALSE(BoundJudgeAgreement(AgreementStatistic::kKappa, counts, 0.95));
  }
  for (const double confidence : {0.0, 0.5, 1.0, std::nan("")}) {
    EXPECT_FALSE(BoundJudgeErrors(good, confidence));
    EXPECT_FALSE(BoundJudgeAgreement(AgreementStatistic::kKappa, good, confidence));
    const RatedCase rated[] = {{2, 0}, {0, 2}};
    EXPECT_FALSE(BoundPeopleAgreement(AgreementStatistic::kKappa, rated, confidence));
  }
  const auto errors = *BoundJudgeErrors({200, 190, 0, 200, 190, 0}, 0.95);
  EXPECT_FALSE(CorrectedLower(std::nan(""), errors));
  EXPECT_FALSE(CorrectedUpper(std::nan(""), errors));
  EXPECT_FALSE(CorrectedLower(1.1, errors));
  EXPECT_FALSE(CorrectedUpper(-0.1, errors));
  const auto coin = *BoundJudgeErrors({200, 100, 0, 200, 105, 0}, 0.95);
  EXPECT_FALSE(CorrectedLower(0.5, coin));
  EXPECT_FALSE(CorrectedUpper(0.5, coin));
}

TEST(JudgeBounds, MapBackToTheRateOfTheJudge) {
  const auto errors = *BoundJudgeErrors({100, 90, 0, 80, 70, 0}, 0.975);
  for (const double rate : {0.0, 0.2, 0.5, 0.9, 1.0}) {
    EXPECT_NEAR(*CorrectedLower(RateForCorrectedLower(rate, errors), errors), rate, 1e-12);
    EXPECT_NEAR(*CorrectedUpper(RateForCorrectedUpper(rate, errors), errors), rate, 1e-12);
  }
}

// Beyond what its errors allow nothing is taken for known of how often it passes what people pass: the bound is that of
// a judge that does always.
TEST(JudgeBounds, BeyondWhatTheSentinelsAllowHoldWhateverItPasses) {
  const auto errors = *BoundJudgeErrors({200, 140, 0, 200, 190, 0}, 0.98);
  const double false_passes = 1 - errors.specificity.lower;
  EXPECT_DOUBLE_EQ(*CorrectedLower(0.99, errors), (0.99 - false_passes) / (1 - false_passes));
  EXPECT_LT(*CorrectedLower(0.99, errors), 0.99);
  EXPECT_DOUBLE_EQ(*CorrectedUpper(0.001, errors), 0.001 / errors.sensitivity.lower);
}

// An upper bound of the flagged rate over a lower bound of the specificity, each at half the error rate.
TEST(JudgeBounds, ZeroFailuresErrNoMoreOftenThanTheySay) {
  constexpr double kAlpha = 0.1;
  constexpr double kMaxRate = 0.1;
  const Sizes sizes{60, 10, 30};
  const double flagged_upper = *ClopperPearsonUpper(0, sizes.cases, 1 - kAlpha / 2);
  for (const double specificity : {0.1, 0.5, 0.8, 0.95, 1 - 1e-9}) {
    for (const double false_alarms : {1e-9, 0.01, 0.2}) {
      const Truth truth{1 - kMaxRate, 1 - false_alarms, specificity};
      const double passes = ErrorRate(truth, sizes, 1 - kAlpha / 2, [&](int judged, const JudgeErrorBounds& errors) {
        return judged == sizes.cases && flagged_upper / errors.specificity.lower <= kMaxRate;
      });
      EXPECT_LE(passes, kAlpha) << specificity << " " << false_alarms;
    }
  }
}

TEST(JudgeBounds, AgreementIsThatOfTheTable) {
  const std::vector<std::vector<double>> table = {{36, 4}, {9, 51}};  // people by judge: pass, fail
  const double sensitivity = 36.0 / 40;
  const double specificity = 51.0 / 60;
  const auto at = [&](AgreementStatistic statistic) {
    return *JudgeAgreementAt(statistic, sensitivity, specificity, 0.4);
  };
  EXPECT_NEAR(at(AgreementStatistic::kRaw), 0.87, 1e-12);
  EXPECT_NEAR(at(AgreementStatistic::kKappa), CohensKappa(table, KappaWeights::kUnweighted)->kappa, 1e-12);
  EXPECT_NEAR(at(AgreementStatistic::kAc1), GwetAc1OfTable(table)->ac1, 1e-12);
  std::vector<std::vector<double>> units;
  for (int i = 0; i < 1000; ++i) {  // its correction for small samples vanishes
    for (int human = 0; human < 2; ++human) {
      for (int judge = 0; judge < 2; ++judge) {
        for (int k = 0; k < table[static_cast<std::size_t>(human)][static_cast<std::size_t>(judge)]; ++k)
          units.push_back({static_cast<double>(human), static_cast<double>(judge)});
      }
    }
  }
  EXPECT_NEAR(at(AgreementStatistic::kAlpha), KrippendorffsAlpha(units, RatingScale::kNominal)->alpha, 1e-4);
}

TEST(JudgeBounds, AgreementRisesWithEitherRate) {
  for (const auto statistic :
       {AgreementStatistic::kRaw, AgreementStatistic::kKappa, AgreementStatistic::kAlpha, AgreementStatistic::kAc1}) {
    for (const double share : {0.01, 0.2, 0.5, 0.77, 0.99}) {
      for (double sensitivity = 0; sensitivity < 0.999; sensitivity += 0.05) {
        for (double specificity = 0; specificity < 0.999; specificity += 0.05) {
          const double here = *JudgeAgreementAt(statistic, sensitivity, specificity, share);
          EXPECT_GE(*JudgeAgreementAt(statistic, std::min(sensitivity + 0.05, 1.0), specificity, share), here - 1e-12);
          EXPECT_GE(*JudgeAgreementAt(statistic, sensitivity, std::min(specificity + 0.05, 1.0), share), here - 1e-12);
        }
      }
    }
  }
}

TEST(JudgeBounds, AgreementBoundsErrNoMoreOftenThanTheySay) {
  constexpr double kConfidence = 0.9;
  const Sizes sizes{1, 14, 22};
  const double share = 14.0 / 36;
  for (const auto statistic :
       {AgreementStatistic::kRaw, AgreementStatistic::kKappa, AgreementStatistic::kAlpha, AgreementStatistic::kAc1}) {
    for (const double sensitivity : {0.2, 0.6, 0.9, 0.99}) {
      for (const double specificity : {0.2, 0.6, 0.9, 0.99}) {
        const double truth = *JudgeAgreementAt(statistic, sensitivity, specificity, share);
        double above = 0;
        double below = 0;
        const auto right_passes = Binomial(sizes.passes, sensitivity);
        const auto right_fails = Binomial(sizes.fails, specificity);
        for (int y = 0; y <= sizes.passes; ++y) {
          for (int z = 0; z <= sizes.fails; ++z) {
            const double weight = right_passes[static_cast<std::size_t>(y)] * right_fails[static_cast<std::size_t>(z)];
            const auto bounds = BoundJudgeAgreement(statistic, {sizes.passes, y, 0, sizes.fails, z, 0}, kConfidence);
            if (bounds->lower > truth + 1e-12) above += weight;
            if (bounds->upper < truth - 1e-12) below += weight;
          }
        }
        EXPECT_LE(above, 1 - kConfidence);
        EXPECT_LE(below, 1 - kConfidence);
      }
    }
  }
}

// Pairs of labels: both pass, both fail, or they differ, with all probabilities of samples of 12 cases.
TEST(JudgeBounds, AgreementOfPeopleErrsNoMoreOftenThanItSays) {
  constexpr double kConfidence = 0.9;
  constexpr int kCases = 12;
  struct People {
    double both_pass, both_fail;
  };
  for (const auto statistic : {AgreementStatistic::kRaw, AgreementStatistic::kKappa, AgreementStatistic::kAc1}) {
    for (const People& people : {People{0.45, 0.45}, People{0.9, 0.05}, People{0.05, 0.9}, People{0.3, 0.3},
                                 People{0.02, 0.02}, People{0.7, 0.1}}) {
      const double differ = 1 - people.both_pass - people.both_fail;
      const double share = people.both_pass + differ / 2;
      const double expected =
          statistic == AgreementStatistic::kAc1 ? 2 * share * (1 - share) : share * share + (1 - share) * (1 - share);
      const double truth =
          statistic == AgreementStatistic::kRaw ? 1 - differ : (1 - differ - expected) / (1 - expected);
      double above = 0;
      double below = 0;
      for (int pass = 0; pass <= kCases; ++pass) {
        for (int fail = 0; pass + fail <= kCases; ++fail) {
          const int other = kCases - pass - fail;
          const double weight = std::exp(std::lgamma(kCases + 1) - std::lgamma(pass + 1) - std::lgamma(fail + 1) -
                                         std::lgamma(other + 1) + pass * std::log(people.both_pass) +
                                         fail * std::log(people.both_fail) + other * std::log(differ));
          std::vector<RatedCase> rated;
          for (int i = 0; i < kCases; ++i) {
            rated.push_back(i < pass ? RatedCase{2, 0} : i < pass + fail ? RatedCase{0, 2} : RatedCase{1, 1});
          }
          const auto agreement = BoundPeopleAgreement(statistic, rated, kConfidence);
          if (agreement->bounds.lower > truth + 1e-12) above += weight;
          if (agreement->bounds.upper < truth - 1e-12) below += weight;
        }
      }
      EXPECT_LE(above, 1 - kConfidence) << people.both_pass << " " << people.both_fail;
      EXPECT_LE(below, 1 - kConfidence) << people.both_pass << " " << people.both_fail;
    }
  }
  const RatedCase one[] = {{1, 0}, {0, 1}};
  EXPECT_FALSE(BoundPeopleAgreement(AgreementStatistic::kRaw, one, kConfidence)) << "nobody to agree with";
}

}  // namespace
}  // namespace assay
