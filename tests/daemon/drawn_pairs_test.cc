// Candidate and baseline of a check are one draw: whoever read what one of them answers, and ends the other, has drawn.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StubReply;
using testing::StubRequest;

class DrawnPairs : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < 60; ++i) cases += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"q\"}\n";
    files_.Write("catalog/rows.jsonl", cases);
    std::string documents =
        "kind: Suite\nname: r\ndataset: [{file: rows.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
        "graders: [{name: answer, type: equals, value: \"yes\"}]\n";
    for (const std::string gate : {"beside", "against"}) {
      documents += "---\nkind: Gate\nname: " + gate +
                   "\nsuites: [r]\ninterleave: " + (gate == "beside" ? "true" : "false") +
                   "\nbaseline: {model: old, version: \"1\"}\nrules: [{name: not-worse, grader: answer, non_inferior: "
                   "{margin: 0.1}}]\n";
    }
    files_.Write("catalog/r.yaml", documents);
    for (const std::string model : {"old", "new"}) {
      files_.Write("catalog/" + model + ".yaml",
                   "kind: Model\nname: " + model + "\nversion: \"1\"\nendpoint: {provider: openai-chat, model: " +
                       model + "-model, attempts: 1, url: \"" + (model == "old" ? stub_ : slow_).url() +
                       "/v1\", limits: {concurrency: 4}}\n");
    }
    work_ = std::make_unique<testing::DaemonWork>(files_);
  }

  StubReply Answer(const StubRequest& request) const {
    StubReply reply = testing::ChatAnswer("yes");
    if (is_held_ && request.body.find("new-model") != std::string::npos) reply.fault = StubReply::Fault::kNever;
    return reply;
  }

  RunRecord RunOf(const std::string& check, std::string_view role) {
    const auto status = work_->Wait(work_->checks.GetCheck(work_->caller, check));
    if (!status) return {};
    const auto found = std::ranges::find(status->runs, role, &CheckRunState::role);
    return found == status->runs.end() ? RunRecord{} : found->run;
  }

  // The candidate's run is cancelled when the baseline's is complete, before its first answer.
  CheckStatus DrawTheBaseline(const std::string& gate) {
    is_held_ = true;
    const std::string check = work_->Check(gate, "new@1", true).check.id;
    EXPECT_TRUE(Eventually([&] { return RunOf(check, "baseline").state == RunState::kComplete; }));
    EXPECT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, RunOf(check, "candidate").id, "not now")));
    CheckStatus decided = work_->Decided(check);
    EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kError);
    is_held_ = false;
    return decided;
  }

  void ExpectReplays(const CheckStatus& check) {
    const auto record = work_->store->GetVerdict("default", check.check.verdict_id);
    ASSERT_TRUE(record) << record.error().message;
    const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
    ASSERT_TRUE(replay) << replay.error().message;
    EXPECT_TRUE(replay->IsReproduced()) << (replay->differences.empty() ? "" : replay->differences[0].path);
  }

  testing::TemporaryFolder files_;
  std::atomic<bool> is_held_ = false;
  testing::HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  // Apart: endpoints of one address share their limits.
  testing::HttpStub slow_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<testing::DaemonWork> work_;
};

TEST_F(DrawnPairs, AreChargedWhereTheCandidateWasCancelledBeforeItsFirstAnswer) {
  for (int i = 0; i < 3; ++i) DrawTheBaseline("beside");
  const CheckStatus last = work_->Decided(work_->Check("beside", "new@1", true).check.id);
  EXPECT_EQ(last.verdict->verdict.attempt, 4);
  ExpectReplays(last);
}

TEST_F(DrawnPairs, AreChargedWithoutInterleaveToo) {
  DrawTheBaseline("against");
  const CheckStatus last = work_->Decided(work_->Check("against", "new@1", true).check.id);
  EXPECT_EQ(last.verdict->verdict.attempt, 2);
  ExpectReplays(last);
}

// Nothing was answered for the check that was cancelled: what the baseline said was known before.
TEST_F(DrawnPairs, AreNotDrawnWhereTheBaselineWasThereBefore) {
  work_->Ended(work_->StartRun("r", "old@1").id);
  is_held_ = true;
  const std::string check = work_->Check("against", "new@1").check.id;
  ASSERT_TRUE(Eventually([&] { return RunOf(check, "candidate").state == RunState::kRunning; }));
  ASSERT_TRUE(work_->Wait(work_->runs.CancelRun(work_->caller, RunOf(check, "candidate").id, "not now")));
  ASSERT_EQ(work_->Decided(check).verdict->verdict.state, VerdictState::kError);
  is_held_ = false;
  const CheckStatus last = work_->Decided(work_->Check("against", "new@1").check.id);
  EXPECT_EQ(last.verdict->verdict.attempt, 1);
  EXPECT_EQ(last.verdict->verdict.state, VerdictState::kPass) << last.reason;
  ExpectReplays(last);
}

// An endpoint that is down is no choice; what was drawn beside it is said.
TEST_F(DrawnPairs, OfAGateWithInterleaveAreSaidWhereNobodyIsCharged) {
  const RunRecord by_hand = work_->Ended(work_->StartRun("r", "old@1").id);
  const CheckStatus first = work_->Decided(work_->Check("beside", "new@1").check.id);
  EXPECT_EQ(first.verdict->verdict.attempt, 1);
  EXPECT_THAT(first.verdict->verdict.warnings,
              Contains("1 earlier run of suite \"r\" asked the baseline the same cases and no verdict but ERROR rests "
                       "on it (" +
                       by_hand.id + "): new answers were drawn"));
  ExpectReplays(first);
}

// Each check draws the baseline: what others drew is none that this one could have chosen.
TEST_F(DrawnPairs, OfOtherCandidatesAreNoWarning) {
  ASSERT_EQ(work_->Decided(work_->Check("beside", "new@1").check.id).verdict->verdict.state, VerdictState::kPass);
  const CheckStatus other = work_->Decided(work_->Check("beside", "m@1").check.id);
  EXPECT_EQ(other.verdict->verdict.attempt, 1);
  EXPECT_THAT(other.verdict->verdict.warnings, Not(Contains(HasSubstr("asked the baseline"))));
  ExpectReplays(other);
}

}  // namespace
}  // namespace assay
