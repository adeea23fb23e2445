// What a retry leaves alone: a trial that was answered, whatever the answer was, has its answer for ever.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/evidence.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

// What the endpoint does to every second case until it is repaired.
enum class Fault { kCall, kNoEnd, kNoEndOfTheLastTurn, kTooLong };

class RunRetry : public ::testing::Test {
 protected:
  static constexpr int kCases = 60;

  void Serve(const std::string& prompt) {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < kCases; ++i) {
      cases += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"" + (i % 2 == 0 ? "even" : "odd") +
               (i % 3 == 0 ? " third " : "") + std::to_string(i) + "\"}\n";
    }
    files_.Write("catalog/many.jsonl", cases);
    files_.Write(
        "catalog/u.yaml",
        "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: " + prompt +
            "\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n"
            "---\nkind: Gate\nname: floor\nsuites: [u]\nrules: [{name: most, grader: answer, at_least: 0.8}]\n");
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nusd_per_million_tokens: {input: 1, output: 1}\nendpoint: "
                 "{provider: openai-chat, model: m, attempts: 1, max_response_bytes: 4000, url: \"" +
                     stub_.url() + "/v1\"}\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  StubReply Answer(const StubRequest& request) const {
    const bool is_second_turn = request.body.find("assistant") != std::string::npos;
    const bool is_meant = request.body.find("even") != std::string::npos;
    std::string message = R"({"role":"assistant","content":"yes"})";
    std::string reason = "stop";
    if (is_down_ && request.body.find("third") != std::string::npos) return {.status = 400};
    if (is_broken_ && is_meant) {
      if (fault_ == Fault::kCall && !is_second_turn) {
        message = R"({"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",)"
                  R"("function":{"name":"look","arguments":"{}"}}]})";
        reason = "tool_calls";
      }
      if (fault_ == Fault::kTooLong) message = R"({"role":"assistant","content":")" + std::string(5000, 'y') + "\"}";
      if (fault_ == Fault::kNoEnd || (fault_ == Fault::kNoEndOfTheLastTurn && is_second_turn)) reason = "error";
    }
    return {.body = R"({"choices":[{"index":0,"message":)" + message + R"(,"finish_reason":")" + reason +
                    R"("}],"usage":{"prompt_tokens":10,"completion_tokens":10}})",
            .headers = {{"Content-Type", "application/json"}}};
  }
  std::vector<StoredTrial> Errors(const RunRecord& run) {
    return work_->store->ReadTrials(run.key, {.status = TrialStatus::kError}, {.token = "", .limit = 1000})->items;
  }

  std::atomic<Fault> fault_ = Fault::kCall;
  std::atomic<bool> is_broken_ = true;
  std::atomic<bool> is_down_ = false;  // for every third case
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<DaemonWork> work_;
};

constexpr char kTwoTurns[] = "[{user: \"{{question}}\"}, {generate: true}, {user: \"Sure?\"}]";
constexpr char kOneTurn[] = "[{user: \"{{question}}\"}]";

struct NoAnswer {
  const char* name;
  Fault fault;
  const char* prompt;
  int requests;            // for all cases
  int attempts;            // for one that is in error
  std::size_t transcript;  // of it
  const char* error;       // a part of it
};

class RunRetryOf : public RunRetry, public ::testing::WithParamInterface<NoAnswer> {};

