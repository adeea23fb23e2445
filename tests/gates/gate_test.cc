// How a gate combines its rules, and what must hold for the gate as a whole.

#include "gates/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::DecideOn;
using ::testing::ElementsAre;
using testing::EvidenceText;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeEvidence;
using testing::MakeGate;
using testing::OutcomeOn;

// Rules on 100 cases of which 95 pass.
const char kPasses[] = "{name: passes, metric: m, at_least: 0.8}";
const char kFails[] = "{name: fails, metric: m, at_least: 0.999}";
const char kUndecided[] = "{name: undecided, metric: m, at_least: 0.94}";
const char kBroken[] = "{name: broken, metric: absent, at_least: 0.5}";

SuiteEvidence Evidence() {
  EvidenceText text;
  text.cases = "95 x 1; 5 x 0";
  return MakeEvidence(text);
}

TEST(Worse, OrdersTheStates) {
  const VerdictState order[] = {VerdictState::kPass, VerdictState::kInconclusive, VerdictState::kError,
                                VerdictState::kPending, VerdictState::kFail};
  for (std::size_t a = 0; a < std::size(order); ++a) {
    for (std::size_t b = 0; b < std::size(order); ++b) {
      EXPECT_EQ(Worse(order[a], order[b]), order[std::max(a, b)]);
    }
  }
}

TEST(Decide, TheWorstBlockingRuleIsTheVerdict) {
  struct Row {
    std::vector<std::string> rules;
    VerdictState state;
    std::vector<std::string> deciding;
  };
  for (const Row& row : {Row{{kPasses}, VerdictState::kPass, {"passes"}},
                         Row{{kPasses, kUndecided}, VerdictState::kInconclusive, {"undecided"}},
                         Row{{kUndecided, kBroken, kPasses}, VerdictState::kError, {"broken"}},
                         Row{{kPasses, kBroken, kFails, kUndecided}, VerdictState::kFail, {"fails"}}}) {
    const Verdict verdict = DecideOn({Evidence()}, row.rules);
    EXPECT_EQ(verdict.state, row.state) << verdict.reason;
    EXPECT_EQ(verdict.deciding_rules, row.deciding);
    EXPECT_THAT(verdict.reason, HasSubstr(row.deciding[0] + ": "));
  }
}

