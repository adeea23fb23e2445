// Gates with `stop: early` and `max_n`: decided on the first cases of an order that was set before, and no more asked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "daemon/baseline_control.h"
#include "daemon/dataset_snapshots.h"
#include "daemon/prepared_run.h"
#include "tests/daemon/early_checks.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::EarlyChecks;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::kEarlyCases;
using testing::StubReply;
using testing::StubRequest;

TEST_F(EarlyChecks, PassAGoodCandidateOnTheFirstCasesAndAskNoMore) {
  AnswerOnly(kEarlyCases / 2);
  const CheckStatus check = Decided("floor");
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  ASSERT_TRUE(verdict.look);
  // Clopper and Pearson at 1 - 0.05 / 10: 24 of 24 would do.
  EXPECT_EQ(verdict.look->look, 1);
  EXPECT_EQ(verdict.look->looks, 6);
  EXPECT_DOUBLE_EQ(verdict.look->error_share, 0.1);
  EXPECT_EQ(verdict.look->cases, 32);
  EXPECT_EQ(verdict.look->planned_cases, kEarlyCases);
  EXPECT_EQ(verdict.look->planned_trials, kEarlyCases);
  EXPECT_DOUBLE_EQ(verdict.rules[0].confidence, 0.995);
  EXPECT_EQ(verdict.suites[0].counts.scheduled, 32);
  EXPECT_EQ(verdict.suites[0].counts.scored, 32);
  EXPECT_THAT(verdict.reason, HasSubstr("; settled at look 1 of 6, on the first 32 of 1000 cases: "));

  const RunRecord& run = check.runs[0].run;
  EXPECT_EQ(run.state, RunState::kStopped);
  EXPECT_EQ(run.error, kEndedEarly);
  EXPECT_EQ(run.counts.Accounted(), run.counts.scheduled);
  EXPECT_EQ(run.counts.scored, verdict.look->asked_trials);
  EXPECT_LE(run.counts.scored, kEarlyCases / 2);
  const auto planned = PlannedLooksOf(run);
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->gate, "floor");
  EXPECT_EQ(planned->gate_version, check.check.gate_version);
  EXPECT_EQ(planned->looks.count(), 6);
  EXPECT_EQ(planned->cases, kEarlyCases);
  ExpectReplays(check);
}

TEST_F(EarlyChecks, FailABadCandidateOnTheFirstCases) {
  AnswerOnly(kEarlyCases / 2);
  wrong_ = "q1";  // all
  const CheckStatus check = Decided("floor");
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kFail);
  EXPECT_EQ(check.verdict->verdict.look->look, 1);
  EXPECT_LE(check.runs[0].run.counts.scored, kEarlyCases / 2);
  for (const WorstCase& worst : check.verdict->verdict.rules[0].parts[0].worst_cases) {
    EXPECT_EQ(worst.id, "c" + std::to_string(1000 + worst.ordinal));
  }
  ExpectReplays(check);
}

TEST_F(EarlyChecks, AskAllWhereNoLookSettlesIt) {
  wrong_ = "7 odd";  // 10 of 100, on the floor
  const CheckStatus check = Decided("near", "quick@1");
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_EQ(check.verdict->verdict.look->look, 6);
  EXPECT_DOUBLE_EQ(check.verdict->verdict.look->error_share, 0.5);
  EXPECT_EQ(check.runs[0].run.state, RunState::kComplete);
  EXPECT_EQ(stub_.requests(), kEarlyCases);
  ExpectReplays(check);
}

TEST_F(EarlyChecks, AreAnsweredAgainWithoutAsking) {
  AnswerOnly(kEarlyCases / 2);
  const CheckStatus first = Decided("floor");
  const int requests = stub_.requests();
  EXPECT_EQ(AskedAgain("floor", "m@2"), first.check.id);
  // As a new check, the run that was ended for this gate stands for it.
  const CheckStatus second = Decided("floor");
  EXPECT_NE(second.check.id, first.check.id);
  EXPECT_EQ(second.runs[0].run.id, first.runs[0].run.id);
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(second.verdict->verdict.look->look, 1);
  EXPECT_EQ(stub_.requests(), requests);
  ExpectReplays(second);
}

TEST_F(EarlyChecks, AskAgainWhenTheRunIsDeleted) {
  const CheckStatus first = Decided("floor");
  testing::EditStore(files_, "UPDATE run SET deleted = 1, deleted_by = 'ann' WHERE state = 7");
  EXPECT_NE(AskedAgain("floor", "m@2"), first.check.id);
  const CheckStatus second = Decided("floor");
  EXPECT_NE(second.runs[0].run.id, first.runs[0].run.id);
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kPass);
}

