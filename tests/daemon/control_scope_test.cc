// Whom an alarm of a baseline that had moved holds: every gate on that suite and baseline, whatever it names, however
// it asks, and whenever its answers were drawn. And how an alarm by chance ends.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "daemon/builtin_kinds.h"
#include "daemon/kept_measures.h"
#include "tests/daemon/control_alarms.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::ControlAlarms;
using testing::Eventually;
using ::testing::HasSubstr;

class ControlScope : public ControlAlarms {
 protected:
  void SetUp() override {
    ControlAlarms::SetUp();
    Write({.suite = kNamed, .gates = kMoreGates});
  }

  // Half of the answers of both models is wrong, which 40 cases show.
  void DriftHalf() {
    spared_ = "quick";
    drifted_ = "odd";
  }

  // One draw of both models, whose answers wait until the runs are resumed.
  CheckStatus AskPaused(const std::string& gate) {
    const std::size_t before = work_->AllRuns().size();
    AnswerOnly(0);
    const CheckStatus check = work_->Check(gate, "other@1", true);
    EXPECT_TRUE(Eventually([&] { return work_->AllRuns().size() == before + 2; }));
    for (const RunRecord& run : work_->AllRuns()) {
      if (IsFinal(run.state)) continue;
      paused_.push_back(run.id);
      EXPECT_TRUE(Eventually([&] { return work_->Wait(work_->runs.PauseRun(work_->caller, run.id, "")).has_value(); }));
    }
    AnswerAll();
    return check;
  }
  CheckStatus Resumed(const CheckStatus& check) {
    for (const std::string& run : paused_) EXPECT_TRUE(work_->Wait(work_->runs.ResumeRun(work_->caller, run)));
    return work_->Decided(check.check.id);
  }

  static constexpr char kNamed[] = "slices: [kind]\nmetrics: [{name: accuracy, grader: answer, aggregate: mean}]\n";
  static constexpr char kMoreGates[] = R"(---
kind: Gate
name: of-metric
suites: [u]
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, metric: accuracy, non_inferior: {margin: 0.1}}]
---
kind: Gate
name: of-grader
suites: [u]
max_n: 40
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: floor, grader: answer, at_least: 0.3}]
---
kind: Gate
name: apart
suites: [u]
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]
)";
  std::vector<std::string> paused_;
};

