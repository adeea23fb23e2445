// assayd is killed while it removes what is deleted. Nothing half removed is shown or used, and the next start ends it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "core/random.h"
#include "daemon/store/sql.h"
#include "daemon/store/store.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/await.h"
#include "tests/testing/postgres_cluster.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kCases = 40'000;
constexpr char kId[] = "019aa000-0000-7000-8000-00000000000";

class KilledInADeletion : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) return;
    if (!PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    store_ = PostgresCluster::Shared().CreateDatabase();
  }
  void MakeStack(const std::string& configuration) {
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, url: "
                 "\"http://127.0.0.1:1/v1\"}\n");
    const auto config = files_.Write("assayd.yaml", configuration);
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog",
                                          std::vector<std::string>{"--config", config.string()}, store_);
  }
  std::unique_ptr<Store> Open() {
    auto store = OpenStore(stack_->store());
    EXPECT_TRUE(store) << store.error().message;
    return *std::move(store);
  }
  // Complete, a year ago. Its id ends with that digit.
  RunRecord StoreRun(Store& store, int number) {
    RunRecord run;
    run.id = kId + std::to_string(number);
    run.suite = "s";
    run.suite_version = "sha256:s";
    run.model = "m";
    run.model_label = "1";
    run.model_version = "sha256:m";
    run.snapshot = Snapshot(store);
    run.cases = kCases;
    run.graders = {{"answer", "contains", "v1", "signal"}};
    run.created = SystemClock().Now() - std::chrono::days(365);
    run.principal = "anna";
    run = *store.CreateRun(run);
    EXPECT_TRUE(store.SetRunState(run.key, RunState::kRunning, "", run.created, "anna"));
    for (std::int64_t first = 0; first < kCases; first += 4000) {
      std::vector<TrialResult> results;
      for (std::int64_t i = first; i < first + 4000; ++i) {
        TrialResult result;
        result.position = result.ordinal = i;
        result.status = TrialStatus::kScored;
        result.response = Response{};
        result.response->text = std::string(200, 'x');
        result.scores = {Score::Failing("lacks it")};
        results.push_back(std::move(result));
      }
      EXPECT_TRUE(store.AppendTrials(run.key, results, first + 4000));
    }
    EXPECT_TRUE(store.SetRunState(run.key, RunState::kComplete, "", run.created, "anna"));
    return run;
  }
  SnapshotKey Snapshot(Store& store) {
    if (const auto found = store.FindSnapshot("default", "sha256:d")) return found->key;
    const SnapshotKey key = *store.BeginSnapshot("default", "sha256:d", Time(), "anna");
    std::vector<CaseRow> rows;
    for (std::int64_t i = 0; i < kCases; ++i) rows.push_back({i, "c" + std::to_string(i), "{}", {}});
    EXPECT_TRUE(store.AppendCases(key, rows));
    EXPECT_TRUE(store.FinishSnapshot(key));
    return key;
  }
  std::int64_t CountOf(const std::string& rows) {
    const bool is_postgres = GetParam();
    const std::string prefix = "sqlite:";
    auto sql = Sql::Open(is_postgres ? SqlLocation{Engine::kPostgres, stack_->store()}
                                     : SqlLocation{Engine::kSqlite, stack_->store().substr(prefix.size())},
                         Sql::Use::kReading);
    EXPECT_TRUE(sql) << sql.error().message;
    const auto counted = (*sql)->Query("SELECT COUNT(*) FROM " + rows, "i");
    EXPECT_TRUE(counted) << counted.error().message;
    return counted ? counted->front().Int(0) : -1;
  }
  std::int64_t TrialsOf(const RunRecord& run) {
    return CountOf("trial WHERE run_key = " + std::to_string(static_cast<std::int64_t>(run.key)));
  }
  std::int64_t RowsOf(const RunRecord& run) {
    const std::string key = std::to_string(static_cast<std::int64_t>(run.key));
    const std::string of_trials = " WHERE trial_key / 1099511627776 = " + key;
    return TrialsOf(run) + CountOf("trial_body" + of_trials) + CountOf("score_reason" + of_trials) +
           CountOf("score WHERE run_key = " + key);
  }

  TemporaryFolder files_;
  std::string store_;
  std::unique_ptr<AssayStack> stack_;
};

INSTANTIATE_TEST_SUITE_P(Stores, KilledInADeletion, ::testing::Values(false, true),
                         [](const auto& is_postgres) { return is_postgres.param ? "Postgres" : "Sqlite"; });

