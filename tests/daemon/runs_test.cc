#include "daemon/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

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
  StubReply Answer(const StubRequest& request, int index) const {
    if (refuse_every_third_ && index % 3 == 0) return {.status = 400};
    if (request.body.find("edited") != std::string::npos) saw_edited_ = true;
    StubReply reply = testing::ChatAnswer("yes");
    reply.delay = delay_.load();
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
  std::atomic<bool> refuse_every_third_ = false;
  std::atomic<std::chrono::milliseconds> delay_ = std::chrono::milliseconds(0);
  mutable std::atomic<bool> saw_edited_ = false;  // whether a prompt had this word
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int index) { return Answer(request, index); }};
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

TEST_F(RunsTest, ACaseIsShownWithItsPromptAndWhatKeepsItFromHavingOne) {
  Serve();
  const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
  const auto found = work_->Wait(work_->runs.GetCase(work_->caller, run.id, 1));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->item.id, "b");
  EXPECT_EQ(found->item.fields.Dump(), R"({"id":"b","question":"r"})");
  ASSERT_EQ(found->prompt.size(), 1u);
  EXPECT_EQ(found->prompt[0].role, Role::kUser);
  EXPECT_EQ(found->prompt[0].content, "s: r");
  EXPECT_EQ(found->prompt_error, "");
  const auto missing = work_->Wait(work_->runs.GetCase(work_->caller, run.id, 2));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "case 2 is not in the dataset snapshot");
  testing::EditStore(files_, "UPDATE dataset_case SET fields = '{\"id\":\"b\"}' WHERE case_id = 'b'");
  const auto fieldless = work_->Wait(work_->runs.GetCase(work_->caller, run.id, 1));
  ASSERT_TRUE(fieldless);
  EXPECT_THAT(fieldless->prompt_error, ::testing::HasSubstr("question"));
  EXPECT_TRUE(fieldless->prompt.empty());
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

class RunControlTest : public RunsTest {
 protected:
  // Suite "s" has 2 cases with 50 trials each; "m" is asked by 16 at once.
  void ServeMany(int active_runs = 4, const std::string& more_of_endpoint = "") {
    testing::WriteWorkCatalog(files_, stub_.url(), "trials: 50\n");
    if (!more_of_endpoint.empty()) {
      files_.Write("catalog/model.yaml",
                   "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, " +
                       more_of_endpoint + "url: \"" + stub_.url() + "/v1\"}\n");
    }
    work_ = std::make_unique<DaemonWork>(files_, active_runs);
  }
  Result<RunRecord> Pause(const std::string& run) {
    return work_->Wait(work_->runs.PauseRun(work_->caller, run, "night"));
  }
  Result<RunRecord> Resume(const std::string& run) { return work_->Wait(work_->runs.ResumeRun(work_->caller, run)); }
  Result<RunRecord> Retry(const std::string& run, const std::optional<RequestKey>& request = {}) {
    return work_->Wait(work_->runs.RetryRun(work_->caller, run, request));
  }
  RunRecord Stored(const std::string& run) { return *work_->store->GetRun("default", run); }
  std::vector<StoredTrial> Trials(const RunRecord& run) {
    return work_->store->ReadTrials(run.key, {}, {.token = "", .limit = 1000})->items;
  }
  static std::string MessageOf(const Result<RunRecord>& result) { return result ? "no error" : result.error().message; }
};

