// How often a candidate that sits exactly on the threshold passes, or is failed: at most 1 - confidence. Seeded.

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/rules/mean_bounds.h"
#include "gates/stats/quantile.h"

namespace assay {
namespace {

constexpr double kConfidence = 0.95;
constexpr int kRounds = 4000;
// Three standard errors of a share of 5 % over kRounds.
const double kSlack = 3 * std::sqrt(0.05 * 0.95 / kRounds);

struct Shares {
  double passes;
  double fails;
};

// Cases drawn by `draw`, whose mean is `truth`; a floor and then a ceiling at `truth`.
template <class Draw>
Shares FloorShares(std::uint64_t seed, int n, double truth, TrialsPerCase trials, Draw draw) {
  Random random(seed);
  int passes = 0;
  int fails = 0;
  std::vector<ValueBox> boxes(static_cast<std::size_t>(n));
  for (int round = 0; round < kRounds; ++round) {
    for (ValueBox& box : boxes) {
      const double value = draw(random);
      box = {value, value};
    }
    const MeanBounds bounds = UnitMeanBounds(boxes, trials, kConfidence);
    if (bounds.lower >= truth) ++passes;
    if (bounds.upper < truth) ++fails;
  }
  return {static_cast<double>(passes) / kRounds, static_cast<double>(fails) / kRounds};
}

TEST(ErrorRate, OfClopperPearsonIsAtMostAlpha) {
  std::uint64_t seed = 1;
  for (const double p : {0.02, 0.5, 0.9, 0.99}) {
    for (const int n : {10, 59, 150}) {
      const Shares shares = FloorShares(++seed, n, p, TrialsPerCase::kOne,
                                        [p](Random& random) { return random.Uniform() < p ? 1.0 : 0.0; });
      EXPECT_LE(shares.passes, 0.05 + kSlack) << "p " << p << " n " << n;
      EXPECT_LE(shares.fails, 0.05 + kSlack) << "p " << p << " n " << n;
    }
  }
}

// Values seldom differ, so that many samples have no variance and t would call them certain.
TEST(ErrorRate, OfTheFallbackIsAtMostAlpha) {
  for (const double other : {0.0, 0.5}) {
    const double rare = 0.01;
    const double truth = 1 - rare * (1 - other);
    Random random(7);
    int passes = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::vector<ValueBox> boxes(60, ValueBox{1, 1});
      bool is_constant = true;
      for (ValueBox& box : boxes) {
        if (random.Uniform() >= rare) continue;
        box = {other, other};
        is_constant = false;
      }
      if (is_constant && UnitMeanBounds(boxes, TrialsPerCase::kSeveral, kConfidence).lower >= truth) ++passes;
    }
    EXPECT_LE(static_cast<double>(passes) / kRounds, 0.05 + kSlack) << other;
  }
}

TEST(ErrorRate, OfStudentOnSpreadCaseMeansIsNearAlpha) {
  // Means of three trials, each passing with a probability that varies by case: mean 0.7.
  const Shares shares = FloorShares(11, 100, 0.7, TrialsPerCase::kSeveral, [](Random& random) {
    const double p = 0.4 + 0.6 * random.Uniform();
    int passes = 0;
    for (int trial = 0; trial < 3; ++trial) passes += random.Uniform() < p ? 1 : 0;
    return passes / 3.0;
  });
  EXPECT_LE(shares.passes, 0.06 + kSlack);  // t is approximate
  EXPECT_LE(shares.fails, 0.06 + kSlack);
}

TEST(ErrorRate, OfQuantileBoundsIsAtMostAlpha) {
  Random random(13);
  const int n = 80;
  const double q = 0.95;
  const auto upper = *QuantileUpperRank(n, q, kConfidence);
  const auto lower = *QuantileLowerRank(n, q, kConfidence);
  int above = 0;
  int below = 0;
  for (int round = 0; round < kRounds; ++round) {
    // Of uniform values the quantile q is q: x(r) < q exactly when at least r values are below q.
    int values_below = 0;
    for (int i = 0; i < n; ++i) values_below += random.Uniform() < q ? 1 : 0;
    if (values_below >= upper) ++below;
    if (values_below < lower) ++above;
  }
  EXPECT_LE(static_cast<double>(below) / kRounds, 0.05 + kSlack);
  EXPECT_LE(static_cast<double>(above) / kRounds, 0.05 + kSlack);
}

}  // namespace
}  // namespace assay
