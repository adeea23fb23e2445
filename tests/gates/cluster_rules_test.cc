// Rules on suites whose cases come in clusters: the unit is the cluster.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/plan.h"
#include "gates/stats/proportion.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using testing::OutcomeOn;

// `clusters` clusters of `size` cases each, of which the first `failing` have nothing but failures.
std::string Clustered(int clusters, int size, int failing = 0, const std::string& slice = "") {
  std::string text;
  for (int i = 0; i < clusters; ++i) {
    text += std::to_string(size) + " x " + (i < failing ? "0" : "1") + slice + " %" + slice + "c" + std::to_string(i) +
            "; ";
  }
  return text;
}

TEST(ClusterRules, CopiesOfCasesAreNoEvidence) {
  const std::string rule = "{name: r, metric: m, at_least: 0.9}";
  EXPECT_EQ(OutcomeOn("280 x 1", rule).state, VerdictState::kPass);
  const RuleOutcome copies = OutcomeOn(Clustered(28, 10), rule);
  EXPECT_EQ(copies.state, VerdictState::kInconclusive);
  const RulePart& part = copies.parts.at(0);
  EXPECT_NEAR(*part.pass_bound, *ClopperPearsonLower(28, 28, 0.95), 1e-9);
  EXPECT_EQ(part.clusters, (PartClusters{.count = 28, .largest = 10}));
  EXPECT_EQ(part.method, "clustered_gaffke");
  EXPECT_LE(*part.more_cases, 10);  // the next cluster, or less: forecasts take fractions of clusters too
  EXPECT_FALSE(part.shown.has_value());
  EXPECT_THAT(part.reason, HasSubstr("over 280 cases in 28 clusters"));
  EXPECT_EQ(OutcomeOn(Clustered(29, 10), rule).state, VerdictState::kPass);
}

TEST(ClusterRules, OfOneCaseEachDecideAsCasesDo) {
  for (const int failing : {0, 3, 9, 30}) {
    std::string alone;
    for (int i = 0; i < 100; ++i) {
      alone += std::string("1 x ") + (i < failing ? "0" : "1") + " %c" + std::to_string(i) + "; ";
    }
    const std::string plain = std::to_string(failing) + " x 0; " + std::to_string(100 - failing) + " x 1";
    for (const char* rule :
         {"{name: r, metric: m, at_least: 0.9}", "{name: r, metric: m, at_most: 0.8}",
          "{name: r, grader: m, zero_failures: {max_rate: 0.03}}",
          "{name: r, metric: m, per_case_floor: {at_least: 0.5, share: 0.9}}", "{name: r, expression: m >= 0.9}"}) {
      const RuleOutcome with = OutcomeOn(alone, rule);
      const RuleOutcome without = OutcomeOn(plain, rule);
      EXPECT_EQ(with.state, without.state) << rule << failing;
      EXPECT_NEAR(*with.parts.at(0).pass_bound, *without.parts.at(0).pass_bound, 1e-9) << rule;
      EXPECT_NEAR(*with.parts.at(0).fail_bound, *without.parts.at(0).fail_bound, 1e-9) << rule;
      const auto more = [](const RuleOutcome& outcome) {
        return static_cast<double>(outcome.parts.at(0).more_cases.value_or(0));
      };
      EXPECT_NEAR(more(with), more(without), 0.03 * more(without)) << rule << failing;
    }
  }
}

TEST(ClusterRules, OneClusterIsNoInformation) {
  for (const char* rule : {"{name: r, metric: m, at_least: 0.5}", "{name: r, metric: m, at_most: 0.99}",
                           "{name: r, grader: m, zero_failures: {max_rate: 0.5}}",
                           "{name: r, metric: m, per_case_floor: {at_least: 0.5, share: 0.5}}"}) {
    const RuleOutcome outcome = OutcomeOn("500 x 1 %a", rule);
    EXPECT_EQ(outcome.state, VerdictState::kInconclusive) << rule;
    EXPECT_EQ(outcome.parts.at(0).reason, "all 500 cases are of one cluster, which tells nothing of others") << rule;
    EXPECT_EQ(outcome.parts.at(0).more_cases, std::nullopt);
  }
  EXPECT_EQ(OutcomeOn("500 x 1 %a", "{name: r, expression: m >= 0.5}").state, VerdictState::kInconclusive);
  EXPECT_EQ(
      testing::ComparisonOn("500 x 1 %a", "500 x 1 %a", "{name: r, metric: m, non_inferior: {margin: 0.1}}").state,
      VerdictState::kInconclusive);
  EXPECT_EQ(testing::ComparisonOn("500 x 1 %a", "500 x 0 %a", "{name: r, metric: m, superior: {}}").state,
            VerdictState::kInconclusive);
}

