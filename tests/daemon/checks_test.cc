#include "daemon/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using ::testing::AllOf;
using testing::DaemonWork;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

class ChecksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    work_ = std::make_unique<DaemonWork>(files_);
  }
  // Ends the daemon while a check is held that has no run yet.
  void EndBeforeItsRuns() {
    work_->runs.Stop(Duration(0));
    work_->ReleasePreparing();
    work_->checks.Stop();
    ASSERT_TRUE(work_->AllRuns().empty());
  }
  void Restart() {
    work_ = nullptr;
    work_ = std::make_unique<DaemonWork>(files_);
    work_->Resume();
  }

  // An open check that nobody drives, as a crash leaves it: a copy of a decided one with changes.
  void StoreOpenCheck(
      const std::string& id, const std::function<void(CheckRecord&)>& change = [](CheckRecord&) {}) {
    CheckRecord check = work_->Decided(work_->Check("release", "m@1").check.id).check;
    check.id = id;
    check.state = "PENDING";
    check.verdict_id = "";
    change(check);
    ASSERT_TRUE(work_->store->CreateCheck(check));
  }

  testing::TemporaryFolder files_;
  // Cases whose request has this text in it are errors; "" for none. Set while no request is in flight.
  std::string broken_;
  std::atomic<const char*> unanswered_ = "";  // requests with this text are not answered; "" for none
  HttpStub stub_{[this](const StubRequest& request, int) {
    const std::string_view unanswered = unanswered_.load();
    if (!unanswered.empty() && request.body.find(unanswered) != std::string::npos)
      return StubReply{.fault = StubReply::Fault::kNever};
    const bool is_broken = !broken_.empty() && request.body.find(broken_) != std::string::npos;
    return is_broken ? StubReply{.status = 500, .body = "down"} : testing::ChatAnswer("yes");
  }};
  std::unique_ptr<DaemonWork> work_;
};

// The daemon drains: one run has ended, the other has not, and is not driven any more.
TEST_F(ChecksTest, ARunThatIsNotDrivenAnyMoreBecauseTheDaemonStopsDecidesNothing) {
  unanswered_ = "t: ";
  const std::string check = work_->Check("both", "m@1").check.id;
  ASSERT_TRUE(Eventually([&] { return stub_.in_flight() == 2 && work_->AllRuns().size() == 2; }));
  ASSERT_TRUE(Eventually([&] {
    const auto runs = work_->AllRuns();
    return std::ranges::any_of(runs, [](const RunRecord& run) { return run.state == RunState::kComplete; });
  }));
  work_->runs.Stop(Duration(0));
  unanswered_ = "";
  // Twice as long as it takes to look again.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
  while (std::chrono::steady_clock::now() < until) {
    ASSERT_EQ(work_->store->GetCheck("default", check)->verdict_id, "");
  }
  Restart();
  EXPECT_EQ(work_->Decided(check).verdict->record.state, "PASS");
}

TEST_F(ChecksTest, AnswerWithTheirIdBeforeAnyDatasetIsRead) {
  work_->HoldPreparing();
  const CheckStatus made = work_->Check("release", "m@1");
  EXPECT_EQ(made.check.state, "PENDING");
  EXPECT_EQ(made.reason, "its runs are being prepared: datasets are read");
  EXPECT_TRUE(made.runs.empty());
  work_->ReleasePreparing();
  EXPECT_EQ(work_->Decided(made.check.id).check.state, "PASS");
}

TEST_F(ChecksTest, WaitForNoDatasetThatIsReadForAnother) {
  ASSERT_EQ(work_->Decided(work_->Check("release", "m@1").check.id).check.state, "PASS");
  work_->HoldPreparing();
  const std::string stored = work_->Check("release", "m@1", true).check.id;
  const CheckStatus decided = work_->Decided(stored);
  EXPECT_EQ(decided.check.state, "PASS");
  EXPECT_FALSE(decided.runs.at(0).reused);
  EXPECT_EQ(stub_.requests(), 4);
  work_->ReleasePreparing();
}

TEST_F(ChecksTest, DecideOverAllSuitesOfTheirGate) {
  const CheckStatus decided = work_->Decided(work_->Check("both", "m@1").check.id);
  EXPECT_EQ(decided.check.state, "PASS");
  ASSERT_EQ(decided.runs.size(), 2u);
  EXPECT_EQ(decided.verdict->verdict.suites.size(), 2u);
  EXPECT_EQ(stub_.requests(), 4);
}

