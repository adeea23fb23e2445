// Ways in which release gates elsewhere let a candidate through without evidence. None of them passes here. Those that
// are known of a system have a number; others are beside them without one.
//
//   #1  Argo        a run that ends before a measurement      ARunStoppedBeforeItMeasuredAnything,
//   ARunStoppedByItsBudget #2  Argo        a metric with no conditions               AGateWithoutConditions #3  Flagger
//   202, still running                        ARunThatIsStillGoingOn #4  Spinnaker   any 2xx without a status
//   AnAnswerWithoutAVerdictInIt #5  Kayenta     a group without data, metrics in error
//   GroupsWithoutDataAndMetricsInError #6  Keptn       NaN                                       NotANumber #7  OPA an
//   undefined rule                         ARuleOnSomethingThatDoesNotExist #8  GitHub      a required check that is
//   skipped          EverythingSkipped #9  GitHub app  an exception in a handler
//   ARuleThatCannotBeComputedBesideOneThatPasses #10 GitLab      an external check that fails
//   ASuiteWhoseRunBrokeBesideOneThatPasses #11 GrowthBook  inconclusive at the end InconclusiveAtTheEnd #12 eval CI
//   errors, or empty results                  NothingButErrorsAndNothingAtAll #13 promptfoo   a case that always fails,
//   in a mean       ACaseThatAlwaysFailsUnderAnAggregatePassRate #14 hindsight   only failures are judged again
//   ATrialCountedTwice #15 Inspect     one cluster, fewer than two cases         NoVarianceIsNoCertainty,
//   OneClusterTellsNothingOfOthers #16 statgate    differences that are all equal            PairsWithoutADifference
//   #17 Kyverno     a waiver that has expired                 AnExpiredWaiver

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "gates/waivers.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::DecideOn;
using testing::EvidenceText;
using testing::MakeEvidence;
using testing::OutcomeOn;

const char kFloor[] = "{name: r, metric: m, at_least: 0.5}";

VerdictState StateOf(const std::string& cases, RunState state, const std::string& rule = kFloor) {
  EvidenceText text;
  text.cases = cases;
  text.state = state;
  return DecideOn({MakeEvidence(text)}, {rule}).state;
}

// #1. Terminated before a measurement counts as successful.
TEST(FailOpen, ARunStoppedBeforeItMeasuredAnything) {
  EXPECT_EQ(StateOf("50 x outstanding", RunState::kCancelled), VerdictState::kError);
  EXPECT_EQ(StateOf("50 x outstanding", RunState::kError), VerdictState::kError);
  EXPECT_EQ(StateOf("40 x 1; 1 x outstanding", RunState::kCancelled), VerdictState::kError);
}

// What was measured before the money ran out is no sample of the whole.
TEST(FailOpen, ARunStoppedByItsBudget) {
  EXPECT_EQ(StateOf("900 x 1; 100 x skipped", RunState::kStopped), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("1000 x 1", RunState::kStopped), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("50 x skipped", RunState::kStopped), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("900 x 0; 100 x skipped", RunState::kStopped), VerdictState::kFail);
}

// #2. A metric without conditions is successful.
TEST(FailOpen, AGateWithoutConditions) {
  EvidenceText text;
  text.cases = "50 x 1";
  EXPECT_EQ(DecideOn({MakeEvidence(text)}, {}).state, VerdictState::kInconclusive);
}

// #3. Accepted and still running is a pass.
TEST(FailOpen, ARunThatIsStillGoingOn) {
  EXPECT_EQ(StateOf("50 x 1", RunState::kRunning), VerdictState::kPending);
  EXPECT_EQ(StateOf("50 x 1", RunState::kPending), VerdictState::kPending);
}

// #5. A group without data scores 100, metrics in error are left out.
TEST(FailOpen, GroupsWithoutDataAndMetricsInError) {
  const std::string by_topic = "{name: r, metric: m, at_least: 0.5, by: topic}";
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x unscored @b", RunState::kComplete, by_topic), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x error @b", RunState::kComplete, by_topic), VerdictState::kError);
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x skipped @b", RunState::kComplete, by_topic), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x error", RunState::kComplete, by_topic), VerdictState::kError);
}

