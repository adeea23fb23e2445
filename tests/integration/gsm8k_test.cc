// Real input: 660 GSM8K questions and the recorded answers of two models, through replay, daemon, gate and command
// line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <sstream>

#include "tests/integration/assay_stack.h"
#include "tests/testing/gsm8k_catalog.h"

namespace assay::testing {
namespace {

class Gsm8kGate : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = Gsm8kFolder();
    if (!folder) GTEST_SKIP() << "SKIPPED: ../shared/data/gsm8k is not beside the checkout";
    auto data = ReadGsm8k(*folder);
    ASSERT_TRUE(data) << data.error().message;
    data_ = *std::move(data);
    ASSERT_TRUE(WriteGsm8kRecordings(data_, files_.path() / "recordings.jsonl"));
  }

  // Serves the recordings, with more options of assay-replay, and the catalog that points at them.
  void Serve(std::vector<std::string> replay_options = {}) {
    std::vector<std::string> arguments = {"--listen", "127.0.0.1:0", (files_.path() / "recordings.jsonl").string()};
    arguments.insert(arguments.end(), replay_options.begin(), replay_options.end());
    replay_ = std::make_unique<Server>("assay-replay", arguments);
    const int port = replay_->PortAfter("http://127.0.0.1:");
    ASSERT_NE(port, 0) << replay_->errors();
    std::filesystem::create_directories(files_.path() / "catalog");
    ASSERT_TRUE(
        WriteGsm8kCatalog(data_, files_.path() / "catalog", "http://127.0.0.1:" + std::to_string(port) + "/v1"));
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog");
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }

  std::vector<std::string> Check(const Gsm8kModel& model) const {
    return {"gate", "check", Gsm8k::kGate, "--candidate", model.name + "@" + Gsm8k::kModelVersion, "--timeout", "50s"};
  }

  // The pass of the only grader by case id, and how often each case was seen.
  std::map<std::string, std::vector<bool>> Passes(const std::string& run) const {
    std::map<std::string, std::vector<bool>> passes;
    std::istringstream lines(stack_->Assay({"run", "results", run}).output);
    for (std::string line; std::getline(lines, line);) {
      const Json trial = Json::Parse(line).value_or(Json());
      const Json* pass = trial.Find("scores")->as_array().at(0).Find("pass");
      passes[trial.Find("case_id")->as_string()].push_back(pass->is_bool() && pass->as_bool());
    }
    return passes;
  }

  void ExpectVerdictsAsRecorded(const std::string& run, const Gsm8kModel& model) const {
    const auto passes = Passes(run);
    ASSERT_EQ(passes.size(), data_.case_ids.size());
    for (std::size_t i = 0; i < data_.case_ids.size(); ++i) {
      const auto found = passes.find(data_.case_ids[i]);
      ASSERT_NE(found, passes.end()) << data_.case_ids[i];
      EXPECT_THAT(found->second, ::testing::ElementsAre(static_cast<bool>(model.is_correct[i]))) << data_.case_ids[i];
    }
  }

  TemporaryFolder files_;
  Gsm8k data_;
  std::unique_ptr<Server> replay_;
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(Gsm8kGate, AFloorBetweenTheModelsPassesOneAndFailsTheOther) {
  Serve();
  const ProgramEnd worse = stack_->Assay(Check(data_.finetuning));
  EXPECT_EQ(worse.exit_code, 1) << worse.output << worse.errors;
  EXPECT_THAT(worse.output, ::testing::StartsWith("FAIL  gate gsm8k-release"));
  const ProgramEnd better = stack_->Assay(Check(data_.verification));
  EXPECT_EQ(better.exit_code, 0) << better.output << better.errors;
  EXPECT_THAT(better.output, ::testing::StartsWith("PASS  gate gsm8k-release"));
}

TEST_F(Gsm8kGate, EveryAnswerIsJudgedAsItsAuthorsRecorded) {
  Serve();
  for (const Gsm8kModel* model : {&data_.finetuning, &data_.verification}) {
    std::vector<std::string> check = Check(*model);
    const Json answer = stack_->AssayJson(check);
    ASSERT_TRUE(answer.is_object());
    ExpectVerdictsAsRecorded(answer.Find("runs")->as_array().at(0).Find("id")->as_string(), *model);
  }
}

// Killed three times on the way, each time with requests in flight and results not yet written.
TEST_F(Gsm8kGate, ARunThatIsKilledThreeTimesCountsEachCaseOnce) {
  Serve({"--latency", "40ms"});
  const Json started = stack_->AssayJson(
      {"run", "start", "--suite", Gsm8k::kSuite, "--model", data_.verification.name + "@" + Gsm8k::kModelVersion});
  ASSERT_TRUE(started.is_object());
  const std::string run = started.Find("id")->as_string();
  std::int64_t before = 0;
  for (int kill = 1; kill <= 3; ++kill) {
    std::int64_t done = 0;
    // Watches until a part of the run is stored, then kills without warning.
    while (done < kill * 150) {
      const Json shown = stack_->AssayJson({"run", "show", run});
      ASSERT_TRUE(shown.is_object());
      done = shown.Find("counts")->Find("scored")->as_integer();
      ASSERT_EQ(shown.Find("counts")->Find("error")->as_integer(), 0);
    }
    EXPECT_GE(done, before);
    before = done;
    stack_->daemon().End(SIGKILL);
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  const ProgramEnd end = stack_->Assay({"run", "watch", run, "--output", "json"});
  EXPECT_EQ(end.exit_code, 0) << end.errors;
  const Json counts = *Json::Parse(end.output)->Find("counts");
  EXPECT_EQ(counts.Find("scheduled")->as_integer(), 660);
  EXPECT_EQ(counts.Find("scored")->as_integer(), 660);
  EXPECT_EQ(counts.Find("outstanding")->as_integer(), 0);
  ExpectVerdictsAsRecorded(run, data_.verification);
}

// A pipeline that waits for a gate sees one answer although the daemon was killed meanwhile.
TEST_F(Gsm8kGate, ACheckSurvivesTheDeathOfTheDaemon) {
  Serve({"--latency", "100ms"});
  std::vector<std::string> check = Check(data_.verification);
  check.at(check.size() - 1) = "0s";
  const Json pending = Json::Parse(stack_->Assay({check.begin(), check.end()}).output).value_or(Json());
  const ProgramEnd first = stack_->Assay(check);
  EXPECT_EQ(first.exit_code, 4) << first.output << first.errors;
  EXPECT_THAT(first.output, ::testing::StartsWith("PENDING"));
  stack_->daemon().End(SIGKILL);
  ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  const ProgramEnd end = stack_->Assay(Check(data_.verification));
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  const Json runs = stack_->AssayJson({"run", "list"});
  EXPECT_EQ(runs.as_array().size(), 1u);  // joined and resumed, never started twice
}

}  // namespace
}  // namespace assay::testing
