#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

CheckRecord Check(const std::string& id, const std::string& gate = "release") {
  CheckRecord check;
  check.id = id;
  check.gate = gate;
  check.gate_version = "sha256:gate";
  check.model = "bot";
  check.model_label = "1.0";
  check.model_version = "sha256:model";
  check.parameters = R"({"fresh":true})";
  check.deadline = At(600);
  check.created = At(1);
  check.principal = "ci";
  return check;
}

VerdictRecord Verdict(const std::string& id, const std::string& check, const std::string& state = "PASS") {
  VerdictRecord verdict;
  verdict.id = id;
  verdict.check_id = check;
  verdict.state = state;
  verdict.document = R"({"rules":[]})";
  verdict.created = At(50);
  verdict.principal = "ci";
  return verdict;
}

// Whatever its place is.
Status Complete(Store& store, const VerdictRecord& verdict) {
  return store.CompleteCheck(verdict, [&](const ChainPlace&) { return SealedVerdict{.document = verdict.document}; });
}

TEST_P(StoreTest, CheckIsReadAsItWasCreated) {
  ASSERT_OK(store().CreateCheck(Check("check-1")));
  const auto check = store().GetCheck("default", "check-1");
  ASSERT_OK(check);
  EXPECT_EQ(check->gate, "release");
  EXPECT_EQ(check->gate_version, "sha256:gate");
  EXPECT_EQ(check->model, "bot");
  EXPECT_EQ(check->model_label, "1.0");
  EXPECT_EQ(check->model_version, "sha256:model");
  EXPECT_EQ(check->parameters, R"({"fresh":true})");
  EXPECT_EQ(check->deadline, At(600));
  EXPECT_EQ(check->state, "PENDING");
  EXPECT_EQ(check->verdict_id, "");
  EXPECT_EQ(check->ended, std::nullopt);
  EXPECT_EQ(check->principal, "ci");
  EXPECT_EQ(MessageOf(store().GetCheck("other", "check-1")), "not_found: check \"check-1\" is not stored");
  EXPECT_EQ(store().CreateCheck(Check("check-1")).error().code, ErrorCode::kAlreadyExists);
}

TEST_P(StoreTest, TheFirstFailureOfACandidateCountsWhicheverGateItIsOf) {
  const auto model = [&](const std::string& label, int created) {
    return store().PutDocument({.kind = "Model",
                                .name = "bot",
                                .label = label,
                                .content_version = "sha256:" + label,
                                .json = "{}",
                                .source = "",
                                .created = At(created),
                                .principal = "ci"});
  };
  ASSERT_OK(model("1.0", 10));
  ASSERT_OK(model("2.0", 20));
  int checks = 0;
  const auto decided = [&](const std::string& label, const std::string& gate, const std::string& state, int at) {
    const std::string id = "c" + std::to_string(++checks);
    CheckRecord check = Check(id, gate);
    check.model_label = label;
    ASSERT_OK(store().CreateCheck(check));
    VerdictRecord verdict = Verdict("v" + std::to_string(checks), id, state);
    verdict.created = At(at);
    ASSERT_OK(Complete(store(), verdict));
  };
  decided("1.0", "release", "PASS", 30);
  decided("1.0", "safety", "FAIL", 40);
  decided("1.0", "release", "FAIL", 50);
  decided("2.0", "release", "INCONCLUSIVE", 60);
  decided("2.0", "release", "FAIL", 70);
  decided("3.0", "release", "FAIL", 80);  // of a model that nobody registered
  const auto all = store().ListFirstFailures("default", At(0), At(100), 10);
  ASSERT_OK(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(0).verdict, "v5");
  EXPECT_EQ(all->at(0).model_label, "2.0");
  EXPECT_EQ(all->at(0).registered, At(20));
  EXPECT_EQ(all->at(0).decided, At(70));
  EXPECT_EQ(all->at(1).verdict, "v2");
  EXPECT_EQ(all->at(1).gate, "safety");
  EXPECT_EQ(store().ListFirstFailures("default", At(45), At(100), 10)->size(), 1u) << "the second is no first";
  EXPECT_EQ(store().ListFirstFailures("default", At(0), At(70), 10)->size(), 1u);
  EXPECT_EQ(store().ListFirstFailures("default", At(0), At(100), 1)->size(), 1u);
  EXPECT_EQ(store().ListFirstFailures("other", At(0), At(100), 10)->size(), 0u);
}

TEST_P(StoreTest, CheckWithoutDeadline) {
  CheckRecord check = Check("check-1");
  check.deadline.reset();
  EXPECT_EQ(store().CreateCheck(check)->deadline, std::nullopt);
}