// #6. NaN compares false with everything and so passes.
TEST(FailOpen, NotANumber) {
  for (const double broken : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity()}) {
    for (const MetricRange range : {MetricRange::kUnit, MetricRange::kUnbounded}) {
      EvidenceText text;
      text.cases = "50 x outstanding";
      text.range = range;
      SuiteEvidence evidence = MakeEvidence(text);
      evidence.counts.scored = 50;
      for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(evidence.observations.AddScore(0, i, 0, ScoreStatus::kScored, broken, true));
      }
      EXPECT_EQ(DecideOn({evidence}, {"{name: r, metric: m, at_least: 0.5}"}).state, VerdictState::kError);
      EXPECT_EQ(DecideOn({evidence}, {"{name: r, metric: m, at_most: 0.5}"}).state, VerdictState::kError);
      EXPECT_EQ(DecideOn({evidence}, {"{name: r, grader: m, zero_failures: {max_rate: 0.5}}"}).state,
                VerdictState::kError);
    }
  }
}

// #7. An undefined rule answers with nothing, and clients default to allow.
TEST(FailOpen, ARuleOnSomethingThatDoesNotExist) {
  EXPECT_EQ(OutcomeOn("50 x 1", "{name: r, metric: absent, at_least: 0.5}").state, VerdictState::kError);
  EXPECT_EQ(OutcomeOn("50 x 1", "{name: r, metric: m, at_least: 0.5, by: absent}").state, VerdictState::kError);
  EXPECT_EQ(OutcomeOn("50 x 1", "{name: r, coverage: {of: absent, min_cases: 1, at_least: 1}}").state,
            VerdictState::kError);
}

// #8. A skipped check lets the merge through.
TEST(FailOpen, EverythingSkipped) {
  EXPECT_EQ(StateOf("50 x skipped", RunState::kComplete), VerdictState::kInconclusive);
}

// #11. Inconclusive at the end of the window ships.
TEST(FailOpen, InconclusiveAtTheEnd) {
  EXPECT_EQ(StateOf("3 x 1", RunState::kComplete, "{name: r, metric: m, at_least: 0.9}"), VerdictState::kInconclusive);
}

// #12. An authentication error or an empty result exits with 0.
TEST(FailOpen, NothingButErrorsAndNothingAtAll) {
  EXPECT_EQ(StateOf("50 x error", RunState::kComplete), VerdictState::kError);
  EXPECT_EQ(StateOf("", RunState::kComplete), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("", RunState::kComplete, "{name: r, metric: m, at_most: 0.99}"), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("", RunState::kComplete, "{name: r, metric: m, at_least: 0.01}"), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("", RunState::kComplete, "{name: r, metric: m, at_least: 0.5, by: topic}"),
            VerdictState::kInconclusive);
}

