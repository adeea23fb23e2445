// How long a verdict over a million stored scores takes, with 20 rules and a slice of 50 values, beside the bare client
// reading the same rows of the same file in the same run; and one over 6,000 cases in 600 slices. Seconds of CPU; the
// median of the rounds counts. Exits 1 when one takes longer than its target or is not the verdict that the scores call
// for. An INCONCLUSIVE one is told of every part how many more cases would decide it.
//
//   verdict_bench [SCORES [ROUNDS [STATE]]]     default 1,000,000 and 5, verdicts of every state

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

constexpr double kTargetSeconds = 1;  // of a million scores

enum class Rules {
  kFloorsAndCeilings,  // far from the scores
  kFloors,             // at the mean of the scores
  kNonInferior         // to a baseline that is as good
};

// What is decided on.
struct Shape {
  const char* name;
  int graders;
  const char* grader;  // which, as a suite has it
  bool is_graded;      // values between 0 and 1, of which no two need be the same; else passes and failures
  double mean;         // of the scores
  VerdictState is_to_be;
  Rules rules = Rules::kFloorsAndCeilings;
  int rule_count = 20;
  int slices = 50;
  double confidence = 0.9999;  // of rules by slice; at a low one many slices fail by themselves, and not as one of many
  std::int64_t scores = 0;     // 0: as many as are asked for

  bool HasBaseline() const { return rules == Rules::kNonInferior; }
};

constexpr const char* kPasses = "equals, value: a";
constexpr const char* kGraded = "levenshtein, reference: a";
constexpr std::int64_t kFewScores = 6000;  // a model

constexpr Shape kShapes[] = {
    {"passes", 20, kPasses, false, 0.9, VerdictState::kPass},
    {"passes", 1, kPasses, false, 0.9, VerdictState::kPass},
    {"passes", 1, kPasses, false, 0.7, VerdictState::kFail},
    {"graded", 20, kGraded, true, 0.9, VerdictState::kPass},
    {"graded", 1, kGraded, true, 0.9, VerdictState::kPass},
    {"graded", 1, kGraded, true, 0.7, VerdictState::kFail},
    {"graded, floors", 20, kGraded, true, 0.9, VerdictState::kInconclusive, Rules::kFloors},
    {"graded, floors", 1, kGraded, true, 0.9, VerdictState::kInconclusive, Rules::kFloors},
    {"graded, non_inferior", 20, kGraded, true, 0.9, VerdictState::kInconclusive, Rules::kNonInferior},
    {"graded, non_inferior", 1, kGraded, true, 0.9, VerdictState::kInconclusive, Rules::kNonInferior},
    {"passes, non_inferior", 20, kPasses, false, 0.9, VerdictState::kInconclusive, Rules::kNonInferior},
    {"graded, floors", 1, kGraded, true, 0.9, VerdictState::kInconclusive, Rules::kFloors, 4, 600, 0.6, kFewScores},
    {"graded, non_inferior", 1, kGraded, true, 0.9, VerdictState::kInconclusive, Rules::kNonInferior, 4, 600, 0.6,
     2 * kFewScores},
};

std::string GraderName(int i) { return "g" + std::to_string(i); }

std::string SuiteText(const Shape& shape) {
  std::string text =
      "kind: Suite\nname: s\ndataset: [{file: cases.jsonl}]\nprompt: [{user: q}]\nslices: [journey]\n"
      "metrics: [{name: p95, source: latency_ms, aggregate: p95}]\ngraders:\n";
  for (int i = 0; i < shape.graders; ++i) text += "  - {name: " + GraderName(i) + ", type: " + shape.grader + "}\n";
  return text;
}

// Half of them on everything and half on each slice, of which every second is advisory; no two have one confidence.
std::string OpenRules(const Shape& shape) {
  const std::string what = shape.HasBaseline() ? "non_inferior: {margin: 0.0001}" : "at_least: 0.9";
  std::string text;
  for (int i = 0; i < shape.rule_count; ++i) {
    text += "  - {name: r" + std::to_string(i) + ", grader: " + GraderName(i / 2 % shape.graders) + ", " + what +
            ", confidence: " + std::to_string((i % 2 == 0 ? 0.9999 : shape.confidence) + i * 1e-6) +
            (i % 2 == 0 ? "" : ", by: journey") + (i % 4 == 3 ? ", role: advisory" : "") + "}\n";
  }
  return text;
}

