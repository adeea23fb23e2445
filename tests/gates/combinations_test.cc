// Keys of a gate that are tested by themselves elsewhere, here two and three at a time: two slices in one `by`, `by`
// with every rule that knows it, and `stop: early` with rules that are not plain floors.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "gates/looks.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Cases with one value in two slices, of which the candidate and the baseline pass some: those come first.
struct CellOfSlices {
  const char* topic;
  const char* lang;
  int cases;
  int passes;
  int baseline_passes = 0;
};

SuiteEvidence EvidenceOfCells(const std::vector<CellOfSlices>& cells, bool is_baseline) {
  std::int64_t cases = 0;
  for (const CellOfSlices& cell : cells) cases += cell.cases;
  SliceColumn topic("topic", cases);
  SliceColumn lang("lang", cases);
  std::int64_t ordinal = 0;
  for (const CellOfSlices& cell : cells) {
    for (int i = 0; i < cell.cases; ++i, ++ordinal) {
      EXPECT_TRUE(topic.Set(ordinal, cell.topic));
      EXPECT_TRUE(lang.Set(ordinal, cell.lang));
    }
  }
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.suite_version = "sha256:suite";
  evidence.dataset_version = "sha256:data";
  evidence.run = is_baseline ? "run-2" : "run-1";
  evidence.state = RunState::kComplete;
  evidence.counts.scheduled = cases;
  auto made = SuiteObservations::Make(cases, 1, {{.name = "m", .grader = "m"}}, {std::move(topic), std::move(lang)});
  EXPECT_TRUE(made);
  ordinal = 0;
  for (const CellOfSlices& cell : cells) {
    const int passes = is_baseline ? cell.baseline_passes : cell.passes;
    for (int i = 0; i < cell.cases; ++i, ++ordinal) {
      evidence.counts.Add(TrialStatus::kScored);
      EXPECT_TRUE(made->AddScore(0, ordinal, 0, ScoreStatus::kScored, i < passes ? 1 : 0, i < passes));
    }
  }
  evidence.observations = *std::move(made);
  return evidence;
}

// "topic=a PASS, topic=b FAIL"
std::string PartsOf(const RuleOutcome& outcome) {
  std::string text;
  for (const RulePart& part : outcome.parts) {
    text += (text.empty() ? "" : ", ") + part.slice + "=" + part.slice_value + " " + std::string(Name(part.state));
  }
  return text;
}

TEST(TwoSlicesInOneBy, AreAllPartsOfOneRule) {
  struct Row {
    const char* name;
    std::vector<CellOfSlices> cells;
    const char* rule;
    VerdictState state;
    const char* parts;
  };
  const Row rows[] = {
      {"all are good",
       {{"a", "en", 100, 100}, {"a", "fr", 100, 100}, {"b", "en", 100, 100}, {"b", "fr", 100, 100}},
       "metric: m, at_least: 0.8",
       VerdictState::kPass,
       "topic=a PASS, topic=b PASS, lang=en PASS, lang=fr PASS"},
      {"one cell drags one value of either slice down",
       {{"a", "en", 100, 100}, {"a", "fr", 100, 100}, {"b", "en", 100, 100}, {"b", "fr", 100, 0}},
       "metric: m, at_least: 0.8",
       VerdictState::kFail,
       "topic=a PASS, topic=b FAIL, lang=en PASS, lang=fr FAIL"},
      {"the second slice alone sees it",
       {{"a", "en", 150, 150}, {"a", "fr", 50, 20}, {"b", "en", 150, 150}, {"b", "fr", 50, 20}},
       "metric: m, at_least: 0.7",
       VerdictState::kFail,
       "topic=a PASS, topic=b PASS, lang=en PASS, lang=fr FAIL"},
      {"a ceiling",
       {{"a", "en", 100, 0}, {"a", "fr", 100, 50}, {"b", "en", 100, 0}, {"b", "fr", 100, 0}},
       "metric: m, at_most: 0.1",
       VerdictState::kFail,
       "topic=a FAIL, topic=b PASS, lang=en PASS, lang=fr FAIL"},
      {"a failure in one cell",
       {{"a", "en", 100, 100}, {"a", "fr", 100, 100}, {"b", "en", 100, 100}, {"b", "fr", 100, 99}},
       "grader: m, zero_failures: {max_rate: 0.05}",
       VerdictState::kFail,
       "topic=a PASS, topic=b FAIL, lang=en PASS, lang=fr FAIL"},
  };
  for (const Row& row : rows) {
    const std::string rule = "{name: r, " + std::string(row.rule) + ", by: [topic, lang]}";
    const Verdict verdict = testing::DecideOn({EvidenceOfCells(row.cells, false)}, {rule});
    EXPECT_EQ(verdict.state, row.state) << row.name << ": " << verdict.reason;
    EXPECT_EQ(PartsOf(verdict.rules.at(0)), row.parts) << row.name;
  }
}

