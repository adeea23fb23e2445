#pragma once
// What a gate can decide with the cases at hand, before any of them is run: a rule that nothing could pass, or nothing
// could fail, is found before it costs anything. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/gate.h"
#include "gates/judge_calibration.h"
#include "gates/looks.h"
#include "gates/observations.h"

namespace assay {

// A judge at its best is right on every sentinel.
JudgeCalibration PerfectJudge(std::string grader, std::int64_t passes, std::int64_t fails);

// A suite without scores: its cases and slices, and as left out those that a metric does not ask.
struct PlannedSuite {
  std::string name;
  SuiteObservations cases;  // of a metric that people correct with a sample that says with which chance they are asked
  std::vector<JudgeCalibration> judges = {};  // of graders with sentinels: their numbers; planned as always right
};

// One rule on one suite, or on one value of one slice of it.
struct PartPlan {
  static constexpr double kPower = 0.8;                        // of passes_from and fails_to
  static constexpr double kDiscordance = 0.1;                  // that passes_from of comparisons is for
  static constexpr std::int64_t kMostPlannedTrials = 200'000;  // beyond which cases_to_pass gives up

  std::string suite;
  std::string slice;  // "" when the rule has no `by`
  std::string slice_value;
  std::int64_t cases = 0;
  std::optional<std::int64_t> clusters = {};  // of suites whose cases come in clusters
  std::string problem = {};                   // why the rule cannot be computed there; nothing below is set then
  bool can_pass = false;                      // with the best data that could come
  bool can_fail = false;                      // with the worst
  // The fewest of the best data, in clusters as they are there; absent when that is not known.
  std::optional<std::int64_t> cases_to_pass = {};
  // Of pass/fail data: the true pass rate from which on the rule passes in kPower of runs, and down to which it fails
  // in as many (up to and down from, for a ceiling). Of comparisons the true difference, when the two models disagree
  // on kDiscordance of the cases: exact for up to 300 of them, beyond by the normal approximation. Absent where cases
  // come in clusters: how alike those of a cluster are is not known; and of rules over several metrics.
  std::optional<double> passes_from = {};
  std::optional<double> fails_to = {};
  std::string remark = {};  // what else there is to know
};

struct RulePlan {
  std::string rule;
  std::string kind;
  std::string metric;
  std::string asks;
  bool blocking = true;
  std::vector<PartPlan> parts;
  std::string problem = {};  // why it has no parts
};

// When a check of the gate on these suites looks at its rules.
Looks LooksAt(const GateSpec& gate, const std::vector<PlannedSuite>& suites);

// For people: what is wrong with the gate as a whole, though it can be decided.
std::vector<std::string> WarningsOf(const GateSpec& gate, const std::vector<PlannedSuite>& suites);

// What the last look can decide, in the gate's order; with `max_n` the suites have these cases only. O(cases x rules),
// and some dozens of times what a rule takes for the search of cases_to_pass.
std::vector<RulePlan> PlanGate(const GateSpec& gate, const std::vector<PlannedSuite>& suites);

}  // namespace assay
