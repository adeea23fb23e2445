// The minimum detectable effect that a plan names is what gates then detect in 80 % of checks: of every kind of rule,
// on data drawn as the plan says that it assumes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/random.h"
#include "gates/plan.h"
#include "gates/stats/distributions.h"
#include "gates/typical_cases.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

struct Planned {
  std::string rule;
  int cases = 0;
  int cluster_size = 0;  // 0: without clusters
  MetricShape shape = {.name = "m", .grader = "m"};
  MetricSpread spread = {};
};

PlannedSuite SuiteFor(const Planned& planned) {
  auto suite = SuiteObservations::Make(planned.cases, 1, {planned.shape}, {}).value();
  if (planned.cluster_size > 0) {
    std::vector<std::uint32_t> clusters;
    for (int i = 0; i < planned.cases; ++i) clusters.push_back(static_cast<std::uint32_t>(i / planned.cluster_size));
    EXPECT_TRUE(suite.SetClusters(clusters));
  }
  return {.name = "s", .cases = suite, .spreads = {planned.spread}};
}

PartPlan PlanFor(const Planned& planned) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.rules = {testing::MakeRuleSpec(planned.rule)};
  return PlanGate(gate, {SuiteFor(planned)}).at(0).parts.at(0);
}

// Where a case lies in its distribution: cases of one cluster share a place with the probability `correlation`.
std::vector<double> DrawPlaces(Random& random, const Planned& planned, double correlation) {
  std::vector<double> places;
  double shared = 0;
  for (int i = 0; i < planned.cases; ++i) {
    if (planned.cluster_size > 0 && i % planned.cluster_size == 0) shared = random.Uniform();
    const bool shares = planned.cluster_size > 0 && random.Uniform() < std::sqrt(correlation);
    const double own = random.Uniform();
    places.push_back(shares ? shared : own);
  }
  return places;
}

SuiteEvidence EvidenceOfValues(const Planned& planned, const std::vector<double>& values) {
  SuiteEvidence evidence = testing::MakeEvidence({.cases = std::to_string(planned.cases) + " x 1"});
  evidence.observations = SuiteFor(planned).cases;
  for (int i = 0; i < planned.cases; ++i) {
    const double value = values[static_cast<std::size_t>(i)];
    EXPECT_TRUE(evidence.observations.AddScore(0, i, 0, ScoreStatus::kScored, value, value == 1));
  }
  return evidence;
}

using ValueAt = std::function<double(double place)>;

// The share of checks that end so, where the values of cases are `candidate` at their place, and of a baseline
// `baseline`.
double ShareOfChecks(const Planned& planned, VerdictState wanted, const ValueAt& candidate,
                     const ValueAt& baseline = {}, int rounds = 300) {
  Random random(17);
  int found = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::vector<double> places = DrawPlaces(random, planned, PartPlan::kIntracluster);
    const auto values = [&](const ValueAt& at) {
      std::vector<double> all;
      std::ranges::transform(places, std::back_inserter(all), at);
      return all;
    };
    std::vector<SuiteEvidence> baselines;
    if (baseline) baselines.push_back(EvidenceOfValues(planned, values(baseline)));
    found +=
        testing::DecideOn({EvidenceOfValues(planned, values(candidate))}, {planned.rule}, baselines).state == wanted;
  }
  return static_cast<double>(found) / rounds;
}

// A value of 1 with that probability.
ValueAt PassesAt(double rate, double good = 1, double bad = 0) {
  return [=](double place) { return place < rate ? good : bad; };
}

ValueAt BetaAt(double mean, double share) {
  const double size = 1 / share - 1;
  // Rounded as marks are.
  return [=](double place) {
    return std::round(BetaQuantile(place, mean * size, (1 - mean) * size).value_or(mean) * 100) / 100;
  };
}

ValueAt NormalAt(double mean, double deviation) {
  return [=](double place) { return mean + deviation * NormalQuantile(place).value_or(0); };
}

// Three standard errors of a share of 300, and what the normal approximation is off by.
constexpr double kSlack = 0.12;

