// The rules against text data: testdata/*.txt holds evidence and the outcome that people read. A block is
//
//   decide
//   rule: {name: r, metric: m, at_least: 0.9}
//   cases: 57 x 1; 3 x 0
//   ----
//   PASS ...
//
// with `baseline` (its cases) for rules that compare; for rules on a run `age` (since it started) and `oldest` (of the
// oldest answer, where it may be older), `baseline_age`, `cost`, `without_cost`, `unanswered`, `cached` and `history`
// (values of the metric in earlier runs); and `second` (cases of the metric "n", with `second_source`) for rules on
// several metrics; for a judge `judged` (no, uncorrectable, correctable), `sentinels` (gate_fixture.h),
// `baseline_sentinels`, `answered_by` (a list), and `people` (lists of passes and fails of a sentinel); and
// `journeys` (that the suite declares, with a "!" those of high risk); and
// `aggregate`, `source`, `range`, `reduce` (with `k`, `quorum`), `run` and `cause` where they differ from mean, unit,
// mean, complete and none; `cases` is explained in gate_fixture.h. Blocks are separated by empty lines; lines that
// begin with # are comments. ASSAY_REWRITE=1 writes the outcomes.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gates/rules/decision.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::EvidenceText;

std::string BoundText(const std::optional<double>& bound) { return bound ? Shown(*bound) : "none"; }

std::string PartText(const RulePart& part) {
  std::string text = std::string(Name(part.state));
  if (!part.slice.empty()) text += " " + part.slice + "=" + (part.slice_value.empty() ? "(none)" : part.slice_value);
  text += ": " + part.reason + "\n";
  if (part.comparison) {
    text +=
        "  candidate " + BoundText(part.comparison->candidate) + ", baseline " + BoundText(part.comparison->baseline);
    if (const auto& passes = part.comparison->passes) {
      text += "; both " + std::to_string(passes->both) + ", candidate only " + std::to_string(passes->candidate_only) +
              ", baseline only " + std::to_string(passes->baseline_only) + ", neither " +
              std::to_string(passes->neither);
    }
    text += "\n";
  }
  const Estimate& estimate = part.estimate;
  text += "  estimate " + BoundText(estimate.value) + " [" + BoundText(estimate.lower) + ", " +
          BoundText(estimate.upper) + "] " + (estimate.method.empty() ? "-" : estimate.method) + " of " +
          Cases(estimate.cases);
  if (part.shown) {
    text += "; " + part.shown->method + " [" + BoundText(part.shown->lower) + ", " + BoundText(part.shown->upper) + "]";
  }
  text += "\n  bounds: pass " + BoundText(part.pass_bound) + ", fail " + BoundText(part.fail_bound) + ", margin " +
          BoundText(part.margin) + "\n";
  if (part.clusters) {
    text += "  clusters " + std::to_string(part.clusters->count) + ", largest " +
            std::to_string(part.clusters->largest) + ", design effect " + BoundText(part.clusters->design_effect) +
            "; by " + (part.method.empty() ? "-" : part.method) + "\n";
  }
  if (part.more_cases) text += "  more cases " + std::to_string(*part.more_cases) + "\n";
  if (!part.worst_cases.empty()) {
    text += "  worst";
    for (const WorstCase& one : part.worst_cases)
      text += " " + std::to_string(one.ordinal) + "=" + BoundText(one.value) +
              (one.baseline ? "/" + BoundText(one.baseline) : "");
    text += "\n";
  }
  return text;
}

RunState StateOf(const std::string& word) {
  for (const RunState state : {RunState::kPending, RunState::kRunning, RunState::kError, RunState::kCancelled}) {
    if (Name(state) == word) return state;
  }
  EXPECT_EQ(word, "complete");
  return RunState::kComplete;
}

const Time kNow = Time{} + std::chrono::days(1000);

// The time before kNow that stands under `key`.
std::optional<Time> Ago(const Node& input, const std::string& key) {
  const auto value = input.Find(key);
  if (!value) return std::nullopt;
  const auto duration = ParseDuration(value->as_string());
  EXPECT_TRUE(duration.has_value()) << value->as_string();
  return kNow - duration.value_or(Duration{});
}

void ReadFactsOfRun(const Node& input, SuiteEvidence& run) {
  const auto number = [&](const char* key) {
    const auto value = input.Find(key);
    return value ? std::optional(value->as_number()) : std::nullopt;
  };
  run.started = Ago(input, "age");
  run.oldest = input.Find("oldest") ? Ago(input, "oldest") : run.started;
  run.cost_usd = number("cost");
  run.answers_without_cost = static_cast<std::int64_t>(number("without_cost").value_or(0));
  run.unanswered_usd = number("unanswered").value_or(0);
  run.answers_cached = static_cast<std::int64_t>(number("cached").value_or(0));
  const auto history = input.Find("history");
  for (std::size_t i = 0; history && i < history->size(); ++i) {
    run.history.push_back({"run-" + std::to_string(i), {{"m", history->at(i).as_number()}}});
  }
}

Judged JudgedFrom(const std::string& word) {
  if (word == "correctable") return Judged::kCorrectable;
  if (word == "uncorrectable") return Judged::kUncorrectable;
  EXPECT_EQ(word, "no");
  return Judged::kNo;
}

