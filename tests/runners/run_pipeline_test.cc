#include "runners/run_pipeline.h"

#include <gmock/gmock.h>

#include <boost/asio/post.hpp>

#include "config/model.h"
#include "runners/http/http_client.h"
#include "tests/runners/run_fixture.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Await;
using testing::Eventually;
using testing::Execute;
using testing::Fixed;
using ::testing::HasSubstr;
using testing::Key;
using testing::Said;

class RunPipelineTest : public testing::RunFixture {};

TEST_F(RunPipelineTest, EveryTrialOnceInTheOrderOfThePermutation) {
  plan.max_concurrency = 1;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 150, .scored = 150}));
  ASSERT_EQ(sink.results.size(), 150u);
  for (std::int64_t i = 0; i < 150; ++i) {
    const TrialResult& result = sink.results[static_cast<std::size_t>(i)];
    EXPECT_EQ(result.position, i);
    EXPECT_EQ(result.ordinal, OrdinalAt(i));
    EXPECT_EQ(result.trial, i % 3);
    EXPECT_EQ(result.status, TrialStatus::kScored);
    ASSERT_TRUE(result.response);
    EXPECT_EQ(result.response->text, std::to_string(result.ordinal));
    EXPECT_EQ(result.scores.size(), 1u);
    EXPECT_EQ(result.error, "");
  }
}

TEST_F(RunPipelineTest, ManyTrialsAtOnceNeverMoreThanAllowedAndEachCaseReadOnce) {
  plan.cases = 3000;
  plan.max_concurrency = 32;
  endpoint->pause = Duration(200);
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded.scored, 9000);
  std::multiset<Key> keys = sink.Keys();
  EXPECT_EQ(keys.size(), 9000u);
  EXPECT_EQ(std::set<Key>(keys.begin(), keys.end()).size(), 9000u);
  EXPECT_EQ(endpoint->most, 32);
  EXPECT_EQ(source.read.size(), 3000u);
  EXPECT_LE(source.largest, static_cast<std::size_t>(RunPlan::kMaxBatch));
}

TEST_F(RunPipelineTest, ItsConcurrencyFollowsTheControlWhileItRuns) {
  plan.cases = 100'000;  // a bound; it stops when the last change has been seen
  plan.trials = 1;
  plan.max_concurrency = 16;
  endpoint->pause = Duration(500);
  control.SetConcurrency(2);
  std::vector<int> most;
  int changed_at = 0;
  // A change takes hold when the run's own coroutine has its turn, however many trials later on a busy machine.
  sink.on_write = [&](int written) {
    if (most.empty() && written == 50) {
      most.push_back(endpoint->most);
      control.SetConcurrency(std::nullopt);
    } else if (most.size() == 1 && endpoint->most == 16) {
      most.push_back(endpoint->most);
      control.SetConcurrency(3);
      changed_at = written;
    } else if (most.size() == 2 && (written - changed_at) % 100 == 0) {
      const int of_a_hundred = endpoint->most.exchange(0);
      if (of_a_hundred > 3) return;
      most.push_back(of_a_hundred);
      control.SetConcurrency(100'000);
    } else if (most.size() == 3 && endpoint->most == 16) {
      control.Stop(seconds(10));
    }
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_EQ(most, (std::vector<int>{2, 16, 3}));
  EXPECT_EQ(endpoint->most, 16);
}

TEST_F(RunPipelineTest, AnEndpointThatIsGivenUpOnInMidRunEndsIt) {
  plan.cases = 1000;
  plan.trials = 1;
  endpoint->answer = [this](const std::string& text, int number) -> Result<Response> {
    if (number < 100) return Said(text);
    if (number >= 200) endpoint->is_given_up = true;
    return Dead(text, number);
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_EQ(
      end.error,
      (Error{ErrorCode::kUnavailable, "the endpoint stopped answering: endpoint \"bot@1\": connection refused", {}}));
  EXPECT_EQ(end.recorded.scored, 100);
  EXPECT_GE(end.recorded.error, 92);  // single failures before do not end it
  EXPECT_LE(end.recorded.error, 110);
}

TEST_F(RunPipelineTest, CasesAreReadOnlyWhenThereIsRoom) {
  plan.cases = 100'000;
  plan.trials = 1;
  plan.max_concurrency = 4;
  sink.on_write = [this](int written) {
    // The queue of 128 and the trials in hand; the source's own vector is of the run's coroutine, which may be reading.
    if (written == 100) control.Stop(seconds(10));
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_LT(source.read.size(), 600u);
}

// 1,000 of the cases of the test above would be 16 GB.
TEST_F(RunPipelineTest, FewLargeCasesWaitInTheQueue) {
  plan.cases = 300;
  plan.trials = 1;
  plan.max_concurrency = 2;
  source.bytes_of_case = 16u << 20;
  sink.on_write = [this](int written) {
    if (written == 100) control.Stop(seconds(10));
  };
  EXPECT_EQ(Run().outcome, RunOutcome::kStopped);
  EXPECT_LE(source.largest, 16u);
  EXPECT_LE(source.read.size(), 100u + 16u + 4u + 2u);
}

TEST_F(RunPipelineTest, AnExceptionOfTheSourceEndsTheRunWhenItsTrialsHaveEnded) {
  plan.cases = 1000;
  plan.trials = 1;
  source.thrown_at = 1;
  endpoint->pause = milliseconds(1);
  const RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->message, "the cases could not be read: std::bad_alloc");
  EXPECT_EQ(endpoint->in_flight, 0);
}

TEST_F(RunPipelineTest, MoreTrialsThanTheQueueHolds) {
  plan.cases = 3;
  plan.trials = 700;
  RunEnd end = Run();
  EXPECT_EQ(end.recorded.scored, 2100);
  std::multiset<Key> keys = sink.Keys();
  EXPECT_EQ(std::set<Key>(keys.begin(), keys.end()).size(), 2100u);
  EXPECT_EQ(source.read.size(), 3u);
}

TEST_F(RunPipelineTest, AnEmptyRunIsComplete) {
  plan.cases = 0;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, RunCounts{});
  EXPECT_EQ(source.reads, 0);
}

TEST_F(RunPipelineTest, ResumesBetweenTheHoles) {
  plan.start_position = 40;
  plan.finished = {41, 42, 45, 149};
  plan.recorded_responses = 44;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 150, .scored = 106}));
  std::set<std::int64_t> positions;
  for (const TrialResult& result : sink.results) EXPECT_TRUE(positions.insert(result.position).second);
  for (std::int64_t i = 0; i < 150; ++i) {
    bool recorded = i < 40 || i == 41 || i == 42 || i == 45 || i == 149;
    EXPECT_EQ(positions.contains(i), !recorded) << i;
  }
}