// Four parts, of which one fails by itself and not as one of four: Holm counts the parts of both slices.
TEST(TwoSlicesInOneBy, AreCountedTogetherAgainstChance) {
  const std::vector<CellOfSlices> cells = {
      {"a", "en", 100, 100}, {"a", "fr", 100, 74}, {"b", "en", 100, 100}, {"b", "fr", 100, 72}};
  const SuiteEvidence evidence = EvidenceOfCells(cells, false);
  const Verdict one = testing::DecideOn({evidence}, {"{name: r, metric: m, at_least: 0.795, by: lang}"});
  const Verdict both = testing::DecideOn({evidence}, {"{name: r, metric: m, at_least: 0.795, by: [lang, topic]}"});
  EXPECT_EQ(PartsOf(one.rules.at(0)), "lang=en PASS, lang=fr FAIL");
  EXPECT_EQ(PartsOf(both.rules.at(0)), "lang=en PASS, lang=fr INCONCLUSIVE, topic=a PASS, topic=b PASS");
  EXPECT_THAT(both.reason, HasSubstr("FAIL needs 98.75 % confidence, one of 4 parts (Holm)"));
}

TEST(RulesBySlice, AreComputedInEachValue) {
  const std::vector<CellOfSlices> cells = {
      {"a", "en", 200, 200, 100}, {"b", "en", 200, 100, 100}, {"c", "en", 200, 0, 100}, {"c", "fr", 1, 1, 1}};
  struct Row {
    const char* rule;
    const char* parts;
  };
  const Row rows[] = {
      {"metric: m, superior: {}", "topic=a PASS, topic=b INCONCLUSIVE, topic=c FAIL"},
      {"metric: m, superior: {margin: 0.2}", "topic=a PASS, topic=b FAIL, topic=c FAIL"},
      {"metric: m, non_inferior: {margin: 0.05}", "topic=a PASS, topic=b PASS, topic=c FAIL"},
      {"metric: m, equivalent: {margin: 0.05}", "topic=a FAIL, topic=b PASS, topic=c FAIL"},
      {"metric: m, at_most: 0.6", "topic=a FAIL, topic=b PASS, topic=c PASS"},
      {"metric: m, non_inferior: {margin: 0.3}, method: unpaired", "topic=a PASS, topic=b PASS, topic=c FAIL"},
      {"coverage: {of: lang, min_cases: 5, at_least: 1}", "topic=a PASS, topic=b PASS, topic=c FAIL"},
      {"coverage: {of: lang, min_cases: 1, at_least: 1}", "topic=a PASS, topic=b PASS, topic=c PASS"},
      {"expression: m >= 0.4", "topic=a PASS, topic=b PASS, topic=c FAIL"},
  };
  for (const Row& row : rows) {
    const std::string rule = "{name: r, " + std::string(row.rule) + ", by: topic}";
    const Verdict verdict = testing::DecideOn({EvidenceOfCells(cells, false)}, {rule}, {EvidenceOfCells(cells, true)});
    EXPECT_EQ(PartsOf(verdict.rules.at(0)), row.parts) << row.rule;
  }
}

