#pragma once
// Evidence for gate tests, written down in one line.

#include <string>
#include <string_view>
#include <vector>

#include "core/run.h"
#include "gates/gate.h"

namespace assay::testing {

// What stands in a data file or a test.
struct EvidenceText {
  std::string suite = "s";
  // "57 x 1; 2 x 0; 1 x error; 3 x 1,0,error @refund": a count, the trials of each such case, the value of its slice
  // "topic", and after a % its cluster (of all cases or none). A trial is a number or unscored | error | skipped |
  // awaiting_human | outstanding | left_out | not_judged (a failure). In unit metrics 1 passes and 0 fails; other
  // numbers neither.
  std::string cases;
  Aggregate aggregate = Aggregate::kMean;
  MetricRange range = MetricRange::kUnit;
  Reduction reduction = {};
  MetricSource source = MetricSource::kScore;
  RunState state = RunState::kComplete;
  std::string cause = {};
  // Another metric "n" of grader "n" on the same cases: "" for none, else as `cases`, with numbers, unscored, error and
  // left_out.
  std::string second = {};
  MetricSource second_source = MetricSource::kScore;  // another one is unbounded
  Judged judged = Judged::kNo;                        // of "m"
  // "57 of 60, 38 of 40": right verdicts on sentinels that people pass and fail; "" for none. Behind a "+" those
  // without a verdict: "57 + 1 of 60, 38 of 40".
  std::string sentinels = {};
  std::vector<std::string> judge_parts = {};  // of "m", where it is a combination
  std::optional<int> severity = {};           // of the grader "m"
  std::vector<std::string> invariants = {};   // that "m" is, or is made of
  std::vector<std::string> journeys = {};     // that the suite declares in "topic"; with a "!" those of high risk
};

// Of grader "m", judged by "j"; test failure when it does not parse.
JudgeCalibration MakeCalibration(const std::string& sentinels);

// One suite with the metric "m" of grader "m" and the slice "topic"; the run's counts agree with it.
SuiteEvidence MakeEvidence(const EvidenceText& text);

// The rule in YAML: "{name: r, metric: m, at_least: 0.9}". Test failure when it does not parse.
RuleSpec MakeRuleSpec(const std::string& yaml);

// A gate "g" on the suites of `evidence` with these rules.
GateSpec MakeGate(const std::vector<SuiteEvidence>& evidence, const std::vector<std::string>& rules);

// Decide() of that gate. With a baseline: its runs, and the model "baseline@1".
Verdict DecideOn(std::vector<SuiteEvidence> evidence, const std::vector<std::string>& rules,
                 std::vector<SuiteEvidence> baseline = {});

// One rule on one suite: the outcome of the rule.
RuleOutcome OutcomeOn(const std::string& cases, const std::string& rule);
// The same of a rule that compares.
RuleOutcome ComparisonOn(const std::string& cases, const std::string& baseline, const std::string& rule);

}  // namespace assay::testing
