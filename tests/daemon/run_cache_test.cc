// Runs whose answers come from the response cache.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/evidence.h"
#include "daemon/prepared_run.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

class RunCacheTest : public ::testing::Test {
 protected:
  void Serve(const std::string& more_of_suite) {
    testing::WriteWorkCatalog(files_, stub_.url(), more_of_suite);
    files_.Write(
        "catalog/model.yaml",
        "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\nusd_per_million_tokens: {input: 0, output: 1000000}\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  RunRecord Run() { return work_->Ended(work_->StartRun("s", "m@1").id); }
  // Both answers of a run are kept soon after it has ended.
  bool AreKept() {
    return Eventually([&] { return work_->store->EvictResponses(1 << 20, 0).value() > 100; });
  }

  std::atomic<int> status_ = 200;
  std::atomic<const char*> answer_ = "yes";
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest&, int) {
    if (status_ != 200) return StubReply{.status = status_};
    return testing::ChatAnswer(answer_.load());
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(RunCacheTest, ASecondRunAsksForNothingAndCostsNothing) {
  Serve("cache: true\n");
  const RunRecord first = Run();
  EXPECT_EQ(first.answers_cached, 0);
  EXPECT_DOUBLE_EQ(first.cost_usd.value(), 14);
  ASSERT_TRUE(AreKept());
  const std::string metrics = work_->telemetry.Expose();
  const RunRecord second = Run();
  EXPECT_EQ(second.state, RunState::kComplete) << second.error;
  EXPECT_EQ(stub_.requests(), 2);
  EXPECT_EQ(second.counts.scored, 2);
  EXPECT_EQ(second.answers_cached, 2);
  EXPECT_EQ(second.answers_without_cost, 0);
  EXPECT_EQ(second.cost_usd, std::nullopt);
  EXPECT_EQ(second.tokens_out, 0);
  const SuiteSpec& suite = *work_->catalog.current()->catalog.FindSuite("s")->suite();
  const auto evidence = LoadEvidence(*work_->store, second, suite);
  ASSERT_TRUE(evidence) << evidence.error().message;
  EXPECT_EQ(evidence->answers_cached, 2);
  EXPECT_EQ(evidence->started, second.started);
  EXPECT_EQ(evidence->oldest, *second.started - suite.cache.ttl) << "as old as the cache keeps them";
  EXPECT_EQ(LoadEvidence(*work_->store, first, suite)->oldest, first.started);
  const auto trials = work_->store->ReadTrials(second.key, {}, {});
  ASSERT_TRUE(trials);
  for (const StoredTrial& trial : trials->items) {
    EXPECT_TRUE(trial.result.response->is_cached);
    EXPECT_EQ(trial.result.response->text, "yes");
    EXPECT_EQ(trial.result.response->attempts, 0);
    EXPECT_EQ(trial.result.response->cost_usd, 7);  // what it cost once
  }
  // Nothing of the second run is in the metrics of the endpoint.
  for (const char* series : {"assay_endpoint_requests_total{code=\"200\",endpoint=\"m\"} 2",
                             "assay_endpoint_cost_usd_total{endpoint=\"m\"} 14"}) {
    EXPECT_THAT(metrics, ::testing::HasSubstr(series));
    EXPECT_THAT(work_->telemetry.Expose(), ::testing::HasSubstr(series));
  }
}

TEST_F(RunCacheTest, AFreshCheckAsksForEveryAnswerAnew) {
  Serve("cache: true\n");
  Run();
  ASSERT_TRUE(AreKept());
  const CheckStatus fresh = work_->Decided(work_->Check("release", "m@1", true).check.id);
  ASSERT_EQ(fresh.runs.size(), 1u);
  EXPECT_EQ(fresh.runs[0].run.answers_cached, 0);
  EXPECT_EQ(fresh.runs[0].run.counts.scored, 2);
  EXPECT_EQ(stub_.requests(), 4);
  EXPECT_TRUE(IsFresh(fresh.runs[0].run));
  // What it was told is what the cache has from then on.
  answer_ = "no";
  ASSERT_TRUE(IsFresh(work_->Decided(work_->Check("release", "m@1", true).check.id).runs[0].run));
  EXPECT_TRUE(Eventually([&] {
    const RunRecord run = Run();
    return run.answers_cached == 2 && work_->store->ReadTrials(run.key, {}, {})->items[0].result.response->text == "no";
  }));
}

TEST_F(RunCacheTest, IsOffByDefault) {
  Serve("");
  Run();
  EXPECT_EQ(Run().answers_cached, 0);
  EXPECT_EQ(stub_.requests(), 4);
}

TEST_F(RunCacheTest, CachedAnswersNeedNoRoomInTheBudget) {
  Serve("cache: {ttl: 7d}\nsampling: {max_tokens: 10}\nbudget_usd: 17\n");
  EXPECT_EQ(Run().state, RunState::kComplete);
  ASSERT_TRUE(AreKept());
  files_.Write("catalog/s2.yaml",
               "kind: Suite\nname: s2\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"s: {{question}}\"}]\n"
               "cache: true\nsampling: {max_tokens: 10}\nbudget_usd: 0.001\n"
               "graders: [{name: answer, type: equals, value: \"yes\"}]\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(work_->StartRun("s2", "m@1").id);
  EXPECT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.answers_cached, 2);
}

TEST_F(RunCacheTest, ErrorsAreNotKept) {
  Serve("cache: true\n");
  status_ = 400;
  EXPECT_EQ(Run().state, RunState::kError);
  status_ = 200;
  const RunRecord run = Run();
  EXPECT_EQ(run.counts.scored, 2);
  EXPECT_EQ(run.answers_cached, 0);
}

TEST_F(RunCacheTest, CachedAnswersHaveNoLatency) {
  Serve("cache: {with_latency: true}\nmetrics: [{name: slow, source: latency_ms, aggregate: p95}]\n");
  Run();
  ASSERT_TRUE(AreKept());
  const RunRecord second = Run();
  int rows = 0;
  ASSERT_TRUE(work_->store->ReadTrialColumns(second.key, [&](const TrialColumns& trial) {
    ++rows;
    EXPECT_TRUE(trial.is_cached);
    EXPECT_EQ(trial.latency_us, std::nullopt);
    EXPECT_EQ(trial.first_token_us, std::nullopt);
  }));
  EXPECT_EQ(rows, 2);
}

// A store that cannot be read or written costs answers, and no trial.
TEST_F(RunCacheTest, ItsErrorsFailNoTrial) {
  Serve("");
  StoreResponseCache cache(*work_->store, work_->blocking.get_executor(), SystemClock(), 1000);
  Response response;
  response.text = std::string(2000, 'a');
  cache.Keep("too large", response);
  EXPECT_FALSE(work_->Wait(cache.Find("too large", std::chrono::hours(1))));
  StoreResponseCache off(*work_->store, work_->blocking.get_executor(), SystemClock(), 0);
  off.Keep("d", {});
  EXPECT_FALSE(work_->Wait(off.Find("d", std::chrono::hours(1))));
  const std::vector<CachedResponse> other = {{"d", "no response", SystemClock().Now()}};
  ASSERT_TRUE(work_->store->KeepResponses(other));
  EXPECT_FALSE(work_->Wait(cache.Find("d", std::chrono::hours(1))));
}

TEST_F(RunCacheTest, ItKeepsNoMoreThanItsLimit) {
  Serve("");
  StoreResponseCache cache(*work_->store, work_->blocking.get_executor(), SystemClock(), 10'000);
  Response response;
  response.text = std::string(1000, 'a');
  for (int i = 0; i < 50; ++i) cache.Keep("d" + std::to_string(i), response);
  EXPECT_TRUE(Eventually([&] { return work_->Wait(cache.Find("d49", std::chrono::hours(1))).has_value(); }));
  EXPECT_TRUE(Eventually([&] { return work_->store->EvictResponses(1 << 20, 0).value() <= 10'000; }));
  EXPECT_TRUE(work_->Wait(cache.Find("d49", std::chrono::hours(1))));
  EXPECT_FALSE(work_->Wait(cache.Find("d0", std::chrono::hours(1))));
}

}  // namespace
}  // namespace assay
