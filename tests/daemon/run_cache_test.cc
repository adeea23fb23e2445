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
  std::atomic<const char*> finish_reason_ = "stop";
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest&, int) {
    if (status_ != 200) return StubReply{.status = status_};
    StubReply reply = testing::ChatAnswer(answer_.load());
    const std::string whole = "\"finish_reason\":\"stop\"";
    const std::size_t at = reply.body.find(whole);
    if (at != std::string::npos)
      reply.body.replace(at, whole.size(), "\"finish_reason\":\"" + std::string(finish_reason_.load()) + "\"");
    return reply;
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
}

// Else whoever draws until it pleases, in this suite or another, chooses what the next run finds.
TEST_F(RunCacheTest, TheFirstAnswerStaysWhateverIsDrawnAfterIt) {
  Serve("cache: true\n");
  answer_ = "no";
  Run();
  ASSERT_TRUE(Eventually([&] { return Run().answers_cached == 2; }));
  answer_ = "yes";
  const CheckStatus fresh = work_->Decided(work_->Check("release", "m@1", true).check.id);
  EXPECT_EQ(fresh.check.state, "PASS");
  files_.Write("catalog/u.yaml",
               "kind: Suite\nname: u\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"s: {{question}}\"}]\n"
               "cache: true\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n---\n"
               "kind: Gate\nname: other\nsuites: [u]\nrules: [{name: some, grader: answer, at_least: 0.5}]\n");
  work_->catalog.Reload();
  const RunRecord other = work_->Ended(work_->StartRun("u", "m@1").id);
  EXPECT_EQ(other.answers_cached, 2);
  const auto trials = work_->store->ReadTrials(other.key, {}, {});
  ASSERT_TRUE(trials);
  for (const StoredTrial& trial : trials->items) EXPECT_EQ(trial.result.response->text, "no");
}

// A cache keeps an answer for each request: of many that differ in nothing that matters (`ttl`, a seed, a word)
// somebody takes the one whose answers please.
TEST_F(RunCacheTest, ChecksTakeNothingFromIt) {
  Serve("cache: {ttl: 50h}\n");
  answer_ = "yes";
  for (const char* ttl : {"100h", "101h"}) {
    files_.Write("catalog/scratch.yaml",
                 "kind: Suite\nname: scratch\ndataset: [{file: cases.jsonl, id: id}]\n"
                 "prompt: [{user: \"s: {{question}}\"}]\ncache: {ttl: " +
                     std::string(ttl) + "}\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n");
    work_->catalog.Reload();
    work_->Ended(work_->StartRun("scratch", "m@1").id);
    ASSERT_TRUE(AreKept());
    answer_ = "no";
  }
  Serve("cache: {ttl: 100h}\n");
  const RunRecord chosen = Run();
  EXPECT_EQ(chosen.answers_cached, 2) << "the pleasing ones";
  const int asked = stub_.requests();
  const CheckStatus decided = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(stub_.requests(), asked + 2) << "its run asks";
  EXPECT_NE(decided.runs.at(0).run.id, chosen.id);
  EXPECT_EQ(decided.verdict->verdict.suites.at(0).answers_cached, 0);
  EXPECT_NE(decided.check.state, "PASS");
  EXPECT_EQ(Run().answers_cached, 2);
  const CheckStatus again = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(again.runs.at(0).run.id, decided.runs.at(0).run.id) << "later runs from the cache do not take its place";
}

// A second run must not ask only for what failed: what was cut off or withheld is an answer like others.
TEST_F(RunCacheTest, AnswersThatAreNotWholeAreNotAskedForAgain) {
  for (const char* reason : {"length", "content_filter"}) {
    work_ = nullptr;
    Serve("cache: true\ndescription: " + std::string(reason) + "\n");
    files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"" + std::string(reason) +
                                            "\"}\n{\"id\":\"b\",\"question\":\"other " + std::string(reason) + "\"}\n");
    work_->catalog.Reload();
    finish_reason_ = reason;
    answer_ = "no";
    const RunRecord first = Run();
    EXPECT_EQ(first.counts.scored, 2) << reason;
    finish_reason_ = "stop";
    answer_ = "yes";
    RunRecord second;
    ASSERT_TRUE(Eventually([&] {
      second = Run();
      return second.answers_cached == 2;
    })) << reason;
    const auto trials = work_->store->ReadTrials(second.key, {}, {});
    ASSERT_TRUE(trials);
    for (const StoredTrial& trial : trials->items) {
      EXPECT_EQ(trial.result.response->text, "no");
      EXPECT_EQ(trial.result.response->finish_reason, reason);
    }
  }
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
  cache.Keep("too large", response, std::chrono::hours(1));
  EXPECT_FALSE(work_->Wait(cache.Find("too large", std::chrono::hours(1))));
  StoreResponseCache off(*work_->store, work_->blocking.get_executor(), SystemClock(), 0);
  off.Keep("d", {}, std::chrono::hours(1));
  EXPECT_FALSE(work_->Wait(off.Find("d", std::chrono::hours(1))));
  const std::vector<CachedResponse> other = {{"d", "no response", SystemClock().Now()}};
  ASSERT_TRUE(work_->store->KeepResponses(other));
  EXPECT_FALSE(work_->Wait(cache.Find("d", std::chrono::hours(1))));
  EXPECT_EQ(*work_->store->FindCachedResponse("d", Time{}), std::nullopt) << "it makes room for one that can be read";
}

TEST_F(RunCacheTest, ItKeepsNoMoreThanItsLimit) {
  Serve("");
  StoreResponseCache cache(*work_->store, work_->blocking.get_executor(), SystemClock(), 10'000);
  Response response;
  response.text = std::string(1000, 'a');
  for (int i = 0; i < 50; ++i) cache.Keep("d" + std::to_string(i), response, std::chrono::hours(1));
  EXPECT_TRUE(Eventually([&] { return work_->Wait(cache.Find("d49", std::chrono::hours(1))).has_value(); }));
  EXPECT_TRUE(Eventually([&] { return work_->store->EvictResponses(1 << 20, 0).value() <= 10'000; }));
  EXPECT_TRUE(work_->Wait(cache.Find("d49", std::chrono::hours(1))));
  EXPECT_FALSE(work_->Wait(cache.Find("d0", std::chrono::hours(1))));
}

}  // namespace
}  // namespace assay