TEST(Decide, AdvisoryRulesNeverChangeTheState) {
  const Verdict verdict = DecideOn({Evidence()}, {kPasses, "{name: a, metric: m, at_least: 0.999, role: advisory}",
                                                  "{name: b, metric: absent, at_least: 0.5, role: advisory}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_EQ(verdict.rules[1].state, VerdictState::kFail);
  EXPECT_FALSE(verdict.rules[1].blocking);
  EXPECT_EQ(verdict.rules[2].state, VerdictState::kError);
  EXPECT_THAT(verdict.deciding_rules, ElementsAre("passes"));
}

TEST(Decide, AGateWithoutABlockingRuleCannotPass) {
  for (const std::vector<std::string>& rules :
       {std::vector<std::string>{}, {"{name: a, metric: m, at_least: 0.8, role: advisory}"}}) {
    const Verdict verdict = DecideOn({Evidence()}, rules);
    EXPECT_EQ(verdict.state, VerdictState::kInconclusive);
    EXPECT_EQ(verdict.reason, "the gate has no blocking rule that judges answers");
  }
}

TEST(Decide, NamesWhatTheVerdictRestsOn) {
  const GateSpec gate = MakeGate({Evidence()}, {kPasses});
  const Time now = *ParseTime("2026-11-24T12:00:00Z");
  const Verdict verdict = Decide(gate, {"sha256:gate", {"model", "1", "sha256:model"}, {Evidence()}}, now);
  EXPECT_EQ(verdict.gate, "g");
  EXPECT_EQ(verdict.gate_version, "sha256:gate");
  EXPECT_EQ(verdict.candidate, (ModelIdentity{"model", "1", "sha256:model"}));
  EXPECT_EQ(verdict.decided_at, now);
  ASSERT_EQ(verdict.suites.size(), 1u);
  EXPECT_EQ(verdict.suites[0].suite_version, "sha256:suite");
  EXPECT_EQ(verdict.suites[0].dataset_version, "sha256:data");
  EXPECT_EQ(verdict.suites[0].run, "run-1");
  EXPECT_EQ(verdict.suites[0].run_state, "complete");
  EXPECT_EQ(verdict.suites[0].counts, (CaseCounts{100, 100, 0, 0, 0, 0, 0}));
  const RuleOutcome& outcome = verdict.rules[0];
  EXPECT_EQ(outcome.kind, "at_least");
  EXPECT_EQ(outcome.metric, "m");
  EXPECT_EQ(outcome.threshold, 0.8);
  EXPECT_EQ(outcome.confidence, 0.95);
  ASSERT_NE(outcome.Deciding(), nullptr);
  EXPECT_THAT(outcome.Deciding()->worst_cases,
              ElementsAre(WorstCase{95, "", 0.0}, WorstCase{96, "", 0.0}, WorstCase{97, "", 0.0},
                          WorstCase{98, "", 0.0}, WorstCase{99, "", 0.0}));
}

TEST(Decide, KeepsAtMostTenWorstCases) {
  const RuleOutcome outcome = OutcomeOn("20 x 1; 15 x 0.5; 15 x 0.25", "{name: r, metric: m, at_least: 0.5}");
  ASSERT_EQ(outcome.parts[0].worst_cases.size(), 10u);
  for (std::int64_t i = 0; i < 10; ++i) {
    EXPECT_EQ(outcome.parts[0].worst_cases[static_cast<std::size_t>(i)], (WorstCase{35 + i, "", 0.25}));
  }
}

TEST(Decide, OnlyFailIsGivenEarly) {
  EvidenceText text;
  text.state = RunState::kRunning;
  struct Row {
    std::string cases;
    VerdictState rule;
    VerdictState verdict;
  };
  for (const Row& row : {Row{"100 x 0; 10 x outstanding", VerdictState::kFail, VerdictState::kFail},
                         Row{"199 x 1; 1 x outstanding", VerdictState::kPass, VerdictState::kPending},
                         Row{"100 x 1", VerdictState::kPass, VerdictState::kPending},
                         Row{"10 x error; 1 x outstanding", VerdictState::kPending, VerdictState::kPending},
                         Row{"10 x unscored; 1 x outstanding", VerdictState::kPending, VerdictState::kPending},
                         Row{"10 x unscored", VerdictState::kPending, VerdictState::kPending}}) {
    text.cases = row.cases;
    const Verdict verdict = DecideOn({MakeEvidence(text)}, {kPasses});
    EXPECT_EQ(verdict.rules[0].state, row.rule) << row.cases;
    EXPECT_EQ(verdict.state, row.verdict) << row.cases;
  }
  // A broken rule is known at once, but ERROR waits.
  text.cases = "10 x 1; 1 x outstanding";
  EXPECT_EQ(DecideOn({MakeEvidence(text)}, {kPasses, kBroken}).state, VerdictState::kPending);
}

TEST(Decide, ARunThatDoesNotExistYetIsPending) {
  SuiteEvidence none;
  none.suite = "s";
  const Verdict verdict = DecideOn({none}, {kPasses, "{name: c, coverage: {of: topic, min_cases: 1, at_least: 1}}"});
  EXPECT_EQ(verdict.state, VerdictState::kPending);
  EXPECT_EQ(verdict.rules[0].state, VerdictState::kPending);
  EXPECT_EQ(verdict.rules[0].reason, "a run has not started");
  EXPECT_EQ(verdict.rules[1].state, VerdictState::kPending);
}

TEST(Decide, ARunThatEndedInAnErrorGivesItsCause) {
  EvidenceText text;
  text.cases = "100 x 1; 5 x outstanding";
  text.state = RunState::kError;
  text.cause = "the first 20 trials ended in errors: 401 unauthorized";
  const Verdict verdict = DecideOn({MakeEvidence(text)}, {kPasses});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("401 unauthorized"));
  EXPECT_EQ(verdict.suites[0].cause, text.cause);
  EXPECT_EQ(verdict.suites[0].counts, (CaseCounts{105, 100, 0, 0, 5, 0, 0}));
}

TEST(Decide, ACancelledRunIsAnError) {
  EvidenceText text;
  text.cases = "100 x 1";
  text.state = RunState::kCancelled;
  const Verdict verdict = DecideOn({MakeEvidence(text)}, {kPasses});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("the run was cancelled"));
}

