// Result rows a second through the Store, beside the bare client writing one plain table in the same run, for both
// engines; and how fast a verdict can read a million scores.
//
//   store_bench [ROWS]      default 100,000; rounds of bare and store alternate, the median of 3 counts

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/random.h"
#include "daemon/store/store.h"
#include "tests/testing/postgres_cluster.h"

namespace assay {
namespace {

constexpr std::size_t kTextBytes = 1500;
constexpr std::int64_t kBareBatch = 1000;
constexpr std::int64_t kStoreBatch = 512;
constexpr int kRounds = 3;

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "store_bench: %s\n", message.c_str());
  std::exit(1);
}

template <class T>
T Must(Result<T> result) {
  if (!result) Die(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

struct Measured {
  double rows_per_second = 0;
  double cpu_us_per_row = 0;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Work>
Measured Measure(std::int64_t rows, Work work) {
  const double cpu = CpuSeconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto count = static_cast<double>(rows);
  return {count / seconds, (CpuSeconds() - cpu) * 1e6 / count};
}

std::string MakeText(std::int64_t position) {
  std::string text = "answer " + std::to_string(position) + ": ";
  Random random(static_cast<std::uint64_t>(position));
  while (text.size() < kTextBytes) text += "abcdefgh ijklmnop\n"[random.Below(18)];
  return text;
}

// A result with a response of 1.5 kB and two graders' scores, in the order of a permuted run.
std::vector<TrialResult> MakeResults(std::int64_t rows) {
  std::vector<TrialResult> results;
  const Permutation order(static_cast<std::uint64_t>(rows), 7);
  for (std::int64_t position = 0; position < rows; ++position) {
    TrialResult result;
    result.position = position;
    result.ordinal = static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(position)));
    result.status = TrialStatus::kScored;
    Response response;
    response.text = MakeText(position);
    response.finish_reason = "stop";
    response.usage = {120, 256};
    response.latency = std::chrono::milliseconds(850);
    result.response = std::move(response);
    result.scores = {Score::Pass(), Score::Pass()};
    results.push_back(std::move(result));
  }
  return results;
}

void Check(int result, sqlite3* database) {
  if (result != SQLITE_OK && result != SQLITE_DONE) Die(sqlite3_errmsg(database));
}

// One table of nine columns and the text, one unique index, 1,000 rows a transaction, SQLite's own settings with WAL.
Measured BareSqlite(const std::string& folder, const std::vector<TrialResult>& results) {
  sqlite3* database = nullptr;
  Check(sqlite3_open((folder + "/bare.db").c_str(), &database), database);
  const auto run = [&](const char* sql) { Check(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), database); };
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = NORMAL");
  run("CREATE TABLE result (run INTEGER, ordinal INTEGER, trial INTEGER, status INTEGER, latency_us INTEGER, "
      "tokens_in INTEGER, tokens_out INTEGER, value REAL, pass INTEGER, response TEXT, UNIQUE (run, ordinal, trial))");
  sqlite3_stmt* insert = nullptr;
  Check(sqlite3_prepare_v2(database, "INSERT INTO result VALUES (?,?,?,?,?,?,?,?,?,?)", -1, &insert, nullptr),
        database);
  const Measured measured = Measure(std::ssize(results), [&] {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i % kBareBatch == 0) run("BEGIN");
      const TrialResult& result = results[i];
      const std::int64_t numbers[] = {1, result.ordinal, 0, 1, result.response->latency.count(), 120, 256};
      for (int column = 0; column < 7; ++column) sqlite3_bind_int64(insert, column + 1, numbers[column]);
      sqlite3_bind_double(insert, 8, 1.0);
      sqlite3_bind_int64(insert, 9, 1);
      sqlite3_bind_text(insert, 10, result.response->text.data(), static_cast<int>(result.response->text.size()),
                        SQLITE_STATIC);
      Check(sqlite3_step(insert), database);
      sqlite3_reset(insert);
      if (i % kBareBatch == kBareBatch - 1 || i + 1 == results.size()) run("COMMIT");
    }
  });
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return measured;
}

void AppendEscaped(std::string& out, const std::string& text) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
}

