// What is deleted of runs, and what keeps them.

#include <gtest/gtest.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

constexpr std::int64_t kWholeRun = 1'000'000;
constexpr char kNoReason[] = "";

// At that time, where nothing but what holds a stage, a waiver or the place of the newest makes a verdict live.
Liveness Live(int now = 100) { return {.now = At(now)}; }

// The same, but for the newest verdicts.
Liveness WithoutNewest(int now = 100) { return {.now = At(now), .newest_after = At(now)}; }

class Retained : public StoreTest {
 protected:
  // Complete, or as far as every fifth error leaves it.
  RunRecord EndRun(const RunRecord& run, int at = 20) {
    EXPECT_TRUE(store().AppendTrials(run.key, MakeResults(0, run.cases), run.cases));
    EXPECT_TRUE(store().SetRunState(run.key, RunState::kComplete, "", At(at), "anna"));
    return *store().GetRun(run.key);
  }
  RunRecord EndedRun(const std::string& id, std::int64_t cases = 10, int at = 20) {
    return EndRun(StartRun(id, cases), at);
  }
  RunRecord StartOther(RunRecord run) {
    const auto created = store().CreateRun(run);
    EXPECT_TRUE(created) << MessageOf(created);
    EXPECT_TRUE(store().SetRunState(created->key, RunState::kRunning, "", At(2), "anna"));
    return *created;
  }
  // Of gate "release" for that label of the model "bot".
  void Check(const std::string& id, const RunRecord& run, const std::string& label = "1.0") {
    CheckRecord check;
    check.id = id;
    check.gate = "release";
    check.gate_version = "sha256:gate";
    check.model = "bot";
    check.model_label = label;
    check.model_version = "sha256:model-" + label;
    check.created = At(30);
    check.principal = "ci";
    ASSERT_OK(store().CreateCheck(check));
    ASSERT_OK(store().LinkCheckRun("default", id, run.key, "candidate"));
  }
  void Decide(const std::string& check, const std::string& verdict, const std::string& state = "PASS", int at = 50,
              const std::string& document = "{}") {
    VerdictRecord record;
    record.id = verdict;
    record.check_id = check;
    record.state = state;
    record.created = At(at);
    record.principal = "ci";
    ASSERT_OK(store().CompleteCheck(record, [&](const ChainPlace&) { return SealedVerdict{.document = document}; }));
  }
  void Register(const std::string& label) {
    DocumentRecord model;
    model.kind = "Model";
    model.name = "bot";
    model.label = label;
    model.content_version = "sha256:model-" + label;
    model.json = "{}";
    model.created = At(0);
    model.principal = "anna";
    ASSERT_OK(store().PutDocument(model));
  }
  Result<RunRecord> Delete(const RunRecord& run, const Liveness& liveness = Live(), RunPart part = RunPart::kAll) {
    return store().DeleteRun(run.key, part, liveness, At(99), "ben", kNoReason);
  }
  std::string Refusal(const RunRecord& run, const Liveness& liveness = Live()) {
    const auto keeper = store().WhatKeeps(run.key, liveness);
    EXPECT_TRUE(keeper) << MessageOf(keeper);
    const auto deleted = Delete(run, liveness);
    EXPECT_FALSE(deleted) << run.id << " was deleted";
    EXPECT_EQ(MessageOf(deleted), "failed_precondition: run " + run.id + " cannot be deleted: " + keeper.value_or(""));
    EXPECT_FALSE(store().GetRun(run.key)->deleted);
    return keeper.value_or("");
  }
  // Returns how many steps there were.
  int RemoveAll(const RunRecord& run, std::int64_t most = kWholeRun) {
    std::int64_t from = 0;
    for (int steps = 1; steps < 1000; ++steps) {
      const auto step = store().RemoveSome(run.key, from, most);
      EXPECT_TRUE(step) << MessageOf(step);
      if (!step || step->is_last) return steps;
      EXPECT_LE(step->trials, most);
      from = step->next;
    }
    return -1;
  }
  std::string CountOf(const std::string& table, const std::string& where) {
    return ReadOne("SELECT CAST(COUNT(*) AS TEXT) FROM " + table + " WHERE " + where);
  }
  std::string RowsOf(const RunRecord& run) {
    const auto key = static_cast<std::int64_t>(run.key);
    const std::string of_run = "run_key = " + std::to_string(key);
    const std::string of_trials = "trial_key / 1099511627776 = " + std::to_string(key);
    return "trial " + CountOf("trial", of_run) + " body " + CountOf("trial_body", of_trials) + " score " +
           CountOf("score", of_run) + " reason " + CountOf("score_reason", of_trials) + " sentinel " +
           CountOf("sentinel", of_run) + " answerer " + CountOf("judge_answerer", of_run);
  }
  void AddSentinels(const RunRecord& run) {
    const std::vector<StoredSentinel> sentinels{{.grader = 1, .ordinal = 0, .id = "s-1", .passes = true}};
    ASSERT_OK(store().PutSentinels(run.key, sentinels));
    const Score score{ScoreStatus::kScored, {}, true, "", "fine", R"({"replies":[{"model":"judge-7"}]})"};
    ASSERT_OK(store().KeepSentinelScore(run.key, 1, 0, score, {}));
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, Retained, ::testing::Values(Engine::kSqlite, Engine::kPostgres),
                         [](const auto& engine) { return engine.param == Engine::kSqlite ? "Sqlite" : "Postgres"; });

TEST_P(Retained, ADeletedRunLosesItsRowsAndKeepsItsRecord) {
  const RunRecord other = EndedRun("run-0", 30);
  const RunRecord started = StartRun("run-1", 30);
  AddSentinels(started);
  const RunRecord run = EndRun(started);
  const std::string others = RowsOf(other);
  ASSERT_EQ(others, "trial 30 body 30 score 48 reason 36 sentinel 0 answerer 0");
  ASSERT_EQ(RowsOf(run).substr(0, 40), others.substr(0, 40));

  const auto deleted = store().DeleteRun(run.key, RunPart::kAll, Live(), At(99), "ben", "private");
  ASSERT_OK(deleted);
  EXPECT_EQ(deleted->deleted, At(99));
  EXPECT_EQ(deleted->deleted_by, "ben");
  EXPECT_EQ(*store().ListRunsToRemove(), std::vector<RunKey>{run.key});
  EXPECT_EQ(RemoveAll(run, 7), 5 + 2) << "five stretches, a look back, and the rest";
  EXPECT_EQ(RowsOf(run), "trial 0 body 0 score 0 reason 0 sentinel 0 answerer 0");
  EXPECT_EQ(RowsOf(other), others);
  EXPECT_TRUE(store().ListRunsToRemove()->empty());

  const auto kept = store().GetRun("default", "run-1");
  ASSERT_OK(kept);
  EXPECT_EQ(kept->state, RunState::kComplete);
  EXPECT_EQ(kept->counts, run.counts);
  EXPECT_EQ(kept->cost_usd, run.cost_usd);
  EXPECT_EQ(kept->graders.size(), 2u);
  EXPECT_EQ(kept->snapshot_digest, "sha256:data");
  const AuditRecord audit = store().ListAudit("default", {.token = "", .limit = 1})->items.at(0);
  EXPECT_EQ(audit.action + " " + audit.object + " " + audit.principal + " " + audit.detail,
            "delete_run run/run-1 ben private");

  const auto again = store().DeleteRun(run.key, RunPart::kAll, Live(), At(200), "cid", "");
  ASSERT_OK(again);
  EXPECT_EQ(again->deleted_by, "ben") << "a second deletion changes nothing";
  EXPECT_EQ(MessageOf(store().DeleteRun(RunKey{999}, RunPart::kAll, Live(), At(99), "ben", "")),
            "not_found: run 999 is not stored");
}

TEST_P(Retained, ARunWithoutResponsesKeepsItsTrialsAndScores) {
  const RunRecord started = StartRun("run-1", 30);
  AddSentinels(started);
  const RunRecord run = EndRun(started);
  const auto deleted = Delete(run, Live(), RunPart::kResponses);
  ASSERT_OK(deleted);
  EXPECT_EQ(deleted->responses_deleted, At(99));
  EXPECT_EQ(deleted->deleted, std::nullopt);
  EXPECT_GT(RemoveAll(run, 7), 5);
  EXPECT_EQ(RowsOf(run).substr(0, 44), "trial 30 body 0 score 48 reason 0 sentinel 1");
  std::int64_t passes = 0;
  ASSERT_OK(store().ReadScores(run.key, 0, [&](const ScoreColumns& score) { passes += score.pass == true; }));
  EXPECT_GT(passes, 0);
  ASSERT_OK(Delete(run));
  RemoveAll(run);
  EXPECT_EQ(RowsOf(run), "trial 0 body 0 score 0 reason 0 sentinel 0 answerer 0");
}

// Which part is deleted may become more while the first is removed.
TEST_P(Retained, ARemovalThatIsInterruptedIsTakenUpByTheNextStart) {
  const RunRecord run = EndedRun("run-1", 30);
  ASSERT_OK(Delete(run, Live(), RunPart::kResponses));
  const auto step = store().RemoveSome(run.key, 0, 10);
  ASSERT_OK(step);
  EXPECT_EQ(RowsOf(run).substr(0, 25), "trial 30 body 20 score 48");
  ASSERT_OK(Delete(run));
  ASSERT_OK(store().RemoveSome(run.key, step->next, 10));
  EXPECT_EQ(RowsOf(run).substr(0, 25), "trial 20 body 10 score 32");
  Reopen();
  ASSERT_EQ(*store().ListRunsToRemove(), std::vector<RunKey>{run.key});
  RemoveAll(run, 10);
  RemoveAll(run, 10);
  EXPECT_EQ(RowsOf(run), "trial 0 body 0 score 0 reason 0 sentinel 0 answerer 0");
}

TEST_P(Retained, ARunThatGoesOnIsKept) {
  const auto pending = store().CreateRun(MakeRun("run-1", 10));
  ASSERT_OK(pending);
  EXPECT_EQ(Refusal(*pending), "it is pending; cancel it first");
  ASSERT_OK(store().SetRunState(pending->key, RunState::kRunning, "", At(2), "anna"));
  EXPECT_EQ(Refusal(*pending), "it is running; cancel it first");
  ASSERT_OK(store().SetRunState(pending->key, RunState::kPaused, "", At(2), "anna"));
  EXPECT_EQ(Refusal(*pending), "it is paused; cancel it first");
  ASSERT_OK(store().SetRunState(pending->key, RunState::kCancelled, "", At(2), "anna"));
  ASSERT_OK(Delete(*pending));
}

TEST_P(Retained, AnOpenCheckKeepsItsRuns) {
  const RunRecord run = EndedRun("run-1");
  Check("check-1", run);
  EXPECT_EQ(Refusal(run), "check check-1 of gate \"release\" waits for its verdict on it");
  Decide("check-1", "verdict-1");
  EXPECT_EQ(Refusal(run),
            "verdict verdict-1 of gate \"release\" rests on it and is live: it is the newest PASS of its candidate");
  EXPECT_EQ(store().WhatKeeps(run.key, WithoutNewest()).value_or("?"), "");
}

TEST_P(Retained, AVerdictIsSupersededByANewerOneOfItsStateOnly) {
  const RunRecord first = EndedRun("run-1");
  const RunRecord second = EndedRun("run-2");
  const RunRecord other = EndedRun("run-3");
  Check("check-1", first);
  Decide("check-1", "verdict-1");
  Check("check-2", second);
  Decide("check-2", "verdict-2", "ERROR");
  EXPECT_EQ(Refusal(first),
            "verdict verdict-1 of gate \"release\" rests on it and is live: it is the newest PASS of its candidate");
  Check("check-3", other, "2.0");
  Decide("check-3", "verdict-3");
  Refusal(first);
  Check("check-4", second);
  Decide("check-4", "verdict-4");
  EXPECT_EQ(store().WhatKeeps(first.key, Live()).value_or("?"), "");
  Liveness period = Live();
  period.decided_after = At(49);
  EXPECT_EQ(Refusal(first, period),
            "verdict verdict-1 of gate \"release\" rests on it and is live: it is younger than the retention period");
  period.decided_after = At(50);
  ASSERT_OK(Delete(first, period));
  EXPECT_EQ(Refusal(second),
            "verdict verdict-4 of gate \"release\" rests on it and is live: it is the newest PASS of its candidate");
}

TEST_P(Retained, AnOpenWaiverKeepsTheRunsOfItsCandidate) {
  const RunRecord run = EndedRun("run-1");
  Check("check-1", run);
  Decide("check-1", "verdict-1", "FAIL");
  WaiverRecord waiver;
  waiver.id = "waiver-1";
  waiver.gate = "release";
  waiver.model_version = "sha256:model-1.0";
  waiver.requester = "anna";
  waiver.created = At(60);
  waiver.expires = At(200);
  ASSERT_OK(store().CreateWaiver(waiver));
  EXPECT_EQ(Refusal(run, WithoutNewest(199)),
            "verdict verdict-1 of gate \"release\" rests on it and is live: an open waiver is about its candidate");
  EXPECT_EQ(store().WhatKeeps(run.key, WithoutNewest(200)).value_or("?"), "") << "it has expired";
  ASSERT_OK(store().RevokeWaiver("default", "waiver-1", "anna", "mended", At(100)));
  ASSERT_OK(Delete(run, WithoutNewest(150)));
}

TEST_P(Retained, AStageOfCandidateOrBaselineKeepsTheRuns) {
  for (const char* label : {"1.0", "2.0", "3.0"}) Register(label);
  RunRecord of_baseline = MakeRun("run-2", 10);
  of_baseline.model_label = "2.0";
  const RunRecord candidate = EndedRun("run-1");
  const RunRecord baseline = EndRun(StartOther(of_baseline));
  Check("check-1", candidate);
  ASSERT_OK(store().LinkCheckRun("default", "check-1", baseline.key, "baseline"));
  Decide("check-1", "verdict-1");
  const std::string rests = "verdict verdict-1 of gate \"release\" rests on it and is live: ";
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "2.0", At(60), "ben"));
  EXPECT_EQ(Refusal(candidate, WithoutNewest()), rests + "its baseline holds a stage");
  EXPECT_EQ(Refusal(baseline, WithoutNewest()), rests + "its baseline holds a stage");
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "1.0", At(70), "ben"));
  EXPECT_EQ(Refusal(candidate, WithoutNewest()), rests + "its candidate holds a stage");
  EXPECT_EQ(Refusal(baseline, WithoutNewest()), rests + "its candidate holds a stage");
  ASSERT_OK(store().SetModelStage("default", "bot", "production", "3.0", At(80), "ben"));
  ASSERT_OK(Delete(candidate, WithoutNewest()));
  ASSERT_OK(Delete(baseline, WithoutNewest()));
}

