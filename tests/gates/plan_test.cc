// What a gate can decide is told before it is run, and agrees with what it then decides.

#include "gates/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/stored_spread.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

PlannedSuite SuiteOf(const std::vector<std::pair<std::string, int>>& topics, Aggregate aggregate = Aggregate::kMean,
                     MetricRange range = MetricRange::kUnit) {
  int cases = 0;
  for (const auto& [topic, count] : topics) cases += count;
  SliceColumn column("topic", cases);
  std::int64_t ordinal = 0;
  for (const auto& [topic, count] : topics) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(column.Set(ordinal++, topic));
  }
  return {"s", *SuiteObservations::Make(
                   cases, 1, {{.name = "m", .grader = "m", .aggregate = aggregate, .range = range}}, {column})};
}

RulePlan PlanOf(const std::string& rule, const PlannedSuite& suite) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.rules = {testing::MakeRuleSpec(rule)};
  return PlanGate(gate, {suite}).at(0);
}

PartPlan PartOf(const std::string& rule, int cases) { return PlanOf(rule, SuiteOf({{"a", cases}})).parts.at(0); }

TEST(Plan, SaysHowManyCasesARuleNeeds) {
  EXPECT_EQ(PartOf("{name: r, metric: m, at_least: 0.9}", 100).cases_to_pass, 29);
  EXPECT_EQ(PartOf("{name: r, metric: m, at_most: 0.1}", 100).cases_to_pass, 29);
  EXPECT_EQ(PartOf("{name: r, grader: m, zero_failures: {max_rate: 0.01}}", 100).cases_to_pass, 299);
  EXPECT_EQ(PartOf("{name: r, metric: m, non_inferior: {margin: 0.02}}", 100).cases_to_pass, 149);
  EXPECT_FALSE(PartOf("{name: r, metric: m, non_inferior: {margin: 0.02}}", 148).can_pass);
  EXPECT_EQ(
      PlanOf("{name: r, metric: m, at_most: 2000}", SuiteOf({{"a", 50}}, Aggregate::kP95, MetricRange::kUnbounded))
          .parts.at(0)
          .cases_to_pass,
      59);
}

TEST(Plan, FindsRulesThatNothingCouldPass) {
  const RulePlan plan = PlanOf("{name: r, metric: m, at_least: 0.9, by: topic}", SuiteOf({{"a", 40}, {"b", 20}}));
  EXPECT_EQ(plan.asks, ">= 0.9");
  ASSERT_EQ(plan.parts.size(), 2u);
  EXPECT_TRUE(plan.parts[0].can_pass);
  EXPECT_FALSE(plan.parts[1].can_pass);
  EXPECT_TRUE(plan.parts[1].can_fail);
  EXPECT_EQ(plan.parts[1].slice_value, "b");
  EXPECT_FALSE(PartOf("{name: r, coverage: {of: topic, min_cases: 30, at_least: 1}}", 20).can_pass);
  EXPECT_TRUE(PartOf("{name: r, coverage: {of: topic, min_cases: 20, at_least: 1}}", 20).can_pass);
}

TEST(Plan, FindsAFloorAndACeilingThatExcludeEachOther) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  const auto warning_beside = [&](const std::string& ceiling) {
    gate.rules = {testing::MakeRuleSpec("{name: floor, metric: m, at_least: 0.5, by: topic}"),
                  testing::MakeRuleSpec(ceiling)};
    const std::vector<RulePlan> plans = PlanGate(gate, {SuiteOf({{"a", 100}})});
    EXPECT_EQ(plans.at(1).parts.at(0).warning, "");
    return plans.at(0).parts.at(0).warning;
  };
  EXPECT_EQ(warning_beside("{name: cap, metric: m, at_most: 0.5}"),
            "nothing can pass it beside rule \"cap\", which asks for at most 0.5 of the same metric");
  EXPECT_EQ(warning_beside("{name: cap, metric: m, at_most: 0.51}"), "");
  EXPECT_EQ(warning_beside("{name: cap, metric: m, at_most: 0.1, role: advisory}"), "");
  EXPECT_EQ(warning_beside("{name: cap, grader: m, at_most: 0.1}"), "") << "not the same to the letter";
}