TEST_F(RunControlTest, APausedRunSendsNothingUntilItIsResumedAlsoAfterARestart) {
  delay_ = std::chrono::milliseconds(5);
  ServeMany();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() >= 20; }));
  const auto paused = Pause(run.id);
  ASSERT_TRUE(paused) << paused.error().message;
  EXPECT_EQ(paused->state, RunState::kPaused);
  EXPECT_EQ(paused->error, "night");
  const int sent = stub_.requests();
  EXPECT_EQ(paused->counts.scored, sent);  // what was in flight was answered
  EXPECT_LT(sent, 100);
  EXPECT_EQ(Pause(run.id)->state, RunState::kPaused);
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  EXPECT_FALSE(work_->runs.IsDriven(run.id));
  EXPECT_EQ(stub_.requests(), sent);
  const auto resumed = Resume(run.id);
  ASSERT_TRUE(resumed) << resumed.error().message;
  // It may have begun before the answer was read.
  EXPECT_TRUE(resumed->state == RunState::kPending || resumed->state == RunState::kRunning);
  const RunRecord ended = work_->Ended(run.id);
  EXPECT_EQ(ended.state, RunState::kComplete);
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(ended.counts.scored, 100);
  EXPECT_EQ(stub_.requests(), 100);
  EXPECT_EQ(MessageOf(Pause(run.id)), "run " + run.id + " has ended: complete");
  EXPECT_EQ(MessageOf(Resume(run.id)), "run " + run.id + " has ended: complete");
}

TEST_F(RunControlTest, AGateWaitsForAPausedRunAndSaysSo) {
  delay_ = std::chrono::milliseconds(5);
  ServeMany();
  const CheckStatus check = work_->Check("release", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() >= 20; }));
  const std::string run = work_->AllRuns().at(0).id;
  ASSERT_TRUE(Pause(run));
  const auto status = work_->Wait(work_->checks.GetCheck(work_->caller, check.check.id));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->check.state, "PENDING");
  EXPECT_THAT(status->reason,
              ::testing::MatchesRegex("waiting for run .* of suite \"s\": paused until somebody resumes it "
                                      "\\(assay run resume .*\\), .* of 100 trials"));
  ASSERT_TRUE(Resume(run));
  EXPECT_EQ(work_->Decided(check.check.id).check.state, "PASS");
}

TEST_F(RunControlTest, APausedRunCanBeCancelledAndAWaitingOneCanBePaused) {
  is_open_ = false;
  ServeMany(1);
  const RunRecord holder = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 16; }));
  const RunRecord waiting = work_->StartRun("t", "m@1");
  EXPECT_EQ(Pause(waiting.id)->state, RunState::kPaused);
  const auto cancelled = Cancel(waiting.id, "first", "not needed");
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->state, RunState::kCancelled);
  EXPECT_EQ(cancelled->error, "not needed");
  EXPECT_EQ(cancelled->counts.skipped, 2);
  EXPECT_EQ(MessageOf(Resume(waiting.id)), "run " + waiting.id + " has ended: cancelled");
  EXPECT_EQ(Cancel(holder.id, "first", "")->state, RunState::kCancelled);
}

TEST_F(RunControlTest, ResumingWhatGoesOnChangesNothing) {
  is_open_ = false;
  ServeMany();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 16; }));
  EXPECT_EQ(Resume(run.id)->state, RunState::kRunning);
  EXPECT_EQ(stub_.requests(), 16);
}

TEST_F(RunControlTest, ItsConcurrencyIsKeptAcrossARestart) {
  is_open_ = false;
  ServeMany();
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 16; }));
  const auto set = work_->Wait(work_->runs.SetRunConcurrency(work_->caller, run.id, 3));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->concurrency, 3);
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 16 + 3; }));
  EXPECT_EQ(Stored(run.id).concurrency, 3);
  EXPECT_EQ(Cancel(run.id, "first", "")->state, RunState::kCancelled);
  EXPECT_EQ(stub_.requests(), 19);
  EXPECT_EQ(MessageOf(work_->Wait(work_->runs.SetRunConcurrency(work_->caller, run.id, 5))),
            "run " + run.id + " has ended: cancelled");
}