// A pass rate over trials masks the case that always fails: trials of one case are one unit.
TEST(FailOpen, ManyTrialsOfFewCases) {
  EXPECT_EQ(OutcomeOn("3 x 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "{name: r, metric: m, at_least: 0.9}").state,
            VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("100 x 1,1; 1 x 0,0", "{name: r, grader: m, zero_failures: {max_rate: 0.1}}").state,
            VerdictState::kFail);
}

// #14. Judging only the failures again counts a trial twice: the second row is refused.
TEST(FailOpen, ATrialCountedTwice) {
  EvidenceText text;
  text.cases = "1 x 0";
  SuiteEvidence evidence = MakeEvidence(text);
  EXPECT_FALSE(evidence.observations.AddScore(0, 0, 0, ScoreStatus::kScored, 1.0, true));
}

// A threshold that every candidate meets is a gate that is always open.
TEST(FailOpen, AThresholdThatAlwaysHolds) {
  for (const char* rule : {"{name: r, metric: m, at_least: 0}", "{name: r, metric: m, at_most: 1}"}) {
    const RuleOutcome outcome = OutcomeOn("50 x 1; 50 x 0", rule);
    EXPECT_EQ(outcome.state, VerdictState::kError) << rule;
    EXPECT_THAT(outcome.reason, ::testing::HasSubstr("holds for every candidate, since metric \"m\" lies in [0, 1]"));
  }
}

// Repeated trials: one worse case of 200 passed a floor that 200 perfect ones do not reach.
TEST(FailOpen, OneWorseCaseDoesNotHelp) {
  const char* rule = "{name: r, metric: m, at_least: 0.9855}";
  EXPECT_EQ(OutcomeOn("200 x 1,1,1", rule).state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("199 x 1,1,1; 1 x 1,1,0", rule).state, VerdictState::kInconclusive);
}

// A suite that only an advisory rule looks at cannot block anything.
TEST(FailOpen, ASuiteUnderAdvisoryRulesOnly) {
  EvidenceText other;
  other.suite = "t";
  other.cases = "100 x 0";
  SuiteEvidence second = MakeEvidence(other);
  second.observations = *SuiteObservations::Make(0, 1, {{"n", "n"}}, {});
  second.counts = {};
  EvidenceText first;
  first.cases = "100 x 1";
  const Verdict verdict =
      DecideOn({MakeEvidence(first), std::move(second)},
               {"{name: r, metric: m, at_least: 0.9}", "{name: a, metric: n, at_least: 0.9, role: advisory}"});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_EQ(verdict.reason, "suite \"t\": no blocking rule judges it");
}

// The mean of two trials hides a request in two that is too slow.
TEST(FailOpen, AQuantileOfCaseMeans) {
  EvidenceText text;
  text.range = MetricRange::kUnbounded;
  text.aggregate = Aggregate::kP95;
  text.cases = "200 x 100,400";
  const RuleOutcome outcome = DecideOn({MakeEvidence(text)}, {"{name: r, metric: m, at_most: 300}"}).rules.at(0);
  EXPECT_EQ(outcome.state, VerdictState::kFail);
  EXPECT_EQ(outcome.reason, "lower bound 400 > 300 (p95 400 over 200 cases)");
}

// #15. One unit, or no variance, gives an interval without width.
TEST(FailOpen, NoVarianceIsNoCertainty) {
  for (const char* rule :
       {"{name: r, metric: m, at_least: 0.01}", "{name: r, metric: m, at_most: 0.99}",
        "{name: r, grader: m, zero_failures: {max_rate: 0.99}}", "{name: r, expression: \"m >= 0.01\"}",
        "{name: r, metric: m, per_case_floor: {at_least: 0.9, share: 0.01}}"}) {
    for (const char* one : {"1 x 1", "1 x 1,1,1", "1 x 0.99"}) {
      const RuleOutcome outcome = OutcomeOn(one, rule);
      EXPECT_EQ(outcome.state, VerdictState::kInconclusive) << rule << " of " << one;
    }
    EXPECT_THAT(OutcomeOn("1 x 1", rule).reason,
                ::testing::StartsWith("1 case tells nothing of others: needs at least 2 cases"))
        << rule;
  }
  const RuleOutcome compared =
      testing::ComparisonOn("1 x 1", "1 x 0", "{name: r, metric: m, non_inferior: {margin: 0.99}}");
  EXPECT_EQ(compared.state, VerdictState::kInconclusive);
  EXPECT_EQ(compared.parts.at(0).estimate.lower, std::nullopt);
  EXPECT_EQ(OutcomeOn("10 x 1,1,1", "{name: r, metric: m, at_least: 0.9}").state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("100 x 0.92", "{name: r, metric: m, at_least: 0.9}").state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("100 x 0.08", "{name: r, metric: m, at_most: 0.1}").state, VerdictState::kInconclusive);
  EvidenceText text;
  text.range = MetricRange::kUnbounded;
  text.cases = "100 x 900";
  EXPECT_EQ(DecideOn({MakeEvidence(text)}, {"{name: r, metric: m, at_most: 2000}"}).state, VerdictState::kInconclusive);
}

// #13. promptfoo 9066, 5847: a case that always fails is masked by the pass rate over all.
TEST(FailOpen, ACaseThatAlwaysFailsUnderAnAggregatePassRate) {
  const char* cases = "299 x 1,1,1; 1 x 0,0,0";
  EXPECT_EQ(OutcomeOn(cases, "{name: r, metric: m, at_least: 0.95}").state, VerdictState::kPass);
  const RuleOutcome floor = OutcomeOn(cases, "{name: r, metric: m, per_case_floor: {at_least: 0.5}}");
  EXPECT_EQ(floor.state, VerdictState::kFail);
  ASSERT_EQ(floor.parts.at(0).worst_cases.size(), 1u);
  EXPECT_EQ(floor.parts[0].worst_cases[0].ordinal, 299);
  // Nor may what is missing hide it.
  EXPECT_EQ(OutcomeOn("299 x 1,1,1; 1 x 0,error,error", "{name: r, metric: m, per_case_floor: {at_least: 0.5}}").state,
            VerdictState::kError);
}

// #4. A 2xx without a status in it passes: that something answered is no measurement.
TEST(FailOpen, AnAnswerWithoutAVerdictInIt) {
  SuiteEvidence evidence = MakeEvidence({.cases = "50 x outstanding"});
  evidence.counts.scored = 50;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(evidence.observations.AddTrial(i, 0, TrialStatus::kScored));
  EXPECT_EQ(DecideOn({evidence}, {kFloor}).state, VerdictState::kError);
  EXPECT_EQ(DecideOn({evidence}, {"{name: r, metric: m, per_case_floor: {at_least: 0.5}}"}).state,
            VerdictState::kError);
  EXPECT_EQ(DecideOn({evidence}, {"{name: r, expression: m >= 0.5}"}).state, VerdictState::kError);
}

// #9. An exception in the handler of one project approves.
TEST(FailOpen, ARuleThatCannotBeComputedBesideOneThatPasses) {
  const std::vector<SuiteEvidence> evidence{MakeEvidence({.cases = "100 x 1"})};
  for (const char* kind : {"no_such_rule", "at_least", "budget"}) {
    GateSpec gate = testing::MakeGate(evidence, {"{name: good, metric: m, at_least: 0.5}", kFloor});
    gate.rules[1].kind = kind;
    gate.rules[1].option = Node();
    const Verdict verdict = Decide(gate, {"", {}, evidence}, Time{});
    EXPECT_EQ(verdict.state, VerdictState::kError) << kind;
    EXPECT_THAT(verdict.deciding_rules, ::testing::ElementsAre("r"));
  }
}

// #10. A check that failed to run does not hold the merge back unless somebody set that it should.
TEST(FailOpen, ASuiteWhoseRunBrokeBesideOneThatPasses) {
  const SuiteEvidence broken =
      MakeEvidence({.suite = "t", .cases = "100 x outstanding", .state = RunState::kError, .cause = "401"});
  EXPECT_EQ(DecideOn({MakeEvidence({.cases = "100 x 1"}), broken}, {kFloor}).state, VerdictState::kError);
}

// #15. However many cases it has.
TEST(FailOpen, OneClusterTellsNothingOfOthers) {
  for (const char* rule : {"{name: r, metric: m, at_least: 0.01}", "{name: r, metric: m, at_most: 0.99}",
                           "{name: r, grader: m, zero_failures: {max_rate: 0.99}}"}) {
    EXPECT_EQ(OutcomeOn("500 x 1 %a", rule).state, VerdictState::kInconclusive) << rule;
    EXPECT_EQ(OutcomeOn("500 x 0.5 %a", rule).state, VerdictState::kInconclusive) << rule;
  }
  EXPECT_EQ(OutcomeOn("500 x 1 %a", "{name: r, metric: m, at_least: 0.01}").reason,
            "all 500 cases are of one cluster, which tells nothing of others");
}

// #16. All differences of pairs are equal: no variance, no interval, and the smallest suite ships.
TEST(FailOpen, PairsWithoutADifference) {
  EXPECT_EQ(testing::ComparisonOn("3 x 1", "3 x 1", "{name: r, metric: m, non_inferior: {margin: 0.05}}").state,
            VerdictState::kInconclusive);
  EXPECT_EQ(testing::ComparisonOn("3 x 1", "3 x 1", "{name: r, metric: m, equivalent: {margin: 0.05}}").state,
            VerdictState::kInconclusive);
  EXPECT_EQ(testing::ComparisonOn("3 x 1", "3 x 1", "{name: r, metric: m, superior: {}}").state,
            VerdictState::kInconclusive);
  const EvidenceText slow{.cases = "100 x 900", .range = MetricRange::kUnbounded, .source = MetricSource::kLatencyMs};
  EXPECT_EQ(
      DecideOn({MakeEvidence(slow)}, {"{name: r, metric: m, non_inferior: {margin: 100}}"}, {MakeEvidence(slow)}).state,
      VerdictState::kInconclusive);
}

// A baseline that passes nothing can lose nothing.
TEST(FailOpen, NoNewFailuresOfABaselineThatPassesNothing) {
  EXPECT_EQ(testing::ComparisonOn("50 x 0", "50 x 0", "{name: r, grader: m, no_new_failures: {}}").state,
            VerdictState::kInconclusive);
  EXPECT_EQ(testing::ComparisonOn("50 x 0", "50 x error", "{name: r, grader: m, no_new_failures: {}}").state,
            VerdictState::kError);
}

// How old a run is and what it cost say nothing of its answers.
TEST(FailOpen, RulesOnRunsJudgeNoSuite) {
  SuiteEvidence good = MakeEvidence({.suite = "good", .cases = "100 x 1"});
  SuiteEvidence bad = MakeEvidence({.suite = "bad", .cases = "100 x 0"});
  for (SuiteEvidence* run : {&good, &bad}) {
    run->started = run->oldest = Time{} - std::chrono::hours(1);
    run->cost_usd = 1;
  }
  const std::string recent = "{name: recent, freshness: {max_age: 7d}}";
  const std::string cheap = "{name: cheap, budget: {usd: 5}}";
  const Verdict alone = DecideOn({bad}, {recent, cheap});
  EXPECT_EQ(alone.state, VerdictState::kInconclusive);
  EXPECT_EQ(alone.reason, "the gate has no blocking rule that judges answers");
  bad.observations = *SuiteObservations::Make(100, 1, {{.name = "other", .grader = "other"}}, {});
  for (std::int64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(bad.observations.AddScore(0, i, 0, ScoreStatus::kScored, 0, false));
  }
  const Verdict guarded = DecideOn({good, bad}, {"{name: floor, metric: m, at_least: 0.9}", recent, cheap});
  EXPECT_EQ(guarded.state, VerdictState::kError);
  EXPECT_EQ(guarded.reason, "suite \"bad\": no blocking rule judges it");
}

// How many cases were scored says nothing of what the scores are: all of these fail.
TEST(FailOpen, CoverageIsNoEvidenceOfQuality) {
  const char* const covered = "{name: c, coverage: {of: topic, min_cases: 5, at_least: 1}}";
  const Verdict alone = DecideOn({MakeEvidence({.cases = "50 x 0 @a"})}, {covered});
  EXPECT_EQ(alone.rules.at(0).state, VerdictState::kPass);
  EXPECT_EQ(alone.state, VerdictState::kInconclusive);
  EXPECT_EQ(alone.reason, "the gate has no blocking rule that judges answers");
  const std::string shown = "{name: r, metric: m, at_least: 0.5, role: advisory}";
  EXPECT_EQ(DecideOn({MakeEvidence({.cases = "50 x 0 @a"})}, {covered, shown}).state, VerdictState::kInconclusive);
  EXPECT_EQ(DecideOn({MakeEvidence({.cases = "50 x 1 @a"})}, {covered, kFloor}).state, VerdictState::kPass);
}

// A gate on times alone is what somebody may want, and says what it does not look at.
TEST(FailOpen, TimesAloneAreNoQualityAndTheVerdictSaysSo) {
  const EvidenceText fast{.cases = "100 x 50",
                          .aggregate = Aggregate::kP95,
                          .range = MetricRange::kUnbounded,
                          .source = MetricSource::kLatencyMs};
  const Verdict verdict = DecideOn({MakeEvidence(fast)}, {"{name: r, metric: m, at_most: 2000}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  EXPECT_THAT(
      verdict.warnings,
      ::testing::ElementsAre("suite \"s\": no blocking rule looks at what the answers say, only at how long they "
                             "took, how long they are or what they cost"));
}

// It found nothing against the one case it looked at.
TEST(FailOpen, ASingleCaseThatPassesIsNoSampleAndTheVerdictSaysSo) {
  const Verdict verdict =
      DecideOn({MakeEvidence({.cases = "1 x 1"})}, {"{name: r, metric: m, per_case_floor: {at_least: 0.5}}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  EXPECT_THAT(
      verdict.warnings,
      ::testing::ElementsAre("suite \"s\": its blocking rules judge each case by itself, which a single case can "
                             "pass; a rule that bounds a rate (at_least, zero_failures), or coverage, says how many "
                             "it takes"));
}

// Facts of a run that nobody recorded, or that cannot be.
TEST(FailOpen, AgeAndCostThatAreNotKnown) {
  SuiteEvidence run = MakeEvidence({.cases = "100 x 1"});
  const auto state = [&](const char* rule) {
    return DecideOn({run}, {rule, "{name: good, metric: m, at_least: 0.5}"}).state;
  };
  const char* const fresh = "{name: r, freshness: {max_age: 7d}}";
  const char* const cheap = "{name: r, budget: {usd: 5}}";
  EXPECT_EQ(state(fresh), VerdictState::kInconclusive);
  EXPECT_EQ(state(cheap), VerdictState::kInconclusive);
  run.started = run.oldest = Time{} + std::chrono::hours(1);  // after the verdict
  EXPECT_EQ(state(fresh), VerdictState::kInconclusive);
  run.started = run.oldest = Time{} - std::chrono::hours(1);
  EXPECT_EQ(state(fresh), VerdictState::kPass);
  run.oldest.reset();
  EXPECT_EQ(state(fresh), VerdictState::kInconclusive);
  for (const double cost : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -1.0}) {
    run.cost_usd = cost;
    EXPECT_EQ(state(cheap), VerdictState::kInconclusive) << cost;
  }
  run.cost_usd = 1;
  run.unanswered_usd = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(state(cheap), VerdictState::kInconclusive);
}

// A metric in an expression that nothing was measured of, or that is no number.
TEST(FailOpen, AnExpressionWithAMetricWithoutData) {
  const auto state = [](const std::string& second) {
    return DecideOn({MakeEvidence({.cases = "100 x 1", .second = second})}, {"{name: r, expression: m - n >= 0.5}"})
        .state;
  };
  EXPECT_EQ(state("100 x 0"), VerdictState::kPass);
  EXPECT_EQ(state("100 x unscored"), VerdictState::kInconclusive);
  EXPECT_EQ(state("100 x left_out"), VerdictState::kInconclusive);
  EXPECT_EQ(state("100 x error"), VerdictState::kError);
  EXPECT_EQ(state("100 x nan"), VerdictState::kError);
  // 0 * nothing is nothing, and still no evidence.
  EXPECT_EQ(DecideOn({MakeEvidence({.cases = "100 x 1", .second = "100 x unscored"})},
                     {"{name: r, expression: m + 0 * n >= 0.5}"})
                .state,
            VerdictState::kInconclusive);
}

// #17. A waiver whose time is over is honoured by whoever does not look at the time. One function looks, for all.
TEST(FailOpen, AnExpiredWaiver) {
  const Time now = *ParseTime("2026-11-24T12:00:00Z");
  Verdict verdict = DecideOn({MakeEvidence({.cases = "10 x 1; 90 x 0"})}, {kFloor});
  verdict.origin = {.verdict = "v-1", .check = "c-1", .project = "default", .sequence = 1, .version = "1"};
  const WaiverRequest request{.requester = "ann",
                              .rules = {"r"},
                              .reason = "known",
                              .ticket = "T-1",
                              .expires_at = now + std::chrono::hours(24)};
  auto waiver = MakeWaiver(verdict, request, kLongestWaiver, now);
  ASSERT_TRUE(waiver) << waiver.error().message;
  waiver->id = "w-1";
  waiver->approvals.push_back({"bob", now, ""});
  ApplyWaivers("default", std::vector{*waiver}, request.expires_at - Duration(1), verdict);
  EXPECT_EQ(verdict.Decision(), VerdictState::kPass);
  ApplyWaivers("default", std::vector{*waiver}, request.expires_at, verdict);
  EXPECT_EQ(verdict.Decision(), VerdictState::kFail);
  EXPECT_TRUE(verdict.waivers.empty());
  EXPECT_EQ(StateAt(*waiver, request.expires_at), WaiverState::kExpired);
}

// The run that had moved becomes part of what the next one is held against, until asking again is enough.
TEST(FailOpen, ADriftThatIsAskedAboutAgain) {
  for (const char* method : {"ewma", "cusum", "page_hinkley"}) {
    for (const char* moved_to : {"60 x 1; 40 x 0", "100 x 0"}) {
      SuiteEvidence evidence = MakeEvidence({.cases = moved_to});
      for (const double value : {0.9, 0.92, 0.88, 0.9, 0.91, 0.89, 0.9, 0.9})
        evidence.history.push_back({.run = "earlier", .metrics = {{"m", value}}});
      const double moved = moved_to[0] == '6' ? 0.6 : 0;
      const std::string rule = "{name: r, metric: m, drift: {method: " + std::string(method) + "}}";
      for (int asked = 1; asked <= 120; ++asked) {
        const RuleOutcome outcome = DecideOn({evidence}, {rule}).rules.at(0);
        ASSERT_EQ(outcome.state, VerdictState::kInconclusive) << method << ", asked " << asked << outcome.reason;
        evidence.history.push_back({.run = "moved", .metrics = {{"m", moved}}});
        // By hand, in between, nearer to what it was.
        evidence.history.push_back({.run = "moved", .metrics = {{"m", (moved + 0.9) / 2}}});
      }
    }
  }
}

// The newest runs are all of what it has fallen to, by hand and unseen, before a check asks for the first time; and
// those between them and the first are read no more.
TEST(FailOpen, ADriftThatIsBuriedUnderRuns) {
  for (const char* method : {"ewma", "cusum", "page_hinkley"}) {
    for (const int good : {8, 20, 100, 150}) {
      SuiteEvidence evidence = MakeEvidence({.cases = "80 x 1; 20 x 0"});
      const double values[] = {0.9, 0.92, 0.88, 0.9, 0.91, 0.89, 0.9, 0.9};
      for (int i = 0; i < good; ++i) evidence.history.push_back({.run = "earlier", .metrics = {{"m", values[i % 8]}}});
      for (int i = 0; i < 100; ++i) evidence.history.push_back({.run = "by hand", .metrics = {{"m", 0.8}}});
      const RuleOutcome outcome =
          DecideOn({evidence}, {"{name: r, metric: m, drift: {method: " + std::string(method) + "}}"}).rules.at(0);
      EXPECT_EQ(outcome.state, VerdictState::kInconclusive) << method << ", " << good << ": " << outcome.reason;
    }
  }
}

// In steps of which none is an alarm by itself: what is measured by the newest runs walks with them.
TEST(FailOpen, ADriftInSmallSteps) {
  for (const char* method : {"ewma", "cusum", "page_hinkley"}) {
    SuiteEvidence evidence = MakeEvidence({.cases = "80 x 1; 20 x 0"});
    const double values[] = {0.01, -0.01, 0.02, -0.02, 0, 0.01, -0.01, 0};
    for (int i = 0; i < 200; ++i) {
      const double walked = i < 20 ? 0 : 0.1 * (i - 20) / 180;
      evidence.history.push_back({.run = "earlier", .metrics = {{"m", 0.9 - walked + values[i % 8]}}});
    }
    const RuleOutcome outcome =
        DecideOn({evidence}, {"{name: r, metric: m, drift: {method: " + std::string(method) + "}}"}).rules.at(0);
    EXPECT_EQ(outcome.state, VerdictState::kInconclusive) << method << ": " << outcome.reason;
  }
}

}  // namespace
}  // namespace assay
