// Who draws answers until they please must not have a gate decide on them: not by way of a gate that passes anything,
// nor by cancelling what goes wrong, nor by asking less of the same answers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "daemon/builtin_kinds.h"
#include "daemon/secret.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::DaemonWork;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::StubReply;
using testing::StubRequest;

// Of 40 cases. "smoke" passes with 30 of them right; "strict" needs all and fails with 30.
class ChosenAnswers : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < kCases; ++i) {
      const std::string number = std::to_string(100 + i);
      cases += "{\"id\":\"c" + number + "\",\"question\":\"q" + number + ".\"}\n";
    }
    files_.Write("catalog/rows.jsonl", cases);
    files_.Write("catalog/r.yaml",
                 "kind: Suite\nname: r\ndataset: [{file: rows.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n");
    for (const std::string name : {"m", "n", "o"}) {
      files_.Write("catalog/model-" + name + ".yaml",
                   "kind: Model\nname: " + name + "\nversion: \"1\"\nendpoint: {provider: openai-chat, model: " + name +
                       ", attempts: 1, url: \"" + stub_.url() + "/v1\", limits: {concurrency: " +
                       (name == "n" ? "4" : "2") + "}}\n");  // so that "m" may hold its places and "n" has some
    }
    std::filesystem::remove(files_.path() / "catalog/model.yaml");
    WriteGates("0.9");
    Start();
  }
  // `strict_floor` is what the gate "strict" asks.
  void WriteGates(const std::string& strict_floor) {
    const std::string pair = "suites: [r]\nbaseline: {model: m, version: \"1\"}\n";
    files_.Write("catalog/g.yaml",
                 "kind: Gate\nname: smoke\nsuites: [r]\nrules: [{name: floor, grader: answer, at_least: 0.3}]\n---\n"
                 "kind: Gate\nname: strict\nsuites: [r]\nrules: [{name: floor, grader: answer, at_least: " +
                     strict_floor + "}]\n---\nkind: Gate\nname: pair\n" + pair +
                     "rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]\n");
  }
  void Start() {
    work_ = nullptr;
    work_ = std::make_unique<DaemonWork>(files_);
    work_->Resume();
  }
  CheckStatus Decide(const std::string& gate, bool fresh = false, const std::string& candidate = "m@1") {
    const CheckStatus check = work_->Decided(work_->Check(gate, candidate, fresh).check.id);
    EXPECT_TRUE(check.verdict) << check.reason;
    ExpectReplays(check);
    return check;
  }
  // Draws until all is right, as somebody would who looks at what comes: the third time.
  RunRecord DrawUntilGood(const std::string& gate, const std::string& candidate = "m@1") {
    for (int draw = 1; draw <= 3; ++draw) {
      is_good_ = draw == 3;
      const CheckStatus check = Decide(gate, true, candidate);
      EXPECT_EQ(check.check.state, "PASS") << check.reason;
      if (draw == 3) return RunOf(check, "candidate");
    }
    return {};
  }
  // Joined by nobody: somebody looks at its first answers and cancels it.
  CheckStatus DecideAndCancel(const std::string& gate, const std::string& role, const std::string& candidate = "m@1") {
    delay_ = std::chrono::milliseconds(300);
    const std::string id = work_->Check(gate, candidate).check.id;
    std::string run;
    EXPECT_TRUE(Eventually([&] {
      for (const CheckRun& each : work_->store->ListCheckRuns("default", id).value_or(std::vector<CheckRun>())) {
        if (each.role == role && work_->store->GetRun(each.key)->counts.scored > 0) run = each.run_id;
      }
      return !run.empty();
    }));
    EXPECT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, run, "oops")));
    delay_ = std::chrono::milliseconds(0);
    return work_->Decided(id);
  }
  static RunRecord RunOf(const CheckStatus& check, const std::string& role) {
    for (const CheckRunState& each : check.runs) {
      if (each.role == role) return each.run;
    }
    ADD_FAILURE() << "no run of the " << role;
    return {};
  }
  static std::vector<std::string> WarningsOf(const CheckStatus& check) { return check.verdict->verdict.warnings; }
  static std::int64_t AttemptOf(const CheckStatus& check) { return check.verdict->verdict.attempt; }
  void ExpectReplays(const CheckStatus& check) {
    const auto record = work_->store->GetVerdict("default", check.check.verdict_id);
    ASSERT_TRUE(record) << record.error().message;
    const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
    ASSERT_TRUE(replay) << replay.error().message;
    EXPECT_TRUE(replay->IsReproduced()) << (replay->differences.empty() ? "" : replay->differences[0].path);
  }

  static constexpr int kCases = 40;
  testing::TemporaryFolder files_;
  std::atomic<bool> is_good_ = false;  // else every fourth question is answered wrongly
  std::atomic<std::chrono::milliseconds> delay_{};
  std::atomic<bool> holds_baseline_ = false;
  HttpStub stub_{[this](const StubRequest& request, int) {
    const auto at = request.body.find('.');
    const bool is_hard = at != std::string::npos && at > 0 && (request.body[at - 1] - '0') % 4 == 3;
    StubReply reply = testing::ChatAnswer(is_good_ || !is_hard ? "yes" : "no");
    const bool is_held = holds_baseline_ && request.body.find("\"model\":\"m\"") != std::string::npos;
    reply.delay = is_held ? std::chrono::seconds(20) : delay_.load();
    return reply;
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(ChosenAnswers, OfALenientGateAreNotThoseOfAStrictOne) {
  const RunRecord chosen = DrawUntilGood("smoke");
  is_good_ = false;
  const CheckStatus check = Decide("strict");
  EXPECT_EQ(check.check.state, "FAIL") << check.reason;
  EXPECT_NE(RunOf(check, "candidate").id, chosen.id);
  EXPECT_EQ(AttemptOf(check), 1) << "who checks two gates is not charged";
  EXPECT_THAT(WarningsOf(check),
              Contains("3 earlier runs of suite \"r\" asked this candidate the same cases for "
                       "verdicts of other gates, or other versions of this one, or as a baseline (the "
                       "last is " +
                       chosen.id + "): new answers were drawn"));
  const CheckStatus again = Decide("strict");
  EXPECT_EQ(RunOf(again, "candidate").id, RunOf(check, "candidate").id) << "it is this gate's own";
  const RunRecord next = RunOf(Decide("smoke"), "candidate");
  EXPECT_EQ(next.id, RunOf(check, "candidate").id) << "whose verdict is no PASS, and charged for";
}

TEST_F(ChosenAnswers, AreNoneWhereThereIsOneDrawOnly) {
  const CheckStatus first = Decide("smoke");
  const CheckStatus second = Decide("strict");
  EXPECT_EQ(RunOf(second, "candidate").id, RunOf(first, "candidate").id) << "gates share a run";
  EXPECT_THAT(WarningsOf(second), IsEmpty());
  EXPECT_EQ(work_->AllRuns().size(), 1u);
}

// Every draw since this gate was decided, and none before: what it has decided on already nobody chooses.
TEST_F(ChosenAnswers, AreThoseDrawnSinceTheGateWasDecided) {
  is_good_ = true;
  Decide("smoke", true);
  Decide("smoke", true);
  Decide("strict");
  const RunRecord shared = RunOf(Decide("smoke", true), "candidate");
  const CheckStatus check = Decide("strict");
  EXPECT_EQ(RunOf(check, "candidate").id, shared.id);
  EXPECT_THAT(WarningsOf(check), IsEmpty());
  const RunRecord one_more = work_->Ended(work_->StartRun("r", "m@1").id);
  EXPECT_EQ(RunOf(Decide("strict"), "candidate").id, one_more.id);
  Decide("smoke", true);
  const RunRecord chosen = work_->Ended(work_->StartRun("r", "m@1").id);
  EXPECT_NE(RunOf(Decide("strict"), "candidate").id, chosen.id) << "of two";
}

TEST_F(ChosenAnswers, OfAnEarlierVersionOfTheGateAreNotThoseOfTheNext) {
  WriteGates("0.3");
  Start();
  const RunRecord chosen = DrawUntilGood("strict");
  is_good_ = false;
  WriteGates("0.9");
  Start();
  const CheckStatus check = Decide("strict");
  EXPECT_EQ(check.check.state, "FAIL") << check.reason;
  EXPECT_NE(RunOf(check, "candidate").id, chosen.id);
}

// A baseline that was drawn until it was bad makes any candidate look well.
TEST_F(ChosenAnswers, OfABaselineAreNotThoseOfAnotherGate) {
  is_good_ = true;
  Decide("smoke", true);
  is_good_ = false;
  const RunRecord chosen = RunOf(Decide("smoke", true), "candidate");
  is_good_ = true;
  const CheckStatus check = Decide("pair", false, "n@1");
  EXPECT_NE(RunOf(check, "baseline").id, chosen.id);
  EXPECT_THAT(WarningsOf(check), Contains("2 earlier runs of suite \"r\" asked the baseline the same cases for "
                                          "verdicts of other gates, or on other candidates (the last is " +
                                          chosen.id + "): new answers were drawn"));
  EXPECT_EQ(RunOf(Decide("pair", false, "n@1"), "baseline").id, RunOf(check, "baseline").id);
}

TEST_F(ChosenAnswers, OfABaselineAreNotThoseForAnotherCandidate) {
  is_good_ = true;
  Decide("pair", true, "o@1");
  is_good_ = false;
  const RunRecord chosen = RunOf(Decide("pair", true, "o@1"), "baseline");
  is_good_ = true;
  EXPECT_NE(RunOf(Decide("pair", false, "n@1"), "baseline").id, chosen.id);
}

TEST_F(ChosenAnswers, AreChargedForWhereARunWasCancelled) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(DecideAndCancel("strict", "candidate").check.state, "ERROR");
  is_good_ = true;
  const CheckStatus check = Decide("strict");
  EXPECT_EQ(AttemptOf(check), 3);
  EXPECT_EQ(check.check.state, "INCONCLUSIVE") << "40 of 40 show 0.896 at 0.9875";
  EXPECT_THAT(WarningsOf(check), Contains(HasSubstr("whose run was cancelled")));
  EXPECT_THAT(WarningsOf(check), Not(Contains(HasSubstr("nobody could choose"))));
  EXPECT_THAT(WarningsOf(check), Not(Contains(HasSubstr("no verdict but ERROR"))));
}

TEST_F(ChosenAnswers, AreChargedForWhereARunOfTheBaselineWasCancelled) {
  is_good_ = true;
  EXPECT_EQ(DecideAndCancel("pair", "baseline", "n@1").check.state, "ERROR");
  EXPECT_EQ(AttemptOf(Decide("pair", false, "n@1")), 2);
  EXPECT_EQ(AttemptOf(Decide("pair", false, "o@1")), 1) << "of another candidate";
}

// What the candidate said is seen, and is discarded with the run that it would have been held against.
TEST_F(ChosenAnswers, AreChargedForWhereAnotherRunOfTheCheckWasCancelled) {
  holds_baseline_ = true;
  const std::string id = work_->Check("pair", "n@1").check.id;
  std::string baseline;
  ASSERT_TRUE(Eventually([&] {
    bool is_complete = false;
    for (const CheckRun& each : work_->store->ListCheckRuns("default", id).value_or(std::vector<CheckRun>())) {
      if (each.role == "baseline") baseline = each.run_id;
      is_complete |= each.role == "candidate" && work_->store->GetRun(each.key)->state == RunState::kComplete;
    }
    return is_complete && !baseline.empty();
  }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, baseline, "oops")));
  EXPECT_EQ(work_->Decided(id).check.state, "ERROR");
  holds_baseline_ = false;
  is_good_ = true;
  const CheckStatus again = Decide("pair", true, "n@1");
  EXPECT_EQ(AttemptOf(again), 2);
  EXPECT_THAT(WarningsOf(again), Contains(HasSubstr("whose run was cancelled")));
}