TEST(PlanEffect, OfRatesInClustersIsWhatGatesDetect) {
  for (const std::string rule : {"{name: r, metric: m, at_least: 0.8}", "{name: r, metric: m, at_most: 0.3}"}) {
    const Planned planned{.rule = rule, .cases = 600, .cluster_size = 6};
    const PartPlan plan = PlanFor(planned);
    ASSERT_TRUE(plan.passes_from && plan.fails_to && plan.detects) << rule << plan.no_pass << plan.no_fail;
    EXPECT_EQ(plan.unit, EffectUnit::kRate);
    EXPECT_THAT(plan.assumes, HasSubstr("correlated by 0.1: 600 cases tell as much as 400 independent ones"));
    EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kPass, PassesAt(*plan.passes_from)), 0.8, kSlack) << rule;
    EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kFail, PassesAt(*plan.fails_to)), 0.8, kSlack) << rule;
  }
}

TEST(PlanEffect, OfGradedMeansIsWhatGatesDetect) {
  for (const int cluster_size : {0, 5}) {
    const Planned planned{.rule = "{name: r, metric: m, at_least: 0.7}",
                          .cases = 200,
                          .cluster_size = cluster_size,
                          .spread = {.is_graded = true}};
    const PartPlan plan = PlanFor(planned);
    ASSERT_TRUE(plan.passes_from && plan.fails_to);
    EXPECT_EQ(plan.unit, EffectUnit::kMean);
    EXPECT_THAT(plan.assumes, HasSubstr("graded values have a standard deviation of 0.229 at a mean of 0.7, half of"));
    EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kPass, BetaAt(*plan.passes_from, PartPlan::kGradedShare), {}, 150),
                0.8, kSlack + 0.04)
        << cluster_size;
    EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kFail, BetaAt(*plan.fails_to, PartPlan::kGradedShare), {}, 150),
                0.8, kSlack + 0.04)
        << cluster_size;
  }
}

// Passes and failures vary the most that values in [0, 1] can, and so does a plan that knows nothing else.
TEST(PlanEffect, OfGradedMeansTakesTheSpreadOfStoredTrials) {
  Planned planned{.rule = "{name: r, metric: m, at_least: 0.7}", .cases = 200, .spread = {.is_graded = true}};
  const double assumed = *PlanFor(planned).detects;
  planned.spread = {.is_graded = true, .mean = 0.8, .deviation = 0.1, .source = "run r1"};
  const PartPlan steady = PlanFor(planned);
  EXPECT_LT(*steady.detects, assumed);
  EXPECT_EQ(steady.assumes, "graded values have a standard deviation of 0.1, as in run r1");
  planned.spread = {};
  EXPECT_GT(*PlanFor(planned).detects, assumed);
}

// By the binomial distribution of how many cases are within the limit, computed elsewhere (scipy.stats.binom).
TEST(PlanEffect, OfQuantilesOfIndependentCasesIsExact) {
  struct Row {
    Aggregate aggregate;
    int cases;
    std::optional<double> passes_from;
    std::optional<double> fails_to;
  };
  for (const Row& row :
       {Row{Aggregate::kP95, 60, 0.996287848, 0.852632254}, Row{Aggregate::kP95, 100, 0.991748787, 0.877030603},
        Row{Aggregate::kP99, 300, 0.999256465, 0.969903854}, Row{Aggregate::kP90, 40, 0.994436943, 0.754626406},
        Row{Aggregate::kP50, 100, 0.625614210, 0.374385790}, Row{Aggregate::kP95, 1000, 0.966255461, 0.930701689}}) {
    const MetricShape slow{.name = "m",
                           .grader = "",
                           .aggregate = row.aggregate,
                           .range = MetricRange::kUnbounded,
                           .source = MetricSource::kLatencyMs};
    const PartPlan plan = PlanFor({.rule = "{name: r, metric: m, at_most: 2000}", .cases = row.cases, .shape = slow});
    EXPECT_EQ(plan.unit, EffectUnit::kShareWithin);
    EXPECT_EQ(plan.assumes, "");
    ASSERT_EQ(plan.passes_from.has_value(), row.passes_from.has_value()) << row.cases << plan.no_pass;
    ASSERT_EQ(plan.fails_to.has_value(), row.fails_to.has_value()) << row.cases << plan.no_fail;
    EXPECT_NEAR(plan.passes_from.value_or(0), row.passes_from.value_or(0), 1e-6) << row.cases;
    EXPECT_NEAR(plan.fails_to.value_or(0), row.fails_to.value_or(0), 1e-6) << row.cases;
  }
}

