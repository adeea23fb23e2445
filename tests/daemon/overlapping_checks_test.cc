// Checks that are asked at once, each with answers of its own: whatever the others had come to when one was decided, a
// replay reproduces it, and nobody is told of runs that somebody else waits for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/daemon/early_checks.h"

namespace assay {
namespace {

using ::testing::Contains;
using testing::EarlyChecks;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kAtOnce = 8;

class OverlappingChecks : public EarlyChecks {
 protected:
  void SetUp() override {
    EarlyChecks::SetUp();
    files_.Write("catalog/drift.yaml",
                 "kind: Gate\nname: steady\nsuites: [u]\nrules: [{name: floor, grader: answer, at_least: 0.8}, {name: "
                 "steady, grader: answer, drift: {runs: 3, least_runs: 3}}]\n");
    work_ = nullptr;
    work_ = std::make_unique<testing::DaemonWork>(files_, 3);  // so that some wait while others are decided
    work_->Resume();
  }

  // Their attempts, ascending.
  std::vector<std::int64_t> ExpectAllReplay(const std::string& gate, const std::string& candidate) {
    std::vector<std::string> ids;
    for (int i = 0; i < kAtOnce; ++i) ids.push_back(work_->Check(gate, candidate, true).check.id);
    std::vector<CheckStatus> checks;
    for (const std::string& id : ids) checks.push_back(work_->Decided(id));
    std::vector<std::int64_t> attempts;
    for (const CheckStatus& check : checks) {
      EXPECT_TRUE(check.verdict) << check.reason;
      if (!check.verdict) continue;
      const Verdict& verdict = check.verdict->verdict;
      EXPECT_THAT(verdict.warnings, Not(Contains(HasSubstr("no verdict but ERROR rests on")))) << gate;
      attempts.push_back(verdict.attempt);
      ExpectReplays(check);
    }
    std::ranges::sort(attempts);
    return attempts;
  }
};

TEST_F(OverlappingChecks, ReplayWhereEveryCaseIsAsked) { ExpectAllReplay("whole", "other@1"); }

TEST_F(OverlappingChecks, ReplayWhereTheyStopEarly) { ExpectAllReplay("floor", "other@1"); }

TEST_F(OverlappingChecks, ReplayBesideTheBaseline) { ExpectAllReplay("beside", "other@1"); }

TEST_F(OverlappingChecks, ReplayAgainstTheHistory) { ExpectAllReplay("steady", "other@1"); }

// A run whose end is stored a moment after the verdict, with a time before it, was not there for the verdict.
TEST_F(OverlappingChecks, ReplayWithoutWhatCameToItsEndBesideThem) {
  for (const std::string gate : {"beside", "steady"}) {
    for (int i = 0; i < 3; ++i) work_->Decided(work_->Check(gate, "other@1", true).check.id);
    const RunRecord late = work_->Ended(work_->StartRun("u", gate == "beside" ? "quick@1" : "other@1").id);
    const std::string of_late = " WHERE id = '" + late.id + "'";
    testing::EditStore(files_, "UPDATE run SET ended = ended + 3600000000" + of_late);
    const CheckStatus check = work_->Decided(work_->Check(gate, "other@1", true).check.id);
    const Verdict& verdict = check.verdict->verdict;
    for (const SuiteIdentity& baseline : verdict.baseline_suites)
      EXPECT_THAT(baseline.past->control_runs, Not(Contains(late.id)));
    EXPECT_THAT(verdict.suites[0].past->runs, Not(Contains(late.id)));
    EXPECT_EQ(verdict.suites[0].past->unused, gate == "beside" ? 0 : 1);
    testing::EditStore(files_, "UPDATE run SET ended = created" + of_late);
    ExpectReplays(check);
    // Nor is it forgotten that there was one, whatever it has become.
    testing::EditStore(files_, "UPDATE run SET scored = 0" + of_late);
    ExpectReplays(check);
  }
}

// Each for those whose answers were drawn before its own, which are open or have failed by then.
TEST_F(OverlappingChecks, AreChargedForEachOther) {
  wrong_ = "q1";  // all
  for (const std::string gate : {"whole", "floor"}) {
    const std::vector<std::int64_t> attempts = ExpectAllReplay(gate, gate == "whole" ? "other@1" : "m@2");
    ASSERT_EQ(attempts.size(), std::size_t{kAtOnce});
    for (std::size_t i = 0; i < attempts.size(); ++i) EXPECT_GE(attempts[i], static_cast<std::int64_t>(i) + 1) << gate;
  }
}

}  // namespace
}  // namespace assay