// Whatever the first answers have shown.
TEST_F(EarlyChecks, NeverPassARunThatSpentItsBudget) {
  const CheckStatus check = Decided("floor");
  testing::EditStore(files_, "UPDATE run SET error = 'the budget is spent' WHERE state = 7");
  const VerdictReplay replay = Replay(check);
  const auto state = std::ranges::find(replay.differences, "state", &ReplayDifference::path);
  ASSERT_NE(state, replay.differences.end());
  EXPECT_EQ(state->recorded, "\"PASS\"");
  EXPECT_EQ(state->replayed, "\"INCONCLUSIVE\"");
}

TEST_F(EarlyChecks, AreNoMoreForALookThatThereCannotBe) {
  const CheckStatus check = Decided("floor", "quick@1");
  for (const char* look : {"0", "7", "4000000000000"}) {
    testing::EditStore(files_,
                       "UPDATE verdict SET document = json_set(document, '$.look.look', " + std::string(look) + ")");
    const VerdictReplay replay = Replay(check);
    EXPECT_GT(replay.differing, 0) << look;
    EXPECT_THAT(replay.differences, ::testing::Contains(::testing::Field(&ReplayDifference::path, "look.look")))
        << look;
  }
}

TEST_F(EarlyChecks, LeaveNoEvidenceForGatesThatAskEveryCase) {
  const CheckStatus early = Decided("floor");
  const CheckStatus whole = Decided("whole");
  EXPECT_NE(whole.runs[0].run.id, early.runs[0].run.id);
  EXPECT_EQ(whole.runs[0].run.state, RunState::kComplete);
  EXPECT_FALSE(whole.verdict->verdict.look);
  EXPECT_EQ(whole.verdict->verdict.suites[0].counts.scored, kEarlyCases);
}

TEST_F(EarlyChecks, LookAtACompleteRunAsTheyWouldHaveOnTheWay) {
  const CheckStatus whole = Decided("whole", "quick@1");
  const CheckStatus early = Decided("floor", "quick@1");
  EXPECT_EQ(early.runs[0].run.id, whole.runs[0].run.id);
  EXPECT_EQ(early.verdict->verdict.look->look, 1);
  EXPECT_EQ(early.verdict->verdict.suites[0].counts.scored, 32);
  EXPECT_EQ(stub_.requests(), kEarlyCases);
  ExpectReplays(early);
}

TEST_F(EarlyChecks, NeverPassACountOverAllCasesBeforeTheLast) {
  const CheckStatus check = Decided("every-case", "quick@1");
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(check.verdict->verdict.look->look, check.verdict->verdict.look->looks);
  EXPECT_EQ(stub_.requests(), kEarlyCases);
}

TEST_F(EarlyChecks, AskOnlyTheFirstCasesThatTheGateWants) {
  const CheckStatus check = Decided("some", "quick@1");
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_EQ(stub_.requests(), 100);
  EXPECT_EQ(verdict.suites[0].counts.scheduled, 100);
  EXPECT_EQ(verdict.look->looks, 1);
  EXPECT_EQ(verdict.look->error_share, 1);
  EXPECT_EQ(verdict.look->planned_cases, 100);
  EXPECT_EQ(check.runs[0].run.state, RunState::kStopped);
  EXPECT_EQ(check.runs[0].run.error, "gate some asks 100 cases");
  EXPECT_EQ(check.runs[0].run.counts.skipped, kEarlyCases - 100);
  ExpectReplays(check);
  EXPECT_EQ(AskedAgain("some", "quick@1"), check.check.id);
}

TEST_F(EarlyChecks, CompareBothModelsOnTheSameFirstCases) {
  AnswerOnly(kEarlyCases);
  const CheckStatus check = Decided("pair");
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  // An equal candidate needs log(0.005) / log(0.9) = 51 cases at the margin of 0.1.
  EXPECT_EQ(verdict.look->look, 2);
  EXPECT_EQ(verdict.look->cases, 63);
  EXPECT_EQ(verdict.look->planned_trials, 2 * kEarlyCases);
  EXPECT_EQ(verdict.rules[0].parts[0].comparison->passes->both, 63);
  EXPECT_EQ(verdict.baseline_suites[0].counts.scored, 63);
  for (const CheckRunState& each : check.runs) EXPECT_EQ(each.run.state, RunState::kStopped);
  ExpectReplays(check);
}

TEST_F(EarlyChecks, GoOnAfterARestartAndDecideTheSame) {
  const std::string id = work_->Check("floor", "m@2").check.id;
  work_.reset();
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const CheckStatus check = work_->Decided(id);
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(check.verdict->verdict.look->look, 1);
  EXPECT_EQ(check.runs.size(), 1u);
  ExpectReplays(check);
}