TEST(Plan, SaysThatTrialsAreTakenToComeOutAlike) {
  const auto plan_of = [](int trials) {
    PlannedSuite suite{"s", *SuiteObservations::Make(100, trials, {{.name = "m", .grader = "m"}}, {})};
    return PlanOf("{name: r, metric: m, at_least: 0.9}", suite).parts.at(0);
  };
  EXPECT_EQ(plan_of(1).assumes, "");
  EXPECT_EQ(plan_of(3).assumes, "the 3 trials of a case come out alike");
}

// Their outcome depends on when the run is made, and on those before it.
TEST(Plan, OfRulesOnARunPromisesNothing) {
  for (const char* rule :
       {"{name: r, metric: m, drift: {}}", "{name: r, freshness: {max_age: 7d}}", "{name: r, budget: {usd: 5}}"}) {
    const RulePlan plan = PlanOf(rule, SuiteOf({{"a", 40}}));
    ASSERT_EQ(plan.parts.size(), 1u) << rule;
    EXPECT_TRUE(plan.parts[0].can_pass) << rule;
    EXPECT_TRUE(plan.parts[0].can_fail) << rule;
    EXPECT_EQ(plan.parts[0].cases_to_pass, std::nullopt) << rule;
    EXPECT_EQ(plan.problem, "") << rule;
  }
}

TEST(Plan, NamesWhatKeepsARuleFromBeingComputed) {
  EXPECT_EQ(PlanOf("{name: r, metric: other, at_least: 0.9}", SuiteOf({{"a", 9}})).problem,
            "no suite of the gate has \"other\"");
  EXPECT_EQ(PlanOf("{name: r, metric: m, at_least: 0.9, by: lang}", SuiteOf({{"a", 9}})).parts.at(0).problem,
            "the suite has no slice \"lang\"");
  EXPECT_THAT(PlanOf("{name: r, metric: m, at_most: 9}", SuiteOf({{"a", 9}}, Aggregate::kMean, MetricRange::kUnbounded))
                  .parts.at(0)
                  .remark,
              HasSubstr("depends on how much they vary"));
}

// The rates that a plan names are those at which verdicts pass and fail in 80 % of runs.
TEST(Plan, AgreesWithWhatGatesDecide) {
  constexpr int kCases = 120;
  constexpr int kRounds = 400;
  for (const std::string rule : {"{name: r, metric: m, at_least: 0.85}", "{name: r, metric: m, at_most: 0.3}",
                                 "{name: r, grader: m, zero_failures: {max_rate: 0.05}}"}) {
    const PartPlan plan = PartOf(rule, kCases);
    ASSERT_TRUE(plan.passes_from && plan.fails_to) << rule;
    Random random(11);
    const auto share_of = [&](double rate, VerdictState wanted) {
      int found = 0;
      for (int round = 0; round < kRounds; ++round) {
        int passing = 0;
        for (int i = 0; i < kCases; ++i) passing += random.Uniform() < rate;
        const std::string cases = std::to_string(passing) + " x 1; " + std::to_string(kCases - passing) + " x 0";
        found += testing::OutcomeOn(cases, rule).state == wanted;
      }
      return static_cast<double>(found) / kRounds;
    };
    const double slack = 3 * std::sqrt(0.8 * 0.2 / kRounds);
    EXPECT_NEAR(share_of(*plan.passes_from, VerdictState::kPass), 0.8, slack) << rule;
    EXPECT_NEAR(share_of(*plan.fails_to, VerdictState::kFail), 0.8, slack) << rule;
  }
}

// The share of checks that a comparison passes, or fails, where the models disagree on a tenth of the cases and differ
// by `difference`.
double ShareOf(const std::string& rule, int cases, double difference, VerdictState wanted, std::uint64_t seed) {
  constexpr int kRounds = 300;
  Random random(seed);
  const double up = (PartPlan::kDiscordance + difference) / 2;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    int gains = 0;
    int losses = 0;
    for (int i = 0; i < cases; ++i) {
      const double draw = random.Uniform();
      gains += draw < up;
      losses += draw >= up && draw < PartPlan::kDiscordance;
    }
    const std::string rest = std::to_string(cases - gains - losses) + " x 1";
    const auto text = [&](const char* gain, const char* loss) {
      return rest + (gains > 0 ? "; " + std::to_string(gains) + gain : "") +
             (losses > 0 ? "; " + std::to_string(losses) + loss : "");
    };
    found += testing::ComparisonOn(text(" x 1", " x 0"), text(" x 0", " x 1"), rule).state == wanted;
  }
  return static_cast<double>(found) / kRounds;
}