// Gate and suites of a check come from one version of the catalog, whatever is served by the time its runs start.
TEST_F(ChecksTest, KeepTheCatalogTheyWereMadeUnder) {
  const auto before = work_->catalog.current();
  work_->HoldPreparing();
  const CheckStatus made = work_->Check("both", "m@1");
  testing::WriteWorkCatalog(files_, stub_.url(), "trials: 3\n");
  work_->catalog.Reload();
  ASSERT_NE(work_->catalog.current()->version, before->version);
  work_->ReleasePreparing();
  const CheckStatus decided = work_->Decided(made.check.id);
  EXPECT_EQ(decided.check.state, "PASS");
  for (const CheckRunState& state : decided.runs) {
    EXPECT_EQ(state.run.trials, 1);
    EXPECT_EQ(state.run.suite_version, before->catalog.FindSuite(state.run.suite)->version);
  }
}

TEST_F(ChecksTest, ThatWereMadeJustBeforeACrashStartTheirRunsAfterIt) {
  work_->HoldPreparing();
  const CheckStatus made = work_->Check("both", "m@1");
  EndBeforeItsRuns();
  Restart();
  EXPECT_EQ(work_->Decided(made.check.id).check.state, "PASS");
}

TEST_F(ChecksTest, WhoseSuiteChangedWhileTheDaemonWasDownAreErrors) {
  work_->HoldPreparing();
  const CheckStatus made = work_->Check("release", "m@1");
  EndBeforeItsRuns();
  testing::WriteWorkCatalog(files_, stub_.url(), "trials: 3\n");
  Restart();
  const CheckStatus decided = work_->Decided(made.check.id);
  EXPECT_EQ(decided.check.state, "ERROR");
  EXPECT_EQ(decided.reason,
            "suite \"s\" was changed before its run was started, while assayd was down; check the gate again");
}

TEST_F(ChecksTest, WhoseDatasetIsBrokenAreErrorsThatNameTheLine) {
  files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"a\",\"question\":\"r\"}\n");
  work_->catalog.Reload();
  const CheckStatus decided = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(decided.check.state, "ERROR");
  EXPECT_THAT(decided.reason, AllOf(HasSubstr("cases.jsonl:2"), HasSubstr("\"a\"")));
  EXPECT_EQ(stub_.requests(), 0);
}

TEST_F(ChecksTest, WhoseGateIsGoneFromTheStoreAreErrorsAndNeverPending) {
  StoreOpenCheck("orphan", [](CheckRecord& check) { check.gate_version = "sha256:0"; });
  Restart();
  const CheckStatus decided = work_->Decided("orphan");
  EXPECT_EQ(decided.check.state, "ERROR");
  EXPECT_THAT(decided.reason, ::testing::StartsWith("the verdict could not be computed: "));
}

TEST_F(ChecksTest, WithoutTheirSuitesAreErrors) {
  StoreOpenCheck("orphan", [](CheckRecord& check) { check.parameters = "{}"; });
  Restart();
  EXPECT_EQ(work_->Decided("orphan").reason, "check orphan is stored without its suites");
}

TEST_F(ChecksTest, OfTheSameContentShareOneRun) {
  std::vector<std::jthread> callers;
  std::vector<std::string> states(8);
  for (std::string& state : states) {
    callers.emplace_back([&] { state = work_->Decided(work_->Check("release", "m@1").check.id).check.state; });
  }
  callers.clear();
  EXPECT_THAT(states, ::testing::Each("PASS"));
  EXPECT_EQ(work_->AllRuns().size(), 1u);
  EXPECT_EQ(stub_.requests(), 2);
}

TEST_F(ChecksTest, ThatAreFreshHaveARunOfTheirOwn) {
  const CheckStatus first = work_->Decided(work_->Check("release", "m@1").check.id);
  const CheckStatus second = work_->Decided(work_->Check("release", "m@1", true).check.id);
  EXPECT_NE(first.runs.at(0).run.id, second.runs.at(0).run.id);
  const CheckStatus third = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(third.runs.at(0).run.id, second.runs.at(0).run.id);  // the newest complete one
  EXPECT_TRUE(third.runs.at(0).reused);
}

