// Agreement of raters: identities between coefficients, ends, nonsense, the interval of alpha.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "gates/stats/gwet.h"
#include "gates/stats/kappa.h"
#include "gates/stats/krippendorff.h"

namespace assay {
namespace {

using Rows = std::vector<std::vector<double>>;
constexpr double kMissingNumber = std::numeric_limits<double>::quiet_NaN();

TEST(CohensKappa, OfWeightsWithTwoCategoriesIsTheUnweightedOne) {
  const Rows table = {{40, 9}, {6, 45}};
  const CohenKappa unweighted = *CohensKappa(table, KappaWeights::kUnweighted);
  for (const KappaWeights weights : {KappaWeights::kLinear, KappaWeights::kQuadratic}) {
    EXPECT_DOUBLE_EQ(CohensKappa(table, weights)->kappa, unweighted.kappa);
    EXPECT_DOUBLE_EQ(CohensKappa(table, weights)->standard_error, unweighted.standard_error);
  }
  EXPECT_NEAR(unweighted.kappa, 0.7, 1e-3);
}

TEST(CohensKappa, AnUnusedCategoryMattersWithWeights) {
  const Rows without = {{10, 2, 1}, {1, 9, 3}, {0, 2, 8}};
  const Rows with = {{10, 2, 0, 1}, {1, 9, 0, 3}, {0, 0, 0, 0}, {0, 2, 0, 8}};
  EXPECT_DOUBLE_EQ(CohensKappa(without, KappaWeights::kUnweighted)->kappa,
                   CohensKappa(with, KappaWeights::kUnweighted)->kappa);
  EXPECT_NE(CohensKappa(without, KappaWeights::kLinear)->kappa, CohensKappa(with, KappaWeights::kLinear)->kappa);
}

TEST(CohensKappa, PerfectAgreementIsAPointAndOneCategoryIsNoInformation) {
  const CohenKappa perfect = *CohensKappa(Rows{{7, 0}, {0, 5}}, KappaWeights::kUnweighted);
  EXPECT_DOUBLE_EQ(perfect.kappa, 1);
  EXPECT_EQ(perfect.standard_error, 0);
  EXPECT_EQ(CohensKappaInterval(perfect, 0.95), std::nullopt);
  EXPECT_FALSE(CohensKappa(Rows{{7, 0}, {0, 0}}, KappaWeights::kUnweighted).has_value());
}

TEST(CohensKappa, NonsenseIsNoInformation) {
  for (const Rows& table : {Rows{}, Rows{{5}}, Rows{{1, 2}, {3}}, Rows{{1, 2, 3}, {4, 5, 6}}, Rows{{1, -1}, {1, 1}},
                            Rows{{1, kMissingNumber}, {1, 1}}, Rows{{1, 0}, {0, 0}}, Rows{{0, 0}, {0, 0}}}) {
    EXPECT_FALSE(CohensKappa(table, KappaWeights::kLinear).has_value());
    if (table != Rows{{1, 0}, {0, 0}}) {
      EXPECT_FALSE(GwetAc1OfTable(table).has_value());
    }
  }
  EXPECT_TRUE(CohensKappa(Rows{{1e9, 1e6}, {1e6, 1e9}}, KappaWeights::kQuadratic).has_value());
}

TEST(FleissKappa, NonsenseIsNoInformation) {
  for (const Rows& counts : {Rows{}, Rows{{2, 1}}, Rows{{3}, {3}}, Rows{{2, 1}, {2, 2}}, Rows{{2, 1}, {3}},
                             Rows{{1, 0}, {0, 1}}, Rows{{-1, 4}, {1, 2}}, Rows{{kMissingNumber, 1}, {1, 2}}}) {
    EXPECT_FALSE(FleissKappa(counts).has_value());
    EXPECT_FALSE(RandolphKappa(counts).has_value());
  }
  EXPECT_FALSE(RandolphKappa(Rows{{1e300, 1e300}, {1e300, 1e300}}).has_value());
  EXPECT_FALSE(FleissKappa(Rows{{3, 0}, {3, 0}}).has_value()) << "one category";
  EXPECT_EQ(RandolphKappa(Rows{{3, 0}, {3, 0}}), 1) << "whose chance agreement does not depend on use";
}

TEST(GwetAc1, OfATableIsThatOfItsCases) {
  const Rows table = {{5, 2, 0}, {1, 7, 1}, {0, 3, 4}};
  Rows counts;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (double k = 0; k < table[i][j]; ++k) {
        counts.emplace_back(3, 0.0);
        counts.back()[i] += 1;
        counts.back()[j] += 1;
      }
    }
  }
  const GwetAgreement of_table = *GwetAc1OfTable(table);
  const GwetAgreement of_cases = *GwetAc1(counts);
  EXPECT_NEAR(of_table.ac1, of_cases.ac1, 1e-12);
  EXPECT_NEAR(of_table.standard_error, of_cases.standard_error, 1e-12);
  EXPECT_EQ(of_table.cases, 23);
}