struct LookTaken {
  Verdict verdict;
  int look = 0;  // of `looks`
  int looks = 0;
};

// As a check of a gate with `stop: early` looks: on the first cases, with a share of the error rate, until it is
// settled.
LookTaken DecideEarly(const std::vector<SuiteEvidence>& evidence, const std::string& rule,
                      const std::vector<SuiteEvidence>& baseline, int attempt = 1) {
  GateSpec gate = testing::MakeGate(evidence, {rule});
  gate.stop = StopWhen::kEarly;
  const SuiteObservations& all = evidence.front().observations;
  const Looks looks = Looks::Of(gate.stop, all.cases());
  const TrialStatuses statuses(static_cast<std::size_t>(all.cases() * all.trials()), TrialStatus::kScored);
  for (int look = 1;; ++look) {
    std::vector<std::uint32_t> first(static_cast<std::size_t>(looks.CasesAt(look, all.cases())));
    std::iota(first.begin(), first.end(), 0U);
    GateEvidence part{"sha256:gate", {"model", "1", "sha256:model"}, {}};
    for (const SuiteEvidence& suite : evidence) part.suites.push_back(EvidenceOn(suite, first, statuses));
    if (!baseline.empty()) part.baseline = {"baseline", "1", "sha256:baseline"};
    for (const SuiteEvidence& suite : baseline) part.baseline_suites.push_back(EvidenceOn(suite, first, statuses));
    part.error_share = looks.ErrorShareOf(look);
    part.attempt = attempt;
    Verdict verdict = Decide(gate, part, Time{});
    if (look == looks.count() || IsSettled(gate, verdict)) return {std::move(verdict), look, looks.count()};
  }
}

// 800 cases, at 25, 50, 100, 200, 400 and 800 of which is looked. What they are is written once for every 100 of them.
std::string EightTimes(const std::string& cases) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += (i == 0 ? "" : "; ") + cases;
  return text;
}