TEST_P(KilledInADeletion, ARunThatAPersonDeletesIsGoneAtOnceAndItsRowsAfterTheNextStart) {
  MakeStack("");
  const RunRecord run = StoreRun(*Open(), 1);
  const RunRecord other = StoreRun(*Open(), 2);
  ASSERT_TRUE(stack_->Start());
  const ProgramEnd deleted = stack_->Assay({"run", "delete", run.id, "--reason", "private"});
  ASSERT_EQ(deleted.exit_code, 0) << deleted.errors;
  EXPECT_THAT(deleted.output, HasSubstr("by local: its trials and scores are gone, its counts are what it had"));
  ASSERT_TRUE(Eventually([&] { return TrialsOf(run) < kCases; }));
  stack_->daemon().End(SIGKILL);
  ASSERT_GT(TrialsOf(run), 0) << "it was killed in the middle";

  const std::unique_ptr<Store> between = Open();
  EXPECT_TRUE(between->GetRun(run.key)->deleted);
  EXPECT_EQ(between->FindReusableRun("default", "sha256:s", "sha256:m")->value().id, other.id);
  EXPECT_EQ(*between->ListRunsToRemove(), std::vector<RunKey>{run.key});
  ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  const ProgramEnd results = stack_->Assay({"run", "results", run.id});
  EXPECT_EQ(results.exit_code, 3);
  EXPECT_THAT(results.errors, HasSubstr("by local; its results are gone"));
  EXPECT_EQ(results.output, "");
  EXPECT_TRUE(Eventually([&] { return RowsOf(run) == 0 && CountOf("run WHERE removing > 0") == 0; }));
  EXPECT_EQ(RowsOf(other), 4 * kCases);
  EXPECT_EQ(stack_->AssayJson({"run", "show", run.id}).Find("deleted_by")->as_string(), "local");
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
}

// Again and again, at random instants, until all is swept that may be.
TEST_P(KilledInADeletion, ASweepIsTakenUpAndLeavesWhatALiveVerdictRestsOn) {
  MakeStack("retention: {responses: 1d, runs: 2d}\n");
  std::vector<RunRecord> old;
  for (int i = 1; i <= 3; ++i) old.push_back(StoreRun(*Open(), i));
  const RunRecord live = StoreRun(*Open(), 4);
  {
    const std::unique_ptr<Store> store = Open();
    CheckRecord check;
    check.id = "check-1";
    check.gate = "g";
    check.model_version = "sha256:m";
    check.created = live.created;
    ASSERT_TRUE(store->CreateCheck(check));
    ASSERT_TRUE(store->LinkCheckRun("default", "check-1", live.key, "candidate"));
    VerdictRecord verdict;
    verdict.id = "verdict-1";
    verdict.check_id = "check-1";
    verdict.state = "PASS";
    verdict.created = live.created;
    ASSERT_TRUE(store->CompleteCheck(verdict, [](const ChainPlace&) { return SealedVerdict{.document = "{}"}; }));
  }
  std::int64_t left = 3 * kCases;
  int halves = 0;
  Random random(GetParam() ? 2 : 1);
  for (int kills = 0; left > 0 && kills < 50; ++kills) {
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
    const auto goal = std::max<std::int64_t>(0, left - static_cast<std::int64_t>(random.Below(kCases)));
    const auto of_old = [&] { return TrialsOf(old[0]) + TrialsOf(old[1]) + TrialsOf(old[2]); };
    ASSERT_TRUE(Eventually([&] { return (left = of_old()) <= goal; })) << stack_->daemon().errors();
    stack_->daemon().End(SIGKILL);
    left = of_old();
    const std::unique_ptr<Store> between = Open();
    for (const RunRecord& run : old) {
      if (TrialsOf(run) > 0 && TrialsOf(run) < kCases) ++halves;
      EXPECT_TRUE(between->GetRun(run.key)->deleted || TrialsOf(run) == kCases) << "rows go after the mark only";
    }
  }
  EXPECT_GT(halves, 0) << "it was killed in the middle";
  ASSERT_TRUE(stack_->Start());
  for (const RunRecord& run : old) EXPECT_TRUE(Eventually([&] { return RowsOf(run) == 0; })) << run.id;
  EXPECT_EQ(RowsOf(live), 4 * kCases);
  EXPECT_THAT(stack_->Get("/metrics"), HasSubstr("assay_retention_deleted_total{what=\"runs\"}"));
  EXPECT_TRUE(Eventually([&] {
    return stack_->daemon().errors().find("kept_runs=1 kept_responses=1 kept_reviews=0 whole=yes") != std::string::npos;
  })) << stack_->daemon().errors();
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
}

}  // namespace
}  // namespace assay::testing