TEST(Decide, ABrokenRunOfASuiteThatNoRuleUsesStillCannotPass) {
  EvidenceText other;
  other.suite = "other";
  other.cases = "3 x 1";
  other.state = RunState::kError;
  SuiteEvidence unused = MakeEvidence(other);
  unused.observations = *SuiteObservations::Make(3, 1, {{"n", "n"}}, {});
  EXPECT_EQ(DecideOn({Evidence(), unused}, {kPasses}).state, VerdictState::kError);
}

TEST(Decide, EverySuiteThatHasTheMetricMustPass) {
  EvidenceText bad;
  bad.suite = "bad";
  bad.cases = "100 x 0";
  const Verdict verdict = DecideOn({Evidence(), MakeEvidence(bad)}, {kPasses});
  EXPECT_EQ(verdict.state, VerdictState::kFail);
  ASSERT_EQ(verdict.rules[0].parts.size(), 2u);
  EXPECT_EQ(verdict.rules[0].parts[0].state, VerdictState::kPass);
  EXPECT_EQ(verdict.rules[0].Deciding()->suite, "bad");
  EXPECT_THAT(verdict.rules[0].reason, HasSubstr("bad: upper bound"));
}

// The suite "b", all of whose 100 cases pass under this one metric.
SuiteEvidence Other(const MetricShape& metric) {
  EvidenceText text;
  text.suite = "b";
  text.cases = "100 x 1";
  SuiteEvidence evidence = MakeEvidence(text);
  evidence.observations = *SuiteObservations::Make(100, 1, {metric}, {});
  for (std::int64_t ordinal = 0; ordinal < 100; ++ordinal)
    EXPECT_TRUE(evidence.observations.AddScore(0, ordinal, 0, ScoreStatus::kScored, 1, true));
  return evidence;
}

// A rule that meant another metric in each suite would hold one of them to the threshold of the other.
TEST(Decide, ANameThatMeansTwoMetricsIsAnError) {
  const MetricShape others[] = {
      {"m", "another"},
      {"m", "m", Aggregate::kP50},
      {"m", "", Aggregate::kMean, MetricRange::kUnbounded, MetricSource::kLatencyMs},
  };
  for (const MetricShape& other : others) {
    for (const char* rule : {"{name: r, metric: m, at_least: 0.5}", "{name: r, grader: m, at_least: 0.5}"}) {
      const Verdict verdict = DecideOn({Evidence(), Other(other)}, {rule});
      EXPECT_EQ(verdict.state, VerdictState::kError);
      EXPECT_EQ(verdict.rules[0].reason, "\"m\" is not the same metric in suite \"b\" as in suite \"s\"");
    }
  }
  EXPECT_EQ(DecideOn({Evidence(), Other({"m", "m"})}, {kPasses}).state, VerdictState::kPass);
}

TEST(Decide, ARuleSaysOnWhichSuitesItWasNotComputed) {
  const Verdict verdict = DecideOn({Evidence(), Other({"n", "n"})}, {kPasses, "{name: n, grader: n, at_least: 0.5}"});
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_THAT(verdict.rules[0].reason, ::testing::EndsWith("; not computed on suite \"b\", without \"m\""));
  EXPECT_THAT(verdict.rules[1].reason, ::testing::EndsWith("; not computed on suite \"s\", without \"n\""));
}

TEST(Decide, ASuiteThatNoRuleJudgesCannotPass) {
  const Verdict verdict = DecideOn({Evidence(), Other({"n", "n"})}, {kPasses});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_EQ(verdict.reason, "suite \"b\": no blocking rule judges it");
}

TEST(Decide, ASuiteWithoutARunOrWithTwoIsAnError) {
  const GateSpec gate = MakeGate({Evidence()}, {kPasses});
  const Verdict none = Decide(gate, {}, Time{});
  EXPECT_EQ(none.state, VerdictState::kError);
  EXPECT_THAT(none.reason, HasSubstr("suite \"s\": there is no run"));
  GateEvidence two;
  two.suites.push_back(Evidence());
  two.suites.push_back(Evidence());
  EXPECT_EQ(Decide(gate, two, Time{}).state, VerdictState::kError);
  GateSpec empty = gate;
  empty.suites.clear();
  EXPECT_EQ(Decide(empty, {}, Time{}).state, VerdictState::kError);
}