// Whichever of them was cancelled: they are one pair.
TEST_F(ChosenAnswers, AreChargedForOnceWhereBothRunsWereCancelled) {
  delay_ = std::chrono::milliseconds(300);
  const std::string id = work_->Check("pair", "n@1").check.id;
  std::vector<std::string> seen;
  ASSERT_TRUE(Eventually([&] {
    seen.clear();
    for (const CheckRun& each : work_->store->ListCheckRuns("default", id).value_or(std::vector<CheckRun>())) {
      if (work_->store->GetRun(each.key)->counts.scored > 0) seen.push_back(each.run_id);
    }
    return seen.size() == 2;
  }));
  for (const std::string& run : seen) ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, run, "oops")));
  delay_ = std::chrono::milliseconds(0);
  EXPECT_EQ(work_->Decided(id).check.state, "ERROR");
  is_good_ = true;
  const CheckStatus again = Decide("pair", false, "n@1");
  EXPECT_EQ(AttemptOf(again), 2);
  EXPECT_EQ(AttemptOf(Decide("pair", true, "n@1")), 2) << "that was a PASS";
}

// Runs that are started together and looked at one by one, the last first.
TEST_F(ChosenAnswers, AreNotThoseOfARunThatWasHeldUntilTheOthersWereSeen) {
  delay_ = std::chrono::milliseconds(300);
  const RunRecord held = work_->StartRun("r", "m@1");
  ASSERT_TRUE(work_->Wait(work_->runs.PauseRun(work_->caller, held.id, "later")));
  const RunRecord looked_at = work_->StartRun("r", "m@1");
  ASSERT_TRUE(Eventually([&] { return work_->store->GetRun(looked_at.key)->counts.scored > 0; }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, looked_at.id, "oops")));
  delay_ = std::chrono::milliseconds(0);
  is_good_ = true;
  ASSERT_TRUE(work_->Wait(work_->runs.ResumeRun(work_->caller, held.id)));
  ASSERT_EQ(work_->Ended(held.id).state, RunState::kComplete);
  is_good_ = false;
  const CheckStatus check = Decide("strict");
  EXPECT_NE(RunOf(check, "candidate").id, held.id);
  EXPECT_EQ(check.check.state, "FAIL");
  EXPECT_THAT(WarningsOf(check), Contains("2 earlier runs of suite \"r\" asked this candidate the same cases and no "
                                          "verdict but ERROR rests on them (the last is " +
                                          looked_at.id + "): new answers were drawn"));
}

