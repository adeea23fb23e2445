// Rules computed by slice: every slice must pass, and one that fails is enough.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Slices";

// The pass rate of slice i is `rate(i)`.
DrawnSuite Sliced(Random& random, int slices, int cases_each, const std::function<double(int)>& rate) {
  DrawnSuite suite{.metrics = {RateMetric()}};
  for (int slice = 0; slice < slices; ++slice) {
    for (int i = 0; i < cases_each; ++i) {
      suite.cases.push_back({.values = {{Draw(random, rate(slice))}}, .topic = "t" + std::to_string(slice)});
    }
  }
  return suite;
}

}  // namespace

std::vector<Scenario> SliceScenarios() {
  std::vector<Scenario> all;
  const std::string floor = "  - {name: r, metric: m, at_least: 0.9, by: topic}\n";
  all.push_back(Fixed({.family = kFamily,
                       .name = "`at_least: 0.9, by: topic`, 20 slices of 60 cases",
                       .truth = "all on the floor",
                       .rules = floor,
                       .draw = [](Random& random) -> DrawnRuns {
                         return {.candidate = Sliced(random, 20, 60, [](int) { return 0.9; })};
                       },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha,
                       .rounds = 1000}));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`at_least: 0.9, by: topic`, 5 slices of 150 cases",
                       .truth = "one on the floor, four never fail",
                       .rules = floor,
                       .draw = [](Random& random) -> DrawnRuns {
                         return {.candidate = Sliced(random, 5, 150, [](int slice) { return slice == 2 ? 0.9 : 1.0; })};
                       },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha,
                       .rounds = 2000}));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`zero_failures: {max_rate: 0.05}, by: topic`, 4 slices of 59 cases",
                       .truth = "one fails at max_rate, three never",
                       .rules = "  - {name: r, grader: m, zero_failures: {max_rate: 0.05}, by: topic}\n",
                       .draw = [](Random& random) -> DrawnRuns {
                         return {.candidate = Sliced(random, 4, 59, [](int slice) { return slice == 0 ? 0.95 : 1.0; })};
                       },
                       .most_passes = kAlpha}));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`non_inferior: {margin: 0.1}, by: topic`, 10 slices of 80 cases",
                       .truth = "all worse by the margin",
                       .rules = "  - {name: r, metric: m, non_inferior: {margin: 0.1}, by: topic}\n",
                       .draw =
                           [](Random& random) {
                             DrawnSuite ours = Sliced(random, 10, 80, [](int) { return 0.8; });
                             DrawnSuite theirs = ours;
                             // The baseline passes half of the fifth of cases that the candidate fails.
                             for (DrawnCase& one : theirs.cases) {
                               if (one.values[0][0] == 0 && random.Uniform() < 0.5) one.values[0][0] = 1;
                             }
                             return DrawnRuns{.candidate = std::move(ours), .baseline = std::move(theirs)};
                           },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha,
                       .rounds = 500}));
  return all;
}

}  // namespace assay::sim
