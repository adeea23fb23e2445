// Strengths from preferences, and alarms of drift.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "gates/stats/bradley_terry.h"
#include "gates/stats/drift.h"

namespace assay {
namespace {

constexpr double kNotFinite = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnbounded = std::numeric_limits<double>::infinity();

using Preferences = std::vector<PairPreferences>;

TEST(BradleyTerry, OfTwoModelsIsTheLogOfTheOdds) {
  const BradleyTerryFit fit =
      *FitBradleyTerry(2, Preferences{{.first = 0, .second = 1, .first_wins = 30, .second_wins = 10}});
  EXPECT_NEAR(fit.strengths[0] - fit.strengths[1], std::log(3), 1e-10);
  EXPECT_NEAR(fit.strengths[0] + fit.strengths[1], 0, 1e-12);
  EXPECT_NEAR(*StandardErrorOfDifference(fit, 0, 1), std::sqrt(1 / 30.0 + 1 / 10.0), 1e-9);
  EXPECT_NEAR(*PreferenceProbability(fit, 0, 1), 0.75, 1e-12);
}

TEST(BradleyTerry, ATieIsHalfAWinForEither) {
  const Preferences ties = {{.first = 0, .second = 1, .first_wins = 4, .second_wins = 2, .ties = 6},
                            {.first = 2, .second = 1, .ties = 5}};
  const Preferences halves = {{.first = 0, .second = 1, .first_wins = 7, .second_wins = 5},
                              {.first = 1, .second = 2, .first_wins = 2.5, .second_wins = 2.5}};
  const BradleyTerryFit first = *FitBradleyTerry(3, ties);
  const BradleyTerryFit second = *FitBradleyTerry(3, halves);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(first.strengths[i], second.strengths[i], 1e-10);
}

TEST(BradleyTerry, WithoutABestModelThereIsNoAnswerButARidgeGivesOne) {
  // 2 never wins.
  const Preferences beaten = {{.first = 0, .second = 1, .first_wins = 3, .second_wins = 2},
                              {.first = 0, .second = 2, .first_wins = 4},
                              {.first = 1, .second = 2, .first_wins = 1}};
  EXPECT_FALSE(FitBradleyTerry(3, beaten).has_value());
  const BradleyTerryFit fit = *FitBradleyTerryRidge(3, beaten, 0.1);
  EXPECT_LT(fit.strengths[2], fit.strengths[1]);
  EXPECT_LT(fit.strengths[1], fit.strengths[0]);
  // Two groups that never met.
  const Preferences apart = {{.first = 0, .second = 1, .first_wins = 1, .second_wins = 1},
                             {.first = 2, .second = 3, .first_wins = 1, .second_wins = 1}};
  EXPECT_FALSE(FitBradleyTerry(4, apart).has_value());
  EXPECT_FALSE(FitBradleyTerry(2, {}).has_value());
  EXPECT_EQ(FitBradleyTerryRidge(2, {}, 1)->strengths, (std::vector<double>{0, 0}));
}

TEST(BradleyTerry, FindsStrengthsThatAreFarApart) {
  const Preferences preferences = {{.first = 0, .second = 1, .first_wins = 1e9, .second_wins = 1},
                                   {.first = 1, .second = 2, .first_wins = 1e9, .second_wins = 1}};
  const BradleyTerryFit fit = *FitBradleyTerry(3, preferences);
  EXPECT_NEAR(fit.strengths[0] - fit.strengths[2], 2 * std::log(1e9), 1e-6);
}

TEST(BradleyTerry, StandardErrorsCover) {
  const std::vector<double> truth = {0.8, 0.1, -0.9};
  int covered = 0;
  constexpr int kStudies = 1000;
  for (std::uint64_t study = 0; study < kStudies; ++study) {
    Random random(RandomAt(17, study));
    Preferences preferences;
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        PairPreferences pair{.first = i, .second = j};
        for (int game = 0; game < 80; ++game) {
          (random.Uniform() < 1 / (1 + std::exp(truth[j] - truth[i])) ? pair.first_wins : pair.second_wins) += 1;
        }
        preferences.push_back(pair);
      }
    }
    const BradleyTerryFit fit = *FitBradleyTerry(3, preferences);
    const double error = fit.strengths[0] - fit.strengths[2] - 1.7;
    covered += std::fabs(error) <= 1.96 * *StandardErrorOfDifference(fit, 0, 2) ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(covered) / kStudies, 0.95, 3 * 0.007);
}

