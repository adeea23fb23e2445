#pragma once
// Checks the gate of a scenario over and over and holds the rates against what is promised.

#include <optional>
#include <string>
#include <vector>

#include "bench/sim/scenario.h"

namespace assay::sim {

struct Rates {
  int rounds = 0;
  int passes = 0;
  int fails = 0;
  double calls = 0;
  double OfPass() const { return static_cast<double>(passes) / rounds; }
  double OfFail() const { return static_cast<double>(fails) / rounds; }
  double MeanCalls() const { return calls / rounds; }
};

// Round i of a scenario has a stream of random numbers of its own, by its name, i and `series`: the rates do not depend
// on `threads`.
Rates Run(const Scenario& scenario, int rounds, int series, int threads);

// What is above its promise and two standard errors; "" when nothing is.
std::string Excess(const Scenario& scenario, const Rates& rates);

// Of a rate that is exactly what is promised one in forty lies above two standard errors. So what does is measured
// again, in another series of ten times as many rounds, and that decides.
struct Result {
  Rates rates;
  std::string excess;  // "" when the promise is kept
};
Result Measure(const Scenario& scenario, int rounds, int threads);

}  // namespace assay::sim
