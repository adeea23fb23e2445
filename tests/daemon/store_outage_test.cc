// Runs whose results the store does not take.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace asio = boost::asio;

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;

const Error kFull{ErrorCode::kUnavailable, "database or disk is full", std::nullopt};
const Error kBroken{ErrorCode::kInternal, "no such table", std::nullopt};

// Suite "s" has 2 cases with 200 trials each; an answer costs 18 dollars. 16 are asked for at once; a batch and the
// queue hold 32 results each.
class StoreOutage : public ::testing::Test {
 protected:
  static constexpr int kTrials = 400;
  static constexpr int kMostAhead = 16 + 32 + 32 + 16;

  StoreOutage() {
    testing::WriteWorkCatalog(files_, stub_.url(), "trials: 200\nsampling: {max_tokens: 10}\n");
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nusd_per_million_tokens: {input: 1000000, output: 1000000}\n"
                 "endpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
                     stub_.url() + "/v1\"}\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  RunRecord Start(double budget_usd) {
    StartRunArguments arguments;
    arguments.suite = "s";
    arguments.model = "m@1";
    arguments.budget_usd = budget_usd;
    const auto run = work_->Wait(work_->runs.StartRun(work_->caller, arguments));
    EXPECT_TRUE(run) << run.error().message;
    return run.value_or(RunRecord{});
  }
  // Until most of what may be asked for waits to be stored.
  void AwaitFullQueue() {
    ASSERT_TRUE(Eventually([this] { return work_->writer.pending() >= 40 && stub_.in_flight() == 0; }));
  }
  RunRecord Stored(const RunRecord& run) { return *work_->store->GetRun(run.key); }

  testing::TemporaryFolder files_;
  HttpStub stub_{[](const testing::StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(StoreOutage, ARunBuysNoMoreThanItCanKeepAndLosesNothing) {
  work_->results_refused = &kFull;
  const RunRecord run = Start(1'000'000);
  AwaitFullQueue();
  EXPECT_LE(stub_.requests(), kMostAhead);
  EXPECT_EQ(Stored(run).counts.Accounted(), 0);
  work_->results_refused = nullptr;
  const RunRecord ended = work_->Ended(run.id);
  EXPECT_EQ(ended.state, RunState::kComplete) << ended.error;
  EXPECT_EQ(ended.counts.scored, kTrials);
  EXPECT_EQ(stub_.requests(), kTrials) << "nothing was asked for twice";
  EXPECT_DOUBLE_EQ(ended.cost_usd.value(), 18 * kTrials);
}

TEST_F(StoreOutage, ABudgetHoldsThroughIt) {
  work_->results_refused = &kFull;
  const RunRecord run = Start(900);
  ASSERT_TRUE(Eventually([this] { return stub_.requests() >= 20 && stub_.in_flight() == 0; }));
  work_->results_refused = nullptr;
  const RunRecord ended = work_->Ended(run.id);
  EXPECT_EQ(ended.state, RunState::kStopped) << ended.error;
  EXPECT_LE(stub_.requests() * 18, 900);
  EXPECT_DOUBLE_EQ(ended.cost_usd.value(), 18 * stub_.requests());
}

TEST_F(StoreOutage, AStopOfTheDaemonWaitsForNoStore) {
  work_->results_refused = &kFull;
  const RunRecord run = Start(1'000'000);
  AwaitFullQueue();
  const auto began = std::chrono::steady_clock::now();
  work_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4)) << "it gives up on the run after 5";
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  EXPECT_EQ(work_->Ended(run.id).counts.scored, kTrials);
}

TEST_F(StoreOutage, ARunThatIsCancelledMeanwhileEndsWithWhatItHasWhenTheStoreIsBack) {
  work_->results_refused = &kFull;
  const RunRecord run = Start(1'000'000);
  AwaitFullQueue();
  auto cancelling = std::async(std::launch::async,
                               [&] { return work_->Wait(work_->runs.CancelRun(work_->caller, run.id, "enough")); });
  // It is joined by nobody any more once it has heard of it.
  const auto served = work_->catalog.current();
  ASSERT_TRUE(Eventually(
      [&] { return !work_->runs.FindActive("default", *served->catalog.FindSuite("s"), run.model_version); }));
  work_->results_refused = nullptr;
  const auto cancelled = cancelling.get();
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->state, RunState::kCancelled);
  EXPECT_GE(cancelled->counts.scored, stub_.requests() - 16) << "those in flight were cut off";
  EXPECT_GE(cancelled->counts.scored, 40);
}

// As calls do that write while another process holds the database.
TEST_F(StoreOutage, WhoReadsWaitsForNoWrites) {
  const RunRecord run = work_->Ended(Start(1'000'000).id);
  std::promise<void> released;
  const std::shared_future<void> held = released.get_future().share();
  for (int i = 0; i < 4; ++i) asio::post(work_->blocking, [held] { held.wait(); });
  EXPECT_TRUE(work_->Wait(work_->runs.GetRun(work_->caller, run.id)));
  RunFilter filter;
  filter.project = work_->caller.project;
  EXPECT_EQ(work_->Wait(work_->runs.ListRuns(work_->caller, filter, {.token = "", .limit = 10}))->items.size(), 1u);
  EXPECT_TRUE(work_->Wait(work_->runs.ListResults(work_->caller, run.id, {}, {.token = "", .limit = 10})));
  released.set_value();
}

// What cannot be stored at all was paid for all the same.
TEST_F(StoreOutage, WhatAnswersCostThatAreNotStoredIsCounted) {
  work_->results_refused = &kBroken;
  const RunRecord ended = work_->Ended(Start(1'000'000).id);
  EXPECT_EQ(ended.state, RunState::kError);
  EXPECT_EQ(ended.error, "no such table");
  EXPECT_EQ(ended.counts.skipped, kTrials);
  // Those that were cut off in flight count at their bound.
  EXPECT_GE(ended.unanswered_usd, 18 * stub_.requests());
}

}  // namespace
}  // namespace assay
