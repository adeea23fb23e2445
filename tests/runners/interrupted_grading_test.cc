// Runs that are interrupted while graders that wait are due: what was answered is handed on.

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "runners/graders/waiting_grader.h"
#include "tests/runners/run_fixture.h"

namespace assay {
namespace {

using testing::Eventually;
using testing::Pause;
using testing::RunFixture;

// Passes as many answers as it may; then the budget is spent.
class Awaited final : public WaitingGrader {
 public:
  boost::asio::awaitable<Result<GradingOutcome>> Grade(const Case&, const Response&,
                                                       const GradingTerms& terms) const override {
    if (Status may_ask = terms.sender.guard->Begin(); !may_ask) co_return Fail(may_ask.error());
    ++in_flight;
    auto pausing = Pause(pause);
    co_await std::move(pausing);
    --in_flight;
    terms.sender.guard->End(true, false);
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != boost::asio::cancellation_type::none)
      co_return Fail(ErrorCode::kCancelled, "cancelled");
    if (asked++ >= most) co_return Fail(ErrorCode::kAborted, "budget spent");
    GradingOutcome outcome{.score = Score::Pass()};
    outcome.score.evidence = terms.begun;
    terms.Charge(0.5);
    co_return outcome;
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

  Duration pause{0};
  int most = 1'000'000;
  mutable std::atomic<int> asked = 0;
  mutable std::atomic<int> in_flight = 0;
};

// The trials of an earlier execution that are due.
class Known final : public KnownTrials {
 public:
  explicit Known(const std::vector<TrialResult>& results) {
    for (const TrialResult& result : results) {
      if (result.status == TrialStatus::kSkipped) due_.emplace(result.position, result);
    }
  }
  bool Has(std::int64_t position) const override { return due_.contains(position); }
  boost::asio::awaitable<Result<KnownTrial>> Read(std::int64_t position, std::int64_t, int) override {
    const TrialResult& result = due_.at(position);
    co_return KnownTrial{.response = *result.response, .scores = result.scores};
  }

 private:
  std::map<std::int64_t, TrialResult> due_;
};

class InterruptedGradingTest : public RunFixture {
 protected:
  InterruptedGradingTest() {
    plan.cases = 40;
    plan.trials = 1;
    plan.graders = *SuiteGraders::Make(
        {{.name = "fixed", .kind = "test", .grader = std::make_shared<testing::Fixed>(Score::Pass())},
         {.name = "awaited", .kind = "test", .waiting = grader}});
  }
  int DueHandedOn() const {
    int due = 0;
    for (const TrialResult& result : sink.results) {
      if (result.status != TrialStatus::kSkipped) continue;
      ++due;
      EXPECT_TRUE(result.response);
      EXPECT_EQ(result.scores.at(0).pass, true);
      EXPECT_TRUE(result.scores.at(1).IsDue());
      EXPECT_TRUE(result.error.starts_with("not graded: ")) << result.error;
    }
    return due;
  }

  std::shared_ptr<Awaited> grader = std::make_shared<Awaited>();
};

TEST_F(InterruptedGradingTest, ABudgetThatIsSpentCostsNoAnswer) {
  grader->most = 5;
  const RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kLimited);
  EXPECT_EQ(end.error->message, "budget spent (after 5 of 40 trials)");
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 40, .scored = 5}));
  EXPECT_EQ(std::ssize(sink.results), endpoint->asked);
  EXPECT_EQ(DueHandedOn(), endpoint->asked - 5);
  EXPECT_GT(endpoint->asked, 5);
}

TEST_F(InterruptedGradingTest, AStopHandsOnWhatIsAnsweredAndTheNextExecutionOnlyGradesIt) {
  grader->pause = std::chrono::minutes(10);
  std::thread stopper([this] {
    EXPECT_TRUE(Eventually([this] { return grader->in_flight == 8; }));
    control.Stop(Duration::zero());
  });
  const RunEnd end = Run();
  stopper.join();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 40}));
  EXPECT_EQ(DueHandedOn(), 8);
  EXPECT_EQ(endpoint->asked, 8);
  EXPECT_EQ(grader->in_flight, 0);

  grader->pause = Duration(0);
  plan.known = std::make_shared<Known>(sink.results);
  sink.results.clear();
  RunControl again;
  const RunEnd whole = testing::Await(loops.executor(0), testing::Execute(plan, loops, source, sink, again));
  EXPECT_EQ(whole.outcome, RunOutcome::kComplete);
  EXPECT_EQ(whole.recorded, (RunCounts{.scheduled = 40, .scored = 40}));
  EXPECT_EQ(endpoint->asked, 40);
  int taken_over = 0;
  for (const TrialResult& result : sink.results) {
    taken_over += result.is_taken_over ? 1 : 0;
    EXPECT_EQ(result.grading_usd, 0.5);
    EXPECT_EQ(result.error, "");
  }
  EXPECT_EQ(taken_over, 8);
}

// What was known before an interruption is not handed on again.
TEST_F(InterruptedGradingTest, AnInterruptionThatBringsNothingNewHandsOnNothing) {
  grader->most = 0;
  EXPECT_EQ(Run().outcome, RunOutcome::kLimited);
  const int due = DueHandedOn();
  plan.known = std::make_shared<Known>(sink.results);
  sink.results.clear();
  const int asked = endpoint->asked;
  RunControl again;
  const RunEnd end = testing::Await(loops.executor(0), testing::Execute(plan, loops, source, sink, again));
  EXPECT_EQ(end.outcome, RunOutcome::kLimited);
  EXPECT_EQ(std::ssize(sink.results), endpoint->asked - asked) << "but for what was answered since";
  EXPECT_LE(due, 8);
}

TEST_F(InterruptedGradingTest, ARunThatFailsHandsOnWhatIsAnswered) {
  grader->pause = std::chrono::minutes(10);
  plan.cases = 400;
  source.broken = OrdinalAt(100);  // of the second batch
  plan.max_concurrency = 8;
  const RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_EQ(std::ssize(sink.results), endpoint->asked);
  EXPECT_EQ(DueHandedOn(), endpoint->asked);
}

}  // namespace
}  // namespace assay