TEST_P(Retained, WhoseAnswersWereTakenOverIsKeptByWhatRestsOnThem) {
  const RunRecord first = EndedRun("run-1");
  RunRecord retry = MakeRun("run-2", 10);
  retry.retry_of = "run-1";
  const RunRecord second = StartOther(retry);
  EXPECT_EQ(Refusal(first), "run run-2 takes its answers over and has not ended");
  EndRun(second);
  EXPECT_EQ(store().WhatKeeps(first.key, Live()).value_or("?"), "");
  retry.id = "run-3";
  retry.retry_of = "run-2";
  const RunRecord third = EndRun(StartOther(retry));
  Check("check-1", third);
  EXPECT_EQ(Refusal(first),
            "check check-1 of gate \"release\" waits for its verdict on run run-3, which took its answers over");
  Decide("check-1", "verdict-1");
  for (const RunRecord& run : {first, second}) {
    EXPECT_EQ(
        Refusal(run),
        "verdict verdict-1 of gate \"release\" rests on run run-3, which took its answers over and is live: it is "
        "the newest PASS of its candidate");
  }
}

// The gate looks at one earlier run, or at two: the others can go.
TEST_P(Retained, WhatALiveVerdictComparesWithIsKept) {
  DocumentRecord gate;
  gate.kind = "Gate";
  gate.name = "release";
  gate.content_version = "sha256:gate";
  gate.json = R"({"rules":[{"name":"r","drift":{"runs":2}}]})";
  gate.created = At(0);
  gate.principal = "anna";
  ASSERT_OK(store().PutDocument(gate));
  std::vector<RunRecord> earlier;
  for (int i = 0; i < 3; ++i) earlier.push_back(EndedRun("run-" + std::to_string(i), 10, 20 + i));
  const RunRecord late = EndedRun("run-3", 10, 55);  // when the verdict was decided it was still going on
  const RunRecord candidate = EndedRun("run-4", 10, 40);
  Check("check-1", candidate);
  Liveness live = Live();
  live.history = [](const std::string& json) { return json.find("drift") == std::string::npos ? 0 : 2; };
  EXPECT_EQ(Refusal(earlier[0], live), "check check-1 of gate \"release\" compares with it and has no verdict yet");
  Decide("check-1", "verdict-1");
  const std::string compares =
      "verdict verdict-1 of gate \"release\" compares with it and is live: it is the newest PASS of its candidate";
  EXPECT_EQ(store().WhatKeeps(earlier[0].key, live).value_or("?"), "");
  EXPECT_EQ(Refusal(earlier[1], live), compares);
  EXPECT_EQ(Refusal(earlier[2], live), compares);
  EXPECT_EQ(store().WhatKeeps(late.key, live).value_or("?"), "");
  live.history = [](const std::string&) { return 3; };
  EXPECT_EQ(Refusal(earlier[0], live), compares);
}