TEST_F(RunPipelineTest, StoppedAndResumedSeveralTimesEveryTrialIsRecordedOnce) {
  plan.cases = 400;
  endpoint->pause = Duration(100);
  for (int round = 0; round < 6; ++round) {
    RunControl fresh;
    int at = 150 * (round + 1);
    sink.on_write = [&](int written) {
      if (written == at) fresh.Stop(Duration(50));  // some finish, some are cancelled
    };
    std::set<std::int64_t> done;
    for (const TrialResult& result : sink.results) done.insert(result.position);
    plan.start_position = 0;
    while (done.contains(plan.start_position)) ++plan.start_position;
    plan.finished.assign(done.lower_bound(plan.start_position), done.end());
    RunEnd end = Await(loops.executor(0), Execute(plan, loops, source, sink, fresh));
    EXPECT_EQ(end.outcome, RunOutcome::kStopped);
    EXPECT_EQ(endpoint->in_flight, 0);
  }
  sink.on_write = nullptr;
  std::set<std::int64_t> done;
  for (const TrialResult& result : sink.results) done.insert(result.position);
  plan.start_position = 0;
  plan.finished.assign(done.begin(), done.end());
  EXPECT_EQ(Run().outcome, RunOutcome::kComplete);
  std::multiset<Key> keys = sink.Keys();
  EXPECT_EQ(keys.size(), 1200u);
  EXPECT_EQ(std::set<Key>(keys.begin(), keys.end()).size(), 1200u);
}

TEST_F(RunPipelineTest, AMissingPromptFieldIsAnErrorOfItsCaseOnly) {
  source.without_field = 7;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 150, .scored = 147, .error = 3}));
  EXPECT_EQ(endpoint->asked, 147);
  for (const TrialResult& result : sink.results) {
    if (result.ordinal != 7) continue;
    EXPECT_EQ(result.status, TrialStatus::kError);
    EXPECT_EQ(result.error, "prompt: the case has no field \"q\"");
    EXPECT_FALSE(result.response);
    EXPECT_TRUE(result.scores.empty());
  }
}