void ReadJudge(const Node& input, SuiteEvidence& run) {
  if (run.judges.empty()) return;
  JudgeCalibration& judge = run.judges.back();
  if (const auto models = input.Find("answered_by")) {
    judge.answered_by.clear();
    for (std::size_t i = 0; i < models->size(); ++i) judge.answered_by.push_back(models->at(i).as_string());
  }
  const auto people = input.Find("people");
  for (std::size_t i = 0; people && i < people->size(); ++i) {
    const auto count = [&](std::size_t k) { return static_cast<std::int64_t>(people->at(i).at(k).as_number()); };
    for (std::int64_t times = count(0); times > 0; --times) judge.people.push_back({count(1), count(2)});
  }
}

std::string OutcomeText(const Node& input) {
  const auto text = [&](const char* key, const std::string& absent) {
    const auto value = input.Find(key);
    return value ? value->as_string() : absent;
  };
  EvidenceText evidence;
  evidence.cases = text("cases", "");
  evidence.cause = text("cause", "");
  evidence.second = text("second", "");
  for (const auto& word : EnumWords<Aggregate>::kWords) {
    if (word.word == text("aggregate", "mean")) evidence.aggregate = word.value;
  }
  for (const auto& word : EnumWords<Reduce>::kWords) {
    if (word.word == text("reduce", "mean")) evidence.reduction.by = word.value;
  }
  if (const auto k = input.Find("k")) evidence.reduction.k = static_cast<int>(k->as_number());
  if (const auto quorum = input.Find("quorum")) evidence.reduction.quorum = static_cast<int>(quorum->as_number());
  evidence.range = text("range", "unit") == "unit" ? MetricRange::kUnit : MetricRange::kUnbounded;
  for (const auto& word : EnumWords<MetricSource>::kWords) {
    if (word.word == text("source", "score")) evidence.source = word.value;
    if (word.word == text("second_source", "score")) evidence.second_source = word.value;
  }
  const auto journeys = input.Find("journeys");
  for (std::size_t i = 0; journeys && i < journeys->size(); ++i)
    evidence.journeys.push_back(journeys->at(i).as_string());
  evidence.state = StateOf(text("run", "complete"));
  evidence.judged = JudgedFrom(text("judged", "no"));
  evidence.sentinels = text("sentinels", "");
  const RuleSpec rule = testing::MakeRuleSpec(input.Find("rule")->ToJson().Dump());
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.rules = {rule};
  GateEvidence all;
  all.suites.push_back(testing::MakeEvidence(evidence));
  ReadFactsOfRun(input, all.suites.back());
  ReadJudge(input, all.suites.back());
  if (input.Find("baseline")) {
    all.baseline = {"baseline", "1", "sha256:baseline"};
    evidence.cases = text("baseline", "");
    evidence.state = StateOf(text("baseline_run", "complete"));
    evidence.cause = text("baseline_cause", "");
    evidence.sentinels = text("baseline_sentinels", "");
    all.baseline_suites.push_back(testing::MakeEvidence(evidence));
    all.baseline_suites.back().started = all.baseline_suites.back().oldest = Ago(input, "baseline_age");
  }
  const Verdict verdict = Decide(gate, all, kNow);
  std::string out;
  if (verdict.rules[0].parts.size() != 1) {
    out = std::string(Name(verdict.rules[0].state)) + ": " + verdict.rules[0].reason + "\n";
  }
  for (const RulePart& part : verdict.rules[0].parts) out += PartText(part);
  if (verdict.state != verdict.rules[0].state) out += "verdict " + std::string(Name(verdict.state)) + "\n";
  return out;
}

std::vector<std::string> DataFiles() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/tests/gates/testdata")) {
    files.push_back(entry.path().stem().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class RuleFiles : public ::testing::TestWithParam<std::string> {};

TEST_P(RuleFiles, GiveTheOutcomesWrittenDown) {
  const std::string path = ASSAY_SOURCE_DIR "/tests/gates/testdata/" + GetParam() + ".txt";
  std::ifstream in(path);
  std::string rewritten;
  std::string line;
  int number = 0;
  int blocks = 0;
  while (std::getline(in, line)) {
    ++number;
    rewritten += line + "\n";
    if (line != "decide") {
      ASSERT_TRUE(line.empty() || line[0] == '#') << path << ":" << number << ": expected decide, a comment or nothing";
      continue;
    }
    const int begin = number;
    std::string yaml;
    while (std::getline(in, line) && line != "----") {
      ++number;
      yaml += line + "\n";
      rewritten += line + "\n";
    }
    ++number;
    std::string expected;
    while (std::getline(in, line) && !line.empty()) {
      ++number;
      expected += line + "\n";
    }
    ++number;
    Diagnostics diagnostics;
    const auto documents = ParseYaml(path, yaml, diagnostics);
    ASSERT_TRUE(diagnostics.empty() && documents.size() == 1) << path << ":" << begin << "\n" << diagnostics.Render();
    const std::string actual = OutcomeText(documents[0].root);
    rewritten += "----\n" + actual + "\n";
    ++blocks;
    if (std::getenv("ASSAY_REWRITE") == nullptr) {
      EXPECT_EQ(actual, expected) << path << ":" << begin;
    }
  }
  EXPECT_GT(blocks, 0) << path << " holds no block";
  if (std::getenv("ASSAY_REWRITE") != nullptr) {
    while (rewritten.ends_with("\n\n")) rewritten.pop_back();
    std::ofstream(path) << rewritten;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFile, RuleFiles, ::testing::ValuesIn(DataFiles()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace assay