// The first runs of a model are the measure of all later ones, however many have come since.
TEST_P(Retained, WhatAVerdictNamesAsItsHistoryIsKept) {
  DocumentRecord gate;
  gate.kind = "Gate";
  gate.name = "release";
  gate.content_version = "sha256:gate";
  gate.json = R"({"rules":[{"name":"r","drift":{}}]})";
  gate.created = At(0);
  gate.principal = "anna";
  ASSERT_OK(store().PutDocument(gate));
  std::vector<RunRecord> earlier;
  for (int i = 0; i < 3; ++i) earlier.push_back(EndedRun("run-" + std::to_string(i), 10, 20 + i));
  const RunRecord candidate = EndedRun("run-3", 10, 40);
  Check("check-1", candidate);
  Decide("check-1", "verdict-1", "PASS", 50, R"({"suites":[{"past":{"runs":["run-0","run-2"],"unused":0}}]})");
  Liveness live = Live();
  live.history = [](const std::string&) { return 1; };
  const std::string compares =
      "verdict verdict-1 of gate \"release\" compares with it and is live: it is the newest PASS of its candidate";
  EXPECT_EQ(Refusal(earlier[0], live), compares);
  EXPECT_EQ(store().WhatKeeps(earlier[1].key, live).value_or("?"), "");
  EXPECT_EQ(Refusal(earlier[2], live), compares);

  // Those that are gone are still told of, as they were first.
  ASSERT_OK(Delete(earlier[1], live));
  const RunRecord later = StartRun("run-4", 10);
  const auto all = store().ListFirstRuns(later, RunKey{}, 10, At(1000), Store::EarlierStates::kComplete);
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 4u);
  EXPECT_EQ(all->at(1).id, "run-1");
  EXPECT_TRUE(all->at(1).deleted);
  EXPECT_EQ(store().ListFirstRuns(later, earlier[1].key, 1, At(1000), Store::EarlierStates::kComplete)->at(0).id,
            "run-2");
}

