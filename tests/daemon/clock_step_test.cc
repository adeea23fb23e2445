// The machine's clock is set back and forth by an hour while runs and checks are going on. Waits are measured by the
// monotonic clock and order is that of the store, so nothing but the times that are shown may differ.

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

class SteppedClock : public Clock {
 public:
  Time Now() const override { return SystemClock().Now() + std::chrono::hours(hours_.load()); }
  void StepTo(int hours) { hours_ = hours; }

 private:
  std::atomic<int> hours_ = 0;
};

std::string HttpDate(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  char text[64];
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

class ClockStep : public ::testing::TestWithParam<int> {
 protected:
  StubReply Answer(int index) {
    StubReply reply = testing::ChatAnswer("yes");
    if (!is_open_) reply.fault = StubReply::Fault::kNever;
    if (index == 0 && refuses_first_) {
      reply = {.status = 429, .body = "{}"};
      const Time now = SystemClock().Now();
      reply.headers = {{"Date", HttpDate(now)}, {"Retry-After", HttpDate(now + std::chrono::seconds(1))}};
    }
    return reply;
  }
  void Serve() {
    testing::WriteWorkCatalog(files_, stub_.url());
    work_ = std::make_unique<DaemonWork>(files_, 4, clock_);
  }

  SteppedClock clock_;
  std::atomic<bool> is_open_ = true;
  std::atomic<bool> refuses_first_ = false;
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const testing::StubRequest&, int index) { return Answer(index); }};
  std::unique_ptr<DaemonWork> work_;
};

INSTANTIATE_TEST_SUITE_P(Hours, ClockStep, ::testing::Values(-1, 1),
                         [](const auto& hours) { return hours.param < 0 ? "Back" : "Forth"; });

TEST_P(ClockStep, RunsGoOnAndStayInTheOrderOfTheirStart) {
  is_open_ = false;
  Serve();
  const RunRecord first = work_->StartRun("s", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 2; }));
  clock_.StepTo(GetParam());
  const RunRecord second = work_->StartRun("t", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.requests() == 4; }));
  clock_.StepTo(0);
  work_->Stop();
  is_open_ = true;
  work_ = std::make_unique<DaemonWork>(files_, 4, clock_);
  clock_.StepTo(GetParam());
  work_->Resume();
  for (const std::string& id : {first.id, second.id}) {
    const RunRecord ended = work_->Ended(id);
    EXPECT_EQ(ended.state, RunState::kComplete) << ended.error;
    EXPECT_EQ(ended.counts.scored, 2);
  }
  clock_.StepTo(0);
  const RunRecord third = work_->StartRun("s", "m@1");
  EXPECT_LT(first.id, second.id);
  EXPECT_LT(second.id, third.id);
  const std::vector<RunRecord> runs = work_->AllRuns();
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].id, third.id) << "the newest first";
  EXPECT_EQ(runs[1].id, second.id);
  EXPECT_EQ(runs[2].id, first.id);
}

TEST_P(ClockStep, AWaitForAVerdictEndsWhenItShould) {
  is_open_ = false;
  Serve();
  const CheckStatus pending = work_->Check("release", "m@1");
  const auto began = std::chrono::steady_clock::now();
  clock_.StepTo(GetParam());
  const auto waited =
      work_->Wait(work_->checks.AwaitVerdict(work_->caller, pending.check.id, began + std::chrono::milliseconds(200)));
  ASSERT_TRUE(waited) << waited.error().message;
  EXPECT_FALSE(waited->verdict);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(200));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

TEST_P(ClockStep, ADateToRetryAfterIsReadByTheClockOfTheServer) {
  refuses_first_ = true;
  clock_.StepTo(GetParam());
  Serve();
  const auto began = std::chrono::steady_clock::now();
  const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
  EXPECT_EQ(run.counts.scored, 2);
  EXPECT_EQ(stub_.requests(), 3);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(900));
}

}  // namespace
}  // namespace assay