// The version in production is compared with each candidate, and asked for itself some day.
TEST_F(ChosenAnswers, OfABaselineAreSharedWithItAsACandidateUnlessTheyAreSeveral) {
  is_good_ = true;
  const RunRecord beside = RunOf(Decide("pair", true, "n@1"), "baseline");
  const CheckStatus shared = Decide("smoke");
  EXPECT_EQ(RunOf(shared, "candidate").id, beside.id);
  EXPECT_THAT(WarningsOf(shared), IsEmpty());
  is_good_ = false;
  for (int i = 0; i < 2; ++i) Decide("pair", true, "n@1");
  is_good_ = true;
  const RunRecord chosen = RunOf(Decide("pair", true, "n@1"), "baseline");
  is_good_ = false;
  const CheckStatus check = Decide("strict");
  EXPECT_NE(RunOf(check, "candidate").id, chosen.id);
  EXPECT_EQ(check.check.state, "FAIL");
  EXPECT_EQ(AttemptOf(check), 1);
  EXPECT_THAT(WarningsOf(check), ElementsAre("4 earlier runs of suite \"r\" asked this candidate the same cases for "
                                             "verdicts of other gates, or other versions of this one, or as a baseline "
                                             "(the last is " +
                                             chosen.id + "): new answers were drawn"));
}