TEST_F(ChecksTest, CountHowOftenAnswersWereDrawnAfterNoPass) {
  files_.Write("catalog/high.yaml",
               "kind: Gate\nname: high\nsuites: [s]\nrules: [{name: most, grader: answer, at_least: 0.9}]\n");
  work_->catalog.Reload();
  const auto attempt = [this](const std::string& gate, bool fresh) {
    return work_->Decided(work_->Check(gate, "m@1", fresh).check.id).verdict->verdict.attempt;
  };
  EXPECT_EQ(attempt("high", false), 1);  // INCONCLUSIVE: two cases are too few
  EXPECT_EQ(attempt("high", false), 1);  // the same answers
  EXPECT_EQ(attempt("high", true), 2);
  EXPECT_EQ(attempt("high", false), 2);
  EXPECT_EQ(attempt("high", true), 3);
  EXPECT_EQ(attempt("release", false), 3);  // PASS of another gate on the answers of the third
  EXPECT_EQ(attempt("release", true), 4);
}

// Of two cases it needs both.
constexpr char kStrictGate[] =
    "kind: Gate\nname: strict\nsuites: [s, t]\nrules: [{name: most, grader: answer, at_least: 0.1, confidence: 0.9}]\n";

TEST_F(ChecksTest, AreNotDecidedByErrorsThatAreOlderThanThey) {
  files_.Write("catalog/strict.yaml", kStrictGate);
  work_->catalog.Reload();
  broken_ = "s: r";
  const CheckStatus first = work_->Decided(work_->Check("strict", "m@1").check.id);
  ASSERT_EQ(first.check.state, "ERROR") << first.reason;
  ASSERT_EQ(stub_.requests(), 4);
  broken_ = "";
  const CheckStatus second = work_->Decided(work_->Check("strict", "m@1").check.id);
  EXPECT_EQ(second.check.state, "PASS") << second.reason;
  EXPECT_EQ(stub_.requests(), 6);  // suite s again; t, without errors, is reused
  ASSERT_EQ(second.runs.size(), 2u);
  std::map<std::string, bool> reused;
  for (const CheckRunState& state : second.runs) reused[state.run.suite] = state.reused;
  EXPECT_EQ(reused, (std::map<std::string, bool>{{"s", false}, {"t", true}}));
  const CheckStatus third = work_->Decided(work_->Check("strict", "m@1").check.id);
  EXPECT_EQ(third.check.state, "PASS");
  EXPECT_EQ(stub_.requests(), 6);
}

TEST_F(ChecksTest, ThatStillFindErrorsAreErrorsAfterOneMoreRun) {
  files_.Write("catalog/strict.yaml", kStrictGate);
  work_->catalog.Reload();
  broken_ = "s: r";
  work_->Decided(work_->Check("strict", "m@1").check.id);
  const CheckStatus second = work_->Decided(work_->Check("strict", "m@1").check.id);
  EXPECT_EQ(second.check.state, "ERROR");
  EXPECT_EQ(second.reason, second.verdict->verdict.reason);
  EXPECT_EQ(stub_.requests(), 6);
}

// One error does not stand in the way of this gate: its budget is not spent again.
TEST_F(ChecksTest, ThatPassReuseARunWithErrors) {
  broken_ = "s: r";
  const CheckStatus first = work_->Decided(work_->Check("release", "m@1").check.id);
  ASSERT_EQ(first.check.state, "PASS") << first.reason;
  ASSERT_EQ(first.runs.at(0).run.counts.error, 1);
  const CheckStatus second = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(second.check.state, "PASS");
  EXPECT_TRUE(second.runs.at(0).reused);
  EXPECT_EQ(stub_.requests(), 2);
}

TEST_F(ChecksTest, ThatAreInconclusiveSayWhichErrorsAreReused) {
  files_.Write("catalog/floor.yaml",
               "kind: Gate\nname: floor\nsuites: [s]\nrules: [{name: most, grader: answer, at_least: 0.9}]\n");
  work_->catalog.Reload();
  broken_ = "s: r";
  const CheckStatus first = work_->Decided(work_->Check("floor", "m@1").check.id);
  ASSERT_EQ(first.check.state, "INCONCLUSIVE") << first.reason;
  EXPECT_EQ(first.reason, first.verdict->verdict.reason);
  const CheckStatus second = work_->Decided(work_->Check("floor", "m@1").check.id);
  EXPECT_EQ(second.reason, first.reason + "; run " + first.runs.at(0).run.id +
                               " of suite \"s\" was reused with 1 of 2 trials in error; assay gate check --fresh "
                               "(\"fresh\": true) starts new runs");
  EXPECT_EQ(stub_.requests(), 2);
}