TEST(StopEarly, SettlesRulesThatAreNoPlainFloors) {
  struct Row {
    const char* name;
    const char* rule;
    testing::EvidenceText text;
    const char* baseline;
    VerdictState state;
    int look;
  };
  std::string in_clusters;
  for (int i = 0; i < 200; ++i) in_clusters += (i == 0 ? "" : "; ") + std::string("4 x 1 %c") + std::to_string(i);
  std::string in_bad_clusters;
  for (int i = 0; i < 200; ++i) {
    in_bad_clusters +=
        (i == 0 ? "" : "; ") + std::string("4 x ") + (i % 2 == 0 ? "1" : "0") + " %c" + std::to_string(i);
  }
  const Row rows[] = {
      {"an expression that holds",
       "expression: m - 0.5 * n >= 0.25",
       {.cases = "800 x 1", .second = "800 x 0"},
       "",
       VerdictState::kPass,
       1},
      {"an expression that does not",
       "expression: m - 0.5 * n >= 0.25",
       {.cases = "800 x 0", .second = "800 x 0"},
       "",
       VerdictState::kFail,
       1},
      {"no failure", "grader: m, zero_failures: {max_rate: 0.02}", {.cases = "800 x 1"}, "", VerdictState::kPass, 5},
      {"a failure among the first",
       "grader: m, zero_failures: {max_rate: 0.02}",
       {.cases = "1 x 0; 799 x 1"},
       "",
       VerdictState::kFail,
       1},
      {"a failure at the end",
       "grader: m, zero_failures: {max_rate: 0.001}",
       {.cases = "799 x 1; 1 x 0"},
       "",
       VerdictState::kFail,
       6},
      {"clusters count, and not their cases",
       "metric: m, at_least: 0.8",
       {.cases = in_clusters},
       "",
       VerdictState::kPass,
       3},
      {"bad clusters", "metric: m, at_least: 0.95", {.cases = in_bad_clusters}, "", VerdictState::kFail, 1},
      {"a method that is asked for",
       "metric: m, at_least: 0.8, method: bounded",
       {.cases = "800 x 1"},
       "",
       VerdictState::kPass,
       1},
      {"a comparison of two apart",
       "metric: m, non_inferior: {margin: 0.2}, method: unpaired",
       {.cases = "800 x 1"},
       "800 x 1",
       VerdictState::kPass,
       2},
      {"a comparison",
       "metric: m, non_inferior: {margin: 0.2}",
       {.cases = "800 x 1"},
       "800 x 1",
       VerdictState::kPass,
       1},
      {"an equivalent one",
       "metric: m, equivalent: {margin: 0.1}",
       {.cases = "800 x 1"},
       "800 x 1",
       VerdictState::kPass,
       3},
      {"a judge with sentinels",
       "metric: m, at_least: 0.5",
       {.cases = "800 x 1", .judged = Judged::kCorrectable, .sentinels = "500 of 500, 500 of 500"},
       "",
       VerdictState::kPass,
       1},
      {"a judge without",
       "metric: m, at_least: 0.5, uncorrected: true",
       {.cases = "800 x 1", .judged = Judged::kCorrectable},
       "",
       VerdictState::kInconclusive,
       6},
  };
  for (const Row& row : rows) {
    std::vector<SuiteEvidence> baseline;
    if (row.baseline[0] != '\0') baseline.push_back(testing::MakeEvidence({.cases = row.baseline}));
    const LookTaken taken =
        DecideEarly({testing::MakeEvidence(row.text)}, "{name: r, " + std::string(row.rule) + "}", baseline);
    EXPECT_EQ(taken.looks, 6);
    EXPECT_EQ(taken.verdict.state, row.state) << row.name << ": " << taken.verdict.reason;
    EXPECT_EQ(taken.look, row.look) << row.name << ": " << taken.verdict.reason;
  }
}

// A method that may not block decides nothing at any look, and a slice that has no case yet keeps the rest waiting.
TEST(StopEarly, GoesOnWhileAPartIsOpen) {
  const LookTaken late = DecideEarly({testing::MakeEvidence({.cases = "700 x 1 @a; 100 x 1 @b"})},
                                     "{name: r, metric: m, at_least: 0.8, by: topic}", {});
  EXPECT_EQ(late.verdict.state, VerdictState::kPass) << late.verdict.reason;
  EXPECT_EQ(late.look, 6) << "no case of b is among the first 400";
  const LookTaken mixed = DecideEarly({testing::MakeEvidence({.cases = EightTimes("90 x 1 @a; 10 x 1 @b")})},
                                      "{name: r, metric: m, at_least: 0.8, by: topic}", {});
  EXPECT_EQ(mixed.verdict.state, VerdictState::kPass) << mixed.verdict.reason;
  EXPECT_EQ(mixed.look, 5) << "40 cases of b";
}