// Who may say what is in production may look for a version that the candidate is not worse than.
TEST_F(ChosenAnswers, AreHeldAgainstAnotherBaselineOpenly) {
  files_.Write("catalog/staged.yaml",
               "kind: Gate\nname: staged\nsuites: [r]\nbaseline: {model: p, stage: production}\n"
               "rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.1}}]\n");
  for (const std::string version : {"1", "2"}) {
    files_.Write("catalog/p" + version + ".yaml", "kind: Model\nname: p\nversion: \"" + version +
                                                      "\"\nendpoint: {provider: openai-chat, model: p" + version +
                                                      ", attempts: 1, url: \"" + stub_.url() + "/v1\"}\n");
  }
  Start();
  const auto promote = [&](const std::string& version) {
    ASSERT_TRUE(work_->Wait(work_->models.PromoteModel(work_->caller, "p", version, "production")));
  };
  promote("1");
  work_->Ended(work_->StartRun("r", "n@1").id);  // bad
  is_good_ = true;
  const CheckStatus failed = Decide("staged", false, "n@1");
  ASSERT_EQ(failed.check.state, "INCONCLUSIVE") << failed.reason;
  promote("2");
  is_good_ = false;
  const CheckStatus check = Decide("staged", false, "n@1");
  EXPECT_EQ(RunOf(check, "candidate").id, RunOf(failed, "candidate").id);
  EXPECT_EQ(check.check.state, "PASS") << "40 that are equal show it at 0.975, too: " << check.reason;
  EXPECT_EQ(AttemptOf(check), 2);
  EXPECT_THAT(WarningsOf(check),
              Contains("this gate, in another version or with another baseline, gave INCONCLUSIVE on these "
                       "answers of suite \"r\" (verdict " +
                       failed.check.verdict_id + ")"));
}

