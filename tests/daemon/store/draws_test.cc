// What counts as answers that somebody could see, and as one draw of them.

#include "tests/daemon/store/check_records.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

// Whatever graders made of it; and it stays known when the run is deleted.
TEST_P(StoreTest, EveryResponseIsAnAnswerThatSomebodyCouldSee) {
  TrialResult ungraded = MakeResult(0, 0);
  ungraded.status = TrialStatus::kSkipped;
  ungraded.scores.clear();
  TrialResult misjudged = MakeResult(0, 0);
  misjudged.status = TrialStatus::kError;
  misjudged.scores[0] = Score::Broken("the judge is down");
  TrialResult refused = MakeResult(0, 0);
  refused.status = TrialStatus::kError;
  refused.response.reset();
  refused.scores.clear();
  std::vector<RunRecord> runs;
  for (const TrialResult& result : {ungraded, misjudged, refused}) {
    runs.push_back(StartRun("run-" + std::to_string(runs.size()), 10));
    ASSERT_OK(store().AppendTrials(runs.back().key, std::vector{result}, 0));
  }
  // The answer that is graded at last is still one.
  ungraded.status = TrialStatus::kError;
  ungraded.is_taken_over = true;
  ASSERT_OK(store().AppendTrials(runs[0].key, std::vector{ungraded}, 1));
  const RunRecord retry = [&] {
    RunRecord record = MakeRun("run-retry", 10);
    record.retry_of = "run-1";
    return *store().CreateRun(record);
  }();
  ASSERT_EQ(*store().TakeOverTrials(runs[1].key, retry.key), 1);
  runs.push_back(retry);
  const RunRecord now = StartRun("run-now", 10);
  for (const RunRecord& run : runs) {
    ASSERT_OK(store().SetRunState(run.key, RunState::kCancelled, "oops", At(20), "anna"));
    EXPECT_EQ(ReadOne("SELECT CAST(has_answers AS TEXT) FROM run WHERE id = '" + run.id + "'"),
              run.id == "run-2" ? "0" : "1");
  }
  const auto earlier = [&] { return *store().CountEarlierRuns(now, At(1000), Check("asking"), "candidate"); };
  EXPECT_EQ(earlier().unused, 2) << "a retry is the run at its root";
  for (const RunRecord& run : runs) {
    ASSERT_OK(store().CreateCheck(Check("of-" + run.id)));
    ASSERT_OK(store().LinkCheckRun("default", "of-" + run.id, run.key, "candidate"));
    ASSERT_OK(Complete(store(), Verdict("verdict-" + run.id, "of-" + run.id, "ERROR")));
  }
  EXPECT_EQ(earlier().decided, 2);
  const Liveness none{};
  ASSERT_OK(store().DeleteRun(runs[0].key, RunPart::kAll, none, At(60), "anna", "tidy"));
  ASSERT_OK(store().RemoveSome(runs[0].key, 0, 100));
  EXPECT_EQ(earlier().decided, 2);
}