// What is foretold of arms that are bounded apart comes true of that many cases like those seen.
TEST(HowManyMore, WouldDecideIt) {
  struct Row {
    const char* rule;
    testing::EvidenceText before;
    const char* baseline_before;
    std::int64_t more;
    const char* after;
    const char* baseline_after;
    VerdictState state;
  };
  const Row rows[] = {
      {"metric: m, non_inferior: {margin: 0.05}, method: unpaired",
       {.cases = "180 x 1; 20 x 0"},
       "180 x 1; 20 x 0",
       433,
       "569 x 1; 64 x 0",
       "570 x 1; 63 x 0",
       VerdictState::kPass},
      {"metric: m, non_inferior: {margin: 0.05}, method: unpaired",
       {.cases = "80 x 1; 20 x 0"},
       "90 x 1; 10 x 0",
       735,
       "668 x 1; 167 x 0",
       "751 x 1; 84 x 0",
       VerdictState::kFail},
      {"metric: m, non_inferior: {margin: 50}",
       {.cases = "85 x 400; 15 x 900",
        .aggregate = Aggregate::kP90,
        .range = MetricRange::kUnbounded,
        .source = MetricSource::kLatencyMs},
       "85 x 390; 15 x 900",
       136,
       "201 x 400; 35 x 900",
       "201 x 390; 35 x 900",
       VerdictState::kPass},
      {"metric: m, non_inferior: {margin: 0.15}",
       {.cases = "90 x 1; 10 x 0", .judged = Judged::kCorrectable, .sentinels = "490 of 500, 490 of 500"},
       "90 x 1; 10 x 0",
       105,
       "184 x 1; 21 x 0",
       "185 x 1; 20 x 0",
       VerdictState::kPass},
  };
  for (const Row& row : rows) {
    const auto decide = [&](const char* cases, const char* baseline) {
      testing::EvidenceText ours = row.before;
      ours.cases = cases;
      testing::EvidenceText theirs = row.before;
      theirs.cases = baseline;
      return testing::DecideOn({testing::MakeEvidence(ours)}, {"{name: r, " + std::string(row.rule) + "}"},
                               {testing::MakeEvidence(theirs)});
    };
    const Verdict before = decide(row.before.cases.c_str(), row.baseline_before);
    EXPECT_EQ(before.state, VerdictState::kInconclusive) << before.reason;
    EXPECT_EQ(before.rules.at(0).parts.at(0).more_cases, row.more) << before.reason;
    const Verdict after = decide(row.after, row.baseline_after);
    EXPECT_EQ(after.state, row.state) << after.reason;
  }
}

// Each side is foretold at the confidence that it needs: of one of three parts Holm's, and what FAIL needs does not
// change with the attempt.
TEST(HowManyMore, IsAtTheConfidenceOfThatSide) {
  const auto of_parts = [](std::int64_t cases) {
    const std::int64_t passed = (cases * 78 + 99) / 100;
    const std::string text = std::to_string(passed) + " x 1 @a; " + std::to_string(cases - passed) + " x 0 @a";
    return testing::DecideOn({testing::MakeEvidence({.cases = text + "; 100 x 1 @b; 100 x 1 @c"})},
                             {"{name: r, metric: m, at_least: 0.85, by: topic}"});
  };
  const Verdict before = of_parts(100);
  EXPECT_EQ(before.state, VerdictState::kInconclusive) << "it fails by itself, and not as one of three";
  const RulePart& part = before.rules.at(0).parts.at(0);
  ASSERT_TRUE(part.more_cases) << part.reason;
  EXPECT_EQ(of_parts(100 + *part.more_cases).state, VerdictState::kFail) << part.reason;
  EXPECT_EQ(of_parts(100 + *part.more_cases / 2).state, VerdictState::kInconclusive) << part.reason;

  struct Row {
    const char* rule;
    const char* cases;
    const char* baseline;
  };
  const Row rows[] = {{"metric: m, at_least: 0.85", "80 x 1; 20 x 0", ""},
                      {"metric: m, at_most: 0.15", "20 x 1; 80 x 0", ""},
                      {"grader: m, per_case_floor: {at_least: 1, share: 0.85}", "80 x 1; 20 x 0", ""},
                      {"metric: m, non_inferior: {margin: 0.05}", "92 x 1; 8 x 0", "100 x 1"},
                      {"expression: \"m >= 0.85\"", "80 x 1; 20 x 0", ""}};
  for (const Row& row : rows) {
    const std::vector<SuiteEvidence> evidence = {testing::MakeEvidence({.cases = row.cases})};
    GateEvidence all{"sha256:gate", {"model", "1", "sha256:model"}, evidence};
    if (row.baseline[0] != '\0') {
      all.baseline = {"baseline", "1", "sha256:baseline"};
      all.baseline_suites = {testing::MakeEvidence({.cases = row.baseline})};
    }
    const GateSpec gate = testing::MakeGate(evidence, {"{name: r, " + std::string(row.rule) + "}"});
    const Verdict first = Decide(gate, all, Time{});
    all.attempt = 3;
    const Verdict third = Decide(gate, all, Time{});
    EXPECT_THAT(first.rules.at(0).parts.at(0).reason, ::testing::HasSubstr("would fail it")) << row.rule;
    EXPECT_EQ(third.rules.at(0).parts.at(0).more_cases, first.rules.at(0).parts.at(0).more_cases) << row.rule;
  }
}

