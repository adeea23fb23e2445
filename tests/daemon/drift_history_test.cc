// What rules `drift` are held against, where it takes a daemon to show that it cannot be walked away from.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubRequest;

class DriftHistory : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    files_.Write("catalog/steady.yaml",
                 "kind: Gate\nname: steady\nsuites: [s]\nrules:\n"
                 "  - {name: some, grader: answer, at_least: 0.01}\n"
                 "  - {name: steady, grader: answer, drift: {least_runs: 3, runs: 3}}\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  std::vector<std::string> RunByHand(int runs) {
    std::vector<std::string> ids;
    for (int i = 0; i < runs; ++i) ids.push_back(work_->Ended(work_->StartRun("s", "m@1").id).id);
    return ids;
  }
  CheckStatus Check() { return work_->Decided(work_->Check("steady", "m@1", true).check.id); }
  static const RuleOutcome& SteadyOf(const CheckStatus& check) { return check.verdict->verdict.rules.at(1); }
  static const RunPast& PastOf(const CheckStatus& check) { return *check.verdict->verdict.suites.at(0).past; }
  void ExpectReplays(const CheckStatus& check) {
    const auto record = work_->store->GetVerdict("default", check.check.verdict_id);
    ASSERT_TRUE(record) << record.error().message;
    const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
    ASSERT_TRUE(replay) << replay.error().message;
    EXPECT_EQ(replay->differing, 0);
    EXPECT_TRUE(replay->missing.empty());
  }

  testing::TemporaryFolder files_;
  std::atomic<const char*> says_ = "yes";
  HttpStub stub_{[this](const StubRequest&, int) { return testing::ChatAnswer(says_.load()); }};
  std::unique_ptr<DaemonWork> work_;
};

// More of them than are ever read again, all by hand and before anybody asks. What it was is still the measure.
TEST_F(DriftHistory, IsNotBuriedUnderRunsByHand) {
  const std::vector<std::string> first = RunByHand(4);
  const CheckStatus before = Check();
  EXPECT_EQ(SteadyOf(before).state, VerdictState::kPass) << SteadyOf(before).reason;
  says_ = "no";
  RunByHand(205);
  const CheckStatus after = Check();
  EXPECT_EQ(SteadyOf(after).state, VerdictState::kInconclusive) << SteadyOf(after).reason;
  EXPECT_THAT(SteadyOf(after).reason, HasSubstr(", the first 3 of mean 1 and standard deviation 0.05: ewma "));
  const std::vector<std::string>& runs = PastOf(after).runs;
  ASSERT_EQ(runs.size(), 200u) << "the first hundred and the newest";
  EXPECT_EQ(std::vector<std::string>(runs.begin(), runs.begin() + 4), first);
  ExpectReplays(before);
  ExpectReplays(after);

  // What it is held against is kept by the verdict, however many runs there are since; a replay needs it.
  const auto deleted = work_->Wait(work_->runs.DeleteRun(work_->caller, first[0], "old"));
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr("compares with it and is live"));
}

// Before any verdict has looked at them nothing keeps them. Then the verdict says that they are gone.
TEST_F(DriftHistory, SaysWhichOfTheFirstAreGone) {
  const std::vector<std::string> first = RunByHand(5);
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(work_->Wait(work_->runs.DeleteRun(work_->caller, first[static_cast<std::size_t>(i)], "private")));
  const CheckStatus check = Check();
  EXPECT_EQ(SteadyOf(check).state, VerdictState::kPass);
  EXPECT_THAT(SteadyOf(check).reason, HasSubstr("1, after 3 earlier runs (without 2 of the first that were deleted) of "
                                                "mean 1"));
  EXPECT_EQ(PastOf(check).runs_deleted, 2);
  ExpectReplays(check);
}

}  // namespace
}  // namespace assay