TEST(ClusterRules, AFailureIsAFactInOneClusterToo) {
  EXPECT_EQ(OutcomeOn("50 x 1 %a; 1 x 0 %a", "{name: r, grader: m, zero_failures: {max_rate: 0.5}}").state,
            VerdictState::kFail);
  EXPECT_EQ(OutcomeOn("50 x 1 %a; 1 x 0 %a", "{name: r, metric: m, per_case_floor: {at_least: 0.5}}").state,
            VerdictState::kFail);
}

// 59 clusters without a failure rule out 5 %; 58 of them do not, however many cases each has.
TEST(ClusterRules, ZeroFailuresCountsClusters) {
  const std::string rule = "{name: r, grader: m, zero_failures: {max_rate: 0.05}}";
  EXPECT_EQ(OutcomeOn(Clustered(59, 4), rule).state, VerdictState::kPass);
  const RuleOutcome few = OutcomeOn(Clustered(58, 4), rule);
  EXPECT_EQ(few.state, VerdictState::kInconclusive);
  EXPECT_THAT(few.parts.at(0).reason, HasSubstr("no failure in 232 cases in 58 clusters, but the upper bound"));
  EXPECT_LE(*few.parts.at(0).more_cases, 4);
  EXPECT_EQ(OutcomeOn(Clustered(59, 4) + "1 x error %c0", rule).state, VerdictState::kError);
}

TEST(ClusterRules, AreOfTheCasesOfASliceEach) {
  const std::string rule = "{name: r, metric: m, at_least: 0.9, by: topic}";
  const RuleOutcome outcome = OutcomeOn(Clustered(29, 10, 0, " @a") + Clustered(20, 30, 0, " @b"), rule);
  ASSERT_EQ(outcome.parts.size(), 2u);
  EXPECT_EQ(outcome.parts[0].state, VerdictState::kPass);
  EXPECT_EQ(outcome.parts[0].clusters->count, 29);
  EXPECT_EQ(outcome.parts[1].state, VerdictState::kInconclusive);
  EXPECT_EQ(outcome.parts[1].clusters->count, 20);
}

// Clusters that lie across slices: in either slice all of them count.
TEST(ClusterRules, MayLieAcrossSlices) {
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += "2 x 1 @a %c" + std::to_string(i) + "; 3 x 1 @b %c" + std::to_string(i) + "; ";
  }
  const RuleOutcome outcome = OutcomeOn(text, "{name: r, metric: m, at_least: 0.9, by: topic}");
  EXPECT_EQ(outcome.state, VerdictState::kPass);
  EXPECT_EQ(outcome.parts.at(1).clusters, (PartClusters{.count = 30, .largest = 3}));
}

TEST(ClusterRules, ComparisonsTakeDifferencesOfClusters) {
  const std::string rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}";
  EXPECT_EQ(testing::ComparisonOn("590 x 1", "590 x 1", rule).state, VerdictState::kPass);
  const RuleOutcome equal = testing::ComparisonOn(Clustered(59, 10), Clustered(59, 10), rule);
  EXPECT_EQ(equal.state, VerdictState::kPass);
  EXPECT_EQ(equal.parts.at(0).method, "clustered_gaffke");
  EXPECT_FALSE(equal.parts.at(0).shown.has_value());
  EXPECT_TRUE(equal.parts.at(0).comparison->passes.has_value());
  EXPECT_EQ(testing::ComparisonOn(Clustered(58, 10), Clustered(58, 10), rule).state, VerdictState::kInconclusive);
  EXPECT_EQ(testing::ComparisonOn(Clustered(58, 10, 20), Clustered(58, 10), rule).state, VerdictState::kFail);
}

