// Gates with `stop: early`, several checks of one at once or one after the other: what they share, what is a second
// draw, and what a run that was ended for one check is to another.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include <algorithm>

#include "tests/daemon/early_checks.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

using testing::EarlyChecks;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::kEarlyCases;

class EarlyChecksTogether : public EarlyChecks {
 protected:
  CheckStatus CheckAgainst(const std::string& gate, const std::string& candidate, const std::string& baseline) {
    const auto check = work_->Wait(work_->checks.CheckGate(
        work_->caller, {.gate = gate, .candidate = candidate, .baseline = baseline, .request = {}}));
    EXPECT_TRUE(check) << check.error().message;
    return work_->Decided(check->check.id);
  }
  RunRecord RunOf(const CheckStatus& check, std::string_view role = "candidate") {
    const auto found = std::ranges::find(check.runs, role, &CheckRunState::role);
    return found == check.runs.end() ? RunRecord{} : found->run;
  }
};

TEST_F(EarlyChecksTogether, ShareOneRun) {
  AnswerOnly(kEarlyCases / 2);
  const std::string first = work_->Check("floor", "m@2").check.id;
  const std::string second = work_->Check("floor", "m@2").check.id;
  const CheckStatus one = work_->Decided(first);
  const CheckStatus other = work_->Decided(second);
  EXPECT_EQ(RunOf(one).id, RunOf(other).id) << "two draws would be two chances";
  for (const CheckStatus& check : {one, other}) {
    EXPECT_EQ(check.verdict->verdict.state, VerdictState::kPass);
    EXPECT_EQ(check.verdict->verdict.look->look, 1);
    EXPECT_EQ(check.verdict->verdict.attempt, 1);
    ExpectReplays(check);
  }
  EXPECT_LE(RunOf(one).counts.scored, kEarlyCases / 2);
}

// The first check ended the run of the candidate at its second look; against another baseline that settles nothing.
TEST_F(EarlyChecksTogether, GoOnWithARunThatWasEndedForAnotherBaseline) {
  wrong_ = "7 odd";  // 10 of 100
  spared_ = "quick";
  AnswerOnly(kEarlyCases);
  const CheckStatus equal = CheckAgainst("pair", "m@2", "m@1");
  ASSERT_EQ(equal.verdict->verdict.state, VerdictState::kPass) << equal.verdict->verdict.reason;
  ASSERT_EQ(RunOf(equal).state, RunState::kStopped);
  AnswerAll();
  const int before = stub_.requests();
  const CheckStatus margin = CheckAgainst("pair", "m@2", "quick@1");  // exactly the margin worse
  const Verdict& verdict = margin.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive) << verdict.reason;
  EXPECT_EQ(verdict.look->look, verdict.look->looks);
  EXPECT_EQ(RunOf(margin).retry_of, RunOf(equal).id) << "its answers are taken over: nothing is drawn twice";
  EXPECT_EQ(RunOf(margin).state, RunState::kComplete);
  EXPECT_EQ(verdict.suites[0].counts.scored, kEarlyCases);
  EXPECT_EQ(verdict.baseline_suites[0].counts.scored, kEarlyCases);
  const std::int64_t taken_over = RunOf(equal).counts.scored;
  EXPECT_EQ(stub_.requests() - before, 2 * kEarlyCases - taken_over);
  EXPECT_EQ(verdict.attempt, 1);
  ExpectReplays(margin);
}

TEST_F(EarlyChecksTogether, RestOnTheNewestAnswersOfEitherKind) {
  const CheckStatus whole = Decided("whole", "quick@1");
  ASSERT_EQ(whole.verdict->verdict.state, VerdictState::kPass);
  wrong_ = "q1";  // all
  const CheckStatus drawn = work_->Decided(work_->Check("floor", "quick@1", true).check.id);
  ASSERT_EQ(drawn.verdict->verdict.state, VerdictState::kFail);
  const CheckStatus again = Decided("floor", "quick@1");
  EXPECT_EQ(RunOf(again).id, RunOf(drawn).id) << "the earlier run would be a choice among answers";
  EXPECT_EQ(again.verdict->verdict.state, VerdictState::kFail);
  EXPECT_EQ(AskedAgain("floor", "quick@1"), again.check.id);
}

// Who asks many times at once, and takes the first PASS, is charged for all of them.
TEST_F(EarlyChecksTogether, DrawnAnewWhileAnotherIsOpenAreALaterAttempt) {
  const CheckStatus held = work_->Check("floor", "m@2", true);
  ASSERT_TRUE(Eventually([&] { return work_->AllRuns().size() == 1; }));
  const std::string run = work_->AllRuns()[0].id;
  ASSERT_TRUE(Eventually([&] { return work_->Wait(work_->runs.PauseRun(work_->caller, run, "")).has_value(); }));
  const auto paused = work_->Wait(work_->checks.GetCheck(work_->caller, held.check.id));
  ASSERT_TRUE(paused);
  EXPECT_EQ(paused->check.state, "PENDING");
  EXPECT_THAT(paused->reason, HasSubstr("paused until somebody resumes it (assay run resume " + run + ")"));

  const CheckStatus second = work_->Decided(work_->Check("floor", "m@2", true).check.id);
  EXPECT_EQ(second.verdict->verdict.attempt, 2);
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kPass);
  EXPECT_DOUBLE_EQ(second.verdict->verdict.rules[0].confidence, 1 - 0.05 * 0.1 / 2);
  EXPECT_THAT(second.verdict->verdict.warnings, ::testing::Contains(HasSubstr("or for a check that was still open")));
  ExpectReplays(second);
  ASSERT_TRUE(work_->Wait(work_->runs.ResumeRun(work_->caller, run)));
  const CheckStatus first = work_->Decided(held.check.id);
  EXPECT_EQ(first.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(first.verdict->verdict.attempt, 1);
  ExpectReplays(second);
}

