// Evidence by betting: by definition, at its ends, on nonsense, and its error rate when one looks after every value.

#include "gates/stats/betting.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "tests/gates/stats/methods/empirical_bernstein.h"

namespace assay {
namespace {

using DrawValue = std::function<double(Random&)>;

std::vector<double> Values(int n, std::uint64_t seed, const DrawValue& draw) {
  Random random(seed);
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(draw(random));
  return values;
}

double Uniform(Random& random) { return random.Uniform(); }

double PeakAgainstAtMost(const std::vector<double>& values, double mean, const BettingPlan& plan) {
  BettingProcess process = *BettingProcess::AgainstAtMost(mean, plan);
  for (const double value : values) process = *process.After(value);
  return process.log_peak();
}

TEST(BettingProcess, MultipliesItsCapitalByWhatIsWon) {
  BettingProcess process = *BettingProcess::AgainstAtMost(0.5);
  EXPECT_EQ(process.log_capital(), 0);
  // The first bet, 5.88, is cut to half of 1 / mean: it wins or loses half.
  process = *process.After(1);
  EXPECT_NEAR(std::exp(process.log_capital()), 1.5, 1e-15);
  process = *process.After(0);
  EXPECT_NEAR(std::exp(process.log_capital()), 0.75, 1e-15);
  EXPECT_NEAR(std::exp(process.log_peak()), 1.5, 1e-15) << "a later loss takes nothing back";
  EXPECT_EQ(process.count(), 2);
}

TEST(BettingProcess, AtLeastIsAtMostOfTheMirroredValues) {
  BettingProcess at_least = *BettingProcess::AgainstAtLeast(0.75);
  BettingProcess at_most = *BettingProcess::AgainstAtMost(0.25);
  for (const double value : Values(50, 1, Uniform)) {
    at_least = *at_least.After(value);
    at_most = *at_most.After(1 - value);
    EXPECT_DOUBLE_EQ(at_least.log_capital(), at_most.log_capital());
  }
}

TEST(BettingBounds, AreWhereTheProcessIsJustRefuted) {
  for (const int n : {2, 5, 40, 300}) {
    const std::vector<double> values = Values(n, 7, Uniform);
    for (const double confidence : {0.6, 0.95, 0.999}) {
      const double lower = *BettingLower(values, confidence);
      const double threshold = -std::log1p(-confidence);
      const BettingPlan plan{.confidence = confidence};
      if (lower > 0) {
        EXPECT_GE(PeakAgainstAtMost(values, lower, plan), threshold);
      }
      EXPECT_LT(PeakAgainstAtMost(values, lower + 1e-9, plan), threshold);
    }
  }
}

TEST(BettingBounds, NeverWidenAsValuesCome) {
  const std::vector<double> values = Values(200, 3, [](Random& random) { return random.Uniform() < 0.8 ? 1.0 : 0.0; });
  double lower = 0;
  double upper = 1;
  for (std::size_t n = 2; n <= values.size(); ++n) {
    const std::span<const double> seen(values.data(), n);
    EXPECT_GE(*BettingLower(seen, 0.95), lower - 1e-11);
    EXPECT_LE(*BettingUpper(seen, 0.95), upper + 1e-11);
    lower = *BettingLower(seen, 0.95);
    upper = *BettingUpper(seen, 0.95);
    EXPECT_LT(lower, upper);
  }
}

TEST(BettingBounds, OfAWholePopulationAreItsMean) {
  const std::vector<double> values = Values(60, 11, Uniform);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 60;
  EXPECT_NEAR(*BettingLower(values, 0.95, 60), mean, 1e-11);
  EXPECT_NEAR(*BettingUpper(values, 0.95, 60), mean, 1e-11);
  EXPECT_LE(*BettingLower(values, 0.95, 60), mean);
  EXPECT_GE(*BettingUpper(values, 0.95, 60), mean);
  // What is left could be anything.
  EXPECT_GE(*BettingLower(values, 0.95, 70), mean * 60 / 70 - 1e-11);
  EXPECT_LE(*BettingUpper(values, 0.95, 70), (mean * 60 + 10) / 70 + 1e-11);
}

TEST(BettingProcess, TheMeanOfAPopulationIsNeverRefutedByAllOfIt) {
  // 0.1 ten times adds up to a little less than 1, 0.7 to a little less than 7.
  for (const double value : {0.1, 0.7, 1.0 / 3, 0.0, 1.0}) {
    const BettingPlan plan{.confidence = 0.95, .population = 10};
    BettingProcess at_most = *BettingProcess::AgainstAtMost(value, plan);
    BettingProcess at_least = *BettingProcess::AgainstAtLeast(value, plan);
    for (int i = 0; i < 10; ++i) {
      at_most = *at_most.After(value);
      at_least = *at_least.After(value);
    }
    EXPECT_FALSE(at_most.Refutes(0.95)) << value;
    EXPECT_FALSE(at_least.Refutes(0.95)) << value;
    EXPECT_EQ(at_most.After(value), std::nullopt) << "there is no eleventh";
  }
}

TEST(Betting, NonsenseIsNoInformation) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> good = {0.5, 1};
  for (const double bad : {nan, infinity, -infinity, -1e-9, 1 + 1e-9}) {
    const std::vector<double> values = {0.5, bad};
    EXPECT_EQ(BettingLower(values, 0.95), std::nullopt);
    EXPECT_EQ(BettingUpper(values, 0.95), std::nullopt);
    EXPECT_EQ(EmpiricalBernsteinLower(values, 0.95), std::nullopt);
    EXPECT_EQ(EmpiricalBernsteinUpper(values, 0.95), std::nullopt);
    EXPECT_FALSE(BettingProcess::AgainstAtMost(bad).has_value());
    EXPECT_FALSE(BettingProcess::AgainstAtLeast(0.5)->After(bad).has_value());
  }
  for (const double confidence : {nan, 0.0, 1.0, -0.5, 2.0}) {
    EXPECT_EQ(BettingLower(good, confidence), std::nullopt);
    EXPECT_EQ(EmpiricalBernsteinLower(good, confidence), std::nullopt);
    EXPECT_FALSE(BettingProcess::AgainstAtMost(0.5, {.confidence = confidence}).has_value());
    EXPECT_FALSE(BettingProcess::AgainstAtMost(0.5)->Refutes(confidence));
  }
  for (const std::int64_t population : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 60}) {
    EXPECT_EQ(BettingLower(good, 0.95, population), std::nullopt);
  }
  EXPECT_EQ(BettingLower({}, 0.95), std::nullopt);
  EXPECT_EQ(BettingLower(std::vector<double>{1}, 0.95), std::nullopt);
  EXPECT_EQ(EmpiricalBernsteinUpper({}, 0.95), std::nullopt);
}

