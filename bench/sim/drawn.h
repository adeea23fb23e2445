#pragma once
// Data of a suite that is made up, and a gate decided on it as the daemon decides it: the gate is read from YAML, the
// data goes into the columns that the store fills, and Decide() gives the verdict.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bench/sim/scenario.h"
#include "core/random.h"
#include "gates/gate.h"
#include "gates/observations.h"

namespace assay::sim {

// A trial in error.
inline constexpr double kError = std::numeric_limits<double>::quiet_NaN();

struct DrawnCase {
  std::vector<std::vector<double>> values;  // by metric, by trial
  std::string topic = {};                   // its value of the slice "topic"
  std::optional<std::uint32_t> cluster = {};
};

// The suite "s".
struct DrawnSuite {
  std::vector<MetricShape> metrics;
  std::vector<DrawnCase> cases = {};
  std::vector<JudgeCalibration> judges = {};
  std::vector<SentinelAnswers> sentinels = {};  // by judge; each look then has those that were due by then
  std::optional<PeopleSample> sample = {};      // of the first metric, which people correct
  std::vector<double> history = {};             // the first metric of earlier runs, oldest first
};

struct DrawnRuns {
  DrawnSuite candidate;
  std::optional<DrawnSuite> baseline = {};
  std::optional<DrawnSuite> earlier = {};  // what that is held against
};

// The metric "m" of values in [0, 1], and one of times.
MetricShape RateMetric(std::string name = "m");
MetricShape TimeMetric(std::string name, Aggregate aggregate);

// Ended runs. `round` goes into their ids, from which methods that resample take their seed.
GateEvidence EvidenceOf(const DrawnRuns& runs, std::uint64_t round);

// The gate "g" on "s" with these rules, one a line of a YAML list. Ends the program when it cannot be read.
// `settings` are further keys of the gate, one a line.
GateSpec GateOf(const std::string& rules, const std::string& settings = "");

// A scenario whose data is drawn as a whole.
struct FixedScenario {
  std::string family;
  std::string name;
  std::string truth;
  std::string rules;
  std::string settings = {};  // of the gate
  std::function<DrawnRuns(Random&)> draw;
  std::optional<double> most_passes = {};
  std::optional<double> most_fails = {};
  int rounds = 4000;
  std::optional<double> most_calls = {};
  // Of rules that are only shown: the state is that of the first rule, not of the verdict.
  bool is_of_first_rule = false;
};
Scenario Fixed(FixedScenario scenario);

// 1 with probability p, else 0.
double Draw(Random& random, double p);
double DrawNormal(Random& random);

// `cases` cases with the one value that `draw` gives.
DrawnSuite Cases(MetricShape metric, int cases, const std::function<double(int)>& draw);

}  // namespace assay::sim
