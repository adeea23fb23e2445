#pragma once
// What a simulation measures: a gate at a known truth, checked over and over on data that is drawn anew.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "gates/verdict.h"

namespace assay::sim {

// What one check came to.
struct Outcome {
  VerdictState state = VerdictState::kPending;
  double calls = 0;  // answers that the endpoint was asked for
};

struct Scenario {
  std::string family;  // a table of its own
  std::string name;
  std::string truth;                       // for people: where the candidate stands
  std::function<Outcome(Random&)> check;   // draws the data and decides; called by several threads at once
  std::optional<double> most_passes = {};  // the rate of false PASS that is promised; absent: a PASS is right, or
                                           // nothing is promised
  std::optional<double> most_fails = {};   // likewise of FAIL
  std::optional<double> most_calls = {};   // calls on average, of gates that may stop early
  int rounds = 4000;
};

// Those of each file, in the order of the tables. A new one is declared here and listed in scenarios.cc.
std::vector<Scenario> ThresholdScenarios();
std::vector<Scenario> ComparisonScenarios();
std::vector<Scenario> SliceScenarios();
std::vector<Scenario> ClusterScenarios();
std::vector<Scenario> MissingScenarios();
std::vector<Scenario> MethodScenarios();
std::vector<Scenario> PowerScenarios();
std::vector<Scenario> SequentialScenarios();
std::vector<Scenario> JudgeScenarios();
std::vector<Scenario> PeopleScenarios();
std::vector<Scenario> HistoryScenarios();

std::vector<Scenario> AllScenarios();

}  // namespace assay::sim