TEST(Decide, TheConservedCountIsChecked) {
  const auto reason_after = [](auto change) {
    SuiteEvidence evidence = Evidence();
    change(evidence);
    const Verdict verdict = DecideOn({std::move(evidence)}, {kPasses});
    EXPECT_EQ(verdict.state, VerdictState::kError);
    EXPECT_EQ(verdict.rules[0].state, VerdictState::kError);
    return verdict.rules[0].reason;
  };
  EXPECT_EQ(reason_after([](SuiteEvidence& e) { e.counts.scored -= 1; }),
            "the run is complete, but only 99 of 100 scheduled trials are accounted for");
  EXPECT_EQ(reason_after([](SuiteEvidence& e) { e.counts.scored += 1; }),
            "101 trials are accounted for, but 100 were scheduled");
  EXPECT_EQ(reason_after([](SuiteEvidence& e) { e.counts.scored = e.counts.scheduled = 99; }),
            "99 trials were scheduled, but the suite has 100 x 1");
  EXPECT_EQ(reason_after([](SuiteEvidence& e) {
              e.counts.error = -1;
              e.counts.scored += 1;
            }),
            "a count of the run is negative");
  // A trial that no score row arrived for: the run says scored, the metric has nothing.
  EXPECT_EQ(reason_after([](SuiteEvidence& e) {
              EvidenceText text;
              text.cases = "95 x 1; 4 x 0; 1 x outstanding";
              e.observations = MakeEvidence(text).observations;
            }),
            "metric \"m\" accounts for 99 of 100 trials");
}

TEST(Decide, AFailIsNotProvenByCountsThatDoNotAddUp) {
  EvidenceText text;
  text.cases = "100 x 0";
  SuiteEvidence evidence = MakeEvidence(text);
  evidence.counts.scored = 50;
  EXPECT_EQ(DecideOn({std::move(evidence)}, {kPasses}).state, VerdictState::kError);
}

TEST(Decide, AGraderRuleIsOnTheGradersOwnMetric) {
  EXPECT_EQ(OutcomeOn("100 x 1", "{name: r, grader: m, at_least: 0.9}").state, VerdictState::kPass);
  const RuleOutcome absent = OutcomeOn("100 x 1", "{name: r, grader: other, at_least: 0.9}");
  EXPECT_EQ(absent.state, VerdictState::kError);
  EXPECT_EQ(absent.reason, "no suite of the gate has the grader \"other\"");
  // A metric of that name over another grader is not the grader's.
  SuiteEvidence evidence = Evidence();
  evidence.observations = *SuiteObservations::Make(0, 1, {{"m", "another"}}, {});
  evidence.counts = {};
  EXPECT_EQ(DecideOn({std::move(evidence)}, {"{name: r, grader: m, at_least: 0.9}"}).rules[0].reason,
            "no suite of the gate has the grader \"m\"");
}

