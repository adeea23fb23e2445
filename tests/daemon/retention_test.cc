// Runs that are deleted by people and for their age, and what keeps them.

#include "daemon/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "daemon/builtin_kinds.h"
#include "daemon/kept_measures.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::PostgresCluster;
using testing::StubReply;
using testing::StubRequest;

constexpr std::chrono::days kOneDay(1);

class AgingClock final : public Clock {
 public:
  Time Now() const override { return SystemClock().Now() + std::chrono::days(days_.load()); }
  void Age(int days) { days_ += days; }

 private:
  std::atomic<int> days_ = 0;
};

// Twelve cases; m@2 fails every fourth, m@1 and m@3 none. Costs are known.
class Retaining : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    if (GetParam()) location_ = PostgresCluster::Shared().CreateDatabase();
    std::string cases;
    for (int i = 0; i < 12; ++i) {
      cases += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"q" + std::to_string(100 + i) +
               (i % 4 == 0 ? "!" : ".") + "\",\"journey\":\"" + (i % 2 == 0 ? "buy" : "ask") + "\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "slices: [journey]\n"
                 "graders:\n"
                 "  - {name: answer, type: equals, value: \"yes\"}\n"
                 "  - {name: short, type: regex, pattern: \"^.{1,3}$\", when: {journey: buy}}\n");
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\nsuites: [s]\nbaseline: {model: m, version: \"1\"}\nrules:\n"
                 "  - {name: floor, grader: answer, at_least: 0.1, by: journey}\n"
                 "  - {name: not-worse, grader: answer, non_inferior: {margin: 0.9}}\n"
                 "---\nkind: Gate\nname: floor\nsuites: [s]\nrules:\n"
                 "  - {name: some, grader: answer, at_least: 0.01}\n"
                 "  - {name: cost, budget: {usd: 1000}}\n"
                 "---\nkind: Gate\nname: never\nsuites: [s]\nrules: [{name: never, grader: answer, at_most: 0.01}]\n"
                 "---\nkind: Gate\nname: steady\nsuites: [s]\nrules:\n"
                 "  - {name: some, grader: answer, at_least: 0.01}\n"
                 "  - {name: steady, grader: answer, drift: {least_runs: 3, runs: 3}}\n"
                 "---\nkind: Gate\nname: beside\nsuites: [s]\ninterleave: true\nbaseline: {model: m, version: \"1\"}\n"
                 "rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.9}}]\n"
                 "---\nkind: Gate\nname: beside-some\nsuites: [s]\ninterleave: true\nmax_n: 6\nbaseline: {model: m, "
                 "version: \"1\"}\nrules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.9}}]\n");
    for (const std::string version : {"1", "2", "3"}) {
      files_.Write("catalog/m" + version + ".yaml",
                   "kind: Model\nname: m\nversion: \"" + version +
                       "\"\nusd_per_million_tokens: {input: 1, output: 1}\nendpoint: {provider: openai-chat, model: m" +
                       version + ", attempts: 1, url: \"" + stub_.url() + "/v1\"}\n");
    }
    Restart();
  }
  void Restart() {
    work_ = nullptr;
    work_ = std::make_unique<DaemonWork>(files_, 4, clock_, location_);
    work_->Resume();
  }
  CheckStatus Decide(const std::string& gate, const std::string& candidate, bool fresh = false) {
    return work_->Decided(work_->Check(gate, candidate, fresh).check.id);
  }
  std::string RunOf(const CheckStatus& check, const std::string& role = "candidate") {
    for (const CheckRunState& each : check.runs) {
      if (each.role == role) return each.run.id;
    }
    return "";
  }
  RunRecord Run(const std::string& model) { return work_->Ended(work_->StartRun("s", model).id); }
  // Of which one trial has no answer.
  RunRecord RunWithAnError(const std::string& model) {
    is_down_ = true;
    RunRecord run = Run(model);
    is_down_ = false;
    EXPECT_EQ(run.counts.error, 1);
    return run;
  }
  Result<RunRecord> Retry(const std::string& id) {
    return work_->Wait(work_->runs.RetryRun(work_->caller, id, std::nullopt));
  }
  Result<RunRecord> Delete(const std::string& id) {
    return work_->Wait(work_->runs.DeleteRun(work_->caller, id, "private"));
  }
  std::string Refusal(const std::string& id) {
    const auto deleted = Delete(id);
    if (deleted) return "deleted";
    EXPECT_EQ(deleted.error().code, ErrorCode::kFailedPrecondition);
    return deleted.error().message;
  }
  RunRecord Stored(const std::string& id) {
    const auto run = work_->store->GetRun("default", id);
    EXPECT_TRUE(run) << run.error().message;
    return run.value_or(RunRecord{});
  }
  std::int64_t TrialsOf(const std::string& id) {
    std::int64_t trials = 0;
    EXPECT_TRUE(work_->store->ReadTrialColumns(Stored(id).key, [&](const TrialColumns&) { ++trials; }));
    return trials;
  }
  SweepOutcome Sweep(const RetentionConfig& config, std::int64_t trials_per_sweep = 1'000'000) {
    Retention retention({.store = *work_->store,
                         .loops = work_->loops,
                         .telemetry = work_->telemetry,
                         .clock = clock_,
                         .blocking = work_->blocking.get_executor(),
                         .config = config,
                         .trials_per_sweep = trials_per_sweep});
    const auto outcome = work_->Wait(retention.Sweep());
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome.value_or(SweepOutcome{});
  }
  // From now on the suite is of the class health.
  void ClassSuite() {
    std::ofstream(files_.path() / "catalog/suite.yaml", std::ios::app) << "data_class: health\n";
    Restart();
  }
  std::vector<std::string> DeletedRuns() {
    std::vector<std::string> deleted;
    for (const RunRecord& run : work_->AllRuns()) {
      if (run.deleted) deleted.push_back(run.id);
    }
    std::ranges::sort(deleted);
    return deleted;
  }
  VerdictReplay Replay(const CheckStatus& check) {
    const auto record = work_->store->GetVerdict("default", check.check.verdict_id);
    EXPECT_TRUE(record);
    const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
    EXPECT_TRUE(replay) << replay.error().message;
    return replay.value_or(VerdictReplay{.verdict = {}, .differing = -1});
  }
  void ExpectReproduced(const CheckStatus& check) {
    const VerdictReplay replay = Replay(check);
    std::string found;
    for (const ReplayDifference& each : replay.differences)
      found += each.path + ": " + each.recorded + ", now " + each.replayed + "\n";
    for (const std::string& missing : replay.missing) found += missing + "\n";
    EXPECT_TRUE(replay.IsReproduced()) << check.check.gate << " " << check.check.state << "\n" << found;
    EXPECT_GT(replay.scores, 0);
  }
  std::string Metric(const std::string& what) {
    const std::string text = work_->telemetry.Expose();
    const std::string name = "assay_retention_deleted_total{what=\"" + what + "\"} ";
    const std::size_t at = text.find(name);
    return at == std::string::npos ? "none" : text.substr(at + name.size(), text.find('\n', at) - at - name.size());
  }

  AgingClock clock_;
  testing::TemporaryFolder files_;
  std::string location_;
  std::atomic<bool> is_down_ = false;
  HttpStub stub_{[this](const StubRequest& request, int) {
    if (is_down_ && request.body.find("q105") != std::string::npos) return StubReply{.status = 400, .body = "no"};
    const bool is_wrong =
        request.body.find("\"m2\"") != std::string::npos && request.body.find('!') != std::string::npos;
    return testing::ChatAnswer(is_wrong ? "certainly not" : "yes");
  }};
  std::unique_ptr<DaemonWork> work_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Retaining, ::testing::Values(false, true),
                         [](const auto& is_postgres) { return is_postgres.param ? "Postgres" : "Sqlite"; });

