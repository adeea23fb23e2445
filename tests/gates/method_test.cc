// `method` of a rule: by what its bounds are found, and what may decide.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "core/random.h"
#include "gates/stats/distributions.h"
#include "gates/stats/mean.h"
#include "gates/stats/paired_binary.h"
#include "gates/stats/proportion.h"
#include "gates/stats/sign_flip.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::ComparisonOn;
using ::testing::HasSubstr;
using testing::OutcomeOn;

std::string Advisory(const std::string& metric_and_kind, const std::string& method) {
  return "{name: r, metric: m, " + metric_and_kind + ", role: advisory, method: " + method + "}";
}

TEST(Method, ThatMayErrTooOftenDecidesNothing) {
  for (const char* method : {"t", "bootstrap", "percentile"}) {
    const RuleOutcome outcome =
        OutcomeOn("300 x 1; 3 x 0", std::string("{name: r, metric: m, at_least: 0.5, method: ") + method + "}");
    EXPECT_EQ(outcome.state, VerdictState::kError) << method;
    EXPECT_THAT(outcome.reason, HasSubstr("make the rule advisory")) << method;
  }
  for (const char* method : {"t", "bootstrap", "percentile", "sign_flip", "tango", "newcombe"}) {
    const RuleOutcome outcome = ComparisonOn("300 x 1; 3 x 0", "300 x 0; 3 x 1",
                                             std::string("{name: r, metric: m, superior: {}, method: ") + method + "}");
    EXPECT_EQ(outcome.state, VerdictState::kError) << method;
  }
  EXPECT_EQ(OutcomeOn("9 x 1", "{name: r, grader: m, zero_failures: {max_rate: 0.5}, method: t}").state,
            VerdictState::kError);
}

TEST(Method, BoundedIsTheDefault) {
  const std::string cases = "95 x 1; 5 x 0.5";
  const RuleOutcome plain = OutcomeOn(cases, "{name: r, metric: m, at_least: 0.9}");
  const RuleOutcome asked = OutcomeOn(cases, "{name: r, metric: m, at_least: 0.9, method: bounded}");
  EXPECT_EQ(asked.state, plain.state);
  EXPECT_EQ(asked.parts.at(0).pass_bound, plain.parts.at(0).pass_bound);
  EXPECT_EQ(asked.parts.at(0).method, "gaffke");
  EXPECT_EQ(asked.method, "bounded");
  EXPECT_EQ(plain.method, "");
  const RuleOutcome pairs =
      ComparisonOn("95 x 1; 5 x 0.5", "100 x 0.9", "{name: r, metric: m, superior: {}, method: bounded}");
  EXPECT_EQ(pairs.parts.at(0).method, "paired_gaffke");
}

std::vector<double> Values(int ones, int zeros) {
  std::vector<double> values(static_cast<std::size_t>(ones), 1);
  values.insert(values.end(), static_cast<std::size_t>(zeros), 0);
  return values;
}

TEST(Method, TIsStudents) {
  const SampleMoments moments = *MomentsOf(Values(80, 20));
  const RulePart part = OutcomeOn("80 x 1; 20 x 0", Advisory("at_least: 0.7", "t")).parts.at(0);
  EXPECT_EQ(part.method, "t");
  EXPECT_EQ(part.estimate.method, "t");
  EXPECT_NEAR(*part.pass_bound, 0.8 - *StudentHalfWidth(moments, 0.95), 1e-12);
  EXPECT_NEAR(*part.fail_bound, 0.8 + *StudentHalfWidth(moments, 0.95), 1e-12);
}

// What has no variance says nothing of it, and a missing trial could be anything: the method that stays valid.
TEST(Method, FallsBackToTheOneThatStaysValid) {
  for (const char* method : {"t", "bootstrap", "percentile"}) {
    const RulePart equal = OutcomeOn("40 x 1", Advisory("at_least: 0.9", method)).parts.at(0);
    EXPECT_EQ(equal.method, "clopper_pearson") << method;
    EXPECT_NEAR(*equal.pass_bound, *ClopperPearsonLower(40, 40, 0.95), 1e-12);
    const RulePart missing = OutcomeOn("80 x 1; 20 x 0; 1 x unscored", Advisory("at_least: 0.7", method)).parts.at(0);
    EXPECT_EQ(missing.method, "clopper_pearson") << method;
    EXPECT_NEAR(*missing.pass_bound, *ClopperPearsonLower(80, 101, 0.95), 1e-12);
  }
  for (const char* method : {"t", "bootstrap", "percentile", "sign_flip"}) {
    const RulePart equal =
        ComparisonOn("60 x 1; 3 x 0", "60 x 1; 3 x 0", Advisory("non_inferior: {margin: 0.05}", method)).parts.at(0);
    EXPECT_EQ(equal.method, "paired_gaffke") << method;
    EXPECT_EQ(equal.state, VerdictState::kPass) << method;
  }
  // Tango's has an interval there: z^2 / (n + z^2) wide.
  const RulePart equal =
      ComparisonOn("60 x 1; 3 x 0", "60 x 1; 3 x 0", Advisory("non_inferior: {margin: 0.05}", "tango")).parts.at(0);
  EXPECT_EQ(equal.method, "tango");
  // ... and is of passes and failures only.
  const RulePart graded =
      ComparisonOn("60 x 1; 3 x 0.5", "60 x 1; 3 x 0", Advisory("non_inferior: {margin: 0.05}", "tango")).parts.at(0);
  EXPECT_EQ(graded.method, "paired_gaffke");
}