TEST(GwetAc1, SurvivesARareCategoryAndMissingRatings) {
  // 98 of 100 cases agreed to pass, 2 disputed: kappa is about -0.01.
  const Rows table = {{98, 1}, {1, 0}};
  EXPECT_LT(CohensKappa(table, KappaWeights::kUnweighted)->kappa, 0);
  EXPECT_GT(GwetInterval(*GwetAc1OfTable(table), 0.95)->lower, 0.9);
  const Rows counts = {{2, 0}, {1, 0}, {0, 0}, {1, 1}, {0, 2}};
  EXPECT_EQ(GwetAc1(counts)->cases, 4);
  EXPECT_NEAR(GwetAc1(counts)->observed, 2.0 / 3, 1e-12);
}

TEST(GwetAc1, NonsenseAndNoSpreadAreNoInformation) {
  for (const Rows& counts : {Rows{}, Rows{{2, 0}}, Rows{{2}, {2}}, Rows{{1, 0}, {0, 1}}, Rows{{2, 0}, {1}},
                             Rows{{2, -1}, {1, 1}}, Rows{{2, kMissingNumber}, {1, 1}}, Rows{{0, 0}, {0, 0}}}) {
    EXPECT_FALSE(GwetAc1(counts).has_value());
  }
  const GwetAgreement perfect = *GwetAc1(Rows{{3, 0}, {0, 3}, {3, 0}});
  EXPECT_DOUBLE_EQ(perfect.ac1, 1);
  EXPECT_EQ(GwetInterval(perfect, 0.95), std::nullopt);
}

TEST(Krippendorff, ScalesAgreeWhereTheyMustAndDifferElsewhere) {
  const Rows binary = {{0, 0}, {1, 1}, {0, 1}, {1, 1, 0}};
  const double nominal = KrippendorffsAlpha(binary, RatingScale::kNominal)->alpha;
  EXPECT_NEAR(KrippendorffsAlpha(binary, RatingScale::kInterval)->alpha, nominal, 1e-12);
  EXPECT_NEAR(KrippendorffsAlpha(binary, RatingScale::kOrdinal)->alpha, nominal, 1e-12);
  EXPECT_NEAR(KrippendorffsAlpha(binary, RatingScale::kRatio)->alpha, nominal, 1e-12);
  // The interval scale does not care for where it begins or for its unit, the ratio scale for its unit only.
  const Rows grades = {{1, 2}, {3, 3}, {5, 4}, {2, 2, 3}};
  Rows moved = grades;
  Rows scaled = grades;
  for (auto& unit : moved) {
    for (double& value : unit) value += 1e6;
  }
  for (auto& unit : scaled) {
    for (double& value : unit) value *= 3;
  }
  EXPECT_NEAR(KrippendorffsAlpha(moved, RatingScale::kInterval)->alpha,
              KrippendorffsAlpha(grades, RatingScale::kInterval)->alpha, 1e-9);
  EXPECT_NEAR(KrippendorffsAlpha(scaled, RatingScale::kRatio)->alpha,
              KrippendorffsAlpha(grades, RatingScale::kRatio)->alpha, 1e-12);
  EXPECT_NEAR(KrippendorffsAlpha(moved, RatingScale::kOrdinal)->alpha,
              KrippendorffsAlpha(grades, RatingScale::kOrdinal)->alpha, 1e-12);
}

TEST(Krippendorff, UnitsWithOneRatingDoNotCount) {
  const Rows units = {{1, 1}, {2, 3}, {1}, {}, {7}};
  const KrippendorffAlpha alpha = *KrippendorffsAlpha(units, RatingScale::kNominal);
  EXPECT_EQ(alpha.units, 2);
  EXPECT_EQ(alpha.ratings, 4);
  EXPECT_DOUBLE_EQ(alpha.alpha, KrippendorffsAlpha(Rows{{1, 1}, {2, 3}}, RatingScale::kNominal)->alpha);
}