TEST(PlanEffect, OfQuantilesIsAShareOfTheCases) {
  const MetricShape slow{.name = "m",
                         .grader = "",
                         .aggregate = Aggregate::kP95,
                         .range = MetricRange::kUnbounded,
                         .source = MetricSource::kLatencyMs};
  for (const int cluster_size : {0, 4}) {
    const Planned planned{
        .rule = "{name: r, metric: m, at_most: 2000}", .cases = 400, .cluster_size = cluster_size, .shape = slow};
    const PartPlan plan = PlanFor(planned);
    ASSERT_TRUE(plan.passes_from && plan.fails_to) << plan.no_pass << plan.no_fail;
    EXPECT_EQ(plan.unit, EffectUnit::kShareWithin);
    EXPECT_GT(*plan.passes_from, 0.95);
    EXPECT_LT(*plan.fails_to, 0.95);
    EXPECT_NEAR(*plan.detects, 0.95 - *plan.fails_to, 1e-12);
    EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kPass, PassesAt(*plan.passes_from, 900, 5000)), 0.8, kSlack)
        << cluster_size;
    EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kFail, PassesAt(*plan.fails_to, 900, 5000)), 0.8, kSlack)
        << cluster_size;
  }
}

const MetricShape kTimes{
    .name = "m", .grader = "", .range = MetricRange::kUnbounded, .source = MetricSource::kLatencyMs};

// In standard deviations, and in milliseconds where a run has told how long they are.
TEST(PlanEffect, OfMeansWithoutBoundsIsInStandardDeviations) {
  Planned planned{.rule = "{name: r, metric: m, at_most: 2000}", .cases = 100, .shape = kTimes};
  const PartPlan plan = PlanFor(planned);
  ASSERT_TRUE(plan.passes_from && plan.fails_to);
  EXPECT_EQ(plan.unit, EffectUnit::kDeviations);
  EXPECT_EQ(plan.cases_to_pass, 2);
  // (t(0.95; 99) + z(0.8)) / sqrt(100)
  EXPECT_NEAR(*plan.passes_from, -0.25, 0.005);
  EXPECT_NEAR(*plan.detects, 0.25, 0.005);
  EXPECT_THAT(plan.assumes, HasSubstr("values with a standard deviation, sd, that is not known before a run"));
  EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kPass, NormalAt(2000 + 300 * *plan.passes_from, 300)), 0.8, kSlack);
  EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kFail, NormalAt(2000 + 300 * *plan.fails_to, 300)), 0.8, kSlack);
  planned.spread = {.mean = 1500, .deviation = 400, .source = "run r1"};
  const PartPlan known = PlanFor(planned);
  EXPECT_EQ(known.unit, EffectUnit::kMean);
  EXPECT_NEAR(*known.passes_from, 2000 - 0.25 * 400, 2);
  EXPECT_NEAR(*known.detects, 0.25 * 400, 2);
}

// One of the models passes alone with the probability of a tenth.
double ShareOfPairs(const Planned& planned, double difference, VerdictState wanted) {
  const double up = (PartPlan::kDiscordance + difference) / 2;
  return ShareOfChecks(
      planned, wanted, [&](double place) { return place < up || place >= PartPlan::kDiscordance ? 1.0 : 0.0; },
      [&](double place) { return place < up ? 0.0 : 1.0; });
}