TEST(Method, OfPairsAreThoseOfTheirNames) {
  const std::string ours = "70 x 1; 5 x 1; 10 x 0; 15 x 0";
  const std::string theirs = "70 x 1; 5 x 0; 10 x 1; 15 x 0";
  const PairedCounts counts{.both = 70, .first_only = 5, .second_only = 10, .neither = 15};
  const auto bounds = [&](const char* method) {
    const RulePart part = ComparisonOn(ours, theirs, Advisory("non_inferior: {margin: 0.02}", method)).parts.at(0);
    EXPECT_EQ(part.method, method);
    return Interval{*part.pass_bound, *part.fail_bound};
  };
  EXPECT_EQ(bounds("tango"), *TangoScore(counts, 0.95));
  EXPECT_EQ(bounds("newcombe"), *NewcombeSquareAndAdd(counts, 0.95));
  std::vector<double> differences(85, 0);
  differences.insert(differences.end(), 5, 1);
  differences.insert(differences.end(), 10, -1);
  const SampleMoments moments = *MomentsOf(differences);
  EXPECT_NEAR(bounds("t").lower, moments.mean - *StudentHalfWidth(moments, 0.95), 1e-12);
  // By resampling: near the others.
  EXPECT_NEAR(bounds("bootstrap").lower, -0.115, 0.02);
  EXPECT_NEAR(bounds("percentile").lower, -0.115, 0.02);
  EXPECT_NEAR(bounds("sign_flip").lower, -0.115, 0.02);
}

TEST(Method, UnpairedTakesEitherByItselfAndHoldsItsRate) {
  const RulePart part =
      ComparisonOn("90 x 1; 10 x 0", "90 x 1; 10 x 0", "{name: r, metric: m, superior: {}, method: unpaired}")
          .parts.at(0);
  EXPECT_EQ(part.method, "unpaired");
  EXPECT_EQ(part.state, VerdictState::kInconclusive);
  EXPECT_NEAR(*part.pass_bound, *ClopperPearsonLower(90, 100, 0.975) - *ClopperPearsonUpper(90, 100, 0.975), 1e-12);
  EXPECT_EQ(part.more_cases, std::nullopt);
  EXPECT_EQ(ComparisonOn("100 x 1", "60 x 1; 40 x 0", "{name: r, metric: m, superior: {}, method: unpaired}").state,
            VerdictState::kPass);
}

RulePart OfRun(const std::string& run, const std::string& method) {
  SuiteEvidence evidence =
      testing::MakeEvidence({.cases = "7 x 0.913; 13 x 0.557; 11 x 0.3317; 9 x 0.1771; 21 x 0.7139"});
  evidence.run = run;
  return testing::DecideOn({evidence}, {"{name: a, metric: m, at_least: 0.5}", Advisory("at_least: 0.6", method)})
      .rules.at(1)
      .parts.at(0);
}

TEST(Method, ResamplesTheSameForTheSameRun) {
  for (const char* method : {"bootstrap", "percentile"}) {
    EXPECT_EQ(OfRun("run-1", method).pass_bound, OfRun("run-1", method).pass_bound);
    EXPECT_NE(OfRun("run-1", method).pass_bound, OfRun("run-2", method).pass_bound);
    EXPECT_NEAR(*OfRun("run-1", method).pass_bound, *OfRun("run-2", method).pass_bound, 0.01);
  }
}

TEST(Method, OfClustersResamplesClusters) {
  std::string cases;
  for (int i = 0; i < 20; ++i) cases += "10 x " + std::string(i < 4 ? "0" : "1") + " %c" + std::to_string(i) + "; ";
  const auto of = [&](const char* method) { return OutcomeOn(cases, Advisory("at_least: 0.6", method)).parts.at(0); };
  EXPECT_EQ(of("t").method, "clustered_t");
  EXPECT_EQ(of("bootstrap").method, "clustered_bootstrap");
  EXPECT_EQ(of("percentile").method, "clustered_percentile");
  // As of 20 cases, not of 200.
  EXPECT_NEAR(*of("percentile").pass_bound, 0.65, 0.011);
  EXPECT_NEAR(*of("t").pass_bound, 0.8 - *StudentHalfWidth(*MomentsOf(Values(16, 4)), 0.95), 1e-12);
}

