#include "daemon/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

class RunsTest : public ::testing::Test {
 protected:
  // Until it is opened the endpoint answers nothing.
  StubReply Answer(const StubRequest& request) const {
    if (request.body.find("edited") != std::string::npos) saw_edited_ = true;
    StubReply reply = testing::ChatAnswer("yes");
    if (!is_open_) reply.fault = StubReply::Fault::kNever;
    return reply;
  }
  void Serve(int active_runs = 4) {
    testing::WriteWorkCatalog(files_, stub_.url());
    work_ = std::make_unique<DaemonWork>(files_, active_runs);
  }
  Result<RunRecord> Cancel(const std::string& run, const std::string& principal, const std::string& reason) {
    const Caller caller{.principal = principal};
    return work_->Wait(work_->runs.CancelRun(caller, run, reason));
  }

  std::atomic<bool> is_open_ = true;
  mutable std::atomic<bool> saw_edited_ = false;  // whether a prompt had this word
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(RunsTest, CountEveryTrialOnce) {
  Serve();
  const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
  EXPECT_EQ(run.state, RunState::kComplete);
  EXPECT_EQ(run.counts.scheduled, 2);
  EXPECT_EQ(run.counts.scored, 2);
  EXPECT_EQ(run.counts.Accounted(), 2);
  const std::string metrics = work_->telemetry.Expose();
  EXPECT_THAT(metrics, ::testing::HasSubstr("assay_grader_seconds_count{grader=\"answer\"} 2"));
  EXPECT_THAT(metrics, ::testing::HasSubstr("assay_grader_scores_total{grader=\"answer\",status=\"scored\"} 2"));
}

TEST_F(RunsTest, ARunThatIsCancelledWhileItWaitsFreesNoSlot) {
  is_open_ = false;
  Serve(1);
  const RunRecord holder = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  const RunRecord waiting = work_->StartRun("s", "m@1");
  EXPECT_EQ(Cancel(waiting.id, "first", "not needed")->state, RunState::kCancelled);
  const RunRecord next = work_->StartRun("t", "m@1");
  for (int i = 0; i < 50; ++i) ASSERT_EQ(work_->store->GetRun("default", next.id)->state, RunState::kPending);
  EXPECT_EQ(stub_.requests(), 2);
  is_open_ = true;
  EXPECT_EQ(Cancel(holder.id, "first", "")->state, RunState::kCancelled);
  EXPECT_EQ(work_->Ended(next.id).state, RunState::kComplete);
}

TEST_F(RunsTest, TheFirstToCancelIsTheOneThatIsRecorded) {
  is_open_ = false;
  Serve();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  ASSERT_TRUE(Cancel(run.id, "first", "wrong model"));
  const auto again = Cancel(run.id, "second", "too late");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->state, RunState::kCancelled);
  EXPECT_EQ(again->error, "wrong model");
  EXPECT_EQ(again->counts.skipped, 2);
}

TEST_F(RunsTest, CancellingManyTimesAtOnceGivesEveryoneTheSameAnswer) {
  is_open_ = false;
  Serve();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  std::vector<std::jthread> callers;
  std::vector<std::string> reasons(8);
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      const auto answer = Cancel(run.id, "caller " + std::to_string(i), "reason " + std::to_string(i));
      reasons[i] = answer ? answer->error : answer.error().message;
    });
  }
  callers.clear();
  EXPECT_THAT(reasons, ::testing::Each(work_->store->GetRun("default", run.id)->error));
  EXPECT_THAT(reasons[0], ::testing::StartsWith("reason "));
}

TEST_F(RunsTest, ACompleteRunCannotBeCancelled) {
  Serve();
  const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
  const auto cancelled = Cancel(run.id, "late", "oops");
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->state, RunState::kComplete);
}

TEST_F(RunsTest, GoOnAfterARestartWithoutRepeatingWhatIsStored) {
  is_open_ = false;
  Serve();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  work_ = nullptr;
  is_open_ = true;
  work_ = std::make_unique<DaemonWork>(files_);
  EXPECT_EQ(work_->store->GetRun("default", run.id)->state, RunState::kRunning);
  work_->Resume();
  const RunRecord ended = work_->Ended(run.id);
  EXPECT_EQ(ended.state, RunState::kComplete);
  EXPECT_EQ(ended.counts.scored, 2);
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();  // nothing is left to do
  EXPECT_FALSE(work_->runs.IsDriven(run.id));
  EXPECT_EQ(stub_.requests(), 4);
}

TEST_F(RunsTest, AreOverTheCasesTheyWereStartedWith) {
  is_open_ = false;
  Serve();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  files_.Write("catalog/cases.jsonl",
               "{\"id\":\"a\",\"question\":\"edited\"}\n{\"id\":\"c\",\"question\":\"edited\"}\n");
  work_->catalog.Reload();
  work_ = nullptr;
  is_open_ = true;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const RunRecord ended = work_->Ended(run.id);
  EXPECT_EQ(ended.counts.scored, 2);
  EXPECT_EQ(ended.suite_version, run.suite_version);
  EXPECT_FALSE(saw_edited_);
  // A run that is started now is one of the suite as it is.
  const RunRecord next = work_->Ended(work_->StartRun("s", "m@1").id);
  EXPECT_NE(next.suite_version, run.suite_version);
  EXPECT_TRUE(saw_edited_);
}

// What a crash left of a dataset is removed where datasets are read: behind the runs that have theirs.
TEST_F(RunsTest, GoOnBeforeADatasetThatWasCutOffIsDiscarded) {
  is_open_ = false;
  Serve();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  const auto cut_off = work_->store->BeginSnapshot("default", "sha256:cut_off", Time(), "tester");
  ASSERT_TRUE(cut_off);
  ASSERT_TRUE(work_->store->AppendCases(*cut_off, std::vector<CaseRow>{{0, "a", "{}", {}}}));
  work_ = nullptr;
  is_open_ = true;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->HoldPreparing();
  work_->Resume();
  EXPECT_EQ(work_->Ended(run.id).state, RunState::kComplete);
  EXPECT_EQ(work_->store->ListUnfinishedSnapshots()->size(), 1u);
  work_->ReleasePreparing();
  EXPECT_TRUE(Eventually([&] { return work_->store->ListUnfinishedSnapshots()->empty(); }));
}

TEST_F(RunsTest, AStoppingDaemonAnswersThoseWhoWatch) {
  is_open_ = false;
  Serve();
  const RunRecord run = work_->StartRun("s", "m@1");
  auto updates = work_->Wait(work_->runs.WatchRun(work_->caller, run.id));
  ASSERT_TRUE(updates);
  std::jthread stopper([&] { work_->runs.Stop(Duration(0)); });
  for (;;) {
    const auto update = work_->Wait((*updates)->Next());
    if (update) continue;
    EXPECT_EQ(update.error().message, "assayd is stopping; the run goes on after its restart");
    break;
  }
}

}  // namespace
}  // namespace assay
