// Waivers of checks that stop early, that ask the baseline beside the candidate, and that draw other answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/waivers.h"
#include "tests/daemon/early_checks.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

class WaivedAttempts : public testing::EarlyChecks {
 protected:
  void SetUp() override {
    EarlyChecks::SetUp();
    waivers_ = std::make_unique<Waivers>(
        WaiversContext{.store = *work_->store,
                       .clock = work_->clock,
                       .blocking = work_->blocking.get_executor(),
                       .reading = work_->reading.get_executor(),
                       .approvers = {"bob"},
                       .changed = [this](const Waiver& waiver) { work_->checks.ShowWaived(waiver); }});
  }
  CheckStatus Draw(const std::string& gate, const std::string& candidate) {
    CheckStatus check = work_->Decided(work_->Check(gate, candidate, true).check.id);
    ExpectReplays(check);
    return check;
  }
  std::string Waive(const CheckStatus& check, const std::string& rule) {
    const WaiverArguments arguments{.verdict = check.check.verdict_id,
                                    .rules = {rule},
                                    .reason = "known",
                                    .ticket = "T-1",
                                    .expires_at = work_->clock.Now() + std::chrono::hours(24),
                                    .request = {}};
    const Caller ann{.principal = "ann"};
    const Caller bob{.principal = "bob"};
    const auto asked = work_->Wait(waivers_->RequestWaiver(ann, arguments));
    if (!asked) return asked.error().message;
    const auto approved = work_->Wait(waivers_->ApproveWaiver(bob, asked->waiver.id, "fine"));
    return approved ? "" : approved.error().message;
  }
  VerdictState DecisionOf(const CheckStatus& check) {
    const auto read = work_->Wait(work_->checks.GetVerdict(work_->caller, check.check.verdict_id));
    EXPECT_TRUE(read) << read.error().message;
    return read ? read->verdict.Decision() : VerdictState::kError;
  }

  std::unique_ptr<Waivers> waivers_;
};

TEST_F(WaivedAttempts, HoldWhereTheRestIsNotAsked) {
  AnswerOnly(testing::kEarlyCases / 2);
  wrong_ = "q1";  // all
  const CheckStatus first = Decided("floor");
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kFail);
  ASSERT_EQ(first.verdict->verdict.look->look, 1);
  ASSERT_EQ(Waive(first, "floor"), "");
  EXPECT_EQ(DecisionOf(first), VerdictState::kPass);
  const int requests = stub_.requests();
  const CheckStatus again = Decided("floor");
  EXPECT_EQ(stub_.requests(), requests) << "the run that was ended stands for the check";
  EXPECT_EQ(again.verdict->verdict.state, VerdictState::kFail);
  EXPECT_EQ(again.verdict->verdict.Decision(), VerdictState::kPass);
  EXPECT_EQ(again.verdict->verdict.attempt, 1);
  ExpectReplays(again);
}

TEST_F(WaivedAttempts, AreChargedLikeOthersAndCoverWhatIsNoWorse) {
  wrong_ = "q1";
  const CheckStatus first = Draw("floor", "m@2");
  ASSERT_EQ(Waive(first, "floor"), "");
  const CheckStatus second = Draw("floor", "m@2");
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kFail);
  EXPECT_EQ(second.verdict->verdict.attempt, 2) << "a verdict that is waived is no PASS";
  EXPECT_EQ(second.verdict->verdict.Decision(), VerdictState::kPass);
  wrong_ = nullptr;
  const CheckStatus third = Draw("floor", "m@2");
  EXPECT_EQ(third.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(third.verdict->verdict.attempt, 3);
  EXPECT_TRUE(third.verdict->verdict.waivers.empty());
}

TEST_F(WaivedAttempts, DoNotCoverAWorseOne) {
  wrong_ = "even";
  const CheckStatus first = Draw("whole", "quick@1");
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kFail);
  ASSERT_EQ(Waive(first, "floor"), "");
  wrong_ = "q1";
  const CheckStatus worse = Draw("whole", "quick@1");
  EXPECT_EQ(worse.verdict->verdict.attempt, 2);
  EXPECT_EQ(worse.verdict->verdict.Decision(), VerdictState::kFail);
  EXPECT_TRUE(worse.verdict->verdict.waivers.empty());
  EXPECT_EQ(DecisionOf(first), VerdictState::kPass) << "what was seen stays covered";
}

// The bound of few cases lies nearer to the floor, however bad they are.
TEST_F(WaivedAttempts, OfAllCasesDoNotCoverAFailureOnTheFirst) {
  wrong_ = "3";  // 271 of 1,000
  const CheckStatus first = Draw("near", "quick@1");
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kFail);
  const std::int64_t cases = first.verdict->verdict.look->cases;
  ASSERT_EQ(Waive(first, "floor"), "");
  wrong_ = "even";
  const CheckStatus second = Draw("near", "quick@1");
  ASSERT_EQ(second.verdict->verdict.state, VerdictState::kFail);
  ASSERT_LE(second.verdict->verdict.look->cases, cases);
  EXPECT_EQ(second.verdict->verdict.Decision(), VerdictState::kFail);
}

TEST_F(WaivedAttempts, HoldWhereTheBaselineIsAskedAnewAndIsWhatItWas) {
  wrong_ = "q1";
  spared_ = "quick";  // the baseline, and what else has it in its name
  const CheckStatus first = Decided("beside", "m@2");
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kFail);
  ASSERT_EQ(Waive(first, "not-worse"), "");
  EXPECT_EQ(DecisionOf(first), VerdictState::kPass);
  const CheckStatus same = Decided("beside", "m@2");
  EXPECT_EQ(same.verdict->verdict.attempt, 1) << "nothing has changed: the same answers";
  EXPECT_EQ(same.verdict->verdict.Decision(), VerdictState::kPass);
  const CheckStatus second = Draw("beside", "m@2");
  ASSERT_EQ(second.verdict->verdict.controls.size(), 1u);
  EXPECT_EQ(second.verdict->verdict.attempt, 2) << "--fresh asks both anew";
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kFail);
  EXPECT_EQ(second.verdict->verdict.Decision(), VerdictState::kPass);
  ExpectReplays(second);
}

TEST_F(WaivedAttempts, DoNotHoldWhereTheBaselineDrifted) {
  wrong_ = "q1";
  spared_ = "quick";
  const CheckStatus first = Decided("beside", "m@2");
  ASSERT_EQ(Waive(first, "not-worse"), "");
  drifted_ = "even";  // of the baseline: the candidate is worse than this, too
  const CheckStatus second = Draw("beside", "m@2");
  EXPECT_TRUE(second.verdict->verdict.controls.at(0).has_moved);
  EXPECT_EQ(second.verdict->verdict.rules.at(0).state, VerdictState::kFail);
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_EQ(second.verdict->verdict.ceiling, VerdictState::kInconclusive);
  EXPECT_EQ(second.verdict->verdict.Decision(), VerdictState::kInconclusive);
  EXPECT_THAT(Waive(second, "not-worse"), HasSubstr("whatever its rules say, the gate would be INCONCLUSIVE"));
  ExpectReplays(second);
}

}  // namespace
}  // namespace assay
