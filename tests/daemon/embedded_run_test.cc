// Runs whose graders ask a model for embeddings, over real sockets: what is asked for, counted, pinned and stored.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

// (1, 0) for texts that begin with "yes", (0.6, 0.8) for others; 10 tokens a request.
StubReply VectorsFor(const StubRequest& request) {
  Json::Array data;
  const Json body = *Json::Parse(request.body);
  for (const Json& text : body.Find("input")->as_array()) {
    const bool is_yes = text.as_string().starts_with("yes");
    Json::Array vector = is_yes ? Json::Array{1, 0} : Json::Array{0.6, 0.8};
    data.push_back(Json::Of({{"index", static_cast<int>(data.size())}, {"embedding", std::move(vector)}}));
  }
  return {.body = Json::Of({{"data", std::move(data)}, {"usage", Json::Of({{"prompt_tokens", 10}})}}).Dump(),
          .headers = {{"content-type", "application/json"}}};
}

class EmbeddedRun : public ::testing::Test {
 protected:
  void Serve(const std::string& more_of_suite = "") {
    testing::WriteWorkCatalog(files_, candidate_.url());
    files_.Write(
        "catalog/near.yaml",
        "kind: Suite\nname: near\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
            more_of_suite +
            "graders:\n"
            "  - {name: near, type: embedding_similarity, endpoint: vectors, reference: \"{{answer}}\", "
            "threshold: 0.75}\n");
    files_.Write("catalog/near_gate.yaml",
                 "kind: Gate\nname: near\nsuites: [near]\nrules: [{name: near, grader: near, at_least: 0.01}]\n");
    files_.Write("catalog/cases.jsonl",
                 "{\"id\":\"a\",\"question\":\"q\",\"answer\":\"yes sir\",\"reference\":\"\"}\n"
                 "{\"id\":\"b\",\"question\":\"r\",\"answer\":\"no sir\",\"reference\":\"\"}\n");
    WriteVectors("1");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  void WriteVectors(const std::string& version) {
    files_.Write("catalog/vectors.yaml",
                 "kind: Model\nname: vectors\nversion: \"" + version +
                     "\"\nendpoint: {provider: openai-chat, model: v, attempts: 1, outage: 1s, url: \"" +
                     vectors_.url() + "/v1\"}\nusd_per_million_tokens: {input: 100000, output: 0}\n");
  }

  std::atomic<bool> is_down_ = false;
  testing::TemporaryFolder files_;
  HttpStub candidate_{[](const StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  HttpStub vectors_{[this](const StubRequest& request, int) {
    if (is_down_) return StubReply{.status = 500, .body = "down"};
    return VectorsFor(request);
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(EmbeddedRun, IsScoredByTheVectorsOfItsModel) {
  Serve("trials: 3\n");
  const RunRecord run = work_->Ended(work_->StartRun("near", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 6, .scored = 6}));
  const auto trials = work_->store->ReadTrials(run.key, {}, {.token = "", .limit = 100});
  for (const StoredTrial& trial : trials->items) {
    const Score& score = trial.scores.at(0).score;
    EXPECT_EQ(score.pass, trial.case_id == "a") << score.reason;
    EXPECT_NEAR(score.value.value(), trial.case_id == "a" ? 1 : 0.6, 1e-6);
    EXPECT_THAT(score.evidence, HasSubstr("\"model\":\"vectors\""));
  }
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), vectors_.requests()) << "ten tokens of a tenth of a dollar each";
  EXPECT_THAT(run.graders.at(0).version, HasSubstr("1 vectors@sha256:"));
  std::map<std::string, int> asked;
  for (const StubRequest& request : vectors_.received()) {
    EXPECT_EQ(request.target, "/v1/embeddings");
    const Json body = *Json::Parse(request.body);
    for (const Json& text : body.Find("input")->as_array()) ++asked[text.as_string()];
  }
  EXPECT_EQ(asked, (std::map<std::string, int>{{"yes", 6}, {"yes sir", 1}, {"no sir", 1}}));
}

TEST_F(EmbeddedRun, AnotherVersionOfTheModelGradesAnew) {
  Serve();
  const CheckStatus first = work_->Decided(work_->Check("near", "m@1").check.id);
  const CheckStatus again = work_->Decided(work_->Check("near", "m@1").check.id);
  EXPECT_EQ(first.runs.at(0).run.id, again.runs.at(0).run.id);
  WriteVectors("2");
  work_->catalog.Reload();
  const CheckStatus other = work_->Decided(work_->Check("near", "m@1").check.id);
  EXPECT_NE(first.runs.at(0).run.id, other.runs.at(0).run.id);
}

TEST_F(EmbeddedRun, AModelThatIsDownEndsTheRunAndIsNoScore) {
  Serve();
  is_down_ = true;
  const RunRecord run = work_->Ended(work_->StartRun("near", "m@1").id);
  EXPECT_EQ(run.state, RunState::kError);
  EXPECT_THAT(run.error, HasSubstr("endpoint \"vectors\""));
  EXPECT_EQ(run.counts.scored, 0);
}

}  // namespace
}  // namespace assay