// Both runs of one check are one draw of a pair, whichever of them was cancelled.
TEST_P(StoreTest, APairOfWhichARunWasCancelledIsChargedOnce) {
  int made = 0;
  const auto draw = [&](const std::string& model, bool is_answered = true) {
    RunRecord run = MakeRun("run-" + std::to_string(++made), 10);
    run.model_version = "sha256:" + model;
    run = *store().CreateRun(run);
    EXPECT_TRUE(store().SetRunState(run.key, RunState::kRunning, "", At(2), "anna"));
    if (!is_answered) return run;
    EXPECT_TRUE(store().AppendTrials(run.key, std::vector{MakeResult(0, 0)}, 1));
    return run;
  };
  const auto check = [&](const RunRecord& candidate, const RunRecord& baseline, const std::string& state = "ERROR") {
    const std::string id = "check-" + std::to_string(++made);
    ASSERT_OK(store().CreateCheck(Check(id)));
    ASSERT_OK(store().LinkCheckRun("default", id, candidate.key, "candidate"));
    ASSERT_OK(store().LinkCheckRun("default", id, baseline.key, "baseline"));
    ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto cancel = [&](const RunRecord& run) {
    ASSERT_OK(store().SetRunState(run.key, RunState::kCancelled, "oops", At(20), "anna"));
  };
  const auto charged = [&](const RunRecord& candidate, const RunRecord& baseline) {
    const Time now = At(1000);
    const CheckRecord asking = Check("asking");
    return store().CountEarlierRuns(candidate, now, asking, "candidate")->decided +
           *store().CountCancelledBaselines(candidate, baseline, now, asking);
  };
  const RunRecord first = draw("model");
  const RunRecord beside_first = draw("old");
  cancel(first);
  cancel(beside_first);
  check(first, beside_first);
  RunRecord candidate = draw("model");
  RunRecord baseline = draw("old");
  EXPECT_EQ(charged(candidate, baseline), 1) << "both were cancelled";
  cancel(baseline);
  check(candidate, baseline);
  const RunRecord third = draw("old");
  EXPECT_EQ(charged(candidate, third), 2) << "the answers of the candidate are kept, the baseline is drawn anew";
  cancel(third);
  check(candidate, third);
  const RunRecord fourth = draw("old");
  EXPECT_EQ(charged(candidate, fourth), 3);
  EXPECT_EQ(charged(draw("model"), fourth), 3) << "three pairs were looked at, of two runs of the candidate";
  const RunRecord failed = draw("model");
  check(failed, fourth, "FAIL");
  const RunRecord fifth = draw("old");
  cancel(fifth);
  check(failed, fifth);
  EXPECT_EQ(charged(draw("model"), draw("old")), 5) << "a FAIL, and the same answers beside another baseline";
  const RunRecord unheard = draw("model", false);
  const RunRecord sixth = draw("old");
  cancel(sixth);
  check(unheard, sixth);
  EXPECT_EQ(charged(draw("model"), draw("old")), 6) << "of the baseline alone something was seen";
  const RunRecord still_unheard = draw("model", false);
  const RunRecord seventh = draw("old");
  ASSERT_OK(store().SetRunState(seventh.key, RunState::kStopped, "", At(20), "anna"));
  cancel(still_unheard);
  check(still_unheard, seventh);
  EXPECT_EQ(charged(draw("model"), draw("old")), 7) << "the baseline was read, and the candidate cancelled";
}

// What had its answers before the check was made is not drawn for it.
TEST_P(StoreTest, ACandidateThatIsCancelledUnheardBesideAKnownBaselineIsNotCharged) {
  RunRecord baseline = MakeRun("run-old", 10);
  baseline.model_version = "sha256:old";
  baseline = *store().CreateRun(baseline);
  ASSERT_OK(store().SetRunState(baseline.key, RunState::kRunning, "", At(2), "anna"));
  ASSERT_OK(store().AppendTrials(baseline.key, std::vector{MakeResult(0, 0)}, 1));
  ASSERT_OK(store().SetRunState(baseline.key, RunState::kStopped, "", At(3), "anna"));
  const RunRecord unheard = StartRun("run-new", 10);
  ASSERT_OK(store().SetRunState(unheard.key, RunState::kCancelled, "oops", At(20), "anna"));
  CheckRecord check = Check("check");
  check.created = At(10);
  ASSERT_OK(store().CreateCheck(check));
  ASSERT_OK(store().LinkCheckRun("default", "check", unheard.key, "candidate"));
  ASSERT_OK(store().LinkCheckRun("default", "check", baseline.key, "baseline"));
  ASSERT_OK(Complete(store(), Verdict("verdict", "check", "ERROR")));
  const RunRecord now = StartRun("run-now", 10);
  const CheckRecord asking = Check("asking");
  EXPECT_EQ(store().CountEarlierRuns(now, At(1000), asking, "candidate")->decided, 0);
  EXPECT_EQ(*store().CountCancelledBaselines(now, baseline, At(1000), asking), 0);
}

// Of runs that were made together whoever holds one back may look at the others first.
TEST_P(StoreTest, RunsThatWereMadeLaterCountWhereTheyWereThereBeforeTheCheck) {
  const RunRecord held = StartRun("run-1", 10);
  RunRecord cancelled = MakeRun("run-2", 10);
  cancelled.created = At(3);
  RunRecord looked_at = MakeRun("run-3", 10);
  looked_at.created = At(4);
  for (RunRecord* run : {&cancelled, &looked_at}) {
    *run = *store().CreateRun(*run);
    ASSERT_OK(store().SetRunState(run->key, RunState::kRunning, "", At(5), "anna"));
    ASSERT_OK(store().AppendTrials(run->key, std::vector{MakeResult(0, 0)}, 1));
    ASSERT_OK(store().SetRunState(run->key, RunState::kCancelled, "oops", At(20), "anna"));
  }
  ASSERT_OK(store().CreateCheck(Check("a")));
  ASSERT_OK(store().LinkCheckRun("default", "a", cancelled.key, "candidate"));
  ASSERT_OK(Complete(store(), Verdict("verdict-a", "a", "ERROR")));  // at 50
  const auto earlier = [&](int asked) {
    CheckRecord check = Check("asking");
    check.created = At(asked);
    return *store().CountEarlierRuns(held, At(1000), check, "candidate");
  };
  EXPECT_EQ(earlier(60).decided, 1);
  EXPECT_EQ(earlier(60).unused, 1);
  EXPECT_EQ(earlier(60).newest_unused, "run-3");
  EXPECT_EQ(earlier(40).decided, 0) << "that check was still open, and counted this one";
  EXPECT_EQ(earlier(40).unused, 1);
  EXPECT_EQ(earlier(4).unused, 0);
  ASSERT_OK(store().CreateCheck(Check("own")));
  ASSERT_OK(store().LinkCheckRun("default", "own", held.key, "candidate"));
  ASSERT_OK(Complete(store(), Verdict("verdict-own", "own", "PASS")));
  EXPECT_TRUE(earlier(60).is_own);
  EXPECT_EQ(earlier(60).decided, 0) << "what the gate has decided on once keeps its place";
  EXPECT_EQ(earlier(60).unused, 0);
}

// A suite under another name, or with one row more, asks nearly the same.
TEST_P(StoreTest, OtherSuitesOfTheCandidateThatWereNoPassAreListed) {
  const SnapshotKey same = MakeSnapshot(10);
  const SnapshotKey other = MakeSnapshot(10, "sha256:other");
  const auto decide = [&](const std::string& id, const std::string& suite, SnapshotKey cases, const std::string& state,
                          const std::string& model = "sha256:model", const std::string& role = "candidate") {
    RunRecord run = MakeRun("run-" + id, 10);
    run.suite = suite;
    run.suite_version = "sha256:" + suite;
    run.snapshot = cases;
    run.model_version = model;
    const auto stored = store().CreateRun(run);
    ASSERT_OK(stored);
    ASSERT_OK(store().CreateCheck(Check(id)));
    ASSERT_OK(store().LinkCheckRun("default", id, stored->key, role));
    if (state != "PENDING") ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const RunRecord now = StartRun("run-now", 10);
  decide("a", "support", same, "FAIL");  // counted
  decide("b", "support", other, "FAIL");
  decide("c", "support", other, "INCONCLUSIVE");
  decide("d", "copy", same, "FAIL");
  decide("e", "copy", other, "FAIL");
  decide("f", "copy", same, "PASS");
  decide("g", "copy", same, "ERROR");
  decide("h", "copy", same, "PENDING");
  decide("i", "copy", same, "FAIL", "sha256:another");
  decide("j", "copy", same, "FAIL", "sha256:model", "baseline");
  const auto listed = [&](Time until) {
    std::string text;
    const auto suites = store().ListOtherDecidedSuites(now, until);
    EXPECT_TRUE(suites) << MessageOf(suites);
    for (const DecidedSuite& each : suites.value_or(std::vector<DecidedSuite>()))
      text += each.suite + " " + each.version + " " + std::to_string(each.runs) + " " + each.newest + "; ";
    return text;
  };
  EXPECT_EQ(listed(At(1000)), "copy sha256:copy 1 run-d; support sha256:support 2 run-c; ");
  EXPECT_EQ(listed(At(49)), "");
}

}  // namespace
}  // namespace assay::testing
