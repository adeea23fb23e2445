// How long a verdict over a million stored scores takes, with 20 rules and a slice of 50 values, beside the bare client
// reading the same rows of the same file in the same run. Seconds of CPU.
//
//   verdict_bench [SCORES]     default 1,000,000: of 20 graders, and of one; the median of 5 rounds counts

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "core/random.h"
#include "daemon/builtin_kinds.h"
#include "daemon/evidence.h"

namespace assay {
namespace {

constexpr int kRounds = 5;
constexpr int kSliceValues = 50;

std::string GraderName(int i) { return "g" + std::to_string(i); }

std::string SuiteText(int graders) {
  std::string text =
      "kind: Suite\nname: s\ndataset: [{file: cases.jsonl}]\nprompt: [{user: q}]\nslices: [journey]\n"
      "metrics: [{name: p95, source: latency_ms, aggregate: p95}]\ngraders:\n";
  for (int i = 0; i < graders; ++i) text += "  - {name: " + GraderName(i) + ", type: equals, value: a}\n";
  return text;
}

// Twenty rules: floors and ceilings on everything and on each slice, a quantile, coverage.
std::string GateText(int graders) {
  std::string text = "kind: Gate\nname: g\nsuites: [s]\nrules:\n";
  int rules = 0;
  const auto rule = [&](const std::string& rest) {
    text += "  - {name: r" + std::to_string(rules++) + ", " + rest + "}\n";
  };
  const auto graded = [&](const std::string& rest) { rule("grader: " + GraderName(rules % graders) + ", " + rest); };
  for (int i = 0; i < 5; ++i) graded("at_least: 0." + std::to_string(80 + i));
  for (int i = 0; i < 5; ++i) graded("by: journey, at_least: 0." + std::to_string(80 + i));
  for (int i = 0; i < 3; ++i) graded("at_most: 0.9" + std::to_string(5 + i));
  for (int i = 0; i < 3; ++i) graded("by: journey, at_most: 0.9" + std::to_string(5 + i));
  rule("metric: p95, at_most: 2000");
  rule("metric: p95, by: journey, at_most: 2000");
  rule("coverage: {of: journey, min_cases: 5, at_least: 0.8}");
  rule("coverage: {of: journey, min_cases: 50, at_least: 0.9}");
  return text;
}

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "verdict_bench: %s\n", message.c_str());
  std::exit(1);
}