// Whichever it is: the last that was found unmoved may be long before.
TEST_P(Retained, WhatABaselineWasHeldAgainstIsKept) {
  DocumentRecord gate;
  gate.kind = "Gate";
  gate.name = "release";
  gate.content_version = "sha256:gate";
  gate.json = R"({"interleave":true})";
  gate.created = At(0);
  gate.principal = "anna";
  ASSERT_OK(store().PutDocument(gate));
  std::vector<RunRecord> earlier;
  for (int i = 0; i < 3; ++i) earlier.push_back(EndedRun("run-" + std::to_string(i), 10, 20 + i));
  const RunRecord candidate = EndedRun("run-of-candidate", 10, 30);
  const RunRecord now = EndedRun("run-3", 10, 40);
  Check("check-1", candidate);
  ASSERT_OK(store().LinkCheckRun("default", "check-1", now.key, "baseline"));
  Decide("check-1", "verdict-1", "INCONCLUSIVE", 50,
         R"({"controls":[{"earlier_run":"run-0","has_moved":false}],"past":{"control":"run-0"}})");
  Liveness live = Live();
  live.history = [](const std::string&) { return 0; };
  EXPECT_EQ(Refusal(earlier[0], live),
            "verdict verdict-1 of gate \"release\" compares with it and is live: it is the newest INCONCLUSIVE of its "
            "candidate");
  EXPECT_EQ(store().WhatKeeps(earlier[1].key, live).value_or("?"), "");

  const RunRecord later = StartRun("run-4", 10);
  const auto controlled = store().ListControlledRuns(later, later.key, 10, At(60));
  ASSERT_OK(controlled);
  ASSERT_EQ(controlled->size(), 1u);
  EXPECT_EQ(controlled->at(0).id, "run-3");
  EXPECT_NE(controlled->at(0).verdict.find("earlier_run"), std::string::npos);
  EXPECT_TRUE(store().ListControlledRuns(later, now.key, 10, At(60))->empty());
  EXPECT_TRUE(store().ListControlledRuns(later, later.key, 10, At(49))->empty()) << "it was not decided yet";
  EXPECT_TRUE(store().ListControlledRuns(later, later.key, 10, At(60), Store::ControlsFound::kMoved)->empty());
  const RunRecord moved = EndedRun("run-5", 10, 52);
  Check("check-2", StartRun("run-of-another", 10));
  ASSERT_OK(store().LinkCheckRun("default", "check-2", moved.key, "baseline"));
  Decide("check-2", "verdict-2", "INCONCLUSIVE", 55, R"({"controls":[{"earlier_run":"run-3","has_moved":true}]})");
  const RunRecord last = StartRun("run-6", 10);
  const auto alarms = store().ListControlledRuns(last, last.key, 10, At(60), Store::ControlsFound::kMoved);
  ASSERT_OK(alarms);
  ASSERT_EQ(alarms->size(), 1u);
  EXPECT_EQ(alarms->at(0).verdict_id, "verdict-2");
  const auto first = store().ListFirstRuns(later, RunKey{}, 2, At(60), Store::EarlierStates::kCompleteOrStopped);
  ASSERT_OK(first);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ(first->at(0).id, "run-0");
  EXPECT_EQ(first->at(1).id, "run-1");
  EXPECT_EQ(
      store().ListFirstRuns(later, first->at(1).key, 1, At(60), Store::EarlierStates::kCompleteOrStopped)->at(0).id,
      "run-2");
}