TEST_F(RunPipelineTest, AnEndpointErrorIsAnErrorOfItsTrial) {
  endpoint->answer = [](const std::string& text, int) -> Result<Response> {
    if (text == "3") return Fail(ErrorCode::kDataLoss, "endpoint \"bot@1\": answered nonsense");
    return Said(text);
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 150, .scored = 147, .error = 3}));
  for (const TrialResult& result : sink.results) {
    if (result.ordinal == 3) {
      EXPECT_EQ(result.error, "endpoint \"bot@1\": answered nonsense");
    }
  }
}

TEST_F(RunPipelineTest, StatusFollowsTheScores) {
  struct Row {
    std::vector<Score> scores;
    TrialStatus status;
  };
  const Row rows[] = {
      {{}, TrialStatus::kScored},
      {{Score::Pass(), Score::Failing("no")}, TrialStatus::kScored},
      {{Score::Pass(), Score::Unscored("no target")}, TrialStatus::kUnscored},
      {{Score::Broken("broke"), Score::Unscored("no target")}, TrialStatus::kError},
      {{Score::Unscored("no target"), Score::Broken("broke")}, TrialStatus::kError},
  };
  plan.cases = 1;
  plan.trials = 1;
  for (const Row& row : rows) {
    std::vector<std::shared_ptr<const Grader>> graders;
    for (const Score& score : row.scores) graders.push_back(std::make_shared<Fixed>(score));
    plan.graders = GradersOf(std::move(graders));
    sink.results.clear();
    Run();
    ASSERT_EQ(sink.results.size(), 1u);
    EXPECT_EQ(sink.results[0].status, row.status);
    EXPECT_EQ(sink.results[0].scores, row.scores);
    EXPECT_EQ(sink.results[0].error, row.status == TrialStatus::kError ? "broke" : "");
    EXPECT_TRUE(sink.results[0].response);
  }
}

TEST_F(RunPipelineTest, TwentyEndpointErrorsAtTheBeginningStopTheRun) {
  plan.max_concurrency = 1;
  endpoint->answer = Dead;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  ASSERT_TRUE(end.error);
  EXPECT_EQ(end.error->code, ErrorCode::kUnavailable);
  EXPECT_EQ(end.error->message,
            "the first 20 trials ended in endpoint errors and none was answered; the last: endpoint \"bot@1\": "
            "connection refused");
  EXPECT_EQ(endpoint->asked, 20);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 150, .error = 20}));
}

TEST_F(RunPipelineTest, TwentyEndpointErrorsStopTrialsInFlightToo) {
  plan.cases = 5000;
  plan.trials = 1;
  plan.max_concurrency = 50;
  endpoint->answer = Dead;
  endpoint->pause = milliseconds(1);
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_LT(endpoint->asked, 5000)
      << "those that were on their way at the twentieth error, and what they made room for";
  EXPECT_GE(end.recorded.error, 20);
  EXPECT_EQ(endpoint->in_flight, 0);
}

// A filter refuses at once; the model takes its time.
TEST_F(RunPipelineTest, AnswersThatAreOnTheirWayKeepTheRunGoing) {
  plan.cases = 300;
  plan.trials = 1;
  plan.max_concurrency = 32;
  endpoint->slow = "7";
  endpoint->slow_for = milliseconds(100);
  endpoint->answer = [](const std::string& text, int number) -> Result<Response> {
    return text.find('7') == std::string::npos ? Dead(text, number) : Said(text);
  };
  const RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded.Accounted(), 300);
  EXPECT_EQ(end.recorded.scored, 57);
}

TEST_F(RunPipelineTest, OneAnswerAmongTheFirstTwentyKeepsTheRunGoing) {
  plan.max_concurrency = 1;
  endpoint->answer = [](const std::string& text, int number) -> Result<Response> {
    if (number == 19) return Said(text);
    return Dead(text, number);
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 150, .scored = 1, .error = 149}));
}

TEST_F(RunPipelineTest, AShortRunOfNothingButEndpointErrorsFails) {
  plan.cases = 4;
  plan.trials = 1;
  endpoint->answer = Dead;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_THAT(end.error->message, HasSubstr("the first 4 trials ended in endpoint errors"));
  source.without_field = 0;
  sink.results.clear();
  RunEnd mixed = Run();  // one case never reached the endpoint
  EXPECT_EQ(mixed.outcome, RunOutcome::kFailed);
  EXPECT_THAT(mixed.error->message, HasSubstr("the first 3 trials ended in endpoint errors"));
}

