#include "tests/gates/gate_fixture.h"

#include <gtest/gtest.h>

#include <charconv>
#include <map>
#include <sstream>

#include "gates/rules/builtin.h"

namespace assay::testing {
namespace {

std::string Trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(Trimmed(part));
  return parts;
}

struct CaseText {
  std::vector<std::string> trials;
  std::string slice;
  std::string cluster;
};

std::vector<CaseText> ParseCases(const std::string& text) {
  std::vector<CaseText> cases;
  for (const std::string& group : Split(text, ';')) {
    if (group.empty()) continue;
    const auto times = group.find(" x ");
    EXPECT_NE(times, std::string::npos) << group;
    const int count = std::stoi(group.substr(0, times));
    std::string rest = Trimmed(group.substr(times + 3));
    CaseText one;
    if (const auto at = rest.find('%'); at != std::string::npos) {
      one.cluster = Trimmed(rest.substr(at + 1));
      rest = Trimmed(rest.substr(0, at));
    }
    if (const auto at = rest.find('@'); at != std::string::npos) {
      one.slice = Trimmed(rest.substr(at + 1));
      rest = Trimmed(rest.substr(0, at));
    }
    one.trials = Split(rest, ',');
    cases.insert(cases.end(), static_cast<std::size_t>(count), one);
  }
  return cases;
}

void SetClusters(const std::vector<CaseText>& cases, SuiteObservations& observations) {
  std::map<std::string, std::uint32_t> codes;
  std::vector<std::uint32_t> of_case;
  for (const CaseText& one : cases) {
    if (one.cluster.empty()) continue;
    of_case.push_back(codes.emplace(one.cluster, static_cast<std::uint32_t>(codes.size())).first->second);
  }
  if (of_case.empty()) return;
  EXPECT_TRUE(observations.SetClusters(of_case));
}

// The rows of the metric "n", before those that end trials.
void AddSecond(const EvidenceText& text, SuiteObservations& observations) {
  const std::vector<CaseText> cases = ParseCases(text.second);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (std::size_t trial = 0; trial < cases[i].trials.size(); ++trial) {
      const std::string& word = cases[i].trials[trial];
      ScoreStatus status = ScoreStatus::kScored;
      if (word == "unscored") status = ScoreStatus::kUnscored;
      if (word == "error") status = ScoreStatus::kError;
      if (word == "left_out") status = ScoreStatus::kNotApplicable;
      const bool is_scored = status == ScoreStatus::kScored;
      const double value = is_scored ? std::stod(word) : 0;
      EXPECT_TRUE(observations.AddScore(1, static_cast<std::int64_t>(i), static_cast<int>(trial), status,
                                        is_scored ? std::optional(value) : std::nullopt,
                                        is_scored ? std::optional(value == 1) : std::nullopt));
    }
  }
}

}  // namespace

SuiteEvidence MakeEvidence(const EvidenceText& text) {
  const std::vector<CaseText> cases = ParseCases(text.cases);
  const int trials = cases.empty() ? 1 : static_cast<int>(cases.front().trials.size());
  SliceColumn topic("topic", static_cast<std::int64_t>(cases.size()));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_TRUE(topic.Set(static_cast<std::int64_t>(i), cases[i].slice).has_value());
  }
  for (const std::string& journey : text.journeys)
    topic.Declare(journey.substr(0, journey.find('!')), journey.ends_with('!'));
  std::vector<MetricShape> metrics{{.name = "m",
                                    .grader = "m",
                                    .aggregate = text.aggregate,
                                    .range = text.range,
                                    .source = text.source,
                                    .reduction = text.reduction,
                                    .judged = text.judged,
                                    .judge_parts = text.judge_parts,
                                    .severity = text.severity,
                                    .invariants = text.invariants}};
  if (!text.second.empty()) {
    const bool is_unit = text.second_source == MetricSource::kScore;
    metrics.push_back({.name = "n",
                       .grader = is_unit ? "n" : "",
                       .range = is_unit ? MetricRange::kUnit : MetricRange::kUnbounded,
                       .source = text.second_source});
  }
  auto observations =
      SuiteObservations::Make(static_cast<std::int64_t>(cases.size()), trials, std::move(metrics), {topic});
  EXPECT_TRUE(observations.has_value());
  SetClusters(cases, *observations);
  if (!text.second.empty()) AddSecond(text, *observations);
  SuiteEvidence evidence;
  evidence.suite = text.suite;
  evidence.suite_version = "sha256:suite";
  evidence.dataset_version = "sha256:data";
  evidence.run = "run-1";
  evidence.state = text.state;
  evidence.cause = text.cause;
  evidence.counts.scheduled = static_cast<std::int64_t>(cases.size()) * trials;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto ordinal = static_cast<std::int64_t>(i);
    EXPECT_EQ(static_cast<int>(cases[i].trials.size()), trials) << text.cases;
    for (int trial = 0; trial < trials; ++trial) {
      const std::string& word = cases[i].trials[static_cast<std::size_t>(trial)];
      if (word == "outstanding") continue;
      TrialStatus status = TrialStatus::kScored;
      for (const TrialStatus other :
           {TrialStatus::kUnscored, TrialStatus::kError, TrialStatus::kSkipped, TrialStatus::kAwaitingHuman}) {
        if (word == Name(other)) status = other;
      }
      evidence.counts.Add(status);
      if (status != TrialStatus::kScored) {
        EXPECT_TRUE(observations->AddTrial(ordinal, trial, status).has_value());
        continue;
      }
      if (word == "left_out") {
        EXPECT_TRUE(observations->AddScore(0, ordinal, trial, ScoreStatus::kNotApplicable, {}, {}).has_value());
        continue;
      }
      if (word == "not_judged") {
        EXPECT_TRUE(observations->AddScore(0, ordinal, trial, ScoreStatus::kScored, 0, false).has_value());
        EXPECT_TRUE(observations->AddNotJudged(0, ordinal).has_value());
        continue;
      }
      const double value = std::stod(word);
      std::optional<bool> pass;
      if (text.range == MetricRange::kUnit && (value == 0 || value == 1)) pass = value == 1;
      EXPECT_TRUE(observations->AddScore(0, ordinal, trial, ScoreStatus::kScored, value, pass).has_value());
    }
  }
  evidence.observations = *std::move(observations);
  if (!text.sentinels.empty()) evidence.judges.push_back(MakeCalibration(text.sentinels));
  return evidence;
}

