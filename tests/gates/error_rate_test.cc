// How often a candidate that sits exactly on the threshold passes, or is failed: at most 1 - confidence. Seeded.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "core/random.h"
#include "gates/rules/bounds.h"
#include "gates/stats/quantile.h"
#include "tests/gates/gate_fixture.h"

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
Shares FloorShares(std::uint64_t seed, int n, double truth, Draw draw) {
  Random random(seed);
  int passes = 0;
  int fails = 0;
  std::vector<ValueBox> boxes(static_cast<std::size_t>(n));
  for (int round = 0; round < kRounds; ++round) {
    for (ValueBox& box : boxes) {
      const double value = draw(random);
      box = {value, value};
    }
    const Bounds bounds = UnitMeanBounds(boxes, kConfidence);
    if (bounds.lower >= truth) ++passes;
    if (bounds.upper < truth) ++fails;
  }
  return {static_cast<double>(passes) / kRounds, static_cast<double>(fails) / kRounds};
}

TEST(ErrorRate, OfClopperPearsonIsAtMostAlpha) {
  std::uint64_t seed = 1;
  for (const double p : {0.02, 0.5, 0.9, 0.99}) {
    for (const int n : {10, 59, 150}) {
      const Shares shares = FloorShares(++seed, n, p, [p](Random& random) { return random.Uniform() < p ? 1.0 : 0.0; });
      EXPECT_LE(shares.passes, 0.05 + kSlack) << "p " << p << " n " << n;
      EXPECT_LE(shares.fails, 0.05 + kSlack) << "p " << p << " n " << n;
    }
  }
}

// Three trials of a case that nearly always agree: on such data Student's t passes up to a quarter of the candidates
// that sit on the threshold.
TEST(ErrorRate, OfCaseMeansThatSeldomDifferIsAtMostAlpha) {
  std::uint64_t seed = 100;
  for (const double rare : {0.003, 0.01, 0.05}) {
    for (const double other : {0.0, 1.0 / 3, 2.0 / 3}) {
      for (const int n : {60, 200}) {
        const double truth = 1 - rare * (1 - other);
        const Shares shares =
            FloorShares(++seed, n, truth, [&](Random& random) { return random.Uniform() < rare ? other : 1.0; });
        EXPECT_LE(shares.passes, 0.05 + kSlack) << "rare " << rare << " other " << other << " n " << n;
        EXPECT_LE(shares.fails, 0.05 + kSlack) << "rare " << rare << " other " << other << " n " << n;
      }
    }
  }
}

// Means of three trials, each passing with a probability that varies by case: mean 0.7.
double SpreadCaseMean(Random& random) {
  const double p = 0.4 + 0.6 * random.Uniform();
  int passes = 0;
  for (int trial = 0; trial < 3; ++trial) passes += random.Uniform() < p ? 1 : 0;
  return passes / 3.0;
}

TEST(ErrorRate, OfSpreadCaseMeansIsAtMostAlphaAndNotMuchLess) {
  const Shares shares = FloorShares(11, 100, 0.7, SpreadCaseMean);
  EXPECT_LE(shares.passes, 0.05 + kSlack);
  EXPECT_LE(shares.fails, 0.05 + kSlack);
  EXPECT_GE(shares.passes, 0.02);
  EXPECT_GE(shares.fails, 0.02);
}

// Trials of one case are alike: a slow case is slow in all of them. The 0.9-quantile over all trials is 0.9.
TEST(ErrorRate, OfTrialQuantilesIsAtMostAlpha) {
  Random random(17);
  const double q = 0.9;
  int passes = 0;
  int fails = 0;
  std::vector<std::array<double, 3>> values(60);
  constexpr int kFewerRounds = 1000;
  const double slack = 3 * std::sqrt(0.05 * 0.95 / kFewerRounds);
  for (int round = 0; round < kFewerRounds; ++round) {
    std::vector<TrialBox> boxes;
    for (std::array<double, 3>& trials : values) {
      const double shared = random.Uniform();
      for (double& trial : trials) trial = random.Below(2) == 0 ? shared : random.Uniform();
      boxes.push_back({.values = trials});
    }
    const Bounds bounds = TrialQuantileBounds(boxes, q, kConfidence);
    if (bounds.upper <= q) ++passes;
    if (bounds.lower > q) ++fails;
  }
  EXPECT_LE(static_cast<double>(passes) / kFewerRounds, 0.05 + slack);
  EXPECT_LE(static_cast<double>(fails) / kFewerRounds, 0.05 + slack);
  EXPECT_GE(passes + fails, kFewerRounds / 50);
}

constexpr int kDriftChecks = 10'000;

// By a chart of normal values that do not move, held against as many runs before.
double FalseAlarms(const std::string& method, std::size_t runs, std::uint64_t seed) {
  Random random(seed);
  const auto normal = [&random] {
    return std::sqrt(-2 * std::log(1 - random.Uniform())) * std::cos(2 * std::numbers::pi * random.Uniform());
  };
  int alarms = 0;
  for (int check = 0; check < kDriftChecks; ++check) {
    SuiteEvidence evidence =
        testing::MakeEvidence({.cases = "2 x " + std::to_string(100 + normal()), .range = MetricRange::kUnbounded});
    for (std::size_t run = 0; run < runs; ++run)
      evidence.history.push_back({.run = "earlier", .metrics = {{"m", 100 + normal()}}});
    const RuleOutcome outcome =
        testing::DecideOn({std::move(evidence)}, {"{name: r, metric: m, drift: {method: " + method + "}}"}).rules.at(0);
    alarms += outcome.state == VerdictState::kPass ? 0 : 1;
  }
  return static_cast<double>(alarms) / kDriftChecks;
}

// What docs/rules.md promises: of 10,000 checks so many alarm by chance, after few runs and in a model's long life.
// Three standard errors of them; a chart that never alarms is not within them either.
TEST(ErrorRate, OfDriftIsWhatItsDocumentationSays) {
  struct Promise {
    const char* method;
    std::size_t runs;
    double rate;
  };
  for (const auto& [method, runs, rate] :
       {Promise{"ewma", 8, 0.0026}, Promise{"ewma", 20, 0.002}, Promise{"ewma", 60, 0.002}, Promise{"ewma", 200, 0.002},
        Promise{"cusum", 60, 0.0025}, Promise{"page_hinkley", 60, 0.0027}}) {
    const double slack = 3 * std::sqrt(rate * (1 - rate) / kDriftChecks);
    ASSERT_LT(slack, rate) << "no alarm at all would do";
    EXPECT_NEAR(FalseAlarms(method, runs, runs), rate, slack) << method << " after " << runs;
  }
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
