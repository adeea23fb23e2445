// The history that rules `drift` are held against: read once, and again when somebody has revised a score.

#include "daemon/run_history.h"

#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/prepared_run.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubRequest;

class HistoryOfRuns : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    work_ = std::make_unique<DaemonWork>(files_);
    for (int i = 0; i < 4; ++i) last_ = work_->Ended(work_->StartRun("s", "m@1").id);
  }

  // The values of the grader's own metric, oldest first.
  std::vector<double> Values(RunHistory* kept) {
    const auto suite = LoadRunSuite(*work_->store, BuiltinKinds(), last_);
    EXPECT_TRUE(suite);
    const auto history =
        LoadHistory(*work_->store, BuiltinKinds(), last_, *suite->suite(), needed_, SystemClock().Now(), kept);
    EXPECT_TRUE(history) << history.error().message;
    std::vector<double> values;
    for (const EarlierRun& run : history->runs) values.push_back(run.metrics.at(0).value);
    deleted_ = history->deleted;
    return values;
  }

  testing::TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  std::unique_ptr<DaemonWork> work_;
  RunRecord last_;
  HistoryNeeded needed_{.runs = 20, .metrics = {"answer"}};
  std::int64_t deleted_ = 0;
};

TEST_F(HistoryOfRuns, IsReadOnceAndAgainWhenAScoreIsRevised) {
  const std::vector<double> all{1, 1, 1};
  RunHistory kept;
  EXPECT_EQ(Values(&kept), all);
  // Behind the store's back: who keeps the history does not look, and a replay, which keeps none, does.
  testing::EditStore(files_, "UPDATE score SET value = 0, pass = 0 WHERE run_key < (SELECT MAX(run_key) FROM run)");
  EXPECT_EQ(Values(&kept), all);
  EXPECT_EQ(Values(nullptr), (std::vector<double>{0, 0, 0}));
  ASSERT_TRUE(work_->store->AppendScore(last_.key, {.ordinal = 0,
                                                    .trial = 0,
                                                    .grader = "answer",
                                                    .grader_version = "rubric 1",
                                                    .score = Score::Pass("good"),
                                                    .at = SystemClock().Now(),
                                                    .principal = "ann"}));
  EXPECT_EQ(Values(&kept), (std::vector<double>{0, 0, 0}));
}

// What makes no other questions makes no other history; another prompt does.
TEST_F(HistoryOfRuns, IsThatOfEachVersionOfTheSuiteThatAsksTheSame) {
  const auto run = [&](const std::string& more, const std::string& prompt) {
    files_.Write("catalog/s.yaml", "kind: Suite\nname: s\n" + more +
                                       "dataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"" + prompt +
                                       ": {{question}}\"}]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n");
    work_->catalog.Reload();
    last_ = work_->Ended(work_->StartRun("s", "m@1").id);
  };
  RunHistory kept;
  run("description: other words\n", "s");
  EXPECT_EQ(Values(&kept), (std::vector<double>{1, 1, 1, 1}));
  run("slices: [question]\n", "s");
  EXPECT_EQ(Values(&kept), (std::vector<double>{1, 1, 1, 1, 1}));
  run("", "otherwise");
  EXPECT_TRUE(Values(&kept).empty());
}

// Whatever is run by hand meanwhile, the first stay the first; those that were deleted are counted, not replaced
// unseen.
TEST_F(HistoryOfRuns, IsTheFirstAndTheNewest) {
  needed_.runs = 2;
  std::vector<RunRecord> runs{last_};
  for (int i = 0; i < 4; ++i) runs.push_back(last_ = work_->Ended(work_->StartRun("s", "m@1").id));
  const auto set = [&](const std::string& of, const std::string& value) {
    testing::EditStore(files_,
                       "UPDATE score SET value = " + value + " WHERE run_key IN (SELECT run_key FROM run " + of);
  };
  set("ORDER BY run_key LIMIT 2)", "0.5");
  set("ORDER BY run_key LIMIT 3 OFFSET 2)", "0.25");
  EXPECT_EQ(Values(nullptr), (std::vector<double>{0.5, 0.5, 1, 1}));
  EXPECT_EQ(deleted_, 0);
  testing::EditStore(files_, "UPDATE run SET deleted = ended WHERE run_key = (SELECT MIN(run_key) FROM run)");
  EXPECT_EQ(Values(nullptr), (std::vector<double>{0.5, 0.25, 1, 1}));
  EXPECT_EQ(deleted_, 1);
}

// A metric that people say may have no value for long.
TEST_F(HistoryOfRuns, BeginsWhereTheMetricHasAValue) {
  needed_.runs = 1;
  testing::EditStore(files_, "DELETE FROM score WHERE run_key = (SELECT MIN(run_key) FROM run)");
  const auto suite = LoadRunSuite(*work_->store, BuiltinKinds(), last_);
  const auto history =
      LoadHistory(*work_->store, BuiltinKinds(), last_, *suite->suite(), needed_, SystemClock().Now(), nullptr);
  ASSERT_TRUE(history) << history.error().message;
  ASSERT_EQ(history->runs.size(), 3u);
  EXPECT_TRUE(history->runs[0].metrics.empty());
  EXPECT_EQ(history->runs[1].metrics.at(0).value, 1);
}

// Read before a score was revised and kept afterwards: it may be what was there before.
TEST_F(HistoryOfRuns, KeepsNothingThatIsOlderThanARevision) {
  RunHistory kept;
  kept.Keep(RunKey{1}, "v", {.run = "a"}, 5);
  EXPECT_EQ(kept.Find(RunKey{1}, "v", 5)->run, "a");
  EXPECT_FALSE(kept.Find(RunKey{1}, "v", 6));
  kept.Keep(RunKey{1}, "v", {.run = "a"}, 5);
  EXPECT_FALSE(kept.Find(RunKey{1}, "v", 6));
  kept.Keep(RunKey{1}, "v", {.run = "b"}, 6);
  EXPECT_EQ(kept.Find(RunKey{1}, "v", 6)->run, "b");
}

}  // namespace
}  // namespace assay
