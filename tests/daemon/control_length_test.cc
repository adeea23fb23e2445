// On how many cases a baseline was found to be what it was: what is unmoved on few of them is no measure for many, and
// takes no alarm back that was found on more.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/early_checks.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::EarlyChecks;
using ::testing::HasSubstr;
using ::testing::Not;

class ControlLength : public EarlyChecks {
 protected:
  CheckStatus Ask(const std::string& gate) { return work_->Decided(work_->Check(gate, "other@1", true).check.id); }

  // A fifth of the answers of baseline and candidate alike is wrong: 6 or so of 32, which is no alarm, and 12 of 63.
  void Drift() {
    wrong_ = nullptr;
    spared_ = "quick";
    drifted_ = "3 odd";
    also_drifted_ = "7 odd";
  }
  void Recover() { drifted_ = also_drifted_ = nullptr; }

  static const Verdict& Of(const CheckStatus& check) { return check.verdict->verdict; }
  static const ControlComparison& ControlOf(const CheckStatus& check) { return Of(check).controls.at(0); }
  static std::string BaselineOf(const CheckStatus& check) { return Of(check).baseline_suites.at(0).run; }
};

TEST_F(ControlLength, OfARunIsNoMoreThanWhatItWasFoundUnmovedOn) {
  const CheckStatus good = Ask("beside-early");
  ASSERT_EQ(Of(good).state, VerdictState::kPass);
  ASSERT_EQ(Of(good).look->cases, 63);
  wrong_ = "q1";  // all
  spared_ = "\"quick\"";
  const CheckStatus bad = Ask("beside-early");
  ASSERT_EQ(Of(bad).state, VerdictState::kFail);
  ASSERT_EQ(Of(bad).look->cases, 32);
  EXPECT_EQ(ControlOf(bad).earlier_run, BaselineOf(good));
  EXPECT_EQ(ControlOf(bad).cases, 32);
  EXPECT_FALSE(ControlOf(bad).has_moved);
  ExpectReplays(bad);

  Drift();
  const CheckStatus drifted = Ask("beside-early");
  EXPECT_EQ(Of(drifted).state, VerdictState::kInconclusive) << drifted.reason;
  EXPECT_EQ(ControlOf(drifted).earlier_run, BaselineOf(good)) << "the other was unmoved on 32 cases only";
  EXPECT_TRUE(ControlOf(drifted).has_moved);
  ExpectReplays(drifted);
  const CheckStatus again = Ask("beside-early");
  EXPECT_EQ(Of(again).state, VerdictState::kInconclusive) << again.reason;
  EXPECT_EQ(ControlOf(again).earlier_run, BaselineOf(good));
  ExpectReplays(again);

  Recover();
  const CheckStatus recovered = Ask("beside-early");
  EXPECT_EQ(Of(recovered).state, VerdictState::kPass) << recovered.reason;
  EXPECT_EQ(ControlOf(recovered).earlier_run, BaselineOf(good));
  EXPECT_THAT(Of(recovered).warnings, Not(Contains(HasSubstr("the alarm stands"))));
  ExpectReplays(recovered);
}

// A gate that would be settled on the first cases waits for as many as the alarm was found on, and takes nothing back
// for others.
TEST_F(ControlLength, OfAnotherGateTakesNoAlarmBack) {
  const CheckStatus good = Ask("beside");
  ASSERT_EQ(Of(good).state, VerdictState::kPass);
  Drift();
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kInconclusive);
  const CheckStatus soft = Ask("beside-soft");
  EXPECT_EQ(Of(soft).state, VerdictState::kInconclusive) << soft.reason;
  EXPECT_EQ(Of(soft).look->cases, testing::kEarlyCases);
  EXPECT_EQ(ControlOf(soft).earlier_run, BaselineOf(good));
  ExpectReplays(soft);
  const CheckStatus again = Ask("beside");
  EXPECT_EQ(Of(again).state, VerdictState::kInconclusive) << again.reason;
  EXPECT_EQ(ControlOf(again).earlier_run, BaselineOf(good));
  ExpectReplays(again);
}

// A gate that stops early goes on until what it has seen excludes the alarm, and no further.
TEST_F(ControlLength, IsWhatExcludesTheAlarm) {
  const CheckStatus good = Ask("beside");
  Drift();
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kInconclusive);
  Recover();
  const CheckStatus soft = Ask("beside-soft");
  EXPECT_EQ(Of(soft).state, VerdictState::kPass) << soft.reason;
  EXPECT_EQ(ControlOf(soft).cases, testing::kEarlyCases) << "which it was found on";
  EXPECT_DOUBLE_EQ(*ControlOf(soft).error_share, 0.5);
  EXPECT_GT(*ControlOf(soft).lower, -0.2);
  EXPECT_EQ(ControlOf(soft).earlier_run, BaselineOf(good));
  EXPECT_THAT(Of(soft).warnings, Not(Contains(HasSubstr("the alarm stands"))));
  ExpectReplays(soft);
  const CheckStatus after = Ask("beside-soft");
  EXPECT_EQ(Of(after).look->look, 1) << "no alarm is left";
  EXPECT_EQ(ControlOf(after).earlier_run, BaselineOf(good));
  ExpectReplays(after);
}

// Of verdicts that did not say on how many cases nothing is known that ends an alarm.
TEST_F(ControlLength, OfOldDocumentsEndsNoAlarm) {
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kPass);
  Drift();
  ASSERT_EQ(Of(Ask("beside")).state, VerdictState::kInconclusive);
  Recover();
  const CheckStatus back = Ask("beside");
  ASSERT_EQ(Of(back).state, VerdictState::kPass);
  ASSERT_EQ(Of(Ask("beside-soft")).look->look, 1);
  testing::EditStore(files_,
                     "UPDATE verdict SET document = json_remove(document, '$.controls[0].cases', "
                     "'$.controls[0].error_share', '$.controls[0].missing') WHERE json_array_length(document, "
                     "'$.controls') > 0");
  const CheckStatus held = Ask("beside-soft");
  EXPECT_GT(Of(held).look->look, 1) << "the alarm stands as long as this verdict's own comparison is too short";
}

}  // namespace
}  // namespace assay