TEST(Betting, ExtremesStayFinite) {
  const std::vector<double> ones(2000, 1);
  const std::vector<double> zeros(2000, 0);
  EXPECT_GT(*BettingLower(ones, 0.95), 0.99);
  EXPECT_EQ(*BettingUpper(ones, 0.95), 1);
  EXPECT_EQ(*BettingLower(zeros, 0.95), 0);
  EXPECT_LT(*BettingUpper(zeros, 0.95), 0.01);
  BettingProcess impossible = *BettingProcess::AgainstAtMost(0);
  for (int i = 0; i < 2000; ++i) impossible = *impossible.After(1);
  EXPECT_TRUE(std::isfinite(impossible.log_capital()));
  EXPECT_TRUE(impossible.Refutes(0.999999));
}

struct Scenario {
  const char* name;
  double mean;
  DrawValue draw;
};

std::vector<Scenario> Scenarios() {
  const auto bernoulli = [](double p) { return [p](Random& random) { return random.Uniform() < p ? 1.0 : 0.0; }; };
  // A paired difference d of pass and fail as (d + 1) / 2, with its mean on the margin.
  const auto paired = [](double worse, double better) {
    return [worse, better](Random& random) {
      const double u = random.Uniform();
      return u < worse ? 0.0 : u < worse + better ? 1.0 : 0.5;
    };
  };
  return {{"pass rate 0.5", 0.5, bernoulli(0.5)},
          {"pass rate 0.05", 0.05, bernoulli(0.05)},
          {"pass rate 0.98", 0.98, bernoulli(0.98)},
          {"uniform", 0.5, Uniform},
          {"cube of uniform", 0.25, [](Random& random) { return std::pow(random.Uniform(), 3); }},
          {"5 % worse, margin 5 points", 0.475, paired(0.05, 0)},
          {"2 % worse, margin 2 points", 0.49, paired(0.02, 0)},
          {"8 % worse, 3 % better, margin 5 points", 0.475, paired(0.08, 0.03)}};
}