// The same table, COPY in text format, 1,000 rows a transaction.
Measured BareCopy(const std::string& location, const std::vector<TrialResult>& results) {
  PGconn* connection = PQconnectdb(location.c_str());
  const auto run = [&](const char* sql, ExecStatusType expected) {
    PGresult* result = PQexec(connection, sql);
    if (PQresultStatus(result) != expected) Die(PQerrorMessage(connection));
    PQclear(result);
  };
  run("CREATE TABLE result (run bigint, ordinal bigint, trial integer, status smallint, latency_us bigint, tokens_in "
      "bigint, tokens_out bigint, value double precision, pass smallint, response text, UNIQUE (run, ordinal, trial))",
      PGRES_COMMAND_OK);
  const Measured measured = Measure(std::ssize(results), [&] {
    for (std::size_t first = 0; first < results.size(); first += kBareBatch) {
      run("COPY result FROM STDIN", PGRES_COPY_IN);
      std::string rows;
      const std::size_t last = std::min(results.size(), first + kBareBatch);
      for (std::size_t i = first; i < last; ++i) {
        rows += "1\t" + std::to_string(results[i].ordinal) + "\t0\t1\t850000\t120\t256\t1\t1\t";
        AppendEscaped(rows, results[i].response->text);
        rows += '\n';
      }
      if (PQputCopyData(connection, rows.data(), static_cast<int>(rows.size())) != 1 ||
          PQputCopyEnd(connection, nullptr) != 1) {
        Die(PQerrorMessage(connection));
      }
      while (PGresult* result = PQgetResult(connection)) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) Die(PQerrorMessage(connection));
        PQclear(result);
      }
    }
  });
  PQfinish(connection);
  return measured;
}

// A store with a running run over `cases` cases.
RunRecord StartRun(Store& store, std::int64_t cases) {
  const SnapshotKey snapshot = Must(store.BeginSnapshot("default", "sha256:bench", Time(), "bench"));
  std::vector<CaseRow> rows;
  for (std::int64_t i = 0; i < cases; ++i) {
    rows.push_back({i, "case-" + std::to_string(i), "{}", {}});
    if (std::ssize(rows) == 5000 || i + 1 == cases) {
      Must(store.AppendCases(snapshot, rows));
      rows.clear();
    }
  }
  Must(store.FinishSnapshot(snapshot));
  RunRecord run;
  run.id = "bench";
  run.snapshot = snapshot;
  run.cases = cases;
  run.graders = {{"answer", "contains", "v1", "signal"}, {"tone", "regex", "v1", "signal"}};
  RunRecord stored = Must(store.CreateRun(run));
  Must(store.SetRunState(stored.key, RunState::kRunning, "", Time(), "bench"));
  return stored;
}

Measured ThroughStore(const std::string& location, const std::vector<TrialResult>& results) {
  const std::unique_ptr<Store> store = Must(OpenStore(location));
  const RunRecord run = StartRun(*store, std::ssize(results));
  return Measure(std::ssize(results), [&] {
    for (std::int64_t first = 0; first < std::ssize(results); first += kStoreBatch) {
      const std::int64_t count = std::min(kStoreBatch, std::ssize(results) - first);
      const std::span batch(results.data() + first, static_cast<std::size_t>(count));
      Must(store->AppendTrials(run.key, batch, first + count));
    }
  });
}

Measured Median(std::vector<Measured> rounds) {
  std::ranges::sort(rounds, {}, &Measured::rows_per_second);
  return rounds[rounds.size() / 2];
}

void Report(const char* engine, const char* bare_name, std::vector<Measured> bare, std::vector<Measured> store) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < bare.size(); ++i) ratios.push_back(store[i].rows_per_second / bare[i].rows_per_second);
  std::ranges::sort(ratios);
  const Measured bare_median = Median(std::move(bare));
  const Measured store_median = Median(std::move(store));
  std::printf("%-11s %-26s %9.0f results/s  %6.1f us CPU each\n", engine, bare_name, bare_median.rows_per_second,
              bare_median.cpu_us_per_row);
  std::printf("%-11s %-26s %9.0f results/s  %6.1f us CPU each  %9.0f table rows/s\n", engine, "Store::AppendTrials",
              store_median.rows_per_second, store_median.cpu_us_per_row, 4 * store_median.rows_per_second);
  std::printf("%-11s store / bare, by result      %5.0f %%  [%.0f-%.0f]\n", engine, 100 * ratios[ratios.size() / 2],
              100 * ratios.front(), 100 * ratios.back());
}

