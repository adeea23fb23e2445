#include "tests/daemon/store/store_fixture.h"

#include <stdlib.h>

#include <filesystem>

#include "tests/testing/postgres_cluster.h"

namespace assay::testing {

void StoreTest::SetUp() {
  if (GetParam() == Engine::kPostgres && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
}

void StoreTest::TearDown() {
  store_.reset();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

const std::string& StoreTest::location() {
  if (!location_.empty()) return location_;
  if (GetParam() == Engine::kPostgres) {
    location_ = PostgresCluster::Shared().CreateDatabase();
  } else {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-store-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    location_ = "sqlite:" + folder_ + "/assay.db";
  }
  return location_;
}

SqlLocation StoreTest::sql_location() {
  if (GetParam() == Engine::kPostgres) return {Engine::kPostgres, location()};
  return {Engine::kSqlite, location().substr(std::string("sqlite:").size())};
}

Store& StoreTest::store() {
  if (store_ == nullptr) {
    Result<std::unique_ptr<Store>> opened = OpenStore(location());
    if (!opened) ADD_FAILURE() << opened.error().message;
    store_ = std::move(opened).value();
  }
  return *store_;
}

void StoreTest::Reopen() { store_.reset(); }

Time At(int second) { return Time(std::chrono::seconds(1'700'000'000 + second)); }

SnapshotKey StoreTest::MakeSnapshot(std::int64_t cases, const std::string& digest) {
  const Result<SnapshotKey> key = store().BeginSnapshot("default", digest, At(0), "anna");
  EXPECT_TRUE(key) << MessageOf(key);
  std::vector<CaseRow> rows;
  for (std::int64_t i = 0; i < cases; ++i) {
    CaseRow row{i, "case-" + std::to_string(i), "{\"n\":" + std::to_string(i) + "}", {}};
    row.slices.push_back({"parity", i % 2 == 0 ? "even" : "odd"});
    if (i % 10 == 0) row.slices.push_back({"tens", std::to_string(i / 10)});
    rows.push_back(std::move(row));
  }
  EXPECT_TRUE(store().AppendCases(*key, rows));
  EXPECT_TRUE(store().FinishSnapshot(*key));
  return *key;
}

RunRecord StoreTest::MakeRun(const std::string& id, std::int64_t cases, std::int64_t trials) {
  Result<SnapshotRecord> snapshot = store().FindSnapshot("default", "sha256:data");
  RunRecord run;
  run.id = id;
  run.suite = "support";
  run.suite_version = "sha256:suite";
  run.model = "bot";
  run.model_label = "1.0";
  run.model_version = "sha256:model";
  run.snapshot = snapshot ? snapshot->key : MakeSnapshot(cases);
  run.cases = cases;
  run.trials = trials;
  run.seed = 0xFEDCBA9876543210;
  run.manifest = R"({"prompt":"sha256:p"})";
  run.graders = {{"answer", "contains", "v1", "signal"}, {"tone", "regex", "v2", "invariant"}};
  run.created = At(1);
  run.principal = "anna";
  return run;
}

RunRecord StoreTest::StartRun(const std::string& id, std::int64_t cases, std::int64_t trials) {
  Result<RunRecord> run = store().CreateRun(MakeRun(id, cases, trials));
  EXPECT_TRUE(run) << MessageOf(run);
  EXPECT_TRUE(store().SetRunState(run->key, RunState::kRunning, "", At(2), "anna"));
  return *std::move(run);
}

std::string StoreTest::ReadOne(const std::string& query) {
  store();
  Result<std::unique_ptr<Sql>> sql = Sql::Open(sql_location());
  if (!sql) return sql.error().message;
  Result<SqlRows> rows = (*sql)->Query(query, "t");
  if (!rows) return rows.error().message;
  return rows->empty() ? "no row" : rows->front().Text(0);
}

TrialResult MakeResult(std::int64_t position, std::int64_t ordinal, int trial) {
  TrialResult result;
  result.position = position;
  result.ordinal = ordinal;
  result.trial = trial;
  if (position % 5 == 4) {
    result.status = TrialStatus::kError;
    result.error = "endpoint answered 503";
    return result;
  }
  Response response;
  response.text = "text " + std::to_string(position);
  response.finish_reason = "stop";
  response.usage = {10 + position, 20};
  response.latency = std::chrono::microseconds(1000 + position);
  if (position % 2 == 1) response.first_token = std::chrono::microseconds(100 + position);  // as if streamed
  response.attempts = 2;
  response.retries = 1;
  result.response = std::move(response);
  result.status = TrialStatus::kScored;
  result.scores = {position % 2 == 0 ? Score::Pass() : Score::Failing("lacks \"yes\""),
                   Score{ScoreStatus::kScored, 0.25, {}, "polite", "", "line 1"}};
  return result;
}

std::vector<TrialResult> MakeResults(std::int64_t first, std::int64_t count) {
  std::vector<TrialResult> results;
  for (std::int64_t i = first; i < first + count; ++i) results.push_back(MakeResult(i, i));
  return results;
}

}  // namespace assay::testing
