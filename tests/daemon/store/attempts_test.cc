// Which runs before one are attempts, and which are only said.

#include "tests/daemon/store/check_records.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

// Runs on which verdicts other than PASS and ERROR were given for the same candidate and cases, by whatever gate.
TEST_P(StoreTest, EarlierAttemptsAreRunsThatWereDecidedOn) {
  const RunRecord first = StartRun("run-1", 10);
  const RunRecord second = StartRun("run-2", 10);
  const RunRecord third = StartRun("run-3", 10);
  const auto decide = [&](const std::string& id, const RunRecord& run, const std::string& state) {
    ASSERT_OK(store().CreateCheck(Check(id)));
    ASSERT_OK(store().LinkCheckRun("default", id, run.key, "candidate"));
    if (state != "PENDING") ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto earlier = [&](const RunRecord& run) {
    return store().CountEarlierRuns(run, At(1000), Check("asking"), "candidate")->decided;
  };
  decide("a", first, "FAIL");
  decide("b", first, "FAIL");  // of the same answers
  EXPECT_EQ(earlier(first), 0);
  EXPECT_EQ(earlier(second), 1);
  decide("c", second, "ERROR");
  decide("c2", second, "PASS");
  EXPECT_EQ(earlier(third), 1);
  decide("d", second, "PENDING");
  EXPECT_EQ(earlier(third), 1);
  decide("e", second, "INCONCLUSIVE");
  EXPECT_EQ(earlier(third), 2);
  RunRecord retry = MakeRun("run-4", 10);
  retry.retry_of = "run-3";
  const auto retried = store().CreateRun(retry);
  ASSERT_OK(retried);
  const RunRecord fifth = StartRun("run-5", 10);
  EXPECT_EQ(earlier(fifth), 2);
  decide("f", *retried, "FAIL");
  EXPECT_EQ(earlier(fifth), 3) << "a retry is an attempt of the run at its root";
  decide("g", third, "FAIL");
  EXPECT_EQ(earlier(fifth), 3);
  RunRecord edited = fifth;
  edited.suite_version = "sha256:edited";
  EXPECT_EQ(earlier(edited), 3) << "the same cases of a suite of that name";
  RunRecord other = fifth;
  other.suite = "another";
  EXPECT_EQ(earlier(other), 0);
  other = fifth;
  other.model_version = "sha256:another";
  EXPECT_EQ(earlier(other), 0);
  other = fifth;
  other.snapshot = SnapshotKey{99};
  EXPECT_EQ(earlier(other), 0);
  other = fifth;
  other.project = "another";
  EXPECT_EQ(earlier(other), 0);
}

// A slice that is added, or rows in another order, are another snapshot of the same cases.
TEST_P(StoreTest, EarlierRunsAreThoseOfTheSameCasesHoweverTheyAreStored) {
  const auto run_on = [&](const std::string& id, const std::string& digest, const std::string& cases) {
    const auto key = store().BeginSnapshot("default", digest, At(0), "anna");
    EXPECT_TRUE(key);
    EXPECT_TRUE(store().AppendCases(*key, std::vector<CaseRow>{{0, "a", "{}", {}}}));
    EXPECT_TRUE(store().FinishSnapshot(*key, cases));
    RunRecord run = MakeRun(id, 1);
    run.snapshot = *key;
    const auto stored = store().CreateRun(run);
    EXPECT_TRUE(stored) << MessageOf(stored);
    return *stored;
  };
  MakeSnapshot(10);  // what MakeRun would make
  const RunRecord first = run_on("run-1", "sha256:plain", "sha256-sum:1");
  const RunRecord sliced = run_on("run-2", "sha256:sliced", "sha256-sum:1");
  const RunRecord other = run_on("run-3", "sha256:other", "sha256-sum:2");
  const RunRecord old = run_on("run-4", "sha256:old", "");
  const RunRecord older = run_on("run-5", "sha256:older", "");
  EXPECT_EQ(store().FindSnapshot("default", "sha256:sliced")->cases_digest, "sha256-sum:1");
  for (const RunRecord& run : {first, old}) {
    ASSERT_OK(store().SetRunState(run.key, RunState::kRunning, "", At(2), "anna"));
    ASSERT_OK(store().CreateCheck(Check("of-" + run.id)));
    ASSERT_OK(store().LinkCheckRun("default", "of-" + run.id, run.key, "candidate"));
  }
  EXPECT_EQ(*store().CountOpenDraws(sliced, "another"), 1);
  EXPECT_EQ(*store().CountOpenDraws(other, "another"), 0);
  EXPECT_EQ(*store().CountOpenDraws(older, "another"), 0) << "of these nobody knows";
  for (const std::string id : {"run-1", "run-4"})
    ASSERT_OK(Complete(store(), Verdict("verdict-" + id, "of-" + id, "FAIL")));
  EXPECT_EQ(store().CountEarlierRuns(sliced, At(1000), Check("asking"), "candidate")->decided, 1);
  EXPECT_EQ(store().CountEarlierRuns(other, At(1000), Check("asking"), "candidate")->decided, 0);
  EXPECT_EQ(store().CountEarlierRuns(older, At(1000), Check("asking"), "candidate")->decided, 0);
  ASSERT_OK(store().SetRunState(sliced.key, RunState::kRunning, "", At(2), "anna"));
  const RunRecord again = run_on("run-6", "sha256:again", "sha256-sum:1");
  EXPECT_EQ(store().CountEarlierRuns(again, At(1000), Check("asking"), "candidate")->unused, 1);
}

// Of many that are asked at once each is a later attempt than those before it, whichever is decided first.
TEST_P(StoreTest, OpenDrawsAreEarlierRunsOfOtherOpenChecksOfAnyGate) {
  const RunRecord first = StartRun("run-1", 10);
  const RunRecord second = StartRun("run-2", 10);
  const RunRecord third = StartRun("run-3", 10);
  const auto check = [&](const std::string& id, const RunRecord& run, const std::string& role = "candidate",
                         const std::string& gate = "release") {
    ASSERT_OK(store().CreateCheck(Check(id, gate)));
    ASSERT_OK(store().LinkCheckRun("default", id, run.key, role));
  };
  const auto open = [&](const RunRecord& run, const std::string& of) { return *store().CountOpenDraws(run, of); };
  check("a", first);
  check("a2", first);                               // the same answers
  check("b", second, "candidate", "release-copy");  // the same rules under another name are another chance
  check("c", third);
  EXPECT_EQ(open(first, "a"), 0);
  EXPECT_EQ(open(second, "b"), 1);
  EXPECT_EQ(open(third, "c"), 2);
  EXPECT_EQ(open(third, "b"), 1) << "not its own";
  ASSERT_OK(Complete(store(), Verdict("verdict-a", "a", "FAIL")));
  EXPECT_EQ(open(third, "c"), 1) << "it is counted as decided";
  EXPECT_EQ(store().CountEarlierRuns(third, At(1000), Check("asking"), "candidate")->decided, 1);
  ASSERT_OK(Complete(store(), Verdict("verdict-b", "b", "PASS")));
  EXPECT_EQ(open(third, "c"), 0);
  const RunRecord fourth = StartRun("run-4", 10);
  const RunRecord fifth = StartRun("run-5", 10);
  check("d", fourth, "baseline");
  EXPECT_EQ(open(fifth, "e"), 1) << "that of check c; a baseline's answers are not the candidate's";
}

// Who looks at the same answers again, in another length perhaps, is known by the gates that looked before.
TEST_P(StoreTest, GatesThatDecidedOnARunAreListed) {
  const RunRecord run = StartRun("run-1", 10);
  RunRecord retried = MakeRun("run-2", 10);
  retried.retry_of = "run-1";
  const auto retry = store().CreateRun(retried);
  ASSERT_OK(retry);
  const auto check = [&](const std::string& id, const std::string& gate, const RunRecord& of, const std::string& state,
                         const std::string& role = "candidate") {
    CheckRecord record = Check(id, gate);
    record.gate_version = "sha256:" + gate;
    ASSERT_OK(store().CreateCheck(record));
    ASSERT_OK(store().LinkCheckRun("default", id, of.key, role));
    if (state != "PENDING") ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto gates = [&](const std::string& before, Time until = At(1000)) {
    const auto listed = store().ListGatesOn(run, until, before);
    EXPECT_TRUE(listed) << MessageOf(listed);
    std::string text;
    for (const GateVersion& gate : listed.value_or(std::vector<GateVersion>()))
      text += gate.gate + (gate.version == "sha256:" + gate.gate ? " " : "? ");
    return text;
  };
  check("a", "ten", run, "FAIL");
  check("b", "ten", run, "FAIL");
  check("c", "twenty", *retry, "INCONCLUSIVE");
  check("d", "passed", run, "PASS");
  check("e", "broken", run, "ERROR");
  check("f", "beside", run, "FAIL", "baseline");
  check("g", "open", run, "PENDING");
  check("h", "asked", run, "PENDING");
  check("i", "later", run, "PENDING");
  EXPECT_EQ(gates("h"), "open ten twenty ");
  EXPECT_EQ(gates("g"), "ten twenty ");
  EXPECT_EQ(gates("a"), "ten twenty ");
  EXPECT_EQ(gates("a", At(49)), "") << "before those verdicts";
  EXPECT_EQ(gates("g", At(49)), "ten twenty ") << "asked before, and decided meanwhile";
}

// Whatever became of them: complete, broken off, or still going on.
TEST_P(StoreTest, EarlierRunsWithAnswersThatNoVerdictRestsOnAreCounted) {
  const RunRecord looked_at = StartRun("run-1", 10);
  const RunRecord unanswered = StartRun("run-2", 10);
  const RunRecord broken_off = StartRun("run-3", 10);
  const RunRecord used = StartRun("run-4", 10);
  for (const RunRecord& run : {looked_at, broken_off, used}) {
    ASSERT_OK(store().AppendTrials(run.key, std::vector{MakeResult(0, 0)}, 1));
  }
  ASSERT_OK(store().SetRunState(broken_off.key, RunState::kError, "", At(20), "tests"));
  ASSERT_OK(store().SetRunState(unanswered.key, RunState::kCancelled, "", At(20), "tests"));
  const auto earlier = [&](const RunRecord& run) {
    return *store().CountEarlierRuns(run, At(1000), Check("asking"), "candidate");
  };
  EXPECT_EQ(earlier(looked_at).unused, 0);
  EXPECT_EQ(earlier(unanswered).unused, 1);
  EXPECT_EQ(earlier(used).unused, 2);
  EXPECT_EQ(earlier(used).newest_unused, "run-3");
  ASSERT_OK(store().CreateCheck(Check("broken")));
  ASSERT_OK(store().LinkCheckRun("default", "broken", broken_off.key, "candidate"));
  EXPECT_EQ(earlier(used).unused, 1) << "a check waits for it, and is charged for it (CountOpenDraws)";
  EXPECT_TRUE(earlier(broken_off).is_used);
  ASSERT_OK(Complete(store(), Verdict("verdict-broken", "broken", "ERROR")));
  EXPECT_EQ(earlier(used).unused, 2)
      << "what ended in an ERROR can be looked at and drawn again like what nobody checked";
  EXPECT_FALSE(earlier(broken_off).is_used);
  const auto of_baseline = [&] {
    return store().CountEarlierRuns(used, At(1000), Check("asking"), "baseline")->unused;
  };
  EXPECT_EQ(of_baseline(), 2);
  ASSERT_OK(store().CreateCheck(Check("beside")));
  ASSERT_OK(store().LinkCheckRun("default", "beside", looked_at.key, "baseline"));
  ASSERT_OK(Complete(store(), Verdict("verdict-beside", "beside", "PASS")));
  EXPECT_EQ(of_baseline(), 1);
  EXPECT_EQ(earlier(used).unused, 1) << "a baseline is drawn for verdicts, too";
  EXPECT_EQ(earlier(used).of_others, 1) << "and one of several may still be chosen";
  EXPECT_EQ(earlier(used).newest_of_others, "run-1");
  CheckRecord late = Check("a");
  late.created = At(30);
  ASSERT_OK(store().CreateCheck(late));
  ASSERT_OK(store().LinkCheckRun("default", "a", broken_off.key, "candidate"));
  EXPECT_EQ(earlier(used).unused, 0);
  ASSERT_OK(Complete(store(), Verdict("verdict-a", "a", "PASS")));
  EXPECT_EQ(earlier(used).unused, 0);
  EXPECT_EQ(earlier(used).decided, 0);
  EXPECT_EQ(store().CountEarlierRuns(used, At(49), Check("asking"), "candidate")->unused, 0) << "its checks waited";
  EXPECT_EQ(store().CountEarlierRuns(used, At(19), Check("asking"), "candidate")->unused, 1)
      << "one that had no answers was still going on";
}

// Who sees the first answers and ends the run draws others, as after a FAIL.
TEST_P(StoreTest, EarlierRunsOfChecksThatSomebodyCancelledAreCharged) {
  const RunRecord looked_at = StartRun("run-1", 10);
  const RunRecord unseen = StartRun("run-2", 10);
  const RunRecord of_nobody = StartRun("run-3", 10);
  const RunRecord now = StartRun("run-4", 10);
  for (const RunRecord& run : {looked_at, of_nobody})
    ASSERT_OK(store().AppendTrials(run.key, std::vector{MakeResult(0, 0)}, 1));
  for (const RunRecord& run : {looked_at, unseen, of_nobody})
    ASSERT_OK(store().SetRunState(run.key, RunState::kCancelled, "oops", At(20), "anna"));
  const auto earlier = [&](const std::string& role, const CheckRecord& check) {
    return *store().CountEarlierRuns(now, At(1000), check, role);
  };
  for (const RunRecord& run : {looked_at, unseen}) {
    ASSERT_OK(store().CreateCheck(Check("of-" + run.id)));
    ASSERT_OK(store().LinkCheckRun("default", "of-" + run.id, run.key, "candidate"));
    ASSERT_OK(Complete(store(), Verdict("verdict-" + run.id, "of-" + run.id, "ERROR")));
  }
  EXPECT_EQ(earlier("candidate", Check("asking")).decided, 1) << "one had answers, and a check waited for it";
  EXPECT_EQ(earlier("candidate", Check("asking")).unused, 1);
  EXPECT_EQ(earlier("candidate", Check("asking")).newest_unused, "run-3");
  EXPECT_EQ(earlier("baseline", Check("asking")).decided, 0) << "that was the candidate";
  ASSERT_OK(store().CreateCheck(Check("beside")));
  ASSERT_OK(store().LinkCheckRun("default", "beside", of_nobody.key, "baseline"));
  ASSERT_OK(Complete(store(), Verdict("verdict-beside", "beside", "ERROR")));
  EXPECT_EQ(earlier("baseline", Check("asking")).decided, 1);
  EXPECT_EQ(earlier("baseline", Check("asking")).unused, 1) << "that of the candidate";
  CheckRecord other = Check("asking");
  other.model_version = "sha256:other";
  EXPECT_EQ(earlier("baseline", other).decided, 0) << "drawn for another candidate";
  EXPECT_EQ(earlier("baseline", other).unused, 2);
}

// A gate that passes anything draws for others too.
TEST_P(StoreTest, EarlierRunsOfOthersAreThoseSinceTheGateWasDecided) {
  const auto ended = [&](const std::string& id) {
    const RunRecord run = StartRun(id, 10);
    EXPECT_TRUE(store().AppendTrials(run.key, std::vector{MakeResult(0, 0)}, 1));
    return run;
  };
  const auto decide = [&](const std::string& id, const RunRecord& run, const std::string& gate,
                          const std::string& state, const std::string& role = "candidate",
                          const std::string& candidate = "sha256:model") {
    CheckRecord check = Check(id, gate);
    check.gate_version = "sha256:" + gate;
    check.model_version = candidate;
    ASSERT_OK(store().CreateCheck(check));
    ASSERT_OK(store().LinkCheckRun("default", id, run.key, role));
    if (state != "PENDING") ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto earlier = [&](const RunRecord& run, const std::string& gate, const std::string& role = "candidate",
                           const std::string& candidate = "sha256:model") {
    CheckRecord check = Check("asking", gate);
    check.gate_version = "sha256:" + gate;
    check.model_version = candidate;
    return *store().CountEarlierRuns(run, At(1000), check, role);
  };
  const RunRecord first = ended("run-1");
  const RunRecord second = ended("run-2");
  const RunRecord third = ended("run-3");
  decide("a", first, "smoke", "PASS");
  decide("b", second, "smoke", "PASS");
  EXPECT_EQ(earlier(third, "smoke").of_others, 0);
  EXPECT_EQ(earlier(second, "strict").of_others, 1);
  EXPECT_EQ(earlier(third, "strict").of_others, 2);
  EXPECT_EQ(earlier(third, "strict").newest_of_others, "run-2");
  EXPECT_EQ(earlier(third, "strict").unused, 0);
  EXPECT_TRUE(earlier(second, "smoke").is_own);
  EXPECT_FALSE(earlier(second, "strict").is_own);
  EXPECT_TRUE(earlier(second, "strict").is_used);
  decide("c", third, "strict", "ERROR");
  EXPECT_FALSE(earlier(third, "strict").is_own);
  decide("d", third, "strict", "PASS");
  EXPECT_TRUE(earlier(third, "strict").is_own);
  const RunRecord fourth = ended("run-4");
  EXPECT_EQ(earlier(fourth, "strict").of_others, 0) << "since that";
  EXPECT_EQ(earlier(fourth, "stricter").of_others, 3);
  decide("e", second, "another", "FAIL");
  EXPECT_EQ(earlier(fourth, "stricter").of_others, 2) << "the other is charged for";
  // Of a baseline.
  EXPECT_EQ(earlier(fourth, "strict", "baseline", "sha256:new").of_others, 3) << "whatever it was as a candidate";
  decide("f", third, "strict", "FAIL", "baseline", "sha256:new");
  EXPECT_EQ(earlier(fourth, "strict", "baseline", "sha256:new").of_others, 0);
  EXPECT_TRUE(earlier(third, "strict", "baseline", "sha256:new").is_own);
  EXPECT_EQ(earlier(fourth, "strict", "baseline", "sha256:newer").of_others, 3) << "for another candidate";
}

TEST_P(StoreTest, OtherVersionsOfAGateThatWereNoPassAreFound) {
  const RunRecord run = StartRun("run-1", 10);
  RunRecord retried = MakeRun("run-2", 10);
  retried.retry_of = "run-1";
  const auto retry = store().CreateRun(retried);
  ASSERT_OK(retry);
  const auto decide = [&](const std::string& id, const RunRecord& of, const std::string& version,
                          const std::string& state, const std::string& gate = "release",
                          const std::string& role = "candidate") {
    CheckRecord check = Check(id, gate);
    check.gate_version = version;
    ASSERT_OK(store().CreateCheck(check));
    ASSERT_OK(store().LinkCheckRun("default", id, of.key, role));
    ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto others = [&](Time until) { return *store().FindOtherVersions(run, until, Check("asking"), ""); };
  decide("same", run, "sha256:gate", "FAIL");
  decide("passed", run, "sha256:1", "PASS");
  decide("broken", run, "sha256:1", "ERROR");
  decide("another", run, "sha256:1", "FAIL", "another");
  decide("beside", run, "sha256:1", "FAIL", "release", "baseline");
  EXPECT_EQ(others(At(1000)).verdicts, 0);
  decide("a", run, "sha256:1", "FAIL");
  decide("b", *retry, "sha256:2", "INCONCLUSIVE");
  EXPECT_EQ(others(At(1000)).verdicts, 2);
  EXPECT_EQ(others(At(1000)).newest, "verdict-b");
  EXPECT_EQ(others(At(1000)).state, "INCONCLUSIVE");
  EXPECT_EQ(others(At(49)).verdicts, 0);
}

// Who may say which version is in production may look for one that the candidate is not worse than.
TEST_P(StoreTest, VerdictsOnAnotherBaselineAreFound) {
  const RunRecord run = StartRun("run-1", 10);
  const auto decide = [&](const std::string& id, const std::string& baseline, const std::string& state) {
    RunRecord beside = MakeRun("run-of-" + id, 10);
    beside.model_version = baseline;
    const auto stored = store().CreateRun(beside);
    ASSERT_OK(stored);
    ASSERT_OK(store().CreateCheck(Check(id)));
    ASSERT_OK(store().LinkCheckRun("default", id, run.key, "candidate"));
    ASSERT_OK(store().LinkCheckRun("default", id, stored->key, "baseline"));
    if (state != "PENDING") ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto gates = [&](const std::string& before) {
    std::string text;
    const auto listed = store().ListGatesOn(run, At(1000), before);
    EXPECT_TRUE(listed) << MessageOf(listed);
    for (const GateVersion& gate : listed.value_or(std::vector<GateVersion>())) text += gate.baseline + " ";
    return text;
  };
  decide("a", "sha256:old", "FAIL");
  decide("b", "sha256:older", "INCONCLUSIVE");
  decide("c", "sha256:oldest", "PASS");
  decide("d", "sha256:open", "PENDING");
  decide("e", "sha256:old", "PENDING");
  EXPECT_EQ(gates("e"), "sha256:old sha256:older sha256:open ");
  const auto others = [&](std::string_view baseline) {
    return *store().FindOtherVersions(run, At(1000), Check("asking"), baseline);
  };
  EXPECT_EQ(others("sha256:oldest").verdicts, 2);
  EXPECT_EQ(others("sha256:oldest").newest, "verdict-b");
  EXPECT_EQ(others("sha256:older").verdicts, 1);
  EXPECT_EQ(others("sha256:older").newest, "verdict-a");
}

TEST_P(StoreTest, OtherModelsThatWereNoPassAreListed) {
  const auto decide = [&](const std::string& id, const std::string& label, const std::string& state,
                          const std::string& role = "candidate", const std::string& suite = "support") {
    RunRecord run = MakeRun("run-" + id, 10);
    run.model_label = label;
    run.model_version = "sha256:" + label;
    run.suite = suite;
    const auto stored = store().CreateRun(run);
    ASSERT_OK(stored);
    ASSERT_OK(store().CreateCheck(Check(id)));
    ASSERT_OK(store().LinkCheckRun("default", id, stored->key, role));
    if (state != "PENDING") ASSERT_OK(Complete(store(), Verdict("verdict-" + id, id, state)));
  };
  const auto others = [&](const RunRecord& run, Time until) {
    const auto listed = store().ListOtherDecidedModels(run, until);
    EXPECT_TRUE(listed) << MessageOf(listed);
    std::string text;
    for (const DecidedModel& model : listed.value_or(std::vector<DecidedModel>()))
      text += model.name + "@" + model.label + " " + model.content_version + " " + std::to_string(model.runs) + "; ";
    return text;
  };
  const RunRecord now = StartRun("run-1", 10);
  decide("a", "2", "FAIL");
  decide("b", "3", "INCONCLUSIVE");
  decide("c", "2", "FAIL");
  decide("d", "4", "PASS");
  decide("e", "5", "ERROR");
  decide("f", "6", "PENDING");
  decide("g", "7", "FAIL", "baseline");
  decide("h", "8", "FAIL", "candidate", "another");
  EXPECT_EQ(others(now, At(1000)), "bot@2 sha256:2 2; bot@3 sha256:3 1; ") << "those of the newest runs first";
  EXPECT_EQ(others(now, At(49)), "");
  RunRecord asking = now;
  asking.model_version = "sha256:2";
  EXPECT_EQ(others(asking, At(1000)), "bot@3 sha256:3 1; ");
  asking = now;
  asking.snapshot = MakeSnapshot(10, "sha256:other data");
  EXPECT_EQ(others(asking, At(1000)), "") << "asked other cases";
}

// As the verdict saw it: a check that has ended since was open then.
TEST_P(StoreTest, EarlierRunsAreThoseOfThatTime) {
  const RunRecord broken = StartRun("run-1", 10);
  const RunRecord now = StartRun("run-2", 10);
  ASSERT_OK(store().CreateCheck(Check("broken")));
  ASSERT_OK(store().LinkCheckRun("default", "broken", broken.key, "candidate"));
  ASSERT_OK(Complete(store(), Verdict("verdict-broken", "broken", "ERROR")));
  EXPECT_EQ(store().CountEarlierRuns(now, At(49), Check("asking"), "candidate")->unused, 0);
  EXPECT_EQ(store().CountEarlierRuns(now, At(50), Check("asking"), "candidate")->unused, 1);
}

}  // namespace
}  // namespace assay::testing
