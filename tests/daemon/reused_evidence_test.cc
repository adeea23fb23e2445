// What a check uses again of earlier runs, what it says of those that it does not use, and what all of it has cost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/version.h"
#include "daemon/evidence.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::StubReply;
using testing::StubRequest;

class LaterClock : public Clock {
 public:
  Time Now() const override { return SystemClock().Now() + std::chrono::hours(hours_.load()); }
  void StepTo(int hours) { hours_ = hours; }

 private:
  std::atomic<int> hours_ = 0;
};

class ReusedEvidence : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    files_.Write("catalog/recent.yaml",
                 "kind: Gate\nname: recent\nsuites: [s]\nrules:\n"
                 "  - {name: some, grader: answer, at_least: 0.1}\n"
                 "  - {name: recent, freshness: {max_age: 10h}}\n");
    files_.Write(
        "catalog/copy.yaml",
        "kind: Model\nname: copy\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, "
        "url: \"" +
            stub_.url() +
            "/v1\"}\n---\n"
            "kind: Model\nname: other\nversion: \"1\"\nendpoint: {provider: openai-chat, model: n, attempts: 1, "
            "url: \"" +
            stub_.url() +
            "/v1\"}\n---\n"
            "kind: Model\nname: priced\nversion: \"1\"\nendpoint: {provider: openai-chat, model: p, attempts: 1, "
            "url: \"" +
            stub_.url() +
            "/v1\"}\nusd_per_million_tokens: {input: 0, output: 1000000}\n---\n"
            "kind: Gate\nname: compared\nsuites: [s]\nbaseline: {model: copy, version: \"1\"}\nrules:\n"
            "  - {name: not-worse, grader: answer, non_inferior: {margin: 0.5}}\n---\n"
            "kind: Gate\nname: not-worse-s\nsuites: [s]\nbaseline: {model: m, version: \"1\"}\nrules:\n"
            "  - {name: not-worse, grader: answer, non_inferior: {margin: 0.5}}\n");
    work_ = std::make_unique<DaemonWork>(files_, 4, clock_);
  }
  CheckStatus Decided(const std::string& gate, const std::string& candidate = "m@1", bool fresh = false) {
    return work_->Decided(work_->Check(gate, candidate, fresh).check.id);
  }
  static std::vector<std::string> WarningsOf(const CheckStatus& check) { return check.verdict->verdict.warnings; }

  LaterClock clock_;
  testing::TemporaryFolder files_;
  std::atomic<bool> is_down_for_b_ = false;
  std::atomic<const char*> says_ = "yes";
  HttpStub stub_{[this](const StubRequest& request, int) {
    if (is_down_for_b_ && request.body.find("s: r") != std::string::npos) return StubReply{.status = 500};
    return testing::ChatAnswer(says_.load());
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(ReusedEvidence, IsNotOlderThanTheGateAllows) {
  const CheckStatus first = Decided("recent");
  ASSERT_EQ(first.runs.size(), 1u);
  EXPECT_EQ(Decided("release").runs[0].run.id, first.runs[0].run.id);
  clock_.StepTo(8);
  EXPECT_EQ(Decided("recent").runs[0].run.id, first.runs[0].run.id);
  clock_.StepTo(9);  // with some seconds more than nine tenths
  const CheckStatus later = Decided("recent");
  EXPECT_NE(later.runs[0].run.id, first.runs[0].run.id);
  EXPECT_EQ(later.verdict->verdict.rules.at(1).state, VerdictState::kPass);
  clock_.StepTo(24 * 365);
  EXPECT_EQ(Decided("release").runs[0].run.id, later.runs[0].run.id) << "a gate that does not ask for it";
}

// What a timer does (deploy/README.md): it asks oftener than answers grow old.
TEST_F(ReusedEvidence, AGateThatIsAskedOnAScheduleAsksTheModelAnewAsOftenAsItsRuleWants) {
  std::vector<std::string> runs;
  int asked = 0;
  for (int hour = 0; hour <= 40; hour += 5) {
    clock_.StepTo(hour);
    const CheckStatus check = Decided("recent");
    EXPECT_EQ(check.verdict->verdict.rules.at(1).state, VerdictState::kPass) << "hour " << hour;
    ++asked;
    if (runs.empty() || runs.back() != check.runs[0].run.id) runs.push_back(check.runs[0].run.id);
  }
  EXPECT_EQ(asked, 9);
  EXPECT_EQ(runs.size(), 5u) << "at 0, 10, 20, 30 and 40 hours";
}

TEST_F(ReusedEvidence, OfABaselineIsNotOlderEither) {
  files_.Write("catalog/both.yaml",
               "kind: Gate\nname: both-recent\nsuites: [s]\nbaseline: {model: other, version: \"1\"}\nrules:\n"
               "  - {name: not-worse, grader: answer, non_inferior: {margin: 0.5}}\n"
               "  - {name: recent, freshness: {max_age: 10h}}\n");
  work_->catalog.Reload();
  const RunRecord baseline = work_->Ended(work_->StartRun("s", "other@1").id);
  clock_.StepTo(20);
  const CheckStatus check = Decided("both-recent");
  ASSERT_EQ(check.runs.size(), 2u);
  for (const CheckRunState& each : check.runs) EXPECT_NE(each.run.id, baseline.id);
  EXPECT_EQ(check.verdict->verdict.rules.at(1).state, VerdictState::kPass);
}

TEST_F(ReusedEvidence, IsNamedWhereNoVerdictRestsOnIt) {
  EXPECT_THAT(WarningsOf(Decided("release")), IsEmpty());
  const RunRecord looked_at = work_->Ended(work_->StartRun("s", "m@1").id);
  EXPECT_THAT(WarningsOf(Decided("release")), IsEmpty()) << "the newest is used, and the first has its verdict";
  const RunRecord again = work_->Ended(work_->StartRun("s", "m@1").id);
  work_->Ended(work_->StartRun("t", "m@1").id);
  work_->Ended(work_->StartRun("s", "other@1").id);
  const CheckStatus check = Decided("release", "m@1", true);
  EXPECT_THAT(
      WarningsOf(check),
      Each("1 earlier run of suite \"s\" asked this candidate the same cases and no verdict but ERROR rests on it (" +
           again.id + "): new answers were drawn"));
  EXPECT_EQ(WarningsOf(check).size(), 1u);
  EXPECT_EQ(check.verdict->verdict.attempt, 1);
}

// Whoever draws a baseline until it is bad finds a candidate that is no worse.
TEST_F(ReusedEvidence, OfABaselineIsNotUsedWhereItMayHaveBeenChosen) {
  work_->Ended(work_->StartRun("s", "m@1").id);
  const RunRecord second = work_->Ended(work_->StartRun("s", "m@1").id);
  const CheckStatus check = Decided("not-worse-s", "other@1");
  EXPECT_THAT(WarningsOf(check),
              ::testing::Contains("2 earlier runs of suite \"s\" asked the baseline the same cases and no verdict but "
                                  "ERROR rests on them (the last is " +
                                  second.id + "): new answers were drawn"));
  const CheckStatus again = Decided("not-worse-s", "other@1");
  ASSERT_EQ(again.runs.size(), 2u);
  EXPECT_EQ(again.runs[1].run.id, check.runs.at(1).run.id) << "a verdict rests on that one";
  EXPECT_EQ(WarningsOf(again).size(), WarningsOf(check).size());
}

TEST_F(ReusedEvidence, OfTheSameModelUnderAnotherNameIsNoBaselineToSpeakOf) {
  const std::string warning =
      "candidate and baseline ask the same model of the same endpoint: they differ by chance only";
  EXPECT_THAT(WarningsOf(Decided("compared")), Each(warning));
  EXPECT_EQ(WarningsOf(Decided("compared")).size(), 1u);
  EXPECT_THAT(WarningsOf(Decided("compared", "other@1")), Each(Not(warning)));
}

TEST_F(ReusedEvidence, HasCostWhatTheRunsCostWhoseAnswersWereTakenOver) {
  is_down_for_b_ = true;
  const RunRecord first = work_->Ended(work_->StartRun("s", "priced@1").id);
  is_down_for_b_ = false;
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, first.id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const RunRecord second = work_->Ended(retry->id);
  const SuiteSpec& suite = *work_->catalog.current()->catalog.FindSuite("s")->suite();
  const auto alone = LoadEvidence(*work_->store, first, suite);
  const auto both = LoadEvidence(*work_->store, second, suite);
  ASSERT_TRUE(alone && both);
  EXPECT_GT(alone->cost_usd.value_or(0), 0);
  EXPECT_DOUBLE_EQ(both->cost_usd.value_or(0), *first.cost_usd + *second.cost_usd);
}

// Asked without an id, as by a pipeline that polls.
class StandingCheck : public ReusedEvidence {
 protected:
  CheckStatus Asked(const std::string& gate, const std::string& baseline = "", bool fresh = false) {
    CheckArguments arguments;
    arguments.gate = gate;
    arguments.candidate = "m@1";
    arguments.baseline = baseline;
    arguments.fresh = fresh;
    const auto made = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
    EXPECT_TRUE(made) << made.error().message;
    return made->verdict ? *made : work_->Decided(made->check.id);
  }
};

TEST_F(StandingCheck, IsTheAnswerWhileNothingHasChanged) {
  const CheckStatus first = Asked("release");
  const CheckStatus second = Asked("release");
  EXPECT_EQ(second.check.id, first.check.id);
  ASSERT_TRUE(second.verdict.has_value());
  EXPECT_EQ(second.verdict->record.id, first.verdict->record.id);
  EXPECT_NE(Decided("release").check.id, first.check.id) << "a request with an id is a check of its own";
}

TEST_F(StandingCheck, IsNoneWhenAnotherRunWouldBeUsed) {
  const CheckStatus first = Asked("release");
  const RunRecord newer = work_->Ended(work_->StartRun("s", "m@1").id);
  const CheckStatus second = Asked("release");
  EXPECT_NE(second.check.id, first.check.id);
  EXPECT_EQ(second.runs.at(0).run.id, newer.id);
  EXPECT_NE(Asked("release", "", true).check.id, second.check.id);
}

TEST_F(StandingCheck, IsNoneWhenTheGateOrItsBaselineIsAnother) {
  const CheckStatus first = Asked("compared");
  EXPECT_EQ(Asked("compared").check.id, first.check.id);
  const CheckStatus other = Asked("compared", "other@1");
  EXPECT_NE(other.check.id, first.check.id);
  EXPECT_NE(Asked("compared").check.id, other.check.id);
  const CheckStatus before = Asked("release");
  files_.Write("catalog/gates.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: some, grader: answer, at_least: 0.02}]\n");
  work_->catalog.Reload();
  EXPECT_NE(Asked("release").check.id, before.check.id);
}

TEST_F(StandingCheck, IsNoneOfGatesThatAskHowOldTheEvidenceIs) {
  EXPECT_NE(Asked("recent").check.id, Asked("recent").check.id);
}

// Another version may decide otherwise on the same evidence.
TEST_F(StandingCheck, IsNoneOfAnotherVersionOfAssay) {
  const CheckStatus first = Asked("release");
  testing::EditStore(files_, "UPDATE verdict SET document = replace(document, '\"version\":\"" + std::string(kVersion) +
                                 "\"', '\"version\":\"0.0.1\"')");
  EXPECT_NE(Asked("release").check.id, first.check.id);
}

TEST_F(StandingCheck, IsNoError) {
  is_down_for_b_ = true;
  files_.Write("catalog/high.yaml",
               "kind: Gate\nname: high\nsuites: [s]\nrules: [{name: most, grader: answer, at_least: 0.5, confidence: "
               "0.6}]\n");
  work_->catalog.Reload();
  const CheckStatus down = Asked("high");
  EXPECT_EQ(down.check.state, "ERROR");
  is_down_for_b_ = false;
  EXPECT_NE(Asked("high").check.id, down.check.id);
}

// Three runs, then a fourth that is not as they were.
TEST_F(ReusedEvidence, OfTheSameModelIsTheHistoryThatDriftIsHeldAgainst) {
  files_.Write("catalog/steady.yaml",
               "kind: Gate\nname: steady\nsuites: [s]\nrules:\n"
               "  - {name: some, grader: answer, at_least: 0.01}\n"
               "  - {name: steady, grader: answer, drift: {least_runs: 3}}\n");
  work_->catalog.Reload();
  const auto steady = [&] { return Decided("steady", "m@1", true).verdict->verdict.rules.at(1); };
  EXPECT_EQ(steady().reason, "there are 0 earlier complete runs of this suite and model and 3 are needed");
  work_->Ended(work_->StartRun("s", "other@1").id);  // of another model
  work_->Ended(work_->StartRun("t", "m@1").id);      // by another suite
  steady();
  EXPECT_EQ(steady().state, VerdictState::kInconclusive);
  EXPECT_EQ(steady().state, VerdictState::kPass);
  says_ = "no";
  const RuleOutcome moved = steady();
  EXPECT_EQ(moved.state, VerdictState::kInconclusive);
  EXPECT_THAT(moved.reason, HasSubstr("0, after 4 earlier runs of mean 1 and standard deviation 0.05: ewma "));
  const RuleOutcome again = steady();
  EXPECT_EQ(again.state, VerdictState::kInconclusive) << "what had moved is not what it is held against";
  EXPECT_THAT(again.reason, HasSubstr("0, after 4 earlier runs (without 1 that had moved) of mean 1"));
}

}  // namespace
}  // namespace assay