TEST(PlanEffect, OfEquivalenceIsADifferenceEitherWay) {
  const Planned planned{.rule = "{name: r, metric: m, equivalent: {margin: 0.04}}", .cases = 800};
  const PartPlan plan = PlanFor(planned);
  ASSERT_TRUE(plan.passes_from && plan.fails_to) << plan.no_pass << plan.no_fail;
  EXPECT_EQ(plan.unit, EffectUnit::kDifference);
  for (const double sign : {1.0, -1.0}) {
    EXPECT_NEAR(ShareOfPairs(planned, sign * *plan.passes_from, VerdictState::kPass), 0.8, kSlack);
    EXPECT_NEAR(ShareOfPairs(planned, sign * *plan.fails_to, VerdictState::kFail), 0.8, kSlack);
  }
  const PartPlan few = PlanFor({.rule = planned.rule, .cases = 200});
  EXPECT_EQ(few.passes_from, std::nullopt);
  EXPECT_EQ(few.no_pass, "in fewer checks");
}

// Where a tenth of disagreement allows none, the difference is disagreement itself.
TEST(PlanEffect, OfADifferenceBeyondTheDisagreementIsWhatGatesDetect) {
  const Planned planned{.rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}", .cases = 120};
  const PartPlan plan = PlanFor(planned);
  ASSERT_TRUE(plan.fails_to) << plan.no_fail;
  EXPECT_LT(*plan.fails_to, -PartPlan::kDiscordance);
  EXPECT_NEAR(*plan.detects, -0.05 - *plan.fails_to, 1e-12);
  EXPECT_THAT(plan.assumes,
              HasSubstr("of a difference beyond these, that only one of them passes where they disagree"));
  EXPECT_NEAR(ShareOfChecks(planned, VerdictState::kFail, PassesAt(1 + *plan.fails_to), [](double) { return 1.0; }),
              0.8, 0.07);
}

TEST(PlanEffect, OfComparisonsInClustersIsWhatGatesDetect) {
  const Planned planned{.rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}", .cases = 900, .cluster_size = 3};
  const PartPlan plan = PlanFor(planned);
  ASSERT_TRUE(plan.passes_from && plan.fails_to) << plan.no_pass << plan.no_fail;
  EXPECT_NEAR(ShareOfPairs(planned, *plan.passes_from, VerdictState::kPass), 0.8, kSlack);
  EXPECT_NEAR(ShareOfPairs(planned, *plan.fails_to, VerdictState::kFail), 0.8, kSlack);
}

TEST(PlanEffect, OfComparisonsOfGradedValuesAssumesHowTheyDiffer) {
  const Planned planned{
      .rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}", .cases = 200, .spread = {.is_graded = true}};
  const PartPlan plan = PlanFor(planned);
  ASSERT_TRUE(plan.passes_from && plan.fails_to);
  EXPECT_THAT(plan.assumes, HasSubstr("differences between the models have a standard deviation of 0.2"));
  const auto share = [&](double difference, VerdictState wanted) {
    const auto of = [&](double place) {
      const double evenly = (std::floor(place * 20) + 0.5) / 20 - 0.5;
      return difference + PartPlan::kGradedDifference * evenly * std::sqrt(12.0);
    };
    return ShareOfChecks(
        planned, wanted, [&](double place) { return 0.5 + of(place) / 2; },
        [&](double place) { return 0.5 - of(place) / 2; }, 150);
  };
  EXPECT_NEAR(share(*plan.passes_from, VerdictState::kPass), 0.8, kSlack + 0.04);
  EXPECT_NEAR(share(*plan.fails_to, VerdictState::kFail), 0.8, kSlack + 0.04);
}

TEST(PlanEffect, OfNewFailuresIsTheirShare) {
  const Planned planned{.rule = "{name: r, grader: m, no_new_failures: {allow: 1}}", .cases = 100};
  const PartPlan plan = PlanFor(planned);
  ASSERT_TRUE(plan.passes_from && plan.fails_to);
  EXPECT_EQ(plan.unit, EffectUnit::kNewFailures);
  const auto share = [&](double rate, VerdictState wanted) {
    return ShareOfChecks(planned, wanted, PassesAt(1 - rate), [](double) { return 1.0; });
  };
  EXPECT_NEAR(share(*plan.passes_from, VerdictState::kPass), 0.8, 0.07);
  EXPECT_NEAR(share(*plan.fails_to, VerdictState::kFail), 0.8, 0.07);
}