void BenchSqlite(const std::vector<TrialResult>& results) {
  std::vector<Measured> bare, store;
  for (int round = 0; round < kRounds; ++round) {
    std::string folder = (std::filesystem::current_path() / "store-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) Die("cannot make " + folder);
    bare.push_back(BareSqlite(folder, results));
    store.push_back(ThroughStore("sqlite:" + folder + "/store.db", results));
    std::filesystem::remove_all(folder);
  }
  Report("sqlite", "bare prepared, 1000/tx", std::move(bare), std::move(store));
}

void BenchPostgres(const std::vector<TrialResult>& results) {
  if (!testing::PostgresCluster::IsInstalled()) {
    std::printf("%s\n", testing::PostgresCluster::kMissing);
    return;
  }
  testing::PostgresCluster cluster(testing::PostgresCluster::Durability::kDurable);
  std::vector<Measured> bare, store;
  for (int round = 0; round < kRounds; ++round) {
    bare.push_back(BareCopy(cluster.CreateDatabase(), results));
    store.push_back(ThroughStore(cluster.CreateDatabase(), results));
  }
  Report("postgresql", "bare COPY, 1000/tx", std::move(bare), std::move(store));
}

// A million narrow results, as a verdict reads them.
void BenchReading(const char* engine, const std::string& location) {
  constexpr std::int64_t kRows = 1'000'000;
  constexpr std::int64_t kBatch = 10'000;
  const std::unique_ptr<Store> store = Must(OpenStore(location));
  const RunRecord run = StartRun(*store, kRows);
  for (std::int64_t first = 0; first < kRows; first += kBatch) {
    std::vector<TrialResult> batch;
    for (std::int64_t position = first; position < first + kBatch; ++position) {
      TrialResult result;
      result.position = position;
      result.ordinal = position;
      result.status = TrialStatus::kScored;
      result.response.emplace();
      result.scores = {Score::Pass(), Score::Pass()};
      batch.push_back(std::move(result));
    }
    Must(store->AppendTrials(run.key, batch, first + kBatch));
  }
  double sum = 0;
  const Measured scores = Measure(
      kRows, [&] { Must(store->ReadScores(run.key, 1, [&](const ScoreColumns& score) { sum += *score.value; })); });
  std::int64_t trials = 0;
  const Measured columns =
      Measure(kRows, [&] { Must(store->ReadTrialColumns(run.key, [&](const TrialColumns&) { ++trials; })); });
  if (sum != kRows || trials != kRows) Die("the rows read are not the rows written");
  std::printf("%-11s ReadScores 1,000,000 in %.2f s, ReadTrialColumns 1,000,000 in %.2f s\n", engine,
              static_cast<double>(kRows) / scores.rows_per_second,
              static_cast<double>(kRows) / columns.rows_per_second);
}

void Run(std::int64_t rows) {
  const std::vector<TrialResult> results = MakeResults(rows);
  std::printf(
      "%lld results of %zu bytes with 2 scores; the store writes 4 table rows for each (trial, body, 2 scores)\n",
      static_cast<long long>(rows), kTextBytes);
  BenchSqlite(results);
  BenchPostgres(results);
  std::string folder = (std::filesystem::current_path() / "store-bench-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make " + folder);
  BenchReading("sqlite", "sqlite:" + folder + "/store.db");
  std::filesystem::remove_all(folder);
  if (testing::PostgresCluster::IsInstalled()) {
    BenchReading("postgresql", testing::PostgresCluster::Shared().CreateDatabase());
  }
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const long long rows = argc > 1 ? std::atoll(argv[1]) : 100'000;
  if (rows < 1 || rows > 10'000'000) {
    std::fprintf(stderr, "usage: store_bench [ROWS], 1 to 10,000,000\n");
    return 64;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  assay::Run(rows);
}