TEST_F(RunPipelineTest, EndpointErrorsCountAcrossAResume) {
  plan.max_concurrency = 1;
  plan.start_position = 15;
  plan.recorded_endpoint_errors = 15;
  endpoint->answer = Dead;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_EQ(endpoint->asked, 5);
  plan.recorded_responses = 1;
  plan.recorded_endpoint_errors = 14;
  sink.results.clear();
  RunEnd answered_before = Run();
  EXPECT_EQ(answered_before.outcome, RunOutcome::kComplete);
  EXPECT_EQ(answered_before.recorded.error, 135);
}

TEST_F(RunPipelineTest, AFailingSinkEndsTheRun) {
  sink.fail_after = 10;
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_EQ(end.error, (Error{ErrorCode::kDataLoss, "disk full", {}}));
  EXPECT_EQ(sink.results.size(), 10u);
  EXPECT_EQ(end.recorded.scored, 10);
  EXPECT_EQ(endpoint->in_flight, 0);
}

TEST_F(RunPipelineTest, AFailingSourceEndsTheRun) {
  plan.cases = 5000;
  source.broken = OrdinalAt(9000);
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_EQ(end.error, (Error{ErrorCode::kUnavailable, "the store is gone", {}}));
  EXPECT_LT(end.recorded.scored, 9003);
}

TEST_F(RunPipelineTest, AnExceptionEndsTheRunInsteadOfTheProcess) {
  endpoint->answer = [](const std::string&, int) -> Result<Response> { throw std::runtime_error("bug"); };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kFailed);
  EXPECT_EQ(end.error->code, ErrorCode::kInternal);
  EXPECT_EQ(end.error->message, "a trial ended in an exception: bug");
}

TEST_F(RunPipelineTest, ASlowSinkHoldsTheRunBack) {
  plan.max_concurrency = 4;
  sink.pause = milliseconds(1);
  RunEnd end = Run();
  EXPECT_EQ(end.recorded.scored, 150);
  EXPECT_LE(endpoint->most, 4);
}

TEST_F(RunPipelineTest, StoppingLetsTrialsInFlightFinish) {
  endpoint->pause = milliseconds(30);
  sink.on_write = [this](int written) {
    if (written == 8) control.Stop(seconds(30));
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_EQ(end.recorded.scored, endpoint->asked);  // whoever was asked is recorded
  EXPECT_LT(endpoint->asked, 30);
}

TEST_F(RunPipelineTest, AfterTheGraceTrialsAreCancelledAndNotRecorded) {
  endpoint->pause = seconds(600);
  std::thread stopper([this] {
    EXPECT_TRUE(Eventually([this] { return endpoint->in_flight == 8; }));
    control.Stop(milliseconds(20));
  });
  RunEnd end = Run();
  stopper.join();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_EQ(end.recorded, RunCounts{.scheduled = 150});
  EXPECT_EQ(sink.results.size(), 0u);
  EXPECT_EQ(endpoint->in_flight, 0);
}

TEST_F(RunPipelineTest, StoppedBeforeItBeginsItAsksNothing) {
  control.Stop(Duration::zero());
  EXPECT_EQ(Run().outcome, RunOutcome::kStopped);
  EXPECT_EQ(endpoint->asked, 0);
}

TEST_F(RunPipelineTest, OverHttpWithCancellationNothingIsLeftRunning) {
  testing::HttpStub stub([](const testing::StubRequest&, int index) {
    testing::StubReply reply = testing::ChatAnswer("four");
    if (index >= 40) reply.fault = testing::StubReply::Fault::kNever;
    return reply;
  });
  HttpClient client(loops);
  EndpointSpec spec;
  spec.provider = "openai-chat";
  spec.url = stub.url();
  spec.model = "bot";
  auto made = MakeEndpoint("bot@1", spec, {.http = client});
  ASSERT_TRUE(made);
  plan.endpoint = *made;
  std::thread stopper([&] {
    EXPECT_TRUE(Eventually([&] { return stub.in_flight() == 8 && sink.count == 40; }));
    control.Stop(Duration::zero());
  });
  RunEnd end = Run();
  stopper.join();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_EQ(end.recorded.scored, 40);
  EXPECT_EQ(stub.most_in_flight(), 8);
  EXPECT_TRUE(Eventually([&] { return stub.in_flight() == 0; }));
}

TEST_F(RunPipelineTest, AnInvalidPlanIsRefused) {
  plan.finished = {5, 3};
  EXPECT_EQ(Run().error->code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace assay
