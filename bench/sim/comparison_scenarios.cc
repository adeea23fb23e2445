// Comparisons with a baseline on the same cases, the difference exactly on the margin.

#include <cmath>
#include <cstdio>

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Comparisons with a baseline";

// The candidate gains on one share of the cases, loses on another, and agrees on the rest, nine of ten of which pass.
DrawnRuns Pairs(Random& random, int cases, double gains, double losses) {
  DrawnSuite ours{.metrics = {RateMetric()}};
  DrawnSuite theirs{.metrics = {RateMetric()}};
  for (int i = 0; i < cases; ++i) {
    const double u = random.Uniform();
    const double same = Draw(random, 0.9);
    const double candidate = u < gains ? 1 : u < gains + losses ? 0 : same;
    const double baseline = u < gains ? 0 : u < gains + losses ? 1 : same;
    ours.cases.push_back({.values = {{candidate}}});
    theirs.cases.push_back({.values = {{baseline}}});
  }
  return {.candidate = std::move(ours), .baseline = std::move(theirs)};
}

Scenario OfPairs(std::string name, std::string truth, std::string rule, int cases, double gains, double losses,
                 std::optional<double> most_fails = kAlpha) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = std::move(truth),
                .rules = "  - {name: r, metric: m, " + rule + "}\n",
                .draw = [=](Random& random) { return Pairs(random, cases, gains, losses); },
                .most_passes = kAlpha,
                .most_fails = most_fails,
                .rounds = 2000});
}

// Grades between 0 and 1 of cases that are hard or easy for both; the candidate's are lower by 0.03 on average, by
// much on a few cases.
DrawnRuns Grades(Random& random) {
  DrawnSuite ours{.metrics = {RateMetric()}};
  DrawnSuite theirs{.metrics = {RateMetric()}};
  for (int i = 0; i < 100; ++i) {
    const double grade = 0.6 + 0.4 * random.Uniform();
    const double loss = random.Uniform() < 0.05 ? 0.6 : 0;
    ours.cases.push_back({.values = {{grade - loss}}});
    theirs.cases.push_back({.values = {{grade}}});
  }
  return {.candidate = std::move(ours), .baseline = std::move(theirs)};
}

DrawnRuns Times(Random& random, double factor) {
  DrawnSuite ours{.metrics = {TimeMetric("t", Aggregate::kP95)}};
  DrawnSuite theirs{.metrics = {TimeMetric("t", Aggregate::kP95)}};
  for (int i = 0; i < 300; ++i) {
    const double length = 0.5 * DrawNormal(random);
    ours.cases.push_back({.values = {{factor * std::exp(length + 0.3 * DrawNormal(random))}}});
    theirs.cases.push_back({.values = {{std::exp(length + 0.3 * DrawNormal(random))}}});
  }
  return {.candidate = std::move(ours), .baseline = std::move(theirs)};
}

Scenario P95() {
  const double p95 = std::exp(1.6448536269514722 * std::sqrt(0.34));
  char margin[32];
  std::snprintf(margin, sizeof margin, "%.12g", 0.1 * p95);
  return Fixed({.family = kFamily,
                .name = "`non_inferior` on a p95 of 300 lognormal times",
                .truth = "worse by the margin",
                .rules = "  - {name: r, metric: t, non_inferior: {margin: " + std::string(margin) + "}}\n",
                .draw = [](Random& random) { return Times(random, 1.1); },
                .most_passes = kAlpha,
                .most_fails = kAlpha});
}

}  // namespace

std::vector<Scenario> ComparisonScenarios() {
  std::vector<Scenario> all;
  const std::string worse = "worse by the margin";
  all.push_back(OfPairs("`non_inferior: {margin: 0.05}`, 200 cases, only losses", worse, "non_inferior: {margin: 0.05}",
                        200, 0, 0.05));
  all.push_back(OfPairs("`non_inferior: {margin: 0.05}`, 200 cases, 15 % differ", worse, "non_inferior: {margin: 0.05}",
                        200, 0.05, 0.1));
  all.push_back(OfPairs("`non_inferior: {margin: 0.05}`, 200 cases, 45 % differ", worse, "non_inferior: {margin: 0.05}",
                        200, 0.2, 0.25));
  all.push_back(OfPairs("`non_inferior: {margin: 0.02}`, 1,000 cases, 6 % differ", worse,
                        "non_inferior: {margin: 0.02}", 1000, 0.02, 0.04));
  all.push_back(OfPairs("`superior: {}`, 200 cases, 20 % differ", "equal", "superior: {}", 200, 0.1, 0.1));
  all.push_back(OfPairs("`superior: {margin: 0.03}`, 300 cases, 13 % differ", "better by the margin",
                        "superior: {margin: 0.03}", 300, 0.08, 0.05));
  all.push_back(OfPairs("`equivalent: {margin: 0.1}`, 300 cases, 20 % differ", "better by the margin",
                        "equivalent: {margin: 0.1}", 300, 0.15, 0.05));
  all.push_back(OfPairs("`non_inferior: {margin: 0.05}, method: unpaired`, 200 cases, 45 % differ", worse,
                        "non_inferior: {margin: 0.05}, method: unpaired", 200, 0.2, 0.25));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`non_inferior: {margin: 0.03}`, 100 pairs of grades, the losses few and large",
                       .truth = worse,
                       .rules = "  - {name: r, metric: m, non_inferior: {margin: 0.03}}\n",
                       .draw = [](Random& random) { return Grades(random); },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha,
                       .rounds = 1000}));
  all.push_back(P95());
  return all;
}

}  // namespace assay::sim