// The metric of a grader under another name is another metric: that an alarm is of is compared too, whatever a gate's
// rules name.
TEST_F(ControlScope, IsEveryMetric) {
  ASSERT_EQ(Of(Ask("of-metric")).state, VerdictState::kPass);
  ASSERT_EQ(Of(Ask("of-grader")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("of-metric");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  ASSERT_EQ(Of(alarm).controls.at(0).metric, "accuracy");
  const CheckStatus held = Ask("of-grader");
  EXPECT_EQ(Of(held).state, VerdictState::kInconclusive) << held.reason;
  EXPECT_EQ(AlarmOf(held), alarm.check.verdict_id);
  EXPECT_EQ(PastOf(held).alarmed, std::vector<ControlledPart>{{.metric = "accuracy"}});
  ASSERT_EQ(Of(held).controls.size(), 2u);
  EXPECT_EQ(Of(held).controls[0].metric, "accuracy");
  EXPECT_EQ(Of(held).controls[1].metric, "answer");
  EXPECT_DOUBLE_EQ(*Of(held).controls[0].error_share, 1) << "as it had when it was raised";
  EXPECT_DOUBLE_EQ(*Of(held).controls[1].error_share, 0.5);
  ExpectReplays(held);
  // One that asks all cases ends it, by a metric that its rules do not name.
  Recover();
  const CheckStatus whole = Ask("beside");
  EXPECT_EQ(Of(whole).state, VerdictState::kPass) << whole.reason;
  EXPECT_EQ(PastOf(whole).alarmed, std::vector<ControlledPart>{{.metric = "accuracy"}});
  ExpectReplays(whole);
  const CheckStatus after = Ask("of-grader");
  EXPECT_EQ(Of(after).state, VerdictState::kPass) << after.reason;
  EXPECT_TRUE(PastOf(after).alarmed.empty());
}

// A verdict that did not look at a metric says nothing of it: its run is no measure of that.
TEST_F(ControlScope, IsNothingThatRunsOfOtherMetricsWereMeasuredBy) {
  const std::string both = "slices: [kind]\nmetrics: [{name: accuracy, grader: answer, aggregate: mean}]\n";
  const std::string gates =
      "---\nkind: Gate\nname: of-form\nsuites: [u]\ninterleave: true\nbaseline: {model: quick, version: \"1\"}\n"
      "rules: [{name: form, grader: form, at_least: 0.3}]\n";
  Write({.suite = both, .gates = gates, .graders = ", {name: form, type: regex, pattern: \"[a-z]+\"}"});
  const CheckStatus first = Ask("beside");
  ASSERT_EQ(Of(first).state, VerdictState::kPass) << first.reason;
  Drift();
  for (int i = 0; i < 3; ++i) {
    const CheckStatus form = Ask("of-form");
    ASSERT_EQ(Of(form).state, VerdictState::kPass) << form.reason;
  }
  const CheckStatus found = Ask("beside");
  EXPECT_EQ(Of(found).state, VerdictState::kInconclusive) << found.reason;
  EXPECT_EQ(Of(found).controls.at(0).earlier_runs, 1);
  EXPECT_EQ(Of(found).controls.at(0).earlier_run, BaselineOf(first));
  ExpectReplays(found);
  Recover();
  const CheckStatus back = Ask("beside");
  EXPECT_EQ(Of(back).state, VerdictState::kPass) << back.reason;
}

// A rule on a grader that is added with it takes nothing away from what is known of the others.
TEST_F(ControlScope, IsEachMetricByItself) {
  const CheckStatus first = Ask("of-grader");
  ASSERT_EQ(Of(first).state, VerdictState::kPass) << first.reason;
  DriftHalf();
  std::string gates = kMoreGates;
  const std::string rules = "rules: [{name: floor, grader: answer, at_least: 0.3}";
  gates.replace(gates.find(rules), rules.size(), rules + ", {name: form, grader: form, at_least: 0.3}");
  Write({.suite = kNamed, .gates = gates, .graders = ", {name: form, type: regex, pattern: \"[a-z]+\"}"});
  const CheckStatus found = Ask("of-grader");
  EXPECT_EQ(Of(found).state, VerdictState::kInconclusive) << found.reason;
  ASSERT_EQ(Of(found).controls.size(), 1u);
  EXPECT_EQ(Of(found).controls[0].metric, "answer");
  EXPECT_EQ(Of(found).controls[0].earlier_run, BaselineOf(first));
  ExpectReplays(found);
  Recover();
  EXPECT_EQ(Of(Ask("of-grader")).state, VerdictState::kPass);
}

TEST_F(ControlScope, IsGatesThatDoNotAskTheBaselineBesideToo) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  ASSERT_EQ(Of(Ask("apart")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("beside");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  const CheckStatus apart = Ask("apart");
  ExpectHeld(apart, alarm);
  EXPECT_TRUE(Of(apart).controls.empty());
  EXPECT_THAT(apart.reason, HasSubstr("ask a gate with `interleave` and as many cases"));
  Recover();
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  const CheckStatus after = Ask("apart");
  EXPECT_EQ(Of(after).state, VerdictState::kPass) << after.reason;
  ExpectReplays(after);
}

// A run that was drawn before that of the alarm, and decided on after it.
TEST_F(ControlScope, IsWhatWasDrawnBeforeTheAlarmToo) {
  ASSERT_EQ(Of(Ask("of-metric")).state, VerdictState::kPass);
  Drift();
  const CheckStatus before = AskPaused("of-grader");
  const CheckStatus alarm = Ask("of-metric");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  const CheckStatus held = Resumed(before);
  EXPECT_EQ(Of(held).state, VerdictState::kInconclusive) << held.reason;
  EXPECT_EQ(AlarmOf(held), alarm.check.verdict_id);
  ExpectReplays(held);
}

// That a later run had come back says nothing of one in the middle.
TEST_F(ControlScope, IsWhatWasDrawnInTheMiddleWhateverCameAfter) {
  ASSERT_EQ(Of(Ask("of-metric")).state, VerdictState::kPass);
  Drift();
  const CheckStatus middle = AskPaused("of-grader");
  const CheckStatus alarm = Ask("of-metric");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  Recover();
  ASSERT_EQ(Of(Ask("of-metric")).state, VerdictState::kPass);
  Drift();
  const CheckStatus held = Resumed(middle);
  EXPECT_EQ(Of(held).state, VerdictState::kInconclusive) << held.reason;
  EXPECT_EQ(AlarmOf(held), alarm.check.verdict_id);
}

// Who deletes the first run and has started another by hand meanwhile has not chosen what the baseline was.
TEST_F(ControlScope, HasNoMeasureByHandWhereTheFirstRunIsDeleted) {
  const RunRecord first = work_->Ended(work_->StartRun("u", "quick@1").id);
  Drift();
  const RunRecord by_hand = work_->Ended(work_->StartRun("u", "quick@1").id);
  ASSERT_EQ(by_hand.state, RunState::kComplete);
  testing::EditStore(files_, "UPDATE run SET deleted = ended WHERE id = '" + first.id + "'");
  const CheckStatus check = Ask("beside");
  EXPECT_TRUE(Of(check).controls.empty());
  EXPECT_THAT(Of(check).warnings, Contains(HasSubstr("the baseline has no earlier run that tells")));
  const CheckStatus next = Ask("beside");
  ASSERT_EQ(Of(next).controls.size(), 1u);
  EXPECT_EQ(Of(next).controls[0].earlier_run, BaselineOf(check));
  ExpectReplays(next);
}

// No PASS could come of these draws, which is known of their own answers only.
TEST_F(ControlScope, CostsAttemptsOfWhoeverDrawsUnderIt) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("beside");
  ASSERT_TRUE(Of(alarm).controls.at(0).has_moved);
  EXPECT_EQ(Of(alarm).attempt, 1);
  const CheckStatus held = Ask("of-grader");
  ASSERT_EQ(AlarmOf(held), alarm.check.verdict_id);
  EXPECT_EQ(Of(held).attempt, 2);
  EXPECT_EQ(PastOf(held).alarm->attempts, 1);
  EXPECT_THAT(Of(held).warnings,
              Contains(HasSubstr("the alarm stands; it has cost this candidate 1 attempt before this draw, which is "
                                 "another")));
  ExpectReplays(held);
  const CheckStatus again = Ask("of-grader");
  EXPECT_EQ(Of(again).attempt, 3);
  EXPECT_THAT(Of(again).warnings, Contains(HasSubstr("it has cost this candidate 2 attempts before this draw")));
  const CheckStatus of_another = Ask("of-grader", "m@2");
  ASSERT_EQ(AlarmOf(of_another), alarm.check.verdict_id);
  EXPECT_EQ(Of(of_another).attempt, 1);
  EXPECT_THAT(Of(of_another).warnings,
              Contains(HasSubstr("the alarm stands; this draw is the first attempt that it costs this candidate")));
  ExpectReplays(of_another);
  Recover();
  const CheckStatus after = Ask("beside");
  EXPECT_EQ(Of(after).state, VerdictState::kPass) << after.reason;
  EXPECT_EQ(Of(after).attempt, 4);
}

// Also when its gate has a newer verdict, which names another run: without it every later check would be an ERROR.
TEST_F(ControlScope, KeepsTheRunThatTheBaselineMovedFrom) {
  const RunRecord from = work_->Ended(work_->StartRun("u", "quick@1").id);
  const auto refusal = [&] {
    const auto deleted = work_->Wait(work_->runs.DeleteRun(work_->caller, from.id, ""));
    return deleted ? "deleted" : deleted.error().message;
  };
  Drift();
  const CheckStatus alarm = Ask("of-metric");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  std::string apart = kMoreGates;
  const std::string beside = "interleave: true\n";
  apart.erase(apart.find(beside), beside.size());
  Write({.suite = kNamed, .gates = apart});
  const CheckStatus newer = Ask("of-metric");
  ASSERT_EQ(Of(newer).state, VerdictState::kInconclusive);
  EXPECT_TRUE(Of(newer).controls.empty());
  EXPECT_EQ(refusal(), "run " + from.id + " cannot be deleted: verdict " + alarm.check.verdict_id +
                           " found \"accuracy\" of the baseline moved from it, and no verdict since has excluded that");
  Write({.suite = kNamed, .gates = kMoreGates});
  Recover();
  const CheckStatus back = Ask("of-metric");
  ASSERT_EQ(Of(back).state, VerdictState::kPass) << back.reason;
  ASSERT_EQ(Of(back).controls.at(0).earlier_run, from.id);
  EXPECT_EQ(WhatIsMeasuredBy(*work_->store, BuiltinKinds(), from, {.now = SystemClock().Now()}).value_or("?"), "")
      << "the alarm is over, and another run tells what the baseline is";
}

// An alarm by chance, of a run that was held against one that was extreme itself: no single one excludes it.
TEST_F(ControlScope, EndsWithEightInARowThatFindNothing) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  spared_ = "quick";
  const auto wrong = [&](int cases) {
    drifted_cases_.clear();
    for (int i = 0; i < cases; ++i) drifted_cases_.push_back("q" + std::to_string(1000 + i) + " ");
  };
  wrong(16);
  const CheckStatus alarm = Ask("beside");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  ASSERT_TRUE(Of(alarm).controls.at(0).has_moved);
  wrong(8);
  for (int i = 0; i < 8; ++i) {
    const CheckStatus held = Ask("beside");
    ASSERT_FALSE(Of(held).controls.at(0).has_moved);
    ASSERT_EQ(Of(held).state, VerdictState::kInconclusive) << i << held.reason;
    ASSERT_EQ(AlarmOf(held), alarm.check.verdict_id);
  }
  const CheckStatus ended = Ask("beside");
  EXPECT_EQ(Of(ended).state, VerdictState::kPass) << ended.reason;
  EXPECT_FALSE(PastOf(ended).alarm);
}

// Whoever polls a gate gets its last check, which may have been decided before another gate saw the baseline move: in a
// run that is not asked again, so that nothing else makes a new check of it.
TEST_F(ControlScope, IsACheckThatWasDecidedBeforeItWithoutAnyDraw) {
  ASSERT_EQ(Of(Ask("of-grader")).state, VerdictState::kPass);
  const CheckStatus apart = Ask("apart");
  ASSERT_EQ(Of(apart).state, VerdictState::kPass);
  const std::string before = AskedAgain("apart", "other@1");
  ASSERT_EQ(AskedAgain("apart", "other@1"), before);
  DriftHalf();
  const CheckStatus alarm = Ask("of-grader");
  ASSERT_TRUE(Of(alarm).controls.at(0).has_moved);
  const std::size_t runs = work_->AllRuns().size();
  const CheckStatus held = work_->Decided(AskedAgain("apart", "other@1"));
  EXPECT_NE(held.check.id, before);
  EXPECT_EQ(Of(held).attempt, 1);
  EXPECT_EQ(BaselineOf(held), BaselineOf(apart));
  ExpectHeld(held, alarm);
  EXPECT_EQ(AskedAgain("apart", "other@1"), held.check.id) << "nothing has changed since";
  EXPECT_EQ(work_->AllRuns().size(), runs);
  // As soon as another has looked at the baseline the alarm may have ended: here it has.
  Recover();
  const CheckStatus ended = Ask("of-grader");
  ASSERT_EQ(Of(ended).state, VerdictState::kPass) << ended.reason;
  const CheckStatus after = work_->Decided(AskedAgain("apart", "other@1"));
  EXPECT_EQ(Of(after).state, VerdictState::kPass) << after.reason;
  // Whether it had begun when these answers were drawn nothing tells.
  EXPECT_NE(BaselineOf(after), BaselineOf(apart));
  EXPECT_EQ(Of(after).attempt, 3) << "after the two of the other gate";
  EXPECT_EQ(work_->AllRuns().size(), runs + 4) << "two of the check that ended it";
}

TEST_F(ControlScope, IsSuchACheckOfAGateThatAsksTheBaselineBesideToo) {
  ASSERT_EQ(Of(Ask("of-grader")).state, VerdictState::kPass);
  const CheckStatus beside = Ask("beside");
  ASSERT_EQ(Of(beside).state, VerdictState::kPass);
  ASSERT_EQ(AskedAgain("beside", "other@1"), beside.check.id);
  DriftHalf();
  const CheckStatus alarm = Ask("of-grader");
  ASSERT_TRUE(Of(alarm).controls.at(0).has_moved);
  const std::size_t runs = work_->AllRuns().size();
  const CheckStatus held = work_->Decided(AskedAgain("beside", "other@1"));
  EXPECT_NE(held.check.id, beside.check.id);
  EXPECT_EQ(BaselineOf(held), BaselineOf(beside));
  EXPECT_EQ(Of(held).state, VerdictState::kPass) << held.reason;
  EXPECT_FALSE(Of(held).controls.at(0).has_moved) << "which excludes it";
  EXPECT_EQ(AlarmOf(held), "");
  ExpectReplays(held);
  EXPECT_EQ(work_->AllRuns().size(), runs);
}

// What the baseline had moved from was drawn after these answers: they are no matter of the alarm.
TEST_F(ControlScope, IsNoCheckWhoseAnswersWereDrawnBeforeTheBaselineWasLastFoundUnmoved) {
  const CheckStatus beside = Ask("beside");
  ASSERT_EQ(Of(beside).state, VerdictState::kPass);
  ASSERT_EQ(Of(Ask("of-grader")).state, VerdictState::kPass);
  DriftHalf();
  ASSERT_TRUE(Of(Ask("of-grader")).controls.at(0).has_moved);
  const std::size_t runs = work_->AllRuns().size();
  const CheckStatus again = work_->Decided(AskedAgain("beside", "other@1"));
  EXPECT_NE(again.check.id, beside.check.id);
  EXPECT_EQ(Of(again).state, VerdictState::kPass) << again.reason;
  EXPECT_EQ(BaselineOf(again), BaselineOf(beside));
  EXPECT_EQ(AskedAgain("beside", "other@1"), again.check.id);
  EXPECT_EQ(work_->AllRuns().size(), runs);
}

// Another description of the version that the alarm was of is as good as that.
TEST_F(ControlScope, EndsInAnAlikeVersionOfTheSuiteForAllOthers) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask("beside");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  Recover();
  Write({.suite = std::string(kNamed) + "description: of other words\n", .gates = kMoreGates});
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  std::ofstream(files_.path() / "catalog/many.jsonl", std::ios::app)
      << "{\"id\":\"more\",\"question\":\"one more\",\"kind\":\"usual\"}\n";
  work_->catalog.Reload();
  const CheckStatus grown = Ask("beside");
  EXPECT_EQ(Of(grown).state, VerdictState::kPass) << grown.reason;
  EXPECT_FALSE(PastOf(grown).alarm);
}

}  // namespace
}  // namespace assay