TEST(Krippendorff, NonsenseAndNoVariationAreNoInformation) {
  for (const Rows& units :
       {Rows{}, Rows{{1, 2}}, Rows{{1}, {2}}, Rows{{5, 5}, {5, 5}}, Rows{{1, kMissingNumber}, {1, 2}},
        Rows{{1, std::numeric_limits<double>::infinity()}, {1, 2}}}) {
    for (const RatingScale scale :
         {RatingScale::kNominal, RatingScale::kOrdinal, RatingScale::kInterval, RatingScale::kRatio}) {
      EXPECT_FALSE(KrippendorffsAlpha(units, scale).has_value());
      EXPECT_FALSE(KrippendorffInterval(units, scale, 0.95, {}).has_value());
    }
  }
  EXPECT_FALSE(KrippendorffsAlpha(Rows{{-1, 1}, {2, 2}}, RatingScale::kRatio).has_value());
  EXPECT_TRUE(KrippendorffsAlpha(Rows{{-1, 1}, {2, 2}}, RatingScale::kInterval).has_value());
  EXPECT_TRUE(KrippendorffsAlpha(Rows{{1e308, 1e308}, {0, 1e308}}, RatingScale::kRatio).has_value());
  EXPECT_FALSE(KrippendorffsAlpha(Rows{{1e308, -1e308}, {0, 1e308}}, RatingScale::kInterval).has_value());
}

// Three raters, each of whom gives the unit's own grade with probability 0.7 and any of 1 to 5 otherwise.
Rows RatedUnits(int units, std::uint64_t seed) {
  Random random(seed);
  Rows rated;
  for (int i = 0; i < units; ++i) {
    const double own = 1 + static_cast<double>(random.Below(5));
    rated.emplace_back();
    for (int rater = 0; rater < 3; ++rater) {
      if (random.Uniform() < 0.1) continue;  // missing
      rated.back().push_back(random.Uniform() < 0.7 ? own : 1 + static_cast<double>(random.Below(5)));
    }
  }
  return rated;
}

TEST(KrippendorffInterval, IsReproducibleAndCovers) {
  const Rows units = RatedUnits(60, 1);
  const AlphaInterval first = *KrippendorffInterval(units, RatingScale::kOrdinal, 0.95, {.seed = 5, .replicates = 500});
  const AlphaInterval again = *KrippendorffInterval(units, RatingScale::kOrdinal, 0.95, {.seed = 5, .replicates = 500});
  const AlphaInterval other = *KrippendorffInterval(units, RatingScale::kOrdinal, 0.95, {.seed = 6, .replicates = 500});
  EXPECT_EQ(first.interval, again.interval);
  EXPECT_NE(first.interval, other.interval);
  EXPECT_NEAR(first.interval.lower, other.interval.lower, 0.03);
  const double alpha = KrippendorffsAlpha(units, RatingScale::kOrdinal)->alpha;
  EXPECT_LT(first.interval.lower, alpha);
  EXPECT_GT(first.interval.upper, alpha);

  // Two raters agree beyond chance with probability 0.7^2: the nominal alpha of many such units.
  constexpr double kTruth = 0.49;
  int above = 0;
  constexpr int kStudies = 300;
  for (std::uint64_t study = 0; study < kStudies; ++study) {
    const auto interval = KrippendorffInterval(RatedUnits(60, RandomAt(3, study)), RatingScale::kNominal, 0.95,
                                               {.seed = study, .replicates = 200});
    above += interval && interval->interval.lower > kTruth ? 1 : 0;
  }
  EXPECT_LE(above, 0.05 * kStudies + 3 * std::sqrt(0.0475 * kStudies));
}

TEST(KrippendorffInterval, CountsReplicatesWithoutVariationAgainstTheBound) {
  // Without the one unit that differs, which a replicate lacks with probability 0.31, nothing varies.
  Rows units(6, {1, 1});
  units[0] = {1, 2};
  EXPECT_FALSE(KrippendorffInterval(units, RatingScale::kNominal, 0.95, {.seed = 1}).has_value());
  // Few degenerate ones are reported and leave a bound.
  Rows more = RatedUnits(8, 2);
  const auto interval = KrippendorffInterval(more, RatingScale::kNominal, 0.95, {.seed = 1});
  ASSERT_TRUE(interval.has_value());
  EXPECT_LT(interval->without_variation, 100);
  // Perfect agreement has no spread.
  EXPECT_FALSE(KrippendorffInterval(Rows{{1, 1}, {2, 2}, {1, 1}, {2, 2}, {1, 1}, {2, 2}, {1, 1}, {2, 2}},
                                    RatingScale::kNominal, 0.95, {.seed = 1})
                   .has_value());
  for (const double confidence : {0.5, 1.0, kMissingNumber, 0.9999}) {
    EXPECT_FALSE(KrippendorffInterval(more, RatingScale::kNominal, confidence, {.seed = 1, .replicates = 1000}))
        << confidence;
  }
  EXPECT_FALSE(KrippendorffInterval(more, RatingScale::kNominal, 0.95, {.seed = 1, .replicates = 0}));
}

}  // namespace
}  // namespace assay