// Or deleting runs would be a way to choose among answers, or to forget how often they were drawn.
TEST_P(Retained, ADeletedRunIsNotUsedAndStillCounts) {
  const RunRecord first = EndedRun("run-1");
  const RunRecord newest = EndedRun("run-2");
  const RunRecord now = StartRun("run-3", 10);
  Check("check-1", newest);
  Decide("check-1", "verdict-1", "FAIL");
  CheckRecord asking;
  asking.id = "asking";
  asking.model_version = "sha256:model";
  const EarlierRuns before = *store().CountEarlierRuns(now, At(90), asking, "candidate");
  EXPECT_EQ(before.unused, 1);
  EXPECT_EQ(before.decided, 1);
  EXPECT_EQ(store().FindReusableRun("default", "sha256:suite", "sha256:model")->value().id, "run-2");
  ASSERT_OK(Delete(newest, WithoutNewest()));
  EXPECT_EQ(*store().FindReusableRun("default", "sha256:suite", "sha256:model"), std::nullopt)
      << "nor is the one before it";
  EXPECT_EQ(store().ListEarlierRuns(now, 10, At(1000))->size(), 1u);
  ASSERT_OK(Delete(first, WithoutNewest()));
  EXPECT_TRUE(store().ListEarlierRuns(now, 10, At(1000))->empty());
  EXPECT_EQ(store().ListEarlierRuns(now, 10, At(90))->size(), 2u) << "what a verdict of that time looked at is missing";
  const EarlierRuns after = *store().CountEarlierRuns(now, At(90), asking, "candidate");
  EXPECT_EQ(after.unused, 1);
  EXPECT_EQ(after.decided, 1);
  EXPECT_EQ(after.newest_unused, "run-1");
}