TEST_F(RunControlTest, ARetryAsksOnlyForWhatWasNotAnswered) {
  refuse_every_third_ = true;
  ServeMany();
  const RunRecord first = work_->Ended(work_->StartRun("s", "m@1").id);
  EXPECT_EQ(first.state, RunState::kComplete);
  EXPECT_EQ(first.counts.error, 34);
  EXPECT_EQ(first.counts.scored, 66);
  refuse_every_third_ = false;
  const RequestKey key{.method = "RetryRun", .request_id = "r1", .content_hash = "h"};
  const auto retry = Retry(first.id, key);
  ASSERT_TRUE(retry) << retry.error().message;
  EXPECT_EQ(Retry(first.id, key)->id, retry->id);
  EXPECT_EQ(retry->retry_of, first.id);
  EXPECT_EQ(retry->suite_version, first.suite_version);
  EXPECT_EQ(retry->counts.scored, 66);
  const RunRecord second = work_->Ended(retry->id);
  EXPECT_EQ(second.state, RunState::kComplete);
  EXPECT_EQ(second.counts, (RunCounts{.scheduled = 100, .scored = 100}));
  EXPECT_EQ(stub_.requests(), 134);
  const auto trials = Trials(second);
  EXPECT_EQ(std::ranges::count_if(trials, [](const StoredTrial& t) { return t.result.response->retries == 1; }), 34);
  EXPECT_EQ(Stored(first.id).counts, first.counts);  // stays what it was
  EXPECT_EQ(MessageOf(Retry(first.id)), "run " + first.id + " was asked again already, as run " + second.id +
                                            "; a trial has one answer, so retry that one");
  EXPECT_EQ(MessageOf(Retry(second.id)),
            "run " + second.id + " has nothing to ask for again: every trial was answered");
  // A gate decides by the new one.
  const CheckStatus check = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(check.runs.at(0).run.id, second.id);
  EXPECT_EQ(check.check.state, "PASS");
}

// As a crash leaves it between the two: what was answered must not be asked for again.
TEST_F(RunControlTest, ARetryThatHasTakenNothingOverYetDoesSoAfterARestart) {
  refuse_every_third_ = true;
  ServeMany();
  const RunRecord first = work_->Ended(work_->StartRun("s", "m@1").id);
  ASSERT_EQ(first.counts.error, 34);
  RunRecord stored = first;
  stored.id = "retry-1";
  stored.retry_of = first.id;
  ASSERT_TRUE(work_->store->CreateRun(stored));
  refuse_every_third_ = false;
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const RunRecord second = work_->Ended("retry-1");
  EXPECT_EQ(second.counts, (RunCounts{.scheduled = 100, .scored = 100}));
  EXPECT_EQ(stub_.requests(), 134);
}

TEST_F(RunControlTest, ARetryThatIsCancelledTakesNothingMoreOver) {
  refuse_every_third_ = true;
  ServeMany();
  const RunRecord first = work_->Ended(work_->StartRun("s", "m@1").id);
  RunRecord stored = first;
  stored.id = "retry-1";
  stored.retry_of = first.id;
  ASSERT_TRUE(work_->store->CreateRun(stored));
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->HoldPreparing();
  work_->Resume();
  auto cancelling = std::async(std::launch::async, [&] { return Cancel("retry-1", "first", "not needed"); });
  const auto served = work_->catalog.current();
  ASSERT_TRUE(Eventually(
      [&] { return !work_->runs.FindActive("default", *served->catalog.FindSuite("s"), first.model_version); }));
  work_->ReleasePreparing();
  const auto cancelled = cancelling.get();
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->state, RunState::kCancelled);
  EXPECT_EQ(cancelled->counts, (RunCounts{.scheduled = 100, .skipped = 100}));
  EXPECT_EQ(stub_.requests(), 100);
  EXPECT_TRUE(Retry(first.id)) << "it asked for nothing, so the first may still be retried";
}