TEST_F(EarlyChecks, AreAnErrorWhenTheirRunIsCancelled) {
  wrong_ = "7 odd";  // 10 of 100, on the floor: no look settles it
  AnswerOnly(kEarlyCases / 2);
  const CheckStatus check = work_->Check("near", "m@2");
  while (work_->AllRuns().empty() || work_->AllRuns()[0].counts.scored < 100) std::this_thread::yield();
  const std::string run = work_->AllRuns()[0].id;
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, run, "wrong model")));
  const CheckStatus decided = work_->Decided(check.check.id);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kError);
  EXPECT_THAT(decided.verdict->verdict.reason, HasSubstr("the run was cancelled"));
}

TEST_F(EarlyChecks, AskTheBaselineAnewBesideTheCandidate) {
  const RunRecord before = work_->Ended(work_->StartRun("u", "quick@1").id);
  const CheckStatus check = Decided("beside", "other@1");
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  ASSERT_EQ(check.runs.size(), 2u);
  for (const CheckRunState& each : check.runs) {
    EXPECT_NE(each.run.id, before.id);
    EXPECT_FALSE(each.reused);
  }
  ASSERT_EQ(verdict.controls.size(), 1u);
  ControlComparison control = verdict.controls[0];
  const double reach = 1 - std::pow(0.005 * 1, 1.0 / kEarlyCases);  // of as many equal pairs
  EXPECT_NEAR(*control.lower, -reach, 1e-9);
  EXPECT_NEAR(*control.upper, reach, 1e-9);
  control.lower = control.upper = std::nullopt;
  EXPECT_EQ(control, (ControlComparison{.suite = "u",
                                        .metric = "answer",
                                        .earlier_run = before.id,
                                        .before = 1,
                                        .now = 1,
                                        .has_moved = false,
                                        .cases = kEarlyCases,
                                        .error_share = 1,
                                        .missing = 0}));
  ExpectReplays(check);
  EXPECT_EQ(AskedAgain("beside", "other@1"), check.check.id);
}

TEST_F(EarlyChecks, SettleNothingWhereTheBaselineIsNotWhatItWas) {
  const RunRecord before = work_->Ended(work_->StartRun("u", "quick@1").id);
  wrong_ = "even";
  const CheckStatus check = Decided("beside-early", "other@1");
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(verdict.reason, HasSubstr("suite \"u\": endpoint or judge drifted: \"answer\" of the baseline was 1 in "
                                        "run " +
                                        before.id + " and is 0.5 on the same cases now"));
  ExpectReplays(check);
}