TEST_P(StoreTest, RepeatedRequestReturnsTheFirstCheck) {
  const RequestKey request{"CheckGate", "r1", "hash"};
  ASSERT_OK(store().CreateCheck(Check("check-1"), request));
  EXPECT_EQ(store().CreateCheck(Check("check-2"), request)->id, "check-1");
  EXPECT_EQ(*store().FindRequest("default", request), "check-1");
  EXPECT_EQ(store().CreateCheck(Check("check-3"), RequestKey{"CheckGate", "r1", "x"}).error().code,
            ErrorCode::kAlreadyExists);
}

TEST_P(StoreTest, CheckHasItsRuns) {
  ASSERT_OK(store().CreateCheck(Check("check-1")));
  const RunRecord candidate = StartRun("run-1", 10);
  const RunRecord baseline = StartRun("run-2", 10);
  ASSERT_OK(store().LinkCheckRun("default", "check-1", baseline.key, "baseline"));
  ASSERT_OK(store().LinkCheckRun("default", "check-1", candidate.key, "candidate"));
  ASSERT_OK(store().LinkCheckRun("default", "check-1", candidate.key, "candidate"));
  const auto runs = store().ListCheckRuns("default", "check-1");
  ASSERT_OK(runs);
  ASSERT_EQ(runs->size(), 2u);
  EXPECT_EQ((*runs)[0].run_id, "run-1");
  EXPECT_EQ((*runs)[0].role, "candidate");
  EXPECT_EQ((*runs)[0].key, candidate.key);
  EXPECT_EQ((*runs)[1].role, "baseline");
  EXPECT_EQ(store().LinkCheckRun("default", "check-2", candidate.key, "candidate").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store().LinkCheckRun("default", "check-1", RunKey{99}, "candidate").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, RunOfACheckIsReplacedInItsRole) {
  ASSERT_OK(store().CreateCheck(Check("check-1")));
  const RunRecord before = StartRun("run-1", 10);
  const RunRecord now = StartRun("run-2", 10);
  ASSERT_OK(store().LinkCheckRun("default", "check-1", before.key, "candidate"));
  for (int times = 0; times < 2; ++times) {
    ASSERT_OK(store().ReplaceCheckRun("default", "check-1", before.key, now.key));
    const auto runs = store().ListCheckRuns("default", "check-1");
    ASSERT_OK(runs);
    ASSERT_EQ(runs->size(), 1u);
    EXPECT_EQ((*runs)[0].run_id, "run-2");
    EXPECT_EQ((*runs)[0].role, "candidate");
  }
  EXPECT_EQ(MessageOf(store().ReplaceCheckRun("default", "check-1", now.key, RunKey{99})),
            "not_found: run 99 is not stored");
}

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
  EXPECT_EQ(earlier(used).unused, 2) << "of a candidate it was not decided";
  CheckRecord late = Check("a");
  late.created = At(30);
  ASSERT_OK(store().CreateCheck(late));
  ASSERT_OK(store().LinkCheckRun("default", "a", broken_off.key, "candidate"));
  EXPECT_EQ(earlier(used).unused, 1);
  ASSERT_OK(Complete(store(), Verdict("verdict-a", "a", "PASS")));
  EXPECT_EQ(earlier(used).unused, 1);
  EXPECT_EQ(earlier(used).newest_unused, "run-1");
  EXPECT_EQ(earlier(used).decided, 0);
  EXPECT_EQ(store().CountEarlierRuns(used, At(49), Check("asking"), "candidate")->unused, 1) << "its checks waited";
  EXPECT_EQ(store().CountEarlierRuns(used, At(19), Check("asking"), "candidate")->unused, 2)
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
  const auto others = [&](Time until) { return *store().FindOtherVersions(run, until, Check("asking")); };
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

TEST_P(StoreTest, TheSeedOfASuiteVersionIsThatOfItsRuns) {
  EXPECT_EQ(*store().FindSeedOf("default", "sha256:suite"), std::nullopt);
  const RunRecord run = StartRun("run-1", 10);
  EXPECT_EQ(*store().FindSeedOf("default", run.suite_version), run.seed);
  EXPECT_EQ(*store().FindSeedOf("default", "sha256:another"), std::nullopt);
  EXPECT_EQ(*store().FindSeedOf("other", run.suite_version), std::nullopt);
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

TEST_P(StoreTest, CheckYieldsExactlyOneVerdict) {
  ASSERT_OK(store().CreateCheck(Check("check-1")));
  ASSERT_OK(Complete(store(), Verdict("verdict-1", "check-1", "FAIL")));
  EXPECT_EQ(MessageOf(Complete(store(), Verdict("verdict-2", "check-1", "PASS"))),
            "failed_precondition: check \"check-1\" has its verdict already: \"verdict-1\"");
  const auto check = store().GetCheck("default", "check-1");
  EXPECT_EQ(check->state, "FAIL");
  EXPECT_EQ(check->verdict_id, "verdict-1");
  EXPECT_EQ(check->ended, At(50));
  const auto verdict = store().GetVerdict("default", "verdict-1");
  ASSERT_OK(verdict);
  EXPECT_EQ(verdict->check_id, "check-1");
  EXPECT_EQ(verdict->state, "FAIL");
  EXPECT_EQ(verdict->gate, "release");
  EXPECT_EQ(verdict->gate_version, "sha256:gate");
  EXPECT_EQ(verdict->model, "bot");
  EXPECT_EQ(verdict->model_label, "1.0");
  EXPECT_EQ(verdict->document, R"({"rules":[]})");
  EXPECT_EQ(verdict->created, At(50));
  EXPECT_EQ(store().GetVerdict("default", "verdict-2").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreTest, VerdictNeedsItsCheckAndAKnownState) {
  EXPECT_EQ(MessageOf(Complete(store(), Verdict("verdict-1", "check-1"))),
            "not_found: check \"check-1\" is not stored");
  ASSERT_OK(store().CreateCheck(Check("check-1")));
  EXPECT_EQ(MessageOf(Complete(store(), Verdict("verdict-1", "check-1", "PENDING"))),
            "invalid_argument: \"PENDING\" is no state of a verdict");
  EXPECT_EQ(store().GetCheck("default", "check-1")->state, "PENDING");
}

TEST_P(StoreTest, LatestVerdictsAreTheNewestOfEachProjectGateAndModel) {
  int made = 0;
  const auto decide = [&](const std::string& project, const std::string& gate, const std::string& model,
                          const std::string& state) {
    const std::string number = std::to_string(++made);
    CheckRecord check = Check("check-" + number, gate);
    check.project = project;
    check.model = model;
    check.model_label = number;
    ASSERT_OK(store().CreateCheck(check));
    VerdictRecord verdict = Verdict("verdict-" + number, check.id, state);
    verdict.project = project;
    ASSERT_OK(Complete(store(), verdict));
  };
  EXPECT_EQ(store().LatestVerdicts()->size(), 0u);
  decide("default", "release", "bot", "FAIL");
  decide("default", "nightly", "bot", "PASS");
  decide("team", "release", "bot", "ERROR");
  decide("default", "release", "other", "FAIL");
  decide("default", "release", "bot", "PASS");
  decide("team", "release", "bot", "INCONCLUSIVE");
  const auto latest = store().LatestVerdicts();
  ASSERT_OK(latest);
  std::vector<std::string> found;
  for (const VerdictRecord& verdict : *latest)
    found.push_back(verdict.id + " " + verdict.project + " " + verdict.state);
  EXPECT_EQ(found, (std::vector<std::string>{"verdict-2 default PASS", "verdict-4 default FAIL",
                                             "verdict-5 default PASS", "verdict-6 team INCONCLUSIVE"}));
  EXPECT_EQ(latest->back().check_id, "check-6");
  EXPECT_EQ(latest->back().model_label, "6");
}

TEST_P(StoreTest, ChecksAndVerdictsAreListed) {
  for (const char* id : {"check-1", "check-2", "check-3"}) ASSERT_OK(store().CreateCheck(Check(id)));
  ASSERT_OK(store().CreateCheck(Check("check-4", "nightly")));
  ASSERT_OK(Complete(store(), Verdict("verdict-1", "check-1", "PASS")));
  ASSERT_OK(Complete(store(), Verdict("verdict-3", "check-3", "ERROR")));
  const auto open = store().ListOpenChecks();
  ASSERT_EQ(open->size(), 2u);
  EXPECT_EQ((*open)[0].id, "check-2");
  const auto page = store().ListChecks("default", "release", {"", 2});
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_EQ(page->items[0].id, "check-3");
  EXPECT_EQ(store().ListChecks("default", "release", {page->next, 2})->items.size(), 1u);
  EXPECT_EQ(store().ListChecks("default", "", {})->items.size(), 4u);
  const auto verdicts = store().ListVerdicts("default", "release", {});
  ASSERT_EQ(verdicts->items.size(), 2u);
  EXPECT_EQ(verdicts->items[0].id, "verdict-3");
  EXPECT_EQ(store().ListVerdicts("default", "", {"", 1})->next.empty(), false);
  EXPECT_EQ(store().ListVerdicts("default", "nightly", {})->items.size(), 0u);
}

}  // namespace
}  // namespace assay::testing
