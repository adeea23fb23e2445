// Pass rates behind a judge that errs: coverage, ends, nonsense.

#include "gates/stats/judge_correction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/random.h"
#include "gates/stats/prediction_powered.h"

namespace assay {
namespace {

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

TEST(RoganGladen, TurnsARateBackIntoWhatItCameFrom) {
  for (const double truth : {0.0, 0.3, 0.9, 1.0}) {
    const JudgeErrorRates rates{.sensitivity = 0.9, .specificity = 0.75};
    const double judged = truth * rates.sensitivity + (1 - truth) * (1 - rates.specificity);
    EXPECT_NEAR(*RoganGladen(judged, rates), truth, 1e-12);
  }
  EXPECT_EQ(RoganGladen(0.05, {.sensitivity = 0.9, .specificity = 0.75}), 0) << "clipped";
  EXPECT_EQ(RoganGladen(0.95, {.sensitivity = 0.9, .specificity = 0.75}), 1);
}

TEST(RoganGladen, AJudgeNoBetterThanACoinIsNoInformation) {
  EXPECT_EQ(RoganGladen(0.5, {.sensitivity = 0.5, .specificity = 0.5}), std::nullopt);
  EXPECT_EQ(RoganGladen(0.5, {.sensitivity = 0.3, .specificity = 0.4}), std::nullopt);
  EXPECT_EQ(RoganGladen(kNoNumber, {.sensitivity = 0.9, .specificity = 0.9}), std::nullopt);
  EXPECT_EQ(RoganGladen(0.5, {.sensitivity = kNoNumber, .specificity = 0.9}), std::nullopt);
  EXPECT_EQ(RoganGladen(0.5, {.sensitivity = 1.1, .specificity = 0.9}), std::nullopt);
  const JudgedRates coin{.judged_rate = 0.5,
                         .rates = {.sensitivity = 0.5, .specificity = 0.5},
                         .cases = 100,
                         .human_passes = 10,
                         .human_fails = 10};
  EXPECT_EQ(JudgeBiasInterval(coin, 0.95), std::nullopt);
}

TEST(RoganGladenEstimated, CountsThatDoNotFitAreNoInformation) {
  const JudgedCounts good{
      .judge_passes = 640, .cases = 800, .true_passes = 90, .human_passes = 100, .true_fails = 45, .human_fails = 60};
  EXPECT_NEAR(RoganGladenEstimated(good)->rate, 0.846153846153846, 1e-12);
  const auto with = [&](std::int64_t JudgedCounts::*field, std::int64_t value) {
    JudgedCounts counts = good;
    counts.*field = value;
    return RoganGladenEstimated(counts);
  };
  EXPECT_FALSE(with(&JudgedCounts::judge_passes, 801).has_value());
  EXPECT_FALSE(with(&JudgedCounts::judge_passes, -1).has_value());
  EXPECT_FALSE(with(&JudgedCounts::true_passes, 101).has_value());
  EXPECT_FALSE(with(&JudgedCounts::human_fails, 0).has_value());
  EXPECT_FALSE(with(&JudgedCounts::true_fails, 0).has_value()) << "no better than a coin";
  // A judge without an error on few labels, and candidates without a failure: no spread is not certainty.
  EXPECT_FALSE(
      RoganGladenEstimated(
          {.judge_passes = 50, .cases = 50, .true_passes = 9, .human_passes = 9, .true_fails = 5, .human_fails = 5})
          .has_value());
}

TEST(JudgeBiasInterval, CoversWithFewLabels) {
  // A true pass rate of 0.9 behind a judge of 0.9 and 0.8, judged 500 times, with 60 labels.
  constexpr double kTruth = 0.9;
  int below = 0;
  int above = 0;
  constexpr int kStudies = 4000;
  for (std::uint64_t study = 0; study < kStudies; ++study) {
    Random random(RandomAt(8, study));
    const auto share = [&](int n, double p) {
      int passes = 0;
      for (int i = 0; i < n; ++i) passes += random.Uniform() < p ? 1 : 0;
      return static_cast<double>(passes) / n;
    };
    const JudgedRates judged{.judged_rate = share(500, kTruth * 0.9 + (1 - kTruth) * 0.2),
                             .rates = {.sensitivity = share(35, 0.9), .specificity = share(25, 0.8)},
                             .cases = 500,
                             .human_passes = 35,
                             .human_fails = 25};
    const std::optional<Interval> interval = JudgeBiasInterval(judged, 0.95);
    below += interval && interval->upper < kTruth ? 1 : 0;
    above += interval && interval->lower > kTruth ? 1 : 0;
  }
  EXPECT_LE(above, 0.06 * kStudies) << "a lower bound above the truth is what passes a bad candidate";
  EXPECT_LE(below, 0.06 * kStudies);
}

TEST(JudgeBiasInterval, HasWidthWithoutAnyError) {
  const JudgedRates perfect{.judged_rate = 1,
                            .rates = {.sensitivity = 1, .specificity = 1},
                            .cases = 100,
                            .human_passes = 20,
                            .human_fails = 20};
  const Interval interval = *JudgeBiasInterval(perfect, 0.95);
  EXPECT_LT(interval.lower, 0.99);
  EXPECT_EQ(interval.upper, 1);
  JudgedRates bad = perfect;
  bad.cases = 0;
  EXPECT_EQ(JudgeBiasInterval(bad, 0.95), std::nullopt);
  bad.cases = kNoNumber;
  EXPECT_EQ(JudgeBiasInterval(bad, 0.95), std::nullopt);
  EXPECT_EQ(JudgeBiasInterval(perfect, 0.5), std::nullopt);
  EXPECT_EQ(JudgeBiasInterval(perfect, 1), std::nullopt);
}

TEST(JudgeCalibrationAllocation, SpendsWhereTheJudgeIsUnsure) {
  const auto with = [](double rate, JudgeErrorRates pilot, std::int64_t size) {
    return *JudgeCalibrationAllocation(100, rate, pilot, size);
  };
  EXPECT_EQ(with(0.5, {.sensitivity = 0.8, .specificity = 0.8}, 10).human_passes, 50);
  EXPECT_LT(with(0.5, {.sensitivity = 0.95, .specificity = 0.6}, 10).human_passes, 50);
  EXPECT_EQ(with(0, {.sensitivity = 0.9, .specificity = 0.9}, 0).human_passes, 1);
  EXPECT_EQ(with(1, {.sensitivity = 0.9, .specificity = 0.9}, 12).human_fails, 12);
  EXPECT_EQ(with(0, {.sensitivity = 1, .specificity = 1}, 0).human_fails, 50) << "nothing to go by";
  EXPECT_FALSE(JudgeCalibrationAllocation(1, 0.5, {.sensitivity = 1, .specificity = 1}, 0).has_value());
  EXPECT_FALSE(JudgeCalibrationAllocation(30, 0.5, {.sensitivity = 1, .specificity = 1}, 16).has_value());
  EXPECT_FALSE(JudgeCalibrationAllocation(30, kNoNumber, {.sensitivity = 1, .specificity = 1}, 1).has_value());
}

struct Study {
  std::vector<double> human, judge, judge_only;
};

// Human scores with a mean of 0.7; the judge agrees with them at `agreement`.
Study StudyOf(std::uint64_t seed, double agreement) {
  Random random(seed);
  Study study;
  for (int i = 0; i < 400; ++i) {
    const double human = random.Uniform() < 0.7 ? 1 : 0;
    const double judge = random.Uniform() < agreement ? human : 1 - human;
    if (i < 60) {
      study.human.push_back(human);
      study.judge.push_back(judge);
    } else {
      study.judge_only.push_back(judge);
    }
  }
  return study;
}

TEST(PredictionPowered, CoversAndATunedWeightIsNoWorseThanPeopleAlone) {
  for (const double agreement : {0.5, 0.8, 0.95}) {
    int wrong = 0;
    double tuned_errors = 0;
    double classical_errors = 0;
    constexpr int kStudies = 2000;
    for (std::uint64_t study = 0; study < kStudies; ++study) {
      const Study one = StudyOf(RandomAt(12, study), agreement);
      const ScoredByBoth scores{.human = one.human, .judge = one.judge, .judge_only = one.judge_only};
      const PredictionPoweredMean tuned = *PredictionPoweredTuned(scores);
      const Interval interval = *PredictionPoweredInterval(tuned, 0.975);
      wrong += interval.lower > 0.7 || interval.upper < 0.7 ? 1 : 0;
      tuned_errors += tuned.standard_error;
      classical_errors += PredictionPowered(scores, 0)->standard_error;
    }
    EXPECT_LE(wrong, 0.075 * kStudies) << agreement;  // 60 labels: the normal approximation is a little short
    EXPECT_LE(tuned_errors, classical_errors * 1.001) << agreement;
  }
}

TEST(PredictionPowered, NonsenseIsNoInformation) {
  const std::vector<double> two = {0, 1};
  const std::vector<double> one = {1};
  const std::vector<double> bad = {0, kNoNumber};
  EXPECT_FALSE(PredictionPowered({.human = one, .judge = one, .judge_only = two}, 1).has_value());
  EXPECT_FALSE(PredictionPowered({.human = two, .judge = one, .judge_only = two}, 1).has_value());
  EXPECT_FALSE(PredictionPowered({.human = two, .judge = two}, 1).has_value());
  EXPECT_FALSE(PredictionPowered({.human = bad, .judge = two, .judge_only = two}, 1).has_value());
  EXPECT_FALSE(PredictionPoweredTuned({.human = two, .judge = two, .judge_only = bad}).has_value());
  EXPECT_FALSE(PredictionPowered({.human = two, .judge = two, .judge_only = two}, kNoNumber).has_value());
  const std::vector<double> ones = {1, 1, 1};
  const PredictionPoweredMean constant = *PredictionPoweredTuned({.human = ones, .judge = ones, .judge_only = ones});
  EXPECT_EQ(constant.mean, 1);
  EXPECT_EQ(constant.standard_error, 0);
  EXPECT_EQ(PredictionPoweredInterval(constant, 0.95), std::nullopt) << "no variance is no information";
}

}  // namespace
}  // namespace assay