TEST(BradleyTerry, NonsenseIsNoInformation) {
  const PairPreferences good{.first = 0, .second = 1, .first_wins = 1, .second_wins = 1};
  for (const PairPreferences& bad :
       {PairPreferences{.first = 0, .second = 2, .first_wins = 1}, PairPreferences{.first = 1, .second = 1, .ties = 1},
        PairPreferences{.first = 0, .second = 1, .first_wins = -1},
        PairPreferences{.first = 0, .second = 1, .ties = kNotFinite},
        PairPreferences{.first = 0, .second = 1, .second_wins = kUnbounded}}) {
    EXPECT_FALSE(FitBradleyTerry(2, Preferences{good, bad}).has_value());
    EXPECT_FALSE(FitBradleyTerryRidge(2, Preferences{good, bad}, 1).has_value());
  }
  EXPECT_FALSE(FitBradleyTerry(1, {}).has_value());
  EXPECT_FALSE(FitBradleyTerry(1'000'000'000, {}).has_value());
  EXPECT_FALSE(FitBradleyTerryRidge(2, Preferences{good}, 0).has_value());
  EXPECT_FALSE(FitBradleyTerryRidge(2, Preferences{good}, kNotFinite).has_value());
  const BradleyTerryFit fit = *FitBradleyTerry(2, Preferences{good});
  EXPECT_EQ(StandardErrorOfDifference(fit, 0, 0), std::nullopt);
  EXPECT_EQ(StandardErrorOfDifference(fit, 0, 2), std::nullopt);
  EXPECT_EQ(PreferenceProbability(fit, 2, 0), std::nullopt);
}

TEST(Ewma, LimitsWidenToTheSteadyState) {
  const EwmaChart chart{.deviation = 2, .weight = 0.25, .width = 3};
  EXPECT_DOUBLE_EQ(*EwmaHalfWidth(chart, 1), 3 * 2 * 0.25) << "one value counts for its weight";
  EXPECT_LT(*EwmaHalfWidth(chart, 5), *EwmaHalfWidth(chart));
  EXPECT_NEAR(*EwmaHalfWidth(chart, 1000), *EwmaHalfWidth(chart), 1e-12);
  EXPECT_DOUBLE_EQ(*EwmaHalfWidth({.deviation = 2, .weight = 1, .width = 3}, 1), 6);
  EXPECT_EQ(EwmaHalfWidth({.deviation = 1e300, .weight = 0.2, .width = 1e300}), std::nullopt);
  EXPECT_EQ(EwmaHalfWidth({.deviation = 0, .weight = 0.2}), std::nullopt);
  EXPECT_EQ(EwmaHalfWidth({.deviation = 1, .weight = kNotFinite}, 4), std::nullopt);
  EXPECT_FALSE(EwmaSeries(std::vector<double>{1, kNotFinite}, 0.2, 0).has_value());
  EXPECT_FALSE(EwmaSeries(std::vector<double>{1}, 0, 0).has_value());
  EXPECT_TRUE(EwmaSeries({}, 0.2, 0)->empty());
}

TEST(Cusum, AlarmsOnAShiftEitherWayAndOnAThresholdThatIsNone) {
  const std::vector<double> rise = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<double> fall;
  for (const double value : rise) fall.push_back(-value);
  for (const auto& values : {rise, fall}) {
    const std::vector<CusumSums> sums = *CusumSeries(values, {.mean = 0, .deviation = 0.5, .slack = 0.5});
    EXPECT_EQ(FirstAlarm(sums, 4), 4U);
    EXPECT_EQ(FirstAlarm(sums, 100), std::nullopt);
    EXPECT_EQ(FirstAlarm(sums, kNotFinite), 0U);
  }
  EXPECT_FALSE(CusumSeries(rise, {.mean = 0, .deviation = 0}).has_value());
  EXPECT_FALSE(CusumSeries(rise, {.mean = kNotFinite, .deviation = 1}).has_value());
  EXPECT_FALSE(CusumSeries(std::vector<double>{kUnbounded}, {.mean = 0, .deviation = 1}).has_value());
  EXPECT_FALSE(CusumSeries(std::vector<double>{1e308, 1e308}, {.mean = 0, .deviation = 1}).has_value());
  EXPECT_FALSE(CusumSeries(std::vector<double>{1e308}, {.mean = -1e308, .deviation = 1e-9}).has_value());
}

TEST(PageHinkley, AlarmsOnARiseOnly) {
  std::vector<double> rise(100, 0.1);
  rise.resize(200, 0.9);
  std::vector<double> fall(100, 0.9);
  fall.resize(200, 0.1);
  const PageHinkleyChart chart{.least_values = 30, .tolerance = 0.005, .threshold = 5, .memory = 1};
  EXPECT_GE(PageHinkley(rise, chart)->alarm.value(), 100U);
  EXPECT_LT(PageHinkley(rise, chart)->alarm.value(), 115U);
  EXPECT_EQ(PageHinkley(fall, chart)->alarm, std::nullopt);
  EXPECT_FALSE(PageHinkley(std::vector<double>{kNotFinite}, chart).has_value());
  EXPECT_FALSE(PageHinkley(std::vector<double>{1e308, -1e308, 1e308}, chart).has_value());
  EXPECT_FALSE(PageHinkley(rise, {.threshold = 0}).has_value());
  EXPECT_FALSE(PageHinkley(rise, {.memory = 1.5}).has_value());
}

}  // namespace
}  // namespace assay
