// Rules `by` slices hold the baseline against what it was in each of their values: what falls in one of twenty is
// hidden among what the others do by chance.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/daemon/control_alarms.h"

namespace assay {
namespace {

using testing::ControlAlarms;
using ::testing::HasSubstr;

constexpr int kSlicedCases = 200;
constexpr int kInGerman = 20;

class ControlSlices : public ControlAlarms {
 protected:
  void SetUp() override {
    ControlAlarms::SetUp();
    std::string cases;
    for (int i = 0; i < kSlicedCases; ++i) {
      const std::string language = i < kInGerman ? "de" : "en";
      cases += "{\"id\":\"c" + Number(i) + "\",\"question\":\"q" + Number(i) + " " + language +
               "\",\"kind\":\"usual\",\"language\":\"" + language + "\"}\n";
    }
    files_.Write("catalog/many.jsonl", cases);
    Write({.suite = kBoth, .gates = kGates});
    spared_ = "quick";
    drifted_cases_ = SomeFrom(50);
  }

  // Other cases in English are wrong than were, as by chance, and all in German.
  void FallInGerman() {
    drifted_ = " de";
    drifted_cases_ = SomeFrom(120);
  }
  void Return() {
    drifted_ = nullptr;
    drifted_cases_ = SomeFrom(50);
  }

  static std::string Number(int i) { return std::to_string(1000 + i); }
  static std::vector<std::string> SomeFrom(int first) {
    std::vector<std::string> cases;
    for (int i = first; i < first + 30; ++i) cases.push_back("q" + Number(i) + " ");
    return cases;
  }

  static constexpr char kBoth[] = "slices: [kind, language]\n";
  static constexpr char kGates[] = R"(---
kind: Gate
name: by-slices
suites: [u]
interleave: true
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, grader: answer, by: language, non_inferior: {margin: 0.3}}]
---
kind: Gate
name: apart
suites: [u]
baseline: {model: quick, version: "1"}
rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.3}}]
)";
};

TEST_F(ControlSlices, AreEachHeldAgainstWhatTheyWere) {
  ASSERT_EQ(Of(Ask("by-slices")).state, VerdictState::kPass);
  FallInGerman();
  const CheckStatus fallen = Ask("by-slices");
  ASSERT_EQ(Of(fallen).state, VerdictState::kInconclusive) << "the candidate is better than what has fallen";
  ASSERT_EQ(Of(fallen).controls.size(), 3u);
  EXPECT_FALSE(Of(fallen).controls[0].has_moved) << "of all cases";
  EXPECT_TRUE(Of(fallen).controls[1].has_moved);
  EXPECT_EQ(Of(fallen).controls[1].slice_value, "de");
  EXPECT_FALSE(Of(fallen).controls[2].has_moved);
  EXPECT_THAT(fallen.reason, HasSubstr("\"answer\" in language=de of the baseline was 1 in run "));
  ExpectReplays(fallen);
}

// Of a slice, too, it holds gates that do not name it, until a comparison of that slice excludes it.
TEST_F(ControlSlices, OfAnAlarmHoldEveryGate) {
  ASSERT_EQ(Of(Ask("by-slices")).state, VerdictState::kPass);
  ASSERT_EQ(Of(Ask("apart")).state, VerdictState::kPass);
  FallInGerman();
  const CheckStatus alarm = Ask("by-slices");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);

  const CheckStatus apart = Ask("apart");
  EXPECT_EQ(Of(apart).state, VerdictState::kInconclusive) << apart.reason;
  EXPECT_EQ(AlarmOf(apart), alarm.check.verdict_id);
  EXPECT_THAT(apart.reason, HasSubstr("found \"answer\" in language=de of the baseline moved by -1 in run"));
  EXPECT_THAT(apart.reason, HasSubstr("on 20 cases"));
  ExpectReplays(apart);

  const ControlledPart in_german{.metric = "answer", .slice = "language", .slice_value = "de"};
  const CheckStatus beside = Ask("beside");
  EXPECT_EQ(Of(beside).state, VerdictState::kInconclusive) << beside.reason;
  EXPECT_EQ(PastOf(beside).alarmed, std::vector<ControlledPart>{in_german});
  ASSERT_EQ(Of(beside).controls.size(), 2u);
  EXPECT_EQ(Of(beside).controls[1].Part(), in_german);
  EXPECT_TRUE(Of(beside).controls[1].has_moved);
  ExpectReplays(beside);

  Return();
  const CheckStatus returned = Ask("beside");
  EXPECT_EQ(Of(returned).state, VerdictState::kPass) << returned.reason;
  ExpectReplays(returned);
  EXPECT_EQ(Of(Ask("by-slices")).state, VerdictState::kPass);
  EXPECT_EQ(Of(Ask("apart")).state, VerdictState::kPass);
}

// Verdicts that looked at all cases only say nothing of a slice: their runs are no measure of it.
TEST_F(ControlSlices, AreNotMeasuredByRunsInWhichNobodyLookedAtThem) {
  ASSERT_EQ(Of(Ask("by-slices")).state, VerdictState::kPass);
  FallInGerman();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass) << "not seen in the mean";
  const CheckStatus found = Ask("by-slices");
  EXPECT_EQ(Of(found).state, VerdictState::kInconclusive) << found.reason;
  EXPECT_EQ(Of(found).controls.at(1).earlier_runs, 1);
  EXPECT_DOUBLE_EQ(Of(found).controls.at(1).before.value_or(0), 1);
  ExpectReplays(found);
}

// Nothing is known of a slice that the suite has not: the one that has it is waited for.
TEST_F(ControlSlices, ThatASuiteHasNotWaitForTheOneThatHasThem) {
  ASSERT_EQ(Of(Ask("by-slices")).state, VerdictState::kPass);
  FallInGerman();
  const CheckStatus alarm = Ask("by-slices");
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  Return();
  Write({});
  const CheckStatus held = Ask("beside");
  EXPECT_EQ(Of(held).state, VerdictState::kInconclusive) << held.reason;
  EXPECT_EQ(AlarmOf(held), alarm.check.verdict_id);
  EXPECT_TRUE(PastOf(held).alarm.value_or(StandingAlarm()).is_elsewhere);
  ExpectReplays(held);
  Write({.suite = kBoth, .gates = kGates});
  EXPECT_EQ(Of(Ask("by-slices")).state, VerdictState::kPass);
  Write({});
  const CheckStatus after = Ask("beside");
  EXPECT_EQ(Of(after).state, VerdictState::kPass) << after.reason;
  ExpectReplays(after);
}

}  // namespace
}  // namespace assay