TEST(Method, OfAmountsIsStudentsOrAdvice) {
  const auto decide = [](const std::string& rule) {
    testing::EvidenceText text{.cases = "10 x 90; 10 x 100; 10 x 120"};
    text.range = MetricRange::kUnbounded;
    text.source = MetricSource::kLatencyMs;
    return testing::DecideOn({testing::MakeEvidence(text)}, {rule}).rules.at(0);
  };
  EXPECT_EQ(decide("{name: r, metric: m, at_most: 130, method: t}").state, VerdictState::kPass);
  EXPECT_THAT(decide("{name: r, metric: m, at_most: 130, method: bounded}").reason, HasSubstr("values in [0, 1]"));
  EXPECT_EQ(decide("{name: r, metric: m, at_most: 130, method: bootstrap}").state, VerdictState::kError);
  EXPECT_EQ(decide("{name: r, metric: m, at_most: 130, method: bootstrap, role: advisory}").state, VerdictState::kPass);
}

// 100 cases: those that both pass for certain, those that the candidate loses with one probability, and those that both
// fail.
struct Losses {
  int both;
  int lossy;
  int neither;
};
constexpr Losses kLosses[] = {{50, 50, 0}, {0, 100, 0}, {45, 10, 45}};

// The greatest rate at which a rule passes a candidate that is exactly the margin worse, over margins and all outcomes.
double WorstErrorRate(const std::string& method, const Losses& losses) {
  const auto cases = [](int count, const char* value) {
    return count > 0 ? std::to_string(count) + " x " + value + "; " : std::string();
  };
  const std::string theirs = cases(losses.both + losses.lossy, "1") + cases(losses.neither, "0");
  const std::string rule = "{name: r, metric: m, non_inferior: {margin: 0.5}, role: advisory, method: " + method + "}";
  std::vector<double> bounds;
  for (int lost = 0; lost <= std::min(losses.lossy, 25); ++lost) {
    const std::string ours =
        cases(losses.both, "1") + cases(losses.lossy - lost, "1") + cases(lost, "0") + cases(losses.neither, "0");
    bounds.push_back(*ComparisonOn(ours, theirs, rule).parts.at(0).pass_bound);
  }
  double worst = 0;
  for (double loss = 0.002; loss < 0.1; loss += 0.00025) {
    const double p = 100 * loss / losses.lossy;
    double error = 0;
    for (std::size_t lost = 0; p < 1 && lost < bounds.size(); ++lost) {
      if (bounds[lost] < -loss) continue;
      error += std::exp(*LogBinomialProbability(static_cast<std::int64_t>(lost), losses.lossy, p));
    }
    worst = std::max(worst, error);
  }
  return worst;
}

double WorstErrorRate(const std::string& method) {
  double worst = 0;
  for (const Losses& losses : kLosses) worst = std::max(worst, WorstErrorRate(method, losses));
  return worst;
}

// Rare losses are what a good candidate has; docs/rules.md names these rates.
TEST(Method, ThatIsForAdviceOnlyPassesTooOftenWhereLossesAreRare) {
  EXPECT_LE(WorstErrorRate("bounded"), 0.05 + 1e-9);
  EXPECT_LE(WorstErrorRate("unpaired"), 0.05 + 1e-9);
  for (const char* method : {"t", "bootstrap", "percentile", "sign_flip", "tango", "newcombe"}) {
    const double rate = WorstErrorRate(method);
    std::printf("%s passes up to %.1f %%\n", method, 100 * rate);
    EXPECT_GE(rate, 0.065) << method;
  }
}

// A bound of the interval is where the test by random patterns turns.
TEST(SignFlipInterval, IsWhatTheTestDoesNotReject) {
  Random random(3);
  std::vector<double> differences;
  for (int i = 0; i < 40; ++i) differences.push_back(random.Uniform() - 0.3);
  const Resampling resampling{.seed = 7, .replicates = 4000};
  const Interval bounds = *SignFlipInterval(differences, 0.95, resampling);
  const auto p_at = [&](double shift) {
    std::vector<double> shifted = differences;
    for (double& value : shifted) value -= shift;
    return *SignFlipMonteCarlo(shifted, Alternative::kGreater, {.seed = 99, .replicates = 20000});
  };
  EXPECT_NEAR(p_at(bounds.lower), 0.05, 0.012);
  EXPECT_NEAR(p_at(bounds.upper), 0.95, 0.012);
  std::vector<ClusterTotal> totals;
  for (const double value : differences) totals.push_back({.sum = value, .magnitude = std::abs(value), .size = 1});
  EXPECT_EQ(*ClusteredSignFlipInterval(totals, 0.95, resampling), bounds);
  EXPECT_FALSE(SignFlipInterval(std::vector<double>(9, 0.5), 0.95, resampling));
  EXPECT_FALSE(SignFlipInterval(differences, 0.95, {.seed = 1, .replicates = 10}));
  EXPECT_FALSE(SignFlipInterval(differences, 0.4, resampling));
  EXPECT_FALSE(SignFlipInterval({}, 0.95, resampling));
}

}  // namespace
}  // namespace assay