TEST(ClusterRules, WhatIsMissingCountsAgainstTheRule) {
  const std::string rule = "{name: r, metric: m, at_least: 0.9}";
  EXPECT_EQ(OutcomeOn(Clustered(40, 5), rule).state, VerdictState::kPass);
  EXPECT_EQ(OutcomeOn(Clustered(40, 5) + "20 x unscored %c0", rule).state, VerdictState::kInconclusive);
  std::string errors;
  for (int i = 0; i < 40; ++i) errors += "1 x error %c" + std::to_string(i) + "; ";
  EXPECT_EQ(OutcomeOn(Clustered(40, 4) + errors, rule).state, VerdictState::kError);
}

RuleOutcome UnboundedOutcome(const std::string& cases, const std::string& rule, Aggregate aggregate) {
  testing::EvidenceText text;
  text.cases = cases;
  text.aggregate = aggregate;
  text.range = MetricRange::kUnbounded;
  text.source = MetricSource::kLatencyMs;
  return testing::DecideOn({testing::MakeEvidence(text)}, {rule}).rules.at(0);
}

TEST(ClusterRules, MeansOfAmountsTakeTheJackknife) {
  std::string text;
  for (int i = 0; i < 12; ++i) {
    text += std::to_string(1 + i % 4) + " x " + std::to_string(90 + 3 * i) + " %c" + std::to_string(i) + "; ";
  }
  const RuleOutcome outcome = UnboundedOutcome(text, "{name: r, metric: m, at_most: 130}", Aggregate::kMean);
  EXPECT_EQ(outcome.state, VerdictState::kPass);
  EXPECT_EQ(outcome.parts.at(0).method, "clustered_t");
  EXPECT_GT(*outcome.parts.at(0).clusters->design_effect, 1);
  EXPECT_EQ(UnboundedOutcome("30 x 90 %a; 30 x 91 %a", "{name: r, metric: m, at_most: 130}", Aggregate::kMean).state,
            VerdictState::kInconclusive);
}

// An upper bound of the p95 needs 59 clusters as it needs 59 cases.
TEST(ClusterRules, QuantilesCountClusters) {
  const auto with = [](int clusters) {
    std::string text;
    for (int i = 0; i < clusters; ++i) text += "5 x 100 %c" + std::to_string(i) + "; ";
    return UnboundedOutcome(text, "{name: r, metric: m, at_most: 200}", Aggregate::kP95);
  };
  EXPECT_EQ(with(59).state, VerdictState::kPass);
  const RuleOutcome few = with(58);
  EXPECT_EQ(few.state, VerdictState::kInconclusive);
  EXPECT_LE(*few.parts.at(0).more_cases, 5);
  EXPECT_EQ(few.parts.at(0).clusters->design_effect, std::nullopt);
}

// Of several trials a quantile is over their shares; trials that agree are one.
TEST(ClusterRules, QuantilesOverTrialsCountClusters) {
  const auto with = [](int clusters, const std::string& trials) {
    std::string text;
    for (int i = 0; i < clusters; ++i) text += "5 x " + trials + " %c" + std::to_string(i) + "; ";
    return UnboundedOutcome(text, "{name: r, metric: m, at_most: 200}", Aggregate::kP95);
  };
  EXPECT_EQ(with(59, "100, 120").state, VerdictState::kPass);
  EXPECT_EQ(with(58, "100, 120").state, VerdictState::kInconclusive);
  EXPECT_EQ(with(59, "100, unscored").state, VerdictState::kInconclusive);
  EXPECT_EQ(with(40, "100, 300").state, VerdictState::kFail);
}

RuleOutcome UnboundedComparison(const std::string& cases, const std::string& baseline, const std::string& rule,
                                Aggregate aggregate) {
  const auto evidence = [&](const std::string& text) {
    testing::EvidenceText one{.cases = text, .aggregate = aggregate};
    one.range = MetricRange::kUnbounded;
    one.source = MetricSource::kLatencyMs;
    return testing::MakeEvidence(one);
  };
  return testing::DecideOn({evidence(cases)}, {rule}, {evidence(baseline)}).rules.at(0);
}