// Verdicts of every kind of evidence, years later, after sweeps with the shortest periods that can be configured.
TEST_P(Retaining, EvidenceOfALiveVerdictIsNeverPruned) {
  const RunRecord with_error = RunWithAnError("m@1");
  const auto retried = Retry(with_error.id);
  ASSERT_TRUE(retried) << retried.error().message;
  work_->Ended(retried->id);
  const CheckStatus floor = Decide("floor", "m@1");
  ASSERT_EQ(RunOf(floor), retried->id);
  const CheckStatus release = Decide("release", "m@2");
  ASSERT_EQ(RunOf(release, "baseline"), retried->id);
  const CheckStatus release_again = Decide("release", "m@2", true);
  ASSERT_EQ(release_again.check.state, release.check.state);
  std::vector<CheckStatus> steady;
  for (int i = 0; i < 8; ++i) steady.push_back(Decide("steady", "m@3", true));
  ASSERT_EQ(steady[2].check.state, "INCONCLUSIVE") << steady[2].reason;
  ASSERT_EQ(steady[3].check.state, "PASS") << steady[3].reason;
  ASSERT_EQ(steady[7].check.state, "PASS") << steady[7].reason;
  const CheckStatus never = Decide("never", "m@2", true);
  const CheckStatus never_again = Decide("never", "m@2", true);
  WaiverRecord waiver{.id = "waiver-1",
                      .gate = "never",
                      .model_version = never.check.model_version,
                      .requester = "ann",
                      .created = clock_.Now(),
                      .expires = clock_.Now() + std::chrono::days(100'000)};
  ASSERT_TRUE(work_->store->CreateWaiver(waiver));

  clock_.Age(4'000);
  const RetentionConfig shortest{.responses = kOneDay, .runs = kOneDay};
  const SweepOutcome outcome = Sweep(shortest);
  EXPECT_EQ(outcome.runs, 1);
  EXPECT_EQ(outcome.trials, 12);
  EXPECT_EQ(outcome.responses, 0);
  EXPECT_EQ(outcome.datasets, 0);
  EXPECT_TRUE(outcome.is_whole);
  EXPECT_THAT(DeletedRuns(), ElementsAre(RunOf(release))) << "all of `steady` are history of the newest";
  for (const CheckStatus& live : {floor, release_again, steady[2], steady[7], never, never_again}) {
    ExpectReproduced(live);
  }
  EXPECT_THAT(Replay(release).missing.at(0), HasSubstr("run " + RunOf(release) + " of suite \"s\" was deleted at "));
  const SweepOutcome again = Sweep(shortest);
  EXPECT_EQ(again.runs + again.responses + again.datasets, 0);
  EXPECT_EQ(again.kept_runs, std::ssize(work_->AllRuns()) - 1);
  EXPECT_EQ(again.kept_responses, again.kept_runs);

  // What ships stays explainable, also when only the newest verdicts were live and are so no more.
  ASSERT_TRUE(work_->store->SetModelStage("default", "m", "production", "3", clock_.Now(), "ann"));
  const SweepOutcome staged = Sweep({.responses = kOneDay, .runs = kOneDay, .verdicts = kOneDay});
  EXPECT_EQ(staged.runs, 4) << "of gate release and its baseline, and of gate floor";
  for (const CheckStatus& live : {steady[2], steady[7], never, never_again}) ExpectReproduced(live);
  EXPECT_FALSE(Replay(floor).IsReproduced());
}

TEST_P(Retaining, ARunThatALiveVerdictRestsOnIsRefusedWithItsId) {
  const CheckStatus check = Decide("release", "m@2");
  const std::string rests = "verdict " + check.check.verdict_id + " of gate \"release\" rests on it and is live: ";
  const std::string newest = rests + "it is the newest PASS of its candidate";
  for (const std::string& run : {RunOf(check), RunOf(check, "baseline")}) {
    EXPECT_EQ(Refusal(run), "run " + run + " cannot be deleted: " + newest);
  }
  ASSERT_TRUE(work_->Wait(work_->models.PromoteModel(work_->caller, "m", "1", "production")));
  EXPECT_EQ(Refusal(RunOf(check)),
            "run " + RunOf(check) + " cannot be deleted: " + rests + "its baseline holds a stage");
  const auto missing = Delete("019aa000-0000-7000-8000-000000000001");
  EXPECT_EQ(missing.error().message, "run \"019aa000-0000-7000-8000-000000000001\" is not stored");
}

TEST_P(Retaining, TheRunThatABaselineIsHeldAgainstIsKept) {
  const RunRecord before = Run("m@1");
  const CheckStatus check = Decide("beside", "m@3");
  ASSERT_EQ(check.verdict->verdict.controls.at(0).earlier_run, before.id);
  EXPECT_EQ(Refusal(before.id), "run " + before.id + " cannot be deleted: verdict " + check.check.verdict_id +
                                    " of gate \"beside\" compares with it and is live: it is the newest PASS of its "
                                    "candidate");
  clock_.Age(4'000);
  Sweep({.responses = kOneDay, .runs = kOneDay});
  EXPECT_THAT(DeletedRuns(), ::testing::Not(::testing::Contains(before.id)));
  ExpectReproduced(check);
}

// A newer verdict of the gate may rest on nothing that tells what the baseline was.
TEST_P(Retaining, TheOnlyRunThatABaselineCanBeHeldAgainstIsKept) {
  const CheckStatus first = Decide("beside", "m@3");
  const std::string measure = RunOf(first, "baseline");
  const auto serve = [&](const std::string& more) {
    files_.Write("catalog/gates.yaml", "kind: Gate\nname: beside\nsuites: [s]\n" + more +
                                           "baseline: {model: m, version: \"1\"}\n"
                                           "rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.9}}]\n");
    work_->catalog.Reload();
  };
  serve("");
  const CheckStatus plain = Decide("beside", "m@3", true);
  ASSERT_EQ(plain.check.state, "PASS") << plain.reason;
  ASSERT_NE(RunOf(plain, "baseline"), measure);
  EXPECT_EQ(Refusal(measure),
            "run " + measure +
                " cannot be deleted: gate \"beside\" can hold its baseline m@1 against no other run of "
                "suite \"s\"; a check that finds a later one unmoved frees it");
  EXPECT_EQ(Refusal(RunOf(first)), "deleted") << "the candidate's run is no measure";
  clock_.Age(4'000);
  Sweep({.runs = kOneDay});
  EXPECT_THAT(DeletedRuns(), ::testing::Not(::testing::Contains(measure)));
  // Found unmoved, another one is what it was.
  serve("interleave: true\n");
  const CheckStatus second = Decide("beside", "m@3", true);
  ASSERT_EQ(second.verdict->verdict.controls.at(0).earlier_run, measure);
  const auto keeper = WhatIsMeasuredBy(*work_->store, BuiltinKinds(), Stored(measure), {.now = clock_.Now()});
  EXPECT_EQ(keeper.value_or("?"), "");
  EXPECT_THAT(Refusal(measure), ::testing::HasSubstr(" compares with it and is live")) << "for the time being";
}

// No longer than what the operator keeps: a baseline that no check has asked for since is none any more.
TEST_P(Retaining, TheOnlyRunThatABaselineCanBeHeldAgainstGoesWithItsVerdicts) {
  const CheckStatus check = Decide("beside", "m@3");
  clock_.Age(4'000);
  Sweep({.runs = kOneDay});
  EXPECT_THAT(DeletedRuns(), ElementsAre()) << "its verdict is the newest";
  Sweep({.runs = kOneDay, .verdicts = kOneDay});
  EXPECT_THAT(DeletedRuns(), ::testing::UnorderedElementsAre(RunOf(check), RunOf(check, "baseline")));
}

// A run is deleted at the moment in which a check chooses it, over and over: one of both is first, and either the check
// has it and it stays, or it is gone and the check has another one.
TEST_P(Retaining, ACheckAndADeletionNeverMeet) {
  for (int round = 0; round < 12; ++round) {
    const RunRecord run = Run("m@1");
    Result<RunRecord> deleted = Fail(ErrorCode::kInternal, "not tried");
    std::string check;
    {
      const std::jthread deletes([&] { deleted = Delete(run.id); });
      check = work_->Check("floor", "m@1").check.id;
    }
    const CheckStatus decided = work_->Decided(check);
    EXPECT_EQ(decided.check.state, "PASS") << decided.reason;
    EXPECT_FALSE(Stored(RunOf(decided)).deleted) << "round " << round;
    EXPECT_EQ(RunOf(decided) == run.id, !deleted) << (deleted ? "deleted" : deleted.error().message);
    ExpectReproduced(decided);
  }
}

// Also one that was stopped as its gate had planned.
TEST_P(Retaining, TheStoppedRunThatABaselineIsHeldAgainstIsKept) {
  const CheckStatus first = Decide("beside-some", "m@3");
  ASSERT_EQ(Stored(RunOf(first, "baseline")).state, RunState::kStopped);
  const CheckStatus second = Decide("beside-some", "m@3", true);
  ASSERT_EQ(second.verdict->verdict.controls.at(0).earlier_run, RunOf(first, "baseline"));
  EXPECT_EQ(Refusal(RunOf(first, "baseline")),
            "run " + RunOf(first, "baseline") + " cannot be deleted: verdict " + second.check.verdict_id +
                " of gate \"beside-some\" compares with it and is live: it is the newest PASS of its candidate");
  clock_.Age(4'000);
  Sweep({.responses = kOneDay, .runs = kOneDay});
  EXPECT_THAT(DeletedRuns(), ElementsAre(RunOf(first)));
  ExpectReproduced(second);
}

// Not "it differs": nobody has changed anything.
TEST_P(Retaining, AReplayMissesTheHistoryThatWasDeleted) {
  const RunRecord oldest = Run("m@1");
  for (int i = 0; i < 2; ++i) Run("m@1");
  const auto serve = [&](const std::string& more) {
    files_.Write(
        "catalog/gates.yaml",
        "kind: Gate\nname: steady\nsuites: [s]\nrules:\n  - {name: some, grader: answer, at_least: 0.01}\n" + more);
    work_->catalog.Reload();
  };
  const CheckStatus first = Decide("steady", "m@1", true);
  ASSERT_EQ(first.check.state, "PASS") << first.reason;
  ExpectReproduced(first);
  serve("");  // the newest verdict is none that looks at the history
  const CheckStatus second = Decide("steady", "m@1", true);
  ASSERT_EQ(Refusal(oldest.id), "deleted");
  const VerdictReplay replay = Replay(first);
  EXPECT_EQ(replay.differing, 0);
  EXPECT_THAT(replay.missing, ElementsAre("the gate cannot be decided again: run " + oldest.id + " is deleted"));
  ExpectReproduced(second);
  // A check that comes after the deletion looks at what is there.
  serve("  - {name: steady, grader: answer, drift: {least_runs: 3, runs: 3}}\n");
  const CheckStatus third = Decide("steady", "m@1", true);
  EXPECT_EQ(third.check.state, "PASS") << third.reason;
}

TEST_P(Retaining, ADeletedRunIsATombstone) {
  const RunRecord run = RunWithAnError("m@1");
  const auto deleted = Delete(run.id);
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(deleted->deleted_by, "tester");
  const std::string told = "run " + run.id + " was deleted at " + FormatTime(*deleted->deleted) + " by tester";
  EXPECT_EQ(Delete(run.id)->deleted, deleted->deleted) << "a second time changes nothing";
  const auto results = work_->Wait(work_->runs.ListResults(work_->caller, run.id, {}, {}));
  EXPECT_EQ(results.error().message, told + "; its results are gone");
  EXPECT_EQ(results.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(Retry(run.id).error().message, told + "; there is nothing to take over: start a new run");
  EXPECT_EQ(work_->Wait(work_->runs.ResumeRun(work_->caller, run.id)).error().message,
            "run " + run.id + " has ended: complete");
  EXPECT_TRUE(Eventually([&] { return work_->store->ListRunsToRemove()->empty(); }));
  EXPECT_EQ(TrialsOf(run.id), 0);
  EXPECT_EQ(Stored(run.id).counts, run.counts);
  EXPECT_TRUE(Eventually([&] { return Metric("datasets") == "1"; }));
  EXPECT_EQ(Metric("runs") + " " + Metric("trials") + " " + Metric("responses"), "1 12 0");
}

// Neither is it used by a check, nor is it forgotten that its answers were drawn.
TEST_P(Retaining, AfterADeletionACheckDrawsNewAnswersAndSaysSo) {
  const RunRecord earlier = Run("m@1");
  const RunRecord run = Run("m@1");
  ASSERT_TRUE(Delete(run.id));
  EXPECT_TRUE(Eventually([&] { return work_->store->ListRunsToRemove()->empty(); }));
  const int sent = stub_.requests();
  const CheckStatus check = Decide("floor", "m@1");
  EXPECT_NE(RunOf(check), run.id);
  EXPECT_NE(RunOf(check), earlier.id) << "who deletes a run does not get the answers before it instead";
  EXPECT_EQ(stub_.requests(), sent + 12);
  EXPECT_THAT(check.verdict->verdict.warnings,
              ElementsAre(HasSubstr(
                  "2 earlier runs of suite \"s\" asked this candidate the same cases and no verdict but ERROR "
                  "rests on them (the last is " +
                  run.id + ")")));
  ExpectReproduced(check);
}

// A FAIL, its evidence deleted and the dataset gone with it, and new answers: the second attempt.
TEST_P(Retaining, ADeletedRunCountsAsAnAttempt) {
  const CheckStatus first = Decide("never", "m@1");
  ASSERT_EQ(first.check.state, "FAIL");
  clock_.Age(10);
  EXPECT_EQ(Sweep({.runs = kOneDay, .verdicts = kOneDay}).runs, 1);
  EXPECT_EQ(DeletedRuns(), std::vector<std::string>{RunOf(first)});
  EXPECT_FALSE(work_->store->FindSnapshot("default", Stored(RunOf(first)).snapshot_digest));
  const CheckStatus second = Decide("never", "m@1");
  EXPECT_NE(RunOf(second), RunOf(first));
  EXPECT_EQ(second.verdict->verdict.attempt, 2);
  ExpectReproduced(second);
}

TEST_P(Retaining, WhoseAnswersWereTakenOverIsKept) {
  const RunRecord first = RunWithAnError("m@1");
  const auto retry = Retry(first.id);
  ASSERT_TRUE(retry);
  work_->Ended(retry->id);
  const CheckStatus check = Decide("floor", "m@1");
  EXPECT_EQ(Refusal(first.id), "run " + first.id + " cannot be deleted: verdict " + check.check.verdict_id +
                                   " of gate \"floor\" rests on run " + retry->id +
                                   ", which took its answers over and is live: it is the newest PASS of its candidate");
}

// Or a deletion would be a way to a second answer.
TEST_P(Retaining, ARunWhoseRetryIsDeletedIsNotRetriedAgain) {
  const RunRecord first = RunWithAnError("m@1");
  const auto retry = Retry(first.id);
  ASSERT_TRUE(retry);
  work_->Ended(retry->id);
  ASSERT_TRUE(Delete(retry->id));
  EXPECT_EQ(Retry(first.id).error().message, "run " + first.id + " was asked again already, as run " + retry->id +
                                                 "; a trial has one answer, so retry that one");
}

TEST_P(Retaining, AnOpenCheckKeepsItsRuns) {
  const RunRecord run = Run("m@1");
  const CheckStatus decided = Decide("floor", "m@1");
  CheckRecord open = decided.check;
  open.id = "open-1";
  open.model_version = "sha256:other";
  ASSERT_TRUE(work_->store->CreateCheck(open));
  ASSERT_TRUE(work_->store->LinkCheckRun("default", "open-1", run.key, "candidate"));
  EXPECT_EQ(Refusal(run.id),
            "run " + run.id + " cannot be deleted: check open-1 of gate \"floor\" waits for its verdict on it");
  clock_.Age(4'000);
  EXPECT_EQ(Sweep({.responses = kOneDay, .runs = kOneDay, .verdicts = kOneDay}).kept_runs, 1);
}

TEST_P(Retaining, NothingIsDeletedForItsAgeUnlessAsked) {
  Run("m@1");
  clock_.Age(4'000);
  const SweepOutcome outcome = Sweep({});
  EXPECT_EQ(outcome.runs + outcome.responses + outcome.datasets + outcome.kept_runs, 0);
  EXPECT_TRUE(DeletedRuns().empty());
}

TEST_P(Retaining, ResponsesGoBeforeRuns) {
  const RunRecord run = Run("m@1");
  const RetentionConfig config{.responses = std::chrono::days(90), .runs = std::chrono::days(400)};
  clock_.Age(89);
  EXPECT_EQ(Sweep(config).responses, 0);
  clock_.Age(2);
  const SweepOutcome first = Sweep(config);
  EXPECT_EQ(first.responses, 1);
  EXPECT_EQ(first.runs, 0);
  EXPECT_EQ(first.trials, 12);
  const auto results = work_->Wait(work_->runs.ListResults(work_->caller, run.id, {}, {}));
  ASSERT_TRUE(results) << results.error().message;
  ASSERT_EQ(results->items.size(), 12u);
  EXPECT_FALSE(results->items[0].result.response) << "an empty text would look like an answer";
  EXPECT_EQ(results->items[0].result.error,
            "its response was deleted at " + FormatTime(*Stored(run.id).responses_deleted));
  EXPECT_EQ(results->items[0].scores.at(0).score.pass, true);
  EXPECT_EQ(Retry(run.id).error().message, "the responses of run " + run.id + " were deleted at " +
                                               FormatTime(*Stored(run.id).responses_deleted) +
                                               "; there is nothing to take over: start a new run");
  EXPECT_NE(RunOf(Decide("floor", "m@1")), run.id) << "a new verdict has its whole evidence";
  clock_.Age(310);
  EXPECT_EQ(Sweep(config).runs, 1);
  EXPECT_EQ(DeletedRuns(), std::vector<std::string>{run.id});
  EXPECT_EQ(Stored(run.id).deleted_by, "retention");
  EXPECT_EQ(Metric("runs") + " " + Metric("responses") + " " + Metric("trials"), "1 1 24");
}

TEST_P(Retaining, ResponsesOfAClassOfDataGoByItsOwnPeriod) {
  const RunRecord before = Run("m@1");
  ClassSuite();
  const RunRecord classed = Run("m@1");
  const std::chrono::days month(30);
  const RetentionConfig config{.responses = std::chrono::days(90), .classes = {{"health", {.responses = month}}}};
  clock_.Age(29);
  EXPECT_EQ(Sweep(config).responses, 0);
  clock_.Age(2);
  EXPECT_EQ(Sweep(config).responses, 1);
  EXPECT_TRUE(Stored(classed.id).responses_deleted.has_value());
  EXPECT_FALSE(Stored(before.id).responses_deleted.has_value());
  clock_.Age(60);
  EXPECT_EQ(Sweep(config).responses, 1);
  EXPECT_TRUE(Stored(before.id).responses_deleted.has_value());
}

TEST_P(Retaining, AClassMayKeepItsResponsesLongerAndALiveVerdictItsRunsInAnyCase) {
  ClassSuite();
  const CheckStatus decided = Decide("floor", "m@1");
  ASSERT_FALSE(decided.check.verdict_id.empty()) << decided.reason;
  const RetentionConfig longer{.responses = kOneDay, .classes = {{"health", {.responses = std::chrono::days(60)}}}};
  clock_.Age(59);
  EXPECT_EQ(Sweep(longer).responses + Sweep(longer).kept_responses, 0) << "it is not old enough to be asked about";
  clock_.Age(400);
  EXPECT_EQ(Sweep(longer).responses, 0);
  EXPECT_EQ(Sweep(longer).kept_responses, 1) << "evidence of a live verdict";
}

TEST_P(Retaining, ASweepEndsAtItsBudgetAndTheNextGoesOn) {
  for (int i = 0; i < 3; ++i) Run("m@1");
  clock_.Age(10);
  const SweepOutcome first = Sweep({.runs = kOneDay}, 13);
  EXPECT_EQ(first.runs, 2) << "in the middle of no run";
  EXPECT_FALSE(first.is_whole);
  const SweepOutcome second = Sweep({.runs = kOneDay}, 13);
  EXPECT_EQ(second.runs, 1);
  EXPECT_EQ(second.datasets, 1);
  EXPECT_TRUE(second.is_whole);
  EXPECT_EQ(stub_.requests(), 36);
  EXPECT_EQ(Run("m@1").counts.scored, 12) << "the dataset is read again";
}

// As a crash leaves it.
TEST_P(Retaining, WhatIsDeletedAndNotRemovedIsRemovedByTheNextStart) {
  const RunRecord run = Run("m@1");
  ASSERT_TRUE(work_->store->DeleteRun(run.key, RunPart::kAll, {.now = clock_.Now()}, clock_.Now(), "ann", ""));
  ASSERT_TRUE(work_->store->RemoveSome(run.key, 0, 5));
  EXPECT_EQ(TrialsOf(run.id), 7);
  const auto results = work_->Wait(work_->runs.ListResults(work_->caller, run.id, {}, {}));
  EXPECT_THAT(results.error().message, HasSubstr("its results are gone"));
  Restart();
  EXPECT_TRUE(Eventually([&] { return TrialsOf(run.id) == 0 && work_->store->ListRunsToRemove()->empty(); }));
}

}  // namespace
}  // namespace assay
