// Runs whose graders are programs: those that misbehave end in ERROR scores and counted failures, and the run in its
// end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubRequest;

class PluginRun : public ::testing::Test {
 protected:
  void Serve(const std::string& graders,
             const std::string& programs = std::string(ASSAY_SOURCE_DIR) + "/tests/runners/graders/plugins/programs") {
    testing::WriteWorkCatalog(files_, candidate_.url());
    files_.Write("catalog/plugged.yaml",
                 "kind: Suite\nname: plugged\ndataset: [{file: cases.jsonl, id: id}]\n"
                 "prompt: [{user: \"{{question}}\"}]\ngraders:\n" +
                     graders);
    std::string cases;
    for (int i = 0; i < 10; ++i) {
      cases += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"q\",\"reference\":\"\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    const GraderServices graders_may_use{.programs = programs};
    work_ = std::make_unique<DaemonWork>(files_, 4, SystemClock(), "", graders_may_use);
  }
  RunRecord Run() { return work_->Ended(work_->StartRun("plugged", "m@1").id); }
  std::vector<StoredTrial> Trials(const RunRecord& run) {
    return work_->store->ReadTrials(run.key, {}, {.token = "", .limit = 100})->items;
  }

  testing::TemporaryFolder files_;
  // One that answers one question, and dies of the next.
  void Install(const std::string& passes) {
    const std::string text =
        "#!/usr/bin/env python3\nimport json, sys\nquestion = json.loads(sys.stdin.readline())\n"
        "print(json.dumps({'id': question['id'], 'pass': " +
        passes + "}), flush=True)\nsys.stdin.readline()\n";
    const auto file = files_.Write("programs/new", text);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    std::filesystem::rename(file, files_.path() / "programs/program");
  }

  std::function<void(int)> on_request_ = [](int) {};
  HttpStub candidate_{[this](const StubRequest&, int request) {
    on_request_(request);
    return testing::ChatAnswer("good");
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(PluginRun, ProgramsThatAnswerScore) {
  Serve("  - {name: plugin, type: exec, program: behave.py, args: [good], version: v7}\n");
  const RunRecord run = Run();
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 10, .scored = 10}));
  EXPECT_THAT(run.graders.at(0).version, ::testing::MatchesRegex("1 v7 sha256:[0-9a-f]{16}"));
  for (const StoredTrial& trial : Trials(run)) EXPECT_EQ(trial.scores.at(0).score.pass, true);
}

TEST_F(PluginRun, ProgramsThatDoNotEndInErrorsThatAreCounted) {
  Serve(
      "  - {name: hangs, type: exec, program: behave.py, args: [hangs], timeout: 200ms, role: report}\n"
      "  - {name: dies, type: exec, program: behave.py, args: [dies_at_start], role: report}\n"
      "  - {name: floods, type: exec, program: behave.py, args: [floods_output], role: report}\n"
      "  - {name: babbles, type: exec, program: behave.py, args: [wrong_id]}\n"
      "  - {name: fine, type: exec, program: behave.py, args: [good]}\n");
  const RunRecord run = Run();
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 10, .error = 10}));
  for (const StoredTrial& trial : Trials(run)) {
    for (std::size_t grader = 0; grader < 4; ++grader) {
      const Score& score = trial.scores.at(grader).score;
      EXPECT_EQ(score.status, ScoreStatus::kError) << grader;
      EXPECT_FALSE(score.value || score.pass) << grader;
      EXPECT_THAT(score.reason, HasSubstr("plug-in (")) << grader;
    }
    EXPECT_EQ(trial.scores.at(4).score.pass, true);
    EXPECT_THAT(trial.result.error, HasSubstr("plug-in ("));
  }
  const std::string metrics = work_->telemetry.Expose();
  for (const auto& [grader, failure] :
       {std::pair("hangs", "timeout"), {"dies", "crashed"}, {"floods", "flooded"}, {"babbles", "garbage"}}) {
    EXPECT_THAT(metrics, HasSubstr("assay_grader_plugin_failures_total{failure=\"" + std::string(failure) +
                                   "\",grader=\"" + grader + "\",kind=\"exec\"} "));
  }
  EXPECT_THAT(metrics, HasSubstr("{failure=\"crashed\",grader=\"fine\",kind=\"exec\"} 0"));
  EXPECT_THAT(metrics, HasSubstr("assay_grader_scores_total{grader=\"hangs\",status=\"error\"} 10"));
}

TEST_F(PluginRun, OneRunHasScoresOfOneProgram) {
  std::filesystem::create_directories(files_.path() / "programs");
  Install("True");
  on_request_ = [this](int request) {
    if (request == 5) Install("False");
  };
  Serve("  - {name: plugin, type: exec, program: program, concurrency: 1}\n", files_.path() / "programs");
  const RunRecord run = Run();
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts.scored + run.counts.error, 10);
  int refused = 0;
  for (const StoredTrial& trial : Trials(run)) {
    const Score& score = trial.scores.at(0).score;
    EXPECT_NE(score.pass, false) << "of the program that the run did not begin with";
    refused += score.reason.find("the program is another one than when the run began") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(refused, 0);
  EXPECT_THAT(work_->telemetry.Expose(),
              HasSubstr("{failure=\"refused\",grader=\"plugin\",kind=\"exec\"} " + std::to_string(refused)));
  const RunRecord next = Run();
  EXPECT_GT(next.counts.scored, 0);
  for (const StoredTrial& trial : Trials(next)) EXPECT_NE(trial.scores.at(0).score.pass, true);
  EXPECT_NE(next.graders.at(0).version, run.graders.at(0).version);
}

TEST_F(PluginRun, AStoppedRunEndsItsPrograms) {
  Serve("  - {name: plugin, type: exec, program: behave.py, args: [hangs], timeout: 1h}\n");
  const RunRecord run = work_->StartRun("plugged", "m@1");
  while (candidate_.requests() == 0) std::this_thread::yield();
  const auto cancelled = work_->Wait(work_->runs.CancelRun(work_->caller, run.id, "enough"));
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(work_->Ended(run.id).state, RunState::kCancelled);
}

TEST_F(PluginRun, WithoutAFolderOfProgramsTheSuiteIsRefused) {
  testing::WriteWorkCatalog(files_, candidate_.url());
  files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\",\"reference\":\"\"}\n");
  DaemonWork work(files_);
  files_.Write("catalog/plugged.yaml",
               "kind: Suite\nname: plugged\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: x}]\n"
               "graders: [{name: plugin, type: exec, program: behave.py}]\n");
  work.catalog.Reload();
  const auto status = work.Wait(work.catalog.GetStatus(work.caller));
  ASSERT_TRUE(status);
  ASSERT_EQ(status->errors.size(), 1u);
  EXPECT_THAT(ToString(status->errors.front()), HasSubstr("assayd runs no programs"));
}

}  // namespace
}  // namespace assay
