// Editions of a suite: what makes no other questions takes no alarm of the baseline back, and what does is said. And
// checks of a gate with `interleave` that are asked for twice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/daemon/early_checks.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::EarlyChecks;
using ::testing::HasSubstr;
using ::testing::Not;

class ControlVersions : public EarlyChecks {
 protected:
  CheckStatus Ask(bool fresh = true) { return work_->Decided(work_->Check("beside", "other@1", fresh).check.id); }

  void WriteSuite(const std::string& more, const std::string& prompt = "{{question}}",
                  const std::string& graders = "") {
    files_.Write("catalog/u.yaml", "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"" +
                                       prompt + "\"}]\nslices: [kind]\n" + more +
                                       "graders: [{name: answer, type: equals, value: \"yes\"" + options_ + "}" +
                                       graders + "]\n---\n" + std::string(testing::kEarlyGates));
    work_->catalog.Reload();
  }

  std::string options_ = "";  // of the grader

  void Drift() {
    spared_ = "quick";
    drifted_ = "3 odd";
    also_drifted_ = "7 odd";
  }
  void Recover() { drifted_ = also_drifted_ = nullptr; }

  static const Verdict& Of(const CheckStatus& check) { return check.verdict->verdict; }
  static const ControlComparison& ControlOf(const CheckStatus& check) { return Of(check).controls.at(0); }
  static std::string BaselineOf(const CheckStatus& check) { return Of(check).baseline_suites.at(0).run; }
};

TEST_F(ControlVersions, OfASuiteThatAskTheSameTakeNoAlarmBack) {
  const CheckStatus good = Ask();
  ASSERT_EQ(Of(good).state, VerdictState::kPass);
  Drift();
  ASSERT_EQ(Of(Ask()).state, VerdictState::kInconclusive);
  for (const std::string more :
       {"description: other words\nowner: ann\n", "metrics: [{name: share, grader: answer, aggregate: mean}]\n", ""}) {
    // Another dataset version, of the same cases.
    if (more.empty()) std::ofstream(files_.path() / "catalog/many.jsonl", std::ios::app) << "\n";
    WriteSuite(more);
    const CheckStatus again = Ask();
    EXPECT_EQ(Of(again).state, VerdictState::kInconclusive) << more << again.reason;
    ASSERT_FALSE(Of(again).controls.empty()) << more;
    EXPECT_EQ(ControlOf(again).earlier_run, BaselineOf(good)) << more;
    EXPECT_THAT(Of(again).warnings, Not(Contains(HasSubstr("no earlier run")))) << more;
    ExpectReplays(again);
  }
  Recover();
  const CheckStatus recovered = Ask();
  EXPECT_EQ(Of(recovered).state, VerdictState::kPass) << recovered.reason;
  EXPECT_EQ(ControlOf(recovered).earlier_run, BaselineOf(good));
  ExpectReplays(recovered);
  WriteSuite("description: at last\n");
  EXPECT_EQ(ControlOf(Ask()).earlier_run, BaselineOf(good));
}

// No rule names it, so that it says nothing of what was seen.
TEST_F(ControlVersions, WithAGraderMoreTakeNoAlarmBackAndEndIt) {
  const CheckStatus good = Ask();
  ASSERT_EQ(Of(good).state, VerdictState::kPass);
  Drift();
  const CheckStatus alarm = Ask();
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  WriteSuite("", "{{question}}", ", {name: polite, type: contains, value: \"y\", role: report}");
  const CheckStatus held = Ask();
  EXPECT_EQ(Of(held).state, VerdictState::kInconclusive) << held.reason;
  ASSERT_EQ(Of(held).controls.size(), 1u);
  EXPECT_EQ(ControlOf(held).earlier_run, BaselineOf(good));
  EXPECT_TRUE(ControlOf(held).has_moved);
  ExpectReplays(held);
  Recover();
  const CheckStatus recovered = Ask();
  EXPECT_EQ(Of(recovered).state, VerdictState::kPass) << recovered.reason;
  EXPECT_EQ(ControlOf(recovered).earlier_run, BaselineOf(good));
  ExpectReplays(recovered);
  WriteSuite("");
  const CheckStatus without = Ask();
  EXPECT_EQ(Of(without).state, VerdictState::kPass) << without.reason;
  EXPECT_EQ(ControlOf(without).earlier_run, BaselineOf(good));
  ExpectReplays(without);
}

// Nothing can be compared with what was asked otherwise; that version again can be, and ends it.
TEST_F(ControlVersions, ThatAskOtherwiseWaitForTheOneThatHadMoved) {
  Ask();
  Drift();
  const CheckStatus alarm = Ask();
  ASSERT_EQ(Of(alarm).state, VerdictState::kInconclusive);
  WriteSuite("", "Say it: {{question}}");
  Recover();
  const CheckStatus other = Ask();
  EXPECT_EQ(Of(other).state, VerdictState::kInconclusive) << other.reason;
  EXPECT_TRUE(Of(other).controls.empty());
  EXPECT_THAT(Of(other).warnings, Contains(HasSubstr("the baseline has no earlier run that tells")));
  EXPECT_EQ(
      other.reason.find("suite \"u\": verdict " + alarm.check.verdict_id +
                        " found \"answer\" of the baseline moved by -0.2 in run " + BaselineOf(alarm) + " from run "),
      0u)
      << other.reason;
  EXPECT_TRUE(Of(other).baseline_suites[0].past->alarm.value_or(StandingAlarm()).is_elsewhere);
  ExpectReplays(other);
  const CheckStatus second = Ask();
  EXPECT_TRUE(Of(second).controls.empty()) << "what was drawn under an alarm is no measure";
  EXPECT_EQ(Of(second).state, VerdictState::kInconclusive) << second.reason;
  WriteSuite("");
  EXPECT_EQ(Of(Ask()).state, VerdictState::kPass);
  WriteSuite("", "Say it: {{question}}");
  const CheckStatus third = Ask();
  EXPECT_EQ(Of(third).state, VerdictState::kPass) << third.reason;
  EXPECT_THAT(Of(third).warnings, Not(Contains(HasSubstr("found that the baseline had moved"))));
  ExpectReplays(third);
}