TEST_F(RunControlTest, ARunThatHasNothingToTakeOverFromIsNotDriven) {
  ServeMany();
  RunRecord stored = work_->Ended(work_->StartRun("s", "m@1").id);
  stored.id = "retry-1";
  stored.retry_of = "gone";
  ASSERT_TRUE(work_->store->CreateRun(stored));
  const int sent = stub_.requests();
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const RunRecord ended = work_->Ended("retry-1");
  EXPECT_EQ(ended.state, RunState::kError);
  EXPECT_EQ(ended.error, "the answered trials of run gone were not taken over: run \"gone\" is not stored");
  EXPECT_EQ(stub_.requests(), sent);
}

TEST_F(RunControlTest, APausedRunSendsNothingThatWaitedForItsLimits) {
  ServeMany(4, "limits: {concurrency: 16, requests_per_minute: 60}, ");
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() >= 1 && Stored(run.id).counts.scored >= 1; }));
  const auto began = std::chrono::steady_clock::now();
  const auto paused = Pause(run.id);
  ASSERT_TRUE(paused) << paused.error().message;
  EXPECT_EQ(paused->state, RunState::kPaused);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10)) << "30 without it";
  EXPECT_EQ(paused->counts.scored, stub_.requests());
  EXPECT_EQ(paused->counts.error, 0);
  EXPECT_LT(stub_.requests(), 20);
}

TEST_F(RunControlTest, ARetryGoesOnWhereACancelledRunEnded) {
  delay_ = std::chrono::milliseconds(100);
  ServeMany();
  const RunRecord run = work_->StartRun("s", "m@1");
  EXPECT_THAT(MessageOf(Retry(run.id)), ::testing::HasSubstr("can be asked again when it has ended"));
  ASSERT_TRUE(Eventually([&] { return Stored(run.id).counts.scored >= 16; }));
  const auto cancelled = Cancel(run.id, "first", "");
  ASSERT_TRUE(cancelled);
  ASSERT_GT(cancelled->counts.skipped, 0);
  const int sent = stub_.requests();
  const RunRecord second = work_->Ended(Retry(run.id)->id);
  EXPECT_EQ(second.counts.scored, 100);
  EXPECT_EQ(stub_.requests() - sent, cancelled->counts.skipped);
}

TEST_F(RunControlTest, AGateTakesNoTurnBehindRunsThatNobodyWaitsFor) {
  is_open_ = false;
  ServeMany(1);
  const RunRecord holder = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 16; }));
  const RunRecord waiting = work_->StartRun("t", "m@1");
  const CheckStatus check = work_->Check("both", "m@1");
  // It joins both. The one that waits has a slot of the gate's priority, and waits for a place at the endpoint.
  ASSERT_TRUE(Eventually([&] { return Stored(waiting.id).state == RunState::kRunning; }));
  is_open_ = true;  // for those that come from now on
  EXPECT_EQ(Cancel(holder.id, "first", "")->state, RunState::kCancelled);
  EXPECT_EQ(work_->Ended(waiting.id).state, RunState::kComplete);
}

TEST_F(RunControlTest, EndpointsInUseAreListedWithTheirLimits) {
  is_open_ = false;
  ServeMany();
  EXPECT_TRUE(work_->Wait(work_->endpoints.ListEndpoints(work_->caller))->empty());
  const RunRecord run = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 16; }));
  const auto list = work_->Wait(work_->endpoints.ListEndpoints(work_->caller));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->at(0).name, "m");
  EXPECT_EQ(list->at(0).label, "1");
  EXPECT_EQ(list->at(0).provider, "openai-chat");
  EXPECT_EQ(list->at(0).url, stub_.url() + "/v1");
  EXPECT_EQ(list->at(0).state.in_flight, 16);
  EXPECT_EQ(list->at(0).credential_in_flight, 16);
  EXPECT_EQ(list->at(0).credential_concurrency, 16);
  EXPECT_EQ(Cancel(run.id, "first", "")->state, RunState::kCancelled);
}

}  // namespace
}  // namespace assay