// A baseline that has moved stays moved: asking again, and runs by hand, do not make what it is now the measure.
TEST_F(EarlyChecks, HoldTheBaselineAgainstItsFirstRuns) {
  const auto control_of = [](const CheckStatus& check) { return check.verdict->verdict.controls.at(0).earlier_run; };
  const auto runs_of = [](const CheckStatus& check) {
    return check.verdict->verdict.baseline_suites.at(0).past->control_runs;
  };
  const auto baseline_of = [](const CheckStatus& check) { return check.verdict->verdict.baseline_suites.at(0).run; };
  const auto ask = [&] { return work_->Decided(work_->Check("beside", "other@1", true).check.id); };
  const RunRecord first = work_->Ended(work_->StartRun("u", "quick@1").id);
  const CheckStatus good = ask();
  ASSERT_EQ(good.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(control_of(good), first.id);
  wrong_ = "even";
  work_->Ended(work_->StartRun("u", "quick@1").id);  // by hand
  const CheckStatus moved = ask();
  EXPECT_EQ(moved.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_EQ(control_of(moved), first.id);
  EXPECT_EQ(moved.verdict->verdict.controls[0].earlier_runs, 2);
  const std::vector<std::string> known{first.id, baseline_of(good)};
  EXPECT_EQ(runs_of(moved), known);
  const CheckStatus again = ask();
  EXPECT_EQ(again.verdict->verdict.state, VerdictState::kInconclusive) << again.reason;
  EXPECT_EQ(runs_of(again), known);
  ExpectReplays(again);
  wrong_ = nullptr;
  const CheckStatus recovered = ask();
  EXPECT_FALSE(recovered.verdict->verdict.controls.at(0).has_moved) << recovered.reason;
  EXPECT_EQ(runs_of(recovered), known);
  std::vector<std::string> more = known;
  std::string last = baseline_of(recovered);
  while (more.size() < kFirstControlRuns) {
    more.push_back(last);
    const CheckStatus next = ask();
    EXPECT_EQ(runs_of(next), more);
    ExpectReplays(next);
    last = baseline_of(next);
  }
  EXPECT_EQ(runs_of(ask()), more);
}

// Where no verdict has looked at the baseline yet its first run counts, not the newest.
TEST_F(EarlyChecks, HoldABaselineThatNoVerdictSawAgainstItsFirstRun) {
  const RunRecord first = work_->Ended(work_->StartRun("u", "quick@1").id);
  wrong_ = "even";
  work_->Ended(work_->StartRun("u", "quick@1").id);
  const CheckStatus check = Decided("beside", "other@1");
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kInconclusive) << check.reason;
  EXPECT_EQ(check.verdict->verdict.controls.at(0).earlier_run, first.id);
}

// What it is now is accepted by giving the baseline another version, which the verdict names.
TEST_F(EarlyChecks, TakeAnotherVersionOfTheBaselineAsItIs) {
  work_->Ended(work_->StartRun("u", "quick@1").id);
  wrong_ = "even";
  ASSERT_EQ(Decided("beside", "other@1").verdict->verdict.state, VerdictState::kInconclusive);
  files_.Write("catalog/quick2.yaml",
               "kind: Model\nname: quick\nversion: \"2\"\nendpoint: {provider: openai-chat, model: quick, attempts: 1, "
               "url: \"" +
                   stub_.url() +
                   "/v1\"}\n---\nkind: Gate\nname: beside-now\nsuites: [u]\ninterleave: true\nbaseline: {model: quick, "
                   "version: \"2\"}\nrules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]\n");
  work_->catalog.Reload();
  const Verdict accepted = Decided("beside-now", "other@1").verdict->verdict;
  EXPECT_EQ(accepted.baseline->version, "2");
  EXPECT_TRUE(accepted.controls.empty());
  EXPECT_THAT(accepted.warnings,
              ::testing::Contains("suite \"u\": the baseline has no earlier run that tells whether it is what it was "
                                  "(interleave)"));
}

TEST_F(EarlyChecks, SayWhenNothingIsKnownOfTheBaselineBefore) {
  const CheckStatus check = Decided("beside-early", "other@1");
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kPass);
  EXPECT_EQ(check.verdict->verdict.look->look, 2);
  EXPECT_THAT(check.verdict->verdict.warnings,
              ::testing::Contains("suite \"u\": the baseline has no earlier run that tells whether it is what it was "
                                  "(interleave)"));
  ExpectReplays(check);
}

// A value of a slice that none of the first cases has is not passed over.
class EarlyChecksOfSlices : public EarlyChecks {
 protected:
  void SetUp() override {
    rare_ = 500;
    EarlyChecks::SetUp();
  }
};

TEST_F(EarlyChecksOfSlices, WaitForEveryValue) {
  const CheckStatus check = Decided("by-kind", "quick@1");
  // One case of the value tells nothing.
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_EQ(check.verdict->verdict.look->look, 6);
  EXPECT_EQ(stub_.requests(), kEarlyCases);
}

// Arrival is not the order: as long as the first case is not answered, no look is taken, however many others are.
class LateFirstCase : public EarlyChecks {
 protected:
  // Of the run's order.
  std::string FirstCase() {
    const auto suite = work_->catalog.current()->catalog.FindSuite("u");
    const auto snapshot =
        EnsureSnapshot(*work_->store, "default", *suite, SystemClock().Now(), "tester", [] { return false; });
    EXPECT_TRUE(snapshot);
    const Permutation order(kEarlyCases, SeedFrom("of tests 375\ndefault\n" + snapshot->cases_digest));
    return "q" + std::to_string(1000 + static_cast<int>(order.At(0)));
  }
};

TEST_F(LateFirstCase, IsWaitedFor) {
  const std::string first = FirstCase();
  std::atomic<int> others = 0;
  HttpStub slow([&](const StubRequest& request, int) {
    StubReply reply = testing::ChatAnswer("yes");
    if (request.body.find(first + " ") != std::string::npos) {
      reply.delay = std::chrono::milliseconds(1500);
    } else {
      ++others;
    }
    return reply;
  });
  files_.Write("catalog/slow.yaml",
               "kind: Model\nname: slow\nversion: \"1\"\nendpoint: {provider: openai-chat, model: s, attempts: 1, "
               "url: \"" +
                   slow.url() + "/v1\"}\n");
  work_->catalog.Reload();
  const CheckStatus check = Decided("floor", "slow@1");
  EXPECT_EQ(check.verdict->verdict.look->look, 1) << "what it is decided on does not depend on when answers come";
  EXPECT_EQ(others, kEarlyCases - 1) << "it was decided before the first case was there";
}

}  // namespace
}  // namespace assay