template <class T>
T Must(Result<T> result) {
  if (!result) Die(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

CatalogDocument Parsed(const std::string& text, const PluginKinds& kinds) {
  Diagnostics diagnostics;
  auto document = ParseDocument("bench", text, kinds, ReferencedFiles::kIgnore, diagnostics);
  if (!document) Die(diagnostics.Render());
  return *std::move(document);
}

void WriteCases(Store& store, SnapshotKey snapshot, std::int64_t cases) {
  std::vector<CaseRow> rows;
  for (std::int64_t i = 0; i < cases; ++i) {
    rows.push_back(
        {i, "case-" + std::to_string(i), "{}", {{"journey", "journey-" + std::to_string(i % kSliceValues)}}});
    if (std::ssize(rows) < 5000 && i + 1 < cases) continue;
    Must(store.AppendCases(snapshot, rows));
    rows.clear();
  }
  Must(store.FinishSnapshot(snapshot));
}

// Nine answers of ten are right; latencies around a second.
void WriteResults(Store& store, const RunRecord& run) {
  constexpr std::int64_t kBatch = 10'000;
  const Permutation order(static_cast<std::uint64_t>(run.cases), run.seed);
  Random random(11);
  std::vector<TrialResult> batch;
  for (std::int64_t position = 0; position < run.cases; ++position) {
    TrialResult result;
    result.position = position;
    result.ordinal = static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(position)));
    result.status = TrialStatus::kScored;
    result.response.emplace();
    result.response->latency = std::chrono::microseconds(500'000 + random.Below(1'000'000));
    for (std::size_t i = 0; i < run.graders.size(); ++i) {
      result.scores.push_back(random.Below(10) > 0 ? Score::Pass() : Score::Failing("no"));
    }
    batch.push_back(std::move(result));
    if (std::ssize(batch) < kBatch && position + 1 < run.cases) continue;
    Must(store.AppendTrials(run.key, batch, position + 1));
    batch.clear();
  }
}

RunRecord MakeRun(Store& store, const CatalogDocument& suite, std::int64_t cases, int graders) {
  RunRecord run;
  run.id = "bench";
  run.suite = suite.name;
  run.suite_version = suite.version;
  run.snapshot = Must(store.BeginSnapshot("default", "sha256:bench", Time(), "bench"));
  WriteCases(store, run.snapshot, cases);
  run.cases = cases;
  run.seed = 7;
  for (int i = 0; i < graders; ++i) run.graders.push_back({GraderName(i), "equals", "1", "signal"});
  run = Must(store.CreateRun(run));
  Must(store.SetRunState(run.key, RunState::kRunning, "", Time(), "bench"));
  WriteResults(store, run);
  Must(store.SetRunState(run.key, RunState::kComplete, "", Time(), "bench"));
  return Must(store.GetRun(run.key));
}

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Of computing: all of it is one thread's, and nothing waits for the disk once the file is read.
template <class Work>
double Seconds(Work work) {
  const double start = CpuSeconds();
  work();
  return CpuSeconds() - start;
}

// Every column that the verdict needs, stepped over by the engine's own client.
double BareRead(const std::string& file, std::int64_t expected) {
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK)
    Die(sqlite3_errmsg(database));
  std::int64_t rows = 0;
  const double seconds = Seconds([&] {
    for (const char* sql :
         {"SELECT ordinal, trial, status, value, pass FROM score",
          "SELECT ordinal, trial, status, latency_us, tokens_in, tokens_out, first_token_us, cost_usd, retries, "
          "cached FROM trial"}) {
      sqlite3_stmt* statement = nullptr;
      if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) Die(sqlite3_errmsg(database));
      while (sqlite3_step(statement) == SQLITE_ROW) ++rows;
      sqlite3_finalize(statement);
    }
  });
  sqlite3_close(database);
  if (rows != expected) Die("the rows read are not the rows written");
  return seconds;
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void Run(std::int64_t cases, int graders, const std::string& folder) {
  const PluginKinds kinds = BuiltinKinds();
  const CatalogDocument suite = Parsed(SuiteText(graders), kinds);
  const CatalogDocument gate = Parsed(GateText(graders), kinds);
  const std::string file = folder + "/store.db";
  const std::unique_ptr<Store> store = Must(OpenStore("sqlite:" + file));
  const RunRecord run = MakeRun(*store, suite, cases, graders);
  std::vector<double> bare, loads, decisions, totals;
  for (int round = 0; round < kRounds; ++round) {
    bare.push_back(BareRead(file, cases * (graders + 1)));
    GateEvidence evidence{.gate_version = gate.version, .candidate = {"m", "1", "v"}, .suites = {}};
    loads.push_back(Seconds([&] { evidence.suites.push_back(Must(LoadEvidence(*store, run, *suite.suite()))); }));
    decisions.push_back(Seconds([&] {
      const Verdict verdict = Decide(*gate.gate(), evidence, Time());
      if (verdict.state != VerdictState::kPass)
        Die("the verdict is " + std::string(Name(verdict.state)) + ": " + verdict.reason);
    }));
    totals.push_back(loads.back() + decisions.back());
  }
  const double total = Median(totals);
  std::printf(
      "%9lld cases x %2d graders: %.2f s (reading %.2f, 20 rules with 50 slices %.2f); bare reading %.2f s, %.1f "
      "times\n",
      static_cast<long long>(cases), graders, total, Median(loads), Median(decisions), Median(bare),
      total / Median(bare));
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const long long scores = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
  if (scores < 20'000 || scores > 10'000'000) {
    std::fprintf(stderr, "usage: verdict_bench [SCORES], 20,000 to 10,000,000\n");
    return 64;
  }
  for (const int graders : {20, 1}) {
    std::string folder = (std::filesystem::current_path() / "verdict-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) assay::Die("cannot make " + folder);
    assay::Run(scores / graders, graders, folder);
    std::filesystem::remove_all(folder);
  }
}