TEST(ClusterRules, ComparisonsOfAmountsCountClusters) {
  std::string ours;
  std::string theirs;
  for (int i = 0; i < 40; ++i) {
    ours += "4 x " + std::to_string(100 + i) + " %c" + std::to_string(i) + "; ";
    theirs += "4 x " + std::to_string(102 + i + i % 3) + " %c" + std::to_string(i) + "; ";
  }
  const RuleOutcome mean =
      UnboundedComparison(ours, theirs, "{name: r, metric: m, non_inferior: {margin: 5}}", Aggregate::kMean);
  EXPECT_EQ(mean.state, VerdictState::kPass);
  EXPECT_EQ(mean.parts.at(0).method, "clustered_t");
  const RuleOutcome median =
      UnboundedComparison(ours, theirs, "{name: r, metric: m, non_inferior: {margin: 60}}", Aggregate::kP50);
  EXPECT_EQ(median.state, VerdictState::kPass);
  EXPECT_EQ(median.parts.at(0).method, "clustered_gaffke");
}

TEST(ClusterRules, CountsStayCountsOfCases) {
  const std::string ours = "3 x 1 %a; 1 x 0 %b";
  const RuleOutcome lost = testing::ComparisonOn(ours, "4 x 1 %a", "{name: r, grader: m, no_new_failures: {}}");
  EXPECT_EQ(lost.state, VerdictState::kFail);
  EXPECT_FALSE(lost.parts.at(0).shown.has_value());
  EXPECT_EQ(OutcomeOn("5 x 1 @x %a", "{name: r, coverage: {of: topic, min_cases: 5, at_least: 1}}").state,
            VerdictState::kPass);
  EXPECT_EQ(OutcomeOn("5 x 1 %a", "{name: r, metric: m, per_case_floor: {at_least: 0.5}}").state, VerdictState::kPass);
}

TEST(ClusterRules, SayHowMuchClustersCost) {
  // Clusters that agree within themselves: five cases are as good as one.
  const RuleOutcome alike = OutcomeOn(Clustered(60, 5, 12), "{name: r, metric: m, at_least: 0.5}");
  EXPECT_NEAR(*alike.parts.at(0).clusters->design_effect, 5, 0.1);
}

PlannedSuite PlannedClusters(int clusters, int size) {
  auto suite = *SuiteObservations::Make(clusters * size, 1, {{.name = "m", .grader = "m"}}, {});
  std::vector<std::uint32_t> of_case;
  for (int i = 0; i < clusters * size; ++i) of_case.push_back(static_cast<std::uint32_t>(i / size));
  EXPECT_TRUE(suite.SetClusters(of_case));
  return {"s", suite};
}

PartPlan PlanOn(const std::string& rule, const PlannedSuite& suite) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.rules = {testing::MakeRuleSpec(rule)};
  return PlanGate(gate, {suite}).at(0).parts.at(0);
}

TEST(ClusterRules, PlansCountClusters) {
  const std::string rule = "{name: r, metric: m, at_least: 0.9}";
  const PartPlan enough = PlanOn(rule, PlannedClusters(29, 10));
  EXPECT_TRUE(enough.can_pass);
  EXPECT_EQ(enough.clusters, 29);
  EXPECT_EQ(enough.passes_from, 1) << "with as many as it takes, none may fail";
  EXPECT_THAT(enough.assumes, HasSubstr("290 cases tell as much as 153 independent ones (design effect 1.9)"));
  const PartPlan few = PlanOn(rule, PlannedClusters(28, 10));
  EXPECT_FALSE(few.can_pass);
  EXPECT_GT(*few.cases_to_pass, 280);
  EXPECT_LE(*few.cases_to_pass, 290);
  const PartPlan one = PlanOn(rule, PlannedClusters(1, 100));
  EXPECT_FALSE(one.can_pass);
  EXPECT_FALSE(one.can_fail);
  EXPECT_FALSE(PlanOn("{name: r, metric: m, non_inferior: {margin: 0.02}}", PlannedClusters(148, 3)).can_pass);
  EXPECT_TRUE(PlanOn("{name: r, metric: m, non_inferior: {margin: 0.02}}", PlannedClusters(149, 3)).can_pass);
}

TEST(Observations, ClustersAreOfEveryCase) {
  auto suite = *SuiteObservations::Make(3, 1, {}, {});
  EXPECT_FALSE(suite.HasClusters());
  EXPECT_FALSE(suite.SetClusters({0, 1}));
  EXPECT_FALSE(suite.SetClusters({0, 1, 3}));
  EXPECT_TRUE(suite.SetClusters({0, 1, 1}));
  EXPECT_TRUE(suite.HasClusters());
  EXPECT_EQ(suite.clusters(), 2);
}

}  // namespace
}  // namespace assay