TEST_P(Retained, NothingIsAddedToWhatIsDeletedNorTakenFromIt) {
  const RunRecord run = EndedRun("run-1");
  const RunRecord silent = EndedRun("run-2");
  const RunRecord to = StartRun("run-3", 10);
  ASSERT_OK(Delete(run));
  ASSERT_OK(Delete(silent, Live(), RunPart::kResponses));
  for (const RunRecord& each : {run, silent}) {
    const ScoreRevision revision{.ordinal = 0,
                                 .grader = "answer",
                                 .grader_version = "v1",
                                 .source = ScoreSource::kHuman,
                                 .score = Score::Pass(),
                                 .at = At(100),
                                 .principal = "ben"};
    EXPECT_EQ(MessageOf(store().AppendScore(each.key, revision)),
              "failed_precondition: the response of case 0 trial 0 is deleted");
    EXPECT_EQ(MessageOf(store().TakeOverTrials(each.key, to.key)),
              "failed_precondition: the answers of a run are deleted");
    RunRecord retry = MakeRun("run-4", 10);
    retry.retry_of = each.id;
    EXPECT_EQ(MessageOf(store().CreateRun(retry)),
              "failed_precondition: the answers of run \"" + each.id + "\" are deleted");
    CheckRecord check;
    check.id = "check of " + each.id;
    check.created = At(100);
    ASSERT_OK(store().CreateCheck(check));
    const Status linked = store().LinkCheckRun("default", check.id, each.key, "candidate");
    EXPECT_EQ(linked.error().message, "run \"" + each.id + "\" was deleted meanwhile");
    EXPECT_EQ(linked.error().code, ErrorCode::kUnavailable) << "so that the check chooses again";
  }
  ASSERT_OK(store().Ping());
}