TEST_F(ChosenAnswers, AreHeldAgainstAnotherVersionOfTheGateOpenly) {
  const CheckStatus failed = Decide("strict");
  ASSERT_EQ(failed.check.state, "FAIL");
  WriteGates("0.1");
  Start();
  const CheckStatus check = Decide("strict");
  EXPECT_EQ(check.check.state, "PASS") << check.reason;
  EXPECT_EQ(RunOf(check, "candidate").id, RunOf(failed, "candidate").id);
  EXPECT_EQ(AttemptOf(check), 2);
  EXPECT_THAT(WarningsOf(check), Contains("this gate, in another version or with another baseline, gave FAIL on "
                                          "these answers of suite \"r\" (verdict " +
                                          failed.check.verdict_id + ")"));
  WriteGates("0.2");
  Start();
  const CheckStatus third = Decide("strict");
  EXPECT_EQ(AttemptOf(third), 2) << "the second passed";
}

// Else somebody looks for a description under which the cases that pass come first.
TEST_F(ChosenAnswers, AreNotPutFirstByEditingTheSuite) {
  const RunRecord before = work_->StartRun("r", "m@1");
  files_.Write("catalog/r.yaml",
               "kind: Suite\nname: r\ndescription: x\ndataset: [{file: rows.jsonl, id: id}]\n"
               "prompt: [{user: \"{{question}}\"}]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n");
  Start();
  const RunRecord after = work_->StartRun("r", "n@1");
  EXPECT_NE(after.suite_version, before.suite_version);
  EXPECT_EQ(after.seed, before.seed);
  EXPECT_NE(after.seed, SeedFrom(after.suite_version));
  testing::EditStore(files_, "UPDATE run SET seed = 5 WHERE id = '" + after.id + "'");
  EXPECT_EQ(work_->StartRun("r", "m@1").seed, 5u) << "a suite version keeps the order of its runs";
}

TEST_F(ChosenAnswers, AreInAnOrderThatIsSecret) {
  const Time now = SystemClock().Now();
  const auto secret = SecretOf(*work_->store, "another", now);
  ASSERT_TRUE(secret) << secret.error().message;
  EXPECT_EQ(secret->size(), 64u);
  EXPECT_EQ(*SecretOf(*work_->store, "another", now), *secret);
  EXPECT_NE(*SecretOf(*work_->store, "one more", now), *secret);
  EXPECT_EQ(*SecretOf(*work_->store, "order_key", now), "of tests 375") << "that of these tests";
}

}  // namespace
}  // namespace assay