// Twenty rules: floors and ceilings on everything and on each slice, a quantile, coverage.
std::string ClearRules(int graders) {
  std::string text;
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

std::string GateText(const Shape& shape) {
  return std::string("kind: Gate\nname: g\nsuites: [s]\n") +
         (shape.HasBaseline() ? "baseline: {model: base, version: \"1\"}\n" : "") + "rules:\n" +
         (shape.rules == Rules::kFloorsAndCeilings ? ClearRules(shape.graders) : OpenRules(shape));
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

void WriteCases(Store& store, SnapshotKey snapshot, std::int64_t cases, int slices) {
  std::vector<CaseRow> rows;
  for (std::int64_t i = 0; i < cases; ++i) {
    rows.push_back({i, "case-" + std::to_string(i), "{}", {{"journey", "journey-" + std::to_string(i % slices)}}});
    if (std::ssize(rows) < 5000 && i + 1 < cases) continue;
    Must(store.AppendCases(snapshot, rows));
    rows.clear();
  }
  Must(store.FinishSnapshot(snapshot));
}

Score Drawn(const Shape& shape, Random& random) {
  constexpr std::uint64_t kGrain = 1'000'000;
  const double uniform = static_cast<double>(random.Below(kGrain)) / kGrain;
  if (!shape.is_graded) return uniform < shape.mean ? Score::Pass() : Score::Failing("no");
  // Between 1 - 2 (1 - mean) and 1.
  return Score::Measured(1 - 2 * (1 - shape.mean) * uniform, "");
}

// Latencies around a second.
void WriteResults(Store& store, const RunRecord& run, const Shape& shape, std::uint64_t draw) {
  constexpr std::int64_t kBatch = 10'000;
  const Permutation order(static_cast<std::uint64_t>(run.cases), run.seed);
  Random random(draw);
  std::vector<TrialResult> batch;
  for (std::int64_t position = 0; position < run.cases; ++position) {
    TrialResult result;
    result.position = position;
    result.ordinal = static_cast<std::int64_t>(order.At(static_cast<std::uint64_t>(position)));
    result.status = TrialStatus::kScored;
    result.response.emplace();
    result.response->latency = std::chrono::microseconds(500'000 + random.Below(1'000'000));
    for (std::size_t i = 0; i < run.graders.size(); ++i) {
      result.scores.push_back(Drawn(shape, random));
    }
    batch.push_back(std::move(result));
    if (std::ssize(batch) < kBatch && position + 1 < run.cases) continue;
    Must(store.AppendTrials(run.key, batch, position + 1));
    batch.clear();
  }
}

RunRecord MakeRun(Store& store, const CatalogDocument& suite, SnapshotKey snapshot, std::int64_t cases,
                  const Shape& shape, const std::string& id) {
  RunRecord run;
  run.id = id;
  run.suite = suite.name;
  run.suite_version = suite.version;
  run.snapshot = snapshot;
  run.cases = cases;
  run.seed = 7;
  for (int i = 0; i < shape.graders; ++i)
    run.graders.push_back({GraderName(i), suite.suite()->graders.at(static_cast<std::size_t>(i)).type, "1", "signal"});
  run = Must(store.CreateRun(run));
  Must(store.SetRunState(run.key, RunState::kRunning, "", Time(), "bench"));
  WriteResults(store, run, shape, id == "bench" ? 11 : 12);
  Must(store.SetRunState(run.key, RunState::kComplete, "", Time(), "bench"));
  return Must(store.GetRun(run.key));
}

// The candidate's, and the baseline's where the shape has one.
std::vector<RunRecord> MakeRuns(Store& store, const CatalogDocument& suite, std::int64_t cases, const Shape& shape) {
  const SnapshotKey snapshot = Must(store.BeginSnapshot("default", "sha256:bench", Time(), "bench"));
  WriteCases(store, snapshot, cases, shape.slices);
  std::vector<RunRecord> runs{MakeRun(store, suite, snapshot, cases, shape, "bench")};
  if (shape.HasBaseline()) runs.push_back(MakeRun(store, suite, snapshot, cases, shape, "base"));
  return runs;
}

GateEvidence LoadAll(Store& store, const std::vector<RunRecord>& runs, const CatalogDocument& suite,
                     const std::string& gate_version) {
  GateEvidence evidence{.gate_version = gate_version, .candidate = {"m", "1", "v"}, .suites = {}};
  evidence.suites.push_back(Must(LoadEvidence(store, runs.front(), *suite.suite())));
  if (runs.size() == 1) return evidence;
  evidence.baseline = ModelIdentity{"base", "1", "w"};
  evidence.baseline_suites.push_back(Must(LoadEvidence(store, runs.back(), *suite.suite())));
  return evidence;
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

void Print(const Shape& shape, std::int64_t cases, double total, double reading, double deciding, double bare,
           bool is_in_time) {
  std::printf(
      "%9lld cases%s x %2d graders, %s, %-4s: %.2f s (reading %.2f, %d rules with %d slices %.2f); bare reading %.2f "
      "s, %.1f times%s\n",
      static_cast<long long>(cases), shape.HasBaseline() ? " of 2 models" : "", shape.graders, shape.name,
      std::string(Name(shape.is_to_be)).c_str(), total, reading, shape.rule_count, shape.slices, deciding, bare,
      total / bare, is_in_time ? "" : "; TOO LONG");
  std::fflush(stdout);
}

// Whether it took no longer than `target` seconds.
bool Run(std::int64_t cases, const Shape& shape, int rounds, double target, const std::string& folder) {
  const PluginKinds kinds = BuiltinKinds();
  const CatalogDocument suite = Parsed(SuiteText(shape), kinds);
  const CatalogDocument gate = Parsed(GateText(shape), kinds);
  const std::string file = folder + "/store.db";
  const std::unique_ptr<Store> store = Must(OpenStore("sqlite:" + file));
  const std::vector<RunRecord> runs = MakeRuns(*store, suite, cases, shape);
  std::vector<double> bare, loads, decisions, totals;
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(BareRead(file, cases * std::ssize(runs) * (shape.graders + 1)));
    GateEvidence evidence;
    loads.push_back(Seconds([&] { evidence = LoadAll(*store, runs, suite, gate.version); }));
    decisions.push_back(Seconds([&] {
      const Verdict verdict = Decide(*gate.gate(), evidence, Time());
      if (verdict.state != shape.is_to_be)
        Die("the verdict is " + std::string(Name(verdict.state)) + ": " + verdict.reason);
    }));
    totals.push_back(loads.back() + decisions.back());
  }
  const double total = Median(totals);
  Print(shape, cases, total, Median(loads), Median(decisions), Median(bare), total <= target);
  return total <= target;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  constexpr long long kMillion = 1'000'000;
  const long long scores = argc > 1 ? std::atoll(argv[1]) : kMillion;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const std::string state = argc > 3 ? argv[3] : "";
  if (argc > 4 || scores < 20'000 || scores > 10 * kMillion || rounds < 1 || rounds > 1000) {
    std::fprintf(stderr, "usage: verdict_bench [SCORES [ROUNDS [STATE]]], 20,000 to 10,000,000 and 1 to 1,000\n");
    return 64;
  }
  const double target = assay::kTargetSeconds * std::max(1.0, static_cast<double>(scores) / kMillion);
  bool is_in_time = true;
  for (const assay::Shape& shape : assay::kShapes) {
    if (!state.empty() && state != assay::Name(shape.is_to_be)) continue;
    std::string folder = (std::filesystem::current_path() / "verdict-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) assay::Die("cannot make " + folder);
    const long long all = shape.scores > 0 ? shape.scores : scores;
    is_in_time &= assay::Run(all / shape.graders / (shape.HasBaseline() ? 2 : 1), shape, rounds, target, folder);
    std::filesystem::remove_all(folder);
  }
  return is_in_time ? 0 : 1;
}