TEST_F(EarlyChecksTogether, HoldABaselineAgainstItsRunThatWasEndedEarly) {
  AnswerOnly(kEarlyCases);
  const CheckStatus first = Decided("beside-early", "other@1");
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kPass);
  ASSERT_TRUE(first.verdict->verdict.controls.empty());
  ASSERT_EQ(RunOf(first, "baseline").state, RunState::kStopped);
  AnswerAll();
  const auto ask = [&] { return work_->Decided(work_->Check("beside-early", "other@1", true).check.id); };
  const CheckStatus second = ask();
  const Verdict& steady = second.verdict->verdict;
  EXPECT_EQ(steady.state, VerdictState::kPass);
  EXPECT_THAT(steady.warnings, ::testing::Not(::testing::Contains(HasSubstr("no earlier run"))));
  ASSERT_EQ(steady.controls.size(), 1u);
  ControlComparison control = steady.controls[0];
  const double reach = 1 - std::pow(0.005 * 0.1, 1.0 / 63);  // of as many equal pairs
  EXPECT_NEAR(*control.lower, -reach, 1e-9);
  EXPECT_NEAR(*control.upper, reach, 1e-9);
  control.lower = control.upper = std::nullopt;
  EXPECT_EQ(control, (ControlComparison{.suite = "u",
                                        .metric = "answer",
                                        .earlier_run = RunOf(first, "baseline").id,
                                        .before = 1,
                                        .now = 1,
                                        .has_moved = false,
                                        .cases = 63,
                                        .error_share = 0.1,
                                        .missing = 0}));
  ExpectReplays(second);
  wrong_ = "even";
  const CheckStatus third = ask();
  EXPECT_EQ(third.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(third.verdict->verdict.reason,
              HasSubstr("endpoint or judge drifted: \"answer\" of the baseline was 1 in its first 2 runs (from run " +
                        RunOf(first, "baseline").id + ")"));
  EXPECT_THAT(third.verdict->verdict.baseline_suites.at(0).past->control_runs,
              ::testing::ElementsAre(RunOf(first, "baseline").id, RunOf(second, "baseline").id));
  ExpectReplays(third);
}

// A look whose answers are missing could have been anything.
TEST_F(EarlyChecksTogether, SettleNothingOnErrors) {
  broken_ = "even";
  const CheckStatus check = Decided("floor", "quick@1");
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_EQ(verdict.look->look, verdict.look->looks);
  EXPECT_EQ(verdict.suites[0].counts.error, kEarlyCases / 2);
  EXPECT_EQ(stub_.requests(), kEarlyCases);
  ExpectReplays(check);
}

// Its retry asks for what had no answer, and the looks are those of the run at its root.
TEST_F(EarlyChecksTogether, LookAtARetryAsAtTheRunItself) {
  broken_ = "even";
  const CheckStatus broken = Decided("floor", "quick@1");
  broken_ = nullptr;
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, RunOf(broken).id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  ASSERT_EQ(work_->Ended(retry->id).state, RunState::kComplete);
  const CheckStatus check = Decided("floor", "quick@1");
  EXPECT_EQ(RunOf(check).id, retry->id);
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(check.verdict->verdict.look->look, 1);
  EXPECT_EQ(check.verdict->verdict.attempt, 1) << "an error is no verdict on answers";
  EXPECT_EQ(stub_.requests(), kEarlyCases + kEarlyCases / 2);
  ExpectReplays(check);
}

// Killed between the ends of its two runs: what is left is ended by the next start, and decided alike.
TEST_F(EarlyChecksTogether, AreDecidedAlikeWhenKilledAtAnyStep) {
  const CheckStatus check = work_->Check("pair", "m@2");
  ASSERT_TRUE(Eventually(
      [&] { return std::ranges::any_of(work_->AllRuns(), [](const RunRecord& run) { return run.position > 40; }); }));
  work_.reset();
  testing::EditStore(files_,
                     "UPDATE run SET state = 7, error = 'every rule of its check is settled', ended = created + 1, "
                     "skipped = scheduled - scored WHERE run_key = (SELECT MIN(run_key) FROM run)");
  work_ = std::make_unique<testing::DaemonWork>(files_);
  work_->Resume();
  const CheckStatus decided = work_->Decided(check.check.id);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.verdict->verdict.reason;
  EXPECT_EQ(decided.verdict->verdict.look->look, 2);
  ExpectReplays(decided);
}

}  // namespace
}  // namespace assay
