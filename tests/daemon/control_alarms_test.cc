// What ends an alarm of a baseline that had moved, and what does not: a verdict that does not exclude that it is still
// there settles nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/daemon/control_alarms.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::ControlAlarms;
using ::testing::HasSubstr;

// The moved cases have no answer: what is left is what it was.
TEST_F(ControlAlarms, StandThroughAnOutage) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("beside");
  ASSERT_TRUE(Of(alarm).controls.at(0).has_moved);
  EXPECT_DOUBLE_EQ(*Of(alarm).controls[0].now - *Of(alarm).controls[0].before, -0.1);
  broken_ = "3 odd";
  const CheckStatus outage = Ask("beside");
  EXPECT_NE(Of(outage).state, VerdictState::kPass) << outage.reason;
  ASSERT_FALSE(Of(outage).controls.empty());
  EXPECT_FALSE(Of(outage).controls[0].has_moved);
  EXPECT_DOUBLE_EQ(*Of(outage).controls[0].missing, 0.1);
  EXPECT_EQ(AlarmOf(outage), alarm.check.verdict_id);
  broken_ = nullptr;
  const CheckStatus after = Ask("beside");
  EXPECT_EQ(Of(after).state, VerdictState::kInconclusive) << after.reason;
  EXPECT_TRUE(Of(after).controls.at(0).has_moved) << "the run with errors is no measure";
  Recover();
  const CheckStatus recovered = Ask("beside");
  EXPECT_EQ(Of(recovered).state, VerdictState::kPass) << recovered.reason;
  EXPECT_FALSE(PastOf(recovered).alarm);
  ExpectReplays(recovered);
}

// On 100 cases a move of a tenth is not seen, and that it is gone neither.
TEST_F(ControlAlarms, AreNotForgottenByShorterGates) {
  Write({.gates = R"(---
kind: Gate
name: beside-some
suites: [u]
max_n: 40
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: floor, grader: answer, at_least: 0.3}]
)"});
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  ASSERT_EQ(Of(Ask("beside-some")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("beside");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  for (int i = 0; i < 3; ++i) {
    const CheckStatus some = Ask("beside-some");
    ASSERT_FALSE(Of(some).controls.empty());
    EXPECT_FALSE(Of(some).controls[0].has_moved);
    ExpectHeld(some, alarm);
  }
  EXPECT_TRUE(Of(Ask("beside")).controls.at(0).has_moved);
  Recover();
  EXPECT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  EXPECT_EQ(Of(Ask("beside-some")).state, VerdictState::kPass);
}

TEST_F(ControlAlarms, StandWhateverIsEditedOfAGateThatStopsEarly) {
  ASSERT_EQ(Of(Ask("beside-early")).state, VerdictState::kPass);
  DriftFar();
  const CheckStatus alarm = Ask("beside-early");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive) << alarm.reason;
  const std::string early = R"(---
kind: Gate
name: another-early
description: of other words
suites: [u]
stop: early
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.12}}]
)";
  // Other slices make another order of the cases.
  const Edit edits[] = {{.gates = early},
                        {.suite = "slices: [kind]\nowner: ann\n", .gates = early},
                        {.suite = "slices: [kind, id]\n", .gates = early}};
  for (const Edit& edit : edits) {
    Write(edit);
    for (const std::string gate : {"another-early", "beside-early"}) {
      const CheckStatus again = Ask(gate);
      EXPECT_EQ(Of(again).state, VerdictState::kInconclusive) << gate << " " << edit.suite << again.reason;
      EXPECT_FALSE(Of(again).controls.empty()) << gate << " " << edit.suite;
      ExpectReplays(again);
    }
  }
  Recover();
  EXPECT_EQ(Of(Ask("another-early")).state, VerdictState::kPass);
  EXPECT_EQ(Of(Ask("beside-early")).state, VerdictState::kPass);
}

// Few clusters say nothing of a move, and what they do not say is no end of the alarm for those who count cases.
TEST_F(ControlAlarms, AreNotEndedByBoundsThatSeeNothing) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  DriftFar();
  const CheckStatus alarm = Ask("beside");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  Write({.suite = "slices: [kind]\ncluster: kind\n"});
  const CheckStatus clustered = Ask("beside");
  EXPECT_EQ(Of(clustered).state, VerdictState::kInconclusive) << clustered.reason;
  EXPECT_EQ(AlarmOf(clustered), alarm.check.verdict_id);
  Write({});
  const CheckStatus again = Ask("beside");
  EXPECT_EQ(Of(again).state, VerdictState::kInconclusive) << again.reason;
  EXPECT_TRUE(Of(again).controls.at(0).has_moved);
}

// Nothing can be compared with what was asked otherwise: what the baseline is now is accepted by another version of it.
TEST_F(ControlAlarms, OfAnotherVersionOfTheSuiteStandUntilTheBaselineIsAnotherVersion) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("beside");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  std::ofstream(files_.path() / "catalog/many.jsonl", std::ios::app)
      << "{\"id\":\"more\",\"question\":\"one more\",\"kind\":\"usual\"}\n";
  work_->catalog.Reload();
  for (int i = 0; i < 2; ++i) {
    const CheckStatus other = Ask("beside");
    EXPECT_TRUE(PastOf(other).alarm.value_or(StandingAlarm()).is_elsewhere);
    EXPECT_THAT(other.reason, HasSubstr("accept what the baseline is now by another version of it"));
    ExpectHeld(other, alarm);
  }
  files_.Write("catalog/model-again.yaml",
               "kind: Model\nname: quick\nversion: \"2\"\ndescription: as it is now\nendpoint: {provider: openai-chat, "
               "model: quick, attempts: 1, url: \"" +
                   stub_.url() + "/v1\", limits: {concurrency: 7}}\n");
  Write({.baseline = "\"2\""});
  const CheckStatus accepted = Ask("beside");
  EXPECT_EQ(Of(accepted).state, VerdictState::kPass) << accepted.reason;
  EXPECT_FALSE(PastOf(accepted).alarm);
  EXPECT_THAT(Of(accepted).warnings, Contains(HasSubstr("the baseline has no earlier run that tells")));
}

}  // namespace
}  // namespace assay