TEST(StopEarly, LooksLongerAtALaterAttempt) {
  const std::vector<SuiteEvidence> evidence = {testing::MakeEvidence({.cases = "800 x 1"})};
  const std::string rule = "{name: r, metric: m, at_least: 0.8}";
  EXPECT_EQ(DecideEarly(evidence, rule, {}, 1).look, 1);
  EXPECT_EQ(DecideEarly(evidence, rule, {}, 2).look, 2);
  const std::vector<SuiteEvidence> bad = {testing::MakeEvidence({.cases = "800 x 0"})};
  EXPECT_EQ(DecideEarly(bad, rule, {}, 2).look, 1) << "what FAIL needs stays the same";
}

// Just enough at the first attempt, and at the second no more; a FAIL is one at any.
TEST(LaterAttempts, HalveTheErrorRateOfAPassOfEveryRule) {
  std::string of_clusters;
  for (int i = 0; i < 14; ++i) of_clusters += (i == 0 ? "" : "; ") + std::string("3 x 1 %c") + std::to_string(i);
  std::string judged_clusters;
  for (int i = 0; i < 1000; ++i) judged_clusters += (i == 0 ? "" : "; ") + std::string("2 x 1 %c") + std::to_string(i);
  struct Row {
    const char* rule;
    testing::EvidenceText enough;
    const char* baseline;
  };
  const Row rows[] = {
      {"metric: m, at_least: 0.8", {.cases = "14 x 1"}, ""},
      {"metric: m, at_most: 0.2", {.cases = "14 x 0"}, ""},
      {"metric: m, at_least: 0.8", {.cases = of_clusters}, ""},
      {"metric: m, non_inferior: {margin: 0.05}", {.cases = "60 x 1"}, "60 x 1"},
      {"metric: m, at_least: 0.995",
       {.cases = "1000 x 1", .judged = Judged::kCorrectable, .sentinels = "30 of 30, 30 of 30"},
       ""},
      {"metric: m, at_least: 0.995",
       {.cases = judged_clusters, .judged = Judged::kCorrectable, .sentinels = "30 of 30, 30 of 30"},
       ""},
  };
  for (const Row& row : rows) {
    const std::vector<SuiteEvidence> evidence = {testing::MakeEvidence(row.enough)};
    const GateSpec gate = testing::MakeGate(evidence, {"{name: r, " + std::string(row.rule) + "}"});
    GateEvidence all{"sha256:gate", {"model", "1", "sha256:model"}, evidence};
    if (row.baseline[0] != '\0') {
      all.baseline = {"baseline", "1", "sha256:baseline"};
      all.baseline_suites = {testing::MakeEvidence({.cases = row.baseline})};
    }
    const Verdict first = Decide(gate, all, Time{});
    EXPECT_EQ(first.state, VerdictState::kPass) << row.rule << ": " << first.reason;
    all.attempt = 2;
    const Verdict second = Decide(gate, all, Time{});
    EXPECT_EQ(second.state, VerdictState::kInconclusive) << row.rule << ": " << second.reason;
    EXPECT_DOUBLE_EQ(second.rules.at(0).confidence, 0.975);
    EXPECT_TRUE(second.rules.at(0).parts.at(0).more_cases) << row.rule << ": " << second.reason;
  }
}

}  // namespace
}  // namespace assay
