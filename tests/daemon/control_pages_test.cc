// Alarms are found by reading verdicts a page at a time: what they are does not depend on where a page ends.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "daemon/control_history.h"
#include "gates/attestation.h"
#include "tests/daemon/control_alarms.h"

namespace assay {
namespace {

class ControlPaging : public testing::ControlAlarms {
 protected:
  void SetUp() override {
    ControlAlarms::SetUp();
    first_ = work_->Ended(work_->StartRun("u", "quick@1").id);
    ASSERT_EQ(first_.state, RunState::kComplete);
  }

  // A later run of the baseline, as far as its verdicts tell of it.
  RunRecord Another() {
    RunRecord run = first_;
    run.id = "another-" + std::to_string(++runs_);
    run.created = *first_.ended + std::chrono::milliseconds(runs_);  // when the one before had ended
    const auto stored = work_->store->CreateRun(run);
    EXPECT_TRUE(stored) << stored.error().message;
    const auto key = stored.value_or(run).key;
    testing::EditStore(files_, "UPDATE run SET ended = created WHERE id = '" + run.id + "'");
    return work_->store->GetRun(key).value_or(run);
  }

  // Of a metric that had moved by a tenth, on 100 cases.
  static ControlComparison Moved(const std::string& metric) { return Compared(metric, -0.1, true); }
  // Which cannot tell whether it is still there: the bounds reach from 0.2 below to 0.2 above.
  static ControlComparison Unmoved(const std::string& metric) { return Compared(metric, 0, false); }
  static ControlComparison Excluding(const std::string& metric) {
    ControlComparison found = Compared(metric, 0, false);
    found.lower = -0.05;
    found.upper = 0.05;
    return found;
  }

  // A verdict on the run, whose id is returned.
  std::string Find(const RunRecord& run, const ControlComparison& found) {
    const std::string id = "verdict-" + std::to_string(++verdicts_);
    const Time now = SystemClock().Now();
    CheckRecord check;
    check.id = "check of " + id;
    check.gate = "beside";
    check.created = now;
    EXPECT_TRUE(work_->store->CreateCheck(check));
    EXPECT_TRUE(work_->store->LinkCheckRun("default", check.id, run.key, "baseline"));
    Verdict verdict;
    verdict.gate = "beside";
    verdict.state = VerdictState::kInconclusive;
    verdict.ceiling = VerdictState::kInconclusive;
    verdict.decided_at = now;
    verdict.controls.push_back(found);
    const VerdictRecord record{.id = id,
                               .project = "default",
                               .check_id = check.id,
                               .gate = "beside",
                               .gate_version = "",
                               .model = "other",
                               .model_label = "1",
                               .state = "INCONCLUSIVE",
                               .document = {},
                               .created = now,
                               .principal = "tester"};
    const auto seal = [&](const ChainPlace&) -> Result<SealedVerdict> {
      return SealedVerdict{.document = CanonicalDocument(verdict)};
    };
    const Status stored = work_->store->CompleteCheck(record, seal);
    EXPECT_TRUE(stored) << stored.error().message;
    return id;
  }

  // The verdicts whose alarms stand for a run after all others, the newest first.
  std::vector<std::string> Standing(const ControlPages& pages) {
    const ControlPast past{.store = *work_->store, .kinds = kinds_, .until = SystemClock().Now(), .pages = pages};
    const auto history = ControlHistory::Read(past, Another());
    EXPECT_TRUE(history) << history.error().message;
    std::vector<std::string> verdicts;
    for (const StandingAlarm& each : history->alarms()) verdicts.push_back(each.verdict);
    return verdicts;
  }

 private:
  static ControlComparison Compared(const std::string& metric, double move, bool has_moved) {
    return {.suite = "u",
            .metric = metric,
            .earlier_run = "another-1",
            .before = 0.9,
            .now = 0.9 + move,
            .has_moved = has_moved,
            .cases = 100,
            .error_share = 1,
            .missing = 0,
            .lower = move - 0.2,
            .upper = move + 0.2};
  }

  const PluginKinds kinds_ = BuiltinKinds();
  RunRecord first_;
  int runs_ = 0;
  int verdicts_ = 0;
};

using Ids = std::vector<std::string>;

// A run on both sides of a border would be taken for two.
TEST_F(ControlPaging, CountsEachOfTheEightRunsOnce) {
  Another();
  const std::string alarm = Find(Another(), Moved("answer"));
  for (int i = 0; i < 7; ++i) {
    const RunRecord run = Another();
    Find(run, Unmoved("answer"));
    Find(run, Unmoved("answer"));
  }
  for (const std::int64_t all : {2, 3, 4, 5, 7, 50}) EXPECT_EQ(Standing({.all = all}), Ids{alarm}) << all;
  Find(Another(), Unmoved("answer"));
  for (const std::int64_t all : {2, 3, 4, 5, 7, 50}) EXPECT_EQ(Standing({.all = all}), Ids{}) << all;
}

// Both verdicts of the run, of which the older one says what ends the alarm.
TEST_F(ControlPaging, ReadsARunOnBothSidesOfABorderWhole) {
  Another();
  const std::string stands = Find(Another(), Moved("answer"));
  Find(Another(), Moved("other"));
  const RunRecord back = Another();
  Find(back, Excluding("other"));
  Find(back, Unmoved("answer"));
  Find(Another(), Unmoved("answer"));
  for (const std::int64_t all : {2, 3, 4, 50}) EXPECT_EQ(Standing({.all = all}), Ids{stands}) << all;
}

TEST_F(ControlPaging, FindsAlarmsBehindOnesThatHaveEnded) {
  Another();
  const std::string oldest = Find(Another(), Moved("answer"));
  const RunRecord middle = Another();
  const std::string stands = Find(middle, Moved("answer"));
  Find(middle, Moved("other"));
  const RunRecord newest = Another();
  Find(newest, Moved("other"));
  Find(newest, Moved("other"));
  Find(Another(), Excluding("other"));
  for (const std::int64_t moved : {3, 4, 5, 500}) {
    for (const std::int64_t all : {2, 3, 50}) {
      EXPECT_EQ(Standing({.all = all, .moved = moved}), (Ids{stands, oldest})) << all << " and " << moved;
    }
  }
}

}  // namespace
}  // namespace assay