TEST(Decide, AnUnknownKindOrConfidenceIsAnError) {
  GateSpec gate = MakeGate({Evidence()}, {kPasses});
  gate.rules[0].kind = "at_lest";
  Verdict verdict = Decide(gate, {"", {}, {Evidence()}}, Time{});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_EQ(verdict.rules[0].reason, "there is no rule kind \"at_lest\"");
  for (const double confidence : {0.0, 0.5, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    gate = MakeGate({Evidence()}, {kPasses});
    gate.rules[0].confidence = confidence;
    EXPECT_EQ(Decide(gate, {"", {}, {Evidence()}}, Time{}).state, VerdictState::kError) << confidence;
  }
}

TEST(Decide, PartsOfARuleAreReportedEach) {
  const RuleOutcome outcome =
      OutcomeOn("40 x 1 @a; 40 x 1 @b; 30 x 0 @c; 30 x 0 @d", "{name: r, metric: m, at_least: 0.8, by: topic}");
  EXPECT_EQ(outcome.state, VerdictState::kFail);
  ASSERT_EQ(outcome.parts.size(), 4u);
  EXPECT_EQ(outcome.parts[0].state, VerdictState::kPass);
  EXPECT_EQ(outcome.parts[3].slice_value, "d");
  EXPECT_THAT(outcome.reason, HasSubstr("topic=c: upper bound"));
  EXPECT_THAT(outcome.reason, HasSubstr("(and 1 more)"));
}

TEST(Decide, OnlyAPassHasAPositiveMargin) {
  struct Row {
    std::string cases;
    std::string rule;
    RunState state = RunState::kComplete;
  };
  for (const Row& row : {Row{"100 x 1", kPasses, RunState::kError}, Row{"100 x 1", kPasses, RunState::kCancelled},
                         Row{"99 x 1; 1 x unscored", "{name: z, grader: m, zero_failures: {max_rate: 0.05}}"},
                         Row{"999 x 1; 1 x 0", "{name: z, grader: m, zero_failures: {max_rate: 0.05}}"},
                         Row{"50 x unscored", "{name: r, metric: m, at_least: 0.01}"},
                         Row{"28 x 1", "{name: r, metric: m, at_least: 0.9}"}}) {
    EvidenceText text;
    text.cases = row.cases;
    text.state = row.state;
    const Verdict verdict = DecideOn({MakeEvidence(text)}, {row.rule});
    EXPECT_NE(verdict.state, VerdictState::kPass);
    EXPECT_LT(verdict.rules[0].parts[0].margin.value_or(-1), 0) << row.cases << " " << row.rule;
  }
  EXPECT_GT(OutcomeOn("100 x 1", kPasses).parts[0].margin.value(), 0);
}

TEST(Decide, WithoutAScoredCaseSaysWhatItWouldNeed) {
  EXPECT_EQ(OutcomeOn("", "{name: r, metric: m, at_least: 0.9}").reason,
            "there is no case; it needs 29 cases at least");
  EXPECT_EQ(OutcomeOn("5 x unscored", "{name: r, metric: m, at_most: 0.05}").reason,
            "no case was scored; it needs 59 cases at least");
  EXPECT_EQ(OutcomeOn("5 x unscored", "{name: r, grader: m, zero_failures: {max_rate: 0.01}}").reason,
            "no case was scored; it needs 299 cases at least");
}

TEST(Decide, ASliceWithThousandsOfValuesIsRefused) {
  const std::int64_t cases = 1001;
  SliceColumn topic("topic", cases);
  for (std::int64_t i = 0; i < cases; ++i) ASSERT_TRUE(topic.Set(i, "v" + std::to_string(i)));
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.state = RunState::kComplete;
  evidence.counts.scheduled = evidence.counts.scored = cases;
  evidence.observations = *SuiteObservations::Make(cases, 1, {{"m", "m"}}, {topic});
  for (std::int64_t i = 0; i < cases; ++i) {
    ASSERT_TRUE(evidence.observations.AddScore(0, i, 0, ScoreStatus::kScored, 1.0, true));
  }
  const Verdict verdict = DecideOn({std::move(evidence)}, {"{name: r, metric: m, at_least: 0.9, by: topic}"});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_EQ(verdict.rules[0].reason, "slice \"topic\" has 1002 values; a rule can be computed by at most 1000");
}

TEST(Decide, OneFailingSliceFailsWhileOthersAreOutstanding) {
  EvidenceText text;
  text.cases = "30 x 0 @a; 30 x outstanding @b";
  text.state = RunState::kRunning;
  EXPECT_EQ(DecideOn({MakeEvidence(text)}, {"{name: r, metric: m, at_least: 0.8, by: topic}"}).state,
            VerdictState::kFail);
}

TEST(Decide, MoreCasesWouldReallyDecide) {
  const RuleOutcome before = OutcomeOn("93 x 1; 7 x 0", "{name: r, metric: m, at_least: 0.9}");
  ASSERT_EQ(before.state, VerdictState::kInconclusive);
  ASSERT_TRUE(before.parts[0].more_cases.has_value());
  const std::int64_t n = 100 + *before.parts[0].more_cases;
  const std::int64_t ones = n * 93 / 100;
  const auto after = [](std::int64_t good, std::int64_t bad) {
    return OutcomeOn(std::to_string(good) + " x 1; " + std::to_string(bad) + " x 0",
                     "{name: r, metric: m, at_least: 0.9}")
        .state;
  };
  EXPECT_EQ(after(ones, n - ones), VerdictState::kPass);
  // A candidate below the floor is told how many cases would fail it.
  const RuleOutcome low = OutcomeOn("87 x 1; 13 x 0", "{name: r, metric: m, at_least: 0.9}");
  ASSERT_EQ(low.state, VerdictState::kInconclusive);
  const std::int64_t more = 100 + low.parts[0].more_cases.value();
  EXPECT_EQ(after((more * 87 + 99) / 100, more - (more * 87 + 99) / 100), VerdictState::kFail);
}

}  // namespace
}  // namespace assay