TEST_F(ChecksTest, GiveTheSameAnswerToARepeatedRequestAndRefuseAnotherContent) {
  CheckArguments arguments;
  arguments.gate = "release";
  arguments.candidate = "m@1";
  arguments.request = RequestKey{.method = "CheckGate", .request_id = "r1", .content_hash = "x"};
  const auto first = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
  const auto again = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->check.id, again->check.id);
  arguments.request->content_hash = "y";
  const auto other = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kAlreadyExists);
}

// One catalog is served to all projects; what is stored of one is not seen by another.
TEST_F(ChecksTest, OfAnotherProjectAreDecidedThereAndSeenThereOnly) {
  const CheckStatus first = work_->Decided(work_->Check("release", "m@1").check.id);
  const Caller other{.principal = "tester", .project = "team-a"};
  CheckArguments arguments;
  arguments.gate = "release";
  arguments.candidate = "m@1";
  const auto made = work_->Wait(work_->checks.CheckGate(other, arguments));
  ASSERT_TRUE(made) << made.error().message;
  const auto decided = work_->Wait(
      work_->checks.AwaitVerdict(other, made->check.id, std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->check.state, "PASS") << decided->reason;
  EXPECT_NE(decided->runs.at(0).run.id, first.runs.at(0).run.id);
  const auto unseen = work_->Wait(work_->checks.GetCheck(other, first.check.id));
  ASSERT_FALSE(unseen);
  EXPECT_EQ(unseen.error().code, ErrorCode::kNotFound);
}

TEST_F(ChecksTest, ShowTheirNewestVerdictInTheMetricsAfterARestart) {
  work_->Decided(work_->Check("release", "m@1").check.id);
  Restart();
  EXPECT_THAT(work_->telemetry.Expose(),
              HasSubstr("assay_gate_verdict{gate=\"release\",model=\"m\",state=\"PASS\"} 1"));
}

TEST_F(ChecksTest, ShowHowSoonACandidateFailedForTheFirstTime) {
  files_.Write("catalog/gates.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: none, grader: answer, at_most: 0.01}]\n---\n"
               "kind: Gate\nname: both\nsuites: [s, t]\nrules: [{name: none, grader: answer, at_most: 0.01}]\n");
  work_->catalog.Reload();
  const std::string shown = "assay_review_regression_lead_seconds_count{gate=";
  EXPECT_EQ(work_->Decided(work_->Check("release", "m@1").check.id).check.state, "FAIL");
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr(shown + "\"release\"} 1"));
  EXPECT_EQ(work_->Decided(work_->Check("both", "m@1").check.id).check.state, "FAIL");
  EXPECT_EQ(work_->Decided(work_->Check("release", "m@1", true).check.id).check.state, "FAIL");
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr(shown + "\"release\"} 1")) << "the first time only";
  EXPECT_THAT(work_->telemetry.Expose(), ::testing::Not(HasSubstr(shown + "\"both\"")));
}

TEST_F(ChecksTest, TellTheirWatcherOfTheVerdictLast) {
  const CheckStatus made = work_->Check("release", "m@1");
  auto updates = work_->Wait(work_->checks.WatchCheck(work_->caller, made.check.id));
  ASSERT_TRUE(updates);
  std::vector<std::string> states;
  for (;;) {
    const auto update = work_->Wait((*updates)->Next());
    ASSERT_TRUE(update) << update.error().message;
    if (!*update) break;
    states.push_back((*update)->check.state);
  }
  ASSERT_FALSE(states.empty());
  EXPECT_EQ(states.back(), "PASS");
  states.pop_back();
  EXPECT_THAT(states, ::testing::Each("PENDING"));
}

// An open check that nobody drives (its daemon is about to resume it) must not make its watcher read without pause.
TEST_F(ChecksTest, ThatAreNotDrivenDoNotKeepTheStoreBusyForTheirWatcher) {
  StoreOpenCheck("idle");
  auto updates = work_->Wait(work_->checks.WatchCheck(work_->caller, "idle"));
  ASSERT_TRUE(updates);
  ASSERT_TRUE(work_->Wait((*updates)->Next()));
  std::jthread stopper([&] { work_->checks.Stop(); });
  const auto update = work_->Wait((*updates)->Next());
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().message, "assayd is stopping; the check goes on after its restart");
}

}  // namespace
}  // namespace assay