TEST_P(RunRetryOf, AnAnswerThatCountsAsNoneIsNotDrawnAgainByARetryOrACheck) {
  const NoAnswer& row = GetParam();
  fault_ = row.fault;
  Serve(row.prompt);
  const CheckStatus first = work_->Decided(work_->Check("floor", "m@1").check.id);
  EXPECT_EQ(first.check.state, "ERROR") << first.reason;
  const RunRecord run = first.runs.at(0).run;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = kCases, .scored = 30, .error = 30}));
  EXPECT_EQ(stub_.requests(), row.requests);
  for (const StoredTrial& trial : Errors(run)) {
    EXPECT_THAT(trial.result.error, ::testing::HasSubstr(row.error));
    ASSERT_TRUE(trial.result.response);
    EXPECT_EQ(trial.result.response->attempts, row.attempts);
    EXPECT_EQ(trial.result.response->transcript.size(), row.transcript);
    EXPECT_EQ(trial.result.response->cost_usd.has_value(), row.fault == Fault::kCall);
    EXPECT_TRUE(trial.scores.empty());
  }
  is_broken_ = false;  // the model changes its mind
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run.id, {}));
  ASSERT_FALSE(retry);
  EXPECT_EQ(retry.error().message, "run " + run.id +
                                       " has nothing to ask for again: every trial was answered, and errors of "
                                       "graders, or answers that count as none, make no other answer a fair one");
  const CheckStatus second = work_->Decided(work_->Check("floor", "m@1").check.id);
  EXPECT_EQ(second.check.state, "ERROR") << second.reason;
  EXPECT_EQ(second.runs.at(0).run.id, run.id);
  EXPECT_EQ(stub_.requests(), row.requests) << "nothing was asked again";
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RunRetryOf,
    ::testing::Values(NoAnswer{"ACallInTheMiddle", Fault::kCall, kTwoTurns, 90, 1, 1,
                               "turn 1 of 2: the model called tool \"look\""},
                      NoAnswer{"NoEnd", Fault::kNoEnd, kOneTurn, 60, 1, 0, "finish_reason is \"error\""},
                      NoAnswer{"NoEndOfTheLastTurn", Fault::kNoEndOfTheLastTurn, kTwoTurns, 120, 2, 3,
                               "turn 2 of 2: endpoint \"m\": answered 200"},
                      NoAnswer{"TooLong", Fault::kTooLong, kOneTurn, 60, 1, 0, "the answer is larger than 4000 bytes"}),
    [](const auto& row) { return row.param.name; });

// Half a conversation is cheaper and faster than a whole one.
TEST_F(RunRetry, WhatCountsAsNoAnswerIsNotInTheMetricsOfAnswers) {
  fault_ = Fault::kCall;
  Serve(kTwoTurns);
  const RunRecord run = work_->Ended(work_->StartRun("u", "m@1").id);
  ASSERT_EQ(run.counts, (RunCounts{.scheduled = kCases, .scored = 30, .error = 30}));
  EXPECT_NEAR(run.cost_usd.value(), 90 * 20e-6, 1e-9) << "but in the cost of the run";
  SuiteSpec suite = *work_->catalog.current()->catalog.FindSuite("u")->suite();
  suite.metrics.clear();
  for (const auto source : {MetricSource::kCostUsd, MetricSource::kLatencyMs}) {
    MetricSpec& metric = suite.metrics.emplace_back();
    metric.name = source == MetricSource::kCostUsd ? "cost" : "time";
    metric.source = source;
  }
  const auto evidence = LoadEvidence(*work_->store, run, suite);
  ASSERT_TRUE(evidence) << evidence.error().message;
  for (const char* name : {"cost", "time"}) {
    const std::size_t metric = evidence->observations.FindMetric(name).value();
    int measured = 0;
    for (std::size_t ordinal = 0; ordinal < kCases; ++ordinal)
      measured += evidence->observations.Tallies(metric)[ordinal].scored;
    EXPECT_EQ(measured, 30) << name;
  }
}

// Some cases are answered so that it counts as none, others not at all: only these are asked again.
TEST_F(RunRetry, WhatWasAnsweredIsTakenOverAsTheErrorThatItIs) {
  fault_ = Fault::kCall;
  is_down_ = true;
  Serve(kTwoTurns);
  const RunRecord first = work_->Ended(work_->StartRun("u", "m@1").id);
  EXPECT_EQ(first.counts, (RunCounts{.scheduled = kCases, .scored = 20, .error = 40}));
  is_broken_ = false;
  is_down_ = false;
  const int before = stub_.requests();
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, first.id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const RunRecord second = work_->Ended(retry->id);
  EXPECT_EQ(second.counts, (RunCounts{.scheduled = kCases, .scored = 40, .error = 20}));
  EXPECT_EQ(stub_.requests() - before, 40);
  // Its oldest answers are those of the first.
  const auto evidence = LoadEvidence(*work_->store, second, *work_->catalog.current()->catalog.FindSuite("u")->suite());
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->started, second.started);
  EXPECT_EQ(evidence->oldest, first.started);
  EXPECT_LT(evidence->oldest, evidence->started);
  const CheckStatus check = work_->Decided(work_->Check("floor", "m@1").check.id);
  EXPECT_EQ(check.runs.at(0).run.id, second.id);
  EXPECT_EQ(check.check.state, "ERROR") << check.reason;
}

}  // namespace
}  // namespace assay
