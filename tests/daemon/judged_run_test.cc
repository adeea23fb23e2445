// Runs whose graders ask another model: what is stored of it, which version judges, and what happens without it.

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

// The judge passes answers to questions that begin with "q" only.
std::string VerdictOn(const StubRequest& request) {
  const std::size_t mark = request.body.find("<<<");
  const std::string token = request.body.substr(mark + 3, 16);
  return "VERDICT " + token + ": " + (request.body.find("about q") != std::string::npos ? "PASS" : "FAIL");
}

class JudgedRun : public ::testing::Test {
 protected:
  void Serve(const std::string& more_of_graders = "", const std::string& more_of_suite = "") {
    testing::WriteWorkCatalog(files_, candidate_.url());
    files_.Write(
        "catalog/judged.yaml",
        "kind: Suite\nname: judged\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
            more_of_suite +
            "graders:\n"
            "  - {name: good, type: judge, endpoint: judge, criteria: \"It is about {{question}}.\"}\n" +
            more_of_graders);
    files_.Write("catalog/judged_gate.yaml",
                 "kind: Gate\nname: judged\nsuites: [judged]\nrules: [{name: good, grader: good, at_least: 0.01}]\n");
    files_.Write(
        "catalog/cases.jsonl",
        "{\"id\":\"a\",\"question\":\"q\",\"reference\":\"\"}\n{\"id\":\"b\",\"question\":\"r\",\"reference\":\"\"}\n");
    WriteJudge("1");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  void WriteJudge(const std::string& version) {
    files_.Write("catalog/judge.yaml",
                 "kind: Model\nname: judge\nversion: \"" + version +
                     "\"\nendpoint: {provider: openai-chat, model: j, attempts: 1, outage: 1s, url: \"" + judge_.url() +
                     "/v1\"}\nusd_per_million_tokens: {input: 0, output: 1000000}\n");
  }
  CheckStatus Decided() { return work_->Decided(work_->Check("judged", "m@1").check.id); }
  std::vector<StoredTrial> Trials(const RunRecord& run) {
    return work_->store->ReadTrials(run.key, {}, {.token = "", .limit = 100})->items;
  }

  std::atomic<bool> is_down_ = false;
  testing::TemporaryFolder files_;
  HttpStub candidate_{[](const StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  HttpStub judge_{[this](const StubRequest& request, int) {
    if (is_down_) return StubReply{.status = 500, .body = "down"};
    return testing::ChatAnswer(VerdictOn(request));
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(JudgedRun, VerdictsAreScoresWithAllThatTheyCameFrom) {
  Serve();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 2}));
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 14) << "two verdicts of 7 tokens at a dollar each";
  for (const StoredTrial& trial : Trials(run)) {
    const Score& score = trial.scores.at(0).score;
    EXPECT_EQ(score.pass, trial.case_id == "a");
    const auto evidence = Json::Parse(score.evidence);
    ASSERT_TRUE(evidence) << score.evidence;
    EXPECT_EQ(*evidence->Find("judge"), Json("judge"));
    EXPECT_EQ(*evidence->Find("pack"), Json("criteria@1"));
    EXPECT_EQ(evidence->Find("temperature")->as_number(), 0);
    EXPECT_TRUE(evidence->Find("prompt")->as_string().starts_with("sha256:"));
  }
  EXPECT_THAT(run.graders.at(0).version, HasSubstr("1 criteria@1 judge@sha256:"));
}

TEST_F(JudgedRun, AnotherVersionOfTheJudgeGradesAnew) {
  Serve();
  const CheckStatus first = Decided();
  const CheckStatus again = Decided();
  EXPECT_EQ(first.runs.at(0).run.id, again.runs.at(0).run.id);
  WriteJudge("2");
  work_->catalog.Reload();
  const CheckStatus other = Decided();
  EXPECT_NE(first.runs.at(0).run.id, other.runs.at(0).run.id);
  EXPECT_NE(first.runs.at(0).run.graders.at(0).version, other.runs.at(0).run.graders.at(0).version);
}

TEST_F(JudgedRun, AJudgeThatIsDownEndsTheRunAndIsNoVerdict) {
  Serve();
  is_down_ = true;
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  EXPECT_EQ(run.state, RunState::kError);
  EXPECT_THAT(run.error, HasSubstr("endpoint \"judge\""));
  EXPECT_EQ(run.counts.scored, 0);
  const CheckStatus check = Decided();
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kError);
}

// A verdict costs 7 dollars and may cost 1024 when it is asked for; prompts are free.
TEST_F(JudgedRun, VerdictsAreBoundByTheBudgetOfTheRun) {
  Serve("", "budget_usd: 1040\nsampling: {max_tokens: 10}\n");
  std::string cases;
  for (int i = 0; i < 40; ++i)
    cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"q\",\"reference\":\"\"}\n";
  files_.Write("catalog/cases.jsonl", cases);
  files_.Write(
      "catalog/model.yaml",
      "kind: Model\nname: m\nversion: \"2\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
          candidate_.url() + "/v1\"}\nusd_per_million_tokens: {input: 0, output: 0.000001}\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@2").id);
  EXPECT_EQ(run.state, RunState::kStopped) << run.error;
  EXPECT_THAT(run.error, HasSubstr("budget spent"));
  EXPECT_GT(run.counts.scored, 0);
  EXPECT_LE(run.cost_usd.value() + run.unanswered_usd, 1040);
}

TEST_F(JudgedRun, AModelThatIsNotThereIsSaidBeforeAnythingIsAsked) {
  Serve("  - {name: other, type: judge, endpoint: jugde, pack: toxicity}\n");
  StartRunArguments arguments;
  arguments.suite = "judged";
  arguments.model = "m@1";
  const auto run = work_->Wait(work_->runs.StartRun(work_->caller, arguments));
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("a grader of suite \"judged\" asks a model that is not there"));
  EXPECT_THAT(run.error().message, HasSubstr("jugde"));
}

TEST_F(JudgedRun, WhatOnlyReportsAndWhatIsNotAskedKeepNoTrialFromItsScore) {
  Serve(
      "  - {name: target, type: equals, value: \"{{reference}}\", role: report}\n"
      "  - {name: only_a, type: equals, value: \"yes\", when: {id: a}}\n"
      "  - {name: both, type: all, of: [good, only_a]}\n");
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 2}));
  for (const StoredTrial& trial : Trials(run)) {
    const bool is_a = trial.case_id == "a";
    const auto& scores = trial.scores;
    EXPECT_EQ(scores.at(1).score.status, ScoreStatus::kUnscored);
    EXPECT_EQ(scores.at(2).score.status, is_a ? ScoreStatus::kScored : ScoreStatus::kNotApplicable);
    EXPECT_EQ(scores.at(3).score.pass, is_a);
  }
}

}  // namespace
}  // namespace assay