JudgeCalibration MakeCalibration(const std::string& sentinels) {
  JudgeCalibration judge{
      .grader = "m", .judge = "j", .version = "1 j@sha256:judge", .prompt = "sha256:prompt", .answered_by = {"j-1"}};
  const std::vector<std::string> classes = Split(sentinels, ',');
  EXPECT_EQ(classes.size(), 2U) << sentinels;
  const auto read = [&](const std::string& one, std::int64_t& right, std::int64_t& lost, std::int64_t& all) {
    const auto of = one.find(" of ");
    EXPECT_NE(of, std::string::npos) << sentinels;
    right = std::stoll(one);
    all = std::stoll(one.substr(of + 4));
    if (const auto plus = one.find('+'); plus != std::string::npos) lost = std::stoll(one.substr(plus + 1));
  };
  read(classes.at(0), judge.counts.true_passes, judge.counts.lost_passes, judge.counts.passes);
  read(classes.at(1), judge.counts.true_fails, judge.counts.lost_fails, judge.counts.fails);
  return judge;
}

RuleSpec MakeRuleSpec(const std::string& yaml) {
  Diagnostics diagnostics;
  RuleSpec spec;
  const std::vector<YamlDocument> documents = ParseYaml("rule", yaml, diagnostics);
  if (documents.size() == 1 && ReadFields(documents[0].root, spec, diagnostics)) {
    std::vector<std::string> kinds;
    for (const PluginKind& kind : RuleKinds()) kinds.push_back(kind.name);
    ResolveRule(spec, kinds, diagnostics);
  }
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
  return spec;
}

GateSpec MakeGate(const std::vector<SuiteEvidence>& evidence, const std::vector<std::string>& rules) {
  GateSpec gate;
  gate.name = "g";
  for (const SuiteEvidence& suite : evidence) gate.suites.push_back(suite.suite);
  for (const std::string& rule : rules) gate.rules.push_back(MakeRuleSpec(rule));
  return gate;
}

Verdict DecideOn(std::vector<SuiteEvidence> evidence, const std::vector<std::string>& rules,
                 std::vector<SuiteEvidence> baseline) {
  const GateSpec gate = MakeGate(evidence, rules);
  GateEvidence all{"sha256:gate", {"model", "1", "sha256:model"}, std::move(evidence)};
  if (!baseline.empty()) {
    all.baseline = {"baseline", "1", "sha256:baseline"};
    all.baseline_suites = std::move(baseline);
  }
  return Decide(gate, all, Time{});
}

RuleOutcome OutcomeOn(const std::string& cases, const std::string& rule) {
  EvidenceText text;
  text.cases = cases;
  return DecideOn({MakeEvidence(text)}, {rule}).rules.at(0);
}

RuleOutcome ComparisonOn(const std::string& cases, const std::string& baseline, const std::string& rule) {
  return DecideOn({MakeEvidence({.cases = cases})}, {rule}, {MakeEvidence({.cases = baseline})}).rules.at(0);
}

}  // namespace assay::testing