constexpr int kRuns = 2000;
constexpr int kMostLooks = 500;
// Three standard errors of a rate of 5 % over kRuns.
constexpr double kErrorRateLimit = 0.05 + 3 * 0.0049;

// How often a true hypothesis is refuted by one who looks after every value and stops at the first refutation.
double ErrorRateWhenStoppingAtWill(const Scenario& scenario, bool is_at_most) {
  int refuted = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(RandomAt(20260101, static_cast<std::uint64_t>(run)));
    BettingProcess process =
        is_at_most ? *BettingProcess::AgainstAtMost(scenario.mean) : *BettingProcess::AgainstAtLeast(scenario.mean);
    for (int look = 0; look < kMostLooks && !process.Refutes(0.95); ++look) {
      process = *process.After(scenario.draw(random));
    }
    if (process.Refutes(0.95)) ++refuted;
  }
  return static_cast<double>(refuted) / kRuns;
}

TEST(BettingProcess, HoldsItsErrorRateUnderOptionalStopping) {
  for (const Scenario& scenario : Scenarios()) {
    const double at_most = ErrorRateWhenStoppingAtWill(scenario, true);
    const double at_least = ErrorRateWhenStoppingAtWill(scenario, false);
    std::cout << scenario.name << ": true mean refuted from above " << 100 * at_most << " %, from below "
              << 100 * at_least << " % (5 % allowed; " << kRuns << " runs of up to " << kMostLooks << " looks)\n";
    EXPECT_LE(at_most, kErrorRateLimit) << scenario.name;
    EXPECT_LE(at_least, kErrorRateLimit) << scenario.name;
  }
}

TEST(BettingProcess, HoldsItsErrorRateWithoutReplacement) {
  // A suite of 200 cases of which 190 pass, in random order.
  const std::vector<double> suite = [] {
    std::vector<double> values(190, 1);
    values.resize(200, 0);
    return values;
  }();
  int above = 0;
  int below = 0;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    const Permutation order(suite.size(), RandomAt(31, run));
    const BettingPlan plan{.confidence = 0.95, .population = 200};
    BettingProcess at_most = *BettingProcess::AgainstAtMost(0.95, plan);
    BettingProcess at_least = *BettingProcess::AgainstAtLeast(0.95, plan);
    for (std::uint64_t i = 0; i < suite.size(); ++i) {
      at_most = *at_most.After(suite[order.At(i)]);
      at_least = *at_least.After(suite[order.At(i)]);
    }
    above += at_most.Refutes(0.95) ? 1 : 0;
    below += at_least.Refutes(0.95) ? 1 : 0;
  }
  std::cout << "190 of 200, without replacement: refuted from above " << 100.0 * above / kRuns << " %, from below "
            << 100.0 * below / kRuns << " %\n";
  EXPECT_LE(above, kErrorRateLimit * kRuns);
  EXPECT_LE(below, kErrorRateLimit * kRuns);
}

TEST(EmpiricalBernstein, HoldsItsErrorRateAtAllTimes) {
  for (const Scenario& scenario : Scenarios()) {
    int wrong = 0;
    for (std::uint64_t run = 0; run < kRuns; ++run) {
      const std::vector<double> values = Values(kMostLooks, RandomAt(5, run), scenario.draw);
      // The bound keeps the tightest of all times: the last one tells of all.
      if (*EmpiricalBernsteinLower(values, 0.95) > scenario.mean) ++wrong;
    }
    EXPECT_LE(wrong, kErrorRateLimit * kRuns) << scenario.name;
  }
}

}  // namespace
}  // namespace assay
