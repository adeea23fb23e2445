#include "tests/daemon/store/check_records.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

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

TEST_P(StoreTest, TheSeedOfASuiteVersionIsThatOfItsRuns) {
  EXPECT_EQ(*store().FindSeedOf("default", "sha256:suite"), std::nullopt);
  const RunRecord run = StartRun("run-1", 10);
  EXPECT_EQ(*store().FindSeedOf("default", run.suite_version), run.seed);
  EXPECT_EQ(*store().FindSeedOf("default", "sha256:another"), std::nullopt);
  EXPECT_EQ(*store().FindSeedOf("other", run.suite_version), std::nullopt);
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

// Whether it was stored later or is as of a later time: a verdict whose people had until then may be stored long after.
TEST_P(StoreTest, TellsWhetherABaselineWasHeldAgainstAnEarlierRunSince) {
  const auto decide = [&](const std::string& id, const RunRecord& baseline, int at, const std::string& document) {
    ASSERT_OK(store().CreateCheck(Check("check-" + id)));
    ASSERT_OK(store().LinkCheckRun("default", "check-" + id, baseline.key, "baseline"));
    VerdictRecord verdict = Verdict("verdict-" + id, "check-" + id);
    verdict.document = document;
    verdict.created = At(at);
    ASSERT_OK(Complete(store(), verdict));
  };
  const auto since = [&](const std::string& id, Store::ControlsFound found) {
    return *store().WasControlledSince(*store().GetCheck("default", "check-" + id), found);
  };
  constexpr auto kAny = Store::ControlsFound::kAny;
  constexpr auto kMoved = Store::ControlsFound::kMoved;
  const std::string nothing = R"({"controls":[]})";
  const std::string unmoved = R"({"controls":[{"earlier_run":"run-0","has_moved":false}]})";
  const std::string moved = R"({"controls":[{"earlier_run":"run-0","has_moved":true}]})";
  const RunRecord run = StartRun("run-1", 10);
  const RunRecord again = StartRun("run-2", 10);
  RunRecord of_another = MakeRun("run-3", 10);
  of_another.model_version = "sha256:another";
  of_another = *store().CreateRun(of_another);

  decide("asked", run, 50, nothing);
  decide("same", again, 51, nothing);
  EXPECT_FALSE(since("asked", kAny)) << "no verdict held it against anything";
  decide("another", of_another, 52, moved);
  EXPECT_FALSE(since("asked", kAny)) << "another baseline";
  decide("unmoved", again, 53, unmoved);
  EXPECT_TRUE(since("asked", kAny));
  EXPECT_FALSE(since("asked", kMoved));
  EXPECT_FALSE(since("unmoved", kAny)) << "that was itself";
  decide("moved", again, 54, moved);
  EXPECT_TRUE(since("asked", kMoved));
  EXPECT_FALSE(since("moved", kMoved));

  decide("of long ago", run, 40, nothing);
  EXPECT_TRUE(since("of long ago", kMoved)) << "as of a time before it";
  decide("late", again, 45, moved);
  EXPECT_TRUE(since("moved", kMoved)) << "stored after it";
  EXPECT_FALSE(*store().WasControlledSince(CheckRecord(), kAny)) << "no check";
}

}  // namespace
}  // namespace assay::testing