TEST(PlanEffect, OfCountsInClustersTakesThemForFewerCases) {
  const std::string rule = "{name: r, grader: m, zero_failures: {max_rate: 0.05}}";
  const PartPlan alone = PlanFor({.rule = rule, .cases = 400});
  const PartPlan together = PlanFor({.rule = rule, .cases = 400, .cluster_size = 4});
  EXPECT_LT(*alone.detects, *together.detects);
  EXPECT_THAT(together.assumes, HasSubstr("308 independent ones (design effect 1.3)"));
}

TEST(PlanEffect, OfAnExpressionIsWhatGatesDetect) {
  constexpr int kCases = 300;
  const auto suite =
      SuiteObservations::Make(kCases, 1, {{.name = "good", .grader = "good"}, {.name = "bad", .grader = "bad"}}, {})
          .value();
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.rules = {testing::MakeRuleSpec("{name: r, expression: good - bad >= 0.5}")};
  const PartPlan plan = PlanGate(gate, {{.name = "s", .cases = suite}}).at(0).parts.at(0);
  ASSERT_TRUE(plan.passes_from && plan.fails_to) << plan.no_pass << plan.no_fail;
  EXPECT_GT(*plan.passes_from, 0.5);
  EXPECT_LT(*plan.fails_to, 0.5);
  EXPECT_THAT(plan.assumes, HasSubstr("vary independently of each other"));
  const auto share = [&](double value, VerdictState wanted) {
    Random random(3);
    int found = 0;
    constexpr int kRounds = 300;
    for (int round = 0; round < kRounds; ++round) {
      SuiteEvidence evidence = testing::MakeEvidence({.cases = std::to_string(kCases) + " x 1"});
      evidence.observations = suite;
      for (int i = 0; i < kCases; ++i) {
        const double good = random.Uniform() < (1 + value) / 2 ? 1 : 0;
        const double bad = random.Uniform() < (1 - value) / 2 ? 1 : 0;
        EXPECT_TRUE(evidence.observations.AddScore(0, i, 0, ScoreStatus::kScored, good, good == 1));
        EXPECT_TRUE(evidence.observations.AddScore(1, i, 0, ScoreStatus::kScored, bad, bad == 1));
      }
      GateEvidence all;
      all.suites = {evidence};
      found += Decide(gate, all, Time{}).state == wanted;
    }
    return static_cast<double>(found) / kRounds;
  };
  EXPECT_NEAR(share(*plan.passes_from, VerdictState::kPass), 0.8, kSlack);
  EXPECT_NEAR(share(*plan.fails_to, VerdictState::kFail), 0.8, kSlack);
}

TEST(PlanEffect, SaysInWordsWhyThereIsNone) {
  const MetricShape quantile{.name = "m",
                             .grader = "",
                             .aggregate = Aggregate::kP95,
                             .range = MetricRange::kUnbounded,
                             .source = MetricSource::kLatencyMs};
  struct Row {
    Planned planned;
    std::string no_pass;
    std::string no_fail;
  };
  for (const auto& [planned, no_pass, no_fail] : std::vector<Row>{
           {{.rule = "{name: r, metric: m, at_least: 0.9}", .cases = 20}, "cannot pass", ""},
           {{.rule = "{name: r, metric: m, non_inferior: {margin: 0.02}}", .cases = 148}, "cannot pass", ""},
           {{.rule = "{name: r, metric: m, non_inferior: {margin: 5}}", .cases = 80, .shape = quantile},
            "by how values spread",
            "by how values spread"},
           {{.rule = "{name: r, metric: m, drift: {}}", .cases = 80}, "after 8 runs", "never fails"},
           {{.rule = "{name: r, freshness: {max_age: 7d}}", .cases = 80},
            "by the time it takes",
            "by the time it takes"},
           {{.rule = "{name: r, budget: {usd: 5}}", .cases = 80}, "by what it costs", "by what it costs"},
           {{.rule = "{name: r, coverage: {of: topic, min_cases: 2, at_least: 1}}", .cases = 80}, "", ""}}) {
    const PartPlan plan = PlanFor(planned);
    if (!plan.problem.empty()) continue;
    EXPECT_EQ(plan.no_pass, no_pass) << planned.rule;
    EXPECT_EQ(plan.no_fail, no_fail) << planned.rule;
    EXPECT_EQ(plan.passes_from.has_value(), plan.no_pass.empty()) << planned.rule;
    EXPECT_EQ(plan.fails_to.has_value(), plan.no_fail.empty()) << planned.rule;
  }
}

