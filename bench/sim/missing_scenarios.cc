// Trials that are lost, and answers that are drawn until they please.

#include <memory>

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Missing trials and further attempts";

// Trials are lost with a probability that depends on how they would have ended. The candidate is on the floor if all
// its trials count.
Scenario Lost(std::string name, int cases, double of_failing, double of_passing) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the floor, had all been scored",
                .rules = "  - {name: r, metric: m, at_least: 0.9}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate = Cases(RateMetric(), cases, [&](int) {
                            const double value = Draw(random, 0.9);
                            return random.Uniform() < (value == 1 ? of_passing : of_failing) ? kError : value;
                          })};
                },
                .most_passes = kAlpha,
                .most_fails = kAlpha});
}

// Who draws other answers until the gate passes is held to twice the error rate of one attempt.
Scenario Attempts() {
  const auto gate = std::make_shared<const GateSpec>(GateOf("  - {name: r, metric: m, at_least: 0.9}\n"));
  Scenario scenario{.family = kFamily,
                    .name = "`at_least: 0.9`, 200 cases, up to 8 attempts until a PASS",
                    .truth = "on the floor; counts a PASS of any attempt",
                    .check = {},
                    .most_passes = 2 * kAlpha};
  scenario.check = [gate](Random& random) {
    constexpr int kMostAttempts = 8;
    Outcome outcome;
    for (int attempt = 1; attempt <= kMostAttempts; ++attempt) {
      const DrawnRuns runs{.candidate = Cases(RateMetric(), 200, [&](int) { return Draw(random, 0.9); })};
      GateEvidence evidence = EvidenceOf(runs, random.Next());
      evidence.attempt = attempt;
      outcome.state = Decide(*gate, evidence, Time{}).state;
      outcome.calls += 200;
      if (outcome.state == VerdictState::kPass) break;
    }
    return outcome;
  };
  return scenario;
}

}  // namespace

std::vector<Scenario> MissingScenarios() {
  std::vector<Scenario> all;
  all.push_back(Lost("`at_least: 0.9`, 400 cases, 2 % lost at random", 400, 0.02, 0.02));
  all.push_back(Lost("`at_least: 0.9`, 400 cases, half of what fails is lost", 400, 0.5, 0));
  all.push_back(Lost("`at_least: 0.9`, 400 cases, a tenth of what passes is lost", 400, 0, 0.1));
  all.push_back(Attempts());
  return all;
}

}  // namespace assay::sim