// Of few cases exactly: the normal approximation is for many disagreements, and 60 cases have six.
TEST(Plan, OfAComparisonOnFewCasesAgreesWithWhatGatesDecide) {
  const double slack = 3 * std::sqrt(0.8 * 0.2 / 300);
  for (const auto& [cases, rule] :
       std::vector<std::pair<int, std::string>>{{60, "{name: r, metric: m, non_inferior: {margin: 0.1}}"},
                                                {150, "{name: r, metric: m, non_inferior: {margin: 0.05}}"},
                                                {300, "{name: r, metric: m, non_inferior: {margin: 0.05}}"},
                                                {100, "{name: r, metric: m, superior: {}}"}}) {
    const PartPlan plan = PartOf(rule, cases);
    ASSERT_TRUE(plan.passes_from) << rule << " " << cases;
    EXPECT_NEAR(ShareOf(rule, cases, *plan.passes_from, VerdictState::kPass, 12), 0.8, slack) << rule << " " << cases;
    if (!plan.fails_to || std::abs(*plan.fails_to) > PartPlan::kDiscordance) continue;
    EXPECT_NEAR(ShareOf(rule, cases, *plan.fails_to, VerdictState::kFail, 13), 0.8, slack) << rule << " " << cases;
  }
  EXPECT_FALSE(PartOf("{name: r, metric: m, non_inferior: {margin: 0.02}}", 20).passes_from)
      << "20 cases cannot show a candidate to be as good that equals the baseline";
}

TEST(Plan, OfAComparisonIsCloseToWhatGatesDecide) {
  const std::string rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}";
  const PartPlan plan = PartOf(rule, 400);
  ASSERT_TRUE(plan.passes_from);
  const double passed = ShareOf(rule, 400, *plan.passes_from, VerdictState::kPass, 12);
  EXPECT_GT(passed, 0.65);
  EXPECT_LT(passed, 0.9);
}

PlannedSuite SuiteOfTwo(int cases, MetricRange second = MetricRange::kUnit) {
  return {"s",
          *SuiteObservations::Make(
              cases, 1, {{.name = "good", .grader = "good"}, {.name = "bad", .grader = "bad", .range = second}}, {})};
}

// With everything at its best it takes what two bounds at half the error rate take.
TEST(Plan, OfAnExpressionTriesItsMetricsAtTheirEnds) {
  const std::string rule = "{name: r, expression: good - bad >= 0.8}";
  const PartPlan plan = PlanOf(rule, SuiteOfTwo(40)).parts.at(0);
  EXPECT_TRUE(plan.can_fail);
  ASSERT_TRUE(plan.cases_to_pass);
  // 0.025^(1/n) - (1 - 0.025^(1/n)) >= 0.8 from n = 36 on.
  EXPECT_EQ(*plan.cases_to_pass, 36);
  EXPECT_TRUE(plan.can_pass);
  EXPECT_FALSE(PlanOf(rule, SuiteOfTwo(35)).parts.at(0).can_pass);
  EXPECT_THAT(plan.assumes, HasSubstr("its metrics move together"));
  const PartPlan unbounded =
      PlanOf("{name: r, expression: good / bad >= 2}", SuiteOfTwo(40, MetricRange::kUnbounded)).parts.at(0);
  EXPECT_THAT(unbounded.remark, HasSubstr("\"bad\" has no bounds"));
  EXPECT_EQ(unbounded.no_pass, "not tried");
  EXPECT_TRUE(unbounded.can_pass);
}