// What is known of the runs before says what cannot pass yet.
TEST(PlanEffect, KnowsTheRunsThatThereAre) {
  const auto plan = [](const std::string& rule, std::int64_t runs, Duration took) {
    PlannedSuite suite = SuiteFor({.rule = rule, .cases = 50});
    suite.earlier_runs = runs;
    suite.run_time = took;
    GateSpec gate;
    gate.name = "g";
    gate.suites = {"s"};
    gate.rules = {testing::MakeRuleSpec(rule)};
    return PlanGate(gate, {suite}).at(0).parts.at(0);
  };
  const PartPlan few = plan("{name: r, metric: m, drift: {}}", 3, std::chrono::seconds(1));
  EXPECT_FALSE(few.can_pass);
  EXPECT_EQ(few.warning, "cannot pass yet: of 8 earlier complete runs of the model by the suite 5 are missing");
  EXPECT_TRUE(plan("{name: r, metric: m, drift: {}}", 8, std::chrono::seconds(1)).can_pass);
  const PartPlan slow = plan("{name: r, freshness: {max_age: 1m}}", 0, std::chrono::seconds(90));
  EXPECT_FALSE(slow.can_pass);
  EXPECT_EQ(slow.warning, "cannot pass: the newest run took 1m30s, and its answers may be 1m old");
  EXPECT_TRUE(plan("{name: r, freshness: {max_age: 2m}}", 0, std::chrono::seconds(90)).can_pass);
}

// What is made up has few thousand cases; more of them detect less by the root of their number.
TEST(PlanEffect, OfManyCasesIsScaled) {
  const auto detects = [](int cases) {
    return *PlanFor({.rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}", .cases = cases}).detects;
  };
  EXPECT_NEAR(detects(4000) / detects(64000), 4, 0.1);
}

TEST(TypicalCases, HaveTheMeanTheDeviationAndTheCorrelationThatAreAskedFor) {
  std::vector<std::uint32_t> clusters;
  for (std::uint32_t i = 0; i < 4000; ++i) clusters.push_back(i / 2);
  for (const Variation& variation :
       {Variation{VariationForm::kPassFail, 0, 0.3}, Variation{VariationForm::kGraded, 0.25, 0.3},
        Variation{VariationForm::kUnbounded, 2, 0.3}, Variation{VariationForm::kDisagreement, 0.1, 0.3},
        Variation{VariationForm::kDifferenceInUnit, 0.2, 0.3}}) {
    const double mean = variation.form == VariationForm::kDisagreement ? 0.05 : 0.4;
    const std::vector<double> values = TypicalCases(variation, 4000, clusters, 5).WithMean(mean);
    const double seen = std::accumulate(values.begin(), values.end(), 0.0) / 4000;
    double square = 0;
    double product = 0;
    for (std::size_t i = 0; i < 4000; i += 2) {
      square += ((values[i] - seen) * (values[i] - seen) + (values[i + 1] - seen) * (values[i + 1] - seen)) / 4000;
      product += (values[i] - seen) * (values[i + 1] - seen) / 2000;
    }
    const double deviation = DeviationAt(variation, mean);
    const auto form = static_cast<int>(variation.form);
    EXPECT_NEAR(seen, mean, 0.05 * deviation) << form;
    EXPECT_NEAR(std::sqrt(square), deviation, 0.05 * deviation) << form;
    EXPECT_NEAR(product / square, 0.3, 0.06) << form;
  }
  EXPECT_EQ(DesignEffect({}, 0.3), 1);
  EXPECT_NEAR(DesignEffect(clusters, 0.3), 1.3, 1e-12);
  EXPECT_NEAR(DesignEffect(std::vector<std::uint32_t>{0, 0, 0, 1}, 0.5), 1.75, 1e-12) << "(9 + 1) / 4 are of a cluster";
}

}  // namespace
}  // namespace assay
