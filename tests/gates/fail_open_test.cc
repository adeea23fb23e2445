// Ways in which release gates elsewhere let a candidate through without evidence. None of them passes here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

// Terminated before a measurement counts as successful.
TEST(FailOpen, ARunStoppedBeforeItMeasuredAnything) {
  EXPECT_EQ(StateOf("50 x outstanding", RunState::kCancelled), VerdictState::kError);
  EXPECT_EQ(StateOf("50 x outstanding", RunState::kError), VerdictState::kError);
  EXPECT_EQ(StateOf("40 x 1; 1 x outstanding", RunState::kCancelled), VerdictState::kError);
}

// A metric without conditions is successful.
TEST(FailOpen, AGateWithoutConditions) {
  EvidenceText text;
  text.cases = "50 x 1";
  EXPECT_EQ(DecideOn({MakeEvidence(text)}, {}).state, VerdictState::kInconclusive);
}

// Accepted and still running is a pass.
TEST(FailOpen, ARunThatIsStillGoingOn) {
  EXPECT_EQ(StateOf("50 x 1", RunState::kRunning), VerdictState::kPending);
  EXPECT_EQ(StateOf("50 x 1", RunState::kPending), VerdictState::kPending);
}

// A group without data scores 100, metrics in error are left out.
TEST(FailOpen, GroupsWithoutDataAndMetricsInError) {
  const std::string by_topic = "{name: r, metric: m, at_least: 0.5, by: topic}";
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x unscored @b", RunState::kComplete, by_topic), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x error @b", RunState::kComplete, by_topic), VerdictState::kError);
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x skipped @b", RunState::kComplete, by_topic), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("50 x 1 @a; 5 x error", RunState::kComplete, by_topic), VerdictState::kError);
}

// NaN compares false with everything and so passes.
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

// An undefined rule answers with nothing, and clients default to allow.
TEST(FailOpen, ARuleOnSomethingThatDoesNotExist) {
  EXPECT_EQ(OutcomeOn("50 x 1", "{name: r, metric: absent, at_least: 0.5}").state, VerdictState::kError);
  EXPECT_EQ(OutcomeOn("50 x 1", "{name: r, metric: m, at_least: 0.5, by: absent}").state, VerdictState::kError);
  EXPECT_EQ(OutcomeOn("50 x 1", "{name: r, coverage: {of: absent, min_cases: 1, at_least: 1}}").state,
            VerdictState::kError);
}

// A skipped check lets the merge through.
TEST(FailOpen, EverythingSkipped) {
  EXPECT_EQ(StateOf("50 x skipped", RunState::kComplete), VerdictState::kInconclusive);
}

// Inconclusive at the end of the window ships.
TEST(FailOpen, InconclusiveAtTheEnd) {
  EXPECT_EQ(StateOf("3 x 1", RunState::kComplete, "{name: r, metric: m, at_least: 0.9}"), VerdictState::kInconclusive);
}

// An authentication error or an empty result exits with 0.
TEST(FailOpen, NothingButErrorsAndNothingAtAll) {
  EXPECT_EQ(StateOf("50 x error", RunState::kComplete), VerdictState::kError);
  EXPECT_EQ(StateOf("", RunState::kComplete), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("", RunState::kComplete, "{name: r, metric: m, at_most: 1}"), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf("", RunState::kComplete, "{name: r, metric: m, at_least: 0}"), VerdictState::kInconclusive);
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

// Judging only the failures again counts a trial twice: the second row is refused.
TEST(FailOpen, ATrialCountedTwice) {
  EvidenceText text;
  text.cases = "1 x 0";
  SuiteEvidence evidence = MakeEvidence(text);
  EXPECT_FALSE(evidence.observations.AddScore(0, 0, 0, ScoreStatus::kScored, 1.0, true));
}

// One unit, or no variance, gives an interval without width.
TEST(FailOpen, NoVarianceIsNoCertainty) {
  EXPECT_EQ(OutcomeOn("1 x 1,1,1", "{name: r, metric: m, at_least: 0.9}").state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("10 x 1,1,1", "{name: r, metric: m, at_least: 0.9}").state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("100 x 0.95", "{name: r, metric: m, at_least: 0.9}").state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("100 x 0.05", "{name: r, metric: m, at_most: 0.1}").state, VerdictState::kInconclusive);
  EvidenceText text;
  text.range = MetricRange::kUnbounded;
  text.cases = "100 x 900";
  EXPECT_EQ(DecideOn({MakeEvidence(text)}, {"{name: r, metric: m, at_most: 2000}"}).state, VerdictState::kInconclusive);
}

}  // namespace
}  // namespace assay