TEST(Plan, WarnsOfAGateThatLooksAtTimesAndCostsOnly) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  PlannedSuite suite{"s", *SuiteObservations::Make(50, 1,
                                                   {{.name = "m", .grader = "m"},
                                                    {.name = "slow",
                                                     .grader = "",
                                                     .aggregate = Aggregate::kP95,
                                                     .range = MetricRange::kUnbounded,
                                                     .source = MetricSource::kLatencyMs}},
                                                   {})};
  gate.rules = {testing::MakeRuleSpec("{name: r, metric: slow, at_most: 2000}"),
                testing::MakeRuleSpec("{name: shown, metric: m, at_least: 0.5, role: advisory}")};
  EXPECT_THAT(WarningsOf(gate, {suite}),
              ::testing::ElementsAre(HasSubstr("no blocking rule looks at what the answers say")));
  gate.rules.push_back(testing::MakeRuleSpec("{name: q, metric: m, at_least: 0.5}"));
  EXPECT_THAT(WarningsOf(gate, {suite}), ::testing::IsEmpty());
}

TEST(Plan, WarnsOfAGateThatASingleCaseCanPass) {
  const PlannedSuite suite{"s", *SuiteObservations::Make(50, 1, {{.name = "m", .grader = "m"}}, {})};
  const auto warnings = [&](const std::vector<const char*>& rules) {
    GateSpec gate;
    gate.suites = {"s"};
    for (const char* rule : rules) gate.rules.push_back(testing::MakeRuleSpec(rule));
    return WarningsOf(gate, {suite});
  };
  const char* const floor = "{name: f, metric: m, per_case_floor: {at_least: 0.5}}";
  const char* const none_new = "{name: n, grader: m, no_new_failures: {allow: 0}}";
  EXPECT_THAT(warnings({floor, none_new}), ::testing::ElementsAre(HasSubstr("which a single case can pass")));
  EXPECT_THAT(warnings({floor, "{name: shown, metric: m, at_least: 0.5, role: advisory}"}),
              ::testing::ElementsAre(HasSubstr("which a single case can pass")));
  EXPECT_THAT(warnings({floor, "{name: q, metric: m, at_least: 0.5}"}), ::testing::IsEmpty());
  EXPECT_THAT(warnings({floor, "{name: z, grader: m, zero_failures: {max_rate: 0.05}}"}), ::testing::IsEmpty());
  EXPECT_THAT(warnings({"{name: f, metric: m, per_case_floor: {at_least: 0.5, share: 0.9}}"}), ::testing::IsEmpty());
  EXPECT_THAT(warnings({none_new, "{name: c, coverage: {of: topic, min_cases: 5, at_least: 1}}"}),
              ::testing::IsEmpty());
}

TEST(Plan, WarnsOfABlockingRuleOnAMeanWithoutBounds) {
  GateSpec gate;
  gate.suites = {"s"};
  const PlannedSuite suite{
      "s", *SuiteObservations::Make(
               50, 1,
               {{.name = "m", .grader = "m"},
                {.name = "slow", .grader = "", .range = MetricRange::kUnbounded, .source = MetricSource::kLatencyMs}},
               {})};
  gate.rules = {testing::MakeRuleSpec("{name: q, metric: m, at_least: 0.5}"),
                testing::MakeRuleSpec("{name: r, metric: slow, at_most: 2000}")};
  EXPECT_THAT(WarningsOf(gate, {suite}),
              ::testing::ElementsAre(HasSubstr("rule \"r\": the mean of values without bounds")));
  gate.rules[1].role = RuleRole::kAdvisory;
  EXPECT_THAT(WarningsOf(gate, {suite}), ::testing::IsEmpty());
}

StoredValues Stored(const std::string& source, const std::vector<std::optional<double>>& values) {
  return {.source = source, .values = values};
}

TEST(StoredSpread, IsThatOfTheCasesThatHaveAValue) {
  const MetricSpread spread = SpreadOfStored(Stored("run a", {1, 1, 0, std::nullopt, 1}), nullptr, {}, false);
  EXPECT_EQ(spread.source, "run a");
  EXPECT_EQ(spread.mean, 0.75);
  EXPECT_EQ(spread.deviation, 0.5);
  EXPECT_EQ(spread.intracluster, std::nullopt);
  EXPECT_EQ(spread.discordance, std::nullopt);
  EXPECT_EQ(SpreadOfStored(Stored("run a", {1, std::nullopt}), nullptr, {}, false).source, "") << "one tells nothing";
  const MetricSpread same = SpreadOfStored(Stored("run a", {1, 1, 1}), nullptr, {}, false);
  EXPECT_EQ(same.mean, 1);
  EXPECT_EQ(same.deviation, std::nullopt) << "none is no deviation to plan with";
}

