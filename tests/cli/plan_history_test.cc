// assay plan --runs-of, which asks a daemon what its runs show.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "assay/v1/run.grpc.pb.h"
#include "cli/command_line.h"
#include "cli/kinds.h"
#include "config/catalog.h"
#include "core/json.h"
#include "runners/dataset_fields.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

// Has complete runs of 40 cases: b-2 and b-1 of bot@2, the newest first, and base-1 of bot@1; and one of bot@2 on the
// suite as it was before.
class StoredRuns final : public v1::RunService::Service {
 public:
  std::string suite_version;

  grpc::Status ListRuns(grpc::ServerContext*, const v1::ListRunsRequest* request,
                        v1::ListRunsResponse* response) override {
    EXPECT_EQ(request->suite(), "chat");
    EXPECT_EQ(request->state(), v1::RunState::COMPLETE);
    if (request->model() == "bot@1") {
      Add("base-1", suite_version, *response);
    } else if (request->model() == "bot@2") {
      Add("old", "sha256:other", *response);
      Add("b-2", suite_version, *response);
      Add("b-1", suite_version, *response);
    }
    return grpc::Status::OK;
  }

  // 36 of 40 pass in b-2, all in base-1.
  grpc::Status StreamResults(grpc::ServerContext*, const v1::StreamResultsRequest* request,
                             grpc::ServerWriter<v1::StreamResultsResponse>* writer) override {
    EXPECT_TRUE(request->omit_responses());
    v1::StreamResultsResponse page;
    for (int i = 0; i < 40; ++i) {
      v1::Trial& trial = *page.add_trials();
      trial.set_ordinal(i);
      v1::Score& score = *trial.add_scores();
      score.set_grader("answer");
      score.set_status(v1::ScoreStatus::SCORED);
      const bool passes = request->run_id() != "b-2" || i >= 4;
      score.set_value(passes ? 1 : 0);
      score.set_pass(passes);
    }
    writer->Write(page);
    return grpc::Status::OK;
  }

 private:
  static void Add(const std::string& id, const std::string& version, v1::ListRunsResponse& response) {
    v1::Run& run = *response.add_runs();
    run.set_id(id);
    run.mutable_suite()->set_content_version(version);
    run.set_cases(40);
    run.set_trials_per_case(1);
    run.mutable_started_at()->set_seconds(1'795'780'000);  // 2026-11-27
    run.mutable_ended_at()->set_seconds(1'795'780'060);
    run.set_cost_usd(0.2);
    run.set_tokens_in(3000);
    run.set_tokens_out(1000);
  }
};

class PlanHistory : public ::testing::Test {
 protected:
  PlanHistory() {
    std::string cases;
    for (int i = 0; i < 40; ++i) {
      const std::string number = std::to_string(i);
      cases += R"({"id":")" + number + R"(","question":")" + number + R"(","expected":"x"})" + "\n";
    }
    files_.Write("cases.jsonl", cases);
    path_ = files_
                .Write("catalog.yaml", R"(kind: Suite
name: chat
dataset: [{file: cases.jsonl, id: id}]
prompt: [{user: "{{question}}"}]
graders: [{name: answer, type: contains, value: "{{expected}}"}]
---
kind: Model
name: bot
version: "1"
endpoint: {provider: openai-chat, url: "http://127.0.0.1:1/v1", model: bot}
---
kind: Gate
name: g
suites: [chat]
baseline: {model: bot, version: "1"}
rules:
  - {name: worse, metric: answer, non_inferior: {margin: 0.2}}
  - {name: steady, metric: answer, drift: {}}
)")
                .string();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&runs_);
    server_ = builder.BuildAndStart();
  }
  ~PlanHistory() override { server_->Shutdown(); }

  struct Printed {
    int exit_code = 0;
    std::string output;
    std::string errors;
  };
  Printed Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"assay", "--server", "127.0.0.1:" + std::to_string(port_)});
    std::vector<const char*> argv;
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Printed printed;
    printed.exit_code = RunCommandLine(static_cast<int>(argv.size()), argv.data());
    printed.output = ::testing::internal::GetCapturedStdout();
    printed.errors = ::testing::internal::GetCapturedStderr();
    return printed;
  }
  // Of the suite as it is in the catalog.
  std::string SuiteVersion() {
    Diagnostics diagnostics;
    const Catalog catalog = LoadCatalog({path_}, AllKinds(), FirstRowOf, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
    return catalog.FindSuite("chat")->version;
  }

  testing::TemporaryFolder files_;
  std::string path_;
  StoredRuns runs_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(PlanHistory, TakesWhatTheNewestRunsOnTheSameSuiteShow) {
  runs_.suite_version = SuiteVersion();
  const Printed printed = Run({"plan", "g", path_, "--runs-of", "bot@2"});
  EXPECT_THAT(printed.output,
              HasSubstr("40 cases x 1 trial; about 4000 tokens and $0.20, as in run b-2 of 2026-11-27"));
  EXPECT_THAT(printed.output, HasSubstr("worse: assumes the models disagree on 10 % of the cases, as run b-2 of "
                                        "2026-11-27 and run base-1 of 2026-11-27 do"));
  EXPECT_THAT(printed.output, HasSubstr("worse: it was 0.9 in run b-2 of 2026-11-27"));
  EXPECT_THAT(printed.output, HasSubstr("it is INCONCLUSIVE too; there are 2"));
  EXPECT_THAT(printed.output, HasSubstr("Warning: steady: cannot pass yet: of 8 earlier complete runs of the model by "
                                        "the suite 6 are missing"));
  EXPECT_EQ(printed.exit_code, 1) << "a blocking rule cannot pass";
}

TEST_F(PlanHistory, SaysTheSameAsJson) {
  runs_.suite_version = SuiteVersion();
  const auto plan = Json::Parse(Run({"plan", "g", path_, "--runs-of", "bot@2", "--output", "json"}).output);
  ASSERT_TRUE(plan);
  const Json& candidate = plan->Find("requests_of")->as_array().at(0);
  EXPECT_EQ(candidate.Find("tokens")->as_integer(), 4000);
  EXPECT_NEAR(candidate.Find("usd")->as_number(), 0.2, 1e-12);
  const Json& part = plan->Find("rules")->as_array().at(0).Find("parts")->as_array().at(0);
  EXPECT_EQ(part.Find("from")->as_string(), "run b-2 of 2026-11-27");
}

// Of another suite, or of a model without a run, nothing is known; and who cannot be asked is no reason to assume.
TEST_F(PlanHistory, AssumesWhereNothingIsStored) {
  runs_.suite_version = "sha256:yet another";
  const Printed printed = Run({"plan", "g", path_, "--runs-of", "bot@2"});
  EXPECT_THAT(printed.output, HasSubstr("worse: assumes the models disagree on 10 % of the cases;"));
  EXPECT_THAT(printed.output, HasSubstr("there are 0"));
  server_->Shutdown();
  const Printed failed = Run({"plan", "g", path_, "--runs-of", "bot@2"});
  EXPECT_EQ(failed.output, "");
  EXPECT_THAT(failed.errors, HasSubstr("assay: the daemon did not tell of its runs: "));
  EXPECT_EQ(failed.exit_code, 1);
}

}  // namespace
}  // namespace assay