// Its first run was drawn while the baseline had moved: held against that, neither version would ever be free.
TEST_F(ControlVersions, FirstAskedUnderAnAlarmAreNotHeldAgainstWhatTheyWereThen) {
  Ask();
  Drift();
  ASSERT_EQ(Of(Ask()).state, VerdictState::kInconclusive);
  WriteSuite("", "Say it: {{question}}");
  ASSERT_EQ(Of(Ask()).state, VerdictState::kInconclusive);
  Recover();
  EXPECT_EQ(Of(Ask()).state, VerdictState::kInconclusive);
  WriteSuite("");
  const CheckStatus back = Ask();
  EXPECT_EQ(Of(back).state, VerdictState::kPass) << back.reason;
  WriteSuite("", "Say it: {{question}}");
  const CheckStatus first = Ask();
  EXPECT_EQ(Of(first).state, VerdictState::kPass) << first.reason;
  EXPECT_TRUE(Of(first).controls.empty());
  const CheckStatus second = Ask();
  EXPECT_EQ(Of(second).state, VerdictState::kPass) << second.reason;
  EXPECT_EQ(ControlOf(second).earlier_run, BaselineOf(first));
  ExpectReplays(second);
}

// What a grader is told is no part of its version, and other options make other scores of the same answers.
TEST_F(ControlVersions, WhoseGraderHasOtherOptionsCannotBeCompared) {
  const CheckStatus good = Ask();
  options_ = ", ignore_case: true";
  WriteSuite("");
  const CheckStatus edited = Ask();
  EXPECT_EQ(Of(edited).state, VerdictState::kPass) << edited.reason;
  EXPECT_TRUE(Of(edited).controls.empty());
  EXPECT_THAT(Of(edited).warnings, Contains(HasSubstr("the baseline has no earlier run that tells")));
  ExpectReplays(edited);
  options_ = ", severity: 2";
  WriteSuite("");
  EXPECT_EQ(ControlOf(Ask()).earlier_run, BaselineOf(good)) << "how grave it is changes no score";
  Drift();
  ASSERT_EQ(Of(Ask()).state, VerdictState::kInconclusive);
  options_ = ", ignore_case: true, trim: true";
  WriteSuite("");
  Recover();
  const CheckStatus held = Ask();
  EXPECT_EQ(Of(held).state, VerdictState::kInconclusive) << held.reason;
  EXPECT_TRUE(Of(held).baseline_suites[0].past->alarm.value_or(StandingAlarm()).is_elsewhere);
}

TEST_F(ControlVersions, AskedForTwiceAreOneDraw) {
  const CheckStatus first = Ask(false);
  const int requests = stub_.requests();
  const CheckStatus again = Ask(false);
  EXPECT_NE(again.check.id, first.check.id);
  EXPECT_NE(again.check.verdict_id, first.check.verdict_id);
  EXPECT_EQ(stub_.requests(), requests);
  ASSERT_EQ(again.runs.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(again.runs[i].run.id, first.runs[i].run.id);
  EXPECT_EQ(Of(again).state, VerdictState::kPass);
  EXPECT_EQ(Of(again).attempt, 1);
  ExpectReplays(again);
  Ask();
  EXPECT_EQ(stub_.requests(), 2 * requests) << "--fresh draws";
}

// INCONCLUSIVE, and the same answers again: no attempt more.
TEST_F(ControlVersions, AskedForTwiceAfterNoPassAreTheSameAttempt) {
  wrong_ = "3 odd";  // as much worse as the margin allows
  spared_ = "\"quick\"";
  const CheckStatus first = Ask(false);
  ASSERT_EQ(Of(first).state, VerdictState::kInconclusive) << first.reason;
  const int requests = stub_.requests();
  const CheckStatus again = Ask(false);
  EXPECT_EQ(Of(again).state, VerdictState::kInconclusive);
  EXPECT_EQ(Of(again).attempt, 1);
  EXPECT_EQ(stub_.requests(), requests);
  const CheckStatus fresh = Ask();
  EXPECT_EQ(Of(fresh).attempt, 2);
}

// Else nobody would see that it is again what it was.
TEST_F(ControlVersions, AskedForTwiceDrawAnewWhereTheBaselineHadMoved) {
  Ask();
  Drift();
  ASSERT_EQ(Of(Ask()).state, VerdictState::kInconclusive);
  Recover();
  const CheckStatus again = Ask(false);
  EXPECT_EQ(Of(again).state, VerdictState::kPass) << again.reason;
  EXPECT_EQ(Of(again).attempt, 2);
}

// And beside an edited suite, or when the baseline was asked for another candidate meanwhile.
TEST_F(ControlVersions, AskedForTwiceDrawAnewWhereSomethingHasChanged) {
  const CheckStatus first = Ask(false);
  work_->Decided(work_->Check("beside", "m@2").check.id);
  const CheckStatus after = Ask(false);
  EXPECT_NE(BaselineOf(after), BaselineOf(first));
  WriteSuite("description: other words\n");
  EXPECT_NE(BaselineOf(Ask(false)), BaselineOf(after));
}

}  // namespace
}  // namespace assay