TEST_P(Retained, RunsAreListedByWhenTheyEnded) {
  const RunRecord first = EndedRun("run-1", 10, 20);
  const RunRecord second = EndedRun("run-2", 10, 30);
  const RunRecord third = EndedRun("run-3", 10, 25);
  StartRun("run-4", 10);
  const auto list = [&](RunPart part, RunKey after, int limit) {
    return *store().ListRunsEndedBefore(At(30), part, after, limit);
  };
  EXPECT_EQ(list(RunPart::kAll, RunKey{}, 10), (std::vector<RunKey>{first.key, third.key}));
  EXPECT_EQ(list(RunPart::kAll, RunKey{}, 1), std::vector<RunKey>{first.key});
  EXPECT_EQ(list(RunPart::kAll, first.key, 10), std::vector<RunKey>{third.key});
  ASSERT_OK(Delete(first, Live(), RunPart::kResponses));
  EXPECT_EQ(list(RunPart::kResponses, RunKey{}, 10), std::vector<RunKey>{third.key});
  ASSERT_OK(Delete(third));
  EXPECT_EQ(list(RunPart::kResponses, RunKey{}, 10), std::vector<RunKey>{});
  EXPECT_EQ(list(RunPart::kAll, RunKey{}, 10), std::vector<RunKey>{first.key});
}

TEST_P(Retained, ADatasetGoesWithTheLastRunAndComesBackUnderItsKey) {
  const RunRecord first = EndedRun("run-1");
  const RunRecord second = EndedRun("run-2");
  ASSERT_OK(Delete(first));
  const auto one = store().RemoveSome(first.key, 0, kWholeRun);
  const auto last = store().RemoveSome(first.key, one->next, kWholeRun);
  EXPECT_EQ(last->released, std::nullopt) << "another run has it";
  RemoveAll(first);
  EXPECT_EQ(*store().ReleaseSnapshot(second.snapshot), false);
  EXPECT_TRUE(store().ListUnusedSnapshots(At(1000))->empty());
  ASSERT_OK(Delete(second));
  EXPECT_EQ(*store().ListUnusedSnapshots(At(1)), std::vector<SnapshotKey>{second.snapshot});
  EXPECT_TRUE(store().ListUnusedSnapshots(At(0))->empty());
  RemoveAll(second);
  EXPECT_FALSE(store().FindSnapshot("default", "sha256:data"));
  ASSERT_EQ(*store().ListUnfinishedSnapshots(), std::vector<SnapshotKey>{second.snapshot}) << "for the next start";
  while (store().DiscardSomeCases(second.snapshot).value_or(false)) continue;
  EXPECT_EQ(CountOf("dataset_case", "1 = 1") + " " + CountOf("case_slice", "1 = 1"), "0 0");
  EXPECT_TRUE(store().ListUnfinishedSnapshots()->empty());
  EXPECT_EQ(store().GetRun(first.key)->snapshot_digest, "sha256:data");
  EXPECT_EQ(MessageOf(store().CreateRun(MakeRun("run-3", 10))).substr(0, 5), "no er") << "MakeRun fills it anew";
  EXPECT_EQ(store().GetRun("default", "run-3")->snapshot, second.snapshot)
      << "so that earlier runs are those of the same cases";
  EXPECT_EQ(*store().DiscardSomeCases(second.snapshot), false) << "what began before must not go on";
  EXPECT_EQ(CountOf("dataset_case", "1 = 1"), "10");
}

}  // namespace
}  // namespace assay::testing