TEST(StoredSpread, OfClustersIsHowAlikeTheirCasesAre) {
  const std::vector<std::uint32_t> clusters{0, 0, 1, 1};
  EXPECT_EQ(SpreadOfStored(Stored("run a", {1, 1, 0, 0}), nullptr, clusters, false).intracluster, 1);
  EXPECT_EQ(SpreadOfStored(Stored("run a", {1, 0, 1, 0}), nullptr, clusters, false).intracluster, 0);
  // Means 0.75 and 0.25: between 0.25, within 0.125, of two each.
  EXPECT_NEAR(*SpreadOfStored(Stored("run a", {1, 0.5, 0.5, 0}), nullptr, clusters, true).intracluster, 1.0 / 3, 1e-12);
  EXPECT_EQ(SpreadOfStored(Stored("run a", {1, 0}), nullptr, std::vector<std::uint32_t>{0, 1}, false).intracluster,
            std::nullopt);
}

TEST(StoredSpread, OfTwoRunsIsHowMuchTheyDiffer) {
  const StoredValues newest = Stored("run b", std::vector<std::optional<double>>(12, 1.0));
  StoredValues other = Stored("run a", std::vector<std::optional<double>>(12, 1.0));
  for (const std::size_t i : {0, 1, 2}) other.values[i] = 0;
  const MetricSpread spread = SpreadOfStored(newest, &other, {}, false);
  EXPECT_EQ(spread.discordance, 0.25);
  EXPECT_NEAR(*spread.difference_deviation, std::sqrt(0.25 * 0.75 * 12 / 11), 1e-12);
  EXPECT_EQ(spread.pair, "run b and run a");
  EXPECT_EQ(SpreadOfStored(newest, &newest, {}, false).discordance, 1.0 / 13) << "no difference is no proof of none";
  for (std::size_t i = 0; i < 3; ++i) other.values[i].reset();
  EXPECT_EQ(SpreadOfStored(newest, &other, {}, false).discordance, std::nullopt) << "nine cases are too few";
}

// What was assumed of all models is what these two do.
TEST(Plan, TakesWhatStoredRunsShow) {
  const std::string rule = "{name: r, metric: m, non_inferior: {margin: 0.05}}";
  PlannedSuite suite = SuiteOf({{"a", 200}});
  const PartPlan assumed = PlanOf(rule, suite).parts.at(0);
  EXPECT_EQ(assumed.basis, "");
  EXPECT_THAT(assumed.assumes, HasSubstr("the models disagree on 10 % of the cases"));
  suite.spreads = {{.mean = 0.9, .source = "run b", .discordance = 0.02, .pair = "run b and run a"}};
  const PartPlan seen = PlanOf(rule, suite).parts.at(0);
  EXPECT_EQ(seen.basis, "run b");
  EXPECT_THAT(seen.assumes, HasSubstr("the models disagree on 2 % of the cases, as run b and run a do"));
  EXPECT_THAT(seen.remark, HasSubstr("it was 0.9 in run b"));
  ASSERT_TRUE(assumed.passes_from && seen.passes_from);
  EXPECT_LT(*seen.passes_from, *assumed.passes_from) << "who seldom disagrees shows it on fewer cases";
}

TEST(Plan, OfAHistorySaysHowManyRunsThereAre) {
  PlannedSuite suite = SuiteOf({{"a", 200}});
  suite.earlier_runs = 5;
  const PartPlan plan = PlanOf("{name: r, metric: m, drift: {}}", suite).parts.at(0);
  EXPECT_EQ(plan.needs, "8 earlier runs");
  EXPECT_THAT(plan.remark, HasSubstr("; there are 5"));
  EXPECT_FALSE(plan.can_pass);
  EXPECT_EQ(plan.warning, "cannot pass yet: of 8 earlier complete runs of the model by the suite 3 are missing");
}

}  // namespace
}  // namespace assay
